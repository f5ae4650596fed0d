//! A value beside each of a list, lists put together, and lists as values, which are PostgreSQL's arrays.

use super::{ROWS, answers};
use crate::Person;
use crate::tests::city::City;

/// Found by the dice: ANY and ALL were refused where they compared by more than `=`.
#[tokio::test]
async fn any_and_all_tell_true_false_and_unknown() {
    answers(&[
        (
            "select id from x where k > all (select k from x where id > 9)",
            "1 2 3 4 5",
        ),
        (
            "select id from x where k > all (select k from x where id in (2, 4)) order by id",
            "1 5",
        ),
        (
            "select id from x where k >= all (select k from x where k is not null) order by id",
            "5",
        ),
        (
            "select id from x where k > all (select k from x) order by id",
            "",
        ),
        (
            "select id from x where not (k > all (select k from x)) order by id",
            "1 2 4 5",
        ),
        (
            "select id, k > all (select k from x), k < any (select k from x), k >= any (select k from x where id > 9), k <= all (select k from x where id > 9) from x order by id",
            "1|false|true|false|true 2|false|true|false|true 3|||false|true 4|false|true|false|true 5|false||false|true",
        ),
        (
            "select id, k = all (select k from x where id = 2), k <> any (select k from x where id in (1, 2)), k <> any (select k from x where id in (2, 3)), k = all (select k from x where id = 3) from x order by id",
            "1|false|true|true| 2|true|true|| 3|||| 4|false|true|true| 5|false|true|true|",
        ),
        (
            "select id, k < some (select id from x), k < all (select id from x order by id limit 2), k >= any (select id from x union all select -9) from x order by id",
            "1|true|false|true 2|true|true|true 3||| 4|true|true|true 5|true|false|true",
        ),
        (
            "select id, k > all (select n from (values (1), (0)) as v (n)), k < any (select max(id) from x group by s), k > any (select null::int) from x order by id",
            "1|true|true| 2|false|true| 3||| 4|false|true| 5|true|true|",
        ),
        (
            "select count(*) filter (where k > all (select k from x where id = 2)), sum(case when k >= any (select k from x) then 1 else 0 end), sum(id) filter (where k < all (select id from x)) from x",
            "2|4|6",
        ),
        (
            "select s, count(*) from x group by s having sum(id) > all (select id from x where id < 3) order by s",
            "a|2 c|1 |1",
        ),
        (
            "select k > all (select k from x where id = 4) as a, count(*) from x group by 1 order by 1",
            "false|1 true|3 |1",
        ),
        (
            "select id from x order by k > all (select k from x where id = 2), id",
            "2 4 1 5 3",
        ),
        (
            "select id, rank() over (order by k <= any (select k from x where id in (1, 4)) desc, id) from x order by id",
            "1|2 2|3 3|1 4|4 5|5",
        ),
        (
            "select p.id, q.id from x p join x q on p.id = q.id + 1 and q.k < all (select k from x where id = 5) order by p.id",
            "2|1 3|2 5|4",
        ),
        (
            "select id, case when k > all (select k from x where id = 2) then 'y' else 'n' end from x order by id",
            "1|y 2|n 3|n 4|n 5|y",
        ),
        (
            "select s > all (select s from x where id < 3), s <= any (select s from x where id < 3) from x order by id",
            "false|true false|true false|true true|false |",
        ),
        (
            "select k::numeric / 2 >= all (select k from x where id < 3), '3' > all (select k from x where k is not null), 3.5 < any (select k from x) from x where id = 1",
            "false|false|true",
        ),
        (
            "select date '2026-11-02' > all (select date '2026-11-01'), timestamp '2026-11-02 01:00' <= any (select date '2026-11-02'), (k > 1) >= all (select s = 'a' from x where s is not null) from x order by id",
            "true|false|true true|false|false true|false| true|false|false true|false|true",
        ),
        (
            "select p.id from x p where p.k >= all (select q.k from x q where q.s = p.s) order by p.id",
            "2 4 5",
        ),
        (
            "select p.id from x p where p.k < any (select q.id from x q where q.id = p.id) order by p.id",
            "2 4 5",
        ),
        (
            "select k > any (select distinct k from x where k < 4), k > all (select k from (select k from x) y where k < 0) from x order by id",
            "true|true true|true | false|false true|true",
        ),
        (
            "select k > all (select k from x where k > all (select k from x where id = 2)) from x where id = 5",
            "false",
        ),
        (
            "with y as (select k > all (select 1) from x) select * from y order by 1 limit 1",
            "false",
        ),
        (
            "select bool_and(id = any (select k from x)), sum(case when id <> all (select k from x where k is not null) then id end), count(*) filter (where k = some (select id from x)) from x",
            "true|9|2",
        ),
        (
            "select s, count(*) filter (where id <> all (select k from x)), max(id) filter (where k = any (select k from x where k > 0)) from x group by s order by s",
            "a|0|1 b|0| c|0| |0|5",
        ),
        (
            "select id, sum(id) filter (where id = any (select k from x)) over (order by id) from x order by id",
            "1| 2|2 3|2 4|6 5|6",
        ),
    ])
    .await;
}

