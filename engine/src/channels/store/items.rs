//! Channels, batches, files and items as they are written down.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, ChargeId};

use crate::channels::item::{Channel, File, Item, NewItem, Refused, Repeated, Settles, Whose};
use crate::database::{known, period, yuan};

/// Enters a channel.
pub(in crate::channels) async fn add_channel(
    connection: &mut PgConnection,
    new: &Channel,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into channel (code, name, method, serial_scope) values ($1, $2, $3::text, $4::text) returning id",
        new.code,
        new.name,
        new.method.code(),
        new.serial_scope.code()
    )
    .fetch_one(connection)
    .await
}

/// Enters channels that do not stand yet; gives how many.
pub(in crate::channels) async fn load_channels(
    connection: &mut PgConnection,
    channels: &[Channel],
) -> Result<u64, sqlx::Error> {
    let mut entered = 0;
    for new in channels {
        let done = sqlx::query!(
            "insert into channel (code, name, method, serial_scope) values ($1, $2, $3::text, $4::text)
            on conflict do nothing",
            new.code,
            new.name,
            new.method.code(),
            new.serial_scope.code()
        )
        .execute(&mut *connection)
        .await?;
        entered += done.rows_affected();
    }
    Ok(entered)
}

/// Every channel.
pub(in crate::channels) async fn channels(
    connection: &mut PgConnection,
) -> Result<Vec<Channel>, sqlx::Error> {
    let rows =
        sqlx::query!("select id, code, name, method, serial_scope from channel order by code")
            .fetch_all(connection)
            .await?;
    let channel = |(id, code, name, method, scope): (i32, _, _, String, String)| Channel {
        id,
        code,
        name,
        method: known(&method),
        serial_scope: known(&scope),
    };
    Ok(rows
        .into_iter()
        .map(|r| channel((r.id, r.code, r.name, r.method, r.serial_scope)))
        .collect())
}

/// The channel of a code.
pub(in crate::channels) async fn channel(
    connection: &mut PgConnection,
    code: &str,
) -> Result<Option<Channel>, sqlx::Error> {
    Ok(channels(connection).await?.into_iter().find(|channel| channel.code == code))
}

/// The batch of a file, entered where it does not stand yet, and its day of settlement.
pub(in crate::channels) async fn batch(
    connection: &mut PgConnection,
    channel: &Channel,
    file: &File,
) -> Result<(i64, NaiveDate), sqlx::Error> {
    sqlx::query!(
        "insert into channel_batch (channel_id, batch_no, settled_on) values ($1, $2, $3) on conflict do nothing",
        channel.id,
        file.batch_no,
        file.settled_on
    )
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query!(
        "select id, settled_on from channel_batch where channel_id = $1 and batch_no = $2",
        channel.id,
        file.batch_no
    )
    .fetch_one(connection)
    .await?;
    Ok((row.id, row.settled_on))
}

/// As which other batch the same bytes came: channel, number and day of settlement. Who brings them meanwhile waits.
pub(in crate::channels) async fn came_as(
    connection: &mut PgConnection,
    batch: i64,
    sha256: &[u8],
) -> Result<Option<(String, String, NaiveDate)>, sqlx::Error> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtext('channel_file'), hashtext(encode($1, 'hex'))) as "held!: ()""#,
        sha256
    )
    .fetch_one(&mut *connection)
    .await?;
    let row = sqlx::query!(
        "select c.name, b.batch_no, b.settled_on from channel_file f
        join channel_batch b on b.id = f.batch_id join channel c on c.id = b.channel_id
        where f.sha256 = $2 and b.id <> $1
        order by f.id limit 1",
        batch,
        sha256
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.name, row.batch_no, row.settled_on)))
}

