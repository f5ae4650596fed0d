//! The digests that a closed day or month keeps, made again from the warehouse, and the chains in which the closes are
//! sealed: what stands there is what was closed. 封账

use futures::StreamExt;
use sha2::{Digest, Sha256};
use warehouse::{Person, Pinned, Row};

use crate::ReportError;

/// What the warehouse says of all that was closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Seals {
    /// Days of cashiers and months of organisations that were compared.
    pub compared: u64,
    /// Those whose entries make another digest than they kept, or that are not sealed as they stand, in words.
    pub broken: Vec<String>,
}

/// A close in the making: its digest as it was kept, and as its entries make it.
struct Sealed {
    id: i64,
    kept: String,
    seen: Sha256,
}

/// Makes the digests and the seals of all closed days and months again, and compares them with those that were kept.
///
/// # Errors
/// The warehouse cannot answer.
pub async fn compare(pinned: &Pinned) -> Result<Seals, ReportError> {
    let mut seals = Seals::default();
    // A day ends each of its entries with a new line, a month parts its own by one.
    add(&mut seals, pinned, ("日结", include_str!("days.sql"), true)).await?;
    add(&mut seals, pinned, ("月结", include_str!("months.sql"), false)).await?;
    follow(&mut seals, pinned).await?;
    Ok(seals)
}

/// Follows the chains: each close names the seal of the one before, and its own is over that and what it says.
async fn follow(seals: &mut Seals, pinned: &Pinned) -> Result<(), ReportError> {
    let mut rows = pinned.stream(&Person::system(), include_str!("closes.sql"), &[]).await?;
    let (mut chain, mut last) = (String::new(), String::new());
    while let Some(batch) = rows.next().await.transpose()? {
        for at in 0..batch.num_rows() {
            let row = Row::of(&batch, at);
            let text = |column| row.text(column).map(Option::unwrap_or_default);
            let of = format!("{} {}", text("name")?, text("chain")?);
            if of != chain {
                (chain, last) = (of, String::new());
            }
            let seal = text("seal")?.to_owned();
            let made = hex::encode(Sha256::digest(text("sealed")?));
            if text("before_it")? != last || made != seal {
                seals.tell(text("name")?, row.int("close_id")?.unwrap_or_default());
            }
            last = seal;
        }
    }
    Ok(())
}

async fn add(
    seals: &mut Seals,
    pinned: &Pinned,
    (name, sql, ends_lines): (&str, &str, bool),
) -> Result<(), ReportError> {
    let mut rows = pinned.stream(&Person::system(), sql, &[]).await?;
    let mut now: Option<Sealed> = None;
    let mut begun = false;
    while let Some(batch) = rows.next().await.transpose()? {
        for at in 0..batch.num_rows() {
            let row = Row::of(&batch, at);
            let id = row.int("close_id")?.unwrap_or_default();
            if now.as_ref().is_none_or(|sealed| sealed.id != id) {
                let kept = row.text("digest")?.unwrap_or_default().to_owned();
                let before = now.replace(Sealed { id, kept, seen: Sha256::new() });
                before.into_iter().for_each(|sealed| seals.take(name, sealed));
                begun = false;
            }
            let (Some(sealed), Some(entry)) = (&mut now, row.text("entry")?) else { continue };
            if begun && !ends_lines {
                sealed.seen.update("\n");
            }
            sealed.seen.update(entry);
            if ends_lines {
                sealed.seen.update("\n");
            }
            begun = true;
        }
    }
    now.into_iter().for_each(|sealed| seals.take(name, sealed));
    Ok(())
}

impl Seals {
    fn take(&mut self, name: &str, sealed: Sealed) {
        self.compared += 1;
        if hex::encode(sealed.seen.finalize()) != sealed.kept {
            self.tell(name, sealed.id);
        }
    }

    fn tell(&mut self, name: &str, id: i64) {
        let told = format!("{name} {id}");
        if !self.broken.contains(&told) {
            self.broken.push(told);
        }
    }
}
