//! People, pass words, sessions, the operation log. 权限
//!
//! A pass word is kept as argon2id, a session token only as its SHA-256. What may not be tried for ever is
//! counted in the database, so that it survives a restart. Whoever writes leaves a mark ([`Act`]).

mod act;
mod account;
mod password;
mod login;
mod session;
mod store;

pub use account::{
    AdministerError, CreateUserError, NewUser, Person, Place, User, add_user, change_password,
    create_user, disable_user, enable_user, has_password, people, place_named, set_password,
    set_role, users,
};
pub use act::{Act, Action, mark, mark_reading};
pub use login::{LoginError, Logins, Session};
pub use password::WeakPassword;
pub use session::{Asking, Signed, logout, session};
