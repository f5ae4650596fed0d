//! DataFusion's own errors, and what is said of them.

use std::sync::Arc;

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Tokenizer;

use super::{WarehouseError, about, plain, unreadable};

fn plan(text: &str) -> DataFusionError {
    DataFusionError::Plan(text.to_owned())
}

fn arrow(error: ArrowError) -> DataFusionError {
    DataFusionError::ArrowError(Box::new(error), None)
}

#[test]
fn mistakes_in_a_statement_are_told_in_chinese() {
    for (text, sql, want) in [
        (
            "Column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column \"account.no\" must appear in the GROUP BY clause or must be part of an aggregate function, currently only \"account.id\" appears in the SELECT clause satisfies this requirement",
            "select id,\n no, count(*) from account group by id",
            "第 2 行第 2 列：列“no”既没有分组，也没有汇总：请加进 group by，或用 sum、max 等汇总",
        ),
        (
            "Aggregate functions are not allowed in the WHERE clause. Consider using HAVING instead",
            "",
            "where 里不能用 sum、count 等汇总：请改写在 having 里",
        ),
        (
            "HAVING clause references: payment.net > Int64(1) must appear in the GROUP BY clause or be used in an aggregate function",
            "",
            "having 里的列既没有分组，也没有汇总：不汇总时请改用 where",
        ),
        (
            "HAVING clause references: Boolean(true) must appear in the GROUP BY clause or be used in an aggregate function",
            "",
            "having 里没有列，select 里也没有汇总：条件请写在 where 里，行数请写 select count(*)",
        ),
        (
            "Aggregate function calls cannot be nested: 'sum(a)' is nested inside 'sum(sum(a))'",
            "",
            "汇总里不能再套汇总：请先在子查询里算出里面的一层",
        ),
        (
            "Execution error: Function 'sum' user-defined coercion failed with: Execution error: Sum not supported for Utf8. No function matches the given name and argument types 'sum(Utf8)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tsum(UserDefined)",
            "select sum(no) from account",
            "第 1 行第 8 列：函数“sum”不能用于文字",
        ),
        (
            "Execution error: Function 'sum' user-defined coercion failed with: Execution error: Sum not supported for Utf8. No function matches the given name and argument types 'sum(Utf8)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tsum(UserDefined)",
            "select avg(no) from account",
            "第 1 行第 8 列：函数“avg”不能用于文字",
        ),
        (
            "Internal error: Function 'round' failed to match any signature, errors: Error during planning: Function 'round' expects 1 arguments but received 3.\nThis issue was likely caused by a bug in DataFusion's code.. No function matches the given name and argument types 'round(Int64, Int64, Utf8)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tround(Any)",
            "select round(1, 2, 'a')",
            "第 1 行第 8 列：函数“round”的参数个数或类型不对：写的是整数、整数、文字",
        ),
        (
            "Function 'left' expects 2 arguments but received 1. No function matches the given name and argument types 'left(Utf8)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tleft(Any, Any)",
            "select left(no) from account",
            "第 1 行第 8 列：函数“left”应有 2 个参数，写了 1 个",
        ),
        (
            "Invalid function 'summ'.\nDid you mean 'sum'?",
            "select summ(id) from account",
            "第 1 行第 8 列：没有函数“summ”，或不允许使用，是不是“sum”？",
        ),
        (
            "Invalid function 'repeat'.\nDid you mean 'reverse'?",
            "select repeat('x', 3)",
            "第 1 行第 8 列：没有函数“repeat”，或不允许使用",
        ),
        (
            "Invalid function 'mena'.\nDid you mean 'mean'?",
            "select mena(id) from account",
            "第 1 行第 8 列：没有函数“mena”，或不允许使用",
        ),
        (
            "Cannot infer common argument type for comparison operation Date32 > Int64",
            "",
            "日期和整数不能用 > 比较",
        ),
        (
            "Cannot coerce arithmetic expression Utf8 + Timestamp(µs, \"UTC\") to valid types",
            "",
            "文字和时间不能用 + 计算",
        ),
        (
            "Projections require unique expression names but the expression \"account.id\" at position 0 and \"payment.id\" at position 2 have the same name. Consider aliasing (\"AS\") one of them.",
            "",
            "第 1 列和第 3 列都叫“id”：请用 as 另起一个名字",
        ),
        (
            "UNION queries have different number of columns",
            "",
            "union、intersect、except 两边的列数不同：请写成一样多的列",
        ),
        (
            "Too many columns! The subquery should only return one column: account.id, account.no",
            "",
            "这里的子查询只能有一列：请只写要用的那一列",
        ),
        (
            "Order by column out of bounds, specified: 5, max: 2",
            "",
            "order by 的序号 5 超出范围：SELECT 里只有 2 列",
        ),
        (
            "Cannot find column with position 9 in SELECT clause. Valid columns: 1 to 2",
            "",
            "group by 的序号 9 超出范围：SELECT 里只有 2 列",
        ),
        ("LIMIT must be >= 0, '-1' was provided", "", "limit 不能是负数"),
        (
            "Cannot create filter with non-boolean predicate 'account.id' returning Int64",
            "",
            "where、having 后面要写条件，不能是整数",
        ),
        (
            "Correlated scalar subquery must be aggregated to return at most one row",
            "",
            "用到外层列的子查询要汇总成一行：例如用 max(…)、sum(…)",
        ),
        (
            "Some sentence that nobody has seen: Projection: account.id Int64(5)",
            "",
            "语句写法有误，无法识别；请对照数据字典检查表名、列名和写法",
        ),
    ] {
        assert_eq!(about(plan(text), sql).to_string(), want, "{text}");
    }
    let unknown =
        DataFusionError::NotImplemented("Unsupported ast node in sqltorel: Foo { bar }".to_owned());
    assert_eq!(about(unknown, "select 1").to_string(), "暂不支持这种写法，请换一种写法");
    // The printed plan of a sanity check, with a word of the analyst's in it.
    let plan = r#"Plan: ["SortExec: expr=[c3@0 ASC]", "  FilterExec: name@1 = 沙田", "  Fence"] does not satisfy"#;
    assert_eq!(
        about(DataFusionError::Plan(plan.to_owned()), "select 1").to_string(),
        "语句写法有误，无法识别；请对照数据字典检查表名、列名和写法"
    );
    let internal = DataFusionError::Internal("the optimizer is lost".to_owned()).context("rule x");
    assert_eq!(about(internal, "select 1").to_string(), "暂不支持这种写法，请换一种写法");
}

