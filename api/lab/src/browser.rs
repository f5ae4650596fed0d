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

    /// Keeps the cookie of an answer.
    pub fn keep_cookie(&mut self, head: &HeaderMap) {
        let cookie = head.get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
        self.cookie = cookie.to_owned();
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
