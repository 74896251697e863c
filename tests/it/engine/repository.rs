//! Making and opening repositories, and the wraps in them.

use std::fs;

use rsvault::crypto::{Secret, canonical, derive, hmac_sha256};
use rsvault::engine::{Fault, KeySet, Repository, RepositoryKeys, get_wrap, list_wraps, put_wrap};

use crate::engine::fixture::{Home, SMALL, flip, keys, noise, overwrite};

#[test]
fn a_repository_opens_with_its_key_and_no_other() {
    let home = Home::new(SMALL);
    let opened = home.reopen().unwrap();
    assert_eq!(opened.config(), home.repository.config());
    assert_eq!(opened.config().domains[0].chunk_log2, SMALL);
    for (dek, owner) in [([6; 32], [9; 16]), ([5; 32], [8; 16])] {
        let error = Repository::open(&home.dir(), keys(dek, owner)).unwrap_err();
        assert_eq!(error.fault(), Fault::Damaged);
    }
}

#[test]
fn a_repository_is_not_made_twice_and_not_found_where_there_is_none() {
    let home = Home::new(SMALL);
    let again = Repository::create(&home.dir(), keys([5; 32], [9; 16]), SMALL).unwrap_err();
    assert_eq!(again.fault(), Fault::Exists);
    let missing = Repository::open(&home.path("none"), keys([5; 32], [9; 16])).unwrap_err();
    assert_eq!(missing.fault(), Fault::NotFound);
    let size = Repository::create(&home.path("new"), keys([5; 32], [9; 16]), 40).unwrap_err();
    assert_eq!(size.fault(), Fault::Invalid);
}

/// Sets a feature mask and makes the MAC fit again, as a newer program would.
fn set_mask(home: &Home, at: usize) {
    let path = home.dir().join("config");
    let mut bytes = fs::read(&path).unwrap();
    bytes[at + 7] = 2;
    let end = bytes.len() - 32;
    let dek = Secret::take(&mut home.dek.clone());
    let key = derive::<32>(&dek, "rsv/v1/conf", &[&[9; 16]]);
    let mac = hmac_sha256(&key, &[&canonical(&[b"rsv/v1/config", &bytes[..end]])]);
    bytes[end..].copy_from_slice(&mac);
    overwrite(&path, &bytes);
}

#[test]
fn unknown_features_are_ignored_read_only_or_refused_as_they_say() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 5000));
    let (id, _) = home.backup(&image);
    set_mask(&home, 16);
    home.reopen()
        .unwrap()
        .backup(&home.request(&[&image]), &(), |_| Ok(()))
        .unwrap();
    set_mask(&home, 24);
    let read_only = home.reopen().unwrap();
    assert!(read_only.open_point(&[7; 16], &id).is_ok());
    let error = read_only
        .backup(&home.request(&[&image]), &(), |_| Ok(()))
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Unsupported);
    set_mask(&home, 32);
    assert_eq!(home.reopen().unwrap_err().fault(), Fault::Unsupported);
}

#[test]
fn wraps_are_kept_under_their_digest_and_need_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("repository");
    fs::create_dir(&dir).unwrap();
    // Before the repository is made: its key must be wrapped first.
    let name = put_wrap(&dir, b"first").unwrap();
    Repository::create(&dir, keys([5; 32], [9; 16]), SMALL).unwrap();
    assert_eq!(put_wrap(&dir, b"first").unwrap(), name);
    let second = put_wrap(&dir, b"second").unwrap();
    let mut expected = [name, second];
    expected.sort_unstable();
    assert_eq!(list_wraps(&dir).unwrap(), expected);
    assert_eq!(get_wrap(&dir, &name).unwrap(), b"first");
    assert_eq!(
        get_wrap(&dir, &[0; 32]).unwrap_err().fault(),
        Fault::NotFound
    );
    let path = crate::engine::fixture::files(&dir.join("wraps")).remove(0);
    flip(&path, 0, 0);
    let damaged = list_wraps(&dir).unwrap()[0];
    assert_eq!(
        get_wrap(&dir, &damaged).unwrap_err().fault(),
        Fault::Damaged
    );
    assert_eq!(
        put_wrap(&dir, &vec![0; 70_000]).unwrap_err().fault(),
        Fault::Invalid
    );
}

#[test]
fn points_of_an_older_epoch_are_read_beside_those_of_the_current_one() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 20_000));
    let (old, _) = home.backup(&image);
    let new_dek = Secret::take(&mut [6; 32]);
    let both = || KeySet {
        outer: None,
        current: RepositoryKeys::derive(&new_dek, [9; 16], 2, 2, [3; 16]),
        older: vec![keys(home.dek, [9; 16]).current],
    };
    let opened = Repository::open(&home.dir(), both()).unwrap();
    let request = home.request(&[&image]);
    let report = opened.backup(&request, &(), |_| Ok(())).unwrap();
    assert_eq!(
        report.chunks_new, 5,
        "another epoch names chunks by another key"
    );
    opened.rebuild_index().unwrap();
    for point in [old, request.point] {
        let mut bytes = vec![0; 20_000];
        let point = opened.open_point(&[7; 16], &point).unwrap();
        point.read_at(0, 0, &mut bytes).unwrap();
        assert_eq!(bytes, noise(1, 20_000));
    }
    // With the old key alone the new point stays shut.
    assert!(home.try_restore(&request.point, 0).is_err());
}
