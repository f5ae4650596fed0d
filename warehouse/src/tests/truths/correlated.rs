//! Subqueries that name outer columns are made joins; what a join would answer otherwise is refused.

use crate::tests::city::City;
use crate::{Param, Person};

/// Two tables inside that are tied to the outer row by columns of one name.
#[tokio::test]
async fn both_ties_to_the_outer_row_hold() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from account a where exists (select 1 from payment p, charge c where p.account_id = a.id and c.account_id = a.id and c.total > p.net)",
            "1",
        ),
        (
            "select count(*) from account a where exists (select 1 from payment p, charge c where p.account_id = a.id and a.id = c.account_id and c.total < p.net)",
            "0",
        ),
        (
            "select string_agg(id || ':' || n, ' ' order by id) from (select a.id, (select count(*) from payment p join charge c on c.kind = 'bill' where p.account_id = a.id and c.account_id = a.id) n from account a) x",
            "1:2 2:0 3:0 4:0",
        ),
        (
            "with x as (select account_id, sum(net) s from payment group by 1), y as (select account_id, sum(total) s from charge group by 1)
             select count(*) from account a where exists (select 1 from x, y where x.account_id = a.id and y.account_id = a.id and x.s < y.s)",
            "0",
        ),
        (
            "select string_agg(a.id || ':' || x.n, ' ' order by a.id) from account a, lateral (select count(*) n from payment p, charge c where p.account_id = a.id and c.account_id = a.id) x",
            "1:2 2:0 3:0 4:0",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for sql in [
        "select count(*) from account a where exists (select 1 from payment p join charge c on c.account_id = a.id where p.account_id = a.id)",
        "select count(*) from account a where exists (select 1 from town t, organisation o where t.id = a.town_id and o.id = a.outlet_id)",
        "select count(*) from account a where exists (select 1 from payment p, charge c where p.account_id > a.id and c.account_id < a.id)",
        "select count(*) from account a where a.id in (select p.account_id from payment p, charge c where c.account_id = a.id)",
        "select a.id, (select max(account_id) account_id from payment p where p.account_id = a.id) from account a",
        "select a.id, x.account_id from account a, lateral (select p.account_id from payment p, charge c where c.account_id = a.id) x",
    ] {
        let said = refused(&city, sql).await;
        assert!(said.contains("两个同名的列"), "{sql}: {said}");
    }
    let united = "select count(*) from account a where exists (select 1 from payment p where p.account_id = a.id \
         union all select 1 from charge c where c.account_id = a.id)";
    let said = refused(&city, united).await;
    assert!(said.contains("两个同名的列") && said.contains("exists (…) or exists (…)"), "{said}");
}

