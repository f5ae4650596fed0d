//! The application's own login, with nothing but SQL in its hands: whatever it tries, the books hold.
//!
//! Each attempt is a transaction that breaks one law and no other; the refusal names the law.

mod accounts;
mod ahead;
mod bills;
mod channels;
mod charges;
mod closes;
mod detached;
mod entries;
mod laws;
mod lies;
mod login;
mod marks;
mod months;
mod paper;
mod particulars;
mod past;
mod present;
mod priced;
mod purses;
mod rates;
mod second;
mod tills;

use sqlx::{AssertSqlSafe, PgPool};
use terms::PaymentId;

use crate::city::{City, GAOBU, Till};

/// What an attempt was answered: the name of the law, or the server's own words.
async fn answer(pool: &PgPool, attempt: &str) -> String {
    let done = sqlx::raw_sql(AssertSqlSafe(attempt.to_owned())).execute(pool).await;
    let Err(refused) = done else { return "taken".to_owned() };
    let said = refused.as_database_error().expect(attempt).message().to_owned();
    let law = said.split(": ").next().unwrap();
    let is_law = law.contains('_') && !law.contains(' ');
    if is_law { law.to_owned() } else { said }
}

/// A last mark: it takes in what was entered after the mark before it, or with it.
const TAKEN: &str = "; select leave_mark(null, 'register.reference.load', 'forged', '{}', now())";

async fn answers(pool: &PgPool, attempts: &[(&str, String)]) -> String {
    let mut lines = Vec::new();
    for (what, attempt) in attempts {
        lines.push(format!("{what}: {}", answer(pool, attempt).await));
    }
    lines.join("\n")
}

/// 陈大文 paid November and December, and owes January; 李四 owes January; a deposit stands at 高埗, and its
/// day is closed. The ids are views of the owner, so that the attempts can be read.
async fn books(city: &mut City) {
    let chen = city.household("陈大文").await;
    let li = city.household("李四").await;
    for (wall, index) in [("2026-11-20 10:00", "30"), ("2026-12-20 10:00", "60")] {
        city.at(wall);
        city.read(&chen, index).await;
        city.bill().await;
        if index == "30" {
            city.counter().await.collect(&chen, "110").await;
        } else {
            Till::of(city, "chen.juan").await.collect(&chen, "400").await;
        }
    }
    city.at("2027-01-20 10:00");
    city.read(&chen, "90").await;
    city.read(&li, "40").await;
    city.bill().await;
    let elsewhere = city.clerk("li.mei", "李梅", GAOBU).await;
    let wang = city.open("王五", GAOBU, |_| {}).await;
    elsewhere.deposit(&wang, "50").await;
    elsewhere.close().await;
    // Somebody said yes to what the forged reversals take back: they fall for what they are.
    city.at("2027-01-21 10:00");
    let newest = city.count("select max(id) from payment where cashier_id = (select id from app_user where login = 'chen.juan')").await;
    let cashier = Till::of(city, "chen.juan").await.cashier;
    city.consent(PaymentId(newest), cashier).await;
    city.at("2027-01-20 10:00");
    sqlx::raw_sql(
        "create view paid as select * from payment p where cashier_id = (select id from app_user where login = 'chen.juan')
             and not exists (select from payment r where r.reverses_id = p.id);
         create view newest as select * from paid order by id desc limit 1;
         create view owed as select l.* from charge_line l join charge_balance b on b.charge_line_id = l.id
             join account a on a.id = l.account_id where a.payer_name = '李四';
         create view owed_too as select l.* from charge_line l join charge_balance b on b.charge_line_id = l.id
             join account a on a.id = l.account_id where a.payer_name = '陈大文';
         create view owed_once as select l.* from charge_line l join account a on a.id = l.account_id where a.payer_name = '李四';
         create view billed as select * from owed_once where amount > 0;
         grant select on paid, newest, owed, owed_too, owed_once, billed to weir_app;
         select tell_laws('{laws}'), setval('charge_id', 902)",
    )
    .execute(&city.owner)
    .await
    .unwrap();
}

