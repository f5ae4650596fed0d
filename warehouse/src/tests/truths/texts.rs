//! Texts that are filled up, cut and put in the place of others, and what stands in a text beside a day.

use crate::Person;
use crate::tests::city::City;

/// As PostgreSQL 15 told them.
#[tokio::test]
async fn functions_of_texts_are_postgresqls() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select replace('aaa', 'aa', 'b'), replace('abc', '', 'x'), replace('', 'a', 'b'), replace('东莞市', '莞', '𠮷'), replace(null, 'a', 'b')",
            "ba|abc||东𠮷市|",
        ),
        (
            "select split_part('aaa', 'aa', -1), split_part('a,b', ',', -2), split_part('a', '', 2), split_part(null, ',', 0), split_part(no, 'E', (id + 1)::int) from account where id = 1",
            "a|a|||1",
        ),
        ("select repeat('ab', 3), repeat('ab', 0), repeat('ab', -1), repeat(null, 2)", "ababab|||"),
        (
            "select lpad('abc', 5), lpad('abc', 2), lpad('abc', -1), lpad('abc', 5, ''), rpad('abc', 6, 'xy'), rpad('东莞', 4, '号𠮷'), lpad('𠮷野', 3, '0')",
            "  abc|ab||abc|abcxyx|东莞号𠮷|0𠮷野",
        ),
        (
            "select trim(leading from '  a '), trim(both from ' a '), trim(from ' a '), trim(trailing '0' from '1.500')",
            "a |a|a|1.5",
        ),
        (
            "select 'ſ' ~* 'S', 'S' ~* 'ſ', 'ſ' ilike 'S', 'K' ~* 'k', '东' ~* '[[:upper:]]', 'Ä' ~* '[à-ö]', regexp_replace('aſSs', 's', '-', 'gi')",
            "false|true|false|true|true|true|aſ--",
        ),
        ("select initcap('①b ²c 1d １e ⅷf')", "①B ²C 1d １e Ⅷf"),
        (
            "select string_agg(distinct 'x' || id, ',' order by 'x' || id) from payment",
            "x1001,x1002,x1003",
        ),
        (
            "select string_agg(lpad(id::text, 6, '0'), ',' order by id) from payment",
            "001001,001002,001003",
        ),
        (
            "select count(*) from account where lpad(id::text, 3, '0') = '001' and replace(phone, '1', '') <> ''",
            "1",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

#[tokio::test]
async fn a_number_is_no_text() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, said) in [
        ("select left(123, 2)", "函数“left”的第 1 个参数要文字：请写 (…)::text"),
        ("select right(id, 2) from account", "要文字"),
        ("select left(no, 1.5) from account", "函数“left”的参数个数或类型不对"),
        ("select left(no, id) from account", "函数“left”的第 2 个参数要整数：请写 (…)::int"),
        ("select split_part(no, 'E', 3000000000) from account", "第 3 个参数要整数"),
        ("select repeat(no, count(*)) from account group by no", "第 2 个参数要整数"),
        ("select length(id) from account", "函数“length”的第 1 个参数要文字"),
        ("select replace(id, '1', '2') from account", "函数“replace”的参数个数或类型不对"),
        ("select id ilike '1%' from account", "函数“ilike”不能用于整数"),
        ("select id || town_id from account", "|| 的两边"),
        ("select 2.5 & 2", "只能用于整数"),
        ("select net | 1 from payment", "只能用于整数"),
    ] {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// A text in quotes takes the type of what it stands beside.
#[tokio::test]
async fn a_text_beside_a_day_is_a_day() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select account_date - '2026-10-31', '2026-11-30' - account_date, (account_date::timestamp - '2026-10-31 12:00')::text from payment where id = 1001",
            "1|29|12:00:00",
        ),
        (
            "select coalesce(account_date, '2026-01-01'), greatest('2027-01-01', account_date), least(account_date, '2026-10-01'), nullif('2026-11-01', account_date) from payment where id = 1001",
            "2026-11-01|2027-01-01|2026-10-01|",
        ),
        (
            "select case when id > 0 then '2026-01-01' else account_date end, case '2026-11-01' when account_date then 1 end, '2026-11-01' in (account_date), '2026-11-01' between account_date and account_date from payment where id = 1001",
            "2026-01-01|1|true|true",
        ),
        (
            "select coalesce(null::int, '7'), coalesce(1, 2.5, '3') = 1, greatest(1, 2.5, '3') = 3",
            "7|true|true",
        ),
        (
            "select count(*), min(coalesce(account_date, '2026-01-01')) from payment where account_date - '2026-10-31' > 0 group by account_date - account_date",
            "3|2026-11-01",
        ),
        ("select (timestamp '2026-11-01' + '1 day 2 hours')::text", "2026-11-02 02:00:00"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select account_date + '1' from payment", "日期加引号里的文字"),
        ("select account_date + id from payment", "请写 (…)::int"),
        ("select count(*) + account_date from payment group by account_date", "请写 (…)::int"),
        ("select account_date - '1' from payment", "不是日期"),
        ("select coalesce(account_date, 'x') from payment", "不是日期"),
        ("select coalesce(account_date, reason) from payment", "文字不能直接和日期"),
        ("select interval '1 day' + 'x'", "不是时长"),
    ] {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// Found by an analyst: `like any` was answered, and `like all` no function.
#[tokio::test]
async fn a_text_is_like_one_of_several_patterns_or_like_all_of_them() {
    let city = City::new().await;
    let who = Person::system();
    for (condition, want) in [
        ("no like any (array['E%', '%3'])", "E1 E2 S3"),
        ("no not like any (array['E%', '%1'])", "E2 S3 S4"),
        ("no like all (array['E%', '%1'])", "E1"),
        ("account.no not like all (array['E%', '%3'])", "S4"),
        ("not no like all (array['E%', '%1'])", "E2 S3 S4"),
        ("no ilike ALL (array['e%']) or no = 'S4'", "E1 E2 S4"),
        ("no not ilike all (array['e%', 's3', 'x'])", "S4"),
        ("(case when id > 2 then no like all (array['S%', '%3']) end) is null", "E1 E2"),
    ] {
        let sql = format!("select string_agg(no, ' ' order by no) from account where {condition}");
        assert_eq!(city.row(&who, &sql).await, want, "{sql}");
    }
}

/// A list is shown as PostgreSQL writes it.
#[tokio::test]
async fn lists_are_shown_as_postgresql_writes_them() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select array_agg(id order by id), array_agg(id > 1001 order by id) from payment",
            "{1001,1002,1003}|{f,t,t}",
        ),
        (
            "select array['a', 'b c', '', null, 'NULL', 'a\"b', 'x,y', '东莞']",
            "{a,\"b c\",\"\",NULL,\"NULL\",\"a\\\"b\",\"x,y\",东莞}",
        ),
        ("select array_agg(account_date order by id) from payment where id = 1001", "{2026-11-01}"),
        ("select '12:00:00.250'::time", "12:00:00.25"),
        (
            "select (date '9999-12-31' + interval '1 day')::text, (date '9999-12-31' + interval '1 day')::date::text",
            "10000-01-01 00:00:00|10000-01-01",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}