/// What EXISTS selects is not looked at: neither for a column of the name of one that is compared with the outer row.
#[tokio::test]
async fn what_exists_selects_is_not_compared() {
    let city = City::new().await;
    let who = Person::system();
    let from = "from payment p join charge c on c.total = 7";
    for inside in [
        format!("select * {from} where p.account_id = a.id"),
        format!("select c.* {from} where p.account_id = a.id"),
        format!("select c.account_id, p.net / 0 {from} where p.account_id = a.id"),
        format!("select distinct c.account_id {from} where p.account_id = a.id"),
        format!("select distinct on (c.id) c.account_id {from} where p.account_id = a.id"),
        format!("select c.account_id {from} where p.account_id = a.id group by c.account_id"),
        format!(
            "select c.account_id {from} where p.account_id = a.id group by c.account_id having sum(p.net) > 1"
        ),
        format!("select c.account_id {from} where p.account_id = a.id order by c.id limit 1"),
        format!("select c.account_id - a.id as account_id {from} where p.account_id = a.id"),
    ] {
        for (how, want) in [("", "1 2"), ("not ", "3 4"), ("1 = 0 or ", "1 2")] {
            let sql = format!(
                "select string_agg(a.id::text, ' ' order by a.id) from account a where {how}exists ({inside})"
            );
            assert_eq!(city.row(&who, &sql).await, want, "{sql}");
        }
    }
    for (sql, want) in
        [("select count(*) from account a where exists (select a.id from payment)", "4")]
    {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql = format!(
        "select count(*) from account a where exists (select 1 from (select c.* {from} where p.account_id = a.id) x)"
    );
    let said = refused(&city, &sql).await;
    assert!(said.contains("两个同名的列"), "{said}");
}

/// Over no groups there is always one row, of which HAVING or a condition may leave nothing.
#[tokio::test]
async fn one_row_for_no_rows_is_not_lost() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select string_agg(id || ':' || n, ' ' order by id) from (select a.id, (select count(*) from payment p where p.account_id = a.id and p.method = 'pos') n from account a) x",
            "1:0 2:1 3:0 4:0",
        ),
        (
            "select string_agg(a.id || ':' || x.n, ' ' order by a.id) from account a, lateral (select count(*) n from payment p where p.account_id = a.id and p.method = 'pos') x where x.n = 0",
            "1:0 3:0 4:0",
        ),
        (
            "select count(*) from account a where exists (select count(*) from payment p where p.account_id = a.id)",
            "4",
        ),
        (
            "select count(*) from account a where exists (select 1 from payment p where p.account_id = a.id limit 1)",
            "2",
        ),
        (
            "select count(*) from account a where exists (select 1 from payment p where p.account_id = a.id group by p.method having count(*) > 0)",
            "2",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for sql in [
        "select count(*) from town t, lateral (select sum(net) s from payment p where p.town_id = t.id having count(*) > 80) x",
        "select count(*) from town t left join lateral (select sum(net) s from payment p where p.town_id = t.id having count(*) > 80) x on true",
        "select count(*) from town t where exists (select 1 from payment p where p.town_id = t.id having count(*) = 0)",
        "select count(*) from town t where not exists (select sum(net) from payment p where p.town_id = t.id having count(*) = 0)",
        "select t.id from town t where 0 in (select count(*) from payment p where p.town_id = t.id)",
        "select t.id from town t where -1 in (select coalesce(max(p.id), -1) from payment p where p.town_id = t.id)",
        "select t.id, (select sum(net) from payment p where p.town_id = t.id having count(*) = 0) from town t",
        "select t.id, coalesce((select count(*) from payment p where p.town_id = t.id having count(*) < 3), -1) from town t",
        "select count(*) from town t where (select count(*) from payment p where p.town_id = t.id having count(*) < 3) is null",
        "select count(*) from town t where exists (select 1 from (select count(*) n from payment p where p.town_id = t.id) q where q.n = 0)",
    ] {
        let said = refused(&city, sql).await;
        assert!(said.contains("没有 group by 的汇总"), "{sql}: {said}");
    }
}

/// Among the sets of ROLLUP and CUBE is the set of none: an outer row without rows has a grand total all the same.
#[tokio::test]
async fn a_grand_total_of_no_rows_is_not_lost() {
    let city = City::new().await;
    let who = Person::system();
    let of_account = "from payment p where p.account_id = a.id";
    for (sql, want) in [
        (format!("select count(*) from account a where exists (select 1 {of_account} group by rollup (p.method))"), "4"),
        (format!("select count(*) from account a where not exists (select 1 {of_account} and p.net > 1000 group by cube (p.method))"), "0"),
        (format!("select count(*) from account a where exists (select 1 {of_account} group by grouping sets ((p.method), ()))"), "4"),
        (format!("select count(*) from account a where exists (select distinct p.method {of_account} group by rollup (p.method) order by 1 limit 1)"), "4"),
        (format!("select count(*) filter (where exists (select 1 {of_account} group by rollup (p.method))) from account a"), "4"),
        ("select count(*) from account where exists (select 1 from payment where id < 0 group by rollup (method))".to_owned(), "4"),
        ("select count(*) from account where exists (select 1 from payment where id < 0 group by grouping sets ((method), (town_id)))".to_owned(), "0"),
        ("select count(*) from account a where 0 in (select count(*) from payment where id < 0 group by rollup (method))".to_owned(), "4"),
        ("select count(*) from account a where exists (select 1 from (select account_id as k, count(*) n from payment group by rollup (account_id)) x where x.k = a.id)".to_owned(), "2"),
    ] {
        assert_eq!(city.row(&who, &sql).await, want, "{sql}");
    }
    for sql in [
        format!(
            "select a.id, (select count(*) {of_account} group by grouping sets (())) from account a"
        ),
        format!(
            "select a.id, coalesce((select count(*) {of_account} group by grouping sets (())), -1) from account a"
        ),
        format!(
            "select count(*) from account a where 0 in (select count(*) {of_account} group by rollup (p.method))"
        ),
        format!(
            "select count(*) from account a where 0 = any (select count(*) {of_account} group by cube (p.method))"
        ),
        format!(
            "select count(*) from account a where 0 not in (select count(*) {of_account} group by rollup (p.method))"
        ),
        format!(
            "select count(*) from account a where 5 > all (select count(*) {of_account} group by rollup (p.method))"
        ),
        format!(
            "select a.id, l.n from account a left join lateral (select count(*) n {of_account} group by rollup (p.method)) l on true"
        ),
        format!(
            "select a.id, l.n from account a cross join lateral (select p.method, count(*) n {of_account} group by rollup (p.method)) l where l.method is null"
        ),
        format!(
            "select count(*) from account a where exists (select 1 {of_account} group by rollup (p.method) having count(*) = 0)"
        ),
        format!(
            "select count(*) from account a where exists (select 1 from (select count(*) n {of_account} group by rollup (p.method)) x where x.n = 0)"
        ),
        // Sets without the column would show it, and `grouping` would count it.
        format!(
            "select a.id, l.* from account a, lateral (select p.account_id, p.method, count(*) n {of_account} group by grouping sets ((p.account_id), (p.method))) l"
        ),
        format!(
            "select a.id, l.* from account a, lateral (select p.method, grouping(p.method) g {of_account} group by p.town_id, rollup (p.method)) l"
        ),
    ] {
        let said = refused(&city, &sql).await;
        assert!(said.contains("不能用 rollup、cube、grouping sets"), "{sql}: {said}");
    }
}

