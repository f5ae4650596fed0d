//! In an expression: clauses and types that are dropped, and operators that mean something else here.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, ArrayElemTypeDef, BinaryOperator, CeilFloorKind, CharacterLength, DataType,
    DateTimeField, ExactNumberInfo, Expr, Function, Ident, Interval, Subscript, TypedString,
    UnaryOperator, Value, ValueWithSpan,
};

use crate::dialect::{NESTED, behind_all, regex_refused};
use crate::regex::asks;

use super::first;
use super::function::in_call;

/// What would be ignored, or taken for something else, of an expression; its parts are visited on their own.
pub(crate) fn in_expression(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Function(function) => in_call(function).or_else(|| {
            // Few calls have a regular expression; the others are not copied to look for one.
            is_of_regex(function).then(|| regex_refused(expr)).flatten()
        }),
        Expr::BinaryOp {
            op:
                BinaryOperator::PGRegexMatch
                | BinaryOperator::PGRegexIMatch
                | BinaryOperator::PGRegexNotMatch
                | BinaryOperator::PGRegexNotIMatch,
            ..
        } => regex_refused(expr),
        Expr::CompoundIdentifier(parts) if !is_of_a_table(parts) => {
            let written: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
            let written = written.join(".");
            let start = parts.first()?.span.start;
            let (line, column) = (start.line, start.column);
            Some(format!(
                "第 {line} 行第 {column} 列：“{written}”多了一段：列写作 列名 或 表名.列名"
            ))
        }
        Expr::CompoundFieldAccess { root: _, access_chain } => {
            first([(!access_chain.iter().all(is_from_one), "数组的序号要直接写成数字，从 1 开始")])
        }
        Expr::IsNull(row) | Expr::IsNotNull(row) if matches!(**row, Expr::Tuple(_)) => {
            Some("一组值不能直接判断空值：请逐列写 is null".to_owned())
        }
        // These say what IN says.
        Expr::AnyOp { right, compare_op: BinaryOperator::Eq, .. }
        | Expr::AllOp { right, compare_op: BinaryOperator::NotEq, .. }
            if matches!(&**right, Expr::Array(values) if !values.elem.is_empty()) =>
        {
            None
        }
        Expr::AnyOp { right, compare_op: BinaryOperator::Eq, .. }
        | Expr::AllOp { right, compare_op: BinaryOperator::NotEq, .. }
            if !matches!(**right, Expr::Subquery(_)) =>
        {
            Some("= any、<> all 后面只能写子查询或 array[甲, 乙]：几个值也可以写 in (甲, 乙)、not in (甲, 乙)".to_owned())
        }
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. }
            if !matches!(**right, Expr::Subquery(_)) =>
        {
            Some("any、all 后面只能写子查询：几个值请写 (select x from (values (1), (2)) as v (x))，= any 请写 in (…)".to_owned())
        }
        Expr::BinaryOp { op: BinaryOperator::Overlaps, .. } => {
            Some("不支持 overlaps：请写 甲起 < 乙止 and 乙起 < 甲止".to_owned())
        }
        Expr::Substring { substring_from: Some(from), .. } if is_quoted(from) => {
            Some("substring 不按正则取字：请写 (regexp_match(文字, '正则'))[1]".to_owned())
        }
        Expr::BinaryOp { op: BinaryOperator::PGOverlap, .. } => {
            Some("不支持 &&：两个条件都要成立请写 and；数组里有没有某个值，请先用 unnest 拆成行，再写 in (select …)".to_owned())
        }
        Expr::Substring { substring_from: None, substring_for: None, .. } => {
            Some("substring 缺少起点：请写 substring(文字, 起点, 字数)".to_owned())
        }
        Expr::BinaryOp { left, op, .. } if matches!(**left, Expr::Tuple(_)) && is_order(op) => {
            Some("几列不能一起比大小：请逐列写条件".to_owned())
        }
        // PostgreSQL puts no comparison beside another; `1 < 2 < 3` would compare a condition with a number.
        // What `&&` stands between is told of above.
        Expr::BinaryOp { left, op, .. }
            if compares(op) && is_comparison(left) && !left.to_string().contains("&&") =>
        {
            Some("比较不能连着写：请加括号，写成 (甲 = 乙) = 丙，或用 and 连接两个条件".to_owned())
        }
        Expr::BinaryOp { op: BinaryOperator::PGExp | BinaryOperator::BitwiseXor, .. } => {
            Some("不支持 ^：乘方请写 power(底数, 指数)".to_owned())
        }
        Expr::Tuple(values) if values.iter().any(|value| matches!(value, Expr::Tuple(_))) => {
            Some("一组值里不能再套一组值".to_owned())
        }
        Expr::InList { expr, .. } if matches!(&**expr, Expr::Tuple(row) if !row.iter().all(is_plain)) => {
            Some("(甲, 乙) in (…) 的左边只能写列：算式请先在子查询里算出来".to_owned())
        }
        Expr::InList { expr, list, .. }
            if matches!(**expr, Expr::Tuple(_)) && list.len() * expr.to_string().len() > PAIRS =>
        {
            Some("值的组数太多：请分几次查，或写成 join".to_owned())
        }
        Expr::Cast { expr, data_type: DataType::Interval { fields, precision }, .. } => first([(
            fields.is_some() || precision.is_some() || !is_quoted(expr),
            "不能换算成时长：只有引号里的文字可以，请写 interval '30 days'；几天请写 天数 * interval '1 day'",
        )]),
        Expr::Cast { kind: _, expr: _, data_type, array, format } => first([
            (*array, "不支持换算成数组：ARRAY"),
            (format.is_some(), "不支持 CAST … FORMAT：请用 to_char 或 to_date"),
        ])
        .or_else(|| if is_cut(data_type) { None } else { in_type(data_type) }),
        Expr::TypedString(TypedString { data_type, value: _, uses_odbc_syntax: _ }) => {
            in_type(data_type)
        }
        Expr::Like { negated: _, any, expr: _, pattern, escape_char }
        | Expr::ILike { negated: _, any, expr: _, pattern, escape_char } => first([
            (*any, "不支持这样的 LIKE ANY：请写 列 like any (array['甲%', '乙%'])，或用 or 连接几个 like"),
            (
                behind_all(pattern).is_some(),
                "不支持这样的 LIKE ALL：请写 列 like all (array['甲%', '乙%'])，或用 and 连接几个 like",
            ),
            (
                escape_char.as_ref().is_some_and(|escape| !is_backslash(escape)),
                r"LIKE 的 ESCAPE 只能是 '\'",
            ),
            (ends_escaping(pattern), r"LIKE 的文字不能以一个 \ 结束：反斜杠本身请写 \\"),
        ]),
        // Planned as a regular expression that need not cover the whole text.
        Expr::SimilarTo { .. } => Some("不支持 SIMILAR TO：请用 like 或 regexp_like(…)".to_owned()),
        Expr::RLike { .. } => Some("不支持 RLIKE、REGEXP：请用 regexp_like(…)".to_owned()),
        Expr::Value(ValueWithSpan { value: Value::HexStringLiteral(_), span }) => {
            let (line, column) = (span.start.line, span.start.column);
            Some(format!("第 {line} 行第 {column} 列：不支持十六进制的值：整数请写十进制，例如 31"))
        }
        Expr::Interval(Interval { value, .. }) if !is_quoted(value) => Some(
            "INTERVAL 后面的时长要写在引号里：例如 interval '1 month'；几个月请写 月数 * interval '1 month'"
                .to_owned(),
        ),
        Expr::Interval(Interval {
            value: _,
            leading_field: _,
            leading_precision,
            last_field,
            fractional_seconds_precision,
        }) => first([(
            leading_precision.is_some()
                || last_field.is_some()
                || fractional_seconds_precision.is_some(),
            "INTERVAL 只能带一个单位，不能带精度：例如 interval '3 days'",
        )]),
        // Of several, the planner reads the first.
        Expr::Trim { trim_where: _, trim_what: _, expr: _, trim_characters } => first([(
            trim_characters.as_ref().is_some_and(|characters| characters.len() > 1),
            "TRIM 只能带一组要去掉的字：请合写成一段文字",
        )]),
        Expr::Ceil { expr: _, field } | Expr::Floor { expr: _, field } => first([(
            !matches!(field, CeilFloorKind::DateTimeField(DateTimeField::NoDateTime)),
            "CEIL、FLOOR 只能取整：数值请用 round 或 trunc，时间请用 date_trunc",
        )]),
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } if is_of_time(expr) => {
            Some("interval、timestamp 前面不能写正号：请删去 +".to_owned())
        }
        Expr::UnaryOp { op, expr: _ } => match op {
            UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not => None,
            other => Some(format!("不支持运算符 {other}")),
        },
        Expr::Array(array) if !array.named => {
            Some("名称不能写在 [ ] 里：请删去方括号；数组请写 array[…]".to_owned())
        }
        Expr::Array(array) if array.elem.iter().any(is_array) => Some(NESTED.to_owned()),
        Expr::Collate { .. } => Some("不支持 COLLATE：请删去".to_owned()),
        Expr::IsNormalized { .. } => Some("不支持 IS NORMALIZED".to_owned()),
        Expr::InUnnest { .. } => Some("不支持 IN UNNEST：请写 = any(…)".to_owned()),
        Expr::Convert { .. } => Some("不支持 CONVERT：请用 cast".to_owned()),
        Expr::MatchAgainst { .. } => Some("不支持 MATCH … AGAINST：请用 like".to_owned()),
        Expr::MemberOf(_) => Some("不支持 MEMBER OF".to_owned()),
        Expr::OuterJoin(_) => Some("不支持 (+) 写法：请改写成 left join … on …".to_owned()),
        Expr::Prior(_) => Some("不支持 PRIOR：逐级的关系请一级一级写成 left join".to_owned()),
        Expr::Lambda(_) => Some("不支持匿名函数".to_owned()),
        Expr::JsonAccess { .. } => Some("不支持 JSON 路径".to_owned()),
        Expr::Prefixed { prefix, value: _ } => Some(format!("不支持文字前的 {prefix}：请删去")),
        Expr::Dictionary(_) | Expr::Map(_) => Some("不支持字典值".to_owned()),
        // Used as they are written.
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { expr: _, list: _, negated: _ }
        | Expr::InSubquery { expr: _, subquery: _, negated: _ }
        | Expr::Between { expr: _, negated: _, low: _, high: _ }
        | Expr::BinaryOp { left: _, op: _, right: _ }
        | Expr::AnyOp { left: _, compare_op: _, right: _, is_some: _ }
        | Expr::AllOp { left: _, compare_op: _, right: _ }
        | Expr::AtTimeZone { timestamp: _, time_zone: _ }
        | Expr::Extract { field: _, syntax: _, expr: _ }
        | Expr::Position { expr: _, r#in: _ }
        | Expr::Substring {
            expr: _,
            substring_from: _,
            substring_for: _,
            special: _,
            shorthand: _,
        }
        | Expr::Overlay { expr: _, overlay_what: _, overlay_from: _, overlay_for: _ }
        | Expr::Nested(_)
        | Expr::Value(_)
        | Expr::Case { case_token: _, end_token: _, operand: _, conditions: _, else_result: _ }
        | Expr::Exists { subquery: _, negated: _ }
        | Expr::Subquery(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_)
        | Expr::Tuple(_)
        | Expr::Struct { values: _, fields: _ }
        | Expr::Named { expr: _, name: _ }
        | Expr::Array(_)
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(..) => None,
    }
}

