//! A charge is taken back by its mirror.

use insta::assert_snapshot;
use terms::Role;

use super::{WHOLE, answers, books, forged_payment};
use crate::city::{City, GAOBU};

/// A reversal of 李四's bill, with these figures and lines in place of the mirrored ones.
fn forged_charge_reversal(period: &str, total: &str, line: &str) -> String {
    forged_charge_reversal_of("(select distinct charge_id from owed)", period, total, line)
}

/// The same, of any charge; somebody says yes to what was asked for it.
fn forged_charge_reversal_of(charge: &str, period: &str, total: &str, line: &str) -> String {
    let yes = yes(charge, "second");
    forged_alone(charge, period, total, line, &yes)
}

/// A yes to the request for a charge, with its mark.
fn yes(charge: &str, login: &str) -> String {
    format!(
        "insert into charge_reversal_answer (request_id, approved, answered_by, answered_at)
         select r.id, true, u.id, timestamptz '2027-01-21 10:00+08' from charge_reversal_request r, app_user u
         where u.login = '{login}' and r.charge_id = {charge}
             and not exists (select from charge_reversal_answer a where a.request_id = r.id);
         select leave_mark(u.id, 'billing.reversal.approve', 'x', '{{}}', timestamptz '2027-01-21 10:00+08')
         from app_user u where u.login = '{login}';"
    )
}

fn forged_alone(charge: &str, period: &str, total: &str, line: &str, yes: &str) -> String {
    format!(
        "{yes}
         with r as (
            insert into charge (bill_period, account_id, town_id, outlet_id, payer_id, kind, service_period, bill_date, due_date,
                from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons,
                quota_m3, levy_ratio, total, created_at, reverses_id, reason)
            select {period}, account_id, town_id, outlet_id, payer_id, 'reversal', service_period, '2027-01-21', '2027-01-21',
                from_date, to_date, months, -volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons,
                quota_m3, levy_ratio, {total}, '2027-01-21 10:00+08', id, 'forged'
            from charge where id = {charge}
            returning *
         )
         insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select r.bill_period, r.id, l.account_id, l.town_id, l.outlet_id, l.owner_id, l.fee_item, l.tier, {line}
         from r join charge_line l on l.charge_id = r.reverses_id"
    )
}

const MIRRORED: &str = "-l.quantity, l.unit_price, -l.amount, l.tariff_version_id, l.basis";

/// Somebody wants every charge back, and there is a second person.
async fn asked_for_all(city: &City) {
    city.second_manager().await;
    let asks = format!(
        "insert into charge_reversal_request (charge_id, town_id, outlet_id, asked_by, reason, asked_at)
         select id, town_id, outlet_id, {}, 'x', timestamptz '2027-01-21 09:00+08' from charge",
        city.manager().await
    );
    city.by_hand(&asks).await;
}

