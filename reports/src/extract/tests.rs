use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, DurationSecondArray, Float64Array, Int64Array,
    IntervalMonthDayNanoArray, ListArray, NullArray, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int64Type, IntervalMonthDayNanoType, Schema, TimeUnit};
use futures::stream;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use warehouse::Row;

use super::*;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("account_id", DataType::Int64, true),
        Field::new("payer_name", DataType::Utf8, true),
        Field::new("amount", DataType::Decimal128(18, 2), true),
        Field::new(
            "posted_at",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        Field::new("account_date", DataType::Date32, true),
    ]))
}

fn batch(from: i64, rows: i64) -> RecordBatch {
    let all = || from..from + rows;
    RecordBatch::try_new(
        schema(),
        vec![
            Arc::new(Int64Array::from_iter_values(all().map(|i| 441_900_000_000_000_001 + i))),
            Arc::new(StringArray::from_iter_values(all().map(|i| format!("张{i}，\"道滘\"")))),
            Arc::new(
                Decimal128Array::from_iter_values(all().map(i128::from))
                    .with_precision_and_scale(18, 2)
                    .unwrap(),
            ),
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(all().map(|_| 1_795_500_312_000_000))
                    .with_timezone("UTC"),
            ),
            Arc::new(Date32Array::from_iter_values(all().map(|_| 20_781))),
        ],
    )
    .unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("weir-extract-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

async fn written(
    name: &str,
    format: ExportFormat,
    batches: Vec<Result<RecordBatch, WarehouseError>>,
) -> (Written, Vec<u8>) {
    let folder = folder(name);
    let path = folder.join("out").with_extension(format.code());
    let about = [("用途".to_owned(), "测试".to_owned())];
    let seen = AtomicU64::new(0);
    let progress = |rows| seen.store(rows, Ordering::Relaxed);
    let schema = batches.iter().flatten().next().map_or_else(schema, RecordBatch::schema);
    let done = write(
        stream::iter(batches),
        schema,
        format,
        &path,
        &about,
        progress,
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    let file = fs::read(&path).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(
        (done.bytes, done.rows),
        (u64::try_from(file.len()).unwrap(), seen.load(Ordering::Relaxed))
    );
    assert_eq!(done.sha256, hex::encode(Sha256::digest(&file)));
    (done, file)
}

#[tokio::test]
async fn csv_opens_in_excel_and_keeps_every_row() {
    let (done, file) =
        written("csv", ExportFormat::Csv, vec![Ok(batch(0, 3)), Ok(batch(3, 2))]).await;
    assert_eq!(done.rows, 5);
    let text = String::from_utf8(file).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "\u{feff}account_id,payer_name,amount,posted_at,account_date"
    );
    assert_eq!(
        lines.next().unwrap(),
        "441900000000000001,\"张0，\"\"道滘\"\"\",0.00,2026-11-24 14:05:12,2026-11-24"
    );
    assert_eq!(lines.count(), 4);
}

#[tokio::test]
async fn a_work_book_keeps_ids_as_text_and_says_what_it_is() {
    let (_, file) = written("xlsx", ExportFormat::Xlsx, vec![Ok(batch(0, 3))]).await;
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<t>441900000000000003</t>"), "{sheet}");
    assert!(sheet.contains("<v>0.02</v>"));
    assert!(part(&file, "xl/worksheets/sheet2.xml").contains("用途"));
}

/// A statement that is longer than a cell is told as far as it fits.
#[tokio::test]
async fn a_text_that_no_cell_holds_is_told_with_its_column() {
    let folder = folder("cell");
    let about = [("语句".to_owned(), "长".repeat(40_000))];
    for (letters, fits) in [(32_767, true), (32_768, false)] {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["长".repeat(letters)]));
        let batch = RecordBatch::try_from_iter([("备注", text)]).unwrap();
        let (schema, rows) = (batch.schema(), stream::iter([Ok(batch)]));
        let (path, never) = (folder.join("out.xlsx"), CancellationToken::new());
        let done = write(rows, schema, ExportFormat::Xlsx, &path, &about, |_| {}, &never).await;
        match done {
            Ok(_) => assert!(fits),
            Err(told) => {
                let told = told.to_string();
                assert!(
                    !fits && told.contains("列“备注”里有更长的文字：请改成 CSV 导出"),
                    "{told}"
                );
            }
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

/// A column of each type that a statement may give; two have one name.
const ODD: [&str; 13] = [
    "moment", "wall", "late", "second", "time", "span", "length", "rate", "wide", "whole", "list",
    "nothing", "moment",
];

fn odd() -> RecordBatch {
    let moment = || {
        TimestampMicrosecondArray::from(vec![1_793_462_400_000_000, -3_000_000_000_000_000])
            .with_timezone("+08:00")
    };
    let spans = [IntervalMonthDayNanoType::make_value(1, 2, 10_800_000_000_000); 2];
    let columns: [ArrayRef; 13] = [
        Arc::new(moment()),
        Arc::new(TimestampMicrosecondArray::from(vec![1_793_491_200_000_000, 1])),
        Arc::new(
            TimestampNanosecondArray::from(vec![1_793_462_400_250_000_000, 7]).with_timezone("UTC"),
        ),
        Arc::new(TimestampSecondArray::from(vec![1_793_491_200, 0])),
        Arc::new(Time64MicrosecondArray::from(vec![50_712_000_000, 50_712_000_001])),
        Arc::new(IntervalMonthDayNanoArray::from_iter_values(spans)),
        Arc::new(DurationSecondArray::from(vec![120, 93_784])),
        Arc::new(Float64Array::from_iter_values(["21.75", "NaN"].map(|n| n.parse().unwrap()))),
        Arc::new(UInt64Array::from(vec![3, u64::MAX])),
        Arc::new(Int64Array::from(vec![999_999_999_999_999, i64::MIN])),
        Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(1), Some(2)]),
            Some(vec![Some(3), None]),
        ])),
        Arc::new(NullArray::new(2)),
        Arc::new(moment()),
    ];
    let named = ODD.into_iter().zip(columns).map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(named).unwrap()
}

