//! What a SELECT has in sight: the columns of its FROM, under their tables, as PostgreSQL joins them.

use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Expr, Ident, JoinConstraint, JoinOperator, ObjectName, SelectItem,
    SelectItemQualifiedWildcardKind, TableAlias, WildcardAdditionalOptions,
};

use super::implicit::{self, Name, folded};
use super::titles::MARK;

/// A column that a name may mean.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) name: String,
    /// Its table as it is referred to, with a schema where that is written and nothing else is said.
    pub(super) table: Vec<String>,
    /// USING has made one column of this and another, which stands for both: only after its table it is seen.
    pub(super) hidden: bool,
}

impl Seen {
    /// The name of its table without a schema.
    pub(super) fn of(&self) -> &str {
        self.table.last().map_or("", String::as_str)
    }

    /// The column after its table, where the words stand that were written for it.
    pub(super) fn written(&self, place: &Ident) -> Expr {
        let part = |text: &String| Ident { span: place.span, ..ident(text) };
        Expr::CompoundIdentifier(self.table.iter().chain([&self.name]).map(part).collect())
    }
}

/// The columns in sight of a SELECT.
pub(super) type Scope = Vec<Seen>;

/// A column of a query, as those see it who select from it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// None where nobody can refer to it.
    pub(super) name: Option<String>,
    /// What it is, in words; two of one name may be the same.
    pub(super) meaning: String,
    /// It comes out of a star.
    pub(super) starred: bool,
}

/// What PostgreSQL calls a column without a name; here nobody can refer to it.
pub(super) const UNSEEN: &str = "?column?";
/// The planner makes a cross join of one, which keeps no row where the other side has none.
const NATURAL: &str =
    "NATURAL LEFT JOIN 的两边没有同名的列：请写明 on …；确实要所有组合请写 left join … on true";
const TWICE: &str = "子查询里有几列都叫这个名字，或这一列没有起名：请用 as 各起一个名字";

/// A name as it is, in quotes where it would be folded.
pub(super) fn ident(text: &str) -> Ident {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Ident::with_quote('"', text),
        false => Ident::new(text),
    }
}

/// What is said of a name that several columns have.
pub(super) fn unclear(name: &str, found: &[&Seen]) -> String {
    let tables: Vec<&str> = found.iter().map(|seen| seen.of()).collect();
    match tables.split_first() {
        Some((first, others)) if others.contains(first) => format!("列“{name}”不清楚：{TWICE}"),
        found => {
            let table = found.map_or("表名", |(first, _)| first);
            format!("列“{name}”在几张表里都有，请写明是哪张表的，例如 {table}.{name}")
        }
    }
}

/// Refuses a list that has more columns than there are values looked for in it.
pub(super) fn fits(alias: &TableAlias, columns: usize) -> Result<(), String> {
    let values = alias.columns.len();
    if alias.name.value.starts_with(MARK) && values > 0 && values < columns {
        return Err(format!("in 左边有 {values} 个值，子查询却有 {columns} 列：请只写要比较的列"));
    }
    Ok(())
}

/// The columns of a table or a subquery under the name that it has here.
pub(super) fn under(
    columns: Vec<String>,
    table: Vec<String>,
    alias: Option<&TableAlias>,
) -> Result<Scope, String> {
    let given: Vec<String> =
        alias.iter().flat_map(|alias| &alias.columns).map(|column| folded(&column.name)).collect();
    if given.len() > columns.len() {
        let name = alias.map(|alias| folded(&alias.name)).unwrap_or_default();
        return Err(format!("“{name}”后面的列名多于它的列：它有 {} 列", columns.len()));
    }
    let kept = columns.into_iter().skip(given.len());
    let table = alias.map_or(table, |alias| vec![folded(&alias.name)]);
    let seen = |name| Seen { name, table: table.clone(), hidden: false };
    Ok(given.iter().cloned().chain(kept).map(seen).collect())
}

/// Both sides of a join.
pub(super) fn joined(
    mut left: Scope,
    mut right: Scope,
    operator: &JoinOperator,
) -> Result<Scope, String> {
    let shared: Vec<String> = match constraint(operator) {
        Some(JoinConstraint::Using(columns)) => {
            columns.iter().filter_map(|column| column.0.last()?.as_ident().map(folded)).collect()
        }
        Some(JoinConstraint::Natural) => {
            let both =
                |seen: &&Seen| right.iter().any(|other| !other.hidden && other.name == seen.name);
            left.iter()
                .filter(|seen| !seen.hidden)
                .filter(both)
                .map(|seen| seen.name.clone())
                .collect()
        }
        _ => Vec::new(),
    };
    let is_outer = !matches!(operator, JoinOperator::Join(_) | JoinOperator::Inner(_));
    if matches!(constraint(operator), Some(JoinConstraint::Natural))
        && shared.is_empty()
        && is_outer
    {
        return Err(NATURAL.to_owned());
    }
    for name in &shared {
        for side in [&left, &right] {
            let found: Vec<&Seen> =
                side.iter().filter(|seen| !seen.hidden && seen.name == *name).collect();
            if found.len() > 1 || name == UNSEEN {
                return Err(unclear(name, &found));
            }
        }
    }
    for seen in right.iter_mut().filter(|seen| shared.contains(&seen.name)) {
        seen.hidden = true;
    }
    left.extend(right);
    Ok(left)
}

/// The condition of a join.
pub(super) fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

/// The columns that an item of a SELECT shows.
pub(super) fn shown(item: &SelectItem, scope: &Scope) -> Vec<Shown> {
    let all = |options: &WildcardAdditionalOptions, is_of: &dyn Fn(&Seen) -> bool| {
        let left_out = left_out(options);
        let of_star = |seen: &Seen| Shown {
            name: Some(seen.name.clone()),
            meaning: seen.written(&Ident::new("")).to_string(),
            starred: true,
        };
        let kept = |seen: &&Seen| is_of(seen) && !left_out.contains(&seen.name);
        scope.iter().filter(kept).map(of_star).collect()
    };
    match item {
        SelectItem::Wildcard(options) => all(options, &|seen| !seen.hidden),
        SelectItem::QualifiedWildcard(
            SelectItemQualifiedWildcardKind::ObjectName(table),
            options,
        ) => {
            let table = names(table);
            all(options, &|seen| Some(seen.of()) == table.last().map(String::as_str))
        }
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            let name = match implicit::of_item(item) {
                Some(Name::Of(name)) => Some(name),
                _ => None,
            };
            vec![Shown { name, meaning: expr.to_string(), starred: false }]
        }
        _ => Vec::new(),
    }
}

/// The names of the columns of a query, for who stands around it.
pub(super) fn names_of(columns: &[Shown]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone().unwrap_or_else(|| UNSEEN.to_owned())).collect()
}

/// The parts of a name.
pub(super) fn names(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident().map(folded)).collect()
}

/// The columns that `* except (…)` leaves out.
fn left_out(options: &WildcardAdditionalOptions) -> Vec<String> {
    let excluded = match &options.opt_exclude {
        Some(ExcludeSelectItem::Single(name)) => std::slice::from_ref(name),
        Some(ExcludeSelectItem::Multiple(names)) => names,
        None => &[],
    };
    let excepted = options
        .opt_except
        .iter()
        .flat_map(|list| std::iter::once(&list.first_element).chain(&list.additional_elements));
    excluded.iter().filter_map(|name| names(name).pop()).chain(excepted.map(folded)).collect()
}
