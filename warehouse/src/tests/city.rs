//! The small city. One file of each table mixes both towns, so that only the fence keeps them apart.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::RecordBatch;
use arrow::json::ReaderBuilder;
use chrono::DateTime;
use tables::{
    Cut, DeltaLog, DurableFs, Snapshot, Snapshots, TableDef, TableVersion, Written, catalog,
    cut_of, parquet_file,
};
use terms::{Lsn, OutletId, Role, TownId};
use tokio::sync::watch;

use crate::{AsOf, Limits, Person, Pinned, Scope, Warehouse};

pub(super) const EAST: i32 = 441_900_003;
pub(super) const SOUTH: i32 = 441_900_004;

/// Rows in files, by table.
const COLD: &[(&str, &str)] = &[
    (
        "town",
        r#"{"id":441900003,"name":"东城街道","short_name":"东城"} {"id":441900004,"name":"南城街道","short_name":"南城"}"#,
    ),
    (
        "organisation",
        r#"
        {"id":10,"town_id":441900003,"name":"东城分公司","kind":"water_branch","business":"水费"}
        {"id":20,"town_id":441900004,"name":"南城分公司","kind":"water_branch","business":"水费"}"#,
    ),
    (
        "app_user",
        r#"
        {"id":1,"login":"chen","name":"陈娟","role":"clerk","outlet_id":10,"active":true}
        {"id":2,"login":"li","name":"李分析","role":"analyst","active":true}
        {"id":3,"login":"wang","name":"王南城","role":"analyst","town_id":441900004,"active":true}
        {"id":4,"login":"old","name":"旧人","role":"clerk","outlet_id":10,"active":false}"#,
    ),
    (
        "person_version",
        r#"
        {"id":1,"user_id":1,"name":"陈娟","role":"clerk","outlet_id":10,"active":true}
        {"id":4,"user_id":4,"name":"旧人","role":"clerk","outlet_id":10,"active":true}"#,
    ),
    (
        "account",
        r#"
        {"id":1,"no":"E1","town_id":441900003,"outlet_id":10,"payer_name":"张三","phone":"13812341234","address":"东莞市东城街道主山1号"}
        {"id":2,"no":"E2","town_id":441900003,"outlet_id":10,"payer_name":"李四","phone":"13812345678","address":"东莞市东城街道主山2号"}
        {"id":3,"no":"S3","town_id":441900004,"outlet_id":20,"payer_name":"王五","phone":"13988888888","address":"东莞市南城街道元美3号"}
        {"id":4,"no":"S4","town_id":441900004,"outlet_id":20,"payer_name":"赵六","phone":"13977777777","address":"东莞市南城街道元美4号"}"#,
    ),
    (
        "meter",
        r#"{"id":101,"account_id":1,"serial_no":"M1"} {"id":103,"account_id":3,"serial_no":"M3"}"#,
    ),
    (
        "charge",
        r#"
        {"id":11,"bill_period":202610,"account_id":1,"town_id":441900003,"outlet_id":10,"kind":"bill","total":"30.00"}
        {"id":13,"bill_period":202610,"account_id":3,"town_id":441900004,"outlet_id":20,"kind":"bill","total":"50.00"}"#,
    ),
    (
        "charge_line",
        r#"
        {"id":111,"bill_period":202610,"charge_id":11,"account_id":1,"town_id":441900003,"outlet_id":10,"fee_item":"water","tier":1,"amount":"20.00"}
        {"id":112,"bill_period":202610,"charge_id":11,"account_id":1,"town_id":441900003,"outlet_id":10,"fee_item":"sewage","tier":1,"amount":"10.00"}
        {"id":131,"bill_period":202610,"charge_id":13,"account_id":3,"town_id":441900004,"outlet_id":20,"fee_item":"water","tier":1,"amount":"50.00"}"#,
    ),
    (
        "payment",
        r#"
        {"id":1001,"kind":"payment","account_id":1,"town_id":441900003,"outlet_id":10,"cashier_id":1,"method":"cash","account_date":"2026-11-01","net":"20.00"}
        {"id":1002,"kind":"payment","account_id":1,"town_id":441900004,"outlet_id":20,"method":"wechat","account_date":"2026-11-02","net":"15.00"}"#,
    ),
    (
        "allocation",
        r#"
        {"id":2001,"bill_period":202610,"payment_id":1001,"charge_id":11,"charge_line_id":111,"account_id":1,"town_id":441900003,"outlet_id":10,"cashier_id":1,"method":"cash","account_date":"2026-11-01","fee_item":"water","amount":"20.00","late_fee":"0.00"}
        {"id":2002,"bill_period":202610,"payment_id":1002,"charge_id":11,"charge_line_id":112,"account_id":1,"town_id":441900004,"outlet_id":20,"method":"wechat","account_date":"2026-11-02","fee_item":"sewage","amount":"10.00","late_fee":"0.50"}"#,
    ),
    (
        "receipt",
        r#"
        {"id":1,"receipt_type":"water_invoice","medium":"paper","ordinal":1,"kind":"blue","payment_id":1001,"account_id":1,"town_id":441900003,"outlet_id":10,"cashier_id":1,"account_date":"2026-11-01","amount":"20.00"}
        {"id":2,"receipt_type":"water_invoice","medium":"paper","ordinal":1,"kind":"blue","payment_id":1002,"account_id":1,"town_id":441900004,"outlet_id":20,"cashier_id":9,"account_date":"2026-11-02","amount":"15.00"}"#,
    ),
    (
        "receipt_number",
        r#"
        {"receipt_id":1,"receipt_type":"water_invoice","code":"W","no":"00000001","paper_no":1,"town_id":441900003,"outlet_id":10}
        {"receipt_id":2,"receipt_type":"water_invoice","code":"W","no":"00000009","paper_no":9,"town_id":441900004,"outlet_id":20}"#,
    ),
    (
        "receipt_line",
        r#"
        {"receipt_id":1,"charge_line_id":111,"bill_period":202610,"town_id":441900003,"fee_item":"water","amount":"20.00","late_fee":"0.00"}
        {"receipt_id":2,"charge_line_id":112,"bill_period":202610,"town_id":441900004,"fee_item":"sewage","amount":"10.00","late_fee":"0.50"}"#,
    ),
    (
        "remittance",
        r#"{"id":1,"town_id":441900003,"fee_item":"sewage","pay_period":202611,"amount":"10.00"}"#,
    ),
];

