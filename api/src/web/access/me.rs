//! 我的账号: what the person may do here, and which rows they see.

use axum::extract::State;
use axum::response::Html;
use minijinja::context;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::extract::scope_words;
use crate::web::pages::page;
use crate::web::visitor::Visitor;
use crate::web::words::fact;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    let masks = if visitor.reader.sees_personal { "完整显示" } else { "脱敏显示" };
    let facts = vec![
        fact("登录名", &visitor.reader.login),
        fact("姓名", &visitor.name),
        fact("角色", visitor.role.label()),
        fact("网点、镇街", &visitor.place),
        fact("数据范围", scope_words(&visitor.reader)),
        fact("户名、电话、地址", masks),
    ];
    let rights: Vec<_> = visitor.rights.iter().map(|act| act.label()).collect();
    page(&app, &visitor, "/me", "me.html", context! { facts, rights })
}