#[tokio::test]
async fn a_charge_is_taken_back_whole_and_once_and_frees_what_it_took() {
    let mut city = City::new().await;
    books(&mut city).await;
    asked_for_all(&city).await;
    let again = "insert into charge_reading (reading_id, turn, charge_id, bill_period, service_period, volume_m3)";
    let attempts = [
        ("in another month", forged_charge_reversal("202702", "-total", MIRRORED)),
        ("for less", forged_charge_reversal("202701", "-total + 1", MIRRORED)),
        (
            "with other lines",
            forged_charge_reversal(
                "202701",
                "-total",
                "-l.quantity * 2, l.unit_price / 2, -l.amount, l.tariff_version_id, l.basis",
            ),
        ),
        (
            "without lines",
            forged_charge_reversal("202701", "-total", MIRRORED) + " where false",
        ),
        (
            "of a paid one",
            forged_charge_reversal_of(
                "(select min(charge_id) from allocation)",
                "202701",
                "-total",
                MIRRORED,
            ),
        ),
        (
            "a reversal written down alone",
            "insert into charge_reversal select id, bill_period, account_id, service_period, -1, bill_period from charge"
                .to_owned(),
        ),
        ("a reading taken again", format!("{again} select reading_id, 2, charge_id, bill_period, service_period, volume_m3 from charge_reading")),
        (
            "a month of another charge",
            "insert into charge_month (account_id, month, charge_id, bill_period)
             select account_id, bill_period, charge_id, bill_period from owed_once limit 1".to_owned(),
        ),
        (
            "a billed reading put right",
            "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
                read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at, supersedes_id)
             select first_id(bill_period) + next_ids('reading_id', 1), bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
                start_index, end_index, consumption_m3, source, flag, null, entered_at, id
             from reading order by id desc limit 1".to_owned(),
        ),
        (
            "ahead of its day",
            forged_charge_reversal("202701", "-total", MIRRORED)
                .replace("'2027-01-21 10:00+08', id", "'2062-01-21 10:00+08', id"),
        ),
        ("as it is", forged_charge_reversal("202701", "-total", MIRRORED)),
        ("a second time", forged_charge_reversal_of("(select max(reverses_id) from charge)", "202701", "-total", MIRRORED)),
        (
            "a payment of it",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("owed", "billed"),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    in another month: reversal_not_a_mirror
    for less: reversal_not_a_mirror
    with other lines: reversal_not_a_mirror
    without lines: entry_not_whole
    of a paid one: charge_paid
    a reversal written down alone: permission denied for table charge_reversal
    a reading taken again: reading_not_standing
    a month of another charge: month_not_of_charge
    a billed reading put right: reading_stands
    ahead of its day: moment_ahead
    as it is: taken
    a second time: duplicate key value violates unique constraint "charge_reversal_pkey"
    a payment of it: charge_paid_at_most_once
    "#);
    city.check().await;
}

#[tokio::test]
async fn nobody_takes_a_bill_back_alone() {
    let mut city = City::new().await;
    books(&mut city).await;
    asked_for_all(&city).await;
    let (_, gaobu) = city.outlet(GAOBU).await;
    city.person("elsewhere", "别镇", Role::GroupAdministrator, None, Some(gaobu)).await;
    let owed = "(select distinct charge_id from owed)";
    let other = "(select max(charge_id) from owed_too)";
    let forged = |yes: &str| forged_alone(owed, "202701", "-total", MIRRORED, yes);
    let asks = |login: &str| {
        format!(
            "insert into charge_reversal_request (charge_id, town_id, outlet_id, asked_by, reason, asked_at)
             select c.id, c.town_id, c.outlet_id, u.id, 'x', timestamptz '2027-01-21 09:00+08'
             from charge c, app_user u where u.login = '{login}' and c.id = {owed}"
        )
    };
    let attempts = [
        ("without anybody", forged("")),
        ("by who asks", forged(&yes(owed, "manager"))),
        ("by the yes for another bill", forged(&yes(other, "second"))),
        ("by somebody of another town", forged(&yes(owed, "elsewhere"))),
        (
            "by a yes without a mark",
            forged(yes(owed, "second").split("select leave_mark").next().unwrap()),
        ),
        ("a yes that takes nothing back", yes(owed, "second")),
        ("asked for twice", asks("second")),
        ("asked for in another town", asks("elsewhere")),
        ("a no", {
            let no = yes(owed, "second").replace("true, u.id", "false, u.id");
            no.replace("answered_at)", "answered_at, reason)")
                .replace("+08' from charge", "+08', 'x' from charge")
        }),
        ("after a no", forged("")),
        ("a no turned round", "update charge_reversal_answer set approved = true".to_owned()),
        ("a request forgotten", "delete from charge_reversal_request".to_owned()),
        (
            "a yes given away by hand",
            "insert into charge_reversal_approved select request_id, 1 from charge_reversal_answer"
                .to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    without anybody: reversal_not_approved
    by who asks: own_request
    by the yes for another bill: reversal_not_approved
    by somebody of another town: answer_elsewhere
    by a yes without a mark: act_unmarked
    a yes that takes nothing back: entry_not_whole
    asked for twice: already_asked
    asked for in another town: request_elsewhere
    a no: taken
    after a no: reversal_not_approved
    a no turned round: permission denied for table charge_reversal_answer
    a request forgotten: permission denied for table charge_reversal_request
    a yes given away by hand: permission denied for table charge_reversal_approved
    ");
    city.check().await;
}
