//! Regular expressions of PostgreSQL in the words of Rust's. What means something else there, and cannot be said
//! otherwise, is refused: an alternative that is longer but stands later, a lazy quantifier, a word boundary.

use std::iter::Peekable;
use std::str::Chars;

use regex_syntax::Parser;
use regex_syntax::ast::ErrorKind;

use crate::case;

/// What is asked with an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Whether it is found at all.
    Whether,
    /// Where it is found, how often, or what stands there: then it matters how far it reaches.
    Where,
}

/// What a function with an expression asks; none for other functions.
pub(crate) fn asks(function: &str) -> Option<Asks> {
    match function {
        "regexp_like" => Some(Asks::Whether),
        "regexp_replace" | "regexp_match" | "regexp_count" | "regexp_instr" => Some(Asks::Where),
        _ => None,
    }
}

/// The same expression for Rust. In `any_case` each letter is written out in both: Rust's own way, which knows more
/// letters that go together, takes `ſ` for an `s`.
///
/// # Errors
/// Why it is not answered, in Chinese.
pub(crate) fn pattern(written: &str, asks: Asks, any_case: bool) -> Result<String, String> {
    let mut reader = Reader {
        rest: written.chars().peekable(),
        said: "(?s)".to_owned(),
        asks,
        any_case,
        after_group: false,
        repeated: Repeated::Not,
        counting: false,
    };
    reader.read()?;
    let meant = Parser::new().parse(&reader.said).map_err(|error| wrong(&error).to_owned())?;
    if asks == Asks::Where && meant.properties().minimum_len().is_none_or(|least| least == 0) {
        return Err("正则表达式不能连空文字也匹配：请把 * 写成 +".to_owned());
    }
    Ok(reader.said)
}

fn wrong(error: &regex_syntax::Error) -> &'static str {
    let regex_syntax::Error::Parse(error) = error else { return "正则表达式写法有误" };
    match error.kind() {
        ErrorKind::GroupUnclosed => r"正则表达式里的 ( 没有结束：括号本身请写作 \(",
        ErrorKind::GroupUnopened => r"正则表达式里的 ) 前面没有 (：括号本身请写作 \)",
        ErrorKind::RepetitionMissing => "正则表达式里的 *、+、? 前面没有要重复的字",
        _ => "正则表达式写法有误",
    }
}

/// The same replacement for Rust: `\1` and `\&` stand for what was found, `$` for itself.
///
/// # Errors
/// Why it is not answered, in Chinese.
pub(crate) fn replacement(written: &str) -> Result<String, String> {
    let mut said = String::new();
    let mut rest = written.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '$' => said.push_str("$$"),
            '\\' => match rest.next() {
                Some(group @ '1'..='9') => said.push_str(&format!("${{{group}}}")),
                Some('&') => said.push_str("${0}"),
                _ => return Err(r"替换成的文字里，反斜杠只能写作 \1 到 \9 或 \&".to_owned()),
            },
            plain => said.push(plain),
        }
    }
    Ok(said)
}

