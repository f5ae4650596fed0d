//! Every invariant: its number, what must hold, and the statement that gives one text for each violation.

mod bills;
mod days;
mod history;
mod marks;
mod money;
mod months;
mod paper;
mod priced;
mod readings;

pub(super) type Invariant = (&'static str, &'static str, &'static str);

/// All of them, in the order in which they are asked.
pub(super) fn all() -> impl Iterator<Item = &'static Invariant> {
    let themes = [
        money::ALL,
        paper::ALL,
        days::ALL,
        readings::ALL,
        bills::ALL,
        priced::ALL,
        history::ALL,
        months::ALL,
        marks::ALL,
    ];
    themes.into_iter().flatten()
}
