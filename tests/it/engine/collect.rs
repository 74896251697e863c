//! Garbage collection: what is needed stays, what is not goes, and nobody is stopped.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rsvault::engine::{CollectReport, CollectRequest, Fault, Repository, VerifyRequest};

use crate::engine::fixture::{Home, ITEM, SMALL, flip, noise, random_id};

fn collect(home: &Home, fill: u8) -> CollectReport {
    try_collect(&home.repository, fill).unwrap()
}

fn try_collect(repository: &Repository, fill: u8) -> Result<CollectReport, rsvault::engine::Error> {
    let request = CollectRequest {
        minimum_fill: fill,
        ..CollectRequest::default()
    };
    repository.collect(&request, &())
}

fn intact(home: &Home) {
    let request = VerifyRequest {
        percent: 100,
        ..VerifyRequest::default()
    };
    let report = home.reopen().unwrap().verify(&request, &()).unwrap();
    assert!(report.damage.is_empty(), "{:?}", report.damage);
}

/// A file whose name does not begin with a dot.
fn is_segment(path: &Path) -> bool {
    !path.file_name().unwrap().to_string_lossy().starts_with('.')
}

/// Three points: the first alone, the second and third share nothing with it.
fn three() -> (Home, Vec<[u8; 16]>) {
    let home = Home::new(SMALL);
    let ids = (0..3)
        .map(|seed| home.backup(&home.image("image", &noise(seed, 200_000))).0)
        .collect();
    (home, ids)
}

#[test]
fn nothing_goes_while_every_point_is_kept() {
    let (home, ids) = three();
    let before = home.files("packs");
    let report = collect(&home, 100);
    assert_eq!(
        (report.removed.len(), report.left.len()),
        (0, 0),
        "{report:?}"
    );
    assert_eq!(home.files("packs"), before);
    intact(&home);
    assert!(home.restore(&ids[0]) == noise(0, 200_000));
}

#[test]
fn what_only_expired_points_needed_goes_and_the_rest_is_whole() {
    let (home, ids) = three();
    home.repository
        .expire(&ITEM, &ids[..2], 0, || Ok(()))
        .unwrap();
    let packs = home.files("packs").len();
    let request = CollectRequest {
        dry_run: true,
        ..CollectRequest::default()
    };
    let foreseen = home.repository.collect(&request, &()).unwrap();
    assert_eq!(home.files("packs").len(), packs);
    let report = collect(&home, 50);
    assert_eq!(report.removed, foreseen.removed);
    assert_eq!(home.files("packs").len(), packs - report.removed.len());
    assert!(report.freed() > 400_000, "{report:?}");
    assert!(
        report
            .removed
            .iter()
            .all(|d| d.reason.contains("no recovery point needs it"))
    );
    intact(&home);
    assert!(home.restore(&ids[2]) == noise(2, 200_000));
    // Again: there is nothing to do.
    let report = collect(&home, 50);
    assert_eq!(
        (report.removed.len(), report.left.len()),
        (0, 0),
        "{report:?}"
    );
    // What went is stored again when it comes back.
    let (id, stored) = home.backup(&home.image("image", &noise(0, 200_000)));
    assert!(stored.chunks_new > 40);
    assert!(home.restore(&id) == noise(0, 200_000));
}

#[test]
fn a_dry_run_counts_points_that_would_have_expired_as_gone() {
    let (home, ids) = three();
    let request = CollectRequest {
        dry_run: true,
        going: ids[..2].iter().copied().collect(),
        ..CollectRequest::default()
    };
    let foreseen = home.repository.collect(&request, &()).unwrap();
    assert_eq!(foreseen.removed.len(), 2);
    home.repository
        .expire(&ITEM, &ids[..2], 0, || Ok(()))
        .unwrap();
    assert_eq!(collect(&home, 0).removed, foreseen.removed);
}

