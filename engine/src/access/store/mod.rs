//! Access control's questions to the database.

mod history;
mod people;
mod roles;
mod sessions;
mod tries;
mod marks;

pub(super) use history::{end_stand_in, person_as, person_history, stand_in, stand_ins};
pub(super) use marks::{last_written, mark, marks};
pub(super) use people::{
    anybody, create_user, hold_for_change, other_administrators, password_of, people, person,
    place_named, rename, renew_password, set_active, set_password, set_role, user, user_named,
    users,
};
pub(super) use roles::{answers_for, reaches, reaches_payers, roles};
pub(super) use sessions::{
    close_session, end_sessions, extend, open_session, signed, sweep_sessions,
};
pub(super) use tries::{
    forget_attempts, forget_attempts_of, give_back_attempt, has_been, note_place, suspend_attempts,
    take_attempt,
};
