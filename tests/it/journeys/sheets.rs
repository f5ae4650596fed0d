//! 日结单: one for each cashier, outlet and day, with what became of its paper; closed by another where its cashier
//! cannot.

use engine::access::disable_user;
use engine::closing::{
    CloseDay, CloseError, DayClose, DayOf, PeriodKind, Substitute, close_day, forgotten_days,
    open_days, preview,
};
use engine::counter::CollectError;
use engine::receipts::{Lease, TakeBack, TakeBackError, Void, lease, take_back, void};
use insta::assert_snapshot;
use terms::{ReceiptType, Role, UserId};

use crate::city::{City, DAOJIAO, GAOBU, Till, yuan};

/// Spoils the cashier's next paper of a family.
pub(super) async fn spoil(till: &Till<'_>, receipt_type: ReceiptType) {
    let sql = "select next_no from stock_segment where holder_id = $1 and receipt_type = $2 and next_no <= last_no";
    let next = sqlx::query_scalar(sql).bind(till.cashier.0).bind(receipt_type.code());
    let no = next.fetch_one(&till.city.owner).await.unwrap();
    let (code, reason) = ("4419261".to_owned(), "卡纸".to_owned());
    let order = Void { holder: till.cashier, receipt_type, code, no, reason };
    void(&till.city.pool, &till.city.clock, order).await.unwrap();
}

async fn sheet(city: &City, of: DayOf) -> DayClose {
    preview(&mut city.pool.acquire().await.unwrap(), of).await.unwrap()
}

