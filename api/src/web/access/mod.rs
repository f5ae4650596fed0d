//! Coming in and going out. 登录、退出

mod login;
mod logout;
mod me;

use axum::response::Redirect;
use engine::access::Action;

use super::doors::{Doors, Who};
use super::pages::landing;
use super::visitor::Visitor;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/", Who::Person, async |visitor: Visitor| Redirect::to(landing(&visitor.rights)))
        .page("/login", Who::Anybody, login::page)
        .act_of("/login", Who::Anybody, Action::LogIn, login::enter)
        .act_of("/logout", Who::Person, Action::LogOut, logout::leave)
        .page("/me", Who::Person, me::show)
        .act("/me/password", Action::RenewPassword, me::renew)
}
