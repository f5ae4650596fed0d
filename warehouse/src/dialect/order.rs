//! `order by net`: PostgreSQL takes the name of an item where a name stands alone, in parentheses or not, and the
//! column of the table inside a larger expression. DataFusion takes the item both times, and knows it by its alias only;
//! beside DISTINCT it does not know an item again that is written out once more.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SetExpr, Value, ValueWithSpan, Visit, Visitor,
};

use super::implicit::{self, Name, folded};

const TWICE: &str = "有几列都叫这个名字，请用 as 另起一个名字，或按序号排序";

const ON_TWICE: &str = "distinct on 的算式在 select 里写了两次：请只写一次";

const NO_PLACE: &str = "distinct on 的序号在 select 里没有对应的列（* 不能按序号）：请写列名";

/// The names of the columns of a query, before any of them is renamed; none for a star.
pub(super) fn names(query: &Query) -> Vec<Option<Name>> {
    let Some(select) = implicit::first_select(&query.body) else { return Vec::new() };
    select.projection.iter().map(implicit::of_item).collect()
}

fn sorted(query: &Query) -> &[OrderByExpr] {
    match &query.order_by {
        Some(OrderBy { kind: OrderByKind::Expressions(keys), .. }) => keys,
        _ => &[],
    }
}

/// The names inside the larger expressions of ORDER BY and DISTINCT ON: they are columns of the tables.
pub(super) fn inside(query: &Query) -> Vec<String> {
    let SetExpr::Select(select) = query.body.as_ref() else { return Vec::new() };
    let mut inside = Inside(Vec::new());
    let on = match &select.distinct {
        Some(Distinct::On(keys)) => keys.as_slice(),
        _ => &[],
    };
    for key in sorted(query).iter().map(|key| &key.expr).chain(on) {
        if !matches!(bare(key), Expr::Identifier(_)) {
            // It never breaks off.
            let _ = key.visit(&mut inside);
        }
    }
    inside.0
}

/// Puts in place of the names that stand alone the items that they mean, once these have their names for planning.
///
/// # Errors
/// Several columns have the name, or it cannot be told which.
pub(super) fn settle(query: &mut Query, names: &[Option<Name>]) -> Result<(), String> {
    let Query { body, order_by, .. } = query;
    let Some(items) = implicit::first_select(body).map(|select| select.projection.clone()) else {
        return Ok(());
    };
    let is_distinct = matches!(body.as_ref(), SetExpr::Select(select)
        if matches!(select.distinct, Some(Distinct::Distinct)));
    let mut on = match body.as_mut() {
        SetExpr::Select(select) => match &mut select.distinct {
            Some(Distinct::On(keys)) => Some(keys),
            _ => None,
        },
        _ => None,
    };
    let is_on = on.is_some();
    let sorted = match order_by.as_mut().map(|order| &mut order.kind) {
        Some(OrderByKind::Expressions(keys)) => keys.as_mut_slice(),
        _ => &mut [],
    };
    let by_place = sorted.iter().any(|key| matches!(bare(&key.expr), Expr::Value(_)));
    for key in sorted.iter_mut().map(|key| &mut key.expr) {
        unwrap(key);
        let at = match &*key {
            Expr::Identifier(name) => match meant(name, names, &items)? {
                None if is_on => written_as(key, &items),
                at => at,
            },
            Expr::Value(_) => place(key, &items).filter(|_| is_on),
            written if is_distinct || is_on => written_as(written, &items),
            _ => None,
        };
        if let Some(at) = at {
            *key = standing_for(at, &items, is_on).unwrap_or_else(|| key.clone());
        }
    }
    // A key that is written as an item, where ORDER BY names that one by its place or its alias.
    let is_sorted_by = |at: usize| {
        let item = standing_for(at, &items, true);
        item.is_some_and(|item| sorted.iter().any(|by| by.expr == item))
    };
    let sorted_as_item = |key: &Expr| {
        (0..items.len()).find(|at| value(&items[*at]) == Some(key) && is_sorted_by(*at))
    };
    for key in on.iter_mut().flat_map(|keys| keys.iter_mut()) {
        unwrap(key);
        // PostgreSQL takes the first of them, and ORDER BY may name the other by its place.
        let is_key = |item: &&SelectItem| value(item) == Some(&*key);
        if by_place && items.iter().filter(is_key).count() > 1 {
            return Err(ON_TWICE.to_owned());
        }
        let at = match &*key {
            Expr::Identifier(name) => meant(name, names, &items)?,
            _ => place(key, &items).or_else(|| sorted_as_item(key)),
        };
        match at.and_then(|at| standing_for(at, &items, true)) {
            Some(item) => *key = item,
            // DataFusion would take the number for a value that all rows share.
            None if is_number(key) => return Err(NO_PLACE.to_owned()),
            None => {}
        }
    }
    // DataFusion wants the keys of DISTINCT ON once each, in the order in which ORDER BY names them.
    if let Some(on) = on {
        let mut places: HashMap<&Expr, usize> = HashMap::new();
        for (at, by) in sorted.iter().enumerate() {
            places.entry(&by.expr).or_insert(at);
        }
        on.sort_by_key(|key| places.get(key).copied().unwrap_or(usize::MAX));
        let mut seen = HashSet::new();
        on.retain(|key| seen.insert(key.clone()));
    }
    Ok(())
}

