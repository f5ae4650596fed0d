//! `weir check`, night by night: what was touched is asked at once, and everything else in its turn.

use engine::access::change_password;
use engine::channels::{Settled, Settles};
use engine::check::{Part, plans, run, run_part};
use engine::closing::{CloseDay, DayOf, Seen, close_day, preview};
use engine::counter::Collect;
use engine::register::AccountChange;
use terms::{AccountId, Money, PayMethod};

use super::history::change;
use crate::city::{Account, City, GAOBU, Till, broken, cash, slip, yuan};

impl City {
    /// What a night finds broken, and where.
    async fn night(&self, part: Part) -> Vec<(&'static str, i64)> {
        let mut connection = self.pool.acquire().await.unwrap();
        broken(run_part(&mut connection, part).await.unwrap())
    }

    /// 王五 is charged as six persons from November on, by the word of two.
    async fn changed_lately(&self) -> Account {
        let (maker, checker) = (self.manager().await, self.second_manager().await);
        let changed = self.household("王五").await;
        let order = AccountChange { persons: Some(6), ..change(&changed, "2026-11-01") };
        let version = self.submit(maker, order).await.unwrap();
        self.decide(checker, version, true).await.unwrap();
        changed
    }

    /// Somebody with the keys of the house fills the purses of these accounts, behind every law.
    async fn fill_purses(&self, whose: &str) {
        let sql = format!(
            "set session_replication_role = replica;
             insert into prepaid_balance (account_id, balance) select id, 5 from account where {whose}
                 on conflict (account_id) do update set balance = 5;
             set session_replication_role = origin"
        );
        let mut owner = self.owner.acquire().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *owner).await.unwrap();
    }
}

#[tokio::test]
async fn a_fault_is_found_at_once_where_money_moved_and_in_its_turn_elsewhere() {
    let city = City::new().await;
    let till = city.counter().await;
    let paying = city.household_owing_for("陈大文", "30").await;
    let quiet = city.household("李四").await;
    till.collect(&paying, "103.33").await;
    till.close().await;
    let part = |turn| Part { turn, today: city.today() };
    let turn = quiet.id.0 % 30;
    assert_eq!(city.night(part(turn)).await, []);
    city.fill_purses("true").await;
    let mut owner = city.owner.acquire().await.unwrap();
    assert_eq!(broken(run(&mut owner).await.unwrap()), [("8b", 2)]);
    assert_eq!(city.night(part(turn)).await, [("8b", 2)]);
    assert_eq!(city.night(part((turn + 7) % 30)).await, [("8b", 1)]);
}

#[tokio::test]
async fn who_was_changed_lately_is_asked_at_once_too() {
    let city = City::new().await;
    let changed = city.changed_lately().await;
    let quiet = city.household("赵六").await;
    city.fill_purses("true").await;
    let all = [&changed, &quiet].map(|account| account.id.0 % 30);
    let turn = (0..30).find(|turn| !all.contains(turn)).unwrap();
    assert_eq!(city.night(Part { turn, today: city.today() }).await, [("8b", 1)]);
}

/// A reading was entered before the bill run and is in the books after it: the next start bills it, and no night takes it for
/// forgotten.
#[tokio::test]
async fn what_was_on_its_way_while_its_month_was_billed_is_not_taken_for_forgotten() {
    let mut city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let late = city.household("李四").await;
    let reader = city.somebody("李抄表").await;
    let entered = format!(
        "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
            start_index, end_index, consumption_m3, source, flag, entered_by, entered_at)
         select first_id(202611) + next_ids('reading_id', 1), 202611, m.id, a.id, a.town_id, a.outlet_id, m.installed_on, '2026-11-24',
            to_char(m.installed_on, 'YYYYMM')::integer, '2026-11-24 10:00+08', 0, 30, 30, 'manual', 'none', {reader}, '2026-11-24 10:00+08'
         from meter m join account a on a.id = m.account_id where m.id = {meter};
         select leave_mark({reader}, 'reading.reading.enter', '抄表', '{{}}', '2026-11-24 10:00+08')",
        reader = reader.0,
        meter = late.meter.0
    );
    let mut entering = city.pool.begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(entered)).execute(&mut *entering).await.unwrap();
    city.at("2026-11-24 10:30");
    assert_eq!(city.bill().await.charges, 0);
    entering.commit().await.unwrap();
    let part = Part { turn: late.id.0 % 30, today: city.today() };
    assert_eq!(city.night(part).await, []);
    city.check().await;
    assert_eq!(city.bill().await.charges, 1);
    city.check().await;
}

