//! Where a database is, and as whom it is opened.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

/// A PostgreSQL database, written `postgres://user:password@host:port/database`; a socket's folder is
/// given as `?host=/run/postgresql`.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Host name, or the folder of a unix socket.
    pub host: String,
    /// Port, which also names the socket.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// The pass word; empty where the server asks for none.
    pub password: String,
    /// The database.
    pub database: String,
    /// How the connection is secured; none takes what the host asks for.
    pub tls: Option<Tls>,
    /// The authority that has signed the server's certificate, as a PEM file; none takes those of the machine.
    pub root_cert: Option<PathBuf>,
}

/// How a connection is secured: `sslmode`. A socket needs nothing; on this machine TLS is taken where the server has
/// it; any other host must prove with its certificate that it is the one meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `disable`: in clear.
    Disable,
    /// `prefer`: TLS where the server has it.
    Prefer,
    /// `require`: TLS, whoever answers.
    Require,
    /// `verify-ca`: TLS, and a certificate that an authority has signed.
    VerifyCa,
    /// `verify-full`: the certificate names the host, too.
    VerifyFull,
}

impl Tls {
    const ALL: [(Self, &'static str, PgSslMode); 5] = [
        (Self::Disable, "disable", PgSslMode::Disable),
        (Self::Prefer, "prefer", PgSslMode::Prefer),
        (Self::Require, "require", PgSslMode::Require),
        (Self::VerifyCa, "verify-ca", PgSslMode::VerifyCa),
        (Self::VerifyFull, "verify-full", PgSslMode::VerifyFull),
    ];

    fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name, _)| *name == word).map(|(tls, ..)| *tls)
    }

    fn row(self) -> (Self, &'static str, PgSslMode) {
        Self::ALL[self as usize]
    }
}

/// What may stand behind the question mark.
const PARAMETERS: [&str; 6] = ["host", "port", "user", "password", "sslmode", "sslrootcert"];

/// A text that names no database.
#[derive(Debug, thiserror::Error)]
#[error("not a database address such as postgres://user:password@host:5432/weir: {0}")]
pub struct NotAnAddress(String);

impl Address {
    /// A database behind a unix socket.
    pub fn socket(folder: &Path, port: u16, user: &str, password: &str, database: &str) -> Self {
        let host = folder.to_string_lossy().into_owned();
        let (user, password, database) = (user.into(), password.into(), database.into());
        Self { host, port, user, password, database, tls: None, root_cert: None }
    }

    /// True for a unix socket.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// The same server, another database.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        Self { database: name.into(), ..self.clone() }
    }

    /// As sqlx connects. Everything is set, so no PG* variable of the caller leaks in.
    pub fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&self.user)
            .password(&self.password)
            .database(&self.database)
            .application_name("weir");
        if self.is_socket() {
            return options.socket(&self.host).ssl_mode(PgSslMode::Disable);
        }
        let options = options.host(&self.host).ssl_mode(self.tls().row().2);
        match &self.root_cert {
            Some(file) => options.ssl_root_cert(file),
            None => options,
        }
    }

    /// How the connection is secured.
    pub fn tls(&self) -> Tls {
        let is_here = self.host == "localhost"
            || self.host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        match self.tls {
            _ if self.is_socket() => Tls::Disable,
            Some(said) => said,
            None if is_here => Tls::Prefer,
            None => Tls::VerifyFull,
        }
    }

    /// The whole address, pass word included: for a file that only its owner may read.
    pub fn with_password(&self) -> String {
        self.render(Some(&self.password))
    }

    fn render(&self, password: Option<&str>) -> String {
        let secret = password.filter(|password| !password.is_empty());
        let login = match secret {
            Some(password) => format!("{}:{}", encode(&self.user), encode(password)),
            None => encode(&self.user),
        };
        let (user, database, port) = (login, encode(&self.database), self.port);
        if self.is_socket() {
            format!(
                "postgres://{user}@localhost/{database}?host={}&port={port}",
                encode(&self.host).replace("%2F", "/")
            )
        } else {
            let mut said = Vec::new();
            said.extend(self.tls.map(|tls| format!("sslmode={}", tls.row().1)));
            said.extend(
                self.root_cert
                    .iter()
                    .map(|file| format!("sslrootcert={}", encode(&file.to_string_lossy()))),
            );
            let said = if said.is_empty() { String::new() } else { format!("?{}", said.join("&")) };
            format!("postgres://{user}@{}:{port}/{database}{said}", self.host)
        }
    }
}

