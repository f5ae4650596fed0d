//! A demo city, made through the engine's own functions.
