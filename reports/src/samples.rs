//! Made-up reports of any length, with the hard characters of Dongguan, for the tests of layout and renderers.

use chrono::{DateTime, Utc};
use terms::{Lsn, Money, OutletId, PayMethod, Volume};

use crate::cell::Cell;
use crate::collection::{DAILY_COLLECTION, DAILY_DETAIL};
use crate::column::Kind;
use crate::laid_out::{DataPosition, LaidOut, Made, TieOut};
use crate::layout::{Parts, assemble};
use crate::params::Params;
use crate::report::Report;
use crate::table::Table;

pub(crate) fn moment() -> DateTime<Utc> {
    "2026-11-24T06:05:12Z".parse().unwrap()
}

/// A report of `rows` rows; every row its own cashier, so that no 小计 comes between.
pub(crate) fn report(definition: &'static Report, rows: usize) -> LaidOut {
    laid_out(definition, rows, Some(OutletId(7)), 2)
}

/// A day on which money was left too: paper of each family was used, and each has its note.
pub(crate) fn noted(rows: usize) -> LaidOut {
    laid_out(&DAILY_COLLECTION, rows, Some(OutletId(7)), 3)
}

/// The picture of `look/report.png`, and more rows after it.
pub(crate) fn daily(rows: usize) -> LaidOut {
    report(&DAILY_COLLECTION, rows)
}

/// Each payment of a day.
pub(crate) fn detail(rows: usize) -> LaidOut {
    report(&DAILY_DETAIL, rows)
}

/// All outlets, with a 小计 for each cashier and outlet.
pub(crate) fn city(definition: &'static Report, rows: usize) -> LaidOut {
    laid_out(definition, rows, None, 2)
}

const NOTES: [&str; 3] = [
    "水费发票：0092 00000799–00001179，共 381 张（红票 1，作废 1）",
    "非税票据：AB0031 00004101–00004476，共 376 张（红票 1，作废 0）",
    "预存收据：YC2601 00200001、YC2601 02700001、YC2601 05200001，共 3 张（红票 0，作废 0）",
];

fn laid_out(
    definition: &'static Report,
    rows: usize,
    outlet: Option<OutletId>,
    notes: usize,
) -> LaidOut {
    let params = Params::default()
        .with("day", "2026-11-24")
        .with("outlet", outlet.map_or(0, |outlet| outlet.0).to_string());
    let answered = params.check(definition).unwrap();
    let grouped = outlet.is_none();
    let rows = (0..rows).map(|i| {
        definition.columns.iter().map(|column| cell(column.name, column.kind, i, grouped)).collect()
    });
    assemble(Parts {
        report: definition,
        answered: &answered,
        unit: if grouped {
            "全部网点".into()
        } else {
            "水务集团供水有限公司茶山分公司".into()
        },
        table: Table { columns: definition.columns, rows: rows.collect() },
        notes: NOTES[..notes].iter().map(|note| (*note).to_owned()).collect(),
        checks: vec![TieOut {
            label: "与票据一致".into(), equal: true, difference: Money::ZERO
        }],
        position: DataPosition {
            lsn: Lsn(0x5A3F_1C80),
            committed_at: moment(),
            snapshot: 12,
            hot_rows: 0,
        },
        made: Made { at: moment(), by: "收费员甲".into() },
    })
}

fn cell(name: &str, kind: Kind, i: usize, grouped: bool) -> Cell {
    const PLACES: [&str; 6] = ["道滘", "高埗", "木棆", "塱尾", "磡头", "茶山"];
    const PEOPLE: [&str; 8] = ["陈喆", "何堃", "黎赟", "叶玥", "莫昇", "卢䶮", "袁㙍", "周𠮟"];
    let n = i64::try_from(i).unwrap();
    match (name, kind) {
        ("outlet_name", _) => {
            Cell::words(format!("水务集团供水有限公司{}分公司", PLACES[i / 9 % 6]))
        }
        ("cashier", _) if grouped => Cell::words(PEOPLE[i / 3 % 8]),
        ("cashier", _) => Cell::words(format!("{}{i}", PEOPLE[i % PEOPLE.len()])),
        ("payer_name", _) if i % 9 == 4 => {
            Cell::words("东莞市道滘镇南丫村股份经济联合社第二食品加工厂")
        }
        ("payer_name", _) => Cell::words(PEOPLE[(i + 3) % 8]),
        ("periods", _) => Cell::words(if i % 5 == 1 { "2026-09~2026-11" } else { "2026-11" }),
        ("colour", _) => Cell::words(if i % 23 == 7 { "红" } else { "蓝" }),
        ("invoice_no", _) => Cell::words(format!("0092 {:08}", 799 + i)),
        ("nontax_no", _) => Cell::words(format!("AB0031 {:08}", 4101 + i)),
        (_, Kind::Text) => Cell::words("茶山"),
        (_, Kind::Id) => Cell::words(format!("{:010}", 12_345_678 + i)),
        (_, Kind::Method) => Cell::words(PayMethod::ALL[i % PayMethod::ALL.len()].label()),
        (_, Kind::Time) => Cell::time(moment() + chrono::Duration::seconds(n * 37)),
        (_, Kind::Count) => Cell::count(n * 7 % 130 + 1),
        (_, Kind::Volume) => Cell::volume(Volume::m3(n * 13 % 60)),
        ("net", _) => Cell::money(Money::from_fen(1_488_020 + n * 7_919 % 1_500_000)),
        ("overquota" | "late_fee" | "prepaid", _) => Cell::money(Money::from_fen(n % 5 * 4_300)),
        (_, Kind::Money) if i % 23 == 7 => Cell::money(Money::from_fen(-14_620)),
        (_, Kind::Money) => Cell::money(Money::from_fen(n * 3_571 % 700_000)),
    }
}
