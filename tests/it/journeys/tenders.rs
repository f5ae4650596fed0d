//! What is handed over: cash, cards and cheques, several for one payment, and one cheque for several accounts.

use engine::closing::{CloseDay, DayClose, Seen, Sums, close_day};
use engine::counter::{Collect, CollectError, Surplus, Tender, receipt_view};
use terms::{Money, PayMethod};

use super::at_once::queue;

use crate::city::{City, Till, cash, new_key, slip, yuan};

#[tokio::test]
async fn a_slip_that_was_booked_on_the_wrong_account_pays_for_the_right_one() {
    let city = City::new().await;
    let till = city.counter().await;
    let wrong = city.household_owing_for("陈大文", "30").await;
    let right = city.household_owing_for("李四", "30").await;
    let by_card = |order| Collect {
        tenders: slip(PayMethod::Pos, "103.33", "P123"),
        key: new_key(),
        ..order
    };
    let paid = till.submit(by_card(till.order(&wrong, "103.33").await)).await.unwrap();
    // While it stands, it pays for nobody else.
    let order = by_card(till.order(&right, "103.33").await);
    let refused = till.submit(order.clone()).await.unwrap_err();
    assert!(matches!(refused, CollectError::SerialUsed(_)), "{refused:?}");
    till.take_back(paid.payment).await.unwrap();
    till.submit(order).await.unwrap();
    assert_eq!(city.amount("select sum(standing) from slip_standing").await, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn two_slips_of_one_number_are_two_slips_on_the_sheet() {
    let mut city = City::new().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "30").await;
    let by_card = |order: Collect| Collect {
        tenders: slip(PayMethod::Pos, "103.33", "000123"),
        key: new_key(),
        ..order
    };
    let till = city.counter().await;
    let yesterday = till.submit(by_card(till.order(&chen, "103.33").await)).await.unwrap();
    till.close().await;
    // The terminal's numbers begin anew: the slip of today bears the number of yesterday's, which is taken back today.
    city.at("2026-11-25 10:00");
    let till = Till::of(&city, "chen.juan").await;
    till.take_back(yesterday.payment).await.unwrap();
    till.submit(by_card(till.order(&li, "103.33").await)).await.unwrap();
    let mut connection = city.pool.acquire().await.unwrap();
    let sheet = engine::closing::preview(&mut connection, till.day()).await.unwrap();
    let amounts: Vec<_> = sheet.slips.iter().map(|slip| slip.amount.to_string()).collect();
    assert_eq!(amounts, ["-103.33", "103.33"]);
}

/// A number is what the paper says, and not how somebody types it; the database keeps no other form.
#[tokio::test]
async fn a_slip_written_otherwise_is_the_same_slip() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household("陈大文").await;
    let deposit = async |number: &str| {
        let tenders = slip(PayMethod::Pos, "500.00", number);
        let order = till.deposit_order(&account, "500.00").await;
        till.submit(Collect { tenders, again: true, ..order }).await
    };
    deposit("slip-9").await.unwrap();
    for written in ["SLIP-9", "ＳＬＩＰ-9 ", "SLIP-9\u{200b}", "S LIP-９"] {
        let refused = deposit(written).await.unwrap_err();
        assert!(matches!(refused, CollectError::SerialUsed(_)), "{written}: {refused:?}");
    }
    // A Cyrillic letter looks like one of ours, and is none.
    let refused = deposit("SLIР-9").await.unwrap_err().to_string();
    assert_eq!(refused, "刷卡凭证号中的“Р”不能识别，请只用字母、数字和 - / 等符号");
    let kept = "select count(*) from payment_tender where reference = 'SLIP-9'";
    assert_eq!(city.count(kept).await, 1);
    let lower = "alter table payment_tender disable trigger user; update payment_tender set reference = 'slip-9'";
    let said = sqlx::raw_sql(lower).execute(&city.owner).await.unwrap_err().to_string();
    assert!(said.contains("payment_tender_reference_check"), "{said}");
    city.check().await;
}

/// Two tills take the same two cheques, each typed in another order: both are counted in the order of their numbers, so that
/// neither till holds what the other waits for.
#[tokio::test]
async fn slips_are_counted_in_one_order_however_they_are_typed() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household("陈大文").await;
    let part = |number: &str| {
        let mut cheque = slip(PayMethod::Cheque, "100", number);
        cheque[0].slip_total = Some(yuan("500"));
        cheque
    };
    let order = async |first: &str, second: &str| Collect {
        tenders: [part(first), part(second)].concat(),
        again: true,
        ..till.deposit_order(&account, "200").await
    };
    till.submit(order("ZP0001", "ZP0002").await).await.unwrap();
    let mut other = city.owner.begin().await.unwrap();
    let held = "select 1 from slip_standing where reference = 'ZP0001' for update";
    sqlx::query(held).execute(&mut *other).await.unwrap();
    let (paid, ()) = tokio::join!(till.submit(order("ZP0002", "ZP0001").await), async {
        queue(&city, 1).await;
        let free = "select 1 from slip_standing where reference = 'ZP0002' for update nowait";
        sqlx::query(free).execute(&mut *other).await.unwrap();
        other.rollback().await.unwrap();
    });
    paid.unwrap();
    assert_eq!(city.amount("select sum(standing) from slip_standing").await, yuan("400"));
    city.check().await;
}