/// Found by the dice: out of INTERSECT and EXCEPT a NULL without a type was taken for a text.
#[tokio::test]
async fn a_null_takes_the_type_of_the_other_side() {
    answers(&[
        (
            "select null intersect select date '2026-11-01' union select date '2026-11-02' order by 1",
            "2026-11-02",
        ),
        (
            "select null except select 1 union select 2 order by 1",
            "2 ~",
        ),
        (
            "select 2 union all (select null intersect select id from x) order by 1",
            "2",
        ),
        (
            "select date '2026-11-03' - -1 union select null intersect select date '2026-11-01' order by 1",
            "2026-11-04",
        ),
        (
            "(select null, 1 union all select date '2026-11-03', 2) intersect (select null, 1 except select date '2026-11-03' - -1, 1)",
            "|1",
        ),
        (
            "(select null as c, id as d from x order by d limit 1) union all select 3, id from x where id = 2 order by 2",
            "|1 3|2",
        ),
        (
            "select null from x where id = 1 union all select 1.5 union all select null order by 1",
            "1.5 ~ ~",
        ),
        (
            "select count(*), max(c) from ((select null as c except select id from x) union all select id from x where id < 3) y",
            "3|2",
        ),
        (
            "select c + 1 from (select null as c intersect select id from x where id is null union all select id from x where id = 4) y",
            "5",
        ),
        (
            "select null intersect select null",
            "~",
        ),
        (
            "select c || '!' from (select null as c union select null union select 'a') y order by 1",
            "a! ~",
        ),
        (
            "select null union all (select null union all select 'b') order by 1",
            "b ~ ~",
        ),
        (
            "select distinct null union select 'a' order by 1",
            "a ~",
        ),
        (
            "(select null, id from x where id = 1 order by 1) union all select 'c', 9 order by 2",
            "|1 c|9",
        ),
        (
            "select null union (select id from x intersect select null) order by 1",
            "~",
        ),
        (
            "(select null intersect select k from x) except (select null intersect select id from x)",
            "~",
        ),
        (
            "select (select null intersect select 1), (select 5 except select null)",
            "|5",
        ),
    ])
    .await;
}

