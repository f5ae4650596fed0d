//! What statements are made over: tables and views with typed columns, and values that occur in them.

use std::sync::Arc;

/// The type of a column or of an expression, as PostgreSQL sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    /// `integer`.
    Int,
    /// `bigint`.
    BigInt,
    /// `numeric`.
    Decimal,
    /// `double precision`.
    Float,
    /// `text`.
    Text,
    /// `date`.
    Date,
    /// `timestamptz`.
    Moment,
    /// `timestamp`: what the clock on the wall shows.
    Wall,
    /// `boolean`.
    Bool,
}

impl Type {
    /// Every type that columns of the books have, without booleans.
    pub(super) const SORTED: [Self; 6] =
        [Self::Int, Self::BigInt, Self::Decimal, Self::Text, Self::Date, Self::Moment];

    /// How a cast names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Decimal => "decimal(18, 4)",
            Self::Float => "double precision",
            Self::Text => "text",
            Self::Date => "date",
            Self::Moment => "timestamptz",
            Self::Wall => "timestamp",
            Self::Bool => "boolean",
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::BigInt | Self::Decimal)
    }
}

/// How near two answers must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grain {
    /// The same value.
    Exact,
    /// The same amount to the fen: a quotient or a mean.
    Fen,
    /// The same float within a billionth.
    Rough,
}

/// What one reader may ask.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) tables: Vec<Table>,
}

/// A table or view.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
}

/// A column, and a few of its values as PostgreSQL writes them.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) of: Type,
    pub(crate) values: Arc<[String]>,
}

/// The columns that no two rows share: `id` where nothing else is said.
pub(super) fn key_of(table: &str) -> &'static [&'static str] {
    match table {
        "receipt_number" => &["receipt_id"],
        "receipt_line" => &["receipt_id", "charge_line_id"],
        "receivable" | "arrears" => &["charge_line_id"],
        "collected" => &["entry", "entry_id"],
        "remitted" => &["remittance_id"],
        "account_approval" | "payer_approval" => &["version_id"],
        "rate_decision" => &["order_id"],
        "stand_in_end" => &["stand_in_id"],
        "reading_review" | "water_read" => &["reading_id"],
        "charge_reading" => &["reading_id", "turn"],
        "tariff_tier" | "surcharge_step" => &["version_id", "tier"],
        "tariff" => &["tariff_version_id", "tier"],
        "hold_release" => &["hold_id"],
        "payer_then" => &["payment_id"],
        "payment_tender" => &["payment_id", "no"],
        "receipt_usage" => &["movement", "receipt_type", "code", "first_no"],
        "cashier" => &["cashier_id"],
        _ => &["id"],
    }
}

/// What the values of a column stand for; columns of one domain can be joined. Empty where they cannot.
pub(super) fn domain_of<'a>(table: &'a str, column: &'a str) -> &'a str {
    match column {
        "id" => table,
        "outlet_id" | "supplier_id" | "owner_id" => "organisation",
        "book_id" => "reading_book",
        "issue_id" => "bill_issue",
        "item_id" => "channel_item",
        "cashier_id" | "made_by" | "reviewed_by" | "placed_by" | "by_user_id" | "user_id"
        | "entered_by" | "submitted_by" | "approved_by" | "closed_by" | "recorded_by"
        | "decided_by" | "changed_by" | "given_by" | "ended_by" | "installed_by" | "removed_by"
        | "reader_id" => "app_user",
        "red_of" => "receipt",
        "reverses_id" | "replaces_id" if table == "charge" => "charge",
        "reverses_id" if table == "remittance" => "remittance",
        "reverses_id" => "payment",
        "supersedes_id" => "reading",
        "batch_id" => "channel_batch",
        "version_id" if table == "payer_approval" => "payer_version",
        "version_id" if matches!(table, "tariff_tier" | "surcharge_step") => "tariff_version",
        "version_id" => "account_version",
        "order_id" => "rate_order",
        "remittance_id" => "remittance",
        "bill_period" | "service_period" | "pay_period" => "(period)",
        "account_date" | "business_day" | "day" | "bill_date" | "due_date" => "(day)",
        "fee_item" => "(fee)",
        "method" | "pay_method" => "(method)",
        "use_class" | "class" => "(class)",
        "receipt_type" => "(paper)",
        "kind" | "movement" | "event" => "(word)",
        _ => column.strip_suffix("_id").unwrap_or_default(),
    }
}

/// True for a domain that many rows share: a join over it is wide.
pub(super) fn is_wide(domain: &str) -> bool {
    domain.starts_with('(') || matches!(domain, "town" | "organisation" | "app_user" | "bill_issue")
}
