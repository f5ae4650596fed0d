//! A batch, written down whole and then posted in pieces.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use terms::{AccountId, BillPeriod, Clock, Money, OutletId, PaymentId, UserId, business_day};

use super::item::{BatchOutcome, Channel, ChannelBatch, File, Item, NewItem, Refusal};
use super::settle::{Debtor, settle};
use super::store;
use super::take_in::take_in;
use crate::access::{self, Act, Action};
use crate::counter::{BulkPayment, LateFeeTerms, SettledLine, payment_ids, record_all};
use crate::database::{Tx, commit, lock_not_granted, write, write_patiently};
use crate::room::{self, Of};
use crate::tariff::LateFeeRules;

/// Items of one transaction: enough to pay for its round trips, few enough not to hold accounts long.
const PIECE: usize = 20_000;
/// Pieces at a time.
const WORKERS: usize = 2;

/// Why a batch stopped. What was written down stays, and so do the pieces that were posted; the batch may
/// be handed in again.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// No such channel.
    #[error("渠道“{0}”不存在，请先登记渠道")]
    UnknownChannel(String),
    /// It brings money of all towns, and this person is bound to one.
    #[error("渠道文件涉及全市，须由不限镇街的人员接收")]
    WholeCity,
    /// The number of the batch cannot be.
    #[error("批次号须为1至40个字符")]
    BadBatchNo,
    /// An item without a serial, or with a very long one; nothing was taken in.
    #[error("第{row}笔：流水号为空或超过60个字符，本批次未接收")]
    BadSerial {
        /// Its place in the batch, from 1.
        row: usize,
    },
    /// An item over nothing or less; nothing was taken in.
    #[error("第{row}笔：金额{gross}元须大于零，本批次未接收")]
    BadAmount {
        /// Its place in the batch, from 1.
        row: usize,
        /// Yuan.
        gross: Money,
    },
    /// The batch was handed in for another day; nothing was taken in.
    #[error("批次{batch_no}已按结算日{settled_on}登记，本次未接收，请核对结算日或批次号")]
    OtherDay {
        /// Number of the batch.
        batch_no: String,
        /// The day that stands.
        settled_on: NaiveDate,
    },
    /// The same file came as another batch: all its money would wait a second time. Nothing was taken in.
    #[error(
        "这个文件已作为{channel}批次{batch_no}（结算日{settled_on}）登记，本次未接收；续办请用原批次号，确为另一批的，请在文件首行注明批次后再导入"
    )]
    SameFile {
        /// Name of the channel.
        channel: String,
        /// Number of the batch.
        batch_no: String,
        /// Its day of settlement.
        settled_on: NaiveDate,
    },
    /// A file of a day on which nothing of what it pays was billed: late fees would run to a day that is not meant.
    /// Nothing was taken in.
    #[error(
        "结算日{settled_on}早于账单的出账日（户号{account_no}，{billed_on}出账），本批次未接收，请核对结算日的年月日"
    )]
    BeforeBills {
        /// The day that was said.
        settled_on: NaiveDate,
        /// Number of an account in the file.
        account_no: String,
        /// The day of its bill.
        billed_on: NaiveDate,
    },
    /// Settled on a day that has not come; nothing was taken in.
    #[error("结算日{0}尚未到来，本批次未接收")]
    InTheFuture(NaiveDate),
    /// Settled before there was anything to pay; nothing was taken in.
    #[error("结算日{0}早于开账，本批次未接收，请核对年月")]
    BeforeBooks(NaiveDate),
    /// Accounts stayed locked by others.
    #[error("部分用户正在办理业务，请稍后重新提交本批次，已入账的不会重复")]
    Busy,
    /// The database failed.
    #[error("系统繁忙，请重新提交本批次，已入账的不会重复")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for BatchError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) { Self::Busy } else { Self::Database(error) }
    }
}

