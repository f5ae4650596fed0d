//! Files of hourly reads that are refused leave nothing: no book, no payer, no account, no meter, no reading, no room for
//! a month; and they say all that is wrong.

use engine::closing::PeriodKind;
use engine::reading::{
    EnterError, HourlyError, HourlyFile, HourlyReport, RefusedRow, import_hourly,
};
use engine::register::NewAccount;
use terms::{Clock, FixedClock, SystemClock};

use super::at_once::queue;
use crate::city::{City, DAOJIAO, GAOBU};

/// Reads of one meter at the beginning and the end of a month.
fn month(serial: &str, [first, last]: [&str; 2]) -> String {
    format!("{serial};{first} 00:10:00;100000;0\n{serial};{last} 23:10:00;112000;0\n")
}

impl City {
    /// Brings reads of one new meter, at the beginning and the end of a month.
    async fn bring_hourly(
        &self,
        outlet: &str,
        serial: &str,
        days: [&str; 2],
    ) -> Result<HourlyReport, HourlyError> {
        self.bring_rows(outlet, &month(serial, days)).await
    }

    /// Brings these rows.
    async fn bring_rows(&self, outlet: &str, rows: &str) -> Result<HourlyReport, HourlyError> {
        let (outlet, town) = self.outlet(outlet).await;
        let text = format!("user key;datetime;meter reading;diff\n{rows}");
        let file =
            HourlyFile { bytes: text.into_bytes(), town, outlet, book_code: "AMR-001".to_owned() };
        import_hourly(&self.pool, &self.clock, file).await
    }

    /// Books, payers, places, accounts, meters, readings and months that have room for them, and marks of any of them.
    async fn opened(&self) -> i64 {
        self.count(
            "select (select count(*) from reading_book) + (select count(*) from payer) + (select count(*) from service_point)
                + (select count(*) from account) + (select count(*) from meter) + (select count(*) from reading)
                + (select count(*) from pg_inherits where inhparent = 'reading'::regclass)
                + (select count(*) from operation_log)",
        )
        .await
    }
}

/// What a report says is wrong.
fn wrong(report: &HourlyReport) -> Vec<String> {
    let said = |row: &RefusedRow| {
        format!(
            "第{}行 {} {}：{}（{}）",
            row.row,
            row.meter,
            row.column.title(),
            row.reason,
            row.value
        )
    };
    report.refused.iter().map(said).collect()
}

#[tokio::test]
async fn a_file_of_a_closed_month_leaves_nothing() {
    let mut city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    city.at("2026-12-03 09:00");
    city.close_month(PeriodKind::Read, 202_611).await.unwrap();
    let before = city.opened().await;
    let november = ["01/11/2026", "30/11/2026"];
    let refused = city.bring_hourly(DAOJIAO, "4419-0001", november).await.unwrap_err();
    assert!(matches!(refused, HourlyError::Enter(EnterError::MonthClosed)), "{refused}");
    assert_eq!(city.opened().await, before);
    city.check().await;
}

#[tokio::test]
async fn a_file_of_a_year_to_come_is_refused_whole() {
    let city = City::new().await;
    let before = city.opened().await;
    let days = ["01/03/2062", "31/03/2062"];
    let report = city.bring_hourly(DAOJIAO, "4419-0001", days).await.unwrap();
    assert!(!report.imported);
    assert_eq!(
        wrong(&report),
        [
            "第2行 4419-0001 抄表时间：读数日期 2062-03-01 尚未到来，请核对年月（01/03/2062 00:10:00）",
            "第3行 4419-0001 抄表时间：读数日期 2062-03-31 尚未到来，请核对年月（31/03/2062 23:10:00）",
        ]
    );
    assert_eq!(city.opened().await, before);
}

/// Two meters are wrong by what the books know of them, and rows by themselves: whoever brings the file mends all at once.
#[tokio::test]
async fn all_that_is_wrong_in_a_file_is_named_and_nothing_of_it_is_taken() {
    let city = City::new().await;
    let [first, second] = [city.household("陈大文").await, city.household("李四").await];
    let before = city.opened().await;
    let august = ["01/08/2026", "31/08/2026"];
    let good = month("4419-0001", august);
    let early = [month(&first.serial_no, august), month(&second.serial_no, august)].concat();
    let odd = "4419-0002;31/02/2026 00:10:00;一百;0\n;01/08/2026 00:10:00;100;0\n4419-0003;01/08/2026 00:10:00;200000000;0\n";
    let report = city.bring_rows(DAOJIAO, &format!("{good}{early}{odd}")).await.unwrap();
    assert!(!report.imported);
    assert_eq!((report.rows, report.refused_count, report.accounts_opened), (9, 6, 0));
    assert_eq!(
        wrong(&report),
        [
            "第5行 M000001 水表号：水表于 2026-10 才装表（M000001）",
            "第7行 M000002 水表号：水表于 2026-10 才装表（M000002）",
            "第8行 4419-0002 抄表时间：不是时间，应如 31/10/2026 23:10:00（31/02/2026 00:10:00）",
            "第8行 4419-0002 本期止码：不是数字（一百）",
            "第9行  水表号：水表号应为 1 至 40 个字，不含控制符和全角字符（）",
            "第10行 4419-0003 本期止码：止码超出水表量程（200000000）",
        ]
    );
    assert_eq!(city.opened().await, before);
    // Without those rows the file is taken.
    let report = city.bring_rows(DAOJIAO, &good).await.unwrap();
    assert_eq!((report.imported, report.entered.readings), (true, 1));
    city.check().await;
}

