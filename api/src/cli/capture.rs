//! `weir capture`: the change capture role alone.

use super::live::Claim;
use super::signals::asked_to_stop;
use super::{Database, print};
use crate::config::Config;
use crate::keep::keep_server;
use crate::roles;

/// Capture changes into the warehouse until stopped
#[derive(Debug, clap::Args)]
pub(super) struct Capture {}

impl Capture {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let claim = Claim::take(&config.data)?;
        let database = Database::open(config).await?;
        // It reads what is there: the schema is for `weir migrate` to bring up to date.
        database.pool().await?.close().await;
        let capture = roles::capture(database.logins.capture()?, config).await?;
        claim.announce(None, None, &database.logins)?;
        let at = capture.cuts().borrow().position;
        print::line(&format!("capturing into {} from {}", config.warehouse().display(), at.lsn))?;
        tokio::select! {
            asked = asked_to_stop() => asked?,
            error = capture.stopped() => return Err(error.into()),
            never = keep_server(database.cluster()) => match never {},
        }
        capture.stop().await?;
        database.close().await?;
        drop(claim);
        Ok(())
    }
}