/// Found by a reader: DISTINCT and GROUP BY within LATERAL also went by the column that was tied to the outer row, and a
/// method came once for each account with a smaller number.
#[tokio::test]
async fn groups_within_lateral_are_those_of_the_outer_row() {
    let city = City::new().await;
    let who = Person::system();
    for (inside, want) in [
        (
            "select distinct p.method m from payment p where p.account_id = a.id",
            "1:cash 1:wechat 2:pos",
        ),
        (
            "select p.method m from payment p where p.account_id = a.id - 1 group by p.method",
            "2:cash 2:wechat 3:pos",
        ),
        (
            "select distinct p.method m from payment p where a.id = p.account_id and a.id > 1",
            "2:pos",
        ),
        (
            "select distinct p.method m from payment p where p.account_id is not distinct from a.id",
            "1:cash 1:wechat 2:pos",
        ),
    ] {
        let sql = format!(
            "select string_agg(a.id || ':' || l.m, ' ' order by a.id, l.m) from account a, lateral ({inside}) l"
        );
        assert_eq!(city.row(&who, &sql).await, want, "{sql}");
    }
    let of_payment = "from payment p where";
    for inside in [
        format!("select distinct p.method m {of_payment} p.account_id < a.id"),
        format!("select distinct p.method m {of_payment} p.account_id = a.id and p.net > a.id"),
        format!("select distinct p.method m {of_payment} p.account_id % 2 = a.id % 2"),
        format!("select distinct p.method m {of_payment} p.account_id = a.id + p.id - p.id"),
        format!("select distinct p.method m {of_payment} p.account_id in (a.id, a.id + 1)"),
        format!("select distinct p.method m {of_payment} p.account_id between a.id and a.id + 1"),
        format!("select p.method m {of_payment} p.account_id < a.id group by p.method"),
        format!("select p.method m, count(*) {of_payment} p.account_id < a.id group by p.method"),
        format!(
            "select distinct on (p.method) p.method m {of_payment} p.account_id < a.id order by p.method"
        ),
        format!("select p.method m {of_payment} p.account_id < a.id union select 'pos'"),
    ] {
        for sql in [
            format!("select a.id, l.m from account a cross join lateral ({inside}) l"),
            format!("select a.id, l.m from account a left join lateral ({inside}) l on true"),
        ] {
            let said = refused(&city, &sql).await;
            assert!(said.contains("列 = 外层列"), "{sql}: {said}");
        }
    }
}

/// What is computed of a row that is always there may fail in PostgreSQL, however the row is cut; and of how many rows
/// EXISTS asks is not known before its parameters are.
#[tokio::test]
async fn a_row_that_is_always_there_is_computed() {
    let city = City::new().await;
    let fails = "from payment p where p.account_id = a.id and 1 / (p.net - p.net) > 0";
    for inside in [
        format!("select count(*) {fails}"),
        format!("select distinct count(*) {fails}"),
        format!("select count(*) {fails} limit 1"),
        format!("select count(*) {fails} group by rollup (p.method)"),
    ] {
        let sql = format!("select count(*) from account a where exists ({inside})");
        let said = refused(&city, &sql).await;
        assert!(said.contains("而 PostgreSQL 会计算并可能报错"), "{sql}: {said}");
    }
    let sql = "select count(*) from account a where exists (select 1 from payment p where p.account_id = a.id limit $most)";
    let params = [("most", Param::Int(0))];
    let said = city.now().await.query(&Person::system(), sql, &params).await.map(|_| ());
    assert!(said.unwrap_err().to_string().contains("limit"), "{sql}");
}

