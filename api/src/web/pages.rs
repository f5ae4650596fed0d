//! Templates, embedded; every value is escaped unless a template says otherwise.

use std::sync::LazyLock;

use axum::response::Html;
use engine::access::{Action, Rights};
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

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
        "frame.html", "bare.html", "login.html", "words.html", "home.html", "counter.html", "today.html",
        "receipt.html", "receipt_page.html", "handover.html", "report.html", "issued.html", "verify.html",
        "extract.html", "jobs.html", "status.html", "people.html",
        "person.html", "roles.html", "marks.html", "me.html",
        "charges.html", "charge.html", "payments.html", "payment.html", "payment_papers.html", "remittances.html", "suspense.html",
        "months.html", "approvals.html", "papers.html", "refused.html", "accounts.html", "account.html", "rates.html",
    }
    env
});

/// A line of the menu, and the right that shows it.
struct MenuItem {
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    right: Action,
}

const fn item(
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    right: Action,
) -> MenuItem {
    MenuItem { href, icon, label, right }
}

/// Only pages that exist, and only for those who may open them.
const MENU: &[MenuItem] = &[
    item("/home", "house", "首页", Action::ReadHome),
    item("/counter", "hand-coins", "前台收费", Action::UseCounter),
    item("/counter/today", "wallet", "今日收款与日结", Action::UseCounter),
    item("/report/daily-collection", "receipt-text", "收费统计日报表", Action::ReadReports),
    item("/report/daily-detail", "table-2", "每日收费明细表", Action::ReadReports),
    item("/report/verify", "shield-check", "校验报表", Action::ReadReports),
    item("/extract", "database", "数据提取", Action::AskSql),
    item("/accounts", "contact-round", "用户档案", Action::ReadAccounts),
    item("/rates", "table-2", "收费标准", Action::ReadRates),
    item("/payments", "receipt-text", "缴费查询与冲正", Action::ReadPayments),
    item("/charges", "receipt-text", "应收冲正", Action::ReadCharges),
    item("/suspense", "wallet", "渠道挂账", Action::ReadSuspense),
    item("/months", "lock", "月结", Action::ReadMonths),
    item("/remittances", "wallet", "上缴", Action::ReadRemittances),
    item("/approvals", "shield-check", "冲正核准", Action::ApproveReversal),
    item("/people", "lock", "用户管理", Action::ReadPeople),
    item("/roles", "shield-check", "角色权限", Action::ReadRoles),
    item("/marks", "receipt-text", "操作日志", Action::ReadMarks),
    item("/status", "activity", "运行状态", Action::ReadStatus),
];

/// Where people land after login, by the first of these rights that they have.
const LANDINGS: &[(Action, &str)] = &[
    (Action::UseCounter, "/counter"),
    (Action::AskSql, "/extract"),
    (Action::ReadHome, "/home"),
    (Action::ReadReports, "/report/daily-collection"),
    (Action::ReadPeople, "/people"),
    (Action::ReadMarks, "/marks"),
    (Action::ReadStatus, "/status"),
];

/// The page on which a person lands after login; what everybody has is the page of the own account.
pub(super) fn landing(rights: &Rights) -> &'static str {
    LANDINGS.iter().find(|(right, _)| rights.may(*right)).map_or("/me", |(_, page)| page)
}

/// A page in the frame: menu, who, how fresh.
pub(super) fn page(
    app: &App,
    visitor: &Visitor,
    here: &str,
    template: &str,
    values: Value,
) -> Result<Html<String>, WebError> {
    render(template, context! { ..values, ..frame(app, visitor, here) })
}

/// What the frame shows.
pub(super) fn frame(app: &App, visitor: &Visitor, here: &str) -> Value {
    context! {
        here,
        csrf => &visitor.csrf,
        user => context! {
            name => &visitor.name,
            login => &visitor.reader.login,
            role => visitor.role.label(),
            place => &visitor.place,
            initial => visitor.name.chars().next().map(String::from),
        },
        menu => menu(&visitor.rights),
        as_of => Value::from(Serde(AsOfWords::of(app))),
        told => visitor.told.as_ref().map(|told| {
            context! { tone => told.tone, words => &told.words, form => told.form.as_deref() }
        }),
    }
}

/// The frame of the page in which a refusal is told.
#[derive(Clone)]
pub(super) struct Framed(pub(super) Value);

/// A page or a part of one, without the frame's values.
pub(super) fn render(template: &str, values: Value) -> Result<Html<String>, WebError> {
    let text = PAGES.get_template(template).and_then(|t| t.render(values));
    text.map(Html).map_err(|error| WebError::Fault(anyhow::Error::new(error)))
}

fn menu(rights: &Rights) -> Vec<Value> {
    let mine = MENU.iter().filter(|item| rights.may(item.right));
    mine.map(|i| context! { href => i.href, icon => i.icon, label => i.label }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_lands_on_a_page_of_their_menu() {
        for (right, page) in LANDINGS {
            let item = MENU.iter().find(|item| item.href == *page).unwrap();
            assert_eq!(item.right, *right, "{page}");
        }
        assert_eq!(landing(&Rights::default()), "/me");
    }

    #[test]
    fn every_picture_of_the_menu_is_there_and_the_house_is_the_homepage_alone() {
        let pictures = include_str!("../../static/vendor/lucide/icons.svg");
        for item in MENU {
            assert!(pictures.contains(&format!("id=\"{}\"", item.icon)), "{}", item.icon);
            assert_eq!(item.icon == "house", item.href == "/home", "{}", item.href);
        }
    }

    #[test]
    fn every_template_compiles_and_escapes() {
        let html =
            render("login.html", context! { message => "<script>", login => "\"" }).unwrap().0;
        assert!(html.contains("&lt;script&gt;") && html.contains("value=\"&quot;\""), "{html}");
    }
}
