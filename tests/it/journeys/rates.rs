//! What is charged changes by two persons, from a day on, and never for a month that was billed.

use engine::access::Reach;
use engine::tariff::{
    RateError, RateKind, RateRows, TariffsSet, decide_rates, rate_orders, read_rows, set_tariffs,
    submit_rates, unheld,
};
use terms::Role;

use crate::city::City;

const HEAD: &str = "fee_item,class,town,supplier,valid_from,valid_to,levy_ratio,base_persons,basis,fixed_charge,\
minimum_charge,tier,upto,unit_price,add_per_person,status,doc_no,source,replaces\n";

impl City {
    async fn read_table(&self, kind: RateKind, table: &str) -> Result<RateRows, RateError> {
        let mut connection = self.pool.acquire().await.unwrap();
        read_rows(&mut connection, kind, table).await
    }

    /// A garbage rate of residents by water, in force from a day on.
    pub(super) async fn garbage_rate(&self, place: &str, from: &str, price: &str) -> RateRows {
        let row = format!(
            "garbage,resident,{place},{from},,1,4,volume,0,0,1,,{price},0,official,东发改〔2026〕9号,文件,\n"
        );
        self.read_table(RateKind::Tariff, &format!("{HEAD}{row}")).await.unwrap()
    }

    async fn garbage_line(&self) -> String {
        let sql = "select unit_price || ' ' || amount from charge_line where fee_item = 'garbage' order by id desc limit 1";
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn a_price_holds_once_another_person_approved_it_and_a_correction_is_another_version() {
    let city = City::new().await;
    let maker = city.manager().await;
    let checker = city.person("second", "复核员", Role::GroupAdministrator, None, None).await;
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    let rows = city.garbage_rate(",", "2026-11-01", "0.7").await;
    let order = submit_rates(&city.pool, &city.clock, maker, rows, "调价").await.unwrap();
    let own = decide_rates(&city.pool, &city.clock, maker, order, true).await.unwrap_err();
    assert!(matches!(own, RateError::SamePerson), "{own:?}");
    let mut connection = city.owner.acquire().await.unwrap();
    let waiting = rate_orders(&mut connection, &Reach::default(), 10).await.unwrap();
    let said: Vec<_> = waiting[0].rows.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["垃圾处理费 居民 2026-11-01起 0.7元/立方米 东发改〔2026〕9号"]);
    assert_eq!((waiting[0].submitter.as_str(), waiting[0].approved), ("管理员", None));
    drop(connection);
    decide_rates(&city.pool, &city.clock, checker, order, true).await.unwrap();
    let again = decide_rates(&city.pool, &city.clock, checker, order, false).await.unwrap_err();
    assert!(matches!(again, RateError::Decided), "{again:?}");
    // Nobody was billed yet: the price was typed wrong, and is put right.
    let rows = city.garbage_rate(",", "2026-11-01", "0.68").await;
    city.set_rates(rows).await.unwrap();
    city.bill().await;
    assert_eq!(city.garbage_line().await, "0.6800 20.40");
    let versions = "select string_agg(p.unit_price::text, ' ' order by v.id) from tariff_version v
        join tariff_tier p on p.version_id = v.id where v.class = 'resident' and v.fee_item = 'garbage' and v.replaced_at is null";
    let versions: String = sqlx::query_scalar(versions).fetch_one(&city.owner).await.unwrap();
    assert_eq!(versions, "0.6400 0.6800");
    // Now somebody was: the month is named.
    let late = city.garbage_rate(",", "2026-11-15", "0.5").await;
    let refused = city.set_rates(late).await.unwrap_err().to_string();
    assert!(refused.contains("2026-11已计费"), "{refused}");
    let next = city.garbage_rate(",", "2026-12-01", "0.5").await;
    city.set_rates(next).await.unwrap();
    city.agrees().await;
}

#[tokio::test]
async fn a_suppliers_own_price_comes_before_the_towns_and_the_citys() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let supplier: String = sqlx::query_scalar(
        "select o.name from account a join organisation o on o.id = a.supplier_id limit 1",
    )
    .fetch_one(&city.owner)
    .await
    .unwrap();
    let in_town = city.garbage_rate("道滘,", "2026-10-01", "0.9").await;
    city.set_rates(in_town).await.unwrap();
    let own = city.garbage_rate(&format!(",{supplier}"), "2026-10-01", "0.8").await;
    city.set_rates(own).await.unwrap();
    city.read(&account, "30").await;
    city.bill().await;
    assert_eq!(city.garbage_line().await, "0.8000 24.00");
    city.agrees().await;
}

