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

/// True where the reader of our output has gone, as `head` does: no failure of ours.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
