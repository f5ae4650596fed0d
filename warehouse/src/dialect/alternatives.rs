//! `coalesce`, `greatest` and `least` with a text in quotes among days, times or truths: it will be read as what it stands
//! beside, so their type is that of the others. DataFusion finds no type for them together.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

use super::beside::ALTERNATIVES;
use super::operators::is_text;

/// The function, open to texts in quotes; others as they are.
pub(crate) fn alternatives(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match ALTERNATIVES.contains(&function.name()) {
        true => Arc::new(ScalarUDF::from(Alternatives { inner: function })),
        false => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Alternatives {
    inner: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for Alternatives {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    /// A column of texts is refused when it is seen.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let other = given.iter().find(|kind| {
            !is_text(kind) && !kind.is_numeric() && **kind != DataType::Null && !kind.is_nested()
        });
        let Some(other) = other else { return self.inner.coerce_types(given) };
        let read = |kind: &DataType| if is_text(kind) { other.clone() } else { kind.clone() };
        self.inner.coerce_types(&given.iter().map(read).collect::<Vec<_>>())
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.inner.return_type(given)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn simplify(&self, args: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.inner.simplify(args, context)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.inner.invoke_with_args(args)
    }

    fn conditional_arguments<'a>(
        &self,
        args: &'a [Expr],
    ) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        self.inner.conditional_arguments(args)
    }

    fn short_circuits(&self) -> bool {
        self.inner.short_circuits()
    }
}
