//! What a report asks the warehouse, for its reader and with what he filled in.

use warehouse::{Param, Person, Pinned};

use crate::ReportError;
use crate::column::{Column, text};
use crate::params::{Answered, Value};
use crate::table::Table;

/// A reader's question: where, who, and with what parameters.
pub(crate) struct Question<'a> {
    pub(crate) pinned: &'a Pinned,
    pub(crate) who: &'a Person,
    pub(crate) answered: &'a [Answered],
}

impl Question<'_> {
    /// Runs a statement with the parameters bound, and reads its rows.
    pub(crate) async fn table(
        &self,
        title: &str,
        sql: &str,
        columns: &'static [Column],
    ) -> Result<Table, ReportError> {
        let bound: Vec<(&str, Param)> = self.answered.iter().map(Answered::bound).collect();
        let answer = self.pinned.query(self.who, sql, &bound).await?;
        Table::read(title, columns, &answer)
    }

    /// The name of what the report is about: the outlet asked for, or all that the reader may see.
    pub(crate) async fn unit(&self) -> Result<String, ReportError> {
        let Some((label, Value::Outlet(outlet))) = self
            .answered
            .iter()
            .map(|a| (a.ask.label, a.value))
            .find(|(_, value)| matches!(value, Value::Outlet(_)))
        else {
            return Ok("东莞市".to_owned());
        };
        let Some(outlet) = outlet else { return Ok("全部网点".to_owned()) };
        let refused = || ReportError::Param {
            label: label.to_owned(),
            reason: format!("没有网点 {outlet}，或不在您的数据范围内"),
        };
        if self.who.scope.outlets.as_ref().is_some_and(|own| !own.contains(&outlet)) {
            return Err(refused());
        }
        const NAME: &[Column] = &[text("name", "网点", 1)];
        let bound = [("outlet", Param::Int(outlet.0.into()))];
        let answer = self
            .pinned
            .query(self.who, "select name from organisation where id = $outlet", &bound)
            .await?;
        let names = Table::read("网点", NAME, &answer)?;
        names.rows.into_iter().flatten().next().map(|cell| cell.text).ok_or_else(refused)
    }
}
