//! Types in words of the trade.

/// A type as DataFusion or arrow prints it.
pub(super) fn kind(printed: &str) -> &'static str {
    let printed = printed.trim();
    let is = |names: &[&str]| names.iter().any(|name| printed.starts_with(name));
    if is(&["Utf8", "LargeUtf8", "String"]) {
        "文字"
    } else if is(&["Interval", "Duration"]) {
        "时长"
    } else if is(&["Int", "UInt"]) {
        "整数"
    } else if is(&["Decimal", "Float", "Numeric"]) {
        "小数"
    } else if is(&["Date"]) {
        "日期"
    } else if is(&["Timestamp"]) {
        "时间"
    } else if is(&["Time"]) {
        "钟点"
    } else if is(&["Boolean"]) {
        "是否"
    } else if is(&["Null"]) {
        "空值"
    } else if is(&["List", "LargeList", "FixedSizeList"]) {
        "数组"
    } else if is(&["Dictionary"]) && printed.contains("Utf8") {
        "文字"
    } else {
        "这种类型"
    }
}

/// A list of types, separated by commas.
pub(super) fn kinds(printed: &str) -> Vec<&'static str> {
    let mut depth = 0_i32;
    let parts = printed.split(|letter| {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).map(kind).collect()
}

/// Both sides of an operator and the operator, out of `Date32 > Int64`.
pub(super) fn sides(printed: &str) -> Option<(&'static str, &'static str, &'static str)> {
    const OPERATORS: &[(&str, &str)] = &[
        ("IS NOT DISTINCT FROM", "is not distinct from"),
        ("IS DISTINCT FROM", "is distinct from"),
        ("<=", "<="),
        (">=", ">="),
        ("!=", "<>"),
        ("=", "="),
        ("<", "<"),
        (">", ">"),
        ("+", "+"),
        ("-", "-"),
        ("*", "*"),
        ("/", "/"),
        ("%", "%"),
        ("||", "||"),
        ("AND", "and"),
        ("OR", "or"),
        ("!~*", "!~*"),
        ("!~", "!~"),
        ("~*", "~*"),
        ("~", "~"),
        ("&", "&"),
        ("|", "|"),
        ("BIT_XOR", "#"),
    ];
    OPERATORS.iter().find_map(|(operator, shown)| {
        let (left, right) = printed.split_once(&format!(" {operator} "))?;
        Some((kind(left), *shown, kind(right)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_in_words() {
        assert_eq!(
            kinds("Utf8, Decimal128(18, 2), Timestamp(µs, \"UTC\")"),
            ["文字", "小数", "时间"]
        );
        assert_eq!(kinds(""), [""; 0]);
        assert_eq!(kind("Interval(MonthDayNano)"), "时长");
        assert_eq!(kind("Int64"), "整数");
        assert_eq!(sides("Date32 > Int64"), Some(("日期", ">", "整数")));
        assert_eq!(sides("Decimal128(18, 2) != Utf8View"), Some(("小数", "<>", "文字")));
        assert_eq!(sides("nothing"), None);
    }
}
