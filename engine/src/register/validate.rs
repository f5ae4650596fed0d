//! What an account must be before it is opened.

use std::collections::HashSet;

use rust_decimal::Decimal;
use terms::{Volume, half_width};

use super::account::{NewAccount, NewMeter};
use super::classes::{PointKind, SewageClass};
use super::payer::{NewPayer, Pays, Quantities, ServedAt};
use crate::database::{broken_law, undone};

/// Books or accounts that were not opened.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// An account in the list is not well-formed.
    #[error(transparent)]
    Wrong(#[from] WrongAccount),
    /// What fees are due on comes to more than a line of a bill holds.
    #[error("按现行收费标准，每月垃圾费将达到一百万元，请核对面积、桶数、户数")]
    TooMuch,
    /// Nobody has opened an account, or put in a meter, on a day that has not come.
    #[error("立户和装表日期不能晚于今天，请核对年月（{0}）")]
    Ahead(String),
    /// A number, serial number or code is taken already.
    #[error("编号已存在：{0}")]
    Taken(String),
    /// Book, town, village or outlet does not exist.
    #[error("引用的表册、镇街、村或网点不存在：{0}")]
    Unknown(String),
    /// The database failed.
    #[error("{}", undone(.0, "用户未建档"))]
    Database(#[source] sqlx::Error),
}

/// An account that is not well-formed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("第 {place} 户（{no}）：{reason}")]
pub struct WrongAccount {
    /// Its place in the list, from 1.
    pub place: usize,
    /// Its number.
    pub no: String,
    /// What is wrong, for people.
    pub reason: &'static str,
}

impl From<sqlx::Error> for RegisterError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("month_too_large", _)) => return Self::TooMuch,
            Some(("day_ahead", day)) => {
                let day = day.split(' ').next().unwrap_or_default();
                return Self::Ahead(day.to_owned());
            }
            _ => {}
        }
        let Some(database) = error.as_database_error() else { return Self::Database(error) };
        if database.is_unique_violation() {
            Self::Taken(database.message().to_owned())
        } else if database.is_foreign_key_violation() {
            Self::Unknown(database.message().to_owned())
        } else {
            Self::Database(error)
        }
    }
}

/// Checks every account and that no number stands twice in the list.
pub(super) fn all(accounts: &[NewAccount]) -> Result<(), WrongAccount> {
    let mut numbers = HashSet::with_capacity(accounts.len());
    let mut serials = HashSet::with_capacity(accounts.len());
    for (place, account) in (1..).zip(accounts) {
        let wrong = |reason| WrongAccount { place, no: account.no.clone(), reason };
        one(account).map_err(wrong)?;
        if !numbers.insert(account.no.as_str()) {
            return Err(wrong("户号在名单中重复"));
        }
        let serial = account.meter.as_ref().map(|meter| meter.serial_no.as_str());
        if serial.is_some_and(|serial| !serials.insert(serial)) {
            return Err(wrong("水表号在名单中重复"));
        }
    }
    Ok(())
}

fn one(account: &NewAccount) -> Result<(), &'static str> {
    if !is_a_number(&account.no, 20) {
        return Err("户号应为 1 至 20 个字，不含控制符和全角字符");
    }
    if !(1..=99).contains(&account.persons) {
        return Err("人口应为 1 至 99");
    }
    if let Pays::New(payer) = &account.payer {
        self::payer(payer)?;
    }
    if let ServedAt::New(point) = &account.point {
        address(&point.address)?;
        if (point.kind == PointKind::SelfSupplied) == account.use_class.buys_water() {
            return Err("自备水源的用水点与自备水源的用水性质应同时填写");
        }
        match point.kind {
            PointKind::Metered if account.meter.is_none() => {
                return Err("有水表的用水点应登记水表");
            }
            PointKind::Unmetered if account.meter.is_some() => {
                return Err("无水表的用水点不应登记水表");
            }
            _ => {}
        }
    }
    if account.sewage_class == SewageClass::Exempt {
        return Err("免征污水费须凭文件以档案变更办理，不能在立户时填写");
    }
    quantities(&account.quantities)?;
    account.meter.as_ref().map_or(Ok(()), meter)
}

/// Checks who is to be entered as a payer.
pub(super) fn payer(payer: &NewPayer) -> Result<(), &'static str> {
    let optional =
        |text: &Option<String>, most| text.as_ref().is_none_or(|text| is_a_number(text, most));
    for (right, reason) in [
        (fits(&payer.name, 100), "户名应为 1 至 100 个字，不含控制符"),
        (optional(&payer.phone, 20), "电话应为 1 至 20 个字，不含控制符和全角字符"),
        (optional(&payer.document, 40), "证件号码应为 1 至 40 个字，不含控制符和全角字符"),
    ] {
        if !right {
            return Err(reason);
        }
    }
    Ok(())
}

/// Checks what a place is to be called.
pub(super) fn address(address: &str) -> Result<(), &'static str> {
    if fits(address, 200) { Ok(()) } else { Err("地址应为 1 至 200 个字，不含控制符") }
}

/// Checks what fees are due on.
pub(super) fn quantities(quantities: &Quantities) -> Result<(), &'static str> {
    let right =
        |of: Decimal| of > Decimal::ZERO && of < Decimal::from(1_000_000) && of.round_dp(3) == of;
    let wrong = quantities.named().into_iter().any(|(_, of)| of.is_some_and(|of| !right(of)));
    if wrong {
        Err("面积、桶数、户数应大于零、小于一百万，最多三位小数")
    } else {
        Ok(())
    }
}

/// Checks what a meter is to be called.
pub(crate) fn serial_no(serial_no: &str) -> Result<(), &'static str> {
    if is_a_number(serial_no, 40) {
        Ok(())
    } else {
        Err("水表号应为 1 至 40 个字，不含控制符和全角字符")
    }
}

/// Checks what a meter is to be.
pub(super) fn meter(meter: &NewMeter) -> Result<(), &'static str> {
    serial_no(&meter.serial_no)?;
    for (right, reason) in [
        ((10..=600).contains(&meter.caliber_mm), "口径应为 10 至 600 毫米"),
        (is_index(meter.max_range) && meter.max_range > Volume::ZERO, "量程应大于零"),
        (is_index(meter.start_index), "底度应不小于零，最多三位小数"),
        (meter.start_index < meter.max_range, "底度应小于量程"),
    ] {
        if !right {
            return Err(reason);
        }
    }
    Ok(())
}

fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && is_a_line(text)
}

/// True for what is compared and searched as it is typed: in one form, which is the plain one.
fn is_a_number(text: &str, most: usize) -> bool {
    fits(text, most) && half_width(text) == text
}

/// True for a text that stands on one line: no letter of it writes nothing, and none turns the others round.
fn is_a_line(text: &str) -> bool {
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !text.chars().any(|letter| letter.is_control() || turns(letter))
}

fn is_index(volume: Volume) -> bool {
    volume >= Volume::ZERO
}
