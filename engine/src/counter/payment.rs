//! A payment as it is ordered and answered, and why none is taken.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use terms::{
    AccountId, BillPeriod, ChargeId, FeeItem, Money, OutletId, PayMethod, PaymentId, ReceiptType,
    UserId, shanghai,
};

use super::issued::IssuedReceipt;
use super::settle::{Offer, TENDERS_MAX};
use super::tender::{BookedSlip, Surplus, Tender, reference_of};
use crate::database::{broken_constraint, broken_law, lock_not_granted};
use crate::failure::{known, undone_as};
use crate::receipts::AssignError;

/// A payment of a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JustTaken {
    /// The payment.
    pub payment: PaymentId,
    /// What was kept of the money, yuan.
    pub amount: Money,
    /// When.
    pub at: DateTime<Utc>,
    /// Who took it.
    pub cashier: String,
}

impl fmt::Display for JustTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}元（{}，{}）", self.amount, clock_time(self.at), self.cashier)
    }
}

/// Hours and minutes, as the clock on the wall shows them.
pub(super) fn clock_time(at: DateTime<Utc>) -> String {
    at.with_timezone(&shanghai()).format("%H:%M").to_string()
}

/// What a clerk orders.
#[derive(Debug, Clone)]
pub struct Collect {
    /// Whose account.
    pub account: AccountId,
    /// The charges to settle, whole; none for a pure prepaid deposit.
    pub charges: Vec<ChargeId>,
    /// Fees to take apart, where the outlet may; none for bills as a whole.
    pub fees: Vec<FeeItem>,
    /// The total that the clerk saw and told the payer, yuan.
    pub expected_total: Money,
    /// What of it the purse pays, yuan; never more than lies in it, nor than its payer's bills come to.
    pub prepaid_used: Money,
    /// What the payer handed over, way by way; nothing where the purse pays all.
    pub tenders: Vec<Tender>,
    /// What becomes of the rest.
    pub surplus: Surplus,
    /// Who takes the money.
    pub cashier: UserId,
    /// Where.
    pub outlet: OutletId,
    /// Made by the caller, once for each payment, at most 72 characters.
    pub key: String,
    /// Said after [`CollectError::JustTaken`]: the same money is meant once more.
    pub again: bool,
}

/// A payment on the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// The payment.
    pub payment: PaymentId,
    /// To hand back, yuan.
    pub change: Money,
    /// Paid out of the purse, yuan.
    pub prepaid_used: Money,
    /// Kept for the payer, yuan.
    pub prepaid: Money,
    /// Paper to hand over, at most one of each family.
    pub receipts: Vec<IssuedReceipt>,
    /// True where the same order had been posted before.
    pub replayed: bool,
}

/// What is said where nobody knows.
const IN_DOUBT: &str =
    "状态未知：账务库没有应答，这笔缴费可能已入账，请用同一编号再查，查明前不要退款或重新收取";

