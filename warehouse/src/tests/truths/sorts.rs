//! Keys that are computed, of sorts, windows, DISTINCT ON and aggregates in an order.

use super::answers;
use crate::Person;
use crate::tests::city::{City, city_analyst};

/// Found by the dice: under a minus, a NOT or a comparison the engine did not know its own order again, and had no
/// plan.
#[tokio::test]
async fn rows_are_sorted_by_whatever_is_computed() {
    answers(&[
        (
            "select string_agg(id || '', ' ' order by r, id) from (select id, rank() over (order by -(k::float8 * 0)) r from x) y",
            "1 2 4 5 3",
        ),
        (
            "select id, rank() over (order by -(k::float8 * 0)) from x order by id",
            "1|1 2|1 3|5 4|1 5|1",
        ),
        (
            "select id from x order by -(k::float8 * 2), id",
            "5 1 2 4 3",
        ),
        (
            "select id from x order by (k <> 0 and 6 / k > 1), id",
            "2 4 5 1 3",
        ),
        (
            "select id from x order by (k <> 0 and 6 / k > 1) desc nulls last, id desc limit 2",
            "1 5",
        ),
        (
            "select id from x order by not (k = 0 or 6 / k > 1), id offset 1",
            "2 4 5 3",
        ),
        (
            "select id from x order by k + 1 > 2, upper(s) < 'B', id",
            "2 4 1 5 3",
        ),
        (
            "select id from x order by not (upper(s) like 'A%'), -id",
            "3 1 4 2 5",
        ),
        (
            "select id from x order by round(k::numeric / 3, 1) + id > 3, id",
            "1 2 4 5 3",
        ),
        (
            "select id from x order by round(k::numeric / 3, 1) * 2 - id",
            "4 5 2 1 3",
        ),
        (
            "select id, count(*) over (partition by (k <> 0 and 6 / k > 1)) from x order by id",
            "1|1 2|3 3|1 4|3 5|3",
        ),
        (
            "select id, sum(id) over (partition by upper(s) = 'A' order by -(k::float8), id) from x order by id",
            "1|1 2|2 3|4 4|6 5|5",
        ),
        (
            "select id, sum(id) over (partition by not (upper(s) = 'A') order by id), rank() over (partition by not (upper(s) = 'A') order by k + 1 > 2) from x order by id",
            "1|1|1 2|2|1 3|4|2 4|6|1 5|5|1",
        ),
        (
            "select id, row_number() over w, lag(id) over w from x window w as (order by not (k > 0 and 6 / k > 1), id) order by id",
            "1|1| 2|2|1 3|5|5 4|3|2 5|4|4",
        ),
        (
            "select id, sum(id) over (order by -abs(id) range between 1 preceding and current row) from x order by id",
            "1|3 2|5 3|7 4|9 5|5",
        ),
        (
            "select distinct on (k <> 0 and 6 / k > 1) k <> 0 and 6 / k > 1, id from x order by (k <> 0 and 6 / k > 1), id desc",
            "false|5 true|1 |3",
        ),
        (
            "select distinct on (-abs(id % 2)) id, s from x order by -abs(id % 2), not (upper(s) = 'A'), id",
            "1|a 2|b",
        ),
        (
            "select distinct not (upper(s) = 'A') from x order by not (upper(s) = 'A')",
            "false true ~",
        ),
        (
            "select string_agg(s, ',' order by not (upper(s) = 'A'), -abs(id)) from x",
            "a,a,c,b",
        ),
        (
            "select s, array_to_string(array_agg(id order by -(abs(k)), id desc), ',') from x group by s order by s",
            "a|1,3 b|2 c|4 |5",
        ),
        (
            "select string_agg(s, '' order by -abs(id)), sum(id), count(*) filter (where k > 0) from x",
            "caba|15|2",
        ),
        (
            "select array_to_string(array_agg(distinct -abs(id) order by -abs(id)), ',') from x",
            "-5,-4,-3,-2,-1",
        ),
        (
            "select (select id from x order by -(abs(id)) limit 1), (select max(id) from (select id from x order by not (k > 0), id limit 2) y)",
            "5|5",
        ),
        (
            "select id from x where id in (select id from x order by not (upper(s) = 'A'), id desc limit 2) order by id",
            "1 3",
        ),
        (
            "select max(id) from ((select id from x order by -abs(id) limit 2) union all (select id from x order by not (k > 0), id limit 1)) y",
            "5",
        ),
        (
            "select sum(id) from (select id from x order by not (upper(s) = 'A'), -abs(id) offset 1) y",
            "12",
        ),
        (
            "select not (upper(s) = 'A') as a, count(*) from x group by 1 order by 1",
            "false|2 true|2 |1",
        ),
        (
            "select upper(s) = 'A', sum(k), rank() over (order by -(sum(k)::float8)) from x group by 1 order by -(count(*)::float8), 1",
            "false|-5|3 true|2|2 |4|1",
        ),
        (
            "select round(percentile_cont(0.5) within group (order by -abs(id)), 1) from x",
            "-3.0",
        ),
    ])
    .await;
}

/// The same over rows of files and of memory, which are sorted in parts and merged.
#[tokio::test]
async fn parts_are_merged_by_whatever_is_computed() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select id, count(*) over (partition by (id > 111 and 60 / (id - 111) > 2)) from charge_line order by id",
            "111|2 112|2 131|2 141|2",
        ),
        (
            "select id from charge_line order by (id > 111 and 60 / (id - 111) > 2) desc, id",
            "112 131 111 141",
        ),
        (
            "select id from charge_line order by not (upper(fee_item) = 'WATER'), -id limit 2",
            "141 131",
        ),
        ("select id from account order by -(id::float8 * 2) offset 1", "3 2 1"),
        (
            "select id, rank() over (partition by not (upper(no) like 'E%') order by -(id::float8)) from account order by id",
            "1|2 2|1 3|2 4|1",
        ),
        (
            "select distinct on (not (upper(no) like 'E%')) no from account order by not (upper(no) like 'E%'), -(id::float8)",
            "E2 S4",
        ),
        (
            "select string_agg(no, ',' order by not (upper(no) like 'S%'), -id) from account",
            "S4,S3,E2,E1",
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
}

/// What is computed for a key is computed of what the reader sees.
#[tokio::test]
async fn keys_are_computed_above_the_masks() {
    let city = City::new().await;
    let who = city_analyst();
    for (sql, want) in [
        (
            "select id from account order by not (upper(address) >= '东莞市东城街道主山1号'), id",
            "3 4 1 2",
        ),
        (
            "select id from account order by length(phone) - 11 > 0, right(phone, 4) || '', id",
            "1 2 4 3",
        ),
        (
            "select id, count(*) over (partition by not (upper(address) = '东莞市东城街道***')) from account order by id",
            "1|2 2|2 3|2 4|2",
        ),
        (
            "select id, rank() over (order by -length(payer_name), upper(address) < '东莞市南') from account order by id",
            "1|3 2|3 3|1 4|1",
        ),
        ("select distinct on (upper(address)) id from account order by upper(address), -id", "2 4"),
        (
            "select string_agg(no, ',' order by not (upper(address) < '东莞市南'), -id) from account",
            "E2,E1,S4,S3",
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
}