#[test]
fn mistakes_in_values_are_told_in_chinese() {
    let cast = |text: &str| arrow(ArrowError::CastError(text.to_owned()));
    let parse = |text: &str| arrow(ArrowError::ParseError(text.to_owned()));
    for (error, sql, want) in [
        (
            cast("Cannot cast string '2026/11/01' to value of Date32 type"),
            "select * from payment\nwhere account_date > '2026/11/01'",
            "第 2 行第 22 列：“2026/11/01”不是日期：日期写作 '2026-11-01'",
        ),
        (cast("Cannot cast string 'abc' to value of Int64 type"), "", "计算出错：“abc”不是数值"),
        (
            parse("Error parsing timestamp from '2026-13-01': error parsing date"),
            "",
            "计算出错：“2026-13-01”不是时间：时间写作 '2026-11-01 08:30:00'，日期写作 '2026-11-01'",
        ),
        (arrow(ArrowError::DivideByZero), "select 1 / 0", "计算出错：除数为零"),
        (
            arrow(ArrowError::ArithmeticOverflow("Overflow happened on: 1 + 2".to_owned())),
            "",
            "计算出错：数值超出范围",
        ),
        (
            DataFusionError::Execution("Scalar subquery returned more than one row".to_owned()),
            "",
            "计算出错：子查询得到了多行，这里只能是一行：请用 max(…)、limit 1，或改用 in (…)",
        ),
        (
            DataFusionError::External("Parquet error: Arrow: Compute error: Error evaluating filter predicate: ArrowError(DivideByZero, None)".into()),
            "",
            "计算出错：除数为零",
        ),
        (
            DataFusionError::External("Parquet error: Error evaluating filter predicate: Something odd happened here".into()),
            "",
            "计算出错：条件中的数值或日期无法换算",
        ),
        (
            DataFusionError::Shared(Arc::new(
                DataFusionError::Execution("格式“%Y”不能用".to_owned()).context("evaluating"),
            )),
            "",
            "计算出错：格式“%Y”不能用",
        ),
        (
            arrow(ArrowError::ExternalError(Box::new(DataFusionError::Execution("金额超出范围".to_owned())))),
            "",
            "计算出错：金额超出范围",
        ),
        (
            DataFusionError::Execution("Some sentence that nobody has seen".to_owned()),
            "",
            "计算出错：有的值不能这样计算或换算",
        ),
    ] {
        let said = about(error, sql).to_string();
        assert_eq!(said, want);
        assert!(plain::is_fit(&said), "{said}");
    }
    let memory = DataFusionError::ResourcesExhausted("x".to_owned()).context("sort");
    assert!(matches!(about(memory, ""), WarehouseError::OutOfMemory));
    let broken = DataFusionError::IoError(std::io::Error::other("disk"));
    assert!(matches!(about(broken, ""), WarehouseError::Broken(_)));
}

#[test]
fn the_parser_is_told_in_chinese() {
    for (sql, want) in [
        ("select id, from account", "第 1 行第 17 列：此处应为列名或算式，却写着“from”"),
        ("select * from account where", "第 1 行第 28 列：语句没有写完，此处应为列名或算式"),
        ("select (1", "第 1 行第 10 列：语句没有写完，此处应为“)”"),
        (
            "select id no from account xx yy",
            "第 1 行第 30 列：这里的“yy”多余，或者前面缺少逗号、括号或关键字",
        ),
        (
            "select * from account where id is 3",
            "第 1 行第 35 列：此处应为 null、not null、true 或 false，却写着“3”",
        ),
        ("select count(* from account", "第 1 行第 16 列：此处应为“)”，却写着“from”"),
        ("select * from account order id", "第 1 行第 23 列：order 后面缺少 by"),
        ("select a from t left u", "left 后面缺少 join"),
        (
            "select a from t where and b = 1",
            "第 1 行第 27 列：这里的“b”多余，或者前面缺少逗号、括号或关键字",
        ),
        (
            "select cast(a as) from t",
            "第 1 行第 17 列：此处应为类型，例如 int、decimal(18, 2)、date，却写着“)”",
        ),
        ("selct 1", "第 1 行第 1 列：此处应为 SELECT 查询，却写着“selct”"),
        ("select 'open", "第 1 行第 8 列：引号没有写完，这段文字缺少右边的 '"),
    ] {
        let error = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap_err();
        let error = DataFusionError::SQL(Box::new(error), None);
        assert_eq!(about(error, sql).to_string(), want, "{sql}");
    }
    for (sql, want) in [
        ("select 'open", "第 1 行第 8 列：引号没有写完，这段文字缺少右边的 '"),
        ("select \"open", "第 1 行第 8 列：双引号没有写完，缺少右边的 \""),
    ] {
        let error = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_err();
        assert_eq!(unreadable(&error).to_string(), want);
    }
}
