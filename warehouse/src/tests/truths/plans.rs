//! What the planner must not do to a statement: believe that a column is a key, cut rows that a window still needs.

use crate::Person;
use crate::tests::city::City;

/// Account 1 paid twice, in two ways: `k` is a key of `s` and none of `x`.
const TWICE: &str = "with s as (select account_id as k, sum(net) v from payment group by account_id), \
    x as (select s.k, p.method, count(*) n from s join payment p on p.account_id = s.k group by s.k, p.method), \
    u as (select k, unnest(array[1, 2]) i from s) ";

/// Found by a stranger: a key of GROUP BY was carried through a join and through another GROUP BY.
#[tokio::test]
async fn no_column_is_taken_for_a_key() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from account a join x on x.k = a.id", "3"),
        ("select count(*) from account a left join x on x.k = a.id", "5"),
        ("select count(*) from x right join account a on x.k = a.id", "5"),
        (
            "select count(*), sum(c) from (select x.k, count(*) c from x group by x.k, x.method) y",
            "3|3",
        ),
        (
            "select string_agg(k || ':' || t, ' ' order by k, t) from (select k, sum(n) over (order by k) t from x) y",
            "1:2 1:2 2:3",
        ),
        (
            "select string_agg(k || ':' || r, ' ' order by k, r) from (select k, count(*) over (order by k desc) r from x) y",
            "1:3 1:3 2:1",
        ),
        ("select k, method from x order by k, method desc limit 1", "1|wechat"),
        ("select k, method from (select * from x) y order by k, method limit 1", "1|cash"),
        ("select count(*) from (select distinct k from x) y", "2"),
        (
            "select count(*) from (select distinct k from (select distinct k, method from x) y) z",
            "2",
        ),
        ("select count(*) from account a join u on u.k = a.id", "4"),
        ("select count(*) from account a left join u on u.k = a.id", "6"),
        ("select count(*) from (select distinct k from u) y", "2"),
        ("select count(*) from (select k, i from u group by k, i) y", "4"),
    ] {
        assert_eq!(city.row(&who, &format!("{TWICE}{sql}")).await, want, "{sql}");
    }
    // What GROUP BY does not name has no value of its own, though every row of the group had the same.
    for sql in ["select k, method from x group by k", "select k, v from s group by k"] {
        let asked = format!("{TWICE}{sql}");
        let said = city.now().await.query(&who, &asked, &[]).await.unwrap_err().to_string();
        assert!(said.contains("group by"), "{sql}: {said}");
    }
}

/// Found by a stranger: below the top the order was lost that an OFFSET without a LIMIT skips by.
#[tokio::test]
async fn rows_are_skipped_in_their_order() {
    let city = City::new().await;
    let who = Person::system();
    let last = "select max(id) from payment";
    let sums = "select count(*), sum(id), sum(net) from";
    for (skipping, meant) in [
        (
            "(select id, net from payment order by id desc offset 1) x".to_owned(),
            format!("payment where id < ({last})"),
        ),
        (
            "(select id, net from payment order by id desc limit all offset 1) x".to_owned(),
            format!("payment where id < ({last})"),
        ),
        (
            "payment where id in (select id from payment order by account_id desc, id offset 1 + 1)".to_owned(),
            "payment where id not in (select id from payment order by account_id desc, id limit 2)".to_owned(),
        ),
        (
            "((select id, net from payment order by id desc offset 1) union all (select id, net from payment order by id offset 1)) x".to_owned(),
            format!("(select id, net from payment where id < ({last}) union all select id, net from payment where id > (select min(id) from payment)) x"),
        ),
        (
            "(select distinct on (account_id) id, net from payment order by account_id desc, id offset 1) x".to_owned(),
            "payment where id in (select min(id) from payment where account_id < (select max(account_id) from payment) group by account_id)".to_owned(),
        ),
    ] {
        let want = city.row(&who, &format!("{sums} {meant}")).await;
        assert_eq!(city.row(&who, &format!("{sums} {skipping}")).await, want, "{skipping}");
    }
    let sql = "select count(*) from payment where id = (select id from payment order by id desc offset 99)";
    assert_eq!(city.row(&who, sql).await, "0");
}

/// Found by a stranger: a frame over days that reaches by hours reached by none.
#[tokio::test]
async fn a_frame_over_days_reaches_by_whole_days() {
    let city = City::new().await;
    let who = Person::system();
    let asked = |reach: &str| {
        format!(
            "select count(*) over (order by account_date range between interval '{reach}' preceding and current row) \
            from payment order by id limit 1"
        )
    };
    for reach in ["1 day", "24 hours", "1 month"] {
        assert!(city.now().await.query(&who, &asked(reach), &[]).await.is_ok(), "{reach}");
    }
    for reach in ["12 hours", "1 day 12 hours", "36 hours", "1.5 days", "90 minutes"] {
        let said = city.now().await.query(&who, &asked(reach), &[]).await.unwrap_err().to_string();
        assert!(said.contains("要是整天"), "{reach}: {said}");
    }
    // Found by an attacker: PostgreSQL takes none that reaches backwards.
    for reach in ["-1 day", "-1 month", "1 month -30 days"] {
        let said = city.now().await.query(&who, &asked(reach), &[]).await.unwrap_err().to_string();
        assert!(said.contains("不能带负数"), "{reach}: {said}");
    }
}

/// Found by a stranger: the first row was shown as if there were no others.
#[tokio::test]
async fn a_limit_stays_above_the_windows() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select id, sum(t) over (order by id rows between current row and 2 following) s from \
             (select id, sum(amount) over (order by id rows between current row and 2 following) t from charge_line) x \
             order by id limit 1",
            "111|204.00",
        ),
        (
            "select id, sum(t) over (order by id rows between current row and 1 following) s from \
             (select id, lead(amount) over (order by id) t from charge_line) x order by id limit 1",
            "111|60.00",
        ),
        (
            "select id, lag(amount, -1) over (order by id) from charge_line order by id limit 1",
            "111|10.00",
        ),
        (
            "select id, lead(amount, 2) over (order by id) from charge_line order by id limit 1",
            "111|50.00",
        ),
        (
            "select id, last_value(amount) over (order by id rows between current row and 2 following) \
             from charge_line order by id limit 1",
            "111|50.00",
        ),
        (
            "select max(n) from (select id, count(*) over (order by id rows between current row and 3 following) n \
             from charge_line order by id limit 1) x",
            "4",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}
