//! Pinned files and hot rows as a DataFusion table, seen by one person.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::memory::{DataSourceExec, MemorySourceConfig};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::{DFSchema, Result, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::{Column, InListExpr};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::union::UnionExec;
use tables::{Cut, DataFile, Exactly, TableCut};

use crate::fence::{self, Fence};
use crate::figures;
use crate::mask::Mask;
use crate::scope::Bound;

/// All tables of one cut, with what has been worked out about them.
#[derive(Debug)]
pub(crate) struct PinnedTables {
    pub(crate) cut: Arc<Cut>,
    tables: BTreeMap<&'static str, Arc<Known>>,
}

impl PinnedTables {
    pub(crate) fn of(cut: Arc<Cut>) -> Self {
        let known = |table: &TableCut| Arc::new(Known::of(table.clone()));
        let tables = cut.tables.iter().map(|(name, table)| (*name, known(table))).collect();
        Self { cut, tables }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Known>> {
        self.tables.get(name)
    }
}

/// One table of a cut, with what is known of it once it was asked for.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) table: TableCut,
    files: OnceLock<Vec<Arc<Statistics>>>,
    totals: OnceLock<Option<Arc<Exactly>>>,
}

impl Known {
    fn of(table: TableCut) -> Self {
        Self { table, files: OnceLock::new(), totals: OnceLock::new() }
    }

    /// What is known of each file, exactly: for leaving files out, never to be stated to a planner.
    fn files(&self) -> &[Arc<Statistics>] {
        self.files.get_or_init(|| {
            let known = |file: &DataFile| figures::statistics(&file.exact, &self.table.schema);
            self.table.files.iter().map(|file| Arc::new(known(file))).collect()
        })
    }

    /// The figures of all rows; none where rows in files were replaced, for those still count there.
    fn totals(&self) -> Option<Arc<Exactly>> {
        let add_up = || {
            if !self.table.superseded.is_empty() {
                return None;
            }
            let mut all = Exactly::default();
            self.table.files.iter().for_each(|file| all.add(&file.exact));
            for batch in self.table.hot.iter() {
                all.add(&Exactly::of(batch).ok()?);
            }
            Some(Arc::new(all))
        };
        self.totals.get_or_init(add_up).clone()
    }
}

/// A table as one person sees it: the bounds of their scope under everything else, masks right above them.
#[derive(Debug)]
pub(crate) struct PinnedTable {
    known: Arc<Known>,
    bounds: Vec<Bound>,
    /// False where personal columns are masked.
    plain: bool,
}

impl PinnedTable {
    pub(crate) fn new(known: Arc<Known>, bounds: Vec<Bound>, plain: bool) -> Self {
        Self { known, bounds, plain }
    }

    /// The figures of all rows, for a person who sees every row and every value plain.
    pub(crate) fn totals(&self) -> Option<Arc<Exactly>> {
        let columns = 0..self.known.table.schema.fields().len();
        let masked = columns.into_iter().any(|at| self.mask(at).is_some());
        if masked || !self.bounds.is_empty() { None } else { self.known.totals() }
    }
}

#[async_trait]
impl TableProvider for PinnedTable {
    fn schema(&self) -> SchemaRef {
        self.known.table.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let TableCut { schema, files, hot, .. } = &self.known.table;
        let wanted: Vec<usize> =
            projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        // 1. The scope: what it hides is gone before a predicate or a statistic is looked at.
        let admits = |exact: &Exactly| self.bounds.iter().all(|bound| bound.may_hold(exact));
        let visible = (0..files.len()).filter(|at| admits(&files[*at].exact)).collect();
        // 2. The statement's own predicates, against exact figures in memory: planning reads no file.
        let asked = self.prune(state, visible, filters)?;
        // 3. The scan reads the columns that decide the scope too.
        let mut read = wanted.clone();
        for bound in &self.bounds {
            let at = schema.index_of(bound.column)?;
            if !read.contains(&at) {
                read.push(at);
            }
        }
        let mut inputs = Vec::new();
        if !asked.is_empty() {
            inputs.push(self.cold(state, &asked, &read)?);
        }
        if !hot.is_empty() {
            inputs.push(self.hot(&read)?);
        }
        let rows: Arc<dyn ExecutionPlan> = match inputs.len() {
            0 => return Ok(Arc::new(EmptyExec::new(Arc::new(schema.project(&wanted)?)))),
            1 => inputs.remove(0),
            _ => UnionExec::try_new(inputs)?,
        };
        self.fenced(state, rows, &wanted)
    }
}

impl PinnedTable {
    fn mask(&self, column: usize) -> Option<Mask> {
        let column = self.known.table.def.columns.get(column).filter(|_| !self.plain)?;
        Mask::of(column.sensitivity)
    }

