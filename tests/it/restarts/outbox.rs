//! 待发: what leaves the house reaches its counterpart, whatever dies on the way.

use std::collections::HashMap;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

use super::program::over;
use crate::city::{City, Till};

/// A counterpart that is shut at first, hangs once on a message that it has taken, and never wants one of them.
#[derive(Clone, Default)]
struct Counterpart(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    requests: u32,
    /// How often each key was taken.
    taken: HashMap<String, u32>,
    /// What each key said.
    said: HashMap<String, Value>,
    hung: bool,
}

/// Requests that are turned away before the counterpart opens.
const SHUT: u32 = 3;

impl Counterpart {
    async fn hear(self, head: HeaderMap, Json(body): Json<Value>) -> (StatusCode, &'static str) {
        let key = head["idempotency-key"].to_str().unwrap().to_owned();
        assert_eq!(head["x-weir-topic"], "day_close");
        let hang = {
            let mut seen = self.0.lock().unwrap();
            seen.requests += 1;
            if seen.requests <= SHUT {
                return (StatusCode::SERVICE_UNAVAILABLE, "closed");
            }
            if key == "day-close:2" {
                return (StatusCode::UNPROCESSABLE_ENTITY, "never");
            }
            *seen.taken.entry(key.clone()).or_default() += 1;
            let before = seen.said.insert(key, body.clone());
            assert!(before.is_none_or(|before| before == body), "the same key, another message");
            !std::mem::replace(&mut seen.hung, true)
        };
        if hang {
            std::future::pending::<()>().await;
        }
        (StatusCode::OK, "taken")
    }

    /// Listens; gives its address.
    async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counterpart = self.clone();
        let hear = move |head: HeaderMap, body: Json<Value>| counterpart.clone().hear(head, body);
        let router = Router::new().route("/feed", post(hear));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}/feed")
    }
}

fn deliver(city: &City, to: &str) -> Child {
    over(city, &["deliver", "--to", to, "--lease", "2"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Asks until it is so, for half a minute.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} does not come to pass");
}

#[tokio::test]
async fn every_message_arrives_under_its_key_whatever_dies_on_the_way() {
    let mut city = City::new().await;
    city.at("2026-11-16 18:00");
    city.counter().await;
    for day in 16..22 {
        city.at(&format!("2026-11-{day} 18:00"));
        Till::of(&city, "chen.juan").await.close().await;
    }
    // A close that did not happen has left no message.
    let again = Till::of(&city, "chen.juan").await;
    again.close_on(city.today()).await.unwrap_err();
    assert_eq!(city.count("select count(*) from outbox").await, 6);
    assert_eq!(city.count("select count(*) from outbox_due").await, 6);

    let counterpart = Counterpart::default();
    let to = counterpart.open().await;
    let mut first = deliver(&city, &to);
    until("the first message", async || counterpart.0.lock().unwrap().hung).await;
    // kill -9, while the counterpart has the message and has not answered.
    first.kill().unwrap();
    first.wait().unwrap();

    let (mut one, mut two) = (deliver(&city, &to), deliver(&city, &to));
    let left = "select count(*) from outbox_due where not is_dead";
    until("the end of the outbox", async || city.count(left).await == 0).await;
    for process in [&mut one, &mut two] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    // Five of six were taken, each under one key; the one that was being sent came twice under the same key, no other did.
    {
        let seen = counterpart.0.lock().unwrap();
        let mut times: Vec<u32> = seen.taken.values().copied().collect();
        times.sort_unstable();
        assert_eq!(times, [1, 1, 1, 1, 2], "{:?}", seen.taken);
        let first = &seen.said["day-close:1"];
        assert_eq!(first["day"], "2026-11-16");
        assert_eq!((&first["payments"], &first["net"]), (&0.into(), &"0.00".into()));
        for code in ["digest", "seal"] {
            assert_eq!(first[code].as_str().map(str::len), Some(64));
        }
    }
    assert_eq!(city.count("select count(*) from outbox_delivery").await, 5);
    let dead = engine::outbox::dead(&mut city.pool.acquire().await.unwrap()).await.unwrap();
    let dead: Vec<_> =
        dead.iter().map(|d| (d.message.key.as_str(), d.trouble.as_deref())).collect();
    assert_eq!(dead, [("day-close:2", Some("422 never"))]);
    // A person has spoken with the counterpart: the letter is due again.
    assert_eq!(engine::outbox::revive(&city.pool, &city.clock, None).await.unwrap(), 1);
    assert_eq!(city.count(left).await, 1);
    city.check().await;
}
