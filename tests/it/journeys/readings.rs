//! Readings that come as files: taken whole, or not at all with every bad row listed.

use engine::reading::{
    EnterError, HourlyFile, ImportError, ImportFile, ImportReport, import, import_hourly,
};
use insta::assert_snapshot;
use rust_xlsxwriter::Workbook;

use crate::city::{City, DAOJIAO, Differs, m3};

/// A work book as readers bring it: a row of titles, then meter, day and index, all as text or number.
fn work_book(rows: &[[&str; 3]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, row) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            match cell.parse::<u32>() {
                Ok(number) if column == 2 => sheet.write_number(at, column, number).unwrap(),
                _ => sheet.write_string(at, column, *cell).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

impl City {
    async fn import(&self, bytes: Vec<u8>) -> Result<ImportReport, ImportError> {
        let file = ImportFile {
            name: "十一月抄表.xlsx".to_owned(),
            bytes,
            period: self.period(),
            entered_by: None,
            corrects: false,
            all_zero: false,
            dry_run: false,
        };
        import(&self.pool, &self.clock, file).await
    }
}

const TITLES: [&str; 3] = ["水表号", "抄表时间", "本期止码"];

#[tokio::test]
async fn a_good_work_book_is_taken_whole_and_billed() {
    let city = City::new().await;
    let (one, two) = (city.household("陈大文").await, city.household("李四").await);
    let rows =
        [TITLES, [&one.serial_no, "2026-11-20", "30"], [&two.serial_no, "2026-11-20 09:30", "45"]];
    let report = city.import(work_book(&rows)).await.unwrap();
    assert!(report.imported, "{report:#?}");
    assert_eq!(city.count("select count(*) from reading where source = 'excel'").await, 2);
    assert_eq!(city.bill().await.charges, 2);
    city.check().await;
}

#[tokio::test]
async fn a_bad_work_book_leaves_nothing_behind_and_lists_every_bad_row() {
    let city = City::new().await;
    let from = |new: &mut engine::register::NewAccount| new.meter().start_index = m3("100");
    let (one, two) =
        (city.open("陈大文", DAOJIAO, from).await, city.open("李四", DAOJIAO, from).await);
    let (three, four) = (city.household("王五").await, city.household("赵六").await);
    let rows = [
        TITLES,
        [&one.serial_no, "2026-11-20", "130"],
        ["M999999", "2026-11-20", "12"],
        [&two.serial_no, "2026-11-20", "90"],
        [&one.serial_no, "2026-11-20", "131"],
        [&three.serial_no, "2026-11-20", "三十"],
        [&four.serial_no, "昨天", "30"],
    ];
    let report = city.import(work_book(&rows)).await.unwrap();
    assert!(!report.imported);
    let refused: Vec<_> = report
        .refused
        .iter()
        .map(|r| format!("第{}行 {}〔{}〕{}", r.row, r.column.title(), r.value, r.reason))
        .collect();
    assert_snapshot!(refused.join("\n"), @"
    第3行 水表号〔M999999〕水表号不存在
    第4行 本期止码〔90〕止码小于上期止码（上期止码 100）
    第5行 水表号〔M000001〕同一水表在文件中重复
    第6行 本期止码〔三十〕不是数字
    第7行 抄表时间〔昨天〕不是日期，应如 2026-11-03 或 2026-11-03 09:30
    ");
    assert_eq!(city.count("select count(*) from reading").await, 0);
}

#[tokio::test]
async fn a_missing_column_is_named() {
    let city = City::new().await;
    let rows = [["水表号", "抄表时间", "备注"], ["M000001", "2026-11-20", "30"]];
    let refused = city.import(work_book(&rows)).await.unwrap_err().to_string();
    assert_snapshot!(refused, @"文件缺少列：本期止码");
}

#[tokio::test]
async fn something_else_named_xlsx_is_refused() {
    let city = City::new().await;
    let mut cut_off = work_book(&[TITLES, ["M000001", "2026-11-20", "30"]]);
    cut_off.truncate(cut_off.len() / 2);
    for bytes in [Vec::new(), cut_off, b"PK\x03\x04 and nothing more".to_vec()] {
        assert!(city.import(bytes).await.is_err());
    }
}

#[tokio::test]
async fn real_hourly_reads_become_a_book_of_four_meters() {
    let city = City::new().await;
    let (outlet, town) = city.outlet(DAOJIAO).await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/smart-meter-reads.csv");
    let file = HourlyFile {
        bytes: std::fs::read(path).unwrap(),
        town,
        outlet,
        book_code: "AMR".to_owned(),
    };
    let report = import_hourly(&city.pool, &city.clock, file.clone()).await.unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "rows": 30599,
      "meters": 4,
      "accounts_opened": 4,
      "flags": {
        "out_of_order": 0,
        "repeated_time": 4,
        "falling": 1,
        "spikes": 0,
        "gaps": 634,
        "zero_use": 16144
      },
      "entered": {
        "readings": 48,
        "zero": 0,
        "rollover": 0,
        "high": 0,
        "low": 0,
        "corrected": 0
      },
      "already_read": 0,
      "unfinished": 0,
      "volume": "456.742",
      "refused": [],
      "refused_count": 0,
      "imported": true
    }
    "#);
    // The same file again finds everything there.
    let again = import_hourly(&city.pool, &city.clock, file).await.unwrap();
    assert_eq!((again.accounts_opened, again.entered.readings), (0, 0));
    assert_eq!(again.already_read, report.entered.readings);
    city.check().await;
}

#[tokio::test]
async fn of_hourly_reads_what_is_whole_is_entered_and_no_two_meters_are_taken_for_one() {
    let city = City::new().await;
    let (outlet, town) = city.outlet(DAOJIAO).await;
    let reads =
        [("01/10/2026 00:10:00", 100), ("31/10/2026 23:10:00", 112), ("20/11/2026 09:10:00", 120)];
    let mut text = "user key;datetime;meter reading;diff\n".to_owned();
    for serial in ["4419-0001-A", "4419-0001-B"] {
        for (at, m3) in reads {
            text.push_str(&format!("{serial};{at};{m3}000;0\n"));
        }
    }
    // A transmission that ran away for an hour.
    text.push_str("4419-0001-A;15/10/2026 09:10:00;9100000;0\n");
    let file = HourlyFile { bytes: text.into_bytes(), town, outlet, book_code: "AMR".to_owned() };
    let report = import_hourly(&city.pool, &city.clock, file).await.unwrap();
    assert_eq!((report.accounts_opened, report.flags.spikes), (2, 1));
    assert_eq!((report.entered.readings, report.unfinished), (2, 2));
    let used = "select count(*) from reading where bill_period = 202610 and consumption_m3 = 12";
    assert_eq!(city.count(used).await, 2);
    city.check().await;
}

#[tokio::test]
async fn a_comma_read_over_waits_though_its_meter_has_no_habit_yet() {
    let city = City::new().await;
    let account = city
        .open("陈大文", DAOJIAO, |new| {
            new.meter().max_range = m3("100000");
            new.meter().start_index = m3("1300");
        })
        .await;
    let seen = vec![city.seen(&account, "13245")];
    engine::reading::enter(&city.pool, &city.clock, city.period(), None, seen).await.unwrap();
    assert_eq!(city.count("select count(*) from reading_waiting").await, 1);
    assert_eq!(city.bill().await.charges, 0);
    city.check().await;
}

/// A file that puts readings right is a correction: so it is marked, and who may not correct brings none.
#[tokio::test]
async fn a_file_that_corrects_is_a_correction() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    city.read(&account, "130").await;
    let bring = async |by: &str, index: &str, corrects| {
        let file = ImportFile {
            name: "更正.xlsx".to_owned(),
            bytes: work_book(&[TITLES, [&account.serial_no, "2026-11-24", index]]),
            period: city.period(),
            entered_by: Some(city.somebody(by).await),
            corrects,
            all_zero: false,
            dry_run: false,
        };
        import(&city.pool, &city.clock, file).await
    };
    // Who reviews readings may put them right, and brings no files of new ones.
    assert!(bring("王审核", "30", true).await.unwrap().imported);
    let marks = "select count(*) from operation_log where action = 'reading.reading.correct' and subject = '更正.xlsx'";
    assert_eq!(city.count(marks).await, 1);
    sqlx::query("delete from role_permission where (role, permission) = ('meter_reader', 'reading.reading.correct')")
        .execute(&city.owner)
        .await
        .unwrap();
    let refused = bring("李抄表", "31", true).await.unwrap_err();
    let ImportError::Enter(EnterError::Database(refused)) = refused else { panic!("{refused:?}") };
    assert!(engine::access::is_refused(&refused), "{refused}");
    assert_eq!(
        city.amount("select sum(consumption_m3) from reading_accepted").await.to_string(),
        "30.00"
    );
    city.check().await;
}
