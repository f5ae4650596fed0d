//! A report that is brought back: is it what we made? The number in it leads to the archive, the archive to the
//! snapshot, and what is drawn from that again must be the same to the last byte. 校验

use std::fmt;
use std::io::{Cursor, Read};
use std::sync::Arc;

use serde::Serialize;
use warehouse::Warehouse;

use super::{Archive, VERSION};
use crate::render::{Format, render_queued};
use crate::{LaidOut, ReportError};

/// Of a work book, no more than so many bytes are unpacked in search of a number.
const UNPACKED_MAX: u64 = 1 << 20;

/// What is found of a report that is brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// A number alone: the report can be made again, with the content of then.
    Reproducible {
        /// Its number.
        number: String,
        /// Its content hash.
        hash: String,
    },
    /// A file that equals what is drawn again, byte for byte.
    Genuine {
        /// Its number.
        number: String,
        /// Its content hash.
        hash: String,
        /// As what it was drawn.
        format: Format,
    },
    /// A file that carries a number of ours and differs from what is drawn again.
    Altered {
        /// The number that it carries.
        number: String,
        /// As what it was drawn.
        format: Format,
        /// The first byte that differs.
        at_byte: usize,
        /// The version that drew the original, where it is not this one and may be the reason.
        drawn_by: Option<String>,
    },
    /// A file without a number: a preview, or not ours.
    NoNumber,
    /// A number that the archive does not know.
    Unknown {
        /// The number.
        number: String,
    },
    /// The snapshot gives other content than the archive says: the fault is ours.
    Changed {
        /// The number.
        number: String,
    },
}

impl Verdict {
    /// True where all is as it should be.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Reproducible { .. } | Self::Genuine { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reproducible { number, hash } => {
                write!(f, "{number} 可以重现：按当时的数据快照重新生成，内容一致（校验码 {hash}）")
            }
            Self::Genuine { number, hash, format } => {
                write!(
                    f,
                    "{number} 为真：与重新生成的 {} 逐字节一致（校验码 {hash}）",
                    format.ending()
                )
            }
            Self::Altered { number, format, at_byte, drawn_by } => {
                write!(
                    f,
                    "{number} 不符：文件与重新生成的 {} 从第 {at_byte} 字节起不同",
                    format.ending()
                )?;
                match drawn_by {
                    Some(version) => {
                        write!(f, "；原件由版本 {version} 绘制，今为版本 {VERSION}，版式可能有别")
                    }
                    None => write!(f, "，文件已被改动"),
                }
            }
            Self::NoNumber => write!(f, "文件中没有报表编号：可能是预览件，或不是本系统的报表"),
            Self::Unknown { number } => write!(f, "打印记录中没有编号 {number}"),
            Self::Changed { number } => {
                write!(f, "{number} 重新生成的内容与存档不一致，请联系管理员")
            }
        }
    }
}

impl Archive {
    /// Checks a number: whether its report can be made again with the content of then.
    ///
    /// # Errors
    /// Where the archive or the warehouse cannot be read at all.
    pub async fn verify_number(
        &self,
        warehouse: &Warehouse,
        number: &str,
    ) -> Result<Verdict, ReportError> {
        Ok(match self.remade(warehouse, number).await? {
            Ok(report) => Verdict::Reproducible { number: number.to_owned(), hash: report.hash },
            Err(verdict) => verdict,
        })
    }

    /// Checks a file: finds its number, makes its report again and compares the bytes.
    ///
    /// # Errors
    /// Where the archive or the warehouse cannot be read at all.
    pub async fn verify_file(
        &self,
        warehouse: &Warehouse,
        file: &[u8],
    ) -> Result<Verdict, ReportError> {
        let format = format_of(file);
        let Some(number) = carried_number(file, format) else { return Ok(Verdict::NoNumber) };
        let report = match self.remade(warehouse, &number).await? {
            Ok(report) => report,
            Err(verdict) => return Ok(verdict),
        };
        let hash = report.hash.clone();
        let drawn = render_queued(Arc::new(report), format).await?;
        if drawn == file {
            return Ok(Verdict::Genuine { number, hash, format });
        }
        let at_byte = drawn.iter().zip(file).take_while(|(a, b)| a == b).count() + 1;
        let drawn_by =
            Some(self.entry(&number).await?.drawn_by).filter(|version| version != VERSION);
        Ok(Verdict::Altered { number, format, at_byte, drawn_by })
    }

    /// The report of a number, or the verdict that there is none.
    async fn remade(
        &self,
        warehouse: &Warehouse,
        number: &str,
    ) -> Result<Result<LaidOut, Verdict>, ReportError> {
        match self.again(warehouse, number).await {
            Ok(report) => Ok(Ok(report)),
            Err(ReportError::UnknownNumber(number)) => Ok(Err(Verdict::Unknown { number })),
            Err(ReportError::Changed { number, .. }) => Ok(Err(Verdict::Changed { number })),
            Err(other) => Err(other),
        }
    }
}

/// As what a file was drawn, by its first bytes.
fn format_of(file: &[u8]) -> Format {
    match file {
        [b'%', b'P', b'D', b'F', ..] => Format::Pdf,
        [b'P', b'K', ..] => Format::Xlsx,
        [b'<', ..] => Format::Html,
        [b'{', ..] => Format::Json,
        _ => Format::Csv,
    }
}

fn carried_number(file: &[u8], format: Format) -> Option<String> {
    if format != Format::Xlsx {
        return number_in(file);
    }
    let mut book = zip::ZipArchive::new(Cursor::new(file)).ok()?;
    let mut properties = Vec::new();
    book.by_name("docProps/core.xml").ok()?.take(UNPACKED_MAX).read_to_end(&mut properties).ok()?;
    number_in(&properties)
}

/// The first text of the form `R02-20261124-0047`.
pub(super) fn number_in(bytes: &[u8]) -> Option<String> {
    const FORM: &[u8; 17] = b"R00-00000000-0000";
    let fits = |window: &&[u8]| {
        window
            .iter()
            .zip(FORM)
            .all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    let found = bytes.windows(FORM.len()).find(fits)?;
    String::from_utf8(found.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_anywhere_and_nothing_else_is() {
        assert_eq!(
            number_in("编号 R02-20261124-0047，".as_bytes()).as_deref(),
            Some("R02-20261124-0047")
        );
        for none in ["R02-2026112-0047", "R2-20261124-0047", "../../etc/passwd", ""] {
            assert_eq!(number_in(none.as_bytes()), None, "{none}");
        }
    }
}
