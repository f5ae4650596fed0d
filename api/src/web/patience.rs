//! How long a client may dawdle, and how many may come from one place: nobody who drips bytes holds a seat.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::error::{WebError, called};

/// The whole body of a request has come by then.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// No page of ours sends more: a statement of 200,000 letters.
pub(super) const BODY_BYTES: usize = 2 << 20;

/// Takes a body whole before anything is done for it, within [`BODY_TIMEOUT`]; a letter that no text of the books can
/// hold is refused before anybody reads it.
pub(super) async fn whole_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let refused = match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, BODY_BYTES)).await {
        Ok(Ok(body)) => {
            let address = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
            return match nul_in(address, &body) {
                Some(field) => refuse_nul(&field).into_response(),
                None => next.run(Request::from_parts(parts, Body::from(body))).await,
            };
        }
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => StatusCode::REQUEST_TIMEOUT,
    };
    let mut response = refused.into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn refuse_nul(field: &str) -> WebError {
    let field = if field.is_empty() {
        "提交的内容".to_owned()
    } else {
        format!("“{}”", called(field))
    };
    WebError::Invalid(format!("{field}含有无效字符（NUL），请删去后再试。"))
}

/// The field in which the letter NUL stands in an address, a form or JSON, in any way that each has to write it; an empty
/// name where it stands in none. None where it stands nowhere.
fn nul_in(address: &str, body: &[u8]) -> Option<String> {
    if let Some(at) = address.find("%00") {
        let query = address[..at].split_once('?').map_or("", |(_, query)| query);
        return Some(form_field(query).to_owned());
    }
    let is_json = matches!(body.first(), Some(b'{' | b'['));
    let written: &[u8] = if is_json { br"\u0000" } else { b"%00" };
    // In JSON a backslash before the backslash makes it a plain one.
    let is_letter = |at: usize| {
        let before = body[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        !is_json || before.is_multiple_of(2)
    };
    let mut found = body.windows(written.len()).enumerate();
    let found = found.find(|(at, six)| *six == written && is_letter(*at)).map(|(at, _)| at);
    let at = found.or_else(|| body.iter().position(|byte| *byte == 0))?;
    let before = String::from_utf8_lossy(&body[..at]);
    let field = if is_json { json_field(&before) } else { form_field(&before) };
    Some(field.to_owned())
}

/// The field of a form in whose value the text ends.
fn form_field(before: &str) -> &str {
    let pair = before.rsplit('&').next().unwrap_or_default();
    pair.split_once('=').map_or("", |(field, _)| field)
}

/// The member of a JSON object in whose text the text ends.
fn json_field(before: &str) -> &str {
    let Some((before, _)) = before.rsplit_once("\":") else { return "" };
    before.rsplit('"').next().unwrap_or_default()
}

/// A stream whose writer gives up on a reader that takes nothing.
pub(super) struct Patient<S> {
    stream: S,
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, waiting: None }
    }

    /// Ready where the write moved on, or where it has stood still for too long.
    fn judged<T>(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.waiting = None;
            return done;
        }
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        match waiting.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judged(cx, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        self.judged(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judged(cx, done)
    }
}

/// Who is here, by address.
#[derive(Clone)]
pub(super) struct Crowd {
    most: usize,
    here: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place in the crowd; given back when dropped.
pub(super) struct Guest {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    pub(super) fn of(most: usize) -> Self {
        Self { most, here: Arc::default() }
    }

    /// A place, unless the address has all of its places already.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Guest> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.entry(address).or_default();
        if *count >= self.most && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Guest { crowd: self.clone(), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut here = self.crowd.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                here.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn a_nul_is_found_however_it_is_written_and_its_field_is_named() {
        for (address, body, field) in [
            ("/payments?no=a%00b", "", Some("no")),
            ("/search?of=1&q=%00", "", Some("q")),
            ("/people/a%00b/disable", "", Some("")),
            ("/search?q=%2500", "", None),
            ("/", "csrf=1&reason=a%00", Some("reason")),
            ("/", "reason=a\0", Some("reason")),
            ("/", r#"{"sql":"a\u0000"}"#, Some("sql")),
            ("/", r#"{"key":"k","tenders":[{"reference": "a\u0000"}]}"#, Some("reference")),
            ("/", r#"{"sql":"a\\u0000"}"#, None),
            ("/", r#"{"sql":"a\\\u0000"}"#, Some("sql")),
            ("/", r#"{"sql":"like '%00'"}"#, None),
            ("/", "", None),
        ] {
            assert_eq!(nul_in(address, body.as_bytes()).as_deref(), field, "{address} {body}");
        }
        let words = refuse_nul("reason").words();
        assert_eq!(words, "“原因”含有无效字符（NUL），请删去后再试。");
    }

    #[test]
    fn an_address_has_so_many_places_and_no_more() {
        let crowd = Crowd::of(2);
        let (far, other): (IpAddr, IpAddr) =
            ("10.0.0.7".parse().unwrap(), "10.0.0.8".parse().unwrap());
        let first = crowd.enter(far).unwrap();
        let _second = crowd.enter(far).unwrap();
        assert!(crowd.enter(far).is_none() && crowd.enter(other).is_some());
        drop(first);
        assert!(crowd.enter(far).is_some());
        let proxy: IpAddr = "127.0.0.1".parse().unwrap();
        let everybody: Vec<_> = (0..9).map(|_| crowd.enter(proxy)).collect();
        assert!(everybody.iter().all(Option::is_some));
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_given_up() {
        let (here, mut there) = tokio::io::duplex(16);
        let mut here = Patient::new(here, Duration::from_millis(50));
        let began = Instant::now();
        let given_up = here.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(given_up.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= Duration::from_millis(50));
        // Who takes it slowly gets all of it.
        let mut slow = [0; 16];
        there.read_exact(&mut slow).await.unwrap();
        let reader = tokio::spawn(async move {
            let mut taken = 0;
            while taken < 64 {
                sleep(Duration::from_millis(10)).await;
                taken += there.read(&mut slow).await.unwrap();
            }
        });
        here.write_all(&[0; 64]).await.unwrap();
        reader.await.unwrap();
    }
}
