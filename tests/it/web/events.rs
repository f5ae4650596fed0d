//! The stream of the homepage, read as it comes: it ends with its session, and tells nothing afterwards.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use engine::access::change_password;
use http_body_util::BodyExt;
use terms::Role;

use super::site::{PASSWORD, Site};
use crate::city::City;

/// Longer than any event takes: a stream that says nothing for so long has not ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// The stream of a reader.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    fn of(body: Body) -> Self {
        Self { body, text: String::new() }
    }

    /// The next event; none where the stream has ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                return Some(event);
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await;
            let frame = frame.expect("the stream neither speaks nor ends")?;
            let Ok(data) = frame.ok()?.into_data() else { continue };
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// Reads on until the figures say this.
    async fn says(&mut self, words: &str) {
        while !self.next().await.expect("the stream goes on").contains(words) {}
    }

    /// All that is still told until the end.
    async fn rest(mut self) -> String {
        let mut told = String::new();
        while let Some(event) = self.next().await {
            told.push_str(&event);
        }
        told
    }
}

#[tokio::test]
async fn no_figure_comes_to_whoever_has_gone_was_sent_away_or_may_not_see_it_any_more() {
    let city = City::new().await;
    let till = city.counter().await;
    let mut accounts = Vec::new();
    for payer in ["陈大文", "李四", "王五", "赵六", "钱七"] {
        accounts.push(city.household_owing_for(payer, "30").await);
    }
    // Who pays nothing: so what is owed is at no time what was taken.
    city.household_owing_for("孙八", "45").await;
    city.person("li.lei", "李蕾", Role::Leader, None, None).await;
    change_password(&city.pool, &city.clock, None, "li.lei", PASSWORD).await.unwrap();
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let keeper = site.enter("liu.gang").await;
    let events = async |login: &str| {
        let reader = site.enter(login).await;
        let stream = Stream::of(reader.stream("/home/events").await);
        (reader, stream)
    };
    // One who stays, and hears of everything; one who goes on under another pass word, and is out elsewhere.
    let (_, mut stays) = events("he.lin").await;
    let (renews, mut anew) = events("zhou.ting").await;
    let (_, elsewhere) = events("zhou.ting").await;
    till.collect(&accounts[0], "110").await;
    for stream in [&mut stays, &mut anew] {
        stream.says("103.33").await;
    }
    let form = format!("old={PASSWORD}&new={PASSWORD}9&again={PASSWORD}9");
    let done = renews.post_form("/me/password", &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    till.collect(&accounts[1], "110").await;
    anew.says("206.66").await;
    assert!(!elsewhere.rest().await.contains("206.66"));
    // Who logs out; who is given another role; who is not let in any more.
    let (leaver, left) = events("he.lin").await;
    let gone = leaver.post_form("/logout", "").await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    till.collect(&accounts[2], "110").await;
    stays.says("309.99").await;
    assert!(!left.rest().await.contains("309.99"));
    let gone = keeper.post_form("/people/zhou.ting/role", "role=auditor&widens=yes").await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.text());
    till.collect(&accounts[3], "110").await;
    stays.says("413.32").await;
    assert!(!anew.rest().await.contains("413.32"));
    let (_, disabled) = events("li.lei").await;
    let gone = keeper.post_form("/people/li.lei/disable", "").await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.text());
    till.collect(&accounts[4], "110").await;
    stays.says("516.65").await;
    assert!(!disabled.rest().await.contains("516.65"));
    drop(stays);
    site.close().await;
    books.stop().await;
}
