//! Expired recovery points leave tombstones: the chain still links, and removal is told from expiry.

use std::fs;

use rsvault::engine::{Chain, Fault, VerifyRequest, chain};

use crate::engine::fixture::{Home, ITEM, SMALL, flip, noise};

/// A repository with this many points of one item, and their ids.
fn points(count: u64) -> (Home, Vec<[u8; 16]>) {
    let home = Home::new(SMALL);
    let ids = (0..count)
        .map(|seed| home.backup(&home.image("image", &noise(seed, 9000))).0)
        .collect();
    (home, ids)
}

fn read(home: &Home) -> Chain {
    chain(&home.dir(), None, &ITEM).unwrap()
}

fn left(home: &Home) -> Vec<u64> {
    read(home).points.iter().map(|p| p.sequence).collect()
}

fn stones(home: &Home) -> Vec<(u64, u64)> {
    let chain = read(home);
    chain.tombstones.iter().map(|t| (t.first, t.last)).collect()
}

#[test]
fn points_go_from_the_middle_and_runs_of_tombstones_grow_together() {
    let (home, ids) = points(6);
    let repository = &home.repository;
    assert_eq!(
        repository
            .expire(&ITEM, &[ids[1], ids[3]], 5, || Ok(()))
            .unwrap(),
        2
    );
    assert_eq!(
        (left(&home), stones(&home)),
        (vec![1, 3, 5, 6], vec![(2, 2), (4, 4)])
    );
    assert_eq!(
        repository.expire(&ITEM, &[ids[2]], 6, || Ok(())).unwrap(),
        1
    );
    assert_eq!((left(&home), stones(&home)), (vec![1, 5, 6], vec![(2, 4)]));
    assert_eq!(
        repository.expire(&ITEM, &[ids[0]], 7, || Ok(())).unwrap(),
        1
    );
    // The chain's floor: one file for all that was.
    assert_eq!((left(&home), stones(&home)), (vec![5, 6], vec![(1, 4)]));
    assert_eq!(read(&home).start(), Some(1));
    assert_eq!(home.files("points").len(), 3);
    assert!(home.files("intents").is_empty() && home.files("tmp").is_empty());
    // Again: nothing is there to expire.
    assert_eq!(
        repository.expire(&ITEM, &ids[..4], 8, || Ok(())).unwrap(),
        0
    );
    let report = repository.verify(&VerifyRequest::default(), &()).unwrap();
    assert_eq!((report.points, report.damage.len()), (2, 0));
    // The chain goes on.
    let (seventh, _) = home.backup(&home.image("image", &noise(9, 9000)));
    assert_eq!(left(&home), [5, 6, 7]);
    assert!(home.restore(&seventh) == noise(9, 9000));
    assert!(home.restore(&ids[4]) == noise(4, 9000));
}

#[test]
fn the_newest_point_never_expires() {
    let (home, ids) = points(2);
    let error = home
        .repository
        .expire(&ITEM, &ids, 0, || Ok(()))
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Invalid);
    assert_eq!(left(&home), [1, 2]);
    assert_eq!(
        home.repository
            .expire(&[1; 16], &[ids[0]], 0, || Ok(()))
            .unwrap(),
        0
    );
}

#[test]
fn a_removed_newest_point_is_told_from_an_expired_one() {
    let (home, ids) = points(3);
    home.repository
        .expire(&ITEM, &[ids[1]], 0, || Ok(()))
        .unwrap();
    let newest = home.files("points").into_iter().max().unwrap();
    fs::remove_file(newest).unwrap();
    let error = chain(&home.dir(), None, &ITEM).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    assert!(error.to_string().contains("the newest one"), "{error}");
}

#[test]
fn a_removed_tombstone_shows_as_a_gap() {
    let (home, ids) = points(3);
    home.repository
        .expire(&ITEM, &[ids[1]], 0, || Ok(()))
        .unwrap();
    let stone = home
        .files("points")
        .into_iter()
        .find(|p| p.extension().is_some());
    fs::remove_file(stone.unwrap()).unwrap();
    let error = chain(&home.dir(), None, &ITEM).unwrap_err().to_string();
    assert!(error.contains("follows a gap"), "{error}");
}

