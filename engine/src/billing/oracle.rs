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

/// Prices the use of a period again, whenever it was billed; gives at most `limit` differences, none when all is well.
/// Spans come from the rows of readings and from the day on which a meter was installed, not from what stands on a
/// reading or a charge; what an account was billed in parts is compared as a whole, and garbage by the month over all
/// charges of its months, under tier 0. Charges that were taken back count for nothing. Classes and persons are those
/// that were valid on the last day of the period; what garbage bears for each month goes by the last day of that month.
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
with recursive effective as not materialized (
    select r.* from reading r left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
    where coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'))
      and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)
), standing as not materialized (
    select c.* from charge c
    where c.kind <> 'reversal' and not exists (select from charge r where r.reverses_id = c.id and r.account_id = c.account_id)
), account_then as not materialized (
    -- As it was on the day whose rates hold.
    select a.id, a.town_id, coalesce(v.use_class, a.use_class) as use_class,
           coalesce(v.sewage_class, a.sewage_class) as sewage_class, coalesce(v.garbage_class, a.garbage_class) as garbage_class,
           coalesce(v.persons, a.persons) as persons, coalesce(v.supplier_id, a.supplier_id) as supplier_id,
           case when v.id is null then a.levy_ratio else v.levy_ratio end as own_ratio,
           case when v.id is null then a.area_m2 else v.area_m2 end as area_m2,
           case when v.id is null then a.bins else v.bins end as bins,
           case when v.id is null then a.households else v.households end as households
    from account a
    left join lateral (
        select v.* from account_version v left join account_approval p on p.version_id = v.id
        where v.account_id = a.id and v.valid_from <= $2 and coalesce(p.decision = 'approved', v.submitted_by is null)
        order by v.valid_from desc, v.submitted_by nulls last, v.id desc limit 1) v on true
), read as not materialized (
    -- Each reading with the first and the last month of its use, counted from the year 0.
    select r.account_id, r.bill_period, r.consumption_m3, r.bill_period / 100 * 12 + r.bill_period % 100 as last_month,
           least(r.bill_period / 100 * 12 + r.bill_period % 100, 1 + coalesce(
               (select max(b.bill_period / 100 * 12 + b.bill_period % 100) from effective b
                where b.meter_id = r.meter_id and b.bill_period < r.bill_period),
               (extract(year from m.installed_on) * 12 + extract(month from m.installed_on))::integer)) as first_month
    from effective r join meter m on m.id = r.meter_id
), used as (
    select account_id, sum(consumption_m3) as m3, min(first_month) as first_month from read where bill_period = $1 group by account_id
), reach as (
    -- Meters of one account that were read by turns are priced over the months of all of them, so that no reading is cut.
    select account_id, first_month from used
    union
    select w.account_id, e.first_month
    from reach w
    join (select account_id from meter group by account_id having count(*) > 1) several on several.account_id = w.account_id
    cross join lateral (
        select min(r.first_month) as first_month from read r
        where r.account_id = w.account_id and r.consumption_m3 > 0
          and r.last_month between w.first_month and $1 / 100 * 12 + $1 % 100) e
    where e.first_month < w.first_month
), account_use as (
    select a.*, u.m3, q.quota_m3, a.persons as heads, u.months, coalesce(b.m3, 0) as before
    from (select used.account_id, used.m3, $1 / 100 * 12 + $1 % 100 - min(reach.first_month) + 1 as months
          from used join reach on reach.account_id = used.account_id group by 1, 2) u
    join account_then a on a.id = u.account_id
    left join lateral (
        select round(avg(p.quota_m3) * u.months, 3) as quota_m3 from overquota_plan p
        where p.account_id = a.id and p.approved_at is not null and p.replaced_at is null and p.bill_period <= $1
          and p.bill_period / 100 * 12 + p.bill_period % 100 > $1 / 100 * 12 + $1 % 100 - u.months) q on true
    left join lateral (
        select sum(e.consumption_m3) as m3 from effective e
        where e.account_id = a.id and e.bill_period < $1
          and e.bill_period / 100 * 12 + e.bill_period % 100 > $1 / 100 * 12 + $1 % 100 - u.months) b on true
), version as (
    -- The supplier's own rate before the town's, the town's before the city's, and of each the last to begin.
    select distinct on (p.town_id, p.supplier_id, v.fee_item, v.class) p.town_id as for_town, p.supplier_id as for_supplier, v.*
    from (select distinct town_id, supplier_id from account_use) p
    join tariff_version v on (v.town_id is null or v.town_id = p.town_id) and (v.supplier_id is null or v.supplier_id = p.supplier_id)
    where v.valid_from <= $2 and (v.valid_to is null or v.valid_to > $2) and v.approved_at is not null and v.replaced_at is null
    order by p.town_id, p.supplier_id, v.fee_item, v.class, v.supplier_id nulls last, v.town_id nulls last, v.valid_from desc
), step as (
    select t.*, lag(t.upto) over (partition by t.version_id order by t.tier) as from_upto,
           lag(t.add_per_person) over (partition by t.version_id order by t.tier) as from_add
    from (select version_id, tier, upto, unit_price, add_per_person from tariff_tier
          union all select version_id, tier, quota_share, price_factor, 0 from surcharge_step) t
), span as (
    -- The months that a reading ends, and those that are over and that nobody read.
    select u.id as account_id, u.months, true as is_read, u.before + u.m3 as m3
    from account_use u
    where u.months > 1 or exists (
        select from version v where v.for_town = u.town_id and v.for_supplier = u.supplier_id and v.fee_item = 'garbage' and v.class = u.garbage_class
            and (v.fixed_charge + v.minimum_charge > 0 or v.basis <> 'volume'))
    union all
    select a.id, since.months, false, 0
    from account a
    cross join lateral (
        select $1 / 100 * 12 + $1 % 100 - greatest(
            extract(year from a.opened_on) * 12 + extract(month from a.opened_on),
            (select max(extract(year from m.installed_on) * 12 + extract(month from m.installed_on)) from meter m where m.account_id = a.id),
            (select max(e.bill_period / 100 * 12 + e.bill_period % 100) from reading e
             where e.account_id = a.id and e.bill_period <= $1
               and not exists (select from reading s where s.supersedes_id = e.id and s.bill_period = e.bill_period)
               and not exists (select from reading_review v where v.reading_id = e.id and v.bill_period = e.bill_period and v.decision = 'rejected')))::integer as months) since
    where a.status = 'open' and since.months > 0
      and exists (select from bill_issue i join bill_run b on b.id = i.run_id
                  where i.bill_period = $1 and i.bill_date > $2 and (b.finished_at at time zone 'Asia/Shanghai')::date > $2)
      and not exists (select from reading e where e.account_id = a.id and e.bill_period > $1)
), month_of as (
    -- Each of them by the class, the rate and the owner of its own last day.
    select s.account_id, s.months, s.is_read, s.m3, back, rate.*,
           (select o.owner_id from fee_owner o where o.town_id = a.town_id and o.fee_item = 'garbage' and o.valid_from <= day.last
                and o.approved_at is not null and o.replaced_at is null order by o.valid_from desc limit 1) as owner_id
    from span s
    join account a on a.id = s.account_id
    cross join lateral generate_series(0, s.months - 1) as back
    cross join lateral (
        select (date_trunc('month', $2::date::timestamp) - make_interval(months => back - 1))::date - 1 as last) day
    cross join lateral (
        select * from (
            (select 1 as place, v.garbage_class as class, v.supplier_id, v.area_m2, v.bins, v.households
             from account_version v left join account_approval p on p.version_id = v.id
             where v.account_id = a.id and v.valid_from <= day.last and coalesce(p.decision = 'approved', v.submitted_by is null)
             order by v.valid_from desc, v.submitted_by nulls last, v.id desc limit 1)
            union all
            select 2, a.garbage_class, a.supplier_id, a.area_m2, a.bins, a.households) then_or_now
        order by place limit 1) held
    cross join lateral (
        select v.id as version_id, v.basis, v.fixed_charge, v.minimum_charge, figure.of as figure,
               case v.basis when 'volume' then v.fixed_charge else round(g.unit_price * figure.of, 2) end as bears
        from tariff_version v join tariff_tier g on g.version_id = v.id and g.tier = 1
        cross join lateral (
            select case v.basis when 'area' then held.area_m2 when 'bin' then held.bins when 'household' then held.households end as of) figure
        where v.fee_item = 'garbage' and v.class = held.class and (v.town_id is null or v.town_id = a.town_id)
          and (v.supplier_id is null or v.supplier_id = held.supplier_id)
          and v.valid_from <= day.last and (v.valid_to is null or v.valid_to > day.last)
          and v.approved_at is not null and v.replaced_at is null
        order by v.supplier_id nulls last, v.town_id nulls last, v.valid_from desc limit 1) rate
), monthly as (
    -- A month with use that is like the last one bears the least charge; one that is not stays as it is charged unread.
    select m.account_id, m.months, count(*) filter (where m.basis <> 'volume')::integer as dry,
           coalesce(sum(m.bears) filter (where m.basis <> 'volume'), 0) as apart,
           coalesce(sum(case when m.is_read and m.m3 > 0 and (m.version_id, m.figure, m.owner_id) is not distinct from (l.version_id, l.figure, l.owner_id)
                        then m.minimum_charge else m.fixed_charge end) filter (where m.basis = 'volume'), 0) as least
    from month_of m left join month_of l on l.account_id = m.account_id and l.back = 0
    group by m.account_id, m.months
    having sum(m.bears) + sum(m.minimum_charge) > 0
), due as (
    select u.id, v.id as version_id, v.fee_item, 0 as base, u.months, greatest(u.heads - v.base_persons, 0) as extra,
           u.before as from_m3, u.before + u.m3 as upto_m3, null::numeric as share
    from account_use u join version v on v.for_town = u.town_id and v.for_supplier = u.supplier_id and v.fee_item = 'water' and v.class = u.use_class
    union all
    select u.id, v.id, v.fee_item, 0, u.months, greatest(u.heads - v.base_persons, 0),
           round(u.before * coalesce(u.own_ratio, v.levy_ratio), 3),
           round((u.before + u.m3) * coalesce(u.own_ratio, v.levy_ratio), 3), null
    from account_use u join version v on v.for_town = u.town_id and v.for_supplier = u.supplier_id and v.fee_item = 'sewage' and v.class = u.sewage_class
    where u.sewage_class <> 'exempt'
    union all
    -- What garbage goes by the month is priced from nothing; of months that do not go by water, their part of it is not.
    select u.id, v.id, v.fee_item, 0, u.months - coalesce(g.dry, 0), greatest(u.heads - v.base_persons, 0),
           case when g.account_id is null then u.before else 0 end,
           round((u.before + u.m3) * (u.months - coalesce(g.dry, 0)) / u.months, 3), null
    from account_use u join version v on v.for_town = u.town_id and v.for_supplier = u.supplier_id and v.fee_item = 'garbage' and v.class = u.garbage_class
    left join monthly g on g.account_id = u.id
    where u.garbage_class <> 'none' and v.basis = 'volume'
    union all
    select u.id, v.id, v.fee_item, w.unit_price, u.months, 0,
           greatest(u.before - u.quota_m3, 0), greatest(u.before + u.m3 - u.quota_m3, 0), u.quota_m3
    from account_use u join version v on v.for_town = u.town_id and v.for_supplier = u.supplier_id and v.fee_item = 'overquota' and v.class = u.use_class
    join version p on p.for_town = u.town_id and p.for_supplier = u.supplier_id and p.fee_item = 'water' and p.class = u.use_class
    join tariff_tier w on w.version_id = p.id and w.tier = 1
    where u.quota_m3 is not null
), expected as (
    select d.id as account_id, d.fee_item, s.tier, d.version_id,
           least(d.upto_m3, greatest(coalesce(limits.upto, d.upto_m3), d.from_m3))
             - least(d.upto_m3, greatest(coalesce(limits.above, 0), d.from_m3)) as quantity,
           case when d.fee_item = 'overquota' then round(d.base * s.unit_price, 4) else s.unit_price end as unit_price
    from due d join step s on s.version_id = d.version_id
    cross join lateral (
        select case when d.share is null then ceil(d.months * (s.upto + d.extra * s.add_per_person))
                    else round(d.share * s.upto, 3) end as upto,
               case when d.share is null then ceil(d.months * (s.from_upto + d.extra * s.from_add))
                    else round(d.share * s.from_upto, 3) end as above) limits
), priced as (
    select account_id, fee_item, tier::smallint, version_id, quantity, unit_price, round(quantity * unit_price, 2) as amount
    from expected where quantity > 0
), expected_line as (
    select p.account_id, p.fee_item, p.tier, p.version_id, p.quantity, p.unit_price, p.amount
    from priced p
    where not exists (select from monthly m where m.account_id = p.account_id and p.fee_item = 'garbage')
    union all
    select account_id, 'garbage', 0::smallint, null, 0, 0, due
    from monthly m
    cross join lateral (
        select m.apart + greatest(m.least, coalesce(sum(p.amount), 0)) as due
        from priced p where p.account_id = m.account_id and p.fee_item = 'garbage') all_in_all
    where due > 0
), billed_line as (
    select l.account_id, l.fee_item, l.tier, l.tariff_version_id, l.unit_price, sum(l.quantity) as quantity,
           sum(l.amount) as amount, count(*) as parts
    from charge_line l join standing c on c.id = l.charge_id and c.bill_period = l.bill_period
    where c.service_period = $1 and c.bill_period >= $1 and c.kind = 'bill'
      and not exists (select from monthly m where m.account_id = l.account_id and l.fee_item = 'garbage')
    group by l.account_id, l.fee_item, l.tier, l.tariff_version_id, l.unit_price
    union all
    -- All that was charged for those months, whenever it was.
    select m.account_id, 'garbage', 0::smallint, null, 0, 0, sum(l.amount), 1
    from monthly m
    join standing c on c.account_id = m.account_id and c.service_period <= $1
        and c.service_period / 100 * 12 + c.service_period % 100 > $1 / 100 * 12 + $1 % 100 - m.months
    join charge_line l on l.charge_id = c.id and l.bill_period = c.bill_period and l.fee_item = 'garbage'
    group by m.account_id
)
select coalesce(b.account_id, e.account_id), coalesce(b.fee_item, e.fee_item), coalesce(b.tier, e.tier), b.amount, e.amount
from billed_line b full join expected_line e using (account_id, fee_item, tier)
where (b.tariff_version_id, b.quantity, b.unit_price) is distinct from (e.version_id, e.quantity, e.unit_price)
   -- Each part is rounded once, and so is the whole; of garbage by the month, the last part is what is left of the whole.
   or abs(b.amount - e.amount) > case when b.parts = 1 then 0 else 0.005 * (b.parts + 1) end
order by 1, 2, 3
limit $3";
