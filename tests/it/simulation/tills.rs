//! What happens at the tills: payments in every way, refused ones, payments taken back.

use std::collections::BTreeMap;

use engine::counter::{
    Collect, CollectError, Collected, Reverse, ReverseError, Stands, Surplus, Tender, collect,
    reverse,
};
use rand::Rng;
use terms::{Clock, FeeItem, PayMethod, PaymentId};

use super::model::{By, Cost, Payment, Stays};
use super::prices::GARBAGE;
use super::{Simulation, fen};

/// A payment on its way: what the clerk orders, and what the note book will say.
pub(super) struct Visit {
    pub(super) order: Collect,
    pub(super) till: usize,
    /// The bills that it settles, and whether of their garbage alone.
    pub(super) settles: (Vec<usize>, bool),
    pub(super) payment: Payment,
    /// Why it must be refused, where it must.
    pub(super) refused: Option<Refused>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Held,
    SerialUsed,
}

impl Stays {
    /// True where the books say the same.
    pub(super) fn is(self, why: &Stands) -> bool {
        match self {
            Self::NotOurs => false,
            Self::IsReversal => matches!(why, Stands::IsReversal),
            Self::Reversed => matches!(why, Stands::AlreadyReversed),
            Self::NewestFirst => matches!(why, Stands::NewestFirst { .. }),
            Self::DrawnOn => matches!(why, Stands::OffsetFirst { .. }),
            Self::Spent => matches!(why, Stands::PrepaidSpent { .. }),
        }
    }
}

/// What a payer brings: how, how much beyond what is due, and whether the rest is kept.
struct Purse {
    method: PayMethod,
    extra: i64,
    keeps: bool,
}

impl Simulation {
    /// Somebody pays at a till: some of the oldest bills of a payer, with change or with money kept.
    pub(super) async fn pay(&mut self) {
        let (home, till) = (self.a_home(), self.a_till());
        let Some(mut visit) = self.visit(home, till).await else { return };
        let by_cheque = |tender: &Tender| tender.method == PayMethod::Cheque;
        if visit.order.tenders.iter().any(by_cheque) && self.dice.random() {
            self.share_cheque(&mut visit);
        }
        self.note(format!("pay {:?}", visit.order));
        let done = collect(&self.city.pool, &self.city.clock, visit.order.clone()).await;
        let Some((order, id)) = self.posted(visit, done) else { return };
        if self.dice.random_range(0..5) == 0 {
            let again = collect(&self.city.pool, &self.city.clock, order.clone()).await.unwrap();
            assert!(again.replayed && again.payment == id, "{again:?}");
            let other = Collect { tenders: vec![Tender::cash(fen(987_654))], ..order };
            let other = collect(&self.city.pool, &self.city.clock, other).await;
            assert!(matches!(other, Err(CollectError::KeyReused { .. })), "{other:?}");
        }
    }

    /// What a payer who comes now would pay; none where there is nothing to pay and nothing is kept.
    pub(super) async fn visit(&mut self, home: usize, till: usize) -> Option<Visit> {
        self.learn_bills(home).await;
        let (today, now) = (self.today(), self.city.clock.now());
        let apart = self.dice.random_range(0..8) == 0;
        let own = &self.model.homes[home];
        let open = own.open();
        let costs = own.costs(&open, today);
        // What is taken apart leaves the rest of a bill open.
        let mut list: Vec<(usize, Cost)> = open.into_iter().zip(costs).collect();
        if apart {
            list.retain(|(at, _)| own.charges[*at].paid_by[GARBAGE].is_none());
            list.iter_mut().for_each(|(_, cost)| *cost = cost.only(GARBAGE));
        }
        // Whoever came leaves the bills of who left, or pays them too.
        if list.iter().any(|(at, _)| !own.is_own(*at)) && self.dice.random() {
            list.retain(|(at, _)| own.is_own(*at));
        }
        let count = if list.is_empty() { 0 } else { self.dice.random_range(0..=list.len()) };
        list.truncate(count);
        let cost = list.iter().fold(Cost::default(), |sum, (_, cost)| sum.plus(*cost));
        let theirs: i64 =
            list.iter().filter(|(at, _)| own.is_own(*at)).map(|(_, cost)| cost.sum()).sum();
        let used = if self.dice.random_range(0..3) == 0 { theirs.min(own.prepaid) } else { 0 };
        let brings = self.brings(cost.sum() - used);
        if count == 0 && (brings.extra == 0 || !brings.keeps) {
            return None;
        }
        let own = &self.model.homes[home];
        let held = list.iter().any(|(at, _)| own.charges[*at].holder(now).is_some());
        let prepaid_in = if brings.keeps { brings.extra } else { 0 };
        // A paper is made out to one payer: water on one, all else on another.
        let mut made_out: BTreeMap<&str, [i64; 2]> = BTreeMap::new();
        for (at, cost) in &list {
            let [water, other] = made_out.entry(&own.charges[*at].payer).or_default();
            let settled = cost.fees[0] + cost.late[0];
            *water += settled;
            *other += cost.sum() - settled;
        }
        let papers = made_out.into_values().flatten().chain([prepaid_in]);
        let papers = papers.filter(|fen| *fen > 0).count() as i64;
        let charges: Vec<usize> = list.into_iter().map(|(at, _)| at).collect();
        let order = self.order((home, till), &charges, (cost.sum(), used), &brings, apart);
        let payment = Payment {
            net: cost.sum() - used + prepaid_in,
            late_fee: cost.late_fee(),
            prepaid_in,
            prepaid_used: used,
            papers,
            ..Payment::new(home, By::Till(till), today)
        };
        let refused = held.then_some(Refused::Held);
        Some(Visit { order, till, settles: (charges, apart), payment, refused })
    }

