//! A backup that fails or is stopped commits nothing, leaves nothing half done and says why.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rsvault::engine::{Error, Fault, Observer};

use crate::engine::fixture::{Home, SMALL, files, noise};

/// Stops after so many bytes.
struct StopAfter {
    limit: u64,
    done: AtomicU64,
}

impl StopAfter {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            done: AtomicU64::new(0),
        }
    }
}

impl Observer for StopAfter {
    fn total(&self, _: u64) {}

    fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.limit
    }
}

/// Counts what it is told.
#[derive(Default)]
struct Count {
    total: AtomicU64,
    done: AtomicU64,
}

impl Observer for Count {
    fn total(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

fn assert_nothing_left(home: &Home) {
    for folder in ["points", "tmp", "intents", "packs"] {
        assert_eq!(
            home.files(folder),
            Vec::<std::path::PathBuf>::new(),
            "in {folder}"
        );
    }
    assert!(home.chain().unwrap().is_empty());
}

#[test]
fn a_cancelled_backup_leaves_nothing() {
    let home = Home::new(16);
    let image = home.image("image", &noise(1, 40 << 20));
    for limit in [0, 1 << 20, 39 << 20] {
        let request = home.request(&[&image]);
        let error = home
            .run(&request, &StopAfter::new(limit), |_| Ok(()))
            .unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert_nothing_left(&home);
    }
    home.backup(&image);
}

#[test]
fn a_refused_commit_leaves_no_point_and_says_why() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 50_000));
    let request = home.request(&[&image]);
    let error = home
        .run(&request, &(), |_| Err("the key was disabled".into()))
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Refused);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the key was disabled");
    assert!(home.chain().unwrap().is_empty());
    assert!(home.files("tmp").is_empty() && home.files("intents").is_empty());
    // Its chunks are stored and listed: the next attempt need not store them again.
    let (id, report) = home.backup(&image);
    assert_eq!(report.chunks_new, 0);
    assert_eq!(home.restore(&id), noise(1, 50_000));
}

#[test]
fn the_last_check_sees_everything_durable_but_the_name() {
    let home = Home::new(SMALL);
    let request = home.request(&[&home.image("image", &noise(1, 50_000))]);
    let mut seen = None;
    let (_, report) = home
        .run(&request, &(), |header| {
            assert!(home.chain().unwrap().is_empty());
            assert_eq!(files(&home.dir().join("tmp")).len(), 1, "the point itself");
            assert!(!home.files("packs").is_empty() && !home.files("index").is_empty());
            seen = Some(header.digest());
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, Some(report.digest));
    assert_eq!(home.chain().unwrap()[0].digest(), report.digest);
}

#[test]
fn an_image_that_shrinks_while_it_is_read_is_an_error() {
    struct Shrink<'a>(&'a Path);
    impl Observer for Shrink<'_> {
        fn total(&self, _: u64) {
            fs::File::options()
                .write(true)
                .open(self.0)
                .unwrap()
                .set_len(10_000)
                .unwrap();
        }
        fn advance(&self, _: u64) {}
    }
    let home = Home::new(SMALL);
    let solid = home.image("image", &noise(1, 100_000));
    let sparse = home.path("sparse");
    // All that is cut off is a hole: no read fails, only the size tells.
    crate::engine::fixture::sparse(&sparse, 100_000, &[(0, &noise(2, 4096))]);
    for image in [&solid, &sparse] {
        let request = home.request(&[image]);
        let error = home.run(&request, &Shrink(image), |_| Ok(())).unwrap_err();
        assert_eq!(error.fault(), Fault::Source);
        assert!(error.to_string().contains("changed its size"), "{error}");
        assert_nothing_left(&home);
    }
}

#[test]
fn what_is_no_image_is_refused_with_its_name() {
    let home = Home::new(SMALL);
    let missing = home.path("missing");
    let error = home.try_backup(&[&missing]).unwrap_err();
    assert_eq!(error.fault(), Fault::NotFound);
    assert!(error.to_string().contains("missing"), "{error}");
    for path in [home.folder.path(), Path::new("/dev/zero")] {
        assert_eq!(home.try_backup(&[path]).unwrap_err().fault(), Fault::Source);
    }
    assert_nothing_left(&home);
}

