//! What charges come to, case by case.

use super::*;
use crate::tariff::seed;
use terms::BillPeriod;

fn usage(volume: i64) -> Usage {
    Usage {
        town: TownId(441_900_003),
        supplier: OrganisationId(1),
        use_class: UseClass::Resident,
        sewage_class: SewageClass::Resident,
        garbage_class: GarbageClass::Resident,
        persons: 4,
        quantities: Quantities::default(),
        levy_ratio: None,
        span: span(1),
        volume: Volume::m3(volume),
        used_before: Volume::ZERO,
        apart: Apart::default(),
        garbage: GarbageMonths::alike(1),
        quota: None,
    }
}

/// The same for so many months up to November.
fn months(months: u16, of: Usage) -> Usage {
    Usage { span: span(months.into()), garbage: GarbageMonths::alike(months), ..of }
}

/// So many months up to November.
fn span(months: u32) -> Span {
    let november = BillPeriod::from_number(202_611).unwrap();
    let since = november.back(months);
    Span::new(since.last_day(), november.last_day(), since, november)
}

/// What one fee comes to.
fn fee(usage: &Usage, fee_item: FeeItem) -> Money {
    let lines = price(&seed::book().unwrap(), usage).unwrap();
    lines.iter().filter(|line| line.fee_item == fee_item).map(|line| line.amount).sum()
}

fn amounts(usage: &Usage) -> Vec<(FeeItem, i16, String)> {
    let book = seed::book().unwrap();
    price(&book, usage)
        .unwrap()
        .iter()
        .map(|line| (line.fee_item, line.tier, line.amount.to_string()))
        .collect()
}

fn total(usage: &Usage) -> String {
    price(&seed::book().unwrap(), usage)
        .unwrap()
        .iter()
        .map(|line| line.amount)
        .sum::<Money>()
        .to_string()
}

#[test]
fn thirty_cubic_metres_of_a_household() {
    let usage = usage(30);
    assert_eq!(
        amounts(&usage),
        [
            (FeeItem::Water, 1, "37.84".to_owned()),
            (FeeItem::Water, 2, "20.64".to_owned()),
            (FeeItem::Sewage, 1, "25.65".to_owned()),
            (FeeItem::Garbage, 1, "19.20".to_owned()),
        ]
    );
    assert_eq!(total(&usage), "103.33");
}

#[test]
fn the_third_tier() {
    let water = fee(&usage(45), FeeItem::Water);
    assert_eq!(water.to_string(), "110.08");
}

#[test]
fn estates_pay_less_for_garbage() {
    for (class, want) in
        [(GarbageClass::PropertyEstate, "15.36"), (GarbageClass::SortedEstate, "13.82")]
    {
        let usage = Usage { garbage_class: class, ..usage(30) };
        assert_eq!(amounts(&usage).last().unwrap().2, want);
    }
}

#[test]
fn use_above_the_quota_bears_the_surcharge() {
    let usage = Usage {
        use_class: UseClass::NonResident,
        sewage_class: SewageClass::Exempt,
        garbage_class: GarbageClass::Uncharged,
        quota: Some(Volume::m3(6000)),
        ..usage(8000)
    };
    let surcharge: Vec<_> =
        amounts(&usage).into_iter().filter(|line| line.0 == FeeItem::Overquota).collect();
    let surcharge: Vec<_> = surcharge.iter().map(|line| line.2.as_str()).collect();
    assert_eq!(surcharge, ["2616.00", "3488.00"]);
}

#[test]
fn self_supplied_water_pays_for_nine_tenths_of_what_is_drawn() {
    let book = seed::book().unwrap();
    let sewage = book.find(FeeItem::Sewage, SewageClass::NonResident.code(), usage(0).place());
    for (why, drawn, want) in
        [("metered", 12_000, "15120.00"), ("pump of 50 m³ an hour", 50 * 24 * 30, "45360.00")]
    {
        let lines = price_sewage(&usage(drawn), sewage.as_ref().unwrap()).unwrap();
        assert_eq!(lines[0].amount.to_string(), want, "{why}");
    }
}

#[test]
fn a_shop_without_use_pays_its_fixed_garbage_charge() {
    let usage = Usage { garbage_class: GarbageClass::Shop, ..usage(0) };
    assert_eq!(amounts(&usage), [(FeeItem::Garbage, 1, "50.00".to_owned())]);
    assert!(amounts(&Usage { garbage_class: GarbageClass::Resident, ..usage }).is_empty());
}

#[test]
fn the_first_reading_of_a_meter_has_the_limits_of_all_its_months() {
    let usage = months(5, usage(100));
    assert_eq!(fee(&usage, FeeItem::Water).to_string(), "172.00");
}