/// Whether there are rows is asked inside sums, by groups, in windows and in sorts.
#[tokio::test]
async fn what_outer_rows_have_is_counted_grouped_and_sorted_by() {
    let city = City::new().await;
    let who = Person::system();
    let paid = "exists (select 1 from payment p where p.account_id = a.id)";
    let by_phone =
        "exists (select 1 from payment p where p.account_id = a.id and p.method = 'wechat')";
    let most = "(select max(p.net) from payment p where p.account_id = a.id)";
    let first = "(select min(p.net) from payment p where p.account_id = a.id)";
    for (sql, want) in [
        (format!("select count(*) filter (where {paid}), count(*) filter (where not {paid}), count(*) from account a"), "2|2|4"),
        (format!("select count(*) filter (where {paid}), count(*) filter (where {by_phone}) from account a"), "2|1"),
        (format!("select sum(case when {paid} then 1 else 0 end), sum(case when {by_phone} then 1 else 0 end) from account a"), "2|1"),
        (format!("select bool_or({by_phone}), bool_and({paid}) from account a where a.id < 3"), "true|true"),
        (format!("select max(a.id) filter (where {paid} and a.no like 'E%') from account a"), "2"),
        (format!("select sum({most}), sum({first}), max({most} - {first}) from account a"), "25.00|20.00|5.00"),
        (format!("select string_agg(k || ':' || n, ' ' order by k) from (select {paid} as k, count(*) n from account a group by 1) x"), "false:2 true:2"),
        (format!("select string_agg(k || ':' || n, ' ' order by k) from (select {paid} as k, count(*) n from account a group by {paid}) x"), "false:2 true:2"),
        (format!("select string_agg(n || '', ' ' order by n) from (select count(*) n from account a group by {most}) x"), "1 1 2"),
        (format!("select count(*), sum(n) from (select count(*) n from account a group by rollup ({paid})) x"), "3|8"),
        (format!("select a.id from account a order by {paid} desc, a.id desc limit 1 offset 2"), "4"),
        (format!("select id from account a order by {paid}, a.id limit 1"), "3"),
        (format!("select a.id + 1 as id from account a order by {most} nulls last, a.id limit 1"), "3"),
        (format!("select no from account a order by {most} desc nulls last limit 1"), "E1"),
        ("select a.id from account a order by a.id not in (select account_id from payment), a.id desc limit 1".to_owned(), "2"),
        (format!("select string_agg(n || '', ' ' order by id) from (select a.id, row_number() over (partition by {paid} order by a.id) n from account a) x"), "1 2 1 2"),
        (format!("select string_agg(n || '', ' ' order by id) from (select a.id, row_number() over (order by {paid}, a.id) n from account a) x"), "3 4 1 2"),
        (format!("select string_agg(n || '', ' ' order by id) from (select a.id, sum(case when {paid} then 1 else 0 end) over (order by a.id) n from account a) x"), "1 2 2 2"),
        ("select string_agg(n || '', ' ' order by id) from (select a.id, count(*) over (partition by a.id in (select account_id from payment where id < 1003)) n from account a) x".to_owned(), "1 3 3 3"),
        (format!("select string_agg(town_id || '', ' ' order by town_id) from (select a.town_id from account a group by a.town_id having bool_or({paid})) x"), "441900003"),
        (format!("select array_to_string(array_agg(a.id order by {paid}, a.id), ' ') from account a"), "3 4 1 2"),
    ] {
        assert_eq!(city.row(&who, &sql).await, want, "{sql}");
    }
    for sql in [
        "select count(*) filter (where exists (select 1 from payment p where p.account_id = a.id group by p.method having count(*) > 1)) from account a",
        "select a.id, exists (select 1 from payment p where p.account_id = a.id limit 1) from account a",
        "select a.id from account a order by exists (select 1 from payment p where p.account_id = a.id group by p.method)",
    ] {
        let said = refused(&city, sql).await;
        assert!(said.contains("请先用 with 按该列算好"), "{sql}: {said}");
    }
}

async fn refused(city: &City, sql: &str) -> String {
    match city.now().await.query(&Person::system(), sql, &[]).await {
        Ok(_) => panic!("{sql}: answered"),
        Err(error) => error.to_string(),
    }
}
