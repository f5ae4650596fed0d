//! Accounts that pass to another payer, and prices that change.

use engine::register::{AccountChange, ChangeError, NewPayer, Pays, decide_change, submit_change};
use engine::tariff::{RateError, RateKind, decide_rates, read_rows, submit_rates};
use rand::Rng;

use super::Simulation;

impl Simulation {
    /// 过户, from today on, to somebody new: only where nothing is owed, and nothing lies in the purse.
    pub(super) async fn pass_on(&mut self) {
        let home = self.a_home();
        self.learn_bills(home).await;
        let today = self.today();
        let name = format!("接手{}", self.log.len());
        self.note(format!("pass {home} on to {name}"));
        let (pool, clock) = (&self.city.pool, &self.city.clock);
        let change = AccountChange {
            account_no: self.accounts[home].account.no.clone(),
            valid_from: today,
            payer: Some(Pays::New(NewPayer { name: name.clone(), phone: None, document: None })),
            reason: "房屋买卖".to_owned(),
            ..AccountChange::default()
        };
        let version = submit_change(pool, clock, self.biller, change).await.unwrap();
        let done = decide_change(pool, clock, self.checker, version, true).await;
        let owes = !self.model.homes[home].open().is_empty();
        if owes || self.model.homes[home].prepaid > 0 {
            let refused = done.unwrap_err();
            let as_known = match &refused {
                ChangeError::PayerOwes => owes,
                ChangeError::PayerHasPurse(_) => !owes,
                _ => false,
            };
            assert!(as_known, "{refused:?}");
            decide_change(pool, clock, self.checker, version, false).await.unwrap();
        } else {
            done.unwrap();
            self.model.pass_on(home, today, name);
        }
    }

    /// Another price of garbage treatment, from this month on or from one of the next: only where nobody was billed.
    pub(super) async fn order_rates(&mut self) {
        let ahead = self.dice.random_range(0..3);
        let month = (0..ahead).fold(self.city.period(), |month, _| month.next());
        let fen = self.dice.random_range(40..90);
        self.note(format!("garbage at {fen} fen from {month} on"));
        let table = format!(
            "收费项目,类别,生效日期,计征比例,基准人数,计费依据,无用水定额,保底,阶梯,上限,单价,每人增量,状态,文号,依据\n\
             垃圾处理费,居民,{},1,4,立方米,0,0,1,,0.{fen},0,待核定,,测试\n",
            month.first_day()
        );
        let (pool, clock) = (&self.city.pool, &self.city.clock);
        let mut connection = pool.acquire().await.unwrap();
        let rows = read_rows(&mut connection, RateKind::Tariff, &table).await.unwrap();
        drop(connection);
        let order = submit_rates(pool, clock, self.biller, rows, "调价").await;
        if self.model.homes.iter().any(|home| home.is_billed_from(month)) {
            let refused = order.unwrap_err();
            assert!(matches!(refused, RateError::Billed(_)), "{refused:?}");
            return;
        }
        decide_rates(pool, clock, self.checker, order.unwrap(), true).await.unwrap();
        self.model.garbage.insert(month, fen);
    }

    /// Every bill names who paid in its month, and every account who pays today.
    pub(super) async fn look_at_payers(&self) {
        for (home, place) in self.accounts.iter().enumerate() {
            let own = &self.model.homes[home];
            let seen: Vec<String> = sqlx::query_scalar(
                "select p.name from charge c join payer p on p.id = c.payer_id
                 where c.account_id = $1 and c.kind <> 'reversal' order by c.bill_period, c.id",
            )
            .bind(place.account.id.0)
            .fetch_all(&self.city.owner)
            .await
            .unwrap();
            let known: Vec<_> = own.charges.iter().map(|charge| charge.payer.clone()).collect();
            let today = own.payers.last().map(|(_, name)| name.as_str());
            let sql = "select payer_name from account where id = $1";
            let called: String = sqlx::query_scalar(sql)
                .bind(place.account.id.0)
                .fetch_one(&self.city.owner)
                .await
                .unwrap();
            assert_eq!((Some(called.as_str()), seen), (today, known), "who pays for {home}");
        }
    }
}