/// 103.33 of a cheque over so much.
fn part_of(total: &str) -> Vec<Tender> {
    let mut cheque = slip(PayMethod::Cheque, "103.33", "ZP0001");
    cheque[0].slip_total = Some(yuan(total));
    cheque
}

#[tokio::test]
async fn one_cheque_pays_for_twenty_shops_and_not_for_one_fen_more() {
    let city = City::new().await;
    let till = city.counter().await;
    // Twenty shops of 103.33 each, and a cheque of 2,066.60 for all of them.
    for n in 0..20 {
        let shop = city.household_owing_for(&format!("商铺{n}"), "30").await;
        let order = till.order(&shop, "103.33").await;
        till.submit(Collect { tenders: part_of("2066.60"), ..order }).await.unwrap();
    }
    let late = city.household_owing_for("商铺", "30").await;
    let order = till.order(&late, "103.33").await;
    let cheque = |total: &str| Collect { tenders: part_of(total), key: new_key(), ..order.clone() };
    // Neither beyond its total, nor with another one; which of the two it is is told, and by how much.
    let booked = "支票号ZP0001已登记：凭证总额2066.60元，已用2066.60元，余0.00元；";
    for (total, why) in [
        ("2066.60", "其金额已用完，请核对凭证号"),
        ("5000", "本次的凭证总额为5000.00元，与登记时不一致，请核对凭证号和总额"),
    ] {
        let refused = till.submit(cheque(total)).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("{booked}{why}"));
    }
    assert_eq!(city.amount("select sum(amount) from payment_tender").await, yuan("2066.60"));
    city.check().await;
}

/// A cheque of 206.66, of which one shop takes 103.33, and another as much on the next morning.
#[tokio::test]
async fn what_no_account_took_of_a_cheque_is_told_as_of_its_day_and_asked_about() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let first = city.household_owing_for("商铺甲", "30").await;
    let second = city.household_owing_for("商铺乙", "30").await;
    let order = till.order(&first, "103.33").await;
    till.submit(Collect { tenders: part_of("206.66"), ..order }).await.unwrap();
    let of = till.day();
    city.at("2026-11-25 09:00");
    let till = Till::of(&city, "chen.juan").await;
    let order = till.order(&second, "103.33").await;
    till.submit(Collect { tenders: part_of("206.66"), ..order }).await.unwrap();
    let sheet = async |of| {
        let mut connection = city.pool.acquire().await.unwrap();
        engine::closing::preview(&mut connection, of).await.unwrap()
    };
    let told = |sheet: &DayClose| {
        let slip = &sheet.slips[0];
        assert_eq!((sheet.slips.len(), sheet.free()), (1, slip.free()));
        format!("{} of {}, {} used", slip.amount, slip.total, slip.used)
    };
    let yesterday = sheet(of).await;
    assert_eq!(told(&yesterday), "103.33 of 206.66, 103.33 used");
    assert_eq!(told(&sheet(till.day()).await), "103.33 of 206.66, 206.66 used");
    let close = async |free| {
        let seen =
            Seen { digest: yesterday.sheet.digest.clone(), counted: None, reason: None, free };
        let order = CloseDay::own(of.cashier, of.outlet, of.day);
        close_day(&city.pool, &city.clock, CloseDay { seen: Some(seen), ..order }).await
    };
    let refused = close(Money::ZERO).await.unwrap_err().to_string();
    assert_eq!(refused, "刷卡、支票凭证另有余额103.33元未入账，请核对凭证并确认后再日结");
    let closed = close(yuan("103.33")).await.unwrap();
    assert_eq!(closed.slips, yesterday.slips);
    till.close().await;
    city.check().await;
}

