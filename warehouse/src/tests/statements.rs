//! Which statements are let in, and what is said to the others.

use super::city::{City, city_analyst};
use crate::{Person, WarehouseError};

#[tokio::test]
async fn only_one_query_is_let_in() {
    let city = City::new().await;
    let now = city.now().await;
    for (sql, want) in [
        ("insert into account values (1)", "只能查询，不能修改数据：INSERT"),
        ("update account set no = '1'", "只能查询，不能修改数据：UPDATE"),
        ("  delete from account", "只能查询，不能修改数据：DELETE"),
        ("-- hello\ntruncate account", "只能查询，不能修改数据：TRUNCATE"),
        ("create table t as select 1", "只能查询，不能改动表：CREATE"),
        (
            "create external table t stored as parquet location '/etc'",
            "只能查询，不能改动表：CREATE",
        ),
        ("create view v as select 1", "只能查询，不能改动表：CREATE"),
        ("drop table account", "只能查询，不能改动表：DROP"),
        ("copy account to '/tmp/x.csv'", "只能查询，不能读写文件：COPY；要文件请用导出"),
        ("set datafusion.runtime.memory_limit = '9G'", "只能查询，不能改变设置：SET"),
        ("reset datafusion.runtime.memory_limit", "只能查询，不能改变设置：RESET"),
        ("prepare p as select 1", "只能查询，不能改变设置：PREPARE"),
        (
            "explain select * from account",
            "只能查询数据，不能执行 EXPLAIN；表和列的说明请看数据字典",
        ),
        ("show tables", "只能查询数据，不能执行 SHOW；表和列的说明请看数据字典"),
        ("values (1)", "只能执行查询（SELECT 或 WITH），不能执行 VALUES"),
        ("select 1; select 2", "一次只能执行一条语句"),
        ("", "请写一条查询语句"),
        ("select * into t from account", "只能查询，不能把结果存成表：SELECT INTO"),
        ("select * from account for update", "只能查询，不能锁定数据：FOR UPDATE"),
        (
            "with recursive r as (select 1 as n union all select n + 1 from r) select * from r",
            "起止和步长要直接写出，最多 2000 行",
        ),
        ("select * from generate_series(1, 400000000)", "起止和步长要直接写出，最多 2000 行"),
        ("select 1 where 1 == 1", "相等请写一个等号：="),
        ("select 1_000", "数字里不能写下划线：1_000"),
        (r"select 'a' like 'x\'", r"LIKE 的文字不能以一个 \ 结束：反斜杠本身请写 \\"),
        ("select cast(net as string) from payment", "没有类型 string：文字请写 text"),
        (
            "select count(*) from account group by cube(id, no, town_id, outlet_id, book_id, persons, status, phone, address)",
            "分组太多：CUBE、ROLLUP、GROUPING SETS 合计最多 8 项",
        ),
    ] {
        let refused = now.query(&city_analyst(), sql, &[]).await.unwrap_err();
        // Before it may stand the place.
        assert!(refused.to_string().ends_with(want), "{sql}: {refused}");
        assert!(matches!(refused, WarehouseError::Refused(_)), "{sql}: {refused:?}");
    }
    for sql in [
        "select 1;",
        "(select 1)",
        "with a as (select 1 as n) select n from a",
        "/* 查 */ select '；', 'a;b'",
    ] {
        assert!(now.query(&city_analyst(), sql, &[]).await.is_ok(), "{sql}");
    }
    let inner = "with x as (insert into account values (1) returning id) select * from x";
    assert!(now.query(&city_analyst(), inner, &[]).await.is_err());
}

#[tokio::test]
async fn statements_that_only_burn_time_are_turned_away_before_planning() {
    let city = City::new().await;
    let now = city.now().await;
    let chain = |term: &str, times: usize| {
        format!("select * from account where {}", vec![term; times].join(" or "))
    };
    let nested = format!("select {}1{}", "(".repeat(100), ")".repeat(100));
    let sums = format!("select {}", vec!["1"; 20_000].join(" + "));
    let nots = format!("select {} true", "not ".repeat(10_000));
    for sql in [chain("id = 1", 20_000), nested, sums, nots, "x".repeat(300_000)] {
        let refused = now.query(&Person::system(), &sql, &[]).await;
        assert!(matches!(refused, Err(WarehouseError::Refused(_))), "{}: {refused:?}", &sql[..60]);
    }
    let list: Vec<_> = (0..10_000).map(|id| id.to_string()).collect();
    let pasted = format!("select count(*) from account where id in ({})", list.join(","));
    assert_eq!(city.row(&Person::system(), &pasted).await, "4");
    assert!(now.query(&Person::system(), &chain("id = 1", 200), &[]).await.is_ok());
}

#[tokio::test]
async fn dangerous_functions_do_not_exist() {
    let city = City::new().await;
    let now = city.now().await;
    for (call, name) in [
        ("array_repeat(1, 2000000000)", "array_repeat"),
        ("range(1, 400000000)", "range"),
        ("input_file_name()", "input_file_name"),
        ("random()", "random"),
    ] {
        let refused =
            now.query(&Person::system(), &format!("select {call} from account"), &[]).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(&format!("没有函数“{name}”，或不允许使用")), "{said}");
    }
}

#[tokio::test]
async fn mistakes_are_named_with_their_place() {
    let city = City::new().await;
    let now = city.now().await;
    for (sql, want) in [
        (
            "select *\nfrom acount",
            "第 2 行第 6 列：没有名为“acount”的表，或您无权查看，是不是“account”？",
        ),
        (
            "select id,\n  payer_nam\nfrom account",
            "第 2 行第 3 列：没有名为“payer_nam”的列，是不是“payer_name”？",
        ),
        ("select zzz from account", "第 1 行第 8 列：没有名为“zzz”的列"),
        (
            "select id from charge c join charge_line l on c.id = l.charge_id",
            "第 1 行第 8 列：列“id”在几张表里都有，请写明是哪张表的，例如 c.id",
        ),
    ] {
        let said = now.query(&city_analyst(), sql, &[]).await.unwrap_err().to_string();
        assert_eq!(said, want);
    }
    for (sql, want) in [
        ("select 'open", "第 1 行第 8 列：引号没有写完"),
        ("select * from account where", "第 1 行第 28 列：语句没有写完，此处应为列名或算式"),
        ("select (1", "第 1 行第 10 列：语句没有写完，此处应为“)”"),
        ("select id， no from account", "第 1 行第 10 列：这里写了全角的“，”，请改成半角的“,”"),
    ] {
        let said = now.query(&city_analyst(), sql, &[]).await.unwrap_err().to_string();
        assert!(said.starts_with(want), "{sql}: {said}");
    }
}