    fn brings(&mut self, due: i64) -> Purse {
        let extra = match self.dice.random_range(0..3) {
            0 => 0,
            _ => self.dice.random_range(1..20_000),
        };
        let method = match self.dice.random_range(0..5) {
            _ if due + extra == 0 => PayMethod::Cash,
            0 => PayMethod::Pos,
            1 => PayMethod::Cheque,
            2 if due > 1 => PayMethod::Mixed,
            _ => PayMethod::Cash,
        };
        let in_cash = matches!(method, PayMethod::Cash | PayMethod::Mixed);
        Purse { method, extra, keeps: !in_cash || self.dice.random() }
    }

    fn order(
        &mut self,
        (home, till): (usize, usize),
        charges: &[usize],
        (due, used): (i64, i64),
        brings: &Purse,
        apart: bool,
    ) -> Collect {
        let key = self.key();
        let (cashier, outlet) = self.tills[till];
        let reference = format!("{}-{key}", self.seed);
        let all = due - used + brings.extra;
        let tenders = match brings.method {
            _ if all == 0 => Vec::new(),
            PayMethod::Cash => vec![Tender::cash(fen(all))],
            // A part by card, the rest in cash.
            PayMethod::Mixed => {
                let by_card = self.dice.random_range(1..due - used);
                let card = Tender::slip(PayMethod::Pos, fen(by_card), reference);
                vec![card, Tender::cash(fen(all - by_card))]
            }
            by_slip => vec![Tender::slip(by_slip, fen(all), reference)],
        };
        let own = &self.model.homes[home];
        Collect {
            account: self.accounts[home].account.id,
            charges: charges.iter().map(|at| own.charges[*at].id.unwrap()).collect(),
            fees: if apart { vec![FeeItem::Garbage] } else { Vec::new() },
            expected_total: fen(due),
            prepaid_used: fen(used),
            tenders,
            surplus: if brings.keeps { Surplus::Prepaid } else { Surplus::Change },
            cashier,
            outlet,
            key,
            again: true,
        }
    }

    /// The cheque pays for several accounts: one that is known already, or a new one with more on it.
    fn share_cheque(&mut self, visit: &mut Visit) {
        let amount = visit.order.tenders[0].amount.fen();
        let known = self.model.slips.len();
        let (slip, total) = if known > 0 && self.dice.random_range(0..3) > 0 {
            let at = self.dice.random_range(0..known);
            let (slip, (total, _)) = self.model.slips.iter().nth(at).unwrap();
            (slip.clone(), *total)
        } else {
            (format!("ZP{}", visit.order.key), amount + self.dice.random_range(0..60_000))
        };
        if total < amount {
            return;
        }
        let (total, standing) = *self.model.slips.entry(slip.clone()).or_insert((total, 0));
        if standing + amount > total {
            visit.refused.get_or_insert(Refused::SerialUsed);
        }
        let cheque = Tender::slip(PayMethod::Cheque, fen(amount), slip.clone());
        visit.order.tenders = vec![Tender { slip_total: Some(fen(total)), ..cheque }];
        visit.payment.slip = Some((slip, amount));
    }

    /// Takes into the note book what became of a visit; gives the order and its payment where it was posted.
    pub(super) fn posted(
        &mut self,
        visit: Visit,
        done: Result<Collected, CollectError>,
    ) -> Option<(Collect, PaymentId)> {
        let Visit { order, till, settles, payment, refused } = visit;
        let closed = self.model.has_closed(till, payment.day);
        if closed || refused.is_some() {
            let as_known = match &done {
                Err(CollectError::DayClosed) => closed,
                Err(CollectError::Held(_)) => refused == Some(Refused::Held),
                Err(CollectError::SerialUsed(_)) => refused.is_some(),
                _ => false,
            };
            assert!(as_known, "{closed} {refused:?} and {done:?}");
            return None;
        }
        let done = done.unwrap();
        let (kept, used) = (payment.prepaid_in, payment.prepaid_used);
        let handed: i64 = order.tenders.iter().map(|tender| tender.amount.fen()).sum();
        let brought = handed + used;
        let said = (done.change.fen(), done.prepaid.fen(), done.prepaid_used.fen());
        assert_eq!(said, (brought - order.expected_total.fen() - kept, kept, used));
        assert_eq!(done.receipts.len() as i64, payment.papers, "{done:?}");
        self.model.pay(done.payment, (&settles.0, settles.1), payment);
        Some((order, done.payment))
    }

