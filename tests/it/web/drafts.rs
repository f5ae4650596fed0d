//! The statement that an analyst is writing: nobody else at the machine reads it.

use std::time::{Duration, Instant};

use engine::access::change_password;
use terms::Role;

use super::keyboard::Driver;
use super::site::{PASSWORD, Site};
use crate::city::City;

const OWN: &str = "select * from account where no = '0530001649'";

/// Somebody comes in and opens the page of statements; gives what stands in the editor.
async fn editor(driver: &Driver, site: &Site, login: &str) -> String {
    driver.come_in(site, login).await;
    driver.wait_for("数据截至").await;
    driver.open(&format!("{}/extract", site.address)).await;
    let end = Instant::now() + Duration::from_secs(15);
    loop {
        // The script of the page hands it to the form of exports.
        let text = driver.script("return document.getElementById('export-sql')?.value").await;
        if !text.is_empty() {
            return text;
        }
        assert!(Instant::now() < end, "the editor does not come up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_its_writers_alone_and_gone_with_the_log_out() {
    let city = City::new().await;
    city.counter().await;
    city.person("wu.min", "吴敏", Role::Analyst, None, None).await;
    change_password(&city.pool, &city.clock, None, "wu.min", PASSWORD).await.unwrap();
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let driver = Driver::start().await;
    let sample = editor(&driver, &site, "zhou.ting").await;
    driver.script("document.getElementById('sql').select()").await;
    driver.type_keys(OWN).await;
    // The login ends by itself, and somebody else sits down.
    sqlx::query("delete from session").execute(&city.owner).await.unwrap();
    assert_eq!(editor(&driver, &site, "wu.min").await, sample);
    sqlx::query("delete from session").execute(&city.owner).await.unwrap();
    assert_eq!(editor(&driver, &site, "zhou.ting").await, OWN);
    driver.script("document.querySelector('form[action=\"/logout\"] button').click()").await;
    driver.wait_for("口令").await;
    let left = driver.script("return Object.values(localStorage).join(' ')").await;
    assert!(!left.contains("0530001649"), "{left}");
    assert_eq!(editor(&driver, &site, "zhou.ting").await, sample);
    drop(driver);
    site.close().await;
    books.stop().await;
}
