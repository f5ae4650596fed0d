//! `weir check`, night by night: what was touched is asked at once, and everything else in its turn.

use engine::check::{Finding, Part, plans, run, run_part};

use crate::city::{City, Till};

impl City {
    /// What a night finds broken, and where.
    async fn night(&self, part: Part) -> Vec<(&'static str, i64)> {
        let mut connection = self.pool.acquire().await.unwrap();
        broken(run_part(&mut connection, part).await.unwrap())
    }
}

fn broken(findings: Vec<Finding>) -> Vec<(&'static str, i64)> {
    findings.into_iter().filter(|found| !found.holds()).map(|f| (f.id, f.violations)).collect()
}

#[tokio::test]
async fn a_fault_is_found_at_once_where_money_moved_and_in_its_turn_elsewhere() {
    let city = City::new().await;
    let till = city.counter().await;
    let paying = city.household_owing_for("陈大文", "30").await;
    let quiet = city.household("李四").await;
    till.collect(&paying, "103.33").await;
    till.close().await;
    let part = |turn| Part { turn, today: city.today() };
    let turn = quiet.id.0 % 30;
    assert_eq!(city.night(part(turn)).await, []);
    // Somebody with the keys of the house fills every purse, behind every law.
    let mut owner = city.owner.acquire().await.unwrap();
    sqlx::raw_sql(
        "set session_replication_role = replica;
         insert into prepaid_balance (account_id, balance) select id, 5 from account
             on conflict (account_id) do update set balance = 5;
         set session_replication_role = origin",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    assert_eq!(broken(run(&mut owner).await.unwrap()), [("8b", 2)]);
    assert_eq!(city.night(part(turn)).await, [("8b", 2)]);
    assert_eq!(city.night(part((turn + 7) % 30)).await, [("8b", 1)]);
}

#[tokio::test]
async fn the_first_night_of_a_month_remembers_the_last_day_of_the_one_before() {
    let mut city = City::new().await;
    city.counter().await;
    let [chen, li] = [
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    ];
    for (moment, account) in [("2026-11-30 16:00", &chen), ("2026-12-01 09:00", &li)] {
        city.at(moment);
        Till::of(&city, "chen.juan").await.collect(account, "103.33").await;
    }
    sqlx::raw_sql(
        "set session_replication_role = replica;
         insert into prepaid_balance (account_id, balance) select id, 5 from account where payer_name = '陈大文';
         set session_replication_role = origin",
    )
    .execute(&mut *city.owner.acquire().await.unwrap())
    .await
    .unwrap();
    let part = Part { turn: (chen.id.0 + 7) % 30, today: city.today() };
    assert_eq!(city.night(part).await, [("8b", 1)]);
}

/// The table of a month that a line of a plan scans, and its month.
fn scanned(line: &str) -> Option<(&str, i32)> {
    let (_, on) = line.split_once(" Scan ").and_then(|(_, on)| on.split_once("on "))?;
    let table = on.split(' ').next()?;
    let (_, month) = table.rsplit_once('_').filter(|(_, month)| month.len() == 6)?;
    Some((table, month.parse().ok()?))
}

#[tokio::test]
async fn a_night_looks_into_the_months_that_it_asks_and_into_others_by_their_indexes() {
    let city = City::new().await;
    let till = city.counter().await;
    till.collect(&city.household_owing_for("陈大文", "30").await, "103.33").await;
    let mut owner = city.owner.acquire().await.unwrap();
    for month in 202_601..=202_612 {
        sqlx::query("select ensure_month($1)").bind(month).execute(&mut *owner).await.unwrap();
    }
    // Tables of a few rows are read whole, however many indexes they have.
    for way in ["seqscan", "hashjoin", "mergejoin"] {
        let off = format!("set enable_{way} = off");
        sqlx::raw_sql(sqlx::AssertSqlSafe(off)).execute(&mut *owner).await.unwrap();
    }
    let part = Part::of("2026-12-20".parse().unwrap());
    let mut older = std::collections::BTreeSet::new();
    for plan in plans(&mut owner, part).await.unwrap() {
        // A run's charges are of its one month, which is known once it is asked; marks are read person by person; and
        // what was remitted is compared with everything only where less was collected lately.
        if ["21g", "27a", "27b", "26"].contains(&plan.id) {
            continue;
        }
        for (line, next) in plan.lines.iter().zip(plan.lines.iter().skip(1).chain([&String::new()]))
        {
            let Some((table, month)) = scanned(line).filter(|(_, month)| *month < 202_611) else {
                continue;
            };
            let by_index = ["Index Cond:", "Recheck Cond:"].iter().any(|cond| next.contains(cond));
            // Few readings are reviewed.
            if table.starts_with("reading_review") && !plan.is_by_month {
                continue;
            }
            // A number is looked for among those of all months.
            if plan.is_by_month && !(plan.id == "13d" && table.starts_with("receipt_number")) {
                older.insert(month);
            } else {
                assert!(by_index, "{} reads all of {table}: {:#?}", plan.id, plan.lines);
            }
        }
    }
    assert_eq!(older.len(), 1, "one older month in turn: {older:?}");
}
