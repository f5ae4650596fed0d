//! Conditions that guard what may fail beside them.

use crate::Person;
use crate::tests::city::City;

/// A condition that keeps a division from zero does so wherever it stands.
#[tokio::test]
async fn a_condition_guards_the_division_beside_it() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from charge_line where amount - 20 <> 0 and 100 / (amount - 20) > 2",
            "1",
        ),
        ("select count(*) from charge_line where 100 / (amount - 20) > 2 and amount <> 20", "1"),
        ("select count(*) from charge_line where amount = 20 or 100 / (amount - 20) > 2", "2"),
        (
            "select count(*) from charge_line where not (amount = 20 or 100 / (amount - 20) > 2)",
            "2",
        ),
        (
            "select count(*) from charge_line where amount <> 20 and (tier = 9 or cast(amount as int) % (cast(amount as int) - 20) > 0)",
            "2",
        ),
        (
            "select count(*) from charge_line where fee_item = 'water' and amount <> 20 and id <> 131 and 100 / (amount - 20) < 0",
            "1",
        ),
        (
            "select count(*) from charge_line l join charge c on c.id = l.charge_id and l.amount <> 20 and 100 / (l.amount - 20) > 2",
            "1",
        ),
        (
            "select count(case when amount <> 20 then 100 / (amount - 20) > 2 end) from charge_line",
            "3",
        ),
        (
            "select count(*) from charge_line where case when amount = 20 then false else 100 / (amount - 20) > 2 end",
            "1",
        ),
        (
            "select string_agg(case when amount <> 20 and 100 / (amount - 20) > 2 then 'y' else 'n' end, '' order by id) from charge_line",
            "nnyn",
        ),
        (
            "select account_id from charge_line group by account_id having sum(amount) <> 30 and 100 / (sum(amount) - 30) > 2",
            "3",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    // No guard, one that lets the row through, and one of the other side.
    for sql in [
        "select count(*) from charge_line where 100 / (amount - 20) > 2",
        "select count(*) from charge_line where amount > 7 and 100 / (amount - 20) > 2",
        "select count(*) from charge_line where amount <> 20 or 100 / (amount - 20) > 2",
    ] {
        let said = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(said.contains("除数为零"), "{sql}: {said}");
    }
}

/// Whatever may fail at a row is left alone where a condition takes the row away: casts, functions, what an aggregate
/// does not take, and what a condition inside FROM has taken away before.
#[tokio::test]
async fn a_condition_guards_whatever_may_fail_beside_it() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from account where no like 'S%' and ltrim(no, 'S')::int > 3", "1"),
        ("select count(*) from account where ltrim(no, 'S')::int > 3 and no like 'S%'", "1"),
        ("select count(*) from account where no like 'E%' or ltrim(no, 'S')::int > 3", "3"),
        (
            "select string_agg((no like 'S%' and ltrim(no, 'S')::int > 3)::text, ',' order by id) from account",
            "false,false,false,true",
        ),
        (
            "select string_agg((case when no like 'S%' then ltrim(no, 'S')::int > 3 else false end)::text, ',' order by id) from account",
            "false,false,false,true",
        ),
        (
            "select count(case when no like 'E%' then null else case when no = 'S3' then true else ltrim(no, 'S')::int > 3 end end) from account",
            "2",
        ),
        (
            "select count(*) from (select ltrim(no, 'S')::int as n from account where no like 'S%') x where n > 3",
            "1",
        ),
        (
            "select count(*) from charge_line where amount > 20 and ln((amount - 20)::float8) > 2",
            "1",
        ),
        (
            "select count(coalesce(case when id > 111 then id > 130 end, 60 / (id - 112) > 2)) from charge_line",
            "4",
        ),
        (
            "select fee_item, sum(60 / (id - 111)) filter (where id <> 111) from charge_line group by fee_item order by fee_item desc limit 1",
            "water|5",
        ),
        (
            "select id, sum(60 / (id - 111)) filter (where id <> 111) over (order by id) from charge_line order by id desc limit 1",
            "141|65",
        ),
        (
            "select count(*) from charge_line l left join account a on a.no like 'S%' and a.id = l.account_id and ltrim(a.no, 'S')::int > 3",
            "4",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, want) in [
        ("select count(*) from account where no like '_1' and ltrim(no, 'S')::int > 0", "不是数值"),
        ("select 60 / (id - 111) > 2 and id <> 111 from charge_line", "除数为零"),
        (
            "select sum(60 / (id - 111)) filter (where id < 120) from charge_line group by fee_item",
            "除数为零",
        ),
    ] {
        let said = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(said.contains(want), "{sql}: {said}");
    }
}

