//! Messages: claimed, and settled by what the counterpart says.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, UserId};

use super::message::{Answer, Due, Message};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{commit, write};

/// How often a message is tried before it is dead: about three days.
const ATTEMPTS: i32 = 16;
/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);
/// Longest answer that is kept.
const ANSWER_MAX_CHARS: usize = 200;

/// Claims up to `most` messages that are due, for `lease`; until its end nobody else sends them.
///
/// # Errors
/// The database fails; nothing is claimed.
pub async fn claim(
    pool: &PgPool,
    clock: &dyn Clock,
    most: i64,
    lease: TimeDelta,
) -> Result<Vec<Message>, sqlx::Error> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let claimed = store::claim(&mut tx, (now, now + lease), most).await?;
        commit(tx).await?;
        Ok(claimed)
    })
    .await
}

/// Notes what the counterpart said of a claimed message.
///
/// # Errors
/// The database fails; the message is sent again, under the same key.
pub async fn settle(
    pool: &PgPool,
    clock: &dyn Clock,
    message: &Message,
    answer: Answer,
) -> Result<(), sqlx::Error> {
    let (now, id, attempts) = (clock.now(), message.id, message.attempts);
    let act = Act::new(Action::DeliverMessages, None, &message.key);
    write(pool, move |mut tx| async move {
        match answer {
            Answer::Taken(said) => {
                store::taken(&mut tx, id, &short(&said), now).await?;
                access::mark(&mut tx, &act, now).await?;
            }
            Answer::Later(said) => {
                let due = (now + pause(attempts), attempts >= ATTEMPTS);
                store::put_off(&mut tx, id, due, &short(&said)).await?;
            }
            Answer::Refused(said) => {
                store::put_off(&mut tx, id, (now, true), &short(&said)).await?;
            }
        }
        commit(tx).await
    })
    .await
}

/// Dead letters, the oldest first.
///
/// # Errors
/// The database cannot answer.
pub async fn dead(connection: &mut PgConnection) -> Result<Vec<Due>, sqlx::Error> {
    store::dead(connection).await
}

/// Sends dead letters once more; gives how many.
///
/// # Errors
/// The database fails.
pub async fn revive(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
) -> Result<u64, sqlx::Error> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let revived = store::revive(&mut tx, now).await?;
        let act = Act::new(Action::ReviveMessages, by, format!("{revived} 条"));
        access::mark(&mut tx, &act.with(json!({ "messages": revived })), now).await?;
        commit(tx).await?;
        Ok(revived)
    })
    .await
}

/// One second after the first attempt, twice as long after each other one.
fn pause(attempts: i32) -> TimeDelta {
    let doubled = u32::try_from(attempts - 1).map_or(0, |n| n.min(20));
    TimeDelta::seconds(1 << doubled).min(LONGEST_PAUSE)
}

fn short(said: &str) -> String {
    said.chars().filter(|c| *c != '\0').take(ANSWER_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_have_an_end() {
        let seconds = |n| pause(n).num_seconds();
        assert_eq!([seconds(1), seconds(2), seconds(5), seconds(40)], [1, 2, 16, 21_600]);
        let all: i64 = (1..ATTEMPTS).map(seconds).sum();
        assert!((8..100).contains(&(all / 3_600)), "{all}");
    }
}
