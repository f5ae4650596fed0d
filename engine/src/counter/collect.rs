//! A payment taken at the counter. 前台收费

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgPool;
use terms::{AccountId, Clock, PaymentId, ReceiptType, business_day};

use super::again::look_back;
use super::apart::{apart, only};
use super::entry::{Entry, Paper, issued};
use super::payment::{Collect, CollectError, Collected};
use super::quoted::{LateFeeTerms, add_late_fees};
use super::settle::{Settlement, settle};
use super::store::{self, Looked};
use super::tender::BookedSlip;
use crate::access::{Act, Action};
use crate::database::{Tx, commit, write};
use crate::failure::{in_doubt, is_in_doubt};
use crate::{receipts, room};

/// Takes payment at the counter and issues the receipts it calls for.
///
/// An order that was posted before is answered with what was posted then. It runs to its end even
/// when the caller goes away.
///
/// # Errors
/// See [`CollectError`].
pub async fn collect(
    pool: &PgPool,
    clock: &dyn Clock,
    order: Collect,
) -> Result<Collected, CollectError> {
    let (now, to_post) = (clock.now(), order.clone());
    let posting = async {
        room::ready(pool, now).await?;
        write(pool, move |tx| async move { post(tx, now, &to_post).await }).await
    };
    match posting.await {
        Ok(collected) => Ok(collected),
        Err(refused) => {
            let unknown = matches!(&refused, CollectError::Database(e) if is_in_doubt(e));
            match (replay(pool, &order, unknown).await?, refused) {
                (Some(before), _) => Ok(before),
                (None, CollectError::SerialUsed(None)) => {
                    // What the slip has come to since is told, and where nobody can say, the refusal alone.
                    let slip = booked(pool, &order, business_day(now)).await.unwrap_or_default();
                    Err(CollectError::SerialUsed(slip))
                }
                (None, refused) => Err(refused.known()),
            }
        }
    }
}

/// The slip of an order that does not pay what is wanted of it.
async fn booked(
    pool: &PgPool,
    order: &Collect,
    day: NaiveDate,
) -> Result<Option<BookedSlip>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    for tender in &order.tenders {
        let slip = store::booked_slip(&mut connection, (order.outlet, day), tender).await?;
        if slip.as_ref().is_some_and(BookedSlip::refuses) {
            return Ok(slip);
        }
    }
    Ok(None)
}

async fn post(mut tx: Tx, now: DateTime<Utc>, order: &Collect) -> Result<Collected, CollectError> {
    let today = business_day(now);
    let till = (order.cashier, order.outlet);
    let looked = store::look(&mut tx, order.account, till, (now, today)).await?;
    let Looked { payment, town, serves, alone, mut open, rules, purse } =
        looked.ok_or(CollectError::Unknown)?;
    // Of whole bills, as in the quote: the purse pays those, and then what is taken apart is looked at.
    add_late_fees(&mut open, &LateFeeTerms::at_counter(&rules, today), &purse);
    let mut fees = None;
    if serves != order.outlet || alone || !order.fees.is_empty() {
        let apart = apart(&mut tx, order.outlet).await?;
        fees = apart.fees_of((serves, town), &order.fees)?;
        if !apart.takes_whole(serves) && order.moves_purse() {
            return Err(CollectError::PurseElsewhere);
        }
    }
    if let Some(fees) = &fees {
        open = only(open, fees);
    }
    let decided = settle(&open, purse.balance(), &order.offer());
    let settlement = look_back(&mut tx, order, (now, fees.as_deref()), decided).await?;
    let papers = number_papers(&mut tx, order, &settlement).await?;

    let hash = order.hash();
    let entry = Entry::payment(order, (payment, town), (now, today), &settlement, &papers, &hash);
    let act = Act::new(Action::Collect, Some(order.cashier), format!("缴费 {payment}"));
    let act = act.with(json!({
        "account": order.account, "net": entry.net, "prepaid_used": entry.prepaid_used,
        "method": entry.method,
    }));
    let receipts = store::post(&mut tx, &entry, &act).await?;
    commit(tx).await?;
    Ok(Collected {
        payment,
        change: settlement.change,
        prepaid_used: settlement.prepaid_used,
        prepaid: settlement.prepaid_in,
        receipts: issued(papers, receipts),
        replayed: false,
    })
}

/// Gives each paper that the payment calls for its next number.
async fn number_papers(
    connection: &mut sqlx::PgConnection,
    order: &Collect,
    settlement: &Settlement,
) -> Result<Vec<Paper>, CollectError> {
    let (families, documents): (Vec<_>, Vec<_>) = ReceiptType::ALL
        .iter()
        .flat_map(|family| settlement.documents(*family).into_iter().map(|on_it| (*family, on_it)))
        .unzip();
    let numbers = receipts::assign(connection, (order.cashier, order.outlet), &families).await?;
    let papers = numbers.into_iter().zip(documents);
    Ok(papers.map(|(number, document)| Paper::blue(number, document)).collect())
}

/// The answer to an order that was posted before, if it was. A database that cannot tell leaves it in doubt.
async fn replay(
    pool: &PgPool,
    order: &Collect,
    finally: bool,
) -> Result<Option<Collected>, CollectError> {
    let found = posted(pool, order.account, &order.key, finally).await.map_err(in_doubt);
    let Some(before) = found.map_err(CollectError::Database)? else { return Ok(None) };
    if before.outlet != order.outlet {
        return Err(CollectError::KeyElsewhere);
    }
    if before.request_hash != order.hash() {
        return Err(CollectError::KeyReused { net: before.net, at: before.posted_at });
    }
    Ok(Some(Collected {
        payment: before.payment,
        change: before.change,
        prepaid_used: before.prepaid_used,
        prepaid: before.prepaid_in,
        receipts: before.receipts,
        replayed: true,
    }))
}

/// What stands under a key; with `finally`, asked when nobody posts on the account any more, so that a no is one.
pub(super) async fn posted(
    pool: &PgPool,
    account: AccountId,
    key: &str,
    finally: bool,
) -> Result<Option<store::Before>, sqlx::Error> {
    let key = key.to_owned();
    write(pool, move |mut tx| async move {
        if finally {
            store::wait_for(&mut tx, account).await?;
        }
        let before = store::posted_under(&mut tx, &key).await?;
        tx.rollback().await?;
        Ok(before)
    })
    .await
}

/// The payment or reversal under a key of the counter, if there is one: what a page asks that heard no
/// answer. It waits for whatever is being posted on the account, so that a no is final.
///
/// # Errors
/// The database cannot answer; the order stays in doubt.
pub async fn posted_under(
    pool: &PgPool,
    account: AccountId,
    key: &str,
) -> Result<Option<PaymentId>, sqlx::Error> {
    let before = posted(pool, account, key, true).await?;
    Ok(before.map(|before| before.payment))
}
