//! Equal chunks are stored once.

use crate::engine::fixture::{Home, SMALL, noise, stored};

const CHUNK: usize = 1 << SMALL;

#[test]
fn equal_chunks_of_one_image_are_stored_once() {
    let home = Home::new(SMALL);
    // Equal chunks side by side reach several workers at the same time.
    let image = noise(1, CHUNK).repeat(2000);
    let (id, report) = home.backup(&home.image("image", &image));
    assert_eq!((report.chunks_new, report.chunks_known), (1, 1999));
    assert_eq!(report.bytes_new, CHUNK as u64);
    assert_eq!(home.restore(&id), image);
}

#[test]
fn a_second_backup_of_the_same_image_stores_next_to_nothing() {
    let home = Home::new(19);
    let image = noise(2, 24 << 20);
    let path = home.image("image", &image);
    home.backup(&path);
    let before = stored(&home.dir());
    let (id, report) = home.backup(&path);
    let added = stored(&home.dir()) - before;
    assert_eq!((report.chunks_new, report.packs), (0, 0));
    assert!(added < image.len() as u64 / 1000, "{added} bytes added");
    assert_eq!(report.bytes_stored, added);
    assert_eq!(home.restore(&id), image);
}

#[test]
fn an_incremental_backup_stores_about_what_changed() {
    let home = Home::new(16);
    let mut image = noise(3, 16 << 20);
    let path = home.image("image", &image);
    let (first, _) = home.backup(&path);
    let old = image.clone();
    for number in [3, 77, 200] {
        let start = number << 16;
        image[start..start + 100].copy_from_slice(&noise(number as u64, 100));
    }
    home.image("image", &image);
    let (second, report) = home.backup(&path);
    assert_eq!(report.chunks_new, 3);
    assert_eq!(report.chunks_known, 253);
    // Three chunks, one page of 8 KiB, a pack's padding, an index segment, the point.
    assert!(report.bytes_stored < 4 << 16, "{}", report.bytes_stored);
    assert_eq!(home.restore(&first), old);
    assert_eq!(home.restore(&second), image);
}

#[test]
fn disks_of_one_point_and_items_of_one_repository_share_chunks() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(4, 50 * CHUNK));
    let (_, report) = home.try_backup(&[&image, &image]).unwrap();
    assert_eq!((report.chunks_new, report.chunks_known), (50, 50));
    let mut other = home.request(&[&image]);
    (other.item, other.sequence, other.previous) = ([8; 16], 1, [0; 32]);
    let report = home.repository.backup(&other, &(), |_| Ok(())).unwrap();
    assert_eq!((report.chunks_new, report.chunks_known), (0, 50));
}

#[test]
fn the_counts_of_a_point_are_those_of_the_report() {
    let home = Home::new(SMALL);
    let mut image = noise(5, 10 * CHUNK);
    image.extend(vec![0; 4 * CHUNK]);
    let (id, report) = home.backup(&home.image("image", &image));
    assert_eq!(report.chunks_new, 10);
    assert_eq!(report.chunks_zero, 4);
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    let disk = &point.disks()[0];
    assert_eq!(
        (disk.data_bytes, disk.new_bytes),
        (10 * CHUNK as u64, 10 * CHUNK as u64)
    );
    assert_eq!(
        disk.stored_bytes,
        10 * CHUNK as u64,
        "noise is stored as it is"
    );
}