#[test]
fn a_pack_that_is_mostly_waste_is_copied_and_one_above_the_fill_stays() {
    let home = Home::new(SMALL);
    let shared = noise(1, 60_000);
    let mut image = shared.clone();
    image.extend(noise(2, 240_000));
    let (first, _) = home.backup(&home.image("image", &image));
    let (second, _) = home.backup(&home.image("image", &shared));
    home.repository
        .expire(&ITEM, &[first], 0, || Ok(()))
        .unwrap();
    let report = collect(&home, 10);
    assert!(report.removed.is_empty(), "{report:?}");
    let report = collect(&home, 30);
    assert_eq!(
        (report.repacked, report.removed.len()),
        (1, 1),
        "{report:?}"
    );
    assert!((200_000..260_000).contains(&report.freed()), "{report:?}");
    intact(&home);
    assert!(home.restore(&second) == shared);
    // The new pack is full: copying it again would gain nothing.
    assert_eq!(collect(&home, 100).removed.len(), 0);
}

#[test]
fn a_backup_that_found_chunks_before_they_were_collected_lists_them_again() {
    let (home, ids) = three();
    let image = home.image("again", &noise(0, 200_000));
    let mut request = home.request(&[&image]);
    (request.item, request.sequence, request.previous) = ([1; 16], 1, [0; 32]);
    let done = AtomicBool::new(false);
    // The collection runs when the backup has read everything and found all of it known.
    let observer = Hook(|| {
        if done.swap(true, Ordering::SeqCst) {
            return;
        }
        home.repository
            .expire(&ITEM, &ids[..2], 0, || Ok(()))
            .unwrap();
        let report = collect(&home, 50);
        assert!(report.removed.is_empty(), "{report:?}");
        assert_eq!(report.left.len(), 2, "the backup is waited for");
    });
    let report = home
        .repository
        .backup(&request, &observer, |_| Ok(()))
        .unwrap();
    assert_eq!(report.chunks_new, 0, "it relied on what was collected");
    assert!(done.load(Ordering::SeqCst));
    intact(&home);
    let point = home
        .reopen()
        .unwrap()
        .open_point(&[1; 16], &request.point)
        .unwrap();
    let mut bytes = vec![0; 200_000];
    point.read_at(0, 0, &mut bytes).unwrap();
    assert!(bytes == noise(0, 200_000));
    drop(point);
    // The next run takes what is still unneeded, and only that.
    let report = collect(&home, 50);
    assert_eq!(report.removed.len(), 1, "{report:?}");
    intact(&home);
}

/// Calls back once most of the image is done.
pub(crate) struct Hook<F: Fn() + Sync>(pub(crate) F);

impl<F: Fn() + Sync> rsvault::engine::Observer for Hook<F> {
    fn total(&self, _: u64) {}
    fn advance(&self, _: u64) {
        (self.0)();
    }
}

#[test]
fn a_point_committed_between_mark_and_publication_keeps_its_packs() {
    // The index is published under the gate; the commit below comes after the marks, since the
    // observer of the copying runs between the two.
    let home = Home::new(SMALL);
    let shared = noise(1, 61_440);
    let mut image = shared.clone();
    image.extend(noise(2, 240_000));
    let (first, _) = home.backup(&home.image("image", &image));
    home.backup(&home.image("image", &shared));
    home.repository
        .expire(&ITEM, &[first], 0, || Ok(()))
        .unwrap();
    let path = home.image("late", &noise(2, 240_000));
    let mut request = home.request(&[&path]);
    (request.item, request.sequence, request.previous) = ([1; 16], 1, [0; 32]);
    let done = AtomicBool::new(false);
    let observer = Hook(|| {
        if !done.swap(true, Ordering::SeqCst) {
            home.reopen()
                .unwrap()
                .backup(&request, &(), |_| Ok(()))
                .unwrap();
        }
    });
    let asked = CollectRequest {
        minimum_fill: 50,
        ..CollectRequest::default()
    };
    let report = home.repository.collect(&asked, &observer).unwrap();
    assert!(done.load(Ordering::SeqCst));
    assert!(report.removed.is_empty(), "{report:?}");
    intact(&home);
    let point = home
        .reopen()
        .unwrap()
        .open_point(&[1; 16], &request.point)
        .unwrap();
    let mut bytes = vec![0; 240_000];
    point.read_at(0, 0, &mut bytes).unwrap();
    assert!(bytes == noise(2, 240_000));
}

