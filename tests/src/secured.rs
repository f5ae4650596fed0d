//! A PostgreSQL of its own that is reached by TLS alone, with an authority that has signed its certificate.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::server::Place;

/// Makes an authority, and a certificate of it for `localhost`, in the folder where it stands.
const CERTIFICATES: &str = "set -e
new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $new -days 2 -subj /CN=authority -keyout authority.key -out authority.crt
openssl req -x509 $new -days 2 -subj /CN=another -keyout another.key -out another.crt
openssl req $new -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 2 \
    -copy_extensions copy -out server.crt
chmod 600 server.key";

/// Whoever comes over the network comes by TLS.
const ACCESS: &str = "local all all trust\nhostssl all all localhost trust\n";

/// The server; it stops with this value.
pub struct Secured {
    place: Place,
    home: PathBuf,
    /// Where it listens on `localhost`.
    pub port: u16,
}

impl Secured {
    /// Makes and starts it.
    ///
    /// # Errors
    /// PostgreSQL or openssl is not installed, or does not do its work.
    pub fn start() -> Result<Self> {
        let home = std::env::temp_dir().join(format!("weir-secured-{}", std::process::id()));
        let place = Place::under(&home)?;
        place.make()?;
        let mut openssl = Command::new("bash");
        openssl.args(["-c", CERTIFICATES]).current_dir(&place.data);
        place.drop_to(&mut openssl);
        let made = openssl.output().context("run openssl")?;
        if !made.status.success() {
            bail!("openssl: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
        std::fs::write(place.data.join("pg_hba.conf"), ACCESS)?;
        let port = TcpListener::bind("localhost:0")?.local_addr()?.port();
        let settings = [
            "listen_addresses=localhost",
            "wal_level=logical",
            "fsync=off",
            "ssl=on",
            "ssl_cert_file=server.crt",
            "ssl_key_file=server.key",
        ];
        place.launch(port, settings.into_iter())?;
        Ok(Self { place, home, port })
    }

    /// The authority that signed its certificate.
    pub fn authority(&self) -> PathBuf {
        self.file("authority.crt")
    }

    /// An authority that did not.
    pub fn another(&self) -> PathBuf {
        self.file("another.crt")
    }

    fn file(&self, name: &str) -> PathBuf {
        let copy = self.home.join(name);
        std::fs::copy(self.place.data.join(name), &copy).expect("the certificates were made");
        copy
    }

    fn data(&self) -> &Path {
        &self.place.data
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        let mut stop = self.place.command("pg_ctl");
        let _ = stop.args(["-s", "-m", "immediate", "-D"]).arg(self.data()).arg("stop").status();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}