/// Why an account was changed, and who let it be, is what the marks say.
#[tokio::test]
async fn a_change_with_another_reason_is_found() {
    let city = City::new().await;
    city.changed_lately().await;
    city.check().await;
    for fault in [
        "update account_version set reason = '另有原因' where submitted_by is not null",
        "update account_approval set approved_at = approved_at - interval '1 minute'",
    ] {
        let mut owner = city.owner.begin().await.unwrap();
        let fault = format!("set local session_replication_role = replica; {fault}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault.clone())).execute(&mut *owner).await.unwrap();
        let found = broken(run(&mut owner).await.unwrap());
        assert!(found.iter().any(|(id, _)| *id == "25o"), "{fault}: {found:?}");
        owner.rollback().await.unwrap();
    }
}

/// Nobody has paid yet: a bill and a reading of today are enough.
#[tokio::test]
async fn who_was_billed_or_read_lately_is_asked_at_once_too() {
    let city = City::new().await;
    let billed = city.household_owing_for("陈大文", "30").await;
    let read = city.household("李四").await;
    city.read(&read, "30").await;
    let quiet = city.household("王五").await;
    let all = [&billed, &read, &quiet].map(|account| account.id.0 % 30);
    let turn = (0..30).find(|turn| !all.contains(turn)).unwrap();
    let part = Part { turn, today: city.today() };
    assert_eq!(city.night(part).await, []);
    city.fill_purses("true").await;
    assert_eq!(city.night(part).await, [("8b", 2)]);
}

/// The numbers of readings ran out within the month, and began anew: those below the old ones are the last.
#[tokio::test]
async fn who_was_read_after_the_numbers_began_anew_is_asked_at_once_too() {
    let city = City::new().await;
    let (before, after) = (city.household("陈大文").await, city.household("李四").await);
    for (account, begin) in [
        (&before, "select setval('reading_id', 999990000)"),
        (&after, "select setval('reading_id', 400000)"),
    ] {
        sqlx::query(begin).execute(&city.owner).await.unwrap();
        city.read(account, "30").await;
    }
    let both = [&before, &after].map(|account| account.id.0 % 30);
    let turn = (0..30).find(|turn| !both.contains(turn)).unwrap();
    let part = Part { turn, today: city.today() };
    assert_eq!(city.night(part).await, []);
    city.fill_purses("payer_name = '李四'").await;
    assert_eq!(city.night(part).await, [("8b", 1)]);
}

#[tokio::test]
async fn the_first_night_of_a_month_remembers_the_last_day_of_the_one_before() {
    let mut city = City::new().await;
    city.counter().await;
    let [chen, li] = [
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    ];
    for (moment, account) in [("2026-11-30 16:00", &chen), ("2026-12-01 09:00", &li)] {
        city.at(moment);
        Till::of(&city, "chen.juan").await.collect(account, "103.33").await;
    }
    city.fill_purses("payer_name = '陈大文'").await;
    let part = Part { turn: (chen.id.0 + 7) % 30, today: city.today() };
    assert_eq!(city.night(part).await, [("8b", 1)]);
}

#[tokio::test]
async fn a_mark_that_was_changed_removed_or_doubled_is_found_in_the_night_of_its_month() {
    let city = City::new().await;
    let till = city.counter().await;
    for payer in ["陈大文", "李四", "王五", "赵六"] {
        till.deposit(&city.household(payer).await, "10").await;
    }
    let mark = "from operation_log where action = 'counter.payment.collect' and no = (
        select max(no) - 1 from operation_log where action = 'counter.payment.collect')";
    let faults = [
        ("update operation_log set subject = 'x' where id = (select id {mark})", vec!["27a"]),
        ("delete from operation_log where id = (select id {mark})", vec!["17j", "27a"]),
        (
            "insert into operation_log (id, chain, no, user_id, door, action, subject, details, at, before, digest)
             select first_id(month_of(now())) + nextval('mark_id'), chain, no, user_id, door, action, subject, details, at, before, digest {mark}",
            vec!["27a"],
        ),
        (
            "delete from operation_log where chain = (select chain {mark}) and no > (select no {mark})",
            vec!["17j", "27b"],
        ),
        ("delete from operation_chain where chain = (select chain {mark})", vec!["27b"]),
        // No fault: a chain that goes on in another month.
        ("update operation_log set id = first_id(202601) + id % 1000000000 where no <= (select no {mark})", vec![]),
    ];
    sqlx::query("select ensure_month(202601)").execute(&city.owner).await.unwrap();
    for (fault, found) in faults {
        let mut owner = city.owner.begin().await.unwrap();
        let fault = format!(
            "set local session_replication_role = replica; {};",
            fault.replace("{mark}", mark)
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault.clone())).execute(&mut *owner).await.unwrap();
        // Whichever months a night asks.
        let days = ["2026-11-25", "2026-12-25", "2027-06-01", "2027-06-02", "2027-06-03"];
        for day in days.iter().take(if found.is_empty() { days.len() } else { 2 }) {
            let part = Part { turn: 0, today: day.parse().unwrap() };
            let night = broken(run_part(&mut owner, part).await.unwrap());
            let said: Vec<_> = night.iter().map(|(id, _)| *id).collect();
            assert_eq!(said, found, "{day} {fault}");
        }
        owner.rollback().await.unwrap();
    }
}

