//! For machines, on a listener of their own: alive, ready, how far behind. One answer a second for all who ask.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::status::{StatusView, figures};
use super::store;
use crate::web::App;

/// An answer is given again for so long.
const KEPT: Duration = Duration::from_secs(1);

/// The newest answer, and when it was made.
#[derive(Default)]
pub(in crate::web) struct Health(Mutex<Option<(Instant, Arc<Answer>)>>);

/// What the database said.
struct Answer {
    /// Why no money can be posted; none where it can.
    hindrance: Option<String>,
    status: Option<StatusView>,
}

pub(in crate::web) fn probes() -> Router<App> {
    Router::new()
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/statusz", get(status))
        .route("/metrics", get(metrics))
}

/// Ready means that a payment can be posted; the warehouse may be behind.
async fn ready(State(app): State<App>) -> (StatusCode, String) {
    match &newest(&app).await.hindrance {
        None => (StatusCode::OK, "ok".to_owned()),
        Some(hindrance) => (StatusCode::SERVICE_UNAVAILABLE, hindrance.clone()),
    }
}

async fn status(State(app): State<App>) -> Response {
    match &newest(&app).await.status {
        Some(status) => Json(status).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The figures as Prometheus reads them.
async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let answer = newest(&app).await;
    let pool = &app.0.pool;
    let ready = u64::from(answer.hindrance.is_none());
    let mut lines = vec![
        format!("weir_ready {ready}"),
        format!("weir_pool_connections {}", pool.size()),
        format!("weir_pool_idle_connections {}", pool.num_idle()),
    ];
    lines.extend(answer.status.iter().flat_map(StatusView::metrics));
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], lines.join("\n") + "\n")
}

/// The newest answer. Who comes while it is made waits for it, and holds no connection.
async fn newest(app: &App) -> Arc<Answer> {
    let mut kept = app.0.health.0.lock().await;
    if let Some((made, answer)) = &*kept
        && made.elapsed() < KEPT
    {
        return Arc::clone(answer);
    }
    let answer = Arc::new(ask(app).await);
    *kept = Some((Instant::now(), Arc::clone(&answer)));
    answer
}

async fn ask(app: &App) -> Answer {
    let asked = async {
        let mut connection = app.0.pool.acquire().await?;
        let writable = store::takes_writes(&mut connection).await?;
        let misfit = engine::misfit(&mut connection).await?;
        anyhow::Ok((writable, misfit, figures(app, &mut connection).await))
    };
    match asked.await {
        Ok((writable, misfit, status)) => {
            let read_only = (!writable).then(|| "the database is read-only".to_owned());
            let hindrance = misfit.map(|misfit| misfit.to_string()).or(read_only);
            let told = status.map_err(|error| tracing::warn!(?error, "how far behind is unknown"));
            Answer { hindrance, status: told.ok() }
        }
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Answer { hindrance: Some("the database does not answer".to_owned()), status: None }
        }
    }
}
