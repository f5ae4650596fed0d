//! What a person can and cannot come to know.

use terms::OutletId;

use super::city::{City, city_analyst, clerk, south_analyst};
use crate::{Person, Scope, WarehouseError};

#[tokio::test]
async fn counts_and_sums_never_tell_of_hidden_rows() {
    let city = City::new().await;
    let sql = "select count(*), sum(amount), min(id), max(id), min(town_id), max(town_id) from charge_line";
    assert_eq!(city.row(&Person::system(), sql).await, "4|87.00|111|141|441900003|441900004");
    assert_eq!(city.row(&clerk(), sql).await, "2|30.00|111|112|441900003|441900003");
    assert_eq!(city.row(&south_analyst(), sql).await, "2|57.00|131|141|441900004|441900004");
    let nobody = Person { scope: Scope { outlets: Some([].into()), ..Scope::city() }, ..clerk() };
    assert_eq!(city.row(&nobody, sql).await, "0|||||");
    let other = Person { scope: Scope::outlet(OutletId(77)), ..clerk() };
    let sql = "select count(*), sum(net), min(outlet_id), max(outlet_id) from payment";
    assert_eq!(city.row(&other, sql).await, "0|||");
    assert_eq!(city.row(&other, &format!("{sql} where method <> 'x'")).await, "0|||");
}

#[tokio::test]
async fn an_error_never_tells_of_hidden_rows() {
    let city = City::new().await;
    let probe =
        |id| format!("select count(*) from charge_line where 1 / (id - {id}) >= 0 and tier >= 1");
    // Line 131 lies in the same file, 141 in memory, both of the other town.
    for hidden in [131, 141] {
        assert_eq!(city.row(&clerk(), &probe(hidden)).await, "2", "{hidden}");
    }
    for who in [clerk(), Person::system()] {
        let own = city.now().await.query(&who, &probe(111), &[]).await;
        assert_eq!(own.unwrap_err().to_string(), "计算出错：第 1 行第 42 列：除数为零");
    }
    // Through a view, a joined table, and the view that reads what the clerk may not see.
    for probe in [
        "select count(*) from receivable where 1 / (charge_line_id - 131) >= 0",
        "select count(*) from arrears where 1 / (settled - 10) >= 0",
        "select count(*) from meter where 1 / (id - 103) >= 0",
        "select count(*) from cashier where 1 / (cashier_id - 2) >= 0",
        "select count(*) from receipt_line where 1 / (late_fee - 0.5) >= 0",
    ] {
        let answer = city.now().await.query(&clerk(), probe, &[]).await;
        assert!(answer.is_ok(), "{probe}: {:?}", answer.err());
    }
}

#[tokio::test]
async fn masked_values_cannot_be_probed() {
    let city = City::new().await;
    let who = city_analyst();
    let sql = "select payer_name, phone, address from account order by id";
    assert_eq!(
        city.rows(&who, sql).await,
        [
            "张*|136****0000|东莞市东城街道***",
            "李*|138****5678|东莞市东城街道***",
            "王*|139****8888|东莞市南城街道***",
            "赵*|139****7777|东莞市南城街道***",
        ]
    );
    for (filter, want) in [
        ("phone = '13988888888'", "0"),
        ("phone like '139888%'", "0"),
        ("phone in ('13988888888', '13977777777')", "0"),
        ("phone between '13980000000' and '13990000000'", "0"),
        ("payer_name = '王五'", "0"),
        ("phone = '139****8888'", "1"),
        ("payer_name > '王*' and payer_name < '王~'", "0"),
    ] {
        let sql = format!("select count(*) from account where {filter}");
        assert_eq!(city.row(&who, &sql).await, want, "{filter}");
    }
    assert_eq!(
        city.row(&who, "select min(phone), max(phone) from account").await,
        "136****0000|139****8888"
    );
    let clerk_sees = "select phone from account where phone = '13600000000'";
    assert_eq!(city.row(&clerk(), clerk_sees).await, "13600000000");
    assert!(city.rows(&clerk(), "select no from account where no like 'S%'").await.is_empty());
}

#[tokio::test]
async fn what_is_not_theirs_does_not_exist_for_them() {
    let city = City::new().await;
    let now = city.now().await;
    for name in [
        "app_user",
        "remittance",
        "remitted",
        "nothing",
        "whole.account",
        "whole.app_user",
        "information_schema.tables",
    ] {
        let answer = now.query(&clerk(), &format!("select * from {name}"), &[]).await;
        assert!(matches!(answer, Err(WarehouseError::Invalid { .. })), "{name}: {answer:?}");
    }
    let names: Vec<_> = now.dictionary(&clerk()).iter().map(|table| table.name).collect();
    let views = ["water_read", "tariff", "receivable", "collected", "arrears"];
    assert_eq!(names[..5], views);
    assert!(!names.contains(&"app_user") && names.contains(&"meter"));
    let account =
        now.dictionary(&city_analyst()).into_iter().find(|t| t.name == "account").unwrap();
    let masked: Vec<_> = account.columns.iter().filter(|c| c.masked).map(|c| c.name).collect();
    assert_eq!(masked, ["payer_name", "phone", "address"]);
}

#[tokio::test]
async fn tables_without_a_deciding_column_are_fenced_through_the_table_above() {
    let city = City::new().await;
    assert_eq!(city.rows(&clerk(), "select serial_no from meter").await, ["M1"]);
    assert_eq!(city.rows(&south_analyst(), "select serial_no from meter").await, ["M3"]);
    assert_eq!(
        city.rows(&clerk(), "select receipt_id, amount from receipt_line").await,
        ["1|20.00"]
    );
    assert_eq!(city.row(&city_analyst(), "select count(*) from meter").await, "2");
}
