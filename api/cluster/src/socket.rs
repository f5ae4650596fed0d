//! The folder of the server's socket: `run/` in our own folder, unless the path is too long for a socket.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::account::{self, Account};
use super::error::{ClusterError, Result, Trying};

/// A socket's path may have so many bytes.
const LONGEST: usize = 107;
/// The longest name in the folder.
const NAME: &str = "/.s.PGSQL.65535.lock";
/// Notes where the folder of a deep data folder is.
const NOTE: &str = "socket-folder";

/// The folder of the socket, made for the account alone.
///
/// A deep folder gets one of a random name in the temp folder, noted in `folder`: a name that others could guess
/// might be a link of theirs, and root would give away what it points to.
pub(super) fn folder(folder: &Path, account: Option<Account>) -> Result<PathBuf> {
    let run = folder.join("run");
    if run.as_os_str().len() + NAME.len() <= LONGEST {
        account::own_folder(&run, account)?;
        return Ok(run);
    }
    let note = folder.join(NOTE);
    if let Ok(noted) = fs::read_to_string(&note).map(PathBuf::from)
        && is_owned(&noted, account)
    {
        return Ok(noted);
    }
    let short =
        std::env::temp_dir().join(format!("weir-{}", hex::encode(rand::random::<[u8; 8]>())));
    let made = DirBuilder::new().mode(0o700).create(&short);
    made.trying(format!("create {}", short.display()))?;
    account::own_folder(&short, account)?;
    let text = short.to_str().ok_or_else(|| ClusterError::Folder {
        path: short.clone(),
        reason: "the name of the temp folder is no text".into(),
    })?;
    fs::write(&note, text).trying(format!("write {}", note.display()))?;
    Ok(short)
}

/// True for a folder, no link, that the account alone may enter.
fn is_owned(path: &Path, account: Option<Account>) -> bool {
    let owner = account.map_or(rustix::process::geteuid().as_raw(), Account::uid);
    fs::symlink_metadata(path)
        .is_ok_and(|meta| meta.is_dir() && meta.uid() == owner && meta.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_deep_folder_has_a_socket_where_nobody_guesses_it() {
        let root = std::env::temp_dir().join(format!("weir-deep-{}", std::process::id()));
        let deep = root.join("d".repeat(120));
        fs::create_dir_all(&deep).unwrap();
        let first = folder(&deep, None).unwrap();
        assert!(first.as_os_str().len() + NAME.len() <= LONGEST, "{}", first.display());
        assert_eq!(fs::metadata(&first).unwrap().mode() & 0o777, 0o700);
        assert_eq!(folder(&deep, None).unwrap(), first, "a restart finds it again");
        // Somebody else's link in its place is not followed.
        fs::remove_dir(&first).unwrap();
        symlink(&root, &first).unwrap();
        let second = folder(&deep, None).unwrap();
        assert_ne!(second, first);
        let other = root.join("e".repeat(120));
        fs::create_dir_all(&other).unwrap();
        assert_ne!(folder(&other, None).unwrap(), second);
        for gone in [second, folder(&other, None).unwrap()] {
            fs::remove_dir(gone).unwrap();
        }
        fs::remove_file(first).unwrap();
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_not_followed() {
        let root = std::env::temp_dir().join(format!("weir-link-{}", std::process::id()));
        fs::create_dir_all(root.join("elsewhere")).unwrap();
        symlink(root.join("elsewhere"), root.join("run")).unwrap();
        assert!(folder(&root, None).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