#[test]
fn a_firm_below_its_quota_in_each_month_bears_no_surcharge() {
    let quota = Some(Volume::m3(12_000));
    let firm = months(2, Usage { use_class: UseClass::NonResident, quota, ..usage(11_000) });
    assert_eq!(fee(&firm, FeeItem::Overquota), Money::ZERO);
    let one_month = Usage { quota: Some(Volume::m3(6_000)), ..firm };
    assert_eq!(fee(&one_month, FeeItem::Overquota).to_string(), "24852.00");
}

#[test]
fn a_shop_pays_its_fixed_garbage_charge_for_each_month_without_use() {
    let shop = months(3, Usage { garbage_class: GarbageClass::Shop, ..usage(0) });
    assert_eq!(total(&shop), "150.00");
}

#[test]
fn a_shop_pays_at_least_its_minimum_and_no_month_twice() {
    let shop = |volume, of, before: i64| {
        let mut shop = months(of, Usage { garbage_class: GarbageClass::Shop, ..usage(volume) });
        shop.garbage.charged = Money::from_fen(before * 100);
        fee(&shop, FeeItem::Garbage).to_string()
    };
    for (why, volume, months, before, want) in [
        ("one cubic metre", 1, 1, 0, "50.00"),
        ("three months and a little", 10, 3, 0, "150.00"),
        ("more than the least", 300, 3, 0, "192.00"),
        ("two of three months were charged unread", 0, 3, 100, "50.00"),
        ("and it used a little", 10, 3, 100, "50.00"),
        ("and it used much", 300, 3, 100, "92.00"),
        ("all were charged", 10, 3, 150, "0.00"),
        ("all were charged, and it used much", 300, 3, 150, "42.00"),
    ] {
        assert_eq!(shop(volume, months, before), want, "{why}");
    }
}

#[test]
fn a_second_meter_goes_on_where_the_first_one_ended() {
    let late = after(&[&usage(30)], usage(40));
    assert_eq!(total(&usage(30)), "103.33");
    assert_eq!(total(&late), "240.40");
    assert_eq!(total(&usage(70)), "343.73");
}

/// What is billed after other charges for the same month.
fn after(before: &[&Usage], late: Usage) -> Usage {
    let mut late = late;
    for charge in before {
        late.used_before += charge.volume;
        late.apart.volume += charge.volume;
        let lines = price(&seed::book().unwrap(), charge).unwrap();
        late.apart.lines.extend(lines.iter().map(|line| (line.fee_item, line.tier, line.quantity)));
        late.garbage.charged += fee(charge, FeeItem::Garbage);
    }
    late
}

/// The law of spans: whatever is used and however often it is read, the months come to the same. Volumes of
/// whole tens and limits of whole cubic metres leave nothing to round.
#[test]
fn equal_months_billed_at_once_or_apart_come_to_the_same() {
    for class in UseClass::ALL {
        for garbage_class in [GarbageClass::Resident, GarbageClass::Shop, GarbageClass::Uncharged] {
            for (volume, many, persons) in (0..=200)
                .step_by(20)
                .flat_map(|volume| [1, 2, 3, 5, 12].map(|many| (volume, many)))
                .flat_map(|(volume, many)| [4, 7].map(|persons| (volume, many, persons)))
            {
                let quota = (*class == UseClass::NonResident).then(|| Volume::m3(50));
                let apart =
                    Usage { use_class: *class, garbage_class, persons, quota, ..usage(volume) };
                let volume = Volume::m3(volume * i64::from(many));
                let quota =
                    quota.map(|quota| Volume::rounded(quota.figure() * Decimal::from(many)));
                let at_once = months(many, Usage { volume, quota, ..apart.clone() });
                for fee_item in FeeItem::ALL {
                    let one = fee(&apart, *fee_item).yuan();
                    let all = fee(&at_once, *fee_item).yuan();
                    assert_eq!(all, one * Decimal::from(many), "{fee_item}: {at_once:?}");
                }
            }
        }
    }
}

