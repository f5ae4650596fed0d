//! The one way to get a DataFusion session: for one statement of one person, over shared caches.

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::common::config::Dialect;
use datafusion::common::{Result, TableReference};
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::context::SessionState;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement as Parsed;
use futures::future::{BoxFuture, FutureExt};

use crate::charged::Memory;
use crate::fenced_view::FencedView;
use crate::scope::{self, Fencing};
use crate::table::{PinnedTable, PinnedTables};
use crate::{Limits, Person, dialect, functions, rules, views};

/// The dialect of every statement.
pub(crate) const DIALECT: Dialect = Dialect::PostgreSQL;
const CATALOG: &str = "weir";
const PUBLIC: &str = "public";
/// The schema of tables without a fence. The guard lets no statement of a person name it; views do.
const WHOLE: &str = "whole";

/// How statements are planned and run.
pub(crate) fn config(partitions: usize) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, PUBLIC);
    let options = config.options_mut();
    // Both gave wrong answers in DataFusion 55 (issues #24816, #25264).
    options.optimizer.enable_join_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    // It hands a threshold down by the names of columns, like all filters (see `stop`).
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    // Both cut groups off below windows that count them; the first takes `-id as id` for `id` besides.
    options.optimizer.enable_topk_aggregation = false;
    options.optimizer.enable_distinct_aggregation_soft_limit = false;
    // Below windows within windows, and below what looks ahead, it cuts off rows that are still needed (issue #25471).
    options.optimizer.enable_window_limits = false;
    // 0.1 is a decimal: no float near money.
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.dialect = DIALECT;
    options.sql_parser.collect_spans = true;
    // The order of a subquery is needed where the query around it states none (see `dialect::ordered`).
    options.sql_parser.enable_subquery_sort_elimination = false;
    options.execution.enable_recursive_ctes = false;
    // Days and hours are Dongguan's.
    options.execution.time_zone = Some(dialect::ZONE.to_owned());
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    // A list of numbers that a person pastes in still prunes files.
    options.execution.parquet.max_in_list_size = 200;
    config
}

/// A session whose catalog fills with what the statement names.
pub(crate) struct Session {
    pub(crate) state: SessionState,
    public: Arc<MemorySchemaProvider>,
    whole: Arc<MemorySchemaProvider>,
    tables: Arc<PinnedTables>,
    who: Person,
}

impl Session {
    /// Opens a session with a memory pool of its own and no disk to spill to.
    pub(crate) fn open(
        shared: &RuntimeEnv,
        tables: Arc<PinnedTables>,
        who: Person,
        limits: &Limits,
    ) -> Result<Self> {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(limits.memory_bytes));
        let memory = Memory(Arc::clone(&pool));
        let no_disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::from_runtime_env(shared)
            .with_memory_pool(pool)
            .with_disk_manager_builder(no_disk)
            .build_arc()?;
        let catalog = MemoryCatalogProvider::new();
        let public = Arc::new(MemorySchemaProvider::new());
        let whole = Arc::new(MemorySchemaProvider::new());
        catalog.register_schema(PUBLIC, public.clone())?;
        catalog.register_schema(WHOLE, whole.clone())?;
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        let builder = SessionStateBuilder::new()
            .with_config(config(limits.threads.max(1)).with_option_extension(memory))
            .with_runtime_env(runtime)
            .with_scalar_functions(functions::scalar())
            .with_window_functions(SessionStateDefaults::default_window_functions())
            .with_optimizer_rules(rules::logical())
            .with_physical_optimizer_rules(rules::physical())
            .with_catalog_list(Arc::new(catalogs));
        let mut state = dialect::taught(builder).build();
        // One moment for `now()` in all of the statement.
        state.mark_start_execution();
        Ok(Self { state, public, whole, tables, who })
    }

    /// The names that the person may use.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let views = views::all().iter().filter(|view| views::visible(view, &self.who));
        let captured = tables::catalog::all()
            .iter()
            .filter(|def| self.tables.get(def.name).is_some() && scope::visible(def, &self.who));
        views.map(|view| view.name).chain(captured.map(|def| def.name)).collect()
    }

    /// Puts a visible table or view into the catalog, with all that it stands on.
    pub(crate) fn provide<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        async move {
            if self.public.table_exist(name) {
                return Ok(());
            }
            let provider: Option<Arc<dyn TableProvider>> = match views::find(name) {
                Some(view) if !views::visible(view, &self.who) => None,
                Some(view) if view.fenced => {
                    Some(Arc::new(FencedView::new(self.sql(&view.statement()).await?)))
                }
                Some(view) => {
                    Some(Arc::new(ViewTable::new(self.sql(&view.statement()).await?, None)))
                }
                None => self.table(name).await?,
            };
            if let Some(provider) = provider {
                self.public.register_table(name.to_owned(), provider)?;
            }
            Ok(())
        }
        .boxed()
    }

    /// The columns of a table or view that has been put into the catalog.
    pub(crate) async fn columns(&self, name: &str) -> Result<Vec<String>> {
        let Some(table) = self.public.table(name).await? else { return Ok(Vec::new()) };
        Ok(table.schema().fields().iter().map(|field| field.name().clone()).collect())
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(known) = self.tables.get(name) else { return Ok(None) };
        let plain = self.who.sees_personal;
        Ok(match scope::fencing(known.table.def, &self.who) {
            Fencing::Hidden => None,
            Fencing::Open => Some(Arc::new(PinnedTable::new(known.clone(), Vec::new(), plain))),
            Fencing::Bounds(bounds) => {
                Some(Arc::new(PinnedTable::new(known.clone(), bounds, plain)))
            }
            Fencing::Through(rows) => Some(Arc::new(FencedView::new(self.sql(rows).await?))),
        })
    }

    /// Plans a statement of ours.
    async fn sql(&self, sql: &str) -> Result<LogicalPlan> {
        let mut statement = self.state.sql_to_statement(sql, &DIALECT)?;
        if let Parsed::Statement(statement) = &mut statement {
            dialect::rewrite(statement);
        }
        for reference in self.state.resolve_table_references(&statement)? {
            match &reference {
                TableReference::Partial { schema, table } if **schema == *WHOLE => {
                    self.provide_whole(table)?;
                }
                _ => self.provide(reference.table()).await?,
            }
        }
        self.state.statement_to_plan(statement).await
    }

    fn provide_whole(&self, name: &str) -> Result<()> {
        let known = self.tables.get(name).filter(|_| !self.whole.table_exist(name));
        if let Some(known) = known {
            let table = PinnedTable::new(known.clone(), Vec::new(), self.who.sees_personal);
            self.whole.register_table(name.to_owned(), Arc::new(table))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switches_that_gave_wrong_answers_are_off() {
        let config = config(2);
        let options = config.options();
        assert!(!options.optimizer.enable_join_dynamic_filter_pushdown);
        assert!(!options.optimizer.enable_aggregate_dynamic_filter_pushdown);
        assert!(!options.optimizer.enable_topk_dynamic_filter_pushdown);
        assert!(!options.optimizer.enable_topk_aggregation);
        assert!(!options.optimizer.enable_distinct_aggregation_soft_limit);
        assert!(!options.optimizer.enable_window_limits);
        assert!(!options.sql_parser.enable_subquery_sort_elimination);
        assert!(options.sql_parser.parse_float_as_decimal);
        assert!(options.execution.parquet.pushdown_filters);
    }
}
