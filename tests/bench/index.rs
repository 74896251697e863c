//! An index of ten million chunks: seconds to open, seconds a lookup, bytes an entry, memory.
//!
//! `cargo bench --bench index [-- ENTRIES]`. The segment is written here as docs/format.md
//! describes it, not by the engine: the engine would have to back up 5 TB first.

#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use rsvault::crypto::{Gather, Secret, StreamWriter, canonical, derive};
use rsvault::engine::{BackupRequest, KeySet, Repository, RepositoryKeys, SourceDisk};

const OWNER: [u8; 16] = [9; 16];
const DOMAIN: [u8; 16] = [3; 16];
/// Blobs in a pack at the default chunk size and a usual ratio.
const PACK_BLOBS: u32 = 64;
/// 2^18 buckets, as the engine makes for as many entries.
const FAN_BITS: u32 = 18;
/// Chunks looked up: a fresh image of 4 KiB chunks.
const LOOKUPS: u64 = 16_384;

fn dek() -> Secret<32> {
    Secret::take(&mut [5; 32])
}

/// Spread evenly and ascending, as sorted hashes are.
fn id(number: u64, of: u64) -> [u8; 32] {
    let mut id = [0x5a; 32];
    let step = u64::MAX / of;
    id[..8].copy_from_slice(&(number * step + step / 2).to_be_bytes());
    id
}

fn write_segment(folder: &Path, entries: u64) -> std::io::Result<u64> {
    let writer = [0xb1; 16];
    let mut header = b"RSVINDEX".to_vec();
    header.extend_from_slice(&[4, 1, 2, 0]);
    header.extend_from_slice(&1u32.to_be_bytes());
    for part in [&OWNER, &DOMAIN, &writer] {
        header.extend_from_slice(part);
    }
    header.extend_from_slice(&1u64.to_be_bytes());
    header.extend_from_slice(&0u32.to_be_bytes());
    let path = folder.join("b1b1b1b1-b1b1-b1b1-b1b1-b1b1b1b1b1b1-0000000000000001");
    let mut file = File::create(&path)?;
    file.write_all(&header)?;
    let (key, context) = (
        derive(&dek(), "rsv/v1/stream", &[&OWNER]),
        canonical(&[b"rsv/v1/index-segment", &header]),
    );
    let stream =
        StreamWriter::create(Gather::new(file), &key, &context).map_err(std::io::Error::other)?;
    let mut out = BufWriter::with_capacity(1 << 20, stream);
    let packs = entries.div_ceil(u64::from(PACK_BLOBS)) as u32;
    for pack in 0..packs {
        let mut row = [0u8; 60];
        row[..4].copy_from_slice(&pack.to_be_bytes());
        row[56..].copy_from_slice(&(16u32 << 20).to_be_bytes());
        out.write_all(&row)?;
    }
    let mut fan = vec![0u32; 1 << FAN_BITS];
    for number in 0..entries {
        let id = id(number, entries);
        let [a, b, c, d, ..] = id;
        fan[(u32::from_be_bytes([a, b, c, d]) >> (32 - FAN_BITS)) as usize] += 1;
        let place = number as u32 % PACK_BLOBS;
        out.write_all(&id)?;
        for field in [
            number as u32 / PACK_BLOBS,
            132 + place * 250_016,
            250_000,
            524_288,
        ] {
            out.write_all(&field.to_be_bytes())?;
        }
        out.write_all(&(place as u16).to_be_bytes())?;
        out.write_all(&[1, 1])?;
    }
    let mut end = 0u32;
    for count in fan {
        end += count;
        out.write_all(&end.to_be_bytes())?;
    }
    out.write_all(&packs.to_be_bytes())?;
    out.write_all(&entries.to_be_bytes())?;
    out.write_all(&[FAN_BITS as u8])?;
    let stream = out
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    let gather = stream.finish().map_err(std::io::Error::other)?;
    gather.finish()?;
    Ok(fs::metadata(&path)?.len())
}

/// Seconds of a backup of fresh chunks, each of them looked up in the index.
fn backup(repository: &Repository, image: &Path, item: u8) -> Result<f64, rsvault::engine::Error> {
    let request = BackupRequest {
        item: [item; 16],
        point: [item; 16],
        sequence: 1,
        previous: [0; 32],
        created_ms: 1_795_000_000_000,
        label: Vec::new(),
        disks: vec![SourceDisk {
            lun: 0,
            role: 0,
            label: Vec::new(),
            path: image.to_owned(),
        }],
        level: 1,
        writer: [item; 16],
    };
    let start = Instant::now();
    repository.backup(&request, &(), |_| Ok(()))?;
    Ok(start.elapsed().as_secs_f64())
}

fn anonymous_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon"));
    let kib = line.and_then(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) >> 10
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let words = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state ^ (state >> 29)).to_le_bytes()
    });
    words.flatten().take(len).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let entries = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let entries: u64 = entries.unwrap_or(10_000_000);
    let keys = || KeySet::new(RepositoryKeys::derive(&dek(), OWNER, 1, 2, DOMAIN));
    let folder = tempfile::tempdir_in(std::env::var_os("PERF").unwrap_or_else(|| ".".into()))?;
    let image = folder.path().join("image");
    let mut seconds = Vec::new();
    for (round, entries) in [(1u8, 0), (2, entries)] {
        let dir = folder.path().join(round.to_string());
        let repository = Repository::create(&dir, keys(), 12)?;
        if entries > 0 {
            let bytes = write_segment(&dir.join("index"), entries)?;
            println!(
                "{entries} entries: {bytes} bytes, {:.1} an entry",
                bytes as f64 / entries as f64
            );
        }
        fs::write(&image, noise(1, 4096))?;
        let open = backup(&repository, &image, 1)?;
        println!(
            "{entries} entries: a backup of one chunk {open:.3} s, {} MiB anonymous",
            anonymous_mib()
        );
        fs::write(&image, noise(2, LOOKUPS as usize * 4096))?;
        seconds.push(backup(&repository, &image, 2)?);
        println!(
            "{entries} entries: a backup of {LOOKUPS} fresh chunks {:.3} s, {} MiB anonymous",
            seconds[seconds.len() - 1],
            anonymous_mib()
        );
    }
    let more = (seconds[1] - seconds[0]) / LOOKUPS as f64;
    println!(
        "a lookup that finds nothing: {:.1} µs more than in an empty index",
        more * 1e6
    );
    Ok(())
}
