//! The figures, computed once for everybody who may see the same rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reports::home::{self, Home};
use tables::Position;
use tokio::time::Instant;
use warehouse::{AsOf, Person, Scope};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

/// Figures of one scope are computed at most this often, however many people watch.
const EVERY: Duration = Duration::from_millis(250);

/// One place for each scope.
#[derive(Default)]
pub(in crate::web) struct Shared(Mutex<HashMap<Scope, Arc<tokio::sync::Mutex<Place>>>>);

/// The newest figures of one scope.
#[derive(Default)]
struct Place {
    newest: Option<Arc<Figures>>,
    /// When they were begun to be computed.
    started: Option<Instant>,
}

/// Figures, and the position and business day that they are true for.
pub(super) struct Figures {
    pub(super) position: Position,
    pub(super) home: Home,
    today: chrono::NaiveDate,
}

impl Shared {
    fn place(&self, who: &Person) -> Arc<tokio::sync::Mutex<Place>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry(who.scope.clone()).or_default())
    }
}

/// The newest figures for a visitor. All who wait for the same scope get the same result.
pub(super) async fn newest(app: &App, visitor: &Visitor) -> Result<Arc<Figures>, WebError> {
    let who = &visitor.reader;
    let place = app.0.home.place(who);
    let mut place = place.lock().await;
    let (position, today) = (app.0.warehouse.position(), app.0.clock.today());
    if let Some(known) = &place.newest
        && known.position == position
        && known.today == today
    {
        return Ok(Arc::clone(known));
    }
    if let Some(started) = place.started {
        tokio::time::sleep_until(started + EVERY).await;
    }
    place.started = Some(Instant::now());
    let pinned = app.0.warehouse.at(AsOf::Live).await?;
    let home = home::figures(&pinned, who, today).await?;
    let figures = Arc::new(Figures { position: *pinned.position(), home, today });
    place.newest = Some(Arc::clone(&figures));
    Ok(figures)
}
