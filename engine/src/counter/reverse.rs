//! A payment taken back: a mirror of it on today's books, and red paper. 冲红

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, OutletId, Reason, business_day};

use super::collect::posted;
use super::entry::{Entry, Original, Paper, issued};
use super::reversal::{Reverse, ReverseError, Reversed};
use super::store;
use crate::access::{Act, Action};
use crate::database::{Tx, commit, write};
use crate::failure::{in_doubt, is_in_doubt};
use crate::{receipts, room};

/// Takes a payment back on the current business day: the same account and lines with the sign
/// turned, red receipts for its blue ones. At most once; newest first on each charge, and in the purse what drew on
/// it before what filled it.
///
/// An order that was posted before is answered with what was posted then. It runs to its end even
/// when the caller goes away.
///
/// # Errors
/// See [`ReverseError`].
pub async fn reverse(
    pool: &PgPool,
    clock: &dyn Clock,
    order: Reverse,
) -> Result<Reversed, ReverseError> {
    let (now, to_post) = (clock.now(), order.clone());
    let posting = async {
        room::ready(pool, now).await?;
        write(pool, move |tx| async move { post(tx, now, &to_post).await }).await
    };
    match posting.await {
        Ok(reversed) => Ok(reversed),
        Err(refused) => {
            let unknown = matches!(&refused, ReverseError::Database(e) if is_in_doubt(e));
            replay(pool, &order, unknown).await?.ok_or_else(|| refused.known())
        }
    }
}

async fn post(mut tx: Tx, now: DateTime<Utc>, order: &Reverse) -> Result<Reversed, ReverseError> {
    let account = store::account_of(&mut tx, order.payment).await?.ok_or(ReverseError::Unknown)?;
    store::lock(&mut tx, account, order.cashier, order.outlet)
        .await?
        .ok_or(ReverseError::Unknown)?;
    let original = store::original(&mut tx, order.payment).await?.ok_or(ReverseError::Unknown)?;
    may_reverse(&original, order.outlet, &order.reason)?;

    let families: Vec<_> = original.receipts.iter().map(|r| r.receipt_type).collect();
    let numbers = receipts::assign(&mut tx, (order.cashier, order.outlet), &families).await?;
    let papers: Vec<_> = original
        .receipts
        .iter()
        .zip(numbers)
        .map(|(blue, number)| Paper::red(number, blue, &original.lines))
        .collect();

    let hash = order.hash();
    let moment = (now, business_day(now));
    let payment = store::next_payment(&mut tx, now).await?;
    let entry = Entry::reversal(order, (payment, account), moment, &original, &papers, &hash);
    let act = Act::new(Action::Reverse, Some(order.cashier), format!("缴费 {}", order.payment));
    let act =
        act.with(json!({ "reversal": payment, "net": entry.net, "reason": order.reason.trim() }));
    let receipts = store::post(&mut tx, &entry, &act).await?;
    commit(tx).await?;
    Ok(Reversed {
        payment,
        refund: original.net,
        prepaid_back: original.prepaid_used,
        receipts: issued(papers, receipts),
        replayed: false,
    })
}

/// Decides whether a payment may be taken back.
pub(super) fn may_reverse(
    original: &Original,
    outlet: OutletId,
    reason: &str,
) -> Result<(), ReverseError> {
    Reason::of(reason).ok_or(ReverseError::NoReason)?;
    if original.outlet != outlet {
        return Err(ReverseError::OtherOutlet);
    }
    if original.item.is_some() {
        return Err(ReverseError::NotTakenAtCounter);
    }
    Ok(original.may_go_back()?)
}

