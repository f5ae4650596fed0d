//! What the benchmarks ask of PostgreSQL, and the limits that they measure there.

use std::time::Instant;

use chrono::NaiveDate;
use futures::TryStreamExt;
use futures::future::try_join_all;
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, PgPool};
use tables::catalog;
use terms::{AccountId, BillPeriod, ChargeId, Money, OutletId, UserId};

use cluster::Address;

/// The slot of `pg_recvlogical`.
pub(super) const BENCH_SLOT: &str = "bench";

/// The views that the reports' statements name beside tables.
const VIEWS: &str = "create view cashier as
    select id as cashier_id, name as cashier_name, outlet_id from app_user u
    where exists (select from person_version v where v.user_id = u.id and v.role in ('clerk', 'sanitation_clerk')
        union all select from stand_in s where s.user_id = u.id and s.role in ('clerk', 'sanitation_clerk'));
    create view payer_then as
    select p.id as payment_id, p.account_id, (select a.no from account a where a.id = p.account_id) as account_no, p.town_id, p.outlet_id, p.account_date, (
        select string_agg(payer_called(w.payer_id, p.posted_at), '、' order by w.payer_id)
        from (
            select distinct coalesce(c.payer_id, payer_at(p.account_id, p.posted_at)) as payer_id
            from (select) one
            left join allocation l on l.payment_id = p.id
            left join charge c on c.id = l.charge_id and c.bill_period = l.bill_period
        ) w) as payer_name
    from payment p;
    grant select on cashier, payer_then to weir_app";
/// The homepage's questions.
const HOME: [&str; 7] = [
    "select sum(net) filter (where account_date = $1),
        sum(net) filter (where account_date >= date_trunc('month', $1::date)),
        sum(net) filter (where account_date >= date_trunc('year', $1::date)) from payment",
    "select town_id, sum(net) from payment where account_date >= date_trunc('year', $1::date) group by 1",
    "select bill_period, fee_item, sum(amount) from charge_line group by 1, 2",
    "select date_trunc('month', account_date::timestamp), fee_item, sum(amount + late_fee) from allocation
     where account_date > $1::date - interval '24 months' group by 1, 2",
    "select date_trunc('month', account_date::timestamp), sum(delta) from prepaid_entry
     where account_date > $1::date - interval '24 months' group by 1",
    "select c.town_id, sum(c.total), coalesce(sum(b.open_amount), 0) from charge c
     left join (select charge_id, sum(open_amount) as open_amount from charge_balance group by 1) b on b.charge_id = c.id group by 1",
    "select fee_item, sum(amount) from remittance where remitted_on <= $1 group by 1",
];

/// A bill to be paid, and who takes the money.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) account: AccountId,
    pub(super) charge: ChargeId,
    pub(super) open: Money,
    pub(super) cashier: UserId,
    pub(super) outlet: OutletId,
    /// It costs a late fee besides.
    pub(super) late: bool,
}

/// Rows that were copied, and how long it took.
pub(super) struct Copied {
    pub(super) rows: u64,
    pub(super) seconds: f64,
}

pub(super) async fn analyze(address: &Address) -> Result<(), sqlx::Error> {
    let mut connection = address.options().connect().await?;
    sqlx::raw_sql("analyze; checkpoint").execute(&mut connection).await?;
    Ok(())
}

/// Makes what a report's statements name and PostgreSQL lacks.
pub(super) async fn make_views(address: &Address) -> Result<(), sqlx::Error> {
    let mut connection = address.options().connect().await?;
    sqlx::raw_sql(VIEWS).execute(&mut connection).await?;
    Ok(())
}