/// Nor does it matter in how many charges one span is billed, nor which meter of the account was read less often: where
/// the parts would come to more in some tier, the last of them is refused.
#[test]
fn a_span_billed_in_parts_comes_to_the_same() {
    let mut refused = 0;
    for (class, garbage_class) in [
        (UseClass::Resident, GarbageClass::Resident),
        (UseClass::NonResident, GarbageClass::Resident),
        (UseClass::Resident, GarbageClass::Shop),
    ] {
        let of = |many: u16, volume| {
            let quota = (class == UseClass::NonResident).then(|| Volume::m3(50 * i64::from(many)));
            months(many, Usage { use_class: class, garbage_class, quota, ..usage(volume) })
        };
        for (volume, first) in (20..=400)
            .step_by(20)
            .flat_map(|volume| (20..volume).step_by(20).map(move |first| (volume, first)))
        {
            for (of_first, of_late) in [(1, 1), (2, 2), (3, 3), (2, 1), (1, 2), (1, 3)] {
                let many = of_first.max(of_late);
                let (whole, one) = (of(many, volume), of(of_first, first));
                let late = after(&[&one], of(many, volume - first));
                let Ok(lines) = price(&seed::book().unwrap(), &late) else {
                    assert!(of_first < of_late, "{first} of {whole:?}");
                    refused += 1;
                    continue;
                };
                for fee_item in FeeItem::ALL {
                    let its = lines.iter().filter(|line| line.fee_item == *fee_item);
                    let parts = fee(&one, *fee_item) + its.map(|line| line.amount).sum::<Money>();
                    assert_eq!(fee(&whole, *fee_item), parts, "{fee_item}: {first} of {whole:?}");
                }
            }
        }
    }
    assert!(refused > 0);
}

/// A and B of a household: 44 m³ of A in October and November are billed after 10 m³ of B in October, and 10 m³ of B in
/// November late. All in all 64 m³ of two months: 44 × 1.72 + 20 × 2.58.
#[test]
fn a_meter_that_was_read_more_often_and_is_late_has_the_limits_of_the_other_one() {
    let october = usage(10);
    let mut one = months(2, usage(44));
    one.used_before = october.volume;
    let mut late = after(&[&one], months(2, usage(10)));
    late.used_before += october.volume;
    let water = [&october, &one, &late].map(|usage| fee(usage, FeeItem::Water).to_string());
    assert_eq!(water, ["17.20", "84.28", "25.80"]);
}

/// Months stay as they were charged by their own last day: the late reading pays for those that are open.
#[test]
fn a_month_charged_by_another_rate_is_not_priced_anew() {
    let mut shop = months(2, Usage { garbage_class: GarbageClass::Shop, ..usage(10) });
    // October bore 60 yuan by another rate.
    let sixty = Money::from_fen(60_00);
    shop.garbage = GarbageMonths { others: sixty, charged: sixty, ..GarbageMonths::alike(1) };
    assert_eq!(fee(&shop, FeeItem::Garbage).to_string(), "50.00");
    shop.volume = Volume::m3(300);
    assert_eq!(fee(&shop, FeeItem::Garbage).to_string(), "132.00");
    let bins = Quantities { bins: Some(Decimal::from(12)), ..Quantities::default() };
    let class = GarbageClass::ByBin;
    let mut firm = months(3, Usage { garbage_class: class, quantities: bins, ..usage(10) });
    firm.garbage = GarbageMonths { open: 1, ..GarbageMonths::alike(2) };
    assert_eq!(fee(&firm, FeeItem::Garbage).to_string(), "252.00");
    // Of 30 m³ in October by bins and in November by water, 15 m³ are November's.
    let mut home = months(2, usage(30));
    home.garbage = GarbageMonths { dry: 1, ..GarbageMonths::alike(1) };
    assert_eq!(fee(&home, FeeItem::Garbage).to_string(), "9.60");
}

/// Money first: what was charged before leaves no whole number of months.
#[test]
fn what_is_left_of_months_is_exact_to_the_fen() {
    let mut shop = months(3, Usage { garbage_class: GarbageClass::Shop, ..usage(10) });
    shop.garbage.charged = Money::from_fen(33_33);
    let lines = price(&seed::book().unwrap(), &shop).unwrap();
    let left = lines.last().unwrap();
    assert_eq!(
        (left.quantity.to_string(), left.amount.to_string()),
        ("2.333".into(), "116.67".into())
    );
    assert!(left.basis.ends_with(r#","charged":"33.33"}"#), "{}", left.basis);
    // What is less than a thousandth of a month is charged too.
    shop.garbage.charged = Money::from_fen(149_98);
    assert_eq!(fee(&shop, FeeItem::Garbage).to_string(), "0.02");
}

#[test]
fn a_line_explains_itself() {
    let book = seed::book().unwrap();
    let lines = price(&book, &usage(30)).unwrap();
    for line in &lines {
        let steps: serde_json::Value = serde_json::from_str(&line.basis).unwrap();
        assert_eq!(steps["use"], 30);
        assert_eq!(steps["price"].to_string(), line.unit_price.to_string());
        // The paper and the standing of the rate stand with its version, and not on every line.
        assert!(steps.get("doc").is_none() && steps.get("status").is_none(), "{}", line.basis);
        assert!(line.basis.len() <= 200, "{}", line.basis);
    }
}
