//! 档案变更: the form that submits one, for another person to approve.

use std::str::FromStr;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::NaiveDate;
use engine::register::{
    AccountChange, Clears, NewPayer, Pays, Quantities, account_numbered, submit_change,
};
use minijinja::Value;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

use super::seen;
use super::show::{answer, file_of};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

/// As it was typed; what is empty stays as it is.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[serde(default)]
#[derive(Default)]
pub(super) struct ChangeBody {
    valid_from: String,
    use_class: String,
    sewage_class: String,
    garbage_class: String,
    persons: String,
    supplier: String,
    area_m2: String,
    bins: String,
    households: String,
    /// In hundredths, as people say it.
    levy_percent: String,
    clear_area_m2: Option<String>,
    clear_bins: Option<String>,
    clear_households: Option<String>,
    clear_levy_ratio: Option<String>,
    payer_name: String,
    payer_phone: String,
    payer_document: String,
    /// 户号 of an account that the next payer pays for already.
    payer_of: String,
    doc_no: String,
    reason: String,
}

pub(super) async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<ChangeBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    let file = file_of(&app, &visitor, id).await?;
    let done = order(&app, &visitor, file.card.no, &body).await;
    answer(&app, &visitor, id, ("change", Value::from(Serde(&body))), done).await
}

async fn order(
    app: &App,
    visitor: &Visitor,
    account_no: String,
    body: &ChangeBody,
) -> Result<(), WebError> {
    let hundred = rust_decimal::Decimal::ONE_HUNDRED;
    let percent = typed::<rust_decimal::Decimal>(&body.levy_percent, "计征比例")?;
    let change = AccountChange {
        account_no,
        valid_from: typed::<NaiveDate>(&body.valid_from, "生效日期")?
            .ok_or_else(|| WebError::Invalid("请填写生效日期。".to_owned()))?,
        use_class: typed(&body.use_class, "用水性质")?,
        sewage_class: typed(&body.sewage_class, "污水费类型")?,
        garbage_class: typed(&body.garbage_class, "垃圾费类型")?,
        persons: typed(&body.persons, "用水人数")?,
        supplier: text(&body.supplier),
        quantities: Quantities {
            area_m2: typed(&body.area_m2, "面积")?,
            bins: typed(&body.bins, "桶数")?,
            households: typed(&body.households, "户数")?,
        },
        levy_ratio: percent.map(|percent| percent / hundred),
        clears: Clears {
            area_m2: body.clear_area_m2.is_some(),
            bins: body.clear_bins.is_some(),
            households: body.clear_households.is_some(),
            levy_ratio: body.clear_levy_ratio.is_some(),
        },
        payer: payer(app, visitor, body).await?,
        doc_no: text(&body.doc_no),
        reason: body.reason.clone(),
    };
    submit_change(&app.0.pool, &*app.0.clock, visitor.user, change).await?;
    Ok(())
}

/// Who pays from then on: somebody new, or whoever pays for another account that the visitor sees.
async fn payer(app: &App, visitor: &Visitor, body: &ChangeBody) -> Result<Option<Pays>, WebError> {
    let (name, of) = (text(&body.payer_name), text(&body.payer_of));
    match (name, of) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            Err(WebError::Invalid("新缴费人与已有缴费人只能填写一项。".to_owned()))
        }
        (Some(name), None) => {
            let (phone, document) = (text(&body.payer_phone), text(&body.payer_document));
            Ok(Some(Pays::New(NewPayer { name, phone, document })))
        }
        (None, Some(no)) => {
            let mut connection = app.0.pool.acquire().await?;
            let found = match account_numbered(&mut connection, &no).await? {
                Some(account) => seen(&mut connection, visitor, account).await?,
                None => None,
            };
            let unknown = || WebError::Invalid(format!("没有户号 {no}，不能由其缴费人接手。"));
            Ok(Some(Pays::Known(found.ok_or_else(unknown)?.state.payer)))
        }
    }
}

/// What was typed, where something was.
pub(super) fn text(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The same as a value; what does not read is said by the name of its field.
pub(super) fn typed<T: FromStr>(text: &str, field: &str) -> Result<Option<T>, WebError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let value = text.parse().map_err(|_| WebError::Invalid(format!("{field}填写有误：{text}")))?;
    Ok(Some(value))
}
