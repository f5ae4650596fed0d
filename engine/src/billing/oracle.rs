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
/// reading or a charge; what an account was billed in parts, or in another order than that of the months, is compared as
/// a whole, over all months whose readings meet; and garbage by the month over all charges of its months, under tier 0.
/// Charges that were taken back count for nothing. Each month goes by the classes, persons and rates of its last day.
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

/// $1 the period, $2 the day whose rates hold, $3 the limit. Months are counted from the year 0.
const REPRICE: &str = r"
with recursive effective as not materialized (
    select r.* from reading r left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
    where coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'))
      and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)
), standing as not materialized (
    select c.* from charge c
    where c.kind <> 'reversal' and not exists (select from charge r where r.reverses_id = c.id and r.account_id = c.account_id)
), read as not materialized (
    -- Each reading with the first and the last month of its use; of months after the period, what is billed already.
    select r.account_id, r.bill_period, r.consumption_m3 as m3, r.bill_period / 100 * 12 + r.bill_period % 100 as last_month,
           least(r.bill_period / 100 * 12 + r.bill_period % 100, 1 + coalesce(
               (select max(b.bill_period / 100 * 12 + b.bill_period % 100) from effective b
                where b.meter_id = r.meter_id and b.bill_period < r.bill_period),
               (extract(year from m.installed_on) * 12 + extract(month from m.installed_on))::integer)) as first_month
    from effective r join meter m on m.id = r.meter_id
    where r.bill_period <= $1 or exists (
        select from charge_reading t join standing c on c.id = t.charge_id and c.service_period = t.service_period
        where t.reading_id = r.id and t.service_period = r.bill_period)
), several as (
    select account_id from meter group by account_id having count(*) > 1
), met as (
    -- Meters of one account that were read by turns are priced over the months of all of them, so that no reading is cut.
    select account_id, min(first_month) as first_month, last_month from read where bill_period = $1 group by 1, 3
    union
    select w.account_id, least(w.first_month, e.first_month), greatest(w.last_month, e.last_month)
    from met w join several using (account_id)
    cross join lateral (
        select min(r.first_month) as first_month, max(r.last_month) as last_month from read r
        where r.account_id = w.account_id and r.first_month <= w.last_month and r.last_month >= w.first_month) e
    where e.first_month < w.first_month or e.last_month > w.last_month
), wide as (
    select account_id, min(first_month) as first_month, max(last_month) as last_month from met group by 1
), month as (
    -- What was read for each of them.
    select account_id, bill_period, last_month, min(first_month) as first_month, sum(m3) as m3
    from (select * from read where bill_period = $1
          union all
          select r.* from wide w join several using (account_id)
          cross join lateral (
              select * from read r where r.account_id = w.account_id and r.bill_period <> $1
                  and r.last_month between w.first_month and w.last_month) r) all_of_them
    group by 1, 2, 3
    having bill_period = $1 or sum(m3) > 0
), reach as (
    -- A month is priced after those before it, and over the months of all of them.
    select account_id, bill_period, last_month, first_month from month
    union
    select w.account_id, w.bill_period, w.last_month, e.first_month
    from reach w join several using (account_id)
    cross join lateral (
        select min(r.first_month) as first_month from read r
        where r.account_id = w.account_id and r.m3 > 0 and r.last_month between w.first_month and w.last_month) e
    where e.first_month < w.first_month
), approved as not materialized (
    select v.* from account_version v left join account_approval p on p.version_id = v.id
    where coalesce(p.decision = 'approved', v.submitted_by is null) and v.withdraws is null and not exists (
        select from account_version w join account_approval q on q.version_id = w.id
        where w.withdraws = v.id and q.decision = 'approved')
), account_use as (
    -- As the account was on the day whose rates hold.
    select a.id, a.town_id, u.bill_period, u.last, u.months, u.m3, coalesce(b.m3, 0) as before, q.quota_m3,
           coalesce(v.use_class, a.use_class) as use_class, coalesce(v.sewage_class, a.sewage_class) as sewage_class,
           coalesce(v.garbage_class, a.garbage_class) as garbage_class, coalesce(v.persons, a.persons) as heads,
           coalesce(v.supplier_id, a.supplier_id) as supplier_id,
           case when v.id is null then a.levy_ratio else v.levy_ratio end as own_ratio
    from (select m.account_id, m.bill_period, m.last_month, m.m3, m.last_month - min(reach.first_month) + 1 as months,
                 (make_date(m.bill_period / 100, m.bill_period % 100, 1) + interval '1 month')::date - 1 as last
          from month m join reach using (account_id, bill_period) group by 1, 2, 3, 4) u
    join account a on a.id = u.account_id
    left join lateral (
        select v.* from approved v where v.account_id = a.id and v.valid_from <= u.last
        order by v.valid_from desc, v.submitted_by nulls last, v.id desc limit 1) v on true
    left join lateral (
        select round(avg(p.quota_m3) * u.months, 3) as quota_m3 from overquota_plan p
        where p.account_id = a.id and p.approved_at is not null and p.replaced_at is null and p.bill_period <= u.bill_period
          and p.bill_period / 100 * 12 + p.bill_period % 100 > u.last_month - u.months) q on true
    left join lateral (
        select sum(e.m3) as m3 from read e
        where e.account_id = a.id and e.bill_period < u.bill_period and e.last_month > u.last_month - u.months) b on true
), version as (
    -- The supplier's own rate before the town's, the town's before the city's, and of each the last to begin.
    select distinct on (p.town_id, p.supplier_id, p.bill_period, v.fee_item, v.class)
           p.town_id as for_town, p.supplier_id as for_supplier, p.bill_period as of_month, v.*
    from (select distinct town_id, supplier_id, bill_period, last from account_use) p
    join tariff_version v on (v.town_id is null or v.town_id = p.town_id) and (v.supplier_id is null or v.supplier_id = p.supplier_id)
    where v.valid_from <= p.last and (v.valid_to is null or v.valid_to > p.last) and v.approved_at is not null and v.replaced_at is null
    order by p.town_id, p.supplier_id, p.bill_period, v.fee_item, v.class, v.supplier_id nulls last, v.town_id nulls last, v.valid_from desc
), step as (
    select t.*, lag(t.upto) over (partition by t.version_id order by t.tier) as from_upto,
           lag(t.add_per_person) over (partition by t.version_id order by t.tier) as from_add
    from (select version_id, tier, upto, unit_price, add_per_person from tariff_tier
          union all select version_id, tier, quota_share, price_factor, 0 from surcharge_step) t
), span as (
    -- The months that readings cover, and those that are over and that nobody read.
    select w.account_id, w.first_month, w.last_month
    from wide w
    where w.last_month > w.first_month or w.account_id in (select account_id from several) or exists (
        select from account_use u join version v on (v.for_town, v.for_supplier, v.of_month) = (u.town_id, u.supplier_id, u.bill_period)
            and v.fee_item = 'garbage' and v.class = u.garbage_class
        where u.id = w.account_id and u.bill_period = $1 and (v.fixed_charge + v.minimum_charge > 0 or v.basis <> 'volume'))
    union all
    select a.id, since.month + 1, $1 / 100 * 12 + $1 % 100
    from account a
    cross join lateral (
        select greatest(
            extract(year from a.opened_on) * 12 + extract(month from a.opened_on),
            (select max(extract(year from m.installed_on) * 12 + extract(month from m.installed_on)) from meter m where m.account_id = a.id),
            (select max(e.bill_period / 100 * 12 + e.bill_period % 100) from reading e
             where e.account_id = a.id and e.bill_period <= $1
               and not exists (select from reading s where s.supersedes_id = e.id and s.bill_period = e.bill_period)
               and not exists (select from reading_review v where v.reading_id = e.id and v.bill_period = e.bill_period and v.decision = 'rejected')))::integer as month) since
    where a.status = 'open' and since.month < $1 / 100 * 12 + $1 % 100
      and exists (select from bill_issue i join bill_run b on b.id = i.run_id
                  where i.bill_period = $1 and i.bill_date > $2 and (b.finished_at at time zone 'Asia/Shanghai')::date > $2)
      and not exists (select from reading e where e.account_id = a.id and e.bill_period > $1)
), bearing as (
    -- Each of them by the class, the rate and the owner of its own last day, with its even share of what was used.
    select s.account_id, rate.*, held.persons, used.m3, owner.id as owner_id,
           case when used.m3 > 0 then rate.minimum_charge else rate.fixed_charge end as least
    from span s
    join account a on a.id = s.account_id
    cross join lateral generate_series(s.first_month, s.last_month) as n
    cross join lateral (
        select (make_date((n - 1) / 12, (n - 1) % 12 + 1, 1) + interval '1 month')::date - 1 as last) day
    cross join lateral (
        select coalesce(sum(round(r.m3 * (n - r.first_month + 1) / (r.last_month - r.first_month + 1), 3)
                   - round(r.m3 * (n - r.first_month) / (r.last_month - r.first_month + 1), 3)), 0) as m3
        from read r where r.account_id = s.account_id and n between r.first_month and r.last_month) used
    cross join lateral (
        select * from (
            (select 1 as place, v.garbage_class as class, v.supplier_id, v.persons, v.area_m2, v.bins, v.households
             from approved v where v.account_id = a.id and v.valid_from <= day.last
             order by v.valid_from desc, v.submitted_by nulls last, v.id desc limit 1)
            union all
            select 2, a.garbage_class, a.supplier_id, a.persons, a.area_m2, a.bins, a.households) then_or_now
        order by place limit 1) held
    left join lateral (
        select o.owner_id as id from fee_owner o where o.town_id = a.town_id and o.fee_item = 'garbage' and o.valid_from <= day.last
            and o.approved_at is not null and o.replaced_at is null order by o.valid_from desc limit 1) owner on true
    cross join lateral (
        select v.id as version_id, v.basis, v.fixed_charge, v.minimum_charge, greatest(held.persons - v.base_persons, 0) as extra,
               round(g.unit_price * case v.basis when 'area' then held.area_m2 when 'bin' then held.bins
                   when 'household' then held.households end, 2) as of_quantity
        from tariff_version v join tariff_tier g on g.version_id = v.id and g.tier = 1
        where v.fee_item = 'garbage' and v.class = held.class and (v.town_id is null or v.town_id = a.town_id)
          and (v.supplier_id is null or v.supplier_id = held.supplier_id)
          and v.valid_from <= day.last and (v.valid_to is null or v.valid_to > day.last)
          and v.approved_at is not null and v.replaced_at is null
        order by v.supplier_id nulls last, v.town_id nulls last, v.valid_from desc limit 1) rate
), alike as (
    -- The months whose water comes to more than that are priced by it, together where they are alike.
    select b.account_id, b.version_id, b.extra, water.is_more, count(*) as months, sum(b.m3) as m3,
           sum(case b.basis when 'volume' then b.least else b.of_quantity end) as by_month
    from bearing b
    cross join lateral (
        select b.basis = 'volume' and b.m3 > 0 and (b.least = 0 or b.least < sum(round((
                   least(b.m3, coalesce(ceil(s.upto + b.extra * s.add_per_person), b.m3))
                     - least(b.m3, coalesce(ceil(s.from_upto + b.extra * s.from_add), 0))) * s.unit_price, 2))) as is_more
        from step s where s.version_id = b.version_id) water
    group by b.account_id, b.version_id, b.owner_id, b.persons, b.extra, water.is_more
), monthly as (
    select account_id, sum(due) as due
    from (select account_id, by_month as due from alike where not is_more
          union all
          select a.account_id, round((least(a.m3, coalesce(ceil(a.months * (s.upto + a.extra * s.add_per_person)), a.m3))
                     - least(a.m3, coalesce(ceil(a.months * (s.from_upto + a.extra * s.from_add)), 0))) * s.unit_price, 2)
          from alike a join step s on s.version_id = a.version_id
          where a.is_more) all_in_all
    group by account_id
), due as (
    select u.id, u.bill_period, v.id as version_id, v.fee_item, 0 as base, u.months, greatest(u.heads - v.base_persons, 0) as extra,
           u.before as from_m3, u.before + u.m3 as upto_m3, null::numeric as share
    from account_use u join version v on (v.for_town, v.for_supplier, v.of_month) = (u.town_id, u.supplier_id, u.bill_period)
        and v.fee_item = 'water' and v.class = u.use_class
    union all
    select u.id, u.bill_period, v.id, v.fee_item, 0, u.months, greatest(u.heads - v.base_persons, 0),
           round(u.before * coalesce(u.own_ratio, v.levy_ratio), 3),
           round((u.before + u.m3) * coalesce(u.own_ratio, v.levy_ratio), 3), null
    from account_use u join version v on (v.for_town, v.for_supplier, v.of_month) = (u.town_id, u.supplier_id, u.bill_period)
        and v.fee_item = 'sewage' and v.class = u.sewage_class
    where u.sewage_class <> 'exempt'
    union all
    select u.id, u.bill_period, v.id, v.fee_item, 0, u.months, greatest(u.heads - v.base_persons, 0), u.before, u.before + u.m3, null
    from account_use u join version v on (v.for_town, v.for_supplier, v.of_month) = (u.town_id, u.supplier_id, u.bill_period)
        and v.fee_item = 'garbage' and v.class = u.garbage_class
    where u.garbage_class <> 'none' and not exists (select from monthly m where m.account_id = u.id)
    union all
    select u.id, u.bill_period, v.id, v.fee_item, w.unit_price, u.months, 0,
           greatest(u.before - u.quota_m3, 0), greatest(u.before + u.m3 - u.quota_m3, 0), u.quota_m3
    from account_use u join version v on (v.for_town, v.for_supplier, v.of_month) = (u.town_id, u.supplier_id, u.bill_period)
        and v.fee_item = 'overquota' and v.class = u.use_class
    join version p on (p.for_town, p.for_supplier, p.of_month) = (u.town_id, u.supplier_id, u.bill_period)
        and p.fee_item = 'water' and p.class = u.use_class
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
), expected_line as (
    select account_id, fee_item, tier::smallint as tier, version_id, unit_price, sum(quantity) as quantity,
           sum(round(quantity * unit_price, 2)) as amount, count(*) as parts
    from expected where quantity > 0
    group by account_id, fee_item, tier, version_id, unit_price
    union all
    select account_id, 'garbage', 0::smallint, 0, 0, 0, due, 1 from monthly where due > 0
), billed_line as (
    -- A month that was billed after a later one bears what it moved that one on: so all of them are summed.
    select l.account_id, l.fee_item, l.tier, l.tariff_version_id as version_id, l.unit_price, sum(l.quantity) as quantity,
           sum(l.amount) as amount, count(*) as parts
    from charge_line l join standing c on c.id = l.charge_id and c.bill_period = l.bill_period
    where c.bill_period >= (select least($1, min(bill_period)) from month) and c.kind = 'bill'
      and (c.service_period = $1 or (c.account_id, c.service_period) in (select account_id, bill_period from month))
      and not (l.fee_item = 'garbage' and l.account_id in (select account_id from monthly))
    group by l.account_id, l.fee_item, l.tier, l.tariff_version_id, l.unit_price
    union all
    -- All that was charged for those months, whenever it was.
    select s.account_id, 'garbage', 0::smallint, 0, 0, 0, sum(l.amount), 1
    from span s join monthly m using (account_id)
    join standing c on c.account_id = s.account_id
        and c.service_period / 100 * 12 + c.service_period % 100 between s.first_month and s.last_month
    join charge_line l on l.charge_id = c.id and l.bill_period = c.bill_period and l.fee_item = 'garbage'
    group by s.account_id
)
select coalesce(b.account_id, e.account_id), coalesce(b.fee_item, e.fee_item), coalesce(b.tier, e.tier), b.amount, e.amount
from billed_line b full join expected_line e using (account_id, fee_item, tier, version_id, unit_price)
where b.quantity is distinct from e.quantity
   -- Each part is rounded once; what garbage bears by the month is exact, for the last part is what is left of the whole.
   or abs(b.amount - e.amount) > case when b.parts = 1 and e.parts = 1 then 0 else 0.005 * (b.parts + e.parts) end
order by 1, 2, 3
limit $3";
