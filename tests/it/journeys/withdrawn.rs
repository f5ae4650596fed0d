//! 撤回: what was approved ahead is taken back before its day, and stands in the way of nothing.

use engine::register::{
    AccountChange, ChangeError, NewPayer, Pays, account_history, begin_changes, withdraw_change,
};
use terms::{AccountVersionId, BillPeriod, ChargeId, UserId};

use super::history::change;
use crate::city::{Account, City};

impl City {
    async fn withdraw(
        &self,
        by: UserId,
        version: AccountVersionId,
    ) -> Result<AccountVersionId, ChangeError> {
        withdraw_change(&self.pool, &self.clock, by, version, "房屋已售").await
    }

    /// So many persons from December on, approved in November.
    async fn ahead(&self, account: &Account, persons: i32) -> AccountVersionId {
        let (maker, checker) = (self.manager().await, self.second_manager().await);
        let more = AccountChange { persons: Some(persons), ..change(account, "2026-12-01") };
        let version = self.submit(maker, more).await.unwrap();
        self.decide(checker, version, true).await.unwrap();
        version
    }
}

#[tokio::test]
async fn an_account_passes_on_once_what_lay_ahead_is_withdrawn() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = (city.manager().await, city.second_manager().await);
    let first = city.ahead(&account, 6).await;
    let second = city.ahead(&account, 7).await;
    let li = NewPayer { name: "李四".to_owned(), phone: None, document: None };
    let to_li =
        || AccountChange { payer: Some(Pays::New(li.clone())), ..change(&account, "2026-11-24") };
    let refused = city.submit(maker, to_li()).await.unwrap_err().to_string();
    assert!(refused.contains("2026-12-01") && refused.contains("先撤回"), "{refused}");
    // Somebody goes on from what lies ahead.
    let more = AccountChange { persons: Some(8), ..change(&account, "2026-12-01") };
    let waits = city.submit(maker, more).await.unwrap();

    // The last one first, once, and by two persons.
    let early = city.withdraw(maker, first).await.unwrap_err();
    assert!(matches!(early, ChangeError::BuiltUpon), "{early:?}");
    let back = city.withdraw(maker, second).await.unwrap();
    let twice = city.withdraw(checker, second).await.unwrap_err();
    assert!(matches!(twice, ChangeError::Asked), "{twice:?}");
    let own = city.decide(maker, back, true).await.unwrap_err();
    assert!(matches!(own, ChangeError::SamePerson), "{own:?}");
    city.decide(checker, back, true).await.unwrap();
    let again = city.withdraw(maker, second).await.unwrap_err();
    assert!(matches!(again, ChangeError::NotAhead), "{again:?}");
    let overtaken = city.decide(checker, waits, true).await.unwrap_err();
    assert!(matches!(overtaken, ChangeError::Overtaken), "{overtaken:?}");
    let back = city.withdraw(maker, first).await.unwrap();
    city.decide(checker, back, true).await.unwrap();
    let passes = city.submit(maker, to_li()).await.unwrap();
    city.decide(checker, passes, true).await.unwrap();
    city.check().await;

    // All of it stays known: persons, whether it was approved, whether it takes back, whether it was taken back.
    let mut connection = city.owner.acquire().await.unwrap();
    let history = account_history(&mut connection, &account.no, 10).await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|v| (v.state.persons, v.approved.is_some(), v.withdraws.is_some(), v.is_withdrawn))
        .collect();
    let ahead = [
        (6, true, true, false),
        (7, true, true, false),
        (8, false, false, false),
        (7, true, false, true),
        (6, true, false, true),
    ];
    assert_eq!(told[..5], ahead);
    assert_eq!(told[5..], [(4, true, false, false), (4, false, false, false)]);
    drop(connection);

    // Nothing comes on the day, and bills go by what the account is.
    city.read(&account, "30").await;
    city.bill().await;
    city.at("2026-12-20 10:00");
    assert_eq!(begin_changes(&city.pool, &city.clock).await.unwrap(), 0);
    city.read(&account, "60").await;
    city.bill().await;
    let billed = "select count(*) from charge where persons = 4 and payer_id = (select id from payer where name = '李四')";
    assert_eq!(city.count(billed).await, 2);
    city.agrees_in(&["2026-11", "2026-12"]).await;
    city.check().await;
}

#[tokio::test]
async fn what_was_billed_by_a_change_or_has_begun_is_not_withdrawn() {
    let mut city = City::new().await;
    let (billed, begun) = (city.household("陈大文").await, city.household("李四").await);
    let (maker, checker) = (city.manager().await, city.second_manager().await);
    let (six, seven) = (city.ahead(&billed, 6).await, city.ahead(&begun, 7).await);
    // Bills may be made a month ahead.
    city.read_in("2026-12", &billed, "60").await;
    let december = BillPeriod::from_number(202_612).unwrap();
    let due = "2026-12-19".parse().unwrap();
    city.bill_month(december, city.today(), due).await.unwrap();
    let refused = city.withdraw(maker, six).await.unwrap_err();
    assert!(
        matches!(&refused, ChangeError::WithdrawnBilled(months) if months == "2026-12"),
        "{refused}"
    );
    let charge = ChargeId(city.count("select id from charge").await);
    city.reverse_charge(charge, "人口有误").await.unwrap();
    let back = city.withdraw(maker, six).await.unwrap();
    city.decide(checker, back, true).await.unwrap();
    // The other one is asked for in time, and answered too late.
    let late = city.withdraw(maker, seven).await.unwrap();
    city.at("2026-12-20 10:00");
    let refused = city.decide(checker, late, true).await.unwrap_err();
    assert!(matches!(refused, ChangeError::NotAhead), "{refused:?}");
    city.decide(checker, late, false).await.unwrap();
    let refused = city.withdraw(maker, seven).await.unwrap_err();
    assert!(matches!(refused, ChangeError::NotAhead), "{refused:?}");
    assert_eq!(begin_changes(&city.pool, &city.clock).await.unwrap(), 1);
    assert_eq!(city.count("select sum(persons) from account").await, 4 + 7);
    city.bill().await;
    assert_eq!(city.count("select sum(persons) from charge_standing").await, 4);
    city.agrees_in(&["2026-12"]).await;
    city.check().await;
}
