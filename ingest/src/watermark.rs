//! The position that the warehouse holds of one slot of one cluster. A mismatch is never guessed away.

use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tables::{Snapshot, durable_fs};
use terms::Lsn;

use crate::CaptureError;

/// Where capture stands: in which cluster, on which time line, with which slot, up to where.
///
/// Snapshots carry it. While nothing changes no snapshot is made, but the slot must move on, so the position that it
/// is told is written down first, in `_weir/idle.json`: a slot that is further than both has lost changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Watermark {
    pub(crate) system_id: String,
    pub(crate) timeline: i32,
    pub(crate) slot: String,
    pub(crate) lsn: Lsn,
}

impl Watermark {
    /// The watermark of the newest snapshot, moved on by what was written down since.
    pub(crate) fn read(root: &Path, newest: &Snapshot) -> Result<Self, CaptureError> {
        let mut mark = Self {
            system_id: newest.system_id.clone(),
            timeline: newest.timeline,
            slot: newest.slot.clone(),
            lsn: newest.lsn,
        };
        let path = root.join("_weir").join("idle.json");
        let text = match std::fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(mark),
            read => read.map_err(|e| CaptureError::stop(format!("{}: {e}", path.display())))?,
        };
        let idle: Self = serde_json::from_slice(&text)
            .map_err(|e| CaptureError::stop(format!("{}: {e}", path.display())))?;
        // One of an earlier cluster or slot says nothing about this one.
        if (Self { lsn: mark.lsn, ..idle.clone() }) == mark {
            mark.lsn = mark.lsn.max(idle.lsn);
        }
        Ok(mark)
    }

    /// Makes it durable.
    pub(crate) fn write(&self, root: &Path) -> Result<(), CaptureError> {
        let text = serde_json::to_vec(self).map_err(|e| CaptureError::stop(e.to_string()))?;
        let path = root.join("_weir").join("idle.json");
        durable_fs::replace(&path, &text)
            .map_err(|e| CaptureError::retry(format!("{}: {e}", path.display())))
    }

    /// Refuses a cluster, a time line or a slot that is not the one of the warehouse.
    pub(crate) fn check(
        &self,
        system_id: &str,
        timeline: i32,
        slot: &str,
    ) -> Result<(), CaptureError> {
        let differs = |what: &str, here: &str, there: &str| {
            Err(CaptureError::resync(format!(
                "the warehouse was captured from {what} {here}, PostgreSQL has {what} {there}: copy the tables afresh"
            )))
        };
        if self.system_id != system_id {
            return differs("the cluster", &self.system_id, system_id);
        }
        if self.timeline != timeline {
            return differs("the time line", &self.timeline.to_string(), &timeline.to_string());
        }
        if self.slot != slot {
            return differs("the slot", &self.slot, slot);
        }
        Ok(())
    }
}
