//! A day at two counters, in memory, asked through the real warehouse: reports and homepage against figures that
//! were added up by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use serde_json::{Value, json};
use tables::parquet_file::TableWriter;
use tables::{
    Cut, DeltaLog, DurableFs, Position, Snapshot, Snapshots, TableCut, TableDef, TableVersion,
    Written, catalog,
};
use terms::{FeeItem, Lsn, Money, OutletId, Role, TownId};
use tokio::sync::watch;
use warehouse::{AsOf, Limits, Person, Pinned, Scope, Warehouse};

use crate::collection::{DAILY_COLLECTION, DAILY_DETAIL};
use crate::laid_out::LineKind;
use crate::{
    Archive, Format, LaidOut, Made, Params, ReportError, Verdict, home, lay_out, render, samples,
};

fn books() -> BTreeMap<&'static str, Vec<Value>> {
    let town = 441_900_103;
    let at = "2026-11-24T02:00:00Z";
    let pay = |id: i64,
               kind: &str,
               cashier: Option<i32>,
               outlet: i32,
               method: &str,
               day: &str,
               net: &str,
               reverses: Option<i64>| {
        json!({"id": id, "kind": kind, "account_id": id % 3 + 1, "town_id": town, "outlet_id": outlet, "cashier_id": cashier,
            "method": method, "account_date": day, "posted_at": at, "received": net, "change_given": "0.00", "net": net,
            "late_fee": "0.00", "reverses_id": reverses})
    };
    let use_up = |id: i64,
                  payment: i64,
                  cashier: Option<i32>,
                  outlet: i32,
                  method: &str,
                  day: &str,
                  fee: &str,
                  amount: &str,
                  late: &str| {
        json!({"id": id, "bill_period": 202_610, "payment_id": payment, "charge_id": payment % 3 + 1, "charge_line_id": id,
            "account_id": payment % 3 + 1, "town_id": town, "outlet_id": outlet, "cashier_id": cashier, "method": method,
            "account_date": day, "fee_item": fee, "amount": amount, "late_fee": late})
    };
    let paper = |id: i64,
                 family: &str,
                 kind: &str,
                 payment: i64,
                 cashier: i32,
                 outlet: i32,
                 amount: &str| {
        json!({"id": id, "receipt_type": family, "medium": "paper", "ordinal": 1, "kind": kind, "payment_id": payment, "account_id": 1,
            "town_id": town, "outlet_id": outlet, "cashier_id": cashier, "account_date": "2026-11-24", "issued_at": at, "amount": amount})
    };
    let number = |receipt: i64, family: &str, no: i64, outlet: i32| {
        json!({"receipt_id": receipt, "receipt_type": family, "code": "0092", "no": format!("{no:08}"), "paper_no": no,
            "town_id": town, "outlet_id": outlet, "assigned_at": at})
    };
    let charge = |id: i64, period: i32, total: &str| {
        json!({"id": id, "bill_period": period, "account_id": id % 3 + 1, "town_id": town, "outlet_id": 1, "kind": "bill",
            "service_period": period - 1, "bill_date": format!("{}-{:02}-05", period / 100, period % 100),
            "due_date": "2026-12-01", "use_class": "resident", "volume_m3": "20.000", "total": total, "created_at": at})
    };
    let today = "2026-11-24";
    BTreeMap::from([
        ("organisation", vec![
            json!({"id": 1, "town_id": town, "name": "水务集团供水有限公司茶山分公司", "kind": "water_branch", "business": "征收点"}),
            json!({"id": 2, "town_id": town, "name": "木棆自来水厂", "kind": "waterworks", "business": "征收点"}),
        ]),
        ("app_user", vec![
            json!({"id": 11, "login": "jia", "name": "收费员甲", "role": "clerk", "outlet_id": 1, "active": true}),
            json!({"id": 12, "login": "yi", "name": "收费员乙", "role": "clerk", "outlet_id": 2, "active": true}),
        ]),
        ("person_version", [(11, "收费员甲", 1), (12, "收费员乙", 2)].map(|(id, name, outlet)| {
            json!({"id": id, "user_id": id, "name": name, "role": "clerk", "outlet_id": outlet, "active": true, "changed_at": "2020-01-01T00:00:00Z"})
        }).to_vec()),
        ("account", (1..=3).map(|id| json!({"id": id, "no": format!("00{id}23456"), "town_id": town, "outlet_id": 1, "book_id": 1,
            "book_seq": id, "payer_name": "陈大文", "phone": "13812345678", "address": "道滘", "use_class": "resident",
            "sewage_class": "resident", "garbage_class": "resident", "persons": 4, "pay_method": "cash", "status": "open",
            "opened_on": "2020-01-01"})).collect()),
        ("charge", vec![charge(1, 202_610, "100.00"), charge(2, 202_610, "50.00"), charge(3, 202_610, "80.00"), charge(4, 202_510, "40.00")]),
        ("payment", vec![
            pay(1, "payment", Some(11), 1, "cash", today, "50.30", None),
            pay(2, "payment", Some(11), 1, "cash", today, "90.00", None),
            pay(3, "reversal", Some(11), 1, "cash", today, "-50.30", Some(1)),
            pay(4, "payment", Some(12), 2, "pos", today, "30.00", None),
            pay(5, "payment", None, 1, "wechat", today, "80.00", None),
            pay(6, "payment", Some(11), 1, "cash", "2026-11-23", "10.00", None),
            pay(7, "payment", Some(11), 1, "cash", "2025-11-20", "8.00", None),
        ]),
        ("payment_tender", [(1, 1, "cash", today, "50.30"), (2, 1, "cash", today, "90.00"), (3, 1, "cash", today, "-50.30"),
            (4, 2, "pos", today, "30.00"), (6, 1, "cash", "2026-11-23", "10.00"), (7, 1, "cash", "2025-11-20", "8.00")]
            .map(|(payment, outlet, method, day, amount)| json!({"payment_id": payment, "no": 1, "account_id": payment % 3 + 1,
                "town_id": town, "outlet_id": outlet, "account_date": day, "method": method, "amount": amount})).to_vec()),
        ("allocation", vec![
            use_up(1, 1, Some(11), 1, "cash", today, "water", "40.00", "0.30"),
            use_up(2, 1, Some(11), 1, "cash", today, "sewage", "10.00", "0.00"),
            use_up(3, 2, Some(11), 1, "cash", today, "water", "60.00", "0.00"),
            use_up(4, 2, Some(11), 1, "cash", today, "garbage", "20.00", "0.00"),
            use_up(5, 3, Some(11), 1, "cash", today, "water", "-40.00", "-0.30"),
            use_up(6, 3, Some(11), 1, "cash", today, "sewage", "-10.00", "0.00"),
            use_up(7, 4, Some(12), 2, "pos", today, "water", "30.00", "0.00"),
            use_up(8, 5, None, 1, "wechat", today, "water", "50.00", "0.00"),
            use_up(9, 5, None, 1, "wechat", today, "overquota", "30.00", "0.00"),
            use_up(10, 6, Some(11), 1, "cash", "2026-11-23", "water", "10.00", "0.00"),
            use_up(11, 7, Some(11), 1, "cash", "2025-11-20", "water", "8.00", "0.00"),
        ]),
        ("prepaid_entry", vec![json!({"id": 1, "account_id": 3, "town_id": town, "outlet_id": 1, "payment_id": 2, "kind": "deposit",
            "account_date": today, "delta": "10.00", "balance_before": "0.00", "balance_after": "10.00"})]),
        ("receipt", vec![
            paper(1, "water_invoice", "blue", 1, 11, 1, "40.30"),
            paper(2, "nontax", "blue", 1, 11, 1, "10.00"),
            paper(3, "water_invoice", "blue", 2, 11, 1, "60.00"),
            paper(4, "nontax", "blue", 2, 11, 1, "20.00"),
            paper(5, "water_invoice", "red", 3, 11, 1, "-40.30"),
            paper(6, "nontax", "red", 3, 11, 1, "-10.00"),
            paper(7, "water_invoice", "blue", 4, 12, 2, "30.00"),
            paper(8, "prepaid", "blue", 2, 11, 1, "10.00"),
        ]),
        ("receipt_number", vec![
            number(1, "water_invoice", 799, 1),
            number(2, "nontax", 41, 1),
            number(3, "water_invoice", 801, 1),
            number(4, "nontax", 42, 1),
            number(5, "water_invoice", 802, 1),
            number(6, "nontax", 43, 1),
            number(7, "water_invoice", 901, 2),
            number(8, "prepaid", 21, 1),
        ]),
        ("receipt_event", vec![json!({"id": 1, "event": "voided", "receipt_type": "water_invoice", "code": "0092",
            "first_no": 800, "last_no": 800, "outlet_id": 1, "town_id": town, "by_user_id": 11, "reason": "卡纸", "at": at, "business_day": today})]),
        ("cashier_close", vec![json!({"id": 1, "cashier_id": 11, "outlet_id": 1, "town_id": town, "business_day": today,
            "closed_at": at, "payments": 2, "reversals": 1, "water": "60.00", "sewage": "0.00", "garbage": "20.00",
            "overquota": "0.00", "late_fee": "0.00", "prepaid_in": "10.00", "prepaid_used": "0.00", "net": "90.00", "digest": "x", "closed_by": 11})]),
        ("close_paper", [("used", "water_invoice", 799, 799), ("used", "water_invoice", 801, 801), ("red", "water_invoice", 802, 802),
            ("voided", "water_invoice", 800, 800), ("used", "nontax", 41, 42), ("red", "nontax", 43, 43), ("used", "prepaid", 21, 21),
            ("left", "water_invoice", 803, 850)].iter().zip(1..).map(|((fate, family, first, last), id)| json!({"id": id, "close_id": 1,
            "outlet_id": 1, "town_id": town, "fate": fate, "receipt_type": family, "code": "0092", "first_no": first, "last_no": last})).collect()),
        ("remittance", vec![json!({"id": 1, "town_id": town, "fee_item": "garbage", "pay_period": 202_611, "amount": "15.00",
            "voucher_no": "v1", "remitted_on": today, "kind": "remittance", "recorded_by": 1})]),
    ])
}

