//! A state read in part: the tables that nobody asks for are passed over, not built.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserializer, de};

use crate::state::Document;

/// The large tables of a document, by their keys; everything else is small and always read.
const TABLES: [&str; 9] = [
    "vaults",
    "deleted_vaults",
    "key_vaults",
    "deleted_key_vaults",
    "purged_keys",
    "disk_encryption_sets",
    "machines",
    "disks",
    "role_assignments",
];

/// Reads a document with these of its [`TABLES`]; the others are empty.
///
/// # Errors
/// The text is no document.
pub(crate) fn glance(text: &[u8], tables: &[&str]) -> serde_json::Result<Document> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let document = deserializer.deserialize_map(InPart(tables))?;
    deserializer.end()?;
    Ok(document)
}

/// Builds a document from those keys of a map that are wanted.
struct InPart<'t>(&'t [&'t str]);

impl<'de> Visitor<'de> for InPart<'_> {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the resources of a home")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Document, A::Error> {
        let wanted = Wanted {
            map,
            tables: self.0,
        };
        Document::deserialize(MapAccessDeserializer::new(wanted))
    }
}

struct Wanted<'t, A> {
    map: A,
    tables: &'t [&'t str],
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Wanted<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<Cow<'de, str>>()? {
            if self.tables.contains(&&*key) || !TABLES.contains(&&*key) {
                let key = de::IntoDeserializer::<A::Error>::into_deserializer(key);
                return seed.deserialize(key).map(Some);
            }
            self.map.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::{Document, glance};

    #[test]
    fn a_glance_sees_what_is_asked_for_and_what_is_small() {
        let id = Uuid::from_bytes([1; 16]);
        let mut whole = Document::new(id, id, id);
        whole
            .purged_keys
            .insert("key".into(), Timestamp::UNIX_EPOCH);
        whole.vault_context = Some("vault".into());
        let text = serde_json::to_vec_pretty(&whole).unwrap();
        assert_eq!(glance(&text, &["purged_keys", "vaults"]).unwrap(), whole);
        let part = glance(&text, &["vaults"]).unwrap();
        assert!(part.purged_keys.is_empty());
        assert_eq!(part.vault_context, whole.vault_context);
        assert!(glance(&[&text[..], b"{}"].concat(), &[]).is_err());
        assert!(glance(b"[]", &[]).is_err());
    }
}
