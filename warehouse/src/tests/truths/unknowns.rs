//! What is neither true nor false, and the keys of grouping sets.

use super::super::city::{City, city_analyst};
use crate::Person;

const ROWS: &str = "with x as (select * from (values (1, 1, 'a'), (2, null, 'a'), (3, null, 'b'), (4, 2, null)) v(id, k, s)) ";

async fn answers(cases: &[(&str, &str)]) {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in cases {
        assert_eq!(city.row(&who, &format!("{ROWS}{sql}")).await, *want, "{sql}");
    }
}

/// Found by a stranger: NULL was equal to NULL in conditions beside IS NOT DISTINCT FROM, or its rows were lost.
#[tokio::test]
async fn null_is_like_null_only_where_it_is_asked() {
    answers(&[
        ("select count(*) from x p join x q on p.k is not distinct from q.k where p.s = q.s", "3"),
        ("select count(*) from x p join x q on p.k is not distinct from q.k and p.s = q.s", "3"),
        ("select count(*) from x p join x q on p.k is not distinct from q.k", "6"),
        ("select count(*) from x p join x q on not (p.k is distinct from q.k) where p.s = q.s", "3"),
        ("select count(*) from x p join x q on p.k is not distinct from q.k join x t on t.id = p.id", "6"),
        ("select count(*) from x p, x q, x t where p.k is not distinct from q.k and t.id = p.id", "6"),
        ("select count(*), count(q.id) from x p left join x q on p.k is not distinct from q.k and p.s = q.s", "4|3"),
        ("select count(*) from x p where exists (select 1 from x q where q.k is not distinct from p.k and q.s = p.s and q.id <> p.id)", "0"),
        ("select count(*) from x where k is not distinct from null", "2"),
        ("select count(*) from x where k is distinct from 1", "3"),
        ("select count(*) from (select k, s from x intersect select k, s from x) z", "4"),
        ("select count(*) from (select k, s from x intersect select k, s from x) z where k = 2 or s = 'b'", "2"),
        ("select count(*) from (select k, s from x intersect select k, s from x) z join x y on y.k = z.k", "2"),
        ("select count(*) from (select k, s from x intersect select k, s from x) z join x y on y.s = z.s join x w on w.id = y.id", "5"),
        ("select count(*) from (select k, s from x except select k, s from x where id = 3) z where s = 'a'", "2"),
    ])
    .await;
}

/// The values of another side: a NULL that two rows of `x` are like, and a value that none has.
const OTHERS: &str = "(values (1, 'u'), (null, 'v'), (7, 'w')) q(k, t)";