/// The item that is written as a key is.
fn written_as(key: &Expr, items: &[SelectItem]) -> Option<usize> {
    items.iter().position(|item| value(item) == Some(key))
}

fn is_number(key: &Expr) -> bool {
    matches!(key, Expr::Value(ValueWithSpan { value: Value::Number(..), .. }))
}

/// The item that a number tells the place of, counted from 0; none behind a star, which stands for many.
fn place(key: &Expr, items: &[SelectItem]) -> Option<usize> {
    let Expr::Value(ValueWithSpan { value: Value::Number(place, _), .. }) = key else {
        return None;
    };
    let at = place.parse::<usize>().ok()?.checked_sub(1)?;
    items.get(..=at)?.iter().all(|item| value(item).is_some()).then_some(at)
}

/// Takes the parentheses off the keys of GROUP BY: `(2)` is a place there too, and `(a, b)` are two keys.
pub(super) fn unwrap_groups(select: &mut Select) {
    if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
        *keys = mem::take(keys).into_iter().flat_map(listed).collect();
    }
}

/// The keys of a list in parentheses; a key by itself otherwise.
fn listed(mut key: Expr) -> Vec<Expr> {
    unwrap(&mut key);
    match key {
        Expr::Tuple(keys) => keys.into_iter().flat_map(listed).collect(),
        key => vec![key],
    }
}

/// The item that a name means; none where it is the column of a table.
fn meant(
    name: &Ident,
    names: &[Option<Name>],
    items: &[SelectItem],
) -> Result<Option<usize>, String> {
    let wanted = folded(name);
    let is_wanted = |found: &Option<Name>| matches!(found, Some(Name::Of(name)) if *name == wanted);
    let mut found = (0..names.len()).filter(|at| is_wanted(&names[*at]));
    let Some(first) = found.next() else {
        return match names.iter().any(|found| matches!(found, Some(Name::Unknown))) {
            true => Err("用作一个值的 (select * …) 没有列名：请写明列名".to_owned()),
            false => Ok(None),
        };
    };
    if found.any(|at| value(&items[at]) != value(&items[first])) {
        return Err(format!("order by 的“{wanted}”不清楚：{TWICE}"));
    }
    Ok(Some(first))
}

/// What stands for an item in a key: its place, or where there is a star or DISTINCT ON its name or itself.
fn standing_for(at: usize, items: &[SelectItem], is_on: bool) -> Option<Expr> {
    let is_star = |item: &SelectItem| value(item).is_none();
    if !is_on && !items.iter().any(is_star) {
        return Some(Expr::value(Value::Number((at + 1).to_string(), false)));
    }
    match items.get(at)? {
        SelectItem::ExprWithAlias { alias, .. } => {
            Some(Expr::Identifier(Ident::with_quote('"', folded(alias))))
        }
        SelectItem::UnnamedExpr(column) => Some(column.clone()),
        _ => None,
    }
}

fn value(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn bare(key: &Expr) -> &Expr {
    match key {
        Expr::Nested(inside) => bare(inside),
        other => other,
    }
}

fn unwrap(key: &mut Expr) {
    while let Expr::Nested(inside) = key {
        *key = mem::replace(inside.as_mut(), Expr::Tuple(Vec::new()));
    }
}

/// The names of columns in an expression.
struct Inside(Vec<String>);

impl Visitor for Inside {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.0.extend(implicit::plain(expr));
        ControlFlow::Continue(())
    }
}
