//! The second rater: one SQL statement that prices a period again from readings and tariffs, and knows nothing
//! of the first. Where both agree to the fen, neither is likely to be wrong.

use rust_decimal::Decimal;
use serde::Serialize;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, FeeItem};

use crate::database::known;

/// A line on which the two raters differ; None on the side that has no such line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The account.
    pub account: AccountId,
    /// The fee.
    pub fee_item: FeeItem,
    /// The tier.
    pub tier: i16,
    /// The amount in the ledger.
    pub billed: Option<Decimal>,
    /// The amount that the statement comes to.
    pub expected: Option<Decimal>,
}

/// Prices a billed period again; gives at most `limit` differences, none when all is well. Classes, persons and
/// quotas are those of the accounts today: after a change of class, an older period shows it as a difference.
///
/// # Errors
/// The database fails.
pub async fn oracle(
    connection: &mut PgConnection,
    period: BillPeriod,
    limit: i64,
) -> Result<Vec<Difference>, sqlx::Error> {
    let rows = sqlx::query_as::<_, (i64, String, i16, Option<Decimal>, Option<Decimal>)>(REPRICE)
        .bind(period.number())
        .bind(period.last_day())
        .bind(limit)
        .fetch_all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(account, fee_item, tier, billed, expected)| Difference {
            account: AccountId(account),
            fee_item: known(&fee_item),
            tier,
            billed,
            expected,
        })
        .collect())
}

/// $1 the period, $2 the day whose rates hold, $3 the limit.
const REPRICE: &str = r"
with used as (
    select r.account_id, sum(r.consumption_m3) as m3
    from reading r left join reading_review v on v.reading_id = r.id
    where r.bill_period = $1
    group by r.account_id
    having bool_and(coalesce(v.decision = 'accepted', r.flag in ('none', 'zero')))
), account_use as (
    select a.*, u.m3, q.quota_m3, a.persons as heads,
           coalesce(greatest(1, ($1 / 100 * 12 + $1 % 100) - (b.before / 100 * 12 + b.before % 100)), 1) as months
    from used u join account a on a.id = u.account_id
    left join overquota_plan q on q.account_id = a.id and q.bill_period = $1
    left join lateral (
        select max(r.bill_period) as before from reading r
        where r.account_id = a.id and r.bill_period < $1
          and not exists (select from reading_review v where v.reading_id = r.id and v.decision = 'rejected')) b on true
), version as (
    select distinct on (t.id, v.fee_item, v.class) t.id as for_town, v.*
    from town t join tariff_version v on v.town_id is null or v.town_id = t.id
    where v.valid_from <= $2 and (v.valid_to is null or v.valid_to > $2)
    order by t.id, v.fee_item, v.class, v.town_id nulls last
), step as (
    select t.*, lag(t.upto) over (partition by t.version_id order by t.tier) as from_upto,
           lag(t.add_per_person) over (partition by t.version_id order by t.tier) as from_add
    from tariff_tier t
), due as (
    select u.id, v.id as version_id, v.fee_item, u.m3, 0 as base, u.months,
           greatest(u.heads - v.base_persons, 0) as extra, u.m3 as quantity, 1::numeric as share, 0::numeric as fixed
    from account_use u join version v on v.for_town = u.town_id and v.fee_item = 'water' and v.class = u.use_class
    where u.m3 > 0
    union all
    select u.id, v.id, v.fee_item, u.m3, 0, null, 0, round(u.m3 * v.levy_ratio, 3), 1, 0
    from account_use u join version v on v.for_town = u.town_id and v.fee_item = 'sewage' and v.class = u.sewage_class
    where u.m3 > 0 and u.sewage_class <> 'exempt'
    union all
    select u.id, v.id, v.fee_item, u.m3, 0, null, 0, u.m3, 1, case when u.m3 = 0 then v.fixed_charge else 0 end
    from account_use u join version v on v.for_town = u.town_id and v.fee_item = 'garbage' and v.class = u.garbage_class
    where u.garbage_class <> 'none'
    union all
    select u.id, v.id, v.fee_item, u.m3, w.unit_price, null, 0, u.m3 - u.quota_m3, u.quota_m3, 0
    from account_use u join version v on v.for_town = u.town_id and v.fee_item = 'overquota' and v.class = u.use_class
    join version p on p.for_town = u.town_id and p.fee_item = 'water' and p.class = u.use_class
    join tariff_tier w on w.version_id = p.id and w.tier = 1
    where u.m3 > u.quota_m3
), expected as (
    select d.id as account_id, d.fee_item, s.tier, d.version_id,
           least(d.quantity, coalesce(limits.upto, d.quantity)) - least(d.quantity, coalesce(limits.above, 0)) as quantity,
           case when d.fee_item = 'overquota' then round(d.base * s.unit_price, 4) else s.unit_price end as unit_price
    from due d join step s on s.version_id = d.version_id
    cross join lateral (
        select case when d.fee_item = 'water' then ceil(d.months * (s.upto + d.extra * s.add_per_person))
                    else round(d.share * s.upto, 3) end as upto,
               case when d.fee_item = 'water' then ceil(d.months * (s.from_upto + d.extra * s.from_add))
                    else round(d.share * s.from_upto, 3) end as above) limits
    where d.fixed = 0
    union all
    select d.id, d.fee_item, 1, d.version_id, 1, d.fixed from due d where d.fixed > 0
), expected_line as (
    select account_id, fee_item, tier::smallint, version_id, quantity, unit_price, round(quantity * unit_price, 2) as amount
    from expected where quantity > 0
), billed_line as (
    select account_id, fee_item, tier, tariff_version_id, quantity, unit_price, amount
    from charge_line where bill_period = $1
)
select coalesce(b.account_id, e.account_id), coalesce(b.fee_item, e.fee_item), coalesce(b.tier, e.tier), b.amount, e.amount
from billed_line b full join expected_line e using (account_id, fee_item, tier)
where (b.tariff_version_id, b.quantity, b.unit_price, b.amount)
      is distinct from (e.version_id, e.quantity, e.unit_price, e.amount)
order by 1, 2, 3
limit $3";
