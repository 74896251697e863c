//! Images that cannot have changed are not read again; all others are.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use rsvault::engine::{BackupReport, CollectRequest, KnownRead};

use crate::engine::collect::Hook;
use crate::engine::fixture::{Home, ITEM, SMALL, noise};

/// Longer than a write has to lie before a read.
const SETTLED: Duration = Duration::from_millis(2_100);

/// ext4, XFS and Btrfs keep times; elsewhere everything is read every time.
fn keeps_times(path: &Path) -> bool {
    let kind = rustix::fs::statfs(path).unwrap().f_type;
    [0xef53, 0x5846_5342, 0x9123_683e].contains(&kind)
}

/// Backs one image up, relying on a read that an earlier report remembers.
fn since(
    home: &Home,
    image: &Path,
    before: Option<&([u8; 16], BackupReport)>,
) -> ([u8; 16], BackupReport) {
    let known = before.and_then(|(point, report)| {
        let stamp = report.disks[0].stamp.clone()?;
        Some(KnownRead {
            stamp,
            point: *point,
        })
    });
    home.backup_since(&home.request(&[image]), &[known])
}

/// As [`since`], for a read that a point further on holds as well.
fn reread(home: &Home, image: &Path, newest: [u8; 16], stamp: &str) -> ([u8; 16], BackupReport) {
    let known = KnownRead {
        stamp: stamp.to_owned(),
        point: newest,
    };
    home.backup_since(&home.request(&[image]), &[Some(known)])
}

#[test]
fn an_image_is_taken_over_only_while_nothing_can_have_changed() {
    let home = Home::new(SMALL);
    let bytes = noise(1, 1 << 20);
    let image = home.image("image", &bytes);
    let kept = keeps_times(&image);

    // Just written: a later write could have the same time.
    let fresh = since(&home, &image, None);
    assert_eq!(fresh.1.disks[0].stamp, None);
    sleep(SETTLED);
    let first = since(&home, &image, Some(&fresh));
    assert_eq!(first.1.bytes_read, 1 << 20, "no read was remembered");
    assert_eq!(first.1.disks[0].stamp.is_some(), kept);

    let second = since(&home, &image, Some(&first));
    assert_eq!(second.1.disks[0].unchanged, kept);
    assert_eq!(second.1.bytes_read, if kept { 0 } else { 1 << 20 });
    assert_eq!(home.restore(&second.0), bytes);
    let Some(stamp) = first.1.disks[0].stamp.clone() else {
        return;
    };

    // A point that is not the newest proves nothing about what the newest holds.
    let older = reread(&home, &image, first.0, &stamp);
    assert!(!older.1.disks[0].unchanged);

    // Somebody has the file open for writing.
    let writer = File::options().write(true).open(&image).unwrap();
    let open = reread(&home, &image, older.0, &stamp);
    assert!(!open.1.disks[0].unchanged);
    assert_eq!(open.1.disks[0].stamp, None, "a read beside a writer");
    drop(writer);
    let closed = reread(&home, &image, open.0, &stamp);
    assert!(closed.1.disks[0].unchanged, "opened, but nothing written");

    // A write that hides behind the old modification time shows in the change time.
    let modified = fs::metadata(&image).unwrap().modified().unwrap();
    let file = File::options().write(true).open(&image).unwrap();
    file.write_all_at(b"new", 4096 * 3).unwrap();
    file.set_times(fs::FileTimes::new().set_modified(modified))
        .unwrap();
    drop(file);
    let changed = reread(&home, &image, closed.0, &stamp);
    assert!(!changed.1.disks[0].unchanged);
    assert_eq!(changed.1.chunks_new, 1);
    assert_eq!(home.restore(&changed.0), fs::read(&image).unwrap());
    assert_eq!(fs::metadata(&image).unwrap().modified().unwrap(), modified);
}

#[test]
fn an_unchanged_image_gives_back_chunks_the_repository_lost() {
    let home = Home::new(SMALL);
    let bytes = noise(2, 1 << 20);
    let image = home.image("image", &bytes);
    sleep(SETTLED);
    let first = since(&home, &image, None);
    assert_eq!(first.1.disks[0].stamp.is_some(), keeps_times(&image));
    for pack in home.files("packs") {
        fs::remove_file(pack).unwrap();
    }
    home.repository.rebuild_index().unwrap();
    let second = since(&home, &image, Some(&first));
    assert!(!second.1.disks[0].unchanged, "its chunks are gone");
    assert_eq!(second.1.chunks_new, 256);
    assert_eq!(home.restore(&second.0), bytes);
}

#[test]
fn another_image_under_the_same_name_is_read() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(3, 1 << 20));
    sleep(SETTLED);
    let first = since(&home, &image, None);
    let other = home.image("other", &noise(4, 1 << 20));
    fs::rename(&other, &image).unwrap();
    let second = since(&home, &image, Some(&first));
    assert!(!second.1.disks[0].unchanged);
    assert_eq!(home.restore(&second.0), noise(4, 1 << 20));
}

/// Takes an image over while `meanwhile` and then a collection run: after the image was found
/// unchanged, before the point is committed.
fn taken_over_beside_a_collection(home: &Home, image: &Path, meanwhile: impl Fn(&Path) + Sync) {
    let bytes = fs::read(image).unwrap();
    sleep(SETTLED);
    let (point, first) = since(home, image, None);
    let Some(stamp) = first.disks[0].stamp.clone() else {
        assert!(!keeps_times(image));
        return;
    };
    let points = home.files("points");
    let before = home.files("index");
    let done = AtomicBool::new(false);
    let observer = Hook(|| {
        if !done.swap(true, Ordering::SeqCst) {
            meanwhile(points.last().unwrap());
            let request = CollectRequest {
                minimum_fill: 100,
                ..CollectRequest::default()
            };
            home.reopen().unwrap().collect(&request, &()).unwrap();
        }
    });
    let request = home.request(&[image]);
    let known = [Some(KnownRead { stamp, point })];
    let report = home
        .repository
        .backup_since(&request, &known, &observer, |_| Ok(()))
        .unwrap();
    assert!(done.load(Ordering::SeqCst));
    assert!(report.disks[0].unchanged);
    assert_ne!(home.files("index"), before, "the index was collected");
    // Once more, with nobody to wait for: what the new point needs is not waste.
    let again = CollectRequest::default();
    home.reopen().unwrap().collect(&again, &()).unwrap();
    assert!(home.restore(&request.point) == bytes);
}

#[test]
fn chunks_of_an_image_that_was_taken_over_are_listed_again_after_a_collection() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(5, 1 << 20));
    // No point needs the chunks any more while the new one is not committed.
    taken_over_beside_a_collection(&home, &image, |point| fs::remove_file(point).unwrap());
}

#[test]
fn chunks_of_an_image_that_was_taken_over_may_move_to_another_pack() {
    let home = Home::new(SMALL);
    let mut bytes = noise(6, 1 << 20);
    // The first point's pack holds more than the second one needs.
    let (old, _) = home.backup(&home.image("image", &bytes));
    bytes.truncate(1 << 19);
    let image = home.image("image", &bytes);
    taken_over_beside_a_collection(&home, &image, |_| {
        home.repository.expire(&ITEM, &[old], 0, || Ok(())).unwrap();
    });
}
