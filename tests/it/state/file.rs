//! The state file: round trip, tampering, newer formats, rollback, repair hints, locks.

use std::fs;
use std::time::Duration;

use rsvault::crypto::{canonical, derive, hmac_sha256};
use rsvault::state::{Digest, Error, LOCK_WAIT, RootKey, StateFile};
use serde_json::{Value, json};

use crate::state::{Sandbox, code, commit, marks, names, state_bytes};

#[test]
fn a_commit_is_what_is_read_next() {
    let (sandbox, created) = Sandbox::created();
    let file = created.file;
    let first = file.read().unwrap();
    assert_eq!((first.format, first.generation), (1, 1));
    assert_eq!(first.digest, Digest::of(&state_bytes(&sandbox.home)));

    let mut locked = file.lock(LOCK_WAIT).unwrap();
    assert_eq!(locked.read().unwrap().body, b"one\n");
    let committed = locked.commit(b"two", marks(7)).unwrap();
    assert_eq!(committed.generation, 2);
    locked.commit(b"", marks(5)).unwrap();
    drop(locked);

    let third = file.read().unwrap();
    assert_eq!(
        (third.generation, third.body.as_slice()),
        (3, b"\n".as_slice())
    );
    let anchor = third.anchor.unwrap();
    assert_eq!((anchor.generation, anchor.digest), (3, third.digest));
    assert_eq!(
        anchor.marks,
        marks(7),
        "log sequence and time never go back"
    );
    let second = file.read_previous().unwrap();
    assert_eq!(
        (second.generation, second.body.as_slice()),
        (2, b"two\n".as_slice())
    );
    assert_eq!(second.digest, committed.digest);
    assert_eq!(
        names(sandbox.home.folder()),
        ["state.json", "state.json.1", "state.lock"]
    );
}

#[test]
fn the_header_names_the_generation_before() {
    let (sandbox, created) = Sandbox::created();
    let first = created.file.read().unwrap();
    commit(&created.file, "two\n", 2);
    let header = header(&state_bytes(&sandbox.home));
    assert_eq!(header["magic"], "rsv-state");
    assert_eq!(header["prev"], first.digest.to_string());
    assert_eq!(header["len"], 4);
    assert_eq!(
        header["installation"],
        created.root_key.installation().to_string()
    );
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let (sandbox, created) = Sandbox::created();
    let good = state_bytes(&sandbox.home);
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            fs::write(sandbox.home.state(), &bad).unwrap();
            let code = code(created.file.read());
            let expected = ["RsvStateDamaged", "RsvFormatNewer", "RsvStateOfAnother"];
            assert!(expected.contains(&code), "byte {at} bit {bit}: {code}");
        }
        fs::write(sandbox.home.state(), &good[..at]).unwrap();
        assert_eq!(code(created.file.read()), "RsvStateDamaged", "cut at {at}");
    }
    fs::write(sandbox.home.state(), [good.as_slice(), b"\n"].concat()).unwrap();
    assert_eq!(code(created.file.read()), "RsvStateDamaged");
    fs::write(sandbox.home.state(), &good).unwrap();
    assert_eq!(code(created.file.read()), "Ok");
}

#[test]
fn bytes_without_the_right_mac_are_refused() {
    let (sandbox, created) = Sandbox::created();
    let first = header(&state_bytes(&sandbox.home));
    commit(&created.file, "two\n", 2);
    let good = header(&state_bytes(&sandbox.home));
    fs::remove_file(sandbox.home.anchor(created.root_key.installation())).unwrap();

    let mut swapped = good.clone();
    swapped["mac"] = first["mac"].clone();
    let mut stripped = good.clone();
    stripped.as_object_mut().unwrap().remove("mac");
    let mut extended = good.clone();
    extended["more"] = json!(1);
    // A new body with a digest to match, as an editor without the root key would write it.
    let mut edited = good.clone();
    edited["sha256"] = json!(Digest::of(b"TWO\n").to_string());
    for (header, body) in [
        (&swapped, "two\n"),
        (&stripped, "two\n"),
        (&extended, "two\n"),
        (&edited, "TWO\n"),
    ] {
        fs::write(sandbox.home.state(), format!("{header}\n{body}")).unwrap();
        assert_eq!(code(created.file.read()), "RsvStateDamaged", "{header}");
    }
    fs::write(sandbox.home.state(), format!("{good}\ntwo\n")).unwrap();
    assert_eq!(
        code(created.file.read()),
        "Ok",
        "the headers above are spelt right"
    );
}

#[test]
fn a_newer_format_can_be_read_when_authentic_and_is_never_written() {
    let (sandbox, created) = Sandbox::created();
    let newer = sign(&created.root_key, 2, 5, b"from the future\n");
    fs::write(sandbox.home.state(), &newer).unwrap();
    let read = created.file.read().unwrap();
    assert_eq!(
        (read.format, read.body.as_slice()),
        (2, b"from the future\n".as_slice())
    );
    let mut locked = created.file.lock(LOCK_WAIT).unwrap();
    let error = locked.commit(b"x\n", marks(2)).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Newer {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("update rsv"), "{error}");
    assert_eq!(code(locked.read()), "RsvFormatNewer");
    assert_eq!(state_bytes(&sandbox.home), newer);

    fs::write(
        sandbox.home.state(),
        b"{\"magic\":\"rsv-state\",\"format\":3,\"x\":1}\n",
    )
    .unwrap();
    assert_eq!(code(created.file.read()), "RsvFormatNewer");
}

