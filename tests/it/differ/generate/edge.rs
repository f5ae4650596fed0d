//! Values at their limits: overflow, rounding, nulls, ends of months, empty texts. A statement of constants, or
//! of constants beside the rows of a table, since the two are computed in different places.

use super::{Dice, Grain, Query, Type};

/// What is computed of each kind, parted by semicolons; `#` and `@` stand for numbers.
const WHOLE: &str = r"
# / @; # % @; (- #) / @; cast(# as bigint) / @; cast(# as bigint) % @; cast(#.5 as int); cast(-#.5 as int);
cast(0.5 as bigint); cast(1.4999 as int); cast('#' as int) + 1; cast(' # ' as bigint); 2147483647 + #;
9223372036854775807 + #; 9223372036854775807 * #; cast(2147483647 as int) * @;
abs(cast(-9223372036854775807 as bigint) - #); cast(3000000000 as int); cast(12345678901.5 as int); - (- #);
coalesce(null, null, #); nullif(#, #); greatest(null, #, @); least(#, null, @); length('张三#'); octet_length('张三#');
position('' in 'abc'); date '2027-03-01' - date '2027-02-01'; date '2026-12-31' - date '2027-01-0@';
case null when null then 1 else # end; cast(true as int); ascii('A'); extract(week from date '2027-01-0@');
extract(dow from date '2026-11-2@'); cast(cast(# as decimal(20, 5)) / @ as int); # / 0; # % 0";
const DECIMALS: &str = r"
round(#.5); round(-#.5); round(1.005, 2); round(-1.005, 2); round(#.2345, @); trunc(-1.999, 2);
trunc(1234.567, -2); ceil(-#.5); floor(-#.5); 0.1 + 0.2; 1.0 / 3; 1 / 3.0; #.0 / @; 10.00 / 4;
999999999999.99 + 0.01; cast(999999999999.99 as decimal(14, 2)) + #; 999999999999.99 * 999999999999.99;
cast('99999999999999999999999999999999999999' as decimal(38, 0));
cast('99999999999999999999999999999999999999' as decimal(38, 0)) + #;
cast('99999999999999999999999999999999999999' as decimal(38, 0)) - 0.01; cast(123456789012.345 as decimal(10, 2));
cast(1.005 as decimal(10, 2)); cast(-1.005 as decimal(10, 2)); cast('1.005' as decimal(10, 2));
cast('12,5' as decimal(10, 2)); #.75 % 0.5; -#.75 % 0.5; # / 0.0; cast(# as decimal(14, 2)) / 7 * 7;
power(10, 17) + #; 1e2 + #.01; round(1e3) - #.5; 2.5e3 * #; ceil(#9.5); power(-8, 0.5); power(0, - @); power(-2.0, 3); ln(#); ln(- #); log(#); log(0); log(2.0, #.5);
sqrt(-#.5); sqrt(#.25); exp(-#.5); 100 * 1.1; 1e2 + #; abs(-0.00)";
const TEXTS: &str = r"
concat('a', null, #); 'a' || null; substr('abcdef', 0, 3); substr('abcdef', -2, 4); substring('abcdef' from #);
left('abc', -1); right('abc', -5); left('张三李四', 2); split_part('a,b,c', ',', -1); split_part('a,b', ',', #);
upper('Müller'); trim('  张 '); cast(#.50 as text); cast(cast(# as decimal(10, 4)) as text); cast(true as text);
cast(- # as text); cast(date '2026-01-0@' as text); coalesce('', 'x'); nullif('', ''); lower('ＡＢＣ');
cast(timestamp '2026-12-01 08:00:00' as text); cast(timestamptz '2026-12-01 08:00:00+08' as text); 'a' || # || 'b';
initcap('o''hara and SON'); reverse('水费#'); cast(0.1 + 0.2 as text); cast(1.10 * 2.0 as text)";
const DAYS: &str = r"
date '2027-01-31' + interval '1 month'; date '2028-02-29' - interval '1 year'; date '2026-12-31' + #;
timestamp '2027-01-31 23:30:00' + interval '1 month'; cast('2026-12-0@' as date); cast('2026-1-@' as date);
date_trunc('week', date '2027-01-0@'); date_trunc('month', timestamptz '2026-12-01 03:00:00+08');
cast(timestamptz '2026-11-30 20:00:00+00' as date);
timestamptz '2026-11-30 20:00:00+00' at time zone 'Asia/Shanghai';
timestamp '2026-12-01 04:00:00' at time zone 'Asia/Shanghai'; cast('2026-13-01' as date); cast('20261201' as date);
greatest(date '2026-01-01', null); cast('2026-12-01 10:00:00' as timestamptz); make_date(2026, #, @);
cast(date '2026-12-01' as timestamptz); cast(timestamptz '2026-12-01 03:10:00+08' as timestamp);
cast('2026-11-30 20:00:00+00' as date); cast('2026-12-01T23:30:00Z' as date); cast('2026-12-0@ 20:00:00-05' as timestamp);
cast('2026-11-30 20:00:00Z' as timestamptz); cast('2026-12-01 08:30:00+09' as time); date '2026-12-0@ 20:00:00+00'";
const TRUTHS: &str = r"
null and false; null or true; cast(null as int) = null; # in (1, null); # not in (2, null);
null is not distinct from null; '' is null; 'a_c' like 'a\_c'; 'abc' like 'a_c%'; '张三' ilike '%三'; 'B' > 'a';
'10' < '9'; 'a ' = 'a'; #.0 = #; cast('#' as int) = #; (1, null) = (1, #); (#, 2) in ((1, 2), (3, null));
not (null = #); # between 5 and 1; date '2026-12-01' < timestamptz '2026-12-01 00:00:01+08';
timestamptz '2026-12-01 00:00:00+08' = timestamptz '2026-11-30 16:00:00+00'; 0.1 + 0.2 = 0.3; 1 / 3.0 * 3 = 1;
ceil(cast(-0.# as double precision)) in (0, 7); round(cast(-0.# as double precision)) not in (0, @);
nullif(- (cast(0.# as double precision) * 0), 0) is null; cast('-0' as double precision) < 0";
/// Sums of rows at the limits.
const SUMS: &str = r"
sum(cast(t.v as decimal(38, 0))); sum(t.v); avg(t.v); sum(t.v) / 2; sum(cast(t.v as bigint)) / 2;
max(t.v) - min(t.v); sum(t.v * 1.005); round(avg(t.v), 2); sum(cast(t.v as decimal(14, 2)) * 999999999.99);
count(*) / 2; count(*) % 2";

/// A value of each kind, cast to a type of each: PostgreSQL does not know every pair.
fn casts(d: &mut Dice) -> Query {
    d.note("casts between kinds");
    let value = d.one(&[
        "cast(7 as int)",
        "cast(7 as bigint)",
        "7.5",
        "cast(7.5 as double precision)",
        "true",
        "'7'",
        "'2026-11-01'",
        "date '2026-11-01'",
        "timestamp '2026-11-01 08:30:00'",
        "timestamptz '2026-11-01 08:30:00.25+08'",
        "interval '14 months'",
        "interval '1 day 30 minutes'",
        "time '08:30:00'",
        "null",
    ]);
    let kind = d.one(&[
        "int",
        "bigint",
        "decimal(12, 2)",
        "double precision",
        "text",
        "date",
        "timestamp",
        "timestamptz",
        "interval",
    ]);
    // Of truths PostgreSQL casts the `integer` alone.
    let kind =
        if value == "true" { d.one(&["int", "text", "date", "decimal(12, 2)"]) } else { kind };
    let sql = match d.below(2) {
        0 => format!("select cast({value} as {kind}) as c1"),
        _ => format!(
            "select cast({value} as {kind}) as c1 from town t where t.id = (select min(id) from town)"
        ),
    };
    Query { sql, grains: vec![Grain::Exact], ordered: false }
}

/// A statement of such values.
pub(super) fn of(d: &mut Dice) -> Query {
    if d.chance(12) {
        return casts(d);
    }
    let kinds = [
        (WHOLE, Type::BigInt),
        (DECIMALS, Type::Decimal),
        (TEXTS, Type::Text),
        (DAYS, Type::Wall),
        (TRUTHS, Type::Bool),
    ];
    if d.chance(14) {
        return sums(d);
    }
    let (words, of) = d.one(&kinds);
    d.note(match of {
        Type::BigInt => "whole numbers at their limits",
        Type::Decimal => "decimals at their limits",
        Type::Text => "texts at their limits",
        Type::Wall => "days at their limits",
        _ => "truth of nulls",
    });
    let sql = one_of(d, words);
    let grain = if sql.contains('/') {
        Grain::Fen
    } else if ["power", "ln(", "log(", "sqrt", "exp("].iter().any(|name| sql.contains(name)) {
        Grain::Rough
    } else {
        Grain::Exact
    };
    let sql = match d.below(4) {
        0 => format!("select {sql} as c1 from town t where t.id = (select min(id) from town)"),
        1 if of == Type::Bool => format!("select count(*) as c1 from town t where {sql}"),
        2 => format!("select {sql} as c1, count(*) as c2 from town t where t.id is not null"),
        _ => format!("select {sql} as c1"),
    };
    let columns = 1 + sql.matches(" as c2").count();
    Query { sql, grains: vec![grain; columns], ordered: false }
}

fn sums(d: &mut Dice) -> Query {
    d.note("sums at their limits");
    let values = d.one(&[
        "(999999999999.99), (0.01), (-0.01)",
        "(9223372036854775807), (1), (null)",
        "(2147483647), (2147483647)",
        "(1), (2), (4)",
        "(0.005), (0.015), (-0.025)",
        "(null), (cast(7 as int))",
    ]);
    let sum = one_of(d, SUMS);
    let sql = format!("select {sum} as c1, count(*) as c2 from (values {values}) as t (v)");
    Query { sql, grains: vec![Grain::Fen, Grain::Exact], ordered: false }
}

/// One of the computations, with numbers in it.
fn one_of(d: &mut Dice, words: &str) -> String {
    let all: Vec<&str> = words.split(';').map(str::trim).collect();
    let words = d.one(&all);
    let (one, two) = (d.one(&["1", "2", "7", "12"]), d.one(&["2", "3", "4"]));
    words.replace('#', one).replace('@', two)
}
