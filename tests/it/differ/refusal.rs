//! The reasons for which a statement that PostgreSQL would answer may be refused. This list is short, and each entry
//! says why we would rather say no; whatever else goes wrong is wrong.

/// What a refusal says, and why it stands.
pub(super) const REASONS: &[(&str, &str)] = &[
    ("语句太复杂", "planning is bounded before it begins"),
    ("分组太多", "each column of CUBE and GROUPING SETS may double the work"),
    ("没有函数“", "only functions of the list may be called"),
    ("RIGHT JOIN、FULL JOIN 不能用 USING", "the engine reads the shared column from one side only"),
    ("NATURAL LEFT JOIN 的两边没有同名的列", "the planner makes a cross join of one"),
    ("不支持 INTERSECT ALL", "the engine does not count how often a row came"),
    ("不支持 EXCEPT ALL", "the engine does not count how often a row came"),
    ("不支持引用外层列的 not in", "the engine loses the third truth value of the list"),
    ("这样的子查询暂不支持", "the engine cannot make a join of the subquery"),
    ("不支持 (甲, 乙) in (子查询)", "the engine compares rows as one value, NULLs and all"),
    ("引用外层列的 in (子查询)", "the engine loses the third truth value of the list"),
    ("用到外层列的子查询要汇总成一行", "the engine cannot tell whether there is one row only"),
    (
        "引用外层列的子查询里不能用窗口函数",
        "the engine would number and cut the rows of all outer rows together",
    ),
    ("引用外层列的子查询里有两个同名的列", "the engine takes one for the other once they move up"),
    ("引用外层列而没有 group by 的汇总", "the engine loses the row that is there without rows"),
    (
        "引用外层列的子查询里不能用 rollup",
        "the engine puts the column that equals an outer one into every set",
    ),
    ("用作一个值、又引用外层列的子查询", "the engine groups by columns that equal outer ones"),
    (
        "lateral 子查询里有 distinct",
        "the engine groups by a column that is tied to an outer one, too",
    ),
    ("用作一个值、又引用外层列的 exists", "the engine counts the rows of a plain query only"),
    ("，而 PostgreSQL 会计算并可能报错", "the engine leaves out what EXISTS does not look at"),
    ("汇总里只有外层列", "the engine adds up the rows at hand, PostgreSQL the outer ones"),
    ("的行数和默认值只能写常数", "the engine asks once for all rows how far a neighbour is"),
    ("ntile 的份数只能写常数", "the engine asks once for all rows how many parts there are"),
    ("是隔了一层的外层列", "the engine makes joins of neighbouring queries only"),
    ("带 distinct 和 order by 的汇总", "the engine sorts the rows once for all aggregates"),
    ("外层写了 limit", "the order of rows that were joined or grouped is luck in PostgreSQL too"),
    ("的先后不能由子查询里的 order by 决定", "the order can be written where it is needed"),
    ("取哪一行不能由子查询里的 order by 决定", "the order can be written where it is needed"),
    ("两段引号里的文字挨在一起", "the parser takes the second text for a name"),
    (
        "数组里不能再放数组",
        "a list of lists is one table of values to PostgreSQL, to the engine a list",
    ),
    ("数组只能用 =、<> 比较", "a NULL inside a list is less than all values to the engine"),
    ("时长不能比大小", "the engine compares spans part by part"),
    ("的左边只能写列", "each row of the list would be compared with a copy of the expression"),
    ("不能换算成时长", "a text or a null is no interval to the engine"),
    ("intersect、except 两边的列", "the engine keeps the type of the left side"),
    ("小数位数不定", "PostgreSQL writes as many digits of a quotient as it finds fit"),
    ("暂不支持 groups 窗口", "the engine loses groups between its batches"),
    (
        "超过 32 KB 的文字或数组",
        "what stands beside many rows is held within the memory of a statement",
    ),
    ("间隔不能带负数", "a month less some days may be less than nothing to the engine"),
    ("间隔要是整天", "the engine drops the hours that are added to a day"),
    ("range 窗口不能按小数的差", "the engine adds the reach in the digits of the value"),
    ("数值超出范围", "a decimal has 38 digits, PostgreSQL's has as many as it wants"),
    ("不能与 select * 同用", "the engine puts the shared column of USING where its table stands"),
    ("不是钟点：", "a time of the day in quotes is written without a day or a zone"),
    ("写了两次：请另起一个名字", "the engine knows one CTE of a name in a statement"),
    ("在几张表里都有", "the engine wants the table named where USING has made one column of two"),
    ("出现了两次，请用 as", "the engine cannot group twice by one column in ROLLUP and CUBE"),
    ("这里的“on”多余", "the parser reads no joins within joins without parentheses"),
    ("“1e2”不是数值", "a number in quotes is written in digits"),
    (
        " 读不懂“",
        "a text tells by its pattern what a person sees; PostgreSQL counts letters and may lose some",
    ),
    (
        "暂不支持这种写法",
        "the engine has no plan for the form, such as a correlation by inequality",
    ),
];

/// The reason on the list for which this was refused.
pub(super) fn reason(message: &str) -> Option<&'static str> {
    let said = without_place(message);
    let found = REASONS.iter().find(|(part, _)| said.contains(part));
    found.filter(|_| !is_english(message)).map(|(begins, _)| *begins)
}

/// How a message begins, without its place and without what stands in quotes.
pub(super) fn beginning(message: &str) -> String {
    without_place(message).chars().take_while(|letter| !"“（".contains(*letter)).take(16).collect()
}

/// Takes `第 1 行第 8 列：` off a message.
fn without_place(message: &str) -> &str {
    match message.split_once('：') {
        Some((place, rest)) if place.starts_with('第') && place.ends_with('列') => rest,
        _ => message,
    }
}

/// True where a person would have to read English: three of its words in a row.
pub(super) fn is_english(message: &str) -> bool {
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let words: Vec<bool> = message.split_whitespace().map(is_word).collect();
    words.windows(3).any(|three| three.iter().all(|word| *word))
}

#[test]
fn a_refusal_is_known_by_its_beginning_and_speaks_chinese() {
    assert_eq!(reason("第 1 行第 8 列：没有函数“sign”，或不允许使用"), Some("没有函数“"));
    assert_eq!(reason("暂不支持这种写法：physical plan is not yet implemented"), None);
    assert_eq!(reason("计算出错：除数为零"), None);
}