/// Money of an open day, of which no close knows yet: its mark names it, and the numbers of its paper; and who said yes to
/// what was taken back left a mark.
#[tokio::test]
async fn a_payment_that_was_taken_out_of_an_open_day_is_missed_by_its_mark() {
    let city = City::new().await;
    let till = city.counter().await;
    till.collect(&city.household_owing_for("陈大文", "30").await, "110").await;
    till.deposit(&city.household("李四").await, "50").await;
    till.take_back(till.deposit(&city.household("王五").await, "50").await.payment).await.unwrap();
    city.check().await;
    let last = "(select max(id) from payment where kind = 'payment')";
    let faults = [
        format!("delete from payment where id = {last}"),
        format!("update payment set posted_at = posted_at - interval '1 second' where id = {last}"),
        // The paper of one for that of another.
        "update receipt_number n set no = o.no, paper_no = o.paper_no from receipt_number o
         where n.receipt_id <> o.receipt_id and (n.receipt_type, n.code) = (o.receipt_type, o.code)"
            .to_owned(),
        // What was handed over.
        "update payment set method = 'pos' where kind = 'payment'; update allocation set method = 'pos' where amount > 0;
         update payment_tender set method = 'pos', reference = 'X1', slip_day = account_date, slip_total = amount where amount > 0"
            .to_owned(),
        // What would let the same order be posted once more.
        "update payment_key set key = key || 'x'; update payment set idempotency_key = idempotency_key || 'x'".to_owned(),
        // Whose the money is.
        "update allocation set owner_id = (select max(id) from organisation) where fee_item = 'sewage'".to_owned(),
    ];
    let another = "update reversal_answer set answered_by = (
        select min(id) from app_user where id not in (select answered_by from reversal_answer union select asked_by from reversal_request))";
    let reasons = [
        "update payment set reason = '另有原因' where kind = 'reversal'",
        "update reversal_request set reason = '另有原因'",
        "update reversal_answer set reason = '另有原因'",
    ];
    let faults = faults.map(|fault| (fault, "17j")).into_iter();
    let faults = faults.chain([(another.to_owned(), "25e")]);
    let faults = faults.chain(reasons.map(|fault| (fault.to_owned(), "25o")));
    let paper = [
        ("update receipt_line set owner_id = (select max(id) from organisation)", "14e"),
        ("update receipt set issued_at = issued_at - interval '1 day'", "14e"),
        ("update stock_segment set last_no = last_no - 1 where next_no < last_no", "13e"),
        (
            "update receipt_event set by_user_id = (select min(id) from app_user where id <> by_user_id)",
            "27d",
        ),
    ];
    let faults = faults.chain(paper.map(|(fault, law)| (fault.to_owned(), law)));
    for (fault, law) in faults {
        let mut owner = city.owner.begin().await.unwrap();
        let fault = format!("set local session_replication_role = replica; {fault}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault.clone())).execute(&mut *owner).await.unwrap();
        for found in [
            broken(run(&mut owner).await.unwrap()),
            broken(run_part(&mut owner, Part::of(city.today())).await.unwrap()),
        ] {
            assert!(found.iter().any(|(id, _)| *id == law), "{fault}: {found:?}");
        }
        owner.rollback().await.unwrap();
    }
}

