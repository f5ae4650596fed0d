//! Rows for `COPY … FORMAT BINARY`: PostgreSQL's fastest way in.
