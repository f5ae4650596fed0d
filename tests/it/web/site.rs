//! The pages of a city, served on a port of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::web::{App, Parts, probe, serve};
use engine::access::{NewUser, Place, add_user, change_password};
use terms::Role;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Browser;
use super::keyboard::Driver;
use crate::city::{Books, City};

/// Everybody's pass word.
pub(super) const PASSWORD: &str = "Hehe-Xiangjian7";

/// Asks the books until they count so many.
pub(super) async fn until(city: &City, sql: &'static str, want: i64) {
    let end = Instant::now() + Duration::from_secs(15);
    while city.count(sql).await != want {
        assert!(Instant::now() < end, "{sql}: {}", city.count(sql).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A running site.
pub(super) struct Site {
    pub(super) address: String,
    /// Where probes are answered.
    pub(super) probes: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Site {
    /// Serves the city, in which `chen.juan` is the clerk, `zhou.ting` an analyst, `he.lin` the leader and
    /// `liu.gang` the administrator.
    pub(super) async fn open(books: &Books<'_>) -> Self {
        Self::behind(books, None).await
    }

    /// The same, behind a proxy of that address.
    pub(super) async fn behind(books: &Books<'_>, public_url: Option<&str>) -> Self {
        let city = books.city;
        change_password(&city.pool, &city.clock, None, "chen.juan", PASSWORD).await.unwrap();
        for (login, name, role) in [
            ("zhou.ting", "周婷", Role::Analyst),
            ("he.lin", "何琳", Role::Leader),
            ("liu.gang", "刘刚", Role::Administrator),
        ] {
            let (login, name) = (login.to_owned(), name.to_owned());
            let password = Some(PASSWORD.to_owned());
            let new = NewUser { login, name, role, place: Place::default(), password };
            add_user(&city.pool, &city.clock, None, new).await.unwrap();
        }
        let options = city.database.application().options([("weir.door", "page")]);
        let app = App::new(Parts {
            pool: engine::connect(options).await.unwrap(),
            clock: Arc::new(city.clock),
            warehouse: Arc::new(books.warehouse.clone()),
            lag: books.capture.lag(),
            warehouse_root: city.capture_config().root,
            exports: city.data.join("exports"),
            public_url: public_url.map(|url| url.to_owned().try_into().unwrap()),
        });
        let probing = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let probes = format!("http://{}", probing.local_addr().unwrap());
        let probed = app.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            tokio::select! {
                served = serve(app, listener, stopped) => served.unwrap(),
                () = probe(probed, probing, std::future::pending()) => {}
            }
        });
        books.live().await;
        Self { address, probes, stop, served }
    }

    /// The pages of the city, and its clerk's way to them.
    pub(super) async fn with_clerk(city: &City) -> (Books<'_>, Self, Browser) {
        let books = city.captured().await;
        let site = Self::open(&books).await;
        let clerk = site.clerk().await;
        (books, site, clerk)
    }

    /// The clerk stands at the counter of the city's pages, in a real browser.
    pub(super) async fn at_the_till(city: &City) -> (Books<'_>, Self, Driver) {
        let books = city.captured().await;
        let site = Self::open(&books).await;
        let driver = Driver::start().await;
        driver.log_in(&site).await;
        (books, site, driver)
    }

    /// The browser is closed, then the pages and the books.
    pub(super) async fn leave(self, driver: Driver, books: Books<'_>) {
        drop(driver);
        self.close().await;
        books.stop().await;
    }

    /// Where it listens, for who speaks to it byte by byte.
    pub(super) fn socket(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    pub(super) async fn clerk(&self) -> Browser {
        Browser::clerk(&self.address, "chen.juan", PASSWORD).await
    }

    pub(super) async fn login(&self, login: &str) -> Browser {
        Browser::login(&self.address, login, PASSWORD).await
    }

    /// Somebody logs in, and takes the token from the page that everybody has.
    pub(super) async fn enter(&self, login: &str) -> Browser {
        let mut browser = self.login(login).await;
        browser.csrf = browser.get("/me").await.token();
        browser
    }

    pub(super) async fn close(self) {
        let _ = self.stop.send(());
        self.served.await.unwrap();
    }
}