/// A channel's money that waits, and why: the mark of its posting says how many were refused.
#[tokio::test]
async fn a_refusal_that_was_taken_out_is_missed_by_its_mark() {
    let city = City::new().await;
    let item = Settled {
        account: AccountId(-1),
        settles: Settles::UpTo(city.period()),
        serial: "1".to_owned(),
        gross: yuan("50"),
    };
    assert_eq!(city.settle("wechat", "W1", vec![item]).await.posted, 0);
    city.check().await;
    let mut owner = city.owner.begin().await.unwrap();
    sqlx::raw_sql(
        "set local session_replication_role = replica;
         delete from channel_item_event;
         update channel_item_open set state = 'received', refusal = null, reason = null",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    assert_eq!(broken(run(&mut owner).await.unwrap()), [("10c", 1), ("27d", 1)]);
    let part = Part::of(city.today());
    assert_eq!(broken(run_part(&mut owner, part).await.unwrap()), [("10c", 1), ("27d", 1)]);
}

/// Laws that were put to sleep or taken away, and rights and people that nobody says were given.
#[tokio::test]
async fn no_law_sleeps_and_no_right_is_given_unsaid() {
    let city = City::new().await;
    city.counter().await;
    city.manager().await;
    for login in ["chen.juan", "manager"] {
        let renew = change_password(&city.pool, &city.clock, None, login, "Hehe-Xiangjian7");
        renew.await.unwrap();
    }
    sqlx::query("select ensure_month(202701)").execute(&city.owner).await.unwrap();
    let quiet = "set local session_replication_role = replica;";
    let faults = [
        ("alter table payment disable trigger use_approval".to_owned(), vec!["31a"]),
        ("alter table operation_log disable trigger append_only".to_owned(), vec!["31a"]),
        ("drop trigger append_only on operation_log".to_owned(), vec!["31b"]),
        ("drop trigger append_only_whole on charge_202701".to_owned(), vec!["31a"]),
        ("drop trigger check_payments on payment_202701".to_owned(), vec!["31a"]),
        ("alter table hold drop constraint hold_pkey cascade".to_owned(), vec!["31b"]),
        ("grant update on payment to weir_app".to_owned(), vec!["31b"]),
        (
            "create or replace function refuse_change() returns trigger language plpgsql
                set search_path = pg_catalog, public, pg_temp as $$ begin return new; end $$"
                .to_owned(),
            vec!["31b"],
        ),
        (
            format!(
                "{quiet} insert into role_permission values ('clerk', 'counter.reversal.approve')"
            ),
            vec!["31b"],
        ),
        // As it should be done, it leaves its mark.
        (
            "insert into role_permission values ('clerk', 'counter.reversal.approve')".to_owned(),
            vec![],
        ),
        (format!("{quiet} update role set fees = null where code = 'ecology'"), vec!["31b"]),
        (format!("{quiet} update role set at_outlet = false where code = 'clerk'"), vec!["31b"]),
        (format!("{quiet} delete from permission where name = 'ops.status.read'"), vec!["31b"]),
        ("update role set at_outlet = false where code = 'clerk'".to_owned(), vec![]),
        (
            format!(
                "{quiet} insert into app_user (login, name, role) values ('shadow', '影子', 'administrator')"
            ),
            vec!["25i", "27e"],
        ),
        // The pass word of one for another, with all that is said of it.
        (
            format!(
                "{quiet} update credential c set (password_hash, set_at) = (
                     select o.password_hash, o.set_at from credential o where o.user_id <> c.user_id)
                 where user_id = (select max(user_id) from credential)"
            ),
            vec!["25n"],
        ),
        (
            format!("{quiet} delete from credential where user_id = (select max(user_id) from credential)"),
            vec!["27d"],
        ),
    ];
    for (fault, found) in faults {
        let mut owner = city.owner.begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault.clone())).execute(&mut *owner).await.unwrap();
        let said: Vec<_> =
            broken(run(&mut owner).await.unwrap()).into_iter().map(|(id, _)| id).collect();
        assert_eq!(said, found, "{fault}");
        owner.rollback().await.unwrap();
    }
    // Nobody but the owner says that the laws are as they are.
    let refused = sqlx::query("select tell_laws()").execute(&city.pool).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}

