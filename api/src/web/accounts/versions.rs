//! Versions of an account in words: what each changes.

use chrono::NaiveDate;
use engine::register::{AccountState, AccountVersion};
use minijinja::{Value, context};
use rust_decimal::Decimal;
use terms::{UserId, moment};

/// A change that waits, against what the account is today.
pub(super) fn waiting(version: &AccountVersion, me: UserId) -> Value {
    context! {
        account => version.account.0,
        account_no => &version.account_no,
        payer_name => &version.payer_name,
        own => version.submitter == Some(me),
        ..row(version, &differences(&version.today, version))
    }
}

/// All versions of an account, the newest first, each against what held before it.
pub(super) fn history(versions: &[AccountVersion], today: NaiveDate) -> Vec<Value> {
    // Of what lies ahead the last one is taken back first, and asked for once.
    let last = versions.iter().find(|of| is_ahead(of, today)).map(|of| of.id);
    let is_asked = |of| versions.iter().any(|w| w.withdraws == Some(of) && w.approved.is_none());
    let last = last.filter(|of| !is_asked(*of));
    let rows = versions.iter().enumerate().map(|(place, version)| {
        let holds = |of: &&AccountVersion| is_held(of);
        let before = match version.approved {
            None if version.submitter.is_some() => Some(&version.today),
            _ => versions[place + 1..].iter().find(holds).map(|of| &of.state),
        };
        let said = before.map_or_else(
            || all(version).map(|(label, is)| format!("{label} {is}")).to_vec(),
            |before| differences(before, version),
        );
        let row = row(version, &said);
        if is_ahead(version, today) {
            let withdrawable = last == Some(version.id);
            context! { state => "将生效", tone => "warn", withdrawable, ..row }
        } else {
            row
        }
    });
    rows.collect()
}

/// True for the state at the opening, and for what was approved and not taken back.
fn is_held(version: &AccountVersion) -> bool {
    let is_change = version.withdraws.is_none() && !version.is_withdrawn;
    version.submitter.is_none() || (version.approved == Some(true) && is_change)
}

fn is_ahead(version: &AccountVersion, today: NaiveDate) -> bool {
    is_held(version) && version.valid_from > today
}

fn row(version: &AccountVersion, said: &[String]) -> Value {
    let said = said.join("；");
    let (state, tone) = match (version.submitter, version.approved) {
        _ if version.is_withdrawn => ("已撤回", "bad"),
        (None, _) => ("开户时", ""),
        (_, None) => ("待审批", "warn"),
        (_, Some(true)) => ("已批准", "ok"),
        (_, Some(false)) => ("已退回", "bad"),
    };
    context! {
        id => version.id.0,
        valid_from => version.valid_from.to_string(),
        said => match version.withdraws {
            Some(of) => format!("撤回变更 {of}（{said}）"),
            None => said,
        },
        doc_no => version.doc_no.as_deref(),
        reason => version.reason.as_deref(),
        by => version.submitted_by.as_deref(),
        at => moment(version.recorded_at),
        decided_by => version.decided_by.as_deref(),
        state, tone,
    }
}

/// What a version makes different from a state.
fn differences(before: &AccountState, version: &AccountVersion) -> Vec<String> {
    let was = words(before, None);
    let is = words(&version.state, None);
    let mut said: Vec<String> = was
        .iter()
        .zip(&is)
        .filter(|(was, is)| was != is)
        .map(|((label, was), (_, is))| format!("{label} {was} → {is}"))
        .collect();
    if before.supplier != version.state.supplier {
        said.push(format!("供水单位 → {}", version.supplier_then));
    }
    if before.payer != version.state.payer {
        said.push(format!("过户 → {}", version.payer_then));
    }
    said
}

fn all(version: &AccountVersion) -> [(&'static str, String); 8] {
    words(&version.state, None)
}

/// What a state says, each with its label.
pub(super) fn words(state: &AccountState, none: Option<&str>) -> [(&'static str, String); 8] {
    let none = none.unwrap_or("无");
    let number = |of: Option<Decimal>, unit: &str| {
        of.map_or_else(|| none.to_owned(), |of| format!("{}{unit}", of.normalize()))
    };
    let ratio = state.levy_ratio.map(|ratio| ratio * Decimal::ONE_HUNDRED);
    let ratio = ratio.map_or_else(|| "按标准".to_owned(), |of| format!("{}%", of.normalize()));
    [
        ("用水性质", state.use_class.label().to_owned()),
        ("污水费类型", state.sewage_class.label().to_owned()),
        ("垃圾费类型", state.garbage_class.label().to_owned()),
        ("用水人数", format!("{}人", state.persons)),
        ("面积", number(state.quantities.area_m2, "平方米")),
        ("桶数", number(state.quantities.bins, "桶/月")),
        ("户数", number(state.quantities.households, "户")),
        ("计征比例", ratio),
    ]
}
