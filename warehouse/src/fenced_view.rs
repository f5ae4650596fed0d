//! A view over rows of which the person may see only what the view gives.
//!
//! A plain view is dissolved into the statement, so that the reader's expressions would meet the rows below it. This
//! one is planned by itself and stands behind a [`Fence`].

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_plan::ExecutionPlan;

use crate::fence::Fence;

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
        Ok(filters.iter().map(|f| if cannot_fail(f) { Inexact } else { Unsupported }).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut plan = LogicalPlanBuilder::from(self.plan.clone());
        if let Some(filter) = conjunction(filters.iter().filter(|f| cannot_fail(f)).cloned()) {
            plan = plan.filter(filter)?;
        }
        if let Some(projection) = projection {
            let column = |at: &usize| Expr::Column(Column::from(self.plan.schema().qualified_field(*at)));
            plan = plan.project(projection.iter().map(column))?;
        }
        let rows = state.create_physical_plan(&plan.build()?).await?;
        Ok(Fence::around(rows))
    }
}

/// The same rule as the fence's own, before planning: comparisons of columns with literals never raise an error.
fn cannot_fail(filter: &Expr) -> bool {
    use Operator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    let mut harmless = true;
    let walked = filter.apply(|node| {
        harmless = match node {
            Expr::BinaryExpr(binary) => {
                matches!(binary.op, Eq | NotEq | Lt | LtEq | Gt | GtEq | And | Or)
            }
            Expr::Column(_)
            | Expr::Literal(..)
            | Expr::InList(_)
            | Expr::Not(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_) => true,
            _ => false,
        };
        Ok(if harmless { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    walked.is_ok() && harmless
}
