//! `weir account`: what accounts are charged as, changed by two persons.

use chrono::NaiveDate;
use clap::Subcommand;
use engine::access::Reach;
use engine::register::{
    self, AccountChange, AccountVersion, Clears, GarbageClass, NewPayer, Pays, Quantities,
    SewageClass, UseClass,
};
use rust_decimal::Decimal;
use sqlx::PgPool;
use terms::{AccountVersionId, Clock, PayerId};

use super::correct::{Correct, History as Corrections};
use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Versions that a list shows.
const SHOWN: i64 = 200;

/// Change what accounts are charged as; every past state is kept
#[derive(Debug, clap::Args)]
pub(super) struct Account {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Submit a change; it holds once another person has approved it
    Change(Box<Change>),
    /// Approve a change that somebody else submitted
    Approve(Decide),
    /// Refuse a change
    Refuse(Decide),
    /// Take back an approved change whose day has not come; another person approves that too
    Withdraw(Withdraw),
    /// Correct what the payer, the place or a meter of an account is called
    Correct(Box<Correct>),
    /// Approve another name of a payer that somebody else submitted
    ApproveName(Decide),
    /// Refuse it
    RefuseName(Decide),
    /// What was corrected on an account, or the names that wait for a second person
    Corrections(Corrections),
    /// The changes that wait, or all versions of an account
    History {
        /// 户号 [default: what waits]
        no: Option<String>,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Change {
    /// 户号
    no: String,
    /// First day; a bill goes by the last day of its month [default: the first of this month]
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// resident, resident_flat, non_resident or special
    #[arg(long)]
    use_class: Option<UseClass>,
    /// resident, non_resident, special or exempt
    #[arg(long)]
    sewage_class: Option<SewageClass>,
    /// resident, property_estate, sorted_estate, shop, shop_by_area, by_bin, by_household or none
    #[arg(long)]
    garbage_class: Option<GarbageClass>,
    /// Persons of the household
    #[arg(long)]
    persons: Option<i32>,
    /// 供水单位, by its name
    #[arg(long, value_name = "NAME")]
    supplier: Option<String>,
    /// 面积, square metres
    #[arg(long, value_name = "M2")]
    area: Option<Decimal>,
    /// 桶数, bins a month
    #[arg(long)]
    bins: Option<Decimal>,
    /// 户数
    #[arg(long)]
    households: Option<Decimal>,
    /// 计征比例 of its own: part of the water on which sewage treatment is due, such as 0.8
    #[arg(long, value_name = "RATIO")]
    levy_ratio: Option<Decimal>,
    /// What it has no longer from then on: area, bins, households or levy-ratio
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    clear: Vec<Clear>,
    /// 过户: the number of who pays from then on, if he pays for another account already
    #[arg(long, value_name = "ID", conflicts_with = "payer_name")]
    payer: Option<i64>,
    /// 过户: the name of who pays from then on
    #[arg(long, value_name = "NAME")]
    payer_name: Option<String>,
    /// His telephone
    #[arg(long, value_name = "PHONE", requires = "payer_name")]
    payer_phone: Option<String>,
    /// 证件号码
    #[arg(long, value_name = "NUMBER", requires = "payer_name")]
    payer_document: Option<String>,
    /// The document that it rests on
    #[arg(long)]
    doc_no: Option<String>,
    /// Why
    #[arg(long)]
    reason: String,
    /// Login of who submits it
    #[arg(long)]
    by: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Clear {
    Area,
    Bins,
    Households,
    LevyRatio,
}

#[derive(Debug, clap::Args)]
struct Decide {
    /// The number of the change
    version: i64,
    /// Login of who decides, not the one who submitted it
    #[arg(long)]
    by: String,
}

#[derive(Debug, clap::Args)]
struct Withdraw {
    /// The number of the change
    version: i64,
    /// Why
    #[arg(long)]
    reason: String,
    /// Login of who submits it
    #[arg(long)]
    by: String,
}

impl Account {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.what.run(pool, clock).await).await
    }
}

impl What {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        match self {
            Self::Change(change) => change.run(pool, clock).await,
            Self::Approve(decide) => decide.run(pool, clock, true).await,
            Self::Refuse(decide) => decide.run(pool, clock, false).await,
            Self::Withdraw(withdraw) => withdraw.run(pool, clock).await,
            Self::Correct(correct) => correct.run(pool, clock).await,
            Self::ApproveName(decide) => decide.name(pool, clock, true).await,
            Self::RefuseName(decide) => decide.name(pool, clock, false).await,
            Self::Corrections(history) => history.run(pool).await,
            Self::History { no, json } => {
                let mut connection = pool.acquire().await?;
                let versions = match &no {
                    Some(no) => register::account_history(&mut connection, no, SHOWN).await?,
                    None => {
                        register::waiting_changes(&mut connection, &Reach::default(), SHOWN).await?
                    }
                };
                versions
                    .iter()
                    .try_for_each(|version| print::fact(json, version, || words(version)))
            }
        }
    }
}

