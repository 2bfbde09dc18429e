//! Tables in files: JSON lines, CSV and Parquet. Rows are written as they come; a file that was not finished is not
//! there.

use crate::exit::Failure;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::ValueEnum;
use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that Parquet keeps together.
const GROUP: usize = 65_536;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    Jsonl,
    Csv,
    Parquet,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Time,
}

/// One value; what is not there is null.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Number(u64),
    Time(DateTime<Utc>),
    Nothing,
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }
}

pub type Columns = &'static [(&'static str, Kind)];

/// A table that is being written.
pub struct Table {
    columns: Columns,
    to: PathBuf,
    beside: Unfinished,
    writer: Writer,
    pub rows: u64,
}

/// A file that goes with whoever did not finish it.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Where it was finished it has another name by now.
        let _ = std::fs::remove_file(&self.0);
    }
}

enum Writer {
    Jsonl(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
    Parquet(Box<SerializedFileWriter<File>>, Vec<Vec<Cell>>),
}

impl Table {
    /// Only whoever asks may read it: there may be people in it.
    pub fn begin(to: &Path, format: FileFormat, columns: Columns) -> Result<Self, Failure> {
        let mut name = to.as_os_str().to_owned();
        name.push(".unfinished");
        let beside = PathBuf::from(name);
        // Nobody else has made it, so that nobody else may read it.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
        let file = file.map_err(|error| {
            Failure::Unavailable(format!("{} cannot be made: {error}", beside.display()))
        })?;
        let beside = Unfinished(beside);
        let writer = match format {
            FileFormat::Jsonl => Writer::Jsonl(BufWriter::new(file)),
            FileFormat::Csv => {
                let mut csv = csv::Writer::from_writer(file);
                csv.write_record(columns.iter().map(|(name, _)| *name)).map_err(unwritten)?;
                Writer::Csv(Box::new(csv))
            }
            FileFormat::Parquet => {
                let schema = schema(columns).map_err(unwritten)?;
                let properties = Arc::new(WriterProperties::default());
                let parquet = SerializedFileWriter::new(file, schema, properties);
                Writer::Parquet(Box::new(parquet.map_err(unwritten)?), vec![])
            }
        };
        Ok(Self { columns, to: to.to_owned(), beside, writer, rows: 0 })
    }

    pub fn row(&mut self, cells: Vec<Cell>) -> Result<(), Failure> {
        self.rows += 1;
        match &mut self.writer {
            Writer::Jsonl(file) => {
                let names = self.columns.iter().map(|(name, _)| (*name).to_owned());
                let row: serde_json::Map<_, _> = names.zip(cells.iter().map(Cell::json)).collect();
                serde_json::to_writer(&mut *file, &row)?;
                file.write_all(b"\n")?;
            }
            Writer::Csv(csv) => {
                csv.write_record(cells.iter().map(Cell::harmless)).map_err(unwritten)?;
            }
            Writer::Parquet(parquet, group) => {
                group.push(cells);
                if group.len() == GROUP {
                    write_group(parquet, &std::mem::take(group)).map_err(unwritten)?;
                }
            }
        }
        Ok(())
    }

    /// Flushed, and under its name.
    pub fn finish(self) -> Result<u64, Failure> {
        let file = match self.writer {
            Writer::Jsonl(file) => file.into_inner().map_err(|error| error.into_error())?,
            Writer::Csv(csv) => csv.into_inner().map_err(|error| error.into_error())?,
            Writer::Parquet(mut parquet, group) => {
                if !group.is_empty() {
                    write_group(&mut parquet, &group).map_err(unwritten)?;
                }
                parquet.into_inner().map_err(unwritten)?
            }
        };
        file.sync_all()?;
        std::fs::rename(&self.beside.0, &self.to)?;
        Ok(self.rows)
    }
}

impl Cell {
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Nothing => serde_json::Value::Null,
            Self::Text(_) | Self::Time(_) => self.text().into(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Time(time) => time.to_rfc3339_opts(SecondsFormat::Micros, true),
            Self::Nothing => String::new(),
        }
    }
}

impl Cell {
    /// What a spreadsheet would take for a formula, as a company may call itself, is marked as text.
    fn harmless(&self) -> String {
        let text = self.text();
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if is_formula { format!("'{text}") } else { text }
    }
}

fn unwritten(error: impl std::fmt::Display) -> Failure {
    Failure::Unavailable(format!("the table cannot be written: {error}"))
}