/// Why a payment was not taken; nothing was posted, except perhaps where it says that nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// No such account or cashier.
    #[error("用户或收费员不存在，请重新查询")]
    Unknown,
    /// Another outlet serves the account.
    #[error("该用户属于其他网点，不能在本网点收费")]
    OtherOutlet,
    /// Bills are taken whole here.
    #[error("{}在本网点不能单独收取", .0.label())]
    NotApart(FeeItem),
    /// An outlet that collects one fee has nothing to do with the purse.
    #[error("预存只能在用户所属网点办理，本网点请收取应收金额并找零")]
    PurseElsewhere,
    /// Nothing chosen and nothing to keep.
    #[error("请选择要缴纳的账单，或填写预存金额")]
    NothingChosen,
    /// A charge was named more than once.
    #[error("账单重复选择，请刷新页面")]
    ChosenTwice,
    /// An older charge of the same payer was left out.
    #[error("应从最早的账单缴起，请先缴清{period}的账单")]
    OlderFirst {
        /// Month of the oldest charge left out.
        period: BillPeriod,
    },
    /// The books differ from what the clerk saw.
    #[error("账单已有变化，所选账单现应收{total}元")]
    StaleQuote {
        /// What the chosen charges that are still open amount to now, yuan.
        total: Money,
    },
    /// Less than the total.
    #[error("应收{due}元，实收{received}元，不足，账单须整笔缴清")]
    Short {
        /// The total, yuan.
        due: Money,
        /// What was handed over, yuan.
        received: Money,
    },
    /// Less than nothing out of the purse.
    #[error("预存抵扣{0}元为负数，请填写 0 或正数")]
    PrepaidNegative(Money),
    /// The purse pays what is due of who pays for the account now, and no more.
    #[error("预存抵扣不能多于所选账单中现缴费人的应收{due}元")]
    PrepaidBeyondDue {
        /// The total of these, yuan.
        due: Money,
    },
    /// The purse holds less than the clerk saw.
    #[error("预存余额已有变化，现余额为{balance}元")]
    PrepaidGone {
        /// What it holds now, yuan.
        balance: Money,
    },
    /// An amount that nobody pays at a counter.
    #[error("实收金额{0}元超出限额，请核对金额")]
    TooMuch(Money),
    /// Change is given for cash only.
    #[error("只有现金可以找零，多收的{surplus}元请转为预存")]
    ChangeOnlyInCash {
        /// The rest, yuan.
        surplus: Money,
    },
    /// A way of paying that is settled elsewhere.
    #[error("{}不在柜台收取，请选择现金、刷卡或支票", .0.label())]
    NotAtCounter(PayMethod),
    /// A channel is about to collect it.
    #[error("账单已锁定（{0}），锁定期间不能在柜台收款")]
    Held(String),
    /// No number left on the cashier's paper.
    #[error("您的{}已用完，请先领用新的号段再收费", .0.label())]
    NoReceipts(ReceiptType),
    /// The cashier has closed the day.
    #[error("今日已日结，不能再收费，请明日办理或由其他收费员收取")]
    DayClosed,
    /// Card slip or cheque was used before, and nothing of it is left; or another total was given then.
    #[error("{}", booked(.0.as_ref()))]
    SerialUsed(Option<BookedSlip>),
    /// A card slip or cheque without its number.
    #[error("请填写{}", reference_of(*.0))]
    NoReference(PayMethod),
    /// A number that no slip or cheque has.
    #[error("{}至多64个字，请核对", reference_of(*.0))]
    LongReference(PayMethod),
    /// A letter that no slip or cheque bears.
    #[error("{}中的“{}”不能识别，请只用字母、数字和 - / 等符号", reference_of(*.0), .1)]
    OddReference(PayMethod, char),
    /// More is taken from a slip than it is worth.
    #[error("凭证总额{total}元小于本次使用的{amount}元，请核对")]
    SlipTooSmall {
        /// What the slip is worth, yuan.
        total: Money,
        /// What was to be taken of it, yuan.
        amount: Money,
    },
    /// Nobody hands over so much at once.
    #[error("一次缴费最多{TENDERS_MAX}笔收款，本次{0}笔")]
    ManyTenders(usize),
    /// One of several tenders is nothing.
    #[error("每种收款方式的金额须大于零")]
    EmptyTender,
    /// The key was used for another order, and this is what was booked under it.
    #[error("本编号已入账{net}元（{}），与本次提交不符；请看该笔票据，另有款项请重新查询后再收", clock_time(*.at))]
    KeyReused {
        /// What was booked, yuan.
        net: Money,
        /// When.
        at: DateTime<Utc>,
    },
    /// The key was used at another outlet: what was booked there is not told here.
    #[error("本编号已用于其他网点的缴费，请重新查询后再收")]
    KeyElsewhere,
    /// The same money was taken a moment ago; whoever means it once more says so.
    #[error("刚刚已收该户{}，请核对是否重复收款", .0)]
    JustTaken(JustTaken),
    /// Somebody was faster with these charges.
    #[error("所选账单刚刚已收讫：{}，请勿重复收款", .0)]
    TakenAlready(JustTaken),
    /// Someone else works on the account, or the books are compared with the warehouse.
    #[error("该用户正在办理其他缴费，或账务正在核对，请稍候再试")]
    Busy,
    /// The database failed before anything was posted; or, where [`crate::is_in_doubt`] says so, nobody knows whether the
    /// order is posted, and it must be asked again under the same key before any money is handed back.
    #[error("{}", undone_as(.0, IN_DOUBT, "本次缴费未入账"))]
    Database(#[source] sqlx::Error),
}

