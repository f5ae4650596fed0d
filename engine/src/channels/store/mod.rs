//! The channels' questions to the database, each for a whole piece.

mod debtors;
mod entries;
mod holds;
mod items;
mod waiting;

pub(super) use debtors::{forget_plans, load_open, lock_debtors};
pub(super) use entries::{keep, later_on_its_charges, lock_original, mirror, payment_ids, record};
pub(super) use holds::{held, hold, in_flight, mark_held, release};
pub(super) use items::{account_of, add_channel, batch, channel, channels, load_channels, take_in};
pub(super) use waiting::{give_back, received, refuse, suspense, waiting};

type Result<T> = std::result::Result<T, sqlx::Error>;
