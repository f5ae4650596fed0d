//! The paper of a cashier's day.

use sqlx::PgConnection;
use terms::PaperFate;

use crate::closing::day::DayOf;
use crate::closing::sheet::PaperRange;
use crate::database::known;

/// The numbers that a cashier was handed, used and spoilt on a day at an outlet, in the order of the digest.
pub(in crate::closing) async fn papers(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<Vec<PaperRange>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select fate as "fate!", receipt_type as "receipt_type!", code as "code!", first_no as "first_no!", last_no as "last_no!"
        from day_papers($1, $2, $3)"#,
        of.cashier.0,
        of.outlet.0,
        of.day
    )
    .fetch_all(connection)
    .await?;
    let papers = rows.into_iter().map(|r| PaperRange {
        fate: known(&r.fate),
        receipt_type: known(&r.receipt_type),
        code: r.code,
        first_no: r.first_no,
        last_no: r.last_no,
    });
    Ok(papers.collect())
}

/// What a cashier had in hand of the outlet's paper when the day ended.
pub(in crate::closing) async fn papers_left(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<Vec<PaperRange>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select receipt_type as "receipt_type!", code as "code!", first_no as "first_no!", last_no as "last_no!"
        from papers_left($1, $2, $3)"#,
        of.cashier.0,
        of.outlet.0,
        of.day
    )
    .fetch_all(connection)
    .await?;
    let papers = rows.into_iter().map(|r| PaperRange {
        fate: PaperFate::Left,
        receipt_type: known(&r.receipt_type),
        code: r.code,
        first_no: r.first_no,
        last_no: r.last_no,
    });
    Ok(papers.collect())
}

/// The same, as the close has kept it.
pub(in crate::closing) async fn papers_left_at(
    connection: &mut PgConnection,
    close: i64,
) -> Result<Vec<PaperRange>, sqlx::Error> {
    let rows = sqlx::query!(
        "select receipt_type, code, first_no, last_no from close_paper where close_id = $1 and fate = 'left' order by id",
        close
    )
    .fetch_all(connection)
    .await?;
    let papers = rows.into_iter().map(|r| PaperRange {
        fate: PaperFate::Left,
        receipt_type: known(&r.receipt_type),
        code: r.code,
        first_no: r.first_no,
        last_no: r.last_no,
    });
    Ok(papers.collect())
}
