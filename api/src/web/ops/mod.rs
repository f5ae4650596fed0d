//! Is Weir alive, can it post money, how far is the warehouse behind.

mod probes;
mod status;
mod store;

use axum::Json;
use axum::extract::State;
use engine::access::Action;

use super::App;
use super::doors::{Doors, Who};
use super::visitor::Visitor;
use super::words::AsOfWords;

pub(super) use probes::{Health, probes};

/// For people, behind the login.
pub(super) fn doors() -> Doors {
    Doors::new().page("/status", Action::ReadStatus, status::page).page("/asof", Who::Person, as_of)
}

async fn as_of(State(app): State<App>, _: Visitor) -> Json<AsOfWords> {
    Json(AsOfWords::of(&app))
}
