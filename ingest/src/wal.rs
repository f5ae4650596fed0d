//! Messages of pgoutput, protocol 1, into the hot tier. Begin, Commit and logical messages are taken off before.

use std::collections::HashMap;

use tables::{Kind, catalog};
use terms::Lsn;

use crate::CaptureError;
use crate::hot::HotTable;
use crate::publication::{BASE_TYPES, fits};
use crate::value::integer;

/// The shape of every table that the stream has named.
#[derive(Default)]
pub(crate) struct Decoder {
    relations: HashMap<u32, Relation>,
    /// Domains by their number, each with the type that it narrows.
    domains: HashMap<u32, u32>,
}

/// A table of the stream; `table` is none where the catalog does not know it: no row of it may come.
struct Relation {
    schema: String,
    name: String,
    table: Option<usize>,
    columns: Vec<StreamColumn>,
    /// The place of the key among the columns of the stream.
    key: usize,
}

/// A column of the stream; `at` is its place in the catalog, none where the catalog does not want it.
struct StreamColumn {
    name: String,
    at: Option<usize>,
}

impl Decoder {
    /// Decodes one message of a transaction whose commit record lies at `commit`; the table that it changed.
    pub(crate) fn message(
        &mut self,
        data: &[u8],
        commit: Lsn,
        hot: &mut [HotTable],
    ) -> Result<Option<usize>, CaptureError> {
        let mut from = Reader(data);
        match from.u8()? {
            b'R' => self.relation(&mut from).map(|()| None),
            kind @ (b'I' | b'U' | b'D') => {
                let relation = from.u32()?;
                let known = self.relations.get(&relation);
                let relation = known.ok_or_else(|| {
                    CaptureError::stop("the log holds a row of a table that it has not named")
                })?;
                let Relation { schema, name, .. } = relation;
                let Some(table) = relation.table.and_then(|at| Some((at, hot.get_mut(at)?))) else {
                    return Err(CaptureError::stop(format!(
                        "the log holds a row of {schema}.{name}, a table that is not declared"
                    )));
                };
                // A flush before a crash may have put this commit into this table already.
                if commit < table.1.captured() {
                    return Ok(None);
                }
                change(kind, &mut from, relation, table.1)
                    .map_err(|why| CaptureError::stop(format!("table {name}: {why}")))?;
                Ok(Some(table.0))
            }
            b'T' => Err(self.truncated(&mut from)),
            b'Y' => self.domain(&mut from).map(|()| None),
            // Origins of replicated transactions.
            b'O' => Ok(None),
            other => Err(CaptureError::stop(format!(
                "the log holds an unknown message `{}`",
                char::from(other)
            ))),
        }
    }

    fn truncated(&self, from: &mut Reader<'_>) -> CaptureError {
        let mut names = Vec::new();
        let count = from.u32().unwrap_or(0);
        let _options = from.u8();
        for _ in 0..count {
            let relation = from.u32().ok().and_then(|id| self.relations.get(&id));
            names.push(relation.map_or("?", |r| &*r.name));
        }
        CaptureError::stop(format!(
            "truncate of {} is refused: books are not emptied",
            names.join(", ")
        ))
    }

    /// Sent before the first table that uses a type of ours: of a domain it names the type beneath.
    fn domain(&mut self, from: &mut Reader<'_>) -> Result<(), CaptureError> {
        let (oid, schema, name) = (from.u32()?, from.text()?, from.text()?);
        let beneath = BASE_TYPES.iter().find(|(base, _)| schema.is_empty() && *base == name);
        if let Some((_, base)) = beneath {
            self.domains.insert(oid, *base);
        }
        Ok(())
    }

    /// Sent at the start of a session and after every change of shape.
    fn relation(&mut self, from: &mut Reader<'_>) -> Result<(), CaptureError> {
        let id = from.u32()?;
        let (schema, name) = (from.text()?, from.text()?);
        let identity = from.u8()?;
        let known = catalog::all().iter().position(|def| schema == "public" && def.name == name);
        let Some(table) = known else {
            // The log names each partition beside its root; the rows themselves come under the root's name.
            let relation = Relation { schema, name, table: None, columns: Vec::new(), key: 0 };
            self.relations.insert(id, relation);
            return Ok(());
        };
        let def = &catalog::all()[table];
        let mut columns = Vec::new();
        let mut tells_key = false;
        for _ in 0..from.u16()? {
            let is_key = from.u8()? & 1 == 1;
            let (column, oid, _modifier) = (from.text()?, from.u32()?, from.u32()?);
            let oid = self.domains.get(&oid).copied().unwrap_or(oid);
            let at = def.index_of(&column);
            if let Some(at) = at.filter(|at| !fits(def.columns[*at].kind, oid)) {
                let kind = def.columns[at].kind;
                return Err(CaptureError::stop(format!(
                    "column {name}.{column} is of type {oid} now, no longer {kind:?}"
                )));
            }
            tells_key |= is_key && column == def.key;
            columns.push(StreamColumn { name: column, at });
        }
        // A changed key comes with the old one only where the log tells rows apart by it.
        if def.kind == Kind::Reference && !(tells_key && matches!(identity, b'd' | b'f')) {
            return Err(CaptureError::stop(format!(
                "table {name}: the log no longer tells its rows apart by {} (replica identity `{}`)",
                def.key,
                char::from(identity)
            )));
        }
        for column in def.columns {
            if !columns.iter().any(|c| c.name == column.name) {
                return Err(CaptureError::stop(format!(
                    "column {name}.{} is gone from the publication",
                    column.name
                )));
            }
        }
        let key = columns.iter().position(|c| c.name == def.key).unwrap_or(0);
        self.relations.insert(id, Relation { schema, name, table: Some(table), columns, key });
        Ok(())
    }
}

