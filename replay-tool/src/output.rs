//! How answers look: tables for people, JSON for programs; always on stdout.

use crate::exit::Failure;
use clap::{Args, ValueEnum};
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;
use std::fmt;
use std::io::{ErrorKind, Write};

/// On a narrower terminal each row is a paragraph: columns would break every word.
const COLUMNS_MIN: u16 = 100;

/// Says something beside the answer. Whether anybody reads it does not change the answer, nor how
/// the program ends.
pub fn tell(words: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

#[derive(Args, Clone)]
pub struct OutputArgs {
    /// How to write the answer
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    output: Format,

    /// The language of sentences
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    Fr,
    En,
}

#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub format: Format,
    pub lang: Lang,
}

impl OutputArgs {
    pub fn resolve(&self) -> Output {
        Output { format: self.output, lang: self.lang }
    }
}

impl Output {
    /// One thing.
    pub fn value(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = match self.format {
            Format::Jsonl => serde_json::to_string(value)?,
            Format::Json | Format::Table => serde_json::to_string_pretty(value)?,
        };
        print(&text)
    }

    /// Rows, as a table with these columns or as JSON.
    pub fn rows<T: Serialize>(
        &self,
        columns: &[&str],
        rows: &[T],
        cells: impl Fn(&T) -> Vec<String>,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Json => print(&serde_json::to_string_pretty(rows)?),
            Format::Jsonl => rows.iter().try_for_each(|row| print(&serde_json::to_string(row)?)),
            Format::Table => {
                let mut table = Table::new();
                table.load_style(NOTHING);
                table.set_content_arrangement(ContentArrangement::Dynamic);
                if table.width().is_some_and(|width| width < COLUMNS_MIN) {
                    return rows.iter().try_for_each(|row| paragraph(columns, &cells(row)));
                }
                table.set_header(columns.iter().copied());
                for row in rows {
                    table.add_row(cells(row));
                }
                print(&table.to_string())
            }
        }
    }
}

fn paragraph(columns: &[&str], cells: &[String]) -> Result<(), Failure> {
    let named = columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    let lines: Vec<String> = named
        .map(|(column, cell)| match column.is_empty() {
            true => cell.clone(),
            false => format!("{column}: {cell}"),
        })
        .collect();
    print(&format!("{}\n", lines.join("\n")))
}

/// Whoever reads may stop reading: that is no failure, and nothing more is looked up for them.
pub fn print(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::NobodyReads),
        outcome => Ok(outcome?),
    }
}