/// Without the pass word, so that it may be printed.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(None))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let url = Url::parse(&with_host(text)).map_err(|error| NotAnAddress(error.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(NotAnAddress(format!("the scheme is {}", url.scheme())));
        }
        // What is not understood is not passed over: a misspelt sslmode would be a connection in clear.
        if let Some((unknown, _)) =
            url.query_pairs().find(|(name, _)| !PARAMETERS.contains(&name.as_ref()))
        {
            let known = PARAMETERS.join(", ");
            return Err(NotAnAddress(format!(
                "no parameter is called {unknown}; there are: {known}"
            )));
        }
        let query = |name: &str| {
            url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let user = query("user").unwrap_or_else(|| decode(url.username()));
        if user.is_empty() {
            return Err(NotAnAddress("the user is missing".into()));
        }
        let database = decode(url.path().trim_start_matches('/'));
        let port = match query("port") {
            Some(port) => port.parse().map_err(|_| NotAnAddress(format!("port {port}")))?,
            None => url.port().unwrap_or(5432),
        };
        let tls = query("sslmode").map(|word| {
            Tls::named(&word).ok_or_else(|| {
                let known = Tls::ALL.map(|(_, name, _)| name).join(", ");
                NotAnAddress(format!("sslmode is {word}; there are: {known}"))
            })
        });
        Ok(Self {
            tls: tls.transpose()?,
            root_cert: query("sslrootcert").map(PathBuf::from),
            host: query("host")
                .or_else(|| url.host_str().map(decode))
                .unwrap_or_else(|| "localhost".into()),
            port,
            password: query("password").or_else(|| url.password().map(decode)).unwrap_or_default(),
            database: if database.is_empty() { user.clone() } else { database },
            user,
        })
    }
}

/// The same with a host: libpq writes none where a socket's folder stands behind the question mark, and a URL has no host
/// that is empty.
fn with_host(text: &str) -> String {
    let begin = text.find("://").map_or(text.len(), |at| at + 3);
    let end = text[begin..].find(['/', '?']).map_or(text.len(), |at| begin + at);
    let host = text[begin..end].rfind('@').map_or(begin, |at| begin + at + 1);
    let is_there = host == text.len() || !(host == end || text[host..].starts_with(':'));
    if is_there { text.to_owned() } else { format!("{}localhost{}", &text[..host], &text[host..]) }
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let coded = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte =
            coded.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_written_as_libpq_writes_it() {
        let socket =
            Address::socket(Path::new("/run/postgresql"), 5433, "weir_app", "secret", "weir");
        for text in [
            "postgres://weir_app:secret@/weir?host=/run/postgresql&port=5433",
            "postgres://weir_app:secret@:5433/weir?host=/run/postgresql",
            "postgres:///weir?host=/run/postgresql&port=5433&user=weir_app&password=secret",
            "postgres://weir_app:secret@localhost:5433/weir?host=/run/postgresql",
        ] {
            assert_eq!(text.parse::<Address>().unwrap(), socket, "{text}");
        }
        let folder = "postgres://weir@/weir?host=/srv/a@/run".parse::<Address>().unwrap().host;
        assert_eq!(folder, "/srv/a@/run");
    }

    #[test]
    fn what_the_readme_says_is_understood() {
        let readme = include_str!("../../../README.md");
        let said =
            readme.lines().filter_map(|line| line.split_once("database = \"")?.1.split_once('"'));
        let users: Vec<_> = said
            .map(|(text, _)| text.parse::<Address>().unwrap())
            .map(|address| {
                assert!(address.is_socket() && address.database == "weir", "{address}");
                address.user
            })
            .collect();
        assert_eq!(users, ["weir_migrator", "weir_app", "weir_capture"]);
    }

    #[test]
    fn addresses_survive_printing() {
        for address in [
            Address::socket(Path::new("/tmp/weir data/run"), 5432, "weir", "a@b:c/%", "weir"),
            Address {
                host: "db.local".into(),
                port: 6000,
                user: "o'x".into(),
                password: String::new(),
                database: "水".into(),
                tls: Some(Tls::Require),
                root_cert: Some("/etc/weir/a b.pem".into()),
            },
        ] {
            assert_eq!(address.with_password().parse::<Address>().unwrap(), address);
            assert!(!address.to_string().contains("a%40b"));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, want) in [
            ("mysql://a@b/c", "scheme"),
            ("postgres:///x", "user"),
            ("weir", "relative"),
            ("postgres://a@b/c?sslmod=require", "sslmod;"),
            ("postgres://a@b/c?sslmode=full", "verify-full"),
            ("postgres://a@b/c?options=-c%20x", "options"),
        ] {
            assert!(text.parse::<Address>().unwrap_err().to_string().contains(want), "{text}");
        }
    }

    #[test]
    fn only_a_host_that_proves_itself_is_spoken_to_beyond_this_machine() {
        for (text, tls) in [
            ("postgres://a@db.example/c", Tls::VerifyFull),
            ("postgres://a@10.1.2.3/c", Tls::VerifyFull),
            ("postgres://a@localhost/c", Tls::Prefer),
            ("postgres://a@127.0.0.1/c", Tls::Prefer),
            ("postgres://a@h/c?host=/run/postgresql&sslmode=require", Tls::Disable),
            ("postgres://a@db.example/c?sslmode=disable", Tls::Disable),
            ("postgres://a@db.example/c?sslmode=verify-ca&sslrootcert=/ca.pem", Tls::VerifyCa),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().tls(), tls, "{text}");
        }
        for (at, (tls, ..)) in Tls::ALL.into_iter().enumerate() {
            assert_eq!(tls as usize, at);
        }
    }
}
