//! One table on disk: a folder of Parquet files under a Delta log, in the plainest form of the protocol (reader 1,
//! writer 2), so that DuckDB, Polars or Spark open it too.

use std::collections::{HashMap, HashSet};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{
    Action, Add, DataType, LogicalFileView, MetadataExt, PrimitiveType, StructField, StructType,
    Transaction,
};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use object_store::path::Path;
use terms::Lsn;

use crate::catalog::DECIMAL_PRECISION;
use crate::{ColumnKind, DataFile, DurableFs, Result, TableDef, TableError};

/// The application name under which the log keeps the captured position.
const APP: &str = "weir.capture";
/// The tag of a file that holds its exact figures.
const TAG: &str = "weir.figures";

/// One table on disk. There is one writer; readers open their own.
#[derive(Debug)]
pub struct DeltaLog {
    def: &'static TableDef,
    dir: PathBuf,
    fs: Arc<DurableFs>,
    table: DeltaTable,
    files: Arc<[DataFile]>,
    captured: Option<Lsn>,
    is_as_declared: bool,
}

/// What one commit puts in and takes out.
#[derive(Debug, Default)]
pub struct Written {
    /// New files, durable already.
    pub adds: Vec<DataFile>,
    /// Files that the new ones take the place of.
    pub removes: Vec<DataFile>,
}

impl DeltaLog {
    /// Opens a table at a version, or at its newest.
    pub async fn open(
        root: &FsPath,
        def: &'static TableDef,
        fs: &Arc<DurableFs>,
        version: Option<i64>,
    ) -> Result<Self> {
        let dir = std::path::absolute(root.join(def.name))?;
        let mut builder = builder(&dir, fs)?;
        if let Some(version) = version {
            let version = version.try_into().map_err(|_| {
                TableError::Damaged(format!("{} has no version {version}", def.name))
            })?;
            builder = builder.with_version(version);
        }
        Self::of(def, dir, fs, builder.load().await?).await
    }

    /// Opens a table at its newest version, or makes it, empty.
    pub async fn open_or_create(
        root: &FsPath,
        def: &'static TableDef,
        fs: &Arc<DurableFs>,
    ) -> Result<Self> {
        let dir = std::path::absolute(root.join(def.name))?;
        let log_store = builder(&dir, fs)?.build_storage()?;
        if dir.join("_delta_log").join(format!("{:020}.json", 0)).try_exists()? {
            return Self::open(root, def, fs, None).await;
        }
        let create = CreateBuilder::new().with_log_store(log_store).with_table_name(def.name);
        Self::of(def, dir, fs, create.with_columns(fields(def)).await?).await
    }

    async fn of(
        def: &'static TableDef,
        dir: PathBuf,
        fs: &Arc<DurableFs>,
        table: DeltaTable,
    ) -> Result<Self> {
        let captured = table.snapshot()?.transaction_version(&*table.log_store(), APP).await?;
        let captured = captured.and_then(|lsn| u64::try_from(lsn).ok()).map(Lsn);
        let files = files(&dir, &table)?.into();
        let schema = table.snapshot()?.schema();
        let written =
            schema.fields().map(|field| (field.name().as_str(), field.data_type().clone()));
        let is_as_declared = written.eq(def.columns.iter().map(|c| (c.name, delta_type(c.kind))));
        Ok(Self { def, dir, fs: fs.clone(), table, files, captured, is_as_declared })
    }

    /// True where its files have the columns that are declared today, in their order. Otherwise no row of today goes
    /// beside theirs: only a first copy, which leaves none of them.
    pub fn is_as_declared(&self) -> bool {
        self.is_as_declared
    }