/// Rows in memory, by table.
const HOT: &[(&str, &str)] = &[
    // Account 1 has moved within the town: the row in the file is superseded.
    (
        "account",
        r#"{"id":1,"no":"E1","town_id":441900003,"outlet_id":10,"payer_name":"张三","phone":"13600000000","address":"东莞市东城街道东泰1号"}"#,
    ),
    (
        "charge",
        r#"{"id":14,"bill_period":202611,"account_id":4,"town_id":441900004,"outlet_id":20,"kind":"bill","total":"7.00"}"#,
    ),
    (
        "charge_line",
        r#"{"id":141,"bill_period":202611,"charge_id":14,"account_id":4,"town_id":441900004,"outlet_id":20,"fee_item":"water","tier":1,"amount":"7.00"}"#,
    ),
    (
        "payment",
        r#"{"id":1003,"kind":"payment","account_id":2,"town_id":441900003,"outlet_id":10,"cashier_id":1,"method":"pos","account_date":"2026-11-03","net":"5.00"}"#,
    ),
    (
        "prepaid_entry",
        r#"{"id":1,"account_id":2,"town_id":441900003,"outlet_id":10,"payment_id":1003,"account_date":"2026-11-03","delta":"5.00","balance_before":"0.00","balance_after":"5.00"}"#,
    ),
    (
        "receipt_event",
        r#"{"id":1,"event":"leased","receipt_type":"water_invoice","code":"W","first_no":1,"last_no":8,"outlet_id":10,"town_id":441900003,"by_user_id":1,"at":"2026-10-31T17:00:00Z","business_day":"2026-11-01"}"#,
    ),
];

pub(super) struct City {
    pub(super) warehouse: Warehouse,
    pub(super) root: PathBuf,
}

impl City {
    pub(super) async fn new() -> Self {
        Self::within(Limits::default()).await
    }

