//! Names that mean something to a machine: on paper they are names.

use std::process::Command;

use reports::{Format, render};
use warehouse::Person;

use crate::city::City;

/// Markup of Typst, of pages, of formulas, and letters that turn others round.
const NAMES: [&str; 8] = [
    "#panic(\"停\")",
    "*粗*_斜_`码`",
    "$ x^2 $ 店",
    "= 标题 @注 <签>",
    "#set page(fill: red)",
    "<svg onload=a()>",
    "\\u{5f}\\ 双//线",
    "]#[红]{{ 名 }}",
];

#[tokio::test]
async fn a_name_is_printed_as_it_is_written() {
    let city = City::new().await;
    let till = city.counter().await;
    for name in NAMES {
        let account = city.household(name).await;
        city.read(&account, "30").await;
        city.bill().await;
        till.collect(&account, "110").await;
    }
    let books = city.captured().await;
    let report = books.issue("daily-detail", &Person::system()).await;
    let paper = city.data.join("names.pdf");
    std::fs::write(&paper, render(&report, Format::Pdf).unwrap()).unwrap();
    let read = Command::new("pdftotext").arg("-layout").arg(&paper).arg("-").output().unwrap();
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let paper = plain(&String::from_utf8(read.stdout).unwrap());
    let page = String::from_utf8(render(&report, Format::Html).unwrap()).unwrap();
    let rows = String::from_utf8(render(&report, Format::Csv).unwrap()).unwrap();
    for name in NAMES {
        assert!(paper.contains(&plain(name)), "{name}: {paper}");
        assert!(rows.replace("\"\"", "\"").contains(name), "{name}: {rows}");
    }
    assert!(!page.contains("<svg onload") && page.contains("&lt;svg onload=a()&gt;"), "{page}");
    books.stop().await;
}
