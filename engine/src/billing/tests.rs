//! What the months of an account come to, in whatever order they are billed: whole accounts, without a database.

use std::collections::HashMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;
use terms::{
    AccountId, BillPeriod, FeeItem, Money, OrganisationId, OutletId, PayerId, ReadingId, Span,
    TownId, Volume,
};

use super::assess::{ChargedMonth, Holder, MeterUse, Taken, ToBill, Used, assess};
use super::before::Billed;
use super::history::History;
use super::missed;
use super::owners::Owners;
use super::quotas::Quotas;
use super::rates::{Books, Rate, Rates};
use super::why::Why;
use crate::reading::Flag;
use crate::register::{AccountState, GarbageClass, Quantities, SewageClass, UseClass};
use crate::tariff::{NoPrice, TariffBook, shipped_book};

const TOWN: TownId = TownId(1);
static BOOK: LazyLock<TariffBook> = LazyLock::new(|| shipped_book().unwrap());

fn month(text: &str) -> BillPeriod {
    text.parse().unwrap()
}

/// An account with its books.
struct Story {
    holder: Holder,
    rates: Rates,
    then: History,
    quotas: Quotas,
    billed: Billed,
}

impl Story {
    /// Of one class, and of others from these months on.
    fn of(first: GarbageClass, changes: &[(&str, GarbageClass)]) -> Self {
        let state = AccountState {
            use_class: UseClass::Resident,
            sewage_class: SewageClass::Resident,
            garbage_class: first,
            persons: 4,
            supplier: OrganisationId(1),
            quantities: Quantities { bins: Some(Decimal::from(10)), ..Quantities::default() },
            levy_ratio: None,
            payer: PayerId(1),
        };
        let mut then = History::default();
        then.add(1, month("2026-01").first_day(), state);
        for (from, garbage_class) in changes {
            let state = AccountState { garbage_class: *garbage_class, ..state };
            then.add(1, month(from).first_day(), state);
        }
        let owned = [FeeItem::Sewage, FeeItem::Garbage].map(|fee| ((TOWN, fee), OrganisationId(2)));
        let owners = Owners(HashMap::from(owned));
        let from = month("2026-01").first_day();
        let (account, outlet) = (AccountId(1), OutletId(1));
        Self {
            holder: Holder { account, town: TOWN, outlet, present: state },
            rates: Rates::since(vec![Rate { from, book: BOOK.clone(), owners }]),
            then,
            quotas: Quotas::default(),
            billed: Billed::default(),
        }
    }

    /// Bills what was read in the last of some months, and the unlike months among them first; gives what garbage and
    /// what all comes to.
    fn read(&mut self, since: &str, upto: &str, m3: i64) -> Result<(Money, Money), Why> {
        let (first, upto) = (month(since), month(upto));
        let span = Span::new(first.first_day(), upto.last_day(), first.previous(), upto);
        let state = self.then.of(&self.holder, upto);
        let mut to_bill = ToBill::new(self.holder, state, span);
        let used = Used { span, volume: Volume::m3(m3) };
        let taken = Taken { reading: ReadingId(1), used, turn: 1 };
        to_bill.add(MeterUse { taken, flag: Flag::Usual, review: None });
        to_bill.months = self.monthly(span);
        let mut all = missed::unlike(&to_bill, &self.rates, &self.then);
        all.push(to_bill);
        self.bill(all)
    }

    /// Charges months that nobody read.
    fn unread(&mut self, since: &str, upto: &str) -> Result<(Money, Money), Why> {
        let (first, upto) = (month(since), month(upto));
        let span = Span::new(first.first_day(), upto.last_day(), first.previous(), upto);
        let months = self.monthly(span).into_iter();
        self.bill(missed::rows(self.holder, months, &self.rates, &self.then))
    }

    fn monthly(&self, span: Span) -> Vec<ChargedMonth> {
        let is_monthly = |month: &BillPeriod| {
            self.rates.of(*month).is_monthly(TOWN, &self.then.of(&self.holder, *month))
        };
        span.each_month().filter(is_monthly).map(|month| ChargedMonth { month, turn: 1 }).collect()
    }

    fn bill(&mut self, all: Vec<ToBill>) -> Result<(Money, Money), Why> {
        let Self { rates, then, quotas, billed, .. } = self;
        let books = Books { rates, then, quotas };
        let (mut garbage, mut total) = (Money::ZERO, Money::ZERO);
        for mut to_bill in all {
            billed.leave_out_months(&mut to_bill);
            assert!(!missed::owes_before(&books, &to_bill));
            let assessed = assess(&books, billed.of(1), to_bill);
            if let Some(why) = assessed.parked {
                return Err(why);
            }
            let Some(charge) = assessed.charge else { continue };
            billed.note(&charge);
            total += charge.total;
            let lines = charge.lines.iter().map(|line| &line.priced);
            let its = lines.filter(|line| line.fee_item == FeeItem::Garbage);
            garbage += its.map(|line| line.amount).sum::<Money>();
        }
        Ok((garbage, total))
    }

    /// What garbage comes to in the end.
    fn garbage(first: GarbageClass, from: &str, then: GarbageClass, acts: &[Act]) -> String {
        let mut story = Self::of(first, &[(from, then)]);
        let mut sum = Money::ZERO;
        for act in acts {
            sum += match act {
                Read(since, upto, m3) => story.read(since, upto, *m3),
                Unread(since, upto) => story.unread(since, upto),
            }
            .unwrap()
            .0;
        }
        sum.to_string()
    }
}

enum Act {
    Read(&'static str, &'static str, i64),
    Unread(&'static str, &'static str),
}

