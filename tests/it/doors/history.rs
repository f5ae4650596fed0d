//! Who somebody was here, and whose work they do for a time.

use chrono::Days;
use engine::access::{
    AdministerError, NewUser, Place, StandIn, StandInError, User, add_user, disable_user,
    end_stand_in, person_history, rename_user, set_role, stand_in, user_named,
};
use terms::{Clock, Role, SystemClock, UserId};

use crate::city::{City, DAOJIAO, GAOBU};

impl City {
    async fn keeper(&self) -> UserId {
        self.person("keeper", "管用户", Role::Administrator, None, None).await
    }

    async fn user(&self, login: &str) -> User {
        user_named(&mut self.owner.acquire().await.unwrap(), login).await.unwrap().unwrap()
    }
}

/// Who stands in does so by the clock of the database.
#[tokio::test]
async fn who_stands_in_does_the_others_work_alone_and_goes_back_by_itself() {
    let city = City::new().await;
    let clock = &SystemClock;
    let keeper = city.keeper().await;
    let (own, _) = city.outlet(DAOJIAO).await;
    let (other, _) = city.outlet(GAOBU).await;
    city.person("li.mei", "李梅", Role::OutletFinance, Some(own), None).await;
    let today = clock.today();
    let order = StandIn {
        login: "li.mei".to_owned(),
        role: Role::Clerk,
        place: Place { outlet: Some(other), town: None },
        from: today,
        until: today + Days::new(2),
        reason: "陈娟休假".to_owned(),
        widens: false,
    };
    let begin =
        async |order: &StandIn| stand_in(&city.pool, clock, Some(keeper), order.clone()).await;
    let wider = begin(&order).await.unwrap_err();
    assert!(matches!(wider, StandInError::Widens { .. }), "{wider:?}");
    let order = StandIn { widens: true, ..order };
    for (wrong, words) in [
        (StandIn { until: today - Days::new(1), ..order.clone() }, "有始有终"),
        (StandIn { until: today + Days::new(100), ..order.clone() }, "最长三个月"),
        (StandIn { place: Place::default(), ..order.clone() }, "须填写网点"),
        (StandIn { role: Role::Auditor, ..order.clone() }, "不顶岗"),
        (StandIn { login: "keeper".to_owned(), ..order.clone() }, "不能为自己"),
        (StandIn { reason: " ".to_owned(), ..order.clone() }, "顶岗原因"),
    ] {
        let said = begin(&wrong).await.unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
    let id = begin(&order).await.unwrap();
    let twice = begin(&order).await.unwrap_err();
    assert!(matches!(twice, StandInError::Twice), "{twice:?}");
    // The other's work alone: not the own beside it.
    let now = city.user("li.mei").await;
    assert_eq!((now.role, now.outlet), (Role::Clerk, Some(other)));
    let may = async |act: &str| -> bool {
        let sql = "select may((select id from app_user where login = 'li.mei'), $1)";
        sqlx::query_scalar(sql).bind(act).fetch_one(&city.owner).await.unwrap()
    };
    assert!(may("counter.payment.collect").await && !may("counter.reversal.approve").await);
    let to = (Role::Clerk, Place { outlet: Some(own), town: None });
    let busy = set_role(&city.pool, clock, Some(keeper), "li.mei", to, true).await.unwrap_err();
    assert!(matches!(busy, AdministerError::StandsIn), "{busy:?}");
    end_stand_in(&city.pool, clock, Some(keeper), "li.mei", id).await.unwrap();
    let ended = end_stand_in(&city.pool, clock, Some(keeper), "li.mei", id).await.unwrap_err();
    assert!(matches!(ended, StandInError::Ended), "{ended:?}");
    let back = city.user("li.mei").await;
    assert_eq!((back.role, back.outlet), (Role::OutletFinance, Some(own)));
    // One that is over, and that nobody ended.
    city.by_hand(
        "insert into stand_in (user_id, role, outlet_id, from_at, until_at, reason, recorded_at)
         select id, 'clerk', outlet_id, now() - interval '3 days', now() - interval '1 second', 'x', now() - interval '3 days'
         from app_user where login = 'li.mei'",
    )
    .await;
    assert_eq!(city.user("li.mei").await.role, Role::OutletFinance);
    assert!(!may("counter.payment.collect").await && may("counter.reversal.approve").await);
    city.check().await;
}

#[tokio::test]
async fn who_somebody_was_is_told_with_who_said_so() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    let keeper = city.keeper().await;
    let by = Some(keeper);
    let new = NewUser {
        login: "zhou.ting".to_owned(),
        name: "周停".to_owned(),
        role: Role::Leader,
        place: Place::default(),
        password: None,
    };
    add_user(pool, clock, None, new).await.unwrap();
    rename_user(pool, clock, by, "zhou.ting", "周婷").await.unwrap();
    set_role(pool, clock, by, "zhou.ting", (Role::Analyst, Place::default()), true).await.unwrap();
    disable_user(pool, clock, by, "zhou.ting").await.unwrap();
    let unnamed = rename_user(pool, clock, by, "zhou.ting", " ").await.unwrap_err();
    assert!(matches!(unnamed, AdministerError::Name), "{unnamed:?}");
    let unknown = rename_user(pool, clock, by, "nobody", "x").await.unwrap_err();
    assert!(matches!(unknown, AdministerError::Unknown), "{unknown:?}");
    let told: Vec<_> = person_history(&mut city.owner.acquire().await.unwrap(), "zhou.ting")
        .await
        .unwrap()
        .into_iter()
        .map(|was| (was.name, was.role, was.active, was.changed_by))
        .collect();
    let keeper = || Some("管用户".to_owned());
    assert_eq!(
        told,
        [
            ("周婷".to_owned(), Role::Analyst, false, keeper()),
            ("周婷".to_owned(), Role::Analyst, true, keeper()),
            ("周婷".to_owned(), Role::Leader, true, keeper()),
            ("周停".to_owned(), Role::Leader, true, None),
        ]
    );
    city.check().await;
}
