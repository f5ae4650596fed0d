//! What PostgreSQL calls an item of a SELECT that nobody gave a name: its `FigureColname`, of version 15.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, ArrayElemTypeDef, DataType, Expr, Ident, ObjectName, Query, Select, SelectItem,
    SetExpr, TimezoneInfo, TrimWhereField, TypedString,
};

/// The name of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// By which it can be referred to.
    Of(String),
    /// PostgreSQL writes `?column?`.
    None,
    /// That of the first column of a `*`, which the words do not tell.
    Unknown,
}

/// A name as it is compared: without quotes its capitals say nothing.
pub(crate) fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_ascii_lowercase(),
    }
}

/// The name of an unnamed item.
pub(super) fn name(expr: &Expr) -> Name {
    figured(expr).0
}

/// The name of a plain column, in parentheses or not.
pub(super) fn plain(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(folded(name)),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded),
        Expr::Nested(inside) => plain(inside),
        _ => None,
    }
}

/// The name of an item; none for a star.
pub(super) fn of_item(item: &SelectItem) -> Option<Name> {
    match item {
        SelectItem::UnnamedExpr(expr) => Some(name(expr)),
        SelectItem::ExprWithAlias { alias, .. } => Some(Name::Of(folded(alias))),
        _ => None,
    }
}

/// The SELECT that names the columns of a query: of a union, the first.
pub(super) fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

/// A name, and whether it is better than that of a type or of CASE around it.
fn figured(expr: &Expr) -> (Name, bool) {
    let good = |name: &str| (Name::Of(name.to_owned()), true);
    let weak = |name: String| (Name::Of(name), false);
    match expr {
        Expr::Identifier(name) => good(&folded(name)),
        Expr::CompoundIdentifier(parts) => {
            parts.last().map_or(NAMELESS, |name| good(&folded(name)))
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(field) => plain(field),
                AccessExpr::Subscript(_) => None,
            });
            field.map_or_else(|| figured(root), |field| good(&field))
        }
        Expr::Nested(inside) => figured(inside),
        Expr::Collate { expr, .. } => figured(expr),
        Expr::Function(function) => good(&last(&function.name)),
        Expr::Cast { expr, data_type, .. } => match figured(expr) {
            (name, true) => (name, true),
            _ => weak(of_type(data_type)),
        },
        Expr::TypedString(TypedString { data_type, .. }) => weak(of_type(data_type)),
        Expr::Interval(_) => weak("interval".to_owned()),
        Expr::Case { else_result, .. } => match else_result.as_deref().map(figured) {
            Some((name, true)) => (name, true),
            _ => weak("case".to_owned()),
        },
        Expr::Subquery(query) => (of_first_column(query), true),
        Expr::Exists { negated: false, .. } => good("exists"),
        Expr::Array(_) => good("array"),
        Expr::Tuple(_) => good("row"),
        Expr::Extract { .. } => good("extract"),
        Expr::Position { .. } => good("position"),
        Expr::Substring { shorthand: true, .. } => good("substr"),
        Expr::Substring { shorthand: false, .. } => good("substring"),
        Expr::Overlay { .. } => good("overlay"),
        Expr::Ceil { .. } => good("ceil"),
        Expr::Floor { .. } => good("floor"),
        Expr::AtTimeZone { .. } => good("timezone"),
        Expr::Trim { trim_where, .. } => good(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        _ => NAMELESS,
    }
}

const NAMELESS: (Name, bool) = (Name::None, false);

fn last(name: &ObjectName) -> String {
    let part = name.0.last().and_then(|part| part.as_ident());
    part.map_or_else(|| name.to_string(), folded)
}

/// A subquery that stands for a value is called after its only column.
fn of_first_column(query: &Query) -> Name {
    match query.body.as_ref() {
        SetExpr::Values(_) => Name::Of("column1".to_owned()),
        body => first_select(body)
            .and_then(|select| select.projection.first())
            .and_then(of_item)
            .unwrap_or(Name::Unknown),
    }
}

