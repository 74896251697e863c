//! When to compress, and how: zstd for what shrinks, nothing for what does not.

use zstd::bulk;
use zstd::zstd_safe::{CParameter, DParameter, find_frame_compressed_size};

use crate::engine::Error;
use crate::engine::format::{CODEC_RAW, CODEC_ZSTD, ZSTD_WINDOW_LOG_MAX};

/// What levels 1 and 3 are set to beside zstd's own choices for the size of a chunk, measured in
/// `docs/performance.md`. Shortest matches are those of larger inputs: 6 and 4 bytes, which zstd
/// takes up to 256 KiB, cost 6 and 12 % of the time for 2 and 1 % of the space. Level 3's tables of
/// 256 and 64 KiB stay in a core's second cache, which its own do not.
fn tuned(level: i32) -> &'static [CParameter] {
    match level {
        1 => &[CParameter::MinMatch(7)],
        3 => &[
            CParameter::MinMatch(5),
            CParameter::HashLog(16),
            CParameter::ChainLog(14),
        ],
        _ => &[],
    }
}

/// A blob must shrink by a 32nd, else reading it would pay for next to nothing.
const MARGIN: usize = 32;
/// Below this size a trial costs more than compressing outright.
const TRIAL_MIN: usize = 64 << 10;
/// Bytes compressed for a trial.
const TRIAL_BYTES: usize = 16 << 10;
/// Stretches sampled for the entropy estimate, and their length in bytes.
const SAMPLES: usize = 64;
const SAMPLE_BYTES: usize = 64;
/// Random bytes show about 7.95 bits per byte in 4,096 samples; text 4-6, machine code 6-7.
const ENTROPY_HIGH: f64 = 7.8;

/// Compresses blobs into a buffer that is reused.
pub(crate) struct Compressor {
    full: bulk::Compressor<'static>,
    trial: bulk::Compressor<'static>,
    out: Vec<u8>,
}

impl Compressor {
    pub(crate) fn new(level: i32) -> Result<Self, Error> {
        let start = |level| bulk::Compressor::new(level).map_err(|e| failed(&e));
        let mut full = start(level)?;
        for parameter in tuned(level) {
            full.set_parameter(*parameter).map_err(|e| failed(&e))?;
        }
        Ok(Self {
            full,
            trial: start(1)?,
            out: Vec::new(),
        })
    }

    /// The codec to store `plain` with, and the bytes to store.
    pub(crate) fn compress<'a>(&'a mut self, plain: &'a [u8]) -> Result<(u8, &'a [u8]), Error> {
        if self.looks_random(plain) {
            return Ok((CODEC_RAW, plain));
        }
        let room = plain.len() - plain.len() / MARGIN;
        if self.out.len() < room {
            self.out.resize(room, 0);
        }
        // The output ends where compressing stops to pay; zstd gives up there.
        match self.full.compress_to_buffer(plain, &mut self.out[..room]) {
            Ok(stored) if stored < room => Ok((CODEC_ZSTD, &self.out[..stored])),
            _ => Ok((CODEC_RAW, plain)),
        }
    }

    /// True when samples from all over look random and a part of the middle does not shrink.
    fn looks_random(&mut self, plain: &[u8]) -> bool {
        if plain.len() < TRIAL_MIN || entropy(plain) < ENTROPY_HIGH {
            return false;
        }
        let middle = plain.len() / 2;
        let Some(part) = plain.get(middle..middle + TRIAL_BYTES) else {
            return false;
        };
        let mut out = [0; TRIAL_BYTES - TRIAL_BYTES / MARGIN];
        self.trial.compress_to_buffer(part, &mut out[..]).is_err()
    }
}

/// Bits per byte of the histogram of evenly spaced samples.
fn entropy(plain: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for sample in plain.chunks(plain.len() / SAMPLES) {
        for byte in sample.iter().take(SAMPLE_BYTES) {
            counts[usize::from(*byte)] += 1;
        }
    }
    let total = f64::from(counts.iter().sum::<u32>().max(1));
    let shares = counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| f64::from(*c) / total);
    -shares.map(|p| p * p.log2()).sum::<f64>()
}

/// Restores blobs; the output is never longer than its authenticated length.
pub(crate) struct Decompressor(bulk::Decompressor<'static>);

impl Decompressor {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut inner = bulk::Decompressor::new().map_err(|e| failed(&e))?;
        inner
            .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))
            .map_err(|e| failed(&e))?;
        Ok(Self(inner))
    }

    /// Fills `plain` exactly from one zstd frame with nothing after it.
    pub(crate) fn decompress(&mut self, stored: &[u8], plain: &mut [u8]) -> Result<(), String> {
        if find_frame_compressed_size(stored).ok() != Some(stored.len()) {
            return Err("is not one zstd frame".into());
        }
        match self.0.decompress_to_buffer(stored, plain) {
            Ok(len) if len == plain.len() => Ok(()),
            Ok(_) => Err("decompresses to another length".into()),
            Err(e) => Err(format!("does not decompress: {e}")),
        }
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::Invalid(format!("zstd: {error}"))
}
