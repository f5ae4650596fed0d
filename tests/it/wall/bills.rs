//! What a bill takes, names and follows is its own.

use engine::billing::{RequestChargeReversal, request_charge_reversal};
use engine::register::{
    AccountChange, ChangeError, GarbageClass, NewPayer, Pays, decide_change, submit_change,
};
use insta::assert_snapshot;
use sqlx::AssertSqlSafe;
use terms::ChargeId;

use super::answers;
use crate::city::{City, DAOJIAO};

/// Columns of a charge that is written anew; a forger changes some of them.
const COLUMNS: &str = "bill_period, account_id, town_id, outlet_id, payer_id, kind, service_period, issue_id, bill_date, due_date, from_date,
    to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons, quota_m3, levy_ratio, total,
    created_at, reverses_id, reason, replaces_id";

/// Another charge like one of the views below, with its lines, readings and months, where `change` says what differs.
fn another(of: &str, change: (&str, &str), turn: &str) -> String {
    let differing = COLUMNS.replacen(change.0, change.1, 1);
    format!(
        "with c as (insert into charge ({COLUMNS}) select {differing} from {of} returning *),
            l as (insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier,
                      quantity, unit_price, amount, tariff_version_id, basis)
                  select c.bill_period, c.id, l.account_id, l.town_id, l.outlet_id, l.owner_id, l.fee_item, l.tier,
                      l.quantity, l.unit_price, l.amount, l.tariff_version_id, l.basis
                  from c, {of} o join charge_line l on l.charge_id = o.id),
            t as (insert into charge_reading (reading_id, turn, charge_id, bill_period, service_period, volume_m3)
                  select t.reading_id, {turn}, c.id, c.bill_period, t.service_period, t.volume_m3
                  from c, {of} o join charge_reading t on t.charge_id = o.id)
         insert into charge_month (account_id, month, turn, charge_id, bill_period)
         select m.account_id, m.month, {turn}, c.id, c.bill_period from c, {of} o join charge_month m on m.charge_id = o.id"
    )
}

/// The mirror of a charge, lines and all.
fn reversal(of: &str, line: &str) -> String {
    let mirrored = COLUMNS
        .replacen("bill_period", "greatest(bill_period, 202612)", 1)
        .replacen("kind", "'reversal'", 1)
        .replacen("issue_id, bill_date, due_date", "null, bill_date, bill_date", 1)
        .replacen("volume_m3", "-volume_m3", 1)
        .replacen("total", "-total", 1)
        .replacen("reverses_id, reason, replaces_id", "id, 'forged', null", 1);
    format!(
        "with c as (insert into charge ({COLUMNS}) select {mirrored} from {of} returning *)
         insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier,
             quantity, unit_price, amount, tariff_version_id, basis)
         select c.bill_period, c.id, l.account_id, {line}, l.owner_id, l.fee_item, l.tier,
             -l.quantity, l.unit_price, -l.amount, l.tariff_version_id, l.basis
         from c, {of} o join charge_line l on l.charge_id = o.id"
    )
}

const PLACE: &str = "l.town_id, l.outlet_id";

impl City {
    /// What a second person says to the reversal of the fixed charge, in its own transaction: it falls for what it is.
    async fn yes_to_unread(&self) -> String {
        let (asks, says) = (self.second_manager().await, self.manager().await);
        let charge = ChargeId(self.count("select id from unread").await);
        let order = RequestChargeReversal { charge, reason: "开错".to_owned(), by: asks };
        let request = request_charge_reversal(&self.pool, &self.clock, order).await.unwrap();
        format!(
            "insert into charge_reversal_answer (request_id, approved, answered_by, answered_at)
             values ({request}, true, {says}, '2026-12-01 09:00+08');
             "
        )
    }
}

