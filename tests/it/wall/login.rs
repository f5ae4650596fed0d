//! The login itself, and the owner's.

use insta::assert_snapshot;

use super::{answers, books};
use crate::city::City;

#[tokio::test]
async fn the_login_of_the_application_is_nobody_else() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [
        ("become the owner", "set role weir".to_owned()),
        ("be what one was", "reset role; update charge_balance set open_amount = 0".to_owned()),
        ("be somebody else", "set session authorization weir".to_owned()),
        ("a bill forgiven", "update charge_balance set open_amount = 0".to_owned()),
        ("a balance made up", "update prepaid_balance set balance = 1000".to_owned()),
        ("a cheap tier", "update tariff_tier set unit_price = 0.01".to_owned()),
        ("a tier more", "insert into tariff_tier (version_id, tier, unit_price) select id, 90, 0 from tariff_version limit 1".to_owned()),
        ("a rate approved", "update tariff_version set approved_by = 1, status = 'official'".to_owned()),
        ("a late fee waived", "update late_fee_rule set rate_per_day = 0".to_owned()),
        ("a sequence set back", "select setval('payment_id_seq', 1)".to_owned()),
        ("a quota moved", "update overquota_plan set quota_m3 = 1".to_owned()),
        ("a cheaper class", "update account set use_class = 'resident'".to_owned()),
        ("an account closed", "update account set status = 'closed'".to_owned()),
        ("a meter set back", "update meter set start_index = 0".to_owned()),
        ("what is unfinished, finished", "delete from unfinished".to_owned()),
        ("a partition itself", "insert into charge_202701 select * from charge_202701".to_owned()),
        ("a trigger put to sleep", "alter table payment disable trigger all".to_owned()),
        ("all of them put to sleep", "set session_replication_role = replica".to_owned()),
        ("a table of one's own", "create table public.payment_too (id int)".to_owned()),
        ("a function of one's own", "create function public.is_new(text) returns boolean language sql as 'select true'".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    become the owner: permission denied to set role "weir"
    be what one was: permission denied for table charge_balance
    be somebody else: permission denied to set session authorization "weir"
    a bill forgiven: permission denied for table charge_balance
    a balance made up: permission denied for table prepaid_balance
    a cheap tier: permission denied for table tariff_tier
    a tier more: entry_not_whole
    a rate approved: permission denied for table tariff_version
    a late fee waived: permission denied for table late_fee_rule
    a sequence set back: permission denied for sequence payment_id_seq
    a quota moved: permission denied for table overquota_plan
    a cheaper class: permission denied for table account
    an account closed: permission denied for table account
    a meter set back: permission denied for table meter
    what is unfinished, finished: permission denied for table unfinished
    a partition itself: permission denied for table charge_202701
    a trigger put to sleep: must be owner of table payment
    all of them put to sleep: permission denied to set parameter "session_replication_role"
    a table of one's own: permission denied for schema public
    a function of one's own: permission denied for schema public
    "#);
    let member = "select count(*) from pg_auth_members where member = 'weir_app'::regrole";
    assert_eq!(city.count(member).await, 0);
    let more = "select count(*) from pg_roles where rolname = 'weir_app'
        and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)";
    assert_eq!(city.count(more).await, 0);
    let set: Vec<String> = sqlx::query_scalar(
        "select current_setting(n) from unnest(array['statement_timeout', 'lock_timeout',
            'default_transaction_isolation', 'idle_in_transaction_session_timeout']) as n",
    )
    .fetch_all(&city.pool)
    .await
    .unwrap();
    assert_eq!(set, ["30min", "5s", "read committed", "1min"]);
    city.check().await;
}

#[tokio::test]
async fn even_the_owner_meets_the_laws_in_a_partition() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [(
        "lines a second time, in the partition",
        "insert into charge_line_202701 (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount,
            tariff_version_id, basis from owed".to_owned(),
    )];
    assert_snapshot!(answers(&city.owner, &attempts).await, @r#"
    lines a second time, in the partition: entry_not_whole
    "#);
    // What the owner can do after all, the nightly check tells.
    sqlx::raw_sql("delete from charge_balance").execute(&city.owner).await.unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    let findings = engine::check::run(&mut connection).await.unwrap();
    let broken: Vec<_> = findings.iter().filter(|finding| !finding.holds()).map(|f| f.id).collect();
    assert_eq!(broken, ["8a"]);
}
