//! 角色权限: which role may do what, as the books say.

use axum::extract::State;
use axum::response::Html;
use engine::access::{self, Action, RoleRights};
use minijinja::{Value, context};
use terms::grouped;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    let roles = access::roles(&mut *app.0.pool.acquire().await?).await?;
    let lines: Vec<_> = roles.iter().map(line).collect();
    // An act that nobody is asked for stands in no column.
    let acts: Vec<_> = Action::ALL
        .iter()
        .filter(|act| roles.iter().any(|role| role.rights.may(**act)))
        .map(|act| {
            let may: Vec<_> = roles.iter().map(|role| role.rights.may(*act)).collect();
            context! { code => act.code(), label => act.label(), may }
        })
        .collect();
    page(&app, &visitor, "/roles", "roles.html", context! { roles => lines, acts })
}

fn line(role: &RoleRights) -> Value {
    let fees: Vec<_> = role.fees.iter().flatten().map(|fee| fee.label()).collect();
    let reach = match (role.at_outlet, fees.is_empty()) {
        (true, _) => "本网点".to_owned(),
        (false, true) => "本镇街或全市".to_owned(),
        (false, false) => format!("本镇街或全市 · {}", fees.join("、")),
    };
    context! { code => role.role.code(), name => &role.name, reach, people => grouped(role.people) }
}
