//! Which column a name is, by PostgreSQL's rules. Found by a stranger's reading: DataFusion also takes the items of a
//! SELECT for columns, columns further out for those at hand, and the first of two of one name.

use crate::Person;
use crate::tests::city::City;

/// HAVING never sees an item by its alias; GROUP BY does where no column has the name, and only by itself.
#[tokio::test]
async fn an_alias_is_seen_where_postgresql_sees_it() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select c.id from charge c where exists (select sum(p.net) as total from payment p group by p.account_id having total > 40) order by 1",
            "13",
        ),
        (
            "select account_id % 2 as kind, count(*) from payment group by kind, account_id order by 2, 1",
            "0|1 1|2",
        ),
        (
            "select net * 2 as n, count(*) from payment group by n order by n",
            "10.00|1 30.00|1 40.00|1",
        ),
        (
            "select extract(year from account_date), count(*) from payment group by extract",
            "2026|3",
        ),
        ("select id::text from payment group by id order by id desc", "1003 1002 1001"),
        (
            "select town_id as t, method as m, sum(net) from payment group by grouping sets ((t), (m)) order by 3, 1, 2",
            "|pos|5.00 441900004||15.00 |wechat|15.00 |cash|20.00 441900003||25.00",
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
    for (sql, said) in [
        (
            "select account_id, sum(net) as s from payment group by account_id having s > 10",
            "having 里不能用",
        ),
        ("select kind as k from payment group by k having k = 'payment'", "having 里不能用"),
        ("select net as n from payment order by n + 0", "order by 的算式里不能用"),
        ("select account_id as a from payment group by a + 1", "group by 的算式里不能用"),
        ("select id from payment where n = 1", "没有名为“n”的列"),
        ("select id as a, net as a from payment group by a", "不清楚"),
        (
            "select account_id as t, count(*) from payment group by 1 having exists (select 1 from town where id = t)",
            "没有名为“t”的列",
        ),
    ] {
        let refused = refused(&city, sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// A WITH sees those before it, and else the table of the name.
#[tokio::test]
async fn a_with_does_not_see_itself_nor_those_behind_it() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "with payment as (select id, net * 2 as double from payment where net > 10) select sum(double) from payment",
            "70.00",
        ),
        (
            "with charge as (select account_id from payment where net < 10), payment as (select 1 as one) select count(*) from charge c where exists (select 1 from payment where one = c.account_id - 1)",
            "1",
        ),
        (
            "with town as (select id, 'T' as short_name from town), x as (select min(short_name) s from town) select s from x",
            "T",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql = "with a as (select x from b), b as (select 1 as x) select * from a";
    assert!(refused(&city, sql).await.contains("没有名为“b”的表"));
}

/// `m.*` has also the column that USING has made one of two, and what stands inside has it too.
#[tokio::test]
async fn a_star_of_one_table_has_all_its_columns() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from charge c where exists (select 1 from (select m.* from payment p left join meter m using (account_id) where p.net < 10) x where account_id = c.account_id)",
            "0",
        ),
        (
            "select count(*) from charge c where exists (select 1 from (select m.* from payment p join meter m using (account_id)) x where account_id = c.account_id)",
            "1",
        ),
        (
            "select x.account_id from (select m.* from payment p join meter m using (account_id) where p.id = 1001) x",
            "1",
        ),
        (
            "select m.account_id, account_id from payment p left join meter m using (account_id) where p.id = 1003",
            "|2",
        ),
        ("select t.x, short_name from town t(x) where x = 441900003", "441900003|东城"),
        ("select v.a, column2 from (values (1, 2)) v(a)", "1|2"),
        ("with x(a) as (select 1, 2 as b) select a, b from x", "1|2"),
        ("select count(*) from (select * from (select a.id, b.id from town a, town b) x) y", "4"),
        (
            "select count(*) from charge c where exists (select 1 from (values (1), (4)) v(account_id), payment p where v.account_id = c.account_id and p.account_id = c.account_id)",
            "1",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Of two columns of one name a reference means neither; a star takes both.
#[tokio::test]
async fn two_columns_of_one_name_are_not_clear() {
    let city = City::new().await;
    let who = Person::system();
    for sql in [
        "select sum(net) from (select *, net * 2 as net from payment) x",
        "select x.net from (select id, net, net * 2 as net from payment) x",
        "with x as (select id, net, id as net from payment) select net from x",
        "select id from (select a.id, b.id from town a, town b) x",
        "select *, net * 2 as net from payment order by net",
        "select count(*) from (select 1 as k, 2 as k) a join (select 1 as k) b using (k)",
    ] {
        let refused = refused(&city, sql).await;
        assert!(refused.contains("不清楚"), "{sql}: {refused}");
    }
    for (sql, want) in [
        (
            "select * from (select id, net, net * 2 as net from payment where id = 1001) x",
            "1001|20.00|40.00",
        ),
        ("select count(*) from (select *, net * 2 as net from payment) x", "3"),
        ("select id, net * 2 as net from payment where id = 1001 order by net", "1001|40.00"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql = "select * from (select a.id, b.id from town a, town b) x";
    let answer = city.now().await.query(&who, sql, &[]).await.unwrap();
    let titles: Vec<_> = answer.schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(titles, ["id", "id"]);
}

/// ORDER BY and DISTINCT ON take the item by its alias first, also where USING has made one column of the name.
#[tokio::test]
async fn a_key_of_its_own_is_the_item_first() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select distinct on (account_id) p.account_id % 2 as account_id, p.id from payment p order by account_id, p.id",
            "0|1003 1|1001",
        ),
        (
            "select distinct on (account_id) p.account_id % 2 as account_id, p.id from payment p join meter m using (account_id) order by account_id, p.id desc",
            "1|1002",
        ),
        (
            "select -account_id as account_id, p.id from payment p left join meter m using (account_id) order by account_id, p.id",
            "-2|1003 -1|1001 -1|1002",
        ),
        (
            "select *, -id as minus from town order by minus",
            "441900004|南城街道|南城|-441900004 441900003|东城街道|东城|-441900003",
        ),
    ] {
        let rows = city.rows(&who, sql).await;
        let rows: Vec<_> = rows.iter().map(|row| row.replace("||", "|")).collect();
        assert_eq!(rows.join(" "), want, "{sql}");
    }
}

/// Rows of values in a subquery.
#[tokio::test]
async fn rows_are_looked_for_in_a_subquery() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from payment where (account_id, town_id) in (select account_id, town_id from charge)",
            "1",
        ),
        (
            "select count(*) from payment where net > 1 and (account_id, cashier_id) in (select account_id, cashier_id from receipt)",
            "1",
        ),
        (
            "select count(*) from payment p where (p.account_id, p.net + 10) in (select c.account_id, c.total from charge c)",
            "1",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql = "select count(*) from payment where (account_id, town_id) not in (select account_id, town_id from charge)";
    assert!(refused(&city, sql).await.contains("not exists"));
}