/// What PostgreSQL does not take either: several columns beside one value, a NULL that has become a text.
#[tokio::test]
async fn lists_that_do_not_fit_are_refused() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for (sql, said) in [
        ("select 1 > all (select id, k from x)", "只能有一列"),
        ("select 1 > any (select * from x)", "只能有一列"),
        ("select (id, k) > all (select id, k from x) from x", "逐列写"),
        ("select 1 > any (select s from x)", "文字不能直接和数字"),
        ("select null union select null union select 1", "文字不能直接和数字"),
        ("select 1 union all (select null union all select null)", "文字不能直接和数字"),
        (
            "(select null union select null) intersect select date '2026-11-01'",
            "文字不能直接和日期",
        ),
        ("select distinct null union select 1", "文字不能直接和数字"),
        ("(select null as c order by 1) union select 1", "文字不能直接和数字"),
        ("select c from (select null as c) y union select 1", "文字不能直接和数字"),
        ("select k = any (array['1', '2']) from x", "文字不能直接和数字"),
        ("select k <> all (array[null, ('1')]) from x", "文字不能直接和数字"),
        ("select k = any (array[$$1$$]) from x", "文字不能直接和数字"),
        ("select k <> all (array[E'1', null]) from x", "文字不能直接和数字"),
        ("select 1 = any (array[null])", "文字不能直接和数字"),
        ("select date '2026-11-01' = any (array['2026-11-01'])", "文字不能直接和日期"),
        ("select (k > 1) = any (array['true']) from x", "不同类型的值"),
    ] {
        let found = now.query(&who, &format!("{ROWS} {sql}"), &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains(said), "{sql}: {failed}");
    }
}

/// Found by an attacker: a list of nothing had the length 0, where PostgreSQL has none.
#[tokio::test]
async fn a_list_of_nothing_has_no_length() {
    answers(&[
        (
            "select coalesce(array_length((array_agg(id order by id))[10:20], 1), -5), array_length(array_agg(id), 1), array_length(array_agg(id), 2) is null from x",
            "-5|5|true",
        ),
        (
            "select array_length(array[]::int[], 1) is null, cardinality(array[]::int[]), array_length((regexp_match('abc', '(b)'))[2:3], 1) is null, array_length(null::int[], 1) is null",
            "true|0|true|true",
        ),
        (
            "select id, array_length(array[id, k], 1), array_length((array[id, k])[2:5], 1), array_length((array[id, k])[3:5], 1) from x where id < 3 order by id",
            "1|2|1| 2|2|1|",
        ),
    ])
    .await;
}

/// They are equal where each value is, and NULL is there where NULL is.
#[tokio::test]
async fn lists_are_equal_as_in_postgresql() {
    answers(&[
        (
            "select count(*) filter (where array[id, k] = array[id, k]), count(*) filter (where array[k] <> array[0]), array[1, null] = array[1, 2] from x",
            "5|4|false",
        ),
        (
            "select count(*), count(distinct array[s]) from (select array[s] as l from x group by array[s]) y cross join (select s from x where id < 3) z",
            "8|2",
        ),
    ])
    .await;
}

/// Found by a second reading: a NULL that has no type was put into the list beside it.
#[tokio::test]
async fn a_null_beside_a_list_is_a_list() {
    answers(&[
        (
            "select array_to_string(array[1] || null, ',', '-'), array_to_string(null || array[1], ',', '-'), array_to_string(array['a'] || null, ',', '-')",
            "1|1|a",
        ),
        (
            "select array_to_string(array[1] || null::int, ',', '-'), array_to_string(null::text || array['a'], ',', '-'), cardinality(array[]::int[] || null)",
            "1,-|-,a|0",
        ),
        (
            "select array_agg(id) || null is null, (array_agg(id) || null::int) is null from x where id > 9",
            "true|false",
        ),
        (
            "select id, (array[k] || null) = array[k], (array[k] || null) = array[k, null] from x where id < 3 order by id",
            "1|true|false 2|true|false",
        ),
    ])
    .await;
    let city = City::new().await;
    for (sql, said) in [
        ("select array['a'] || '{b}'", "不知道是一个值还是一个数组"),
        ("select '{b}' || array[s] from x", "不知道是一个值还是一个数组"),
        ("select array[k] || s from x", "文字不能直接和数字"),
        ("select array[1] || array['2']", "文字不能直接和数字"),
        ("select array[1] = array['1']", "文字不能直接和数字"),
    ] {
        let found = city.now().await.query(&Person::system(), &format!("{ROWS} {sql}"), &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains(said), "{sql}: {failed}");
    }
}