fn change(
    kind: u8,
    from: &mut Reader<'_>,
    relation: &Relation,
    table: &mut HotTable,
) -> Result<(), String> {
    if kind != b'I' && table.def().kind == Kind::Ledger {
        let what = if kind == b'U' { "update" } else { "delete" };
        return Err(format!("{what} of a ledger row is refused: a correction is a new entry"));
    }
    let mut part = from.u8()?;
    let mut old_key = None;
    if kind != b'I' && matches!(part, b'K' | b'O') {
        old_key = Some(key_of(from, relation)?);
        if kind == b'U' {
            part = from.u8()?;
        }
    }
    if kind == b'D' {
        return old_key
            .map(|key| table.deleted(key))
            .ok_or_else(|| "a delete without its key".into());
    }
    if part != b'N' {
        return Err("a change without its new row".into());
    }
    let key = row(from, relation, table)?;
    match kind {
        b'I' => table.inserted(key),
        _ => table.updated(old_key, key),
    }
    Ok(())
}

/// Decodes a row into the open batch; its key (0 for ledger tables, which need none).
fn row(from: &mut Reader<'_>, relation: &Relation, table: &mut HotTable) -> Result<i64, String> {
    let keyed = table.def().kind == Kind::Reference;
    let rows = table.rows();
    let mut key = 0;
    if usize::from(from.u16()?) != relation.columns.len() {
        return Err("a row whose columns are not those of its table".into());
    }
    for (place, column) in relation.columns.iter().enumerate() {
        let bad = |why: String| format!("column {}: {why}", column.name);
        let value = match from.u8()? {
            b'n' => None,
            b't' => Some(from.value()?),
            b'u' if column.at.is_none() => None,
            b'u' => return Err(bad("a long value that did not change is not in the log".into())),
            other => return Err(bad(format!("unknown form `{}`", char::from(other)))),
        };
        if keyed && place == relation.key {
            key = integer(value.unwrap_or_default()).map_err(|e| bad(e.to_string()))?;
        }
        match (column.at, value) {
            (None, _) => {}
            (Some(at), None) => rows.column(at).null(),
            (Some(at), Some(value)) => {
                rows.column(at).text(value).map_err(|e| bad(e.to_string()))?
            }
        }
    }
    rows.end_row();
    Ok(key)
}

/// The key in an old row, of which other columns may be missing.
fn key_of(from: &mut Reader<'_>, relation: &Relation) -> Result<i64, String> {
    let mut key = None;
    for place in 0..usize::from(from.u16()?) {
        if from.u8()? == b't' {
            let value = from.value()?;
            if place == relation.key {
                key = Some(integer(value).map_err(|e| e.to_string())?);
            }
        }
    }
    key.ok_or_else(|| "an old row without its key".into())
}

struct Reader<'a>(&'a [u8]);

/// A message that ends early: the stream is broken.
struct Short;

impl From<Short> for String {
    fn from(_: Short) -> Self {
        "a message of the log ends early".into()
    }
}