/// What the screen shows of a row.
fn shown(batch: &RecordBatch, row: usize) -> Vec<String> {
    let row = Row::of(batch, row);
    (0..batch.num_columns()).map(|column| row.value(column).to_string()).collect()
}

#[test]
fn the_screen_shows_times_by_the_clock() {
    assert_eq!(
        shown(&odd(), 0),
        [
            "2026-11-01 00:00:00",
            "2026-11-01 00:00:00",
            "2026-11-01 00:00:00.25",
            "2026-11-01 00:00:00",
            "14:05:12",
            "1 mon 2 days 03:00:00",
            "00:02:00",
            "21.75",
            "3",
            "999999999999999",
            "{1,2}",
            "",
            "2026-11-01 00:00:00",
        ]
    );
    assert_eq!(
        shown(&odd(), 1),
        [
            "1874-12-08 02:40:00",
            "1970-01-01 00:00:00.000001",
            "1970-01-01 08:00:00.000000007",
            "1970-01-01 00:00:00",
            "14:05:12.000001",
            "1 mon 2 days 03:00:00",
            "1 day 02:03:04",
            "NaN",
            "18446744073709551615",
            "-9223372036854775808",
            "{3,NULL}",
            "",
            "1874-12-08 02:40:00",
        ]
    );
}

#[tokio::test]
async fn csv_says_what_the_screen_says() {
    let (_, file) = written("odd-csv", ExportFormat::Csv, vec![Ok(odd())]).await;
    let mut rows = csv::Reader::from_reader(&file[3..]);
    assert_eq!(rows.headers().unwrap(), ODD.as_slice());
    for (at, row) in rows.records().enumerate() {
        assert_eq!(row.unwrap(), shown(&odd(), at));
    }
}

