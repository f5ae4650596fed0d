//! A view over rows of which the person may see only what the view gives.
//!
//! A plain view is dissolved into the statement, so that the reader's expressions would meet the rows below it. This
//! one is planned by itself and stands behind a [`Fence`].

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_plan::ExecutionPlan;

use crate::fence::{self, Fence};

/// See the module.
#[derive(Debug)]
pub(crate) struct FencedView {
    plan: LogicalPlan,
}

impl FencedView {
    pub(crate) fn new(plan: LogicalPlan) -> Self {
        Self { plan }
    }
}

#[async_trait]
impl TableProvider for FencedView {
    fn schema(&self) -> SchemaRef {
        self.plan.schema().inner().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        use TableProviderFilterPushDown::{Inexact, Unsupported};
        Ok(filters
            .iter()
            .map(|f| if fence::cannot_fail(f) { Inexact } else { Unsupported })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut plan = LogicalPlanBuilder::from(self.plan.clone());
        if let Some(filter) = conjunction(filters.iter().filter(|f| fence::cannot_fail(f)).cloned())
        {
            plan = plan.filter(filter)?;
        }
        if let Some(projection) = projection {
            let column =
                |at: &usize| Expr::Column(Column::from(self.plan.schema().qualified_field(*at)));
            plan = plan.project(projection.iter().map(column))?;
        }
        let rows = state.create_physical_plan(&plan.build()?).await?;
        Ok(Fence::of_view(rows))
    }
}
