//! The index: merged when it has many segments, rebuilt when it is lost.

use std::fs;

use rsvault::engine::Fault;

use crate::engine::fixture::{Home, SMALL, flip, noise};

fn segments(home: &Home) -> usize {
    let is_segment = |path: &&std::path::PathBuf| !path.ends_with(".lock");
    home.files("index").iter().filter(is_segment).count()
}

#[test]
fn segments_are_merged_when_there_are_many_and_everything_is_still_found() {
    let home = Home::new(SMALL);
    let mut points = Vec::new();
    for seed in 0..30 {
        points.push(home.backup(&home.image("image", &noise(seed, 20_000))).0);
        assert!(segments(&home) <= 9, "{} segments", segments(&home));
    }
    for (seed, id) in points.iter().enumerate() {
        assert_eq!(home.restore(id), noise(seed as u64, 20_000));
    }
    // The merged index knows all chunks.
    for seed in [0, 15, 29] {
        let (_, report) = home.backup(&home.image("image", &noise(seed, 20_000)));
        assert_eq!(report.chunks_new, 0);
    }
}

#[test]
fn a_deleted_index_is_rebuilt_from_the_packs() {
    let home = Home::new(SMALL);
    let image = noise(1, 3 << 20);
    let path = home.image("image", &image);
    let (id, first) = home.backup(&path);
    for file in home.files("index") {
        fs::remove_file(file).unwrap();
    }
    let error = home.try_restore(&id, 0).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    assert!(
        error.to_string().contains("is in no index segment"),
        "{error}"
    );
    let report = home.repository.rebuild_index().unwrap();
    assert_eq!(report.packs, first.packs);
    // All chunks and one page.
    assert_eq!(report.blobs, first.chunks_new + 1);
    assert!(report.damaged.is_empty() && report.unknown.is_empty());
    assert_eq!(home.restore(&id), image);
    assert_eq!(home.backup(&path).1.chunks_new, 0);
}

#[test]
fn rebuilding_an_intact_index_changes_nothing_that_is_found() {
    let home = Home::new(SMALL);
    let mut points = Vec::new();
    for seed in 0..5 {
        points.push(home.backup(&home.image("image", &noise(seed, 20_000))).0);
    }
    let report = home.repository.rebuild_index().unwrap();
    assert_eq!((report.packs, segments(&home)), (5, 1));
    for (seed, id) in points.iter().enumerate() {
        assert_eq!(home.restore(id), noise(seed as u64, 20_000));
    }
}

#[test]
fn rebuilding_replaces_a_damaged_segment() {
    let home = Home::new(SMALL);
    let (id, _) = home.backup(&home.image("image", &noise(1, 50_000)));
    flip(&home.files("index")[0], 300, 0);
    assert_eq!(
        home.try_restore(&id, 0).unwrap_err().fault(),
        Fault::Damaged
    );
    home.repository.rebuild_index().unwrap();
    assert_eq!(home.restore(&id), noise(1, 50_000));
}

#[test]
fn rebuilding_reports_damaged_packs_and_what_is_no_pack_and_removes_nothing() {
    let home = Home::new(SMALL);
    let (lost, _) = home.backup(&home.image("image", &noise(1, 50_000)));
    let damaged = home.files("packs").remove(0);
    let (kept, _) = home.backup(&home.image("image", &noise(2, 50_000)));
    let size = damaged.metadata().unwrap().len() as usize;
    let stray = damaged.with_file_name("notes.txt");
    fs::write(&stray, b"x").unwrap();
    // Any byte of footer, header, padding or index; 172 is the footer's length.
    for position in [
        0,
        30,
        60,
        100,
        123,
        size - 173,
        size - 172,
        size - 100,
        size - 20,
        size - 1,
    ] {
        flip(&damaged, position, 0);
        let report = home.repository.rebuild_index().unwrap();
        assert_eq!(
            (report.packs, report.damaged.len()),
            (1, 1),
            "byte {position}"
        );
        assert_eq!(report.unknown.len(), 1);
        flip(&damaged, position, 0);
    }
    flip(&damaged, size - 1, 0);
    home.repository.rebuild_index().unwrap();
    assert!(damaged.exists() && stray.exists());
    assert_eq!(home.restore(&kept), noise(2, 50_000));
    assert_eq!(
        home.try_restore(&lost, 0).unwrap_err().fault(),
        Fault::Damaged
    );
    // The lost chunks are stored again.
    let (again, report) = home.backup(&home.image("image", &noise(1, 50_000)));
    assert_eq!(report.chunks_new, 13);
    assert_eq!(home.restore(&again), noise(1, 50_000));
    assert_eq!(home.restore(&lost), noise(1, 50_000));
}

#[test]
fn an_index_of_another_repository_is_refused() {
    let (home, other) = (Home::new(SMALL), Home::with_key(SMALL, [6; 32], [9; 16]));
    let (id, _) = home.backup(&home.image("image", &noise(1, 5000)));
    other.backup(&other.image("image", &noise(1, 5000)));
    let (ours, theirs) = (
        home.files("index").remove(0),
        other.files("index").remove(0),
    );
    // Under its own name, and under the name of ours.
    for name in [
        ours.with_file_name(theirs.file_name().unwrap()),
        ours.clone(),
    ] {
        fs::copy(&theirs, &name).unwrap();
        assert_eq!(
            home.try_restore(&id, 0).unwrap_err().fault(),
            Fault::Damaged
        );
        if name != ours {
            fs::remove_file(name).unwrap();
            assert!(home.try_restore(&id, 0).is_ok());
        }
    }
}
