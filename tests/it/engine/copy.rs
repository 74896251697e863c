//! A second repository filled in the same pass.

use rsvault::engine::{BackupCopy, Error, Fault, Repository, points};

use crate::engine::fixture::{Home, ITEM, SMALL, keys, random_id};
use crate::harness::noise;

#[test]
fn a_copy_is_a_repository_of_its_own_with_the_same_bytes() {
    let fixture = Home::new(SMALL);
    let data = noise(1, 3_000_000);
    let image = fixture.image("disk", &data);
    fixture.backup(&image);
    let dir = fixture.path("copy");
    let copy = Repository::create(&dir, keys([6; 32], [8; 16]), SMALL).unwrap();
    let request = fixture.request(&[&image]);
    let target = BackupCopy {
        repository: &copy,
        writer: random_id(),
    };
    let (report, copied) = fixture
        .repository
        .backup_twice(&request, Some(target), &(), |_| Ok(()))
        .unwrap();
    let copied = copied.unwrap();
    assert_eq!(report.chunks_new, 0, "the first repository knows all");
    assert_eq!(copied.bytes_new, data.len() as u64, "the copy has its own");
    assert_eq!(report.bytes_read, data.len() as u64, "read once");
    let chain = points(&dir, None, &ITEM).unwrap();
    assert_eq!((chain.len(), chain[0].sequence), (1, 1));
    assert_eq!(chain[0].digest(), copied.digest);
    let point = copy.open_point(&ITEM, &request.point).unwrap();
    let mut out = vec![0; data.len()];
    point
        .stream(0, &(), &mut |offset, bytes| {
            out[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    assert!(out == data);
    assert!(fixture.restore(&request.point) == data);
}

#[test]
fn a_refused_commit_leaves_the_first_repository_as_it_was() {
    let fixture = Home::new(SMALL);
    let image = fixture.image("disk", &noise(2, 700_000));
    let copy = Repository::create(&fixture.path("copy"), keys([6; 32], [8; 16]), SMALL).unwrap();
    let request = fixture.request(&[&image]);
    let target = BackupCopy {
        repository: &copy,
        writer: random_id(),
    };
    let refused =
        fixture
            .repository
            .backup_twice(&request, Some(target), &(), |_| Err("no".into()));
    assert!(matches!(refused, Err(Error::Refused(_))));
    assert!(points(&fixture.dir(), None, &ITEM).unwrap().is_empty());
}

#[test]
fn chunks_of_another_size_are_refused_before_anything_is_read() {
    let fixture = Home::new(SMALL);
    let image = fixture.image("disk", b"bytes");
    let copy = Repository::create(&fixture.path("copy"), keys([6; 32], [8; 16]), 16).unwrap();
    let target = BackupCopy {
        repository: &copy,
        writer: random_id(),
    };
    let request = fixture.request(&[&image]);
    let refused = fixture
        .repository
        .backup_twice(&request, Some(target), &(), |_| Ok(()));
    assert_eq!(refused.unwrap_err().fault(), Fault::Invalid);
}
