//! Money, unit prices and volumes: exact, and rounded in one place.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::capitals::capitals;
use crate::written::grouped;

/// An amount of renminbi, exact to the fen. 金额
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Money(Decimal);

impl Default for Money {
    fn default() -> Self {
        Self::ZERO
    }
}

/// An amount with more than two decimals.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} is finer than a fen")]
pub struct FinerThanFen(pub Decimal);

impl Money {
    /// Nothing to pay.
    pub const ZERO: Self = Self(Decimal::from_parts(0, 0, 0, false, 2));

    /// Accepts whole fen and refuses anything finer.
    pub fn exact(yuan: Decimal) -> Result<Self, FinerThanFen> {
        if yuan.round_dp(2) != yuan {
            return Err(FinerThanFen(yuan));
        }
        let mut yuan = yuan;
        yuan.rescale(2);
        Ok(Self(yuan))
    }

    /// An amount given in fen.
    pub fn from_fen(fen: i64) -> Self {
        Self(Decimal::new(fen, 2))
    }

    /// Prices a quantity: the one place where a charge is rounded, half away from zero to the fen.
    pub fn charge(quantity: Volume, price: UnitPrice) -> Self {
        Self::round(quantity.0 * price.0, RoundingStrategy::MidpointAwayFromZero)
    }

    /// A part of an amount that is rounded down, such as a late fee (domain.md 2.6: truncated to the fen).
    pub fn share_rounded_down(self, ratio: Decimal) -> Self {
        Self::round(self.0 * ratio, RoundingStrategy::ToZero)
    }

    fn round(yuan: Decimal, how: RoundingStrategy) -> Self {
        let mut fen = yuan.round_dp_with_strategy(2, how);
        fen.rescale(2);
        Self(fen)
    }

    /// The amount in yuan, with two decimals.
    pub fn yuan(self) -> Decimal {
        self.0
    }

    /// Whole fen; amounts of the trade are far from the limits of an i64.
    pub fn fen(self) -> i64 {
        i64::try_from(self.0.mantissa()).expect("an amount is numeric(14,2)")
    }

    /// Whether the books have room for it: `numeric(14,2)`.
    pub fn fits(self) -> bool {
        self.0.abs() < Decimal::from(1_000_000_000_000_i64)
    }

    /// True for less than nothing: a reversal.
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// Grouped by thousands, as reports print it: `80,099.92`.
    pub fn grouped(self) -> String {
        grouped(self)
    }

    /// The amount in capital characters. 大写 (支付结算办法, annex)
    pub fn in_capitals(self) -> String {
        capitals(self.fen())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.2}", self.0))
    }
}

/// A text that is not the one way in which an amount is written.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an amount as it is written: 103.33")]
pub struct NotAnAmount(pub String);

/// Digits before the point: `numeric(14,2)` holds no more.
const YUAN_MAX_DIGITS: usize = 12;

/// An amount has one written form, wherever it comes from: a minus where it is less than nothing, one to twelve digits
/// that do not begin with a needless nought, and, after a point, one or two more. `1e2`, `+5`, ` 5`, `５`, `1,000`,
/// `.5` and `007` are none: what people type more freely is brought into this form where they type it.
impl FromStr for Money {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAnAmount(text.to_owned());
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (yuan, fen) = unsigned.split_once('.').map_or((unsigned, None), |(y, f)| (y, Some(f)));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_yuan = (1..=YUAN_MAX_DIGITS).contains(&yuan.len())
            && are_digits(yuan)
            && (yuan == "0" || !yuan.starts_with('0'));
        let is_fen = fen.is_none_or(|fen| matches!(fen.len(), 1 | 2) && are_digits(fen));
        if !is_yuan || !is_fen {
            return Err(wrong());
        }
        let amount = Decimal::from_str(text).map_err(|_| wrong())?;
        // Nothing is nothing, whatever stands before it.
        let amount = if amount.is_zero() { Decimal::ZERO } else { amount };
        Self::exact(amount).map_err(|_| wrong())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Read by whoever sent it. A number of JSON passes through floats on the way, and is none.
        let wrong = || serde::de::Error::custom("金额应写作 \"103.33\"，至多两位小数");
        let text = <String as Deserialize>::deserialize(from).map_err(|_| wrong())?;
        text.parse().map_err(|_| wrong())
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    /// Nothing stays nothing: a `Decimal` would turn it into `-0.00`, and print that.
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

/// Yuan for one unit of quantity, four decimals. 单价
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct UnitPrice(Decimal);

/// A figure with more decimals than the books keep of its kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is finer than {1} decimals")]
pub struct TooFine(pub Decimal, pub u32);

fn at_most(figure: Decimal, decimals: u32) -> Result<Decimal, TooFine> {
    if figure.round_dp(decimals) == figure { Ok(figure) } else { Err(TooFine(figure, decimals)) }
}

impl UnitPrice {
    /// The decimals that the books keep.
    pub const DECIMALS: u32 = 4;

