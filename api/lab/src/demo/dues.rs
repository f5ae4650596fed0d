//! Who pays what in a month, and how.

use std::collections::HashMap;

use engine::channels::{Settled, Settles};
use sqlx::PgPool;
use terms::{AccountId, BillPeriod, Money, PayMethod};

use super::City;
use super::days::MonthDays;
use super::dice::{Dice, Of};
use super::household::Habit;
use super::store::{self, OpenCharge};
use super::till::Visit;

/// How many of those who are behind come to the counter in a month, of a thousand.
const RECOVERED_PER_MILLE: u64 = 380;

/// Who pays what this month, and how.
#[derive(Default)]
pub(super) struct Dues {
    pub(super) withheld: Vec<Settled>,
    pub(super) online: HashMap<(PayMethod, usize), Vec<Settled>>,
    pub(super) visits: [Vec<Visit>; 4],
}

impl City {
    /// Decides who pays this month.
    pub(super) async fn dues(
        &self,
        pool: &PgPool,
        period: BillPeriod,
        days: &MonthDays,
    ) -> anyhow::Result<Dues> {
        let homes: HashMap<AccountId, usize> =
            self.opened.iter().enumerate().map(|(i, opened)| (opened.account, i)).collect();
        let open = store::open_charges(pool, period).await?;
        let purses = store::purses(pool).await?;
        let mut dues = Dues::default();
        for charges in open.chunk_by(|a, b| a.account == b.account) {
            if let Some(home) = charges.first().and_then(|charge| homes.get(&charge.account)) {
                let purse = purses.get(&charges[0].account).copied().unwrap_or_default();
                self.decide(&mut dues, *home, (charges, purse), period, days);
            }
        }
        Ok(dues)
    }

    fn decide(
        &self,
        dues: &mut Dues,
        home: usize,
        (charges, purse): (&[OpenCharge], Money),
        period: BillPeriod,
        days: &MonthDays,
    ) {
        let (dice, when) = (Dice(self.plan.seed), period.number().unsigned_abs().into());
        let home = &self.households[home];
        let [first, ..] = charges else { return };
        let is_late = first.period < period.number();
        if period == self.plan.last_period()
            && dice.below(Of::Unpaid, home.who, 0, 100) < self.plan.unpaid_percent.into()
        {
            return;
        }
        let missed = dice.hits(Of::Missed, home.who, when, home.habit.missed_per_mille());
        let gross: Money = charges.iter().map(|charge| charge.open).sum();
        let day = usize::try_from(dice.below(Of::Day, home.who, when, 4)).unwrap_or_default();
        match home.habit {
            Habit::Withhold if !missed => dues.withheld.push(Settled {
                account: first.account,
                settles: Settles::UpTo(period),
                serial: format!("DK{}{:010}", period.number(), first.account.0),
                gross,
            }),
            Habit::Wechat | Habit::Alipay | Habit::Forgetful if !missed && !is_late => {
                let method = home.habit.method();
                let serial = format!(
                    "{}{}{:010}",
                    if method == PayMethod::Wechat { "42000" } else { "20880" },
                    days.online[day].format("%Y%m%d"),
                    first.id.0
                );
                let settles = Settles::Charges(charges.iter().map(|charge| charge.id).collect());
                dues.online.entry((method, day)).or_default().push(Settled {
                    account: first.account,
                    settles,
                    serial,
                    gross,
                });
            }
            Habit::Counter | Habit::LastDay if !missed && !is_late => {
                let day = if home.habit == Habit::LastDay { 3 } else { day };
                dues.visits[day].push(self.visit(
                    home.place,
                    home.who,
                    (charges, purse),
                    period,
                    Some(gross),
                ));
            }
            _ if is_late && dice.hits(Of::Recovered, home.who, when, RECOVERED_PER_MILLE) => {
                dues.visits[day].push(self.visit(
                    home.place,
                    home.who,
                    (charges, purse),
                    period,
                    None,
                ));
            }
            _ => {}
        }
    }

    fn visit(
        &self,
        place: usize,
        who: u64,
        (charges, purse): (&[OpenCharge], Money),
        period: BillPeriod,
        total: Option<Money>,
    ) -> Visit {
        Visit {
            who,
            account: charges[0].account,
            charges: charges.iter().map(|charge| charge.id).collect(),
            total,
            purse,
            cashier: self.places[place].outlet,
            period,
        }
    }
}