/// What joins rows makes no second condition of one that may fail: neither of another column that is equal by it, nor of
/// what an OR asks of one side.
#[tokio::test]
async fn a_condition_that_may_fail_is_not_asked_of_other_rows() {
    let city = City::new().await;
    let who = Person::system();
    let s_and_town = "where a.no like 'S%' and ltrim(a.no, 'S')::int < c.town_id";
    for joined in [
        "account a join charge c on c.town_id = a.town_id",
        "account a left join charge c on c.town_id = a.town_id",
        "charge c right join account a on c.town_id = a.town_id",
        "account a full join charge c on c.town_id = a.town_id",
    ] {
        let sql = format!("select count(*) from {joined} {s_and_town}");
        assert_eq!(city.row(&who, &sql).await, "4", "{sql}");
    }
    for (sql, want) in [
        (
            "select count(*) from account a, charge c where c.town_id = a.town_id and a.no like 'S%' and ltrim(a.no, 'S')::int <> c.town_id",
            "4",
        ),
        (
            "select count(*) from account a join charge c on c.town_id = a.town_id where a.no like 'S%' and (ltrim(a.no, 'S')::int > 3 and c.outlet_id = 20 or c.outlet_id = 10 and a.id > 9)",
            "2",
        ),
        (
            "select count(*) from (select town_id, ltrim(no, 'S')::int as n from account where no like 'S%') a join charge c on c.town_id = a.town_id where a.n < c.town_id",
            "4",
        ),
        (
            "select count(*) from (select id as k from charge_line where id > 111) m join charge_line l on l.id = m.k where 60 / (m.k - 111) > 2",
            "2",
        ),
        (
            "select count(*) from charge_line l left join (select id as k from charge_line where id > 111) m on l.id = m.k where 60 / (m.k - 111) > 2",
            "2",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let sql = "select count(*) from account a join charge c on c.town_id = a.town_id where ltrim(a.no, 'S')::int < c.town_id";
    let said = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
    assert!(said.contains("不是数值"), "{said}");
}

/// What is grouped by stays one expression, guarded or not.
#[tokio::test]
async fn a_guard_does_not_tear_a_quotient_from_its_group() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select id - 100, 60 / (id - 100), count(*) from charge_line group by 1, 2 having id - 100 < 20 and 60 / (id - 100) < 5.5 and 60 / (id - 100) > 4 order by 1 limit 1",
            "11|5|1",
        ),
        (
            "select string_agg(k || ':' || n, ',' order by k) from (select (id > 111 and 60 / (id - 111) > 2)::text as k, count(*) as n from charge_line group by (id > 111 and 60 / (id - 111) > 2)) x",
            "false:2,true:2",
        ),
        (
            "select case when id > 111 then 60 / (id - 111) > 2 end, count(*) from charge_line group by case when id > 111 then 60 / (id - 111) > 2 end having case when id > 111 then 60 / (id - 111) > 2 end",
            "true|2",
        ),
        (
            "select id, count(*) over (partition by (id > 111 and 60 / (id - 111) > 2)) from charge_line order by id limit 1",
            "111|2",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}
