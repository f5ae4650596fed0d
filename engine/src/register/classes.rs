//! What an account is charged as: one class for each of three fees.

use serde::{Deserialize, Serialize};
use terms::UnknownWord;

macro_rules! classes {
    ($(#[$doc:meta])* $name:ident $list:literal { $($variant:ident = $code:literal $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = $label] $variant),+
        }

        impl $name {
            /// Every member, in the order in which forms offer them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in SQL and Parquet.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The word that people read.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { list: $list, word: word.to_owned() }),
                }
            }
        }
    };
}

classes! {
    /// Decides the price of water. 用水性质
    UseClass "use class" {
        Resident = "resident" "居民阶梯",
        ResidentFlat = "resident_flat" "居民合表",
        NonResident = "non_resident" "非居民",
        Special = "special" "特种",
    }
}

classes! {
    /// Decides the price of sewage treatment. 污水费类型
    SewageClass "sewage class" {
        Resident = "resident" "居民",
        NonResident = "non_resident" "非居民",
        Special = "special" "特种",
        Exempt = "exempt" "免征",
    }
}

classes! {
    /// Decides the price of garbage treatment. 垃圾费类型
    GarbageClass "garbage class" {
        Resident = "resident" "居民",
        PropertyEstate = "property_estate" "物业小区",
        SortedEstate = "sorted_estate" "分类小区",
        Shop = "shop" "商铺",
        None = "none" "不计收",
    }
}
