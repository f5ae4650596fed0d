//! The pages: what clerks, analysts and the leadership see, and the JSON that the pages ask for.
//!
//! A handler translates: the extractor has proved who asks ([`visitor`]), the body becomes an order of
//! the trade, one call is made, the answer becomes a view. Whatever goes wrong becomes a status and a
//! Chinese sentence in one place (`error`).
//!
//! # The contract for programs
//! Tests and benchmarks drive the same addresses with a cookie client. Amounts are texts in yuan with
//! two decimals (`"272.46"`); ids are numbers; a refusal is `{"message": "…"}` with a status that says
//! what to do: 401 log in, 403 not yours, 409 the books differ from what you saw (read again), 422 put
//! right what you sent, 503 try later.
//!
//! - `POST /login`, form `login`, `password`: 303 to the landing page with the cookie `weir`; with words, 422 where
//!   they are wrong, 429 after too many wrong tries, 503 where too many people come at once.
//!   With `accept: application/json` a page logs in again over what stands in it: `{csrf}`, or `{message}`.
//! - Every other form of a page: 303 to a page, which says what was done (a cookie carries it there); refused, the status
//!   and the form's own page with the reason over it, where `referer` names that page, and else a page of the error.
//! - `GET /counter/api/session`: `{csrf, name, outlet}`. Every POST below carries the header `x-csrf-token: csrf`.
//! - `GET /counter/api/search?q=`: `{accounts: [{account, no, payer_name, address, town, meter}], note}`, at most 20; `note`
//!   says how many there are, or which other outlet has the account.
//! - `GET /counter/api/quote?account=&only=`: `{payer, charges: [{id, former_payer, period, due_date, volume, fees:
//!   [{fee_item, amount, late_fee}], late_fee, total, overdue}], total, prepaid, notes, apart: [{code, label}], fees}`,
//!   oldest charge first; `only` one of the fees that this outlet may take apart. `former_payer` is whose a charge is, where
//!   another pays for the account now; `volume` and `prepaid` are null at an outlet that sees no water.
//! - `POST /counter/api/collect`, JSON `{key, account, charges: [id], fees?, expected_total, prepaid_used?, received,
//!   surplus: "change" | "prepaid", method: "cash" | "pos" | "cheque", channel_serial?, slip_total?, also?: [{method,
//!   amount, reference?, slip_total?}], again?}`: `{payment, change, prepaid_used, prepaid, receipts: [{id, receipt_type,
//!   code, no, amount}], replayed}`. Card and cheque bear their number; `slip_total` is said where one pays for several
//!   accounts; `fees` are those quoted under `only`. The same key and body give the same answer. 409 with `again: true`
//!   where a till took the same deposit within ten minutes: who means it once more says `again`.
//!   504 where the database fell silent at the commit: nobody knows whether it is posted, so ask under the key.
//! - `GET /counter/api/posted?account=&key=`: `{payment}`, null where nothing stands under the key nor ever will; 404 where
//!   another outlet posted it.
//! - `POST /counter/api/request`, JSON `{payment, reason}`: `{request}`; it lies before those who answer for the outlet.
//! - `GET /counter/api/requests`: the cashier's of today, `[{payment, state: "waiting" | "approved" | "refused" | "used",
//!   label}]`, the newest first.
//! - `POST /counter/api/reverse`, JSON `{key, payment, reason}`: `{payment, refund, prepaid_back, receipts,
//!   replayed}`; 409 where nobody else has said yes today.
//! - `GET /counter/api/today`: `{count, reversals, net, standing: [{text, stops, at}], last, stock: […]}`, `last` the newest payment or null.
//! - `POST /counter/api/close`, JSON `{day?, seen, counted?, reason?, free?}`, today unless said: `{day, net, payments,
//!   reversals}`; 409 while an earlier day of the cashier is open, or where the sheet's digest is not the one that was
//!   `seen`; 422 where cash is due and nobody says what was `counted`, or why
//!   that is another sum, or where `free` is not what is left of the slips.
//! - `POST /counter/api/void`, JSON `{receipt_type, code, no, reason}`: `{no}`; 409 where the sheet's number is not the
//!   next one of the clerk's paper.
//! - `GET /home/figures`: `{fresh: {time, lag, state}, as_of: {lsn, committed_at, snapshot, hot_rows}, today,
//!   tiles: [{key: "today" | "month" | "year" | "rate" | "arrears" | "remitted", value, unit, exact:
//!   "3,124,612.34 元", …}], trend, towns, …}`, computed at most once in 250 ms for all who may see the same
//!   rows; `GET /home/events`: the same as server-sent events named `figures`.
//! - `GET /report/{code}/preview?day=&outlet=`: HTML of the live books; `POST /report/{code}/print`, form `csrf,
//!   day, outlet`: 303 to `/report/{number}.pdf`, issued on a flushed snapshot.
//! - `POST /extract/run`, JSON `{sql}`: `{columns, rows, total, elapsed_ms, lsn, as_of}`; 422 with `line`, `column`.
//! - On a listener of their own, [`probe`]: `GET /livez`, `/readyz`, `/statusz`, `/metrics`: is the process alive,
//!   can it post money, how far is the warehouse behind, and the same as Prometheus reads it.