#[test]
fn a_forged_tombstone_is_found_by_whoever_has_the_key() {
    let (home, ids) = points(4);
    home.repository
        .expire(&ITEM, &[ids[1]], 0, || Ok(()))
        .unwrap();
    let stone = home
        .files("points")
        .into_iter()
        .find(|p| p.extension().is_some());
    let stone = stone.unwrap();
    let len = fs::metadata(&stone).unwrap().len() as usize;
    assert_eq!(len, 168);
    // Every byte counts: what the chain does not check itself, the MAC does.
    for position in 0..len {
        flip(&stone, position, 3);
        let report = home
            .repository
            .verify(&VerifyRequest::default(), &())
            .unwrap();
        assert!(!report.damage.is_empty(), "byte {position}");
        let refused = home
            .repository
            .expire(&ITEM, &[ids[0]], 0, || Ok(()))
            .unwrap_err();
        assert!(
            matches!(refused.fault(), Fault::Damaged | Fault::Unsupported),
            "byte {position}"
        );
        assert!(home.repository.check_chains().is_err(), "byte {position}");
        flip(&stone, position, 3);
    }
    // One that was made for another item does not pass either.
    let other = home
        .dir()
        .join("points")
        .join(uuid::Uuid::from_bytes([8; 16]).to_string());
    fs::create_dir(&other).unwrap();
    fs::copy(&stone, other.join(stone.file_name().unwrap())).unwrap();
    assert_eq!(
        chain(&home.dir(), None, &[8; 16]).unwrap_err().fault(),
        Fault::Damaged
    );
}

#[test]
fn what_a_crash_left_beside_a_tombstone_does_not_count_and_goes_next_time() {
    let (home, ids) = points(4);
    let files = home.files("points");
    let (first, second) = (fs::read(&files[0]).unwrap(), fs::read(&files[1]).unwrap());
    home.repository
        .expire(&ITEM, &[ids[0]], 0, || Ok(()))
        .unwrap();
    let narrow = files[0].with_file_name("0000000000000001-0000000000000001.gone");
    let stone = fs::read(&narrow).unwrap();
    home.repository
        .expire(&ITEM, &[ids[1]], 0, || Ok(()))
        .unwrap();
    // As if the process had died before it removed what the tombstone stands for.
    for (path, bytes) in [(&files[0], first), (&files[1], second), (&narrow, stone)] {
        fs::write(path, bytes).unwrap();
    }
    assert_eq!((left(&home), stones(&home)), (vec![3, 4], vec![(1, 2)]));
    assert!(home.try_restore(&ids[0], 0).is_err());
    home.repository.expire(&ITEM, &[], 0, || Ok(())).unwrap();
    assert_eq!(home.files("points").len(), 3);
}

#[test]
fn listing_beside_expiry_never_sees_a_broken_chain() {
    let (home, ids) = points(30);
    std::thread::scope(|scope| {
        let expiring = scope.spawn(|| {
            for id in ids[..29]
                .iter()
                .step_by(2)
                .chain(ids[1..29].iter().step_by(2))
            {
                home.repository.expire(&ITEM, &[*id], 0, || Ok(())).unwrap();
            }
        });
        while !expiring.is_finished() {
            assert_eq!(left(&home).last(), Some(&30));
        }
    });
    assert_eq!((left(&home), stones(&home)), (vec![30], vec![(1, 29)]));
}

#[test]
fn an_item_goes_as_a_whole() {
    let (home, _) = points(3);
    home.repository.remove_item(&ITEM).unwrap();
    assert_eq!(
        rsvault::engine::items(&home.dir()).unwrap(),
        Vec::<[u8; 16]>::new()
    );
    assert!(home.files("points").is_empty() && home.files("tmp").is_empty());
    home.repository.remove_item(&ITEM).unwrap();
}
