//! Letters that write nothing or turn the others round, and names that go on and on: refused where they are entered, or
//! kept and printed whole.

use engine::access::{NewUser, Place, add_user, rename_user};
use engine::register::{Correct, Correction, correct};
use reports::{Format, render};
use terms::Role;
use warehouse::Person;

use crate::city::{City, DAOJIAO, Differs};

/// A bell, a tab, an end of line, one of Unicode's, a delete, a turn to the left, an isolate, a mark of byte order.
const ODD: [char; 8] =
    ['\u{7}', '\t', '\n', '\u{85}', '\u{7f}', '\u{202e}', '\u{2067}', '\u{feff}'];

#[tokio::test]
async fn a_letter_that_writes_nothing_is_entered_nowhere() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let manager = city.manager().await;
    for odd in ODD {
        let with = |text: &str| format!("{text}{odd}{text}");
        let refused = [
            city.try_open(&with("陈"), DAOJIAO, |_| {}).await,
            city.try_open("陈", DAOJIAO, |new| new.payer().phone = Some(with("1"))).await,
            city.try_open("陈", DAOJIAO, |new| new.payer().document = Some(with("1"))).await,
            city.try_open("陈", DAOJIAO, |new| new.point().address = with("路")).await,
            city.try_open("陈", DAOJIAO, |new| new.no = with("9")).await,
            city.try_open("陈", DAOJIAO, |new| new.meter().serial_no = with("9")).await,
        ];
        for refused in refused {
            let said = refused.unwrap_err().to_string();
            assert!(said.contains("不含控制符"), "{odd:?}: {said}");
        }
        let payer = Correct::Payer { name: Some(with("陈")), phone: None, document: None };
        for what in [payer, Correct::Address(with("路"))] {
            let correction = Correction {
                account_no: account.no.clone(),
                valid_from: city.today(),
                what,
                reason: "登记有误".to_owned(),
            };
            let said = correct(&city.pool, &city.clock, manager, correction).await.unwrap_err();
            assert!(said.to_string().contains("不含控制符"), "{odd:?}: {said}");
        }
        let new = NewUser {
            login: "odd.one".to_owned(),
            name: with("李"),
            role: Role::GroupAdministrator,
            place: Place::default(),
            password: None,
        };
        let said = add_user(&city.pool, &city.clock, None, new).await.unwrap_err().to_string();
        assert!(said.contains("不含控制符"), "{odd:?}: {said}");
        let said = rename_user(&city.pool, &city.clock, None, "manager", &with("李")).await;
        assert!(said.unwrap_err().to_string().contains("不含控制符"), "{odd:?}");
        // Not even the owner writes one down.
        for sql in [
            "update payer set name = 'a' || $1 || 'b'",
            "update service_point set address = 'a' || $1 || 'b'",
            "update app_user set name = 'a' || $1 || 'b'",
        ] {
            let refused = sqlx::query(sql).bind(odd.to_string()).execute(&city.owner).await;
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("check constraint"), "{odd:?}: {sql}: {refused}");
        }
    }
    city.check().await;
}

#[tokio::test]
async fn a_long_name_is_kept_and_printed_whole() {
    let city = City::new().await;
    let till = city.counter().await;
    let (name, address) = ("东莞市道滘镇兴隆百货店", "振兴路");
    let longest = |text: &str, most| text.chars().cycle().take(most).collect::<String>();
    let (name, address) = (longest(name, 100), longest(address, 200));
    let account = city.open(&name, DAOJIAO, |new| new.point().address = address.clone()).await;
    for (name, address) in [(name.clone() + "店", address.clone()), (name.clone(), address + "号")]
    {
        let longer = city.try_open(&name, DAOJIAO, |new| new.point().address = address).await;
        assert!(longer.unwrap_err().to_string().contains("个字"), "{name}");
    }
    city.read(&account, "30").await;
    city.bill().await;
    till.collect(&account, "110").await;
    let books = city.captured().await;
    let report = books.issue("daily-detail", &Person::system()).await;
    assert!(!render(&report, Format::Pdf).unwrap().is_empty());
    for format in [Format::Csv, Format::Html] {
        let drawn = String::from_utf8(render(&report, format).unwrap()).unwrap();
        assert!(drawn.contains(&name), "{format:?}: {drawn}");
    }
    books.stop().await;
    city.check().await;
}
