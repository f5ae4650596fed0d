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

/// The beginning of a number, the highest of them first; the end of one goes before.
#[tokio::test]
async fn who_knows_how_a_number_begins_finds_it() {
    let city = City::new().await;
    for (no, name) in [("0530000052", "陈堃"), ("0530000101", "李四"), ("0531000530", "王五")]
    {
        city.payer(DAOJIAO, no, name, "东莞市道滘镇振兴路12号").await;
    }
    city.payer(GAOBU, "0530000099", "赵六", "东莞市高埗镇昌平路41号").await;
    let whom: &[(&str, &[&str])] = &[
        ("0530", &["0531000530", "0530000101", "0530000052"]),
        ("053000", &["0530000101", "0530000052"]),
        ("０５３００００１", &["0530000101"]),
        ("dg0530", &["0530000101", "0530000052"]),
        ("DG05300000", &["0530000052"]),
        ("1383", &["0531000530", "0530000101", "0530000052"]),
        ("1383000010", &["0530000101"]),
        // Fewer than four are an end, or nothing.
        ("053", &[]),
        ("530", &["0531000530"]),
    ];
    for (text, numbers) in whom {
        assert_eq!(city.found(DAOJIAO, text).await, *numbers, "{text}");
    }
}

/// Meters are looked for in the whole city: where too many begin so, that is said, though none of them is here.
#[tokio::test]
async fn a_meter_that_begins_as_too_many_do_is_not_said_to_be_nowhere() {
    let city = City::new().await;
    let there = city.payer(GAOBU, "0010000001", "陈堃", "东莞市高埗镇昌平路41号").await;
    sqlx::query(
        "insert into meter (service_point_id, account_id, serial_no, caliber_mm, max_range, start_index, installed_on)
         select service_point_id, id, 'ZZ24' || lpad(n::text, 8, '0'), 15, 99999, 0, '2026-01-01'
         from account, generate_series(1, 1000) n where id = $1",
    )
    .bind(there.id.0)
    .execute(&city.owner)
    .await
    .unwrap();
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let mut connection = city.pool.acquire().await.unwrap();
    for (text, is_more) in [("zz24", true), ("zz2400001", false)] {
        let found = search(&mut connection, SearchScope::Outlet(outlet), text).await.unwrap();
        assert_eq!((found.cards.len(), found.and_more), (0, is_more), "{text}");
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
    for scope in [SearchScope::Outlet(outlet), SearchScope::Town(town)] {
        let found = search(&mut connection, scope, "小明 道滘").await.unwrap();
        assert_eq!((found.cards.len(), found.total, found.and_more), (20, 23, false), "{scope:?}");
    }
}
