//! What a cmdlet hands to the renderer: values, and how their type likes to be shown.

use serde_json::Value;

/// The form a type is shown in when nobody asks for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `Name : Value` blocks.
    List,
    /// Columns.
    Table,
    /// One object is a list, several are a table (PowerShell types without a view).
    Auto,
}

/// One column of a type's table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The heading.
    pub header: &'static str,
    /// Dotted path of property names.
    pub path: &'static str,
}

/// How one type is shown.
#[derive(Debug)]
pub struct View {
    /// PowerShell's type name; every JSON object carries it last as `PSTypeName`.
    pub type_name: &'static str,
    /// The default form.
    pub form: Form,
    /// Columns of the table; empty means every property.
    pub table: &'static [Column],
    /// Lines of the list as (label, path); empty means every property under its own name.
    pub list: &'static [(&'static str, &'static str)],
}

/// What a cmdlet returns.
#[derive(Debug)]
pub struct Output {
    /// The objects, in order.
    pub values: Vec<Value>,
    /// False when the cmdlet answers with exactly one object: JSON is then an object, not an array.
    pub many: bool,
    /// How to show them.
    pub view: &'static View,
    /// What is wrong all the same: the objects are printed, then this is told.
    pub failure: Option<anyhow::Error>,
}

/// For plain text and numbers.
pub static SCALAR: View = View {
    type_name: "System.String",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Output {
    /// A cmdlet that prints nothing.
    #[must_use]
    pub fn none() -> Self {
        Self {
            values: Vec::new(),
            many: true,
            view: &SCALAR,
            failure: None,
        }
    }

    /// Exactly one object.
    #[must_use]
    pub fn one(view: &'static View, value: Value) -> Self {
        Self {
            values: vec![value],
            many: false,
            view,
            failure: None,
        }
    }

    /// Any number of objects.
    #[must_use]
    pub fn many(view: &'static View, values: Vec<Value>) -> Self {
        Self {
            values,
            many: true,
            view,
            failure: None,
        }
    }

    /// The objects are worth printing although the command failed, as a checklist's lines are.
    #[must_use]
    pub fn failing(self, failure: impl Into<anyhow::Error>) -> Self {
        Self {
            failure: Some(failure.into()),
            ..self
        }
    }
}
