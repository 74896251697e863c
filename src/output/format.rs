//! The output formats by name.

use std::fmt;
use std::str::FromStr;

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `Name : Value` blocks, PowerShell's Format-List.
    List,
    /// Columns, PowerShell's Format-Table.
    Table,
    /// Pretty-printed JSON.
    Json,
    /// Tab-separated values without a heading.
    Tsv,
    /// YAML.
    Yaml,
    /// Bare ids, one a line.
    Id,
}

impl Format {
    /// The names -Output takes, in the order help shows them.
    pub const NAMES: [&'static str; 6] = ["list", "table", "json", "tsv", "yaml", "id"];
}

impl fmt::Display for Format {
    /// Writes the name that -Output takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "list",
            Self::Table => "table",
            Self::Json => "json",
            Self::Tsv => "tsv",
            Self::Yaml => "yaml",
            Self::Id => "id",
        })
    }
}

impl FromStr for Format {
    type Err = String;

    /// Reads a format's name in any letter case; the error is a sentence fragment.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_lowercase().as_str() {
            "list" => Ok(Self::List),
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "tsv" => Ok(Self::Tsv),
            "yaml" => Ok(Self::Yaml),
            "id" => Ok(Self::Id),
            _ => Err(format!(
                "'{name}' is no output format: use {}",
                Self::NAMES.join(", ")
            )),
        }
    }
}
