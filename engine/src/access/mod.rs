//! People, roles, pass words, sessions, the operation log. 权限
//!
//! A pass word is kept as argon2id, a session token only as its SHA-256. What may not be tried for ever is
//! counted in the database, so that it survives a restart. Whoever writes leaves a mark ([`Act`]), and the
//! database writes none for an act that the person's role may not do.

mod act;
mod rights;
mod person;
mod stood_in;
mod account;
mod administer;
mod stand_in;
mod password;
mod login;
mod own;
mod session;
mod log;
mod store;

pub(crate) use account::{answers_for, reach_of, reaches, reaches_payers};
pub use account::{
    anybody, has_password, people, person, place_named, roles, user, user_named, users,
};
pub use act::{Act, Action, Mark, MarksSought};
pub use administer::{
    AdministerError, Changed, add_user, change_password, disable_user, enable_user, rename_user,
    set_role,
};
pub(crate) use log::ended;
pub use log::{is_refused, mark, mark_reading, marks};
pub use login::{LoginError, Logins, Session};
pub use own::{NewPassword, NewPasswordError};
pub use password::WeakPassword;
pub use person::{NewUser, People, Person, Place, Signed, Sought, User};
pub use rights::{Reach, Rights, RoleRights, Shown};
pub use session::{Asking, logout, session};
pub use stand_in::{StandInError, end_stand_in, person_history, stand_in, stand_ins};
pub use stood_in::{StandIn, StoodIn, Was, last_day};