/// Writes down what a channel itself hands in and posts it: each item exactly once, whole or not at all. Nobody stands
/// behind that but the system.
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
    let ChannelBatch { channel, batch_no, settled_on, items } = batch;
    let items: Vec<NewItem> = items.into_iter().map(NewItem::from).collect();
    let lines: String = items.iter().map(NewItem::line).collect();
    let sha256 = Sha256::digest(lines).to_vec();
    let file = File { channel, batch_no, settled_on, name: None, sha256, by: None, items };
    post_file(pool, clock, file).await
}

/// The same for a file that a person brings; `batch` says where its items belong.
///
/// # Errors
/// See [`BatchError`].
pub async fn take_batch(
    pool: &PgPool,
    clock: &dyn Clock,
    (channel, batch_no, settled_on): (String, String, NaiveDate),
    (name, bytes): (String, &[u8]),
    items: Vec<NewItem>,
    by: UserId,
) -> Result<BatchOutcome, BatchError> {
    let sha256 = Sha256::digest(bytes).to_vec();
    let file =
        File { channel, batch_no, settled_on, name: Some(name), sha256, by: Some(by), items };
    post_file(pool, clock, file).await
}

async fn post_file(
    pool: &PgPool,
    clock: &dyn Clock,
    file: File,
) -> Result<BatchOutcome, BatchError> {
    let (now, by) = (clock.now(), file.by);
    if file.settled_on > business_day(now) {
        return Err(BatchError::InTheFuture(file.settled_on));
    }
    room::ready(pool, now).await?;
    room::ready_for(pool, BillPeriod::of(file.settled_on), Of::Items).await?;
    let taken = write(pool, move |tx| take_in(tx, now, file)).await?;
    let rules = LateFeeRules::load(&mut *pool.acquire().await?).await?;
    let (already, repeated) = (taken.already, taken.repeated);
    let mut outcome = BatchOutcome { already, repeated, ..BatchOutcome::default() };
    let mut items = taken.open;
    items.sort_by_key(|item| item.account);
    let (pool, clock) = (pool.clone(), clock.handle());
    let run = Run { pool, clock, rules, channel: taken.channel, day: taken.settled_on, by };
    let run = Arc::new(run);
    let pieces: Vec<_> = futures::stream::iter(pieces(items))
        .map(|piece| Arc::clone(&run).post_patiently(piece))
        .buffer_unordered(WORKERS)
        .try_collect()
        .await?;
    pieces.into_iter().for_each(|piece| outcome.add(piece));
    outcome.refused.extend(taken.waiting);
    Ok(outcome)
}

/// What all pieces of a batch share.
struct Run {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    rules: LateFeeRules,
    channel: Channel,
    day: NaiveDate,
    by: Option<UserId>,
}

impl Run {
    async fn post_patiently(self: Arc<Self>, piece: Vec<Item>) -> Result<BatchOutcome, BatchError> {
        let pool = self.pool.clone();
        room::ready(&pool, self.clock.now()).await?;
        let post = move |tx| {
            let (run, piece) = (Arc::clone(&self), piece.clone());
            async move { run.post(tx, piece).await }
        };
        Ok(write_patiently(&pool, post).await?)
    }