/// The flags of a call: `i` for either case, and `g` for every place.
///
/// # Errors
/// Why they are not answered, in Chinese.
pub(crate) fn flags(written: &str, function: &str) -> Result<(), String> {
    let known = |flag: char| flag == 'i' || (flag == 'g' && function == "regexp_replace");
    match written.chars().find(|flag| !known(*flag)) {
        Some(flag) => Err(format!(
            "函数 {function} 不支持选项“{flag}”：只能写 'i'（不分大小写），替换时还可以写 'g'（全部）"
        )),
        None => Ok(()),
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    said: String,
    asks: Asks,
    any_case: bool,
    /// True right after the parenthesis that closes a group.
    after_group: bool,
    /// What stands right before, where it is a quantifier.
    repeated: Repeated,
    /// True inside of `{…}`.
    counting: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    Not,
    Often,
    /// A quantifier with its `?`.
    Lazily,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), String> {
        while let Some(letter) = self.rest.next() {
            let after_group = std::mem::take(&mut self.after_group);
            self.repeated(letter)?;
            match letter {
                '\\' => self.escaped(false)?,
                '[' => self.bracket()?,
                '|' if self.asks == Asks::Where => {
                    return Err("取出、替换或计数时，正则表达式里不能用 |：请分几次写".to_owned());
                }
                '(' => self.group()?,
                ')' => {
                    self.said.push(')');
                    self.after_group = true;
                }
                '*' | '+' | '?' | '}' => self.quantifier(letter, after_group)?,
                '{' if !self.rest.peek().is_some_and(char::is_ascii_digit) => {
                    return Err(r"正则表达式里的 { 要写作 \{，次数要写全：{0,3}".to_owned());
                }
                '{' if after_group && self.asks == Asks::Where => {
                    return Err(REPEATED_GROUP.to_owned());
                }
                plain => self.letter(plain),
            }
        }
        Ok(())
    }

    fn letter(&mut self, letter: char) {
        match case::both(letter) {
            (small, Some(capital)) if self.any_case => {
                self.said.extend(['[', small, capital, ']']);
            }
            _ => self.said.push(letter),
        }
    }

    /// A letter of a class, or the range that begins with it.
    fn member(&mut self, letter: char) {
        if !self.any_case {
            return self.said.push(letter);
        }
        let mut ahead = self.rest.clone();
        let last = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) if !matches!(last, ']' | '[' | '\\') => last,
            _ => {
                let (small, capital) = case::both(letter);
                self.said.push(small);
                return self.said.extend(capital);
            }
        };
        self.rest = ahead;
        self.said.extend([letter, '-', last]);
        let range = letter..=last;
        let cases = range.clone().flat_map(|one| [case::lower(one), case::upper(one)]);
        self.said.extend(cases.filter(|one| !range.contains(one)));
    }

    /// Nothing is repeated twice over: `a{2}{2}` and `a**` are an error in PostgreSQL.
    fn repeated(&mut self, letter: char) -> Result<(), String> {
        let before = std::mem::replace(&mut self.repeated, Repeated::Not);
        let closes = letter == '}' && std::mem::take(&mut self.counting);
        self.counting |= letter == '{';
        self.repeated = match (letter, before) {
            ('?', Repeated::Often) => Repeated::Lazily,
            ('*' | '+' | '?' | '{', Repeated::Often | Repeated::Lazily) => {
                return Err("正则表达式里一处只能写一个次数：a{2}{2} 请写 (a{2}){2}".to_owned());
            }
            ('*' | '+' | '?', Repeated::Not) => Repeated::Often,
            _ if closes => Repeated::Often,
            _ => Repeated::Not,
        };
        Ok(())
    }

    fn quantifier(&mut self, letter: char, after_group: bool) -> Result<(), String> {
        self.said.push(letter);
        if self.asks == Asks::Whether {
            return Ok(());
        }
        if after_group && letter != '+' {
            return Err(REPEATED_GROUP.to_owned());
        }
        match self.rest.peek() {
            Some('?') => Err("取出、替换或计数时，正则表达式里不能用 *?、+?、??".to_owned()),
            _ => Ok(()),
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.said.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        match self.rest.next() {
            Some(':') => self.said.push_str("?:"),
            _ => return Err("正则表达式里，括号后的 ? 只能写作 (?:".to_owned()),
        }
        Ok(())
    }

    fn escaped(&mut self, in_bracket: bool) -> Result<(), String> {
        match self.rest.next() {
            // Of the digits of other scripts PostgreSQL knows nothing.
            Some('d') => self.said.push_str(if in_bracket { "0-9" } else { "[0-9]" }),
            Some('D') if !in_bracket => self.said.push_str("[^0-9]"),
            Some('s') => self.said.push_str(SPACE),
            Some('S') if !in_bracket => self.said.push_str(NO_SPACE),
            Some('w') => self.said.push_str(WORD),
            Some('W') if !in_bracket => self.said.push_str(NO_WORD),
            Some(class @ ('n' | 't' | 'r')) => self.said.extend(['\\', class]),
            Some(sign) if sign.is_ascii_punctuation() => self.said.extend(['\\', sign]),
            Some(other) => return Err(format!(r"正则表达式里不支持 \{other}")),
            None => return Err("正则表达式不能以反斜杠结束".to_owned()),
        }
        Ok(())
    }

    /// `[…]`: a class of letters. Rust gives more signs a meaning in it than PostgreSQL.
    fn bracket(&mut self) -> Result<(), String> {
        self.said.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.said.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.said.push_str("\\]");
        }
        while let Some(letter) = self.rest.next() {
            match letter {
                ']' => {
                    self.said.push(']');
                    return Ok(());
                }
                '\\' => self.escaped(true)?,
                '[' if self.rest.peek() == Some(&':') => self.class()?,
                '-' if self.rest.peek() == Some(&'-') => {
                    return Err("正则表达式的 [ ] 里不能写 --".to_owned());
                }
                '[' if matches!(self.rest.peek(), Some('.' | '=')) => {
                    return Err("正则表达式里不支持 [.….] 和 [=…=]".to_owned());
                }
                '[' | '&' | '~' => self.said.extend(['\\', letter]),
                plain => self.member(plain),
            }
        }
        Err("正则表达式里的 [ 没有结束".to_owned())
    }

    /// `[:alpha:]`, in whatever script.
    fn class(&mut self) -> Result<(), String> {
        let mut name = String::new();
        while let Some(letter) = self.rest.next_if(|letter| *letter != ']') {
            name.push(letter);
        }
        self.rest.next();
        let name = match name.trim_matches(':') {
            "upper" | "lower" if self.any_case => "alpha",
            other => other,
        };
        self.said.push_str(match name {
            // Digits of other scripts, such as full-width ones, are letters there.
            "alpha" => r"\p{Alphabetic}[\p{Nd}--[0-9]]",
            "alnum" => r"\p{Alphabetic}\p{Nd}",
            "digit" => "0-9",
            "space" => SPACE,
            "upper" => r"\p{Uppercase}\p{Lt}",
            "lower" => r"\p{Lowercase}\x{1c5}\x{1c8}\x{1cb}\x{1f2}",
            other => return Err(format!("正则表达式里不支持 [:{other}:]")),
        });
        Ok(())
    }
}

