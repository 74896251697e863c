//! Entries for fuzzing: the parsers of a home's small files, behind their MACs.

use std::path::Path;

use uuid::Uuid;

use crate::crypto::Secret;
use crate::state::header::{self, StateKeys};
use crate::state::line::{CheckedLine, Head, PreparedLine};
use crate::state::root_key_format::{self, Line};
use crate::state::{Digest, Document, Passphrase, RootKey};

/// A state file as it lies on disk, and the same bytes as an authentic body.
pub(crate) fn state_file(data: &[u8]) {
    let root_key = RootKey::known(Uuid::from_bytes([7; 16]), [0x5A; 32]);
    let keys = StateKeys::new(&root_key);
    let path = Path::new("state.json");
    let _ = header::installation(data);
    let _ = header::decode(path, &keys, data.to_vec());
    let file = header::encode(&keys, 1, Digest::ZERO, data);
    let read = header::decode(path, &keys, file);
    assert!(read.is_ok_and(|found| found.body == data));
}

/// The state's document.
pub(crate) fn document(data: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Document>(data) else {
        return;
    };
    let again = serde_json::to_vec(&document).ok();
    let same = again.and_then(|text| serde_json::from_slice(&text).ok());
    assert!(same == Some(document), "what is read is what is written");
}

/// A journal's line, and the same bytes as an authentic record.
pub(crate) fn journal_line(data: &[u8]) {
    let key = Secret::take(&mut [0x5A; 32]);
    let _ = CheckedLine::check(&key, data);
    if let Ok(record) = serde_json::from_slice::<serde_json::Value>(data) {
        let line = PreparedLine::compose(&key, Head::START, &record);
        assert!(CheckedLine::check(&key, line.text.as_bytes()).is_ok());
    }
}

/// A root key file; a sealed one is opened only if that is cheap.
pub(crate) fn root_key_file(data: &[u8]) {
    let path = Path::new("root.key");
    if let Ok(Line::Sealed(sealed)) = root_key_format::parse(path, data)
        && sealed.is_cheap()
        && let Ok(passphrase) = Passphrase::new(zeroize::Zeroizing::new(b"passphrase".to_vec()))
    {
        let _ = sealed.open(path, &passphrase);
    }
}