fn batches(def: &'static TableDef, rows: &[Value]) -> Vec<RecordBatch> {
    let mut decoder = arrow::json::ReaderBuilder::new(def.schema()).build_decoder().unwrap();
    decoder.serialize(rows).unwrap();
    decoder.flush().unwrap().into_iter().collect()
}

/// The same books as a published snapshot on disk.
async fn published(root: &Path) -> Warehouse {
    let (mut rows, mut versions) = (books(), BTreeMap::new());
    for def in catalog::all() {
        let mut log = DeltaLog::open_or_create(root, def, &DurableFs::shared()).await.unwrap();
        let mut writer = TableWriter::new(&log).unwrap();
        for batch in batches(def, &rows.remove(def.name).unwrap_or_default()) {
            writer.write(&batch).await.unwrap();
        }
        let written = Written { adds: writer.finish().await.unwrap(), removes: Vec::new() };
        log.commit(Lsn(0x5A3F_1C80), written).await.unwrap();
        versions.insert(def.name.to_owned(), TableVersion::of(def, log.version(), log.files()));
    }
    let snapshot = Snapshot {
        seq: 0,
        lsn: Lsn(0x5A3F_1C80),
        committed_at: samples::moment(),
        system_id: "1".into(),
        timeline: 1,
        slot: "weir".into(),
        label: None,
        tables: versions,
    };
    Snapshots::open(root).publish(&snapshot).unwrap();
    Warehouse::on_disk(root, Limits::default()).await.unwrap()
}

