//! 用户查询: an account by whatever the payer can say of it.
//!
//! One word of letters and digits is compared with the end of the number, of the meter's serial number and of the
//! telephone; any word may stand anywhere in name or address, and all must. Width and case do not matter.

use serde::Serialize;
use sqlx::PgConnection;
use terms::{OutletId, TownId};

mod store;

use super::AccountCard;

/// The accounts that a person may find; None is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchScope {
    /// A clerk finds the accounts of the own outlet.
    pub outlet: Option<OutletId>,
    /// Others may be bound to a town.
    pub town: Option<TownId>,
}

/// The most cards that a search gives.
pub const SEARCH_LIMIT: usize = 20;
/// Counting ends here: who sees so many types on.
const COUNT_LIMIT: usize = 1_000;
/// Fewer characters than this are the end of too many meters and telephones.
const END_MIN_CHARS: usize = 4;

/// What a search has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The first of them, at most [`SEARCH_LIMIT`].
    pub cards: Vec<AccountCard>,
    /// How many there are.
    pub total: usize,
    /// There are more than were counted.
    pub and_more: bool,
    /// Where it is, if the text is the whole number of an account or meter that another outlet serves.
    pub elsewhere: Option<Elsewhere>,
}

/// An account that another outlet serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// 户号.
    pub no: String,
    /// The outlet.
    pub outlet_name: String,
}

/// Finds accounts as a clerk asks for them, within the scope of the person, whole numbers first.
/// A blank text finds nothing.
///
/// # Errors
/// The database fails.
pub async fn search(
    connection: &mut PgConnection,
    scope: SearchScope,
    text: &str,
) -> Result<Found, sqlx::Error> {
    let words = store::fold(&mut *connection, text).await?;
    if words.is_empty() {
        return Ok(Found::default());
    }
    let mut ids = Vec::new();
    for outlet in store::outlets(&mut *connection, scope).await? {
        if let [word] = &words[..] {
            ids.extend(by_end(&mut *connection, outlet, word).await?);
        }
        let keys = keys(outlet, &words);
        ids.extend(store::by_words(&mut *connection, &keys, &words, COUNT_LIMIT).await?);
        if ids.len() > COUNT_LIMIT {
            break;
        }
    }
    let mut once = std::collections::HashSet::new();
    ids.retain(|id| once.insert(*id));
    let elsewhere = match (&words[..], scope.outlet) {
        ([word], Some(own)) if ids.is_empty() => {
            store::elsewhere(&mut *connection, own.0, word).await?
        }
        _ => None,
    };
    let (total, and_more) = (ids.len().min(COUNT_LIMIT), ids.len() >= COUNT_LIMIT);
    ids.truncate(SEARCH_LIMIT);
    let cards = super::store::cards(connection, &ids).await?;
    Ok(Found { cards, total, and_more, elsewhere })
}

async fn by_end(
    connection: &mut PgConnection,
    outlet: i32,
    word: &str,
) -> Result<Vec<i64>, sqlx::Error> {
    if !word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(Vec::new());
    }
    // Compared from the back, so that an index leads to all that end alike.
    let from: String = word.chars().rev().collect();
    let upto = format!("{from}{}", char::MAX);
    let numbers = store::by_number(&mut *connection, outlet, &from, &upto, COUNT_LIMIT).await?;
    if word.len() < END_MIN_CHARS {
        return Ok(numbers);
    }
    let others = store::by_meter_or_phone(connection, outlet, &from, &upto, COUNT_LIMIT).await?;
    Ok([numbers, others].concat())
}

/// What the index of words holds of an account in which all of the words stand: see `search_keys` of the migrations.
fn keys(outlet: i32, words: &[String]) -> Vec<String> {
    let mut keys = Vec::new();
    for word in words {
        let letters: Vec<char> = word.chars().collect();
        match letters[..] {
            [alone] => keys.push(format!("{outlet}:{alone}")),
            _ => {
                keys.extend(letters.windows(2).map(|two| format!("{outlet}:{}{}", two[0], two[1])))
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_up_by_pairs() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(keys(7, &words(&["顺景电"])), ["7:顺景", "7:景电"]);
        assert_eq!(keys(7, &words(&["陈", "堃"])), ["7:陈", "7:堃"]);
    }
}