#[test]
fn an_open_point_is_read_to_its_end_and_its_packs_go_afterwards() {
    let (home, ids) = three();
    let point = home.repository.open_point(&ITEM, &ids[0]).unwrap();
    home.repository
        .expire(&ITEM, &ids[..1], 0, || Ok(()))
        .unwrap();
    let report = collect(&home, 50);
    assert_eq!(
        (report.removed.len(), report.left.len()),
        (0, 1),
        "{report:?}"
    );
    assert!(
        report.left[0].reason.contains("running jobs read"),
        "{report:?}"
    );
    let mut bytes = vec![0; 200_000];
    point.read_at(0, 0, &mut bytes).unwrap();
    assert!(bytes == noise(0, 200_000));
    drop(point);
    // In no index by now: the next run knows it as an orphan.
    let report = collect(&home, 50);
    assert_eq!(report.removed.len(), 1, "{report:?}");
    assert!(
        report.removed[0].reason.contains("in no index"),
        "{report:?}"
    );
}

#[test]
fn packs_of_a_dead_job_go_and_those_of_a_living_one_stay() {
    let (home, _) = three();
    let image = home.image("new", &noise(50, 200_000));
    let packs: BTreeSet<_> = home.files("packs").into_iter().collect();
    // Refused at its commit: its packs are durable and listed, and nothing needs them.
    let refused = home.run(&home.request(&[&image]), &(), |_| Err("no".into()));
    assert!(refused.is_err());
    assert!(home.files("packs").len() > packs.len());
    let mut seen = None;
    let living = home.image("living", &noise(60, 200_000));
    let mut request = home.request(&[&living]);
    request.item = [2; 16];
    (request.sequence, request.previous) = (1, [0; 32]);
    // The check before the commit runs while the gate is held: another thread collects.
    let other = home.reopen().unwrap();
    home.repository
        .backup(&request, &(), |_| {
            let dry = CollectRequest {
                dry_run: true,
                ..CollectRequest::default()
            };
            seen = Some(other.collect(&dry, &()).unwrap());
            Ok(())
        })
        .unwrap();
    let seen = seen.unwrap();
    assert_eq!(seen.removed.len(), 1, "{seen:?}");
    assert!(
        seen.left
            .iter()
            .any(|d| d.reason.contains("a running job wrote it")),
        "{seen:?}"
    );
    assert_eq!(collect(&home, 50).removed.len(), 1);
    intact(&home);
}

#[test]
fn a_pack_no_index_lists_goes_only_when_it_is_authentic() {
    let (home, _) = three();
    // An index segment that a crash kept from being written: its pack is an orphan.
    let packs = home.files("packs");
    let index = home
        .files("index")
        .into_iter()
        .find(|p| p.to_string_lossy().ends_with("1"));
    fs::remove_file(index.unwrap()).unwrap();
    // The first point's chunks are nowhere now: nothing may go.
    let error = try_collect(&home.repository, 50).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    assert_eq!(home.files("packs"), packs);
    home.repository.rebuild_index().unwrap();
    assert_eq!(collect(&home, 50).removed.len(), 0);
    // A stray that looks like a pack.
    let name = "ab".repeat(24);
    let folder = home.dir().join("packs/ab");
    let _ = fs::create_dir(&folder);
    fs::write(folder.join(&name), b"whatever").unwrap();
    let error = try_collect(&home.repository, 50).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    assert!(error.to_string().contains(&name), "{error}");
    fs::rename(folder.join(&name), folder.join("other")).unwrap();
    let report = collect(&home, 50);
    assert!(
        report.left.iter().any(|d| d.object == "packs/ab/other"),
        "{report:?}"
    );
    assert!(folder.join("other").exists());
}

