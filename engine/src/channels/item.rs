//! What a channel brings, and what becomes of it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use terms::{
    AccountId, BillPeriod, ChargeId, Money, OutletId, PayMethod, TownId, UserId, closed_list,
};

/// Longest serial of a channel.
pub(super) const SERIAL_MAX_CHARS: usize = 60;

/// A bank or an online merchant. 渠道
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Its id.
    pub id: i32,
    /// Its code: 2 to 20 of a-z, 0-9, dash, underscore.
    pub code: String,
    /// Name that people read.
    pub name: String,
    /// The way of paying that it stands for.
    pub method: PayMethod,
    /// Within what its serials are unique.
    pub serial_scope: SerialScope,
}

closed_list! {
    /// Within what the serials of a channel are unique: a day of settlement, or a batch, where the bank numbers each file
    /// anew. 流水号范围
    SerialScope "serial scope" {
        Batch = "batch" "批次",
        Day = "day" "结算日",
    }
}

/// What a channel settled in one go. 批次
#[derive(Debug, Clone)]
pub struct ChannelBatch {
    /// Code of the channel.
    pub channel: String,
    /// The channel's number of the batch.
    pub batch_no: String,
    /// Day of settlement: the business day of the payments, and late fees run up to it.
    pub settled_on: NaiveDate,
    /// The items, in any order.
    pub items: Vec<Settled>,
}

/// An item that a channel settled for a known account.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Whose account.
    pub account: AccountId,
    /// What it pays.
    pub settles: Settles,
    /// The channel's serial. 渠道流水号
    pub serial: String,
    /// What the payer paid, yuan, channel fees not deducted.
    pub gross: Money,
}

/// An item as the channel wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Whose account.
    pub whose: Whose,
    /// What it pays.
    pub settles: Settles,
    /// The channel's serial. 渠道流水号
    pub serial: String,
    /// What the payer paid, yuan.
    pub gross: Money,
}

/// How an item names its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// By id.
    Account(AccountId),
    /// By number, known or not. 用户号
    Number(String),
}

/// What an item pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settles {
    /// These charges, whole.
    Charges(Vec<ChargeId>),
    /// Every open charge up to this month, of who paid for the account on the day of settlement.
    UpTo(BillPeriod),
}

/// Why an item was not posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such account.
    #[error("用户不存在")]
    UnknownAccount,
    /// Nothing to pay.
    #[error("没有欠费")]
    NothingOpen,
    /// A named charge is paid, or is not the account's.
    #[error("账单{0}已缴清或不属于该用户")]
    NotOpen(ChargeId),
    /// Paid is not owed.
    #[error("应收{due}元，渠道金额{gross}元，不一致")]
    Differs {
        /// What is open, late fee included, yuan.
        due: Money,
        /// What the channel took, yuan.
        gross: Money,
    },
    /// Another channel holds the bill.
    #[error("账单已锁定（{0}）")]
    Held(String),
}

closed_list! {
    /// Why an item waits for a person; the last two are told by the database. 挂账原因
    SuspenseReason "suspense reason" {
        UnknownAccount = "unknown_account" "查无此户",
        NothingOpen = "nothing_open" "无欠费",
        NotOpen = "not_open" "账单已结清",
        Differs = "differs" "金额不一致",
        Held = "held" "账单已锁定",
        SerialUsed = "serial_used" "流水号重复",
        Reversed = "reversed" "缴费已冲正",
    }
}

impl Refusal {
    /// Under what its item waits.
    pub const fn kind(&self) -> SuspenseReason {
        match self {
            Self::UnknownAccount => SuspenseReason::UnknownAccount,
            Self::NothingOpen => SuspenseReason::NothingOpen,
            Self::NotOpen(_) => SuspenseReason::NotOpen,
            Self::Differs { .. } => SuspenseReason::Differs,
            Self::Held(_) => SuspenseReason::Held,
        }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BatchOutcome {
    /// Items posted now.
    pub posted: u64,
    /// Their sum, yuan.
    pub amount: Money,
    /// Items that had been settled or sent back before.
    pub already: u64,
    /// Items that wait for a person, now or since before.
    pub refused: Vec<Refused>,
    /// Rows that say word for word what a row before them in the file says: each is one item with that.
    pub repeated: Repeated,
}

/// What stands in a file more than once, beyond the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Repeated {
    /// Rows.
    pub rows: u64,
    /// Their sum, yuan: the file's total is more than its items by so much.
    pub amount: Money,
}

/// An item that stays in suspense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The channel's serial.
    pub serial: String,
    /// Under what it waits.
    pub refusal: SuspenseReason,
    /// Why, for people.
    pub reason: String,
}

