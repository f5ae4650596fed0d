//! A batch, posted in pieces.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use terms::{AccountId, Clock, Money, PayMethod, PaymentId};

use super::settle::{Debtor, PaidLine, Refusal, Settled, Terms, check_serial, settle};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{Tx, lock_not_granted, write};
use crate::tariff::LateFeeRules;

/// Items of one transaction: enough to pay for its round trips, few enough not to hold accounts long.
const PIECE: usize = 20_000;
/// Pieces at a time.
const WORKERS: usize = 2;
/// How often a piece is tried whose accounts a counter holds.
const TRIES: u32 = 5;

/// What a channel settled on a day.
#[derive(Debug, Clone)]
pub struct ChannelBatch {
    /// The way of paying.
    pub method: PayMethod,
    /// Business day of the payments; late fees run up to it.
    pub account_date: NaiveDate,
    /// The items, in any order.
    pub items: Vec<Settled>,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Items posted now.
    pub posted: u64,
    /// Their sum, yuan.
    pub amount: Money,
    /// Items that had been posted before.
    pub already: u64,
    /// Items that a person must look at.
    pub refused: Vec<Refused>,
}

/// An item that was not posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The channel's serial.
    pub serial: String,
    /// Why.
    pub reason: Refusal,
}

/// Why a batch stopped; pieces before it stay posted, and the batch may be handed in again.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Accounts stayed locked by others.
    #[error("部分用户正在办理业务，请稍后重新提交本批次，已入账的不会重复")]
    Busy,
    /// The database failed.
    #[error("系统繁忙，请重新提交本批次，已入账的不会重复")]
    Database(#[from] sqlx::Error),
}

/// Posts what a channel settled: each item exactly once, whole or not at all.
///
/// Items are posted in pieces of 20,000, each its own transaction, in the order of accounts.
///
/// # Errors
/// See [`BatchError`].
pub async fn post_batch(
    pool: &PgPool,
    clock: &dyn Clock,
    batch: ChannelBatch,
) -> Result<BatchOutcome, BatchError> {
    let rules = LateFeeRules::load(&mut *pool.acquire().await?).await?;
    let ChannelBatch { method, account_date, items } = batch;
    let run = Arc::new(Run { pool: pool.clone(), rules, method, account_date, now: clock.now() });
    let (items, mut outcome) = distinct(items);
    let pieces: Vec<_> = futures::stream::iter(pieces(items))
        .map(|piece| Arc::clone(&run).post_patiently(piece))
        .buffer_unordered(WORKERS)
        .try_collect()
        .await?;
    pieces.into_iter().for_each(|piece| outcome.add(piece));
    Ok(outcome)
}

/// What all pieces of a batch share.
struct Run {
    pool: PgPool,
    rules: LateFeeRules,
    method: PayMethod,
    account_date: NaiveDate,
    now: DateTime<Utc>,
}

/// An item on its way to the books.
pub(super) struct Posting {
    pub(super) payment: PaymentId,
    pub(super) item: Settled,
    pub(super) debtor: usize,
    pub(super) lines: Vec<PaidLine>,
}

/// What every payment of a batch has in common.
#[derive(Clone, Copy)]
pub(super) struct Common {
    pub(super) method: PayMethod,
    pub(super) account_date: NaiveDate,
    pub(super) posted_at: DateTime<Utc>,
}

impl Run {
    /// Posts a piece; while a counter holds one of its accounts, it tries again.
    async fn post_patiently(
        self: Arc<Self>,
        piece: Vec<Settled>,
    ) -> Result<BatchOutcome, BatchError> {
        for tried in 1..=TRIES {
            let (run, piece) = (Arc::clone(&self), piece.clone());
            match write(&self.pool, move |tx| async move { run.post(tx, piece).await }).await {
                Err(error) if lock_not_granted(&error) && tried < TRIES => {
                    tokio::time::sleep(Duration::from_millis(200) * tried).await;
                }
                Err(error) if lock_not_granted(&error) => break,
                done => return Ok(done?),
            }
        }
        Err(BatchError::Busy)
    }

