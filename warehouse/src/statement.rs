//! One statement, from its text to a plan.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::common::{ScalarValue, TableReference};
use datafusion::execution::TaskContext;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement as Parsed;

use crate::dialect::{Tables, Titles};
use crate::session::Session;
use crate::table::PinnedTables;
use crate::{Limits, Person, WarehouseError, dialect, error, guard, soundness, spaced, written};

/// A statement of somebody over one cut.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) tables: Arc<PinnedTables>,
    pub(crate) who: Person,
    pub(crate) sql: String,
    /// Values by the name after the `$`.
    pub(crate) params: HashMap<String, ScalarValue>,
    pub(crate) limits: Limits,
}

impl Statement {
    /// Lets the statement in or refuses it, and plans it in a session of its own.
    pub(crate) async fn plan(self, runtime: &RuntimeEnv) -> Result<Planned, WarehouseError> {
        let sql = error::blanked(&self.sql);
        // A full-width sign may be part of a name; where the statement fails, it is most likely the reason.
        let mut titles = Titles::default();
        let planned = self.planned(runtime, &mut titles).await;
        let (plan, context, started_at) = planned.map_err(|failed| match failed {
            WarehouseError::Invalid { .. } => {
                let told = || error::located(titles.told(failed), &sql);
                error::full_width(&sql).unwrap_or_else(told)
            }
            other => error::located(titles.told(other), &sql),
        })?;
        Ok(Planned { plan, context, titles, started_at })
    }

    async fn planned(
        self,
        runtime: &RuntimeEnv,
        titles: &mut Titles,
    ) -> Result<(Arc<dyn ExecutionPlan>, Arc<TaskContext>, Option<DateTime<Utc>>), WarehouseError>
    {
        let Self { tables: pinned, who, sql, params, limits } = self;
        let sql = spaced::spaced(&error::blanked(&sql));
        let session = Session::open(runtime, pinned, who, &limits)?;
        let wrong = |error| error::about(error, &sql);
        let mut admitted = guard::admit(&session.state, &sql, &params)?;
        let visible = session.names();
        let mut tables = Tables::new();
        let mut unknown = Vec::new();
        for reference in session.state.resolve_table_references(&admitted).map_err(wrong)? {
            let name = known_name(&reference, &visible)
                .ok_or_else(|| error::no_table(&reference, &visible, &sql))?;
            session.provide(name).await?;
            tables.insert(name.to_owned(), session.columns(name).await?);
        }
        if let Parsed::Statement(statement) = &mut admitted {
            let apart = dialect::apart(statement, titles);
            apart.map_err(|said| WarehouseError::Refused(said.into()))?;
            let quantified = dialect::quantified(statement);
            quantified.map_err(|said| WarehouseError::Refused(said.into()))?;
            let resolved = dialect::resolved(statement, &tables, titles);
            let resolved = resolved.map_err(WarehouseError::Refused)?;
            let named = dialect::named(statement, &sql, &resolved, titles);
            named.map_err(|said| WarehouseError::Refused(said.into()))?;
            dialect::rewrite(statement);
            unknown = resolved.unknown;
        }
        let plan = session.state.statement_to_plan(admitted).await.map_err(wrong)?;
        if let Some(told) = unknown.into_iter().next() {
            return Err(WarehouseError::Refused(told));
        }
        dialect::known(&plan).map_err(wrong)?;
        if let Some(reason) = dialect::unseen(&plan) {
            return Err(WarehouseError::Refused(reason.into()));
        }
        let plan = dialect::tied(plan).map_err(wrong)?;
        if let Some(reason) = dialect::refusal(&plan) {
            return Err(WarehouseError::Refused(reason.into()));
        }
        let plan = dialect::ordered(plan).map_err(wrong)?;
        let plan = plan.with_param_values(params).map_err(wrong)?;
        // The guard has looked at the text; this looks at the plan.
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(wrong)?;
        written::check(&plan)?;
        let planned = session.state.create_physical_plan(&plan).await;
        let plan = planned
            .map_err(|failed| error::unplanned(failed, &sql, || dialect::hindrance(&plan)))?;
        soundness::check(&plan).map_err(WarehouseError::broken)?;
        let started_at = session.state.execution_props().query_execution_start_time;
        Ok((plan, session.state.task_ctx(), started_at))
    }
}

/// A statement that can run.
pub(crate) struct Planned {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    pub(crate) context: Arc<TaskContext>,
    pub(crate) titles: Titles,
    /// What `now()` stands for.
    pub(crate) started_at: Option<DateTime<Utc>>,
}

/// A visible name, bare or after `public.`.
fn known_name<'a>(reference: &TableReference, visible: &[&'a str]) -> Option<&'a str> {
    let name = match reference {
        TableReference::Bare { table } => table,
        TableReference::Partial { schema, table } if **schema == *"public" => table,
        _ => return None,
    };
    visible.iter().find(|known| ***known == **name).copied()
}
