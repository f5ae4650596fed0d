//! What a till took a moment ago.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{AccountId, ChargeId, FeeItem, Money, PaymentId, business_day};

use crate::counter::payment::JustTaken;
use crate::database::yuan;

/// The newest deposit of just so much that a till took on the account since then, and that stands.
pub(in crate::counter) async fn deposited_since(
    connection: &mut PgConnection,
    account: AccountId,
    amount: Money,
    since: DateTime<Utc>,
) -> Result<Option<JustTaken>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select p.id, p.net, p.posted_at, u.name
        from payment p join app_user u on u.id = p.cashier_id
        where p.account_id = $1 and p.id >= first_id($2::date) and p.kind = 'payment' and p.net = $3
            and p.prepaid_in = p.net and p.posted_at > $4 and not exists (select from payment_reversal r where r.payment_id = p.id)
        order by p.id desc limit 1
        "#,
        account.0,
        business_day(since),
        amount.yuan(),
        since
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| JustTaken {
        payment: PaymentId(r.id),
        amount: yuan(r.net),
        at: r.posted_at,
        cashier: r.name,
    }))
}

/// The newest payment of a till on the account since then that settled one of these charges, and that stands; where only
/// some fees are looked at, what it took of them.
pub(in crate::counter) async fn settled_since(
    connection: &mut PgConnection,
    account: AccountId,
    (charges, fees): (&[ChargeId], Option<&[FeeItem]>),
    since: DateTime<Utc>,
) -> Result<Option<JustTaken>, sqlx::Error> {
    let of = fees.unwrap_or(FeeItem::ALL);
    let row = sqlx::query!(
        r#"
        select p.id, case when $6 then (select sum(a.amount + a.late_fee) from allocation a
                where a.payment_id = p.id and a.fee_item = any($5::text[])) else p.net end as "net!", p.posted_at, u.name
        from payment p join app_user u on u.id = p.cashier_id
        where p.account_id = $1 and p.id >= first_id($2::date) and p.kind = 'payment' and p.posted_at > $3
            and exists (select from allocation a where a.payment_id = p.id and a.charge_id = any($4) and a.fee_item = any($5::text[]))
            and not exists (select from payment_reversal r where r.payment_id = p.id)
        order by p.id desc limit 1
        "#,
        account.0,
        business_day(since),
        since,
        &charges.iter().map(|charge| charge.0).collect::<Vec<_>>(),
        &of.iter().map(|fee| fee.code().to_owned()).collect::<Vec<_>>(),
        fees.is_some()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| JustTaken {
        payment: PaymentId(r.id),
        amount: yuan(r.net),
        at: r.posted_at,
        cashier: r.name,
    }))
}
