//! A payment taken back: a mirror of it, and red paper.

use engine::access::{Place, Reach, set_role};
use engine::counter::{
    AnswerError, AnswerRequest, Collect, Request, RequestError, RequestReversal, RequestState,
    Reverse, ReverseError, Stands, Surplus, answer_request, request_reversal, requests_answered,
    requests_waiting, reverse,
};
use insta::assert_snapshot;
use terms::{PaymentId, Role, UserId};

use crate::city::{City, DAOJIAO, GAOBU, Till, new_key, yuan};

#[tokio::test]
async fn a_payment_taken_back_leaves_a_mirror_and_red_paper() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = city.counter().await.collect(&account, "110").await;
    city.at("2026-11-25 09:00");
    let till = Till::of(&city, "chen.juan").await;
    let reversed = till.take_back(paid.payment).await.unwrap();
    assert_eq!(reversed.refund, yuan("103.33"));
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "select kind, account_date::text, net::text, change_given::text from payment order by id",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let text: Vec<_> = rows.iter().map(|(k, d, n, c)| format!("{k:8} {d} {n} {c}")).collect();
    assert_snapshot!(text.join("\n"), @"
    payment  2026-11-24 103.33 6.67
    reversal 2026-11-25 -103.33 -6.67
    ");
    assert!(reversed.receipts.iter().all(|paper| paper.is_red));
    assert_eq!(city.count("select count(*) from receipt where kind = 'red'").await, 2);
    // The bill is open again, to the fen.
    assert_eq!(till.quote(&account).await.principal, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn it_goes_back_once_and_where_it_was_paid() {
    let city = City::new().await;
    let till = city.counter().await;
    let elsewhere = city.clerk("li.mei", "李梅", GAOBU).await;
    let account = city.household_owing_for("陈大文", "30").await;
    let older = till.collect(&account, "110").await;
    let newer = till.deposit(&account, "50").await;
    let refused = elsewhere.take_back(newer.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::OtherOutlet), "{refused:?}");
    let reversal = till.take_back(newer.payment).await.unwrap();
    let refused = till.take_back(newer.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::Stands(Stands::AlreadyReversed)), "{refused:?}");
    let refused = till.take_back(reversal.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::Stands(Stands::IsReversal)), "{refused:?}");
    till.take_back(older.payment).await.unwrap();
    assert_eq!(city.amount("select sum(net) from payment").await, terms::Money::ZERO);
    city.check().await;
}

/// As if somebody with the keys of the house had moved the account: no use case does.
async fn moves(city: &City, to: &str) {
    let moved = "update account set (town_id, outlet_id) = (select town_id, id from organisation where name = $1)";
    sqlx::query(moved).bind(to).execute(&city.owner).await.unwrap();
}

/// Where it counts now says nothing of where its money was taken: that goes back there, all of it.
#[tokio::test]
async fn a_payment_of_an_account_that_has_moved_since_goes_back_where_it_was_taken() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let till = city.counter().await;
    let order = Collect { surplus: Surplus::Prepaid, ..till.order(&account, "110").await };
    let paid = till.submit(order).await.unwrap();
    moves(&city, GAOBU).await;
    city.at("2026-11-25 09:00");
    let till = Till::of(&city, "chen.juan").await;
    let reversed = till.take_back(paid.payment).await.unwrap();
    assert_eq!(reversed.refund, yuan("110"));
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "select kind, account_date::text, net::text, prepaid_in::text from payment order by id",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let text: Vec<_> = rows.iter().map(|(k, d, n, p)| format!("{k:8} {d} {n} {p}")).collect();
    assert_snapshot!(text.join("\n"), @"
    payment  2026-11-24 110.00 6.67
    reversal 2026-11-25 -110.00 -6.67
    ");
    let (outlet, town) = city.outlet(DAOJIAO).await;
    for part in
        ["payment", "allocation", "payment_tender", "prepaid_entry", "receipt", "receipt_number"]
    {
        let places = format!("select distinct town_id, outlet_id from {part}");
        let places: Vec<(i32, i32)> =
            sqlx::query_as(sqlx::AssertSqlSafe(places)).fetch_all(&city.owner).await.unwrap();
        assert_eq!(places, [(town.0, outlet.0)], "{part}");
    }
    // The bill is open again, and the purse is empty.
    let quote = till.quote(&account).await;
    assert_eq!((quote.principal, quote.prepaid), (yuan("103.33"), terms::Money::ZERO));
    moves(&city, DAOJIAO).await;
    city.check().await;
}

#[tokio::test]
async fn the_bank_s_file_does_not_hold_a_wrong_payment_fast() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household_owing_for("陈大文", "30").await;
    // Booked on the wrong account; then the bank pays December of the same one.
    let wrong = city.counter().await.collect(&account, "103.33").await;
    city.at("2026-12-10 10:00");
    city.read(&account, "60").await;
    city.bill().await;
    let items = vec![engine::channels::Settled {
        account: account.id,
        settles: engine::channels::Settles::UpTo(city.period()),
        serial: "DK1".to_owned(),
        gross: yuan("103.33"),
    }];
    assert_eq!(city.settle("withhold", "B1", items).await.posted, 1);
    let till = Till::of(&city, "chen.juan").await;
    assert_eq!(till.take_back(wrong.payment).await.unwrap().refund, yuan("103.33"));
    assert_eq!(till.quote(&account).await.principal, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn a_bill_paid_taken_back_and_paid_again_stands_paid_once() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    for _ in 0..3 {
        let paid = till.collect(&account, "103.33").await;
        till.take_back(paid.payment).await.unwrap();
    }
    till.collect(&account, "103.33").await;
    assert_eq!(city.amount("select sum(net) from payment").await, yuan("103.33"));
    assert_eq!(city.amount("select sum(amount) from receipt").await, yuan("103.33"));
    city.check().await;
}

