//! Files of readings that are not what they seem: last month's once more, and work books made to hurt.

use engine::reading::{ImportError, ImportFile, ImportReport, RefusedRow, SheetError, import};
use rust_xlsxwriter::Workbook;

use crate::city::{Account, City};

/// Brings a file of text for this month.
async fn bring(city: &City, text: &str, all_zero: bool) -> Result<ImportReport, ImportError> {
    let file = ImportFile {
        name: "抄表.csv".to_owned(),
        bytes: text.as_bytes().to_vec(),
        period: city.period(),
        entered_by: None,
        corrects: false,
        all_zero,
        dry_run: false,
    };
    import(&city.pool, &city.clock, file).await
}

/// A file with this day and index for each of the meters.
fn rows(accounts: &[Account], day: &str, indices: &[&str]) -> String {
    let row =
        |(account, index): (&Account, &&str)| format!("{},{day},{index}\n", account.serial_no);
    "水表号,抄表时间,本期止码\n".to_owned()
        + &accounts.iter().zip(indices).map(row).collect::<String>()
}

#[tokio::test]
async fn the_file_of_the_month_before_is_not_this_month_s() {
    let mut city = City::new().await;
    let accounts = [city.household("陈大文").await, city.household("李四").await];
    let november = rows(&accounts, "2026-11-20", &["30", "45"]);
    assert!(bring(&city, &november, false).await.unwrap().imported);
    city.at("2026-12-22 10:00");
    let report = bring(&city, &november, false).await.unwrap();
    assert!(!report.imported);
    let said = |row: &RefusedRow| format!("第{}行 {}：{}", row.row, row.column.title(), row.reason);
    let reasons: Vec<_> = report.refused.iter().map(said).collect();
    assert_eq!(
        reasons,
        [
            "第2行 抄表时间：抄表日期和止码与上次抄表（2026-11-20，30）相同，疑似重复导入上期文件",
            "第3行 抄表时间：抄表日期和止码与上次抄表（2026-11-20，45）相同，疑似重复导入上期文件",
        ]
    );
    // Under other dates nobody has used anything: that is asked about.
    let redated = rows(&accounts, "2026-12-20", &["30", "45"]);
    let asked = bring(&city, &redated, false).await.unwrap_err();
    assert!(matches!(asked, ImportError::AllZero(2)), "{asked}");
    assert_eq!(city.count("select count(*) from reading").await, 2);
    // One meter that stands still is nobody's question; two that are meant are taken.
    let one = rows(&accounts[..1], "2026-12-20", &["30"]);
    assert!(bring(&city, &one, false).await.unwrap().imported);
    let two = rows(&accounts[1..], "2026-12-20", &["45"]);
    assert!(bring(&city, &two, true).await.unwrap().imported);
    city.at("2027-01-22 10:00");
    let still = rows(&accounts, "2027-01-20", &["30", "45"]);
    assert!(bring(&city, &still, false).await.is_err());
    assert!(bring(&city, &still, true).await.unwrap().imported);
    city.check().await;
}

#[tokio::test]
async fn two_columns_for_the_index_are_named_and_nothing_is_taken() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let file =
        format!("水表号,抄表时间,本次读数,本期止码\n{},2026-11-20,3,30\n", account.serial_no);
    let refused = bring(&city, &file, false).await.unwrap_err().to_string();
    assert_eq!(refused, "有2列都可作“本期止码”：本次读数、本期止码，请只保留一列");
    assert_eq!(city.count("select count(*) from reading").await, 0);
}

