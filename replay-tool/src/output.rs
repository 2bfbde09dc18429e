//! How answers look: tables for people, JSON for programs; always on stdout.

use crate::exit::Failure;
use clap::{Args, ValueEnum};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, ContentArrangement, Table};
use serde::Serialize;
use std::fmt;
use std::io::{ErrorKind, IsTerminal, Write};

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
    /// Of the terminal, if there is one.
    width: Option<u16>,
    has_colour: bool,
}

impl OutputArgs {
    pub fn resolve(&self) -> Output {
        let is_terminal = std::io::stdout().is_terminal();
        Output {
            format: self.output,
            lang: self.lang,
            width: Table::new().width(),
            has_colour: is_terminal && std::env::var_os("NO_COLOR").is_none(),
        }
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
                if self.width.is_some_and(|width| width < COLUMNS_MIN) {
                    return rows.iter().try_for_each(|row| paragraph(columns, &cells(row)));
                }
                // Behind a pager there is no terminal to be asked.
                if let Some(width) = self.width {
                    table.set_width(width);
                }
                if self.has_colour {
                    table.enforce_styling();
                }
                table.set_header(columns.iter().map(|name| self.bold(name)));
                for row in rows {
                    table.add_row(cells(row));
                }
                print(&table.to_string())
            }
        }
    }
}

impl Output {
    fn bold(&self, name: &str) -> Cell {
        let cell = Cell::new(name);
        if self.has_colour { cell.add_attribute(Attribute::Bold) } else { cell }
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