/// Found by a second reading: put together, `1.5` and `2` were `1.5` and `2.0`, where PostgreSQL leaves each as it is.
#[tokio::test]
async fn decimals_of_a_list_have_the_digits_of_each() {
    answers(&[
        (
            "select array_to_string(array[1.5] || array[2.5], ','), array_to_string(array[1.5] || 2.5, ','), array_to_string(2.50 || array[1.25], ',')",
            "1.5,2.5|1.5,2.5|2.50,1.25",
        ),
        (
            "select array_to_string(array[1, 2]::numeric(18, 2)[] || array[0.25], ','), cardinality(array[1] || 2)",
            "1.00,2.00,0.25|2",
        ),
    ])
    .await;
    let city = City::new().await;
    for sql in [
        "select array[1.5] || array[2]",
        "select array[1.5] || array[2.25]",
        "select array[1.5] || 2",
        "select 2 || array[1.5]",
        "select array[id] || 1.5 from x",
        "select array_to_string(array[1.5] || array[2], ',')",
        "select array_agg(id * 1.5) || array[1] from x",
        "select array_agg(id * 1.5) || id from x group by id",
        "select array[1.5] || (id / 3.0) from x",
        "select case when k > 0 then array[id] else array[1.5] end from x",
        "select coalesce(array[1.5], array[2])",
        "select array[1.5] union all select array[2]",
        "select l from (values (array[1.5]), (array[2])) v (l)",
    ] {
        let found = city.now().await.query(&Person::system(), &format!("{ROWS} {sql}"), &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains("数组里的小数位数不定"), "{sql}: {failed}");
    }
}

/// Found by an attacker: floats of a list were written as arrow writes them, and so were times and spans; moments became
/// the wall clock of Greenwich, and decimals floats beside the nearest.
#[tokio::test]
async fn a_list_is_cast_value_by_value() {
    answers(&[
        (
            "select array_to_string(array[4::float8::text, 1e20::float8::text, 'NaN'::float8::text], ',')",
            "4,1e+20,NaN",
        ),
        ("select array_to_string(array[true, false]::text[], ',')", "true,false"),
        ("select array_to_string(array[(date '2026-11-01')::text], ',')", "2026-11-01"),
        ("select array_to_string(array['1', '2']::int[], ',')", "1,2"),
        (
            "select array_to_string(array['1.555', null]::numeric(10, 2)[], ',', '-'), array_to_string(array[E'1', $$2$$]::bigint[], ',')",
            "1.56,-|1,2",
        ),
        (
            "select (array['20260101', '2026-01-02']::date[])[1], (array['off', 'yes']::bool[])[2], (array['1e2']::float8[])[1] = 100",
            "2026-01-01|true|true",
        ),
        (
            "select array_to_string(array['01', 2], ','), array_to_string(array[' 3 ', k], ','), array_to_string(array['b', s], ',') from x where id = 1",
            "1,2|3,2|b,a",
        ),
    ])
    .await;
    let city = City::new().await;
    for sql in [
        "select cast(array_agg(k::float8) as varchar[]) from x",
        "select array_agg((date '9999-12-31' + interval '1 day')::date)::text[] from x",
        "select array_agg(timestamp '2026-11-01 10:00')::text[] from x",
        "select array_agg(timestamptz '2026-11-01 10:00')::text[] from x",
        "select array_agg(time '10:00:00.5')::text[] from x",
        "select array_agg(interval '1 day')::text[] from x",
        "select array_agg(timestamptz '2026-11-01 02:00')::timestamp[] from x",
        "select array_agg(k)::date[] from x",
        "select array_agg(k)::bool[] from x",
        "select array_agg(k)::text[] from x",
        "select array_agg(k::numeric(18, 2))::float8[] from x",
        "select array_agg(s)::bool[] from x",
        "select array_agg(s)::numeric(10, 2)[] from x",
        "select array_agg(s)::date[] from x",
        "select array_agg(s)::float8[] from x",
        "select array['1 day']::interval[]",
    ] {
        let sql = format!("{ROWS} {sql}");
        let found = city.now().await.query(&Person::system(), &sql, &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains("请先逐个换算"), "{sql}: {failed}");
    }
    // A wide blank is no blank, and what a text alone does not tell it does not tell in a list.
    for sql in [
        "select array['\u{3000}true']::bool[]",
        "select array['\u{3000}1.5']::numeric(10, 2)[]",
        "select array['1e400']::float8[]",
        "select array['1e-400']::float8[]",
        "select array['-2026-01-01']::date[]",
        "select array['0000-01-01']::date[]",
        "select array['x', 2]",
        "select array[s, 1] from x",
        "select '{a,b}'::text[]",
        "select s::text[] from x",
        "select array['a'] = '{a}'",
    ] {
        let sql = format!("{ROWS} {sql}");
        let found = city.now().await.query(&Person::system(), &sql, &[]).await;
        assert!(found.is_err(), "{sql}: {found:?}");
    }
}