    /// The table's declaration.
    pub fn def(&self) -> &'static TableDef {
        self.def
    }

    /// The folder that it lies in.
    pub(crate) fn dir(&self) -> &FsPath {
        &self.dir
    }

    /// The store that makes its files durable.
    pub(crate) fn store(&self) -> &Arc<DurableFs> {
        &self.fs
    }

    /// Its files at this version.
    pub fn files(&self) -> &Arc<[DataFile]> {
        &self.files
    }

    /// Its version; -1 is never seen, since a table is made with version 0.
    pub fn version(&self) -> i64 {
        self.table.version().and_then(|v| i64::try_from(v).ok()).unwrap_or(-1)
    }

    /// The position that the table holds of the log: everything before it is in.
    pub fn captured(&self) -> Option<Lsn> {
        self.captured
    }

    /// Commits the rows up to a position. Does nothing, and answers false, when the table is at or past it already:
    /// deltalake refuses only a concurrent commit of the same application, so the comparison is ours.
    pub async fn commit(&mut self, lsn: Lsn, written: Written) -> Result<bool> {
        if self.captured.is_some_and(|captured| captured >= lsn) {
            return Ok(false);
        }
        self.commit_afresh(lsn, written).await?;
        Ok(true)
    }

    /// Commits a first copy: whatever position the table was at, it is at this one now, and of the columns that are
    /// declared.
    pub async fn commit_afresh(&mut self, lsn: Lsn, written: Written) -> Result<()> {
        let version = i64::try_from(lsn.0)
            .map_err(|_| TableError::Damaged(format!("{lsn} is no log position")))?;
        let properties = CommitProperties::default()
            .with_application_transaction(Transaction::new(APP, version))
            // One writer: anything newer than our state is an error, not a race to win.
            .with_max_retries(0)
            .with_create_checkpoint(true)
            .with_cleanup_expired_logs(Some(false));
        let done = CommitBuilder::from(properties)
            .with_actions(self.actions(&written)?)
            .build(
                Some(self.table.snapshot()?),
                self.table.log_store(),
                DeltaOperation::Write {
                    mode: SaveMode::Append,
                    partition_by: None,
                    predicate: None,
                },
            )
            .await?;
        self.table.update_incremental(Some(done.version())).await?;
        let gone: HashSet<&Path> = written.removes.iter().map(|file| &file.path).collect();
        let mut files: Vec<DataFile> =
            self.files.iter().filter(|file| !gone.contains(&file.path)).cloned().collect();
        files.extend(written.adds);
        self.files = files.into();
        self.captured = Some(lsn);
        self.is_as_declared = true;
        Ok(())
    }

    fn actions(&self, written: &Written) -> Result<Vec<Action>> {
        let gone: HashSet<&str> =
            written.removes.iter().filter_map(|file| file.path.filename()).collect();
        let mut actions = Vec::new();
        if !gone.is_empty() {
            for view in self.table.snapshot()?.log_data().iter() {
                if gone.contains(&*view.path()) {
                    actions.push(Action::Remove(view.remove_action(true)));
                }
            }
        }
        if actions.len() != gone.len() {
            return Err(TableError::Damaged(format!(
                "{}: a file to take out is not in the table",
                self.def.name
            )));
        }
        if !self.is_as_declared {
            let metadata = self.table.snapshot()?.metadata().clone();
            let declared = StructType::try_new(fields(self.def)).map_err(DeltaTableError::from)?;
            let metadata = metadata.with_schema(&declared).map_err(DeltaTableError::from)?;
            actions.push(Action::Metadata(metadata));
        }
        let schema = self.def.schema();
        for file in &written.adds {
            let figures = serde_json::to_string(&file.exact)
                .map_err(|source| TableError::Json { what: file.path.to_string(), source })?;
            actions.push(Action::Add(Add {
                path: file.path.filename().unwrap_or_default().to_owned(),
                size: i64::try_from(file.size).unwrap_or(i64::MAX),
                modification_time: chrono::Utc::now().timestamp_millis(),
                data_change: true,
                stats: Some(file.exact.delta_json(&schema)),
                tags: Some(HashMap::from([(TAG.to_owned(), Some(figures))])),
                ..Add::default()
            }));
        }
        Ok(actions)
    }
}

fn builder(dir: &FsPath, fs: &Arc<DurableFs>) -> Result<DeltaTableBuilder> {
    // Not `ensure_table_uri`: it makes the folder itself, unsynced.
    let url = url::Url::from_directory_path(dir)
        .map_err(|()| TableError::Damaged(format!("{} is not an absolute path", dir.display())))?;
    Ok(DeltaTableBuilder::from_url(url.clone())?.with_storage_backend(fs.clone(), url))
}

fn files(dir: &FsPath, table: &DeltaTable) -> Result<Vec<DataFile>> {
    table.snapshot()?.log_data().iter().map(|view| data_file(dir, &view)).collect()
}

fn data_file(dir: &FsPath, view: &LogicalFileView) -> Result<DataFile> {
    // The only public way to the tags of an Add in deltalake-core 1.1.
    #[expect(deprecated)]
    let tags = view.add_action().tags.unwrap_or_default();
    let path =
        Path::from_absolute_path(dir.join(&*view.path())).map_err(object_store::Error::from)?;
    let figures = tags.get(TAG).cloned().flatten();
    let figures =
        figures.ok_or_else(|| TableError::Damaged(format!("{path} carries no exact figures")))?;
    let exact = serde_json::from_str(&figures)
        .map_err(|source| TableError::Json { what: path.to_string(), source })?;
    let size = u64::try_from(view.size()).unwrap_or_default();
    Ok(DataFile { path, size, exact })
}

fn fields(def: &TableDef) -> impl Iterator<Item = StructField> {
    def.columns.iter().map(|c| StructField::nullable(c.name, delta_type(c.kind)))
}

