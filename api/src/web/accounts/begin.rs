//! Changes that were approved ahead are shown from their day on.

use std::time::Duration;

use engine::register;

use crate::web::App;

/// How often it is asked whether a day has come.
const EVERY: Duration = Duration::from_secs(60);

/// Shows them now and from time to time, until the process ends.
pub(in crate::web) fn begin_changes(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        loop {
            match register::begin_changes(&app.0.pool, &*app.0.clock).await {
                Ok(0) => {}
                Ok(changes) => tracing::info!(changes, "changes of accounts hold from today on"),
                Err(error) => tracing::warn!(%error, "changes whose day has come were not shown"),
            }
            if app.0.ending.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return;
            }
        }
    });
}
