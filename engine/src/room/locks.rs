//! How many locks the server can hold, and how many it should.

/// How many locks the server can hold, beside what one statement over all months takes: each month brings a table for
/// each kind of rows, and each table its indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locks {
    /// Tables and indexes.
    pub relations: i64,
    /// Locks that the server can hold at once.
    pub slots: i64,
    /// `max_locks_per_transaction`.
    pub each: i64,
}

impl Locks {
    /// True where two can read all months at once, such as a backup and a check.
    pub const fn suffice(&self) -> bool {
        self.slots >= 2 * self.relations
    }

    /// The `max_locks_per_transaction` with which twice as many months have room.
    pub const fn wanted(&self) -> i64 {
        let sessions = self.slots / self.each;
        (4 * self.relations + sessions - 1) / sessions
    }
}
