//! What charges come to, case by case.

use std::collections::BTreeMap;

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
        at: Place::default(),
        quota: None,
    }
}

/// The same for so many months up to November.
fn months(months: u16, of: Usage) -> Usage {
    Usage { span: span(months.into()), ..of }
}

/// So many months up to November.
fn span(months: u32) -> Span {
    let november = BillPeriod::from_number(202_611).unwrap();
    let since = november.back(months);
    Span::new(since.last_day(), november.last_day(), since, november)
}

/// All that is due, with garbage of months that are alike and that bore so much before.
fn charge(usage: &Usage, charged: Money) -> Result<Vec<PricedLine>, NoPrice> {
    let book = seed::book().unwrap();
    let mut lines = price(&book, usage, &[])?;
    if usage.garbage_class == GarbageClass::Uncharged {
        return Ok(lines);
    }
    let version = book.find(FeeItem::Garbage, usage.garbage_class.code(), usage.place())?;
    if version.basis != RateBasis::Volume {
        lines.extend(price_quantity(usage, version, usage.span.months())?);
        return Ok(lines);
    }
    let (all, owner) = (usage.used_before + usage.volume, OrganisationId(1));
    let share = |months: u16| {
        Volume::rounded(all.figure() * Decimal::from(months) / Decimal::from(usage.span.months()))
    };
    let month = |at: u16| GarbageMonth {
        version,
        owner: Some(owner),
        persons: usage.persons,
        used: share(at + 1) - share(at),
    };
    let months: Vec<_> = (0..usage.span.months()).map(month).collect();
    let garbage = price_months(usage, &months, vec![(version.id, owner, charged)]);
    lines.extend(garbage.into_iter().map(|(_, line)| line));
    Ok(lines)
}

fn whole(usage: &Usage) -> Vec<PricedLine> {
    charge(usage, Money::ZERO).unwrap()
}

fn of_fee(lines: &[PricedLine], fee_item: FeeItem) -> Money {
    lines.iter().filter(|line| line.fee_item == fee_item).map(|line| line.amount).sum()
}

/// What one fee comes to.
fn fee(usage: &Usage, fee_item: FeeItem) -> Money {
    of_fee(&whole(usage), fee_item)
}

fn amounts(usage: &Usage) -> Vec<(FeeItem, i16, String)> {
    let lines = whole(usage);
    lines.iter().map(|line| (line.fee_item, line.tier, line.amount.to_string())).collect()
}

fn total(usage: &Usage) -> String {
    whole(usage).iter().map(|line| line.amount).sum::<Money>().to_string()
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
        let parts = price_sewage(&usage(drawn), sewage.as_ref().unwrap());
        assert_eq!(parts[0].amount().to_string(), want, "{why}");
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
        let shop = months(of, Usage { garbage_class: GarbageClass::Shop, ..usage(volume) });
        let lines = charge(&shop, Money::from_fen(before * 100)).unwrap();
        of_fee(&lines, FeeItem::Garbage).to_string()
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
    let (late, charged) = after(&[&usage(30)], usage(40));
    assert_eq!(total(&usage(30)), "103.33");
    let late = charge(&late, charged).unwrap();
    assert_eq!(late.iter().map(|line| line.amount).sum::<Money>().to_string(), "240.40");
    assert_eq!(total(&usage(70)), "343.73");
}

/// What is billed after other charges for the same month, and what they bore for garbage.
fn after(before: &[&Usage], late: Usage) -> (Usage, Money) {
    let (mut late, mut garbage) = (late, Money::ZERO);
    for charge in before {
        late.used_before += charge.volume;
        late.at.of_month += charge.volume;
        let lines = price(&seed::book().unwrap(), charge, &[]).unwrap();
        late.at.charged.extend(lines.iter().map(|line| (price_of(line), line.quantity)));
        garbage += fee(charge, FeeItem::Garbage);
    }
    (late, garbage)
}

fn price_of(line: &PricedLine) -> Price {
    let PricedLine { fee_item, tier, version, unit_price, .. } = *line;
    Price { fee_item, tier, version, unit_price }
}

/// The law of spans: whatever is used and however often it is read, the months come to the same. Volumes of
/// whole tens and limits of whole cubic metres leave nothing to round.
#[test]
fn equal_months_billed_at_once_or_apart_come_to_the_same() {
    let mut due = BTreeMap::new();
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
                    *due.entry(*fee_item).or_insert(0) += u32::from(one > Decimal::ZERO);
                }
            }
        }
    }
    // How often there was something to compare: self-suppliers buy no water, a shop owes for garbage without use, and
    // of those with a quota all but the first volumes lie above it.
    let due: Vec<_> = due.into_iter().collect();
    let fees = [FeeItem::Water, FeeItem::Sewage, FeeItem::Garbage, FeeItem::Overquota];
    assert_eq!(due, fees.into_iter().zip([1_200, 1_500, 1_050, 240]).collect::<Vec<_>>());
}

