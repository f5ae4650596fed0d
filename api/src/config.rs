//! Settings: flags over `WEIR_*` variables over `weir.toml` over what stands here, read once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use cluster::{Address, Logins, NotAnAddress};

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
    /// A number is out of its range.
    #[error("setting {name} is {said}, which is not between {least} and {most}")]
    OutOfRange {
        /// The setting.
        name: &'static str,
        /// What was said.
        said: u64,
        /// The least that works.
        least: u64,
        /// The most that makes sense.
        most: u64,
    },
    /// A pass word stands where others can read it.
    #[error("the pass word of the database stands in {place}, where others can read it: {remedy}")]
    Exposed {
        /// Where it stands.
        place: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The pages would be served in clear beyond this machine.
    #[error(
        "listen is {0}, beyond this machine, and pass words would travel in clear: put TLS in front and name its \
         address, public_url = \"https://…\", or say that it is meant, plain_http = true (--plain-http)"
    )]
    PlainHttp(IpAddr),
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
    /// An outside PostgreSQL, postgres://weir_migrator@host/database; DATABASE_URL says the same
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
    /// How each part of Weir logs in to an outside database; none of them means the private server.
    pub logins: Logins,
    /// The address on which the pages are served.
    pub listen: IpAddr,
    /// The port of the pages.
    pub port: u16,
    /// What people type to reach the pages, `https://weir.example`, where a proxy with TLS stands in front.
    pub public_url: Option<PublicUrl>,
    /// It is meant that the pages are served in clear beyond this machine, as a demo in a hall may be.
    pub plain_http: bool,
    /// Where probes and metrics are answered; the port beside the pages' on this machine, unless said.
    pub probes: Option<SocketAddr>,
    /// Rows in the hot tier that cause a flush.
    pub flush_rows: u64,
    /// Age of the oldest row in the hot tier that causes a flush.
    pub flush_age: Duration,
    /// Memory that each running query may take; eight run at once.
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
    capture_database: Option<String>,
    listen: Option<IpAddr>,
    port: Option<u16>,
    public_url: Option<PublicUrl>,
    plain_http: Option<bool>,
    probes: Option<SocketAddr>,
    flush_rows: Option<u64>,
    flush_seconds: Option<u64>,
    query_memory_mib: Option<usize>,
    query_seconds: Option<u64>,
}

/// The settings that a variable may carry, as `WEIR_` and the name in capitals.
const NAMES: [&str; 13] = [
    "data",
    "database",
    "application_database",
    "capture_database",
    "listen",
    "port",
    "public_url",
    "plain_http",
    "probes",
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
        refuse_password_in_arguments(flags.database.as_deref())?;
        let variables = from_variables(|name| std::env::var(name).ok())?;
        let url = flags.database.clone().or(variables.database.clone()).or(file.database.clone());
        let url = url.or_else(|| std::env::var("DATABASE_URL").ok()).filter(|url| !url.is_empty());
        let login = |url: Option<String>| url.map(|url| url.parse()).transpose();
        let logins = Logins {
            migrator: login(url)?,
            application: login(
                variables.application_database.clone().or(file.application_database.clone()),
            )?,
            capture: login(variables.capture_database.clone().or(file.capture_database.clone()))?,
        };
        let config = Self { logins, ..Self::merge(flags, variables, file) };
        config.check_numbers()?;
        Ok(config)
    }

    /// What would stop the work, or never end it, is refused before anything begins.
    fn check_numbers(&self) -> Result<(), ConfigError> {
        let memory = u64::try_from(self.query_memory_mib).unwrap_or(u64::MAX);
        for (name, said, (least, most)) in [
            ("flush_rows", self.flush_rows, (1, 100_000_000)),
            ("flush_seconds", self.flush_age.as_secs(), (1, 86_400)),
            ("query_memory_mib", memory, (16, 1_048_576)),
            ("query_seconds", self.query_deadline.as_secs(), (1, 86_400)),
        ] {
            if !(least..=most).contains(&said) {
                return Err(ConfigError::OutOfRange { name, said, least, most });
            }
        }
        Ok(())
    }

    /// The usual settings, over a data folder of its own.
    pub fn in_folder(data: PathBuf) -> Self {
        let flags = Flags { data: Some(data), ..Flags::default() };
        Self::merge(flags, Said::default(), Said::default())
    }

    /// May the pages be served at `listen`?
    ///
    /// # Errors
    /// They would be served in clear beyond this machine, and nobody has said that it is meant.
    pub fn check_listen(&self) -> Result<(), ConfigError> {
        let has_tls = self.public_url.as_ref().is_some_and(PublicUrl::is_https);
        if self.listen.is_loopback() || has_tls || self.plain_http {
            return Ok(());
        }
        Err(ConfigError::PlainHttp(self.listen))
    }

    /// True where somebody else runs the database.
    pub fn is_outside(&self) -> bool {
        self.logins.any().is_some()
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
            data: plain(&data),
            logins: Logins::default(),
            listen: env.listen.or(file.listen).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: env.port.or(file.port).unwrap_or(8080),
            public_url: env.public_url.or(file.public_url),
            plain_http: env.plain_http.or(file.plain_http).unwrap_or(false),
            probes: env.probes.or(file.probes),
            flush_rows: env.flush_rows.or(file.flush_rows).unwrap_or(200_000),
            flush_age: Duration::from_secs(env.flush_seconds.or(file.flush_seconds).unwrap_or(10)),
            query_memory_mib: env.query_memory_mib.or(file.query_memory_mib).unwrap_or(1_024),
            query_deadline: Duration::from_secs(
                env.query_seconds.or(file.query_seconds).unwrap_or(30),
            ),
        }
    }
}

