//! The chunks of a run: who bills which accounts, and what of them could not be billed.

use sqlx::PgConnection;
use terms::Money;

use crate::billing::why::Why;
use crate::database::number_of;

/// Neighbouring accounts, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::billing) struct Chunk {
    pub(in crate::billing) first: i64,
    pub(in crate::billing) last: i64,
}

/// Cuts all ids into chunks of so many accounts, and the last chunk of a run that has some: those that are yet to be seen,
/// whatever their ids, are in one of them.
pub(in crate::billing) async fn cut_chunks(
    connection: &mut PgConnection,
    run_id: i64,
    accounts: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with last as (
             select coalesce(max(first_account), 1) as first from bill_run_chunk where run_id = $1
         ), cut as (
             select greatest(c.first, l.first) as first, lead(c.first - 1, 1, 9223372036854775807) over (order by c.first) as last
             from last l
             cross join lateral (
                 select 0 as first
                 union all
                 select a.id from (select id, row_number() over (order by id) - 1 as place from account where id >= l.first) a
                 where a.place > 0 and a.place % $2 = 0) c
         ), shortened as (
             update bill_run_chunk k set last_account = c.last from cut c
             where k.run_id = $1 and k.first_account = c.first and k.last_account <> c.last
         )
         insert into bill_run_chunk (run_id, first_account, last_account)
         select $1, first, last from cut on conflict do nothing",
        run_id,
        accounts
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The chunks that a new run would have.
pub(in crate::billing) async fn plan_chunks(
    connection: &mut PgConnection,
    accounts: i64,
) -> Result<Vec<Chunk>, sqlx::Error> {
    sqlx::query_as!(
        Chunk,
        r#"select min(id) as "first!", max(id) as "last!"
           from (select id, (row_number() over (order by id) - 1) / $1 as chunk from account) a
           group by chunk order by 1"#,
        accounts
    )
    .fetch_all(connection)
    .await
}

/// Chunks done, and all of them.
pub(in crate::billing) async fn chunk_counts(
    connection: &mut PgConnection,
    run_id: i64,
) -> Result<(u64, u64), sqlx::Error> {
    let counts = sqlx::query!(
        r#"select count(*) filter (where k.start = r.starts) as "done!", count(*) as "all!"
           from bill_run r join bill_run_chunk k on k.run_id = r.id where r.id = $1"#,
        run_id
    )
    .fetch_one(connection)
    .await?;
    Ok((counts.done.unsigned_abs(), counts.all.unsigned_abs()))
}

/// Takes the next open chunk that no other worker holds: if this transaction commits, it was looked at by the last start of its
/// run. What can be seen now is seen by whoever looks after this; what was begun before that start and is committed later is
/// not.
pub(in crate::billing) async fn claim_chunk(
    connection: &mut PgConnection,
    run_id: i64,
) -> Result<Option<Chunk>, sqlx::Error> {
    sqlx::query_as!(
        Chunk,
        "update bill_run_chunk k set start = r.starts, looked_at = r.started_at, looked_in = pg_current_snapshot(),
             looked_by = pg_current_xact_id()
         from bill_run r
         where r.id = $1 and k.run_id = r.id and k.first_account = (
             select o.first_account from bill_run_chunk o
             where o.run_id = $1 and o.start < (select starts from bill_run where id = $1)
             order by o.first_account limit 1 for update skip locked)
         returning k.first_account as first, k.last_account as last",
        run_id
    )
    .fetch_optional(connection)
    .await
}

/// Adds what was billed in a chunk to its sums.
pub(in crate::billing) async fn add_up(
    connection: &mut PgConnection,
    run_id: i64,
    chunk: Chunk,
    charges: u64,
    amount: Money,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bill_run_chunk set charges = charges + $3, amount = amount + $4
         where run_id = $1 and first_account = $2",
        run_id,
        chunk.first,
        number_of(charges),
        amount.yuan()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The accounts of a chunk that could not be billed, now: earlier reasons go. Of several reasons the first stands.
pub(in crate::billing) async fn replace_failures(
    connection: &mut PgConnection,
    run_id: i64,
    chunk: Chunk,
    parked: &[(i64, Why)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from bill_failure where run_id = $1 and account_id between $2 and $3",
        run_id,
        chunk.first,
        chunk.last
    )
    .execute(&mut *connection)
    .await?;
    let accounts: Vec<i64> = parked.iter().map(|(account, _)| *account).collect();
    let reasons: Vec<_> = parked.iter().map(|(_, why)| why.reason().code().to_owned()).collect();
    let words: Vec<_> = parked.iter().map(|(_, why)| why.to_string()).collect();
    sqlx::query!(
        "insert into bill_failure (run_id, account_id, reason, words)
         select $1, account_id, reason, left(words, 300)
         from unnest($2::bigint[], $3::text[], $4::text[]) as p (account_id, reason, words)
         on conflict do nothing",
        run_id,
        &accounts,
        &reasons,
        &words
    )
    .execute(connection)
    .await?;
    Ok(())
}
