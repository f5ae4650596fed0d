//! The columns of a report.

/// A column. 栏目
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the SQL.
    pub name: &'static str,
    /// What stands in the header.
    pub label: &'static str,
    /// The header above, shared with its neighbours of the same group.
    pub group: Option<&'static str>,
    /// What its figures are.
    pub kind: Kind,
    /// How it is added up.
    pub total: Total,
    /// Share of the width of the paper, in millimetres of a full table.
    pub width: u16,
    /// When it is shown.
    pub shown: Shown,
}

/// What the figures of a column are; decides how they are read, aligned and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A number that names something: never grouped, never counted. 编号
    Id,
    /// A pay method by its code, shown in Chinese. 缴费方式
    Method,
    /// The time of a moment in Dongguan.
    Time,
    /// How many.
    Count,
    /// Cubic metres. 水量
    Volume,
    /// Yuan with two decimals. 金额
    Money,
}

/// How a column is added up; each measure owns its aggregation, so that none is added that must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Not at all: the sum stays blank.
    Blank,
    /// By its sum.
    Sum,
}

/// When a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// Only when the named outlet parameter says all outlets.
    WhenAll(&'static str),
    /// Never on paper: it serves the summary and the proofs.
    InProofs,
}

impl Column {
    const fn new(
        name: &'static str,
        label: &'static str,
        kind: Kind,
        total: Total,
        width: u16,
    ) -> Self {
        Self { name, label, group: None, kind, total, width, shown: Shown::Always }
    }

    /// Puts the column under a header that it shares.
    #[must_use]
    pub const fn under(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Says when the column is shown.
    #[must_use]
    pub const fn shown(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }

    /// True for figures that are set to the right.
    pub const fn is_figure(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Volume | Kind::Money)
    }
}

/// A column of words.
pub const fn text(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Text, Total::Blank, width)
}

/// A column of numbers that name something.
pub const fn id(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Id, Total::Blank, width)
}

/// A column of pay methods.
pub const fn method(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Method, Total::Blank, width)
}

/// A column of times of the day.
pub const fn time(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Time, Total::Blank, width)
}

/// A column of counts, added up.
pub const fn count(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Count, Total::Sum, width)
}

/// A column of cubic metres, added up.
pub const fn volume(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Volume, Total::Sum, width)
}

/// A column of yuan, added up.
pub const fn money(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Money, Total::Sum, width)
}
