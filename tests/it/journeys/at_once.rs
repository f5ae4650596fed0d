//! One bill, two doors, one instant: a clerk takes the money that a channel has settled.

use std::time::Duration;

use engine::access::Reach;
use engine::channels::{Settled, Settles, suspense};
use terms::Money;

use crate::city::{Account, City, yuan};

/// Bills that are paid twice at the same instant.
const ROUNDS: usize = 12;

fn settled(city: &City, account: &Account, serial: String) -> Settled {
    Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial,
        gross: yuan("103.33"),
    }
}

/// Holds the account until both doors wait for it.
async fn held(city: &City, account: &Account) {
    let mut hold = city.owner.begin().await.unwrap();
    let lock = "select from account where id = $1 for update";
    sqlx::query(lock).bind(account.id.0).execute(&mut *hold).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    hold.commit().await.unwrap();
}

/// Whoever comes second is told: the clerk at once, and the channel's money waits for a person. Each payer paid both
/// ways, so 103.33 of each is on the books and 103.33 is in the drawer or in suspense.
#[tokio::test]
async fn a_bill_is_paid_once_by_the_counter_or_by_the_file_of_a_channel() {
    let city = City::new().await;
    let till = city.counter().await;
    let (mut by_clerk, mut by_channel) = (0, 0);
    for round in 0..ROUNDS {
        let account = city.household_owing_for(&format!("住户{round}"), "30").await;
        // Another line of the same file, which nobody disputes.
        let other = city.household_owing_for(&format!("邻居{round}"), "30").await;
        let order = till.order(&account, "110").await;
        let items = vec![
            settled(&city, &account, format!("A{round}")),
            settled(&city, &other, format!("B{round}")),
        ];
        let batch = format!("W{round}");
        let file = city.settle("wechat", &batch, items);
        // Now the one is first in the queue, now the other.
        let late = async |is_late: bool| {
            tokio::time::sleep(Duration::from_millis(if is_late { 80 } else { 20 })).await;
        };
        let clerk = async {
            late(round % 2 == 0).await;
            till.submit(order).await
        };
        let channel = async {
            late(round % 2 == 1).await;
            file.await
        };
        let ((), clerk, channel) = tokio::join!(held(&city, &account), clerk, channel);
        assert_eq!(channel.already, 0, "{channel:?}");
        match clerk {
            Ok(paid) => {
                by_clerk += 1;
                assert_eq!((channel.posted, channel.refused.len()), (1, 1), "{paid:?} {channel:?}");
                assert_eq!(channel.refused[0].reason, "没有欠费");
            }
            Err(refused) => {
                by_channel += 1;
                assert_eq!(
                    (channel.posted, channel.refused.len()),
                    (2, 0),
                    "{refused} {channel:?}"
                );
            }
        }
    }
    assert_eq!(by_clerk + by_channel, ROUNDS);
    assert!(by_clerk > 0 && by_channel > 0, "{by_clerk} {by_channel}");
    let paid = Money::from_fen(10_333 * 2 * i64::try_from(ROUNDS).unwrap());
    assert_eq!(city.amount("select sum(net) from payment").await, paid);
    assert_eq!(city.amount("select sum(open_amount) from charge_balance").await, Money::ZERO);
    // Nothing that the channel handed in is lost.
    let mut connection = city.pool.acquire().await.unwrap();
    let waiting = suspense(&mut connection, &Reach::default(), 100).await.unwrap();
    assert_eq!(waiting.len(), by_clerk);
    assert!(waiting.iter().all(|item| item.gross == yuan("103.33")));
    drop(connection);
    city.check().await;
}
