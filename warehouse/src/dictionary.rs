//! The dictionary that people browse: tables and views under their names, with units and meanings.

use serde::Serialize;
use tables::catalog::{self, ColumnDef, Sensitivity};

use crate::Person;
use crate::scope;
use crate::table::PinnedTables;
use crate::views::{self, View, ViewColumn};

/// One table or view that a person may ask. 数据字典
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableDoc {
    /// The name used in SQL.
    pub name: &'static str,
    /// The name that people read.
    pub label: &'static str,
    /// A view of the business, or a table of the ledger.
    pub kind: TableKind,
    /// What one row is.
    pub meaning: &'static str,
    /// Its columns in order.
    pub columns: Vec<ColumnDoc>,
}

/// Views come first in the browser: they are made for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A business view. 业务视图
    View,
    /// A captured table. 明细表
    Table,
}

/// One column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnDoc {
    /// The name used in SQL.
    pub name: &'static str,
    /// The name that people read.
    pub label: &'static str,
    /// The unit of its values; empty where there is none.
    pub unit: &'static str,
    /// What the value says.
    pub meaning: &'static str,
    /// 文字, 整数, 小数, 日期, 时间 or 是否.
    pub kind: &'static str,
    /// True where this person sees the values masked.
    pub masked: bool,
}

/// What `who` may ask, views first.
pub(crate) fn of(tables: &PinnedTables, who: &Person) -> Vec<TableDoc> {
    let views = views::all().iter().filter(|view| views::visible(view, who));
    let views = views.map(|view| view_doc(view, who));
    let visible = catalog::all().iter().filter(|def| scope::visible(def, who));
    let captured = visible.filter(|def| tables.get(def.name).is_some());
    views
        .chain(captured.map(|def| TableDoc {
            name: def.name,
            label: def.label,
            kind: TableKind::Table,
            meaning: def.label,
            columns: def.columns.iter().map(|column| column_doc(column, who)).collect(),
        }))
        .collect()
}

fn view_doc(view: &'static View, who: &Person) -> TableDoc {
    let column = |column: &ViewColumn| ColumnDoc {
        name: column.name,
        label: column.label,
        unit: column.unit,
        meaning: column.meaning,
        kind: column.kind,
        masked: column.is_personal && !who.sees_personal,
    };
    TableDoc {
        name: view.name,
        label: view.label,
        kind: TableKind::View,
        meaning: view.meaning,
        columns: view.columns.iter().map(column).collect(),
    }
}

fn column_doc(column: &'static ColumnDef, who: &Person) -> ColumnDoc {
    ColumnDoc {
        name: column.name,
        label: column.label,
        unit: column.unit,
        meaning: column.meaning,
        kind: kind(column),
        masked: column.sensitivity != Sensitivity::Open && !who.sees_personal,
    }
}

fn kind(column: &ColumnDef) -> &'static str {
    use tables::catalog::ColumnKind as K;
    match column.kind {
        K::Int | K::BigInt => "整数",
        K::Text => "文字",
        K::Date => "日期",
        K::Timestamp => "时间",
        K::Bool => "是否",
        K::Decimal(_) => "小数",
    }
}
