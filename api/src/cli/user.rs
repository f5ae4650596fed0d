//! `weir user`: the people who may log in. Pass words come from the terminal or from standard input, never from
//! the command line, where everybody on the machine reads them.

use std::io::{IsTerminal, stdin};
use std::process::{Command as Program, Stdio};

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use engine::access::{self, NewUser, Person, Place};
use sqlx::PgPool;
use terms::{Role, SystemClock};

use super::{Database, print};
use crate::config::Config;

/// Enter people, change their roles and pass words, let them in no longer
#[derive(Debug, clap::Args)]
pub(super) struct User {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Enter a person; asks for the pass word
    Add {
        /// Login name: 2 to 40 of a-z, 0-9, dot, dash, underscore
        login: String,
        /// Name that others read
        #[arg(long)]
        name: String,
        #[command(flatten)]
        post: Post,
        /// Without a pass word nobody logs in as this person
        #[arg(long)]
        no_password: bool,
    },
    /// Let a person in no longer, and end the sessions at once
    Disable {
        /// Login name
        login: String,
    },
    /// Let a person in again
    Enable {
        /// Login name
        login: String,
    },
    /// Give a person another pass word, and end the sessions
    Password {
        /// Login name
        login: String,
    },
    /// Give a person another role and place, and end the sessions
    Role {
        /// Login name
        login: String,
        #[command(flatten)]
        post: Post,
    },
    /// Everybody, with role and place
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

/// What a person does, and where.
#[derive(Debug, clap::Args)]
struct Post {
    /// clerk, analyst, leader or administrator
    #[arg(long)]
    role: Role,
    /// The outlet, by its name; a clerk needs one
    #[arg(long)]
    outlet: Option<String>,
    /// The town that the person is limited to, by its short name
    #[arg(long)]
    town: Option<String>,
}

impl User {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let database = Database::open(config).await?;
        let pool = database.pool().await?;
        let done = self.what.run(&pool).await;
        pool.close().await;
        database.close().await?;
        done
    }
}

impl What {
    async fn run(self, pool: &PgPool) -> anyhow::Result<()> {
        let clock = &SystemClock;
        match self {
            Self::Add { login, name, post, no_password } => {
                let Place { outlet, town } = post.place(pool).await?;
                let password = if no_password { None } else { Some(ask(&login)?) };
                let role = post.role;
                let new = NewUser { login: login.clone(), name, role, outlet, town, password };
                access::add_user(pool, clock, None, new).await?;
                print::line(&format!("{login} is entered"))
            }
            Self::Disable { login } => {
                access::disable_user(pool, clock, None, &login).await?;
                print::line(&format!("{login} is let in no longer"))
            }
            Self::Enable { login } => {
                access::enable_user(pool, clock, None, &login).await?;
                print::line(&format!("{login} is let in again"))
            }
            Self::Password { login } => {
                let password = ask(&login)?;
                access::change_password(pool, clock, None, &login, &password).await?;
                print::line(&format!("{login} has another pass word"))
            }
            Self::Role { login, post } => {
                let place = post.place(pool).await?;
                access::set_role(pool, clock, None, &login, post.role, place).await?;
                print::line(&format!("{login} is {} now", post.role))
            }
            Self::List { json } => {
                let people = access::people(&mut *pool.acquire().await?).await?;
                people.iter().try_for_each(|person| print::fact(json, person, || line(person)))
            }
        }
    }
}

impl Post {
    async fn place(&self, pool: &PgPool) -> anyhow::Result<Place> {
        let mut conn = pool.acquire().await?;
        let (outlet, town) = (self.outlet.as_deref(), self.town.as_deref());
        let place = access::place_named(&mut conn, outlet, town).await?;
        place.ok_or_else(|| anyhow!("no outlet or town of that name; names are as `weir sql 'select name from organisation'` gives them"))
    }
}

fn line(person: &Person) -> String {
    let user = &person.user;
    let place = user.outlet_name.as_deref().or(user.town_name.as_deref()).unwrap_or("全市");
    let state = match (person.active, person.may_log_in) {
        (false, _) => "停用",
        (true, false) => "无口令",
        (true, true) => "",
    };
    format!("{:16} {:6} {} {place} {state}", user.login, user.role.label(), user.name)
}

/// Reads a pass word: twice from a terminal that shows nothing, or one line of standard input.
fn ask(login: &str) -> anyhow::Result<String> {
    if !stdin().is_terminal() {
        return one_line();
    }
    let first = unseen(&format!("Pass word for {login}: "))?;
    if unseen("Once more: ")? != first {
        bail!("the two are not the same");
    }
    Ok(first)
}

fn one_line() -> anyhow::Result<String> {
    let mut line = String::new();
    stdin().read_line(&mut line).context("read the pass word")?;
    let password = line.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!password.is_empty(), "no pass word came on standard input");
    Ok(password.to_owned())
}

fn unseen(prompt: &str) -> anyhow::Result<String> {
    eprint!("{prompt}");
    let echo = |how: &str| Program::new("stty").arg(how).stdin(Stdio::inherit()).status();
    let hidden = echo("-echo").context("hide what is typed")?;
    anyhow::ensure!(hidden.success(), "the terminal would show the pass word");
    let line = one_line();
    let _ = echo("echo");
    eprintln!();
    line
}
