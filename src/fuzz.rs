//! What `tests/fuzz` and the replay of its corpus call; no part of the program.
//!
//! Each target takes any bytes and must neither panic nor hang; where a format has one spelling,
//! what is accepted must be spelt the same again.

use std::str::FromStr;

use serde_json::{Value, json};

use crate::crypto::{AccessToken, Secret, StreamReader, WrapGroup, open, seal};
use crate::domain::{KeyId, ResourceId};
use crate::{cli, cmdlet, engine, output, state, workflow};

/// A parser and its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target; a folder of `tests/fuzz/corpus` has its name.
pub const TARGETS: [Target; 21] = [
    ("access_token", access_token),
    ("arm_id", arm_id),
    ("argv", argv),
    ("index_segment", engine::fuzz::index_segment),
    ("journal_line", state::fuzz::journal_line),
    ("key_backup", key_backup),
    ("key_id", key_id),
    ("object_argument", object_argument),
    ("pack_ends", engine::fuzz::pack_ends),
    ("pack_index", engine::fuzz::pack_index),
    ("passphrase_file", passphrase_file),
    ("point_body", engine::fuzz::point_body),
    ("point_header", engine::fuzz::point_header),
    ("query", query),
    ("repository_config", engine::fuzz::repository_config),
    ("root_key_file", state::fuzz::root_key_file),
    ("sealed_stream", sealed_stream),
    ("state_document", state::fuzz::document),
    ("state_file", state::fuzz::state_file),
    ("wrap_group", wrap_group),
    ("zstd_blob", engine::fuzz::zstd_blob),
];

/// Runs one target; a name that is none does nothing.
pub fn run(name: &str, data: &[u8]) {
    if let Some((_, target)) = TARGETS.iter().find(|(known, _)| *known == name) {
        target(data);
    }
}

fn key() -> Secret<32> {
    Secret::take(&mut [0x5A; 32])
}

fn text(data: &[u8]) -> &str {
    std::str::from_utf8(data).unwrap_or_default()
}

fn wrap_group(data: &[u8]) {
    if let Ok(group) = WrapGroup::decode(data) {
        assert_eq!(group.encode(), data, "one spelling");
        let _ = group.verify(&key(), 0);
    }
}

fn access_token(data: &[u8]) {
    let found = AccessToken::parse_and_verify(&key(), text(data));
    assert!(found.is_err(), "nobody forges a token");
}

fn sealed_stream(data: &[u8]) {
    let (key, len) = (key(), data.len() as u64);
    if let Ok(reader) = StreamReader::open(data, 0, len, &key, b"fuzz", "stream") {
        let mut chunk = Vec::new();
        for index in 0..=reader.len() / 16_384 {
            let _ = reader.read_chunk(index, &mut chunk);
        }
    }
    let Ok(mut sealed) = seal(&key, b"fuzz", data) else {
        return;
    };
    assert!(open(&key, b"fuzz", &sealed, "stream").is_ok_and(|plain| plain == data));
    // One flipped bit, wherever the data says, is always noticed.
    let place = data.iter().fold(0usize, |sum, b| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*b))
    }) % sealed.len();
    if let Some(byte) = sealed.get_mut(place) {
        *byte ^= 1 << (len % 8);
    }
    assert!(open(&key, b"fuzz", &sealed, "stream").is_err());
}

fn key_backup(data: &[u8]) {
    let _ = workflow::parse_key_backup(data, true);
}

fn passphrase_file(data: &[u8]) {
    let bytes = zeroize::Zeroizing::new(data.to_vec());
    if let Ok(passphrase) = state::Passphrase::new(bytes) {
        let bytes = passphrase.expose();
        assert!(!bytes.is_empty() && bytes.len() <= 1024);
        assert!(!bytes.contains(&0) && !bytes.contains(&b'\n'));
    }
}

fn arm_id(data: &[u8]) {
    let text = text(data);
    let _ = ResourceId::parse_prefix(text);
    if let Ok(id) = ResourceId::from_str(text) {
        let again = ResourceId::from_str(&id.to_string());
        assert!(again.is_ok_and(|same| same == id));
    }
}

fn key_id(data: &[u8]) {
    if let Ok(id) = KeyId::from_str(text(data)) {
        let again = KeyId::from_str(&id.to_string());
        assert!(again.is_ok_and(|same| same == id));
    }
}

/// The first byte chooses a cmdlet; words end at line feeds.
fn argv(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let rows = cmdlet::rows();
    let Some(row) = rows.get(usize::from(*first) % rows.len()) else {
        return;
    };
    let words: Vec<String> = text(rest).split('\n').map(str::to_owned).collect();
    let tree = cli::tree(row);
    if let Ok(canonical) = cli::normalise(&tree, row.refused, &words) {
        assert!(canonical.iter().all(|word| word.starts_with("--")));
        let _ = tree
            .command
            .try_get_matches_from(std::iter::once("rsv".to_owned()).chain(canonical));
    }
}

fn query(data: &[u8]) {
    let Ok(query) = output::Query::parse(text(data)) else {
        return;
    };
    let value = json!([{"Name": "a", "Identity": {"PrincipalId": null, "Tags": [1, 2, {"x": 3}]}}]);
    let _ = query.apply(value);
}

fn object_argument(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<Value>(data) {
        let types = ["Rsv.Home", "System.String"];
        if let Ok(object) = cmdlet::one_object("Item", value, &types) {
            let _ = cmdlet::property(&object, "Id");
        }
    }
}
