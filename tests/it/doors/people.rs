//! 用户: who is entered, by whom, and what stays possible.

use engine::access::{
    AdministerError, CreateUserError, NewUser, Place, add_user, change_password, disable_user,
    people, set_role,
};
use terms::Role;

use crate::city::{City, DAOJIAO};

fn new(login: &str, role: Role, password: Option<&str>) -> NewUser {
    NewUser {
        login: login.to_owned(),
        name: "刘刚".to_owned(),
        role,
        outlet: None,
        town: None,
        password: password.map(ToOwned::to_owned),
    }
}

#[tokio::test]
async fn people_are_entered_changed_and_let_in_no_longer_and_each_step_is_noted() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    let keeper =
        add_user(pool, clock, None, new("keeper", Role::Administrator, Some("Jian-Guan-2026")));
    let keeper = keeper.await.unwrap();
    let by = Some(keeper);
    for (password, words) in [("short", "至少12"), ("Analyst-zhou.ting1", "登录名")] {
        let weak = add_user(pool, clock, by, new("zhou.ting", Role::Analyst, Some(password))).await;
        assert!(weak.unwrap_err().to_string().contains(words), "{password}");
    }
    add_user(pool, clock, by, new("zhou.ting", Role::Analyst, Some("Fenxi-Yuan-77")))
        .await
        .unwrap();
    let twice = add_user(pool, clock, by, new("zhou.ting", Role::Leader, None)).await.unwrap_err();
    assert!(matches!(twice, CreateUserError::LoginTaken), "{twice:?}");
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let place = Place { outlet: Some(outlet), town: None };
    let nowhere = set_role(pool, clock, by, "zhou.ting", Role::Clerk, Place::default()).await;
    assert!(matches!(nowhere.unwrap_err(), AdministerError::Invalid));
    set_role(pool, clock, by, "zhou.ting", Role::Clerk, place).await.unwrap();
    change_password(pool, clock, by, "zhou.ting", "Shou-Fei-Yuan-8").await.unwrap();
    disable_user(pool, clock, by, "zhou.ting").await.unwrap();
    let unknown = disable_user(pool, clock, by, "nobody").await.unwrap_err();
    assert!(matches!(unknown, AdministerError::Unknown), "{unknown:?}");

    let everybody = people(&mut pool.acquire().await.unwrap()).await.unwrap();
    let zhou = everybody.iter().find(|person| person.user.login == "zhou.ting").unwrap();
    assert_eq!((zhou.user.role, zhou.active, zhou.may_log_in), (Role::Clerk, false, true));
    let marks: Vec<String> = sqlx::query_scalar(
        "select action from operation_log where user_id = $1 and subject = 'zhou.ting' order by id",
    )
    .bind(keeper.0)
    .fetch_all(&city.owner)
    .await
    .unwrap();
    assert_eq!(
        marks,
        ["access.user.add", "access.user.role", "access.user.password", "access.user.disable"]
    );
    city.check().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    add_user(pool, clock, None, new("keeper", Role::Administrator, Some("Jian-Guan-2026")))
        .await
        .unwrap();
    let last = disable_user(pool, clock, None, "keeper").await.unwrap_err();
    assert!(matches!(last, AdministerError::LastAdministrator), "{last:?}");
    let last = set_role(pool, clock, None, "keeper", Role::Leader, Place::default()).await;
    assert!(matches!(last.unwrap_err(), AdministerError::LastAdministrator));
    add_user(pool, clock, None, new("other", Role::Administrator, Some("Jian-Guan-2027")))
        .await
        .unwrap();
    disable_user(pool, clock, None, "keeper").await.unwrap();
}
