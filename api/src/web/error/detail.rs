//! What is wrong with a body or a query, in Chinese.

use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};

use super::WebError;

macro_rules! rejections {
    ($($rejection:ty),+) => {
        $(impl From<$rejection> for WebError {
            fn from(error: $rejection) -> Self {
                Self::Invalid(format!("请求填写有误：{}", in_chinese(&error.body_text())))
            }
        })+
    };
}
rejections!(JsonRejection, FormRejection, QueryRejection);

/// What people call a field; one that they never see keeps its name. Of `tenders[0].amount` the last part counts.
pub(in crate::web) fn called(field: &str) -> &str {
    engine::field_name(field.rsplit('.').next().unwrap_or(field)).unwrap_or(field)
}

/// What is wrong with a body or a query, for whoever sent it: the field and the kind of the fault.
pub(in crate::web) fn in_chinese(detail: &str) -> String {
    // "Failed to …: account: missing field `x` at line 1 column 7": the words of serde, and where it was.
    let detail = detail.rsplit_once("target type: ").map_or(detail, |(_, what)| what);
    let detail = detail.rsplit_once("query string: ").map_or(detail, |(_, what)| what);
    let detail = detail.rsplit_once("form body: ").map_or(detail, |(_, what)| what);
    let detail = detail.split_once(" at line ").map_or(detail, |(what, _)| what);
    // Our own types refuse in Chinese already.
    if detail.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return match detail.split_once(": ") {
            Some((field, fault)) if field.is_ascii() && !field.contains(' ') => {
                format!("“{}”：{fault}", called(field))
            }
            _ => detail.to_owned(),
        };
    }
    let (field, fault) = match detail.split_once(": ") {
        Some((field, fault)) if !field.contains(' ') => (format!("“{}”", called(field)), fault),
        _ => (String::new(), detail),
    };
    let quoted = || fault.split('`').nth(1).unwrap_or_default();
    let words = [
        ("missing field", format!("缺少“{}”", called(quoted()))),
        ("unknown variant", format!("{field}的值“{}”无效", quoted())),
        ("unknown field", format!("没有“{}”这一项", called(quoted()))),
        ("duplicate field", format!("“{}”重复", called(quoted()))),
        ("invalid type", format!("{field}的类型不对")),
        ("invalid", format!("{field}的值无效")),
        ("Expected request with", "须以 JSON 或表单提交".to_owned()),
    ];
    let found = words.into_iter().find(|(start, _)| fault.starts_with(start));
    found.map_or_else(|| format!("{field}格式有误"), |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sent_it_reads_in_chinese_what_is_wrong() {
        for (detail, words) in [
            (
                "Failed to deserialize the JSON body into the target type: missing field `key` at line 1 column 2",
                "缺少“提交编号”",
            ),
            (
                "Failed to deserialize the JSON body into the target type: format: unknown variant `doc`, expected one of `csv`, `xlsx` at line 1 column 9",
                "“格式”的值“doc”无效",
            ),
            (
                "Failed to deserialize the JSON body into the target type: account: invalid type: string \"a\", expected i64 at line 1",
                "“用户”的类型不对",
            ),
            (
                "Failed to deserialize the JSON body into the target type: also[0].sum: unknown field `sum`, expected one of `method`, `amount` at line 1 column 9",
                "没有“sum”这一项",
            ),
            (
                "Failed to deserialize form body: unknown field `x`, expected `reason`",
                "没有“x”这一项",
            ),
            ("Failed to deserialize query string: day: premature end of input", "“日期”格式有误"),
            ("Failed to parse the request body as JSON: EOF while parsing", "格式有误"),
            ("Expected request with `Content-Type: application/json`", "须以 JSON 或表单提交"),
            ("received: 金额应写作 \"103.33\"", "“实收金额”：金额应写作 \"103.33\""),
            ("金额应写作 \"103.33\"", "金额应写作 \"103.33\""),
        ] {
            assert_eq!(in_chinese(detail), words, "{detail}");
        }
    }
}
