//! Stories of the warehouse over a small city: two towns, two outlets, four accounts.

mod answers;
mod city;
mod ignored;
mod limits;
mod reach;
mod statements;
mod truths;
mod ways;
