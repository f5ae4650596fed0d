//! `weir bench`.
use crate::config::Config;
/// Measure
#[derive(Debug, clap::Args)]
pub(super) struct Bench {}
impl Bench {
    pub(super) async fn run(self, _config: &Config) -> anyhow::Result<()> {
        Ok(())
    }
}