    async fn post(&self, mut tx: Tx, piece: Vec<Item>) -> Result<BatchOutcome, sqlx::Error> {
        let accounts: Vec<AccountId> = piece.iter().filter_map(|item| item.account).collect();
        let mut debtors = store::lock_debtors(&mut tx, &accounts).await?;
        // An account may have passed to another while the piece waited: what it pays now comes after that.
        let now = self.clock.now();
        // Another hand may have posted the same items while the accounts were waited for.
        let ids: Vec<i64> = piece.iter().map(|item| item.id).collect();
        let received: HashSet<i64> = store::received(&mut tx, &ids).await?;
        let settled = (self.channel.id, self.day);
        store::load_debts(&mut tx, &mut debtors, settled, now).await?;
        let open_months = store::open_months(&mut tx, &debtors).await?;

        let mut outcome = BatchOutcome::default();
        let mut payments = Vec::with_capacity(piece.len());
        let mut refused = Vec::new();
        for item in piece {
            if !received.contains(&item.id) {
                outcome.already += 1;
                continue;
            }
            match self.decide(&mut debtors, &item) {
                Ok((debtor, lines)) => {
                    outcome.posted += 1;
                    outcome.amount += item.gross;
                    payments.push(self.payment(now, &debtors[debtor], (item, lines), &open_months));
                }
                Err(reason) => {
                    refused.push((item.id, reason.clone()));
                    outcome.refuse(item, &reason);
                }
            }
        }
        store::refuse(&mut tx, &refused, now).await?;
        let mut posted = None;
        if !payments.is_empty() {
            let ids = payment_ids(&mut tx, now, payments.len()).await?;
            for (payment, id) in payments.iter_mut().zip(ids) {
                payment.is_now(id);
            }
            posted = Some(record_all(&mut tx, &payments).await?);
        }
        let subject = format!("{} {} 笔", self.channel.name, outcome.posted);
        let (amount, refused) = (outcome.amount, refused.len());
        let details =
            json!({ "day": self.day, "amount": amount, "refused": refused, "posted": posted });
        let act = Act::new(Action::PostBatch, self.by, subject).with(details);
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(outcome)
    }

    fn decide(
        &self,
        debtors: &mut [Debtor],
        item: &Item,
    ) -> Result<(usize, Vec<SettledLine>), Refusal> {
        let terms = LateFeeTerms { rules: &self.rules, day: self.day, method: self.channel.method };
        let account = item.account.ok_or(Refusal::UnknownAccount)?;
        let debtor = debtors
            .binary_search_by_key(&account, |d| d.account)
            .map_err(|_| Refusal::UnknownAccount)?;
        let lines = settle(&mut debtors[debtor], (&item.settles, item.gross), &terms)?;
        Ok((debtor, lines))
    }

    /// An item on its way to the books: on its day of settlement, or today where that day's month is closed.
    fn payment(
        &self,
        now: DateTime<Utc>,
        debtor: &Debtor,
        (item, lines): (Item, Vec<SettledLine>),
        open_months: &HashMap<OutletId, BillPeriod>,
    ) -> BulkPayment {
        let open = open_months.get(&debtor.outlet);
        let is_closed = open.is_some_and(|open| BillPeriod::of(self.day) < *open);
        let day = if is_closed { business_day(now) } else { self.day };
        posting(debtor, &self.channel, item, lines, (now, day))
    }
}

/// An item as a payment of its account, without an id yet.
pub(super) fn posting(
    debtor: &Debtor,
    channel: &Channel,
    item: Item,
    lines: Vec<SettledLine>,
    (posted_at, account_date): (DateTime<Utc>, NaiveDate),
) -> BulkPayment {
    BulkPayment {
        id: PaymentId(0),
        account: debtor.account,
        town: debtor.town,
        outlet: debtor.outlet,
        method: channel.method,
        item: Some(item.id),
        account_date,
        posted_at,
        received: item.gross,
        prepaid_used: Money::ZERO,
        had: debtor.purse.balance(),
        key: String::new(),
        request_hash: item.hash,
        lines,
    }
}

/// Cuts sorted items into pieces, never within an account.
fn pieces(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut pieces: Vec<Vec<Item>> = Vec::new();
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

#[cfg(test)]
mod tests {
    use terms::BillPeriod;

    use super::super::item::Settles;
    use super::*;

    #[test]
    fn a_piece_never_ends_within_an_account() {
        let item = |i: usize| Item {
            id: i as i64,
            account: Some(AccountId((i / 7) as i64)),
            settles: Settles::UpTo(BillPeriod::from_number(202601).unwrap()),
            serial: i.to_string(),
            gross: Money::from_fen(1),
            hash: Vec::new(),
        };
        let items: Vec<_> = (0..PIECE + 10).map(item).collect();
        let pieces = pieces(items);
        // The last account of the first piece has six more items, and four are left.
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [PIECE + 6, 4]);
        for pair in pieces.windows(2) {
            assert!(pair[0].last().unwrap().account < pair[1].first().unwrap().account);
        }
    }
}
