//! One bill, two doors, one instant: a clerk takes the money that a channel has settled.

use std::time::{Duration, Instant};

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

/// Waits until so many doors wait for what somebody holds.
pub(super) async fn queue(city: &City, length: i64) {
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let end = Instant::now() + Duration::from_secs(4);
    while city.count(waiting).await < length {
        assert!(Instant::now() < end, "{length} doors do not wait for the account");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
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
        // The account is held as the doors hold it, until both wait for it: now the one first, now the other.
        let mut held = city.owner.begin().await.unwrap();
        let lock = "select from account where id = $1 for no key update";
        sqlx::query(lock).bind(account.id.0).execute(&mut *held).await.unwrap();
        let is_clerk_first = round % 2 == 0;
        let clerk = async {
            queue(&city, i64::from(!is_clerk_first)).await;
            till.submit(order).await
        };
        let channel = async {
            queue(&city, i64::from(is_clerk_first)).await;
            file.await
        };
        let let_go = async {
            queue(&city, 2).await;
            held.commit().await.unwrap();
        };
        let ((), clerk, channel) = tokio::join!(let_go, clerk, channel);
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
    assert!(by_clerk > 0 && by_channel > 0, "{by_clerk} by the clerk, {by_channel} by the channel");
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
