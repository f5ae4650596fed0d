//! The shared words of the trade. Every other crate speaks them; nothing here does I/O.
//!
//! - [`Money`], [`UnitPrice`], [`Volume`]: exact figures; a charge is rounded in one place, [`Money::charge`].
//! - [`FeeItem`], [`PayMethod`], [`ReceiptType`], [`Role`], [`ExportFormat`]: the closed lists of the trade.
//! - [`BillPeriod`], [`Span`], [`Clock`]: when.
//! - [`Reason`] says why; [`SlipNumber`] names a slip, a cheque or a voucher.
//! - [`grouped`], [`moment()`] and [`clock_time`]: how figures and moments are written.
//! - [`TownId`], [`OutletId`] and the other ids, each its own type.
//! - [`Lsn`]: a position in the write-ahead log.

mod capitals;
mod clock;
mod export;
mod fee;
mod ids;
mod lsn;
mod method;
mod money;
mod period;
mod reason;
mod receipt;
mod role;
mod slip;
mod span;
mod typed;
mod written;

pub use clock::{Clock, FixedClock, SystemClock, business_day, shanghai};
pub use export::ExportFormat;
pub use fee::FeeItem;
pub use ids::{
    AccountId, AccountVersionId, BookId, ChargeId, ChargeLineId, MeterId, OrganisationId, OutletId,
    PayerId, PaymentId, ReadingId, ReceiptId, ServicePointId, TariffVersionId, TownId, UserId,
};
pub use lsn::Lsn;
pub use method::PayMethod;
pub use money::{FinerThanFen, Money, NotAVolume, TooFine, UnitPrice, Volume};
pub use period::{BillPeriod, NotAPeriod};
pub use reason::Reason;
pub use receipt::{PaperEvent, PaperFate, ReceiptMedium, ReceiptType};
pub use role::Role;
pub use slip::SlipNumber;
pub use span::Span;
pub use typed::half_width;
pub use written::{clock_time, grouped, moment};

/// A word that is not in one of the trade's closed lists.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{list} has no `{word}`")]
pub struct UnknownWord {
    /// The list that was asked, such as `fee item`.
    pub list: &'static str,
    /// The word that it does not hold.
    pub word: String,
}

/// Gives a closed list its code (used in SQL, Parquet, JSON and URLs), its Chinese label and its parser; makes the list too,
/// where it is written out with its labels alone.
#[macro_export]
macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident $list:literal { $($variant:ident = $code:literal $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $label] $variant),+
        }

        $crate::closed_list!($name, $list, { $($variant = $code $label),+ });
    };
    ($name:ident, $list:literal, { $($variant:ident = $code:literal $label:literal),+ $(,)? }) => {
        impl $name {
            /// Every member, in the order in which reports show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in SQL, Parquet, JSON and URLs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The word that people read.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownWord { list: $list, word: word.to_owned() }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err(|_| serde::de::Error::unknown_variant(&word, &[$($code),+]))
            }
        }
    };
}