    /// Leaves out the files whose figures say that no row can match. Predicates that can fail do not count, since
    /// figures tell of hidden rows too; nor do predicates on masked columns, which are asked of the masked values.
    fn prune(
        &self,
        state: &dyn Session,
        visible: Vec<usize>,
        filters: &[Expr],
    ) -> Result<Vec<usize>> {
        let schema = &self.known.table.schema;
        let masked = |filter: &Expr| {
            let mut columns = filter.column_refs().into_iter();
            columns.any(|c| schema.index_of(&c.name).is_ok_and(|at| self.mask(at).is_some()))
        };
        let plain =
            filters.iter().filter(|filter| fence::cannot_fail(filter) && !masked(filter)).cloned();
        let Some(all) = conjunction(plain).filter(|_| !visible.is_empty()) else {
            return Ok(visible);
        };
        let all = state.create_physical_expr(all, &DFSchema::try_from(schema.clone())?)?;
        let known = self.known.files();
        let bounds = visible.iter().map(|at| known[*at].clone()).collect();
        let predicate = PruningPredicateBuilder::new()
            .with_file_schema(schema.clone())
            .with_max_in_list_size(state.config_options().execution.parquet.max_in_list_size)
            .try_build(all)?;
        let keep = predicate.prune(&PrunableStatistics::new(bounds, schema.clone()))?;
        Ok(visible.into_iter().zip(keep).filter_map(|(at, keep)| keep.then_some(at)).collect())
    }

    /// The rows in files, without those that a newer row has replaced.
    fn cold(
        &self,
        state: &dyn Session,
        asked: &[usize],
        read: &[usize],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let TableCut { def, schema, superseded, .. } = &self.known.table;
        if superseded.is_empty() {
            return self.files(state, asked, read.to_vec());
        }
        let key = schema.index_of(def.key)?;
        let mut with_key = read.to_vec();
        if !with_key.contains(&key) {
            with_key.push(key);
        }
        let rows = self.files(state, asked, with_key)?;
        let gone = Int64Array::from_iter_values(superseded.iter().copied());
        let gone: ArrayRef = cast(&gone, schema.field(key).data_type())?;
        let column = Arc::new(Column::new_with_schema(def.key, &rows.schema())?);
        let standing = InListExpr::try_new_from_array(column, gone, true, &rows.schema())?;
        let kept = Some((0..read.len()).collect());
        let rows =
            FilterExecBuilder::new(Arc::new(standing), rows).apply_projection(kept)?.build()?;
        Ok(Fence::around(Arc::new(rows)))
    }

    fn files(
        &self,
        state: &dyn Session,
        asked: &[usize],
        read: Vec<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let TableCut { schema, files, .. } = &self.known.table;
        let known = self.known.files();
        let url = ObjectStoreUrl::local_filesystem();
        let runtime = state.runtime_env();
        let reader = CachedParquetFileReaderFactory::new(
            runtime.object_store(&url)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        // ParquetSource does not look at the session's options by itself.
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..Default::default()
        };
        let source = ParquetSource::new(TableSchema::from(schema))
            .with_table_parquet_options(options)
            .with_pushdown_filters(true)
            .with_parquet_file_reader_factory(Arc::new(reader));
        let entry = |at: &usize| {
            let file = &files[*at];
            PartitionedFile::new(file.path.to_string(), file.size)
                .with_statistics(Arc::new(known[*at].as_ref().clone().to_inexact()))
        };
        let entries = asked.iter().map(entry).collect();
        let together =
            Statistics::try_merge_iter(asked.iter().map(|at| known[*at].as_ref()), schema)?;
        let groups = FileGroup::new(entries).split_files(state.config().target_partitions());
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(together.to_inexact())
            .with_projection_indices(Some(read))?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// The rows in memory.
    fn hot(&self, read: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
        let TableCut { schema, hot, .. } = &self.known.table;
        let rows =
            MemorySourceConfig::try_new_exec(&[hot.to_vec()], schema.clone(), Some(read.to_vec()))?;
        Ok(Fence::around(rows))
    }

    /// Applies scope and masks, and drops the columns that only the scope needed.
    fn fenced(
        &self,
        state: &dyn Session,
        rows: Arc<dyn ExecutionPlan>,
        wanted: &[usize],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let masks: Vec<_> = wanted.iter().map(|at| self.mask(*at)).collect();
        let Some(scope) = conjunction(self.bounds.iter().map(Bound::predicate)) else {
            let masked = masks.iter().any(Option::is_some);
            return Ok(if masked { Fence::masking(rows, masks) } else { rows });
        };
        let columns = DFSchema::try_from(rows.schema())?;
        let scope = state.create_physical_expr(scope, &columns)?;
        let kept = Some((0..wanted.len()).collect());
        let seen = FilterExecBuilder::new(scope, rows).apply_projection(kept)?.build()?;
        Ok(Fence::masking(Arc::new(seen), masks))
    }
}
