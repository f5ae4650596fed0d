//! A PostgreSQL that somebody else runs: is it fit for Weir?

use super::{Address, store};

/// The oldest major version that Weir works with.
const MAJOR_MIN: i32 = 15;

/// Why a server cannot be used, each with what its keeper should do.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It cannot be reached.
    #[error("cannot reach {address}: {source}")]
    Unreachable {
        /// Where it should be, without pass word.
        address: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// It answers, and this is what is wrong.
    #[error("{address} cannot serve Weir:\n{}", .faults.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n"))]
    Faults {
        /// Where it is, without pass word.
        address: String,
        /// One sentence each.
        faults: Vec<String>,
    },
}

/// What the server says of itself and of our login.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Facts {
    /// `server_version_num` over 10,000.
    pub major: i32,
    /// Setting `wal_level`.
    pub wal_level: String,
    /// Setting `synchronous_commit`.
    pub synchronous_commit: String,
    /// Setting `server_encoding`.
    pub encoding: String,
    /// We are a superuser.
    pub superuser: bool,
    /// We may replicate.
    pub replication: bool,
    /// We may create roles: migrations make `weir_app`.
    pub create_role: bool,
    /// We may create objects in the database.
    pub create: bool,
    /// Setting `max_replication_slots`.
    pub slots: i32,
}

/// Checks versions, settings and rights before anything is written.
///
/// # Errors
/// [`Unfit`], with every fault at once.
pub async fn check(address: &Address) -> Result<Facts, Unfit> {
    let facts = store::facts(address)
        .await
        .map_err(|source| Unfit::Unreachable { address: address.to_string(), source })?;
    let faults = faults(&facts, &address.user);
    if faults.is_empty() {
        Ok(facts)
    } else {
        Err(Unfit::Faults { address: address.to_string(), faults })
    }
}

fn faults(facts: &Facts, user: &str) -> Vec<String> {
    let checks = [
        (
            facts.major >= MAJOR_MIN,
            format!("it is PostgreSQL {}; Weir needs {MAJOR_MIN} or newer", facts.major),
        ),
        (
            facts.wal_level == "logical",
            format!(
                "wal_level is {}; change capture needs: alter system set wal_level = 'logical', then a restart",
                facts.wal_level
            ),
        ),
        (
            !matches!(facts.synchronous_commit.as_str(), "off" | "local"),
            format!(
                "synchronous_commit is {}; a payment must be on disk before it is confirmed",
                facts.synchronous_commit
            ),
        ),
        (facts.encoding == "UTF8", format!("its encoding is {}; Weir needs UTF8", facts.encoding)),
        (facts.slots > 0, "max_replication_slots is 0; change capture needs one".to_owned()),
        (
            facts.superuser || facts.replication,
            format!("{user} may not replicate: alter role {user} replication"),
        ),
        (
            facts.superuser || facts.create_role,
            format!("{user} may not create the role weir_app: alter role {user} createrole"),
        ),
        (
            facts.create,
            format!(
                "{user} may not create tables: grant create on the database and on schema public to {user}"
            ),
        ),
    ];
    checks.into_iter().filter(|(fine, _)| !fine).map(|(_, fault)| fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_at_once() {
        let mut facts = Facts {
            major: 15,
            wal_level: "logical".into(),
            synchronous_commit: "on".into(),
            encoding: "UTF8".into(),
            superuser: false,
            replication: true,
            create_role: true,
            create: true,
            slots: 10,
        };
        assert_eq!(faults(&facts, "w"), Vec::<String>::new());
        facts.wal_level = "replica".into();
        facts.replication = false;
        let found = faults(&facts, "w");
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("wal_level") && found[1].contains("alter role w replication"));
    }
}
