//! Values to text: lists, tables, JSON, tab-separated values, YAML and bare ids.
//!
//! Text depends on the values, the view, the format, the query and the width, on nothing else:
//! never on whether the output is piped. No value can drive a terminal: control characters are
//! escaped everywhere.

mod error;
mod format;
mod id;
mod json;
mod list;
mod model;
mod render;
mod select;
mod table;
mod text;
mod tsv;
mod yaml;

pub use error::Error;
pub use format::Format;
pub use model::{Column, Form, Output, SCALAR, View};
pub use render::{objects, render};
pub use select::Query;
pub use text::{escape, escape_json, wrap};
