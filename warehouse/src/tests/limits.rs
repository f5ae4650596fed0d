//! Time and memory.

use std::time::{Duration, Instant};

use futures::StreamExt;

use super::city::City;
use crate::{Limits, Person, WarehouseError};

/// More rows than can be computed in minutes.
const ENDLESS: &str = "select sum(a.amount + b.amount + c.amount + d.amount + e.amount + f.amount + g.amount + h.amount) from \
    charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, charge_line g, charge_line h, \
    charge_line i, charge_line j, charge_line k, charge_line l, charge_line m, charge_line n";

#[tokio::test]
async fn the_deadline_fires_in_the_middle_of_a_join_and_the_work_stops() {
    let deadline = Duration::from_millis(400);
    let city = City::within(Limits { deadline, ..Limits::default() }).await;
    let now = city.now().await;
    let started = Instant::now();
    let late = now.query(&Person::system(), ENDLESS, &[]).await.unwrap_err();
    assert!(matches!(late, WarehouseError::Deadline(_)), "{late:?}");
    assert!(started.elapsed() < deadline * 3, "{:?}", started.elapsed());
    gone(&now).await;
}

/// Found by an attacker: lists that were taken apart above each other held their thread until they came to an end.
#[tokio::test]
async fn lists_that_are_taken_apart_can_be_stopped() {
    let deadline = Duration::from_secs(1);
    let city = City::within(Limits { deadline, ..Limits::default() }).await;
    let now = city.now().await;
    let numbers: Vec<String> = (1..=200).map(|number| number.to_string()).collect();
    let each = format!("select unnest(array[{}]) as x from", numbers.join(", "));
    // Some million million rows out of one.
    let rows = (0..6).fold("select id as x from account where id = 1".to_owned(), |rows, _| {
        format!("{each} ({rows}) y where x > 0")
    });
    let sql = format!("select count(*) from ({rows}) z where x > 0");
    let late = now.query(&Person::system(), &sql, &[]).await.unwrap_err();
    assert!(matches!(late, WarehouseError::Deadline(_)), "{late:?}");
    gone(&now).await;
}

#[tokio::test]
async fn dropping_the_rows_stops_the_work() {
    let city = City::new().await;
    let now = city.now().await;
    let sql = "select a.id from charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, \
        charge_line g, charge_line h, charge_line i, charge_line j, charge_line k, charge_line l";
    let mut rows = now.stream(&Person::system(), sql, &[]).await.unwrap();
    assert_eq!(rows.schema().field(0).name(), "id");
    assert!(rows.next().await.unwrap().unwrap().num_rows() > 0);
    drop(rows);
    gone(&now).await;
}

#[tokio::test]
async fn memory_is_bounded() {
    let city = City::within(Limits { memory_bytes: 64 << 10, ..Limits::default() }).await;
    let sql = "select a.id from charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, \
        charge_line g, charge_line h order by a.amount + h.amount, b.id";
    let failed = city.now().await.query(&Person::system(), sql, &[]).await.unwrap_err();
    assert!(matches!(failed, WarehouseError::OutOfMemory), "{failed:?}");
}

async fn gone(now: &crate::Pinned) {
    let started = Instant::now();
    while now.alive() > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "{} tasks left", now.alive());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A text that is put together with itself a few times would fill the machine, whatever the limit of the statement.
#[tokio::test]
async fn a_text_is_not_put_together_without_end() {
    let city = City::new().await;
    let now = city.now().await;
    let times = |count: usize| format!("concat({})", vec!["t"; count].join(", "));
    // Sixty million letters' worth, within the bound.
    let long = format!(
        "with a as (select payer_name as t from account where id = 1), b as (select {0} as t from a), \
         c as (select {0} as t from b), d as (select {0} as t from c), e as (select {1} as t from d)",
        times(100),
        times(10)
    );
    for longer in [
        times(5),
        "concat_ws('-', t, t, t, t, t)".to_owned(),
        "t || t || t || t || t".to_owned(),
        "array_to_string(array[t, t, t, t, t], '')".to_owned(),
        "repeat(t, 5)".to_owned(),
        "rpad(t, 300000000)".to_owned(),
        "replace(t, left(t, 1), repeat('x', 100))".to_owned(),
    ] {
        let sql = format!("{long} select length({longer}) from e");
        let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains("太长"), "{longer}: {refused}");
    }
    for made in ["repeat('x', 2000000000)", "lpad('x', 2000000000, 'y')", "rpad(no, 300000000)"] {
        let sql = format!("select {made} from account");
        let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains("太长"), "{made}: {refused}");
    }
    let new = "x".repeat(1_000);
    let sql = format!(
        "with x as (select string_agg(a.address || b.address || c.address || d.address, '') t from account a, account b, account c, account d) \
         select length(regexp_replace(regexp_replace(t, '[^?]', '{new}', 'g'), '[^?]', '{new}', 'g')) from x"
    );
    let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
    assert!(refused.contains("太长"), "{refused}");
}

