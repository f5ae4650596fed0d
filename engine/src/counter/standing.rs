//! Whether a payment may be taken back, whoever took it: at a till, through a channel, or out of a purse. 冲正

use terms::{Money, PaymentId};

use super::entry::Original;

/// Why a payment must stand, at every door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stands {
    /// A reversal is final; the payment is posted anew instead.
    #[error("冲正记录不能再冲正，请重新收费")]
    IsReversal,
    /// Taken back before.
    #[error("该笔缴费已冲正，不能重复冲正")]
    AlreadyReversed,
    /// What settles the same charge is taken back newest first, without skipping.
    #[error("同一账单之后还有缴费（编号{later}），请先冲正较新的缴费")]
    NewestFirst {
        /// The newest payment on one of its charges that still stands.
        later: PaymentId,
    },
    /// The purse was drawn on since the payment filled it.
    #[error("该笔缴费转入的预存后来已用于抵扣（缴费编号{later}），请先冲正该笔抵扣")]
    OffsetFirst {
        /// The newest payment that drew on it and still stands.
        later: PaymentId,
    },
    /// 过户 since then: what it took out of the purse was the money of who left.
    #[error("该笔缴费动用了预存，其后该户已过户，冲正会把原缴费人的预存转给现缴费人，不能冲正")]
    PassedOn,
    /// Prepaid money that came with the payment was used.
    #[error("该笔缴费转入的预存{stored}元已被使用（余额{balance}元），不能冲正")]
    PrepaidSpent {
        /// What the payment stored, yuan.
        stored: Money,
        /// What is left, yuan.
        balance: Money,
    },
}

impl Original {
    /// Once, newest first on each charge, and in the purse what drew on it before what filled it.
    pub(crate) fn may_go_back(&self) -> Result<(), Stands> {
        if self.is_reversal {
            return Err(Stands::IsReversal);
        }
        if self.reversed {
            return Err(Stands::AlreadyReversed);
        }
        if let Some(later) = self.later_on_charges {
            return Err(Stands::NewestFirst { later });
        }
        if let Some(later) = self.later_offset.filter(|_| self.prepaid_in > Money::ZERO) {
            return Err(Stands::OffsetFirst { later });
        }
        if self.prepaid_balance < self.prepaid_in {
            let (stored, balance) = (self.prepaid_in, self.prepaid_balance);
            return Err(Stands::PrepaidSpent { stored, balance });
        }
        Ok(())
    }
}
