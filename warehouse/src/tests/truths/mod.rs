//! Plain questions that once got a wrong answer in silence, with the right one: no wrong number at the SQL door.

mod branches;
mod correlated;
mod figures;
mod guards;
mod lists;
mod masks;
mod names;
mod orders;
mod plans;
mod quotients;
mod sights;
mod sorts;
mod texts;
mod times;
mod unknowns;
mod values;
mod words;
