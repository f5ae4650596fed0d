//! The books that statements are made over: three months at two counters, most of it in files, the rest in memory.
//!
//! Payments come at hours at which Dongguan and the log's clock are on different days, months and years. After the
//! files were written, accounts move and change their names, so that rows in files are superseded; a town and a book
//! that nobody needed are gone again; bills are taken back and made anew, an account becomes another class, one passes
//! to another payer, a month is closed. Nothing was remitted, so one table is empty.

use std::time::Duration;

use engine::channels::{ReleaseHold, Settled, Settles, release_hold};
use engine::closing::PeriodKind;
use engine::counter::{Collect, Tender, quote};
use engine::reading::{self, Decision};
use engine::register::{
    AccountChange, Correct, Correction, GarbageClass, SewageClass, UseClass, correct,
    decide_change, submit_change,
};
use engine::tariff::{NewQuota, RateRows};
use ingest::FlushLimits;
use terms::{ChargeId, PayMethod, PaymentId, Role};
use warehouse::Pinned;

use crate::city::{Account, Books, City, DAOJIAO, Differs, GAOBU, Till, m3, slip, yuan};

/// What is not asked for stays in memory.
const STILL: FlushLimits =
    FlushLimits { rows: 1 << 40, bytes: 1 << 50, age: Duration::from_secs(24 * 3600) };

/// Names, telephones and addresses as no clerk should write them, and some do.
const ODD: &str = "\
update account set payer_name = '赟', phone = null where id % 8 = 1;
update account set payer_name = '100%_''\"\\', phone = '110' where id % 8 = 2;
update account set payer_name = '  欧阳 小明 ', phone = '0769-22331234' where id % 8 = 3;
update account set payer_name = 'Müller 𠮷野', address = '广东省东莞市东城街道主山' where id % 8 = 4;
update account set phone = '22331234', address = '东莞市望牛墩镇兴龙路12号' where id % 8 = 5;
update account set phone = '', address = '幸福花园小镇3栋' where id % 8 = 6;";
/// What nobody needs.
const SPARE: &str = "\
insert into town (id, name, short_name) values (441999999, '旧镇', '旧');
insert into reading_book (town_id, outlet_id, code, name, reader_id)
    select town_id, outlet_id, 'B9999', '旧册', reader_id from reading_book limit 1;";
/// What happens to reference rows while they lie in files already.
const MOVES: &str = "\
delete from reading_book where code = 'B9999';
delete from town where id = 441999999;
update account set status = 'closed' where id % 9 = 0;
update account set payer_name = '新户' || id, phone = '13900001111' where id % 8 in (1, 7);
update account set phone = null, address = '石龙镇西湖一路', persons = persons + 1 where id % 5 = 2;
update meter set final_index = 321.125, removed_on = '2027-01-20', removal_recorded_at = '2027-01-20 16:05:07.5+08',
    removed_by = (select min(id) from app_user) where id % 6 = 1;
update organisation set business = business || '、咨询' where id % 7 = 3;
insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, reason, at)
    select 'voided', s.receipt_type, s.code, s.next_no, s.next_no, s.outlet_id, coalesce(o.town_id, 441900000), s.holder_id, '破损', '2026-12-31 23:30:00.25+08'
    from stock_segment s join organisation o on o.id = s.outlet_id where s.holder_id is not null;";

