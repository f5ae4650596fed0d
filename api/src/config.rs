//! Settings: flags over `WEIR_*` variables over `weir.toml` over what stands here, read once.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use cluster::{Address, NotAnAddress};

/// The file that is read where no other is named.
const FILE: &str = "weir.toml";

/// What can be wrong with the settings, each with the name of the setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named by `--config` cannot be read.
    #[error("settings file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A setting in a file or variable is unknown or of the wrong kind.
    #[error("settings ({origin}): {message}")]
    Wrong {
        /// The file, or the variables.
        origin: String,
        /// What is wrong, with the name of the setting.
        message: String,
    },
    /// The database's address cannot be understood.
    #[error("setting database: {0}")]
    Database(#[from] NotAnAddress),
}

/// The flags that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Folder of the private PostgreSQL, the warehouse and the exports [default: weir-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// An outside PostgreSQL, postgres://user:password@host/database; DATABASE_URL says the same
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Settings file [default: weir.toml where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The settings of one process.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// An outside database; none means the private server.
    pub database: Option<Address>,
    /// How the application logs in to an outside database, as `weir_app`; none takes the owner's login.
    pub application: Option<Address>,
    /// The address on which the pages are served.
    pub listen: IpAddr,
    /// The port of the pages.
    pub port: u16,
    /// Rows in the hot tier that cause a flush.
    pub flush_rows: u64,
    /// Age of the oldest row in the hot tier that causes a flush.
    pub flush_age: Duration,
    /// Memory of all running queries together.
    pub query_memory_mib: usize,
    /// How long one query may take.
    pub query_deadline: Duration,
}

/// What a file or the variables may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    data: Option<PathBuf>,
    database: Option<String>,
    application_database: Option<String>,
    listen: Option<IpAddr>,
    port: Option<u16>,
    flush_rows: Option<u64>,
    flush_seconds: Option<u64>,
    query_memory_mib: Option<usize>,
    query_seconds: Option<u64>,
}

/// The settings that a variable may carry, as `WEIR_` and the name in capitals.
const NAMES: [&str; 9] = [
    "data",
    "database",
    "application_database",
    "listen",
    "port",
    "flush_rows",
    "flush_seconds",
    "query_memory_mib",
    "query_seconds",
];

impl Config {
    /// Reads all sources, and says by name what is wrong.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        let file = from_file(flags.config.as_deref())?;
        let variables = from_variables(|name| std::env::var(name).ok())?;
        let url = flags.database.clone().or(variables.database.clone()).or(file.database.clone());
        let url = url.or_else(|| std::env::var("DATABASE_URL").ok()).filter(|url| !url.is_empty());
        let database = url.map(|url| url.parse()).transpose()?;
        let login = variables.application_database.clone().or(file.application_database.clone());
        let application = login.map(|url| url.parse()).transpose()?;
        Ok(Self { database, application, ..Self::merge(flags, variables, file) })
    }

    /// The usual settings, over a data folder of its own.
    pub fn in_folder(data: PathBuf) -> Self {
        let flags = Flags { data: Some(data), ..Flags::default() };
        Self::merge(flags, Said::default(), Said::default())
    }

    /// The private server's folder.
    pub fn postgres(&self) -> PathBuf {
        self.data.join("pg")
    }

    /// The warehouse's folder.
    pub fn warehouse(&self) -> PathBuf {
        self.data.join("warehouse")
    }

    /// The folder of finished exports.
    pub fn exports(&self) -> PathBuf {
        self.data.join("exports")
    }

    /// All but the database.
    fn merge(flags: Flags, env: Said, file: Said) -> Self {
        let data =
            flags.data.or(env.data).or(file.data).unwrap_or_else(|| PathBuf::from("weir-data"));
        Self {
            // The warehouse knows its files by absolute paths.
            data: std::path::absolute(&data).unwrap_or(data),
            database: None,
            application: None,
            listen: env.listen.or(file.listen).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: env.port.or(file.port).unwrap_or(8080),
            flush_rows: env.flush_rows.or(file.flush_rows).unwrap_or(200_000),
            flush_age: Duration::from_secs(env.flush_seconds.or(file.flush_seconds).unwrap_or(10)),
            query_memory_mib: env.query_memory_mib.or(file.query_memory_mib).unwrap_or(1_024),
            query_deadline: Duration::from_secs(
                env.query_seconds.or(file.query_seconds).unwrap_or(30),
            ),
        }
    }
}

fn from_file(named: Option<&Path>) -> Result<Said, ConfigError> {
    let path = named.unwrap_or(Path::new(FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Said::default());
        }
        Err(source) => return Err(ConfigError::Unreadable { path: path.into(), source }),
    };
    toml::from_str(&text).map_err(|error| wrong(&path.display().to_string(), &error))
}

fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Said, ConfigError> {
    let mut table = toml::Table::new();
    for name in NAMES {
        let variable = format!("WEIR_{}", name.to_uppercase());
        if let Some(text) = get(&variable).filter(|text| !text.is_empty()) {
            let value =
                text.parse().map_or_else(|_| toml::Value::String(text), toml::Value::Integer);
            let one = toml::Table::from_iter([(name.to_owned(), value.clone())]);
            // Alone first, so that an error carries the name of the variable.
            one.try_into::<Said>().map_err(|error| wrong(&variable, &error))?;
            table.insert(name.to_owned(), value);
        }
    }
    table.try_into().map_err(|error| wrong("WEIR_*", &error))
}

fn wrong(origin: &str, error: &toml::de::Error) -> ConfigError {
    ConfigError::Wrong { origin: origin.into(), message: error.to_string().trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &'static [(&'static str, &'static str)]) -> Result<Said, ConfigError> {
        from_variables(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn flags_go_before_variables_before_file() {
        let env = variables(&[("WEIR_PORT", "9000"), ("WEIR_DATA", "/env")]).unwrap();
        let file: Said = toml::from_str("port = 7000\nflush_rows = 10").unwrap();
        let flags = Flags { data: Some("/flag".into()), ..Flags::default() };
        let config = Config::merge(flags, env, file);
        assert_eq!(config.data, PathBuf::from("/flag"));
        assert_eq!((config.port, config.flush_rows), (9000, 10));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let port = variables(&[("WEIR_PORT", "many")]).unwrap_err().to_string();
        assert!(port.contains("WEIR_PORT"), "{port}");
        let unknown = toml::from_str::<Said>("prot = 1").unwrap_err().to_string();
        assert!(unknown.contains("prot"), "{unknown}");
    }
}