    /// Accepts what the books can keep to the letter, and refuses anything finer.
    ///
    /// # Errors
    /// It has more than four decimals.
    pub fn exact(yuan: Decimal) -> Result<Self, TooFine> {
        at_most(yuan, Self::DECIMALS).map(Self)
    }

    /// So many times the price, rounded to what the books keep.
    #[must_use]
    pub fn times(self, factor: Decimal) -> Self {
        let yuan = self.0 * factor;
        Self(yuan.round_dp_with_strategy(Self::DECIMALS, RoundingStrategy::MidpointAwayFromZero))
    }

    /// Yuan.
    pub fn yuan(self) -> Decimal {
        self.0
    }

    /// Whether the books have room for it: `numeric(10,4)`.
    pub fn fits(self) -> bool {
        self.0 < Decimal::from(1_000_000)
    }
}

impl TryFrom<Decimal> for UnitPrice {
    type Error = TooFine;
    fn try_from(yuan: Decimal) -> Result<Self, TooFine> {
        Self::exact(yuan)
    }
}

impl From<UnitPrice> for Decimal {
    fn from(price: UnitPrice) -> Self {
        price.0
    }
}

impl From<Money> for UnitPrice {
    fn from(amount: Money) -> Self {
        Self(amount.0)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.normalize().to_string())
    }
}

/// A quantity that is priced: cubic metres of water, bins, households. Three decimals. 水量
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Volume(Decimal);

impl Volume {
    /// Nothing used.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The decimals that the books keep: a cubic metre to the litre.
    pub const DECIMALS: u32 = 3;

    /// A whole number of cubic metres.
    pub fn m3(whole: i64) -> Self {
        Self(Decimal::from(whole))
    }

    /// Accepts what the books can keep to the letter, and refuses anything finer.
    ///
    /// # Errors
    /// It has more than three decimals.
    pub fn exact(figure: Decimal) -> Result<Self, TooFine> {
        at_most(figure, Self::DECIMALS).map(Self)
    }

    /// What a computation comes to, half away from zero to the litre.
    pub fn rounded(figure: Decimal) -> Self {
        Self(figure.round_dp_with_strategy(Self::DECIMALS, RoundingStrategy::MidpointAwayFromZero))
    }

    /// Up to a whole cubic metre.
    #[must_use]
    pub fn ceil(figure: Decimal) -> Self {
        Self(figure.ceil())
    }

    /// The figure.
    pub fn figure(self) -> Decimal {
        self.0
    }

    /// Whether the books have room for it: `numeric(14,3)`.
    pub fn fits(self) -> bool {
        self.0.abs() < Decimal::from(100_000_000_000_i64)
    }

    /// The part on which a levy is due, to the litre: sewage is 90 % of water.
    pub fn levied(self, ratio: Decimal) -> Self {
        Self::rounded(self.0 * ratio)
    }
}

/// A text that is no volume.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("应为至多三位小数的数")]
pub struct NotAVolume;

impl FromStr for Volume {
    type Err = NotAVolume;

