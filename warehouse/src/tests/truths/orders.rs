//! The order of rows, and the values that stand beside each other in it.

use crate::Person;
use crate::tests::city::City;

/// Found by a stranger: the order of a subquery was thrown away, and another row was the first.
#[tokio::test]
async fn the_order_of_a_subquery_is_handed_on() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select id from (select id from account order by id desc) x limit 1", "4"),
        ("select id from (select id from account order by id desc) x fetch first 1 row only", "4"),
        ("select id from (select id from account order by id desc) x offset 3", "1"),
        ("with x as (select id from account order by id desc) select id from x limit 1", "4"),
        ("select no from (select no from account order by id desc) x limit 1", "S4"),
        ("select no from (select no from account order by -id) x limit 1", "S4"),
        ("select no from (select no, id from account order by -id % 3, no) x limit 1", "E2"),
        ("select no || '!' from (select * from account order by id desc) x limit 1", "S4!"),
        ("select id from (select id from account order by id desc) x where id < 4 limit 1", "3"),
        (
            "select id from (select id from (select id from account order by id desc) x) y limit 1",
            "4",
        ),
        (
            "select id from (select id from (select id from account order by id desc limit 3) x where id < 4) y limit 1",
            "3",
        ),
        (
            "select id from (select id from (select id from account order by no desc limit 3) x order by id) y limit 1",
            "2",
        ),
        (
            "select k from (select town_id as k, count(*) n from account group by town_id order by k desc) x limit 1",
            "441900004",
        ),
        ("select x.a from (select id, no from account order by 1 desc) x(b, a) limit 1", "S4"),
        (
            "select count(*) from account where id = (select id from (select id from account order by id desc) x limit 1)",
            "1",
        ),
        // No order is needed, or it is stated.
        ("select count(*) from (select id from account order by id desc) x", "4"),
        ("select count(*) from (select id from account order by id desc) x limit 1", "4"),
        ("select id from (select id from account order by id desc) x order by id limit 1", "1"),
        (
            "select string_agg(no, ',' order by id) from (select * from account order by id desc) x",
            "E1,E2,S3,S4",
        ),
        (
            "select max(n) from (select row_number() over (order by id) n from (select id from account order by no) x) y",
            "4",
        ),
        (
            "select max(n) from (select count(*) over () n from (select id from account order by no) x) y",
            "4",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for sql in [
        "select id from (select id from account order by id desc) x",
        "select id from (select id, no from account order by no desc) x where id > 0",
        "with x as (select id from account order by id desc) select y.id from x y",
    ] {
        assert_eq!(city.rows(&who, sql).await, ["4", "3", "2", "1"], "{sql}");
    }
}

/// A column that WHERE pins is one value, and none in the grand total: it stays a key of the order. PostgreSQL 15 drops
/// it there.
#[tokio::test]
async fn a_pinned_column_orders_the_grand_total() {
    let city = City::new().await;
    let who = Person::system();
    let sets =
        "select method, count(*) from payment where method = 'cash' group by rollup (method)";
    for (end, want) in [
        ("order by method nulls first", "|1 cash|1"),
        ("order by method nulls first limit 1", "|1"),
        ("order by method desc nulls last", "cash|1 |1"),
        ("order by 1 nulls last limit 1", "cash|1"),
    ] {
        let sql = format!("{sets} {end}");
        assert_eq!(city.rows(&who, &sql).await.join(" "), want, "{sql}");
    }
}

/// Where the order is luck, or can be written down where it is needed.
#[tokio::test]
async fn an_order_that_cannot_be_handed_on_is_refused() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for (sql, said) in [
        (
            "select string_agg(no, ',') from (select no from account order by id desc) x",
            "请写进括号里：string_agg",
        ),
        (
            "select string_agg(no, ',') from (select no from account order by id desc limit 3) x",
            "请写进括号里：string_agg",
        ),
        (
            "select array_to_string(array_agg(no), ',') from (select no from account order by id) x",
            "请写进括号里：array_agg",
        ),
        (
            "select id, row_number() over () from (select id from account order by id desc) x",
            "请写进 over 里：row_number",
        ),
        (
            "select id, lag(id) over () from (select id from account order by id desc) x",
            "请写进 over 里：lag",
        ),
        (
            "select id, sum(id) over (rows unbounded preceding) from (select id from account order by id) x",
            "请写进 over 里：sum",
        ),
        (
            "select distinct on (town_id) id from (select * from account order by town_id, id desc) x",
            "distinct on 的同一层",
        ),
        (
            "select x.id from (select id from account order by id desc) x join account a on a.id = x.id limit 1",
            "请把 order by 写在外层",
        ),
        (
            "select k from (select town_id k from account order by id desc) x group by k limit 1",
            "请把 order by 写在外层",
        ),
        (
            "select distinct k from (select town_id k from account order by id desc) x limit 1",
            "请把 order by 写在外层",
        ),
        (
            "(select id from account order by id desc) union all (select id from account) limit 1",
            "请把 order by 写在外层",
        ),
    ] {
        let found = now.query(&who, sql, &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains(said), "{sql}: {failed}");
    }
}

/// Found by a stranger: what was rounded to zero from below was no zero in a list.
#[tokio::test]
async fn no_float_is_a_negative_zero() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from (values (-1), (0)) v(x) where ceil(x::float8 / 3) in (0, 7)", "2"),
        (
            "select count(*) from (values (-1), (0)) v(x) where ceil(x::float8 / 3) not in (0, 7)",
            "0",
        ),
        ("select count(distinct round(x::float8 / 3)) from (values (-1), (0)) v(x)", "1"),
        (
            "select count(*) from (select distinct trunc(x::float8 / 3) from (values (-1), (0)) v(x)) y",
            "1",
        ),
        (
            "select count(*) from (select 1 from (values (-1), (0)) v(x) group by x::float8 * 0) y",
            "1",
        ),
        (
            "select max(r) from (select rank() over (order by ceil(x::float8 / 3)) r from (values (-1), (0)) v(x)) y",
            "1",
        ),
        (
            "select max(r) from (select rank() over (order by -(x::float8 * 0)) r from (values (-1), (0)) v(x)) y",
            "1",
        ),
        ("select case ceil(-0.3::float8) when 0 then 'zero' else 'no' end", "zero"),
        ("select nullif(ceil(-0.3::float8), 0) is null", "true"),
        ("select '-0'::float8 = 0, '-0'::float8 < 0, '-0'::float8 in (0, 1)", "true|false|true"),
        ("select greatest('-0'::float8, 0) = 0, -(0::float8) = 0", "true|true"),
        ("select min(x) = max(x) from (values ('-0'::float8), (0::float8)) v(x)", "true"),
        ("select ceil(-0.3::float8)::text", "-0"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Found by a stranger: the second was taken for a name.
#[tokio::test]
async fn two_quoted_texts_are_not_one() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for sql in [
        "select 'a'\n'b'",
        "select 'a' 'b'",
        "select no, 'a' -- c\n  'b' from account",
        "select id from account where no in ('E1' /* x */ 'E2')",
        "select E'a'\n'b'",
    ] {
        let found = now.query(&who, sql, &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains("两段引号里的文字挨在一起"), "{sql}: {failed}");
    }
    assert_eq!(city.row(&who, "select 'a''b', 'c'").await, "a'b|c");
}