/// What one row may have and a million may not: a text or a list of a megabyte.
#[tokio::test]
async fn a_value_of_a_megabyte_stands_beside_no_other_rows() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    // A hundred thousand rows out of four.
    let many = "m as (select a.id from account a, account b, account c, account d, account e, account f, account g, account h)";
    let text = "t as (select repeat('x', 300000) as t from account where id = 1)";
    for (sql, said) in [
        // Out of many rows.
        (
            format!("with {many} select length(string_agg('0123456789abcdef', ',')) from m"),
            "1024 KB",
        ),
        (
            format!(
                "with {many} select length(string_agg(m.id::text || 'abcdefabcdefabcdef', ',' order by m.id)) from m"
            ),
            "内存超过上限",
        ),
        (format!("with {text} select string_agg(t.t || a.id, '') from t, account a"), "32 KB"),
        // Of nothing but what stands between, of empty texts, of each group.
        (format!("with {many} select string_agg('', repeat('x', 100000)) from m"), "1024 KB"),
        (
            format!("with {many} select cardinality(array_agg(left(m.id::text, 1))) from m"),
            "1024 KB",
        ),
        (
            format!(
                "with {many} select max(length(t)) from (select string_agg(repeat('x', 40), ',') as t from m group by id % 2) x"
            ),
            "1024 KB",
        ),
        // Beside many rows.
        (format!("with {many}, {text} select max(upper(t)) from t, m"), "32 KB"),
        (format!("with {many}, {text} select m.id from m join t on t.t > m.id::text"), "32 KB"),
        (format!("with {many}, {text} select id, (select t from t) || 'y' from m"), "32 KB"),
        (
            format!(
                "with {text}, u as (select t from t union all select no from account) select max(t) over () from u"
            ),
            "32 KB",
        ),
        (
            format!(
                "with {text} select max(length(t)) from (select t, unnest(array[1, 2]) as n from t) x where n > 0"
            ),
            "32 KB",
        ),
    ] {
        let refused = now.query(&who, &sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
    for (sql, want) in [
        (format!("with {many} select length(string_agg('0123456789', ',')) from m"), "720895"),
        (format!("with {text} select length(t || t || t) from t"), "900000"),
        (
            format!(
                "with {many} select max(length(t)) from (select string_agg('0123456789', ',') as t from m group by id % 2) x"
            ),
            "360447",
        ),
        (
            "select max(length(array_to_string(l, ','))) from account, (select array_agg(g) as l from generate_series(1, 600) as g) x".to_owned(),
            "2291",
        ),
        // The list itself is not copied where it is taken apart.
        (
            "select count(*), max(n) from (select unnest(l) as n from (select array_agg(g * 10 + v.i) as l from generate_series(1, 2000) as g, (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as v (i)) x) y".to_owned(),
            "20000|20009",
        ),
        ("select string_agg(no, ',') over (order by id) from account order by id desc limit 1".to_owned(), "E1,E2,S3,S4"),
        ("select array_to_string(array_agg(id) over (order by id rows between 1 preceding and current row), ',') from account order by id desc limit 1".to_owned(), "3,4"),
    ] {
        assert_eq!(city.row(&who, &sql).await, want, "{sql}");
    }
}

/// Each call is within its bound, and all of them together are bounded by the memory of the statement.
#[tokio::test]
async fn many_calls_are_bounded_like_one() {
    let city = City::within(Limits { memory_bytes: 64 << 20, ..Limits::default() }).await;
    let now = city.now().await;
    let who = Person::system();
    // Two thousand rows of 10,000 letters: 20 MB a call.
    let rows = "r as (select repeat('x', 10000) || g as t from generate_series(1, 2000) as g)";
    let calls = |one: &str, count: usize| {
        let calls = (0..count).map(|at| one.replace('#', &at.to_string())).collect::<Vec<_>>();
        format!("with {rows} select {} from r", calls.join(", "))
    };
    for one in [
        "t || '#'",
        "concat(t, '#')",
        "replace(t, 'x', '#')",
        "lpad(t, 10000 + #)",
        "upper(t || '#')",
        "translate(t, 'x', '#')",
        "array[t, '#']",
    ] {
        let refused = now.query(&who, &calls(one, 40), &[]).await.unwrap_err();
        assert!(matches!(refused, WarehouseError::OutOfMemory), "{one}: {refused:?}");
        now.query(&who, &calls(one, 1), &[]).await.unwrap();
        gone(&now).await;
    }
}

/// So many of it, one after the other.
fn added(one: &str, sign: &str, count: usize) -> String {
    format!("select {} from payment", vec![one; count].join(sign))
}

/// So many calls within each other; `@` stands for what is within.
fn nest(call: &str, first: &str, count: usize) -> String {
    (0..count).fold(first.to_owned(), |within, _| call.replace('@', &within))
}

/// `c0`, and so many queries more, each of the one before it, which `@` stands for.
fn chain(first: &str, each: &str, count: usize) -> String {
    let more: String = (1..count)
        .map(|at| format!(", c{at} as ({})", each.replace('@', &format!("c{}", at - 1))))
        .collect();
    format!("with c0 as ({first}){more} select count(*) from c{}", count - 1)
}

/// Each of these took the stack of its thread, and with it the process, or memory without end.
#[tokio::test]
async fn what_is_too_large_to_be_planned_is_refused_at_once() {
    let city = City::new().await;
    let now = city.now().await;
    let nets = |by: &str, count: usize| vec!["select net from payment"; count].join(by);
    let first = "select id as x from payment";
    let numbered =
        "select x, row_number() over (order by x) as r from (select x from @) t limit 100";
    let doubled = "select x from @ union all select x from @";
    let listed = "select id as x from payment where id in (select x from @) or net > 5";
    let divided = "select round(x / (select max(x) from @), 2) as x from c0";
    let towns: Vec<_> = (0..300).map(|at| format!("town t{at}")).collect();
    let nested = |call: &str| format!("select max({}) from payment", nest(call, "net", 13));
    let within = "select (x + x + x + x + x + x) % 1000 as x from (@) t where x > 5";
    let filtered = |each: &str| format!("{} where x > 5", chain(first, each, 14));
    for (sql, said) in [
        (added("net", " + ", 110), "算式太复杂"),
        (added("1", " - ", 190), "算式太复杂"),
        (added("method", " || ", 190), "算式太复杂"),
        (nested("coalesce(@, 2)"), "算式太复杂"),
        (nested("greatest(@, 2)"), "算式太复杂"),
        (nested("case when @ between 1 and 5 then 2 else 3 end"), "算式太复杂"),
        (
            nested("case when case when @ > 1 then id < 9 else id > 3 end then 3 else 1 end"),
            "算式太复杂",
        ),
        (format!("select {} from payment", nest("abs(@)", "net", 30)), "函数套得太深"),
        (
            format!("select {} from payment", nest("case when @ > 1 then 2 else 3 end", "net", 30)),
            "算式太复杂",
        ),
        (filtered("select (x + x) % 1000 as x from @"), "算式太复杂"),
        (filtered("select case when x > 3 then 3 else x end as x from @"), "算式太复杂"),
        (nest(within, first, 6), "算式太复杂"),
        (nets(" union ", 250), "层数太多"),
        (nets(" intersect ", 300), "层数太多"),
        (nets(" except ", 300), "层数太多"),
        (chain(first, "select distinct x from @", 300), "层数太多"),
        (chain(first, numbered, 150), "层数太多"),
        (chain(first, doubled, 24), "用到的表太多"),
        (chain(first, doubled, 40), "用到的表太多"),
        (chain(first, listed, 8), "用到的表太多"),
        (chain(first, divided, 24), "用到的表太多"),
        (nets(" union all ", 501), "用到的表太多"),
        (format!("select count(*) from {}", towns.join(", ")), "连在一起的表太多"),
    ] {
        let started = Instant::now();
        let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err();
        assert!(matches!(refused, WarehouseError::Refused(_)), "{sql:.200}: {refused:?}");
        assert!(refused.to_string().starts_with(said), "{sql:.200}: {refused}");
        assert!(started.elapsed() < Duration::from_secs(5), "{sql:.200}");
    }
    gone(&now).await;
}

/// What reports are made of, and chains as long as they may be.
#[tokio::test]
async fn what_is_let_in_is_planned_in_a_blink() {
    let city = City::new().await;
    let now = city.now().await;
    let columns = |of: &dyn Fn(usize) -> String| (0..10).map(of).collect::<Vec<_>>().join(", ");
    let first = columns(&|at| format!("net as c{at}"));
    let each = columns(&|at| match at % 2 {
        0 => format!("c{at} + 1 as c{at}"),
        _ => format!("case when c{at} > 0 then c{at} else 0 end as c{at}"),
    });
    let first = format!("select id as x, {first} from payment");
    let report = chain(&first, &format!("select x, {each} from @"), 20);
    let list = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>().join(", ");
    let branches: String = (0..100).map(|at| format!(" when id = {at} then {at}")).collect();
    for sql in [
        format!("{report} where x > 5 and c0 > 5"),
        chain("select id as x from payment", "select (x + x) % 1000 as x from @", 20),
        format!("select count(*) from payment where {}", ["id = 7"; 200].join(" or ")),
        added("net", " + ", 100),
        format!("select sum({0}), max({0}) from payment", ["net"; 60].join(" + ")),
        format!("select max({}) from payment", nest("coalesce(@, 2)", "net", 4)),
        format!("select count(*) from payment where case{branches} end > 5"),
        format!("select count(*) from payment where id in ({})", list(1_000)),
    ] {
        let started = Instant::now();
        let answer = now.query(&Person::system(), &sql, &[]).await;
        answer.unwrap_or_else(|error| panic!("{sql:.200}: {error} ({error:?})"));
        assert!(started.elapsed() < Duration::from_secs(10), "{sql:.200}");
    }
}

/// As deep and as wide as it may be.
#[tokio::test]
async fn what_is_let_in_has_room_on_the_stack() {
    let city = City::new().await;
    let now = city.now().await;
    let nets = |by: &str, count: usize| vec!["select net from payment"; count].join(by);
    let first = "select id as x, net as v from payment";
    let all = "select distinct x, v from (select x, sum(v) as v, row_number() over (order by x) as r from @ \
        where v > 0 group by x having count(*) > 0) t where r > 0 order by v, x limit 1000";
    for sql in [
        nets(" union ", 60),
        nets(" intersect ", 60),
        nets(" except ", 60),
        nets(" union all ", 300),
        chain(first, "select distinct x, v from @", 59),
        chain(first, all, 29),
        chain(first, "select * from @ union all select * from @", 9),
    ] {
        let answer = now.query(&Person::system(), &sql, &[]).await;
        answer.unwrap_or_else(|error| panic!("{sql:.200}: {error} ({error:?})"));
    }
}

#[tokio::test]
async fn an_answer_is_bounded_in_bytes() {
    let city = City::within(Limits { answer_bytes: 2 << 20, ..Limits::default() }).await;
    let now = city.now().await;
    let who = Person::system();
    let sql = |letters: usize| format!("select repeat('x', {letters}) || id from account");
    let refused = now.query(&who, &sql(1_000_000), &[]).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "结果超过 2 MB，请少选几列、截短长文字 left(…, 100)，或改用导出"
    );
    assert_eq!(now.query(&who, &sql(100_000), &[]).await.unwrap().len(), 4);
    // A file has room for it.
    let rows = now.stream(&who, &sql(1_000_000), &[]).await.unwrap();
    assert!(rows.all(|batch| std::future::ready(batch.is_ok())).await);
}

