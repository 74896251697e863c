//! Backs up pairs of images in repositories of several chunk sizes and levels; prints a table.
//!
//! `cargo bench --bench chunks -- FIRST SECOND [FIRST SECOND]…`: a row for each pair, chunk size
//! and level, with wall seconds and megabytes stored of the first image and then of the second.

#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rsvault::crypto::{Secret, random};
use rsvault::engine::{
    BackupReport, BackupRequest, KeySet, Repository, RepositoryKeys, SourceDisk,
};

/// 128 KiB to 1 MiB.
const CHUNK_LOG2: std::ops::RangeInclusive<u8> = 17..=20;
const LEVELS: [i32; 2] = [1, 3];

fn main() -> Result<(), Box<dyn Error>> {
    let images: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let pairs = images.as_chunks::<2>().0;
    // cargo runs benches without arguments too: then there is nothing to do.
    for [first, second] in pairs.iter().filter(|pair| pair[0].is_file()) {
        println!(
            "| {} | s | MB | s, second | MB, second | chunks |",
            first.display()
        );
        println!("|---|---|---|---|---|---|");
        for level in LEVELS {
            for chunk_log2 in CHUNK_LOG2 {
                row(first, second, chunk_log2, level)?;
            }
        }
    }
    Ok(())
}

fn row(first: &Path, second: &Path, chunk_log2: u8, level: i32) -> Result<(), Box<dyn Error>> {
    let folder = first.with_extension(format!("chunks-{}", std::process::id()));
    let dek = Secret::random()?;
    let keys = KeySet::new(RepositoryKeys::derive(&dek, [7; 16], 1, 2, [8; 16]));
    let repository = Repository::create(&folder, keys, chunk_log2)?;
    let item = random()?;
    let mut head = (1, [0; 32]);
    let mut backup = |image: &Path| -> Result<(f64, BackupReport), Box<dyn Error>> {
        let request = BackupRequest {
            item,
            point: random()?,
            sequence: head.0,
            previous: head.1,
            created_ms: head.0,
            label: Vec::new(),
            disks: vec![SourceDisk {
                lun: 0,
                role: 0,
                label: Vec::new(),
                path: image.to_owned(),
            }],
            level,
            writer: random()?,
        };
        let start = Instant::now();
        let report = repository.backup(&request, &(), |_| Ok(()))?;
        head = (head.0 + 1, report.digest);
        Ok((start.elapsed().as_secs_f64(), report))
    };
    let (first_seconds, one) = backup(first)?;
    let (second_seconds, two) = backup(second)?;
    println!(
        "| {} KiB, level {level} | {first_seconds:.2} | {} | {second_seconds:.2} | {} | {} |",
        1 << (chunk_log2 - 10),
        one.bytes_stored / 1_000_000,
        two.bytes_stored / 1_000_000,
        one.chunks_new + two.chunks_new,
    );
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