#[tokio::test]
async fn a_work_book_is_what_its_sender_sees_on_one_sheet() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let write = |book: &mut Workbook, name: &str| {
        let rows = [
            ["水表号", "抄表时间", "本期止码", "备注"],
            [account.serial_no.as_str(), "2026-11-20", "30", "院内"],
        ];
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (at, row) in (0..).zip(rows) {
            sheet.write_row(at, 0, row).unwrap();
        }
    };
    let take = async |mut book: Workbook| {
        let (name, bytes) = ("抄表.xlsx".to_owned(), book.save_to_buffer().unwrap());
        let (period, entered_by, corrects) = (city.period(), None, false);
        let (all_zero, dry_run) = (false, false);
        let file = ImportFile { name, bytes, period, entered_by, corrects, all_zero, dry_run };
        import(&city.pool, &city.clock, file).await
    };
    let refused = async |book: Workbook| take(book).await.unwrap_err().to_string();
    // Two sheets of one round: neither is lost.
    let mut two = Workbook::new();
    write(&mut two, "一册");
    two.add_worksheet();
    write(&mut two, "二册");
    assert_eq!(
        refused(two).await,
        "Excel 文件中“一册”和“二册”两张工作表都有内容，请只保留一张再导入"
    );
    // A row that a filter leaves out is no longer meant, and one that is hidden is not seen; the same of a column.
    let mut row = Workbook::new();
    write(&mut row, "一册");
    row.worksheet_from_index(0).unwrap().set_row_hidden(1).unwrap();
    let of_row = "工作表“一册”的第2行被隐藏或筛选，但有内容，请取消隐藏和筛选，或删除后再导入";
    assert_eq!(refused(row).await, of_row);
    let mut column = Workbook::new();
    write(&mut column, "一册");
    column.worksheet_from_index(0).unwrap().set_column_hidden(3).unwrap();
    let of_column = "工作表“一册”的D列被隐藏或筛选，但有内容，请取消隐藏和筛选，或删除后再导入";
    assert_eq!(refused(column).await, of_column);
    // A whole table that is hidden would be passed over.
    let mut table = Workbook::new();
    write(&mut table, "一册");
    write(&mut table, "二册");
    table.worksheet_from_index(0).unwrap().set_very_hidden(true);
    table.worksheet_from_index(1).unwrap().set_active(true).set_first_tab(true);
    assert_eq!(
        refused(table).await,
        "工作表“一册”已隐藏，但其中有要导入的表格，请取消隐藏或删除该工作表后再导入"
    );
    // What a channel brings is read alike.
    let mut channel = Workbook::new();
    for name in ["上午", "下午"] {
        let rows = [["流水号", "用户号", "金额", "账务月份"], ["1", "A", "5", "2026-11"]];
        let sheet = channel.add_worksheet().set_name(name).unwrap();
        for (at, row) in (0..).zip(rows) {
            sheet.write_row(at, 0, row).unwrap();
        }
    }
    let refused = engine::channels::parse(&channel.save_to_buffer().unwrap()).unwrap_err();
    assert!(refused.to_string().contains("“上午”和“下午”"), "{refused}");
    assert_eq!(city.count("select count(*) from reading").await, 0);
    // What is hidden whole is a template's list, and what is empty hides nothing: the one sheet that is left is read,
    // wherever it stands.
    let mut good = Workbook::new();
    good.add_worksheet();
    let list = good.add_worksheet().set_name("表册").unwrap().set_hidden(true);
    list.write_string(0, 0, "001").unwrap().set_row_hidden(0).unwrap();
    // A list of titles to choose from, one below the other, is no table.
    list.write_column(1, 0, ["水表号", "抄表时间", "本期止码"]).unwrap();
    good.add_worksheet().set_hidden(true);
    write(&mut good, "一册");
    let sheet = good.worksheet_from_index(3).unwrap();
    sheet.set_row_hidden(7).unwrap();
    sheet.set_column_range_hidden(4, 16_383).unwrap();
    let report = take(good).await.unwrap();
    assert!(report.imported && report.rows == 1, "{report:#?}");
    city.check().await;
}