/// White space as the C library sees it, which PostgreSQL asks: a blank that keeps a line together is none.
const SPACE: &str = r"[\s--[\x{85}\x{a0}\x{2007}\x{202f}]]";
const NO_SPACE: &str = r"[\S\x{85}\x{a0}\x{2007}\x{202f}]";
/// Letters and digits of all scripts; no marks that stand on a letter by themselves.
const WORD: &str = r"[\p{Alphabetic}\p{Nd}_]";
const NO_WORD: &str = r"[^\p{Alphabetic}\p{Nd}_]";

/// PostgreSQL takes the longest text that fits; Rust what the parts take one after the other.
const REPEATED_GROUP: &str = "取出、替换或计数时，正则表达式里的括号后面不能跟 *、? 或 {…}";

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    #[test]
    fn expressions_of_postgresql_are_said_in_the_words_of_rust() {
        for (written, said) in [
            (r"^\d{3}", "(?s)^[0-9]{3}"),
            (r"[\d.]+", "(?s)[0-9.]+"),
            ("[[:alpha:]_]+", r"(?s)[\p{Alphabetic}[\p{Nd}--[0-9]]_]+"),
            ("[]a&&b]+", r"(?s)[\]a\&\&b]+"),
            ("(?:东城)+街道", "(?s)(?:东城)+街道"),
        ] {
            assert_eq!(pattern(written, Asks::Where, false).as_deref(), Ok(said), "{written}");
        }
        assert_eq!(pattern("东|东城", Asks::Whether, false).as_deref(), Ok("(?s)东|东城"));
        assert_eq!(replacement(r"$1\1\&").as_deref(), Ok("$$1${1}${0}"));
    }

    /// As PostgreSQL 15 told them: a letter of the expression stands for its small one and its capital, and no other.
    #[test]
    fn in_any_case_a_letter_is_two() {
        for (written, said) in [
            ("S东", "(?s)[sS]东"),
            ("ſ", "(?s)[ſS]"),
            ("[s-tſ]", "(?s)[s-tSTſS]"),
            (r"\d[[:upper:]]", r"(?s)[0-9][\p{Alphabetic}[\p{Nd}--[0-9]]]"),
            ("a{2}", "(?s)[aA]{2}"),
        ] {
            assert_eq!(pattern(written, Asks::Where, true).as_deref(), Ok(said), "{written}");
        }
    }

    /// PostgreSQL asks the C library what a letter is.
    #[test]
    fn classes_are_those_of_the_c_library() {
        for (written, within, without) in [
            ("[[:alpha:]]", "a东１Ⅷ٣ª", "①1_ -。\u{301}²"),
            ("[[:alnum:]]", "a东１1", "_ -。²"),
            ("[[:upper:]]", "AⅧＡⒶ\u{1c5}", "aａ东1"),
            ("[[:lower:]]", "aⅷａⓐª\u{1c5}", "AＡ东1"),
            (r"\w", "a东１1_", " -。²\u{301}\u{203f}"),
            (r"\W", " -。²\u{301}", "a东１1_"),
            (r"[\w-]", "a１1_-", " 。"),
            (r"\s", " \t\n\u{3000}\u{2003}", "a\u{a0}\u{202f}\u{200b}\u{85}"),
            (r"\S", "a\u{a0}\u{202f}", " \u{3000}"),
            ("[^[:space:]a]", "b\u{a0}", "a \u{3000}"),
        ] {
            let said = Parser::new().parse(&pattern(written, Asks::Where, false).unwrap()).unwrap();
            let HirKind::Class(Class::Unicode(class)) = said.kind() else { panic!("{written}") };
            let holds =
                |letter| class.iter().any(|part| (part.start()..=part.end()).contains(&letter));
            for letter in within.chars() {
                assert!(holds(letter), "{written}: {letter:?}");
            }
            for letter in without.chars() {
                assert!(!holds(letter), "{written}: {letter:?}");
            }
        }
    }

    #[test]
    fn what_would_mean_something_else_is_refused() {
        for written in [
            "东|东城",
            "a*",
            "a+?",
            "a?(ab)?",
            r"\yab",
            r"(a)\1",
            "(?=a)b",
            "[[.a.]]",
            "[a",
            "(",
            "a{,3}",
            "[a--b]",
            "a{2}{2}",
            "a+*",
            "a{2}?{3}",
        ] {
            assert!(pattern(written, Asks::Where, false).is_err(), "{written}");
        }
        assert!(replacement(r"a\\b").is_err());
        assert!(flags("gi", "regexp_replace").is_ok());
        assert!(flags("g", "regexp_match").is_err());
        assert!(flags("n", "regexp_replace").is_err());
    }
}
