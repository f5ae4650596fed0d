//! What channels bring: batches, suspense, holds, payments taken back.

use chrono::{Days, TimeDelta};
use engine::access::Reach;
use engine::channels::{
    ChannelBatch, HoldError, PlaceHold, PostItem, Refusal, ReleaseHold, ReturnItem, ReverseError,
    ReversePayment, Settled, Settles, SuspenseError, SuspenseReason, Target, place_hold,
    post_batch, post_item, release_hold, return_item, reverse, suspense,
};
use rand::Rng;
use terms::{Clock, PaymentId};

use super::model::{By, Item, Payment, Stays, Unfit};
use super::{Simulation, fen};

/// Channels of the simulation.
const CHANNELS: [&str; 3] = ["withhold", "alipay", "wechat"];

impl Unfit {
    fn reason(self) -> SuspenseReason {
        match self {
            Self::NothingOpen => SuspenseReason::NothingOpen,
            Self::Held => SuspenseReason::Held,
            Self::Differs => SuspenseReason::Differs,
        }
    }
}

impl Simulation {
    /// A channel's batch of one: everything that is open up to a month, or a sum that fits nothing and waits for a
    /// person; handed in twice.
    pub(super) async fn channel(&mut self) {
        let (home, now) = (self.a_home(), self.city.clock.now());
        let channel = CHANNELS[self.dice.random_range(0..CHANNELS.len())];
        let day = self.today() - Days::new(self.dice.random_range(0..3));
        let up_to = self.city.period().back(self.dice.random_range(0..2));
        let mut item = Item { home, channel, day, gross: 0, up_to, contested: false };
        let own = &self.model.homes[home];
        let open = own.open();
        for (at, cost) in open.iter().zip(own.costs(&open, day)) {
            let charge = &own.charges[*at];
            if charge.period <= up_to && charge.payer == own.payer_on(day) {
                let late_fee = if channel == "withhold" { 0 } else { cost.late_fee() };
                item.gross += cost.principal() + late_fee;
            }
        }
        item.gross += i64::from(self.dice.random_range(0..5) == 0);
        if item.gross == 0 {
            return;
        }
        let key = self.key();
        self.note(format!("{key}: {item:?}"));
        let outcome = self.hand_in(&item, &key).await;
        match self.model.fits(&item, now) {
            Err(why) => {
                assert_eq!((outcome.posted, outcome.refused[0].refusal), (0, why.reason()));
                let id = self.waiting(&key).await;
                self.model.items.insert(id, item.clone());
                let again = self.hand_in(&item, &key).await;
                assert_eq!((again.posted, again.already, again.refused.len()), (0, 0, 1));
            }
            Ok((settles, late_fee)) => {
                let said = (outcome.posted, outcome.amount.fen());
                assert_eq!(said, (1, item.gross), "{outcome:?}");
                let id = self.newest_payment().await;
                let day = self.model.day_of(&item, self.today());
                self.pay_by_channel(id, &item, (&settles, late_fee), day);
                let again = self.hand_in(&item, &key).await;
                assert_eq!((again.posted, again.already), (0, 1));
                if self.dice.random_range(0..4) == 0 {
                    self.contest(item, &key).await;
                }
            }
        }
    }

    /// Another item comes under the same number.
    async fn contest(&mut self, item: Item, key: &str) {
        let other = Item { gross: item.gross + 1, contested: true, ..item };
        let outcome = self.hand_in(&other, key).await;
        assert_eq!(outcome.posted, 0, "{outcome:?}");
        assert_eq!(outcome.refused[0].refusal, SuspenseReason::SerialUsed);
        let id = self.waiting(key).await;
        self.model.items.insert(id, other);
    }

    async fn hand_in(&self, item: &Item, key: &str) -> engine::channels::BatchOutcome {
        let settled = Settled {
            account: self.accounts[item.home].account.id,
            settles: Settles::UpTo(item.up_to),
            serial: key.to_owned(),
            gross: fen(item.gross),
        };
        let batch = ChannelBatch {
            channel: item.channel.to_owned(),
            batch_no: key.to_owned(),
            settled_on: item.day,
            items: vec![settled],
        };
        post_batch(&self.city.pool, &self.city.clock, batch).await.unwrap()
    }

    /// The item in suspense under a serial.
    async fn waiting(&self, serial: &str) -> i64 {
        let mut connection = self.city.pool.acquire().await.unwrap();
        let all = suspense(&mut connection, &Reach::default(), 10_000).await.unwrap();
        all.iter().find(|waiting| waiting.serial == serial).expect("an item in suspense").item
    }

    fn pay_by_channel(
        &mut self,
        id: PaymentId,
        item: &Item,
        (settles, late_fee): (&[usize], i64),
        day: chrono::NaiveDate,
    ) {
        let kept = if settles.is_empty() { item.gross } else { 0 };
        let payment = Payment {
            net: item.gross,
            late_fee,
            prepaid_in: kept,
            ..Payment::new(item.home, By::Channel(item.clone()), day)
        };
        self.model.pay(id, (settles, false), payment);
    }