    fn from_str(text: &str) -> Result<Self, NotAVolume> {
        let figure = text.parse().map_err(|_| NotAVolume)?;
        Self::exact(figure).map_err(|_| NotAVolume)
    }
}

impl TryFrom<Decimal> for Volume {
    type Error = TooFine;
    fn try_from(figure: Decimal) -> Result<Self, TooFine> {
        Self::exact(figure)
    }
}

impl From<Volume> for Decimal {
    fn from(volume: Volume) -> Self {
        volume.0
    }
}

impl Add for Volume {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Volume {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Volume {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Volume {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.normalize().to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;

    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn an_amount_has_one_written_form() {
        for (text, fen) in [
            ("0", 0),
            ("-0.00", 0),
            ("5", 500),
            ("5.5", 550),
            ("103.33", 10_333),
            ("-103.33", -10_333),
            ("999999999999.99", 99_999_999_999_999),
        ] {
            assert_eq!(text.parse::<Money>().map(Money::fen), Ok(fen), "{text}");
            assert_eq!(sent(text).map(Money::fen), Ok(fen), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "1e2",
            " 5",
            "5 ",
            "+5",
            "５",
            "1,000",
            "1_000",
            ".5",
            "5.",
            "007",
            "00",
            "1.234",
            "--5",
            "5元",
            "1000000000000",
            "NaN",
            "1.-5",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text}");
            assert!(sent(text).is_err(), "{text}");
        }
        assert!(sent(103.33).is_err() && sent(5).is_err());
    }

    /// As a body or a file carries it.
    fn sent<'de>(
        value: impl IntoDeserializer<'de, serde::de::value::Error>,
    ) -> Result<Money, serde::de::value::Error> {
        Money::deserialize(value.into_deserializer())
    }

    #[test]
    fn what_is_finer_than_the_books_is_no_volume_and_no_price() {
        for (text, volume, price) in [
            ("1.005", true, true),
            ("1.0050", true, true),
            ("1.0005", false, true),
            ("-0.0001", false, true),
            ("1.72005", false, false),
        ] {
            assert_eq!(Volume::exact(dec(text)).is_ok(), volume, "{text}");
            assert_eq!(UnitPrice::exact(dec(text)).is_ok(), price, "{text}");
        }
        let base = UnitPrice::exact(dec("1.2345")).unwrap();
        assert_eq!(base.times(dec("1.5")).to_string(), "1.8518");
        assert_eq!(Volume::rounded(dec("1.0005")).to_string(), "1.001");
    }

    #[test]
    fn a_charge_is_rounded_once_half_away_from_zero() {
        for (m3, price, want) in [
            ("27", "0.95", "25.65"),
            ("30", "0.512", "15.36"),
            ("1", "0.005", "0.01"),
            ("-1", "0.005", "-0.01"),
        ] {
            assert_eq!(Money::charge(Volume(dec(m3)), UnitPrice(dec(price))).to_string(), want);
        }
    }

    #[test]
    fn finer_than_a_fen_is_refused() {
        assert_eq!(Money::exact(dec("1.005")), Err(FinerThanFen(dec("1.005"))));
        assert_eq!(Money::exact(dec("1.5")).unwrap().to_string(), "1.50");
    }

    #[test]
    fn nothing_has_two_decimals_too() {
        assert_eq!(Money::default().to_string(), "0.00");
        assert_eq!(Money::default().yuan().to_string(), "0.00");
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!((-Money::ZERO).to_string(), "0.00");
        assert_eq!((-Money::from_fen(5)).to_string(), "-0.05");
        assert_eq!((-Money::from_fen(0)).yuan().to_string(), "0.00");
    }

    #[test]
    fn thousands_are_grouped() {
        for (fen, want) in [
            (8_009_992, "80,099.92"),
            (-14_620, "-146.20"),
            (5, "0.05"),
            (100_000_000, "1,000,000.00"),
        ] {
            assert_eq!(Money::from_fen(fen).grouped(), want);
        }
    }
}