/// Three months of it. The capture and its warehouse stand still from here on.
pub(super) async fn city() -> City {
    let mut city = City::new().await;
    let mut accounts = Vec::new();
    for n in 0..24 {
        let outlet = if n % 3 == 0 { GAOBU } else { DAOJIAO };
        let payer = format!("住户{n}");
        let opened = city.open(&payer, outlet, |new| {
            new.persons = 2 + n % 6;
            if n % 6 == 5 {
                new.use_class = UseClass::NonResident;
                new.sewage_class = SewageClass::NonResident;
                new.garbage_class = GarbageClass::Uncharged;
            }
        });
        accounts.push(opened.await);
    }
    city.counter().await;
    city.clerk("li.mei", "李梅", GAOBU).await;
    change(&city, ODD).await;
    change(&city, SPARE).await;
    month(&mut city, &accounts, 1, "2026-11-20 00:30", "2026-11-30 23:50").await;
    into_files(&city).await;
    month(&mut city, &accounts, 2, "2026-12-01 03:10", "2026-12-27 07:59").await;
    bill_anew(&city, &[(&accounts[0], "20.5"), (&accounts[6], "31")]).await;
    misread(&city).await;
    into_files(&city).await;
    // Before January is billed: what was billed is priced anew by nobody.
    city.at("2027-01-01 07:00");
    reclassify(&city, &accounts[12]).await;
    pass_on(&city, &accounts[3]).await;
    month(&mut city, &accounts, 3, "2027-01-01 07:30", "2027-01-28 16:01").await;
    Till::of(&city, "li.mei").await.close().await;
    city.close_month(PeriodKind::Read, 202_611).await.unwrap();
    hold(&city, &[&accounts[0], &accounts[6]]).await;
    plan(&city, &accounts[5]).await;
    change(&city, MOVES).await;
    city
}

/// The live state of the books, of which each kind of rows has some.
pub(super) async fn live(city: &City) -> (Books<'_>, Pinned) {
    let books = city.captured_with(STILL).await;
    let pinned = books.live().await;
    let cut = books.capture.cuts().borrow().clone();
    let of = |name: &str| &cut.tables[name];
    for name in ["payment", "allocation", "charge_line", "account"] {
        let (cold, hot) = (of(name).files.len(), of(name).hot.len());
        assert!(cold > 0 && hot > 0, "{name}: {cold} files, {hot} batches in memory");
    }
    assert!(!of("account").superseded.is_empty() && !of("town").superseded.is_empty());
    (books, pinned)
}

/// Captures until now, and stops: everything is in files.
async fn into_files(city: &City) {
    let books = city.captured_with(STILL).await;
    books.up_to_now().await;
    books.stop().await;
}

async fn change(city: &City, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&city.owner).await.unwrap();
}

/// A month: readings and bills at one hour, payments at another.
async fn month(city: &mut City, accounts: &[Account], number: usize, read_at: &str, paid_at: &str) {
    city.at(read_at);
    for (n, account) in accounts.iter().enumerate() {
        let index = number * (7 + n * 3 % 40);
        city.read(account, &index.to_string()).await;
    }
    city.bill().await;
    city.at(paid_at);
    for (n, account) in accounts.iter().enumerate() {
        let till = Till::of(city, if n % 3 == 0 { "li.mei" } else { "chen.juan" }).await;
        match (n % 6, number) {
            // Some never pay, and some pay late and for two months.
            (0, _) | (3, 1) => {}
            (1, _) => {
                let paid = till.collect(account, "9000").await;
                till.take_back(paid.payment).await.unwrap();
            }
            (2, _) => by_phone(city, account, format!("W{number}-{n}")).await,
            (4, 1) => {
                till.deposit(account, "50").await;
            }
            (5, 2) => by_card_and_cash(&till, account, format!("P{n}")).await,
            _ => {
                till.collect(account, "9000").await;
            }
        }
    }
}

/// Through a channel: no cashier stands behind it.
async fn by_phone(city: &City, account: &Account, serial: String) {
    let mut connection = city.pool.acquire().await.unwrap();
    let due = quote(&mut connection, account.id, city.today()).await;
    let gross = due.unwrap().unwrap().total;
    let settles = Settles::UpTo(city.period());
    let items = vec![Settled { account: account.id, settles, serial: serial.clone(), gross }];
    let outcome = city.settle("wechat", &serial, items).await;
    assert!(outcome.refused.is_empty(), "{outcome:?}");
}

/// A part by card, the rest in cash.
async fn by_card_and_cash(till: &Till<'_>, account: &Account, number: String) {
    let total = till.quote(account).await.total;
    let order = Collect {
        tenders: [slip(PayMethod::Pos, "1", &number), vec![Tender::cash(total - yuan("1"))]]
            .concat(),
        ..till.order(account, "1").await
    };
    till.submit(order).await.unwrap();
}

