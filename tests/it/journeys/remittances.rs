//! 上缴: what was passed on to the treasury, and what was typed wrongly.

use engine::closing::{CloseMonth, PeriodKind, close_month};
use engine::remittance::{
    Remit, RemitError, ReverseError, ReverseRemittance, record, reverse, unremitted,
};
use terms::{FeeItem, Money, Role};

use crate::city::{City, DAOJIAO, GAOBU, Till, yuan};

/// 陈大文 pays 25.65 of sewage. 9.00 is typed as 20.00, taken back, and typed again under the same voucher:
/// 25.65 - 20.00 + 20.00 - 9.00 = 16.65 are left.
#[tokio::test]
async fn a_typed_amount_is_taken_back_and_its_voucher_counts_again() {
    let city = City::new().await;
    let till = city.counter().await;
    let by = city.person("cai", "财政", Role::Finance, None, None).await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "103.33").await;
    let (_, town) = city.outlet(DAOJIAO).await;
    let owner = city.sewage_owner(town).await;
    let remit = |amount: &str| Remit {
        town,
        owner,
        fee_item: FeeItem::Sewage,
        pay_period: city.period(),
        amount: yuan(amount),
        voucher_no: "JK-0001".to_owned(),
    };
    let wrong = record(&city.pool, &city.clock, by, remit("20.00")).await.unwrap();
    let twice = record(&city.pool, &city.clock, by, remit("1.00")).await.unwrap_err();
    assert!(matches!(twice, RemitError::VoucherUsed), "{twice:?}");
    // Nor is it another voucher when it is written otherwise.
    let written = Remit { voucher_no: "ｊｋ-0001\u{200b} ".to_owned(), ..remit("1.00") };
    let twice = record(&city.pool, &city.clock, by, written).await.unwrap_err();
    assert!(matches!(twice, RemitError::VoucherUsed), "{twice:?}");
    // Whoever recorded it does not take it back: that is for a second person.
    let second = city.person("cai.er", "财政二", Role::Finance, None, None).await;
    let own = ReverseRemittance { id: wrong.id, reason: "金额录错".to_owned(), by };
    let own = reverse(&city.pool, &city.clock, own).await.unwrap_err();
    assert!(matches!(own, ReverseError::OwnEntry), "{own:?}");
    let back = |id, reason: &str| ReverseRemittance { id, reason: reason.to_owned(), by: second };
    let silent = reverse(&city.pool, &city.clock, back(wrong.id, " ")).await.unwrap_err();
    assert!(matches!(silent, ReverseError::NoReason), "{silent:?}");
    let red = reverse(&city.pool, &city.clock, back(wrong.id, "金额录错")).await.unwrap();
    let again = reverse(&city.pool, &city.clock, back(wrong.id, "金额录错")).await.unwrap_err();
    assert!(matches!(again, ReverseError::AlreadyReversed), "{again:?}");
    let of_red = reverse(&city.pool, &city.clock, back(red.id, "金额录错")).await.unwrap_err();
    assert!(matches!(of_red, ReverseError::IsReversal), "{of_red:?}");
    record(&city.pool, &city.clock, by, remit("9.00")).await.unwrap();
    let mut connection = city.pool.acquire().await.unwrap();
    let books = unremitted(&mut connection, city.period()).await.unwrap();
    let sewage = books.iter().find(|b| b.fee_item == FeeItem::Sewage).unwrap();
    assert_eq!((sewage.collected, sewage.remitted), (yuan("25.65"), yuan("9.00")));
    let other = Remit { voucher_no: "JK-0002".to_owned(), ..remit("1.00") };
    let clerk = record(&city.pool, &city.clock, till.cashier, other).await.unwrap_err();
    assert!(matches!(clerk, RemitError::UnknownTown), "{clerk:?}");
    city.check().await;

    // What was passed on before its payment went back is no fault of the books.
    let rest = Remit { voucher_no: "JK-0003".to_owned(), ..remit("16.65") };
    record(&city.pool, &city.clock, by, rest).await.unwrap();
    drop(connection);
    let mut city = city;
    let payment = city.count("select id from payment").await;
    city.at("2026-12-02 09:00");
    let till = Till::of(&city, "chen.juan").await;
    till.take_back(terms::PaymentId(payment)).await.unwrap();
    assert_eq!(city.amount("select sum(net) from payment").await, Money::ZERO);
    city.check().await;
}

/// 道滘 has closed November to January, and 高埗 nothing: what each collected is counted once, however far behind one is.
#[tokio::test]
async fn who_is_months_behind_counts_in_full_and_nobody_twice() {
    let mut city = City::new().await;
    let here = city.household("陈大文").await;
    let there = city.open("王五", GAOBU, |_| {}).await;
    city.counter().await;
    city.clerk("li.mei", "李梅", GAOBU).await;
    let by = city.manager().await;
    let (outlet, _) = city.outlet(DAOJIAO).await;
    for (month, index) in [("2026-11", "30"), ("2026-12", "60"), ("2027-01", "90")] {
        city.at(&format!("{month}-25 10:00"));
        city.read(&here, index).await;
        city.read(&there, index).await;
        city.bill().await;
        let till = Till::of(&city, "chen.juan").await;
        till.collect(&here, "110").await;
        till.close().await;
        Till::of(&city, "li.mei").await.collect(&there, "110").await;
    }
    for days in ["2027-02-01 09:00", "2027-03-02 09:00"] {
        city.at(days);
        let mut connection = city.pool.acquire().await.unwrap();
        let books = unremitted(&mut connection, "2027-01".parse().unwrap()).await.unwrap();
        let sewage = books.iter().filter(|b| b.fee_item == FeeItem::Sewage);
        let collected = sewage.map(|b| b.collected.to_string()).collect::<Vec<_>>();
        // 3 × 25.65 each.
        assert_eq!(collected, ["76.95", "76.95"], "{days}");
        drop(connection);
        city.check().await;
        if days.starts_with("2027-02") {
            for period in ["2026-11", "2026-12", "2027-01"] {
                let period = period.parse().unwrap();
                for kind in [PeriodKind::Read, PeriodKind::Pay] {
                    let order = CloseMonth { organisation: outlet, kind, period, by };
                    close_month(&city.pool, &city.clock, order).await.unwrap();
                }
            }
        }
    }
}
