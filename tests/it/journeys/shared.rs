//! What several accounts share is put right by whoever sees all of them.

use engine::access::Reach;
use engine::register::{
    AccountChange, Correct, CorrectError, Corrected, Correction, Pays, correct, decide_payer,
    waiting_payers,
};
use terms::{PayerId, Role, UserId};

use super::history::change;
use crate::city::{Account, City, GAOBU};

impl City {
    async fn call(
        &self,
        by: UserId,
        account: &Account,
        name: Option<&str>,
        phone: &str,
    ) -> Result<Corrected, CorrectError> {
        let correction = Correction {
            account_no: account.no.clone(),
            valid_from: self.today(),
            what: Correct::Payer {
                name: name.map(str::to_owned),
                phone: Some(phone.to_owned()),
                document: None,
            },
            reason: "登记有误".to_owned(),
        };
        correct(&self.pool, &self.clock, by, correction).await
    }
}

/// 王小明 pays in 高埗, and from today on in 道滘 too: neither town says alone what he is called.
#[tokio::test]
async fn a_payer_in_two_towns_is_put_right_by_the_city() {
    let city = City::new().await;
    let (here, there) = (city.household("陈大文").await, city.open("王小明", GAOBU, |_| {}).await);
    let (_, gaobu) = city.outlet(GAOBU).await;
    let local = async |login| {
        city.person(login, "高埗管理员", Role::GroupAdministrator, None, Some(gaobu)).await
    };
    let (maker, checker) = (local("gao.bu").await, local("gao.er").await);
    let (manager, second) = (city.manager().await, city.second_manager().await);
    city.call(maker, &there, None, "13900000000").await.unwrap();
    let name = city.call(maker, &there, Some("王小民"), "13900000000").await.unwrap().version;
    let waiting = async |town| {
        let mut connection = city.pool.acquire().await.unwrap();
        let reach = Reach { town, ..Reach::default() };
        waiting_payers(&mut connection, &reach, 10).await.unwrap().len()
    };
    assert_eq!(waiting(Some(gaobu)).await, 1);
    let wang =
        PayerId(city.count("select payer_id from account where payer_name = '王小明'").await);
    let pays = Some(Pays::Known(wang));
    city.changed(AccountChange { payer: pays, ..change(&here, "2026-11-24") }).await;

    let refused = city.call(maker, &there, None, "13911111111").await.unwrap_err().to_string();
    assert!(refused.contains("须由市级管理员办理"), "{refused}");
    assert_eq!((waiting(Some(gaobu)).await, waiting(None).await), (0, 1));
    let decide = async |by| decide_payer(&city.pool, &city.clock, by, name, true).await;
    let refused = decide(checker).await.unwrap_err();
    assert!(matches!(refused, CorrectError::Unknown(_)), "{refused:?}");
    decide(second).await.unwrap();
    city.call(manager, &here, None, "13922222222").await.unwrap();
    let called =
        "select count(*) from account where payer_name = '王小民' and phone = '13922222222'";
    assert_eq!(city.count(called).await, 2);
    city.check().await;
}
