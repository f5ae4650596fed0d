//! `kill -9` of capture, twenty times, at moments that nobody chose.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ingest::{Capture, CaptureConfig, FlushLimits, Server, TlsConfig};
use rand::Rng;
use tables::{DeltaLog, DurableFs, Snapshots, TableDef};
use warehouse::{AsOf, Person};

use super::load::Load;
use crate::city::{City, ask};

/// So small that at any moment something is being written.
const EAGER: FlushLimits =
    FlushLimits { rows: 40, bytes: 16 << 10, age: Duration::from_millis(60) };

/// Tells the child process what to capture: database, folder and slot, each on a line.
const ORDER: &str = "WEIR_STORY_CAPTURE";

/// Not a test: the process that is killed. Cargo gives a test program no other executable to start.
#[test]
#[ignore = "started and killed by the story below"]
fn the_capture_process() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let [host, port, user, database, root, slot] = order.lines().collect::<Vec<_>>()[..] else {
        return;
    };
    let server = Server {
        host: host.to_owned(),
        port: port.parse().unwrap(),
        user: user.to_owned(),
        password: String::new(),
        database: database.to_owned(),
        tls: TlsConfig::disabled(),
    };
    let config = CaptureConfig::new(server, root.into());
    let config = CaptureConfig { slot: slot.to_owned(), flush: EAGER, ..config };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let capture = Capture::start(config).await.unwrap();
        panic!("capture has ended: {}", capture.stopped().await);
    });
}

