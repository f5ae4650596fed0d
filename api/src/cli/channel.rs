//! `weir channel`: what banks and online channels settled, and what of it waits for a person.

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use engine::access::Reach;
use engine::channels::{
    self, AnswerItem, BatchOutcome, Channel as Entered, ItemRequest, PlaceHold, PostItem,
    ReleaseHold, Repeated, RequestItem, ReturnItem, ReversePayment, SerialScope, Target, Waiting,
};
use sqlx::PgPool;
use terms::{Clock, Money, PayMethod, PaymentId};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Items in suspense that a list shows.
const SHOWN: i64 = 10_000;

/// Banks and online channels: their files, what waits in suspense, what goes back
#[derive(Debug, clap::Args)]
pub(super) struct Channel {
    #[command(subcommand)]
    what: What,
    /// Who does it, by login name; needed for all but `list`, `suspense` and `requests`
    #[arg(long, global = true, value_name = "LOGIN")]
    by: Option<String>,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every channel
    List,
    /// Enter a channel
    Add {
        /// Its code: 2 to 20 of a-z, 0-9, dash, underscore
        code: String,
        /// Name that people read
        #[arg(long)]
        name: String,
        /// batch_withhold, realtime_withhold, wechat or alipay
        #[arg(long)]
        method: PayMethod,
        /// Within what its serials are unique: batch or day
        #[arg(long, value_parser = scope)]
        serials: SerialScope,
    },
    /// Take a file in and post it: CSV or Excel with 流水号, 用户号, 金额, 账务月份; once, whatever its number of a batch
    Import {
        /// The channel's code
        channel: String,
        /// The file
        file: PathBuf,
        /// The channel's number of the batch
        #[arg(long)]
        batch: String,
        /// Day of settlement; late fees run to it
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: NaiveDate,
        /// Read the file, and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// What waits for a person
    Suspense,
    /// Post what waits for the account that it names
    Post {
        /// Number of the item, as `suspense` gives it
        item: i64,
        /// Keep it for the account instead of paying bills
        #[arg(long)]
        prepaid: bool,
    },
    /// Ask that what waits goes to an account that it does not name; another person says yes
    Request {
        /// Number of the item, as `suspense` gives it
        item: i64,
        /// Number of the account that it is for
        #[arg(long)]
        account: String,
        /// Keep it for the account instead of paying bills
        #[arg(long)]
        prepaid: bool,
    },
    /// What was asked for, and waits for another person
    Requests,
    /// Say yes: it is posted
    Approve {
        /// Number of the request
        request: i64,
    },
    /// Say no
    Refuse {
        /// Number of the request
        request: i64,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Send what waits back through the channel
    Return {
        /// Number of the item
        item: i64,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Hold every open bill of accounts for a channel
    Hold {
        /// The channel's code
        channel: String,
        /// Its batch or order
        reference: String,
        /// Numbers of the accounts
        #[arg(required = true)]
        accounts: Vec<String>,
        /// Hours until the hold ends by itself
        #[arg(long, default_value_t = 24)]
        hours: u16,
    },
    /// Free what a channel still holds
    Release {
        /// The channel's code
        channel: String,
        /// Its batch or order
        reference: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take a channel's payment back
    Reverse {
        /// Number of the payment
        payment: i64,
        /// Why
        #[arg(long)]
        reason: String,
        /// The money stays with us, in suspense, to be posted anew
        #[arg(long)]
        keep: bool,
    },
}

impl Channel {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| {
            self.what.run(pool, clock, self.by.as_deref(), self.json).await
        })
        .await
    }
}

impl What {
    async fn run(
        self,
        pool: &PgPool,
        clock: &dyn Clock,
        by: Option<&str>,
        json: bool,
    ) -> anyhow::Result<()> {
        let who = async || who::acting(pool, by).await;
        match self {
            Self::List => {
                let all = channels::channels(&mut *pool.acquire().await?).await?;
                all.iter().try_for_each(|channel| print::fact(json, channel, || line(channel)))
            }
            Self::Add { code, name, method, serials } => {
                let new = Entered { id: 0, code, name, method, serial_scope: serials };
                let channel = channels::add_channel(pool, clock, who().await?, new).await?;
                print::fact(json, &channel, || line(&channel))
            }
            Self::Import { channel, file, batch, day, dry_run } => {
                let bytes =
                    std::fs::read(&file).with_context(|| format!("read {}", file.display()))?;
                let items = channels::parse(&bytes)?;
                if dry_run {
                    return print::line(&format!("{} items, nothing written", items.len()));
                }
                let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
                let place = (channel, batch, day);
                let file = (name.into_owned(), bytes.as_slice());
                let outcome =
                    channels::take_batch(pool, clock, place, file, items, who().await?).await?;
                print::fact(json, &outcome, || told(&outcome))
            }
            Self::Suspense => {
                let mut connection = pool.acquire().await?;
                let all = channels::suspense(&mut connection, &Reach::default(), SHOWN).await?;
                all.iter().try_for_each(|item| print::fact(json, item, || waits(item)))
            }
            Self::Post { item, prepaid } => {
                let order = PostItem { item, target: target(prepaid), by: who().await? };
                let payment = channels::post_item(pool, clock, order).await?;
                print::fact(json, &payment, || format!("item {item} is payment {payment}"))
            }
            Self::Request { item, account, prepaid } => {
                let (account, by) = (account_of(pool, &account).await?, who().await?);
                let order = RequestItem { item, account, target: target(prepaid), by };
                let request = channels::request_item(pool, clock, order).await?;
                print::fact(json, &request, || {
                    format!(
                        "request {request}: another person says `weir channel approve {request}`"
                    )
                })
            }
            Self::Requests => {
                let mut connection = pool.acquire().await?;
                let all = channels::item_requests(&mut connection, &Reach::default()).await?;
                all.iter().try_for_each(|request| print::fact(json, request, || asked(request)))
            }
            Self::Approve { request } => {
                let (by, reason) = (who().await?, String::new());
                let order = AnswerItem { request, by, approved: true, reason };
                let payment = channels::answer_item(pool, clock, order).await?;
                print::fact(json, &payment, || match payment {
                    Some(payment) => format!("request {request} is payment {payment}"),
                    None => format!("request {request} is answered"),
                })
            }
            Self::Refuse { request, reason } => {
                let order = AnswerItem { request, by: who().await?, approved: false, reason };
                channels::answer_item(pool, clock, order).await?;
                print::line(&format!("request {request} is refused"))
            }
            Self::Return { item, reason } => {
                let order = ReturnItem { item, reason, by: who().await? };
                channels::return_item(pool, clock, order).await?;
                print::line(&format!("item {item} goes back"))
            }
            Self::Hold { channel, reference, accounts: numbers, hours } => {
                let mut accounts = Vec::with_capacity(numbers.len());
                for number in numbers {
                    accounts.push(account_of(pool, &number).await?);
                }
                let ends_at = clock.now() + chrono::TimeDelta::hours(hours.into());
                let order = PlaceHold { channel, reference, accounts, ends_at, by: who().await? };
                let held = channels::place_hold(pool, clock, order).await?;
                print::line(&format!("{held} bills are held"))
            }
            Self::Release { channel, reference, reason } => {
                let order = ReleaseHold { channel, reference, reason, by: who().await? };
                let freed = channels::release_hold(pool, clock, order).await?;
                print::line(&format!("{freed} bills are free"))
            }
            Self::Reverse { payment, reason, keep } => {
                let payment = PaymentId(payment);
                let order = ReversePayment { payment, reason, returned: !keep, by: who().await? };
                let red = channels::reverse(pool, clock, order).await?;
                print::fact(json, &red, || {
                    format!(
                        "payment {payment} is taken back by {}: {} yuan",
                        red.payment, red.amount
                    )
                })
            }
        }
    }
}

fn target(prepaid: bool) -> Target {
    if prepaid { Target::Prepaid } else { Target::AsItSays }
}

async fn account_of(pool: &PgPool, no: &str) -> anyhow::Result<terms::AccountId> {
    let found = channels::account_of(&mut *pool.acquire().await?, no).await?;
    match found {
        Some(account) => Ok(account),
        None => bail!("no account has the number {no}"),
    }
}

fn scope(word: &str) -> Result<SerialScope, String> {
    word.parse().map_err(|_| "batch or day".to_owned())
}

fn line(channel: &Entered) -> String {
    let Entered { code, name, method, serial_scope, .. } = channel;
    format!("{code:20} {} {name}，流水号按{}唯一", method.label(), serial_scope.label())
}

fn told(outcome: &BatchOutcome) -> String {
    let BatchOutcome { posted, amount, already, refused, repeated } = outcome;
    let mut head = format!(
        "{posted} posted, {amount} yuan; {already} before; {} wait in suspense",
        refused.len()
    );
    if repeated.rows > 0 {
        let Repeated { rows, amount } = repeated;
        head += &format!("; {rows} rows repeated word for word, {amount} yuan, taken once");
    }
    let lines = refused.iter().map(|item| format!("\n  {} {}", item.serial, item.reason));
    std::iter::once(head).chain(lines).collect()
}

/// What is kept in a purse pays no bill that is open.
fn left_open(owes: Money) -> String {
    if owes == Money::ZERO {
        return String::new();
    }
    format!("（该户现有未缴账单 {} 元，转入预存不会即时缴清，待下次出账才抵扣）", owes.grouped())
}

fn waits(item: &Waiting) -> String {
    format!(
        "{:8} {} {} {} 流水号 {} 用户号 {} {} 元 {}{}",
        item.item,
        item.channel,
        item.batch_no,
        item.settled_on,
        item.serial,
        item.account_no,
        item.gross,
        item.reason.as_deref().unwrap_or("待入账"),
        left_open(item.owes)
    )
}

fn asked(request: &ItemRequest) -> String {
    let ItemRequest { id, item, channel, serial, named, gross, account_no, payer_name, .. } =
        request;
    let kept = if request.is_prepaid {
        format!("，转入预存{}", left_open(request.owes))
    } else {
        String::new()
    };
    format!(
        "{id:8} {channel} 流水号 {serial} 用户号 {named} {gross} 元（挂账 {item}）→ {account_no} {payer_name}{kept}，{} 申请",
        request.asked_by_name
    )
}
