//! See `rsvault::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rsvault::fuzz::run("arm_id", data));
