//! The list of exports beside the statement: what was refused stays until it is seen.

use std::time::{Duration, Instant};

use super::keyboard::Driver;
use super::site::Site;
use crate::city::{Books, City};

/// An analyst stands at the list of exports, which is empty.
pub(super) async fn at_the_exports(city: &City) -> (Books<'_>, Site, Driver) {
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let driver = Driver::start().await;
    driver.come_in(&site, "zhou.ting").await;
    driver.wait_for("数据截至").await;
    driver.open(&format!("{}/extract", site.address)).await;
    driver.wait_for("还没有导出任务").await;
    (books, site, driver)
}

/// Waits until the list has asked by itself once more: what is written into it is gone then.
async fn list_asks_again(driver: &Driver) {
    driver
        .script(
            "document.getElementById('jobs').insertAdjacentHTML('beforeend', '<i id=mine></i>')",
        )
        .await;
    let end = Instant::now() + Duration::from_secs(15);
    while driver.script("return document.getElementById('mine') ? 'old' : 'new'").await == "old" {
        assert!(Instant::now() < end, "the list of exports does not ask again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_stays_beside_the_list_until_it_is_seen() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, driver) = at_the_exports(&city).await;
    let order = |purpose: &str| {
        format!(
            "document.getElementById('purpose').value = '{purpose}';
             document.getElementById('export').dispatchEvent(new Event('submit', {{ cancelable: true, bubbles: true }}))"
        )
    };
    driver.script(&order(" ")).await;
    driver.wait_for("请写好语句并填写用途").await;
    list_asks_again(&driver).await;
    driver.wait_for("请写好语句并填写用途").await;
    driver.script("document.querySelector('#refused [data-seen]').click()").await;
    let left = driver.script("return document.getElementById('refused').innerText").await;
    assert_eq!(left, "");
    // What is ordered after all puts it right too.
    driver.script(&order(" ")).await;
    driver.wait_for("请写好语句并填写用途").await;
    driver.script(&order("核对")).await;
    let end = Instant::now() + Duration::from_secs(15);
    while city.count("select count(*) from export_job").await == 0
        || !driver.script("return document.getElementById('refused').innerText").await.is_empty()
    {
        assert!(Instant::now() < end, "the export is not ordered, or the refusal stays");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Whoever has come to a file by the keyboard is still there when the list is drawn anew.
    driver.wait_for("下载").await;
    driver.script("document.querySelector('#jobs a[download]').focus()").await;
    list_asks_again(&driver).await;
    list_asks_again(&driver).await;
    let held = driver.script("return document.activeElement.innerText").await;
    assert!(held.starts_with("下载"), "{held}");
    site.leave(driver, books).await;
}
