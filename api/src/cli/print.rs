//! Facts on standard output: lines for people, JSON for programs.

use std::io::{self, Write, stdout};

use serde::Serialize;

/// Prints one fact as JSON on a line, or as the text for people.
pub(super) fn fact(
    json: bool,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    if json { line(&serde_json::to_string(value)?) } else { line(&text()) }
}

/// Prints a line.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// True where the reader of our output has gone, as `head` does: no failure of ours. A database that hung up is one.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    if error.chain().any(|cause| cause.is::<sqlx::Error>()) {
        return false;
    }
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error with its causes; drivers tend to repeat a cause in the error itself, which is said once.
pub(super) fn words(error: &anyhow::Error) -> String {
    let refused = error.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>());
    if refused.is_some_and(engine::access::is_refused) {
        return "您的角色没有这项权限，请联系系统管理员".to_owned();
    }
    let mut said = String::new();
    for cause in error.chain() {
        let told = cause.to_string();
        if !said.contains(&told) {
            let join = if said.is_empty() { "" } else { ": " };
            said = format!("{said}{join}{told}");
        }
        // It has told people what it can; what lies below is the engine's own, in English.
        if cause.is::<warehouse::WarehouseError>() {
            tracing::info!(?error, "the warehouse");
            break;
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use anyhow::anyhow;

    use super::{is_closed_pipe, words};

    #[test]
    fn a_reader_that_has_gone_is_no_failure_and_a_database_that_has_is_one() {
        let gone = || Error::from(ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&gone().into()));
        assert!(!is_closed_pipe(&anyhow::Error::from(sqlx::Error::Io(gone())).context("pages")));
    }

    #[test]
    fn a_cause_is_said_once() {
        let error = anyhow!("no such table").context("asked: no such table").context("open");
        assert_eq!(words(&error), "open: asked: no such table");
        let broken = warehouse::WarehouseError::Broken("no such plan".into());
        assert_eq!(words(&broken.into()), "数据仓库出错，查询没有完成；请联系管理员");
    }
}
