//! Files that are carried out of the house.

use std::io::{Cursor, Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::Browser;
use super::site::Site;
use crate::city::City;

/// Orders an export, waits until it is whole, and says where it lies.
pub(super) async fn ordered(city: &City, analyst: &Browser, sql: &str, format: &str) -> String {
    let sql: String = sql.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let order = format!("sql={sql}&purpose=x&format={format}");
    let page = analyst.post_form("/extract/jobs", &order).await;
    assert!(page.status.is_success(), "{} {}", page.status, page.text());
    let end = Instant::now() + Duration::from_secs(20);
    while city.count("select count(*) from export_job where state <> 'done'").await > 0 {
        assert!(Instant::now() < end, "the export does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    format!("/extract/jobs/{}/file", city.count("select max(id) from export_job").await)
}

#[tokio::test]
async fn a_file_keeps_its_length_and_its_parts_whatever_a_browser_would_unpack() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let analyst = site.enter("zhou.ting").await.saying("accept-encoding", "gzip");
    let file = ordered(&city, &analyst, "select * from town", "csv").await;
    let whole = analyst.get(&file).await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text());
    assert_eq!(whole.header("content-length"), whole.body.len().to_string());
    assert_eq!((whole.header("accept-ranges"), whole.header("content-encoding")), ("bytes", ""));
    // What was broken off goes on where it stopped.
    let rest = analyst.saying("range", "bytes=100-").get(&file).await;
    assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(rest.body, whole.body.slice(100..));
    let told = format!("bytes 100-{}/{}", whole.body.len() - 1, whole.body.len());
    assert_eq!(rest.header("content-range"), told);
    site.close().await;
    books.stop().await;
}

/// A register that hears from nobody how far an export is, and takes a while to hear that it is whole.
const HICCUPS: &str = "
    create sequence told;
    create function hiccup() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
    begin
        if current_query() ~ 'set state = ''done''' then
            perform pg_sleep(1.5);
        elsif current_query() ~ 'set rows = ' then
            perform nextval('told');
            raise exception 'a hiccup';
        end if;
        return null;
    end $$;
    create trigger hiccup before update on export_job
        for each statement execute function hiccup();
    select tell_laws('{laws}')";

#[tokio::test]
async fn an_export_outlives_a_register_that_does_not_hear_how_far_it_is() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let analyst = site.enter("zhou.ting").await;
    sqlx::raw_sql(HICCUPS).execute(&city.owner).await.unwrap();
    let file = ordered(&city, &analyst, "select * from town", "csv").await;
    assert_eq!(city.count("select count(*) from told where is_called").await, 1);
    let whole = analyst.get(&file).await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text());
    site.close().await;
    books.stop().await;
}

/// Amounts above a hundred million, averages, and a number of seventeen digits.
const LARGE: &str = "
    select g.town as 镇街,
           sum(cast(g.m3 as numeric(18,2)) * cast(g.price as numeric(9,5))) as 金额,
           avg(cast(g.m3 as numeric(18,2))) as 平均,
           stddev(cast(g.m3 as numeric(18,2))) as 离差,
           sum(cast(g.long as numeric(20,7))) as 长数,
           to_char(current_timestamp, 'YYYY-MM-DD HH24:MI:SS') as 时刻
    from (values ('道滘', 100000000.00, 1.25, 1234567891.2345678), ('道滘', 250000000.50, 1.25, 0.0),
                 ('高埗', 123456789.12, 1.25, 1000000000.5), ('高埗', 0.03, 1.25, 0.0), ('高埗', 0.05, 1.25, 0.0))
         as g (town, m3, price, long)
    group by g.town
    order by g.town";
/// What a reader writes below the two rows.
const FORMULAS: &str = r#"<row r="5">
    <c r="B5" t="str"><f>TEXT(SUM(B2:B3),"0.0000000")</f></c><c r="C5" t="str"><f>TEXT(SUM(C2:C3),"0.00000")</f></c>
    <c r="D5"><f>COUNT(D2:D3)</f></c><c r="E5"><f>COUNT(E2:E3)</f></c></row></sheetData>"#;

fn part(book: &[u8], name: &str) -> String {
    let mut text = String::new();
    let mut book = ZipArchive::new(Cursor::new(book)).unwrap();
    book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The work book with another first sheet.
fn with_sheet(book: &[u8], sheet: &str) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(book)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let file = old.by_index_raw(at).unwrap();
        if file.name().unwrap() == "xl/worksheets/sheet1.xml" {
            new.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
            new.write_all(sheet.as_bytes()).unwrap();
        } else {
            new.raw_copy_file(file).unwrap();
        }
    }
    new.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_work_book_is_added_up_by_whoever_opens_it() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let analyst = site.enter("zhou.ting").await;
    let file = ordered(&city, &analyst, LARGE, "xlsx").await;
    let book = analyst.get(&file).await.body;
    let sheet = part(&book, "xl/worksheets/sheet1.xml");
    let path = city.data.join("large.xlsx");
    std::fs::write(&path, with_sheet(&book, &sheet.replace("</sheetData>", FORMULAS))).unwrap();
    let home = format!("-env:UserInstallation=file://{}/office", city.data.display());
    let csv = "csv:Text - txt - csv (StarCalc):44,34,76,1";
    let opened = Command::new("soffice")
        .args([&home, "--headless", "--convert-to", csv, "--outdir"])
        .args([&city.data, &path])
        .output()
        .unwrap();
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    let read = std::fs::read_to_string(city.data.join("large.csv")).unwrap().replace('"', "");
    // 437500000.625 + 154320986.5, and 175000000.25 + 41152263.0666…; of the long numbers one is a text.
    assert!(read.contains(",591820987.1250000,216152263.31667,2,1,"), "{read}");
    assert!(read.contains(",1234567891.2345678,"), "{read}");
    // What is not added up and what was rounded is told, and which moment the statement calls its own.
    let about = part(&book, "xl/worksheets/sheet2.xml");
    for words in ["“长数”列有 1 个数超过 Excel 的 15 位有效数字", "“平均”列有 1 个除得的数位数太多"]
    {
        assert!(about.contains(words), "{words}: {about}");
    }
    assert!(!about.contains("“金额”列"), "{about}");
    let moment = about.split("<t>运行时刻</t>").nth(1).and_then(|rest| rest.split("<t>").nth(1));
    let moment = moment.and_then(|rest| rest.split("</t>").next()).unwrap();
    assert_eq!(sheet.matches(&format!("<t>{moment}</t>")).count(), 2, "{moment}: {sheet}");
    site.close().await;
    books.stop().await;
}