/// An item in suspense, as a person sees it. 挂账
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The item.
    pub item: i64,
    /// Name of the channel.
    pub channel: String,
    /// Number of the batch.
    pub batch_no: String,
    /// Day of settlement.
    pub settled_on: NaiveDate,
    /// The channel's serial.
    pub serial: String,
    /// Number of the account, as the channel wrote it.
    pub account_no: String,
    /// The town of the account; none where there is no such one.
    pub town: Option<TownId>,
    /// The outlet that serves it.
    pub outlet: Option<OutletId>,
    /// Who paid for it when the day of settlement began.
    pub payer_name: Option<String>,
    /// The open bills of who pays for it now, yuan: what is kept in the purse leaves them open until bills are issued again.
    pub owes: Money,
    /// Yuan.
    pub gross: Money,
    /// Under what it waits; none while it was not tried yet.
    pub refusal: Option<SuspenseReason>,
    /// Why, for people.
    pub reason: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// A file of a batch, to be written down.
pub(super) struct File {
    pub(super) channel: String,
    pub(super) batch_no: String,
    pub(super) settled_on: NaiveDate,
    pub(super) name: Option<String>,
    pub(super) sha256: Vec<u8>,
    pub(super) by: Option<UserId>,
    pub(super) items: Vec<NewItem>,
}

/// An item on the books.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: i64,
    pub(super) account: Option<AccountId>,
    pub(super) settles: Settles,
    pub(super) serial: String,
    pub(super) gross: Money,
    pub(super) hash: Vec<u8>,
}

impl From<Settled> for NewItem {
    fn from(item: Settled) -> Self {
        let Settled { account, settles, serial, gross } = item;
        Self { whose: Whose::Account(account), settles, serial, gross }
    }
}

impl NewItem {
    /// Tells this item from another one of the same identity.
    pub(super) fn hash(&self, account_no: &str) -> Vec<u8> {
        Sha256::digest(format!("item 1 {account_no} {} {}", self.gross, self.pays())).to_vec()
    }

    /// The item as a line of the file that a channel's own batch would be: whatever the program, the same batch reads so.
    pub(super) fn line(&self) -> String {
        let (by, whose) = match &self.whose {
            Whose::Account(id) => ("account", id.to_string()),
            Whose::Number(number) => ("number", number.clone()),
        };
        let said = [by, &whose, &self.serial, &self.gross.to_string(), &self.pays()];
        format!("{}\n", serde_json::json!(said))
    }

    fn pays(&self) -> String {
        match &self.settles {
            Settles::UpTo(period) => format!("up to {}", period.number()),
            Settles::Charges(charges) => {
                charges.iter().map(|c| c.0.to_string()).collect::<Vec<_>>().join(",")
            }
        }
    }
}

impl BatchOutcome {
    pub(super) fn refuse(&mut self, item: Item, reason: &Refusal) {
        let (refusal, reason) = (reason.kind(), reason.to_string());
        self.refused.push(Refused { serial: item.serial, refusal, reason });
    }

    pub(super) fn add(&mut self, piece: Self) {
        self.posted += piece.posted;
        self.amount += piece.amount;
        self.already += piece.already;
        self.refused.extend(piece.refused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_written_down_the_same_whatever_the_program() {
        let item = |whose, settles| NewItem {
            whose,
            settles,
            serial: "S 1".to_owned(),
            gross: Money::from_fen(10_333),
        };
        let up_to = Settles::UpTo(BillPeriod::from_number(202_611).unwrap());
        let charges = Settles::Charges(vec![ChargeId(5), ChargeId(6)]);
        assert_eq!(
            item(Whose::Account(AccountId(7)), up_to).line(),
            "[\"account\",\"7\",\"S 1\",\"103.33\",\"up to 202611\"]\n"
        );
        assert_eq!(
            item(Whose::Number("0001".to_owned()), charges).line(),
            "[\"number\",\"0001\",\"S 1\",\"103.33\",\"5,6\"]\n"
        );
    }
}