#[tokio::test]
async fn a_sentence_quotes_no_more_than_a_screen_shows() {
    let city = City::new().await;
    let now = city.now().await;
    let name = "名".repeat(10_000);
    for sql in [
        "select to_char(now(), repeat('YYYY', 1000000))".to_owned(),
        format!("select \"{name}\" from payment"),
    ] {
        let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
        assert!(refused.chars().count() < 600, "{refused}");
    }
}

#[tokio::test]
async fn a_long_batch_keeps_nobody_else_waiting() {
    let city = City::within(Limits { threads: 1, ..Limits::default() }).await;
    let now = city.now().await;
    let who = Person::system();
    let other = Person { login: "zhou.ting".to_owned(), ..Person::system() };
    // One batch, of 20 MB for each call.
    let calls = nest("replace(replace(@, 'x', 'y'), 'y', 'x')", "t", 2);
    let rows = "select repeat('x', 10000) || g as t from generate_series(1, 2000) as g";
    let sql = format!("select max(length({calls})) from ({rows}) r");
    let mine = now.query(&who, &sql, &[]);
    let theirs = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        now.query(&other, "select 1", &[]).await.unwrap().elapsed
    };
    let (mine, theirs) = futures::join!(mine, theirs);
    let mine = mine.unwrap().elapsed;
    assert!(theirs * 3 < mine, "{theirs:?} beside {mine:?}");
}

#[tokio::test]
async fn nobody_keeps_all_others_from_the_desk() {
    let deadline = Duration::from_secs(4);
    let city = City::within(Limits { statements: 2, deadline, ..Limits::default() }).await;
    let now = city.now().await;
    let who = Person::system();
    let other = Person { login: "zhou.ting".to_owned(), ..Person::system() };
    let sql = "select a.id from charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, \
        charge_line g, charge_line h, charge_line i, charge_line j, charge_line k, charge_line l";
    let rows = now.stream(&who, sql, &[]).await.unwrap();
    let mine = now.query(&who, "select 1", &[]);
    let theirs = async {
        let answered = now.query(&other, "select 1", &[]).await.unwrap();
        assert!(answered.elapsed < deadline / 2, "{:?}", answered.elapsed);
    };
    let (mine, ()) = futures::join!(mine, theirs);
    assert!(matches!(mine, Err(WarehouseError::Busy)), "{mine:?}");
    drop(rows);
    now.query(&who, "select 1", &[]).await.unwrap();
}