/// The answer to an order that was posted before, if it was.
async fn replay(
    pool: &PgPool,
    order: &Reverse,
    finally: bool,
) -> Result<Option<Reversed>, ReverseError> {
    let found = async {
        let account = store::account_of(&mut *pool.acquire().await?, order.payment).await?;
        match account {
            Some(account) => posted(pool, account, &order.key, finally).await,
            None => Ok(None),
        }
    };
    let found = found.await.map_err(in_doubt);
    let Some(before) = found.map_err(ReverseError::Database)? else { return Ok(None) };
    if before.request_hash != order.hash() {
        return Err(ReverseError::KeyReused);
    }
    Ok(Some(Reversed {
        payment: before.payment,
        refund: -before.net,
        prepaid_back: -before.prepaid_used,
        receipts: before.receipts,
        replayed: true,
    }))
}

#[cfg(test)]
mod tests {
    use terms::{Money, PayMethod, PaymentId, UserId};

    use super::*;

    fn original() -> Original {
        Original {
            is_reversal: false,
            reversed: false,
            has_cashier: true,
            item: None,
            town: terms::TownId(1),
            outlet: OutletId(1),
            method: PayMethod::Cash,
            received: Money::from_fen(2_000),
            change_given: Money::from_fen(493),
            net: Money::from_fen(1_507),
            late_fee: Money::from_fen(7),
            later_on_charges: None,
            later_offset: None,
            prepaid_used: Money::ZERO,
            prepaid_in: Money::ZERO,
            prepaid_balance: Money::ZERO,
            lines: Vec::new(),
            tenders: Vec::new(),
            receipts: Vec::new(),
        }
    }

    fn here(original: &Original) -> Result<(), ReverseError> {
        may_reverse(original, OutletId(1), "收错用户")
    }

    #[test]
    fn the_newest_counter_payment_may_be_taken_back() {
        here(&original()).unwrap();
        let deposit = Original {
            prepaid_in: Money::from_fen(5),
            prepaid_balance: Money::from_fen(5),
            ..original()
        };
        here(&deposit).unwrap();
        // Nobody stood behind an offset of the night; and what it gives back was there before.
        let offset = Original {
            has_cashier: false,
            method: PayMethod::Prepaid,
            prepaid_used: Money::from_fen(5),
            later_offset: Some(PaymentId(9)),
            ..original()
        };
        here(&offset).unwrap();
    }

    #[test]
    fn what_may_not_be_taken_back() {
        let cases = [
            (Original { is_reversal: true, ..original() }, "重新收费"),
            (Original { reversed: true, ..original() }, "已冲正"),
            (Original { has_cashier: false, item: Some(1), ..original() }, "渠道"),
            (Original { outlet: OutletId(2), ..original() }, "原网点"),
            (Original { later_on_charges: Some(PaymentId(9)), ..original() }, "编号9"),
            (Original { prepaid_in: Money::from_fen(5), ..original() }, "预存0.05元"),
            (
                Original {
                    prepaid_in: Money::from_fen(5),
                    prepaid_balance: Money::from_fen(5),
                    later_offset: Some(PaymentId(8)),
                    ..original()
                },
                "编号8",
            ),
        ];
        for (original, want) in cases {
            let refused = here(&original).unwrap_err().to_string();
            assert!(refused.contains(want), "{refused}");
        }
        let silent = may_reverse(&original(), OutletId(1), " ");
        assert!(matches!(silent, Err(ReverseError::NoReason)));
    }

    #[test]
    fn an_order_is_known_again_by_its_written_form() {
        let mut order = Reverse {
            payment: PaymentId(2_611_000_000_001),
            cashier: UserId(3),
            outlet: OutletId(5),
            reason: "收错\"用户".to_owned(),
            key: "k".to_owned(),
        };
        // As it was written to the books: a change here makes every key of yesterday another order's.
        let written = r#"["reverse 1",2611000000001,3,5,"收错\"用户"]"#;
        assert_eq!(order.written().to_string(), written);
        let before = order.hash();
        order.key = "another".to_owned();
        assert_eq!(order.hash(), before);
        order.reason = "收错户".to_owned();
        assert_ne!(order.hash(), before);
    }
}