/// Whoever cuts the last mark off a chain and puts its end back leaves no gap; but a close has told where it ended.
#[tokio::test]
async fn the_end_of_a_chain_that_was_cut_off_is_missed() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let till = city.counter().await;
    till.collect(&account, "110").await;
    till.close().await;
    // Once a day is enough.
    city.clerk("li.mei", "李梅", GAOBU).await.close().await;
    city.at("2026-11-25 18:00");
    Till::of(&city, "li.mei").await.close().await;
    let told = "select count(*) from outbox where body ? 'chains'";
    assert_eq!((city.count(told).await, city.count("select count(*) from outbox").await), (2, 3));
    city.check().await;
    let mut owner = city.owner.begin().await.unwrap();
    sqlx::raw_sql(
        "set local session_replication_role = replica;
         delete from operation_log l using operation_chain c where (l.chain, l.no) = (c.chain, c.marks) and c.chain = 0;
         update operation_chain c set marks = marks - 1, digest = (
             select l.digest from operation_log l where (l.chain, l.no) = (c.chain, c.marks - 1)) where chain = 0",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    // 李梅, whom that mark told of, and who she was.
    let missed = [("27c", 1), ("27e", 2)];
    assert_eq!(broken(run(&mut owner).await.unwrap()), missed);
    let part = Part { turn: 0, today: city.today() };
    assert_eq!(broken(run_part(&mut owner, part).await.unwrap()), missed);
}

/// 60.00 in cash and a card slip of 50.00 for 103.33; 53.33 are due in the till, and 53.00 are counted.
#[tokio::test]
async fn what_was_handed_over_and_counted_on_a_closed_day_stays_as_it_was() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let tenders = [cash("60.00"), slip(PayMethod::Pos, "50.00", "X1")].concat();
    till.submit(Collect { tenders, ..till.order(&account, "0").await }).await.unwrap();
    let mut connection = city.pool.acquire().await.unwrap();
    let of = DayOf { cashier: till.cashier, outlet: till.outlet, day: city.today() };
    let digest = preview(&mut connection, of).await.unwrap().sheet.digest;
    drop(connection);
    let seen = Some(Seen {
        digest,
        counted: Some(yuan("53.00")),
        reason: Some("少收".to_owned()),
        free: Money::ZERO,
    });
    let order = CloseDay { seen, ..CloseDay::own(till.cashier, till.outlet, city.today()) };
    close_day(&city.pool, &city.clock, order).await.unwrap();
    city.check().await;
    let faults = [
        ("update cash_count set counted = 53.32", vec!["17i"]),
        ("update cash_count set counted = cash_due, reason = null", vec!["17i"]),
        ("update cash_count set reason = '多收'", vec!["17i"]),
        ("delete from cash_count", vec!["17i"]),
        // Ten yuan of the cash were on the card slip, say the books now, each with the other.
        (
            "update payment_tender set amount = amount - 10 where method = 'cash';
             update payment_tender set amount = amount + 10, slip_total = slip_total + 10 where method = 'pos';
             update slip_standing set slip_total = slip_total + 10, standing = standing + 10;
             update cash_count set cash_due = cash_due - 10",
            vec!["17c", "17i", "17j"],
        ),
    ];
    for (fault, found) in faults {
        let mut owner = city.owner.begin().await.unwrap();
        let fault = format!("set local session_replication_role = replica; {fault}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault.clone())).execute(&mut *owner).await.unwrap();
        let said: Vec<_> =
            broken(run(&mut owner).await.unwrap()).into_iter().map(|(id, _)| id).collect();
        assert_eq!(said, found, "{fault}");
        owner.rollback().await.unwrap();
    }
}

