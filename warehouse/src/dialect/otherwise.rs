//! A function of DataFusion that does one thing otherwise; whatever else it is asked, the function itself answers.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// What it does otherwise.
pub(super) trait Otherwise: Debug + Eq + Hash + Send + Sync + 'static {
    /// True where the planner may put something else in its place, as it does for the function itself.
    const GIVES_WAY: bool = false;

    /// The types to which it brings those that it is given.
    fn takes(&self, function: &ScalarUDF, given: &[DataType]) -> Result<Vec<DataType>> {
        function.coerce_types(given)
    }

    /// Its value.
    fn value(&self, function: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        function.invoke_with_args(args)
    }
}

/// The function, otherwise.
pub(super) fn otherwise(function: Arc<ScalarUDF>, how: impl Otherwise) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(Changed { function, how }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Changed<T> {
    function: Arc<ScalarUDF>,
    how: T,
}

impl<T: Otherwise> ScalarUDFImpl for Changed<T> {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn aliases(&self) -> &[String] {
        self.function.aliases()
    }

    fn signature(&self) -> &Signature {
        self.function.signature()
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.how.takes(&self.function, given)
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.function.return_type(given)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.function.return_field_from_args(args)
    }

    fn simplify(&self, args: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        match T::GIVES_WAY {
            true => self.function.simplify(args, context),
            false => Ok(ExprSimplifyResult::Original(args)),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.how.value(&self.function, args)
    }

    fn conditional_arguments<'a>(
        &self,
        args: &'a [Expr],
    ) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        self.function.conditional_arguments(args)
    }

    fn short_circuits(&self) -> bool {
        self.function.short_circuits()
    }
}