    /// Too little, another total than what stands there, a bill left out: nothing is posted.
    pub(super) async fn pay_wrongly(&mut self) {
        let (home, till) = (self.a_home(), self.a_till());
        let Some(mut visit) = self.visit(home, till).await else { return };
        let bills = visit.settles.0.len();
        if bills == 0 || visit.order.tenders.len() > 1 || self.model.has_closed(till, self.today())
        {
            return;
        }
        let order = &mut visit.order;
        let want: fn(&CollectError) -> bool = match self.dice.random_range(0..4) {
            0 if order.expected_total > order.prepaid_used + fen(1) => {
                let short = order.expected_total - order.prepaid_used - fen(1);
                order.tenders = vec![Tender::cash(short)];
                |e| matches!(e, CollectError::Short { .. })
            }
            1 => {
                order.expected_total += fen(1);
                |e| matches!(e, CollectError::StaleQuote { .. })
            }
            2 => {
                order.fees = vec![FeeItem::Water];
                |e| matches!(e, CollectError::NotApart(FeeItem::Water))
            }
            _ if bills > 1 => {
                order.charges.remove(0);
                |e| matches!(e, CollectError::OlderFirst { .. } | CollectError::StaleQuote { .. })
            }
            _ => {
                order.charges.push(order.charges[0]);
                |e| matches!(e, CollectError::ChosenTwice)
            }
        };
        self.note(format!("pay wrongly {:?}", visit.order));
        let done = collect(&self.city.pool, &self.city.clock, visit.order).await;
        assert!(done.as_ref().is_err_and(want), "{done:?}");
    }

    /// A payment to take back: mostly the newest of an account, one that `may` be thought of.
    pub(super) fn a_payment(&mut self, may: impl Fn(&Payment) -> bool) -> Option<PaymentId> {
        let home = self.a_home();
        let its = self.model.payments.iter().filter(|(_, p)| p.home == home && may(p));
        let its: Vec<_> = its.collect();
        let standing = its.iter().rev().find(|(_, p)| !p.is_reversal && !p.reversed);
        let newest = standing.map(|(id, _)| **id);
        let any = (!its.is_empty()).then(|| *its[self.dice.random_range(0..its.len())].0);
        if self.dice.random_range(0..4) == 0 { any } else { newest }
    }

    /// A till takes a payment back.
    pub(super) async fn take_back(&mut self) {
        let till = self.a_till();
        let Some(id) = self.a_payment(|_| true) else { return };
        let (key, (cashier, outlet)) = (self.key(), self.tills[till]);
        self.note(format!("take back {id} at till {till}"));
        let order =
            Reverse { payment: id, cashier, outlet, reason: "收错用户".to_owned(), key };
        self.city.consent(id, cashier).await;
        let done = reverse(&self.city.pool, &self.city.clock, order.clone()).await;
        let today = self.today();
        let by_till = self.model.payments[&id].till().is_some();
        match self.model.stays(id, true) {
            Some(why) => {
                let refused = done.unwrap_err();
                let as_known = match why {
                    Stays::NotOurs => matches!(refused, ReverseError::NotTakenAtCounter),
                    stays => matches!(&refused, ReverseError::Stands(why) if stays.is(why)),
                };
                assert!(as_known, "{why:?} and {refused:?}");
            }
            None if by_till && self.model.has_closed(till, today) => {
                assert!(matches!(done, Err(ReverseError::DayClosed)), "{done:?}");
            }
            None if self.model.is_anothers_purse(id) => {
                let refused = done.unwrap_err();
                assert!(matches!(refused, ReverseError::Stands(Stands::PassedOn)), "{refused:?}");
            }
            None => {
                let done = done.unwrap();
                let blue = &self.model.payments[&id];
                let said = (done.refund.fen(), done.prepaid_back.fen());
                assert_eq!(said, (blue.net, blue.prepaid_used));
                assert_eq!(done.receipts.len() as i64, blue.papers, "{done:?}");
                // What a purse paid by itself goes back to it without a till.
                let by = if by_till { By::Till(till) } else { By::Purse };
                self.model.take_back(id, done.payment, by, today);
                let again = reverse(&self.city.pool, &self.city.clock, order).await.unwrap();
                assert!(again.replayed && again.payment == done.payment, "{again:?}");
            }
        }
    }
}
