//! What a charge is for.

use terms::closed_list;

closed_list! {
    /// What a charge is for: readings, months that nobody read, or to take another charge back. 应收类型
    ChargeKind "charge kind" {
        Bill = "bill" "抄表账单",
        Fixed = "fixed" "无抄表定额",
        Reversal = "reversal" "应收冲正",
    }
}
