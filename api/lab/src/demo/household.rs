//! The accounts of the city: who they are, what they use, how they pay.

use chrono::{Datelike, NaiveDate};
use engine::register::{
    GarbageClass, NewAccount, NewMeter, NewPayer, NewPoint, Pays, PointKind, Quantities, ServedAt,
    SewageClass, UseClass,
};
use rust_decimal::Decimal;
use terms::{BillPeriod, PayMethod, Volume};

use super::dice::{Dice, Of};
use super::names;
use super::place::Place;
use super::plan::Plan;

/// How an account pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    Withhold,
    Wechat,
    Alipay,
    Counter,
    /// At the counter on the last day of the month: every outlet has some.
    LastDay,
    /// Online, every other month.
    Forgetful,
}

impl Habit {
    pub(super) const fn method(self) -> PayMethod {
        match self {
            Self::Withhold => PayMethod::BatchWithhold,
            Self::Wechat | Self::Forgetful => PayMethod::Wechat,
            Self::Alipay => PayMethod::Alipay,
            Self::Counter | Self::LastDay => PayMethod::Cash,
        }
    }

    /// How often a bill is not paid in its month, of a thousand.
    pub(super) const fn missed_per_mille(self) -> u64 {
        match self {
            Self::Withhold => 20,
            Self::Wechat | Self::Alipay => 45,
            Self::Counter => 80,
            Self::LastDay => 0,
            Self::Forgetful => 500,
        }
    }
}

/// An account of the plan.
#[derive(Debug, Clone)]
pub(super) struct Household {
    /// Its place in the list of accounts, and its name for the dice.
    pub(super) who: u64,
    /// Its place in the list of books.
    pub(super) place: usize,
    /// Its place on the round.
    pub(super) seq: i32,
    pub(super) habit: Habit,
    use_class: UseClass,
    is_unmetered: bool,
    /// Usual use of a month, m³.
    usual_m3: u64,
    start_index: u64,
    max_range: u64,
}

/// All accounts, book by book.
pub(super) fn all(places: &[Place], plan: Plan) -> Vec<Household> {
    let dice = Dice(plan.seed);
    let total: u64 = places.iter().map(|place| u64::from(place.weight)).sum();
    let (mut households, mut passed) = (Vec::with_capacity(plan.accounts as usize), 0);
    for (number, place) in places.iter().enumerate() {
        passed += u64::from(place.weight);
        let until = u64::from(plan.accounts) * passed / total;
        for seq in 1.. {
            let who = households.len() as u64;
            if who >= until {
                break;
            }
            households.push(one(dice, who, number, seq));
        }
    }
    households
}

fn one(dice: Dice, who: u64, place: usize, seq: i32) -> Household {
    let use_class = match dice.below(Of::UseClass, who, 0, 1000) {
        0..860 => UseClass::Resident,
        860..885 => UseClass::ResidentFlat,
        885..980 => UseClass::NonResident,
        980..998 => UseClass::Special,
        _ => UseClass::SelfSupplied,
    };
    let usual_m3 = match use_class {
        UseClass::Resident => 8 + dice.below(Of::Usage, who, 0, 24),
        UseClass::ResidentFlat => 60 + dice.below(Of::Usage, who, 0, 200),
        UseClass::NonResident => 30 + dice.below(Of::Usage, who, 0, 700),
        UseClass::Special | UseClass::SelfSupplied => 40 + dice.below(Of::Usage, who, 0, 500),
    };
    let habit = match dice.below(Of::Habit, who, 0, 1000) {
        _ if seq <= 1 => Habit::LastDay,
        0..460 => Habit::Withhold,
        460..700 => Habit::Wechat,
        700..835 => Habit::Alipay,
        835..945 => Habit::Counter,
        _ => Habit::Forgetful,
    };
    // Some old meters of homes are about to begin again; a firm's would leap too far for a rollover to be believed.
    let is_old = use_class == UseClass::Resident && dice.hits(Of::StartIndex, who, 1, 3);
    let (start_index, max_range) = if is_old {
        (9_960, 10_000)
    } else {
        (dice.below(Of::StartIndex, who, 0, 3_000), 1_000_000)
    };
    // Some homes have no meter, and owe for their garbage all the same.
    let is_unmetered =
        use_class == UseClass::Resident && seq > 2 && dice.hits(Of::Garbage, who, 3, 4);
    Household { who, place, seq, habit, use_class, is_unmetered, usual_m3, start_index, max_range }
}

impl Household {
    /// Its number: book, then place on the round. 户号
    pub(super) fn no(&self) -> String {
        format!("{:03}{:07}", self.place + 1, self.seq)
    }

