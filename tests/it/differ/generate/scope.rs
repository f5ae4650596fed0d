//! The columns that an expression may name, and the expressions themselves.

use std::sync::Arc;

use super::{Dice, Grain, Schema, Table, Type, domain_of, key_of};

/// A column that is in sight.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// As an expression names it: `a1.amount`.
    pub(super) sql: String,
    /// Its bare name.
    pub(super) name: String,
    pub(super) of: Type,
    pub(super) grain: Grain,
    pub(super) domain: String,
    pub(super) values: Arc<[String]>,
}

/// The columns in sight, and those of them that tell rows apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) fields: Vec<Field>,
    /// What tells rows apart; empty where nothing does but all columns together.
    pub(super) key: Vec<String>,
    pub(super) rows: usize,
    /// False where two rows may be alike in every column.
    pub(super) unique: bool,
}

/// A typed expression.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) sql: String,
    pub(super) of: Type,
    pub(super) grain: Grain,
}

impl Expr {
    pub(super) fn exact(sql: impl Into<String>, of: Type) -> Self {
        Self::at(Grain::Exact, sql, of)
    }

    pub(super) fn at(grain: Grain, sql: impl Into<String>, of: Type) -> Self {
        Self { sql: sql.into(), of, grain }
    }
}

impl From<&Field> for Expr {
    fn from(field: &Field) -> Self {
        Self::at(field.grain, field.sql.clone(), field.of)
    }
}

impl Table {
    /// The table in a FROM under an alias.
    pub(super) fn scope(&self, alias: &str) -> Scope {
        let field = |column: &super::Column| Field {
            sql: format!("{alias}.{}", column.name),
            name: column.name.clone(),
            of: column.of,
            grain: Grain::Exact,
            domain: domain_of(&self.name, &column.name).to_owned(),
            values: column.values.clone(),
        };
        let key = key_of(&self.name).iter().map(|name| format!("{alias}.{name}")).collect();
        let unique = true;
        Scope { fields: self.columns.iter().map(field).collect(), key, rows: self.rows, unique }
    }
}

impl Schema {
    /// Any table; those with rows come up far more often.
    pub(super) fn table(&self, d: &mut Dice) -> &Table {
        let mut at = d.below(self.tables.len());
        if self.tables[at].rows == 0 {
            at = d.below(self.tables.len());
        }
        if self.tables[at].rows == 0 {
            d.note("empty table");
        }
        &self.tables[at]
    }
}

impl Scope {
    /// The columns of a type.
    pub(super) fn of(&self, of: Type) -> Vec<&Field> {
        self.fields.iter().filter(|field| field.of == of).collect()
    }

    /// Any column of a type.
    pub(super) fn any(&self, d: &mut Dice, of: Type) -> Option<&Field> {
        d.any(&self.of(of))
    }

    /// A type of which there is a column.
    pub(super) fn some_type(&self, d: &mut Dice) -> Type {
        d.one(&self.fields).of
    }

    /// A type to compute: mostly one of which there is a column.
    pub(super) fn wanted_type(&self, d: &mut Dice) -> Type {
        let computed =
            [Type::Wall, Type::Float, Type::Bool, Type::Date, Type::Moment, Type::Decimal];
        if d.chance(25) { d.one(&computed) } else { self.some_type(d) }
    }

    /// True for an expression over the rows at hand.
    pub(super) fn names_a_column(&self, expr: &Expr) -> bool {
        self.fields.iter().any(|field| expr.sql.contains(&field.sql))
    }

    /// A type of numbers of which there is a column; else `bigint`.
    pub(super) fn some_number(&self, d: &mut Dice) -> Type {
        let numbers: Vec<_> = self.fields.iter().filter(|field| field.of.is_number()).collect();
        d.any(&numbers).map_or(Type::BigInt, |field| field.of)
    }

    /// Both scopes side by side.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.key = [self.total(), other.total()].concat();
        self.unique &= other.unique;
        self.fields.extend(other.fields);
        self.rows = self.rows.saturating_mul(other.rows);
        self
    }

    /// What makes the order of rows total: the key, or every column.
    pub(super) fn total(&self) -> Vec<String> {
        if self.key.is_empty() {
            self.fields.iter().map(|field| field.sql.clone()).collect()
        } else {
            self.key.clone()
        }
    }
}
