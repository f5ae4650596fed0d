//! One file a number, put if absent and synced: two printers never get the same number, and a number given is kept.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Entry;

/// The folder of the archive.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Puts an entry under the first free number of a prefix such as `R02-20261124-`, and returns the number.
    pub(super) fn put_next(&self, prefix: &str, mut entry: Entry) -> io::Result<String> {
        fs::create_dir_all(&self.0)?;
        let mut next = self.last(prefix)? + 1;
        loop {
            entry.number = format!("{prefix}{next:04}");
            match self.put(&entry) {
                Ok(()) => return Ok(entry.number),
                Err(taken) if taken.kind() == ErrorKind::AlreadyExists => next += 1,
                Err(other) => return Err(other),
            }
        }
    }

    /// The entry of a number; the number was checked to be one.
    pub(super) fn get(&self, number: &str) -> io::Result<Option<Entry>> {
        match fs::read(self.file(number)) {
            Ok(json) => serde_json::from_slice(&json).map(Some).map_err(io::Error::other),
            Err(none) if none.kind() == ErrorKind::NotFound => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Entries whose number holds a text.
    pub(super) fn holding(&self, text: &str) -> io::Result<Vec<Entry>> {
        let numbers = self.numbers()?;
        numbers
            .iter()
            .filter(|number| number.contains(text))
            .filter_map(|number| self.get(number).transpose())
            .collect()
    }

    /// Written beside, synced, then linked: the link fails where the number is taken, and is never half a file.
    fn put(&self, entry: &Entry) -> io::Result<()> {
        // Two presses may try for the same number at once: each stages under a name of its own.
        static STAGED: AtomicU64 = AtomicU64::new(0);
        let turn = STAGED.fetch_add(1, Ordering::Relaxed);
        let staged = self.0.join(format!(".{}.{}.{turn}.new", entry.number, std::process::id()));
        let mut file = File::create(&staged)?;
        file.write_all(&serde_json::to_vec_pretty(entry).map_err(io::Error::other)?)?;
        file.sync_all()?;
        let linked = fs::hard_link(&staged, self.file(&entry.number));
        fs::remove_file(&staged)?;
        linked?;
        File::open(&self.0)?.sync_all()
    }

    fn last(&self, prefix: &str) -> io::Result<u32> {
        let numbers = self.numbers()?;
        Ok(numbers
            .iter()
            .filter_map(|number| number.strip_prefix(prefix)?.parse().ok())
            .max()
            .unwrap_or(0))
    }

    fn numbers(&self) -> io::Result<Vec<String>> {
        let listed = match fs::read_dir(&self.0) {
            Ok(listed) => listed,
            Err(none) if none.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(other) => return Err(other),
        };
        let mut numbers = Vec::new();
        for file in listed {
            let name = file?.file_name();
            if let Some(number) = name.to_str().and_then(|name| name.strip_suffix(".json")) {
                numbers.push(number.to_owned());
            }
        }
        Ok(numbers)
    }

    fn file(&self, number: &str) -> PathBuf {
        self.0.join(format!("{number}.json"))
    }
}
