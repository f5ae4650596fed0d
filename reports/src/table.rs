//! The rows of a report, read from the warehouse into cells.

use terms::{Money, PayMethod, Volume};
use warehouse::{Answer, Row, WarehouseError};

use crate::ReportError;
use crate::cell::Cell;
use crate::column::{Column, Kind, Total};

/// Rows under the columns of a definition.
#[derive(Debug, Clone)]
pub struct Table {
    /// What the cells of each row are.
    pub columns: &'static [Column],
    /// The rows, in the order of the statement.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Reads the answer to a statement; it must give every column of the definition.
    ///
    /// # Errors
    /// [`ReportError::Shape`] where a column is missing or is not what the definition says.
    pub fn read(
        title: &str,
        columns: &'static [Column],
        answer: &Answer,
    ) -> Result<Self, ReportError> {
        let rows = answer
            .rows()
            .map(|row| columns.iter().map(|column| cell(row, column)).collect())
            .collect::<Result<_, WarehouseError>>()
            .map_err(|reason| ReportError::shape(title, reason))?;
        Ok(Self { columns, rows })
    }

    /// The sums of all rows, blank where a column is not added up.
    pub fn totals(&self) -> Vec<Cell> {
        totals(self.columns, self.rows.iter().map(Vec::as_slice))
    }

    /// The place of a column by its name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The cell of a row in the column of a name; blank where there is no such column.
    pub fn cell<'a>(&self, row: &'a [Cell], name: &str) -> Option<&'a Cell> {
        self.place(name).and_then(|at| row.get(at))
    }
}

/// Adds rows up, each column in its own way; without rows, sums are nothing and are still written.
pub(crate) fn totals<'a>(columns: &[Column], rows: impl Iterator<Item = &'a [Cell]>) -> Vec<Cell> {
    let mut sums: Vec<Cell> = columns.iter().map(nothing).collect();
    for row in rows {
        for ((sum, cell), column) in sums.iter_mut().zip(row).zip(columns) {
            if column.total == Total::Sum {
                *sum = sum.plus(cell);
            }
        }
    }
    sums
}

fn nothing(column: &Column) -> Cell {
    match (column.total, column.kind) {
        (Total::Sum, Kind::Count) => Cell::count(0),
        (Total::Sum, Kind::Volume) => Cell::volume(Volume::ZERO),
        (Total::Sum, Kind::Money) => Cell::money(Money::ZERO),
        _ => Cell::default(),
    }
}

fn cell(row: Row<'_>, column: &Column) -> Result<Cell, WarehouseError> {
    let name = column.name;
    Ok(match column.kind {
        Kind::Text | Kind::Id => row.text(name)?.map_or_else(Cell::default, Cell::words),
        Kind::Method => row.text(name)?.map_or_else(Cell::default, method),
        Kind::Time => row.moment(name)?.map_or_else(Cell::default, Cell::time),
        Kind::Count => row.int(name)?.map_or_else(Cell::default, Cell::count),
        Kind::Volume => {
            row.decimal(name)?.map_or_else(Cell::default, |m3| Cell::volume(Volume::rounded(m3)))
        }
        Kind::Money => Cell::money(row.money(name)?),
    })
}

fn method(code: &str) -> Cell {
    Cell::words(
        code.parse::<PayMethod>()
            .map_or_else(|_| code.to_owned(), |method| method.label().to_owned()),
    )
}
