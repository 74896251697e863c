//! The hot loops on their own: bytes per second and, under callgrind, instructions.
//!
//! `cargo bench` prints a table. Instructions, stable between runs of one binary:
//! `valgrind --tool=callgrind target/release/deps/micro-… --test seal`.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use rsvault::crypto::{IdKey, MessageKeys, Opener, Sealer, Secret, digest, keyless, open, seal};

/// The size of a chunk.
const CHUNK: usize = 512 * 1024;

fn main() {
    divan::main();
}

fn key() -> Secret<32> {
    Secret::take(&mut [7; 32])
}

fn text() -> Vec<u8> {
    (0..CHUNK as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x3f)
        .collect()
}

#[divan::bench]
fn chunk_id(bencher: Bencher<'_, '_>) {
    let (ids, data) = (IdKey::new(key()), text());
    bencher
        .counter(BytesCount::new(CHUNK))
        .bench(|| ids.id(black_box(&data)));
}

#[divan::bench]
fn pack_checksum(bencher: Bencher<'_, '_>) {
    let data = text();
    bencher
        .counter(BytesCount::new(CHUNK))
        .bench(|| keyless(black_box(&data)));
}

#[divan::bench]
fn header_digest(bencher: Bencher<'_, '_>) {
    let data = text();
    bencher
        .counter(BytesCount::new(CHUNK))
        .bench(|| digest(black_box(&data)));
}

#[divan::bench]
fn seal_chunk(bencher: Bencher<'_, '_>) {
    let sealer = Sealer::new(MessageKeys::derive(&key(), b"bench"));
    let mut data = text();
    bencher.counter(BytesCount::new(CHUNK)).bench_local(|| {
        sealer
            .seal(black_box(&mut data), |_| Vec::new())
            .map(|(n, _)| n)
            .ok()
    });
}

#[divan::bench]
fn open_chunk(bencher: Bencher<'_, '_>) {
    let keys = || MessageKeys::derive(&key(), b"bench");
    let mut data = text();
    let sealed = Sealer::new(keys()).seal(&mut data, |_| Vec::new());
    let (Ok((index, tag)), stored) = (sealed, *keys().commitment()) else {
        return;
    };
    let Ok(opener) = Opener::new(keys(), &stored, "bench") else {
        return;
    };
    bencher
        .counter(BytesCount::new(CHUNK))
        .with_inputs(|| data.clone())
        .bench_local_values(|mut data| opener.open(index, &[], &mut data, &tag, "bench").is_ok());
}

#[divan::bench]
fn stream_seal(bencher: Bencher<'_, '_>) {
    let (key, data) = (key(), text());
    bencher
        .counter(BytesCount::new(CHUNK))
        .bench(|| seal(&key, b"bench", black_box(&data)).ok());
}

#[divan::bench]
fn stream_open(bencher: Bencher<'_, '_>) {
    let key = key();
    let Ok(sealed) = seal(&key, b"bench", &text()) else {
        return;
    };
    bencher.counter(BytesCount::new(CHUNK)).bench(|| {
        open(&key, b"bench", black_box(&sealed), "bench")
            .map(|p| p.len())
            .ok()
    });
}

#[divan::bench(args = [1, 3, 6])]
fn compress(bencher: Bencher<'_, '_>, level: i32) {
    let data = text();
    bencher.counter(BytesCount::new(CHUNK)).bench(|| {
        zstd::bulk::compress(black_box(&data), level)
            .map(|c| c.len())
            .ok()
    });
}