fn delta_type(kind: ColumnKind) -> DataType {
    DataType::Primitive(match kind {
        ColumnKind::Int => PrimitiveType::Integer,
        ColumnKind::BigInt => PrimitiveType::Long,
        ColumnKind::Text => PrimitiveType::String,
        ColumnKind::Date => PrimitiveType::Date,
        ColumnKind::Timestamp => PrimitiveType::Timestamp,
        ColumnKind::Bool => PrimitiveType::Boolean,
        ColumnKind::Decimal(scale) => {
            PrimitiveType::decimal(DECIMAL_PRECISION, scale.unsigned_abs())
                .expect("scales are at most 4")
        }
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};

    use super::*;
    use crate::{catalog, digest::Digest, parquet_file};

    fn towns(ids: &[i32]) -> RecordBatch {
        let text: ArrayRef =
            Arc::new(StringArray::from_iter_values(ids.iter().map(|id| format!("镇{id}"))));
        let def = catalog::find("town").unwrap();
        let ids: ArrayRef = Arc::new(Int32Array::from(ids.to_vec()));
        RecordBatch::try_new(def.schema(), vec![ids, text.clone(), text]).unwrap()
    }

    async fn file(log: &DeltaLog, ids: &[i32]) -> Vec<DataFile> {
        let rows = parquet_file::sort(log.def(), &log.def().schema(), &[towns(ids)]).unwrap();
        let mut writer = parquet_file::TableWriter::new(log).unwrap();
        writer.write(&rows).await.unwrap();
        writer.finish().await.unwrap()
    }

    #[tokio::test]
    async fn each_position_is_committed_once_and_old_versions_stay() {
        let root = std::env::temp_dir().join(format!("weir 表 {}", std::process::id()));
        let fs = DurableFs::shared();
        let def = catalog::find("town").unwrap();
        let mut log = DeltaLog::open_or_create(&root, def, &fs).await.unwrap();
        assert_eq!((log.version(), log.captured()), (0, None));

        let adds = file(&log, &[3, 1, 2]).await;
        assert!(log.commit(Lsn(10), Written { adds, removes: vec![] }).await.unwrap());
        let adds = file(&log, &[9]).await;
        assert!(
            !log.commit(Lsn(10), Written { adds: adds.clone(), removes: vec![] }).await.unwrap()
        );
        let removes = log.files().to_vec();
        assert!(log.commit(Lsn(20), Written { adds, removes }).await.unwrap());

        let again = DeltaLog::open_or_create(&root, def, &fs).await.unwrap();
        assert_eq!((again.version(), again.captured()), (2, Some(Lsn(20))));
        assert_eq!(again.files(), log.files());
        let old = DeltaLog::open(&root, def, &fs, Some(1)).await.unwrap();
        assert_eq!(old.captured(), Some(Lsn(10)));
        let (mut read, mut made) = (Digest::default(), Digest::default());
        for file in old.files().iter() {
            for batch in parquet_file::read(file).unwrap() {
                read.add(&batch.unwrap()).unwrap();
            }
        }
        made.add(&towns(&[1, 2, 3])).unwrap();
        assert_eq!(read, made);
        std::fs::remove_dir_all(root).unwrap();
    }
    /// What is declared today has another column in the middle; a row of before has not.
    #[tokio::test]
    async fn rows_of_another_declaration_are_never_put_together() {
        let root = std::env::temp_dir().join(format!("weir reshaped {}", std::process::id()));
        let fs = DurableFs::shared();
        let def = catalog::find("town").unwrap();
        let [id, _, short_name] = def.columns else { panic!("a town has three columns") };
        let columns = Box::leak(Box::new([*id, *short_name]));
        let before: &'static TableDef =
            Box::leak(Box::new(TableDef { columns, sort: &["id"], ..*def }));
        let mut log = DeltaLog::open_or_create(&root, before, &fs).await.unwrap();
        let old = towns(&[1, 2]).project(&[0, 2]).unwrap();
        let mut writer = parquet_file::TableWriter::new(&log).unwrap();
        writer.write(&old).await.unwrap();
        let written = Written { adds: writer.finish().await.unwrap(), removes: vec![] };
        assert!(log.is_as_declared() && log.commit(Lsn(10), written).await.unwrap());

        let mut log = DeltaLog::open_or_create(&root, def, &fs).await.unwrap();
        assert!(!log.is_as_declared());
        let exchanged = towns(&[3]).project(&[0, 2, 1]).unwrap();
        for other in [old, exchanged] {
            let joined = parquet_file::sort(def, &def.schema(), &[towns(&[3]), other]);
            assert!(joined.unwrap_err().to_string().contains("other columns"));
        }
        let written = Written { adds: file(&log, &[3]).await, removes: log.files().to_vec() };
        log.commit_afresh(Lsn(5), written).await.unwrap();
        let again = DeltaLog::open(&root, def, &fs, None).await.unwrap();
        assert!(again.is_as_declared() && log.is_as_declared());
        assert_eq!((again.version(), again.files().len()), (2, 1));
        // What was read at an earlier version is read there still.
        let before = DeltaLog::open(&root, before, &fs, Some(1)).await.unwrap();
        assert!(before.is_as_declared());
        assert_eq!(before.files()[0].exact.rows, 2);
        std::fs::remove_dir_all(root).unwrap();
    }
}
