//! `(values ('2026-11-01'), (date '2026-11-02'))`: a text in quotes is read as what its column holds. Numbers DataFusion
//! brings together itself.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, SetExpr, TimezoneInfo, TypedString, Value, ValueWithSpan,
};

use super::tree::cast;

/// Reads the texts in the VALUES of a query, where all else in their column is of one type by its words.
pub(super) fn read(body: &mut SetExpr) {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            read(left);
            read(right);
        }
        SetExpr::Values(values) => {
            let width = values.rows.first().map_or(0, |row| row.content.len());
            for at in 0..width {
                let column = values.rows.iter().filter_map(|row| row.content.get(at));
                let Some(kind) = of_column(column) else { continue };
                for value in values.rows.iter_mut().filter_map(|row| row.content.get_mut(at)) {
                    if is_text(value) {
                        *value = cast(&CastKind::Cast, bare(value).clone(), kind.clone());
                    }
                }
            }
        }
        _ => {}
    }
}

/// The one type of what is neither a text nor NULL.
fn of_column<'a>(values: impl Iterator<Item = &'a Expr>) -> Option<DataType> {
    let mut found = None;
    for value in values {
        if is_text(value) || matches!(written(value), Some(Value::Null)) {
            continue;
        }
        let own = kind(value)?;
        if found.as_ref().is_some_and(|found| *found != own) {
            return None;
        }
        found = Some(own);
    }
    found
}

fn kind(value: &Expr) -> Option<DataType> {
    match bare(value) {
        Expr::Value(ValueWithSpan { value: Value::Boolean(_), .. }) => Some(DataType::Boolean),
        Expr::Interval(_) => Some(DataType::Interval { fields: None, precision: None }),
        Expr::Cast { data_type, .. } | Expr::TypedString(TypedString { data_type, .. }) => {
            plain(data_type)
        }
        Expr::Function(function) => {
            let zone = match function.name.to_string().to_lowercase().as_str() {
                "current_date" => return Some(DataType::Date),
                "now" | "current_timestamp" => TimezoneInfo::Tz,
                "localtimestamp" => TimezoneInfo::None,
                _ => return None,
            };
            Some(DataType::Timestamp(None, zone))
        }
        _ => None,
    }
}

/// A type under one name, however it is spelled; none for texts and numbers.
fn plain(kind: &DataType) -> Option<DataType> {
    use TimezoneInfo::{Tz, WithTimeZone};
    Some(match kind {
        DataType::Date => DataType::Date,
        DataType::Timestamp(None, Tz | WithTimeZone) => DataType::Timestamp(None, Tz),
        DataType::Timestamp(None, _) => DataType::Timestamp(None, TimezoneInfo::None),
        DataType::Time(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            DataType::Time(None, TimezoneInfo::None)
        }
        DataType::Boolean | DataType::Bool => DataType::Boolean,
        DataType::Interval { .. } => DataType::Interval { fields: None, precision: None },
        _ => return None,
    })
}

/// What a value is by its words, within its parentheses.
pub(super) fn written(value: &Expr) -> Option<&Value> {
    match bare(value) {
        Expr::Value(written) => Some(&written.value),
        _ => None,
    }
}

/// True for a text in quotes, of whatever kind.
pub(super) fn is_text(value: &Expr) -> bool {
    use Value::{DollarQuotedString, EscapedStringLiteral, SingleQuotedString};
    matches!(
        written(value),
        Some(SingleQuotedString(_) | EscapedStringLiteral(_) | DollarQuotedString(_))
    )
}

pub(super) fn bare(value: &Expr) -> &Expr {
    match value {
        Expr::Nested(inside) => bare(inside),
        other => other,
    }
}
