//! The laid-out report: pages, lines, sums and texts as data. Screen, paper and work book draw this.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use terms::{Lsn, Money, moment};
use warehouse::Pinned;

use crate::cell::Cell;
use crate::column::Kind;

/// Who made a report, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The moment, from the clock that is handed in. 制表时间
    pub at: DateTime<Utc>,
    /// The person's name. 制表
    pub by: String,
}

/// The position of the books that a report shows. 数据位置
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataPosition {
    /// In PostgreSQL's log.
    pub lsn: Lsn,
    /// When the last transaction in it was committed.
    pub committed_at: DateTime<Utc>,
    /// The newest snapshot at or below it.
    pub snapshot: u64,
    /// Rows that are newer than the snapshot; none in a numbered report.
    pub hot_rows: u64,
}

impl DataPosition {
    /// The one at which everything is asked.
    pub(crate) fn of(pinned: &Pinned) -> Self {
        let at = pinned.position();
        Self { lsn: at.lsn, committed_at: at.committed_at, snapshot: at.seq, hot_rows: at.hot_rows }
    }
}

/// A report, laid out: everything that a renderer draws, in the words and figures it draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaidOut {
    /// Its number in the archive; none for a preview. 报表编号
    pub number: Option<String>,
    /// The code of its definition.
    pub code: String,
    /// Its place in the list of forms.
    pub form: String,
    /// 标题
    pub title: String,
    /// What was asked, as its reader says it.
    pub asked: Vec<Asked>,
    /// 编制单位, 收费日期 with its meaning, 单位.
    pub subline: Vec<String>,
    /// The position of the books.
    pub position: DataPosition,
    /// Who made it, and when.
    pub made: Made,
    /// What the cells of each line are.
    pub columns: Vec<Heading>,
    /// One or two rows of headers.
    pub head: Vec<Vec<HeadCell>>,
    /// The pages; at least one.
    pub pages: Vec<Page>,
    /// Rows of data on all pages.
    pub rows: usize,
    /// The sum of every added column, those included that serve proofs only.
    pub totals: Vec<Named>,
    /// The line of the total, the capitals and the footnotes, as on the last page.
    pub words: Vec<String>,
    /// Footnotes under them.
    pub notes: Vec<String>,
    /// 签字栏
    pub signatures: Vec<String>,
    /// The proofs.
    pub checks: Vec<TieOut>,
    /// Size of the body text on paper, in tenths of a point.
    pub text_size: u16,
    /// SHA-256 over the content without number and hash. 校验码
    pub hash: String,
}

/// A parameter as its reader says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// In addresses and commands.
    pub name: String,
    /// In Chinese.
    pub label: String,
    /// In Chinese, such as the name of the outlet.
    pub value: String,
}

/// A shown column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// In the SQL.
    pub name: String,
    /// In Chinese.
    pub label: String,
    /// How it is set.
    pub align: Align,
    /// True for numbers that name something, which a work book must keep as text.
    pub is_id: bool,
    /// On paper, in tenths of a millimetre.
    pub width: u16,
}

/// To which side a cell is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Words.
    Left,
    /// Headers of groups, times.
    Center,
    /// Figures.
    Right,
}

impl Align {
    /// How figures of a kind are set.
    pub(crate) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Id | Kind::Method => Self::Left,
            Kind::Time => Self::Center,
            Kind::Count | Kind::Volume | Kind::Money => Self::Right,
        }
    }
}

/// A header that may span columns and rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadCell {
    /// What it says.
    pub text: String,
    /// Columns that it covers.
    pub colspan: u16,
    /// Rows that it covers.
    pub rowspan: u16,
    /// How it is set.
    pub align: Align,
}

/// One sheet of paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Rows of data and 小计 between them.
    pub lines: Vec<Line>,
    /// 本页小计, and on the last page 合计.
    pub sums: Vec<Line>,
    /// Said in place of rows.
    pub empty: Option<String>,
    /// True for the page with capitals, notes and signatures.
    pub last: bool,
    /// 报表编号 and 数据位置; 第 X 页 共 Y 页.
    pub footer: Vec<String>,
    /// Height of a row, in tenths of a millimetre.
    pub row_height: u16,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Said over the first `span` columns in place of cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Columns that the label covers.
    pub span: u16,
    /// The cells of the other columns.
    pub cells: Vec<Cell>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A row of data.
    Row,
    /// The sum of a group. 小计
    Group,
    /// The sum of the page's rows. 本页小计
    Page,
    /// The sum of all rows. 合计
    Total,
}

/// A total by the name of its column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The column's name.
    pub name: String,
    /// The column's Chinese name.
    pub label: String,
    /// Its sum.
    pub cell: Cell,
}

/// The outcome of a proof. 勾稽
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieOut {
    /// What is proved, such as `与票据一致`.
    pub label: String,
    /// True where both ways gave the same.
    pub equal: bool,
    /// Ours less theirs, in yuan; nothing where equal.
    pub difference: Money,
}

impl LaidOut {
    /// The same report under a number of the archive.
    #[must_use]
    pub fn numbered(mut self, number: &str) -> Self {
        self.number = Some(number.to_owned());
        self.footers();
        self
    }

    /// The total of a column by its name.
    pub fn total(&self, name: &str) -> Option<&Cell> {
        self.totals.iter().find(|total| total.name == name).map(|total| &total.cell)
    }

    /// True where every proof holds.
    pub fn proved(&self) -> bool {
        self.checks.iter().all(|check| check.equal)
    }

    /// The lines of all pages, without 本页小计: what a work book shows.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.pages.iter().flat_map(|page| {
            page.lines.iter().chain(page.sums.iter().filter(|sum| sum.kind == LineKind::Total))
        })
    }

    /// A name for a file, without its ending: 收费统计日报表_2026-11-24_茶山_R02-20261124-0047.
    pub fn file_name(&self) -> String {
        let asked = self.asked.iter().map(|asked| asked.value.as_str());
        let parts: Vec<&str> =
            [self.title.as_str()].into_iter().chain(asked).chain(self.number.as_deref()).collect();
        parts
            .join("_")
            .chars()
            .map(|c| if r#"/\:*?"<>|"#.contains(c) || c.is_whitespace() { '-' } else { c })
            .collect()
    }

    pub(crate) fn sealed(mut self) -> Self {
        self.footers();
        self.hash = self.content_hash();
        self
    }

    /// SHA-256 over the JSON of the content, number and hash left out; its fields stand in a fixed order.
    pub(crate) fn content_hash(&self) -> String {
        let mut content = self.clone();
        content.number = None;
        content.hash = String::new();
        content.footers();
        let json = serde_json::to_vec(&content).unwrap_or_default();
        hex::encode(Sha256::digest(json))
    }

    fn footers(&mut self) {
        let number = self
            .number
            .as_deref()
            .map_or_else(|| "预览，未编号".to_owned(), |n| format!("报表编号 {n}"));
        let position = format!(
            "数据位置 {}（截至 {}）",
            self.position.lsn,
            moment(self.position.committed_at)
        );
        let pages = self.pages.len();
        for (i, page) in self.pages.iter_mut().enumerate() {
            page.footer =
                vec![format!("{number}　{position}"), format!("第 {} 页　共 {pages} 页", i + 1)];
        }
    }
}
