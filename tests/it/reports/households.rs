//! 户: how many accounts there are, on the homepage.

use warehouse::Person;

use crate::city::City;

#[tokio::test]
async fn an_account_that_is_closed_is_counted_no_more() {
    let city = City::new().await;
    for payer in ["陈大文", "李四", "王五"] {
        city.household(payer).await;
    }
    let gone = "update account set status = 'closed' where payer_name = '王五'";
    sqlx::raw_sql(gone).execute(&city.owner).await.unwrap();
    let books = city.captured().await;
    let pinned = books.live().await;
    let home = reports::home::figures(&pinned, &Person::system(), city.today()).await.unwrap();
    assert!(home.extent.ends_with(" 2 户"), "{}", home.extent);
    books.stop().await;
}
