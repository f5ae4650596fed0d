//! A bill says what it was priced by, and is priced again every night from what it says.

use engine::register::GarbageClass;
use sqlx::AssertSqlSafe;

use crate::city::{City, DAOJIAO, Till, yuan};

/// What whoever has the keys of the house writes into a bill of 30 m³ at 22 m³ a tier, and by which invariant it is found.
const FAULTS: [(&str, &str); 18] = [
    ("update charge_line set quantity = 0.01, amount = 0.02 where fee_item = 'water' and tier = 1", "21i"),
    ("delete from charge_line where fee_item = 'sewage'", "21i"),
    ("update charge_line set tier = 1 where fee_item = 'water' and tier = 2", "21i"),
    ("update charge set quota_m3 = 10", "21i"),
    ("delete from charge_line where fee_item = 'garbage'", "21j"),
    ("update charge set persons = persons + 4", "21j"),
    ("update charge set levy_ratio = 0.8999", "21j"),
    ("update charge set use_class = 'special'", "21j"),
    (
        "update charge_line set tariff_version_id = (select max(id) from tariff_version where fee_item = 'water' and class = 'special')
         where fee_item = 'water'",
        "21j",
    ),
    (
        "update charge_line set quantity = quantity + case tier when 1 then 8 else -7 end,
             amount = round((quantity + case tier when 1 then 8 else -7 end) * unit_price, 2) where fee_item = 'water'",
        "21k",
    ),
    ("update charge set created_at = created_at + interval '1 hour'", "21m"),
    // Whose it is, and whose its money.
    (
        "update charge set payer_id = payer_id + 1; update charge_balance set payer_id = payer_id + 1",
        "21n",
    ),
    ("update charge set outlet_id = (select max(id) from organisation)", "21n"),
    ("update charge_line set outlet_id = (select max(id) from organisation)", "3c"),
    (
        "update charge_line set owner_id = (select max(id) from organisation) where fee_item = 'sewage';
         update charge_balance set owner_id = (select max(id) from organisation) where fee_item = 'sewage'",
        "21j",
    ),
    ("update fee_owner set owner_id = (select max(id) from organisation)", "27d"),
    ("update charge set to_date = to_date - 1", "21o"),
    // What no rate of its class asks for.
    ("update charge set quantity = 0.01", "22b"),
];

/// The same bill as one of 20 m³: its reading, what it took, its lines, its balances and the sum of its run.
const LOWERED: &str = "update reading set end_index = end_index - 10, consumption_m3 = consumption_m3 - 10;
    update charge_reading set volume_m3 = volume_m3 - 10;
    delete from charge_balance where fee_item = 'water' and tier = 2;
    delete from charge_line where fee_item = 'water' and tier = 2;
    update charge_line set quantity = case fee_item when 'sewage' then 18 else 20 end,
        amount = round(case fee_item when 'sewage' then 18 else 20 end * unit_price, 2);
    update charge_balance b set quantity = l.quantity, amount = l.amount, open_amount = l.amount, volume_m3 = 20
        from charge_line l where l.id = b.charge_line_id;
    update charge c set volume_m3 = 20, total = (select sum(l.amount) from charge_line l where l.charge_id = c.id);
    update bill_run_chunk set amount = (select sum(total) from charge)";

#[tokio::test]
async fn a_bill_that_is_not_what_it_says_is_found() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    city.check().await;
    for (fault, id) in FAULTS {
        city.finds(fault, id).await;
    }
    city.agrees().await;
}

/// What is due for each month is asked for where it is billed with its water, too.
#[tokio::test]
async fn a_bill_of_a_shop_without_its_garbage_is_found() {
    let city = City::new().await;
    let shop = city.open("振兴小卖部", DAOJIAO, |new| new.garbage_class = GarbageClass::Shop).await;
    city.read(&shop, "30").await;
    city.bill().await;
    city.check().await;
    let fault = "delete from charge_line where fee_item = 'garbage'; delete from charge_month";
    city.finds(fault, "21i").await;
}

/// Whoever has the keys of the house lowers a bill that nobody has paid, and forgets nothing: the mark of its run knows it.
#[tokio::test]
async fn a_bill_that_was_lowered_with_all_that_hangs_on_it_is_found() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    city.finds(LOWERED, "21m").await;
}

#[tokio::test]
async fn a_late_fee_that_is_not_what_its_rule_says_is_found() {
    let mut city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    city.at("2027-03-06 10:00");
    let till = Till::of(&city, "chen.juan").await;
    assert!(till.quote(&chen).await.late_fee > yuan("1"));
    till.collect(&chen, "300").await;
    city.check().await;
    for late_fee in ["0", "late_fee + 0.01", "late_fee - 0.01"] {
        let fault = format!(
            "update allocation set late_fee = {late_fee} where fee_item = 'water' and late_fee > 0"
        );
        city.finds(&fault, "23b").await;
    }
}

impl City {
    /// What is written behind every law is found by this invariant.
    pub(super) async fn finds(&self, fault: &str, id: &str) {
        let mut owner = self.owner.begin().await.unwrap();
        let written = format!("set local session_replication_role = replica; {fault}");
        sqlx::raw_sql(AssertSqlSafe(written)).execute(&mut *owner).await.unwrap();
        let findings = engine::check::run(&mut owner).await.unwrap();
        let broken: Vec<_> = findings.iter().filter(|f| !f.holds()).map(|f| f.id).collect();
        assert!(broken.contains(&id), "{id} {fault}: {broken:?}");
        owner.rollback().await.unwrap();
    }
}