#[tokio::test]
async fn of_a_thousand_wrong_rows_a_hundred_are_listed_and_all_are_counted() {
    let city = City::new().await;
    let rows = "4419-0001;01/08/2026 00:10:00;一百;0\n".repeat(1_000);
    let report = city.bring_rows(DAOJIAO, &rows).await.unwrap();
    assert_eq!((report.refused.len(), report.refused_count), (100, 1_000));
    assert!(!report.imported);
}

/// Somebody holds the meter of the second month; while the file waits for it, it holds neither the meter of the first nor
/// the chain of marks, which whoever bills needs next.
#[tokio::test]
async fn a_file_of_many_months_holds_nothing_while_it_waits_for_a_meter() {
    let city = City::new().await;
    let differs = |account: &mut NewAccount| {
        account.opened_on = "2026-08-01".parse().unwrap();
    };
    let low = city.open("陈大文", DAOJIAO, differs).await;
    let high = city.open("李四", DAOJIAO, differs).await;
    assert!(low.meter.0 < high.meter.0);
    let rows = [
        month(&high.serial_no, ["01/09/2026", "30/09/2026"]),
        month(&low.serial_no, ["01/10/2026", "31/10/2026"]),
    ]
    .concat();
    let mut held = city.owner.begin().await.unwrap();
    let lock = "select from meter where id = $1 for no key update nowait";
    sqlx::query(lock).bind(low.meter.0).execute(&mut *held).await.unwrap();
    let let_go = async {
        queue(&city, 1).await;
        sqlx::query(lock).bind(high.meter.0).execute(&mut *held).await.unwrap();
        let chain = "select from operation_chain where chain = 0 for update nowait";
        sqlx::query(chain).execute(&mut *held).await.unwrap();
        held.commit().await.unwrap();
    };
    let (report, ()) = tokio::join!(city.bring_rows(DAOJIAO, &rows), let_go);
    assert_eq!(report.unwrap().entered.readings, 2);
    city.check().await;
}

/// All marks come last; each tells of the rows of its own act, so that a row that is changed later names that one.
#[tokio::test]
async fn each_mark_of_a_file_tells_of_the_rows_of_its_own_act() {
    let city = City::new().await;
    let rows = [
        month("4419-0001", ["01/09/2026", "30/09/2026"]),
        month("4419-0002", ["01/10/2026", "31/10/2026"]),
    ]
    .concat();
    city.bring_rows(DAOJIAO, &rows).await.unwrap();
    let told = "select concat_ws(' ', l.action, (
            select string_agg(distinct t.rows, ' ') from (
                select concat_ws(':', w->>0, case w->>0 when 'reading' then month_of_id(lower((w->>1)::int8multirange)) end) as rows
                from jsonb_array_elements(l.details->'wrote') w) t))
        from operation_log l where l.action ~ '^(register.book|register.account|reading)' order by l.id";
    let told: Vec<String> = sqlx::query_scalar(told).fetch_all(&city.owner).await.unwrap();
    assert_eq!(
        told,
        [
            "register.book.open reading_book",
            "register.account.open account meter payer service_point",
            "reading.reading.enter reading:202609",
            "reading.reading.enter reading:202610",
        ]
    );
    city.check().await;
}

#[tokio::test]
async fn a_book_of_another_outlet_is_refused_with_both_names() {
    let city = City::new().await;
    let october = ["01/10/2026", "31/10/2026"];
    city.bring_hourly(DAOJIAO, "4419-0001", october).await.unwrap();
    let before = city.opened().await;
    let refused = city.bring_hourly(GAOBU, "4419-0002", october).await.unwrap_err().to_string();
    assert!(refused.contains(DAOJIAO) && refused.contains(GAOBU), "{refused}");
    assert_eq!(city.opened().await, before);
    city.check().await;
}

/// The year is typed wrong: the house opened this month, and would have to close all months since then.
#[tokio::test]
async fn a_house_that_opens_takes_no_reads_of_years_ago() {
    let mut city = City::new().await;
    city.clock = FixedClock(SystemClock.now());
    city.opens_for_real().await;
    let before = city.opened().await;
    let days = ["01/03/2016", "31/03/2016"];
    let refused = city.bring_hourly(DAOJIAO, "4419-0001", days).await.unwrap_err().to_string();
    assert_eq!(refused, "2016-03早于本网点开账，不能录入抄表，请核对年月");
    assert_eq!(city.opened().await, before);
    city.check().await;
}
