//! A year with a digit more or less, as fingers type it: it is kept nowhere, and capture goes on.

use chrono::NaiveDate;
use engine::channels::{ChannelBatch, Settled, Settles, post_batch};
use engine::reading::{self, NewReading};
use engine::register::{AccountChange, SewageClass, submit_change};
use engine::tariff::{RateKind, read_rows, submit_rates};
use terms::shanghai;

use crate::city::{Account, City, DAOJIAO, yuan};

/// One more digit, and one less.
fn odd_days() -> [NaiveDate; 2] {
    [20_226, 202].map(|year| NaiveDate::from_ymd_opt(year, 11, 1).unwrap())
}

/// Takes the day to every door that asks for one; gives the doors that let it in.
async fn let_in(city: &City, account: &Account, day: NaiveDate) -> Vec<&'static str> {
    let (pool, clock, by) = (&city.pool, &city.clock, city.manager().await);
    let change = AccountChange {
        account_no: account.no.clone(),
        valid_from: day,
        sewage_class: Some(SewageClass::Exempt),
        doc_no: Some("道滘民政〔2026〕7号".to_owned()),
        reason: "低保户免征".to_owned(),
        ..AccountChange::default()
    };
    let changed = submit_change(pool, clock, by, change).await.is_ok();
    let table = format!(
        "fee_item,class,town,supplier,valid_from,valid_to,levy_ratio,base_persons,basis,fixed_charge,\
         minimum_charge,tier,upto,unit_price,add_per_person,status,doc_no,source,replaces\n\
         garbage,resident,,,{day},,1,4,volume,0,0,1,,0.7,0,official,东发改〔2026〕9号,文件,\n"
    );
    let mut connection = city.pool.acquire().await.unwrap();
    let rows = read_rows(&mut connection, RateKind::Tariff, &table).await;
    drop(connection);
    let priced = match rows {
        Ok(rows) => submit_rates(pool, clock, by, rows, "调价").await.is_ok(),
        Err(_) => false,
    };
    let billed = city.bill_month(city.period(), day, day + chrono::Days::new(24)).await.is_ok();
    let read_at = day.and_hms_opt(10, 0, 0).unwrap().and_local_timezone(shanghai()).unwrap();
    let reading = NewReading { read_at: read_at.to_utc(), ..city.seen(account, "30") };
    let read = reading::enter(pool, clock, city.period(), None, vec![reading]).await.is_ok();
    let doors =
        [("a change", changed), ("a rate", priced), ("a bill", billed), ("a reading", read)];
    doors.into_iter().filter(|(_, is_in)| *is_in).map(|(door, _)| door).collect()
}

#[tokio::test]
async fn a_year_with_a_digit_too_many_is_kept_nowhere() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let books = city.captured().await;
    for day in odd_days() {
        assert_eq!(let_in(&city, &account, day).await, [""; 0], "{day}");
    }
    city.try_open("李四", DAOJIAO, |new| new.opened_on = odd_days()[0]).await.unwrap_err();
    // A channel has settled nothing in a time to come.
    let settles = Settles::UpTo(city.period());
    let items =
        vec![Settled { account: account.id, settles, serial: "WX1".to_owned(), gross: yuan("1") }];
    let (channel, batch_no) = ("wechat".to_owned(), "W1".to_owned());
    let batch = ChannelBatch { channel, batch_no, settled_on: odd_days()[0], items };
    post_batch(&city.pool, &city.clock, batch).await.unwrap_err();
    // Not even the owner writes one down.
    for sql in [
        "update account set opened_on = '20226-11-01'",
        "update account set opened_on = '0202-11-01'",
        "insert into meter (account_id, service_point_id, serial_no, caliber_mm, max_range, start_index, installed_on)
         select account_id, service_point_id, 'X', caliber_mm, max_range, 0, '20226-11-01' from meter",
        "update meter set removed_on = '20226-11-01', final_index = 0, removal_recorded_at = now(), removed_by = 1",
        "insert into tariff_version (fee_item, class, valid_from, source, status) values ('water', 'resident', '20226-11-01', '文件', 'placeholder')",
    ] {
        let refused = sqlx::query(sql).execute(&city.owner).await.unwrap_err().to_string();
        assert!(refused.contains("check constraint"), "{sql}: {refused}");
    }
    // What is typed right goes through, and the warehouse has it.
    city.read(&account, "30").await;
    city.bill().await;
    books.up_to_now().await;
    books.verify().await;
    books.stop().await;
    city.check().await;
}
