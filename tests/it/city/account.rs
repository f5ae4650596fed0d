//! Accounts of the city, opened, read and billed in one breath.

use engine::reading::{self, Decision, NewReading, Review, Source, review};
use engine::register::{
    AccountChange, GarbageClass, NewAccount, NewBook, NewMeter, NewPayer, NewPoint, Pays,
    PointKind, Quantities, RegisterError, ServedAt, SewageClass, UseClass, open_accounts,
    open_books,
};
use terms::{AccountId, BillPeriod, MeterId, OutletId, PayMethod, ReadingId, Volume};

use super::{City, DAOJIAO, Till};

/// An account with its meter.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) no: String,
    pub(crate) meter: MeterId,
    pub(crate) serial_no: String,
}

/// What is not as in most households.
pub(crate) trait Differs {
    /// The meter that it has.
    fn meter(&mut self) -> &mut NewMeter;
    /// The payer that comes with it.
    fn payer(&mut self) -> &mut NewPayer;
    /// The place that comes with it.
    fn point(&mut self) -> &mut NewPoint;
}

impl Differs for NewAccount {
    fn meter(&mut self) -> &mut NewMeter {
        self.meter.as_mut().unwrap()
    }

    fn payer(&mut self) -> &mut NewPayer {
        let Pays::New(payer) = &mut self.payer else { panic!("a known payer") };
        payer
    }

    fn point(&mut self) -> &mut NewPoint {
        let ServedAt::New(point) = &mut self.point else { panic!("a known place") };
        point
    }
}

impl City {
    /// A household of four at 道滘 that pays at the counter.
    pub(crate) async fn household(&self, payer: &str) -> Account {
        self.open(payer, DAOJIAO, |_| {}).await
    }

    /// A household that read `m3` this month and was billed for it: 30 m³ cost 103.33 yuan.
    pub(crate) async fn household_owing_for(&self, payer: &str, m3: &str) -> Account {
        let account = self.household(payer).await;
        self.read(&account, m3).await;
        self.bill().await;
        account
    }

    /// An account at an outlet; `differs` changes what is not as in most households.
    pub(crate) async fn open(
        &self,
        payer: &str,
        outlet: &str,
        differs: impl FnOnce(&mut NewAccount),
    ) -> Account {
        self.try_open(payer, outlet, differs).await.unwrap()
    }

    /// The same, where it may be refused.
    pub(crate) async fn try_open(
        &self,
        payer: &str,
        outlet: &str,
        differs: impl FnOnce(&mut NewAccount),
    ) -> Result<Account, RegisterError> {
        let (outlet, town) = self.outlet(outlet).await;
        let number = self.count("select count(*) + 1 from account").await;
        // An account that is refused leaves its book behind.
        let books = self.count("select count(*) + 1 from reading_book").await;
        let book = NewBook {
            town,
            outlet,
            code: format!("B{books:04}"),
            name: format!("第{number}册"),
            reader: None,
        };
        let book = open_books(&self.pool, &self.clock, None, &[book]).await.unwrap()[0];
        let mut new = NewAccount {
            no: format!("{number:08}"),
            payer: Pays::New(NewPayer {
                name: payer.to_owned(),
                phone: Some("13812341234".to_owned()),
                document: None,
            }),
            point: ServedAt::New(NewPoint {
                kind: PointKind::Metered,
                village_code: None,
                address: format!("东莞市振兴路{number}号"),
            }),
            supplier: None,
            book,
            book_seq: 1,
            use_class: UseClass::Resident,
            sewage_class: SewageClass::Resident,
            garbage_class: GarbageClass::Resident,
            persons: 4,
            quantities: Quantities::default(),
            pay_method: PayMethod::Cash,
            // So that the first reading ends one month.
            opened_on: self.period().previous().first_day(),
            meter: Some(NewMeter {
                serial_no: format!("M{number:06}"),
                caliber_mm: 20,
                max_range: m3("10000"),
                start_index: Volume::ZERO,
            }),
        };
        differs(&mut new);
        let new_ones = std::slice::from_ref(&new);
        let opened = open_accounts(&self.pool, &self.clock, None, new_ones).await?[0];
        Ok(Account {
            id: opened.account,
            no: new.no,
            // Nobody reads what is not there.
            meter: opened.meter.unwrap_or(MeterId(0)),
            serial_no: new.meter.map(|meter| meter.serial_no).unwrap_or_default(),
        })
    }

