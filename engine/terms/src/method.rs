//! The ways of paying.

use crate::closed_list;

/// How money came in. 缴费方式
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayMethod {
    /// Notes and coins at the counter. 现金
    Cash,
    /// Bank card terminal at the counter. 刷卡
    Pos,
    /// Cheque at the counter. 支票
    Cheque,
    /// Monthly file to the bank. 银行代扣
    BatchWithhold,
    /// One withdrawal at a time. 实时代扣
    RealtimeWithhold,
    /// WeChat Pay. 微信
    Wechat,
    /// Alipay. 支付宝
    Alipay,
    /// By payment notice into the fiscal account. 财政缴款
    FiscalNotice,
    /// In more than one way at the counter, such as a card and the rest in cash. 组合支付
    Mixed,
    /// Out of the purse alone: no money moves, for it came in before. 预存抵扣
    Prepaid,
}

closed_list!(PayMethod, "pay method", {
    Cash = "cash" "现金",
    Pos = "pos" "刷卡",
    Cheque = "cheque" "支票",
    BatchWithhold = "batch_withhold" "银行代扣",
    RealtimeWithhold = "realtime_withhold" "实时代扣",
    Wechat = "wechat" "微信",
    Alipay = "alipay" "支付宝",
    FiscalNotice = "fiscal_notice" "财政缴款",
    Mixed = "mixed" "组合支付",
    Prepaid = "prepaid" "预存抵扣",
});

impl PayMethod {
    /// True where a clerk takes the money and hands over paper receipts.
    pub const fn at_counter(self) -> bool {
        matches!(self, Self::Cash | Self::Pos | Self::Cheque)
    }
}
