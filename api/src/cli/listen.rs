//! Where the pages and the probes are served.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context;
use tokio::net::TcpListener;

use crate::config::Config;

/// Where to serve, for `up` and `serve`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Listen {
    /// Port of the pages [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Serve the pages in clear beyond this machine, as in a demo on a network of one's own
    #[arg(long)]
    plain_http: bool,
}

/// The pages' listener, and that of the probes.
pub(super) struct Listeners {
    pub(super) pages: TcpListener,
    pub(super) probes: TcpListener,
}

impl Listen {
    /// Before anything else: a port that is taken should not cost a minute to find out.
    pub(super) async fn open(self, config: &Config) -> anyhow::Result<Listeners> {
        let plain_http = config.plain_http || self.plain_http;
        Config { plain_http, ..config.clone() }.check_listen()?;
        let address = SocketAddr::new(config.listen, self.port.unwrap_or(config.port));
        let pages = bind(address).await?;
        let probes = match config.probes {
            Some(said) => bind(said).await?,
            None => beside(pages.local_addr()?.port()).await?,
        };
        Ok(Listeners { pages, probes })
    }
}

/// On this machine, at the next port; where that is taken, at any.
async fn beside(port: u16) -> anyhow::Result<TcpListener> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match port.checked_add(1).map(|next| SocketAddr::new(here, next)) {
        Some(next) => match bind(next).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(SocketAddr::new(here, 0)).await,
        },
        None => bind(SocketAddr::new(here, 0)).await,
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))
}
