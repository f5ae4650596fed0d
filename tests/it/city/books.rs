//! The city's capture and warehouse, and the reports made from them.

use ingest::{
    Capture, CaptureConfig, FlushLimits, Server, TlsConfig, Verdict, flushed, request_flush, verify,
};
use reports::{Archive, LaidOut, Made, Params, lay_out};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use warehouse::{AsOf, Limits, Person, Pinned, Warehouse};

use super::City;

/// How long a snapshot that was asked for may take.
const FLUSH_LIMIT: Duration = Duration::from_secs(60);

/// A running capture of the city's books, and the warehouse over it.
pub(crate) struct Books<'a> {
    pub(crate) city: &'a City,
    pub(crate) capture: Capture,
    pub(crate) warehouse: Warehouse,
    pub(crate) archive: Archive,
}

impl City {
    /// How this city is captured: a slot and a folder of its own.
    pub(crate) fn capture_config(&self) -> CaptureConfig {
        let server = Server {
            host: self.database.server.socket.display().to_string(),
            port: self.database.server.port,
            user: engine::CAPTURE.to_owned(),
            password: String::new(),
            database: self.database.name.clone(),
            tls: TlsConfig::disabled(),
        };
        let config = CaptureConfig::new(server, self.data.join("warehouse"));
        CaptureConfig { slot: self.database.name.clone(), ..config }
    }

    /// Starts to capture; what is on the books already is copied first.
    pub(crate) async fn captured(&self) -> Books<'_> {
        self.captured_with(FlushLimits::default()).await
    }

    /// The same, flushing at other limits.
    pub(crate) async fn captured_with(&self, flush: FlushLimits) -> Books<'_> {
        let config = CaptureConfig { flush, ..self.capture_config() };
        let root = config.root.clone();
        let capture = Capture::start(config).await.unwrap();
        let warehouse = Warehouse::live(&root, capture.cuts(), Limits::default()).unwrap();
        Books { city: self, capture, warehouse, archive: Archive::open(&root) }
    }
}

impl Books<'_> {
    /// Everything committed until now is in a snapshot; gives its state.
    pub(crate) async fn up_to_now(&self) -> Pinned {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let label = format!("story-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.city.owner.acquire().await.unwrap();
        request_flush(&mut connection, &label).await.unwrap();
        let root = self.city.capture_config().root;
        let snapshot = flushed(&root, &label, FLUSH_LIMIT).await.unwrap();
        self.warehouse.at(AsOf::Snapshot(snapshot.seq)).await.unwrap()
    }

    /// The live state, rows in memory included, once everything committed until now is in it.
    pub(crate) async fn live(&self) -> Pinned {
        let sql =
            "select pg_current_wal_lsn()::text from pg_logical_emit_message(true, 'story', '')";
        let now: String = sqlx::query_scalar(sql).fetch_one(&self.city.owner).await.unwrap();
        let now = now.parse().unwrap();
        let mut cuts = self.capture.cuts();
        let seen = cuts.wait_for(|cut| cut.position.lsn >= now);
        tokio::time::timeout(FLUSH_LIMIT, seen).await.expect("capture follows").unwrap();
        self.warehouse.at(AsOf::Live).await.unwrap()
    }

    /// A person of the city, as the warehouse knows them.
    pub(crate) async fn person(&self, login: &str) -> Person {
        let mut connection = self.city.owner.acquire().await.unwrap();
        let user = engine::access::user_named(&mut connection, login).await.unwrap();
        api::reader(&user.unwrap_or_else(|| panic!("no {login}")))
    }

    /// A report of today over everything that the person may see; a preview, without a number.
    pub(crate) async fn report(&self, code: &str, who: &Person) -> LaidOut {
        let report = reports::find(code).unwrap();
        let params = self.today(code, who);
        lay_out(&self.live().await, who, report, &params, self.made(who)).await.unwrap()
    }

    /// A numbered report of today.
    pub(crate) async fn issue(&self, code: &str, who: &Person) -> LaidOut {
        let report = reports::find(code).unwrap();
        let (pinned, params) = (self.up_to_now().await, self.today(code, who));
        self.archive.issue(&pinned, who, report, &params, self.made(who)).await.unwrap()
    }

    fn today(&self, code: &str, who: &Person) -> Params {
        let report = reports::find(code).unwrap();
        Params::default().prefilled(report, who, self.city.today())
    }

    fn made(&self, who: &Person) -> Made {
        Made { at: self.city.clock.0, by: who.name.clone() }
    }

    /// PostgreSQL and warehouse hold the same rows at one position.
    pub(crate) async fn verify(&self) -> Verdict {
        let verdict = verify(&self.city.capture_config(), true).await.unwrap();
        assert!(verdict.equal(), "{verdict}");
        verdict
    }

    /// Stops to capture, as `weir` does at its end.
    pub(crate) async fn stop(self) {
        self.capture.stop().await.unwrap();
    }
}

/// The table of a report as text: a line for each line, cells parted by bars.
pub(crate) fn as_text(report: &LaidOut) -> String {
    let lines = report.lines().map(|line| {
        let cells = line.cells.iter().map(|cell| cell.text.as_str());
        line.label.iter().map(String::as_str).chain(cells).collect::<Vec<_>>().join(" | ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The answer to a statement as text: a line for each row, values parted by bars.
pub(crate) async fn ask(pinned: &Pinned, who: &Person, sql: &str) -> Vec<String> {
    let answer = pinned.query(who, sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e} ({e:?})"));
    let width = answer.schema.fields().len();
    let text = |value: warehouse::Value| match value {
        warehouse::Value::Null => String::new(),
        warehouse::Value::Text(text) | warehouse::Value::Other(text) => text,
        warehouse::Value::Int(number) => number.to_string(),
        warehouse::Value::Decimal(decimal) => decimal.to_string(),
        warehouse::Value::Day(day) => day.to_string(),
        warehouse::Value::Moment(moment) => moment.to_rfc3339(),
        warehouse::Value::Wall(wall) => wall.to_string(),
        warehouse::Value::Bool(truth) => truth.to_string(),
    };
    let line = |row: warehouse::Row<'_>| {
        (0..width).map(|at| text(row.value(at))).collect::<Vec<_>>().join("|")
    };
    answer.rows().map(line).collect()
}