/// Nor does it matter in how many charges one span is billed, nor which meter of the account was read less often: where
/// the parts would come to more in some tier, the last of them is refused.
#[test]
fn a_span_billed_in_parts_comes_to_the_same() {
    let (mut compared, mut refused) = (0, 0);
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
                let (late, garbage) = after(&[&one], of(many, volume - first));
                let Ok(lines) = charge(&late, garbage) else {
                    assert!(of_first < of_late, "{first} of {whole:?}");
                    refused += 1;
                    continue;
                };
                for fee_item in FeeItem::ALL {
                    let parts = fee(&one, *fee_item) + of_fee(&lines, *fee_item);
                    assert_eq!(fee(&whole, *fee_item), parts, "{fee_item}: {first} of {whole:?}");
                }
                compared += 1;
            }
        }
    }
    assert_eq!((compared, refused), (3_152, 268));
}

/// A and B of a household: 44 m³ of A in October and November are billed after 10 m³ of B in October, and 10 m³ of B in
/// November late. All in all 64 m³ of two months: 44 × 1.72 + 20 × 2.58.
#[test]
fn a_meter_that_was_read_more_often_and_is_late_has_the_limits_of_the_other_one() {
    let october = usage(10);
    let mut one = months(2, usage(44));
    one.at.from = october.volume;
    let (mut late, _) = after(&[&one], months(2, usage(10)));
    late.at.from = october.volume;
    let water = [&october, &one, &late].map(|usage| {
        of_fee(&price(&seed::book().unwrap(), usage, &[]).unwrap(), FeeItem::Water).to_string()
    });
    assert_eq!(water, ["17.20", "84.28", "25.80"]);
}

/// Two versions: each month bears its own share and its own least, and what one was charged is not taken off another.
#[test]
fn a_month_by_another_rate_bears_its_own() {
    let book = seed::book().unwrap();
    let of =
        |class: GarbageClass| book.find(FeeItem::Garbage, class.code(), usage(0).place()).unwrap();
    let owner = OrganisationId(1);
    let month = |class, used| {
        let used = Volume::m3(used);
        GarbageMonth { version: of(class), owner: Some(owner), persons: 4, used }
    };
    let (shop, home) = (GarbageClass::Shop, GarbageClass::Resident);
    for (october, november, charged, want) in [
        ((shop, 15), (home, 15), 0, "59.60"),
        ((shop, 15), (home, 15), 50, "9.60"),
        ((home, 15), (shop, 15), 0, "59.60"),
        ((shop, 150), (home, 150), 50, "142.00"),
        ((shop, 0), (home, 0), 0, "50.00"),
    ] {
        let charged = vec![(of(shop).id, owner, Money::from_fen(charged * 100))];
        let months = [month(october.0, october.1), month(november.0, november.1)];
        let lines = price_months(&usage(0), &months, charged);
        let sum: Money = lines.iter().map(|(_, line)| line.amount).sum();
        assert_eq!(sum.to_string(), want, "{october:?} {november:?}");
    }
    let bins = Quantities { bins: Some(Decimal::from(12)), ..Quantities::default() };
    let class = GarbageClass::ByBin;
    let firm = Usage { garbage_class: class, quantities: bins, ..usage(10) };
    let line = price_quantity(&firm, of(class), 1).unwrap().unwrap();
    assert_eq!(line.amount.to_string(), "252.00");
    assert_eq!(price_quantity(&firm, of(class), 0), Ok(None));
    let unknown = Usage { quantities: Quantities::default(), ..firm };
    assert_eq!(price_quantity(&unknown, of(class), 1), Err(NoPrice::Quantity(RateBasis::Bin)));
    // At a rate of nothing nobody asks how much there is.
    let mut free = of(class).clone();
    let nothing = UnitPrice::default();
    free.tiers = crate::tariff::tier::Tiers::try_new(Vec::new(), nothing).unwrap();
    assert_eq!(price_quantity(&unknown, &free, 1), Ok(None));
}

/// Money first: what was charged before leaves no whole number of months.
#[test]
fn what_is_left_of_months_is_exact_to_the_fen() {
    let shop = months(3, Usage { garbage_class: GarbageClass::Shop, ..usage(10) });
    let lines = charge(&shop, Money::from_fen(3_333)).unwrap();
    let left = lines.last().unwrap();
    assert_eq!(
        (left.quantity.to_string(), left.amount.to_string()),
        ("2.333".into(), "116.67".into())
    );
    assert!(left.basis.ends_with(r#","charged":"33.33"}"#), "{}", left.basis);
    // What is less than a thousandth of a month is charged too.
    let lines = charge(&shop, Money::from_fen(14_998)).unwrap();
    assert_eq!(of_fee(&lines, FeeItem::Garbage).to_string(), "0.02");
}

#[test]
fn a_line_explains_itself() {
    let lines = whole(&usage(30));
    assert_eq!(lines.len(), 4, "two tiers of water, sewage and garbage");
    for line in &lines {
        let steps: serde_json::Value = serde_json::from_str(&line.basis).unwrap();
        assert_eq!(steps["use"], 30);
        assert_eq!(steps["price"].to_string(), line.unit_price.to_string());
        // The paper and the standing of the rate stand with its version, and not on every line.
        assert!(steps.get("doc").is_none() && steps.get("status").is_none(), "{}", line.basis);
        assert!(line.basis.len() <= 200, "{}", line.basis);
    }
}
