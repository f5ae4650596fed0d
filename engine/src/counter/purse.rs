//! Money that an account has with us, and since when. 预存

use chrono::NaiveDate;
use terms::Money;

/// The purse of an account: what lies in it, and how it came to that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Purse {
    /// The day of each entry that stands and the balance after it, newest first, back to where it was empty.
    pub(crate) steps: Vec<(NaiveDate, Money)>,
}

impl Purse {
    /// What lies in it now, yuan.
    pub(crate) fn balance(&self) -> Money {
        self.steps.first().map_or(Money::ZERO, |(_, balance)| *balance)
    }

    /// The day since which it has held so much at all times; none where it does not.
    pub(crate) fn holds_since(&self, needed: Money) -> Option<NaiveDate> {
        let held = self.steps.iter().take_while(|(_, balance)| *balance >= needed);
        held.last().map(|(day, _)| *day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_holds_an_amount_since_the_day_on_which_it_came() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let step = |text, fen| (day(text), Money::from_fen(fen));
        // 500 on the first, 100 used on the tenth, 50 more on the twentieth.
        let purse = Purse {
            steps: vec![
                step("2026-11-20", 45_000),
                step("2026-11-10", 40_000),
                step("2026-11-01", 50_000),
            ],
        };
        assert_eq!(purse.balance(), Money::from_fen(45_000));
        for (fen, want) in [
            (1, Some("2026-11-01")),
            (40_000, Some("2026-11-01")),
            (40_001, Some("2026-11-20")),
            (45_000, Some("2026-11-20")),
            (45_001, None),
        ] {
            assert_eq!(purse.holds_since(Money::from_fen(fen)), want.map(day), "{fen}");
        }
        assert_eq!(Purse::default().holds_since(Money::from_fen(1)), None);
    }
}
