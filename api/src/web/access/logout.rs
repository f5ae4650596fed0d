//! The session ends, on the server too.

use axum::extract::State;
use axum::response::Redirect;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use engine::access;

use crate::web::App;
use crate::web::error::WebError;

pub(super) async fn leave(
    State(app): State<App>,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect), WebError> {
    if let Some(cookie) = jar.get(app.cookie()) {
        access::logout(&app.0.pool, &*app.0.clock, cookie.value()).await?;
        app.0.sessions_ended.send_replace(());
    }
    let gone = Cookie::build((app.cookie(), "")).path("/").secure(app.is_secure());
    Ok((jar.remove(gone), Redirect::to("/login")))
}