/// The account that was billed first, and when, where all that owe what a new batch pays were billed after its day. One
/// that was billed anew meanwhile stands beside others that were not, and beside its bill of that day.
pub(in crate::channels) async fn billed_after(
    connection: &mut PgConnection,
    batch: i64,
    file: &File,
) -> Result<Option<(String, NaiveDate)>, sqlx::Error> {
    let named = file.items.iter().filter_map(|item| match (&item.whose, up_to(item)) {
        (Whose::Number(number), Some(month)) => Some((number.clone(), month)),
        _ => None,
    });
    let (numbers, months): (Vec<String>, Vec<i32>) = named.unzip();
    let row = sqlx::query!(
        r#"
        select (array_agg(no order by newest, no))[1] as "no!", min(newest) as "newest!"
        from (
            select a.id, a.no, max(i.up_to) as up_to,
                max(least(c.bill_date, (c.created_at at time zone 'Asia/Shanghai')::date)) as newest
            from unnest($2::text[], $3::int[]) as i(no, up_to)
            join account a on a.no = i.no
            join charge_balance b on b.account_id = a.id and b.bill_period <= i.up_to
            join charge c on c.id = b.charge_id and c.bill_period = b.bill_period
            group by a.id
        ) as owing
        having bool_and(newest > $4 and not exists (
                select from charge_reversal v
                join charge stood on stood.id = v.charge_id and stood.bill_period = v.bill_period
                join charge back on back.id = v.reversal_id and back.bill_period = v.reversal_period
                where v.account_id = owing.id and v.bill_period <= owing.up_to and stood.bill_date <= $4
                    and back.created_at >= $4::date::timestamp at time zone 'Asia/Shanghai'))
            and not exists (select from channel_file where batch_id = $1)
        "#,
        batch,
        &numbers,
        &months,
        file.settled_on
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.no, row.newest)))
}

/// What was written down of a file.
pub(in crate::channels) struct Written {
    pub(in crate::channels) file: i64,
    pub(in crate::channels) open: Vec<Item>,
    pub(in crate::channels) already: u64,
    pub(in crate::channels) waiting: Vec<Refused>,
    pub(in crate::channels) repeated: Repeated,
}

/// An account as items name it.
type Known = (AccountId, String, i32);

/// Writes a file and its items down. An item that stands is left as it is; one under the identity of
/// another is written beside it, contested.
pub(in crate::channels) async fn take_in(
    connection: &mut PgConnection,
    channel: &Channel,
    (batch, unique_in): (i64, &str),
    file: &File,
    now: DateTime<Utc>,
) -> Result<Written, sqlx::Error> {
    let settled = BillPeriod::of(file.settled_on).number();
    let gross: terms::Money = file.items.iter().map(|item| item.gross).sum();
    let id = sqlx::query_scalar!(
        "insert into channel_file (batch_id, name, sha256, items, gross, received_by, received_at)
        values ($1, $2, $3, $4, $5::numeric, $6, $7) returning id",
        batch,
        file.name,
        file.sha256,
        i32::try_from(file.items.len()).expect("a file has fewer items than an i32 counts"),
        gross.yuan(),
        file.by.map(|by| by.0),
        now
    )
    .fetch_one(&mut *connection)
    .await?;
    let (by_id, by_number) = accounts(connection, &file.items).await?;
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(file.items.len());
    let mut repeated = Repeated::default();
    for item in &file.items {
        let (found, named) = match &item.whose {
            Whose::Account(id) => (by_id.get(id), id.to_string()),
            Whose::Number(number) => (by_number.get(number), number.clone()),
        };
        let account_no = found.map_or(named, |known| known.1.clone());
        let hash = item.hash(&account_no);
        if seen.insert((item.serial.clone(), hash.clone())) {
            rows.push((item, found, account_no, hash));
        } else {
            repeated.rows += 1;
            repeated.amount += item.gross;
        }
    }
    for is_contested in [false, true] {
        sqlx::query!(
            "insert into channel_item (id, settled_period, file_id, batch_id, channel_id, unique_in, serial, is_contested,
                account_no, account_id, town_id, gross, up_to, charge_ids, hash)
            select first_id($14::int) + d.id, $14, $1, $2, $3, $4, serial, $5, account_no, account_id, town_id, gross, up_to, charge_ids::bigint[], hash
            from unnest($6::text[], $7::text[], $8::bigint[], $9::int[], $10::numeric[], $11::int[], $12::text[], $13::bytea[])
                with ordinality as i(serial, account_no, account_id, town_id, gross, up_to, charge_ids, hash, n)
            join next_ids('channel_item_id', cardinality($6::text[])) with ordinality as d(id, n) using (n)
            order by n
            on conflict do nothing",
            id,
            batch,
            channel.id,
            unique_in,
            is_contested,
            &rows.iter().map(|r| r.0.serial.clone()).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.2.clone()).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.1.map(|known| known.0.0)).collect::<Vec<_>>() as &[Option<i64>],
            &rows.iter().map(|r| r.1.map(|known| known.2)).collect::<Vec<_>>() as &[Option<i32>],
            &rows.iter().map(|r| r.0.gross.yuan()).collect::<Vec<_>>(),
            &rows.iter().map(|r| up_to(r.0)).collect::<Vec<_>>() as &[Option<i32>],
            &rows.iter().map(|r| charges(r.0)).collect::<Vec<_>>() as &[Option<String>],
            &rows.iter().map(|r| r.3.clone()).collect::<Vec<_>>(),
            settled
        )
        .execute(&mut *connection)
        .await?;
    }
    let serials: Vec<String> = rows.iter().map(|r| r.0.serial.clone()).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|r| r.3.clone()).collect();
    let written = standing(connection, (channel, unique_in, settled), id, (&serials, &hashes));
    Ok(Written { repeated, ..written.await? })
}

