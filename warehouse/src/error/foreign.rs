//! Words of other databases, and of PostgreSQL where they are not answered: how each is written here.

/// What stands where a column or a table may.
const NAMES: &[(&str, &str)] = &[
    ("dual", "不写 from"),
    ("localtime", "now()"),
    ("rownum", "limit，或 row_number() over (order by …)"),
    (
        "sysdate",
        "current_date（30 天前写 current_date - 30）或 now()（now() - interval '30 days'）",
    ),
    ("systimestamp", "now()"),
];

/// What is called.
const CALLS: &[(&str, &str)] = &[
    ("add_months", "日期 + interval '1 month'"),
    ("any_value", "min(…) 或 max(…)"),
    ("approx_distinct", "count(distinct …)"),
    ("approx_median", "median(…)"),
    ("approx_percentile_cont", "percentile_cont(…) within group (order by …)"),
    ("array_append", "array[甲, 乙]"),
    ("array_distinct", "array_agg(distinct …)"),
    ("array_element", "(列表)[第几个]"),
    ("array_join", "array_to_string(列表, ',')"),
    ("array_sort", "array_agg(值 order by 值)"),
    ("charindex", "strpos(文字, 要找的字)"),
    ("contains", "strpos(文字, 要找的字) > 0"),
    ("count_if", "count(*) filter (where 条件)"),
    ("countif", "count(*) filter (where 条件)"),
    ("covar", "covar_samp(甲, 乙)"),
    ("cube", "group by cube (甲, 乙)"),
    ("curdate", "current_date"),
    ("date_add", "日期 + 天数，或 日期 + interval '1 month'"),
    (
        "date_bin",
        "date_trunc('hour', 时间) + floor(extract(minute from 时间) / 15) * interval '15 minutes'",
    ),
    ("date_format", "to_char(…, 'YYYY-MM-DD')"),
    ("date_sub", "日期 - 天数，或 日期 - interval '1 month'"),
    ("dateadd", "日期 + 天数，或 日期 + interval '1 month'"),
    ("datediff", "止日 - 起日，得到天数"),
    ("datepart", "extract(month from …)"),
    ("datetrunc", "date_trunc('month', …)"),
    ("day", "extract(day from …)"),
    ("dayofweek", "extract(dow from …)"),
    ("dayofyear", "extract(doy from …)"),
    ("decode", "case … when … then … end"),
    ("ends_with", "文字 like '%结尾'"),
    ("extract", "extract(month from …)"),
    ("first", "(array_agg(值 order by 排序的列))[1]"),
    ("format", "concat(甲, 乙)，数字的格式用 to_char(…, 'FM999,990.00')"),
    ("getdate", "now()"),
    ("group_concat", "string_agg(…, ',' order by …)"),
    ("hour", "extract(hour from …)"),
    ("if", "case when … then … else … end"),
    ("ifnull", "coalesce(…, …)"),
    ("iif", "case when … then … else … end"),
    ("instr", "strpos(文字, 要找的字)"),
    ("isnull", "coalesce(…, …)，判断空值写 … is null"),
    ("json_agg", "string_agg(…, ',')"),
    ("json_build_object", "几列分开写出"),
    ("json_object_agg", "几列分开写出，或 string_agg(…, ',')"),
    ("jsonb_agg", "string_agg(…, ',')"),
    ("jsonb_build_object", "几列分开写出"),
    ("jsonb_object_agg", "几列分开写出，或 string_agg(…, ',')"),
    ("justify_days", "extract(epoch from …) / 86400，得到天数"),
    ("justify_hours", "extract(epoch from …) / 3600，得到小时数"),
    ("justify_interval", "extract(epoch from …) / 86400，得到天数"),
    ("last", "(array_agg(值 order by 排序的列 desc))[1]"),
    ("last_day", "date_trunc('month', 日期) + interval '1 month' - interval '1 day'"),
    ("len", "length(…)"),
    ("lengthb", "octet_length(…)"),
    ("list_join", "array_to_string(列表, ',')"),
    ("list_length", "array_length(列表, 1)"),
    ("list_sort", "array_agg(值 order by 值)"),
    ("list_to_string", "array_to_string(列表, ',')"),
    ("listagg", "string_agg(…, ',' order by …)"),
    ("log2", "log(2, …)"),
    ("make_array", "array[甲, 乙]"),
    ("make_interval", "天数 * interval '1 day'，或 interval '3 months'"),
    ("make_timestamp", "make_date(年, 月, 日) + interval '8 hours 30 minutes'"),
    ("max_by", "(array_agg(值 order by 排序的列 desc nulls last))[1]"),
    ("md5", "原来的列：比较、分组、去重都不用换算"),
    ("mean", "avg(…)"),
    ("min_by", "(array_agg(值 order by 排序的列))[1]"),
    ("minute", "extract(minute from …)"),
    (
        "mode",
        "select 列 from … where 列 is not null group by 列 order by count(*) desc, 列 limit 1",
    ),
    ("month", "extract(month from …)，按月分组写 date_trunc('month', …)"),
    ("months_between", "extract(year from …) * 12 + extract(month from …) 相减"),
    ("nvl", "coalesce(…, …)"),
    ("nvl2", "case when … is not null then … else … end"),
    (
        "percentile_disc",
        "select min(值) from (select 值, cume_dist() over (order by 值) as 比例 from … where 值 is not null) x where 比例 >= 0.5",
    ),
    ("quarter", "extract(quarter from …)"),
    ("quantile_cont", "percentile_cont(…) within group (order by …)"),
    ("ratio_to_report", "值 / sum(值) over ()"),
    ("regexp_extract", "(regexp_match(文字, '正则'))[1]"),
    ("regexp_matches", "(regexp_match(文字, '正则'))[1]，只取第一处"),
    ("regexp_split_to_array", "split_part(文字, 分隔, 第几段)"),
    ("regexp_split_to_table", "split_part(文字, 分隔, 第几段)"),
    ("regexp_substr", "(regexp_match(文字, '正则'))[1]"),
    ("rollup", "group by rollup (甲, 乙)"),
    ("second", "extract(second from …)"),
    ("signum", "sign(…)"),
    ("str_to_date", "to_date(…, 'YYYY-MM-DD')"),
    ("string_to_array", "split_part(文字, 分隔, 第几段)"),
    ("substr_index", "split_part(文字, 分隔, 第几段)"),
    ("substring_index", "split_part(文字, 分隔, 第几段)"),
    ("timestampdiff", "extract(epoch from 止 - 起) / 3600，得到小时数"),
    ("to_days", "两个日期相减"),
    ("today", "current_date"),
    ("var", "var_samp(…)"),
    ("var_population", "var_pop(…)"),
    ("var_sample", "var_samp(…)"),
    ("week", "extract(week from …)"),
    ("weekday", "extract(dow from …)"),
    ("width_bucket", "floor((值 - 下限) / 宽度) + 1"),
    ("wm_concat", "string_agg(…, ',' order by …)"),
    ("year", "extract(year from …)"),
];

/// How a column or a table of another database is written here.
pub(super) fn foreign_name(name: &str) -> Option<String> {
    told(NAMES, name)
}

/// How a function of another database is written here.
pub(crate) fn foreign_call(name: &str) -> Option<String> {
    told(CALLS, name).or_else(|| foreign_name(name))
}

fn told(words: &[(&str, &str)], name: &str) -> Option<String> {
    let (_, here) = words.iter().find(|(word, _)| name.eq_ignore_ascii_case(word))?;
    Some(format!("，请改写：{here}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::plain::is_fit;

    /// A sentence that reads like English is never shown, and its hint is lost with it.
    #[test]
    fn every_hint_may_be_shown() {
        for (word, here) in NAMES.iter().chain(CALLS) {
            assert!(is_fit(here), "{word}: {here}");
        }
    }
}