    async fn post(&self, mut tx: Tx, piece: Vec<Settled>) -> Result<BatchOutcome, sqlx::Error> {
        store::forget_plans(&mut tx).await?;
        let accounts: Vec<AccountId> = piece.iter().map(|item| item.account).collect();
        let mut debtors = store::lock_debtors(&mut tx, &accounts).await?;
        let before = store::posted(&mut tx, self.method, &piece).await?;
        store::load_open(&mut tx, &mut debtors, &piece).await?;

        let mut outcome = BatchOutcome::default();
        let mut postings = Vec::with_capacity(piece.len());
        for item in piece {
            match before.get(&item.serial) {
                Some(hash) if *hash == request_hash(self.method, &item) => outcome.already += 1,
                Some(_) => outcome.refuse(item, Refusal::SerialUsed),
                None => self.decide(&mut debtors, item, &mut postings, &mut outcome),
            }
        }
        if postings.is_empty() {
            return Ok(outcome);
        }
        let ids = store::payment_ids(&mut tx, postings.len()).await?;
        for (posting, id) in postings.iter_mut().zip(ids) {
            posting.payment = id;
        }
        let common =
            Common { method: self.method, account_date: self.account_date, posted_at: self.now };
        store::record(&mut tx, common, &debtors, &postings).await?;
        let subject = format!("{} {} 笔", self.method.label(), outcome.posted);
        let details = json!({ "day": self.account_date, "amount": outcome.amount });
        let act = Act::new(Action::PostBatch, None, subject).with(details);
        access::mark(&mut tx, &act, self.now).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    fn decide(
        &self,
        debtors: &mut [Debtor],
        item: Settled,
        postings: &mut Vec<Posting>,
        outcome: &mut BatchOutcome,
    ) {
        let terms = Terms { rules: &self.rules, day: self.account_date, method: self.method };
        let Ok(debtor) = debtors.binary_search_by_key(&item.account, |d| d.account) else {
            return outcome.refuse(item, Refusal::UnknownAccount);
        };
        match settle(&mut debtors[debtor], &item, &terms) {
            Ok(lines) => {
                outcome.posted += 1;
                outcome.amount += item.gross;
                postings.push(Posting { payment: PaymentId(0), item, debtor, lines });
            }
            Err(reason) => outcome.refuse(item, reason),
        }
    }
}

impl BatchOutcome {
    fn refuse(&mut self, item: Settled, reason: Refusal) {
        self.refused.push(Refused { serial: item.serial, reason });
    }

    fn add(&mut self, piece: Self) {
        self.posted += piece.posted;
        self.amount += piece.amount;
        self.already += piece.already;
        self.refused.extend(piece.refused);
    }
}

/// Sorts by account, and sets aside items whose serial cannot be a key or came before in the batch.
fn distinct(mut items: Vec<Settled>) -> (Vec<Settled>, BatchOutcome) {
    items.sort_by_key(|item| item.account);
    let mut outcome = BatchOutcome::default();
    let mut seen: HashMap<String, (AccountId, Money)> = HashMap::with_capacity(items.len());
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if let Err(reason) = check_serial(&item) {
            outcome.refuse(item, reason);
            continue;
        }
        let this = (item.account, item.gross);
        match seen.get(&item.serial) {
            Some(same) if *same == this => outcome.already += 1,
            Some(_) => outcome.refuse(item, Refusal::SerialUsed),
            None => {
                seen.insert(item.serial.clone(), this);
                kept.push(item);
            }
        }
    }
    (kept, outcome)
}

/// Cuts sorted items into pieces, never within an account.
fn pieces(items: Vec<Settled>) -> Vec<Vec<Settled>> {
    let mut pieces: Vec<Vec<Settled>> = Vec::new();
    for item in items {
        match pieces.last_mut() {
            Some(piece)
                if piece.len() < PIECE
                    || piece.last().is_some_and(|last| last.account == item.account) =>
            {
                piece.push(item);
            }
            _ => pieces.push(vec![item]),
        }
    }
    pieces
}

/// Tells an item from another one under the same serial.
pub(super) fn request_hash(method: PayMethod, item: &Settled) -> Vec<u8> {
    let body = format!("channel {method} {} {} {}", item.serial, item.account, item.gross);
    Sha256::digest(body).to_vec()
}

#[cfg(test)]
mod tests {
    use terms::BillPeriod;

    use super::super::settle::Settles;
    use super::*;

    fn item(account: i64, serial: &str, fen: i64) -> Settled {
        Settled {
            account: AccountId(account),
            settles: Settles::UpTo(BillPeriod::from_number(202601).unwrap()),
            serial: serial.into(),
            gross: Money::from_fen(fen),
        }
    }

    #[test]
    fn a_serial_counts_once_in_a_batch() {
        let long = "x".repeat(61);
        let items = vec![
            item(2, "b", 1),
            item(1, "a", 1),
            item(1, "a", 1),
            item(1, "a", 2),
            item(3, "", 1),
            item(3, &long, 1),
        ];
        let (kept, outcome) = distinct(items);
        assert_eq!(kept.iter().map(|i| i.serial.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(outcome.already, 1);
        let reasons: Vec<_> = outcome.refused.iter().map(|r| r.reason.clone()).collect();
        assert_eq!(reasons, [Refusal::SerialUsed, Refusal::BadSerial, Refusal::BadSerial]);
    }

    #[test]
    fn a_piece_never_ends_within_an_account() {
        let items: Vec<_> =
            (0..PIECE + 10).map(|i| item((i / 7) as i64, &i.to_string(), 1)).collect();
        let pieces = pieces(items);
        assert_eq!(pieces.iter().map(Vec::len).sum::<usize>(), PIECE + 10);
        for pair in pieces.windows(2) {
            assert!(pair[0].last().unwrap().account < pair[1].first().unwrap().account);
        }
    }
}
