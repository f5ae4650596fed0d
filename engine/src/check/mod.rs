//! The invariants of the ledger, one statement each.
//!
//! Most of them hold by constraint, trigger or grant; they are asked again because a proof that runs every
//! night is worth more than a promise. Numbers are those of the domain's list of invariants.

use serde::Serialize;
use sqlx::PgConnection;

mod part;
mod statements;
mod store;

pub use part::Part;
use part::Rooms;
use statements::Invariant;

/// How the database asks an invariant of a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Its number.
    pub id: &'static str,
    /// True where no other months are looked into than those that are asked.
    pub is_by_month: bool,
    /// The plan, line by line.
    pub lines: Vec<String>,
}

/// What one invariant says today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its number, such as `8a`.
    pub id: &'static str,
    /// What must hold, for people.
    pub text: &'static str,
    /// How often it does not.
    pub violations: i64,
    /// One place where it does not.
    pub sample: Option<String>,
    /// What the database answered where it could not say.
    pub failure: Option<String>,
}

impl Finding {
    /// True where the invariant holds, and the database could say so.
    pub fn holds(&self) -> bool {
        self.violations == 0 && self.failure.is_none()
    }
}

/// Asks every invariant of all that was ever booked, in order. One that the database refuses to answer is a finding too.
///
/// # Errors
/// The database is gone.
pub async fn run(connection: &mut PgConnection) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = Vec::new();
    for invariant in statements::all() {
        findings.push(ask(&mut *connection, "", invariant).await?);
    }
    Ok(findings)
}

/// Asks what can have gone wrong since lately, and a part of the city in turn: see [`Part`].
///
/// # Errors
/// The database is gone.
pub async fn run_part(
    connection: &mut PgConnection,
    part: Part,
) -> Result<Vec<Finding>, sqlx::Error> {
    let rooms = rooms(&mut *connection).await?;
    let mut findings = Vec::new();
    for invariant in statements::all() {
        let tables = part.tables(invariant.0, &rooms);
        findings.push(ask(&mut *connection, &tables, invariant).await?);
    }
    Ok(findings)
}

async fn ask(
    connection: &mut PgConnection,
    tables: &str,
    &(id, text, statement): &Invariant,
) -> Result<Finding, sqlx::Error> {
    let holds = Finding { id, text, violations: 0, sample: None, failure: None };
    match store::ask(connection, tables, statement).await {
        Ok((violations, sample)) => Ok(Finding { violations, sample, ..holds }),
        Err(sqlx::Error::Database(refused)) => {
            Ok(Finding { failure: Some(refused.message().to_owned()), ..holds })
        }
        Err(gone) => Err(gone),
    }
}

/// How the database would ask the same, without asking it: for whoever wonders what a night takes.
///
/// # Errors
/// The database fails.
pub async fn plans(connection: &mut PgConnection, part: Part) -> Result<Vec<Plan>, sqlx::Error> {
    let rooms = rooms(&mut *connection).await?;
    let mut plans = Vec::new();
    for (id, _, violations) in statements::all() {
        let lines = store::explain(&mut *connection, &part.tables(id, &rooms), violations).await?;
        plans.push(Plan { id, is_by_month: part::lies_by_month(id), lines });
    }
    Ok(plans)
}

async fn rooms(connection: &mut PgConnection) -> Result<Rooms, sqlx::Error> {
    Ok(Rooms {
        rooms: store::rooms(&mut *connection).await?,
        months: store::months(connection).await?,
    })
}
