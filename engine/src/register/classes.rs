//! The closed lists of the register: what an account is charged as, and what its place is.

use terms::closed_list;

closed_list! {
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

closed_list! {
    /// Decides the price of sewage treatment. 污水费类型
    SewageClass "sewage class" {
        Resident = "resident" "居民",
        NonResident = "non_resident" "非居民",
        Special = "special" "特种",
        Exempt = "exempt" "免征",
    }
}

closed_list! {
    /// Decides the price of garbage treatment. 垃圾费类型
    GarbageClass "garbage class" {
        Resident = "resident" "居民",
        PropertyEstate = "property_estate" "物业小区",
        SortedEstate = "sorted_estate" "分类小区",
        Shop = "shop" "商铺",
        ShopByArea = "shop_by_area" "商铺（按面积）",
        ByBin = "by_bin" "单位（按桶）",
        ByHousehold = "by_household" "无水表（按户）",
        Uncharged = "none" "不计收",
    }
}

closed_list! {
    /// What is at a service point. 用水点类型
    PointKind "point kind" {
        Metered = "metered" "有水表",
        SelfSupplied = "self_supplied" "自备水源",
        Unmetered = "unmetered" "无水表",
    }
}

closed_list! {
    /// What a rate is a price of: water, or what an account has, each month. 计费依据
    RateBasis "rate basis" {
        Volume = "volume" "立方米",
        Area = "area" "平方米·月",
        Bin = "bin" "桶·月",
        Household = "household" "户·月",
    }
}
