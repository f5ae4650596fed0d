//! Scratch.
use super::city::{City, city_analyst};
use crate::Person;

#[tokio::test]
async fn scratch() {
    let city = City::new().await;
    let now = city.now().await;
    let text = std::fs::read_to_string("/tmp/w1.sql").unwrap_or_default();
    for sql in text.lines().filter(|line| !line.trim().is_empty()) {
        let (who, sql) = match sql.strip_prefix("!") {
            Some(sql) => (city_analyst(), sql),
            None => (Person::system(), sql),
        };
        let plan = sql.strip_prefix("?");
        if let Some(sql) = plan {
            println!(
                "## {sql}\n{}",
                now.plan(&who, sql).await.unwrap_or_else(|e| format!("{e} {e:?}"))
            );
            continue;
        }
        match now.query(&who, sql, &[]).await {
            Ok(answer) => {
                let n = answer.schema.fields().len();
                println!("## {sql}");
                for row in answer.rows() {
                    println!(
                        "{}",
                        (0..n).map(|c| format!("{:?}", row.value(c))).collect::<Vec<_>>().join("|")
                    );
                }
            }
            Err(e) => println!("## {sql}\nERR {e} {e:?}"),
        }
    }
}
