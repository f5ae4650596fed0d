//! Numbered reports. Each number names a report, its parameters, its reader and a snapshot; from these it can be
//! made again, byte for byte, as long as the snapshot is kept. 打印记录

mod files;
mod verify;

use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use terms::{Lsn, business_day};
use warehouse::{AsOf, Person, Pinned, Warehouse};

pub use verify::Verdict;

use crate::{LaidOut, Made, Params, Report, ReportError, find, lay_out};

/// The archive of numbered reports, a folder with one file a number.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: files::Folder,
}

/// What the archive keeps of a numbered report: all that is needed to make it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Such as `R02-20261124-0047`. 报表编号
    pub number: String,
    /// The code of its definition.
    pub code: String,
    /// Its title, for the list.
    pub title: String,
    /// What was asked.
    pub params: Params,
    /// For whom it was made, with the scope and the masks of that moment.
    pub reader: Person,
    /// When, and the name printed under 制表.
    pub made: Made,
    /// The snapshot that it shows.
    pub snapshot: u64,
    /// The position of that snapshot.
    pub lsn: Lsn,
    /// SHA-256 of its content.
    pub hash: String,
    /// The version of Weir that drew it.
    pub drawn_by: String,
}

/// The version of this program, whose renderers drew the report.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Archive {
    /// The archive under the warehouse folder `root`, at `_weir/reports`.
    pub fn open(root: &Path) -> Self {
        Self { folder: files::Folder::new(root.join("_weir").join("reports")) }
    }

    /// Makes a report on a snapshot and gives it the next number of its series and business day.
    /// The entry is on disk, synced, when this returns.
    ///
    /// # Errors
    /// [`ReportError::NotASnapshot`] where the position has rows newer than its snapshot; else as [`lay_out`].
    pub async fn issue(
        &self,
        pinned: &Pinned,
        who: &Person,
        report: &'static Report,
        params: &Params,
        made: Made,
    ) -> Result<LaidOut, ReportError> {
        let position = pinned.position();
        if position.hot_rows > 0 {
            return Err(ReportError::NotASnapshot);
        }
        let (snapshot, lsn) = (position.seq, position.lsn);
        let laid = lay_out(pinned, who, report, params, made.clone()).await?;
        let day = business_day(made.at);
        let entry = Entry {
            number: String::new(),
            code: report.code.to_owned(),
            title: report.title.to_owned(),
            params: params.clone(),
            reader: who.clone(),
            made,
            snapshot,
            lsn,
            hash: laid.hash.clone(),
            drawn_by: VERSION.to_owned(),
        };
        let folder = self.folder.clone();
        let prefix = format!("{}-{}-", report.series, day.format("%Y%m%d"));
        let number = blocking(move || folder.put_next(&prefix, entry)).await?;
        Ok(laid.numbered(&number))
    }

    /// Makes a numbered report again, on its snapshot, for its reader of then.
    ///
    /// # Errors
    /// [`ReportError::UnknownNumber`], or [`ReportError::Changed`] where the content is not what it was.
    pub async fn again(&self, warehouse: &Warehouse, number: &str) -> Result<LaidOut, ReportError> {
        let entry = self.entry(number).await?;
        let report =
            find(&entry.code).ok_or_else(|| ReportError::UnknownNumber(number.to_owned()))?;
        let pinned = warehouse.at(AsOf::Snapshot(entry.snapshot)).await?;
        let laid = lay_out(&pinned, &entry.reader, report, &entry.params, entry.made).await?;
        if laid.hash != entry.hash {
            return Err(ReportError::Changed {
                number: number.to_owned(),
                archived: entry.hash,
                now: laid.hash,
            });
        }
        Ok(laid.numbered(number))
    }

    /// What is kept of a number.
    ///
    /// # Errors
    /// [`ReportError::UnknownNumber`] where there is none such.
    pub async fn entry(&self, number: &str) -> Result<Entry, ReportError> {
        let unknown = || ReportError::UnknownNumber(number.to_owned());
        if verify::number_in(number.as_bytes()).as_deref() != Some(number) {
            return Err(unknown());
        }
        let (folder, name) = (self.folder.clone(), number.to_owned());
        blocking(move || folder.get(&name)).await?.ok_or_else(unknown)
    }

    /// The entries of a business day, newest first. 打印记录
    ///
    /// # Errors
    /// [`ReportError::Archive`] where the folder cannot be read.
    pub async fn of_day(&self, day: NaiveDate) -> Result<Vec<Entry>, ReportError> {
        let folder = self.folder.clone();
        let mut entries =
            blocking(move || folder.holding(&day.format("-%Y%m%d-").to_string())).await?;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.made.at));
        Ok(entries)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ReportError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?;
    Ok(done?)
}