/// Acts that say that they happen at a moment; a payment on the day of another.
fn acts_at(moment: &str, paid: &str) -> [(&'static str, String); 6] {
    [
        (
            "a mark",
            format!("insert into operation_log (user_id, action, subject, details, at)
                values (null, 'remittance.voucher.record', 'forged', '{{}}', {moment})"),
        ),
        ("a payment", settled_on(paid, moment)),
        (
            "a bill issue",
            format!("insert into bill_issue (run_id, bill_period, bill_date, due_date, made_at)
                select run_id, bill_period, bill_date, due_date, {moment} from bill_issue limit 1"),
        ),
        (
            "a day that closes",
            format!("insert into cashier_close (cashier_id, outlet_id, town_id, business_day, closed_at, payments, reversals, water,
                    sewage, garbage, overquota, late_fee, prepaid_in, net, digest, prepaid_used, closed_by, no, before, seal)
                select cashier_id, outlet_id, town_id, account_date, {moment}, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, cashier_id, 7, '', ''
                from newest"),
        ),
        (
            "a month that closes",
            format!("insert into month_close (organisation_id, kind, period, entries, amount, digest, closed_by, closed_at, before, seal)
                select outlet_id, 'read', 202611, 0, 0, '', cashier_id, {moment}, '', '' from newest"),
        ),
        (
            "what a channel brings",
            format!("insert into channel_file (batch_id, sha256, items, gross, received_at) values (1, '', 0, 0, {moment})"),
        ),
    ]
}

/// 李四's bill paid at a moment.
fn settled(moment: &str) -> String {
    settled_on(moment, moment)
}

/// The same on the day of another moment.
fn settled_on(day: &str, moment: &str) -> String {
    let day = format!("'cash', (({day}) at time zone 'Asia/Shanghai')::date");
    forged_payment(WHOLE, "l.fee_item, l.amount")
        .replace(GIVEN, "next_payment_id(now())")
        .replace("timestamptz '2027-01-21 12:00+08'", moment)
        .replace("'cash', '2027-01-21'", &day)
}

/// A payment of 李四's bill, with these allocations and receipt lines in place of the right ones.
fn forged_payment(net: &str, allocation: &str) -> String {
    format!(
        "with p as (
            insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, net, idempotency_key, request_hash)
            select next_payment_id('2027-01-21 12:00+08'), 'payment', o.account_id, o.town_id, n.outlet_id, n.cashier_id, 'cash', '2027-01-21', timestamptz '2027-01-21 12:00+08', {net}, {net},
                'forged', '' from (select distinct account_id, town_id, charge_id from owed) o, newest n
            returning *
        ), t as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, received from p where received <> 0
        )
        insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
            cashier_id, method, account_date, owner_id, fee_item, amount)
        select l.bill_period, p.id, l.charge_id, l.id, p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.method,
            p.account_date, l.owner_id, {allocation} from p, owed l"
    )
}

/// The same, with receipts over all of it, which wait for their numbers.
fn on_receipts(payment: &str) -> String {
    format!(
        "{payment};
         with r as (
            insert into receipt (id, receipt_type, medium, ordinal, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
                account_date, issued_at, amount)
            select receipt_of(p.id, f.ordinal), f.family, 'electronic', f.ordinal, 'blue', p.id, p.account_id, p.town_id, p.outlet_id,
                p.cashier_id, p.account_date, p.posted_at, shown.amount
            from payment p cross join (values (1, 'water_invoice'), (2, 'nontax'), (3, 'prepaid')) f (ordinal, family)
            cross join lateral (
                select sum(a.amount) as amount from allocation a
                where f.ordinal < 3 and a.payment_id = p.id and (a.fee_item = 'water') = (f.family = 'water_invoice')
                union all
                select p.prepaid_in where f.ordinal = 3) shown
            where p.idempotency_key = 'forged' and shown.amount <> 0
            returning *
         )
         insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
         select r.id, a.charge_line_id, a.bill_period, a.town_id, a.owner_id, a.fee_item, a.amount, 0
         from r join allocation a on a.payment_id = r.payment_id and (a.fee_item = 'water') = (r.receipt_type = 'water_invoice')
         where r.receipt_type <> 'prepaid'"
    )
}

/// The number that a forged payment is given.
const GIVEN: &str = "next_payment_id('2027-01-21 12:00+08')";
const WHOLE: &str = "(select sum(amount) from owed)";

/// Under a number that was given; so is the next one, 902.
fn forged_charge(lines: &str) -> String {
    format!(
        "insert into charge (id, bill_period, account_id, town_id, outlet_id, payer_id, kind, service_period, issue_id, bill_date,
            due_date, from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class,
            persons, quota_m3, levy_ratio, total, created_at)
         select 901, bill_period, account_id, town_id, outlet_id, payer_id, kind, service_period, issue_id, bill_date,
            due_date, from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class,
            persons, quota_m3, levy_ratio, total, timestamptz '2027-01-21 12:00+08'
         from charge where id in (select charge_id from owed);
         insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select bill_period, 901, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount, tariff_version_id, basis
         from owed where {lines}"
    )
}