    /// The account passes to somebody new from this month on, by two persons. 过户
    pub(crate) async fn pass_on(&self, account: &Account, to: &str) {
        let payer = NewPayer { name: to.to_owned(), phone: None, document: None };
        let change = AccountChange {
            account_no: account.no.clone(),
            valid_from: self.period().first_day(),
            payer: Some(Pays::New(payer)),
            reason: "房屋买卖过户".to_owned(),
            ..AccountChange::default()
        };
        self.changed(change).await;
    }

    /// 陈大文 has paid 103.33 and left, 李四 pays for the account now, and the till takes 陈大文's payment back: that bill is
    /// open again.
    pub(crate) async fn reopened_for_who_left(&mut self) -> Account {
        let account = self.household_owing_for("陈大文", "30").await;
        let paid = self.counter().await.collect(&account, "103.33").await;
        self.at("2026-11-24 15:00");
        self.pass_on(&account, "李四").await;
        Till::of(self, "chen.juan").await.take_back(paid.payment).await.unwrap();
        account
    }

    /// December is read and billed: 60 after 30.
    pub(crate) async fn december_of(&mut self, account: &Account) {
        self.at("2026-12-20 10:00");
        self.read(account, "60").await;
        self.bill().await;
    }

    /// Lets an account off its sewage fee from its opening on: with a paper, and by two persons.
    pub(crate) async fn let_off(&self, account: &Account) {
        let opened_on = sqlx::query_scalar("select opened_on from account where id = $1");
        let change = AccountChange {
            account_no: account.no.clone(),
            valid_from: opened_on.bind(account.id.0).fetch_one(&self.owner).await.unwrap(),
            sewage_class: Some(SewageClass::Exempt),
            doc_no: Some("道滘民政〔2026〕7号".to_owned()),
            reason: "低保户免征".to_owned(),
            ..AccountChange::default()
        };
        self.changed(change).await;
    }

    /// Reads the account's meter now: this is what it showed.
    pub(crate) async fn read(&self, account: &Account, index: &str) {
        self.read_in(&self.period().to_string(), account, index).await;
    }

    /// The same, for another month. What a meter without a habit shows is looked at, and is so.
    pub(crate) async fn read_in(&self, month: &str, account: &Account, index: &str) {
        let period = month.parse::<BillPeriod>().unwrap();
        let outlet = sqlx::query_scalar("select outlet_id from account where id = $1");
        let outlet = outlet.bind(account.id.0).fetch_one(&self.owner).await;
        let outlet = OutletId(outlet.unwrap());
        let by = Some(self.somebody_at(outlet, "李抄表").await);
        let readings = vec![self.seen(account, index)];
        reading::enter(&self.pool, &self.clock, period, by, readings).await.unwrap();
        let large = "select r.id from reading_waiting r where r.meter_id = $1 and r.bill_period = $2 and r.flag = 'high'
            and (select count(*) from reading_counting b where b.meter_id = r.meter_id and b.bill_period < r.bill_period) < 3";
        let large = sqlx::query_scalar(large).bind(account.meter.0).bind(period.number());
        let large: Vec<i64> = large.fetch_all(&self.owner).await.unwrap();
        if !large.is_empty() {
            let order = Review {
                readings: large.into_iter().map(ReadingId).collect(),
                decision: Decision::Accepted,
                reviewed_by: self.somebody_at(outlet, "王审核").await,
            };
            review(&self.pool, &self.clock, order).await.unwrap();
        }
    }

    /// What a reader sees on the account's meter now.
    pub(crate) fn seen(&self, account: &Account, index: &str) -> NewReading {
        NewReading {
            meter: account.meter,
            read_at: self.clock.0,
            end_index: m3(index),
            source: Source::Manual,
        }
    }
}

/// A volume, as a reader writes it.
pub(crate) fn m3(text: &str) -> Volume {
    text.parse().unwrap()
}
