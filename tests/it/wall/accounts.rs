//! An account changes by two persons.

use insta::assert_snapshot;
use terms::Role;

use super::{TAKEN, answers, books};
use crate::city::{City, GAOBU};

#[tokio::test]
async fn an_account_changes_by_two_persons_and_by_nothing_else() {
    let mut city = City::new().await;
    books(&mut city).await;
    // Of an account that was there before today, and never billed.
    city.at("2026-11-24 10:00");
    city.household("赵六").await;
    city.at("2027-01-20 10:00");
    let version = |submitted: &str, town: &str| {
        format!(
            "insert into account_version (account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons,
                supplier_id, payer_id, doc_no, reason, submitted_by, recorded_at)
             select id, {town}, opened_on, use_class, 'exempt', garbage_class, persons, supplier_id, payer_id, '伪〔2026〕1号',
                case when {submitted} is not null then 'forged' end, {submitted}, now() from account where payer_name = '赵六'"
        )
    };
    let clerk = "(select id from app_user where login = 'chen.juan')";
    let (maker, checker) = (city.manager().await.0, city.second_manager().await.0);
    let (_, gaobu) = city.outlet(GAOBU).await;
    city.person("gao.bu", "高埗管理员", Role::GroupAdministrator, None, Some(gaobu)).await;
    let (maker, checker) = (&*maker.to_string(), &*checker.to_string());
    let marked = |by: &str, act: &str, what: String| {
        format!(
            "insert into operation_log (user_id, action, subject, details, at)
                values ({by}, 'register.account.{act}', 'x', '{{}}', now()); {what}{TAKEN}"
        )
    };
    let change = || marked(maker, "change", version(maker, "town_id"));
    let decide = |by: &str| {
        format!(
            "insert into account_approval (version_id, town_id, decision, approved_by, approved_at)
             select max(id), max(town_id), 'approved', {by}, now() from account_version where submitted_by is not null"
        )
    };
    let approve = |by: &str| marked(by, "approve", decide(by));
    let opened = |sewage_class: &str, levy_ratio: &str| {
        format!(
            "insert into account (no, payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id,
                book_seq, payer_name, phone, address, use_class, sewage_class, garbage_class, levy_ratio, pay_method, opened_on)
             select no || 'x', payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id, book_seq,
                payer_name, phone, address, use_class, {sewage_class}, garbage_class, {levy_ratio}, pay_method, opened_on
             from account limit 1"
        )
    };
    let from = |day: &str, what: String| {
        what.replace("opened_on, use_class", &format!("{day}, use_class"))
    };
    let month = |months: &str| {
        format!(
            "(date_trunc('month', now() at time zone 'Asia/Shanghai') + interval '{months}')::date"
        )
    };
    let withdrawn = |persons: &str| {
        let what = format!(
            "insert into account_version (account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons,
                supplier_id, payer_id, doc_no, reason, submitted_by, recorded_at, withdraws)
             select account_id, town_id, valid_from, use_class, sewage_class, garbage_class, {persons}, supplier_id, payer_id,
                doc_no, 'forged', {maker}, now(), id
             from account_version where id = (select version_id from change_ahead
                 union all select max(withdraws) from account_version limit 1)"
        );
        marked(maker, "change", what)
    };
    let ahead = |day: &str| format!("{}; {}", from(day, change()), approve(checker));
    let attempts = [
        ("the account itself", "update account set sewage_class = 'exempt'".to_owned()),
        (
            "an account under another name",
            "insert into account (no, payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id,
                book_seq, payer_name, phone, address, use_class, sewage_class, garbage_class, pay_method, opened_on)
             select no || 'x', payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id, book_seq,
                '别人', phone, address, use_class, sewage_class, garbage_class, pay_method, opened_on from account limit 1"
                .to_owned(),
        ),
        ("an account opened exempt", opened("'exempt'", "null")),
        ("with a ratio of its own", opened("sewage_class", "0.5")),
        (
            "a meter at another place",
            "insert into meter (service_point_id, account_id, serial_no, caliber_mm, max_range, start_index, installed_on)
             select service_point_id, (select max(id) from account), 'X1', 20, 10000, 0, opened_on from account
             order by id limit 1"
                .to_owned(),
        ),
        ("another payer", "update account set payer_id = (select max(id) from payer)".to_owned()),
        ("a change by nobody", version("null::int", "town_id")),
        ("a change in another town", version(maker, "441900999")),
        ("a change by a clerk", version(clerk, "town_id")),
        ("a change without a mark", version(maker, "town_id")),
        ("a change", change()),
        ("another one", change().replace("'exempt'", "'special'")),
        ("one's own change approved", approve(maker)),
        ("approved by a clerk", marked(checker, "approve", decide(clerk))),
        ("approved without a mark", decide(checker)),
        ("approved with the mark of nobody", marked("null", "approve", decide(checker))),
        ("approved by somebody of another town", approve("(select id from app_user where login = 'gao.bu')")),
        ("approved by another person", approve(checker)),
        ("the one before it approved too", approve(checker).replace("max(id),", "min(id),")),
        (
            "a change of months that were billed",
            format!("{}; {}", change().replace("赵六", "陈大文"), approve(checker)),
        ),
        ("a change ahead from within a month", ahead(&month("1 month 1 day"))),
        ("from a month too far away", ahead(&month("3 months"))),
        ("another payer from then on", ahead(&month("1 month")).replace("payer_id, '伪", "(select max(id) from payer p where p.id <> payer_id), '伪")),
        ("a change of the month to come", ahead(&month("1 month"))),
        ("one before it", ahead("opened_on")),
        ("shown before its day", "update change_ahead set valid_from = '2020-01-01'".to_owned()),
        ("taken back as another one", withdrawn("9")),
        ("taken back by oneself", format!("{}; {}", withdrawn("persons"), approve(maker))),
        ("taken back", format!("{}; {}", withdrawn("persons"), approve(checker))),
        ("and once more", format!("{}; {}", withdrawn("persons"), approve(checker))),
        ("begun before its day", "select begin_changes('2062-11-01')".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    the account itself: permission denied for table account
    an account under another name: account_names
    an account opened exempt: let_off_at_opening
    with a ratio of its own: let_off_at_opening
    a meter at another place: insert or update on table "meter" violates foreign key constraint "meter_account_id_service_point_id_fkey"
    another payer: permission denied for table account
    a change by nobody: change_without_person
    a change in another town: change_of_no_account
    a change by a clerk: user 2 has no right to register.account.change
    a change without a mark: act_unmarked
    a change: taken
    another one: taken
    one's own change approved: own_change
    approved by a clerk: user 2 has no right to register.account.approve
    approved without a mark: act_unmarked
    approved with the mark of nobody: act_unmarked
    approved by somebody of another town: approval_elsewhere
    approved by another person: taken
    the one before it approved too: change_overtaken
    a change of months that were billed: change_after_bill
    a change ahead from within a month: change_ahead
    from a month too far away: change_ahead
    another payer from then on: payer_ahead
    a change of the month to come: taken
    one before it: change_before_one_ahead
    shown before its day: permission denied for table change_ahead
    taken back as another one: withdraws_another
    taken back by oneself: own_change
    taken back: taken
    and once more: withdraws_nothing
    begun before its day: day_ahead
    "#);
    assert_eq!(city.count("select count(*) from account where sewage_class = 'special'").await, 1);
    city.check().await;
}
