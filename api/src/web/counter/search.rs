//! Finds accounts by number, meter, telephone, name or address.

use axum::Json;
use axum::extract::State;
use axum_extra::extract::Query;
use engine::counter;
use engine::register::{self, AccountCard, Arrears, Elsewhere, SearchScope};
use serde::{Deserialize, Serialize};
use terms::AccountId;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
pub(super) struct Found {
    accounts: Vec<FoundAccount>,
    /// 前 20 条，共 72 条.
    note: Option<String>,
}

#[derive(Serialize)]
struct FoundAccount {
    account: AccountId,
    no: String,
    payer_name: String,
    address: String,
    town: String,
    meter: Option<String>,
    owes: Option<String>,
}

pub(super) async fn find(
    State(app): State<App>,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Json<Found>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    // An outlet that collects a fee alone does so in its whole town.
    let apart = counter::apart(&mut connection, clerk.outlet).await?;
    let scope = match apart.collects_in() {
        Some(town) => SearchScope::Town(town),
        None => SearchScope::Outlet(clerk.outlet),
    };
    let found = register::search(&mut connection, scope, &asked.q).await?;
    let note = note(&found);
    let shown = apart.shown(&clerk.visitor.reach);
    let owed = register::arrears(&mut connection, &found.cards, &shown).await?;
    let found = found.cards.into_iter().map(|card| {
        let owes = owed.get(&card.id);
        FoundAccount::of(card, owes)
    });
    Ok(Json(Found { accounts: found.collect(), note }))
}

/// What the clerk should know beside the list: that there are more, or that another outlet has the account.
fn note(found: &register::Found) -> Option<String> {
    if let Some(Elsewhere { no, outlet_name }) = &found.elsewhere {
        return Some(format!("用户 {no} 属于{outlet_name}，请到该网点办理"));
    }
    let (shown, total) = (found.cards.len(), found.total);
    if shown == 0 {
        return found.and_more.then(|| "这样开头的号码太多，请再输几位".to_owned());
    }
    let more = if found.and_more { "以上" } else { "" };
    (found.and_more || total > shown)
        .then(|| format!("前 {shown} 条，共 {total} 条{more}，请再输几个字"))
}

impl FoundAccount {
    fn of(card: AccountCard, owes: Option<&Arrears>) -> Self {
        let owes = owes.map(|owes| format!("欠 {} 期 {} 元", owes.charges, owes.amount.grouped()));
        Self {
            account: card.id,
            no: card.no,
            payer_name: card.payer_name,
            address: card.address,
            town: card.town_name,
            meter: card.meter_serial_no,
            owes,
        }
    }
}