#[tokio::test]
async fn parquet_keeps_types_as_far_as_its_readers_know_them() {
    let (_, file) = written("odd-parquet", ExportFormat::Parquet, vec![Ok(odd())]).await;
    let folder = folder("odd-read");
    let path = folder.join("odd.parquet");
    fs::write(&path, file).unwrap();
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let schema = file.schema().clone();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!((&names[..12], names[12]), (&ODD[..12], "moment_2"));
    let micros =
        |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
    for (name, kind) in [
        ("moment", micros(Some("+08:00"))),
        ("wall", micros(None)),
        ("second", DataType::Timestamp(TimeUnit::Millisecond, None)),
        ("span", DataType::Utf8),
        ("rate", DataType::Float64),
    ] {
        assert_eq!(schema.field_with_name(name).unwrap().data_type(), &kind, "{name}");
    }
    let read = file.build().unwrap().next().unwrap().unwrap();
    for row in 0..2 {
        assert_eq!(shown(&read, row), shown(&odd(), row));
    }
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_work_book_adds_up_numbers_and_loses_no_value() {
    let (_, file) = written("odd-xlsx", ExportFormat::Xlsx, vec![Ok(odd())]).await;
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    // 2026-11-01 is day 46327 of Excel.
    assert_eq!(sheet.matches("<v>46327</v>").count(), 4, "{sheet}");
    for cell in [
        "<v>46327.00000289",
        "<v>21.75</v>",
        "<v>3</v>",
        "<v>999999999999999</v>",
        "<t>NaN</t>",
        "<t>18446744073709551615</t>",
        "<t>-9223372036854775808</t>",
        "<t>1874-12-08 02:40:00</t>",
        "<t>14:05:12</t>",
        "<t>1 mon 2 days 03:00:00</t>",
        "<t>00:02:00</t>",
        "<t>{1,2}</t>",
    ] {
        assert!(sheet.contains(cell), "{cell}: {sheet}");
    }
}

#[tokio::test]
async fn what_looks_like_a_formula_is_a_text_in_a_work_book_and_itself_in_a_line() {
    let texts = ["=1+1", "+1", "-2+3", "@x"];
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    let batch = RecordBatch::try_from_iter([("=name", column)]).unwrap();
    let all = ["=name"].into_iter().chain(texts);
    let (_, file) = written("formula-xlsx", ExportFormat::Xlsx, vec![Ok(batch.clone())]).await;
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    for text in all.clone() {
        assert!(sheet.contains(&format!("<t>{text}</t>")), "{text}: {sheet}");
    }
    assert!(!sheet.contains("<f"), "{sheet}");
    let (_, csv) = written("formula-csv", ExportFormat::Csv, vec![Ok(batch)]).await;
    let csv = String::from_utf8(csv[3..].to_vec()).unwrap();
    assert!(csv.lines().eq(all), "{csv}");
}

#[tokio::test]
async fn zeros_at_its_end_make_no_number_a_text() {
    let decimals = |values: [i128; 3], scale| -> ArrayRef {
        let column = Decimal128Array::from_iter_values(values);
        Arc::new(column.with_precision_and_scale(38, scale).unwrap())
    };
    let columns = [
        // The sum of quantities times prices: 100,000,000.00 yuan and more.
        (
            "amount",
            decimals([1_000_000_000_000_000, 1_234_567_891_234_500_000, -1_234_567_891_234_501], 7),
        ),
        ("fine", decimals([1, 1_234_567_891_234_501_000, 123_456_789_012_345_000_000], 13)),
        // What was divided: an average and a standard deviation.
        ("average", decimals([333_333_333_333_333_333, 125_000_000_000_000_000_000, 0], 20)),
    ];
    let named = columns.into_iter().map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(named).unwrap();
    let (_, file) = written("zeros-xlsx", ExportFormat::Xlsx, vec![Ok(batch.clone())]).await;
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    for cell in [
        "<v>100000000</v>",
        "<v>123456789123.45</v>",
        "<t>-123456789.1234501</t>",
        "<v>0.0000000000001</v>",
        "<t>123456.7891234501000</t>",
        "<v>12345678.9012345</v>",
        "<v>0.003333333333333333</v>",
        "<v>1.25</v>",
        "<v>0</v>",
    ] {
        assert!(sheet.contains(cell), "{cell}: {sheet}");
    }
    let (_, csv) = written("zeros-csv", ExportFormat::Csv, vec![Ok(batch.clone())]).await;
    let csv = String::from_utf8(csv).unwrap();
    for row in 0..3 {
        assert_eq!(csv.lines().nth(row + 1).unwrap(), shown(&batch, row).join(","));
    }
    let about = part(&file, "xl/worksheets/sheet2.xml");
    for words in ["“amount”列有 1 个数", "“fine”列有 1 个数", "“average”列有 1 个除得的数"]
    {
        assert!(about.contains(words), "{words}: {about}");
    }
}

#[tokio::test]
async fn no_rows_still_make_a_file_with_its_header() {
    for format in [ExportFormat::Csv, ExportFormat::Xlsx, ExportFormat::Parquet] {
        let (done, file) = written(&format!("none-{}", format.code()), format, Vec::new()).await;
        assert_eq!(done.rows, 0);
        assert!(!file.is_empty());
    }
}

#[test]
fn a_full_sheet_goes_on_in_the_next() {
    let folder = folder("sheets");
    let path = folder.join("out.xlsx");
    for (rows, sheets) in [(0, 1), (9, 1), (10, 1), (11, 2), (25, 3)] {
        let (send, receive) = mpsc::channel(2);
        send.try_send(batch(0, rows)).unwrap();
        drop(send);
        let job = Job {
            schema: schema(),
            path: path.clone(),
            about: Vec::new(),
            cancel: CancellationToken::new(),
        };
        xlsx_file::write_sheets(&job, Batches(receive), 10).unwrap();
        let file = fs::read(&path).unwrap();
        let names = part(&file, "xl/workbook.xml").matches("<sheet ").count();
        assert_eq!(names, sheets, "{rows} rows");
        let last = part(&file, &format!("xl/worksheets/sheet{sheets}.xml"));
        let in_last = rows - 10 * (i64::try_from(sheets).unwrap() - 1);
        assert_eq!(
            last.matches("<row ").count(),
            usize::try_from(in_last + 1).unwrap(),
            "{rows} rows"
        );
    }
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn what_fails_or_is_cancelled_leaves_nothing() {
    let folder = folder("cancel");
    let path = folder.join("out.csv");
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let endless = stream::iter(0..).map(|i| Ok(batch(i, 10)));
    let progress = move |rows| {
        if rows >= 1_000 {
            stop.cancel();
        }
    };
    let error = write(endless, schema(), ExportFormat::Csv, &path, &[], progress, &cancel)
        .await
        .unwrap_err();
    assert!(matches!(error, ExtractError::Cancelled), "{error}");
    let failing =
        vec![Ok(batch(0, 10)), Err(WarehouseError::Deadline(std::time::Duration::from_secs(1)))];
    let error = write(
        stream::iter(failing),
        schema(),
        ExportFormat::Xlsx,
        &path,
        &[],
        |_| (),
        &CancellationToken::new(),
    )
    .await;
    assert!(matches!(error, Err(ExtractError::Warehouse(_))));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::remove_dir_all(folder).unwrap();
}

fn part(file: &[u8], name: &str) -> String {
    let mut book = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}
