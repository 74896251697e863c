//! Nonces are counted, never chosen: what the counter gives is measured here.

use std::collections::{BTreeSet, HashSet};

use rsvault::crypto::{Error, MessageKeys, Opener, Sealer, TAG_BYTES};

use crate::crypto::secret;

const THREADS: usize = 8;
const EACH: usize = 2_000;

/// Index, ciphertext of 32 zeros with its tag of every message that many threads sealed at once.
fn sealed_by_threads(sealer: &Sealer) -> Vec<(u64, [u8; 32 + TAG_BYTES])> {
    let seal_each = || {
        let seal_one = |_| {
            let mut sealed = [0; 32 + TAG_BYTES];
            let index = sealer.seal(&[0; 32], &mut sealed, |_| Vec::new());
            (index.unwrap(), sealed)
        };
        (0..EACH).map(seal_one).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(seal_each)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn threads_that_share_a_sealer_never_repeat_an_index_or_a_key_stream() {
    let sealer = Sealer::new(MessageKeys::derive(&secret(1), b"pack")).unwrap();
    let messages = sealed_by_threads(&sealer);
    let indexes: BTreeSet<u64> = messages.iter().map(|message| message.0).collect();
    let all = (THREADS * EACH) as u64;
    assert!(
        indexes.into_iter().eq(0..all),
        "indexes repeat or leave gaps"
    );
    // The ciphertext of zeros is the key stream itself: equal nonces would give equal ones.
    let streams: HashSet<&[u8]> = messages.iter().map(|message| &message.1[..32]).collect();
    assert_eq!(streams.len() as u64, all);
}

#[test]
fn every_message_opens_under_its_own_index_and_no_other() {
    let sealer = Sealer::new(MessageKeys::derive(&secret(1), b"pack")).unwrap();
    let keys = MessageKeys::derive(&secret(1), b"pack");
    let commitment = *keys.commitment();
    let opener = Opener::new(keys, &commitment, "pack").unwrap();
    for (index, sealed) in sealed_by_threads(&sealer).into_iter().step_by(97) {
        let opened = opener
            .open(index, &[], &mut sealed.clone(), "blob")
            .map(|plain| plain.to_vec());
        assert_eq!(opened.unwrap(), [0; 32]);
        let mut plain = [1; 32];
        opener
            .open_into(index, &[], &sealed, &mut plain, "blob")
            .unwrap();
        assert_eq!(plain, [0; 32]);
        let moved = opener.open_into(index + 1, &[], &sealed, &mut plain, "blob");
        assert!(matches!(moved, Err(Error::NotAuthentic { .. })));
        assert_eq!(plain, [0; 32], "nothing unauthentic is given");
        let moved = opener
            .open(index + 1, &[], &mut sealed.clone(), "blob")
            .map(drop);
        assert!(matches!(moved, Err(Error::NotAuthentic { .. })));
    }
}

#[test]
fn the_associated_data_sees_the_index_that_is_used() {
    let sealer = Sealer::new(MessageKeys::derive(&secret(1), b"pack")).unwrap();
    for expected in 0..3 {
        let mut seen = None;
        let index = sealer
            .seal(&[0; 4], &mut [0; 4 + TAG_BYTES], |index| {
                seen = Some(index);
                index.to_be_bytes().to_vec()
            })
            .unwrap();
        assert_eq!((index, seen), (expected, Some(expected)));
    }
}
