//! Users of the demo: a cashier at every outlet, and those who may log in.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use engine::access::{self, NewUser, Place};
use engine::receipts::{self, Lease, LeaseError, Receive, ReceiveError};
use sqlx::PgPool;
use terms::{Clock, OutletId, ReceiptType, Role, SystemClock, UserId};

use super::dice::Dice;
use super::outlet::{CLERK_TOWN, Outlet};
use super::plan::Plan;
use super::{days, names};

/// Login of the demo's clerk, who sits at the outlet of [`CLERK_TOWN`].
pub const CLERK: &str = "clerk";
/// Login of the demo's administrator of the water group, who hands paper out and reads the reports of the city.
pub const GROUP: &str = "group";
/// Login of the demo's treasurer, who passes money on.
const FINANCE: &str = "finance";
/// Logins of the demo, with what each is.
pub const LOGINS: [(&str, Role); 7] = [
    (CLERK, Role::Clerk),
    ("analyst", Role::Analyst),
    ("leader", Role::Leader),
    (GROUP, Role::GroupAdministrator),
    (FINANCE, Role::Finance),
    ("admin", Role::Administrator),
    ("auditor", Role::Auditor),
];
/// Their pass word. A demo has no secrets.
pub const PASSWORD: &str = "Jingshui-2026";

/// Numbers leased to each cashier, of each family.
const PAPER: i64 = 50_000;
const CODES: [(ReceiptType, &str); 3] = [
    (ReceiptType::WaterInvoice, "144192601"),
    (ReceiptType::NonTax, "44190126"),
    (ReceiptType::Prepaid, "YC2601"),
];

/// Who takes the money at an outlet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cashier {
    pub(super) user: UserId,
    pub(super) outlet: OutletId,
}

/// The demo's logins, for people.
pub fn logins_words() -> String {
    let lines =
        LOGINS.iter().map(|(login, role)| format!("  {login:8} {PASSWORD}  {}", role.label()));
    std::iter::once("Logins of the demo:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// Logins of the demo that its published pass word still opens.
///
/// # Errors
/// The database does not answer.
pub async fn living_logins(pool: &PgPool) -> Result<Vec<&'static str>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut living = Vec::new();
    for (login, _) in LOGINS {
        if access::has_password(&mut connection, login, PASSWORD).await? {
            living.push(login);
        }
    }
    Ok(living)
}

/// Enters users and leases paper; gives one cashier for each outlet.
pub(super) async fn enter(
    pool: &PgPool,
    outlets: &[Outlet],
    plan: Plan,
) -> anyhow::Result<Vec<Cashier>> {
    let clerk_outlet =
        outlets.iter().position(|outlet| outlet.town_name == CLERK_TOWN).unwrap_or(0);
    let users = access::users(&mut *pool.acquire().await?).await?;
    let mut known: HashMap<String, UserId> =
        users.into_iter().map(|user| (user.login, user.id)).collect();
    for (login, role) in &LOGINS[1..] {
        ensure(pool, &mut known, login, role.label().to_owned(), *role, None, Some(PASSWORD))
            .await?;
    }
    let keeper = *known.get(GROUP).ok_or_else(|| anyhow!("nobody hands paper out"))?;
    let mut cashiers = Vec::with_capacity(outlets.len());
    for (number, outlet) in outlets.iter().enumerate() {
        let is_clerk = number == clerk_outlet;
        let login = if is_clerk { CLERK.to_owned() } else { format!("c{:03}", outlet.id) };
        let name = names::person(Dice(plan.seed), 2_000_000_000 + number as u64);
        let password = is_clerk.then_some(PASSWORD);
        let user =
            ensure(pool, &mut known, &login, name, Role::Clerk, Some(outlet.id), password).await?;
        let first_no = i64::try_from(number)? * 100_000 + 1;
        lease(pool, plan, user, outlet.id, keeper, first_no).await?;
        cashiers.push(Cashier { user, outlet: outlet.id });
    }
    Ok(cashiers)
}

/// Who passes money on to the treasury.
pub(super) async fn treasurer(pool: &PgPool) -> anyhow::Result<UserId> {
    let found = access::user_named(&mut *pool.acquire().await?, FINANCE).await?;
    Ok(found.ok_or_else(|| anyhow!("nobody passes money on"))?.id)
}

/// The administrator of the water group, who submits quotas and changes of accounts, and somebody else who approves.
pub(super) async fn two_persons(pool: &PgPool) -> anyhow::Result<[UserId; 2]> {
    let users = access::users(&mut *pool.acquire().await?).await?;
    let mut known: HashMap<String, UserId> =
        users.into_iter().map(|user| (user.login, user.id)).collect();
    let maker = *known.get(GROUP).ok_or_else(|| anyhow!("nobody submits quotas and changes"))?;
    let role = Role::GroupAdministrator;
    let second = ensure(pool, &mut known, "second", "复核员".into(), role, None, None).await?;
    Ok([maker, second])
}

/// Those who read the meters of an outlet: one enters, the other reviews. Nobody logs in as them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readers {
    pub(super) outlet: OutletId,
    pub(super) reader: UserId,
    pub(super) reviewer: UserId,
}

