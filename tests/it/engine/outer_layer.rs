//! Infrastructure encryption: the second layer around packs, index segments and recovery points.

use std::fs;
use std::path::{Path, PathBuf};

use rsvault::crypto::Secret;
use rsvault::engine::{
    Error, KeySet, OuterKey, Repository, RepositoryKeys, VerifyRequest, check_structure,
    check_structure_under, points,
};

use crate::engine::fixture::{Home, ITEM, files, flip, noise, overwrite};
use crate::engine::vectors::{hex, id_text, read_independently};

const OWNER: [u8; 16] = [9; 16];
const DEK: [u8; 32] = [5; 32];
const PLATFORM: [u8; 32] = [6; 32];
/// 16 KiB chunks.
const CHUNK_LOG2: u8 = 14;

fn outer() -> OuterKey {
    OuterKey::derive(&Secret::take(&mut PLATFORM.clone()), &OWNER)
}

/// The keys without the second layer's.
fn inner_keys() -> KeySet {
    let dek = Secret::take(&mut DEK.clone());
    KeySet::new(RepositoryKeys::derive(&dek, OWNER, 1, 0x81, [3; 16]))
}

fn keys() -> KeySet {
    let mut keys = inner_keys();
    keys.outer = Some(outer());
    keys
}

fn layered() -> Home {
    let mut home = Home::with_key(CHUNK_LOG2, DEK, OWNER);
    fs::remove_dir_all(home.dir()).unwrap();
    home.repository = Repository::create(&home.dir(), keys(), CHUNK_LOG2).unwrap();
    home
}

fn restore_with(dir: &Path, keys: KeySet, point: &[u8; 16]) -> Result<Vec<u8>, Error> {
    let point = Repository::open(dir, keys)?.open_point(&ITEM, point)?;
    let mut out = vec![0; point.disks()[0].size as usize];
    point.stream(0, &(), &mut |offset, bytes| {
        out[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
        Ok(())
    })?;
    Ok(out)
}

/// Everything a verification and a check of the structure find wrong.
fn damage(dir: &Path) -> usize {
    let request = VerifyRequest {
        percent: 100,
        ..VerifyRequest::default()
    };
    let report = match Repository::open(dir, keys()) {
        Ok(repository) => repository.verify(&request, &()).unwrap().damage.len(),
        Err(_) => 1,
    };
    report
        + check_structure_under(dir, Some(&outer()))
            .unwrap()
            .damage
            .len()
}

fn layered_files(home: &Home) -> Vec<PathBuf> {
    ["packs", "index", "points"]
        .iter()
        .flat_map(|folder| home.files(folder))
        .filter(|path| path.file_name().is_some_and(|name| name != ".lock"))
        .collect()
}

#[test]
fn the_second_layer_hides_every_header_and_positions_are_read_through_it() {
    let home = layered();
    let image = noise(1, 700_000);
    let (point, report) = home.backup(&home.image("image", &image));
    let stored: u64 = layered_files(&home)
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .sum();
    assert_eq!(report.bytes_stored, stored);
    assert!(home.repository.config().has_infrastructure());
    for path in layered_files(&home) {
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(3).take(200).any(|w| w == b"RSV"), "{path:?}");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let salt = name.as_bytes();
        assert!(!bytes.windows(salt.len()).any(|w| w == salt), "{path:?}");
    }
    assert!(restore_with(&home.dir(), keys(), &point).unwrap() == image);
    let opened = home.repository.open_point(&ITEM, &point).unwrap();
    for (offset, len) in [
        (0, 1),
        (65_500, 100),
        (131_072, 16),
        (699_999, 1),
        (200_000, 90_000),
    ] {
        let mut bytes = vec![0; len];
        opened.read_at(0, offset as u64, &mut bytes).unwrap();
        assert!(bytes == image[offset..offset + len], "{offset}");
    }
    assert_eq!(damage(&home.dir()), 0);
    home.repository.rebuild_index().unwrap();
    assert_eq!(damage(&home.dir()), 0);
    assert_eq!(points(&home.dir(), Some(&outer()), &ITEM).unwrap().len(), 1);
}