/// Letters of a list of rows once it is taken apart.
const PAIRS: usize = 60_000;

fn compares(op: &BinaryOperator) -> bool {
    is_order(op) || matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq)
}

fn is_comparison(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op, .. } if compares(op))
}

fn is_order(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Gt, GtEq, Lt, LtEq};
    matches!(op, Lt | LtEq | Gt | GtEq)
}

/// `cast(no as varchar(3))`: the dialect cuts the text.
fn is_cut(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Varchar(Some(CharacterLength::IntegerLength { length: _, unit: None }))
    )
}

/// `id`, `account.id`, `public.account.id`.
fn is_of_a_table(parts: &[Ident]) -> bool {
    match parts {
        [schema, _, _] => schema.value.eq_ignore_ascii_case("public"),
        _ => parts.len() < 3,
    }
}

fn is_backslash(escape: &ValueWithSpan) -> bool {
    matches!(&escape.value, Value::SingleQuotedString(letter) if letter == "\\")
}

/// True for a pattern whose last letter escapes nothing: an error in PostgreSQL once a text comes that far.
fn ends_escaping(pattern: &Expr) -> bool {
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(pattern), .. }) = pattern
    else {
        return false;
    };
    pattern.chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 1
}

/// True for a length of time or a moment, as far as the words tell.
fn is_of_time(value: &Expr) -> bool {
    match value {
        Expr::Nested(inside) => is_of_time(inside),
        Expr::Interval(_) => true,
        Expr::Cast { data_type, .. } | Expr::TypedString(TypedString { data_type, .. }) => {
            matches!(data_type, DataType::Interval { .. } | DataType::Timestamp(..))
        }
        _ => false,
    }
}

