//! The word of the second person.

use insta::assert_snapshot;

use super::{answers, books};
use crate::city::City;

#[tokio::test]
async fn nobody_is_the_second_person_of_oneself() {
    let mut city = City::new().await;
    books(&mut city).await;
    let request = |cashier: &str, day: &str| {
        format!(
            "insert into reversal_request (payment_id, town_id, outlet_id, asked_by, reason, asked_on, asked_at)
             select n.id, n.town_id, n.outlet_id, u.id, 'x', '{day}', timestamptz '{day} 12:00+08'
             from newest n, app_user u where u.login = '{cashier}'"
        )
    };
    let attempts = [
        ("of another outlet's payment", request("li.mei", "2027-01-22")),
        ("asked twice on a day", request("chen.juan", "2027-01-21")),
        (
            "for another day than it is",
            request("chen.juan", "2027-01-22").replace(", '2027-01-22',", ", '2027-01-23',"),
        ),
        ("without a mark", request("chen.juan", "2027-01-22")),
        (
            "answered twice",
            "insert into reversal_answer select request_id, true, answered_by, null, answered_at from reversal_answer limit 1".to_owned(),
        ),
        ("a no turned round", "update reversal_answer set approved = true".to_owned()),
        ("a request forgotten", "delete from reversal_request".to_owned()),
        (
            "a yes given away by hand",
            "insert into reversal_approved select request_id, 1 from reversal_answer limit 1".to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    of another outlet's payment: request_elsewhere
    asked twice on a day: already_asked
    for another day than it is: new row for relation "reversal_request" violates check constraint "reversal_request_check"
    without a mark: act_unmarked
    answered twice: duplicate key value violates unique constraint "reversal_answer_pkey"
    a no turned round: permission denied for table reversal_answer
    a request forgotten: permission denied for table reversal_request
    a yes given away by hand: permission denied for table reversal_approved
    "#);
    city.check().await;
}
