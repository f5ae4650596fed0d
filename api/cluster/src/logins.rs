//! As whom each part of Weir comes: logins that cannot become one another, nor the owner.

use super::Address;

/// Where the database is, as each part of Weir logs in. Who is not named does no work here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logins {
    /// `weir_migrator`, who takes the owner's role while the schema is brought up to date.
    pub migrator: Option<Address>,
    /// `weir_app`, as which pages and commands work.
    pub application: Option<Address>,
    /// `weir_capture`, which reads what is published.
    pub capture: Option<Address>,
}

/// A login that a command needs and nobody has named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the login of {login} is not named: give its address as {setting}, or in WEIR_{}",
    .setting.to_uppercase()
)]
pub struct NotNamed {
    login: &'static str,
    setting: &'static str,
}

/// Each login, and the setting that names it.
const SETTINGS: [(&str, &str); 3] = [
    (engine::MIGRATOR, "database"),
    (engine::APPLICATION, "application_database"),
    (engine::CAPTURE, "capture_database"),
];

impl Logins {
    /// Who migrates.
    ///
    /// # Errors
    /// It is not named.
    pub fn migrator(&self) -> Result<&Address, NotNamed> {
        named(&self.migrator, SETTINGS[0])
    }

    /// Who works.
    ///
    /// # Errors
    /// It is not named.
    pub fn application(&self) -> Result<&Address, NotNamed> {
        named(&self.application, SETTINGS[1])
    }

    /// Who captures.
    ///
    /// # Errors
    /// It is not named.
    pub fn capture(&self) -> Result<&Address, NotNamed> {
        named(&self.capture, SETTINGS[2])
    }

    /// Any of them, for a look at the server; none where none is named.
    pub fn any(&self) -> Option<&Address> {
        self.application.as_ref().or(self.capture.as_ref()).or(self.migrator.as_ref())
    }

    /// Those that are named, each with the name that it must have and its setting.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Address, &'static str, &'static str)> {
        [&self.migrator, &self.application, &self.capture]
            .into_iter()
            .zip(SETTINGS)
            .filter_map(|(address, (login, setting))| Some((address.as_ref()?, login, setting)))
    }
}

fn named<'a>(
    address: &'a Option<Address>,
    (login, setting): (&'static str, &'static str),
) -> Result<&'a Address, NotNamed> {
    address.as_ref().ok_or(NotNamed { login, setting })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_named_is_asked_for_by_its_setting() {
        let told = Logins::default().capture().unwrap_err().to_string();
        assert!(told.contains("weir_capture") && told.contains("WEIR_CAPTURE_DATABASE"), "{told}");
    }
}