    /// The account as it is opened.
    pub(super) fn account(&self, place: &Place, seed: u64, opened_on: NaiveDate) -> NewAccount {
        let (dice, who) = (Dice(seed), self.who);
        let is_firm = !matches!(self.use_class, UseClass::Resident | UseClass::ResidentFlat);
        let village =
            usize::try_from(dice.below(Of::Street, who, 4, place.villages.len().max(1) as u64))
                .unwrap_or_default();
        let village = place.villages.get(village);
        let village_name = village.map_or("", |(_, name)| name.as_str());
        NewAccount {
            no: self.no(),
            payer: Pays::New(NewPayer {
                name: if is_firm {
                    names::firm(dice, who, &place.town_name)
                } else {
                    names::person(dice, who)
                },
                phone: Some(names::phone(dice, who)),
                document: None,
            }),
            point: ServedAt::New(NewPoint {
                kind: self.kind(),
                village_code: village.map(|(code, _)| code.clone()),
                address: names::address(dice, who, &place.town_name, village_name),
            }),
            supplier: None,
            book: place.book,
            book_seq: self.seq,
            use_class: self.use_class,
            sewage_class: self.sewage_class(),
            garbage_class: self.garbage_class(dice),
            persons: if dice.hits(Of::Persons, who, 0, 120) {
                5 + i32::try_from(dice.below(Of::Persons, who, 1, 3)).unwrap_or_default()
            } else {
                4
            },
            quantities: self.quantities(dice),
            pay_method: self.habit.method(),
            opened_on,
            meter: (self.kind() != PointKind::Unmetered).then(|| NewMeter {
                serial_no: format!("DG{:02}{who:08}", place.town.0 % 100),
                caliber_mm: if is_firm { 40 } else { 15 },
                max_range: m3(self.max_range),
                start_index: m3(self.start_index),
            }),
        }
    }

    /// What is at its place.
    fn kind(&self) -> PointKind {
        match self.use_class {
            UseClass::SelfSupplied => PointKind::SelfSupplied,
            _ if self.is_unmetered => PointKind::Unmetered,
            _ => PointKind::Metered,
        }
    }

    /// What its garbage fee is due on, where that is not water.
    fn quantities(&self, dice: Dice) -> Quantities {
        let some =
            |least, below| Some(Decimal::from(least + dice.below(Of::Garbage, self.who, 2, below)));
        match self.garbage_class(dice) {
            GarbageClass::ShopByArea => {
                Quantities { area_m2: some(20, 180), ..Quantities::default() }
            }
            GarbageClass::ByBin => Quantities { bins: some(2, 30), ..Quantities::default() },
            GarbageClass::ByHousehold => {
                Quantities { households: some(1, 1), ..Quantities::default() }
            }
            _ => Quantities::default(),
        }
    }

    /// What it uses in a month, m³.
    pub(super) fn usage(&self, dice: Dice, period: BillPeriod) -> u64 {
        let (who, when) = (self.who, period.number().unsigned_abs().into());
        // Houses that stand empty, and the odd leak.
        if dice.hits(Of::Usage, who, 1, 15) || dice.hits(Of::Anomaly, who, when, 6) {
            return 0;
        }
        let summer = if (6..=9).contains(&period.first_day().month()) { 118 } else { 100 };
        let noise = 85 + dice.below(Of::Noise, who, when, 31);
        let usual = (self.usual_m3 * summer * noise / 10_000).max(1);
        if dice.hits(Of::Anomaly, who, when + 1, 3) { usual * 6 } else { usual }
    }

    /// The month's quota of a firm that has one: some use more, and bear the surcharge. 定额
    pub(super) fn quota(&self, dice: Dice) -> Option<Volume> {
        let has_one =
            self.use_class == UseClass::NonResident && dice.hits(Of::Quota, self.who, 0, 250);
        has_one.then(|| {
            m3((self.usual_m3 * (70 + dice.below(Of::Quota, self.who, 1, 60)) / 100).max(1))
        })
    }

    /// The meter's index after so much use since its installation.
    pub(super) fn index(&self, used_m3: u64) -> Volume {
        m3((self.start_index + used_m3) % self.max_range)
    }

    /// True for a household that pays no sewage fee, by a paper of the town. 免征
    pub(super) fn is_let_off(&self, dice: Dice) -> bool {
        self.use_class == UseClass::Resident && dice.hits(Of::Garbage, self.who, 1, 8)
    }

    fn sewage_class(&self) -> SewageClass {
        match self.use_class {
            UseClass::Resident | UseClass::ResidentFlat => SewageClass::Resident,
            UseClass::NonResident => SewageClass::NonResident,
            UseClass::Special | UseClass::SelfSupplied => SewageClass::Special,
        }
    }

    fn garbage_class(&self, dice: Dice) -> GarbageClass {
        if self.is_unmetered {
            return GarbageClass::ByHousehold;
        }
        match (self.use_class, dice.below(Of::Garbage, self.who, 0, 100)) {
            (UseClass::Resident, 0..55) => GarbageClass::Resident,
            (UseClass::Resident, 55..82) => GarbageClass::PropertyEstate,
            (UseClass::Resident, _) => GarbageClass::SortedEstate,
            (UseClass::ResidentFlat, _) => GarbageClass::Resident,
            (UseClass::NonResident, 0..52) => GarbageClass::Shop,
            (UseClass::NonResident, 52..58) => GarbageClass::ShopByArea,
            (UseClass::NonResident, 58..62) => GarbageClass::ByBin,
            (UseClass::NonResident | UseClass::Special | UseClass::SelfSupplied, _) => {
                GarbageClass::Uncharged
            }
        }
    }
}

fn m3(whole: u64) -> Volume {
    Volume::m3(i64::try_from(whole).expect("a meter turns over before that"))
}
