//! What stands of one account today.

use std::collections::{BTreeSet, HashMap};

use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, FeeItem};

use crate::access::Shown;
use crate::database::{known, volume, yuan};
use crate::register::account::{AccountCard, AccountFile, Arrears, FiledMeter};
use crate::register::state::AccountState;

pub(in crate::register) async fn numbered(
    connection: &mut PgConnection,
    no: &str,
) -> Result<Option<AccountId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from account where no = $1", no);
    Ok(id.fetch_optional(connection).await?.map(AccountId))
}

/// What accounts owe of the fees that are shown of each; those that owe nothing are not in it.
pub(in crate::register) async fn arrears(
    connection: &mut PgConnection,
    cards: &[AccountCard],
    shown: &Shown,
) -> Result<HashMap<AccountId, Arrears>, sqlx::Error> {
    let (mut ids, mut fees) = (Vec::new(), Vec::new());
    for card in cards {
        let seen: &BTreeSet<FeeItem> = shown.of(card.outlet);
        ids.extend(seen.iter().map(|_| card.id.0));
        fees.extend(seen.iter().map(|fee| fee.code().to_owned()));
    }
    let rows = sqlx::query!(
        r#"select b.account_id, count(distinct b.charge_id) as "charges!", sum(b.open_amount) as "amount!: Decimal"
           from unnest($1::bigint[], $2::text[]) as seen (account_id, fee_item)
           join charge_balance b on b.account_id = seen.account_id and b.fee_item = seen.fee_item
           group by b.account_id"#,
        &ids,
        &fees
    )
    .fetch_all(connection)
    .await?;
    let owed = rows.into_iter().map(|row| {
        let arrears = Arrears { charges: row.charges, amount: yuan(row.amount) };
        (AccountId(row.account_id), arrears)
    });
    Ok(owed.collect())
}

pub(in crate::register) async fn meters(
    connection: &mut PgConnection,
    account: AccountId,
) -> Result<Vec<FiledMeter>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.serial_no, m.caliber_mm, m.max_range as "max_range!: Decimal", m.start_index as "start_index!: Decimal",
                  m.installed_on, i.name as "installed_by?", m.recorded_at, m.removed_on, r.name as "removed_by?"
           from meter m left join app_user i on i.id = m.installed_by left join app_user r on r.id = m.removed_by
           where m.account_id = $1 order by m.removed_on is not null, m.id desc"#,
        account.0
    )
    .fetch_all(connection)
    .await?;
    let meters = rows.into_iter().map(|row| FiledMeter {
        serial_no: row.serial_no,
        caliber_mm: row.caliber_mm,
        max_range: volume(row.max_range),
        start_index: volume(row.start_index),
        installed_on: row.installed_on,
        installed_by: row.installed_by,
        recorded_at: row.recorded_at,
        removed_on: row.removed_on,
        removed_by: row.removed_by,
    });
    Ok(meters.collect())
}

pub(in crate::register) async fn file(
    connection: &mut PgConnection,
    card: AccountCard,
    meters: Vec<FiledMeter>,
) -> Result<AccountFile, sqlx::Error> {
    let row = sqlx::query!(
        r#"select a.use_class, a.sewage_class, a.garbage_class, a.persons, a.supplier_id, a.area_m2 as "area_m2: Decimal",
                  a.bins as "bins: Decimal", a.households as "households: Decimal", a.levy_ratio, a.payer_id, a.opened_on,
                  o.name as supplier_name, s.kind, p.document is not null as "has_document!",
                  (select count(*) from account b where b.payer_id = a.payer_id) as "accounts_of_payer!"
           from account a
           join organisation o on o.id = a.supplier_id
           join service_point s on s.id = a.service_point_id
           join payer p on p.id = a.payer_id
           where a.id = $1"#,
        card.id.0
    )
    .fetch_one(connection)
    .await?;
    Ok(AccountFile {
        card,
        state: AccountState::read(
            [&row.use_class, &row.sewage_class, &row.garbage_class],
            (row.persons, row.supplier_id),
            [row.area_m2, row.bins, row.households, row.levy_ratio],
            row.payer_id,
        ),
        supplier_name: row.supplier_name,
        point: known(&row.kind),
        opened_on: row.opened_on,
        has_document: row.has_document,
        accounts_of_payer: row.accounts_of_payer,
        meters,
    })
}
