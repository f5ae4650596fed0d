//! What clerks, readers and banks do, and what the books say then.

mod bills;
mod channels;
mod closing;
mod counter;
mod months;
mod readings;
mod reversal;