/// Bills at 高埗 of a misread index are taken back, the readings put right, and billed again.
async fn bill_anew(city: &City, misread: &[(&Account, &str)]) {
    let (outlet, _) = city.outlet(GAOBU).await;
    let reader = Some(city.somebody_at(outlet, "王更正").await);
    for (account, index) in misread {
        let newest = "select max(id) from charge where account_id = $1";
        let newest = sqlx::query_scalar(newest).bind(account.id.0).fetch_one(&city.owner).await;
        city.reverse_charge(ChargeId(newest.unwrap()), "抄表录错").await.unwrap();
        let readings = vec![city.seen(account, index)];
        reading::correct(&city.pool, &city.clock, city.period(), reader, readings).await.unwrap();
    }
    let (today, due) = (city.today(), city.today() + chrono::Days::new(24));
    assert_eq!(city.bill_month(city.period(), today, due).await.unwrap().charges, 2);
}

/// A household is exempt from now on.
async fn reclassify(city: &City, account: &Account) {
    let maker = city.person("qian.ban", "钱办", Role::GroupAdministrator, None, None).await;
    let checker = city.person("sun.shen", "孙审", Role::GroupAdministrator, None, None).await;
    let change = AccountChange {
        account_no: account.no.clone(),
        valid_from: city.today(),
        sewage_class: Some(SewageClass::Exempt),
        persons: Some(7),
        doc_no: Some("道滘民政〔2026〕7号".to_owned()),
        reason: "低保户免征".to_owned(),
        ..AccountChange::default()
    };
    let version = submit_change(&city.pool, &city.clock, maker, change).await.unwrap();
    decide_change(&city.pool, &city.clock, checker, version, true).await.unwrap();
    // And is called otherwise.
    let to = Correct::Payer { name: None, phone: Some("13900000000".to_owned()), document: None };
    for what in [to, Correct::Address("东莞市道滘镇新路9号".to_owned())] {
        let correction = Correction {
            account_no: account.no.clone(),
            valid_from: city.today(),
            what,
            reason: "登记有误".to_owned(),
        };
        correct(&city.pool, &city.clock, maker, correction).await.unwrap();
    }
}

/// A household is another's from now on, and what was paid before is taken back: its bills are still of who left.
async fn pass_on(city: &City, account: &Account) {
    city.pass_on(account, "李四").await;
    let newest = "select max(id) from payment where account_id = $1";
    let newest = sqlx::query_scalar(newest).bind(account.id.0).fetch_one(&city.owner).await;
    Till::of(city, "li.mei").await.take_back(PaymentId(newest.unwrap())).await.unwrap();
}

/// Meters that have gone round: one was misread and is read again, one was not, and one waits for whoever looks at it.
async fn misread(city: &City) {
    let by = Some(city.somebody("李抄表").await);
    for (payer, index, again) in
        [("归零一", "60", Some("9931")), ("归零二", "15.5", None), ("归零三", "2", None)]
    {
        let account = city.open(payer, DAOJIAO, |new| new.meter().start_index = m3("9900")).await;
        city.read(&account, index).await;
        match again {
            Some(index) => {
                city.judge_newest(Decision::Rejected).await;
                let seen = vec![city.seen(&account, index)];
                reading::enter(&city.pool, &city.clock, city.period(), by, seen).await.unwrap();
            }
            None if payer == "归零二" => city.judge_newest(Decision::Accepted).await,
            None => {}
        }
    }
}

/// A bank is about to collect what two accounts owe, and lets one of them go.
async fn hold(city: &City, accounts: &[&Account]) {
    for (&account, reference) in accounts.iter().zip(["DK0128", "DK0129"]) {
        assert!(city.hold(&[account], reference).await.unwrap() > 0);
    }
    let (channel, reference) = ("withhold".to_owned(), "DK0129".to_owned());
    let by = city.manager().await;
    let order = ReleaseHold { channel, reference, reason: "出盘取消".to_owned(), by };
    release_hold(&city.pool, &city.clock, order).await.unwrap();
}

/// Quotas of the months to come, of which one is put right.
async fn plan(city: &City, account: &Account) {
    let month = city.period().next();
    for volume in ["6000", "6500.5"] {
        let quota = NewQuota { account: account.id, period: month, volume: m3(volume) };
        city.set_rates(RateRows::Quotas(vec![quota])).await.unwrap();
    }
}
