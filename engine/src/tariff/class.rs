//! The class of a rate in the words of people: by fee item it is one of another list.

use terms::FeeItem;

use crate::register::{GarbageClass, SewageClass, UseClass};

/// What people call a class; None where the fee has no such class.
pub(super) fn class_label(fee_item: FeeItem, class: &str) -> Option<&'static str> {
    match fee_item {
        FeeItem::Water | FeeItem::Overquota => class.parse::<UseClass>().ok().map(UseClass::label),
        FeeItem::Sewage => class.parse::<SewageClass>().ok().map(SewageClass::label),
        FeeItem::Garbage => class.parse::<GarbageClass>().ok().map(GarbageClass::label),
    }
}

/// A fee and its class as people say them; a class that it does not have as it was written.
pub(super) fn rate_label(fee_item: FeeItem, class: &str) -> String {
    format!("{} {}", fee_item.label(), class_label(fee_item, class).unwrap_or(class))
}

#[cfg(test)]
mod tests {
    use terms::{OrganisationId, TownId};

    use super::*;
    use crate::tariff::seed;

    #[test]
    fn a_class_without_a_rate_is_named_as_people_call_it() {
        let place = (TownId(441_900_999), OrganisationId(1));
        let book = seed::book().unwrap();
        let none = book.find(FeeItem::Sewage, SewageClass::Exempt.code(), place).unwrap_err();
        assert_eq!(none.to_string(), "污水处理费没有适用于“免征”的有效收费标准");
    }
}
