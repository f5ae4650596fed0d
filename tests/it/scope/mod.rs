//! Who sees what: rows of other towns and counters, names of payers, and everything that is not a question.

use insta::assert_snapshot;
use terms::Role;
use warehouse::{Person, Pinned};

use crate::city::{Books, City, Differs, GAOBU, as_text, ask};

/// Two counters in two towns took money today; an analyst of each town and one of the city may ask.
async fn two_towns(city: &City) -> Books<'_> {
    let (chen, li) = (city.counter().await, city.clerk("li.mei", "李梅", GAOBU).await);
    let (_, gaobu) = city.outlet(GAOBU).await;
    city.person("zhou.ting", "周婷", Role::Analyst, None, Some(gaobu)).await;
    city.person("he.lin", "何琳", Role::Leader, None, None).await;
    let here = city.household_owing_for("陈大文", "30").await;
    let there = city
        .open("王小明", GAOBU, |new| new.point().address = "东莞市高埗镇冼沙村8号".into())
        .await;
    city.read(&there, "45").await;
    city.bill().await;
    chen.collect(&here, "110").await;
    li.collect(&there, "300").await;
    city.captured().await
}

/// What a statement is refused with.
async fn refusal(pinned: &Pinned, who: &Person, sql: &str) -> String {
    match pinned.query(who, sql, &[]).await {
        Ok(answer) => panic!("{sql}: was answered: {answer:?}"),
        Err(refused) => refused.to_string(),
    }
}

#[tokio::test]
async fn an_analyst_of_one_town_sees_that_town() {
    let city = City::new().await;
    let books = two_towns(&city).await;
    let pinned = books.up_to_now().await;
    let analyst = books.person("zhou.ting").await;
    let sql = "select count(distinct town_id) from charge";
    assert_eq!(ask(&pinned, &Person::system(), sql).await, ["2"]);
    assert_eq!(ask(&pinned, &analyst, sql).await, ["1"]);
    assert_eq!(ask(&pinned, &analyst, "select sum(net) from payment").await.len(), 1);
    assert_eq!(
        ask(&pinned, &analyst, "select payer_name, phone from account").await,
        ["王**|138****1234"]
    );
    // Not through the sum of all less the own, not through a join, not through a view.
    for sql in [
        "select count(*) from account a full join charge c on true where c.town_id <> a.town_id",
        "select count(*) from collected where town_id not in (select town_id from account)",
        "select count(*) from receivable r where not exists (select 1 from account a where a.id = r.account_id)",
    ] {
        assert_eq!(ask(&pinned, &analyst, sql).await, ["0"], "{sql}");
    }
    books.stop().await;
}

#[tokio::test]
async fn a_clerk_sees_the_own_counter_and_its_names() {
    let city = City::new().await;
    let books = two_towns(&city).await;
    let pinned = books.up_to_now().await;
    let clerk = books.person("chen.juan").await;
    assert_eq!(ask(&pinned, &clerk, "select payer_name from account").await, ["陈大文"]);
    assert_eq!(ask(&pinned, &clerk, "select sum(net) from payment").await, ["103.33"]);
    let report = books.report("daily-detail", &clerk).await;
    assert_snapshot!(as_text(&report), @"
    陈娟 | 2611000000001 | 10:00:00 | 00000001 | 陈大文 | 2026-11 | 30 | 58.48 | 25.65 | 19.20 | 0.00 | 0.00 | 0.00 | 103.33 | 现金 | 4419261 00001001 | 4419261 00001001 | 蓝
    合　　计 | 30 | 58.48 | 25.65 | 19.20 | 0.00 | 0.00 | 0.00 | 103.33 |  |  |  |
    ");
    books.stop().await;
}

#[tokio::test]
async fn hidden_rows_and_masked_letters_cannot_be_probed() {
    let city = City::new().await;
    let books = two_towns(&city).await;
    let pinned = books.up_to_now().await;
    let analyst = books.person("zhou.ting").await;
    let hidden =
        &ask(&pinned, &Person::system(), "select max(id) from account where payer_name = '陈大文'")
            .await[0];
    // A division by zero would tell of the hidden row; the fence lets it see nothing.
    let probe = format!("select count(*) from account where 1 / (id - {hidden}) < 1000");
    assert_eq!(ask(&pinned, &analyst, &probe).await, ["1"]);
    for probe in [
        "select count(*) from account where payer_name = '王小明'",
        "select count(*) from account where payer_name like '王小%'",
        "select count(*) from account where phone like '13812%'",
        "select count(*) from account where address like '%冼沙%'",
        "select count(*) from account group by payer_name having max(payer_name) = '王小明'",
    ] {
        let rows = ask(&pinned, &analyst, probe).await;
        assert!(rows.is_empty() || rows == ["0"], "{probe}: {rows:?}");
    }
    books.stop().await;
}

#[tokio::test]
async fn what_is_no_question_is_refused_in_plain_words() {
    let city = City::new().await;
    let books = two_towns(&city).await;
    let pinned = books.up_to_now().await;
    let leader = books.person("he.lin").await;
    let mut answers = Vec::new();
    for sql in [
        "delete from payment",
        "insert into payment select * from payment",
        "update account set payer_name = '无'",
        "create table mine as select * from account",
        "drop table payment",
        "copy (select * from account) to '/tmp/accounts.csv'",
        "create external table t stored as csv location '/etc/passwd'",
        "select * from '/etc/passwd'",
        "set datafusion.execution.batch_size = 1",
        "select 1; select 2",
        "select * from credential",
        "select * from no_such_table",
        "select payer from account",
        "selekt 1",
    ] {
        answers.push(format!("{sql}\n  → {}", refusal(&pinned, &leader, sql).await));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    delete from payment
      → 只能查询，不能修改数据：DELETE
    insert into payment select * from payment
      → 只能查询，不能修改数据：INSERT
    update account set payer_name = '无'
      → 只能查询，不能修改数据：UPDATE
    create table mine as select * from account
      → 只能查询，不能改动表：CREATE
    drop table payment
      → 只能查询，不能改动表：DROP
    copy (select * from account) to '/tmp/accounts.csv'
      → 只能查询，不能读写文件：COPY；要文件请用导出
    create external table t stored as csv location '/etc/passwd'
      → 只能查询，不能改动表：CREATE
    select * from '/etc/passwd'
      → 第 1 行第 15 列：没有名为“/etc/passwd”的表，或您无权查看
    set datafusion.execution.batch_size = 1
      → 只能查询，不能改变设置：SET
    select 1; select 2
      → 一次只能执行一条语句
    select * from credential
      → 第 1 行第 15 列：没有名为“credential”的表，或您无权查看
    select * from no_such_table
      → 第 1 行第 15 列：没有名为“no_such_table”的表，或您无权查看
    select payer from account
      → 第 1 行第 8 列：没有名为“payer”的列
    selekt 1
      → 第 1 行第 1 列：只能执行查询（SELECT 或 WITH），不能执行 SELEKT
    "#);
    books.stop().await;
}

#[tokio::test]
async fn who_has_left_sees_nothing() {
    let city = City::new().await;
    let books = two_towns(&city).await;
    sqlx::query("update app_user set active = false where login = 'zhou.ting'")
        .execute(&city.owner)
        .await
        .unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    for login in ["zhou.ting", "nobody", "' or 1=1 --"] {
        let user = engine::access::user_named(&mut connection, login).await.unwrap();
        assert!(user.is_none(), "{login}");
    }
    books.stop().await;
}
