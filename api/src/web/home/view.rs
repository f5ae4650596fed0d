//! The homepage as its page and programs read it.

use minijinja::{Value, context};
use reports::home::Home;
use serde::Serialize;
use terms::FeeItem;

use super::shared::Figures;
use crate::web::App;
use crate::web::words::AsOfWords;

/// The figures of one position, and how fresh they are at this moment.
#[derive(Serialize)]
pub(super) struct HomeView<'a> {
    fresh: AsOfWords,
    #[serde(flatten)]
    home: &'a Home,
}

impl<'a> HomeView<'a> {
    pub(super) fn of(app: &App, figures: &'a Figures) -> Self {
        Self { fresh: AsOfWords::of(app), home: &figures.home }
    }
}

/// The parts of a month of the trend, in their order: the fees, and what was stored.
pub(super) fn parts() -> Vec<Value> {
    let fees = FeeItem::ALL.iter().map(|fee| (fee.code(), fee.label()));
    fees.chain([("prepaid", "预存")]).map(|(code, label)| context! { code, label }).collect()
}
