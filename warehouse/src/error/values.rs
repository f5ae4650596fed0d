//! What goes wrong with values: numbers too great, texts that are no dates. The patterns are of version 55.2.

use super::kinds::kind;
use super::phrases::{Phrase, clipped};

const TOO_GREAT: &str = "数值超出范围";
const ZERO: &str = "除数为零";
const PATTERN: &str = "正则表达式写法有误";

/// Patterns and sentences; the first that fits is taken.
pub(super) const PHRASES: &[Phrase] = &[
    ("Divide by zero", |_| ZERO.to_owned()),
    ("DivideByZero", |_| ZERO.to_owned()),
    ("division by zero", |_| ZERO.to_owned()),
    ("Scalar subquery returned more than one row", |_| {
        "子查询得到了多行，这里只能是一行：请用 max(…)、limit 1，或改用 in (…)".to_owned()
    }),
    ("Cannot cast string '{}' to value of {} type", |h| no_value(h[0], h[1])),
    ("Cannot cast value '{}' to value of Boolean type", |h| no_value(h[0], "Boolean")),
    ("can't parse the string value {} to decimal", |h| no_value(h[0], "Decimal")),
    ("Cannot parse decimal format: {}", |h| no_value(h[0], "Decimal")),
    ("Invalid decimal format: \"{}\"", |h| no_value(h[0], "Decimal")),
    ("Error parsing timestamp from '{}' using format '{}'", |h| {
        format!("“{}”与格式 {} 不符", clipped(h[0]), clipped(h[1]))
    }),
    ("Error parsing timestamp from '{}': {}", |h| no_value(h[0], "Timestamp")),
    ("Failed to parse '{}' as time", |h| no_value(h[0], "Time")),
    ("Failed to parse {} as interval amount", |h| no_value(h[0], "Interval")),
    ("Invalid input syntax for type interval: \"{}\"", |h| no_value(h[0], "Interval")),
    ("Unknown interval type: {}", |h| no_value(h[0], "Interval")),
    ("Invalid timezone \"{}\"", |h| no_zone(&clipped(h[0]))),
    ("Unable to build regex from LIKE pattern", |_| {
        "like 的文字太长或 % 太多：请截短，或分成几个 like 用 and 连接".to_owned()
    }),
    ("Regular expression did not compile", |_| PATTERN.to_owned()),
    ("regex parse error", |_| PATTERN.to_owned()),
    ("Regex error", |_| PATTERN.to_owned()),
    ("regexp_match() does not support the", |_| {
        "regexp_match 不支持选项 g：要全部替换请用 regexp_replace".to_owned()
    }),
    ("negative count not allowed", |_| "substr 的长度不能是负数".to_owned()),
    ("invalid Unicode scalar value", |_| "chr 的数字不是任何一个字的编码".to_owned()),
    ("Cannot cast {} value {} to {}: converted value exceeds", |_| TOO_GREAT.to_owned()),
    ("Can't cast value", |_| TOO_GREAT.to_owned()),
    ("too large to store", |_| TOO_GREAT.to_owned()),
    ("too small to store", |_| TOO_GREAT.to_owned()),
    ("is out of range", |_| TOO_GREAT.to_owned()),
    ("out of range", |_| TOO_GREAT.to_owned()),
    ("Overflow", |_| TOO_GREAT.to_owned()),
    ("overflow", |_| TOO_GREAT.to_owned()),
    ("exceeds the representable", |_| TOO_GREAT.to_owned()),
    ("Invalid arithmetic operation", |_| "两边的类型不能这样计算".to_owned()),
    ("Unable to represent", |_| TOO_GREAT.to_owned()),
];

fn no_zone(name: &str) -> String {
    if ["am", "pm"].iter().any(|half| name.eq_ignore_ascii_case(half)) {
        return format!("时间里不能写 {name}：请写 24 小时的钟点，例如 '2026-11-01 22:00:00'");
    }
    format!("没有时区“{name}”：例如 'Asia/Shanghai'、'+08:00'")
}

/// A text that cannot be read as a value of a type.
fn no_value(text: &str, printed: &str) -> String {
    let text = clipped(text.trim_matches(['\'', '"']));
    match kind(printed) {
        "日期" => format!("“{text}”不是日期：日期写作 '2026-11-01'"),
        "时间" => {
            format!("“{text}”不是时间：时间写作 '2026-11-01 08:30:00'，日期写作 '2026-11-01'")
        }
        "钟点" => format!("“{text}”不是钟点：写作 '08:30:00'"),
        "时长" => format!("“{text}”不是时长：写作 interval '3 days'"),
        "整数" | "小数" => format!("“{text}”不是数值"),
        "是否" => format!("“{text}”不是 true 或 false"),
        other => format!("“{text}”不能换算成{other}"),
    }
}
