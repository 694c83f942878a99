//! What a headless run says: the figures of `statelab.run/1`, and four ways to write them down.
//!
//! ```text
//!   Ledger ─▶ RunReport ─┬─▶ json      (pretty; the contract)
//!                        ├─▶ csv       (one row, dotted headers)
//!                        └─▶ sections ─┬─▶ text      (aligned, for people)
//!                                      └─▶ markdown  (for worksheets)
//! ```

mod compare;
mod csv;
mod markdown;
mod plot;
mod sections;
mod sweep;
mod text;
mod validate;

use crate::ledger::{RunReport, StoreFigures};

/// How a report is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Aligned tables with units, for people.
    Text,
    /// The contract, indented.
    Json,
    /// A row of headers and a row of figures. Objects become dotted headers (`latency_ms.p99`); entries of lists are
    /// numbered from 1 (`instances.1.requests`, `faults.2.command`); what is not defined is an empty cell.
    Csv,
    /// The tables of `Text`, for documents.
    Markdown,
}

impl Format {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Csv, Self::Markdown];

    /// The word used on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
        }
    }
}

impl RunReport {
    /// The report in this format, with a newline at its end.
    ///
    /// # Errors
    /// None with the figures as they are: every type in the report can be written in every format.
    pub fn render(&self, format: Format) -> std::io::Result<String> {
        Ok(match format {
            Format::Text => text::render(&self.headline(), &self.sections()),
            Format::Markdown => markdown::render(&self.headline(), &self.sections()),
            Format::Json => serde_json::to_string_pretty(self)? + "\n",
            Format::Csv => {
                let mut document = serde_json::to_value(self)?;
                if self.store.is_none() {
                    // Rows of several homes go under one header.
                    document["store"] = StoreFigures::undefined()?;
                }
                csv::render(&document)?
            }
        })
    }
}

#[cfg(test)]
mod tests;
