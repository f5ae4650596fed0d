//! Signs of a Chinese keyboard where SQL wants those of an English one.

use std::collections::HashSet;

use super::{Place, WarehouseError};

/// Finds the first full-width sign, letter, digit or space outside quotes and comments.
pub(crate) fn full_width(sql: &str) -> Option<WarehouseError> {
    let (sign, place) = Letters::of(sql).find(|(letter, _)| half_width(*letter).is_some())?;
    let message = match (sign, half_width(sign)?) {
        ('\u{3000}', _) => "这里有一个全角空格，请改成半角空格".to_owned(),
        (_, '\'') => format!("这里写了中文引号{sign}，文字请用半角单引号 ' 括起来"),
        (_, half) => format!("这里写了全角的“{sign}”，请改成半角的“{half}”"),
    };
    Some(WarehouseError::invalid(message, Some(place)))
}

/// A statement with plain blanks in place of those that word processors and chats write, outside quotes and comments.
pub(crate) fn blanked(sql: &str) -> String {
    let is_blank = |letter: char| {
        matches!(
            letter,
            '\u{a0}' | '\u{feff}' | '\u{3000}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}'
        )
    };
    let found: HashSet<Place> =
        Letters::of(sql).filter(|(l, _)| is_blank(*l)).map(|(_, at)| at).collect();
    if found.is_empty() {
        return sql.to_owned();
    }
    let lines = sql.split('\n').enumerate().map(|(line, text)| {
        let letters = text.chars().enumerate().map(|(column, letter)| {
            let here = (line as u64 + 1, column as u64 + 1);
            if is_blank(letter) && found.contains(&here) { ' ' } else { letter }
        });
        letters.collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What to write in place of a sign.
fn half_width(sign: char) -> Option<char> {
    match sign {
        '\u{3000}' => Some(' '),
        '，' | '、' => Some(','),
        '。' => Some('.'),
        '“' | '”' | '‘' | '’' => Some('\''),
        '《' => Some('<'),
        '》' => Some('>'),
        '【' => Some('['),
        '】' => Some(']'),
        '－' | '—' | '–' | '−' => Some('-'),
        '×' => Some('*'),
        '÷' => Some('/'),
        '！'..='～' => char::from_u32(u32::from(sign) - 0xFEE0),
        _ => None,
    }
}

/// The letters of a statement outside its quotes and comments, with their places.
struct Letters<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: u64,
    column: u64,
}

impl<'a> Letters<'a> {
    fn of(sql: &'a str) -> Self {
        Self { rest: sql.chars().peekable(), line: 1, column: 0 }
    }

    fn step(&mut self) -> Option<char> {
        let letter = self.rest.next()?;
        if letter == '\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Some(letter)
    }

    /// Passes a quoted text; a doubled quote is two texts side by side.
    fn quoted(&mut self, quote: char) {
        while let Some(letter) = self.step() {
            if letter == quote {
                return;
            }
        }
    }

    fn line_comment(&mut self) {
        while let Some(letter) = self.step() {
            if letter == '\n' {
                return;
            }
        }
    }

    /// Passes a comment that may hold others.
    fn block_comment(&mut self) {
        let mut depth = 1_u32;
        self.step();
        while depth > 0 {
            match (self.step(), self.rest.peek()) {
                (None, _) => return,
                (Some('/'), Some('*')) => {
                    self.step();
                    depth += 1;
                }
                (Some('*'), Some('/')) => {
                    self.step();
                    depth -= 1;
                }
                _ => {}
            }
        }
    }
}

impl Iterator for Letters<'_> {
    type Item = (char, Place);

    fn next(&mut self) -> Option<(char, Place)> {
        loop {
            let letter = self.step()?;
            match (letter, self.rest.peek()) {
                ('\'' | '"', _) => self.quoted(letter),
                ('-', Some('-')) => self.line_comment(),
                ('/', Some('*')) => self.block_comment(),
                _ => return Some((letter, (self.line, self.column))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_its_place_and_the_right_one_are_named() {
        for (sql, want) in [
            ("select a，b from t", "第 1 行第 9 列：这里写了全角的“，”，请改成半角的“,”"),
            ("select count（*） from t", "第 1 行第 13 列：这里写了全角的“（”，请改成半角的“(”"),
            ("select a\nfrom t where b＝1", "第 2 行第 15 列：这里写了全角的“＝”，请改成半角的“=”"),
            (
                "select a from t where b = “东城”",
                "第 1 行第 27 列：这里写了中文引号“，文字请用半角单引号 ' 括起来",
            ),
            (
                "select a from t where b = ‘东城’",
                "第 1 行第 27 列：这里写了中文引号‘，文字请用半角单引号 ' 括起来",
            ),
            ("select　a from t", "第 1 行第 7 列：这里有一个全角空格，请改成半角空格"),
            ("select １", "第 1 行第 8 列：这里写了全角的“１”，请改成半角的“1”"),
            ("ｓelect 1", "第 1 行第 1 列：这里写了全角的“ｓ”，请改成半角的“s”"),
            ("select 1；", "第 1 行第 9 列：这里写了全角的“；”，请改成半角的“;”"),
            ("select 'a''，', b， c", "第 1 行第 17 列：这里写了全角的“，”，请改成半角的“,”"),
        ] {
            let said = full_width(sql).map(|error| error.to_string());
            assert_eq!(said.as_deref(), Some(want), "{sql}");
        }
    }

    #[test]
    fn quotes_and_comments_may_hold_them() {
        for sql in [
            "select '，（“”；' as \"金额（元）\" -- 说明：全角，也行\nfrom t /* （１） /* ， */ ， */",
            "select 金额 as 收入 from t",
            "select 'it''s，'",
        ] {
            assert!(full_width(sql).is_none(), "{sql}");
        }
    }
}
