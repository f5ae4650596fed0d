//! What the database says when something was not done: whether nobody knows, which law was broken, and which field does
//! not fit.
//!
//! One mechanism for all use cases: each has a variant `Database` for what is none of its own words, and says by
//! [`undone`] or [`undone_as`] what is known of it.

use std::io;

/// True where the database is not there just now: the connection is gone, or none is to be had.
pub fn is_out_of_reach(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        // Connections that break, servers that stop and start.
        sqlx::Error::Database(said) => {
            said.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P0"))
        }
        _ => false,
    }
}

/// The database fell silent, and nobody knows whether something happened.
#[derive(Debug, thiserror::Error)]
#[error("the commit was not answered: {0}")]
struct Unanswered(#[source] sqlx::Error);

/// The same error, of which it is not known whether what was asked happened all the same.
pub(crate) fn in_doubt(error: sqlx::Error) -> sqlx::Error {
    if is_in_doubt(&error) {
        return error;
    }
    sqlx::Error::Io(io::Error::other(Unanswered(error)))
}

/// The same error, once it is known that nothing happened.
pub(crate) fn known(error: sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::Io(error) => match error.downcast::<Unanswered>() {
            Ok(Unanswered(error)) => error,
            Err(error) => sqlx::Error::Io(error),
        },
        error => error,
    }
}

/// Whether nobody knows if a write happened.
pub fn is_in_doubt(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.get_ref().is_some_and(|e| e.is::<Unanswered>()))
}

/// What to say of a write that failed: that it was not done, where that is known; and which field is at fault.
pub(crate) fn undone(error: &sqlx::Error, what: &str) -> String {
    undone_as(error, "状态未知：账务库没有应答，本次可能已经登记，请查明后再办", what)
}

/// The same with words of its own for a write of which nobody knows.
pub(crate) fn undone_as(error: &sqlx::Error, in_doubt: &str, what: &str) -> String {
    match (clock_fault(error), unfit(error)) {
        _ if is_in_doubt(error) => in_doubt.to_owned(),
        (Some(fault), _) => format!("{fault}，{what}，请校准时钟后再办"),
        (None, Some(unfit)) => format!("{unfit}，{what}"),
        (None, None) => format!("系统繁忙，{what}，请重试"),
    }
}

/// What is wrong with our clock, where the database refused the moment of the act; nothing was done.
pub fn clock_fault(error: &sqlx::Error) -> Option<&'static str> {
    match broken_law(error)?.0 {
        "moment_ahead" | "month_ahead" => Some("本机时钟快于账务库"),
        "moment_past" => Some("本机时钟慢于账务库"),
        _ => None,
    }
}

/// Something that somebody has written and no column of the books holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit {
    field: Option<&'static str>,
    why: &'static str,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.field {
            Some(field) => write!(f, "“{field}”{}", self.why),
            None => write!(f, "填写的内容{}", self.why),
        }
    }
}

/// What does not fit, where the database refused a value as such: the field by the column or constraint that it names,
/// and why. None for a law of the books, which has words of its own.
pub fn unfit(error: &sqlx::Error) -> Option<Unfit> {
    let told = error.as_database_error()?;
    let why = match &*told.code()? {
        "22001" => "过长",
        "22003" => "超出可登记的数值范围",
        "22007" | "22008" => "不是可登记的日期",
        "22021" | "22P05" => "含有不能保存的字符",
        "22P02" => "格式有误",
        "23502" => "不能为空",
        "23514" => "过长、为空或格式有误",
        _ => return None,
    };
    let told = told.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?;
    let field = match (told.column(), told.constraint()) {
        (Some(column), _) => field_name(column),
        (None, Some(constraint)) => field_of(constraint),
        (None, None) => None,
    };
    // A check that names no field is a law of the books.
    (field.is_some() || !told.code().starts_with("23")).then_some(Unfit { field, why })
}

/// The field that PostgreSQL means by the name that it has given a check: `payment_reason_check`.
fn field_of(constraint: &str) -> Option<&'static str> {
    let checked = constraint.strip_suffix("_check")?;
    let named = |(column, _): &&(&str, &str)| {
        checked.strip_suffix(column).is_some_and(|table| table.is_empty() || table.ends_with('_'))
    };
    // The longest name that fits: `account_no` before `no`.
    FIELDS.iter().filter(named).max_by_key(|(column, _)| column.len()).map(|(_, name)| *name)
}