/// 陈大文 was billed twice in one month, meter by meter; 李四's bill was taken back; a shop was charged unread.
#[tokio::test]
async fn a_bill_takes_what_is_free_and_follows_what_was_taken_back() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let chen = city.household("陈大文").await;
    let second = city.second_meter(&chen).await;
    let li = city.household("李四").await;
    city.open("振兴小卖部", DAOJIAO, |new| {
        new.garbage_class = GarbageClass::Shop;
        new.opened_on = "2026-10-15".parse().unwrap();
    })
    .await;
    city.read(&chen, "30").await;
    city.read(&li, "30").await;
    city.bill().await;
    city.read(&second, "40").await;
    city.bill().await;
    city.take_charge_back(&li).await.unwrap();
    sqlx::raw_sql(
        "create view older as select * from charge where id = (select min(c.id) from charge c join account a on a.id = c.account_id
             where a.payer_name = '陈大文');
         create view freed as select c.* from charge c join charge_reversal v on v.charge_id = c.id;
         create view unread as select * from charge where kind = 'fixed';
         grant select on older, freed, unread to weir_app;
         select tell_laws('{laws}')",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    let yes = city.yes_to_unread().await;
    // Read, and not billed yet.
    let third = city.second_meter(&li).await;
    city.read(&third, "40").await;
    let more = "; set constraints all immediate;
        insert into charge_reading (reading_id, charge_id, bill_period, service_period, volume_m3)
        select r.id, c.id, c.bill_period, c.service_period, r.consumption_m3
        from reading r join charge c on c.account_id = r.account_id and c.service_period = r.bill_period and c.kind = 'bill'
        where not exists (select from charge_reading t where t.reading_id = r.id) order by c.id desc limit 1";
    let attempts = [
        ("a reading that stands in another bill", another("older", ("", ""), "2")),
        ("a month that stands in another charge", another("unread", ("", ""), "2")),
        ("more water than was read", another("freed", ("volume_m3", "volume_m3 + 1"), "2")),
        (
            "a bill for next to nothing of its water",
            another("freed", ("total", "0.02"), "2")
                .replace("l.quantity, l.unit_price, l.amount, l.tariff", "0.010, l.unit_price, 0.02, l.tariff")
                .replace("l on l.charge_id = o.id)", "l on l.charge_id = o.id and l.fee_item = 'water' and l.tier = 1)"),
        ),
        (
            "a bill without its sewage",
            another("freed", ("total", "(select sum(amount) from charge_line l where l.charge_id = freed.id and fee_item <> 'sewage')"), "2")
                .replace("l on l.charge_id = o.id)", "l on l.charge_id = o.id and l.fee_item <> 'sewage')"),
        ),
        (
            "a bill without its garbage",
            another("freed", ("total", "(select sum(amount) from charge_line l where l.charge_id = freed.id and fee_item <> 'garbage')"), "2")
                .replace("l on l.charge_id = o.id)", "l on l.charge_id = o.id and l.fee_item <> 'garbage')"),
        ),
        ("more water once its volume was checked", another("freed", ("", ""), "2") + more),
        (
            "water that nobody read",
            another("freed", ("", ""), "2").replace("t.charge_id = o.id", "false"),
        ),
        (
            "a fixed charge for no month",
            another("unread", ("", ""), "2").replace("m.charge_id = o.id", "false"),
        ),
        ("a fixed charge for water", another("unread", ("volume_m3", "volume_m3 + 1"), "2")),
        (
            "a bill of another payer",
            another("freed", ("payer_id", "(select min(p.id) from payer p where p.id <> freed.payer_id)"), "2"),
        ),
        ("a bill of another outlet", another("freed", ("outlet_id", "(select max(id) from organisation)"), "2")),
        ("dates of its own", another("freed", ("due_date", "due_date + 1"), "2")),
        ("a month that is not its issue's", another("freed", ("bill_period", "202701"), "2")),
        (
            "in place of a bill that stands",
            another("freed", ("replaces_id", "(select id from older)"), "2"),
        ),
        (
            "in place of a reversal of another month",
            another("unread", ("replaces_id", "(select reversal_id from charge_reversal)"), "2"),
        ),
        ("the older of two bills taken back", reversal("older", PLACE)),
        (
            "taken back at another place",
            yes + &reversal("unread", "l.town_id, (select max(id) from organisation)"),
        ),
    ];
    let wanted = answers(&city.pool, &attempts).await;
    assert_snapshot!(wanted, @r#"
    a reading that stands in another bill: reading_taken
    a month that stands in another charge: month_charged
    more water than was read: charge_quantities
    a bill for next to nothing of its water: charge_quantities
    a bill without its sewage: charge_quantities
    a bill without its garbage: charge_without_garbage
    more water once its volume was checked: charge_volume
    water that nobody read: charge_takes_nothing
    a fixed charge for no month: charge_takes_nothing
    a fixed charge for water: new row for relation "charge_202612" violates check constraint "fixed_without_water"
    a bill of another payer: charge_of_another
    a bill of another outlet: charge_of_another
    dates of its own: charge_of_issue
    a month that is not its issue's: charge_of_issue
    in place of a bill that stands: replaces_no_reversal
    in place of a reversal of another month: replaces_no_reversal
    the older of two bills taken back: newer_charge
    taken back at another place: reversal_not_a_mirror
    "#);
    // The owner's own hand meets the same laws.
    assert_eq!(answers(&city.owner, &attempts).await, wanted);
    let replaces = ("replaces_id", "(select reversal_id from charge_reversal)");
    let twice = [
        ("the bill in its place", another("freed", replaces, "2")),
        ("a second one", another("freed", replaces, "3")),
    ];
    assert_snapshot!(answers(&city.pool, &twice).await, @r"
    the bill in its place: taken
    a second one: replaces_no_reversal
    ");
}

/// 过户 beside a bill that somebody enters with SQL: it is waited for, and who leaves owes it.
#[tokio::test]
async fn a_bill_that_is_being_entered_is_seen_by_whoever_passes_the_account_on() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let li = city.household_owing_for("李四", "30").await;
    city.take_charge_back(&li).await.unwrap();
    sqlx::raw_sql(
        "create view freed as select c.* from charge c join charge_reversal v on v.charge_id = c.id;
         grant select on freed to weir_app",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    let payer = NewPayer { name: "王五".to_owned(), phone: None, document: None };
    let change = AccountChange {
        account_no: li.no.clone(),
        valid_from: city.period().first_day(),
        payer: Some(Pays::New(payer)),
        reason: "房屋买卖过户".to_owned(),
        ..AccountChange::default()
    };
    let (maker, checker) = (city.manager().await, city.second_manager().await);
    let version = submit_change(&city.pool, &city.clock, maker, change).await.unwrap();
    let mut entered = city.pool.begin().await.unwrap();
    let bill = another("freed", ("replaces_id", "(select reversal_id from charge_reversal)"), "2");
    sqlx::raw_sql(AssertSqlSafe(bill)).execute(&mut *entered).await.unwrap();
    let end = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        entered.commit().await.unwrap();
    };
    let decided = decide_change(&city.pool, &city.clock, checker, version, true);
    let (decided, ()) = tokio::join!(decided, end);
    assert!(matches!(decided, Err(ChangeError::PayerOwes)), "{decided:?}");
}