/// Which of the reasons holds, where somebody has looked.
fn booked(slip: Option<&BookedSlip>) -> String {
    let unknown = "该凭证号（支票号）刚刚被使用，其金额不足，或总额与登记时不一致，请核对后再提交";
    slip.map_or_else(|| unknown.to_owned(), BookedSlip::to_string)
}

impl CollectError {
    /// The same, once it is known that nothing stands under the key.
    pub(super) fn known(self) -> Self {
        match self {
            Self::Database(error) => Self::Database(known(error)),
            refused => refused,
        }
    }
}

impl Collect {
    pub(super) fn offer(&self) -> Offer<'_> {
        Offer {
            charges: &self.charges,
            expected_total: self.expected_total,
            prepaid_used: self.prepaid_used,
            tenders: &self.tenders,
            surplus: self.surplus,
        }
    }

    pub(super) fn moves_purse(&self) -> bool {
        self.prepaid_used != Money::ZERO || self.surplus == Surplus::Prepaid
    }

    /// Tells this order from any other under the same key.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.written().to_string()).to_vec()
    }

    /// The order in the form whose digest is kept: the names of the types do not matter to it.
    pub(super) fn written(&self) -> Value {
        json!([
            "collect 1",
            self.account,
            self.charges,
            self.expected_total,
            self.prepaid_used,
            self.surplus,
            self.tenders,
            self.cashier,
            self.outlet,
            self.fees,
        ])
    }
}

impl From<AssignError> for CollectError {
    fn from(error: AssignError) -> Self {
        match error {
            AssignError::OutOfStock(family) => Self::NoReceipts(family),
            AssignError::Database(error) => error.into(),
        }
    }
}

impl From<sqlx::Error> for CollectError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) {
            return Self::Busy;
        }
        match broken_constraint(&error) {
            // Somebody is booking under it right now.
            Some("payment_key_pkey") => Self::Busy,
            Some("slip_pays_its_total_at_most") => Self::SerialUsed(None),
            _ => match broken_law(&error) {
                Some(("day_closed", _)) => Self::DayClosed,
                Some(("charge_held", held)) => Self::Held(held.to_owned()),
                _ => Self::Database(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_known_again_by_its_written_form() {
        let yuan = |text: &str| text.parse::<Money>().unwrap();
        let mut order = Collect {
            account: AccountId(7),
            charges: vec![ChargeId(11), ChargeId(12)],
            fees: vec![FeeItem::Garbage],
            expected_total: yuan("103.30"),
            prepaid_used: Money::ZERO,
            tenders: vec![
                Tender::cash(yuan("100")),
                Tender::slip(PayMethod::Cheque, yuan("10"), "0\"1"),
            ],
            surplus: Surplus::Change,
            cashier: UserId(3),
            outlet: OutletId(5),
            key: "k".to_owned(),
            again: false,
        };
        // As it was written to the books: a change here makes every key of yesterday another order's.
        let written = r#"["collect 1",7,[11,12],"103.30","0.00","change",[{"amount":"100.00","method":"cash","reference":null,"slip_total":null},{"amount":"10.00","method":"cheque","reference":"0\"1","slip_total":null}],3,5,["garbage"]]"#;
        assert_eq!(order.written().to_string(), written);
        let before = order.hash();
        order.key = "another".to_owned();
        order.again = true;
        assert_eq!(order.hash(), before);
        order.tenders[1].reference = Some("0\"2".to_owned());
        assert_ne!(order.hash(), before);
    }
}
