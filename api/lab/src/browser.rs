//! HTTP as a browser speaks it to us: one connection pool, a cookie, a token, nothing more.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;

/// A person at a browser; without a login it is a stranger's.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
    cookie: String,
    /// The token that every change carries.
    pub csrf: String,
    /// Headers that it sends besides the usual ones.
    says: HeaderMap,
}

impl Browser {
    /// Somebody who has not logged in.
    pub fn stranger(address: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (cookie, csrf, says) = Default::default();
        Self { client, address: address.to_owned(), cookie, csrf, says }
    }

    /// The same person at a browser that says this, too.
    ///
    /// # Panics
    /// The value cannot stand in a header.
    #[must_use]
    pub fn saying(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.says.insert(name, value.parse().expect("a value of a header"));
        other
    }

    /// Keeps the cookies of an answer beside those of other names; one without a value is gone.
    pub fn keep_cookie(&mut self, head: &HeaderMap) {
        for set in head.get_all(SET_COOKIE) {
            let Some((name, value)) = set.to_str().ok().and_then(|set| set.split_once('=')) else {
                continue;
            };
            let value = value.split(';').next().unwrap_or_default();
            let others = self.cookie.split("; ");
            let mut kept: Vec<_> = others
                .filter(|pair| pair.split_once('=').is_some_and(|(other, _)| other != name))
                .map(str::to_owned)
                .collect();
            if !value.is_empty() {
                kept.push(format!("{name}={value}"));
            }
            self.cookie = kept.join("; ");
        }
    }

    /// Asks; the answer may come piece by piece, and may never end.
    ///
    /// # Errors
    /// Nobody answers.
    ///
    /// # Panics
    /// The path makes no address.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> Result<Response<Incoming>, Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header(CONTENT_TYPE, kind)
            .header(COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .body(Full::new(Bytes::from(body)))
            .expect("the path of an address");
        request.headers_mut().extend(self.says.clone());
        self.client.request(request).await
    }
}