#[tokio::test]
async fn owners_and_late_fees_change_by_two_persons_too() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let office = "select name from organisation where kind = 'finance' order by id limit 1";
    let office: String = sqlx::query_scalar(office).fetch_one(&city.owner).await.unwrap();
    let table = format!("town,fee_item,valid_from,owner\n道滘,garbage,2026-11-01,{office}\n");
    let owners = city.read_table(RateKind::Owner, &table).await.unwrap();
    city.set_rates(owners).await.unwrap();
    let rules = "fee_item,valid_from,grace_days,rate_per_day,cap_ratio,status,doc_no,source\n\
        water,2026-11-20,10,0.0005,1,official,东发改〔2026〕9号,文件\n";
    let rules = city.read_table(RateKind::LateFee, rules).await.unwrap();
    city.set_rates(rules.clone()).await.unwrap();
    city.read(&account, "30").await;
    city.bill().await;
    let owner = "select o.kind from charge_line l join organisation o on o.id = l.owner_id where l.fee_item = 'garbage'";
    let owner: String = sqlx::query_scalar(owner).fetch_one(&city.owner).await.unwrap();
    assert_eq!(owner, "finance");
    // Bills went out that are due after its first day.
    let refused = city.set_rates(rules).await.unwrap_err().to_string();
    assert!(refused.contains("已计费"), "{refused}");
    city.agrees().await;
}

/// What is said of an order, whatever it is of.
#[tokio::test]
async fn every_kind_of_order_is_listed_in_the_words_of_the_trade() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let office: String = sqlx::query_scalar(
        "select name from organisation where kind = 'finance' order by id limit 1",
    )
    .fetch_one(&city.owner)
    .await
    .unwrap();
    let own = city.garbage_rate("道滘,", "2026-12-01", "0.9").await;
    let owner = format!("town,fee_item,valid_from,owner\n道滘,garbage,2026-12-01,{office}\n");
    let rule = "fee_item,valid_from,grace_days,rate_per_day,cap_ratio,status,doc_no,source\n\
        water,2026-12-20,10,0.0005,1,placeholder,,文件\n";
    let quota = format!("account,period,quota_m3\n{},2026-12,60.5\n", account.no);
    city.set_rates(own).await.unwrap();
    for (kind, table) in [
        (RateKind::Owner, owner.as_str()),
        (RateKind::LateFee, rule),
        (RateKind::Quota, quota.as_str()),
    ] {
        let rows = city.read_table(kind, table).await.unwrap();
        city.set_rates(rows).await.unwrap();
    }
    let mut connection = city.owner.acquire().await.unwrap();
    let orders = rate_orders(&mut connection, &Reach::default(), 10).await.unwrap();
    let said: Vec<_> = orders
        .iter()
        .map(|order| (order.kind.label(), order.count, order.rows[0].to_string()))
        .collect();
    assert_eq!(
        said,
        [
            ("用水定额", 1, format!("{} 2026-12 60.5立方米", account.no)),
            (
                "滞纳金规则",
                1,
                "水费 2026-12-20起 宽限10天 每日0.05% 最多为本金的100%（待核定）".to_owned()
            ),
            ("费用归属", 1, format!("道滘 垃圾处理费 2026-12-01起 归{office}")),
            (
                "收费标准",
                1,
                "垃圾处理费 居民 道滘 2026-12-01起 0.9元/立方米 东发改〔2026〕9号".to_owned()
            ),
        ]
    );
}

/// One row of an order that is too late is enough, wherever it stands among the others.
#[tokio::test]
async fn an_order_of_many_rows_is_asked_once_and_names_the_first_month_that_was_billed() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    city.bill().await;
    let row = |class: &str, town: &str, from: &str| {
        format!("garbage,{class},{town},,{from},,1,4,volume,0,0,1,,0.7,0,placeholder,,测试,\n")
    };
    let order = async |rows: &[String]| {
        let table = format!("{HEAD}{}", rows.concat());
        let rows = city.read_table(RateKind::Tariff, &table).await.unwrap();
        city.set_rates(rows).await
    };
    // Classes and towns that nobody was billed by, and months that nobody was billed for.
    let free = [
        row("by_household", "", "2026-10-01"),
        row("resident", "高埗", "2026-10-01"),
        row("resident", "", "2026-12-01"),
    ];
    order(&free).await.unwrap();
    let late = [
        row("by_bin", "", "2026-10-01"),
        row("resident", "道滘", "2026-09-01"),
        row("resident", "", "2027-01-01"),
    ];
    let refused = order(&late).await.unwrap_err().to_string();
    assert!(refused.contains("2026-11已计费"), "{refused}");
}