async fn pinned() -> Pinned {
    let mut rows = books();
    let table = |def: &'static TableDef, rows: Vec<Value>| {
        let hot = batches(def, &rows);
        TableCut { hot: hot.into(), ..TableCut::cold(def, Arc::from([])) }
    };
    let tables = catalog::all()
        .iter()
        .map(|def| (def.name, table(def, rows.remove(def.name).unwrap_or_default())))
        .collect();
    let position =
        Position { lsn: Lsn(0x5A3F_1C80), committed_at: samples::moment(), seq: 12, hot_rows: 0 };
    let (keep, cuts) = watch::channel(Arc::new(Cut { position, tables }));
    let root = std::env::temp_dir().join(format!("weir-reports-story-{}", std::process::id()));
    let warehouse = Warehouse::live(root, cuts, Limits::default()).unwrap();
    let pinned = warehouse.at(AsOf::Live).await.unwrap();
    drop(keep);
    pinned
}

fn clerk() -> Person {
    let scope = Scope { outlets: Some(BTreeSet::from([OutletId(1)])), ..Scope::city() };
    Person {
        login: "jia".into(),
        name: "收费员甲".into(),
        role: Role::Clerk,
        scope,
        sees_personal: true,
    }
}

fn made() -> Made {
    Made { at: samples::moment(), by: "收费员甲".into() }
}