#[test]
fn impossible_requests_are_refused() {
    let home = Home::new(SMALL);
    let image = home.image("image", b"x");
    let tests: [fn(&mut rsvault::engine::BackupRequest); 5] = [
        |request| request.disks.clear(),
        |request| request.label = vec![0; (64 << 10) + 1],
        |request| request.level = 0,
        |request| request.sequence = 0,
        |request| request.sequence = 10_000_000_000_000_000,
    ];
    for change in tests {
        let mut request = home.request(&[&image]);
        change(&mut request);
        assert_eq!(
            home.run(&request, &(), |_| Ok(())).unwrap_err().fault(),
            Fault::Invalid
        );
    }
}

#[test]
fn a_failed_write_is_reported_with_its_path_and_not_committed() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 50_000));
    // A file where a folder of packs belongs makes the naming of packs fail.
    let packs = home.dir().join("packs");
    fs::remove_dir(&packs).unwrap();
    fs::write(&packs, b"").unwrap();
    let error = home.try_backup(&[&image]).unwrap_err();
    assert_eq!(error.fault(), Fault::Io);
    assert!(error.to_string().contains("packs"), "{error}");
    assert!(home.chain().unwrap().is_empty());
    assert!(home.files("tmp").is_empty() && home.files("intents").is_empty());
}

#[test]
fn a_failed_commit_says_not_committed() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 5000));
    // The folder vanishes between the last check and the rename.
    let request = home.request(&[&image]);
    let folder = home.dir().join("points");
    let error = home
        .run(&request, &(), |_| {
            fs::remove_dir_all(&folder).unwrap();
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.fault(), Fault::NotCommitted);
    assert_eq!(error.code(), "RsvNotCommitted");
    assert!(home.files("tmp").is_empty());
}

#[test]
fn progress_adds_up_to_the_total() {
    let home = Home::new(SMALL);
    let image = home.path("image");
    let data = noise(1, 10_000);
    crate::engine::fixture::sparse(&image, 1_000_001, &[(5000, &data), (700_000, &data)]);
    let backup = Count::default();
    let (id, _) = home
        .run(&home.request(&[&image, &image]), &backup, |_| Ok(()))
        .unwrap();
    assert_eq!(backup.total.load(Ordering::Relaxed), 2_000_002);
    assert_eq!(backup.done.load(Ordering::Relaxed), 2_000_002);
    let restore = Count::default();
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    point.stream(0, &restore, &mut |_, _| Ok(())).unwrap();
    assert_eq!(restore.done.load(Ordering::Relaxed), 1_000_001);
}

#[test]
fn a_restore_stops_when_asked_and_when_its_sink_fails() {
    let home = Home::new(16);
    let (id, _) = home.backup(&home.image("image", &noise(1, 40 << 20)));
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    let error = point
        .stream(0, &StopAfter::new(5 << 20), &mut |_, _| Ok(()))
        .unwrap_err();
    assert!(matches!(error, Error::Cancelled));
    let mut calls = 0;
    let failed = point.stream(0, &(), &mut |_, _| {
        calls += 1;
        if calls < 3 {
            Ok(())
        } else {
            Err(Error::Invalid("the disk is full".into()))
        }
    });
    assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
    assert_eq!(calls, 3);
}

#[test]
fn what_a_killed_backup_left_is_swept_by_the_next() {
    let home = Home::new(SMALL);
    let dead = uuid::Uuid::from_bytes([1; 16]).to_string();
    fs::write(home.dir().join("intents").join(&dead), b"whatever").unwrap();
    let left = home.dir().join("tmp").join(format!("{dead}.pack-3"));
    fs::write(&left, b"whatever").unwrap();
    home.backup(&home.image("image", &noise(1, 5000)));
    assert!(home.files("intents").is_empty());
    assert!(home.files("tmp").is_empty());
}