#[tokio::test]
async fn a_shop_gives_its_part_of_a_shared_cheque_back() {
    let city = City::new().await;
    let till = city.counter().await;
    let mut paid = Vec::new();
    let mut shops = Vec::new();
    for name in ["商铺甲", "商铺乙", "商铺丙"] {
        shops.push(city.household_owing_for(name, "30").await);
    }
    let cheque = |order| {
        let slip_total = Some(yuan("206.66"));
        let slip = Tender::slip(PayMethod::Cheque, yuan("103.33"), "ZP0002");
        Collect { tenders: vec![Tender { slip_total, ..slip }], key: new_key(), ..order }
    };
    for shop in &shops[..2] {
        let order = till.order(shop, "103.33").await;
        paid.push(till.submit(cheque(order)).await.unwrap().payment);
    }
    till.take_back(paid[0]).await.unwrap();
    let standing = "select sum(standing) from slip_standing";
    assert_eq!(city.amount(standing).await, yuan("103.33"));
    // What is free of it pays for the third, and no more.
    let order = till.deposit_order(&shops[0], "103.34").await;
    let slip_total = Some(yuan("206.66"));
    let much = Tender { slip_total, ..Tender::slip(PayMethod::Cheque, yuan("103.34"), "ZP0002") };
    let refused = till.submit(Collect { tenders: vec![much], ..order }).await.unwrap_err();
    let said = "支票号ZP0002已登记：凭证总额206.66元，已用103.33元，余103.33元；余额不足本次的103.34元，请核对金额";
    assert_eq!(refused.to_string(), said);
    let order = till.order(&shops[2], "103.33").await;
    till.submit(cheque(order)).await.unwrap();
    assert_eq!(city.amount(standing).await, yuan("206.66"));
    city.check().await;
}

async fn preview(city: &City, till: &Till<'_>) -> Sums {
    let mut connection = city.pool.acquire().await.unwrap();
    engine::closing::preview(&mut connection, till.day()).await.unwrap().sheet.total
}

#[tokio::test]
async fn a_card_pays_a_part_and_cash_the_rest() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    // 103.33: 80.00 by card, and a note of 50 in cash, of which 26.67 go back.
    let order = Collect {
        tenders: [slip(PayMethod::Pos, "80", "P7"), cash("50")].concat(),
        ..till.order(&account, "80").await
    };
    let paid = till.submit(order).await.unwrap();
    assert_eq!(paid.change, yuan("26.67"));
    // 23.33 of cash lie in the till besides the slip.
    let sheet = preview(&city, &till).await;
    assert_eq!((sheet.cash, sheet.pos, sheet.net), (yuan("23.33"), yuan("80"), yuan("103.33")));
    let back = till.take_back(paid.payment).await.unwrap();
    assert_eq!(back.refund, yuan("103.33"));
    assert_eq!(preview(&city, &till).await.cash, Money::ZERO);
    let mut connection = city.pool.acquire().await.unwrap();
    for (payment, ways) in [
        (paid.payment, [("80.00", Some("P7")), ("23.33", None)]),
        (back.payment, [("-80.00", Some("P7")), ("-23.33", None)]),
    ] {
        let slip = receipt_view(&mut connection, payment).await.unwrap().unwrap();
        let came = slip.sources.iter().map(|s| (s.amount, s.reference.as_deref()));
        assert!(came.eq(ways.map(|(amount, no)| (yuan(amount), no))), "{:?}", slip.sources);
        assert_eq!(slip.taken_back_by.as_deref(), Some("陈娟"));
    }
    drop(connection);
    assert_eq!(city.count("select count(*) from payment where method = 'mixed'").await, 2);
    assert_eq!(city.amount("select sum(amount) from payment_tender").await, Money::ZERO);
    assert_eq!(city.count("select count(*) from slip_standing").await, 0);
    city.check().await;
}

#[tokio::test]
async fn what_a_slip_must_say() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "103.33").await;
    let by = |method, serial: Option<&str>, received: &str, surplus, total: Option<&str>| Collect {
        tenders: vec![Tender {
            method,
            amount: yuan(received),
            reference: serial.map(Into::into),
            slip_total: total.map(yuan),
        }],
        surplus,
        key: new_key(),
        ..order.clone()
    };
    use {
        PayMethod::{Cheque, Pos},
        Surplus::Change,
    };
    for (order, want) in [
        (by(Pos, None, "103.33", Change, None), "请填写刷卡凭证号"),
        (by(Cheque, Some(" "), "103.33", Change, None), "请填写支票号"),
        (by(Pos, Some("P1"), "110", Change, None), "只有现金可以找零，多收的6.67元请转为预存"),
        (
            by(Cheque, Some("Z1"), "103.33", Change, Some("100")),
            "凭证总额100.00元小于本次使用的103.33元",
        ),
    ] {
        let refused = till.submit(order).await.unwrap_err().to_string();
        assert!(refused.contains(want), "{refused}");
    }
    // With an explicit yes the rest of a cheque stays with the account.
    let kept = till.submit(by(Cheque, Some("Z1"), "110", Surplus::Prepaid, None)).await.unwrap();
    assert_eq!(kept.prepaid, yuan("6.67"));
    city.check().await;
}
