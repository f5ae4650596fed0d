//! `generate_series` in FROM, over whole numbers or days that are written out: the rows that it tells, as VALUES. What
//! is not written out, or tells too many rows, stays a call, which the guard refuses.

use chrono::{Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use datafusion::sql::sqlparser::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, Ident, Interval, TableAlias, TableAliasColumnDef,
    TableFactor, TableFunctionArgs, TimezoneInfo, TypedString, UnaryOperator, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::lengths::{self, Length};

const NAME: &str = "generate_series";
/// Rows of a series.
const ROWS: usize = 2_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// The rows of a call in the place of the call; none where it is no series that is written out.
pub(super) fn written_out(factor: &TableFactor) -> Option<TableFactor> {
    let TableFactor::Table {
        name,
        alias,
        args: Some(TableFunctionArgs { args, settings: None }),
        with_ordinality: false,
        sample: None,
        ..
    } = factor
    else {
        return None;
    };
    let [part] = name.0.as_slice() else { return None };
    if !part.as_ident()?.value.eq_ignore_ascii_case(NAME) {
        return None;
    }
    let args = args.iter().map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => said(value),
        _ => None,
    });
    let rows = rows(&args.collect::<Option<Vec<_>>>()?)?;
    let subquery =
        Parser::new(&PostgreSqlDialect {}).try_with_sql(&rows).ok()?.parse_query().ok()?;
    Some(TableFactor::Derived {
        lateral: false,
        subquery,
        alias: Some(named(alias.as_ref())),
        sample: None,
    })
}

/// The column is called as the table where it has no name of its own.
fn named(alias: Option<&TableAlias>) -> TableAlias {
    let mut alias = alias.cloned().unwrap_or_else(|| TableAlias {
        explicit: true,
        name: Ident::new(NAME),
        columns: Vec::new(),
        at: None,
    });
    if alias.columns.is_empty() {
        let name = alias.name.clone();
        alias.columns.push(TableAliasColumnDef { name, data_type: None });
    }
    alias
}

/// What an argument says.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    Whole(i64),
    Time(Clock, NaiveDateTime),
    Length(Length),
    /// In quotes: what it is, the others tell.
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Day,
    Wall,
    Zoned,
}

fn said(value: &Expr) -> Option<Said> {
    Some(match value {
        Expr::Nested(inside) => said(inside)?,
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => said(expr)?,
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match said(expr)? {
            Said::Whole(number) => Said::Whole(-number),
            _ => return None,
        },
        Expr::Value(ValueWithSpan { value: Value::Number(digits, false), .. }) => {
            Said::Whole(digits.parse().ok()?)
        }
        Expr::Value(value) => Said::Text(text(&value.value)?.to_owned()),
        Expr::TypedString(TypedString { data_type, value, .. }) => {
            time(data_type, text(&value.value)?)?
        }
        Expr::Cast { expr, data_type, .. } => match (said(expr)?, data_type) {
            (Said::Text(text), DataType::Interval { .. }) => Said::Length(lengths::read(&text)?),
            (Said::Text(text), kind) => time(kind, &text)?,
            _ => return None,
        },
        Expr::Interval(Interval { value, leading_field, last_field: None, .. }) => {
            let Expr::Value(value) = value.as_ref() else { return None };
            let unit = leading_field.as_ref().map_or_else(String::new, ToString::to_string);
            Said::Length(lengths::read(&format!("{} {unit}", text(&value.value)?))?)
        }
        _ => return None,
    })
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}

fn time(kind: &DataType, text: &str) -> Option<Said> {
    let clock = match kind {
        DataType::Date => Clock::Day,
        DataType::Timestamp(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            Clock::Wall
        }
        DataType::Timestamp(None, _) => Clock::Zoned,
        _ => return None,
    };
    let at = moment(text)?;
    let day = clock == Clock::Day;
    Some(Said::Time(clock, if day { at.date().and_time(NaiveTime::MIN) } else { at }))
}

fn moment(text: &str) -> Option<NaiveDateTime> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    day.or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
        .ok()
}

/// A query of the rows; none where they are too many, or the call means nothing.
fn rows(args: &[Said]) -> Option<String> {
    match args {
        [Said::Whole(first), Said::Whole(last)] => wholes(*first, *last, 1),
        [Said::Whole(first), Said::Whole(last), Said::Whole(step)] => wholes(*first, *last, *step),
        [Said::Time(clock, first), last, step] => {
            let (other, last) = match last {
                Said::Time(other, last) => (*other, *last),
                Said::Text(text) => (*clock, moment(text)?),
                _ => return None,
            };
            let step = match step {
                Said::Length(step) => *step,
                Said::Text(text) => lengths::read(text)?,
                _ => return None,
            };
            let clocks = [*clock, other];
            let zoned = clocks.contains(&Clock::Zoned) || !clocks.contains(&Clock::Wall);
            times(*first, last, step, if zoned { "timestamptz" } else { "timestamp" })
        }
        _ => None,
    }
}