#[test]
fn an_old_copy_is_refused_as_rolled_back() {
    let (sandbox, created) = Sandbox::created();
    let old = state_bytes(&sandbox.home);
    commit(&created.file, "two\n", 2);
    let current = state_bytes(&sandbox.home);
    fs::write(sandbox.home.state(), &old).unwrap();
    let error = created.file.read().unwrap_err();
    assert!(
        matches!(
            error,
            Error::RolledBack {
                found: 1,
                seen: 2,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("Approve-RsvRollback"), "{error}");
    let mut locked = created.file.lock(LOCK_WAIT).unwrap();
    assert_eq!(code(locked.commit(b"x\n", marks(3))), "RsvRollbackDetected");
    drop(locked);
    fs::write(sandbox.home.state(), &current).unwrap();
    assert_eq!(code(created.file.read()), "Ok");
}

#[test]
fn another_state_of_the_same_generation_is_refused() {
    let (sandbox, created) = Sandbox::created();
    let fork = sign(&created.root_key, 1, 1, b"fork\n");
    fs::write(sandbox.home.state(), fork).unwrap();
    assert_eq!(code(created.file.read()), "RsvRollbackDetected");
}

#[test]
fn a_machine_without_an_anchor_gets_one_at_its_next_commit() {
    let (sandbox, created) = Sandbox::created();
    let anchor = sandbox.home.anchor(created.root_key.installation());
    fs::remove_file(&anchor).unwrap();
    assert_eq!(created.file.read().unwrap().anchor, None);
    commit(&created.file, "two\n", 2);
    assert_eq!(created.file.read().unwrap().anchor.unwrap().generation, 2);
}

#[test]
fn an_anchor_one_behind_is_fine_and_a_damaged_one_is_not() {
    let (sandbox, created) = Sandbox::created();
    let path = sandbox.home.anchor(created.root_key.installation());
    let behind = fs::read(&path).unwrap();
    commit(&created.file, "two\n", 2);
    let good = fs::read(&path).unwrap();
    fs::write(&path, &behind).unwrap();
    assert_eq!(code(created.file.read()), "Ok");
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        assert_eq!(code(created.file.read()), "RsvAnchorDamaged", "byte {at}");
    }
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert_eq!(code(created.file.read()), "RsvAnchorDamaged");
}

#[test]
fn an_anchor_that_cannot_be_written_is_a_warning() {
    let (sandbox, created) = Sandbox::created();
    let anchors = sandbox.path("anchors");
    fs::remove_dir_all(&anchors).unwrap();
    fs::write(&anchors, b"a file in the way").unwrap();
    // A file where the folder should be reads as an error, so look away while reading.
    fs::remove_file(&anchors).unwrap();
    let mut locked = created.file.lock(LOCK_WAIT).unwrap();
    locked.read().unwrap();
    fs::write(&anchors, b"a file in the way").unwrap();
    let committed = locked.commit(b"two\n", marks(2)).unwrap();
    assert!(committed.anchor_warning.is_some());
    drop(locked);
    fs::remove_file(&anchors).unwrap();
    assert_eq!(created.file.read().unwrap().body, b"two\n");
}

#[test]
fn a_damaged_state_names_the_good_generation_before() {
    let (sandbox, created) = Sandbox::created();
    commit(&created.file, "two\n", 2);
    fs::write(sandbox.home.state(), b"\0\0\0\0").unwrap();
    let error = created.file.read().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Damaged {
                previous: Some(1),
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("Approve-RsvRollback"), "{error}");
    assert_eq!(created.file.read_previous().unwrap().body, b"one\n");
    let found = sandbox.home.installation().unwrap();
    assert_eq!(
        found,
        Some(created.root_key.installation()),
        "the key can still be found"
    );

    fs::write(sandbox.home.state_previous(), b"bad too").unwrap();
    let error = created.file.read().unwrap_err();
    assert!(
        matches!(error, Error::Damaged { previous: None, .. }),
        "{error}"
    );
    assert_eq!(code(sandbox.home.installation()), "RsvStateDamaged");
}

#[test]
fn the_generation_before_follows_all_that_was_seen_and_the_damaged_file_is_kept() {
    let (sandbox, created) = Sandbox::created();
    commit(&created.file, "two\n", 2);
    commit(&created.file, "three\n", 3);
    let damaged = b"\0\0\0\0".to_vec();
    fs::write(sandbox.home.state(), &damaged).unwrap();
    let mut locked = created.file.lock(LOCK_WAIT).unwrap();
    assert_eq!(code(locked.commit(b"x\n", marks(4))), "RsvStateDamaged");
    assert_eq!(locked.read_rolled_back().unwrap().body, b"two\n");
    locked.commit(b"two again\n", marks(4)).unwrap();
    let kept = sandbox.home.folder().join("state.json.damaged");
    assert_eq!(fs::read(&kept).unwrap(), damaged);
    assert_eq!(created.file.read_previous().unwrap().body, b"two\n");
    let state = created.file.read().unwrap();
    assert_eq!((state.generation, state.body), (4, b"two again\n".to_vec()));
    // From here on all is as always.
    locked.commit(b"five\n", marks(5)).unwrap();
    assert_eq!(created.file.read_previous().unwrap().body, b"two again\n");
    assert_eq!(fs::read(&kept).unwrap(), damaged);
}

#[test]
fn a_state_of_another_installation_is_refused() {
    let (sandbox, _) = Sandbox::created();
    let (other, created) = Sandbox::created();
    fs::copy(sandbox.home.state(), other.home.state()).unwrap();
    assert_eq!(code(created.file.read()), "RsvStateOfAnother");
    // Its own key was never here, so the copied home opens nothing.
    let installation = other.home.installation().unwrap().unwrap();
    assert_eq!(
        code(RootKey::open(&other.home, installation)),
        "RsvRootKeyMissing"
    );
}

#[test]
fn a_held_lock_makes_others_busy_until_it_is_dropped() {
    let (_sandbox, created) = Sandbox::created();
    let held = created.file.lock(Duration::ZERO).unwrap();
    let error = created.file.lock(Duration::from_millis(30)).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert_eq!(code(created.file.read()), "Ok", "readers need no lock");
    drop(held);
    assert_eq!(code(created.file.lock(Duration::ZERO)), "Ok");
}

#[test]
fn a_commit_under_a_lock_file_that_was_replaced_is_refused() {
    let (sandbox, created) = Sandbox::created();
    let mut first = created.file.lock(LOCK_WAIT).unwrap();
    first.read().unwrap();
    fs::remove_file(sandbox.home.state_lock()).unwrap();
    let mut second = created.file.lock(LOCK_WAIT).unwrap();
    second.commit(b"two\n", marks(2)).unwrap();
    assert_eq!(code(first.commit(b"lost\n", marks(2))), "RsvNotCommitted");
    assert_eq!(created.file.read().unwrap().body, b"two\n");
}

#[test]
fn a_lock_file_that_is_a_link_or_a_folder_is_refused() {
    let (sandbox, created) = Sandbox::created();
    let lock = sandbox.home.state_lock();
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), &lock).unwrap();
    assert_eq!(code(created.file.lock(Duration::ZERO)), "RsvStateIo");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    assert_eq!(code(created.file.lock(Duration::ZERO)), "RsvStateIo");
}

