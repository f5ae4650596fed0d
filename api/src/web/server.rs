//! The accept loop: hyper with clocks, caps on connections, and a way to end well.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::patience::{Crowd, Patient};

/// A client that has not sent its headers by then is dropped.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// A client that takes nothing of an answer for so long is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Open connections from one address at most: a hall of a hundred tills behind one router has six each. A proxy on
/// this machine speaks for everybody.
const OF_AN_ADDRESS: usize = 768;
/// Open connections at most; a further one waits in the backlog.
const CONNECTIONS: usize = 4_096;
/// Requests under way get this long once the end has been asked for.
const DRAIN: Duration = Duration::from_secs(20);
/// After a failed accept, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// The pages for one connection: each request says where it comes from.
struct Known {
    router: TowerToHyperService<Router>,
    peer: IpAddr,
}

impl Service<Request<Incoming>> for Known {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(Peer(self.peer));
        self.router.call(request)
    }
}

/// Serves until `shutdown` resolves, then lets running requests end within [`DRAIN`].
pub(super) async fn run(router: Router, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let (room, crowd) = (Arc::new(Semaphore::new(CONNECTIONS)), Crowd::of(OF_AN_ADDRESS));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let seat = tokio::select! {
            seat = Arc::clone(&room).acquire_owned() => seat.expect("the semaphore is never closed"),
            () = &mut shutdown => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match stream {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(guest) = crowd.enter(peer.ip()) else {
            tracing::warn!(peer = %peer.ip(), "too many connections from one address");
            continue;
        };
        // Small answers must not wait for the next packet: a payment is seen by leadership at once.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no delay was not set");
        }
        let service = Known { router: TowerToHyperService::new(router.clone()), peer: peer.ip() };
        let stream = TokioIo::new(Patient::new(stream, WRITE_TIMEOUT));
        let connection = graceful.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((seat, guest));
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open after {DRAIN:?}");
    }
}
