//! What whoever has the key of an ended epoch can still do with the folder: nothing that counts.

use std::fs;
use std::path::PathBuf;

use rsvault::crypto::{Secret, canonical, derive, hmac_sha256};
use rsvault::engine::{AsideRequest, Fault, ItemEnd, Repository, VerifyRequest, chain};

use crate::engine::epochs::{Epochs, OWNER};
use crate::engine::fixture::{ITEM, noise};

const SET_ASIDE: AsideRequest = AsideRequest {
    dry_run: false,
    give_up: None,
};

/// One point under the first epoch, and what its key opens; then a new epoch after a leak.
fn leaked() -> (Epochs, Repository, [u8; 16]) {
    let mut epochs = Epochs::new();
    let (first, _) = epochs.backup(&noise(1, 60_000));
    let thief = Repository::open(&epochs.home.dir(), epochs.set()).unwrap();
    epochs.start(true);
    (epochs, thief, first)
}

fn damage(epochs: &Epochs) -> String {
    let request = VerifyRequest::default();
    let report = epochs.home.repository.verify(&request, &()).unwrap();
    format!("{:?}", report.damage)
}

#[test]
fn an_ended_epochs_key_adds_no_recovery_point_before_the_first_of_the_new_one() {
    let (epochs, thief, first) = leaked();
    let image = epochs.home.image("image", &noise(2, 60_000));
    let request = epochs.home.request(&[&image]);
    let added = thief.backup(&request, &(), |_| Ok(()));
    added.unwrap();
    // It links, so that who has no key sees nothing wrong.
    assert_eq!(epochs.home.chain().unwrap().len(), 2);
    let repository = &epochs.home.repository;
    for error in [
        repository.check_chains().unwrap_err(),
        repository.ends().unwrap_err(),
        repository
            .expire(&ITEM, &[first], 0, || Ok(()))
            .unwrap_err(),
    ] {
        assert_eq!(error.fault(), Fault::Damaged);
        assert!(error.to_string().contains("had ended"), "{error}");
    }
    assert!(damage(&epochs).contains("had ended"));
    let opened = epochs.restore(epochs.set(), &request.point);
    assert_eq!(opened.unwrap_err().fault(), Fault::Damaged);
    // In another item's folder it does not count either.
    let mut other = epochs.home.request(&[&image]);
    (other.item, other.sequence, other.previous) = ([8; 16], 1, [0; 32]);
    thief.backup(&other, &(), |_| Ok(())).unwrap();
    assert!(repository.open_point(&[8; 16], &other.point).is_err());
    // Both are set aside on request, and the vault goes on.
    let done = repository
        .set_points_aside(SET_ASIDE, |_, _| Ok(()))
        .unwrap();
    assert_eq!((done.aside.len(), done.left.len()), (2, 0), "{done:?}");
    assert_eq!(epochs.home.files("damaged").len(), 2);
    epochs.backup(&noise(3, 60_000));
    epochs.intact();
    assert!(epochs.restore(epochs.set(), &first).unwrap() == noise(1, 60_000));
}

fn segments(epochs: &Epochs) -> Vec<PathBuf> {
    let mut files = epochs.home.files("index");
    files.retain(|path| !path.ends_with(".lock"));
    files
}

#[test]
fn a_segment_of_an_ended_epoch_takes_nothing_out_of_the_index_that_a_newer_one_lists() {
    let (epochs, thief, _) = leaked();
    let (second, _) = epochs.backup(&noise(2, 60_000));
    let before: Vec<_> = segments(&epochs)
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    // It names everything that is listed as superseded, as a rebuild does; packs that its key does
    // not open it leaves out.
    thief.rebuild_index().unwrap();
    for (path, bytes) in &before {
        fs::write(path, bytes).unwrap();
    }
    assert_eq!(segments(&epochs).len(), before.len() + 1);
    epochs.intact();
    assert!(epochs.restore(epochs.set(), &second).unwrap() == noise(2, 60_000));
    // Nor by way of a merge, which takes over what its parts superseded.
    for seed in 10..20 {
        epochs.backup(&noise(seed, 8000));
    }
    assert!(segments(&epochs).len() <= 9, "they were merged");
    epochs.intact();
    let report = epochs.home.repository.collect(&Default::default(), &());
    assert_eq!(report.unwrap().removed.len(), 0);
    epochs.intact();
}

#[test]
fn a_damaged_segment_is_not_hidden_by_one_of_an_ended_epoch_that_names_it() {
    let (epochs, thief, _) = leaked();
    let old = segments(&epochs);
    epochs.backup(&noise(2, 60_000));
    let mut newer = segments(&epochs);
    newer.retain(|path| !old.contains(path));
    let mut bytes = fs::read(&newer[0]).unwrap();
    thief.rebuild_index().unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&newer[0], bytes).unwrap();
    assert!(damage(&epochs).contains("the index"), "{}", damage(&epochs));
    // A repair makes it anew from the packs.
    epochs.home.repository.repair(false, &()).unwrap();
    epochs.intact();
}

