//! One page of routes: the tables of the folders, put together.

use std::any::Any;

use anyhow::anyhow;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use super::doors::Doors;
use super::error::WebError;
use super::{
    App, access, accounts, admit, approvals, assets, charges, counter, extract, home, marks,
    months, ops, papers, patience, payments, people, rates, remittances, report, security, speak,
    suspense, trace,
};

/// Every route behind the login, and the login itself.
pub(super) fn doors() -> Doors {
    Doors::new()
        .and(access::doors())
        .and(home::doors())
        .and(counter::doors())
        .and(report::doors())
        .and(extract::doors())
        .and(ops::doors())
        .and(accounts::doors())
        .and(rates::doors())
        .and(charges::doors())
        .and(payments::doors())
        .and(papers::doors())
        .and(remittances::doors())
        .and(suspense::doors())
        .and(months::doors())
        .and(approvals::doors())
        .and(people::doors())
        .and(marks::doors())
}

pub(super) fn router(app: App) -> Router {
    let doors = doors().router();
    // A page that is drawn once more is asked for within: whoever sent its form has been let in.
    let pages: Router = doors.clone().with_state(app.clone());
    let router = doors
        // Whoever is logged in loses the menu by no wrong address.
        .fallback(async || WebError::NotFound)
        .layer(from_fn_with_state((app.clone(), pages), admit::admit))
        .route("/static/{hash}/{*name}", get(assets::file));
    let is_secure = app.is_secure();
    dressed(router, is_secure).with_state(app)
}

/// What every request goes through, the last named first.
fn dressed<S: Clone + Send + Sync + 'static>(router: Router<S>, is_secure: bool) -> Router<S> {
    router
        .layer(from_fn(patience::whole_body))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(speak::speak))
        .layer(from_fn_with_state(is_secure, security::headers))
        .layer(CompressionLayer::new().compress_when(SizeAbove::default().and(is_shrunk)))
        .layer(from_fn(trace::follow))
}

/// A handler that breaks off is an error as any other: told, logged, and with the headers of every answer.
fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let words = cause.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no words");
    WebError::Fault(anyhow!("a handler panicked: {words}")).into_response()
}

/// What travels smaller. A page does not: its length would tell its token to whoever can put words into it (BREACH).
/// Files to take away are packed already, and keep their length.
fn is_shrunk(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    const KINDS: [&str; 4] = ["text/css", "text/javascript", "image/svg+xml", "application/json"];
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    KINDS.iter().any(|shrunk| kind.starts_with(shrunk))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::http::header::ACCEPT;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Asks a small house with one door that breaks and one that fails; gives status, headers and text.
    async fn ask(path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        let router = Router::new()
            .route("/breaks", get(async || -> StatusCode { panic!("a screw is loose") }))
            .route(
                "/fails/{name}",
                get(async || {
                    trace::is_by("chen.juan");
                    WebError::Fault(anyhow!("no ink")).into_response()
                }),
            )
            .route("/busy", get(async || WebError::not_now("歇业")))
            .fallback(async || WebError::NotFound);
        let request = Request::get(path).header(ACCEPT, accept).body(Body::empty()).unwrap();
        let house = TowerToHyperService::new(dressed(router, false).with_state(()));
        let (parts, body) = house.call(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_broken_handler_answers_as_everything_else_does() {
        let (status, headers, text) = ask("/breaks", "text/html").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        for name in ["content-security-policy", "x-frame-options", "x-content-type-options"] {
            assert!(headers.contains_key(name), "{name}: {headers:?}");
        }
        assert!(text.contains("系统出错") && !text.contains("screw"), "{text}");
    }

    #[tokio::test]
    async fn a_fault_is_logged_with_its_person_and_path_under_the_number_on_the_page() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let _quiet = tracing::subscriber::set_default(log.finish());
        let (_, headers, page) = ask("/fails/door?q=%E9%99%88", "text/html").await;
        let number = headers["x-trace"].to_str().unwrap().to_owned();
        assert!(page.contains(&format!("追踪号 {number}")), "{page}");
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let of_it: Vec<_> = log.lines().filter(|line| line.contains(&number)).collect();
        for line in &of_it {
            assert!(line.contains("/fails/door") && line.contains("chen.juan"), "{line}");
            assert!(!line.contains("q="), "{line}");
        }
        assert!(of_it.iter().any(|line| line.contains("no ink")), "{log}");
        assert!(
            of_it.iter().any(|line| line.contains("status=500") && line.contains("ms=")),
            "{log}"
        );
        let (_, headers, _) = ask("/busy", "text/html").await;
        let number = headers["x-trace"].to_str().unwrap();
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let told = log.lines().any(|line| line.contains(number) && line.contains("歇业"));
        assert!(told, "{log}");
        let (_, headers, json) = ask("/fails/door", "application/json").await;
        assert!(json.contains(headers["x-trace"].to_str().unwrap()), "{json}");
    }
}
