//! 数据范围: whoever is named behind an act changes nothing of another place, whatever door the act comes through: a row of
//! another place is as good as none.

use std::fmt::Display;

use engine::billing::{self, BillRun, RequestChargeReversal, request_charge_reversal};
use engine::channels::{
    self, Channel, PlaceHold, PostItem, ReleaseHold, RequestItem, ReturnItem, ReversePayment,
    SerialScope, Settled, Settles, Target,
};
use engine::closing::{CloseMonth, PeriodKind, close_month};
use engine::reading::{self, Decision, ImportFile, Review};
use engine::receipts::{Lease, Receive, TakeBack, lease, receive, take_back};
use engine::register::{
    AccountChange, Correct, Correction, NewAccount, NewBook, Pays, ServedAt, correct,
    decide_change, open_accounts, open_books, submit_change, withdraw_change,
};
use engine::remittance::{self, Remit, ReverseRemittance};
use engine::tariff::{NewQuota, RateRows, decide_rates, submit_rates};
use insta::assert_snapshot;
use terms::{
    ChargeId, FeeItem, OrganisationId, PayMethod, PayerId, PaymentId, ReadingId, ReceiptType, Role,
    ServicePointId, UserId,
};

use crate::city::{Account, City, DAOJIAO, Differs, GAOBU, m3, yuan};

fn told<T, E: Display>(what: &str, done: Result<T, E>) -> String {
    format!("{what}: {}", done.map_or_else(|refused| refused.to_string(), |_| "taken".to_owned()))
}

impl City {
    /// Somebody who works at an outlet of 高埗.
    async fn elsewhere(&self, role: Role) -> UserId {
        let (outlet, _) = self.outlet(GAOBU).await;
        self.person("elsewhere", "外镇人员", role, Some(outlet), None).await
    }

    /// Somebody who is bound to the town of 高埗.
    async fn of_gaobu(&self, login: &str, role: Role) -> UserId {
        let (_, town) = self.outlet(GAOBU).await;
        self.person(login, "外镇人员", role, None, Some(town)).await
    }

    /// Nobody of another place has left a mark: nothing was done.
    async fn nothing_was_done_elsewhere(&self) {
        let marks = "select count(*) from operation_log l join app_user u on u.id = l.user_id where u.name = '外镇人员'";
        assert_eq!(self.count(marks).await, 0);
        self.check().await;
    }

    async fn imports_for(&self, by: UserId, account: &Account) -> Result<(), String> {
        let table = format!("水表号,抄表时间,本期止码\n{},2026-11-24,30\n", account.serial_no);
        let file = ImportFile {
            name: "外镇.csv".to_owned(),
            bytes: table.into_bytes(),
            period: self.period(),
            entered_by: Some(by),
            corrects: false,
            all_zero: false,
            dry_run: false,
        };
        let report = reading::import(&self.pool, &self.clock, file).await.unwrap();
        report.refused.first().map_or(Ok(()), |row| Err(row.reason.clone()))
    }
}

