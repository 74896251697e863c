//! What can be wrong with a query or with what it is applied to.

/// Why a result could not be shown as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text of -Query does not follow the selector's grammar.
    #[error("-Query '{query}' cannot be read: {reason}")]
    InvalidQuery {
        /// The text as typed.
        query: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No object at that place has such a property.
    #[error("the result has no property '{name}'")]
    UnknownProperty {
        /// The name as typed.
        name: String,
        /// The names that exist there.
        known: Vec<String>,
    },
    /// An index beyond either end.
    #[error("[{index}] is outside the result, which has {count} element(s)")]
    OutOfRange {
        /// The index as typed.
        index: i64,
        /// How many elements there are.
        count: usize,
    },
    /// -Output id, and an object without an id, or no object at all.
    #[error("the result has no id to print")]
    NoId,
}

impl Error {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidQuery { .. } => "RsvInvalidQuery",
            Self::UnknownProperty { .. } => "RsvUnknownProperty",
            Self::OutOfRange { .. } => "RsvIndexOutOfRange",
            Self::NoId => "RsvNoId",
        }
    }

    /// What to type instead, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::InvalidQuery { .. } => {
                let parts = "A query is made of Name, .Name, [0], [-1] and [*]";
                Some(format!("{parts}; for more use -Output json and jq."))
            }
            Self::UnknownProperty { known, .. } if !known.is_empty() => {
                Some(format!("It has {}.", known.join(", ")))
            }
            Self::UnknownProperty { .. } | Self::OutOfRange { .. } => None,
            Self::NoId => Some("Use -Query to print a property.".to_owned()),
        }
    }
}