/// Remainder of a division by the polynomial of zip archives.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// An archive whose entries are stored as they are.
fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in entries {
        let at = u32::try_from(bytes.len()).unwrap();
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
        // Version, flags, method, time and day, check sum, sizes, lengths of name and extra field.
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        head.extend(crc32(text.as_bytes()).to_le_bytes());
        head.extend([size, size].concat());
        head.extend(name_len);
        head.extend([0, 0]);
        bytes.extend([&b"PK\x03\x04"[..], &head, name.as_bytes(), text.as_bytes()].concat());
        directory.extend([&b"PK\x01\x02\x14\0"[..], &head, &[0; 10], &at.to_le_bytes()].concat());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let (size, at) = (directory.len(), bytes.len());
    bytes.extend(directory);
    bytes.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count].concat());
    bytes.extend([size, at].map(|n| u32::try_from(n).unwrap().to_le_bytes()).concat());
    bytes.extend([0, 0]);
    bytes
}

/// A work book with one sheet, in a file of that name.
fn book(sheet: &str, cells: &str) -> Vec<u8> {
    let target = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"{sheet}\"/></Relationships>"
    );
    archive(&[
        (
            "_rels/.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
        ),
        ("xl/_rels/workbook.xml.rels", &target),
        (&format!("xl/{sheet}"), cells),
    ])
}

/// A sheet of a title row and a reading; `first` stands in the first cell.
fn sheet(before: &str, first: &str, serial_no: &str) -> String {
    let cell =
        |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let titles = [cell("A1", first), cell("B1", "抄表时间"), cell("C1", "本期止码")].concat();
    let reading = [cell("A2", serial_no), cell("B2", "2026-11-20"), cell("C2", "30")].concat();
    format!(
        "{before}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">{titles}</row><row r=\"2\">{reading}</row></sheetData></worksheet>"
    )
}

#[tokio::test]
async fn work_books_that_are_made_to_hurt_are_refused_or_read_as_nothing_else() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let take = async |bytes: Vec<u8>, dry_run: bool| {
        let name = "../../etc/抄表.xlsx".to_owned();
        let period = city.period();
        let (entered_by, corrects, all_zero) = (None, false, false);
        let file = ImportFile { name, bytes, period, entered_by, corrects, all_zero, dry_run };
        import(&city.pool, &city.clock, file).await
    };
    // As it should be: the pen that draws the others draws a good one.
    let good = book("worksheets/sheet1.xml", &sheet("", "水表号", &account.serial_no));
    let report = take(good, true).await.unwrap();
    assert_eq!((report.rows, report.refused.len()), (1, 0), "{report:#?}");
    // The last cell that there is: no box is made around it.
    let mut far = Workbook::new();
    far.add_worksheet().write_string(0, 0, "水表号").unwrap();
    far.add_worksheet();
    let first = far.worksheet_from_index(0).unwrap();
    first.write_string(1_048_575, 16_383, "x").unwrap();
    let refused = take(far.save_to_buffer().unwrap(), false).await.unwrap_err();
    assert!(matches!(refused, ImportError::Sheet(SheetError::TooLarge)), "{refused:?}");
    // One cell that is as long as a book.
    let long = "水".repeat(400_000);
    let bytes = book("worksheets/sheet1.xml", &sheet("", &long, &account.serial_no));
    let refused = take(bytes, false).await.unwrap_err();
    assert!(matches!(refused, ImportError::Sheet(SheetError::TooLarge)), "{refused:?}");
    // Entities of a DTD are not what they stand for, however often they are nested.
    let laughs = "<!DOCTYPE x [<!ENTITY a \"水表号\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    for entity in ["&a;", "&b;", "&c;"] {
        let bytes = book("worksheets/sheet1.xml", &sheet(laughs, entity, &account.serial_no));
        let refused = take(bytes, false).await.unwrap_err().to_string();
        assert!(!refused.contains("root:"), "{refused}");
    }
    // Names that lead out of the archive lead nowhere.
    for name in ["../../../../etc/passwd", "/etc/passwd", "worksheets/../../../x.xml"] {
        let made = book(name, &sheet("", "水表号", &account.serial_no));
        match take(made, false).await {
            Ok(report) => assert!(!report.imported || report.rows == 1, "{name}: {report:?}"),
            Err(refused) => assert!(!refused.to_string().contains("root:"), "{name}: {refused}"),
        }
    }
    city.check().await;
}