/// The open bills of accounts that owe one and no other, spread over the cashiers; of one outlet, or of all.
pub(super) async fn dues(pool: &PgPool, outlet: Option<OutletId>) -> Result<Vec<Due>, sqlx::Error> {
    let rows: Vec<(i64, i64, Decimal, i32, i32, bool)> = sqlx::query_as(
        "select b.account_id, b.charge_id, b.open_amount, u.id, a.outlet_id,
             b.due_date < (now() at time zone 'Asia/Shanghai')::date - 14
         from (select account_id, charge_id, due_date, sum(open_amount) as open_amount from charge_balance
               group by 1, 2, 3) b join account a on a.id = b.account_id
         join lateral (select min(id) as id from app_user where outlet_id = a.outlet_id and role = 'clerk') u on true
         where ($1::int is null or a.outlet_id = $1)
           and not exists (select from charge_balance o
                           where o.account_id = b.account_id and o.charge_id <> b.charge_id)
         order by hashint8(b.account_id), b.account_id",
    )
    .bind(outlet.map(|outlet| outlet.0))
    .fetch_all(pool)
    .await?;
    let due = |(account, charge, open, cashier, outlet, late)| Due {
        late,
        account: AccountId(account),
        charge: ChargeId(charge),
        open: Money::exact(open).unwrap_or_default(),
        cashier: UserId(cashier),
        outlet: OutletId(outlet),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// What payers say of themselves at a counter.
pub(super) struct Said {
    pub(super) outlet: OutletId,
    pub(super) account: AccountId,
    /// Each finds the account, maybe among others.
    pub(super) words: Vec<String>,
}

/// As the server does by itself at night.
pub(super) async fn tidy_up(address: &Address) -> Result<(), sqlx::Error> {
    let mut connection = address.options().connect().await?;
    sqlx::raw_sql("vacuum analyze").execute(&mut connection).await?;
    sqlx::raw_sql("checkpoint").execute(&mut connection).await?;
    Ok(())
}

/// Accounts of all outlets, evenly, with the ways in which each is asked for: number and its end, meter, telephone, name
/// and a part of it, a part of the address, name and street.
pub(super) async fn what_payers_say(
    pool: &PgPool,
    accounts: u32,
) -> Result<Vec<Said>, sqlx::Error> {
    let rows: Vec<(i32, i64, Vec<String>)> = sqlx::query_as(
        "select a.outlet_id, a.id, array[
             a.no, right(a.no, 4), right(a.no, 6), lower(m.serial_no), right(m.serial_no, 6), right(a.phone, 8),
             left(a.no, 4), left(a.no, 7), left(m.serial_no, 4), left(m.serial_no, 9), left(a.phone, 7),
             a.payer_name, right(a.payer_name, 2), right(a.address, 8), substr(a.address, 4, 4),
             left(a.payer_name, 1) || ' ' || right(a.address, 6)]
         from account a join meter m on m.account_id = a.id
         where a.id % greatest(1, (select max(id) from account) / $1) = 0
         order by hashint8(a.id)",
    )
    .bind(i64::from(accounts))
    .fetch_all(pool)
    .await?;
    let said = |(outlet, account, words)| Said {
        outlet: OutletId(outlet),
        account: AccountId(account),
        words,
    };
    Ok(rows.into_iter().map(said).collect())
}

/// Puts bills into a table that pgbench reads, each with all that a payment of it needs, and the function that pays one.
pub(super) async fn give_to_pgbench(
    address: &Address,
    dues: &[Due],
    function: &'static str,
) -> Result<(), sqlx::Error> {
    let mut connection = address.options().connect().await?;
    let list = |of: fn(&Due) -> i64| dues.iter().map(of).collect::<Vec<i64>>();
    sqlx::raw_sql("create sequence bench_next; create table bench_due (n bigint primary key, account_id bigint, cashier_id int,
        outlet_id int, charge_id bigint, total numeric, lines bigint[], periods int[], fees text[], amounts numeric[],
        water numeric, other numeric, owners int[])")
        .execute(&mut connection)
        .await?;
    sqlx::query(
        "insert into bench_due
         select d.n, d.account_id, d.cashier_id, d.outlet_id, d.charge_id, sum(l.amount),
             array_agg(l.id order by l.id), array_agg(l.bill_period::int order by l.id),
             array_agg(l.fee_item::text order by l.id), array_agg(l.amount::numeric order by l.id),
             coalesce(sum(l.amount) filter (where l.fee_item = 'water'), 0),
             coalesce(sum(l.amount) filter (where l.fee_item <> 'water'), 0), array_agg(l.owner_id order by l.id)
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality
             as d(account_id, charge_id, cashier_id, outlet_id, n)
         join charge_line l on l.charge_id = d.charge_id group by 1, 2, 3, 4, 5",
    )
    .bind(list(|due| due.account.0))
    .bind(list(|due| due.charge.0))
    .bind(list(|due| due.cashier.0.into()))
    .bind(list(|due| due.outlet.0.into()))
    .execute(&mut connection)
    .await?;
    sqlx::raw_sql(function).execute(&mut connection).await?;
    sqlx::raw_sql("analyze bench_due").execute(&mut connection).await?;
    Ok(())
}

/// Copies a period's bills into tables of the same shape without triggers, as two streams.
pub(super) async fn copy_again(
    address: &Address,
    period: BillPeriod,
) -> Result<Copied, sqlx::Error> {
    let mut one = address.options().connect().await?;
    let mut other = address.options().connect().await?;
    let (charges, charge_rows) = read(&mut one, "charge", period).await?;
    let (balances, _) = read(&mut one, "charge_balance", period).await?;
    let (taken, taken_rows) = read(&mut one, "charge_reading", period).await?;
    let (months, month_rows) = read(&mut one, "charge_month", period).await?;
    let (lines, line_rows) = read(&mut other, "charge_line", period).await?;
    for table in ["charge", "charge_balance", "charge_reading", "charge_month", "charge_line"] {
        let sql = format!(
            "create table bench_{table} (like {table} including defaults including constraints including indexes)"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut one).await?;
    }
    sqlx::raw_sql("checkpoint").execute(&mut one).await?;
    let start = Instant::now();
    let bills = async {
        write(&mut one, "charge", &charges).await?;
        write(&mut one, "charge_balance", &balances).await?;
        write(&mut one, "charge_reading", &taken).await?;
        write(&mut one, "charge_month", &months).await
    };
    futures::try_join!(bills, write(&mut other, "charge_line", &lines))?;
    Ok(Copied {
        rows: charge_rows + taken_rows + month_rows + line_rows,
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// The rows of a table in PostgreSQL's binary form, and their number.
async fn read(
    connection: &mut PgConnection,
    table: &str,
    period: BillPeriod,
) -> Result<(Vec<u8>, u64), sqlx::Error> {
    let filter = format!("{table} where bill_period = {}", period.number());
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {filter}")))
        .fetch_one(&mut *connection)
        .await?;
    let statement = format!("copy (select * from {filter}) to stdout (format binary)");
    let mut stream = connection.copy_out_raw(&statement).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.try_next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok((bytes, count.unsigned_abs()))
}

async fn write(
    connection: &mut PgConnection,
    table: &str,
    bytes: &[u8],
) -> Result<(), sqlx::Error> {
    let mut copy =
        connection.copy_in_raw(&format!("copy bench_{table} from stdin (format binary)")).await?;
    for piece in bytes.chunks(256 * 1024) {
        copy.send(piece).await?;
    }
    copy.finish().await.map(drop)
}

/// Gives `pg_recvlogical` a slot at the position of ours.
pub(super) async fn copy_slot(address: &Address) -> Result<(), sqlx::Error> {
    let mut connection = address.options().connect().await?;
    sqlx::query("select pg_copy_logical_replication_slot($1, $2)")
        .bind(ingest::SLOT)
        .bind(BENCH_SLOT)
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Rows of all captured tables.
pub(super) async fn rows(address: &Address) -> Result<u64, sqlx::Error> {
    let mut connection = address.options().connect().await?;
    let mut all = 0;
    for def in catalog::all() {
        let sql = format!("select count(*) from {}", def.name);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await?;
        all += count.unsigned_abs();
    }
    Ok(all)
}

/// Asks the statements of a report for a day at all outlets, side by side.
pub(super) async fn ask(
    pool: &PgPool,
    statements: &[&'static str],
    day: NaiveDate,
) -> anyhow::Result<()> {
    try_join_all(statements.iter().map(async |sql| {
        let sql = sql.replace("$day", "$1").replace("$outlet", "$2");
        sqlx::query(AssertSqlSafe(sql)).bind(day).bind(0_i32).fetch_all(pool).await
    }))
    .await?;
    Ok(())
}

/// Asks everything that the homepage shows.
pub(super) async fn ask_home(pool: &PgPool, day: NaiveDate) -> anyhow::Result<()> {
    for question in HOME {
        let asked = sqlx::query(question);
        let asked = if question.contains("$1") { asked.bind(day) } else { asked };
        asked.fetch_all(pool).await?;
    }
    Ok(())
}