mod access;
mod accounts;
mod admit;
mod approvals;
mod assets;
mod charges;
mod counter;
mod doors;
mod error;
mod extract;
mod flush;
mod home;
mod marks;
mod months;
mod ops;
mod pages;
mod papers;
mod patience;
mod payments;
mod people;
mod rates;
mod remittances;
mod report;
mod routes;
mod security;
mod server;
mod speak;
mod suspense;
mod told;
mod trace;
mod visitor;
mod words;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use engine::access::Logins;
use ingest::Lag;
use reports::Archive;
use sqlx::PgPool;
use terms::Clock;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use crate::config::PublicUrl;

pub use doors::{Door, Who};

/// The table of routes: who may come in where, and which mark each leaves.
pub fn doors() -> Vec<Door> {
    routes::doors().table()
}

/// What the pages stand on.
pub struct Parts {
    /// Connections of the application, from `engine::connect`, that say `weir.door=page`.
    pub pool: PgPool,
    /// Tells the business day.
    pub clock: Arc<dyn Clock>,
    /// The analytical half.
    pub warehouse: Arc<Warehouse>,
    /// How far the warehouse is behind the books.
    pub lag: watch::Receiver<Lag>,
    /// Folder of the warehouse's tables; the archive of numbered reports lies in it.
    pub warehouse_root: PathBuf,
    /// Folder of export files.
    pub exports: PathBuf,
    /// What people type, where a proxy stands in front; with TLS there, the session never leaves it.
    pub public_url: Option<PublicUrl>,
}

/// The pages, ready to be served. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    warehouse: Arc<Warehouse>,
    lag: watch::Receiver<Lag>,
    warehouse_root: PathBuf,
    archive: Archive,
    logins: Logins,
    public_url: Option<PublicUrl>,
    health: ops::Health,
    home: home::Shared,
    /// Tells streams that sessions were ended here.
    sessions_ended: watch::Sender<()>,
    jobs: extract::Jobs,
    /// Tells streams that have no end of their own that the process is about to.
    ending: CancellationToken,
}

impl App {
    /// Puts the pages together.
    pub fn new(parts: Parts) -> Self {
        let Parts { pool, clock, warehouse, lag, warehouse_root, exports, public_url } = parts;
        let archive = Archive::open(&warehouse_root);
        Self(Arc::new(Inner {
            pool,
            clock,
            warehouse,
            lag,
            archive,
            warehouse_root,
            logins: Logins::new(),
            public_url,
            health: ops::Health::default(),
            home: home::Shared::default(),
            sessions_ended: watch::Sender::new(()),
            jobs: extract::Jobs::new(exports),
            ending: CancellationToken::new(),
        }))
    }
}

impl App {
    /// True where browsers come through TLS.
    fn is_secure(&self) -> bool {
        self.0.public_url.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// The cookie that carries a session's token. Behind TLS its name says that no other host may set it.
    fn cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-weir" } else { "weir" }
    }
}

/// Answers probes and metrics on `listener` until `shutdown` resolves: figures only, for machines, without a login.
/// However many ask, the database is asked once a second.
pub async fn probe(app: App, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    server::run(ops::probes().with_state(app), listener, shutdown).await;
}

/// Serves the pages on `listener` until `shutdown` resolves; requests under way are let to end.
///
/// Export jobs that an earlier process left unfinished are marked as interrupted first.
///
/// # Errors
/// The database does not answer at the start.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), sqlx::Error> {
    extract::resume(&app).await?;
    accounts::begin_changes(&app);
    let ending = app.0.ending.clone();
    let shutdown = async {
        shutdown.await;
        ending.cancel();
    };
    server::run(routes::router(app), listener, shutdown).await;
    Ok(())
}
