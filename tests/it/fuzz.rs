//! The fuzz targets on stable: the kept corpus is replayed, and mutated a little.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use rsvault::fuzz::TARGETS;

use crate::harness::figure;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

fn names(path: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder().join(path)).unwrap();
    let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
    names
        .map(|n| n.trim_end_matches(".rs").to_owned())
        .collect()
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder().join("corpus").join(target)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn every_target_has_its_binary_and_its_corpus() {
    let wanted: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), wanted);
    assert_eq!(names("corpus"), wanted);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in &wanted {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(corpus(name).len() >= 2, "{name}");
    }
}

#[test]
fn the_kept_corpus_makes_no_parser_panic() {
    let mut inputs = 0;
    for (name, target) in TARGETS {
        for input in corpus(name).iter().chain([&Vec::new()]) {
            target(input);
            inputs += 1;
        }
    }
    figure("fuzz targets", TARGETS.len());
    figure("fuzz inputs kept, no panic", inputs);
    assert!(inputs >= 3 * TARGETS.len(), "{inputs}");
}

/// What is done to a seed: bytes overwritten, cut, doubled, or another seed's end put on.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Cut(Index),
    Repeat(Index, Index),
    Splice(Index, Index, Index),
    Number(Index, u32),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<Index>();
    let number = prop_oneof![Just(u32::MAX), Just(0), Just(1 << 31), any::<u32>()];
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        at().prop_map(Change::Cut),
        (at(), at()).prop_map(|(from, to)| Change::Repeat(from, to)),
        (at(), at(), at()).prop_map(|(a, b, c)| Change::Splice(a, b, c)),
        (at(), number).prop_map(|(at, value)| Change::Number(at, value)),
    ]
}

fn apply(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], change: &Change) {
    let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1).min(bytes.len());
    match change {
        Change::Cut(at) => bytes.truncate(place(at, bytes)),
        Change::Repeat(from, to) => {
            let (from, to) = (place(from, bytes), place(to, bytes));
            let part = bytes[from.min(to)..from.max(to)].to_vec();
            bytes.extend(part);
        }
        Change::Splice(at, seed, from) => {
            let other = seed.get(seeds);
            bytes.truncate(place(at, bytes));
            bytes.extend(&other[place(from, other)..]);
        }
        Change::Number(at, value) => {
            let at = place(at, bytes);
            let number = value.to_be_bytes();
            for (byte, new) in bytes[at..].iter_mut().zip(number) {
                *byte = new;
            }
        }
        _ if bytes.is_empty() => {}
        Change::Set(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Change::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn changed_seeds_make_no_parser_panic() {
    // RSV_FUZZ_CASES=100000 for a longer look.
    let cases = std::env::var("RSV_FUZZ_CASES").ok();
    let cases = cases.and_then(|text| text.parse().ok()).unwrap_or(200);
    for (name, target) in TARGETS {
        let seeds = corpus(name);
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let changes = proptest::collection::vec(change(), 1..6);
        let outcome = runner.run(&(any::<Index>(), changes), |(seed, changes)| {
            let mut bytes = seed.get(&seeds).clone();
            for change in &changes {
                apply(&mut bytes, &seeds, change);
            }
            bytes.truncate(1 << 16);
            target(&bytes);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
