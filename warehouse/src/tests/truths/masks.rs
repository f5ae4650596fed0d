//! What a reader with masks sees.

use crate::tests::city::{City, city_analyst, south_analyst};

/// A sort, a rank or a partition sees what the reader sees.
#[tokio::test]
async fn masks_stand_under_everything() {
    let city = City::new().await;
    let who = city_analyst();
    for (sql, want) in [
        // Plain, the phones of 3 and 4 come in the other order.
        (
            "select id, phone from account order by phone, id",
            vec!["1|136****0000", "2|138****5678", "4|139****7777", "3|139****8888"],
        ),
        ("select id from account order by address, id", vec!["1", "2", "3", "4"]),
        ("select id from account order by address desc, id desc", vec!["4", "3", "2", "1"]),
        (
            "select id, rank() over (order by address) as place from account order by id",
            vec!["1|1", "2|1", "3|3", "4|3"],
        ),
        (
            "select id, dense_rank() over (order by address desc) as place from account order by id",
            vec!["1|2", "2|2", "3|1", "4|1"],
        ),
        (
            "select id, count(*) over (partition by address) as n from account order by id",
            vec!["1|2", "2|2", "3|2", "4|2"],
        ),
        (
            "select id, count(*) over (partition by address order by id) as n from account order by id",
            vec!["1|1", "2|2", "3|1", "4|2"],
        ),
        (
            "select address, count(*) from account group by address order by address",
            vec!["东莞市东城街道***|2", "东莞市南城街道***|2"],
        ),
        (
            "select distinct address from account order by 1",
            vec!["东莞市东城街道***", "东莞市南城街道***"],
        ),
        ("select count(distinct address) from account", vec!["2"]),
        (
            "select string_agg(phone, ',' order by phone) from account where id > 2",
            vec!["139****7777,139****8888"],
        ),
        (
            "select min(address), max(address) from account",
            vec!["东莞市东城街道***|东莞市南城街道***"],
        ),
        ("select count(*) from account a join account b on a.address = b.address", vec!["8"]),
        (
            "select address from account union select '东莞市东城街道***' order by 1",
            vec!["东莞市东城街道***", "东莞市南城街道***"],
        ),
        (
            "select id, '东莞市南城街道元美3号' as probe from account where address >= '东莞市南城街道元美3号' order by id",
            vec![],
        ),
        (
            "select first_value(id) over (order by address, id) as f from account order by id limit 1",
            vec!["1"],
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await, want, "{sql}");
    }
    // A literal of one's own among the sorted values told where a plain value lies.
    let probe = "select a, id from (select address as a, id from account union all select '东莞市东城街道主山2号', 0) x order by a, id";
    assert_eq!(
        city.rows(&south_analyst(), probe).await,
        ["东莞市东城街道主山2号|0", "东莞市南城街道***|3", "东莞市南城街道***|4"]
    );
}
