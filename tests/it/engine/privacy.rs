//! What stored files show, and to whom.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rsvault::crypto::Secret;
use rsvault::engine::{DiskWriter, put_wrap};

use crate::engine::fixture::{Home, SMALL, files, noise};

#[test]
fn no_stored_file_holds_plaintext() {
    let home = Home::new(SMALL);
    let marker = b"MARKER-that-must-not-appear-anywhere";
    // Once where data compresses, once where it is stored as it is.
    let mut image = marker.repeat(500);
    image.resize(image.len().next_multiple_of(4096), 0);
    let mut raw = noise(1, 4096);
    raw[..marker.len()].copy_from_slice(marker);
    image.extend(raw);
    let mut request = home.request(&[&home.image("image", &image)]);
    request.disks[0].label = marker.to_vec();
    home.run(&request, &(), |_| Ok(())).unwrap();
    let dek = Secret::take(&mut [8; 32]);
    let mut disk = DiskWriter::create(&home.dir(), [1; 16], &dek, 1 << 20).unwrap();
    disk.write_extent(0, &image).unwrap();
    disk.finish().unwrap();
    let stored = files(&home.dir());
    assert!(stored.len() >= 6, "{stored:?}");
    for path in stored {
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(marker.len()).any(|window| window == marker);
        assert!(!found, "in {}", path.display());
    }
}

#[test]
fn equal_images_under_different_keys_share_no_names_and_no_bytes() {
    let image = noise(1, 20_000);
    let stored = |dek| {
        let home = Home::with_key(SMALL, dek, [9; 16]);
        home.backup(&home.image("image", &image));
        fs::read(&home.files("packs")[0]).unwrap()
    };
    let (one, two, again) = (stored([1; 32]), stored([2; 32]), stored([1; 32]));
    let body = 124..16_000;
    let same = |a: &[u8], b: &[u8]| {
        a[body.clone()]
            .chunks(16)
            .zip(b[body.clone()].chunks(16))
            .any(|(a, b)| a == b)
    };
    assert!(!same(&one, &two));
    assert!(!same(&one, &again), "every pack has its own key");
}

#[test]
fn files_and_folders_are_for_their_owner_only() {
    let home = Home::new(SMALL);
    home.backup(&home.image("image", &noise(1, 5000)));
    put_wrap(&home.dir(), b"wrap").unwrap();
    let dek = Secret::take(&mut [8; 32]);
    DiskWriter::create(&home.dir(), [1; 16], &dek, 10)
        .unwrap()
        .finish()
        .unwrap();
    check_modes(&home.dir());
}

fn check_modes(path: &Path) {
    let meta = path.metadata().unwrap();
    let expected = if meta.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(
        meta.permissions().mode() & 0o777,
        expected,
        "{}",
        path.display()
    );
    if meta.is_dir() {
        fs::read_dir(path)
            .unwrap()
            .for_each(|entry| check_modes(&entry.unwrap().path()));
    }
}