#[test]
fn temporary_files_are_swept_when_the_lock_is_taken() {
    let (sandbox, created) = Sandbox::created();
    let folder = sandbox.home.folder();
    for name in [
        "state.json.tmp.1.00",
        "state.json.tmp.999.ff",
        "state.json.1.new",
        "mine",
    ] {
        fs::write(folder.join(name), b"x").unwrap();
    }
    created.file.read().unwrap();
    assert_eq!(names(folder).len(), 6, "reading removes nothing");
    drop(created.file.lock(LOCK_WAIT).unwrap());
    assert_eq!(names(folder), ["mine", "state.json", "state.lock"]);
}

#[test]
fn opening_with_another_root_key_of_the_same_installation_is_refused() {
    let (sandbox, created) = Sandbox::created();
    let installation = created.root_key.installation();
    fs::remove_file(sandbox.home.root_key_file(installation)).unwrap();
    let other = RootKey::create(&sandbox.home, installation).unwrap();
    let anchor = sandbox.home.anchor(installation);
    let file = StateFile::open(&sandbox.home, &other);
    assert_eq!(code(file.read()), "RsvStateDamaged");
    fs::remove_file(anchor).unwrap();
    assert_eq!(code(file.read()), "RsvStateDamaged");
}

/// The first line as JSON.
fn header(state: &[u8]) -> Value {
    let end = state.iter().position(|&byte| byte == b'\n').unwrap();
    serde_json::from_slice(&state[..end]).unwrap()
}

/// An authentic file, written out by the documented format alone.
fn sign(key: &RootKey, format: u32, generation: u64, body: &[u8]) -> Vec<u8> {
    let id = key.installation();
    let mac_key = derive::<32>(key.secret(), "rsv/v1/state-mac", &[id.as_bytes()]);
    let sha256 = Digest::of(body);
    let fields = canonical(&[
        b"rsv-state",
        &format.to_be_bytes(),
        &generation.to_be_bytes(),
        &[0; 32],
        &(body.len() as u64).to_be_bytes(),
        &sha256.0,
        id.as_bytes(),
    ]);
    let mac = Digest(hmac_sha256(&mac_key, &[&fields]));
    let header = json!({
        "magic": "rsv-state", "format": format, "generation": generation,
        "prev": Digest::ZERO, "len": body.len(), "sha256": sha256,
        "installation": id, "mac": mac,
    });
    [format!("{header}\n").as_bytes(), body].concat()
}
