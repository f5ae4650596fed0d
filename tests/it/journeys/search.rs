//! 用户查询: an account by whatever the payer can say of it.

use engine::register::{SearchScope, search};

use crate::city::{Account, City, DAOJIAO, Differs, GAOBU};

impl City {
    /// The numbers that a clerk of an outlet finds, with what stands beside them.
    async fn found(&self, outlet: &str, text: &str) -> Vec<String> {
        let (outlet, _) = self.outlet(outlet).await;
        let mut connection = self.pool.acquire().await.unwrap();
        let scope = SearchScope::Outlet(outlet);
        let found = search(&mut connection, scope, text).await.unwrap();
        let mut numbers: Vec<_> = found.cards.into_iter().map(|card| card.no).collect();
        numbers.extend(found.elsewhere.map(|e| format!("{} 属于{}", e.no, e.outlet_name)));
        numbers
    }

    async fn payer(&self, outlet: &str, no: &str, name: &str, address: &str) -> Account {
        self.open(name, outlet, |new| {
            new.no = no.to_owned();
            new.meter().serial_no = format!("DG{no}");
            new.payer().phone = Some(format!("138{}", &no[2..]));
            new.point().address = address.to_owned();
        })
        .await
    }
}

#[tokio::test]
async fn a_payer_is_found_by_whatever_he_can_say() {
    let city = City::new().await;
    let firm = "东莞市道滘顺景电子有限公司";
    city.payer(DAOJIAO, "0530000052", "陈堃", "东莞市道滘镇昌平路41号3栋").await;
    city.payer(DAOJIAO, "0530001649", firm, "东莞市道滘镇振兴路12号").await;
    city.payer(DAOJIAO, "0530000041", "李100%_满", "东莞市道滘镇昌平路7号").await;
    city.payer(GAOBU, "0010000001", "陈堃", "东莞市高埗镇昌平路41号").await;
    let one: &[(&str, &str)] = &[
        ("0530000052", "0530000052"),
        ("530000052", "0530000052"),
        ("000052", "0530000052"),
        ("1649", "0530001649"),
        ("dg0530001649", "0530001649"),
        ("ＤＧ０５３０００１６４９", "0530001649"),
        ("０５３０００００５２", "0530000052"),
        ("13830000052", "0530000052"),
        ("30000052", "0530000052"),
        ("顺景电子", "0530001649"),
        ("堃", "0530000052"),
        ("陈 堃", "0530000052"),
        ("昌平 41号", "0530000052"),
        ("  昌平路\u{3000}陈 ", "0530000052"),
        ("100%", "0530000041"),
        ("%_满", "0530000041"),
        ("%", "0530000041"),
    ];
    for (text, no) in one {
        assert_eq!(city.found(DAOJIAO, text).await, [*no], "{text}");
    }
    // The number before the house, and the name before the address.
    assert_eq!(city.found(DAOJIAO, "41").await, ["0530000041", "0530000052"]);
    for nothing in ["", "  ", "张三", "昌平 振兴", "\\", "'", "1649x", "\0"] {
        assert_eq!(city.found(DAOJIAO, nothing).await, Vec::<String>::new(), "{nothing}");
    }
}

#[tokio::test]
async fn an_account_of_another_outlet_is_said_to_be_there() {
    let city = City::new().await;
    city.payer(GAOBU, "0010000001", "陈堃", "东莞市高埗镇昌平路41号").await;
    let there = format!("0010000001 属于{GAOBU}");
    for whole in ["0010000001", "dg0010000001", "００１０００００01"] {
        assert_eq!(city.found(DAOJIAO, whole).await, std::slice::from_ref(&there), "{whole}");
    }
    // Names and parts of numbers stay with the outlet that they belong to.
    for part in ["陈堃", "10000001", "昌平"] {
        assert_eq!(city.found(DAOJIAO, part).await, Vec::<String>::new(), "{part}");
    }
}

#[tokio::test]
async fn who_finds_many_is_told_how_many() {
    let city = City::new().await;
    for n in 0..23 {
        city.payer(DAOJIAO, &format!("05300010{n:02}"), "王小明", "东莞市道滘镇振兴路").await;
    }
    let mut connection = city.pool.acquire().await.unwrap();
    let (outlet, town) = city.outlet(DAOJIAO).await;
    for scope in [SearchScope::Outlet(outlet), SearchScope::Town(town), SearchScope::City] {
        let found = search(&mut connection, scope, "小明 道滘").await.unwrap();
        assert_eq!((found.cards.len(), found.total, found.and_more), (20, 23, false), "{scope:?}");
    }
}
