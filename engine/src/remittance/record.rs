//! A remittance on the books.

use std::collections::HashMap;

use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Clock, FeeItem, Money, SlipNumber, TownId, UserId, business_day};

use super::store;
use super::voucher::{Recorded, Remit, Remitted, Unremitted};
use crate::access::{self, Act, Action, Reach};
use crate::database::{broken_constraint, broken_law, commit, undone, write};

/// Longest voucher number.
const VOUCHER_MAX_CHARS: usize = 40;

/// Why a remittance was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RemitError {
    /// Water is not remitted.
    #[error("水费归供水企业，不上缴财政")]
    Water,
    /// Nothing, less than nothing, or a voucher number that cannot be.
    #[error("上缴金额须大于零，凭证号须为1至40个字符")]
    Invalid,
    /// A letter that no voucher bears.
    #[error("凭证号中的“{0}”不能识别，请只用汉字、字母、数字和 - / 等符号")]
    OddVoucher(char),
    /// More than there is.
    #[error("{}可上缴{left}元，本次上缴{asked}元，超出已收未缴金额", .fee_item.label())]
    TooMuch {
        /// The fee.
        fee_item: FeeItem,
        /// What is left to remit, yuan.
        left: Money,
        /// What was asked, yuan.
        asked: Money,
    },
    /// The voucher was recorded before.
    #[error("凭证号已登记过，请核对")]
    VoucherUsed,
    /// A month that has not come.
    #[error("收费月份尚未到来")]
    InTheFuture,
    /// No such town, or not that of this person.
    #[error("镇街不存在")]
    UnknownTown,
    /// The database failed.
    #[error("{}", undone(.0, "上缴未登记"))]
    Database(#[source] sqlx::Error),
}

/// Records one remittance.
///
/// # Errors
/// See [`RemitError`].
pub async fn record(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    order: Remit,
) -> Result<Remitted, RemitError> {
    let ids = record_all(pool, clock, by, vec![order]).await?;
    let id = *ids.first().ok_or(RemitError::Invalid)?;
    Ok(Remitted { id })
}

/// Records remittances of one month together, all or none; the books are added up only once.
///
/// # Errors
/// See [`RemitError`]; orders of more than one month are invalid.
pub async fn record_all(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    orders: Vec<Remit>,
) -> Result<Vec<i64>, RemitError> {
    orders.iter().try_for_each(check)?;
    let Some(month) = orders.first().map(|o| o.pay_period) else { return Ok(Vec::new()) };
    if orders.iter().any(|o| o.pay_period != month) {
        return Err(RemitError::Invalid);
    }
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let reach = access::reach_of(&mut tx, Some(by)).await?;
        if orders.iter().any(|order| !reach.holds(Some(order.town), None)) {
            return Err(RemitError::UnknownTown);
        }
        store::one_at_a_time(&mut tx).await?;
        cover(&store::unremitted(&mut tx, month).await?, &orders)?;
        let ids = store::record(&mut tx, &orders, by, business_day(now)).await?;
        let act = Act::new(Action::Remit, Some(by), format!("上缴 {month} {} 笔", ids.len()));
        let sum: Money = orders.iter().map(|order| order.amount).sum();
        let details = json!({ "amount": sum, "first": ids.first() });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(ids)
    })
    .await
}

/// What each town has collected and passed on for each fee, up to the end of `month`.
///
/// # Errors
/// The database cannot answer.
pub async fn unremitted(
    connection: &mut PgConnection,
    month: BillPeriod,
) -> Result<Vec<Unremitted>, sqlx::Error> {
    store::unremitted(connection, month).await
}

/// The newest remittances and reversals that somebody sees, at most `limit`, the newest first; a town remits, no outlet.
///
/// # Errors
/// The database cannot answer.
pub async fn recorded(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    store::recorded(connection, reach, limit).await
}

/// The town of a remittance; none where there is no such one.
///
/// # Errors
/// The database cannot answer.
pub async fn town_of(
    connection: &mut PgConnection,
    id: i64,
) -> Result<Option<TownId>, sqlx::Error> {
    Ok(store::original(connection, id).await?.map(|original| original.town))
}

fn check(order: &Remit) -> Result<(), RemitError> {
    if order.fee_item == FeeItem::Water {
        return Err(RemitError::Water);
    }
    let voucher = SlipNumber::of(&order.voucher_no);
    let voucher_fits = (1..=VOUCHER_MAX_CHARS).contains(&voucher.as_str().chars().count());
    if order.amount <= Money::ZERO || !voucher_fits {
        return Err(RemitError::Invalid);
    }
    voucher.odd().map_or(Ok(()), |odd| Err(RemitError::OddVoucher(odd)))
}

/// Decides whether what is left covers every order.
fn cover(books: &[Unremitted], orders: &[Remit]) -> Result<(), RemitError> {
    let mut left: HashMap<_, _> =
        books.iter().map(|b| ((b.town, b.owner, b.fee_item), b.collected - b.remitted)).collect();
    for order in orders {
        let left = left.entry((order.town, order.owner, order.fee_item)).or_insert(Money::ZERO);
        if order.amount > *left {
            let (left, asked) = (*left, order.amount);
            return Err(RemitError::TooMuch { fee_item: order.fee_item, left, asked });
        }
        *left -= order.amount;
    }
    Ok(())
}

impl From<sqlx::Error> for RemitError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            _ if matches!(broken_law(&error), Some(("voucher_used", _))) => Self::VoucherUsed,
            Some("remittance_not_ahead") => Self::InTheFuture,
            Some("remittance_town_id_fkey") => Self::UnknownTown,
            _ => Self::Database(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use terms::OrganisationId;

    use super::*;

    fn order(town: i32, fen: i64) -> Remit {
        Remit {
            town: TownId(town),
            owner: OrganisationId(7),
            fee_item: FeeItem::Sewage,
            pay_period: BillPeriod::from_number(202601).unwrap(),
            amount: Money::from_fen(fen),
            voucher_no: "V1".into(),
        }
    }

    #[test]
    fn no_more_is_remitted_than_was_collected() {
        let books = [Unremitted {
            town: TownId(1),
            town_name: "道滘".into(),
            owner: OrganisationId(7),
            owner_name: "道滘水务局".into(),
            fee_item: FeeItem::Sewage,
            collected: Money::from_fen(1_000),
            remitted: Money::from_fen(400),
        }];
        cover(&books, &[order(1, 600)]).unwrap();
        cover(&books, &[order(1, 300), order(1, 300)]).unwrap();
        let of_another = Remit { owner: OrganisationId(8), ..order(1, 1) };
        for orders in [
            vec![order(1, 601)],
            vec![order(1, 300), order(1, 301)],
            vec![order(2, 1)],
            vec![of_another],
        ] {
            assert!(matches!(cover(&books, &orders), Err(RemitError::TooMuch { .. })));
        }
    }

    #[test]
    fn an_order_is_checked_before_the_books_are_opened() {
        assert!(matches!(
            check(&Remit { fee_item: FeeItem::Water, ..order(1, 1) }),
            Err(RemitError::Water)
        ));
        for bad in [order(1, 0), order(1, -5), Remit { voucher_no: " ".into(), ..order(1, 1) }] {
            assert!(matches!(check(&bad), Err(RemitError::Invalid)));
        }
        check(&order(1, 1)).unwrap();
    }
}