/// A folder by its absolute path, without `..`, which an object store takes for the name of a folder.
fn plain(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    if !absolute.components().any(|part| part == Component::ParentDir) {
        return absolute;
    }
    // Behind a link `..` is another folder.
    if let Ok(found) = absolute.canonicalize() {
        return found;
    }
    absolute.components().fold(PathBuf::new(), |mut so_far, part| {
        match part {
            Component::ParentDir => {
                so_far.pop();
            }
            other => so_far.push(other),
        }
        so_far
    })
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
    let said: Said =
        toml::from_str(&text).map_err(|error| wrong(&path.display().to_string(), &error))?;
    let has_secret = [&said.database, &said.application_database, &said.capture_database]
        .into_iter()
        .flatten()
        .any(|url| url.parse().is_ok_and(|address: Address| !address.password.is_empty()));
    let mode = std::fs::metadata(path).map_or(0, |meta| meta.permissions().mode());
    if has_secret && mode & 0o077 != 0 {
        let place = format!("{} (mode {:o})", path.display(), mode & 0o777);
        return Err(ConfigError::Exposed { place, remedy: "chmod 600" });
    }
    Ok(said)
}

/// Every user of the machine sees the arguments of every process.
fn refuse_password_in_arguments(database: Option<&str>) -> Result<(), ConfigError> {
    let address = database.map(str::parse::<Address>).transpose()?;
    if address.is_some_and(|address| !address.password.is_empty()) {
        return Err(ConfigError::Exposed {
            place: "the argument --database".to_owned(),
            remedy: "give the address with its pass word as `database` in weir.toml, or in WEIR_DATABASE",
        });
    }
    Ok(())
}

fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Said, ConfigError> {
    let mut table = toml::Table::new();
    for name in NAMES {
        let variable = format!("WEIR_{}", name.to_uppercase());
        if let Some(text) = get(&variable).filter(|text| !text.is_empty()) {
            let value = match (text.parse(), text.parse()) {
                (Ok(number), _) => toml::Value::Integer(number),
                (_, Ok(truth)) => toml::Value::Boolean(truth),
                _ => toml::Value::String(text),
            };
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

/// What people type to reach the pages: scheme and host, no more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// True where TLS stands in front of the pages.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// As a browser names it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url: axum::http::Uri = text.parse().map_err(|_| not_a_url(&text))?;
        let is_web = matches!(url.scheme_str(), Some("http" | "https"));
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        match url.authority() {
            Some(host) if is_web && is_bare && !host.as_str().contains('@') => {
                Ok(Self(text.trim_end_matches('/').to_lowercase()))
            }
            _ => Err(not_a_url(&text)),
        }
    }
}

fn not_a_url(text: &str) -> String {
    format!("public_url is `{text}`, not an address such as https://weir.example")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_a_path_without_points() {
        for (given, want) in [
            ("/srv/nowhere/../data", "/srv/data"),
            ("/srv/./data", "/srv/data"),
            ("/../data-of-nobody", "/data-of-nobody"),
        ] {
            assert_eq!(plain(Path::new(given)), Path::new(want), "{given}");
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!(
            plain(Path::new("../no-such-folder")),
            here.parent().unwrap().join("no-such-folder")
        );
        assert_eq!(plain(Path::new("weir-data")), here.join("weir-data"));
    }

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

    fn serving(listen: &str, public_url: Option<&str>, plain_http: bool) -> Config {
        let public_url = public_url.map(|url| url.to_owned().try_into().unwrap());
        let listen = listen.parse().unwrap();
        Config { listen, public_url, plain_http, ..Config::in_folder("/data".into()) }
    }

    #[test]
    fn pages_leave_this_machine_through_tls_or_because_it_was_said() {
        for (listen, public_url, plain_http, holds) in [
            ("127.0.0.1", None, false, true),
            ("::1", None, false, true),
            ("0.0.0.0", None, false, false),
            ("10.1.2.3", Some("http://weir.example"), false, false),
            ("10.1.2.3", Some("https://weir.example"), false, true),
            ("0.0.0.0", None, true, true),
        ] {
            let checked = serving(listen, public_url, plain_http).check_listen();
            assert_eq!(checked.is_ok(), holds, "{listen} {public_url:?} {plain_http}");
        }
        let refused = serving("0.0.0.0", None, false).check_listen().unwrap_err().to_string();
        assert!(refused.contains("public_url") && refused.contains("plain_http"), "{refused}");
    }

    #[test]
    fn a_public_url_is_scheme_and_host() {
        for (text, holds) in [
            ("https://weir.example", true),
            ("https://weir.example:8443/", true),
            ("http://10.0.0.7:8080", true),
            ("weir.example", false),
            ("https://weir.example/pages", false),
            ("https://a:b@weir.example", false),
            ("ftp://weir.example", false),
        ] {
            assert_eq!(PublicUrl::try_from(text.to_owned()).is_ok(), holds, "{text}");
        }
    }

    #[test]
    fn a_pass_word_that_others_can_read_is_refused() {
        let argument = refuse_password_in_arguments(Some("postgres://weir:secret@db/weir"));
        let words = argument.unwrap_err().to_string();
        assert!(words.contains("--database") && !words.contains("secret"), "{words}");
        assert!(refuse_password_in_arguments(Some("postgres://weir@db/weir")).is_ok());
        let file = std::env::temp_dir().join(format!("weir-settings-{}.toml", std::process::id()));
        std::fs::write(&file, "database = \"postgres://weir:secret@db/weir\"").unwrap();
        for (mode, holds) in [(0o644, false), (0o640, false), (0o600, true)] {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            let read = from_file(Some(&file));
            assert_eq!(read.is_ok(), holds, "{mode:o} {read:?}");
        }
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_number_that_cannot_work_is_refused_by_its_name() {
        for (text, name) in [
            ("flush_rows = 0", "flush_rows"),
            ("flush_seconds = 0", "flush_seconds"),
            ("query_memory_mib = 0", "query_memory_mib"),
            ("query_memory_mib = 9999999999", "query_memory_mib"),
            ("query_seconds = 0", "query_seconds"),
        ] {
            let file = toml::from_str(text).unwrap();
            let refused = Config::merge(Flags::default(), Said::default(), file).check_numbers();
            let words = refused.unwrap_err().to_string();
            assert!(words.contains(name), "{text}: {words}");
        }
        Config::in_folder("/data".into()).check_numbers().unwrap();
    }

    #[test]
    fn what_is_wrong_is_named() {
        let port = variables(&[("WEIR_PORT", "many")]).unwrap_err().to_string();
        assert!(port.contains("WEIR_PORT"), "{port}");
        let unknown = toml::from_str::<Said>("prot = 1").unwrap_err().to_string();
        assert!(unknown.contains("prot"), "{unknown}");
    }
}
