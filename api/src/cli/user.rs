//! `weir user`: the people who may log in. Pass words come from the terminal or from standard input, never from
//! the command line, where everybody on the machine reads them.

use std::io::{IsTerminal, stdin};
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command as Program, Stdio};

use anyhow::{Context, anyhow, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use engine::access::{
    self, AdministerError, Logins, NewPassword, NewUser, Person, Place, Sought, StandIn,
    StandInError,
};
use sqlx::PgPool;
use terms::{Clock, Role, moment};

use super::database::with_pool;
use super::{print, who};
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
    /// Take another pass word oneself: asks for the one until now, then for the new one, and ends all sessions
    Renew {
        /// Login name
        login: String,
    },
    /// Give a person another role and place, and end the sessions
    Role {
        /// Login name
        login: String,
        #[command(flatten)]
        post: Post,
        /// It is meant that the person may do or see more than before
        #[arg(long)]
        yes: bool,
    },
    /// Call a person by another name
    Rename {
        /// Login name
        login: String,
        /// Name that others read
        #[arg(long)]
        name: String,
    },
    /// Have a person do another's work for some days, in place of the own; it ends by itself
    StandIn {
        /// Login name of who stands in
        login: String,
        #[command(flatten)]
        post: Post,
        /// The first day
        #[arg(long, value_name = "DAY")]
        from: NaiveDate,
        /// The last day
        #[arg(long, value_name = "DAY")]
        until: NaiveDate,
        /// Why
        #[arg(long)]
        reason: String,
        /// It is meant that the person may do or see more meanwhile
        #[arg(long)]
        yes: bool,
    },
    /// End a stand-in before its time
    EndStandIn {
        /// Login name of who stands in
        login: String,
        /// Its number, as `weir user history` says
        id: i64,
    },
    /// Who a person was here, and whose work they did
    History {
        /// Login name
        login: String,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Which role may do what
    Roles {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
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
    /// One of those that `weir user roles` lists
    #[arg(long)]
    role: Role,
    /// The outlet, by its name; who works at one needs it
    #[arg(long)]
    outlet: Option<String>,
    /// The town that the person is limited to, by its short name
    #[arg(long)]
    town: Option<String>,
}

impl User {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.what.run(pool, clock).await).await
    }
}

impl What {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        match self {
            Self::Add { login, name, post, no_password } => {
                let place = post.place(pool).await?;
                let password =
                    if no_password { None } else { Some(ask(&format!("Pass word for {login}"))?) };
                let role = post.role;
                let new = NewUser { login: login.clone(), name, role, place, password };
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
                let password = ask(&format!("Pass word for {login}"))?;
                access::change_password(pool, clock, None, &login, &password).await?;
                print::line(&format!("{login} has another pass word"))
            }
            Self::Renew { login } => {
                // The same counts as at the log-in hold here: whoever sits at an open machine may not guess for ever.
                let user = who::named(pool, &login).await?.id;
                let old = asked(&format!("Pass word of {login} until now"))?;
                let new = ask("New pass word")?;
                let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
                let token = String::new();
                let order = NewPassword { user, login: login.clone(), token, address, old, new };
                Logins::new().renew(pool, clock, order).await?;
                print::line(&format!("{login} has another pass word, and logs in anew"))
            }
            Self::Role { login, post, yes } => {
                let to = (post.role, post.place(pool).await?);
                match access::set_role(pool, clock, None, &login, to, yes).await {
                    Ok(changed) => {
                        print::line(&format!("{login}: {} → {}", changed.before, changed.after))
                    }
                    Err(AdministerError::Widens { before, after }) => bail!(
                        "{login} may do or see more than before: {before} → {after}; if it is meant, add --yes"
                    ),
                    Err(refused) => Err(refused.into()),
                }
            }
            Self::Rename { login, name } => {
                access::rename_user(pool, clock, None, &login, &name).await?;
                print::line(&format!("{login} is called {name}"))
            }
            Self::StandIn { login, post, from, until, reason, yes } => {
                let (role, place) = (post.role, post.place(pool).await?);
                let order =
                    StandIn { login: login.clone(), role, place, from, until, reason, widens: yes };
                match access::stand_in(pool, clock, None, order).await {
                    Ok(id) => print::line(&format!("{login} stands in until {until}: number {id}")),
                    Err(StandInError::Widens { before, after }) => bail!(
                        "{login} may do or see more meanwhile: {before} → {after}; if it is meant, add --yes"
                    ),
                    Err(refused) => Err(refused.into()),
                }
            }
            Self::EndStandIn { login, id } => {
                access::end_stand_in(pool, clock, None, &login, id).await?;
                print::line(&format!("{login} stands in no longer"))
            }
            Self::History { login, json } => {
                let mut connection = pool.acquire().await?;
                for was in access::person_history(&mut connection, &login).await? {
                    let place = [&was.outlet, &was.town].into_iter().flatten().next();
                    let place = place.map_or("全市", String::as_str);
                    print::fact(json, &was, || {
                        format!("{} {} {} {place}", was.changed_at, was.name, was.role.label())
                    })?;
                }
                let stood = access::stand_ins(&mut connection, &login).await?;
                stood.iter().try_for_each(|of| {
                    print::fact(json, of, || {
                        format!(
                            "stand-in {}: {} from {} to the end of {}",
                            of.id,
                            of.role.label(),
                            moment(of.from),
                            access::last_day(of.until)
                        )
                    })
                })
            }
            Self::Roles { json } => {
                let roles = access::roles(&mut *pool.acquire().await?).await?;
                roles.iter().try_for_each(|role| {
                    print::fact(json, role, || {
                        let acts: Vec<_> = role.rights.iter().map(|act| act.code()).collect();
                        format!("{:20} {}: {}", role.role.code(), role.name, acts.join(" "))
                    })
                })
            }
            Self::List { json } => {
                let everybody = Sought { most: u32::MAX, ..Sought::default() };
                let people = access::people(&mut *pool.acquire().await?, &everybody).await?;
                people.page.iter().try_for_each(|person| print::fact(json, person, || line(person)))
            }
        }
    }
}

impl Post {
    async fn place(&self, pool: &PgPool) -> anyhow::Result<Place> {
        let mut connection = pool.acquire().await?;
        let (outlet, town) = (self.outlet.as_deref(), self.town.as_deref());
        let place = access::place_named(&mut connection, outlet, town).await?;
        place.ok_or_else(|| anyhow!("no outlet or town of that name; names are as `weir sql 'select name from organisation'` gives them"))
    }
}

fn line(person: &Person) -> String {
    let user = &person.user;
    let (place, hindrance) = (user.place_words(), person.hindrance());
    format!("{:16} {:6} {} {place} {hindrance}", user.login, user.role.label(), user.name)
}

/// Reads a new pass word: twice from a terminal that shows nothing, or one line of standard input.
fn ask(what: &str) -> anyhow::Result<String> {
    let first = asked(what)?;
    if stdin().is_terminal() && unseen("Once more: ")? != first {
        bail!("the two are not the same");
    }
    Ok(first)
}

/// Reads a pass word once.
fn asked(what: &str) -> anyhow::Result<String> {
    if stdin().is_terminal() { unseen(&format!("{what}: ")) } else { one_line() }
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
