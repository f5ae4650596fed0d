//! The file of a finished job, whole or from a place on: a broken download goes on where it stopped.

use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::access::Action;
use engine::extract::JobState;
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::jobs::{own, still_shown};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::{Visitor, note};
use crate::web::words::file_header;

pub(super) async fn file(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let job = own(&app, &visitor, id).await?;
    if job.state != JobState::Done {
        return Err(WebError::Invalid("文件还没有完成。".to_owned()));
    }
    if !still_shown(&job, &visitor) {
        return Err(WebError::Forbidden("权限已变更，请重新提取。"));
    }
    let details = json!({ "bytes": job.bytes, "sha256": job.sha256 });
    note(&app, &visitor, Action::FetchExport, format!("导出 {id}"), details).await?;
    let mut file = File::open(app.0.jobs.file(id, job.format)).await?;
    let size = file.metadata().await?.len();
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let (status, from, to) = match asked.and_then(|range| part(range, size)) {
        Some((from, to)) => (StatusCode::PARTIAL_CONTENT, from, to),
        None => (StatusCode::OK, 0, size),
    };
    file.seek(SeekFrom::Start(from)).await?;
    let name = format!("数据提取_{id}.{}", job.format.code());
    let mut answer = [
        (CONTENT_TYPE, job.format.media_type().to_owned()),
        (CONTENT_DISPOSITION, file_header("attachment", &name)),
        (CONTENT_LENGTH, (to - from).to_string()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (ETAG, format!("\"{}\"", job.sha256.unwrap_or_default())),
    ]
    .into_iter()
    .collect::<Vec<_>>();
    if status == StatusCode::PARTIAL_CONTENT {
        answer.push((CONTENT_RANGE, format!("bytes {from}-{}/{size}", to - 1)));
    }
    let headers = axum::response::AppendHeaders(answer);
    let body = Body::from_stream(ReaderStream::new(file.take(to - from)));
    Ok((status, headers, body).into_response())
}

/// The bytes from, and up to but not including; none for anything but one plain range inside the file.
fn part(range: &str, size: u64) -> Option<(u64, u64)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (from, to) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size),
        (from, "") => (from.parse().ok()?, size),
        (from, to) => (from.parse().ok()?, to.parse::<u64>().ok()?.checked_add(1)?.min(size)),
    };
    (from < to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_inside_the_file_or_not_taken() {
        for (range, want) in [
            ("bytes=0-9", Some((0, 10))),
            ("bytes=90-", Some((90, 100))),
            ("bytes=-10", Some((90, 100))),
            ("bytes=90-1000", Some((90, 100))),
            ("bytes=100-", None),
            ("bytes=9-3", None),
            ("bytes=0-1,5-6", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(part(range, 100), want, "{range}");
        }
    }
}
