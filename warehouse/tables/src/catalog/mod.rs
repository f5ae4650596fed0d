//! Every captured table, declared once. The Arrow schema, the decoder, the dictionary for people and the row
//! scope are all derived from these declarations.

mod places;
mod register;
mod history;
mod rates;
mod ledger;
mod receipts;
mod channels;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Dongguan's time zone: the type of every moment says how it is told; the number is the same.
pub const ZONE: &str = "+08:00";

/// Digits of every decimal column: enough for `numeric(14,2)` and for sums over it.
pub const DECIMAL_PRECISION: u8 = 18;

/// A captured table. 数据表
#[derive(Debug, PartialEq, Eq)]
pub struct TableDef {
    /// Its name in PostgreSQL and in the warehouse.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Whether its rows may change.
    pub kind: Kind,
    /// The column that identifies a row of a [`Kind::Reference`] table.
    pub key: &'static str,
    /// The order of rows inside a file.
    pub sort: &'static [&'static str],
    /// Its columns, in the order of the schema.
    pub columns: &'static [ColumnDef],
}

/// Whether rows of a table may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rows are inserted and never change.
    Ledger,
    /// Rows are inserted, updated and deleted by key.
    Reference,
}

/// A column of a captured table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name in PostgreSQL and in the warehouse.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// The unit of its figures, such as 元; empty where there is none.
    pub unit: &'static str,
    /// What it means, for the data dictionary.
    pub meaning: &'static str,
    /// How its values are stored.
    pub kind: ColumnKind,
    /// Whether it tells of a person.
    pub sensitivity: Sensitivity,
    /// Which row scope it decides.
    pub scope: Scope,
}

/// How the values of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `smallint` and `integer`, as Int32.
    Int,
    /// `bigint`, as Int64.
    BigInt,
    /// `text`, as Utf8.
    Text,
    /// `date`, as Date32.
    Date,
    /// `timestamptz`, as microseconds since 1970 in UTC, told in Dongguan's time.
    Timestamp,
    /// `boolean`.
    Bool,
    /// `numeric` with this many decimals, as Decimal128(18, scale).
    Decimal(i8),
}

/// Whether a column tells of a person, and how it is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitivity {
    /// For everybody who sees the row.
    Open,
    /// A person's or firm's name. 姓名
    Name,
    /// A telephone number. 电话
    Phone,
    /// A place of living. 地址
    Address,
}

/// Which row scope a column decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// None.
    None,
    /// The town, by division code. 镇街
    Town,
    /// The outlet, by organisation. 网点
    Outlet,
    /// The fee item, by code. 收费项目
    FeeItem,
}

/// Every captured table, in the order of the publication.
pub fn all() -> &'static [TableDef] {
    TABLES
}

/// The table of this name.
pub fn find(name: &str) -> Option<&'static TableDef> {
    TABLES.iter().find(|table| table.name == name)
}

static TABLES: &[TableDef] = &[
    places::TOWN,
    places::VILLAGE,
    places::ORGANISATION,
    places::APP_USER,
    register::READING_BOOK,
    register::PAYER,
    register::SERVICE_POINT,
    register::ACCOUNT,
    register::METER,
    register::ACCOUNT_VERSION,
    register::ACCOUNT_APPROVAL,
    history::PAYER_VERSION,
    history::PAYER_APPROVAL,
    history::SERVICE_POINT_VERSION,
    history::METER_VERSION,
    rates::TARIFF_VERSION,
    rates::TARIFF_TIER,
    rates::SURCHARGE_STEP,
    rates::LATE_FEE_RULE,
    rates::FEE_OWNER,
    rates::OVERQUOTA_PLAN,
    history::RATE_ORDER,
    history::RATE_DECISION,
    history::PERSON_VERSION,
    history::STAND_IN,
    history::STAND_IN_END,
    ledger::READING,
    ledger::READING_REVIEW,
    ledger::BILL_ISSUE,
    ledger::CHARGE,
    ledger::CHARGE_READING,
    ledger::CHARGE_LINE,
    ledger::PAYMENT,
    ledger::ALLOCATION,
    ledger::PAYMENT_TENDER,
    ledger::PREPAID_ENTRY,
    ledger::REMITTANCE,
    receipts::RECEIPT,
    receipts::RECEIPT_NUMBER,
    receipts::RECEIPT_LINE,
    receipts::RECEIPT_EVENT,
    receipts::CASHIER_CLOSE,
    receipts::CLOSE_PAPER,
    receipts::MONTH_CLOSE,
    channels::CHANNEL,
    channels::CHANNEL_BATCH,
    channels::CHANNEL_ITEM,
    channels::CHANNEL_ITEM_EVENT,
    channels::HOLD,
    channels::HOLD_RELEASE,
];

