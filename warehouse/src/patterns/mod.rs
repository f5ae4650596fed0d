//! The format words of PostgreSQL and Oracle: `to_char`, `to_date`, `to_timestamp` and `to_number`.
//!
//! DataFusion's functions of these names want `%Y-%m` and copy `YYYY-MM` as it stands, which lumps all months
//! together. Ours give what PostgreSQL 15 gives, word for word, and refuse whatever they do not know: a pattern is
//! understood as a whole or not at all.
//!
//! Where we are stricter than PostgreSQL: letters that are no format word must stand in double quotes; a text that is
//! read must match its pattern to the end, with a year of four digits for `YYYY`; and it is refused where PostgreSQL,
//! which counts letters, would drop a digit or a sign on the way in (it reads `968,911.31` by `FM999,990.99` as
//! 968911.3). A zone is always that of Dongguan, +08, also in the summers of 1986 to 1991, when its clocks stood at +09.

mod refusal;
// Days and times: the words, the pattern made of them, what it writes, what it reads.
mod word;
mod template;
mod write;
mod input;
mod digits;
mod fields;
mod read;
// Numbers, in the same order.
mod figure;
mod cells;
mod write_figure;
mod read_figure;
// The functions of SQL over all this.
mod each_row;
mod to_char;
mod to_date;
mod to_timestamp;
mod to_number;
mod functions;

pub(crate) use functions::all;
