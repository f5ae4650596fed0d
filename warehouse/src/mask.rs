//! Names, telephone numbers and addresses are blotted out before anything else looks at them. 脱敏

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::cast::as_string_array;
use tables::Sensitivity;

/// How a column is blotted out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mask {
    Name,
    Phone,
    Address,
}

impl Mask {
    /// The mask of a column for a person who may not see it plain.
    pub(crate) fn of(sensitivity: Sensitivity) -> Option<Self> {
        match sensitivity {
            Sensitivity::Open => None,
            Sensitivity::Name => Some(Self::Name),
            Sensitivity::Phone => Some(Self::Phone),
            Sensitivity::Address => Some(Self::Address),
        }
    }

    /// Masks every value of a text column.
    pub(crate) fn apply(self, values: &ArrayRef) -> Result<ArrayRef> {
        let plain = cast(values, &DataType::Utf8)?;
        let masked: StringArray =
            as_string_array(&plain)?.iter().map(|value| value.map(|v| self.text(v))).collect();
        Ok(Arc::new(masked))
    }

    fn text(self, plain: &str) -> String {
        match self {
            Self::Name => name(plain),
            Self::Phone => phone(plain),
            Self::Address => address(plain),
        }
    }
}

/// 张三 becomes 张*, 欧阳小明 becomes 欧***; a single character is hidden, long names do not tell their length.
fn name(plain: &str) -> String {
    const STARS: usize = 3;
    let mut characters = plain.chars();
    let first = characters.next();
    let rest = characters.count();
    match first {
        Some(first) if rest > 0 => format!("{first}{}", "*".repeat(rest.min(STARS))),
        Some(_) => "*".to_owned(),
        None => String::new(),
    }
}

/// 13812341234 becomes 138****1234; shorter numbers keep their last two digits, or nothing.
fn phone(plain: &str) -> String {
    let characters: Vec<char> = plain.chars().collect();
    let (head, tail) = match characters.len() {
        11.. => (3, 4),
        7.. => (0, 2),
        _ => (0, 0),
    };
    let keep = |part: &[char]| part.iter().collect::<String>();
    format!("{}****{}", keep(&characters[..head]), keep(&characters[characters.len() - tail..]))
}

/// 东莞市石龙镇兴龙路 12 号 becomes 东莞市石龙镇***; an address that does not begin with its town is hidden whole.
fn address(plain: &str) -> String {
    /// Characters of the longest name of a town, such as 望牛墩镇, 东城街道.
    const TOWN_CHARACTERS: usize = 4;
    let start = plain.strip_prefix("广东省").unwrap_or(plain);
    let start = start.strip_prefix("东莞市").unwrap_or(start);
    let ends = start.char_indices().map(|(at, character)| at + character.len_utf8());
    let town = ends
        .take(TOWN_CHARACTERS)
        .find(|end| start[..*end].ends_with('镇') || start[..*end].ends_with("街道"));
    let kept = town.map_or(0, |end| plain.len() - start.len() + end);
    format!("{}***", &plain[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_tell_no_more_than_they_should() {
        for (mask, plain, want) in [
            (Mask::Name, "张三", "张*"),
            (Mask::Name, "欧阳小明", "欧***"),
            (Mask::Name, "东莞市某某实业有限公司", "东***"),
            (Mask::Name, "赟", "*"),
            (Mask::Name, "", ""),
            (Mask::Phone, "13812341234", "138****1234"),
            (Mask::Phone, "0769-22331234", "076****1234"),
            (Mask::Phone, "22331234", "****34"),
            (Mask::Phone, "110", "****"),
            (Mask::Phone, "", "****"),
            (Mask::Address, "东莞市望牛墩镇兴龙路12号", "东莞市望牛墩镇***"),
            (Mask::Address, "广东省东莞市东城街道主山", "广东省东莞市东城街道***"),
            (Mask::Address, "石龙镇西湖一路", "石龙镇***"),
            (Mask::Address, "幸福花园小镇3栋", "***"),
            (Mask::Address, "", "***"),
        ] {
            assert_eq!(mask.text(plain), want, "{plain}");
        }
    }
}
