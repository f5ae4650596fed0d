//! People, pass words, sessions, the operation log. 权限
//!
//! A pass word is kept as argon2id, a session token only as its SHA-256. Five failures lock the
//! account for a quarter of an hour; the lock is in the database, so that it survives a restart.

mod account;
mod password;
mod login;
mod session;
mod store;

pub use account::{CreateUserError, NewUser, User, create_user, log, set_password, users};
pub use login::{LoginError, Logins, Session};
pub use password::WeakPassword;
pub use session::{Signed, logout, session};