impl From<Short> for CaptureError {
    fn from(short: Short) -> Self {
        Self::stop(String::from(short))
    }
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], Short> {
        let (head, rest) = self.0.split_at_checked(bytes).ok_or(Short)?;
        self.0 = rest;
        Ok(head)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        self.take(N)?.try_into().map_err(|_| Short)
    }

    fn u8(&mut self) -> Result<u8, Short> {
        self.fixed::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, Short> {
        self.fixed().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Short> {
        self.fixed().map(u32::from_be_bytes)
    }

    /// A value with its length before it.
    fn value(&mut self) -> Result<&'a [u8], Short> {
        let length = usize::try_from(self.u32()?).map_err(|_| Short)?;
        self.take(length)
    }

    /// A text with a zero behind it.
    fn text(&mut self) -> Result<String, Short> {
        let end = self.0.iter().position(|b| *b == 0).ok_or(Short)?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes messages as the server does.
    struct Message(Vec<u8>);

    impl Message {
        fn new(kind: u8) -> Self {
            Self([&[kind][..], &7_u32.to_be_bytes()].concat())
        }

        fn raw(mut self, bytes: &[u8]) -> Self {
            self.0.extend_from_slice(bytes);
            self
        }

        fn row(self, part: u8, values: &[Option<&str>]) -> Self {
            let count = u16::try_from(values.len()).unwrap();
            let mut message = self.raw(&[part]).raw(&count.to_be_bytes());
            for value in values {
                message = match value {
                    None => message.raw(b"n"),
                    Some("~unchanged") => message.raw(b"u"),
                    Some(text) => {
                        let length = u32::try_from(text.len()).unwrap();
                        message.raw(b"t").raw(&length.to_be_bytes()).raw(text.as_bytes())
                    }
                };
            }
            message
        }

        fn relation(table: &str, columns: &[(&str, u32)]) -> Self {
            Self::relation_of("public", table, b'd', "id", columns)
        }

        /// A table whose rows are told apart by one column.
        fn relation_of(
            schema: &str,
            table: &str,
            identity: u8,
            key: &str,
            columns: &[(&str, u32)],
        ) -> Self {
            let count = u16::try_from(columns.len()).unwrap();
            let mut message = Self::new(b'R').raw(schema.as_bytes()).raw(b"\0");
            message = message.raw(table.as_bytes()).raw(&[0, identity]).raw(&count.to_be_bytes());
            for (name, oid) in columns {
                message = message
                    .raw(&[u8::from(*name == key)])
                    .raw(name.as_bytes())
                    .raw(b"\0")
                    .raw(&oid.to_be_bytes())
                    .raw(&[0; 4]);
            }
            message
        }
    }

    const TOWN: &[(&str, u32)] =
        &[("id", 23), ("added_later", 17), ("short_name", 25), ("name", 25)];

    fn decode(messages: &[Message]) -> Result<Vec<HotTable>, CaptureError> {
        let mut hot: Vec<HotTable> =
            catalog::all().iter().map(|def| HotTable::new(def, [].into(), Lsn(0))).collect();
        let mut decoder = Decoder::default();
        for message in messages {
            decoder.message(&message.0, Lsn(5), &mut hot)?;
        }
        Ok(hot)
    }

    #[test]
    fn columns_go_by_name_and_unwanted_ones_are_passed_over() {
        let mut hot = decode(&[
            Message::relation("town", TOWN),
            Message::new(b'I').row(b'N', &[Some("3"), Some("\\x00"), Some("道滘"), Some("道滘镇")]),
            Message::new(b'U').row(b'N', &[Some("3"), Some("~unchanged"), None, Some("道滘街道")]),
        ])
        .unwrap();
        let town = hot[0].cut().unwrap();
        assert_eq!(town.hot.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), 1);
        assert!(town.superseded.is_empty());
    }

    #[test]
    fn a_domain_is_taken_for_the_type_beneath() {
        let named = [("id", 23), ("short_name", 70_000), ("name", 25)];
        let domain = Message(b"Y\0\x01\x11\x70\0text\0".to_vec());
        decode(&[domain, Message::relation("town", &named)]).unwrap();
        let message = decode(&[Message::relation("town", &named)]).err().unwrap().message;
        assert!(message.contains("town.short_name is of type 70000"), "{message}");
    }

    #[test]
    fn what_cannot_be_known_stops_capture_by_name() {
        let relation = || Message::relation("town", TOWN);
        let row = |name| [Some("3"), None, None, Some(name)];
        let named = |schema, table| Message::relation_of(schema, table, b'd', "id", TOWN);
        let told_by = |identity, key| Message::relation_of("public", "town", identity, key, TOWN);
        let one = || Message::new(b'I').row(b'N', &row("a"));
        for (messages, want) in [
            (
                vec![relation(), Message::new(b'U').row(b'N', &row("~unchanged"))],
                "column name: a long value",
            ),
            (vec![relation(), Message(b"T\0\0\0\x01\0\0\0\0\x07".to_vec())], "truncate of town"),
            (
                vec![relation(), Message::new(b'I').row(b'N', &[Some("x"), None, None, None])],
                "column id: `x`",
            ),
            (vec![Message::relation("town", &TOWN[..3])], "column town.name is gone"),
            (vec![Message::relation("town", &[("id", 1700)])], "column town.id is of type 1700"),
            (vec![Message::new(b'I').row(b'N', &row("a"))], "has not named"),
            (vec![relation(), Message(b"I\0\0\0\x07N".to_vec())], "ends early"),
            // Renamed, in another schema, or a partition that does not come under its root's name.
            (vec![named("public", "town_2"), one()], "a row of public.town_2, a table that is not"),
            (vec![named("archive", "town"), one()], "a row of archive.town, a table that is not"),
            (vec![named("public", "charge_202611"), one()], "a row of public.charge_202611"),
            (vec![told_by(b'i', "short_name")], "table town: the log no longer tells its rows"),
            (vec![told_by(b'n', "")], "table town: the log no longer tells its rows apart by id"),
        ] {
            let message = decode(&messages).err().unwrap().message;
            assert!(message.contains(want), "{message}");
        }
    }
}
