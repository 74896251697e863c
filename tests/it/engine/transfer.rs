//! Points move into another repository under other keys: the same bytes, a chain of their own, and
//! a proof that notices what is not the same.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use rsvault::crypto::Secret;
use rsvault::engine::{
    Error, Fault, KeySet, Observer, Repository, RepositoryKeys, TransferReport, TransferRequest,
    data_bytes_read,
};

use crate::engine::fixture::{Home, ITEM, SMALL, files, flip, noise, random_id, sparse};

const OWNER: [u8; 16] = [9; 16];

fn new_keys() -> KeySet {
    let dek = Secret::take(&mut [6; 32]);
    KeySet::new(RepositoryKeys::derive(&dek, OWNER, 2, 2, [4; 16]))
}

fn target(home: &Home) -> Repository {
    Repository::create(&home.path("new"), new_keys(), SMALL).unwrap()
}

fn request(skip_damaged: bool) -> TransferRequest {
    TransferRequest {
        skip_damaged,
        level: 3,
        writer: random_id(),
    }
}

fn none() -> HashSet<[u8; 16]> {
    HashSet::new()
}

fn transfer(home: &Home, new: &Repository, skip: bool) -> Result<TransferReport, Error> {
    let old = home.reopen()?;
    let frozen = old.freeze(&none())?;
    let report = new.transfer(&frozen, &request(skip), &())?;
    new.prove_transfer(&frozen, &report, &())?;
    Ok(report)
}

fn read(repository: &Repository, point: &[u8; 16]) -> Vec<u8> {
    let point = repository.open_point(&ITEM, point).unwrap();
    let mut out = vec![0; point.disks()[0].size as usize];
    point.read_at(0, 0, &mut out).unwrap();
    out
}

/// Two pages of chunks: 16 MiB and a bit, most of it a hole.
const LARGE: u64 = (16 << 20) + 10_000;

#[test]
fn chains_come_over_whole_and_what_a_point_shares_with_the_one_before_is_not_read_again() {
    let home = Home::new(SMALL);
    let (a, b, c) = (noise(1, 40_960), noise(2, 40_960), noise(3, 9_000));
    let image = home.path("image");
    let mut points = Vec::new();
    for stretches in [
        vec![(0, &a[..]), (16 << 20, &c[..])],
        vec![(0, &a[..]), (81_920, &b[..]), (16 << 20, &c[..])],
        vec![(0, &a[..]), (81_920, &b[..]), (16 << 20, &c[..])],
    ] {
        sparse(&image, LARGE, &stretches);
        points.push((home.backup(&image).0, std::fs::read(&image).unwrap()));
    }
    // The first one expires: the new chain knows nothing of it.
    home.repository
        .expire(&ITEM, &[points[0].0], 1, || Ok(()))
        .unwrap();
    let new = target(&home);
    let report = transfer(&home, &new, false).unwrap();
    assert_eq!((report.points, report.reused), (2, 0));
    // The third stretch lies in the last three chunks, the last of which is short.
    assert_eq!(report.bytes_read, 2 * 40_960 + 10_000);
    let chain = rsvault::engine::chain(&home.path("new"), None, &ITEM).unwrap();
    assert_eq!(chain.start(), Some(1));
    assert!(chain.tombstones.is_empty());
    let ids: Vec<_> = chain.points.iter().map(|p| p.point).collect();
    assert_eq!(ids, [points[1].0, points[2].0]);
    assert_eq!(report.heads[&ITEM], (2, chain.points[1].digest()));
    for (point, bytes) in &points[1..] {
        assert!(read(&new, point) == *bytes);
    }
    let verified = new
        .verify(&rsvault::engine::VerifyRequest::default(), &())
        .unwrap();
    assert!(verified.damage.is_empty(), "{verified:?}");
    // Again: all is there.
    let again = transfer(&home, &new, false).unwrap();
    assert_eq!((again.points, again.reused, again.bytes_read), (2, 2, 0));
    assert_eq!(again.heads, report.heads);
}

/// Stops after so many bytes.
struct StopAfter(AtomicU64);