#[tokio::test]
async fn what_cannot_hold_is_told_in_words() {
    let city = City::new().await;
    let row = |row: &str| format!("{HEAD}{row}\n");
    for (table, words) in [
        (
            row("garbage,shopp,,,2026-11-01,,1,4,volume,0,0,1,,0.7,0,placeholder,,测试,"),
            "类别不属于该收费项目",
        ),
        (
            row("garbage,shop,,,2026-11-01,,1,4,volume,0,0,1,,0.7,0,official,,测试,"),
            "正式标准须有文号",
        ),
        (
            row("water,resident,,,2026-11-01,,1,4,area,0,0,1,,0.7,0,placeholder,,测试,"),
            "只有垃圾费可按面积",
        ),
        (
            row("water,resident,,,2026-11-01,,1,4,volume,0,0,1,22,0.7,0,placeholder,,测试,"),
            "最后一级不设上限",
        ),
        (
            row("water,resident,,,2026-11-01,,0.9,4,volume,0,0,1,,0.7,0,placeholder,,测试,"),
            "只有污水处理费有计征比例",
        ),
        (
            row("overquota,special,,,2026-11-01,,1,4,volume,0,0,1,0.2,1,5,placeholder,,测试,\n\
                 overquota,special,,,2026-11-01,,1,4,volume,0,0,2,,2,0,placeholder,,测试,"),
            "不随人数增加",
        ),
        (
            row("garbage,by_bin,,,2026-11-01,,1,4,bin,0,0,1,,1000000,0,placeholder,,测试,"),
            "应小于一百万元",
        ),
        (
            row("water,resident,火星,,2026-11-01,,1,4,volume,0,0,1,,0.7,0,placeholder,,测试,"),
            "镇街不存在",
        ),
        (
            row("water,resident,,,2026-11-01,,1,4,volume,0,0,1,,0.7,0,placeholder,,测试,999999"),
            "引用的",
        ),
        (HEAD.to_owned(), "没有可提交的内容"),
    ] {
        let said = match city.read_table(RateKind::Tariff, &table).await {
            Ok(rows) => city.set_rates(rows).await.unwrap_err(),
            Err(error) => error,
        };
        assert!(said.to_string().contains(words), "{said}");
    }
    let quotas = "account,period,quota_m3\n00000000,2026-11,5\n";
    let said = city.read_table(RateKind::Quota, quotas).await.unwrap_err().to_string();
    assert!(said.contains("户号不存在"), "{said}");
    let nobody = decide_rates(&city.pool, &city.clock, city.manager().await, -1, true).await;
    assert!(matches!(nobody, Err(RateError::UnknownOrder(-1))));
    let clerk = city.counter().await;
    let rows = city.garbage_rate(",", "2026-12-01", "0.7").await;
    let refused = submit_rates(&city.pool, &city.clock, clerk.cashier, rows, "调价").await;
    assert!(matches!(refused, Err(RateError::Elsewhere)), "{refused:?}");
    let finance = city.person("cai", "财政", Role::Finance, None, None).await;
    let rows = city.garbage_rate(",", "2026-12-01", "0.7").await;
    let refused = submit_rates(&city.pool, &city.clock, finance, rows, "调价").await.unwrap_err();
    let RateError::Database(refused) = refused else { panic!("{refused:?}") };
    assert!(engine::access::is_refused(&refused), "{refused}");
    city.check().await;
}

#[tokio::test]
async fn a_shipped_rate_that_stands_otherwise_is_told_and_left() {
    let city = City::new().await;
    let again = set_tariffs(&city.pool, &city.clock).await.unwrap();
    assert_eq!(again, TariffsSet::default());
    sqlx::raw_sql(
        "set session_replication_role = replica;
         update tariff_tier set unit_price = unit_price + 0.01 where tier = 1 and version_id = (
             select id from tariff_version where fee_item = 'water' and class = 'resident' and town_id is null);
         update late_fee_rule set grace_days = grace_days + 1 where fee_item = 'sewage';
         set session_replication_role = origin",
    )
    .execute(&mut *city.owner.acquire().await.unwrap())
    .await
    .unwrap();
    // Told whether anybody was billed yet or not.
    for _ in 0..2 {
        let told = set_tariffs(&city.pool, &city.clock).await.unwrap();
        let rates: Vec<_> =
            told.unheld.iter().map(|rate| rate.rsplit_once(' ').unwrap().0).collect();
        assert_eq!((told.set, rates), (0, vec!["水费 居民阶梯", "滞纳金 污水处理费"]));
        city.household_owing_for("陈大文", "30").await;
    }
    // As a table it is submitted for a month that nobody was billed for; then the books hold it.
    let shipped = unheld(&mut city.pool.acquire().await.unwrap()).await.unwrap();
    let (tariffs, rules) = (shipped.tariffs(), shipped.late_fees());
    assert_eq!((tariffs.lines().count(), rules.lines().count()), (4, 2), "{tariffs}{rules}");
    for (kind, table) in [(RateKind::Tariff, tariffs), (RateKind::LateFee, rules)] {
        let table = table.replace("2016-01-01", "2027-06-01");
        let rows = city.read_table(kind, &table).await.unwrap();
        city.set_rates(rows).await.unwrap();
    }
    assert_eq!(set_tariffs(&city.pool, &city.clock).await.unwrap(), TariffsSet::default());
}

/// A price of a later release that begins on another day is not passed over in silence.
#[tokio::test]
async fn a_shipped_rate_that_came_after_the_first_bill_is_told() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    sqlx::raw_sql(
        "set session_replication_role = replica;
         delete from tariff_tier where version_id in (select id from tariff_version where class = 'by_bin');
         delete from tariff_version where class = 'by_bin';
         set session_replication_role = origin",
    )
    .execute(&mut *city.owner.acquire().await.unwrap())
    .await
    .unwrap();
    let told = set_tariffs(&city.pool, &city.clock).await.unwrap();
    assert_eq!((told.set, told.unheld), (0, vec!["垃圾处理费 单位（按桶） 2016-01-01".to_owned()]));
}
