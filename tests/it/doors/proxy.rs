//! A line to PostgreSQL that can fall silent at the worst moment: after COMMIT was sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::city::City;

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Line {
    /// Hands everything on.
    Whole,
    /// Hands the next COMMIT on, swallows its answer, and is dead from then on.
    SilentAfterCommit,
    /// Swallows the next COMMIT itself, and is dead from then on.
    SilentBeforeCommit,
    /// Takes no connection and carries nothing.
    Dead,
}

/// The line of one city.
pub(super) struct Proxy {
    line: Arc<AtomicU8>,
    folder: PathBuf,
    port: u16,
}

impl Proxy {
    pub(super) fn open(city: &City) -> Self {
        let server = &city.database.server;
        let folder = city.data.join("line");
        std::fs::create_dir_all(&folder).unwrap();
        let socket = format!(".s.PGSQL.{}", server.port);
        let listener = UnixListener::bind(folder.join(&socket)).unwrap();
        let (line, behind) =
            (Arc::new(AtomicU8::new(Line::Whole as u8)), server.socket.join(&socket));
        let state = Arc::clone(&line);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if state.load(Ordering::SeqCst) == Line::Dead as u8 {
                    continue;
                }
                let far = UnixStream::connect(&behind).await.unwrap();
                tokio::spawn(carry(near, far, Arc::clone(&state)));
            }
        });
        Self { line, folder, port: server.port }
    }

    pub(super) fn becomes(&self, line: Line) {
        self.line.store(line as u8, Ordering::SeqCst);
    }

    pub(super) fn options(&self, city: &City) -> PgConnectOptions {
        city.database.application().socket(&self.folder).port(self.port)
    }
}

async fn carry(mut near: UnixStream, mut far: UnixStream, line: Arc<AtomicU8>) {
    let (mut question, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            asked = near.read(&mut question) => {
                let Ok(bytes @ 1..) = asked else { return };
                let said = &question[..bytes];
                let is_commit = said.windows(6).any(|word| word == b"COMMIT");
                let now = line.load(Ordering::SeqCst);
                if now == Line::Dead as u8 {
                    return;
                }
                if is_commit && now == Line::SilentBeforeCommit as u8 {
                    line.store(Line::Dead as u8, Ordering::SeqCst);
                    return;
                }
                if far.write_all(said).await.is_err() {
                    return;
                }
                if is_commit && now == Line::SilentAfterCommit as u8 {
                    // The server has answered, so the commit is done; nobody hears of it.
                    let _ = far.read(&mut answer).await;
                    line.store(Line::Dead as u8, Ordering::SeqCst);
                    return;
                }
            }
            told = far.read(&mut answer) => {
                let Ok(bytes @ 1..) = told else { return };
                if near.write_all(&answer[..bytes]).await.is_err() {
                    return;
                }
            }
        }
    }
}
