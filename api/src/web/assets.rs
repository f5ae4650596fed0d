//! Style sheets, scripts and icons, embedded in the binary and served under a content hash.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::error::WebError;

/// A file of `api/static`.
struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $kind:ident),+ $(,)?) => {
        &[
            // The style of a laid-out report belongs to the reports.
            Asset { name: "paper.css", kind: CSS, body: reports::render::REPORT_CSS.as_bytes() },
            $(Asset { name: $name, kind: $kind, body: include_bytes!(concat!("../../static/", $name)) }),+
        ]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const ALL: &[Asset] = assets! {
    "weir.css" CSS,
    "home.css" CSS,
    "counter.css" CSS,
    "report.css" CSS,
    "extract.css" CSS,
    "weir.js" JS,
    "again.js" JS,
    "refused.js" JS,
    "server.js" JS,
    "page.js" JS,
    "approvals.js" JS,
    "requests.js" JS,
    "payment.js" JS,
    "yuan.js" JS,
    "fees.js" JS,
    "home.js" JS,
    "trend.js" JS,
    "counter.js" JS,
    "counter-find.js" JS,
    "counter-pay.js" JS,
    "counter-today.js" JS,
    "report.js" JS,
    "draft.js" JS,
    "extract.js" JS,
    "icon.svg" SVG,
    "vendor/htmx/htmx.min.js" JS,
    "vendor/echarts/echarts.min.js" JS,
    "vendor/lucide/icons.svg" SVG,
};

/// One hash over everything: scripts import each other by relative names under it.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut all = Sha256::new();
    for asset in ALL {
        all.update(asset.name);
        all.update(asset.body);
    }
    hex::encode(&all.finalize()[..6])
});

/// The address of a file of `api/static`, such as `/static/1f3c…/weir.css`.
pub(super) fn address(name: &str) -> String {
    format!("/static/{}/{name}", *HASH)
}

/// Serves a file; under its true hash it may be kept for a year.
pub(super) async fn file(Path((hash, name)): Path<(String, String)>) -> Result<Response, WebError> {
    let asset = ALL.iter().find(|a| a.name == name).ok_or(WebError::NotFound)?;
    let keep = if hash == *HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, keep), (ETAG, HASH.as_str())];
    Ok((headers, asset.body).into_response())
}

#[cfg(test)]
mod tests {
    use terms::FeeItem;

    use super::*;

    /// What others wrote is served as they published it.
    #[test]
    fn vendored_files_are_the_listed_ones() {
        let list = include_str!("../../static/vendor/SHA256SUMS");
        for asset in ALL.iter().filter(|a| a.name.starts_with("vendor/")) {
            let name = asset.name.trim_start_matches("vendor/");
            let listed = list.lines().find_map(|l| l.strip_suffix(&format!("  {name}")));
            assert_eq!(listed, Some(hex::encode(Sha256::digest(asset.body)).as_str()), "{name}");
        }
    }

    /// Scripts number and name the fees as the terms do.
    #[test]
    fn the_fees_of_the_scripts_are_those_of_the_terms() {
        let fee = |fee: &FeeItem| format!("[\"{}\", \"{}\"]", fee.code(), fee.label());
        let fees: Vec<_> = FeeItem::ALL.iter().map(fee).collect();
        let script = include_str!("../../static/fees.js");
        assert!(script.contains(&format!("[{}];", fees.join(", "))), "{script}");
    }

    #[test]
    fn no_own_script_or_style_asks_an_outside_host() {
        for asset in ALL.iter().filter(|a| !a.name.starts_with("vendor/") && a.kind != SVG) {
            let text = std::str::from_utf8(asset.body).unwrap();
            assert!(!text.contains("://"), "{}", asset.name);
        }
    }
}