/// Found by an attacker: `unnest` took one level off lists of lists, and NULLs inside were less than all values.
#[tokio::test]
async fn lists_of_lists_and_their_order_are_refused() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    let nested = "数组里不能再放数组";
    let ordered = "数组只能用 =、<> 比较";
    for (sql, said) in [
        ("select count(*) from x, unnest(array[array[1, 2], array[3, 4]]) u", nested),
        ("select array_agg(l) from (select array[id, k] as l from x) y", nested),
        ("select array_agg(l) over (order by id) from (select id, array[k] as l from x) y", nested),
        ("select array[regexp_match(s, '(.)')] from x", nested),
        ("select array[l] from (values (array[1, 2]), (array[3, 4])) v (l)", nested),
        ("select (array[array[1, 2], array[3, 4]])[2]", nested),
        ("select array[null::int[], null]", nested),
        ("select 1 = any (array[array[1, 2], array[3, 4]])", nested),
        ("select array[1, 2]::int[][]", nested),
        ("select id from x where array[k] > array[1]", ordered),
        ("select id from x where array[k] between array[0] and array[2]", ordered),
        ("select array[k] <= array[id] from x", ordered),
        ("select count(*) filter (where array[k] < array[id]) from x", ordered),
        ("select p.id from x p join x q on p.id = q.id and array[p.k] < array[q.id]", ordered),
        ("select id from x where array[k] > all (select array[k] from x)", ordered),
        ("select id from x where array[k] >= any (select array[id] from x)", ordered),
        ("select greatest(array[k], array[id]) from x", ordered),
        ("select least(array[1, null], array[1, 2])", ordered),
        ("select nullif(array[1], array[1])", ordered),
        ("select max(array[id, k]) from x", ordered),
        ("select min(regexp_match(s, '(.)')) from x", ordered),
        ("select max(array[k]) over (partition by s) from x", ordered),
        ("select id from x order by array[k], id", ordered),
        ("select distinct array[k] as l from x order by l", ordered),
        ("select distinct on (array[s]) id from x order by array[s], id", ordered),
        ("select row_number() over (order by array[k], id) from x", ordered),
        ("select array_agg(id order by array[k], id) from x", ordered),
        ("select string_agg(s, ',' order by array[k] desc) from x", ordered),
        ("select array_length(array[id]) from x", "写明第几维"),
    ] {
        let found = now.query(&who, &format!("{ROWS} {sql}"), &[]).await;
        let failed = found.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(failed.contains(said), "{sql}: {failed}");
    }
}
