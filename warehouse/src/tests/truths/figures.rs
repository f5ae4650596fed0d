//! Sums, rows and their order: what is exact for a table is not for what is made of it.

use crate::tests::city::{City, rows};
use crate::{Limits, Person, WarehouseError};

/// Sums that DataFusion took for a literal, known before the join and the filter were looked at.
#[tokio::test]
async fn exact_figures_answer_only_what_they_are_exact_for() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select sum(p.net) from payment p join town t on t.id = p.town_id where t.short_name = '东城'",
            "25.00",
        ),
        (
            "select sum(p.net) from payment p left join town t on t.id = p.town_id and t.short_name = '东城'",
            "40.00",
        ),
        (
            "select sum(p.net) from town t right join payment p on t.id = p.town_id where t.short_name = '南城'",
            "15.00",
        ),
        (
            "select sum(p.net) from payment p full join town t on t.id = p.town_id where t.short_name = '南城'",
            "15.00",
        ),
        ("select sum(a.net) from payment a join payment b on a.account_id = b.account_id", "75.00"),
        ("select sum(p.net) from payment p, town t", "80.00"),
        ("select sum(amount) from receivable where kind = 'nosuch'", ""),
        ("select sum(amount) from receivable where bill_period <= 202610", "80.00"),
        (
            "with j as (select p.net from payment p join account a on a.id = p.account_id where a.no = 'E2') select sum(net) from j",
            "5.00",
        ),
        (
            "select (select sum(p.net) from payment p join account a on a.id = p.account_id where a.no = 'E2') as s",
            "5.00",
        ),
        (
            "select sum(net) * 1, round(sum(net) / 10000, 2) from payment p join account a on a.id = p.account_id where a.no = 'E2'",
            "5.00|0.00",
        ),
        (
            "select sum(m.id) from meter m join account a on a.id = m.account_id where a.no = 'E1'",
            "101",
        ),
        (
            "select sum(r.amount) from remitted r join town t on t.id = r.town_id where t.short_name = '南城'",
            "",
        ),
        ("select sum(net) from (select net from payment order by id limit 1) x", "20.00"),
        (
            "select sum(net) from (select net from payment union all select net from payment) x",
            "80.00",
        ),
        (
            "select count(*), min(net), max(net) from payment p join town t on t.id = p.town_id where t.short_name = '南城'",
            "1|15.00|15.00",
        ),
        ("select sum(net), count(*), min(net) from payment where false", "|0|"),
        ("select sum(delta) from prepaid_entry where id < 0", ""),
        ("select sum(net) filter (where method = 'pos') from payment", "5.00"),
        ("select sum(distinct tier) from charge_line", "1"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// The answers of three-valued logic where a list may hold NULL.
#[tokio::test]
async fn lists_with_nothing_in_them_are_answered_as_postgresql_does_or_refused() {
    let city = City::new().await;
    let who = Person::system();
    let correlated = "select count(*) from app_user u where u.id not in (select p.cashier_id from payment p where p.cashier_id = u.id)";
    let refused = city.now().await.query(&who, correlated, &[]).await.unwrap_err();
    assert!(matches!(refused, WarehouseError::Refused(_)), "{refused:?}");
    assert!(refused.to_string().contains("not exists"), "{refused}");
    for (sql, want) in [
        (
            "select count(*) from app_user u where not exists (select 1 from payment p where p.cashier_id = u.id)",
            "3",
        ),
        (
            "select p.id, (select payer_name from account a where a.id = p.account_id) as who from payment p order by 1 limit 1",
            "1001|张三",
        ),
        // Payment 1002 has no cashier: nothing is surely not in the list.
        ("select count(*) from app_user where id not in (select cashier_id from payment)", "0"),
        ("select count(*) from app_user where id in (select cashier_id from payment)", "1"),
        (
            "select count(*) from app_user where id not in (select cashier_id from payment where cashier_id is not null)",
            "3",
        ),
        ("select count(*) from town where 99 not in (select cashier_id from payment)", "0"),
        ("select count(*) from town where 90 + 9 not in (select cashier_id from payment)", "0"),
        (
            "select count(*) from town where coalesce(99, id) not in (select cashier_id from payment)",
            "0",
        ),
        (
            "select count(*) from (select 99 as k from town) x where k not in (select cashier_id from payment)",
            "0",
        ),
        (
            "select count(*) from app_user where id = 2 and id not in (select cashier_id from payment)",
            "0",
        ),
        (
            "select count(*) from town where 99 not in (select cashier_id from payment where cashier_id > 0)",
            "2",
        ),
        ("select count(*) from town where 1 not in (select cashier_id from payment)", "0"),
        ("select count(*) from town where null not in (select id from payment)", "0"),
        ("select count(*) from town where null not in (select id from payment where net < 0)", "2"),
        ("select count(*) from town where current_date not in (select null::date)", "0"),
        (
            "select count(*) from (select count(*) from payment having 1 not in (select null::int)) x",
            "0",
        ),
        ("select count(*) from payment having 1 not in (select 2)", "3"),
        ("select count(*) from town where 'x' in (select null union select 'x')", "2"),
        ("select (select 1 where 1 = 2)", ""),
        ("select (select id from town where id = -1)", ""),
        ("select coalesce((select count(*) from payment having count(*) > 9), 0)", "0"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// A list that holds a NULL never says that a value is not in it.
#[tokio::test]
async fn a_null_in_a_list_hides_what_is_not_in_it() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from payment where method not in ('pos', null)", "0"),
        ("select count(*) from payment where method not in ('x', 'y', 'z', 'x', null)", "0"),
        ("select count(*) from payment where method not in ('x', 'y', 'x', 'y', null)", "0"),
        ("select count(*) from payment where id not in (7, 8, 7, 8, null)", "0"),
        ("select count(*) from payment where method not in ('a','b','c','d','e','f', null)", "0"),
        (
            "select count(*) from receipt_usage where movement not in ('reddened', 'used', 'reddened', 'used', null)",
            "0",
        ),
        (
            "select count(*) from town t right join receipt_usage p on t.id = p.town_id where p.movement not in ('x', 'y', 'x', 'y', null)",
            "0",
        ),
        (
            "select count(*) from town t right join receipt_usage p on t.id = p.town_id and now() > timestamptz '2026-01-01 00:00:00+08' where p.movement not in ('x', 'y', 'x', 'y', null)",
            "0",
        ),
        (
            "select count(*) from (select movement as m from receipt_usage) x where m not in ('x', 'y', 'x', 'y', null)",
            "0",
        ),
        (
            "select count(*) from payment where id in (1, 2, 3, 4, null) and id not in (5, 6, 7, 8, null)",
            "0",
        ),
        (
            "select count(*) from payment where (id in (2, account_id, 3, 4)) and id in (0, account_id + 0, 9, 8)",
            "0",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// The branches of a union share no threshold but that of the whole sort key.
#[tokio::test]
async fn the_first_rows_of_a_union_are_the_first() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select entry, entry_id, split_part(greatest(entry, method) || method_name, '市', 1) as n \
             from collected order by entry, entry_id, n desc limit 1",
            "allocation|2001|cash现金",
        ),
        (
            "select k, id from (select 'b' as k, id from payment where id < 1003 union all \
             select 'a' as k, id from payment where id > 1001) x order by k desc, id desc limit 1",
            "b|1002",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Filters above two columns of one name are asked of the right one, whichever side of the join is read first.
#[tokio::test]
async fn a_filter_is_asked_of_its_own_column() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from receipt t1 right join receivable t2 on t1.account_id = t2.account_id where t1.amount is distinct from 20.00",
            "4",
        ),
        (
            "select count(*) from charge t1 right join charge t2 on t1.id = t2.id and t2.town_id <> 441900003 where t1.town_id between 441900003 and 441900003",
            "0",
        ),
        (
            "select count(*) from allocation a left join payment p on p.id = a.payment_id left join account c on c.id = p.account_id where p.town_id is distinct from c.town_id",
            "1",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// A set that leaves a column out makes NULLs of it; DataFusion went on counting on its order and its one value.
#[tokio::test]
async fn grouping_sets_keep_nothing_of_the_order_of_the_rows() {
    let city = City::new().await;
    let who = Person::system();
    for threads in [1, 2, 4] {
        let now = city.now().await.with_limits(Limits { threads, ..Limits::default() });
        for (sql, want) in [
            (
                "select id, charge_id, count(*) from charge_line where id in (131) group by grouping sets ((id, charge_id), (id), ()) order by 2, 3 desc, 1 desc nulls first",
                vec!["131|13|1", "||1", "131||1"],
            ),
            (
                "select last_no, sum(sheets) from receipt_usage group by rollup (last_no) order by 2 desc, 1 fetch first 2 rows only",
                vec!["|10", "8|8"],
            ),
        ] {
            assert_eq!(rows(&now, &who, sql).await, want, "{threads} threads: {sql}");
        }
    }
}

/// A column that is one value before an outer join is two after it.
#[tokio::test]
async fn an_outer_join_makes_nulls_of_a_constant() {
    let city = City::new().await;
    let who = Person::system();
    for threads in [1, 2, 4] {
        let now = city.now().await.with_limits(Limits { threads, ..Limits::default() });
        for sql in [
            "select distinct p.id / 1000 as a, q.c from payment p left join (select id, 'x' as c from town where short_name = '东城') q on p.town_id = q.id order by 2, 1",
            "select p.id / 1000 as a, q.c from payment p full join (select id, 'x' as c from town where short_name = '东城') q on p.town_id = q.id group by 1, 2 order by 2, 1",
            "select p.id / 1000 as a, q.c from (select id, 'x' as c from town where short_name = '东城') q right join payment p on p.town_id = q.id group by 1, 2 order by 2, 1",
        ] {
            assert_eq!(rows(&now, &who, sql).await, ["1|x", "1|"], "{threads}: {sql}");
        }
    }
}

/// A condition that no row meets leaves no row of a sum, however it is written.
#[tokio::test]
async fn a_sum_that_is_not_asked_for_is_no_row() {
    let city = City::new().await;
    let who = Person::system();
    for sql in [
        "select c from (select count(*) c from payment) q where c = 5 and c = 7",
        "select c from (select count(*) c from payment) q where (c, c) in ((5, 7), (7, 5))",
        "select c from (select c from (select count(*) c from payment) r where c < 2) q where c > 4",
        "select c from (select sum(net) c from payment) q where c is null and 1 = 2",
        "select count(*) from payment having 1 = 2",
    ] {
        assert!(city.rows(&who, sql).await.is_empty(), "{sql}");
    }
    for (sql, want) in [
        ("select c from (select count(*) c from payment) q where c = 3 and c < 7", "3"),
        ("select (select c from (select count(*) c from payment) q where c = 5 and c = 7)", ""),
        (
            "select count(*) from payment where (select c from (select count(*) c from payment) q where c = 5 and c = 7) is null",
            "3",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}
