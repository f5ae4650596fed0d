//! 用户档案与收费标准: looked up, changed and put right on their pages, by two persons where it takes two.

use axum::http::StatusCode;
use engine::access::change_password;
use engine::tariff::RateKind;
use terms::Role;

use super::Browser;
use super::site::{PASSWORD, Site};
use crate::city::{City, GAOBU};

/// A form as a browser sends it.
fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs: Vec<_> =
        fields.iter().map(|(name, text)| format!("{name}={}", escaped(text))).collect();
    pairs.join("&")
}

async fn done(browser: &Browser, at: &str, fields: &[(&str, &str)]) {
    let page = browser.post_form(at, &form(fields)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{at}: {}", page.text());
}

async fn refused(browser: &Browser, at: &str, fields: &[(&str, &str)], words: &[&str]) {
    let page = browser.post_form(at, &form(fields)).await;
    assert!(page.status.is_client_error(), "{at}: {} {}", page.status, page.text());
    for words in words {
        assert!(page.text().contains(words), "{at}, {words}: {}", page.text());
    }
}

#[tokio::test]
async fn an_account_is_changed_on_its_page_and_the_page_tells_its_history() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household("陈大文").await;
    let other = city.household("李四").await;
    for (login, name) in [("bill.er", "账务员"), ("shen.er", "审批员")] {
        city.person(login, name, Role::GroupAdministrator, None, None).await;
        change_password(&city.pool, &city.clock, None, login, PASSWORD).await.unwrap();
    }
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let (maker, checker) = (site.enter("bill.er").await, site.enter("shen.er").await);
    let here = format!("/accounts/{}", account.id);

    // By its number to its page; another number is said to be none.
    let found = clerk.get(&format!("/accounts?no={}", account.no)).await;
    assert_eq!((found.status, found.header("location")), (StatusCode::SEE_OTHER, here.as_str()));
    let none = clerk.get("/accounts?no=99999999").await.text();
    assert!(none.contains("没有户号 99999999"), "{none}");
    let page = clerk.get(&here).await.text();
    for words in
        ["陈大文", "13812341234", "居民阶梯", &account.serial_no, "资料没有更正过", "更正用水地址"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    // A clerk puts names and addresses right, and changes nothing that is charged by.
    assert!(!page.contains("提交档案变更") && !page.contains("更正水表资料"), "{page}");
    let (name, phone, reason) =
        (("name", "陈大文"), ("phone", "13900000000"), ("reason", "客户来电"));
    done(&clerk, &format!("{here}/payer"), &[name, phone, reason]).await;
    let (was, moved) = (("reason", ""), ("address", "东莞市道滘镇新路9号"));
    refused(&clerk, &format!("{here}/address"), &[moved, was], &["请填写更正原因", "新路9号"])
        .await;
    done(&clerk, &format!("{here}/address"), &[moved, reason]).await;
    done(&clerk, &format!("{here}/payer"), &[("name", "陈大闻"), phone, reason]).await;

    let from = ("valid_from", "2026-11-01");
    let change = format!("{here}/change");
    refused(&maker, &change, &[from, ("persons", "many"), reason], &["用水人数填写有误", "many"])
        .await;
    refused(&maker, &change, &[from, reason], &["与现有档案相同"]).await;
    let elsewhere = [from, ("payer_of", "99999999"), reason];
    refused(&maker, &change, &elsewhere, &["没有户号 99999999"]).await;
    let ratio = ("levy_percent", "50");
    refused(&maker, &change, &[from, ratio, reason], &["须填写文号", "value=\"50\""]).await;
    let passed = [from, ratio, ("doc_no", "东水〔2026〕1号"), ("payer_of", &other.no), reason];
    done(&maker, &change, &passed).await;

    // Both wait for another person.
    let own = maker.get("/accounts").await.text();
    assert!(own.contains("由另一人审批"), "{own}");
    let waiting = checker.get("/accounts").await.text();
    for words in ["计征比例 按标准 → 50%", "过户 → 李四", "陈大闻", "账务员", "陈娟"]
    {
        assert!(waiting.contains(words), "{words}: {waiting}");
    }
    let version = city.count("select max(id) from account_version").await;
    let name = city.count("select max(id) from payer_version where waits").await;
    refused(&maker, &format!("/changes/{version}/approve"), &[], &["须由他人审批"]).await;
    done(&checker, &format!("/corrections/{name}/approve"), &[]).await;
    done(&checker, &format!("/changes/{version}/approve"), &[]).await;
    let page = checker.get(&here).await.text();
    for words in ["李四", "50%", "已批准", "开户时", "新路9号", "审批员"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // A change of the month to come is approved today, and is not what the account is yet.
    let ahead =
        [("valid_from", "2026-12-01"), ("persons", "5"), ("doc_no", "东水〔2026〕2号"), reason];
    done(&maker, &change, &ahead).await;
    let version = city.count("select max(id) from account_version").await;
    done(&checker, &format!("/changes/{version}/approve"), &[]).await;
    let page = checker.get(&here).await.text();
    assert!(page.contains("将生效") && page.contains("用水人数 4人 → 5人"), "{page}");
    assert_eq!(city.count("select max(persons)::bigint from account").await, 4);
    // Before its day it is taken back, by two persons again.
    let back = format!("/changes/{version}/withdraw");
    assert!(!clerk.get(&here).await.text().contains("申请撤回"));
    assert!(maker.get(&here).await.text().contains("申请撤回"));
    refused(&maker, &back, &[("reason", " ")], &["请填写变更原因"]).await;
    done(&maker, &back, &[reason]).await;
    refused(&maker, &back, &[reason], &["待他人审批"]).await;
    let withdrawal = city.count("select max(id) from account_version").await;
    let waiting = checker.get("/accounts").await.text();
    assert!(waiting.contains(&format!("撤回变更 {version}（")), "{waiting}");
    done(&checker, &format!("/changes/{withdrawal}/approve"), &[]).await;
    let page = maker.get(&here).await.text();
    assert!(page.contains("已撤回") && !page.contains("申请撤回"), "{page}");
    assert!(!page.contains("将生效"), "{page}");
    let serial = ("serial_no", account.serial_no.as_str());
    let caliber = ("caliber_mm", "5");
    refused(&maker, &format!("{here}/meter"), &[serial, caliber, reason], &["口径应为"]).await;
    done(&maker, &format!("{here}/meter"), &[serial, ("to_serial_no", "S-77"), reason]).await;
    assert!(maker.get(&here).await.text().contains("S-77"));
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn rates_are_pasted_out_of_a_spreadsheet_and_hold_when_a_second_person_says_so() {
    let city = City::new().await;
    city.counter().await;
    let (_, gaobu) = city.outlet(GAOBU).await;
    for (login, name, town) in [
        ("bill.er", "账务员", None),
        ("shen.er", "审批员", None),
        ("gao.bu", "高埗管理员", Some(gaobu)),
    ] {
        city.person(login, name, Role::GroupAdministrator, None, town).await;
        change_password(&city.pool, &city.clock, None, login, PASSWORD).await.unwrap();
    }
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (maker, checker, local) =
        (site.enter("bill.er").await, site.enter("shen.er").await, site.enter("gao.bu").await);
    let table = |town: &str| {
        format!(
            "收费项目\t类别\t镇街\t生效日期\t计征比例\t基准人数\t计费依据\t无用水定额\t保底\t阶梯\t上限\t单价\t每人增量\t状态\t文号\t依据\n\
             垃圾处理费\t居民\t{town}\t2026-12-01\t1\t4\t立方米\t0\t0\t1\t\t0.7\t0\t正式\t东发改〔2026〕9号\t文件\n"
        )
    };
    let order = |table: &str| -> Vec<(&'static str, String)> {
        vec![
            ("kind", "tariff".to_owned()),
            ("reason", "调价".to_owned()),
            ("table", table.to_owned()),
        ]
    };
    let submit = async |browser: &Browser, table: &str| {
        let fields = order(table);
        let fields: Vec<_> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        browser.post_form("/rates/submit", &form(&fields)).await
    };
    // A template lies ready for each kind, and its heads are known; without a reason nothing is submitted.
    for kind in RateKind::ALL {
        let template = maker.get(&format!("/rates/template?kind={}", kind.code())).await;
        assert_eq!(template.status, StatusCode::OK, "{kind}");
        let table = template.text();
        let fields = [("kind", kind.code()), ("reason", ""), ("table", table.as_str())];
        let said = maker.post_form("/rates/submit", &form(&fields)).await;
        assert!(said.status.is_client_error(), "{kind}: {}", said.status);
        let said = said.text();
        assert!(!said.contains("表头缺少") && !said.contains("不能识别"), "{kind}: {said}");
    }
    let quotas =
        [("kind", "quota"), ("reason", "试填"), ("table", "户号,账务月份\n0530000007,2026-12\n")];
    refused(&maker, "/rates/submit", &quotas, &["表头缺少“定额”"]).await;
    // What does not read is said by row and column, and what was typed stays.
    let wrong = submit(&maker, &table("").replace("\t0.7\t", "\t七角\t")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = wrong.text();
    assert!(said.contains("第 1 行“单价”：内容不能识别") && said.contains("七角"), "{said}");
    let whole = submit(&maker, &table("")).await;
    assert_eq!(whole.status, StatusCode::SEE_OTHER, "{}", whole.text());
    // Who keeps one town orders nothing for the city, and does not see what waits for it.
    let beyond = submit(&local, &table("")).await;
    assert!(beyond.text().contains("市级管理员"), "{}", beyond.text());
    let own = submit(&local, &table("高埗")).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER, "{}", own.text());
    let seen = local.get("/rates").await.text().replace("&#x2f;", "/");
    assert_eq!(seen.matches("0.7元/立方米").count(), 1, "{seen}");
    let waiting = checker.get("/rates").await.text().replace("&#x2f;", "/");
    for words in
        ["垃圾处理费 居民 高埗 2026-12-01起 0.7元/立方米 东发改〔2026〕9号", "账务员", "调价"]
    {
        assert!(waiting.contains(words), "{words}: {waiting}");
    }
    let first = city.count("select min(id) from rate_order").await;
    refused(&maker, &format!("/rates/{first}/approve"), &[], &["须由他人审批"]).await;
    done(&checker, &format!("/rates/{first}/approve"), &[]).await;
    done(&checker, &format!("/rates/{}/refuse", first + 1), &[]).await;
    let page = checker.get("/rates").await.text();
    assert!(page.contains("已批准") && page.contains("已退回"), "{page}");
    refused(&checker, &format!("/rates/{first}/approve"), &[], &["不能重复审批"]).await;
    let held = "select count(*) from tariff_version where approved_at is not null and valid_from = '2026-12-01'";
    assert_eq!(city.count(held).await, 1);
    site.close().await;
    books.stop().await;
    city.check().await;
}
