//! The hot loops on their own: bytes per second and, under callgrind, instructions.
//!
//! `cargo bench` prints a table; `counts.sh` counts the instructions of one iteration.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use rsvault::crypto::{
    IdKey, MessageKeys, Opener, Sealer, Secret, TAG_BYTES, digest, keyless, open, seal,
};

/// The size of a chunk.
const CHUNK: usize = 256 * 1024;

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
    let Ok(sealer) = Sealer::new(MessageKeys::derive(&key(), b"bench")) else {
        return;
    };
    let (data, mut sealed) = (text(), vec![0; CHUNK + TAG_BYTES]);
    bencher.counter(BytesCount::new(CHUNK)).bench_local(|| {
        sealer
            .seal(black_box(&data), &mut sealed, |_| Vec::new())
            .ok()
    });
}

#[divan::bench]
fn open_chunk(bencher: Bencher<'_, '_>) {
    let keys = || MessageKeys::derive(&key(), b"bench");
    let (mut plain, mut sealed) = (text(), vec![0; CHUNK + TAG_BYTES]);
    let stored = *keys().commitment();
    let (Ok(sealer), Ok(opener)) = (Sealer::new(keys()), Opener::new(keys(), &stored, "bench"))
    else {
        return;
    };
    let Ok(index) = sealer.seal(&plain, &mut sealed, |_| Vec::new()) else {
        return;
    };
    bencher.counter(BytesCount::new(CHUNK)).bench_local(|| {
        opener
            .open_into(index, &[], black_box(&sealed), &mut plain, "bench")
            .is_ok()
    });
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