/// Supervisors of an outlet, the cashiers' requests, and their answers.
impl City {
    async fn finance(&self, login: &str, outlet: &str) -> UserId {
        let (outlet, _) = self.outlet(outlet).await;
        self.person(login, "网点财务", Role::OutletFinance, Some(outlet), None).await
    }

    async fn asks(&self, till: &Till<'_>, payment: PaymentId) -> Result<i64, RequestError> {
        let reason = "收错用户".to_owned();
        let (cashier, outlet) = (till.cashier, till.outlet);
        let order = RequestReversal { payment, cashier, outlet, reason };
        request_reversal(&self.pool, &self.clock, order).await
    }

    async fn says(&self, by: UserId, request: i64, approved: bool) -> Result<(), AnswerError> {
        let reason = if approved { "" } else { "金额无误" }.to_owned();
        let answer = AnswerRequest { request, by, approved, reason };
        answer_request(&self.pool, &self.clock, answer).await
    }

    async fn reverses(&self, till: &Till<'_>, payment: PaymentId) -> Result<(), ReverseError> {
        let (cashier, outlet, reason) = (till.cashier, till.outlet, "收错用户".to_owned());
        let order = Reverse { payment, cashier, outlet, reason, key: new_key() };
        reverse(&self.pool, &self.clock, order).await.map(drop)
    }
}

#[tokio::test]
async fn nobody_takes_money_out_of_a_till_alone() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = till.collect(&account, "103.33").await.payment;
    let alone = city.reverses(&till, paid).await.unwrap_err();
    assert!(matches!(alone, ReverseError::NotApproved), "{alone:?}");
    let (here, elsewhere) =
        (city.finance("cai.wu", DAOJIAO).await, city.finance("cai.wu2", GAOBU).await);
    // Asked once, it lies before those of the outlet and of nobody else.
    let request = city.asks(&till, paid).await.unwrap();
    let again = city.asks(&till, paid).await.unwrap_err();
    assert!(matches!(again, RequestError::AlreadyAsked), "{again:?}");
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let (other, _) = city.outlet(GAOBU).await;
    for (outlet, waiting) in [(outlet, 1), (other, 0)] {
        let of = Reach { outlet: Some(outlet), ..Reach::default() };
        let mut connection = city.pool.acquire().await.unwrap();
        let found = requests_waiting(&mut connection, &of, city.today()).await.unwrap();
        assert_eq!(found.len(), waiting, "{found:?}");
        for request in found {
            assert_eq!((request.net, request.payer_name.as_str()), (yuan("103.33"), "陈大文"));
        }
    }
    // Not by the cashier, not by a supervisor of another outlet.
    let own = city.says(till.cashier, request, true).await.unwrap_err();
    assert!(matches!(own, AnswerError::NotAllowed), "{own:?}");
    let foreign = city.says(elsewhere, request, true).await.unwrap_err();
    assert!(matches!(foreign, AnswerError::Unknown), "{foreign:?}");
    // No is no, and says why; it may be asked again.
    city.says(here, request, false).await.unwrap();
    let twice = city.says(here, request, true).await.unwrap_err();
    assert!(matches!(twice, AnswerError::Answered), "{twice:?}");
    let refused = city.reverses(&till, paid).await.unwrap_err();
    assert!(matches!(refused, ReverseError::NotApproved), "{refused:?}");
    let request = city.asks(&till, paid).await.unwrap();
    city.says(here, request, true).await.unwrap();
    // For this cashier and no other.
    let wu = city.clerk("wu.zhi", "吴志", DAOJIAO).await;
    let other = city.reverses(&wu, paid).await.unwrap_err();
    assert!(matches!(other, ReverseError::NotApproved), "{other:?}");
    city.reverses(&till, paid).await.unwrap();
    let mut connection = city.pool.acquire().await.unwrap();
    let given = requests_answered(&mut connection, here).await.unwrap();
    let states: Vec<_> = given.iter().map(Request::state).collect();
    assert_eq!(states, [RequestState::Used, RequestState::Refused]);
    assert_eq!(given[1].answer.as_ref().unwrap().reason.as_deref(), Some("金额无误"));
    drop(connection);
    city.check().await;
}

#[tokio::test]
async fn a_supervisor_s_own_payment_needs_another_one_and_a_yes_ends_with_its_day() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (paid, chen) = {
        let till = city.counter().await;
        (till.collect(&account, "103.33").await.payment, till.cashier)
    };
    let keeper = city.finance("cai.wu", DAOJIAO).await;
    // The cashier has become a supervisor; what was taken before stays of one's own.
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let place = Place { outlet: Some(outlet), town: None };
    set_role(&city.pool, &city.clock, None, "chen.juan", (Role::OutletFinance, place), true)
        .await
        .unwrap();
    city.clerk("wu.zhi", "吴志", DAOJIAO).await;
    let wu = Till::of(&city, "wu.zhi").await;
    let request = city.asks(&wu, paid).await.unwrap();
    let own = city.says(chen, request, true).await.unwrap_err();
    assert!(matches!(own, AnswerError::OwnPayment), "{own:?}");
    city.says(keeper, request, true).await.unwrap();
    // Tomorrow nothing of it holds.
    city.at("2026-11-25 09:00");
    let wu = Till::of(&city, "wu.zhi").await;
    let late = city.reverses(&wu, paid).await.unwrap_err();
    assert!(matches!(late, ReverseError::NotApproved), "{late:?}");
    let request = city.asks(&wu, paid).await.unwrap();
    city.at("2026-11-26 09:00");
    let late = city.says(keeper, request, true).await.unwrap_err();
    assert!(matches!(late, AnswerError::Expired), "{late:?}");
    city.check().await;
}