#[tokio::test]
async fn nobody_reads_a_meter_of_another_place_nor_judges_its_readings() {
    let city = City::new().await;
    let (unread, read) = (city.household("陈大文").await, city.household("李四").await);
    city.read(&read, "30").await;
    let (pool, clock, period) = (&city.pool, &city.clock, city.period());
    let reader = city.elsewhere(Role::MeterReader).await;
    let by = Some(reader);
    let mut said = vec![
        told(
            "enter",
            reading::enter(pool, clock, period, by, vec![city.seen(&unread, "30")]).await,
        ),
        told(
            "correct",
            reading::correct(pool, clock, period, by, vec![city.seen(&read, "31")]).await,
        ),
        told("import", city.imports_for(reader, &unread).await),
    ];
    let (outlet, _) = city.outlet(GAOBU).await;
    let reviewed_by = city.person("judge", "外镇人员", Role::ReadingReviewer, Some(outlet), None);
    let reviewed_by = reviewed_by.await;
    let newest = ReadingId(city.count("select max(id) from reading").await);
    let review = Review { readings: vec![newest], decision: Decision::Rejected, reviewed_by };
    let judged = told("review", reading::review(pool, clock, review).await);
    said.push(judged.replace(&newest.to_string(), "N"));
    assert_snapshot!(said.join("\n"), @r"
    enter: 1 条抄表记录有误，均未入账；第 1 条：水表号：水表号不存在
    correct: 1 条抄表记录有误，均未入账；第 1 条：水表号：水表号不存在
    import: 水表号不存在
    review: 抄表记录 N 不在待审核状态
    ");
    city.nothing_was_done_elsewhere().await;
}

#[tokio::test]
async fn nobody_moves_paper_of_another_outlet() {
    let city = City::new().await;
    let till = city.counter().await;
    let (pool, clock, by) = (&city.pool, &city.clock, city.elsewhere(Role::OutletFinance).await);
    let (receipt_type, code) = (ReceiptType::WaterInvoice, "4419261".to_owned());
    let paper = |first: &str, last: &str, by| Receive {
        receipt_type,
        code: code.clone(),
        first: first.to_owned(),
        last: last.to_owned(),
        store: till.outlet,
        by,
    };
    let keeper = city.storekeeper().await;
    receive(pool, clock, paper("90000001", "90000010", keeper)).await.unwrap();
    let out = Lease {
        receipt_type,
        code: code.clone(),
        first_no: 90_000_001,
        last_no: 90_000_010,
        outlet: till.outlet,
        holder: till.cashier,
        by,
    };
    let first_no = i64::from(till.cashier.0) * 1_000 + 491;
    let back = TakeBack {
        receipt_type,
        code: code.clone(),
        first_no,
        last_no: first_no + 9,
        holder: till.cashier,
        by,
    };
    let said = [
        told("receive", receive(pool, clock, paper("90000011", "90000020", by)).await),
        told("lease", lease(pool, clock, out.clone()).await),
        told("take back", take_back(pool, clock, back.clone()).await),
    ];
    assert_snapshot!(said.join("\n"), @r"
    receive: 入库机构不存在
    lease: 网点或领用人不存在
    take back: 该号段不全在领用人手中，或其中已有号码使用，请核对票据代码和起止号
    ");
    city.nothing_was_done_elsewhere().await;
    // Whoever works for the outlet does all of it.
    lease(pool, clock, Lease { by: keeper, ..out }).await.unwrap();
    take_back(pool, clock, TakeBack { by: keeper, ..back }).await.unwrap();
}

#[tokio::test]
async fn nobody_changes_accounts_or_rates_of_another_town() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (pool, clock) = (&city.pool, &city.clock);
    let (by, maker) =
        (city.of_gaobu("elsewhere", Role::GroupAdministrator).await, city.manager().await);
    let change = || AccountChange {
        account_no: account.no.clone(),
        valid_from: city.today(),
        persons: Some(5),
        reason: "人口增加".to_owned(),
        ..AccountChange::default()
    };
    let waits = submit_change(pool, clock, maker, change()).await.unwrap();
    let correction = Correction {
        account_no: account.no.clone(),
        valid_from: city.today(),
        what: Correct::Address("东莞市新路9号".to_owned()),
        reason: "登记有误".to_owned(),
    };
    let quota = |volume| {
        let period = "2027-01".parse().unwrap();
        RateRows::Quotas(vec![NewQuota { account: account.id, period, volume: m3(volume) }])
    };
    let order = submit_rates(pool, clock, maker, quota("6000"), "定额").await.unwrap();
    let (outlet, town) = city.outlet(DAOJIAO).await;
    let name = "外镇册".to_owned();
    let book = NewBook { town, outlet, code: "W1".to_owned(), name, reader: None };
    let said = [
        told("change", submit_change(pool, clock, by, change()).await),
        told("approve", decide_change(pool, clock, by, waits, true).await)
            .replace(&waits.to_string(), "N"),
        told("withdraw", withdraw_change(pool, clock, by, waits, "有误").await)
            .replace(&waits.to_string(), "N"),
        told("correct", correct(pool, clock, by, correction).await),
        told("book", open_books(pool, clock, Some(by), &[book]).await),
        told("quota", submit_rates(pool, clock, by, quota("7000"), "定额").await),
        told("decide", decide_rates(pool, clock, by, order, true).await)
            .replace(&order.to_string(), "N"),
    ];
    let said = said.join("\n").replace(&account.no, "N");
    assert_snapshot!(said, @r"
    change: 户号不存在：N
    approve: 档案变更不存在：N
    withdraw: 档案变更不存在：N
    correct: 户号不存在：N
    book: 引用的表册、镇街、村或网点不存在：W1
    quota: 内容涉及您所在镇街以外的地方，须由市级管理员提交
    decide: 收费标准变更不存在：N
    ");
    city.nothing_was_done_elsewhere().await;
}

/// Whoever sees one of two accounts corrects nothing that the other one shows, and gives no account to a payer of elsewhere.
#[tokio::test]
async fn nobody_moves_rows_of_another_place_by_way_of_a_row_of_their_own() {
    let city = City::new().await;
    let till = city.counter().await;
    let (here, there) = (city.household("陈大文").await, city.open("王小明", GAOBU, |_| {}).await);
    // 王小明 pays for an account of 道滘 too; and another outlet of 道滘 serves the place of that account.
    let wang =
        PayerId(city.count("select payer_id from account where payer_name = '王小明'").await);
    let chen =
        PayerId(city.count("select payer_id from account where payer_name = '陈大文'").await);
    let shares = |new: &mut NewAccount| new.payer = Pays::Known(wang);
    city.open("", DAOJIAO, shares).await;
    let mut alike = None;
    city.open("孙七", GAOBU, |new| alike = Some(new.clone())).await;
    let mut opened = alike.unwrap();
    (opened.no, opened.payer) = ("90000001".to_owned(), Pays::Known(chen));
    opened.meter().serial_no = "M-90000001".to_owned();
    let (daojiao, town) = city.outlet(DAOJIAO).await;
    let next = "select name from organisation where town_id = $1 and id <> $2 order by id limit 1";
    let next: String =
        sqlx::query_scalar(next).bind(town.0).bind(daojiao.0).fetch_one(&city.owner).await.unwrap();
    let place = "select service_point_id from account where payer_name = '陈大文'";
    let place = ServicePointId(city.count(place).await);
    let beside = |new: &mut NewAccount| {
        new.point = ServedAt::Known(place);
        new.supplier = Some(OrganisationId(daojiao.0));
    };
    city.open("赵六", &next, beside).await;
    let (pool, clock) = (&city.pool, &city.clock);
    let by = city.of_gaobu("elsewhere", Role::GroupAdministrator).await;
    let say = async |by, account: &Account, what| {
        let account_no = account.no.clone();
        let reason = "登记有误".to_owned();
        let correction = Correction { account_no, valid_from: city.today(), what, reason };
        correct(pool, clock, by, correction).await
    };
    let payer = |name: Option<&str>, phone: Option<&str>| Correct::Payer {
        name: name.map(str::to_owned),
        phone: phone.map(str::to_owned),
        document: None,
    };
    let address = || Correct::Address("东莞市新路9号".to_owned());
    let passes = AccountChange {
        account_no: there.no.clone(),
        valid_from: city.today(),
        payer: Some(Pays::Known(chen)),
        reason: "房屋买卖".to_owned(),
        ..AccountChange::default()
    };
    let said = [
        told("phone", say(by, &there, payer(None, Some("13900000000"))).await),
        told("name", say(by, &there, payer(Some("王小民"), None)).await),
        told("address", say(till.cashier, &here, address()).await),
        told("payer", submit_change(pool, clock, by, passes.clone()).await),
        told("opened", open_accounts(pool, clock, Some(by), &[opened]).await),
    ];
    let said = said.join("\n").replace(&format!("不存在：{chen}\n"), "不存在：N\n");
    assert_snapshot!(said, @r"
    phone: 该缴费人或用水点还有不在您数据范围内的其他户号，更正会一并改动，须由市级管理员办理
    name: 该缴费人或用水点还有不在您数据范围内的其他户号，更正会一并改动，须由市级管理员办理
    address: 该缴费人或用水点还有不在您数据范围内的其他户号，更正会一并改动，须由市级管理员办理
    payer: 缴费人不存在：N
    opened: 引用的表册、镇街、村或网点不存在：90000001
    ");
    city.nothing_was_done_elsewhere().await;
    // Who sees the town sees both outlets, and who sees the city all of it.
    let local = city.person("local", "本镇人员", Role::GroupAdministrator, None, Some(town)).await;
    say(local, &here, address()).await.unwrap();
    let manager = city.manager().await;
    say(manager, &there, payer(None, Some("13900000000"))).await.unwrap();
    submit_change(pool, clock, manager, passes).await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn nobody_moves_the_money_of_another_town_nor_of_all_towns() {
    let city = City::new().await;
    let (paid, owing) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    );
    let other = city.household("王五").await;
    let item = |account: &Account, serial: &str, gross: &str| Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial: serial.to_owned(),
        gross: yuan(gross),
    };
    assert_eq!(city.settle("wechat", "W1", vec![item(&paid, "1", "103.33")]).await.posted, 1);
    assert_eq!(city.settle("wechat", "W2", vec![item(&owing, "2", "1")]).await.refused.len(), 1);
    let payment = PaymentId(city.count("select max(id) from payment").await);
    let waiting = city.count("select max(id) from channel_item").await;
    let charge = ChargeId(city.count("select max(id) from charge").await);
    let held = city.household_owing_for("赵六", "30").await;
    assert_eq!(city.hold(&[&held], "DK1124").await.unwrap(), 1);
    let (pool, clock, period) = (&city.pool, &city.clock, city.period());
    let by = city.of_gaobu("elsewhere", Role::GroupAdministrator).await;
    let (organisation, town) = city.outlet(DAOJIAO).await;
    let why = || "核对".to_owned();
    let (channel, reference) = ("withhold".to_owned(), "DK1125".to_owned());
    let ends_at = clock.0 + chrono::TimeDelta::hours(1);
    let hold =
        PlaceHold { channel: channel.clone(), reference, accounts: vec![other.id], ends_at, by };
    let free = ReleaseHold { channel, reference: "DK1124".to_owned(), reason: why(), by };
    let new = Channel {
        id: 0,
        code: "new".to_owned(),
        name: "新渠道".to_owned(),
        method: PayMethod::Wechat,
        serial_scope: SerialScope::Day,
    };
    let table = format!("流水号,用户号,金额,账务月份\n9,{},103.33,{period}\n", owing.no);
    let file = ("w3.csv".to_owned(), table.as_bytes());
    let items = channels::parse(table.as_bytes()).unwrap();
    let place = ("wechat".to_owned(), "W3".to_owned(), city.today());
    let run = BillRun {
        period,
        bill_date: city.today(),
        due_date: city.today() + chrono::Days::new(24),
        workers: 1,
        by: Some(by),
    };
    let month = CloseMonth { organisation, kind: PeriodKind::Read, period: period.previous(), by };
    let post = PostItem { item: waiting, target: Target::Prepaid, by };
    let moved = RequestItem { item: waiting, account: other.id, target: Target::Prepaid, by };
    let back = ReturnItem { item: waiting, reason: why(), by };
    let taken = ReversePayment { payment, reason: why(), returned: false, by };
    let wanted = RequestChargeReversal { charge, reason: why(), by };
    let said = [
        told("charge", request_charge_reversal(pool, clock, wanted).await),
        told("post", channels::post_item(pool, clock, post).await),
        told("move", channels::request_item(pool, clock, moved).await),
        told("return", channels::return_item(pool, clock, back).await),
        told("reverse", channels::reverse(pool, clock, taken).await),
        told("hold", channels::place_hold(pool, clock, hold).await),
        told("release", channels::release_hold(pool, clock, free).await),
        told("file", channels::take_batch(pool, clock, place, file, items, by).await),
        told("channel", channels::add_channel(pool, clock, by, new).await),
        told("bills", billing::run(pool, clock, run, |_| {}).await),
        told("month", close_month(pool, clock, month).await),
    ];
    assert_snapshot!(said.join("\n"), @r"
    charge: 应收记录不存在，请核对应收编号
    post: 用户不存在
    move: 用户不存在
    return: 用户不存在
    reverse: 缴费记录不存在，或不是渠道缴费
    hold: 用户不存在
    release: 该批次或订单没有锁定中的账单
    file: 渠道文件涉及全市，须由不限镇街的人员接收
    channel: 渠道涉及全市，须由不限镇街的人员登记
    bills: 计费涉及全市，须由不限镇街的人员办理
    month: 机构不存在
    ");
    let remit = |voucher: &str, owner| Remit {
        town,
        owner,
        fee_item: FeeItem::Sewage,
        pay_period: period,
        amount: yuan("1"),
        voucher_no: voucher.to_owned(),
    };
    let owner = city.sewage_owner(town).await;
    let ours = city.person("cai", "财政", Role::Finance, None, None).await;
    let id = remittance::record(pool, clock, ours, remit("JK1", owner)).await.unwrap().id;
    let theirs = city.of_gaobu("cai.er", Role::Finance).await;
    let wrong = ReverseRemittance { id, reason: why(), by: theirs };
    let said = [
        told("remit", remittance::record(pool, clock, theirs, remit("JK2", owner)).await),
        told("take back", remittance::reverse(pool, clock, wrong).await),
    ];
    assert_snapshot!(said.join("\n"), @r"
    remit: 镇街不存在
    take back: 上缴记录不存在
    ");
    city.nothing_was_done_elsewhere().await;
}
