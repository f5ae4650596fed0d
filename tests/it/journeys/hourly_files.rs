//! Files of hourly reads that are refused leave nothing: no book, no payer, no account, no meter, no reading.

use engine::closing::PeriodKind;
use engine::reading::{EnterError, HourlyError, HourlyFile, HourlyReport, import_hourly};
use terms::{Clock, FixedClock, SystemClock};

use crate::city::{City, DAOJIAO, GAOBU};

impl City {
    /// Brings reads of one new meter, at the beginning and the end of a month.
    async fn bring_hourly(
        &self,
        outlet: &str,
        serial: &str,
        days: [&str; 2],
    ) -> Result<HourlyReport, HourlyError> {
        let (outlet, town) = self.outlet(outlet).await;
        let [first, last] = days;
        let text = format!(
            "user key;datetime;meter reading;diff\n{serial};{first} 00:10:00;100000;0\n{serial};{last} 23:10:00;112000;0\n"
        );
        let file =
            HourlyFile { bytes: text.into_bytes(), town, outlet, book_code: "AMR-001".to_owned() };
        import_hourly(&self.pool, &self.clock, file).await
    }

    /// Books, payers, places, accounts, meters, readings, and marks of any of them.
    async fn opened(&self) -> i64 {
        self.count(
            "select (select count(*) from reading_book) + (select count(*) from payer) + (select count(*) from service_point)
                + (select count(*) from account) + (select count(*) from meter) + (select count(*) from reading)
                + (select count(*) from operation_log)",
        )
        .await
    }
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
    let refused = city.bring_hourly(DAOJIAO, "4419-0001", days).await.unwrap_err().to_string();
    assert_eq!(refused, "表 4419-0001 的读数日期 2062-03-01 尚未到来，请核对年月");
    assert_eq!(city.opened().await, before);
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
