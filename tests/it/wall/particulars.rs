//! What payers, places and meters are called is put right by versions, and by nothing else.

use insta::assert_snapshot;
use terms::Role;

use super::{TAKEN, answers, books};
use crate::city::{City, GAOBU};

#[tokio::test]
async fn names_addresses_and_meters_are_corrected_with_a_mark_and_by_whoever_may() {
    let mut city = City::new().await;
    books(&mut city).await;
    let maker = city.manager().await.0.to_string();
    let (_, gaobu) = city.outlet(GAOBU).await;
    city.person("gao.bu", "高埗管理员", Role::GroupAdministrator, None, Some(gaobu)).await;
    let marked = |by: &str, act: &str| {
        format!(
            "insert into operation_log (user_id, action, subject, details, at) select {by}, '{act}', 'x', '{{}}', now(); "
        )
    };
    let name = |by: &str, day: &str| {
        format!(
            "insert into payer_version (payer_id, town_id, valid_from, name, phone, document, reason, submitted_by, recorded_at)
             select id, town_id, {day}, '别人', phone, document, case when {by} is not null then 'x' end, {by}, now() from payer limit 1"
        )
    };
    let address = |by: &str, town: &str| {
        format!(
            "insert into service_point_version (service_point_id, town_id, valid_from, address, reason, submitted_by, recorded_at)
             select id, {town}, current_date, '别处', 'x', {by}, now() from service_point limit 1"
        )
    };
    let decide = |by: &str| {
        format!(
            "{}insert into payer_approval select max(id), max(town_id), 'approved', {by}, now() from payer_version where waits",
            marked(by, "register.payer.approve")
        )
    };
    let clerk = "(select id from app_user where login = 'chen.juan')";
    let reader = "(select id from app_user where role = 'meter_reader' limit 1)";
    let correct = |what: String| marked(&maker, "register.payer.correct") + &what + TAKEN;
    let attempts = [
        ("the payer itself", "update payer set name = '别人'".to_owned()),
        ("the place itself", "update service_point set address = '别处'".to_owned()),
        ("the meter itself", "update meter set serial_no = 'X'".to_owned()),
        ("what a meter is locked by", "update meter set removed_on = current_date".to_owned()),
        ("what an account is locked by", "update account set phone = '1'".to_owned()),
        ("by nobody", name("null::int", "current_date")),
        (
            "an address by nobody",
            address("null::int", "town_id").replace("'x', null", "null, null"),
        ),
        ("by a reader", name(reader, "current_date")),
        ("without a mark", name(&maker, "current_date")),
        ("from the day after tomorrow on", correct(name(&maker, "current_date + 2"))),
        ("another name", correct(name(&maker, "current_date"))),
        ("approved by who submitted it", decide(&maker)),
        ("approved by a clerk", decide(clerk)),
        (
            "approved by somebody of another town",
            decide("(select id from app_user where login = 'gao.bu')"),
        ),
        (
            "a place of another town",
            marked(&maker, "register.point.correct") + &address(&maker, "441900999"),
        ),
        (
            "another address",
            marked(&maker, "register.point.correct") + &address(&maker, "town_id") + TAKEN,
        ),
        ("a version turned round", "update payer_version set waits = false".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    the payer itself: permission denied for table payer
    the place itself: permission denied for table service_point
    the meter itself: permission denied for table meter
    what a meter is locked by: only_locked
    what an account is locked by: only_locked
    by nobody: correction_by_nobody
    an address by nobody: correction_by_nobody
    by a reader: user 1 has no right to register.payer.correct
    without a mark: act_unmarked
    from the day after tomorrow on: correction_ahead
    another name: taken
    approved by who submitted it: own_correction
    approved by a clerk: user 2 has no right to register.payer.approve
    approved by somebody of another town: approval_elsewhere
    a place of another town: correction_elsewhere
    another address: taken
    a version turned round: permission denied for table payer_version
    ");
    assert_eq!(city.count("select count(*) from account where payer_name = '别人'").await, 0);
    assert_ne!(city.count("select count(*) from account where address = '别处'").await, 0);
    city.check().await;
}