fn wholes(first: i64, last: i64, step: i64) -> Option<String> {
    let short = [first, last, step].iter().all(|number| i32::try_from(*number).is_ok());
    let kind = if short { "int" } else { "bigint" };
    let next = |at: &i64| at.checked_add(step);
    let all = all(Some(first), next, |at| if step > 0 { *at <= last } else { *at >= last });
    values(all.filter(|_| step != 0)?.into_iter().map(|at| format!("cast({at} as {kind})")), kind)
}

fn times(first: NaiveDateTime, last: NaiveDateTime, step: Length, kind: &str) -> Option<String> {
    // As PostgreSQL compares an interval with none.
    let days = i128::from(step.months) * 30 + i128::from(step.days);
    let forward = days * i128::from(DAY_MICROS) + i128::from(step.micros);
    if forward == 0 {
        return None;
    }
    let all = all(
        Some(first),
        |at| after(*at, step),
        |at| {
            if forward > 0 { *at <= last } else { *at >= last }
        },
    );
    values(
        all?.into_iter().map(|at| format!("{kind} '{}'", at.format("%Y-%m-%d %H:%M:%S%.6f"))),
        kind,
    )
}

fn after(at: NaiveDateTime, step: Length) -> Option<NaiveDateTime> {
    let months = Months::new(step.months.unsigned_abs());
    let at = if step.months < 0 {
        at.checked_sub_months(months)?
    } else {
        at.checked_add_months(months)?
    };
    let at = at.checked_add_signed(TimeDelta::days(step.days.into()))?;
    at.checked_add_signed(TimeDelta::microseconds(step.micros))
}

/// All that follow one another within; none where they are too many.
fn all<T>(
    first: Option<T>,
    next: impl Fn(&T) -> Option<T>,
    within: impl Fn(&T) -> bool,
) -> Option<Vec<T>> {
    let all: Vec<T> =
        std::iter::successors(first, next).take_while(within).take(ROWS + 1).collect();
    (all.len() <= ROWS).then_some(all)
}

fn values(items: impl Iterator<Item = String>, kind: &str) -> Option<String> {
    let rows: Vec<String> = items.map(|item| format!("({item})")).collect();
    Some(match &rows[..] {
        [] => format!("select cast(null as {kind}) where false"),
        rows => format!("values {}", rows.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> Option<String> {
        let parsed = Parser::new(&PostgreSqlDialect {}).try_with_sql(sql);
        written_out(&parsed.unwrap().parse_table_factor().unwrap()).map(|rows| rows.to_string())
    }

    /// As PostgreSQL 15 told them.
    #[test]
    fn a_series_is_its_rows() {
        for (call, want) in [
            (
                "generate_series(1, 2)",
                "(VALUES (CAST(1 AS INT)), (CAST(2 AS INT))) AS generate_series (generate_series)",
            ),
            ("generate_series(2, 1) as n", "(SELECT CAST(NULL AS INT) WHERE false) AS n (n)"),
            (
                "generate_series(3, 1, -2) x (n)",
                "(VALUES (CAST(3 AS INT)), (CAST(1 AS INT))) x (n)",
            ),
            (
                "generate_series(date '2026-01-31', date '2026-03-28', interval '1 month') as g",
                "(VALUES (TIMESTAMPTZ '2026-01-31 00:00:00.000000'), (TIMESTAMPTZ '2026-02-28 00:00:00.000000'), (TIMESTAMPTZ '2026-03-28 00:00:00.000000')) AS g (g)",
            ),
            (
                "generate_series('2026-01-01'::timestamp, '2026-01-01 12:00', '12 hours') as g (t)",
                "(VALUES (TIMESTAMP '2026-01-01 00:00:00.000000'), (TIMESTAMP '2026-01-01 12:00:00.000000')) AS g (t)",
            ),
        ] {
            assert_eq!(told(call).as_deref(), Some(want), "{call}");
        }
        for call in [
            "generate_series(1, 2001)",
            "generate_series(1, 3, 0)",
            "generate_series(1.5, 3)",
            "generate_series(1, n)",
            "generate_series('2026-01-01', '2026-01-02', '1 day')",
            "generate_series(date '2026-01-01', date '2026-01-02', interval '0 days')",
            "generate_series(date '2026-01-01', date '2026-01-02')",
            "other(1, 2)",
        ] {
            assert_eq!(told(call), None, "{call}");
        }
    }
}
