//! Many writers at once lose nothing.

use std::thread;

use rsvault::crypto::Secret;
use rsvault::state::{Journal, LOCK_WAIT, StateFile};
use serde_json::json;

use crate::state::{Sandbox, home_in, marks};

#[test]
fn sixteen_writers_with_ten_increments_each_reach_160() {
    let (sandbox, created) = Sandbox::created();
    let mut locked = created.file.lock(LOCK_WAIT).unwrap();
    locked.commit(b"0\n", marks(1)).unwrap();
    drop(locked);
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        // A reader without a lock never sees a torn file or a false rollback.
        let reader = scope.spawn(|| {
            let file = StateFile::open(&home_in(sandbox.root.path()), &created.root_key);
            let mut newest = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let generation = file.read().unwrap().generation;
                assert!(generation >= newest);
                newest = generation;
            }
        });
        let writers: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let file = StateFile::open(&home_in(sandbox.root.path()), &created.root_key);
                    for _ in 0..10 {
                        let mut locked = file.lock(LOCK_WAIT).unwrap();
                        let body = String::from_utf8(locked.read().unwrap().body).unwrap();
                        let next = body.trim().parse::<u32>().unwrap() + 1;
                        locked
                            .commit(format!("{next}\n").as_bytes(), marks(next))
                            .unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap();
    });
    let state = created.file.read().unwrap();
    assert_eq!(
        (state.generation, state.body.as_slice()),
        (162, b"160\n".as_slice())
    );
}

#[test]
fn eight_writers_of_one_journal_make_one_chain() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("log.ndjson");
    thread::scope(|scope| {
        for writer in 0..8 {
            let journal = Journal::open(&path, Secret::take(&mut [3; 32]));
            scope.spawn(move || {
                for n in 0..10 {
                    journal
                        .append(&json!({ "writer": writer, "n": n }))
                        .unwrap();
                }
            });
        }
    });
    let journal = Journal::open(&path, Secret::take(&mut [3; 32]));
    assert_eq!(journal.verify().unwrap().lines, 80);
    for writer in 0..8 {
        let own = journal.read(|record| record["writer"] == writer).unwrap();
        let order: Vec<u64> = own
            .map(|e| e.unwrap().record["n"].as_u64().unwrap())
            .collect();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
    }
}
