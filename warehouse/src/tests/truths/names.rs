//! Names of columns: those of PostgreSQL, wherever they are referred to.

use crate::Person;
use crate::tests::city::City;

/// As PostgreSQL's `C.UTF-8`: by pinyin 陈 would come before 王 and 张.
#[tokio::test]
async fn chinese_is_put_in_order_by_code_point() {
    let city = City::new().await;
    let names = "(values ('陈'), ('张'), ('王'), ('啊'), ('a'), ('Z')) v(name)";
    for (sql, want) in [
        (format!("select name from {names} order by name"), "Z a 啊 张 王 陈"),
        (format!("select name from {names} where name > '张' order by name desc"), "陈 王"),
        (format!("select min(name) || max(name) from {names} where name > 'z'"), "啊陈"),
    ] {
        assert_eq!(city.rows(&Person::system(), &sql).await.join(" "), want, "{sql}");
    }
}

/// Found by a sixth look: ORDER BY took the column of the table where PostgreSQL takes the item without an alias.
#[tokio::test]
async fn order_by_takes_the_item_first_also_where_it_has_no_alias() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select id::text from (values (9), (10), (100)) v(id) order by id", "10 100 9"),
        ("select id::text from (values (9), (10), (100)) v(id) order by (id) desc", "9 100 10"),
        ("select CAST(ID as text) from (values (9), (10), (100)) v(id) order by Id", "10 100 9"),
        (
            "select case when n > 5 then 0 else n end from (values (9), (4), (7), (2)) v(n) order by n desc, v.n",
            "4 2 0 0",
        ),
        (
            "select (select short_name from town t where t.id = o.town_id) from organisation o order by short_name desc",
            "南城 东城",
        ),
        ("select (id) from payment order by id desc", "1003 1002 1001"),
        ("select id::text from (values (9), (10), (100)) v(id) order by id + 0", "9 10 100"),
        ("select distinct id::text from (values (9), (10), (9)) v(id) order by id", "10 9"),
        ("select distinct on (id) id::text from (values (9), (10), (9)) v(id) order by id", "10 9"),
        (
            "select distinct on (2) max(net), kind from payment group by kind, id order by kind, 1",
            "5.00|payment",
        ),
        (
            "select id::text from (values (9), (10)) v(id) union all select '5' order by id",
            "10 5 9",
        ),
        ("select sum(net) from payment group by account_id order by sum desc", "35.00 5.00"),
        (
            "select town_id, count(*) from payment group by 1 order by count desc, 1",
            "441900003|2 441900004|1",
        ),
        ("select net as n, id from payment order by (2) desc", "5.00|1003 15.00|1002 20.00|1001"),
        ("select method from payment group by (method) order by (method)", "cash pos wechat"),
        (
            "select sum(net) from (select id::text, net from (values (9, 1), (10, 2)) v(id, net) order by id limit 1) x",
            "2",
        ),
        (
            "with x as (select id::text, net from (values (9, 1), (10, 2)) v(id, net) order by id limit 1) select sum(net) from x",
            "2",
        ),
        ("select (select id::text from (values (9), (10)) v(id) order by id limit 1)", "10"),
        ("(select net from payment limit 2) order by net", "5.00 15.00"),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
    for (sql, said) in [
        ("select id::text, (id + 1)::text as id from payment order by id", "有几列都叫"),
        ("select *, net::int from payment order by net", "有几列都叫"),
        ("(select id from payment order by id) order by id", "只能写一处"),
        ("(select id from payment limit 2) limit 1", "只能写一处"),
    ] {
        assert!(refused(&city, sql).await.contains(said), "{sql}: {}", refused(&city, sql).await);
    }
}

