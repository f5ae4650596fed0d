//! `weir deliver`: sends what waits in the outbox to its counterpart over HTTP, and goes on.

use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, Uri};
use chrono::TimeDelta;
use engine::outbox::{self, Answer, Due, Message};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sqlx::PgPool;
use terms::Clock;

use super::database::with_pool;
use super::signals::asked_to_stop;
use super::{print, who};
use crate::config::Config;

/// Messages claimed at a time: they are sent within the lease.
const CLAIM: i64 = 16;
/// How long the counterpart may take for one message.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// How often the outbox is looked at while it is empty.
const PAUSE: Duration = Duration::from_millis(500);
/// What of an answer is read.
const ANSWER_BYTES: usize = 4_096;

/// Send messages that wait to their counterpart; each at least once, always under its key
#[derive(Debug, clap::Args)]
pub(super) struct Deliver {
    /// Where: POST of JSON with the headers Idempotency-Key and X-Weir-Topic
    #[arg(long, value_name = "URL", required_unless_present_any = ["dead", "revive"], value_parser = counterpart)]
    to: Option<Uri>,
    /// Stop when nothing is due
    #[arg(long)]
    once: bool,
    /// Seconds for which messages are claimed; after the end of a killed process others send them
    #[arg(long, default_value_t = 120)]
    lease: u16,
    /// List what was given up, and send nothing
    #[arg(long, conflicts_with_all = ["to", "once", "lease", "revive"])]
    dead: bool,
    /// Print one JSON object a line
    #[arg(long, requires = "dead")]
    json: bool,
    /// Send what was given up once more
    #[arg(long)]
    revive: bool,
    /// Who revives, by login name
    #[arg(long, value_name = "LOGIN", requires = "revive")]
    by: Option<String>,
}

impl Deliver {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.work(pool, clock).await).await
    }

    async fn work(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        if self.dead {
            let dead = outbox::dead(&mut *pool.acquire().await?).await?;
            return dead.iter().try_for_each(|due| print::fact(self.json, due, || line(due)));
        }
        if self.revive {
            let by = who::behind(pool, self.by.as_deref()).await?;
            let revived = outbox::revive(pool, clock, by).await?;
            print::line(&format!("{revived} messages are due again"))?;
        }
        let Some(to) = self.to else { return Ok(()) };
        let client = Client::builder(TokioExecutor::new()).build_http();
        let lease = TimeDelta::seconds(self.lease.max(1).into());
        tokio::select! {
            sent = send_all((pool, clock), &client, &to, lease, self.once) => sent,
            stopped = asked_to_stop() => stopped,
        }
    }
}

async fn send_all(
    (pool, clock): (&PgPool, &dyn Clock),
    client: &Client<HttpConnector, Full<Bytes>>,
    to: &Uri,
    lease: TimeDelta,
    once: bool,
) -> anyhow::Result<()> {
    loop {
        let claimed = outbox::claim(pool, clock, CLAIM, lease).await?;
        if claimed.is_empty() && once {
            return Ok(());
        }
        if claimed.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        for message in claimed {
            let answer = send(client, to, &message).await;
            if !matches!(answer, Answer::Taken(_)) {
                tracing::warn!(key = message.key, ?answer, "a message was not taken");
            }
            outbox::settle(pool, clock, &message, answer).await?;
        }
    }
}

/// Sends one message; whatever goes wrong on the way is tried again.
async fn send(client: &Client<HttpConnector, Full<Bytes>>, to: &Uri, message: &Message) -> Answer {
    let asked = async {
        let request = Request::builder()
            .method(Method::POST)
            .uri(to)
            .header("content-type", "application/json")
            .header("idempotency-key", &message.key)
            .header("x-weir-topic", message.topic.code())
            .body(Full::new(Bytes::from(message.body.to_string())))
            .context("a request")?;
        let response = client.request(request).await.context("no answer")?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let said = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
        anyhow::Ok((status, said.unwrap_or_default()))
    };
    match tokio::time::timeout(ANSWER_LIMIT, asked).await {
        Ok(Ok((status, said))) => judge(status, &said),
        Ok(Err(error)) => Answer::Later(format!("{error:#}")),
        Err(_) => Answer::Later("no answer in time".to_owned()),
    }
}

/// What an answer means: whom one asks too early or too often is asked again, who says no has said no.
fn judge(status: StatusCode, said: &str) -> Answer {
    let words = format!("{} {said}", status.as_u16());
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_success() {
        Answer::Taken(words)
    } else if status.is_client_error() && !later.contains(&status) {
        Answer::Refused(words)
    } else {
        Answer::Later(words)
    }
}

fn line(due: &Due) -> String {
    let Message { topic, key, attempts, .. } = &due.message;
    let trouble = due.trouble.as_deref().unwrap_or_default();
    format!("{} {key} 已试 {attempts} 次：{trouble}", topic.code())
}

/// A counterpart that can be reached: what we send stands in the clear, so TLS to somewhere else begins in a proxy
/// beside us.
fn counterpart(url: &str) -> Result<Uri, String> {
    let to: Uri = url.parse().map_err(|wrong| format!("{wrong}"))?;
    match (to.scheme_str(), to.host()) {
        (Some("http"), Some(_)) => Ok(to),
        (Some("https"), _) => {
            Err("https is not spoken here: name a proxy on this machine that speaks it, \
            such as http://127.0.0.1:8443/feed"
                .to_owned())
        }
        _ => Err("an address such as http://finance.example/feed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_reached_is_refused_before_anything_is_claimed() {
        assert_eq!(counterpart("http://finance.example:8080/feed").unwrap().port_u16(), Some(8080));
        for (url, words) in [
            ("https://finance.example/feed", "https is not spoken here"),
            ("ftp://finance.example/feed", "an address such as"),
            ("finance.example/feed", ""),
            ("/feed", "an address such as"),
            ("", ""),
        ] {
            let refused = counterpart(url).unwrap_err();
            assert!(refused.contains(words), "{url}: {refused}");
        }
    }
}
