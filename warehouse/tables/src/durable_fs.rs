//! `DurableFs`: a local object store whose `put` returns when the bytes and the name are on disk.
//!
//! object_store 0.13 never calls fsync. Syncing after its own put would be too late: the name would be visible before
//! the bytes are safe, so a power cut could leave an empty log entry. Here a file is staged, synced, then linked or
//! renamed into place, then its folder is synced.

use std::fs::{self, File};
use std::io::{Error as IoError, ErrorKind, Write};
use std::path::Path as FsPath;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result, UploadPart,
};

/// A local object store, rooted at `/`, that syncs what it writes.
#[derive(Debug, Clone)]
pub struct DurableFs {
    inner: Arc<LocalFileSystem>,
}

impl DurableFs {
    /// The store; it has no state of its own.
    pub fn shared() -> Arc<Self> {
        Arc::new(Self { inner: Arc::new(LocalFileSystem::new()) })
    }

    async fn place(&self, to: &Path, payload: PutPayload, create: bool) -> Result<PutResult> {
        let chunks =
            move |file: &mut File| payload.iter().try_for_each(|chunk| file.write_all(chunk));
        self.blocking(to, move |path| place(path, chunks, create)).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    /// Runs blocking file work off the async threads.
    async fn blocking(
        &self,
        location: &Path,
        work: impl FnOnce(&FsPath) -> std::io::Result<()> + Send + 'static,
    ) -> Result<()> {
        let path = self.inner.path_to_filesystem(location)?;
        let done = tokio::task::spawn_blocking(move || work(&path)).await?;
        done.map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => {
                Error::AlreadyExists { path: location.to_string(), source: e.into() }
            }
            _ => Error::Generic { store: "DurableFs", source: e.into() },
        })
    }
}

/// Writes a new file durably; refuses with `AlreadyExists` when the name is taken.
pub fn create(path: &FsPath, bytes: &[u8]) -> std::io::Result<()> {
    place(path, |file| file.write_all(bytes), true)
}

/// Writes a file durably in the place of the one that may be there: readers see the old or the new, whole.
pub fn replace(path: &FsPath, bytes: &[u8]) -> std::io::Result<()> {
    place(path, |file| file.write_all(bytes), false)
}

fn place(
    path: &FsPath,
    write: impl FnOnce(&mut File) -> std::io::Result<()>,
    create: bool,
) -> std::io::Result<()> {
    static START: LazyLock<u128> =
        LazyLock::new(|| UNIX_EPOCH.elapsed().map_or(0, |t| t.as_nanos()));
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let dir = path.parent().ok_or_else(|| IoError::other("a file has a folder"))?;
    make_dirs(dir)?;
    // A '#<number>' suffix is LocalFileSystem's own mark of a staged file: its listings leave such names out.
    let stage = format!("{}#{}{:06}", path.display(), *START, NEXT.fetch_add(1, Ordering::Relaxed));
    let mut file = File::create_new(&stage)?;
    let placed = write(&mut file).and_then(|()| {
        file.sync_all()?;
        if create { fs::hard_link(&stage, path) } else { fs::rename(&stage, path) }
    });
    if create || placed.is_err() {
        // A staged file that stays is never read; the result of the placing is what counts.
        let _ = fs::remove_file(&stage);
    }
    placed.and_then(|()| sync_dir(dir))
}

/// `create_dir_all`, each new name synced in its parent.
fn make_dirs(dir: &FsPath) -> std::io::Result<()> {
    let (false, Some(parent)) = (dir.is_dir(), dir.parent()) else { return Ok(()) };
    make_dirs(parent)?;
    match fs::create_dir(dir) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
        _ => sync_dir(parent),
    }
}

fn sync_dir(dir: &FsPath) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

impl std::fmt::Display for DurableFs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DurableFs({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for DurableFs {
    async fn put_opts(
        &self,
        to: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        match opts.mode {
            PutMode::Create => self.place(to, payload, true).await,
            PutMode::Overwrite => self.place(to, payload, false).await,
            PutMode::Update(_) => self.inner.put_opts(to, payload, opts).await, // refused there
        }
    }

    /// Only large checkpoints come this way; their parts wait in memory for one durable put.
    async fn put_multipart_opts(
        &self,
        to: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Parts { store: self.clone(), to: to.clone(), parts: Vec::new() }))
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.blocking(from, |path| File::open(path)?.sync_all()).await?;
        self.inner.rename_opts(from, to, options).await?;
        for end in [from, to] {
            self.blocking(end, |path| sync_dir(path.parent().unwrap_or(path))).await?;
        }
        Ok(())
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await?;
        self.blocking(to, |path| {
            File::open(path)?.sync_all()?;
            sync_dir(path.parent().unwrap_or(path))
        })
        .await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(
        &self,
        location: &Path,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    /// Not synced: a file that comes back after a power cut is not named by any log.
    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }
}

#[derive(Debug)]
struct Parts {
    store: DurableFs,
    to: Path,
    parts: Vec<bytes::Bytes>,
}

#[async_trait]
impl MultipartUpload for Parts {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.parts.extend(data.iter().cloned());
        Box::pin(std::future::ready(Ok(())))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let payload = std::mem::take(&mut self.parts).into_iter().collect();
        self.store.place(&self.to, payload, false).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.parts.clear();
        Ok(())
    }
}