fn schema(columns: Columns) -> Result<Arc<Type>, parquet::errors::ParquetError> {
    let column = |(name, kind): &(&str, Kind)| {
        let (physical, converted) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Kind::Number => (Physical::INT64, ConvertedType::UINT_64),
            Kind::Time => (Physical::INT64, ConvertedType::TIMESTAMP_MICROS),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_converted_type(converted)
            .build()
            .map(Arc::new)
    };
    let fields = columns.iter().map(column).collect::<Result<_, _>>()?;
    Type::group_type_builder("table").with_fields(fields).build().map(Arc::new)
}

fn write_group(
    parquet: &mut SerializedFileWriter<File>,
    rows: &[Vec<Cell>],
) -> Result<(), parquet::errors::ParquetError> {
    let mut group = parquet.next_row_group()?;
    let mut number = 0;
    while let Some(mut column) = group.next_column()? {
        let cells = || rows.iter().filter_map(|row| row.get(number));
        // 1 where there is a value, 0 where there is none.
        let is_there = |cell: &Cell| i16::from(*cell != Cell::Nothing);
        let levels: Vec<i16> = cells().map(is_there).collect();
        let writer = column.untyped();
        if let ColumnWriter::ByteArrayColumnWriter(writer) = writer {
            let there = cells().filter(|cell| **cell != Cell::Nothing);
            let values: Vec<ByteArray> =
                there.map(|cell| ByteArray::from(cell.text().into_bytes())).collect();
            writer.write_batch(&values, Some(&levels), None)?;
        } else if let ColumnWriter::Int64ColumnWriter(writer) = writer {
            let values: Vec<i64> = cells().filter_map(Cell::integer).collect();
            writer.write_batch(&values, Some(&levels), None)?;
        }
        column.close()?;
        number += 1;
    }
    group.close()?;
    Ok(())
}

impl Cell {
    fn integer(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(i64::try_from(*number).unwrap_or(i64::MAX)),
            Self::Time(time) => Some(time.timestamp_micros()),
            Self::Text(_) | Self::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    const COLUMNS: Columns = &[("number", Kind::Number), ("name", Kind::Text), ("at", Kind::Time)];

    fn rows() -> Vec<Vec<Cell>> {
        let at = DateTime::from_timestamp_micros(1_795_000_000_000_001).unwrap();
        vec![
            vec![Cell::Number(1), Cell::Text("a, \"b\"\nc".to_owned()), Cell::Time(at)],
            vec![Cell::Number(2), Cell::Nothing, Cell::Time(at)],
        ]
    }

    fn written(format: FileFormat) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        let mut table = Table::begin(&path, format, COLUMNS).unwrap();
        assert!(!path.exists(), "it is not finished");
        rows().into_iter().for_each(|row| table.row(row).unwrap());
        assert_eq!(table.finish().unwrap(), 2);
        (directory, path)
    }

    #[test]
    fn lines_and_csv_say_what_was_written() {
        let (_directory, path) = written(FileFormat::Jsonl);
        let text = std::fs::read_to_string(path).unwrap();
        let second = text.lines().nth(1).unwrap();
        assert_eq!(second, r#"{"at":"2026-11-18T11:06:40.000001Z","name":null,"number":2}"#);
        let (_directory, path) = written(FileFormat::Csv);
        let mut csv = csv::Reader::from_path(path).unwrap();
        let first = csv.records().next().unwrap().unwrap();
        assert_eq!(first.get(1), Some("a, \"b\"\nc"));
        assert_eq!(Cell::Text("=1+1".to_owned()).harmless(), "'=1+1");
    }

    #[test]
    fn what_was_not_finished_is_not_there_and_nobody_prepares_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        drop(Table::begin(&path, FileFormat::Jsonl, COLUMNS).unwrap());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        std::fs::write(directory.path().join("table.unfinished"), "").unwrap();
        assert!(Table::begin(&path, FileFormat::Jsonl, COLUMNS).is_err());
    }

    #[test]
    fn parquet_says_what_was_written() {
        let (_directory, path) = written(FileFormat::Parquet);
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 2);
        let rows: Vec<String> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert!(rows[0].contains("number: 1") && rows[0].contains("a, "), "{rows:?}");
        assert!(rows[1].contains("name: null"), "{rows:?}");
    }
}