fn papers(sheet: &DayClose) -> String {
    let all = sheet.sheet.papers.iter().chain(&sheet.left);
    let lines = all.map(|p| {
        format!("{} {} {}–{}", p.receipt_type.label(), p.fate.label(), p.first_no, p.last_no)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What a clerk did not use goes back, stands on the sheet, and is handed to another.
#[tokio::test]
async fn paper_that_comes_back_stands_on_the_sheet_and_goes_out_again() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "110").await;
    let cashier = till.cashier;
    let back = |first_no, last_no| TakeBack {
        receipt_type: ReceiptType::WaterInvoice,
        code: "4419261".to_owned(),
        first_no,
        last_no,
        holder: cashier,
        by: UserId(900_000),
    };
    for (first, last) in [(1_001, 1_100), (1_400, 1_501), (2_000, 2_001)] {
        let refused = take_back(&city.pool, &city.clock, back(first, last)).await.unwrap_err();
        assert!(matches!(refused, TakeBackError::NotInHand), "{first}: {refused}");
    }
    let refused = take_back(&city.pool, &city.clock, back(9, 8)).await.unwrap_err();
    assert!(matches!(refused, TakeBackError::NotARange), "{refused}");
    let own = TakeBack { by: cashier, ..back(1_401, 1_500) };
    let refused = take_back(&city.pool, &city.clock, own).await.unwrap_err();
    let TakeBackError::Database(refused) = refused else { panic!("{refused}") };
    assert!(engine::access::is_refused(&refused), "{refused}");
    assert_eq!(take_back(&city.pool, &city.clock, back(1_401, 1_500)).await.unwrap(), 100);
    let shown = sheet(&city, till.day()).await;
    let invoices = papers(&shown);
    let invoices: Vec<_> = invoices.lines().filter(|line| line.starts_with("水费发票")).collect();
    assert_snapshot!(invoices.join("\n"), @"
    水费发票 领用 1001–1500
    水费发票 退回 1401–1500
    水费发票 使用 1001–1001
    水费发票 结存 1002–1400
    ");
    till.close().await;
    city.check().await;
    // After the close it counts on the next day.
    assert_eq!(take_back(&city.pool, &city.clock, back(1_301, 1_400)).await.unwrap(), 100);
    assert_eq!(papers(&sheet(&city, till.day()).await), papers(&shown));
    let other = city.clerk("li.mei", "李梅", GAOBU).await;
    let lease_again = Lease {
        receipt_type: ReceiptType::WaterInvoice,
        code: "4419261".to_owned(),
        first_no: 1_301,
        last_no: 1_500,
        outlet: other.outlet,
        holder: other.cashier,
        by: UserId(900_000),
    };
    lease(&city.pool, &city.clock, lease_again.clone()).await.unwrap_err();
    for range in [(1_301, 1_400), (1_401, 1_500)] {
        let order = Lease { first_no: range.0, last_no: range.1, ..lease_again.clone() };
        lease(&city.pool, &city.clock, order).await.unwrap();
    }
    city.at("2026-11-25 10:00");
    let till = Till::of(&city, "chen.juan").await;
    let next = papers(&sheet(&city, till.day()).await);
    assert!(next.contains("水费发票 退回 1301–1400"), "{next}");
    till.close().await;
    city.check().await;
}

/// The numbers of the only clerk begin at 1001.
#[tokio::test]
async fn a_close_records_the_paper_of_its_day_and_what_is_left() {
    let city = City::new().await;
    let till = city.counter().await;
    let (first, second) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    till.collect(&first, "110").await;
    spoil(&till, ReceiptType::WaterInvoice).await;
    let back = till.collect(&second, "300").await;
    till.take_back(back.payment).await.unwrap();
    let before = sheet(&city, till.day()).await;
    assert_snapshot!(papers(&before), @r"
    非税票据 领用 1001–1500
    预存收据 领用 10001–15000
    水费发票 领用 1001–1500
    非税票据 红票 1003–1003
    水费发票 红票 1004–1004
    非税票据 使用 1001–1002
    水费发票 使用 1001–1001
    水费发票 使用 1003–1003
    水费发票 作废 1002–1002
    非税票据 结存 1004–1500
    预存收据 结存 10001–15000
    水费发票 结存 1005–1500
    ");
    let closed = till.close().await;
    assert_eq!((&closed.sheet, &closed.left), (&before.sheet, &before.left));
    let kept = city.count("select count(*) from close_paper").await;
    assert_eq!(usize::try_from(kept).unwrap(), before.sheet.papers.len() + before.left.len());
    city.check().await;
    // Paper that is other than the sheet says is found.
    sqlx::raw_sql(
        "alter table close_paper disable trigger user;
         update close_paper set last_no = last_no + 1 where fate = 'voided';
         alter table close_paper enable trigger user",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    assert_eq!(city.broken().await, ["17d", "27d"]);
}

/// What was used, spoilt, taken back and handed out on the next morning stood otherwise on the evening before.
#[tokio::test]
async fn a_day_that_is_closed_late_keeps_the_paper_of_its_own_evening() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "45").await;
    till.collect(&chen, "110").await;
    let (cashier, outlet, forgotten) = (till.cashier, till.outlet, till.day());
    city.at("2026-11-25 09:00");
    let till = Till::of(&city, "chen.juan").await;
    till.collect(&li, "300").await;
    spoil(&till, ReceiptType::NonTax).await;
    let back = TakeBack {
        receipt_type: ReceiptType::WaterInvoice,
        code: "4419261".to_owned(),
        first_no: 1_401,
        last_no: 1_500,
        holder: cashier,
        by: UserId(900_000),
    };
    take_back(&city.pool, &city.clock, back).await.unwrap();
    city.lease(ReceiptType::WaterInvoice, cashier, outlet, 9_001, 9_100).await;
    let before = sheet(&city, forgotten).await;
    let closed = till.close_on(forgotten.day).await.unwrap();
    assert_snapshot!(papers(&closed), @r"
    非税票据 领用 1001–1500
    预存收据 领用 10001–15000
    水费发票 领用 1001–1500
    非税票据 使用 1001–1001
    水费发票 使用 1001–1001
    非税票据 结存 1002–1500
    预存收据 结存 10001–15000
    水费发票 结存 1002–1500
    ");
    for shown in [before, sheet(&city, forgotten).await] {
        assert_eq!(papers(&shown), papers(&closed));
    }
    assert_snapshot!(papers(&till.close().await), @r"
    水费发票 领用 9001–9100
    水费发票 退回 1401–1500
    非税票据 使用 1002–1002
    水费发票 使用 1002–1002
    非税票据 作废 1003–1003
    非税票据 结存 1004–1500
    预存收据 结存 10001–15000
    水费发票 结存 1003–1400
    水费发票 结存 9001–9100
    ");
    city.check().await;
    // The stock of another moment than the evening's is found.
    sqlx::raw_sql(
        "alter table close_paper disable trigger user;
         update close_paper set first_no = first_no + 1 where fate = 'left' and receipt_type = 'water_invoice'
             and close_id = (select min(id) from cashier_close);
         alter table close_paper enable trigger user",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    assert_eq!(city.broken().await, ["17k", "27d"]);
}

#[tokio::test]
async fn paper_spoilt_after_the_close_counts_on_the_next_day_whose_month_waits_for_it() {
    let mut city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    city.at("2026-11-30 17:00");
    let till = Till::of(&city, "chen.juan").await;
    till.collect(&chen, "200").await;
    let closed = till.close().await;
    spoil(&till, ReceiptType::NonTax).await;
    assert_eq!(sheet(&city, closed.of).await.sheet, closed.sheet);
    city.check().await;
    let cashier = till.cashier;

    // December has nothing but the spoilt paper, and is not closed before its day is.
    city.at("2027-01-04 09:00");
    for kind in [PeriodKind::Pay, PeriodKind::Receipt] {
        city.close_month(kind, 202_611).await.unwrap();
    }
    let refused = city.close_month(PeriodKind::Pay, 202_612).await.unwrap_err();
    assert_eq!(refused.to_string(), "不能月结：有1个收费员日尚未日结，最早2026-12-01");
    let (till, today) = (Till::of(&city, "chen.juan").await, city.today());
    let mut connection = city.pool.acquire().await.unwrap();
    let open = forgotten_days(&mut connection, cashier, today).await.unwrap();
    drop(connection);
    assert_eq!(open.iter().map(|of| of.day.to_string()).collect::<Vec<_>>(), ["2026-12-01"]);
    let late = till.close_on(open[0].day).await.unwrap();
    assert_eq!((late.sheet.total.payments, late.sheet.papers.len()), (0, 1));
    for kind in [PeriodKind::Pay, PeriodKind::Receipt] {
        city.close_month(kind, 202_612).await.unwrap();
    }
    city.check().await;
}

#[tokio::test]
async fn who_sat_at_two_outlets_has_two_sheets_each_with_its_own_figures() {
    let city = City::new().await;
    let morning = city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "30").await;
    let wang = city.open("王五", GAOBU, |_| {}).await;
    let zhao = city.open("赵六", GAOBU, |_| {}).await;
    for account in [&wang, &zhao] {
        city.read(account, "45").await;
    }
    city.bill().await;
    morning.collect(&chen, "103.33").await;
    let moves = format!(
        "update app_user set outlet_id = (select id from organisation where name = '{GAOBU}') where login = 'chen.juan'"
    );
    city.by_hand(&moves).await;
    let afternoon = Till::of(&city, "chen.juan").await;
    assert_ne!(morning.outlet, afternoon.outlet);
    // Paper prints at the outlet that it was handed out at.
    for family in [ReceiptType::WaterInvoice, ReceiptType::NonTax] {
        city.lease(family, afternoon.cashier, afternoon.outlet, 2001, 2500).await;
    }
    afternoon.collect(&wang, "300").await;

    let at_first = sheet(&city, morning.day()).await;
    let then = sheet(&city, afternoon.day()).await;
    assert_eq!((at_first.sheet.total.payments, at_first.sheet.total.net), (1, yuan("103.33")));
    assert_eq!(then.sheet.total.payments, 1);
    assert_ne!(at_first.sheet.total.net, then.sheet.total.net);
    let closed = morning.close_on(city.today()).await.unwrap();
    assert_eq!(closed.sheet, at_first.sheet);
    // The other sheet is open still, and takes payments; the closed one takes none.
    afternoon.collect(&zhao, "300").await;
    let order = morning.order(&li, "200").await;
    let refused = morning.submit(order).await.unwrap_err();
    assert!(matches!(refused, CollectError::DayClosed | CollectError::OtherOutlet), "{refused:?}");
    let closed = afternoon.close().await;
    assert_eq!(closed.sheet.total.payments, 2);
    let again = morning.close_on(city.today()).await.unwrap_err();
    assert!(matches!(again, CloseError::AlreadyClosed), "{again:?}");
    assert_eq!(city.count("select count(*) from cashier_close").await, 2);
    assert_eq!(city.count("select count(*) from open_day").await, 0);
    city.check().await;
}

/// An order to close a day in its cashier's stead.
fn instead(of: DayOf, by: UserId, reason: &str) -> CloseDay {
    let substitute = Some(Substitute { by, reason: reason.to_owned() });
    CloseDay { of, seen: None, substitute }
}

#[tokio::test]
async fn the_day_of_a_cashier_who_has_left_is_closed_by_somebody_who_answers_for_the_outlet() {
    let city = City::new().await;
    let till = city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    till.collect(&chen, "110").await;
    let of = till.day();
    let (here, _) = city.outlet(DAOJIAO).await;
    let (there, _) = city.outlet(GAOBU).await;
    let finance = Role::OutletFinance;
    let ours = city.person("cai.wu", "财务", finance, Some(here), None).await;
    let theirs = city.person("cai.wu.er", "外网点财务", finance, Some(there), None).await;
    let clerk = city.person("lin", "林", Role::Clerk, Some(here), None).await;
    let close = async |order| close_day(&city.pool, &city.clock, order).await;

    let at_work = close(instead(of, ours, "请假")).await.unwrap_err();
    assert!(matches!(at_work, CloseError::AtWork), "{at_work:?}");
    disable_user(&city.pool, &city.clock, None, "chen.juan").await.unwrap();
    let own = till.close_on(of.day).await.unwrap_err();
    assert!(matches!(&own, CloseError::Database(e) if engine::access::is_refused(e)), "{own:?}");
    let mut said = Vec::new();
    for order in [
        instead(of, ours, " "),
        instead(of, theirs, "离职"),
        instead(of, till.cashier, "离职"),
        instead(DayOf { outlet: there, ..of }, theirs, "离职"),
    ] {
        said.push(close(order).await.unwrap_err().to_string());
    }
    assert_snapshot!(said.join("\n"), @r"
    请填写代结原因（200字以内）
    只能代结本网点收费员的收款
    本人的收款请在“今日收款与日结”办理日结
    收费员不存在，或当日不在该网点收费
    ");
    let no_right = close(instead(of, clerk, "离职")).await.unwrap_err();
    assert!(matches!(no_right, CloseError::Elsewhere), "{no_right:?}");

    let mut connection = city.pool.acquire().await.unwrap();
    let open = open_days(&mut connection, here, city.today()).await.unwrap();
    drop(connection);
    let open: Vec<_> = open.iter().map(|o| (o.name.as_str(), o.active, o.entries, o.net)).collect();
    assert_eq!(open, [("陈娟", false, 1, yuan("103.33"))]);
    let closed = close(instead(of, ours, "离职")).await.unwrap();
    assert_eq!(closed.sheet.total.net, yuan("103.33"));
    let told = "select concat_ws(' ', u.login, l.action, l.subject, l.details ->> 'reason')
        from operation_log l join app_user u on u.id = l.user_id order by l.id desc limit 1";
    let told: String = sqlx::query_scalar(told).fetch_one(&city.owner).await.unwrap();
    assert_eq!(told, "cai.wu closing.day.substitute 代结 2026-11-24 收费员 1 离职");
    city.check().await;
}
