//! What can go wrong with a report, in words for its reader.

use warehouse::WarehouseError;

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The reader's role is not among the report's readers.
    #[error("您的角色不能查看《{0}》")]
    NotForRole(&'static str),
    /// A parameter is missing, unknown, or not what it should be.
    #[error("参数“{label}”：{reason}")]
    Param {
        /// Its Chinese name.
        label: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A numbered report was asked for from rows that are not yet in a snapshot.
    #[error("编号报表须取自已发布的数据快照，请稍候再试")]
    NotASnapshot,
    /// More rows than paper should carry.
    #[error("共 {rows} 行，超过 PDF 的上限 {limit} 行，请导出 Excel")]
    TooLong {
        /// Rows of the report.
        rows: usize,
        /// Rows that a PDF may have.
        limit: usize,
    },
    /// No such number in the archive.
    #[error("打印记录中没有编号 {0}")]
    UnknownNumber(String),
    /// The snapshot of an archived report gives other content than it gave then.
    #[error("报表 {number} 重新生成的内容与存档不一致（存档 {archived}，现为 {now}）")]
    Changed {
        /// Its number.
        number: String,
        /// Content hash in the archive.
        archived: String,
        /// Content hash now.
        now: String,
    },
    /// The warehouse did not answer.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    /// The rows are not what the definition of the report says: our fault.
    #[error("报表《{title}》的数据不合定义：{reason}")]
    Shape {
        /// Title of the report.
        title: String,
        /// What differs.
        reason: String,
    },
    /// A renderer failed: our fault.
    #[error("绘制{what}失败：{reason}")]
    Draw {
        /// What was drawn.
        what: &'static str,
        /// What the renderer said.
        reason: String,
    },
    /// The archive's folder did not read or write.
    #[error("打印记录读写失败：{0}")]
    Archive(#[from] std::io::Error),
}

impl ReportError {
    pub(crate) fn draw(what: &'static str, reason: impl ToString) -> Self {
        Self::Draw { what, reason: reason.to_string() }
    }

    pub(crate) fn shape(title: &str, reason: impl ToString) -> Self {
        Self::Shape { title: title.to_owned(), reason: reason.to_string() }
    }
}
