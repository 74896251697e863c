//! Every call of a commit fails once: the answer given is the truth on disk.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rsvault::crypto::Secret;
use rsvault::state::{Call, Error, Files, Journal, LOCK_WAIT, Observer, StateFile};
use serde_json::json;

use crate::state::{Sandbox, code, commit, home_in, marks, names};

/// Fails the n-th call and notes what it was.
#[derive(Default)]
struct FailNth {
    countdown: AtomicUsize,
    failed: Mutex<Option<String>>,
}

impl FailNth {
    fn new(n: usize) -> Arc<Self> {
        Arc::new(Self {
            countdown: AtomicUsize::new(n),
            failed: Mutex::default(),
        })
    }

    /// The call that failed, if it came to that.
    fn failed(&self) -> Option<String> {
        self.failed.lock().unwrap().clone()
    }
}

impl Observer for FailNth {
    fn before(&self, call: &Call<'_>) -> io::Result<()> {
        if self.countdown.fetch_sub(1, Ordering::SeqCst) != 0 {
            return Ok(());
        }
        *self.failed.lock().unwrap() = Some(format!("{call:?}"));
        Err(io::Error::other("injected"))
    }
}

#[test]
fn each_failed_call_of_a_commit_gets_a_true_answer() {
    let (mut committed, mut refused, mut unknown) = (0, 0, 0);
    for n in 0.. {
        let (sandbox, created) = Sandbox::created();
        let observer = FailNth::new(n);
        let home = home_in(sandbox.root.path()).with_files(Files::observed(observer.clone()));
        let file = StateFile::open(&home, &created.root_key);
        let answer = file.lock(LOCK_WAIT).and_then(|mut locked| {
            let answer = locked.commit(b"two\n", marks(2));
            if matches!(answer, Err(Error::Unknown(_))) {
                let again = locked.commit(b"three\n", marks(3));
                assert_eq!(code(again), "RsvNotCommitted", "no second try");
            }
            answer
        });
        let Some(call) = observer.failed() else {
            assert_eq!(answer.unwrap().generation, 2);
            break;
        };
        let found = created.file.read().unwrap().body;
        match answer {
            Ok(_) => {
                assert_eq!(found, b"two\n", "{call}");
                committed += 1;
            }
            Err(Error::Unknown(_)) => {
                assert!(call.starts_with("SyncFolder"), "{call}");
                unknown += 1;
            }
            Err(_) => {
                assert_eq!(found, b"one\n", "{call}");
                let left = names(sandbox.home.folder());
                let is_clean = left.iter().all(|name| !name.contains("tmp"));
                assert!(is_clean, "{call}: {left:?}");
                refused += 1;
            }
        }
        commit(&created.file, "next\n", 4);
    }
    // Lock, create, write, sync, rename · link and its two neighbours, five for the anchor.
    assert_eq!((refused, unknown, committed), (5, 1, 8));
}

#[test]
fn each_failed_call_of_a_creation_leaves_a_home_that_can_be_created() {
    let mut failures = 0;
    for n in 0.. {
        let sandbox = Sandbox::new();
        let observer = FailNth::new(n);
        let home = home_in(sandbox.root.path()).with_files(Files::observed(observer.clone()));
        let answer = StateFile::create(&home, b"one\n", marks(1));
        let Some(call) = observer.failed() else {
            assert!(answer.is_ok());
            break;
        };
        if answer.is_err() {
            failures += 1;
        }
        let again = StateFile::create(&sandbox.home, b"one\n", marks(1)).unwrap();
        assert_eq!(again.file.read().unwrap().body, b"one\n", "{call}");
        assert_eq!(
            names(sandbox.home.config()).len(),
            1,
            "{call}: one root key"
        );
    }
    assert!(failures >= 10, "{failures}");
}

#[test]
fn each_failed_call_of_an_append_gets_a_true_answer() {
    for n in 0.. {
        let sandbox = Sandbox::new();
        let path = sandbox.path("log.ndjson");
        let good = Journal::open(&path, Secret::take(&mut [1; 32]));
        let observer = FailNth::new(n);
        let failing = good.clone().with_files(Files::observed(observer.clone()));
        let answer = failing.append(&json!({ "n": 1 }));
        let Some(call) = observer.failed() else {
            assert_eq!(answer.unwrap().sequence, 1);
            assert!(n >= 4, "open, flush folder, write, flush");
            break;
        };
        let lines = good.verify().unwrap().lines;
        match answer {
            Ok(_) => panic!("{call}"),
            Err(Error::Unknown(_)) => assert!(call.starts_with("SyncFile"), "{call}"),
            Err(_) => assert_eq!(lines, 0, "{call}"),
        }
        assert_eq!(good.append(&json!({ "n": 2 })).unwrap().sequence, lines + 1);
    }
}
