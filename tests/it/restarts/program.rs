//! The program that users run, on a data folder of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

use crate::city::City;

/// A start makes a city.
const START_LIMIT: Duration = Duration::from_secs(180);

/// The program that users run, as `cargo dev test` has built it beside this one. It is not built here: under
/// a test runner's variables cargo would build half of the dependencies anew.
pub(super) fn weir() -> PathBuf {
    let story = std::env::current_exe().unwrap();
    let weir = story.ancestors().nth(2).unwrap().join("weir");
    assert!(weir.exists(), "first: cargo build --release -p api --bin weir");
    weir
}

/// The program over the books of a city.
pub(super) fn over(city: &City, arguments: &[&str]) -> Command {
    let mut command = Command::new(weir());
    let books = city.database.server.url_of(engine::APPLICATION, &city.database.name);
    command.args(arguments).env("WEIR_APPLICATION_DATABASE", books).arg("--data").arg(&city.data);
    command
}

/// Runs a command with this on its standard input; gives whether it was done, and its words.
pub(super) fn answered(mut command: Command, input: &str) -> (bool, String) {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let words = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&words).into_owned())
}

/// A data folder that lives as long as the story.
pub(crate) struct Data(PathBuf);

impl Data {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("weir-whole-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// `weir up`, serving; gives its address.
    pub(super) async fn up(&self) -> (Child, String) {
        let (process, live) =
            self.start(&["up", "--accounts", "200", "--months", "1", "--port", "0"]).await;
        (process, live["url"].as_str().unwrap().to_owned())
    }

    /// A role that announces itself in the folder; gives what it says.
    pub(super) async fn start(&self, arguments: &[&str]) -> (Child, Value) {
        let mut process = self.command(arguments).stdout(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + START_LIMIT;
        while Instant::now() < end {
            let live = std::fs::read(self.0.join("live.json")).unwrap_or_default();
            if let Ok(live) = serde_json::from_slice::<Value>(&live)
                && live["pid"] == process.id()
            {
                return (process, live);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        panic!("weir {arguments:?} does not come up");
    }

    /// The pages alone, over what another process captures; gives their address.
    pub(super) fn serve(&self) -> (Child, String) {
        let mut process =
            self.command(&["serve", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        (process, address.trim().to_owned())
    }

    /// `weir up` of a house that is no demo; gives its address, and the words that stand below it.
    pub(super) fn opens(&self) -> (Child, String, String) {
        let mut command = self.command(&["up", "--no-demo", "--port", "0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let served = said.next().unwrap();
        let address = served.split([',', ' ']).find(|word| word.starts_with("http"));
        let words: Vec<_> = said.take(2).take_while(|line| !line.is_empty()).collect();
        (process, address.unwrap_or_else(|| panic!("{served}")).to_owned(), words.join("\n"))
    }

    /// A command of `weir` on the folder, which must succeed; gives what it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let out = self.command(arguments).stdout(Stdio::piped()).output().unwrap();
        let words = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "weir {arguments:?}: {words}");
        words
    }

    /// A command of `weir` on the folder, which must fail; gives its words.
    pub(super) fn fails(&self, arguments: &[&str]) -> String {
        let out = self.command(arguments).stderr(Stdio::piped()).output().unwrap();
        assert!(!out.status.success(), "weir {arguments:?} is done");
        String::from_utf8_lossy(&out.stderr).into_owned()
    }

    /// A command of `weir` with these variables, which must fail; gives its words.
    pub(crate) fn fails_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command = self.command(arguments);
        let out = command.envs(variables.iter().copied()).stderr(Stdio::piped()).output().unwrap();
        assert!(!out.status.success(), "weir {arguments:?} is done under {variables:?}");
        String::from_utf8_lossy(&out.stderr).into_owned()
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A connection of the keeper of the private server, who stands above all logins of Weir.
    pub(super) async fn keeper(&self, live: &Value) -> PgConnection {
        let options: PgConnectOptions = live["database"].as_str().unwrap().parse().unwrap();
        let password = std::fs::read_to_string(self.0.join("pg/password")).unwrap();
        options.username("weir").password(&password).connect().await.unwrap()
    }

    /// The one value that a statement asks for.
    pub(super) fn ask(&self, sql: &str) -> String {
        let words = self.run(&["sql", "--format", "csv", sql]);
        words.lines().last().unwrap().to_owned()
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(weir());
        command.args(arguments).arg("--data").arg(&self.0);
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        command
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
