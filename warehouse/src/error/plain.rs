//! What may be shown to people: our own words, and never English sentences or printed plans.

/// Before what an error of ours says, as DataFusion, arrow and parquet print it.
const MARKS: &[&str] = &[
    "Execution(\"",
    "External(\"",
    "ComputeError(\"",
    "CastError(\"",
    "ParseError(\"",
    "InvalidArgumentError(\"",
    "Plan(\"",
    "NotImplemented(\"",
    "Execution error: ",
    "Error during planning: ",
    "This feature is not implemented: ",
    "External error: ",
    "Compute error: ",
    "Cast error: ",
    "Parser error: ",
    "Invalid argument error: ",
    "caused by\n",
];
/// Names that only DataFusion writes.
const PRINTED: &[&str] = &[
    "Utf8",
    "Int64(",
    "Int32(",
    "UInt64(",
    "Float64(",
    "Decimal128",
    "Boolean(",
    "Date32",
    "Timestamp(",
    "ScalarValue",
    "DataFusion",
    "TableScan",
    "Projection:",
    "Filter:",
    "Aggregate:",
    "Subquery:",
    "Column {",
    "Expr::",
    "BinaryExpr",
    "IntervalMonthDayNano",
    "Exec: ",
    "Exec\"",
];
/// Words of SQL that may stand side by side in a sentence of ours; the small ones of English are not among them.
const SQL: &str = "and array asc between case cast cross cube date desc distinct else except exists extract \
    false filter following from full group having ignore inner intersect interval join lateral left like limit not \
    null nulls offset or order outer over partition preceding respect right rollup rows select then timestamp true \
    unbounded union using values when where window within zone";

/// What an error of ours says in Chinese, out of whatever it was wrapped in.
pub(super) fn own_words(text: &str) -> Option<String> {
    let marked = MARKS.iter().flat_map(|mark| {
        text.match_indices(mark).map(move |(at, mark)| {
            let rest = &text[at + mark.len()..];
            let end = if mark.ends_with('"') { rest.find("\")") } else { rest.find('\n') };
            &rest[..end.unwrap_or(rest.len())]
        })
    });
    marked
        .chain([text])
        .find(|words| is_chinese(words) && is_fit(words))
        .map(|words| words.trim().to_owned())
}

/// Says whether there is Chinese outside what the analyst wrote.
fn is_chinese(text: &str) -> bool {
    unquoted(text).chars().any(|letter| ('\u{4E00}'..='\u{9FFF}').contains(&letter))
}

/// Says whether a sentence may be shown: outside quotes, nothing in it reads like English or a plan.
pub(super) fn is_fit(text: &str) -> bool {
    !PRINTED.iter().any(|printed| text.contains(printed)) && !reads_like_english(&unquoted(text))
}

/// Without what the analyst wrote, which stands between quotes.
fn unquoted(text: &str) -> String {
    let mut open = None;
    let outside = text.chars().filter(|letter| match (open, letter) {
        (None, '“') => {
            open = Some('”');
            false
        }
        (None, '\'') => {
            open = Some('\'');
            false
        }
        (Some(close), letter) => {
            if *letter == close {
                open = None;
            }
            false
        }
        (None, _) => true,
    });
    outside.collect()
}

/// Three words in a row that are no words of SQL.
fn reads_like_english(text: &str) -> bool {
    let mut run = 0;
    for word in text.split([' ', '\n', '\t']) {
        let bare = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
        let english = bare.len() > 1 && bare.chars().all(|letter| letter.is_ascii_alphabetic());
        let sql = SQL.split(' ').any(|known| bare.eq_ignore_ascii_case(known));
        run = if english && !sql { run + 1 } else { 0 };
        if run == 3 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_are_found_in_what_they_were_wrapped_in() {
        for text in [
            "Execution error: 除数为零",
            "Arrow error: Compute error: 除数为零",
            "Arrow error: External error: Execution error: 除数为零",
            "Parquet error: Arrow: Compute error: Error evaluating filter predicate: ArrowError(ComputeError(\"除数为零\"), None)",
            "Parquet error: Arrow: Error evaluating filter predicate: Execution(\"除数为零\")",
            "type_coercion\ncaused by\nError during planning: 除数为零",
            "除数为零",
        ] {
            assert_eq!(own_words(text).as_deref(), Some("除数为零"), "{text}");
        }
        let pattern =
            "Execution error: to_char 的格式“%Y-%m”不是 PostgreSQL 的写法，请写 'YYYY-MM'";
        assert!(own_words(pattern).is_some_and(|said| said.starts_with("to_char")));
    }

    #[test]
    fn english_is_never_taken_for_our_own_words() {
        for text in [
            "Arrow error: Cast error: Cannot cast string '东城' to value of Int64 type",
            "Error during planning: Invalid function '东城'.\nDid you mean 'abs'?",
            "Internal error: 东城 Physical plan does not support it",
            "Execution error: Utf8(\"东城\") 不对",
            "Error during planning: There is no window function named 收入支出合计",
            "Error during planning: Column in SELECT must be in GROUP BY: \"收入支出合计\"",
        ] {
            assert_eq!(own_words(text), None, "{text}");
        }
    }
}
