//! What is printed, shown and handed on as a file is one and the same.

mod daily;
mod formats;
mod households;
mod names;
mod seals;
mod settings;
mod taken;
mod treasury;
