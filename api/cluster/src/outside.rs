//! A PostgreSQL that somebody else runs: is it fit for Weir?

use super::facts::{Facts, Role};
use super::{Address, Logins, store};

/// The oldest major version that Weir works with.
const MAJOR_MIN: i32 = 15;

/// Why a server cannot be used, each with what its keeper should do.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// Nobody has said where it is.
    #[error("no address of an outside database is named")]
    Nowhere,
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

/// Checks versions, settings, roles and rights before anything is written.
///
/// # Errors
/// [`Unfit`], with every fault at once.
pub async fn check(logins: &Logins) -> Result<Facts, Unfit> {
    let unreachable = |address: &Address| {
        let address = address.to_string();
        move |source| Unfit::Unreachable { address, source }
    };
    let any = logins.any().ok_or(Unfit::Nowhere)?;
    let facts = store::facts(any).await.map_err(unreachable(any))?;
    let mut found = faults(&facts, &any.database);
    for (address, login, setting) in logins.all() {
        if address.user != login {
            found.push(format!("{setting} logs in as {}; it must be {login}", address.user));
        } else if address != any {
            store::enters(address).await.map_err(unreachable(address))?;
        }
    }
    if found.is_empty() {
        Ok(facts)
    } else {
        Err(Unfit::Faults { address: any.to_string(), faults: found })
    }
}

fn faults(facts: &Facts, database: &str) -> Vec<String> {
    let owner = engine::OWNER;
    let mut checks = vec![
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
            facts.owner == owner,
            format!(
                "the database belongs to {}: alter database {database} owner to {owner}",
                facts.owner
            ),
        ),
        (
            [owner, "pg_database_owner"].contains(&&*facts.schema_owner),
            format!(
                "schema public belongs to {}: alter schema public owner to {owner}",
                facts.schema_owner
            ),
        ),
    ];
    for wanted in Role::wanted() {
        let found = facts.roles.iter().find(|role| role.name == wanted.name);
        let is = if found.is_none() { "missing" } else { "not what it should be" };
        checks.push((
            found == Some(&wanted),
            format!("role {} is {is}: a superuser runs `weir doctor --roles`", wanted.name),
        ));
    }
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
            slots: 10,
            owner: "weir_owner".into(),
            schema_owner: "pg_database_owner".into(),
            roles: Role::wanted().to_vec(),
        };
        assert_eq!(faults(&facts, "w"), Vec::<String>::new());
        facts.wal_level = "replica".into();
        facts.owner = "weir".into();
        facts.roles.remove(0);
        facts.roles[1].belongs_to = vec!["weir_owner".into()];
        let found = faults(&facts, "w");
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("wal_level") && found[1].contains("alter database w owner"));
        assert!(found[2].contains("weir_owner is missing"), "{found:?}");
        assert!(found[3].contains("weir_app is not what it should be"), "{found:?}");
    }
}