impl Change {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        let this_month = terms::BillPeriod::of(clock.today()).first_day();
        let by = who::named(pool, &self.by).await?.id;
        let new = self.payer_name.map(|name| {
            Pays::New(NewPayer { name, phone: self.payer_phone, document: self.payer_document })
        });
        let change = AccountChange {
            payer: new.or(self.payer.map(|id| Pays::Known(PayerId(id)))),
            levy_ratio: self.levy_ratio,
            clears: Clears {
                area_m2: self.clear.contains(&Clear::Area),
                bins: self.clear.contains(&Clear::Bins),
                households: self.clear.contains(&Clear::Households),
                levy_ratio: self.clear.contains(&Clear::LevyRatio),
            },
            quantities: Quantities {
                area_m2: self.area,
                bins: self.bins,
                households: self.households,
            },
            account_no: self.no,
            valid_from: self.from.unwrap_or(this_month),
            use_class: self.use_class,
            sewage_class: self.sewage_class,
            garbage_class: self.garbage_class,
            persons: self.persons,
            supplier: self.supplier,
            doc_no: self.doc_no,
            reason: self.reason,
        };
        waits(register::submit_change(pool, clock, by, change).await?)
    }
}

impl Withdraw {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        let (by, version) = (who::named(pool, &self.by).await?.id, AccountVersionId(self.version));
        waits(register::withdraw_change(pool, clock, by, version, &self.reason).await?)
    }
}

fn waits(version: AccountVersionId) -> anyhow::Result<()> {
    print::line(&format!(
        "change {version} waits for another person: weir account approve {version} --by LOGIN"
    ))
}

impl Decide {
    async fn run(self, pool: &PgPool, clock: &dyn Clock, approve: bool) -> anyhow::Result<()> {
        let (by, version) = (who::named(pool, &self.by).await?.id, AccountVersionId(self.version));
        register::decide_change(pool, clock, by, version, approve).await?;
        print::line(&format!(
            "change {version} is {}",
            if approve { "approved" } else { "refused" }
        ))
    }
}

impl Decide {
    async fn name(self, pool: &PgPool, clock: &dyn Clock, approve: bool) -> anyhow::Result<()> {
        let by = who::named(pool, &self.by).await?.id;
        register::decide_payer(pool, clock, by, self.version, approve).await?;
        let word = if approve { "approved" } else { "refused" };
        print::line(&format!("correction {} is {word}", self.version))
    }
}

fn words(version: &AccountVersion) -> String {
    let state = &version.state;
    format!(
        "{}{} {} from {}: {}, {}, {}, {}, {} persons{}; {}",
        version.id,
        version.withdraws.map(|of| format!(" (withdraws {of})")).unwrap_or_default(),
        version.account_no,
        version.valid_from,
        version.payer_then,
        state.use_class.label(),
        state.sewage_class.label(),
        state.garbage_class.label(),
        state.persons,
        quantities(&state.quantities),
        match version.approved {
            _ if version.submitted_by.is_none() => "at the opening",
            None => "waits",
            Some(true) if version.is_withdrawn => "withdrawn",
            Some(true) => "approved",
            Some(false) => "refused",
        }
    )
}

fn quantities(of: &Quantities) -> String {
    let known = [(of.area_m2, "m²"), (of.bins, "bins"), (of.households, "households")];
    let words = known.iter().filter_map(|(number, unit)| number.map(|n| format!(", {n} {unit}")));
    words.collect()
}
