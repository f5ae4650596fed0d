//! What does not fit into the books is told by its field and its fault, not as a fault of ours.

use insta::assert_snapshot;
use sqlx::AssertSqlSafe;

use crate::city::City;

#[tokio::test]
async fn the_database_s_refusals_name_the_field_and_the_fault() {
    let city = City::new().await;
    let release = |reason: &str| {
        format!(
            "insert into hold_release (hold_id, reason, by_user_id, at) values (1, {reason}, 1, now())"
        )
    };
    let mut said = Vec::new();
    for (what, sql) in [
        ("a long reason", release("repeat('长', 201)")),
        ("no reason", release("null")),
        ("an amount of thirteen digits", "select 1234567890123.00::yuan".to_owned()),
        ("a month that is none", "select 202613::bill_period".to_owned()),
        ("a price below nothing", "select (-1)::unit_price".to_owned()),
        ("a day that is none", "select '2026-02-30'::date".to_owned()),
        ("a letter that no text holds", "select chr(0)".to_owned()),
        ("a number beyond all", "select (3000000000)::integer".to_owned()),
        // A law of the books has words of its own, and a fault of ours none.
        ("a check between columns", "insert into stock_segment (receipt_type, code, first_no, last_no, next_no, digits, outlet_id, moved_at)
            select 'nontax', 'X', 9, 8, 9, 8, id, now() from organisation limit 1".to_owned()),
        ("a statement that is wrong", "select no_such_column from account".to_owned()),
    ] {
        let refused = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&city.owner).await.expect_err(what);
        let told = engine::unfit(&refused).map_or_else(|| "—".to_owned(), |unfit| unfit.to_string());
        said.push(format!("{what}: {told}"));
    }
    let nul = sqlx::query("select $1::text").bind("a\0b").execute(&city.pool).await.unwrap_err();
    said.push(format!("a NUL: {}", engine::unfit(&nul).unwrap()));
    assert_snapshot!(said.join("\n"), @r"
    a long reason: “原因”过长、为空或格式有误
    no reason: “原因”不能为空
    an amount of thirteen digits: 填写的内容超出可登记的数值范围
    a month that is none: “月份”过长、为空或格式有误
    a price below nothing: “单价”过长、为空或格式有误
    a day that is none: 填写的内容不是可登记的日期
    a letter that no text holds: —
    a number beyond all: 填写的内容超出可登记的数值范围
    a check between columns: —
    a statement that is wrong: —
    a NUL: 填写的内容含有不能保存的字符
    ");
}
