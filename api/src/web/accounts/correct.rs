//! 资料更正: the forms that put right what a payer, a place or a meter is called.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::NaiveDate;
use engine::register::{Correct, Correction, correct};
use minijinja::Value;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

use super::change::{text, typed};
use super::show::{answer, file_of};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
pub(super) struct PayerBody {
    name: String,
    phone: String,
    /// Empty leaves it: the number itself is shown to nobody.
    document: String,
    valid_from: String,
    reason: String,
}

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
pub(super) struct AddressBody {
    address: String,
    valid_from: String,
    reason: String,
}

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
pub(super) struct MeterBody {
    serial_no: String,
    to_serial_no: String,
    caliber_mm: String,
    max_range: String,
    valid_from: String,
    reason: String,
}

pub(super) async fn payer(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<PayerBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    let what = Correct::Payer {
        name: Some(body.name.clone()),
        phone: Some(body.phone.clone()),
        document: text(&body.document),
    };
    let done = done(&app, &visitor, id, Ok(what), (&body.valid_from, &body.reason)).await;
    let shown = PayerBody { document: String::new(), ..body };
    answer(&app, &visitor, id, ("payer", Value::from(Serde(&shown))), done).await
}

pub(super) async fn address(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<AddressBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    let what = Correct::Address(body.address.clone());
    let done = done(&app, &visitor, id, Ok(what), (&body.valid_from, &body.reason)).await;
    answer(&app, &visitor, id, ("address", Value::from(Serde(&body))), done).await
}

pub(super) async fn meter(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<MeterBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    let what = body.what();
    let done = done(&app, &visitor, id, what, (&body.valid_from, &body.reason)).await;
    answer(&app, &visitor, id, ("meter", Value::from(Serde(&body))), done).await
}

impl MeterBody {
    fn what(&self) -> Result<Correct, WebError> {
        Ok(Correct::Meter {
            serial_no: self.serial_no.clone(),
            to_serial_no: text(&self.to_serial_no),
            caliber_mm: typed(&self.caliber_mm, "口径")?,
            max_range: typed(&self.max_range, "量程")?,
        })
    }
}

async fn done(
    app: &App,
    visitor: &Visitor,
    id: i64,
    what: Result<Correct, WebError>,
    (valid_from, reason): (&str, &str),
) -> Result<(), WebError> {
    let file = file_of(app, visitor, id).await?;
    let valid_from = typed::<NaiveDate>(valid_from, "生效日期")?;
    let correction = Correction {
        account_no: file.card.no,
        valid_from: valid_from.unwrap_or_else(|| app.0.clock.today()),
        what: what?,
        reason: reason.to_owned(),
    };
    correct(&app.0.pool, &*app.0.clock, visitor.user, correction).await?;
    Ok(())
}
