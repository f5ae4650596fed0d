//! Templates, embedded; every value is escaped unless a template says otherwise.

use std::sync::LazyLock;

use axum::response::Html;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use terms::Role;

use super::App;
use super::assets;
use super::error::WebError;
use super::visitor::Visitor;
use super::words::AsOfWords;

macro_rules! templates {
    ($env:ident, $($name:literal),+ $(,)?) => {
        $($env.add_template($name, include_str!(concat!("../../templates/", $name))).expect($name);)+
    };
}

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.add_function("asset", |name: String| assets::address(&name));
    templates! { env,
        "frame.html", "login.html", "words.html", "home.html", "counter.html", "today.html",
        "receipt.html", "receipt_page.html", "report.html", "issued.html", "verify.html",
        "extract.html", "jobs.html", "status.html", "people.html",
    }
    env
});

/// A line of the menu, and who sees it.
struct MenuItem {
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    roles: &'static [Role],
}

const EVERYONE: &[Role] = Role::ALL;
const CLERK: &[Role] = &[Role::Clerk];
const BUREAU: &[Role] = &[Role::Leader, Role::Analyst, Role::Administrator];
const EXTRACTORS: &[Role] = &[Role::Analyst, Role::Administrator];
const KEEPERS: &[Role] = &[Role::Administrator];

/// Only pages that exist, and only for those who may open them.
const MENU: &[MenuItem] = &[
    MenuItem { href: "/home", icon: "house", label: "首页", roles: BUREAU },
    MenuItem { href: "/counter", icon: "hand-coins", label: "前台收费", roles: CLERK },
    MenuItem {
        href: "/counter/today", icon: "wallet", label: "今日收款与日结", roles: CLERK
    },
    MenuItem {
        href: "/report/daily-collection",
        icon: "receipt-text",
        label: "收费统计日报表",
        roles: EVERYONE,
    },
    MenuItem {
        href: "/report/daily-detail",
        icon: "table-2",
        label: "每日收费明细表",
        roles: EVERYONE,
    },
    MenuItem {
        href: "/report/verify", icon: "shield-check", label: "校验报表", roles: EVERYONE
    },
    MenuItem { href: "/extract", icon: "database", label: "数据提取", roles: EXTRACTORS },
    MenuItem { href: "/people", icon: "lock", label: "用户管理", roles: KEEPERS },
    MenuItem { href: "/status", icon: "activity", label: "运行状态", roles: KEEPERS },
];

/// The page on which a role lands after login.
pub(super) fn landing(role: Role) -> &'static str {
    match role {
        Role::Leader | Role::Administrator => "/home",
        Role::Analyst => "/extract",
        Role::Clerk => "/counter",
    }
}

/// A page in the frame: menu, who, how fresh.
pub(super) fn page(
    app: &App,
    visitor: &Visitor,
    here: &str,
    template: &str,
    values: Value,
) -> Result<Html<String>, WebError> {
    let frame = context! {
        here,
        csrf => &visitor.csrf,
        user => context! {
            name => &visitor.name,
            role => visitor.role.label(),
            outlet => visitor.outlet_name.as_deref(),
            initial => visitor.name.chars().next().map(String::from),
        },
        menu => menu(visitor.role),
        as_of => Value::from(Serde(AsOfWords::of(app))),
    };
    render(template, context! { ..values, ..frame })
}

/// A page or a part of one, without the frame's values.
pub(super) fn render(template: &str, values: Value) -> Result<Html<String>, WebError> {
    let text = PAGES.get_template(template).and_then(|t| t.render(values));
    text.map(Html).map_err(|error| WebError::Fault(anyhow::Error::new(error)))
}

fn menu(role: Role) -> Vec<Value> {
    let mine = MENU.iter().filter(|item| item.roles.contains(&role));
    mine.map(|i| context! { href => i.href, icon => i.icon, label => i.label }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_lands_on_a_page_of_its_menu() {
        for &role in Role::ALL {
            let item = MENU.iter().find(|item| item.href == landing(role)).unwrap();
            assert!(item.roles.contains(&role), "{role}");
        }
    }

    #[test]
    fn every_template_compiles_and_escapes() {
        let html =
            render("login.html", context! { message => "<script>", login => "\"" }).unwrap().0;
        assert!(html.contains("&lt;script&gt;") && html.contains("value=\"&quot;\""), "{html}");
    }
}