/// What PostgreSQL calls a type among its own.
fn of_type(data_type: &DataType) -> String {
    let known = match data_type {
        DataType::SmallInt(_) | DataType::Int2(_) => "int2",
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "int4",
        DataType::BigInt(_) | DataType::Int8(_) => "int8",
        DataType::Real | DataType::Float4 => "float4",
        DataType::Float(_) | DataType::Float8 | DataType::Double(_) | DataType::DoublePrecision => {
            "float8"
        }
        DataType::Numeric(_) | DataType::Decimal(_) | DataType::Dec(_) => "numeric",
        DataType::Varchar(_) | DataType::CharacterVarying(_) => "varchar",
        DataType::Char(_) | DataType::Character(_) => "bpchar",
        DataType::Bool | DataType::Boolean => "bool",
        DataType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => "timestamptz",
        DataType::Timestamp(..) => "timestamp",
        DataType::Time(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => "timetz",
        DataType::Time(..) => "time",
        DataType::Interval { .. } => "interval",
        DataType::Array(
            ArrayElemTypeDef::AngleBracket(element)
            | ArrayElemTypeDef::SquareBracket(element, _)
            | ArrayElemTypeDef::Parenthesis(element),
        ) => return of_type(element),
        other => return other.to_string().to_ascii_lowercase(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    /// As PostgreSQL 15 told them.
    #[test]
    fn unnamed_items_have_postgresqls_names() {
        for (item, want) in [
            ("id::text", "id"),
            ("cast(id as int)", "id"),
            ("case when id > 1 then 5 else id end", "id"),
            ("case when id > 1 then 5 end", "case"),
            ("case when true then 1 else id::int end", "id"),
            ("(select name from town limit 1)", "name"),
            ("(select max(id) from town)", "max"),
            ("(select 1)::int", "?column?"),
            ("(select 1)", "?column?"),
            ("coalesce(id, 1)", "coalesce"),
            ("nullif(id, 1)", "nullif"),
            ("(array_agg(id) over ())[1]", "array_agg"),
            ("array[1, 2]", "array"),
            ("(1, 2)", "row"),
            ("true", "?column?"),
            ("-id", "?column?"),
            ("-id::int", "?column?"),
            ("((ID))::text", "id"),
            ("exists (select 1)", "exists"),
            ("not exists (select 1)", "?column?"),
            ("extract(year from now())::int", "extract"),
            ("position('a' in 'b')", "position"),
            ("substring('abc' from 2)", "substring"),
            ("substr('abc', 2)", "substr"),
            ("trim('a')", "btrim"),
            ("trim(leading 'a' from 'b')", "ltrim"),
            ("now() at time zone 'UTC'", "timezone"),
            ("date '2026-11-01'", "date"),
            ("interval '1 day'", "interval"),
            ("timestamptz '2026-11-01'", "timestamptz"),
            ("current_date", "current_date"),
            ("1::real", "float4"),
            ("1::double precision", "float8"),
            ("'a'::varchar(3)", "varchar"),
            ("1::bigint", "int8"),
            ("1::dec(5, 2)", "numeric"),
            ("'{1}'::int[]", "int4"),
            ("date '2026-11-01'::text", "text"),
            ("1 + 1", "?column?"),
            ("id between 1 and 2", "?column?"),
            ("ceil(1.5)", "ceil"),
            ("count(*) over ()", "count"),
            ("\"Upper\"('x')", "Upper"),
            ("COALESCE(1, 2)", "coalesce"),
        ] {
            let parsed =
                Parser::new(&PostgreSqlDialect {}).try_with_sql(item).unwrap().parse_expr();
            let said = match name(&parsed.unwrap()) {
                Name::Of(name) => name,
                _ => "?column?".to_owned(),
            };
            assert_eq!(said, want, "{item}");
        }
    }
}