    pub(super) async fn within(limits: Limits) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root =
            std::env::temp_dir().join(format!("weir-warehouse-{}-{number}", std::process::id()));
        let first = write(&root, COLD, 0).await;
        let mut cut = cut_of(&root, &first).await.unwrap();
        warm(&mut cut);
        let (_, cuts) = watch::channel(Arc::new(cut));
        Self { warehouse: Warehouse::live(&root, cuts, limits).unwrap(), root }
    }

    pub(super) async fn now(&self) -> Pinned {
        self.warehouse.at(AsOf::Live).await.unwrap()
    }

    /// The only row of an answer as text, values joined by `|`.
    pub(super) async fn row(&self, who: &Person, sql: &str) -> String {
        let rows = self.rows(who, sql).await;
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.into_iter().next().unwrap()
    }

    pub(super) async fn rows(&self, who: &Person, sql: &str) -> Vec<String> {
        rows(&self.now().await, who, sql).await
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

pub(super) async fn rows(pinned: &Pinned, who: &Person, sql: &str) -> Vec<String> {
    let answer = pinned.query(who, sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e} ({e:?})"));
    let columns = answer.schema.fields().len();
    let text = |value: crate::Value| match value {
        crate::Value::Null => String::new(),
        crate::Value::Text(text) | crate::Value::Other(text) => text,
        crate::Value::Int(number) => number.to_string(),
        crate::Value::Decimal(decimal) => decimal.to_string(),
        crate::Value::Day(day) => day.to_string(),
        crate::Value::Moment(moment) => moment.to_rfc3339(),
        crate::Value::Wall(wall) => wall.to_string(),
        crate::Value::Bool(truth) => truth.to_string(),
    };
    let line = |row: crate::Row<'_>| {
        (0..columns).map(|column| text(row.value(column))).collect::<Vec<_>>().join("|")
    };
    answer.rows().map(line).collect()
}

pub(super) fn clerk() -> Person {
    Person { role: Role::Clerk, scope: Scope::outlet(OutletId(10)), ..Person::system() }
}

pub(super) fn south_analyst() -> Person {
    let scope = Scope::town(TownId(SOUTH));
    Person { role: Role::Analyst, scope, sees_personal: false, ..Person::system() }
}

pub(super) fn city_analyst() -> Person {
    Person { role: Role::Analyst, sees_personal: false, ..Person::system() }
}

/// Writes one file of each table and publishes a snapshot of all.
pub(super) async fn write(root: &std::path::Path, rows: &[(&str, &str)], seq: u64) -> Snapshot {
    let fs = DurableFs::shared();
    let lsn = Lsn(100 * (seq + 1));
    let mut versions = std::collections::BTreeMap::new();
    for def in catalog::all() {
        let mut log = DeltaLog::open_or_create(root, def, &fs).await.unwrap();
        let new = rows.iter().find(|(name, _)| *name == def.name);
        if let Some((_, json)) = new {
            let sorted = parquet_file::sort(def, &def.schema(), &[batch(def, json)]).unwrap();
            let mut writer = parquet_file::TableWriter::new(&log).unwrap();
            writer.write(&sorted).await.unwrap();
            let adds = writer.finish().await.unwrap();
            log.commit(lsn, Written { adds, removes: Vec::new() }).await.unwrap();
        }
        let version = TableVersion::of(def, log.version(), log.files());
        versions.insert(def.name.to_owned(), version);
    }
    let snapshot = Snapshot {
        seq,
        lsn,
        committed_at: DateTime::from_timestamp(1_790_000_000 + seq.cast_signed(), 0).unwrap(),
        system_id: "7".to_owned(),
        timeline: 1,
        slot: "weir".to_owned(),
        label: None,
        tables: versions,
    };
    Snapshots::open(root).publish(&snapshot).unwrap();
    snapshot
}

fn warm(cut: &mut Cut) {
    for (name, json) in HOT {
        let table = cut.tables.get_mut(name).unwrap();
        table.hot = Arc::from([batch(table.def, json)]);
    }
    cut.tables.get_mut("account").unwrap().superseded = Arc::new(HashSet::from([1]));
    cut.position.lsn = Lsn(150);
}

fn batch(def: &TableDef, json: &str) -> RecordBatch {
    let reader = ReaderBuilder::new(def.schema()).build(json.as_bytes()).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    arrow::compute::concat_batches(&def.schema(), &batches).unwrap()
}
