//! What the private server is told at each start; nothing of it stands in a file.

use std::path::Path;

/// The port names the socket file; nothing listens on TCP.
pub(super) const PORT: u16 = 5432;
/// Superuser of the private cluster: it makes database and logins at each start, and nothing of Weir's works as it.
pub(super) const KEEPER: &str = "weir";
/// The database.
pub(super) const DATABASE: &str = "weir";

/// Who is let in, by pass word. A copy of the whole cluster is the keeper's alone: it would hold what is not published.
pub(super) const ENTRY: &str =
    "local replication weir scram-sha-256\nlocal all all scram-sha-256\n";

/// A gibibyte of buffers holds the open months of the whole city; small machines get an eighth.
const BUFFERS_MIB_MAX: u64 = 1024;
const BUFFERS_MIB_MIN: u64 = 128;

/// Server settings, `name=value`.
pub(super) fn server(run: &Path) -> Vec<String> {
    let mut settings = vec![
        format!("unix_socket_directories={}", run.display()),
        format!("shared_buffers={}MB", buffers_mib(memory_mib())),
    ];
    let fixed = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "password_encryption=scram-sha-256",
        // A payment on the screen is a payment on disk.
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
        // Change capture; the log that it has not read yet may not fill the disk.
        "wal_level=logical",
        "max_wal_senders=8",
        "max_replication_slots=16",
        "max_slot_wal_keep_size=8GB",
        "max_connections=100",
        "max_wal_size=4GB",
        "wal_compression=lz4",
        "checkpoint_timeout=15min",
        // The partitions of a new month are filled within seconds: without figures of them, plans go wrong.
        "autovacuum_naptime=5s",
        "maintenance_work_mem=256MB",
        "max_locks_per_transaction=256",
        "logging_collector=off",
        // Names and phone numbers stay out of the log.
        "log_parameter_max_length=0",
        "log_timezone=UTC",
        "timezone=UTC",
    ];
    settings.extend(fixed.map(String::from));
    settings
}

fn buffers_mib(memory_mib: u64) -> u64 {
    (memory_mib / 8).clamp(BUFFERS_MIB_MIN, BUFFERS_MIB_MAX)
}

/// The memory of this machine; 0 where it does not tell.
pub fn memory_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_follow_the_machine() {
        for (memory, want) in [(0, 128), (2_048, 256), (24_000, 1_024)] {
            assert_eq!(buffers_mib(memory), want);
        }
    }
}