impl TableDef {
    /// The Arrow schema; every column may be null there, PostgreSQL has checked what must not be.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> =
            self.columns.iter().map(|c| Field::new(c.name, c.kind.data_type(), true)).collect();
        Arc::new(Schema::new(fields))
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The place of a column in the schema.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The column that decides a row scope, if the table has one.
    pub fn scoped_by(&self, scope: Scope) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.scope == scope)
    }

    /// The names of all columns, as a SELECT lists them.
    pub fn column_list(&self) -> String {
        self.columns.iter().map(|c| c.name).collect::<Vec<_>>().join(", ")
    }
}

impl ColumnKind {
    /// The Arrow type.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Int => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Text => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(ZONE.into())),
            Self::Bool => DataType::Boolean,
            Self::Decimal(scale) => DataType::Decimal128(DECIMAL_PRECISION, scale),
        }
    }
}

const fn column(kind: ColumnKind, name: &'static str, label: &'static str) -> ColumnDef {
    ColumnDef {
        name,
        label,
        unit: "",
        meaning: "",
        kind,
        sensitivity: Sensitivity::Open,
        scope: Scope::None,
    }
}

const fn int(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Int, name, label)
}
const fn bigint(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::BigInt, name, label)
}
const fn text(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Text, name, label)
}
const fn date(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Date, name, label)
}
const fn timestamp(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Timestamp, name, label)
}
const fn boolean(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Bool, name, label)
}
const fn money(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Decimal(2), name, label).unit("元")
}
const fn volume(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Decimal(3), name, label).unit("立方米")
}
const fn decimal3(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Decimal(3), name, label)
}
const fn decimal4(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Decimal(4), name, label)
}
const fn decimal6(name: &'static str, label: &'static str) -> ColumnDef {
    column(ColumnKind::Decimal(6), name, label)
}

/// 镇街代码, which fences rows by town.
const TOWN_ID: ColumnDef = int("town_id", "镇街代码")
    .means("民政区划代码，如 441900003，对应 town.id")
    .fences(Scope::Town);
/// 网点编号, which fences rows by outlet.
const OUTLET_ID: ColumnDef =
    int("outlet_id", "网点编号").means("收费机构编号，对应 organisation.id").fences(Scope::Outlet);
/// Whose the money of a fee is.
const OWNER_ID: ColumnDef =
    int("owner_id", "收入归属").means("供水单位，污水和垃圾费为代征机构，对应 organisation.id");
/// 收费项目, which fences rows by fee item.
const FEE_ITEM: ColumnDef = text("fee_item", "收费项目")
    .means("water 水费、sewage 污水处理费、garbage 垃圾处理费、overquota 累计加价")
    .fences(Scope::FeeItem);
/// 账务月份.
const BILL_PERIOD: ColumnDef =
    int("bill_period", "账务月份").means("六位数字的年月，如 202611 表示 2026 年 11 月");
/// 用水户.
const ACCOUNT_ID: ColumnDef = bigint("account_id", "用水户编号").means("对应 account.id");

impl ColumnDef {
    const fn means(mut self, meaning: &'static str) -> Self {
        self.meaning = meaning;
        self
    }
    const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }
    const fn fences(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }
    const fn tells(mut self, sensitivity: Sensitivity) -> Self {
        self.sensitivity = sensitivity;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_is_complete() {
        for table in all() {
            let has = |name: &str| table.column(name).is_some();
            assert!(table.sort.iter().all(|name| has(name)), "{}: sort", table.name);
            assert!(table.kind == Kind::Ledger || has(table.key), "{}: key", table.name);
            for (i, column) in table.columns.iter().enumerate() {
                assert!(
                    !column.label.is_empty() && !column.meaning.is_empty(),
                    "{}.{}",
                    table.name,
                    column.name
                );
                assert_eq!(
                    table.index_of(column.name),
                    Some(i),
                    "{}.{} twice",
                    table.name,
                    column.name
                );
            }
        }
        assert_eq!(all().len(), 50);
        assert!(find("credential").is_none());
    }
}