/// `array[1]`, `(array[1])`, `array[]::int[]`.
fn is_array(value: &Expr) -> bool {
    match value {
        Expr::Nested(inside) | Expr::Cast { expr: inside, .. } => is_array(inside),
        other => matches!(other, Expr::Array(_)),
    }
}

fn is_quoted(value: &Expr) -> bool {
    matches!(value, Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }))
}

fn holds_decimals(info: ExactNumberInfo) -> bool {
    match info {
        ExactNumberInfo::None => true,
        ExactNumberInfo::Precision(digits) => (1..=38).contains(&digits),
        ExactNumberInfo::PrecisionAndScale(digits, decimals) => {
            (1..=38).contains(&digits) && (0..=38).contains(&decimals)
        }
    }
}

fn is_of_regex(function: &Function) -> bool {
    matches!(function.name.0.as_slice(), [name]
        if name.as_ident().is_some_and(|name| asks(&name.value.to_ascii_lowercase()).is_some()))
}

/// `[1]`, `[1:3]`: a place that is counted from the first.
fn is_from_one(access: &AccessExpr) -> bool {
    let placed = |place: &Expr| {
        matches!(place, Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. })
            if digits.parse::<u32>().is_ok_and(|place| place > 0))
    };
    match access {
        AccessExpr::Subscript(Subscript::Index { index }) => placed(index),
        // A stride is DataFusion's.
        AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
            stride.is_none() && [lower_bound, upper_bound].into_iter().flatten().all(placed)
        }
        AccessExpr::Dot(_) => true,
    }
}