#[test]
fn every_flipped_byte_of_the_second_layer_is_detected() {
    let home = layered();
    home.backup(&home.image("image", &noise(1, 20_000)));
    let mut flips = 0;
    for path in layered_files(&home) {
        let whole = fs::read(&path).unwrap();
        let small = whole.len() < 1000;
        for at in (0..whole.len()).filter(|at| small || *at < 60 || at % 997 == 0) {
            flip(&path, at, (at % 8) as u8);
            assert!(damage(&home.dir()) > 0, "{path:?} byte {at}");
            overwrite(&path, &whole);
            flips += 1;
        }
        let last = whole.len() - 1;
        flip(&path, last, 0);
        assert!(damage(&home.dir()) > 0, "{path:?} last byte");
        overwrite(&path, &whole);
    }
    assert!(flips > 300, "{flips}");
    assert_eq!(damage(&home.dir()), 0);
}

#[test]
fn chunks_of_the_second_layer_cannot_be_moved_dropped_or_taken_from_another_file() {
    let home = layered();
    let (point, _) = home.backup(&home.image("image", &noise(1, 400_000)));
    let first = home.files("packs").remove(0);
    home.backup(&home.image("image", &noise(2, 400_000)));
    let packs = home.files("packs");
    let other = packs.iter().find(|path| **path != first).unwrap();
    let (whole, another) = (fs::read(&first).unwrap(), fs::read(other).unwrap());
    let sealed = 65_536 + 16;
    let mut swapped = whole.clone();
    swapped[56..56 + 2 * sealed].rotate_left(sealed);
    let mut dropped = whole.clone();
    dropped.drain(56 + sealed..56 + 2 * sealed);
    let ended = whole[..56 + 2 * sealed].to_vec();
    let mut taken = whole.clone();
    taken[56..56 + sealed].copy_from_slice(&another[56..56 + sealed]);
    for (what, bytes) in [
        ("swapped", &swapped),
        ("dropped", &dropped),
        ("ended early", &ended),
        ("taken", &taken),
        ("another file", &another),
    ] {
        overwrite(&first, bytes);
        assert!(damage(&home.dir()) > 0, "{what}");
        assert!(restore_with(&home.dir(), keys(), &point).is_err(), "{what}");
        overwrite(&first, &whole);
    }
    assert!(restore_with(&home.dir(), keys(), &point).unwrap() == noise(1, 400_000));
}

#[test]
fn a_copied_repository_opens_nothing_without_the_platform_key_even_with_the_dek() {
    let home = layered();
    let image = noise(1, 300_000);
    let (point, _) = home.backup(&home.image("image", &image));
    let copy = home.path("copy");
    for file in files(&home.dir()) {
        let to = copy.join(file.strip_prefix(home.dir()).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file, &to).unwrap();
    }
    for folder in ["intents", "tmp"] {
        fs::create_dir_all(copy.join(folder)).unwrap();
    }
    // Not at all without the key, and not with another installation's.
    let refused = Repository::open(&copy, inner_keys()).unwrap_err();
    assert!(refused.to_string().contains("infrastructure"), "{refused}");
    let mut wrong = keys();
    wrong.outer = Some(OuterKey::derive(&Secret::take(&mut [7; 32]), &OWNER));
    assert!(restore_with(&copy, wrong, &point).is_err());
    // No point, no header of a pack or segment is seen.
    assert!(points(&copy, None, &ITEM).is_err());
    let report = check_structure(&copy).unwrap();
    assert_eq!(report.points, 0);
    assert!(report.damage.len() >= 3, "{:?}", report.damage);
    // Someone who clears the feature bit has to forge the configuration's MAC.
    flip(&copy.join("config"), 39, 0);
    assert!(Repository::open(&copy, inner_keys()).is_err());
    // The independent reader agrees, and reads with both keys.
    let (dir, item, point) = (home.dir(), id_text(&ITEM), id_text(&point));
    let words = ["restore", dir.to_str().unwrap(), &item, &point, "0"];
    let refused = read_independently(&words, &hex(&DEK), &home.path("out1")).unwrap_err();
    assert!(refused.contains("platform key"), "{refused}");
    let both = format!("{}\nplatform {}\n", hex(&DEK), hex(&PLATFORM));
    let read = read_independently(&words, &both, &home.path("out2")).unwrap();
    assert!(read == image);
}
