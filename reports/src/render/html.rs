//! The screen: a fragment with classes only, for a page under a strict content policy, and a whole page for a file.

use std::sync::LazyLock;

use minijinja::{Environment, context, value::Serde};

use crate::{LaidOut, ReportError};

/// The style of the fragment; a page that embeds the fragment serves it.
pub const REPORT_CSS: &str = include_str!("../../templates/report.css");

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.add_template("report.html", include_str!("../../templates/report.html"))?;
    templates.add_template("page.html", include_str!("../../templates/page.html"))?;
    Ok(templates)
});

/// The report as an element to be set into a page.
///
/// # Errors
/// [`ReportError::Draw`] where the template fails: our fault.
pub fn render_html_fragment(report: &LaidOut) -> Result<String, ReportError> {
    fill("report.html", report)
}

/// The report as a page of its own.
pub(super) fn page(report: &LaidOut) -> Result<String, ReportError> {
    fill("page.html", report)
}

fn fill(name: &str, report: &LaidOut) -> Result<String, ReportError> {
    let failed = |e: &dyn std::fmt::Display| ReportError::draw("网页", e.to_string());
    let templates = TEMPLATES.as_ref().map_err(|e| failed(e))?;
    let template = templates.get_template(name).map_err(|e| failed(&e))?;
    template.render(context! { report => Serde(report), css => REPORT_CSS }).map_err(|e| failed(&e))
}
