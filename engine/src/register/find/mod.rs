//! 用户查询: an account by whatever the payer can say of it.
//!
//! One word of Latin letters and digits is compared with the end of the account's number and, from four characters on,
//! with that of the meter's serial number and of the telephone, and with the beginning of all three. Whatever the words
//! are, an account is found too in whose name and address all of them stand. Width and case do not matter.

use sqlx::PgConnection;

mod found;
mod store;

pub use found::{Elsewhere, Found, SearchScope};

/// The most cards that a search gives.
pub const SEARCH_LIMIT: usize = 20;
/// Counting ends here: who sees so many types on.
const COUNT_LIMIT: usize = 1_000;
/// Fewer characters than this are the end of too many meters and telephones, and the beginning of too many numbers.
const PART_MIN_CHARS: usize = 4;

/// Finds accounts as a clerk asks for them, outlet by outlet: first by the ends of numbers, the shortest first, then by
/// their beginnings, the highest first, then by words, those of the name first. A blank text finds nothing.
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
    let number = match &words[..] {
        [word] => Number::of(&mut *connection, word).await?,
        _ => None,
    };
    let mut ids = Vec::new();
    let mut is_cut = number.as_ref().is_some_and(|number| number.meters.len() >= COUNT_LIMIT);
    for outlet in store::outlets(&mut *connection, scope).await? {
        if let Some(number) = &number {
            let (numbered, has_more) = number.accounts(&mut *connection, outlet).await?;
            ids.extend(numbered);
            is_cut |= has_more;
        }
        let keys = keys(outlet, &words);
        ids.extend(store::by_words(&mut *connection, &keys, &words, COUNT_LIMIT).await?);
        if ids.len() > COUNT_LIMIT {
            break;
        }
    }
    let mut once = std::collections::HashSet::new();
    ids.retain(|id| once.insert(*id));
    let elsewhere = match (&words[..], scope) {
        ([word], SearchScope::Outlet(own)) if ids.is_empty() => {
            store::elsewhere(&mut *connection, own.0, word).await?
        }
        _ => None,
    };
    let (total, and_more) = (ids.len().min(COUNT_LIMIT), is_cut || ids.len() >= COUNT_LIMIT);
    ids.truncate(SEARCH_LIMIT);
    let cards = super::store::cards(connection, &ids).await?;
    Ok(Found { cards, total, and_more, elsewhere })
}

/// A word that may be a part of a number.
struct Number<'a> {
    word: &'a str,
    is_long: bool,
    /// Of the whole city, so that they are looked for once: none stands for one that another outlet serves.
    meters: Vec<store::MeterBegun>,
}

impl<'a> Number<'a> {
    async fn of(connection: &mut PgConnection, word: &'a str) -> Result<Option<Self>, sqlx::Error> {
        if !word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Ok(None);
        }
        let is_long = word.len() >= PART_MIN_CHARS;
        let meters = match is_long {
            true => store::meters_begun(connection, (word, &past(word)), COUNT_LIMIT).await?,
            false => Vec::new(),
        };
        Ok(Some(Self { word, is_long, meters }))
    }

    /// The accounts of an outlet that it leads to, and whether there are more that begin so than were looked at.
    async fn accounts(
        &self,
        connection: &mut PgConnection,
        outlet: i32,
    ) -> Result<(Vec<i64>, bool), sqlx::Error> {
        // Compared from the back, so that an index leads to all that end alike.
        let backwards: String = self.word.chars().rev().collect();
        let end = (&*backwards, &*past(&backwards));
        let mut ids =
            store::by_end(&mut *connection, outlet, end, self.is_long, COUNT_LIMIT).await?;
        if !self.is_long {
            return Ok((ids, false));
        }
        let start = (self.word, &*past(self.word));
        let (numbers, phones) = store::by_start(connection, outlet, start, COUNT_LIMIT).await?;
        let has_more = numbers.len().max(phones.len()) >= COUNT_LIMIT;
        ids.extend(numbers);
        let here = self.meters.iter().filter(|meter| meter.outlet_id == outlet);
        ids.extend(here.map(|meter| meter.account_id));
        ids.extend(phones);
        Ok((ids, has_more))
    }
}

/// What comes after all that begin so.
fn past(word: &str) -> String {
    format!("{word}{}", char::MAX)
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