use Act::{Read, Unread};
use GarbageClass::{ByBin, PropertyEstate, Resident, Shop, Uncharged};

/// The bills of readings in an order, for water; none where a tier would come to less than was charged.
fn bills(readings: &[(&str, &str, i64)]) -> Option<Vec<Money>> {
    let mut story = Story::of(Uncharged, &[]);
    let mut bills = Vec::with_capacity(readings.len());
    for (since, upto, m3) in readings {
        match story.read(since, upto, *m3) {
            Ok((_, total)) => bills.push(total),
            Err(Why::NoPrice(NoPrice::Apart(_))) => return None,
            Err(why) => panic!("{why}"),
        }
    }
    Some(bills)
}

/// What they come to.
fn water(readings: &[(&str, &str, i64)]) -> Option<String> {
    Some(bills(readings)?.into_iter().sum::<Money>().to_string())
}

/// 64 m³ of two months are 44 × 1.72 + 20 × 2.58, 100 m³ of three 66 × 1.72 + 34 × 2.58: 127.28 and 201.24; and
/// nine tenths at 0.95.
#[test]
fn a_month_that_is_billed_after_a_later_one_goes_on_from_it() {
    let october = ("2026-10", "2026-10", 20);
    let november = ("2026-10", "2026-11", 44);
    assert_eq!(water(&[october, november]).unwrap(), "182.00");
    assert_eq!(water(&[november, october]).unwrap(), "182.00");
    let (all, one) = (("2026-10", "2026-12", 60), ("2026-10", "2026-11", 40));
    assert_eq!(water(&[all, one]).unwrap(), "286.74");
    assert_eq!(water(&[one, all]).unwrap(), "286.74");
}

/// The law of order: whatever meters are read when, and in whatever order their readings are billed, they come to what they
/// come to in the order of their months, or one of them waits.
#[test]
fn charges_come_to_the_same_in_any_order() {
    let spans = [
        ("2026-10", "2026-10"),
        ("2026-10", "2026-11"),
        ("2026-11", "2026-11"),
        ("2026-10", "2026-12"),
        ("2026-12", "2026-12"),
    ];
    let all = spans.iter().flat_map(|span| [5, 20, 44, 90].map(|m3| (span.0, span.1, m3)));
    let all: Vec<_> = all.collect();
    let (mut stories, mut same, mut otherwise, mut waits) = (0, 0, 0, 0);
    for a in &all {
        for b in all.iter().filter(|b| b.1 >= a.1) {
            for c in all.iter().step_by(3).filter(|c| c.1 >= b.1) {
                let Some(mut in_order) = bills(&[*a, *b, *c]) else { continue };
                stories += 1;
                in_order.sort_unstable();
                for order in [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
                    let Some(mut told) = bills(&order.map(|reading| *reading)) else {
                        waits += 1;
                        continue;
                    };
                    let sum = |bills: &[Money]| bills.iter().copied().sum::<Money>();
                    assert_eq!(sum(&told), sum(&in_order), "{order:?}");
                    same += 1;
                    told.sort_unstable();
                    otherwise += u32::from(told != in_order);
                }
            }
        }
    }
    // Of 1,072 stories 103 wait in order too; each other one is told in five orders. In more than half of those that are
    // billed the single bills are others, and it is their sum alone that the order leaves as it is.
    assert_eq!((stories, same, otherwise, waits), (969, 3_822, 2_284, 1_023));
}

/// A span of unlike months: at once, month by month, or with the first ones charged unread, it comes to the same.
#[test]
fn unlike_months_come_to_the_same_at_once_or_apart() {
    for (first, then, m3, want) in [
        (Shop, Resident, 15, "59.60"),
        (PropertyEstate, Shop, 15, "57.68"),
        (PropertyEstate, ByBin, 15, "217.68"),
        (ByBin, Resident, 15, "219.60"),
        (Shop, Resident, 150, "192.00"),
        (Uncharged, Resident, 15, "9.60"),
        (Resident, PropertyEstate, 15, "17.28"),
    ] {
        let each = [Read("2026-10", "2026-10", m3), Read("2026-11", "2026-11", m3)];
        let at_once = [Read("2026-10", "2026-11", 2 * m3)];
        let unread = [Unread("2026-10", "2026-10"), Read("2026-10", "2026-11", 2 * m3)];
        let late = [Read("2026-11", "2026-11", m3), Read("2026-10", "2026-10", m3)];
        let all = [&each[..], &at_once[..], &unread[..], &late[..]];
        for (how, acts) in ["each", "at once", "unread", "late"].into_iter().zip(all) {
            let comes_to = Story::garbage(first, "2026-11", then, acts);
            assert_eq!(comes_to, want, "{first:?}, then {then:?}: {m3} m³ a month, {how}");
        }
    }
    // A shop in October, a home in November and December: 50.00, and 40 of 60 m³ at 0.64.
    let acts = [Read("2026-10", "2026-12", 60)];
    assert_eq!(Story::garbage(Shop, "2026-11", Resident, &acts), "75.60");
}

/// Two meters: what another one used in a month that bore its least charge adds nothing below it.
#[test]
fn a_month_that_bore_its_least_charge_keeps_it() {
    let acts = [Read("2026-10", "2026-10", 10), Read("2026-10", "2026-11", 20)];
    assert_eq!(Story::garbage(Shop, "2026-12", Resident, &acts), "100.00");
    let acts = [Read("2026-10", "2026-10", 10), Read("2026-10", "2026-11", 20)];
    assert_eq!(Story::garbage(Shop, "2026-11", Resident, &acts), "56.40");
}
