//! People, pass words, sessions, the operation log.