/// An alias of the name of a column stands for the item alone, in whatever capitals.
#[tokio::test]
async fn an_alias_is_not_taken_for_a_column_inside_a_key() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select -net as NET from payment order by net + 0", "-5.00 -15.00 -20.00"),
        ("select -net as net from payment order by NET + 0", "-5.00 -15.00 -20.00"),
        ("select -net as net from payment order by NET", "-20.00 -15.00 -5.00"),
        ("(select -net as net from payment) order by net + 0", "-5.00 -15.00 -20.00"),
        ("select -net as net from payment order by (net)", "-20.00 -15.00 -5.00"),
        ("select (select -net as net from payment order by net + 0 limit 1)", "-5.00"),
        ("select kind, -net as net from payment order by kind, net + 0 limit 1", "payment|-5.00"),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
    let sql = "select p.*, -net as net from (select id, net from payment) p order by net + 0 desc";
    assert_eq!(city.rows(&who, sql).await[0], "1001|20.00|-20.00");
    for (sql, want) in [
        ("select * from (select -net as NET from payment order by net + 0 limit 1) x", "-5.00"),
        (
            "select x.net, id from (select id, -net as net from payment order by (net + 0) limit 1) x",
            "-5.00|1003",
        ),
        (
            "with x as ((select -net as net from payment) order by net + 0 limit 1) select net from x",
            "-5.00",
        ),
        (
            "with x as (select account_id, sum(net) as net from payment group by 1 order by sum(net) desc limit 1) select net from x",
            "35.00",
        ),
        (
            "select x.net from (select id, net::int, 1 + 1 from payment order by net + 1 limit 1) x",
            "5",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql =
        "select * from (select *, -net as n2, 1 as net from payment order by net + 0 limit 1) x";
    assert!(refused(&city, sql).await.contains("别名"), "{sql}");
}

/// A name that a subquery in FROM has is not looked for further out.
#[tokio::test]
async fn unnamed_columns_of_a_subquery_have_names() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "with x as (select account_id::int from payment where net < 10) select count(*) from charge c where exists (select 1 from x where account_id = c.account_id)",
            "0",
        ),
        (
            "with x as (select account_id::int from payment) select count(*) from charge c where not exists (select 1 from x where account_id = c.account_id)",
            "2",
        ),
        (
            "select count(*) from charge c where exists (select 1 from (select (account_id) from payment where net < 10) x where account_id = c.account_id)",
            "0",
        ),
        (
            "select count(*) from charge c where exists (select 1 from (select case when net < 10 then account_id else account_id end from payment union select null) x where account_id = c.account_id)",
            "1",
        ),
        (
            "select count(*) from (select id::int from payment) a natural join (select id::int from payment where net > 10) b",
            "2",
        ),
        ("select max(sum) from (select account_id, sum(net) from payment group by 1) s", "35.00"),
        ("select s.count from (select count(*) from payment) s where count > 1", "3"),
        ("select sum(x) from unnest(array[5, 6]) x", "11"),
        ("select x.unnest from unnest(array[5]) x(unnest)", "5"),
        ("select count(*) from (select max(net), max(id) from payment) x", "1"),
        ("select * from (select max(net), max(id), 1 + 1, 2 + 2 from payment) x", "20.00|1003|2|4"),
        ("select a, b from (select max(net), max(id) from payment) x(a, b)", "20.00|1003"),
        ("select count(*) from (select a.id, b.id from town a, town b) x", "4"),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
    for sql in [
        "select max from (select max(net), max(id) from payment) x",
        "select count(*) from charge c where exists (select 1 from (select account_id::int, account_id::text from payment) x where account_id = c.account_id)",
        "select count(*) from (select id::int, id::text from payment) a natural join (select id from payment) b",
    ] {
        assert!(
            refused(&city, sql).await.contains("不清楚"),
            "{sql}: {}",
            refused(&city, sql).await
        );
    }
    let sql = "select * from (select max(net), max(id), 1 + 1 from payment) x";
    let answer = city.now().await.query(&who, sql, &[]).await.unwrap();
    let titles: Vec<_> = answer.schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(titles, ["max", "max", "1 + 1"]);
}

/// Two tables inside that have the name, or one column made of two by USING: not a column further out.
#[tokio::test]
async fn a_bare_name_in_a_subquery_is_looked_for_there_first() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from charge c where exists (select 1 from payment p join meter m using (account_id) where account_id = c.account_id)",
            "1",
        ),
        (
            "select count(*) from charge c where not exists (select 1 from payment p left join meter m using (account_id) where account_id = c.account_id)",
            "2",
        ),
        (
            "select count(*) from charge c where exists (select 1 from payment p natural join (select account_id from meter) m where account_id = c.account_id)",
            "1",
        ),
        (
            "select account_id, sum(net) from payment join meter using (account_id) where account_id > 0 group by account_id order by account_id + 0",
            "1|35.00",
        ),
        (
            "select sum(net) from payment p join meter m using (account_id) where exists (select 1 from charge c where c.account_id = account_id and c.id = 13)",
            "35.00",
        ),
        ("select upper(kind) from payment join charge using (account_id, kind) group by kind", ""),
        (
            "select count(*) from payment join meter using (account_id) where exists (select 1 from charge c where c.id = 11 and c.account_id = payment.account_id) and account_id + 1 = 2",
            "2",
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
    for sql in [
        "select count(*) from charge c where exists (select 1 from payment p, meter m where account_id = c.account_id)",
        "select count(*) from charge c where c.id in (select m.id from payment p join meter m on true where account_id = 1)",
    ] {
        assert!(refused(&city, sql).await.contains("几张表里都有"), "{sql}");
    }
}

/// Words of other databases, and forms that have no plan, are told by name with the way out.
#[tokio::test]
async fn what_is_written_for_another_database_is_told_by_name() {
    let city = City::new().await;
    for (sql, said) in [
        ("select [id] from payment", "方括号"),
        ("select `id` from payment", "反引号"),
        ("select id from payment limit 10,5", "limit 行数 offset"),
        ("select p.id from payment p, account a where p.account_id = a.id(+)", "left join"),
        ("select id from payment where id in ()", "至少要有一个值"),
        ("select id from payment where method = \"cash\"", "单引号"),
        ("select count(*) from payment group by ()", "请删去"),
        (
            "select string_agg(method, ',' order by id), string_agg(method, ',' order by net) from payment",
            "分到两个子查询",
        ),
        (
            "select id, (select count(*) from payment q where q.id < p.id) from payment p",
            "窗口函数",
        ),
        (
            "select id, (select count(*) from payment q where q.account_id = p.account_id or q.id = p.id) from payment p",
            "窗口函数",
        ),
        (
            "select count(*) from town t where exists (select 1 from account a where a.town_id = t.id and exists (select 1 from payment p where p.account_id = a.id and p.town_id <> t.id))",
            "紧挨着的外面一层",
        ),
    ] {
        let refused = refused(&city, sql).await;
        assert!(refused.contains(said) && !refused.contains('\u{1}'), "{sql}: {refused}");
    }
    for sql in ["\u{feff}select 1", "select\u{a0}1", "select\u{3000}1\u{200b}"] {
        assert_eq!(city.row(&Person::system(), sql).await, "1", "{sql:?}");
    }
    assert_eq!(city.row(&Person::system(), "select '\u{a0}'").await, "\u{a0}");
}

async fn refused(city: &City, sql: &str) -> String {
    match city.now().await.query(&Person::system(), sql, &[]).await {
        Ok(_) => panic!("{sql}: answered"),
        Err(error) => error.to_string(),
    }
}
