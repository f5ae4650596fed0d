//! What a channel brings is written down before anything is posted. 收单

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Money, PayMethod, UserId};

use super::item::{Channel, File, Item, Refused, Repeated, SERIAL_MAX_CHARS, SerialScope};
use super::post::BatchError;
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{Tx, broken_constraint, broken_law, commit, undone, write};

/// Longest number of a batch.
const BATCH_NO_MAX_CHARS: usize = 40;

/// The channels that every Weir starts with; others are added by [`add_channel`].
const FIRST: [(&str, &str, PayMethod, SerialScope); 4] = [
    ("withhold", "银行代扣", PayMethod::BatchWithhold, SerialScope::Batch),
    ("realtime", "实时代扣", PayMethod::RealtimeWithhold, SerialScope::Day),
    ("wechat", "微信支付", PayMethod::Wechat, SerialScope::Day),
    ("alipay", "支付宝", PayMethod::Alipay, SerialScope::Day),
];

/// A file as it stands on the books, with what is left to post.
pub(super) struct TakenIn {
    pub(super) channel: Channel,
    pub(super) settled_on: NaiveDate,
    /// Items that wait to be posted.
    pub(super) open: Vec<Item>,
    /// Items that were settled or sent back before.
    pub(super) already: u64,
    /// Items that wait for a person.
    pub(super) waiting: Vec<Refused>,
    /// Rows that say again what others say.
    pub(super) repeated: Repeated,
}

/// Why a channel was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The code cannot be.
    #[error("渠道代码须为2至20个小写字母、数字、短横或下划线，名称须为1至40个字符")]
    Invalid,
    /// Not a way of paying of channels.
    #[error("{}不是渠道缴费方式", .0.label())]
    NotAChannel(PayMethod),
    /// It brings money of all towns, and this person is bound to one.
    #[error("渠道涉及全市，须由不限镇街的人员登记")]
    WholeCity,
    /// Code or name stands already.
    #[error("渠道代码或名称已存在")]
    Exists,
    /// The database failed.
    #[error("{}", undone(.0, "渠道未登记"))]
    Database(#[source] sqlx::Error),
}

/// Enters a channel. What tells its items apart can never be changed.
///
/// # Errors
/// See [`AddError`].
pub async fn add_channel(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    new: Channel,
) -> Result<Channel, AddError> {
    let name_fits = (1..=40).contains(&new.name.chars().count());
    let code_fits = (2..=20).contains(&new.code.len())
        && new
            .code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    if !name_fits || !code_fits {
        return Err(AddError::Invalid);
    }
    if !FIRST.iter().any(|(_, _, method, _)| *method == new.method) {
        return Err(AddError::NotAChannel(new.method));
    }
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let id = store::add_channel(&mut tx, &new).await?;
        let act = Act::new(Action::AddChannel, Some(by), format!("{} {}", new.code, new.name));
        let details = json!({ "method": new.method, "serial_scope": new.serial_scope });
        access::mark(&mut tx, &act.with(details), now).await?;
        if !access::reach_of(&mut tx, Some(by)).await?.is_whole_city() {
            return Err(AddError::WholeCity);
        }
        commit(tx).await?;
        Ok(Channel { id, ..new })
    })
    .await
}

/// Puts in the channels that every Weir starts with; what stands already is left as it is.
///
/// # Errors
/// The database fails.
pub async fn load_channels(pool: &PgPool, clock: &dyn Clock) -> Result<(), sqlx::Error> {
    let now = clock.now();
    let channels = FIRST.map(|(code, name, method, serial_scope)| Channel {
        id: 0,
        code: code.to_owned(),
        name: name.to_owned(),
        method,
        serial_scope,
    });
    write(pool, move |mut tx| async move {
        let entered = store::load_channels(&mut tx, &channels).await?;
        if entered > 0 {
            let act = Act::new(Action::LoadReference, None, format!("缴费渠道 {entered} 个"));
            access::mark(&mut tx, &act, now).await?;
        }
        commit(tx).await
    })
    .await
}

/// Every channel, by code.
///
/// # Errors
/// The database cannot answer.
pub async fn channels(connection: &mut PgConnection) -> Result<Vec<Channel>, sqlx::Error> {
    store::channels(connection).await
}

/// Writes a file down, whole; items that stand already are recognised.
pub(super) async fn take_in(
    mut tx: Tx,
    now: DateTime<Utc>,
    file: File,
) -> Result<TakenIn, BatchError> {
    check(&file)?;
    if !access::reach_of(&mut tx, file.by).await?.is_whole_city() {
        return Err(BatchError::WholeCity);
    }
    let channel = store::channel(&mut tx, &file.channel)
        .await?
        .ok_or_else(|| BatchError::UnknownChannel(file.channel.clone()))?;
    let (batch, settled_on) = store::batch(&mut tx, &channel, &file).await?;
    if settled_on != file.settled_on {
        return Err(BatchError::OtherDay { batch_no: file.batch_no, settled_on });
    }
    if file.by.is_some() {
        look_at(&mut tx, batch, &file).await?;
    }
    let unique_in = match channel.serial_scope {
        SerialScope::Batch => file.batch_no.clone(),
        SerialScope::Day => settled_on.to_string(),
    };
    let written = store::take_in(&mut tx, &channel, (batch, &unique_in), &file, now).await;
    let written = written.map_err(|error| match broken_law(&error) {
        Some(("before_books", _)) => BatchError::BeforeBooks(settled_on),
        _ => error.into(),
    })?;
    let gross: Money = file.items.iter().map(|item| item.gross).sum();
    let subject = format!("{} {} {} 笔", channel.name, file.batch_no, file.items.len());
    let details = json!({
        "day": settled_on, "amount": gross, "file": written.file, "repeated": written.repeated.rows,
    });
    let act = Act::new(Action::ReceiveFile, file.by, subject).with(details);
    access::mark(&mut tx, &act, now).await?;
    commit(tx).await?;
    Ok(TakenIn {
        channel,
        settled_on,
        open: written.open,
        already: written.already,
        waiting: written.waiting,
        repeated: written.repeated,
    })
}

/// What somebody may have typed wrongly of a file, before anything is written: its batch, and its day.
async fn look_at(connection: &mut PgConnection, batch: i64, file: &File) -> Result<(), BatchError> {
    if let Some((channel, batch_no, settled_on)) =
        store::came_as(connection, batch, &file.sha256).await?
    {
        return Err(BatchError::SameFile { channel, batch_no, settled_on });
    }
    match store::billed_after(connection, batch, file).await? {
        None => Ok(()),
        Some((account_no, billed_on)) => {
            let settled_on = file.settled_on;
            Err(BatchError::BeforeBills { settled_on, account_no, billed_on })
        }
    }
}

fn check(file: &File) -> Result<(), BatchError> {
    let fits = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
    if !fits(&file.batch_no, BATCH_NO_MAX_CHARS) {
        return Err(BatchError::BadBatchNo);
    }
    for (row, item) in file.items.iter().enumerate() {
        if !fits(&item.serial, SERIAL_MAX_CHARS) {
            return Err(BatchError::BadSerial { row: row + 1 });
        }
        if item.gross <= Money::ZERO {
            return Err(BatchError::BadAmount { row: row + 1, gross: item.gross });
        }
    }
    Ok(())
}

impl From<sqlx::Error> for AddError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            Some("channel_code_key" | "channel_name_key") => Self::Exists,
            _ => Self::Database(error),
        }
    }
}
