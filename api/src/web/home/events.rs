//! Pushes the figures when the position of the books moves, and tells how far they are behind.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Sse};
use axum_extra::extract::CookieJar;
use engine::access::{self, Action, Asking};
use futures::StreamExt;
use futures::stream::unfold;
use tables::Cut;
use terms::Lsn;
use tokio::sync::watch;

use super::shared;
use super::view::HomeView;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;
use crate::web::words::AsOfWords;

/// Without news of the books, the lag is told this often.
const LAG_EVERY: Duration = Duration::from_secs(5);
/// After a failure the next attempt waits.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// What one open page has seen.
struct Watcher {
    app: App,
    visitor: Visitor,
    cuts: watch::Receiver<std::sync::Arc<Cut>>,
    seen: Option<Lsn>,
    token: String,
    signed_at: Instant,
    /// Sessions have ended, perhaps this one.
    ended: watch::Receiver<()>,
}

pub(super) async fn stream(
    State(app): State<App>,
    visitor: Visitor,
    jar: CookieJar,
) -> Result<impl IntoResponse, WebError> {
    let mut cuts = app.0.warehouse.cuts();
    cuts.mark_changed();
    let token = jar.get(app.cookie()).map_or("", |cookie| cookie.value()).to_owned();
    let (mut ended, signed_at) = (app.0.sessions_ended.subscribe(), Instant::now());
    // Who went between the door and here is looked up once more.
    ended.mark_changed();
    let watcher = Watcher { app, visitor, cuts, seen: None, token, signed_at, ended };
    let events = unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((event, watcher))
    });
    // A proxy that gathers an answer before it passes it on would keep every figure back.
    let at_once = [(HeaderName::from_static("x-accel-buffering"), "no")];
    let events = events.map(Ok::<_, Infallible>);
    Ok((at_once, Sse::new(events).keep_alive(KeepAlive::default())))
}

impl Watcher {
    /// True while the session lives: a stream ends with its session. It is looked up where sessions were ended here,
    /// and now and then, since commands end them too, and time.
    async fn is_signed(&mut self) -> bool {
        if self.signed_at.elapsed() < LAG_EVERY
            && self.ended.has_changed().is_ok_and(|ended| !ended)
        {
            return true;
        }
        self.signed_at = Instant::now();
        self.ended.mark_unchanged();
        let app = &self.app.0;
        let session = access::session(&app.pool, &*app.clock, &self.token, Asking::Poll).await;
        match session {
            Ok(Some(signed)) => {
                self.visitor = signed.into();
                self.visitor.rights.may(Action::ReadHome)
            }
            Ok(None) => false,
            // A database that does not answer ends no session.
            Err(_) => true,
        }
    }

    /// The next event; none when capture or the session has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                moved = self.cuts.changed() => moved.ok()?,
                ended = self.ended.changed() => {
                    ended.ok()?;
                    self.ended.mark_changed();
                    if self.is_signed().await {
                        continue;
                    }
                    return None;
                }
                () = tokio::time::sleep(LAG_EVERY) => {
                    let signed = self.is_signed().await;
                    return if signed { event("as-of", &AsOfWords::of(&self.app)) } else { None };
                }
                () = self.app.0.ending.cancelled() => return None,
            }
            if !self.is_signed().await {
                return None;
            }
            let newest = shared::newest(&self.app, &self.visitor).await;
            // Figures take their time, and meanwhile somebody may have gone.
            if !self.is_signed().await {
                return None;
            }
            match newest {
                Ok(figures) if self.seen == Some(figures.position.lsn) => {}
                Ok(figures) => {
                    self.seen = Some(figures.position.lsn);
                    return event("figures", &HomeView::of(&self.app, &figures));
                }
                Err(error) => {
                    tracing::warn!(?error, "the homepage was not computed");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }
}

fn event(name: &str, data: &impl serde::Serialize) -> Option<Event> {
    Event::default().event(name).json_data(data).ok()
}
