//! 已收未缴: the homepage and the page of remittances say the same of what the treasury is still owed.

use engine::remittance::{Remit, record, unremitted};
use reports::home::{Home, figures};
use terms::{BillPeriod, Money, Role};
use warehouse::Person;

use crate::city::{Books, City};

async fn home(city: &City, books: &Books<'_>) -> Home {
    figures(&books.up_to_now().await, &Person::system(), city.today()).await.unwrap()
}

fn held(home: &Home) -> String {
    home.remittance.iter().map(|fee| fee.held).sum::<Money>().to_string()
}

/// 25.65 of sewage and 19.20 of garbage, taken in November, are with 道滘 in the new year too.
#[tokio::test]
async fn what_the_old_year_left_with_a_town_is_held_in_the_new_one() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let by = city.person("cai", "财政", Role::Finance, None, None).await;
    till.collect(&city.household_owing_for("陈大文", "30").await, "103.33").await;
    city.at("2027-01-05 09:00");
    let books = city.captured().await;
    let before = home(&city, &books).await;
    assert_eq!(held(&before), "44.85");
    assert_eq!(before.tiles[5].note, "已收未缴 0.00 万元 · 1 镇街待缴");

    let pay_period = BillPeriod::from_number(202_612).unwrap();
    let mut connection = city.pool.acquire().await.unwrap();
    let left = unremitted(&mut connection, pay_period).await.unwrap();
    drop(connection);
    let sum: Money = left.iter().map(|book| book.collected - book.remitted).sum();
    assert_eq!(sum.to_string(), held(&before));
    for (n, book) in left.into_iter().filter(|book| book.collected > book.remitted).enumerate() {
        let order = Remit {
            town: book.town,
            owner: book.owner,
            fee_item: book.fee_item,
            pay_period,
            amount: book.collected - book.remitted,
            voucher_no: format!("JK-{n}"),
        };
        record(&city.pool, &city.clock, by, order).await.unwrap();
    }
    let after = home(&city, &books).await;
    assert_eq!(
        (held(&after).as_str(), after.tiles[5].note.as_str()),
        ("0.00", "已收未缴 0.00 万元")
    );
    books.stop().await;
    city.check().await;
}