/// What lies in one table for ever and grows with every day: read by its indexes alone.
const GROWING: &[&str] = &[
    "payment_key",
    "number_given",
    "charge_month",
    "cashier_close",
    "close_paper",
    "outbox",
    "outbox_delivery",
    "hold",
];

/// What an invariant of entries looks for among those of all months, one by one.
const SOUGHT: &[(&str, &str)] = &[
    ("4", "payment"),
    ("4", "allocation"),
    ("25e", "payment"),
    ("25e", "operation_log"),
    ("25j", "operation_log"),
    ("25l", "operation_log"),
    ("21m", "charge"),
    ("21m", "operation_log"),
    ("25o", "payment"),
    ("25o", "charge"),
    ("11", "channel_item"),
    ("25l", "channel_item"),
    ("25p", "channel_item"),
    ("13d", "receipt_number"),
    ("23b", "charge"),
    ("23b", "prepaid_entry"),
    ("23b", "channel_item"),
    ("27a", "operation_log"),
    ("27b", "operation_log"),
];

/// The table that a line of a plan scans, and its month; none where it is the same in all.
fn scanned(line: &str) -> Option<(&str, Option<i32>)> {
    let (kind, on) = line.split_once(" Scan ")?;
    let (_, on) = on.split_once("on ").filter(|_| !kind.ends_with("CTE"))?;
    let table = on.split(' ').next()?;
    let by_month = table.rsplit_once('_').filter(|(_, month)| month.len() == 6);
    match by_month.and_then(|(root, month)| Some((root, month.parse().ok()?))) {
        Some((root, month)) => Some((root, Some(month))),
        None => Some((table, None)),
    }
}

#[tokio::test]
async fn a_night_looks_into_the_months_that_it_asks_and_into_others_by_their_indexes() {
    let city = City::new().await;
    let till = city.counter().await;
    till.collect(&city.household_owing_for("陈大文", "30").await, "103.33").await;
    let mut owner = city.owner.acquire().await.unwrap();
    for month in 202_601..=202_612 {
        sqlx::query("select ensure_month($1)").bind(month).execute(&mut *owner).await.unwrap();
    }
    // So many keys of another month that the few of the months asked are worth an index.
    sqlx::raw_sql(
        "set session_replication_role = replica;
         insert into payment_key select 'old ' || n, first_id(202603) + n from generate_series(1, 20000) n;
         analyze payment_key, account_version, account_approval",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    // Tables of a few rows are read whole, however many indexes they have.
    for way in ["seqscan", "hashjoin", "mergejoin"] {
        let off = format!("set enable_{way} = off");
        sqlx::raw_sql(sqlx::AssertSqlSafe(off)).execute(&mut *owner).await.unwrap();
    }
    let part = Part::of("2026-12-20".parse().unwrap());
    let mut older = std::collections::BTreeSet::new();
    for plan in plans(&mut owner, part).await.unwrap() {
        // A run's charges are of its one month, which is known once it is asked; what was remitted is compared with
        // everything only where less was collected lately; and any mark that wrote something may tell of any row.
        if ["21g", "26", "27e"].contains(&plan.id) {
            continue;
        }
        for (line, next) in plan.lines.iter().zip(plan.lines.iter().skip(1).chain([&String::new()]))
        {
            let Some((table, month)) = scanned(line) else {
                continue;
            };
            let by_index = ["Index Cond:", "Recheck Cond:"].iter().any(|cond| next.contains(cond));
            match month {
                Some(202_611..) => {}
                // Few readings are reviewed.
                Some(_) if table == "reading_review" && !plan.is_by_month => {}
                Some(month) if plan.is_by_month && !SOUGHT.contains(&(plan.id, table)) => {
                    older.insert(month);
                }
                None if !GROWING.contains(&table) => {}
                _ => assert!(by_index, "{} reads all of {table}: {:#?}", plan.id, plan.lines),
            }
        }
    }
    assert!((1..=2).contains(&older.len()), "older months in turn: {older:?}");
}