/// The readers of outlets, in their order, entered where they are not yet.
pub(super) async fn readers(pool: &PgPool, outlets: &[Outlet]) -> anyhow::Result<Vec<Readers>> {
    let users = access::users(&mut *pool.acquire().await?).await?;
    let mut known: HashMap<String, UserId> =
        users.into_iter().map(|user| (user.login, user.id)).collect();
    let mut readers = Vec::with_capacity(outlets.len());
    for &Outlet { id: outlet, .. } in outlets {
        let (login, name) = (format!("r{outlet:03}"), "抄表员".to_owned());
        let role = Role::MeterReader;
        let reader = ensure(pool, &mut known, &login, name, role, Some(outlet), None).await?;
        let (login, name) = (format!("v{outlet:03}"), "抄表审核".to_owned());
        let role = Role::ReadingReviewer;
        let reviewer = ensure(pool, &mut known, &login, name, role, Some(outlet), None).await?;
        readers.push(Readers { outlet, reader, reviewer });
    }
    Ok(readers)
}

async fn ensure(
    pool: &PgPool,
    known: &mut HashMap<String, UserId>,
    login: &str,
    name: String,
    role: Role,
    outlet: Option<OutletId>,
    password: Option<&str>,
) -> anyhow::Result<UserId> {
    if let Some(user) = known.get(login) {
        return Ok(*user);
    }
    let new = NewUser {
        login: login.into(),
        name,
        role,
        place: Place { outlet, town: None },
        password: password.map(Into::into),
    };
    let user = access::add_user(pool, &SystemClock, None, new)
        .await
        .with_context(|| format!("user {login}"))?;
    known.insert(login.to_owned(), user);
    Ok(user)
}

async fn lease(
    pool: &PgPool,
    plan: Plan,
    holder: UserId,
    outlet: OutletId,
    by: UserId,
    first_no: i64,
) -> anyhow::Result<()> {
    let clock: &dyn Clock = &days::at(plan.first_period().first_day(), 0);
    for (receipt_type, code) in CODES {
        let last_no = first_no + PAPER - 1;
        let receive = Receive {
            receipt_type,
            code: code.into(),
            first: format!("{first_no:08}"),
            last: format!("{last_no:08}"),
            store: outlet,
            by,
        };
        match receipts::receive(pool, clock, receive).await {
            // Taken in by the call that was interrupted.
            Ok(_) | Err(ReceiveError::Overlaps) => {}
            Err(error) => return Err(error).context("take paper in"),
        }
        let order =
            Lease { receipt_type, code: code.into(), first_no, last_no, outlet, holder, by };
        match receipts::lease(pool, clock, order).await {
            // Or leased by it.
            Ok(_) | Err(LeaseError::NotInStore) => {}
            Err(error) => return Err(error).context("lease paper"),
        }
    }
    Ok(())
}
