//! The doors: who comes in, how often one may try, and the mark that each act leaves.

mod clock;
mod doubt;
mod login;
mod marks;
mod people;
mod history;
mod proxy;
mod reach;
mod session;
mod unfit;