/// A tombstone of the first epoch for these points, as its key makes it.
fn forge(epochs: &Epochs, first: u64, last: u64) -> PathBuf {
    let chain = epochs.home.chain().unwrap();
    let point = |sequence| chain.iter().find(|p| p.sequence == sequence).unwrap();
    let dek = Secret::take(&mut epochs.deks[0].clone());
    let mut bytes = b"RSVTOMBS".to_vec();
    bytes.extend([9, 1, point(1).class, 0]);
    bytes.extend(1u32.to_be_bytes());
    bytes.extend([OWNER, ITEM].concat());
    bytes.extend(first.to_be_bytes());
    bytes.extend(last.to_be_bytes());
    bytes.extend(point(first).previous);
    bytes.extend(point(last).digest());
    bytes.extend(0u64.to_be_bytes());
    let manifest = derive::<32>(&dek, "rsv/v1/man", &[&OWNER]);
    let key = derive::<32>(&manifest, "rsv/v1/tombstone", &[&ITEM]);
    let mac = hmac_sha256(&key, &[&canonical(&[b"rsv/v1/tombstone", &bytes])]);
    bytes.extend(mac);
    let folder = epochs.home.files("points")[0].parent().unwrap().to_owned();
    let path = folder.join(format!("{first:016}-{last:016}.gone"));
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_tombstone_that_was_there_when_its_epoch_ended_goes_on_counting() {
    let mut epochs = Epochs::new();
    let ids: Vec<_> = (1..5)
        .map(|seed| epochs.backup(&noise(seed, 9000)).0)
        .collect();
    let expire = |epochs: &Epochs, ids: &[[u8; 16]]| {
        let repository = &epochs.home.repository;
        repository.expire(&ITEM, ids, 7, || Ok(())).unwrap()
    };
    assert_eq!(expire(&epochs, &ids[1..2]), 1);
    epochs.start(true);
    epochs.intact();
    // The next one takes it in, under the new epoch.
    assert_eq!(expire(&epochs, &ids[..1]), 1);
    epochs.start(false);
    epochs.backup(&noise(6, 9000));
    epochs.intact();
    assert_eq!(epochs.home.files("points").len(), 4);
}

#[test]
fn where_nobody_knew_what_had_expired_an_epochs_tombstones_count_up_to_its_end() {
    let (epochs, _, _) = leaked();
    for seed in 2..4 {
        epochs.backup(&noise(seed, 9000));
    }
    forge(&epochs, 1, 1);
    let mut set = epochs.set();
    let end = |newest| ItemEnd {
        newest,
        expired: None,
    };
    for (newest, is_whole) in [(1, true), (0, false)] {
        set.older[0] = set.older[0].clone().ended([(ITEM, end(newest))].into());
        let repository = Repository::open(&epochs.home.dir(), set.clone()).unwrap();
        assert_eq!(repository.check_chains().is_ok(), is_whole);
    }
}

#[test]
fn an_expiry_waits_for_an_epoch_that_ends() {
    let (epochs, _, first) = leaked();
    epochs.backup(&noise(2, 9000));
    let repository = &epochs.home.repository;
    let held = repository.hold_commits().unwrap();
    std::thread::scope(|scope| {
        let expiry = scope.spawn(|| repository.expire(&ITEM, &[first], 7, || Ok(())));
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(!expiry.is_finished());
        assert_eq!(epochs.home.files("points").len(), 2);
        drop(held);
        assert_eq!(expiry.join().unwrap().unwrap(), 1);
    });
}

#[test]
fn an_expiry_whose_epoch_is_over_removes_nothing() {
    let (epochs, _, first) = leaked();
    epochs.backup(&noise(2, 9000));
    let repository = &epochs.home.repository;
    let refused = repository.expire(&ITEM, &[first], 7, || Err("another epoch".into()));
    assert_eq!(refused.unwrap_err().fault(), Fault::Refused);
    assert_eq!(epochs.home.files("points").len(), 2);
    epochs.intact();
}

#[test]
fn a_tombstone_of_an_ended_epoch_counts_only_if_it_was_there_when_the_epoch_ended() {
    let (epochs, _, first) = leaked();
    for seed in 2..6 {
        epochs.backup(&noise(seed, 9000));
    }
    let repository = &epochs.home.repository;
    // Nor for one of its own epoch, since that had no tombstone when it ended: a point that was
    // removed does not look as if its time had been over.
    let stone = forge(&epochs, 1, 1);
    assert!(damage(&epochs).contains("not authentic"));
    fs::remove_file(stone).unwrap();
    epochs.intact();
    // Right behind the last point of its epoch it links, and needs the recorded end.
    let stone = forge(&epochs, 1, 2);
    assert_eq!(epochs.home.chain().unwrap().len(), 3);
    assert_eq!(
        repository.check_chains().unwrap_err().fault(),
        Fault::Damaged
    );
    assert!(damage(&epochs).contains("not authentic"));
    let refused = repository
        .expire(&ITEM, &[first], 0, || Ok(()))
        .unwrap_err();
    assert_eq!(refused.fault(), Fault::Damaged);
    assert_eq!(epochs.home.files("points").len(), 6, "nothing was removed");
    fs::remove_file(stone).unwrap();
    // Further on even who has no key sees it.
    let stone = forge(&epochs, 4, 4);
    let error = chain(&epochs.home.dir(), None, &ITEM).unwrap_err();
    assert!(error.to_string().contains("older key epoch"), "{error}");
    let done = repository
        .set_points_aside(SET_ASIDE, |_, _| Ok(()))
        .unwrap();
    assert_eq!((done.aside.len(), done.left.len()), (1, 0), "{done:?}");
    assert!(!stone.exists());
    epochs.intact();
    assert_eq!(epochs.home.chain().unwrap().len(), 5);
}