impl Observer for StopAfter {
    fn total(&self, _: u64) {}
    fn advance(&self, bytes: u64) {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(bytes);
        self.0.store(left, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn a_transfer_that_is_stopped_goes_on_behind_the_points_that_are_there() {
    let home = Home::new(SMALL);
    let images: Vec<_> = (1..=3).map(|seed| noise(seed, 200_000)).collect();
    let points: Vec<_> = images
        .iter()
        .map(|image| home.backup(&home.image("image", image)).0)
        .collect();
    let new = target(&home);
    {
        let old = home.reopen().unwrap();
        let frozen = old.freeze(&none()).unwrap();
        let stop = StopAfter(AtomicU64::new(300_000));
        let stopped = new.transfer(&frozen, &request(false), &stop);
        assert_eq!(stopped.unwrap_err().fault(), Fault::Cancelled);
    }
    let report = transfer(&home, &new, false).unwrap();
    assert_eq!((report.points, report.reused), (3, 1));
    assert!(report.bytes_read <= 400_000, "{report:?}");
    for (point, image) in points.iter().zip(&images) {
        assert!(read(&new, point) == *image);
    }
    // What is not a copy of the chain's beginning goes, and so does an item that is not there.
    home.repository
        .expire(&ITEM, &[points[0]], 1, || Ok(()))
        .unwrap();
    let report = transfer(&home, &new, false).unwrap();
    assert_eq!((report.points, report.reused), (2, 0));
    let old = home.reopen().unwrap();
    let without = old.freeze(&HashSet::from([ITEM])).unwrap();
    let report = new.transfer(&without, &request(false), &()).unwrap();
    new.prove_transfer(&without, &report, &()).unwrap();
    assert_eq!(report.points, 0);
    assert!(files(&home.path("new").join("points")).is_empty());
}

#[test]
fn the_proof_notices_a_copy_of_something_else() {
    let (home, other) = (Home::new(SMALL), Home::new(SMALL));
    let point = random_id();
    for (home, seed) in [(&home, 1), (&other, 2)] {
        let mut request = home.request(&[&home.image("image", &noise(seed, 20_000))]);
        request.point = point;
        home.run(&request, &(), |_| Ok(())).unwrap();
    }
    let new = target(&home);
    let report = transfer(&home, &new, false).unwrap();
    let old = other.reopen().unwrap();
    let frozen = old.freeze(&none()).unwrap();
    let error = new.prove_transfer(&frozen, &report, &()).unwrap_err();
    assert!(
        error.to_string().contains("is not what was copied"),
        "{error}"
    );
    // A chunk of the copy that does not open is noticed as well.
    let pack = files(&home.path("new").join("packs")).remove(0);
    flip(&pack, 2000, 0);
    let old = home.reopen().unwrap();
    let frozen = old.freeze(&none()).unwrap();
    let error = new.prove_transfer(&frozen, &report, &()).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
}

#[test]
fn damage_of_the_source_is_left_out_when_told_so_and_damage_of_the_copy_never() {
    let home = Home::new(SMALL);
    let (first, _) = home.backup(&home.image("image", &noise(1, 100_000)));
    let pack = home.files("packs").remove(0);
    let (second, _) = home.backup(&home.image("image", &noise(2, 100_000)));
    flip(&pack, 5000, 0);
    let new = target(&home);
    assert_eq!(
        transfer(&home, &new, false).unwrap_err().fault(),
        Fault::Damaged
    );
    let report = transfer(&home, &new, true).unwrap();
    assert_eq!((report.points, report.left_out.len()), (1, 1));
    assert_eq!(report.left_out[0].point.point, first);
    assert!(read(&new, &second) == noise(2, 100_000));
    // The source is frozen while it is copied: nobody collects or copies it a second time.
    let (one, two) = (home.reopen().unwrap(), home.reopen().unwrap());
    let frozen = one.freeze(&none()).unwrap();
    assert_eq!(
        two.freeze(&none()).err().map(|e| e.fault()),
        Some(Fault::Busy)
    );
    let collected = two.collect(&rsvault::engine::CollectRequest::default(), &());
    assert_eq!(collected.unwrap_err().fault(), Fault::Busy);
    // A point that comes in between is noticed before the switch, and while it is closed none does.
    home.backup(&home.image("image", &noise(3, 9_000)));
    assert_eq!(
        frozen.close(&none()).err().map(|e| e.fault()),
        Some(Fault::Busy)
    );
}

#[test]
fn what_is_read_of_data_is_counted_and_what_is_only_listed_is_not() {
    let home = Home::new(SMALL);
    let (point, _) = home.backup(&home.image("image", &noise(1, 100_000)));
    let before = data_bytes_read();
    home.chain().unwrap();
    let repository = home.reopen().unwrap();
    repository.check_chains().unwrap();
    repository.check_manifest(&ITEM, &point).unwrap();
    assert_eq!(data_bytes_read(), before);
    home.restore(&point);
    assert!(data_bytes_read() >= before + 100_000);
}