    /// A person posts what waits in suspense, keeps it for the account, or sends it back.
    pub(super) async fn clear_suspense(&mut self) {
        if self.model.items.is_empty() {
            return;
        }
        let at = self.dice.random_range(0..self.model.items.len());
        let (id, item) = self.model.items.iter().nth(at).unwrap();
        let (id, item) = (*id, item.clone());
        let (pool, clock, today) = (&self.city.pool, &self.city.clock, self.today());
        let what = self.dice.random_range(0..3);
        self.log.push(format!("clear {id} {item:?} by {what}"));
        if what == 0 {
            let order = ReturnItem {
                item: id,
                reason: "金额不符".to_owned(),
                by: self.city.manager().await,
            };
            return_item(pool, clock, order).await.unwrap();
            self.model.items.remove(&id);
            return;
        }
        let target = if what == 1 { Target::AsItSays } else { Target::Prepaid };
        let order = PostItem { item: id, target, by: self.city.manager().await };
        let done = post_item(pool, clock, order).await;
        if item.contested {
            assert!(matches!(done, Err(SuspenseError::Contested)), "{done:?}");
            return;
        }
        if what == 2 && self.model.homes[item.home].passed_on_since(item.day) {
            assert!(matches!(done, Err(SuspenseError::PassedOn(_))), "{done:?}");
            return;
        }
        let fits = match what {
            1 => self.model.fits(&item, self.city.clock.now()),
            _ => Ok((Vec::new(), 0)),
        };
        match fits {
            Ok((settles, late_fee)) => {
                self.pay_by_channel(done.unwrap(), &item, (&settles, late_fee), today);
                self.model.items.remove(&id);
            }
            Err(why) => {
                let Err(SuspenseError::Refused(refused)) = done else { panic!("{done:?}") };
                assert_eq!(refused.kind(), why.reason());
                assert!(!matches!(refused, Refusal::UnknownAccount));
            }
        }
    }

    /// A channel takes a payment back; its money waits again, or goes back to the payer.
    pub(super) async fn take_back_by_channel(&mut self) {
        let till_too = self.dice.random_range(0..8) == 0;
        let Some(id) = self.a_payment(|p| till_too || matches!(p.by, By::Channel(_))) else {
            return;
        };
        let returned = self.dice.random();
        self.note(format!("take back {id} by its channel, {returned}"));
        let reason = "渠道差错".to_owned();
        let order = ReversePayment { payment: id, reason, returned, by: self.city.manager().await };
        let done = reverse(&self.city.pool, &self.city.clock, order).await;
        if let Some(why) = self.model.stays(id, false) {
            let refused = done.unwrap_err();
            let as_known = match why {
                Stays::NotOurs => matches!(refused, ReverseError::Unknown),
                stays => matches!(&refused, ReverseError::Stands(why) if stays.is(why)),
            };
            assert!(as_known, "{why:?} and {refused:?}");
            return;
        }
        let done = done.unwrap();
        let blue = self.model.payments[&id].clone();
        assert_eq!(done.amount.fen(), blue.net);
        let By::Channel(item) = &blue.by else { panic!("{blue:?}") };
        if !returned {
            self.model.items.insert(done.item, item.clone());
        }
        self.model.take_back(id, done.payment, blue.by.clone(), self.today());
    }

    /// A channel holds what some accounts owe, for some days.
    pub(super) async fn hold(&mut self) {
        let channel = CHANNELS[self.dice.random_range(0..CHANNELS.len())];
        let mut homes = vec![self.a_home(), self.a_home()];
        homes.dedup();
        let now = self.city.clock.now();
        let ends_at = now + TimeDelta::hours(self.dice.random_range(1..90));
        self.note(format!("{channel} holds {homes:?} until {ends_at}"));
        let order = PlaceHold {
            channel: channel.to_owned(),
            reference: format!("H-{channel}"),
            accounts: homes.iter().map(|home| self.accounts[*home].account.id).collect(),
            ends_at,
            by: self.city.manager().await,
        };
        let done = place_hold(&self.city.pool, &self.city.clock, order).await;
        // None of who paid for an account before.
        let own = |home: usize| {
            let own = &self.model.homes[home];
            let open = own.open().into_iter().filter(move |at| own.is_own(*at));
            open.map(move |at| (home, at))
        };
        let open: Vec<_> = homes.into_iter().flat_map(own).collect();
        let holder = |(home, at): &(usize, usize)| self.model.homes[*home].charges[*at].holder(now);
        if open.iter().any(|place| holder(place).is_some()) {
            assert!(matches!(done, Err(HoldError::AlreadyHeld)), "{done:?}");
            return;
        }
        assert_eq!(done.unwrap(), open.len() as u64);
        for (home, at) in open {
            self.model.homes[home].charges[at].held = Some((channel, ends_at));
        }
    }

    /// A channel lets go of everything that it holds.
    pub(super) async fn release(&mut self) {
        let channel = CHANNELS[self.dice.random_range(0..CHANNELS.len())];
        self.note(format!("{channel} lets go"));
        let order = ReleaseHold {
            channel: channel.to_owned(),
            reference: format!("H-{channel}"),
            reason: "回盘扣款失败".to_owned(),
            by: self.city.manager().await,
        };
        let done = release_hold(&self.city.pool, &self.city.clock, order).await;
        let charges = self.model.homes.iter_mut().flat_map(|home| &mut home.charges);
        let its = charges.filter(|charge| charge.held.is_some_and(|(by, _)| by == channel));
        let freed = its.map(|charge| charge.held = None).count() as u64;
        match done {
            Ok(said) => assert_eq!(said, freed),
            Err(error) => {
                assert!(matches!(error, HoldError::NothingHeld) && freed == 0, "{error:?}")
            }
        }
    }
}