/// What the items of a file have come to until now.
async fn standing(
    connection: &mut PgConnection,
    (channel, unique_in, settled): (&Channel, &str, i32),
    file: i64,
    (serials, hashes): (&[String], &[Vec<u8>]),
) -> Result<Written, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select i.id, i.account_id, i.serial, i.gross, i.up_to as "up_to: i32", i.charge_ids, i.hash,
            o.state as "state?", o.refusal as "refusal: String", o.reason
        from unnest($3::text[], $4::bytea[]) as e(serial, hash)
        join channel_item i on i.channel_id = $1 and i.unique_in = $2 and i.serial = e.serial and i.hash = e.hash
            and i.settled_period = $5
        left join channel_item_open o on o.item_id = i.id
        "#,
        channel.id,
        unique_in,
        serials,
        hashes,
        settled
    )
    .fetch_all(connection)
    .await?;
    let mut written = Written {
        file,
        open: Vec::new(),
        already: 0,
        waiting: Vec::new(),
        repeated: Repeated::default(),
    };
    for r in rows {
        match r.state.as_deref() {
            Some("received") => written.open.push(Item {
                id: r.id,
                account: r.account_id.map(AccountId),
                settles: settles(r.up_to, r.charge_ids),
                serial: r.serial,
                gross: yuan(r.gross),
                hash: r.hash,
            }),
            Some(_) => written.waiting.push(Refused {
                serial: r.serial,
                refusal: known(&r.refusal.expect(SAID)),
                reason: r.reason.expect(SAID),
            }),
            None => written.already += 1,
        }
    }
    Ok(written)
}

/// The table's check.
const SAID: &str = "what is in suspense says why";

/// What an item pays, as it is stored.
pub(super) fn settles(up_to: Option<i32>, charges: Option<Vec<i64>>) -> Settles {
    match up_to {
        Some(month) => Settles::UpTo(period(month)),
        None => Settles::Charges(charges.unwrap_or_default().into_iter().map(ChargeId).collect()),
    }
}

fn up_to(item: &NewItem) -> Option<i32> {
    match &item.settles {
        Settles::UpTo(period) => Some(period.number()),
        Settles::Charges(_) => None,
    }
}

fn charges(item: &NewItem) -> Option<String> {
    match &item.settles {
        Settles::UpTo(_) => None,
        Settles::Charges(charges) => {
            let ids: Vec<_> = charges.iter().map(|c| c.0.to_string()).collect();
            Some(format!("{{{}}}", ids.join(",")))
        }
    }
}

/// The accounts that items name, by id and by number.
async fn accounts(
    connection: &mut PgConnection,
    items: &[NewItem],
) -> Result<(HashMap<AccountId, Known>, HashMap<String, Known>), sqlx::Error> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for item in items {
        match &item.whose {
            Whose::Account(id) => ids.push(id.0),
            Whose::Number(number) => numbers.push(number.clone()),
        }
    }
    let rows = sqlx::query!(
        "select id, no, town_id from account where id = any($1)
        union select id, no, town_id from account where no = any($2)",
        &ids,
        &numbers
    )
    .fetch_all(connection)
    .await?;
    let (mut by_id, mut by_number) = (HashMap::new(), HashMap::new());
    for r in rows {
        let (Some(id), Some(no), Some(town)) = (r.id, r.no, r.town_id) else { continue };
        let known = (AccountId(id), no, town);
        by_number.insert(known.1.clone(), known.clone());
        by_id.insert(known.0, known);
    }
    Ok((by_id, by_number))
}

/// The account of a number.
pub(in crate::channels) async fn account_of(
    connection: &mut PgConnection,
    no: &str,
) -> Result<Option<AccountId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from account where no = $1", no)
        .fetch_optional(connection)
        .await?;
    Ok(id.map(AccountId))
}