/// True for what may stand in a row of values that is compared with many.
fn is_plain(value: &Expr) -> bool {
    match value {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) => true,
        Expr::Nested(inside) | Expr::Cast { expr: inside, .. } => is_plain(inside),
        _ => false,
    }
}

/// Types whose length is dropped, and floats of 32 bits, which are added up as such in PostgreSQL and not here.
fn in_type(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info)
            if !holds_decimals(*info) =>
        {
            Some("小数最多 38 位，小数位数从 0 到 38：请写 decimal(18, 2)".to_owned())
        }
        DataType::Bytea
        | DataType::Blob(_)
        | DataType::Binary(_)
        | DataType::Varbinary(_)
        | DataType::Bytes(_) => {
            Some("不支持字节类型 bytea：文字请写 text，不用换算".to_owned())
        }
        DataType::String(_) => Some("没有类型 string：文字请写 text".to_owned()),
        DataType::Varchar(Some(_)) => {
            Some("类型 VARCHAR 不能限定长度：请写 varchar，要截短请用 left(文字, 字数)".to_owned())
        }
        DataType::Timestamp(Some(..6), _) | DataType::Time(Some(..6), _) => Some(
            "时间类型不能限定小数位数：请写 timestamp，到秒请用 date_trunc('second', …)".to_owned(),
        ),
        DataType::Char(_) => {
            Some("不支持类型 CHAR：请写 varchar，要截短请用 left(文字, 字数)".to_owned())
        }
        DataType::TinyInt(Some(_))
        | DataType::SmallInt(Some(_))
        | DataType::Int2(Some(_))
        | DataType::Int(Some(_))
        | DataType::Integer(Some(_))
        | DataType::Int4(Some(_))
        | DataType::BigInt(Some(_))
        | DataType::Int8(Some(_))
        | DataType::TinyIntUnsigned(Some(_))
        | DataType::SmallIntUnsigned(Some(_))
        | DataType::Int2Unsigned(Some(_))
        | DataType::IntUnsigned(Some(_))
        | DataType::IntegerUnsigned(Some(_))
        | DataType::Int4Unsigned(Some(_))
        | DataType::BigIntUnsigned(Some(_))
        | DataType::Int8Unsigned(Some(_)) => {
            Some("整数类型不能限定长度：请写 int 或 bigint".to_owned())
        }
        DataType::Real
        | DataType::Float4
        | DataType::Float(
            ExactNumberInfo::Precision(..25) | ExactNumberInfo::PrecisionAndScale(..),
        ) => Some(
            "不支持只有六位有效数字的类型 real：金额和水量请写 decimal(18, 2)，比率请写 double precision".to_owned(),
        ),
        DataType::Array(
            ArrayElemTypeDef::AngleBracket(element)
            | ArrayElemTypeDef::SquareBracket(element, _)
            | ArrayElemTypeDef::Parenthesis(element),
        ) => match **element {
            DataType::Array(_) => Some(NESTED.to_owned()),
            // As many decimals as come is for each value to say, and not for all.
            DataType::Numeric(ExactNumberInfo::None)
            | DataType::Decimal(ExactNumberInfo::None)
            | DataType::Dec(ExactNumberInfo::None) => {
                Some("小数位数不定：数组请写明位数，例如 numeric(18, 2)[]".to_owned())
            }
            _ => in_type(element),
        },
        // What is used in full, or refused by the planner.
        _ => None,
    }
}