/// A column beside a star has its name outside; of two of one name neither can be named there.
#[tokio::test]
async fn a_column_beside_a_star_is_seen_outside() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select rn from (select *, id + 1 as rn from town) x order by 1 limit 1", "441900004"),
        ("with x as (select *, id + 1 as rn from town) select max(rn) from x", "441900005"),
        ("select max(rn) from ((select t.*, t.id + 1 as rn from town t)) x", "441900005"),
        (
            "select p.id, x.twice from payment p join (select *, net * 2 as twice from payment) x on x.id = p.id order by 1 limit 1",
            "1001|40.00",
        ),
        (
            "select max(rn) from (select *, id + 1 as rn from town union all (select *, id + 2 from town)) x",
            "441900006",
        ),
        (
            "select max(rn) from ((select *, id + 1 as rn from town) union all select *, id + 2 as id from town) x",
            "441900006",
        ),
        (
            "select count(*) from town where id in (select rn - 1 from (select *, id + 1 as rn from town) x)",
            "2",
        ),
        (
            "select count(*) from town t where exists (select 1 from (select *, id + 1 as rn from town) x where x.rn = t.id)",
            "1",
        ),
        ("select max(max) from (select *, max(net) over () from payment) x", "20.00"),
        ("select count(*) from (select *, net * 2 as net from payment) x where id > 1001", "2"),
        ("select count(*), max(name) from (select *, id from town) x", "2|南城街道"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql = "select net from (select *, net * 2 as net from payment) x";
    assert!(refused(&city, sql).await.contains("不清楚"));
}

/// A NATURAL LEFT JOIN by no column would keep no row where the other side has none.
#[tokio::test]
async fn a_natural_left_join_by_no_column_is_refused() {
    let city = City::new().await;
    let sql = "select count(*) from receipt r natural left join (select id as other from remittance where false) d";
    assert!(refused(&city, sql).await.contains("on true"));
    for (sql, want) in [
        (
            "select count(*) from receipt r left join (select id as other from remittance where false) d on true",
            "2",
        ),
        ("select count(*) from town natural join (select id as other from payment) d", "6"),
    ] {
        assert_eq!(city.row(&Person::system(), sql).await, want, "{sql}");
    }
}

async fn refused(city: &City, sql: &str) -> String {
    match city.now().await.query(&Person::system(), sql, &[]).await {
        Ok(_) => panic!("{sql}: answered"),
        Err(error) => error.to_string(),
    }
}
