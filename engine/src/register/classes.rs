//! The closed lists of the register: what an account is charged as, and what its place is.

macro_rules! classes {
    ($(#[$doc:meta])* $name:ident $list:literal { $($variant:ident = $code:literal $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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
            type Err = terms::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(terms::UnknownWord { list: $list, word: word.to_owned() }),
                }
            }
        }
    };
}

pub(crate) use classes;

classes! {
    /// Decides the price of water. 用水性质
    UseClass "use class" {
        Resident = "resident" "居民阶梯",
        ResidentFlat = "resident_flat" "居民合表",
        NonResident = "non_resident" "非居民",
        Special = "special" "特种",
        SelfSupplied = "self_supplied" "自备水源",
    }
}

impl UseClass {
    /// False for water out of a source of its own: nobody has sold it.
    pub const fn buys_water(self) -> bool {
        !matches!(self, Self::SelfSupplied)
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
        ShopByArea = "shop_by_area" "商铺（按面积）",
        ByBin = "by_bin" "单位（按桶）",
        ByHousehold = "by_household" "无水表（按户）",
        None = "none" "不计收",
    }
}

classes! {
    /// What is at a service point. 用水点类型
    PointKind "point kind" {
        Metered = "metered" "有水表",
        SelfSupplied = "self_supplied" "自备水源",
        Unmetered = "unmetered" "无水表",
    }
}

classes! {
    /// What a rate is a price of: water, or what an account has, each month. 计费依据
    RateBasis "rate basis" {
        Volume = "volume" "立方米",
        Area = "area" "平方米·月",
        Bin = "bin" "桶·月",
        Household = "household" "户·月",
    }
}