fn on(day: &str, outlet: i32) -> Params {
    Params::default().with("day", day).with("outlet", outlet.to_string())
}

fn total(report: &LaidOut, name: &str) -> String {
    report.total(name).unwrap().text.clone()
}

/// Lines as a clerk would read them out.
fn read_out(report: &LaidOut) -> Vec<String> {
    report
        .lines()
        .map(|line| {
            let cells = line.cells.iter().map(|cell| cell.text.as_str());
            line.label.as_deref().into_iter().chain(cells).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[tokio::test]
async fn a_clerk_reads_the_day_of_the_own_outlet() {
    let pinned = pinned().await;
    let report =
        lay_out(&pinned, &clerk(), &DAILY_COLLECTION, &on("2026-11-24", 1), made()).await.unwrap();
    assert_eq!(
        read_out(&report),
        [
            "收费员甲 现金 2 60.00 0.00 20.00 0.00 0.00 10.00 1 -50.30 90.00",
            "渠道 微信 1 50.00 0.00 0.00 30.00 0.00 0.00 0 0.00 80.00",
            "合　　计 3 110.00 0.00 20.00 30.00 0.00 10.00 1 -50.30 170.00",
        ]
    );
    assert_eq!(report.subline[0], "编制单位：水务集团供水有限公司茶山分公司");
    assert_eq!(
        report.words,
        ["合计人民币（大写）：壹佰柒拾元整", "收款 3 笔，冲正 1 笔 -50.30 元"]
    );
    assert_eq!(
        report.notes,
        [
            "水费发票：0092 00000799–00000802，共 4 张（红票 1，作废 1），日结结存 48 张",
            "非税票据：0092 00000041–00000043，共 3 张（红票 1，作废 0）",
            "预存收据：0092 00000021，共 1 张（红票 0，作废 0）",
            "交款来源（组合支付按各部分计，现金已减找零）收费员甲：现金 90.00 元，刷卡 0.00 元，支票 0.00 元",
        ]
    );
    let proofs: Vec<_> =
        report.checks.iter().map(|check| (check.label.as_str(), check.equal)).collect();
    assert_eq!(
        proofs,
        [
            ("与每日收费明细表一致", true),
            ("实收与销账、预存一致", true),
            ("柜台实收与交款来源一致", true),
            ("与票据一致", true),
            ("与日结一致", true),
            ("票号与日结票据一致", true)
        ]
    );
}

#[tokio::test]
async fn the_detail_of_a_day_makes_its_sum() {
    let pinned = pinned().await;
    let whole = Person::system();
    let sum =
        lay_out(&pinned, &whole, &DAILY_COLLECTION, &on("2026-11-24", 0), made()).await.unwrap();
    let detail =
        lay_out(&pinned, &whole, &DAILY_DETAIL, &on("2026-11-24", 0), made()).await.unwrap();
    for name in [
        "payments",
        "reversals",
        "water",
        "sewage",
        "garbage",
        "overquota",
        "late_fee",
        "prepaid",
        "net",
    ] {
        assert_eq!(total(&sum, name), total(&detail, name), "{name}");
    }
    assert_eq!(total(&detail, "net"), "200.00");
    assert!(sum.proved() && detail.proved(), "{:?} {:?}", sum.checks, detail.checks);
    assert_eq!(detail.rows, 5);
    assert_eq!(
        read_out(&detail)[0],
        "水务集团供水有限公司茶山分公司 收费员甲 1 10:00:00 00223456 陈大文 2026-09 20 40.00 10.00 0.00 0.00 0.30 0.00 50.30 现金 0092 00000799 0092 00000041 蓝"
    );
    let groups = detail.lines().filter(|line| line.kind == LineKind::Group).count();
    assert_eq!(groups, 2, "the cashier with three rows, and the outlet");
}

#[tokio::test]
async fn a_day_without_payments_says_so() {
    let report =
        lay_out(&pinned().await, &clerk(), &DAILY_COLLECTION, &on("2026-01-01", 1), made())
            .await
            .unwrap();
    assert_eq!(report.pages.len(), 1);
    assert_eq!(report.pages[0].empty.as_deref(), Some("本日无收费"));
    assert_eq!(report.words[0], "合计人民币（大写）：零元整");
    assert!(report.proved());
}

#[tokio::test]
async fn the_own_outlet_is_the_limit() {
    let pinned = pinned().await;
    let other = lay_out(&pinned, &clerk(), &DAILY_COLLECTION, &on("2026-11-24", 2), made())
        .await
        .unwrap_err();
    assert!(matches!(other, ReportError::Param { .. }), "{other}");
    let all =
        lay_out(&pinned, &clerk(), &DAILY_COLLECTION, &on("2026-11-24", 0), made()).await.unwrap();
    assert_eq!(total(&all, "net"), "170.00");
    let analyst =
        Person { role: Role::Analyst, sees_personal: false, scope: Scope::city(), ..clerk() };
    let masked =
        lay_out(&pinned, &analyst, &DAILY_DETAIL, &on("2026-11-24", 1), made()).await.unwrap();
    assert!(read_out(&masked)[0].contains("陈*"), "{:?}", read_out(&masked)[0]);
}

#[tokio::test]
async fn the_homepage_tells_the_same_day() {
    let today: NaiveDate = "2026-11-24".parse().unwrap();
    let home = home::figures(&pinned().await, &Person::system(), today).await.unwrap();
    let tiles: Vec<_> = home
        .tiles
        .iter()
        .map(|tile| (tile.title.as_str(), tile.exact.as_str(), tile.aside.as_str()))
        .collect();
    assert_eq!(
        tiles,
        [
            ("今日实收", "200.00 元", "4 笔"),
            ("本月实收", "210.00 元", "1–24 日"),
            ("本年累计", "210.00 元", "5 笔"),
            // 8.00 of last year's payment went to a charge of this year's period, as the rows say.
            ("年度收缴率", "208.00 ÷ 230.00 元", "应收 0.02 万元"),
            ("欠费余额", "62.00 元", "2 户"),
            ("已上缴财政", "15.00 元", "非税"),
        ]
    );
    assert_eq!(home.tiles[5].note, "已收未缴 0.00 万元");
    let held: Vec<_> = home.remittance.iter().map(|fee| (fee.fee, fee.held.to_string())).collect();
    let want =
        [(FeeItem::Sewage, "0.00"), (FeeItem::Garbage, "5.00"), (FeeItem::Overquota, "30.00")];
    assert_eq!(held, want.map(|(fee, held)| (fee, held.to_owned())));
    assert_eq!(home.tiles[0].change.as_ref().unwrap().text, "1900.0% 比昨日");
    assert_eq!(home.tiles[1].change.as_ref().unwrap().before, "8.00 元");
    assert_eq!(home.trend.len(), 24);
    let last = home.trend.last().unwrap();
    assert_eq!(
        (last.label.as_str(), last.total.to_string(), last.complete),
        ("11月", "210.00".into(), false)
    );
    assert_eq!(last.fees.map(Money::fen), [15_000, 0, 2_000, 3_000]);
    assert_eq!(last.prepaid.fen(), 1_000);
    assert_eq!(last.last_year.unwrap().to_string(), "8.00");
    assert_eq!(home.towns.len(), 33);
    let chashan = home.towns.iter().find(|town| town.id == TownId(441_900_103)).unwrap();
    assert_eq!((chashan.rate_text.as_str(), chashan.place), ("90.4%", Some(1)));
    assert_eq!(chashan.taken.to_string(), "210.00");
    assert_eq!(home.remittance[1].text, "0.00 / 0.00 万元");
    assert!(home.bottom.is_empty(), "one town is not the best and the worst");
    assert!(home.tiles.iter().all(|tile| !tile.meaning.is_empty()));
}

#[tokio::test]
async fn a_numbered_report_is_known_again_and_an_altered_one_is_found_out() {
    let root = std::env::temp_dir().join(format!("weir-reports-archive-{}", std::process::id()));
    let warehouse = published(&root).await;
    let archive = Archive::open(&root);
    let pinned = warehouse.at(AsOf::Snapshot(0)).await.unwrap();
    let params = on("2026-11-24", 1);
    let clerk = clerk();
    let issue = || archive.issue(&pinned, &clerk, &DAILY_COLLECTION, &params, made());
    let (first, second) = tokio::join!(issue(), issue());
    let numbers = BTreeSet::from([
        first.unwrap().number.unwrap(),
        second.as_ref().unwrap().number.clone().unwrap(),
    ]);
    assert_eq!(numbers, BTreeSet::from(["R02-20261124-0001".into(), "R02-20261124-0002".into()]));
    let detail = archive.issue(&pinned, &clerk, &DAILY_DETAIL, &params, made()).await.unwrap();
    assert_eq!(detail.number.as_deref(), Some("R03-20261124-0001"));
    let day = "2026-11-24".parse().unwrap();
    assert_eq!(archive.of_day(day).await.unwrap().len(), 3);
    assert_eq!(archive.entry("R02-20261124-0001").await.unwrap().reader, clerk);

    let report = second.unwrap();
    let number = report.number.clone().unwrap();
    assert_eq!(archive.again(&warehouse, &number).await.unwrap(), report);
    assert!(archive.verify_number(&warehouse, &number).await.unwrap().holds());
    for format in Format::ALL {
        let mut file = render(&report, format).unwrap();
        let verdict = archive.verify_file(&warehouse, &file).await.unwrap();
        assert_eq!(
            verdict,
            Verdict::Genuine { number: number.clone(), hash: report.hash.clone(), format }
        );
        // Whoever changes the last byte is found out as well.
        *file.last_mut().unwrap() ^= 1;
        assert!(!archive.verify_file(&warehouse, &file).await.unwrap().holds(), "{format:?}");
    }
    let preview = lay_out(&pinned, &clerk, &DAILY_COLLECTION, &params, made()).await.unwrap();
    let preview = render(&preview, Format::Pdf).unwrap();
    assert_eq!(archive.verify_file(&warehouse, &preview).await.unwrap(), Verdict::NoNumber);
    let unknown = archive.verify_number(&warehouse, "R02-20261124-0099").await.unwrap();
    assert_eq!(unknown.to_string(), "打印记录中没有编号 R02-20261124-0099");
    std::fs::remove_dir_all(root).unwrap();
}