/// Joins by IS NOT DISTINCT FROM of every kind, alone and beside `=` on the same columns.
#[tokio::test]
async fn joins_find_null_like_null_and_nothing_else() {
    let with = |join: &str| join.replace("OTHERS", OTHERS);
    let cases = [
        (
            "select count(*), count(p.id), count(q.t) from x p join OTHERS on p.k is not distinct from q.k",
            "3|3|3",
        ),
        (
            "select count(*), count(p.id), count(q.t) from x p left join OTHERS on p.k is not distinct from q.k",
            "4|4|3",
        ),
        (
            "select count(*), count(p.id), count(q.t) from x p right join OTHERS on p.k is not distinct from q.k",
            "4|3|4",
        ),
        (
            "select count(*), count(p.id), count(q.t) from x p full join OTHERS on p.k is not distinct from q.k",
            "5|4|4",
        ),
        (
            "select count(*) from x p left join OTHERS on p.k is not distinct from q.k where q.t is null",
            "1",
        ),
        (
            "select count(*) from x p left join OTHERS on p.k is not distinct from q.k where q.k is null",
            "3",
        ),
        (
            "select count(*) from x p left join OTHERS on p.k is not distinct from q.k where p.k = q.k",
            "1",
        ),
        (
            "select count(*) from x p left join OTHERS on p.k is not distinct from q.k join x r on r.k is not distinct from q.k",
            "7",
        ),
        (
            "select count(*) from x p left join OTHERS on p.k is not distinct from q.k and q.t = p.s",
            "4",
        ),
        (
            "select count(*) from x p where exists (select 1 from OTHERS where q.k is not distinct from p.k)",
            "3",
        ),
        (
            "select count(*) from x p where not exists (select 1 from OTHERS where q.k is not distinct from p.k)",
            "1",
        ),
        (
            "select count(*) from x p where exists (select 1 from OTHERS where p.k is not distinct from q.k and p.s < q.t)",
            "3",
        ),
        (
            "select count(*) from x p, lateral (select q.t from OTHERS where q.k is not distinct from p.k) l",
            "3",
        ),
        (
            "select count(*) from x p join x q on p.k is not distinct from q.k join x r on q.k is not distinct from r.k",
            "10",
        ),
        (
            "select count(*) from x p join x q on p.k is not distinct from q.k join x r on q.k = r.k",
            "2",
        ),
        ("select count(*) from x p join x q on p.k is not distinct from q.k where p.k = q.k", "2"),
        ("select count(*) from x p join x q on p.k is not distinct from q.k and p.k = q.k", "2"),
        ("select count(*) from x p, x q where p.k is not distinct from q.k or p.k = q.id", "7"),
        ("select count(*) from x p join x q on p.k is distinct from q.k", "10"),
        (
            "select count(*) from x p join x q on (p.k is not distinct from q.k) = (p.s is not distinct from q.s)",
            "12",
        ),
        // Of two types that meet in a third.
        (
            "select count(*) from x p join (values (1.0), (2.50), (null)) q(k) on p.k is not distinct from q.k",
            "3",
        ),
        (
            "select count(*) from (values (1.5), (null)) p(k) join (values (1.500), (null)) q(k) on p.k is not distinct from q.k",
            "2",
        ),
        (
            "select count(*) from (values (date '2026-11-01'), (null)) p(k) join (values (timestamp '2026-11-01 00:00'), (null)) q(k) on p.k is not distinct from q.k",
            "2",
        ),
        (
            "select count(*) from (values (true), (null)) p(k) join (values (true), (false), (null)) q(k) on p.k is not distinct from q.k",
            "2",
        ),
        (
            "select count(*) from (values (''), (null)) p(k) join (values (''), ('-'), (null)) q(k) on p.k is not distinct from q.k",
            "2",
        ),
        (
            "select count(*) from (values (0.5::double precision), (null)) p(k) join (values (0.5), (null)) q(k) on p.k is not distinct from q.k",
            "2",
        ),
        (
            "select count(*) from x p join x q on coalesce(p.k, 2) + 1 is not distinct from q.k + 1",
            "4",
        ),
        (
            "select string_agg(n || '', ' ' order by n) from (select count(*) n from x p group by p.k is not distinct from p.id) y",
            "1 3",
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(sql, want)| (with(sql), *want)).collect();
    let cases: Vec<_> = cases.iter().map(|(sql, want)| (sql.as_str(), *want)).collect();
    answers(&cases).await;
}

/// A large join by IS NOT DISTINCT FROM would run into the deadline row by row.
#[tokio::test]
async fn what_is_not_distinct_is_joined_by_hash() {
    let city = City::new().await;
    let now = city.now().await;
    for who in [Person::system(), city_analyst()] {
        for sql in [
            "select count(*) from payment p join payment q on p.cashier_id is not distinct from q.cashier_id",
            "select count(*) from payment p, payment q where p.cashier_id is not distinct from q.cashier_id",
            "select count(*) from payment p join payment q on not (p.cashier_id is distinct from q.cashier_id)",
            "select count(*) from payment p left join payment q on p.cashier_id is not distinct from q.cashier_id and p.id = q.id",
            "select count(*) from payment p left join receipt q on p.net is not distinct from q.amount and p.id < q.id",
            "select count(*) from payment p right join payment q on p.method is not distinct from q.method",
            "select count(*) from payment p full join payment q on p.account_date is not distinct from q.account_date",
            "select count(*) from account p where exists (select 1 from account q where q.payer_name is not distinct from p.payer_name and q.id <> p.id)",
            "select count(*) from payment p where not exists (select 1 from receipt q where q.cashier_id is not distinct from p.cashier_id)",
        ] {
            let plan = now.plan(&who, sql).await.unwrap();
            assert!(plan.contains("HashJoinExec"), "{sql}: {plan}");
            assert!(!plan.contains("NestedLoopJoinExec"), "{sql}: {plan}");
            assert!(!plan.contains("CrossJoinExec"), "{sql}: {plan}");
            assert!(!plan.contains("NullsEqual: true"), "{sql}: {plan}");
        }
    }
}

/// Masked values are the same where their masks are.
#[tokio::test]
async fn masks_are_joined_by_what_they_show() {
    let city = City::new().await;
    let sql =
        "select count(*) from account p join account q on p.phone is not distinct from q.phone";
    let shown = "select sum(n * n) from (select count(*) n from account group by phone) x";
    for who in [Person::system(), city_analyst()] {
        assert_eq!(city.row(&who, sql).await, city.row(&who, shown).await);
    }
}

/// Found by a stranger: of two lists with nothing in common NULL became false, and true under NOT.
#[tokio::test]
async fn two_lists_leave_null_unknown() {
    answers(&[
        ("select count(*) from x where k not in (1) or k not in (2)", "2"),
        ("select count(*) from x where k not in (1, 3) or not (k in (2, 4))", "2"),
        ("select count(*) from x where not ((k = 1 or k = 2) and (k = 3 or k = 4))", "2"),
        ("select count(*) from x where not (k in (1, 2) and k in (3, 4))", "2"),
        ("select count(*) from x where (k in (1, 2) and k in (3, 4)) is null", "2"),
        ("select count(*) from x where (k not in (1, 5) or k not in (2, 6)) is null", "2"),
        ("select count(*) from x where not (k in (1, 2) and k not in (1, 2))", "2"),
        ("select count(*) filter (where k not in (1, 5) or k not in (2, 6)) from x", "2"),
        ("select count(case when k not in (1, 5) or k not in (2, 6) then 1 end) from x", "2"),
        ("select count(*) from x p join x q on p.id = q.id and (p.k not in (1, 5) or p.k not in (2, 6))", "2"),
        ("select count(a or b) from (select k not in (1, 5) a, k not in (2, 6) b from x) y", "2"),
        ("select count(*) from (select k, k as l from x) y where k not in (1, 5) or l not in (2, 6)", "2"),
        ("select count(*) from (select k not in (1, 5) a, k from x) y where a or k not in (2, 6)", "2"),
        ("select count(*) from (select k, count(*) n from x group by k having k not in (1, 5) or k not in (2, 6)) y", "2"),
        ("select count(*) from (select k from x where k not in (1, 5) union all select k from x where k not in (2, 6)) y", "2"),
        ("select count(*) from x where k in (1, 2) and k not in (2, 3)", "1"),
        ("select count(*) from x where k in (1, 5) or k is null or s not in ('a', 'c')", "3"),
    ])
    .await;
}

/// Found by a stranger: no grand total over no rows, and refusals without a reason.
#[tokio::test]
async fn grouping_sets_have_computed_keys() {
    answers(&[
        ("select count(*) from (select max(id) as m from x where 1 = 2 group by rollup (case id when 1 then 2 else 3 end)) y", "1"),
        ("select count(*) from (select count(*) as m from x where 1 = 2 group by cube (k + 1, s)) y", "1"),
        (
            "select string_agg(coalesce(m, 'all') || ':' || n, ' ' order by m) from \
             (select left(method, 2) as m, count(*) n from payment group by rollup (left(method, 2))) y",
            "ca:1 po:1 we:1 all:3",
        ),
        (
            "select count(*), count(m), count(distinct m) from \
             (select date_trunc('month', account_date)::date as m from payment group by rollup (date_trunc('month', account_date)::date)) y",
            "2|1|1",
        ),
        ("select count(*) from (select net > 0 from payment group by rollup (net > 0)) y", "2"),
        ("select count(*), sum(g) from (select grouping(k + 1) g from x group by rollup (k + 1)) y", "4|1"),
        (
            "select string_agg(coalesce(p::text, '-') || coalesce(s, '-') || n || g, ' ' order by g, p, s) from \
             (select k * 2 as p, s, count(*) n, grouping(k * 2, s) g from x where id < 3 group by grouping sets ((k * 2, s), (s), ()) having count(*) > 0) y",
            "2a10 -a10 -a22 --23",
        ),
        ("select coalesce(m, 0) + sum(n) from (select k + 1 as m, count(*) n from x group by rollup (1)) y where m = 3 group by m", "4"),
        ("select max(id) + coalesce(k + 1, 0) as v from x where k = 1 group by rollup (k + 1), k order by 1 desc limit 1", "3"),
    ])
    .await;
}

/// Found by a stranger: a time of the day kept zeros that PostgreSQL does not write.
#[tokio::test]
async fn a_time_of_the_day_is_written_without_zeros() {
    answers(&[
        ("select (timestamp '2026-11-01 23:30:00.25')::time::text, '08:05'::time::text", "23:30:00.25|08:05:00"),
        ("select string_agg(t::time::text, ' ' order by t) from (values ('08:30:00.120'), ('09:00:00.000001'), (null)) v(t)", "08:30:00.12 09:00:00.000001"),
        ("select 'at ' || '08:05:00.500'::time", "at 08:05:00.5"),
    ])
    .await;
}
