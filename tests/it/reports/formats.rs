//! One laid-out report, drawn five times, read back by programs that are not ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use reports::{Format, LaidOut, Verdict, render};
use terms::Role;
use warehouse::Person;

use crate::city::{City, DAOJIAO, GAOBU, ask};

/// Names whose characters lie outside the common tables of fonts.
const RARE: [&str; 3] = ["道滘", "高埗", "木棆"];

/// A day on which many people paid, so that the detail runs over pages.
async fn long_day(city: &City) {
    let mubian = waterworks(city).await;
    for (login, name, outlet) in
        [("chen.juan", "陈娟", DAOJIAO), ("li.mei", "李梅", GAOBU), ("wu.zhi", "吴志", &mubian)]
    {
        let till = city.clerk(login, name, outlet).await;
        for n in 0..12 {
            let account = city.open(&format!("{name}的住户{n}"), outlet, |_| {}).await;
            city.read(&account, &format!("{}", 20 + n)).await;
            city.bill().await;
            till.collect(&account, "200").await;
        }
    }
}

async fn waterworks(city: &City) -> String {
    sqlx::query_scalar("select name from organisation where name like '%木棆%' limit 1")
        .fetch_one(&city.owner)
        .await
        .unwrap()
}

fn save(folder: &Path, report: &LaidOut, format: Format) -> PathBuf {
    let file = folder.join(format!("{}.{}", report.code, format.ending()));
    std::fs::write(&file, render(report, format).unwrap()).unwrap();
    file
}

fn run(program: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[tokio::test]
async fn paper_work_book_and_rows_tell_the_same() {
    let city = City::new().await;
    let books = city.captured().await;
    long_day(&city).await;
    let all = Person::system();
    let report = books.issue("daily-detail", &all).await;
    assert!(report.pages.len() > 1, "the detail runs over pages");
    assert!(report.proved(), "{:#?}", report.checks);
    let sum = &ask(&books.up_to_now().await, &all, "select sum(net) from payment").await[0];
    let total = report.total("net").unwrap().text.replace(',', "");
    assert_eq!(&total, sum);

    let pdf = save(&city.data, &report, Format::Pdf);
    let pdf = pdf.to_str().unwrap();
    let paper = run("pdftotext", &["-layout", pdf, "-"]);
    for name in RARE {
        assert!(paper.contains(name), "the paper lacks {name}");
    }
    assert!(
        ["本页小计", "合计人民币（大写）", "出纳", "第2页"]
            .iter()
            .all(|words| paper.contains(words)),
        "{paper}"
    );
    let pages = report.pages.len();
    assert!(
        run("pdfinfo", &[pdf])
            .lines()
            .any(|l| l.starts_with("Pages:") && l.ends_with(&format!(" {pages}")))
    );
    assert!(paper.contains(&report.total("net").unwrap().text));

    let html = String::from_utf8(render(&report, Format::Html).unwrap()).unwrap();
    let rows = String::from_utf8(render(&report, Format::Csv).unwrap()).unwrap();
    let json: LaidOut = serde_json::from_slice(&render(&report, Format::Json).unwrap()).unwrap();
    assert_eq!(json, report);
    for text in [&html, &rows] {
        assert!(RARE.iter().all(|name| text.contains(name)));
        assert!(text.replace(',', "").contains(&total));
    }

    // LibreOffice reads the work book, and adds its rows up to what SQL says.
    let book = save(&city.data, &report, Format::Xlsx);
    let home = format!("-env:UserInstallation=file://{}/office", city.data.display());
    let out = city.data.join("office-out");
    run(
        "soffice",
        &[
            &home,
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1",
            "--outdir",
            out.to_str().unwrap(),
            book.to_str().unwrap(),
        ],
    );
    let converted = std::fs::read_to_string(out.join("daily-detail.csv")).unwrap();
    assert!(RARE.iter().all(|name| converted.contains(name)), "{converted}");
    let totals = converted.lines().filter(|line| line.contains("合　　计"));
    let whole = report.total("net").unwrap().text.clone();
    assert!(
        totals.into_iter().any(|l| l.replace([',', '"'], "").contains(&whole.replace(',', ""))),
        "{converted}"
    );
    books.stop().await;
}

#[tokio::test]
async fn a_number_gives_the_same_bytes_for_ever() {
    let city = City::new().await;
    let till = city.counter().await;
    let (one, two) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    let books = city.captured().await;
    till.collect(&one, "110").await;
    let chen = books.person("chen.juan").await;
    let printed = books.issue("daily-collection", &chen).await;
    let number = printed.number.clone().unwrap();
    let then: Vec<_> = Format::ALL.iter().map(|f| render(&printed, *f).unwrap()).collect();
    // The day goes on, capture goes down and comes back, the clerk moves to another outlet.
    till.collect(&two, "300").await;
    books.stop().await;
    sqlx::query("update app_user set name = '陈娟娟' where login = 'chen.juan'")
        .execute(&city.owner)
        .await
        .unwrap();
    let books = city.captured().await;
    let again = books.archive.again(&books.warehouse, &number).await.unwrap();
    for (format, bytes) in Format::ALL.iter().zip(then) {
        assert!(render(&again, *format).unwrap() == bytes, "{format:?} differs");
    }
    let newer = books.issue("daily-collection", &chen).await;
    assert_ne!(newer.number, printed.number);
    assert_ne!(newer.hash, printed.hash);
    books.stop().await;
}

#[tokio::test]
async fn paper_that_was_tampered_with_is_told() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let books = city.captured().await;
    till.collect(&account, "110").await;
    city.person("zhou.ting", "周婷", Role::Analyst, None, None).await;
    let report = books.issue("daily-collection", &books.person("zhou.ting").await).await;
    for format in [Format::Pdf, Format::Xlsx, Format::Html] {
        let bytes = render(&report, format).unwrap();
        let verdict = books.archive.verify_file(&books.warehouse, &bytes).await.unwrap();
        assert!(matches!(verdict, Verdict::Genuine { .. }), "{format:?}: {verdict:?}");
    }
    let html = String::from_utf8(render(&report, Format::Html).unwrap()).unwrap();
    let forged = html.replace("103.33", "903.33");
    let verdict = books.archive.verify_file(&books.warehouse, forged.as_bytes()).await.unwrap();
    assert!(matches!(verdict, Verdict::Altered { .. }), "{verdict:?}");
    books.stop().await;
}