fn start_process(city: &City) -> Child {
    let config = city.capture_config();
    let Server { host, port, user, database, .. } = &config.server;
    let order =
        format!("{host}\n{port}\n{user}\n{database}\n{}\n{}", config.root.display(), config.slot);
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "restarts::capture::the_capture_process", "--ignored", "--nocapture"])
        .env(ORDER, order)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capture_killed_twenty_times_under_load_loses_and_doubles_nothing() {
    let city = City::new().await;
    let till = city.counter().await;
    let mut accounts = Vec::new();
    for n in 0..4 {
        accounts.push(city.household_owing_for(&format!("住户{n}"), "30").await);
    }
    let load = Load::start(&till, accounts);
    let snapshots = Snapshots::open(&city.capture_config().root);
    let mut newest = None;
    for round in 0..20 {
        let mut process = start_process(&city);
        // The first rounds die inside the first copy, later ones at any point of the stream.
        let moment = if round < 5 { 0..120 } else { 60..700 };
        let moment = rand::rng().random_range(moment);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let now = snapshots.newest().unwrap().map(|snapshot| (snapshot.seq, snapshot.lsn));
        assert!(newest <= now, "round {round}: {newest:?} then {now:?}");
        newest = now;
    }
    let rounds = load.stop().await;
    assert!(rounds > 100, "{rounds} rounds are no load");
    let books = city.captured().await;
    let verdict = books.verify().await;
    assert!(
        verdict.tables.iter().any(|table| table.name == "payment" && table.postgres.rows > 100)
    );
    books.stop().await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reader_ever_sees_half_a_payment() {
    let city = City::new().await;
    let till = city.counter().await;
    let mut accounts = Vec::new();
    for n in 0..3 {
        accounts.push(city.household_owing_for(&format!("住户{n}"), "30").await);
    }
    let books = city.captured_with(EAGER).await;
    let load = Load::start(&till, accounts);
    let torn = "select cast(count(*) as varchar) from payment p
        left join (select payment_id, sum(amount + late_fee) as used from allocation group by payment_id) u on u.payment_id = p.id
        left join (select payment_id, sum(delta) as kept from prepaid_entry group by payment_id) k on k.payment_id = p.id
        where p.net <> coalesce(u.used, 0.00) + coalesce(k.kept, 0.00)";
    let mut last = None;
    for _ in 0..60 {
        let pinned = books.warehouse.at(AsOf::Live).await.unwrap();
        assert!(last <= Some(pinned.position().lsn), "the books went back");
        last = Some(pinned.position().lsn);
        assert_eq!(ask(&pinned, &Person::system(), torn).await, ["0"]);
    }
    load.stop().await;
    books.verify().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn a_second_capture_in_the_same_folder_is_refused() {
    let city = City::new().await;
    let books = city.captured().await;
    assert!(Capture::start(city.capture_config()).await.is_err());
    books.stop().await;
}

#[tokio::test]
async fn a_slot_that_is_lost_is_never_passed_over() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.captured().await.stop().await;
    let slot = &city.database.name;
    sqlx::query("select pg_drop_replication_slot($1)")
        .bind(slot)
        .execute(&city.owner)
        .await
        .unwrap();
    // What happens now stands in no log that anybody keeps.
    till.collect(&account, "110").await;
    let refused = Capture::start(city.capture_config()).await.unwrap_err();
    assert_eq!(refused.kind, ingest::Kind::Resync, "{refused}");
    // Asked to, capture copies everything afresh, and the books are whole again.
    let config = CaptureConfig { resync: true, ..city.capture_config() };
    Capture::start(config).await.unwrap().stop().await.unwrap();
    let books = city.captured().await;
    books.verify().await;
    books.stop().await;
}

/// A new release declares a column more: files of before are never joined with rows of today.
#[tokio::test]
async fn files_of_another_declaration_are_copied_afresh() {
    let city = City::new().await;
    city.captured().await.stop().await;
    let root = city.capture_config().root;
    let town = tables::catalog::find("town").unwrap();
    std::fs::remove_dir_all(root.join("town")).unwrap();
    let before = Box::leak(Box::new(TableDef { columns: &town.columns[..2], ..*town }));
    DeltaLog::open_or_create(&root, before, &DurableFs::shared()).await.unwrap();
    let refused = Capture::start(city.capture_config()).await.unwrap_err();
    assert_eq!(refused.kind, ingest::Kind::Resync, "{refused}");
    assert!(refused.to_string().contains("files of town have other columns"), "{refused}");
    let config = CaptureConfig { resync: true, ..city.capture_config() };
    Capture::start(config).await.unwrap().stop().await.unwrap();
    let books = city.captured().await;
    books.verify().await;
    books.stop().await;
}

/// Changes of what is published, how each is put back, and what is said of it.
const LESS: [(&str, &str, &str); 5] = [
    (
        "alter publication weir_pub set (publish = 'insert, update')",
        "alter publication weir_pub set (publish = 'insert, update, delete, truncate')",
        "leaves out inserts, updates, deletes or truncates",
    ),
    (
        "alter publication weir_pub drop table hold_release",
        "alter publication weir_pub add table hold_release",
        "does not hold the table hold_release",
    ),
    (
        "alter publication weir_pub drop table town; alter publication weir_pub add table town where (id > 441900003)",
        "alter publication weir_pub drop table town; alter publication weir_pub add table town",
        "leaves out rows of the table town",
    ),
    (
        "alter publication weir_pub drop table town; alter publication weir_pub add table town (id, name)",
        "alter publication weir_pub drop table town; alter publication weir_pub add table town",
        "does not hold the column town.short_name",
    ),
    (
        "alter table village alter column name type bytea using convert_to(name, 'UTF8')",
        "alter table village alter column name type text using convert_from(name, 'UTF8')",
        "holds village.name as type 17, which is no Text",
    ),
];

#[tokio::test]
async fn what_is_no_longer_told_is_named_before_a_row_is_read() {
    let city = City::new().await;
    city.captured().await.stop().await;
    for (change, back, words) in LESS {
        sqlx::raw_sql(change).execute(&city.owner).await.unwrap();
        let refused = Capture::start(city.capture_config()).await.unwrap_err();
        assert_eq!(refused.kind, ingest::Kind::Stop, "{refused}");
        assert!(refused.to_string().contains(words), "{words}: {refused}");
        sqlx::raw_sql(back).execute(&city.owner).await.unwrap();
    }
    let books = city.captured().await;
    books.verify().await;
    books.stop().await;
}
