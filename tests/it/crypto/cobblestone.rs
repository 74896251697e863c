//! Cobblestone-256 against the C2SP vectors of Wycheproof.

use std::io::Write;

use proptest::prelude::*;
use rsvault::crypto::{
    Error, STREAM_CHUNK_BYTES, Secret, StreamReader, StreamWriter, open, seal, sealed_len,
};
use serde_json::Value;
use sha2::{Digest, Sha512};

use crate::crypto::{secret, test_file};

struct Vector {
    id: u64,
    key: Vec<u8>,
    context: Vec<u8>,
    sealed: Vec<u8>,
    valid: bool,
    flags: Vec<String>,
    message: Option<(usize, Vec<u8>)>,
}

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn vectors() -> Vec<Vector> {
    let file = test_file("vectors/c2sp_chunked_encryption_aes_256_gcm_test.json");
    let file: Value = serde_json::from_slice(&file).unwrap();
    let mut vectors = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let sealed = miniz_oxide::inflate::decompress_to_vec_zlib(&hex(&test["ct"])).unwrap();
            let flags = test["flags"].as_array().unwrap().iter();
            vectors.push(Vector {
                id: test["tcId"].as_u64().unwrap(),
                key: hex(&test["key"]),
                context: hex(&test["ctx"]),
                sealed,
                valid: test["result"] == "valid",
                flags: flags.map(|f| f.as_str().unwrap().to_owned()).collect(),
                message: test["msgLength"]
                    .as_u64()
                    .map(|n| (usize::try_from(n).unwrap(), hex(&test["msgSha512"]))),
            });
        }
    }
    vectors
}

fn reader<'a>(vector: &'a Vector, key: &Secret<32>) -> Result<StreamReader<&'a [u8]>, Error> {
    let sealed = vector.sealed.as_slice();
    StreamReader::open(
        sealed,
        0,
        sealed.len() as u64,
        key,
        &vector.context,
        "vector",
    )
}

#[test]
fn all_35_vectors_open_or_are_refused_as_they_say() {
    let vectors = vectors();
    let valid = vectors.iter().filter(|vector| vector.valid).count();
    assert_eq!((vectors.len(), valid), (35, 10));
    for vector in &vectors {
        let id = vector.id;
        let Some(key) = Secret::from_slice(&vector.key) else {
            assert!(vector.flags.contains(&"InvalidKeySize".into()), "tcId {id}");
            continue;
        };
        match open(&key, &vector.context, &vector.sealed, "vector") {
            Ok(plain) => {
                assert!(vector.valid, "tcId {id} opened");
                let (len, sha512) = vector.message.as_ref().unwrap();
                assert_eq!(plain.len(), *len, "tcId {id}");
                assert_eq!(Sha512::digest(&plain).as_slice(), sha512, "tcId {id}");
                assert_eq!(
                    sealed_len(*len as u64),
                    vector.sealed.len() as u64,
                    "tcId {id}"
                );
            }
            Err(error) => assert!(!vector.valid, "tcId {id}: {error}"),
        }
    }
}

#[test]
fn valid_vectors_read_at_any_offset() {
    let mut read = 0;
    for vector in vectors().iter().filter(|vector| vector.valid) {
        let key = Secret::from_slice(&vector.key).unwrap();
        let plain = open(&key, &vector.context, &vector.sealed, "vector").unwrap();
        let reader = reader(vector, &key).unwrap();
        assert_eq!(reader.len(), plain.len() as u64);
        let chunk = STREAM_CHUNK_BYTES;
        let offsets = [0, 1, chunk - 1, chunk, chunk + 1, 255 * chunk, 256 * chunk];
        for from in offsets.into_iter().filter(|from| *from <= plain.len()) {
            for len in [0, 1, 15, chunk, chunk + 1, 3 * chunk] {
                let to = plain.len().min(from + len);
                let mut part = vec![0; to - from];
                reader.read_at(from as u64, &mut part).unwrap();
                assert!(part == plain[from..to], "tcId {} at {from}", vector.id);
                read += 1;
            }
        }
        let past = reader.read_at(plain.len() as u64, &mut [0]);
        assert!(matches!(past, Err(Error::Truncated { .. })));
    }
    assert!(read >= 200, "only {read} reads");
}

/// Random access checks only what it reads: a damaged chunk does not hide the ones before it.
#[test]
fn the_good_prefix_of_a_damaged_stream_is_readable_and_the_rest_is_refused() {
    let mut seen = 0;
    for vector in vectors() {
        if !vector.flags.contains(&"ValidFinalChunk".into()) {
            continue;
        }
        let reader = reader(&vector, &Secret::from_slice(&vector.key).unwrap()).unwrap();
        let good = vector.message.as_ref().map_or(0, |message| message.0);
        let mut prefix = vec![0; good];
        reader.read_at(0, &mut prefix).unwrap();
        if let Some((_, sha512)) = &vector.message {
            assert_eq!(Sha512::digest(&prefix).as_slice(), sha512);
        }
        let next = reader.read_at(good as u64, &mut [0]);
        assert!(matches!(next, Err(Error::NotAuthentic { .. })));
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn what_is_written_in_pieces_opens_whole_at_every_chunk_boundary() {
    let key = secret(1);
    for len in [0, 1, 16_383, 16_384, 16_385, 32_768, 65 * 16_384 + 5] {
        let plain: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        let mut writer = StreamWriter::create(Vec::new(), &key, b"context").unwrap();
        for piece in plain.chunks(5_000) {
            writer.write_all(piece).unwrap();
        }
        let sealed = writer.finish().unwrap();
        assert_eq!(sealed.len() as u64, sealed_len(len as u64));
        assert!(open(&key, b"context", &sealed, "stream").unwrap() == plain);
    }
}

#[test]
fn another_key_or_context_is_told_apart_from_damage() {
    let sealed = seal(&secret(1), b"context", b"message").unwrap();
    for (key, context) in [(2, "context"), (1, "other context")] {
        let opened = open(&secret(key), context.as_bytes(), &sealed, "stream");
        assert!(matches!(opened, Err(Error::WrongKey { .. })));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&secret(1), b"", &bytes, "stream").is_err());
    }
}
