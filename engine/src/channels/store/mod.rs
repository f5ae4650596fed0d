//! The channels' questions to the database, each for a whole piece.

mod debtors;
mod entries;
mod holds;
mod items;
mod moved;
mod waiting;

pub(super) use debtors::{load_debts, lock_debtors, open_months};
pub(super) use entries::mirror;
pub(crate) use holds::held_by;
pub(super) use holds::{held, hold, release};
pub(super) use items::{
    account_of, add_channel, batch, billed_after, came_as, channel, channels, load_channels,
    take_in,
};
pub(super) use moved::{note_answer, note_request, requests};
pub(super) use waiting::{InSuspense, give_back, received, refuse, suspense, waiting};