/// What people call a field of a form, a file or the books.
pub fn field_name(field: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, _)| *known == field).map(|(_, name)| *name)
}

/// Fields that people fill in, by the names of their columns and of the forms.
const FIELDS: &[(&str, &str)] = &[
    ("account", "用户"),
    ("account_no", "用户号"),
    ("address", "地址"),
    ("amount", "金额"),
    ("area_m2", "面积"),
    ("batch_no", "批次号"),
    ("bill_date", "出账日期"),
    ("bill_period", "月份"),
    ("bins", "桶数"),
    ("cashier", "收费员"),
    ("charges", "账单"),
    ("code", "代码"),
    ("counted", "清点现金"),
    ("day", "日期"),
    ("digits", "位数"),
    ("doc_no", "文号"),
    ("document", "证件号码"),
    ("due_date", "缴费期限"),
    ("end_index", "止码"),
    ("expected_total", "应收合计"),
    ("fee_item", "收费项目"),
    ("first_no", "起号"),
    ("format", "格式"),
    ("free", "凭证余额"),
    ("gross", "金额"),
    ("households", "户数"),
    ("key", "提交编号"),
    ("kind", "类别"),
    ("last_no", "止号"),
    ("levy_ratio", "征收比例"),
    ("login", "登录名"),
    ("m3", "水量"),
    ("measure", "计费数量"),
    ("method", "缴费方式"),
    ("month", "月份"),
    ("name", "名称"),
    ("no", "编号"),
    ("organisation", "机构"),
    ("outlet", "网点"),
    ("owner", "归属单位"),
    ("payer_name", "户名"),
    ("pay_period", "月份"),
    ("payment", "缴费编号"),
    ("period", "月份"),
    ("persons", "人口"),
    ("phone", "电话"),
    ("prepaid_used", "预存抵扣"),
    ("purpose", "用途"),
    ("q", "查询内容"),
    ("reason", "原因"),
    ("receipt_type", "票据种类"),
    ("received", "实收金额"),
    ("reference", "凭证号"),
    ("remitted_on", "上缴日期"),
    ("role", "角色"),
    ("seen", "核对过的日结单"),
    ("serial", "流水号"),
    ("serial_no", "表号"),
    ("slip_total", "凭证总额"),
    ("source", "依据"),
    ("sql", "查询语句"),
    ("surplus", "余款"),
    ("town", "镇街"),
    ("unit_price", "单价"),
    ("valid_from", "执行日期"),
    ("voucher_no", "凭证号"),
    ("yuan", "金额"),
];

/// The name of the constraint that a statement broke, if it broke one.
pub(crate) fn broken_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|e| e.constraint())
}

/// The law of the books that a statement broke, and what the database says of it: `month_closed: 202611 …`.
pub(crate) fn broken_law(error: &sqlx::Error) -> Option<(&str, &str)> {
    error.as_database_error().and_then(|e| e.message().split_once(": "))
}

/// True where another transaction held a row for longer than the lock timeout, or both waited.
pub(crate) fn lock_not_granted(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_known_by_the_column_that_it_is_named_after() {
        for (constraint, want) in [
            ("payment_reason_check", Some("原因")),
            ("channel_item_account_no_check", Some("用户号")),
            ("account_no_check", Some("用户号")),
            ("remittance_voucher_no_check", Some("凭证号")),
            ("yuan_check", Some("金额")),
            ("cashier_close_check1", None),
            ("slip_pays_its_total_at_most", None),
            ("operation_log_may", None),
        ] {
            assert_eq!(field_of(constraint), want, "{constraint}");
        }
    }

    #[test]
    fn a_doubt_is_told_until_it_is_known() {
        let gone = || sqlx::Error::WorkerCrashed;
        assert!(!is_in_doubt(&gone()));
        let doubted = in_doubt(in_doubt(gone()));
        assert!(is_in_doubt(&doubted) && undone(&doubted, "未登记").starts_with("状态未知"));
        let told = known(doubted);
        assert!(matches!(told, sqlx::Error::WorkerCrashed), "{told:?}");
        assert_eq!(undone(&told, "未登记"), "系统繁忙，未登记，请重试");
    }
}
