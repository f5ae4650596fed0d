//! The commands of the binary: one file each, and the few things that they share.
//!
//! Facts go to standard output, progress and log to standard error; the exit code is 0 only on
//! success, and 130 for a command that was interrupted and can be started again.

mod account;
mod correct;
mod bench;
mod bill;
mod capture;
mod channel;
mod close;
mod check;
mod deliver;
mod demo;
mod doctor;
mod generate;
mod import;
mod migrate;
mod paper;
mod rate;
mod reading;
mod remit;
mod report;
mod serve;
mod sql;
mod status;
mod up;
mod user;
mod verify;
mod verify_report;

mod books;
mod database;
mod who;
mod listen;
pub mod live;
mod logging;
mod print;
mod signals;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::config::{Config, Flags};

pub use database::{Database, prepare};

/// Weir: collects the water-related fees of Dongguan, and shows the figures as they stand.
#[derive(Debug, Parser)]
#[command(name = "weir", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Up),
    Account(account::Account),
    Rate(rate::Rate),
    Demo(demo::Demo),
    Migrate(migrate::Migrate),
    Generate(generate::Generate),
    Bill(bill::Bill),
    Import(import::Import),
    Reading(reading::Reading),
    Capture(capture::Capture),
    Channel(channel::Channel),
    Close(close::Close),
    Serve(serve::Serve),
    Status(status::Status),
    Remit(remit::Remit),
    Report(report::Report),
    VerifyReport(verify_report::VerifyReport),
    Sql(sql::Sql),
    Verify(verify::Verify),
    Check(check::Check),
    Bench(bench::Bench),
    Doctor(doctor::Doctor),
    Deliver(deliver::Deliver),
    Paper(paper::Paper),
    User(user::User),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_server = matches!(cli.command, Command::Up(_) | Command::Serve(_) | Command::Capture(_));
    let done = logging::start(is_server)
        .and_then(|()| runtime())
        .and_then(|runtime| runtime.block_on(run(cli)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if print::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<signals::Interrupted>() => {
            eprintln!("weir: {error}");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("weir: {}", print::words(&error));
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(cli.flags)?;
    match cli.command {
        Command::Up(up) => up.run(&config).await,
        Command::Account(account) => account.run(&config).await,
        Command::Rate(rate) => rate.run(&config).await,
        Command::Demo(demo) => demo.run(&config).await,
        Command::Migrate(migrate) => migrate.run(&config).await,
        Command::Generate(generate) => generate.run(&config).await,
        Command::Bill(bill) => bill.run(&config).await,
        Command::Reading(reading) => reading.run(&config).await,
        Command::Import(import) => import.run(&config).await,
        Command::Capture(capture) => capture.run(&config).await,
        Command::Channel(channel) => channel.run(&config).await,
        Command::Close(close) => close.run(&config).await,
        Command::Serve(serve) => serve.run(&config).await,
        Command::Status(status) => status.run(&config).await,
        Command::Remit(remit) => remit.run(&config).await,
        Command::Report(report) => report.run(&config).await,
        Command::VerifyReport(verify) => verify.run(&config).await,
        Command::Sql(sql) => sql.run(&config).await,
        Command::Verify(verify) => verify.run(&config).await,
        Command::Check(check) => check.run(&config).await,
        Command::Bench(bench) => bench.run(&config).await,
        Command::Doctor(doctor) => doctor.run(&config).await,
        Command::Deliver(deliver) => deliver.run(&config).await,
        Command::Paper(paper) => paper.run(&config).await,
        Command::User(user) => user.run(&config).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn dead_letters_are_listed_of_any_database_and_beside_nothing_else() {
        let takes = |more: &[&str]| {
            let line = ["weir", "deliver", "--dead", "--data", "/tmp/weir"];
            super::Cli::try_parse_from(line.iter().chain(more)).is_ok()
        };
        assert!(takes(&[]) && takes(&["--json"]));
        for other in [&["--revive"][..], &["--once"], &["--lease", "5"], &["--to", "http://a/b"]] {
            assert!(!takes(other), "{other:?}");
        }
        let without = |line: &[&str]| super::Cli::try_parse_from(line).is_err();
        assert!(
            without(&["weir", "deliver"]) && without(&["weir", "deliver", "--to", "https://a/b"])
        );
    }
}