#[test]
fn damage_ends_a_collection_before_anything_goes() {
    let (home, ids) = three();
    home.repository
        .expire(&ITEM, &ids[..1], 0, || Ok(()))
        .unwrap();
    let segments = || -> Vec<_> {
        home.files("index")
            .into_iter()
            .filter(|p| is_segment(p))
            .collect()
    };
    let before = (home.files("packs"), segments());
    for folder in ["points", "index"] {
        let file = home
            .files(folder)
            .into_iter()
            .rfind(|p| is_segment(p))
            .unwrap();
        let middle = fs::metadata(&file).unwrap().len() as usize / 2;
        flip(&file, middle, 0);
        let error = try_collect(&home.repository, 50).unwrap_err();
        assert_eq!(error.fault(), Fault::Damaged, "{folder}");
        assert_eq!((home.files("packs"), segments()), before);
        flip(&file, middle, 0);
    }
    assert_eq!(collect(&home, 50).removed.len(), 1);
}

#[test]
fn superseded_segments_and_old_temporary_files_go() {
    let (home, _) = three();
    let old = home.files("index").into_iter().filter(|p| is_segment(p));
    let old: Vec<_> = old.collect();
    let bytes: Vec<_> = old.iter().map(|p| fs::read(p).unwrap()).collect();
    home.repository.rebuild_index().unwrap();
    for (path, bytes) in old.iter().zip(&bytes) {
        fs::write(path, bytes).unwrap();
    }
    let id = uuid::Uuid::from_bytes(random_id());
    let stale = home.dir().join(format!("tmp/{id}.intent"));
    let fresh = home.dir().join(format!("tmp/{id}.index-9"));
    for path in [&stale, &fresh] {
        fs::write(path, b"").unwrap();
    }
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(100_000);
    fs::File::open(&stale).unwrap().set_modified(past).unwrap();
    let report = collect(&home, 50);
    assert_eq!(report.leftovers, old.len() as u64 + 1, "{report:?}");
    assert!(!stale.exists() && fresh.exists());
    intact(&home);
}

#[test]
fn backups_beside_collections_lose_nothing() {
    let home = Home::new(SMALL);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4u8)
            .map(|number| {
                let (home, repository) = (&home, home.reopen().unwrap());
                scope.spawn(move || {
                    let (mut previous, mut ids) = ([0; 32], Vec::new());
                    for round in 1..=12u64 {
                        // Contents come back: chunks that were collected are met again.
                        let image = noise(round % 3, 150_000 + usize::from(number) * 5000);
                        let path = home.image(&format!("image-{number}"), &image);
                        let mut request = home.request(&[&path]);
                        (request.item, request.sequence) = ([number + 1; 16], round);
                        request.previous = previous;
                        let report = repository.backup(&request, &(), |_| Ok(())).unwrap();
                        previous = report.digest;
                        ids.push(request.point);
                        let old: Vec<_> = ids[..ids.len() - 1].to_vec();
                        repository
                            .expire(&request.item, &old, round, || Ok(()))
                            .unwrap();
                        let point = repository
                            .open_point(&request.item, &request.point)
                            .unwrap();
                        let mut bytes = vec![0; image.len()];
                        point.read_at(0, 0, &mut bytes).unwrap();
                        assert!(bytes == image, "item {number}, round {round}");
                    }
                })
            })
            .collect();
        let collector = scope.spawn(|| {
            let repository = home.reopen().unwrap();
            let mut removed = 0;
            while !stop.load(Ordering::SeqCst) {
                removed += match try_collect(&repository, 60) {
                    Ok(report) => report.removed.len(),
                    Err(error) if error.fault() == Fault::Busy => 0,
                    Err(error) => panic!("{error}"),
                };
            }
            removed
        });
        let results: Vec<_> = workers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        stop.store(true, Ordering::SeqCst);
        let collected = collector.join();
        assert!(results.into_iter().all(|r| r.is_ok()));
        assert!(collected.unwrap() > 0, "nothing was ever collected");
    });
    collect(&home, 100);
    intact(&home);
}
