//! Managed disks: written once, read anywhere, copied out sparse.

use std::fs;
use std::os::unix::fs::MetadataExt;

use proptest::prelude::*;
use rsvault::crypto::Secret;
use rsvault::engine::{
    DiskReader, DiskWriter, Error, Fault, Observer, get_disk_wrap, put_disk_wrap,
};
use tempfile::TempDir;

use crate::engine::fixture::{Home, ITEM, files, flip, noise, overwrite, sparse, stored};

const ID: [u8; 16] = [4; 16];

fn dek() -> Secret<32> {
    Secret::take(&mut [8; 32])
}

/// Writes a disk of these stretches.
fn disk(folder: &TempDir, size: u64, stretches: &[(u64, Vec<u8>)]) {
    let mut writer = DiskWriter::create(folder.path(), ID, &dek(), size).unwrap();
    for (offset, bytes) in stretches {
        writer.write_extent(*offset, bytes).unwrap();
    }
    writer.finish().unwrap();
}

fn open(folder: &TempDir) -> Result<DiskReader, Error> {
    DiskReader::open(folder.path(), &ID, &dek())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_disk_reads_back_whole_and_in_slices(
        gaps in prop::collection::vec((0usize..40_000, 0usize..40_000), 0..6),
        tail in 0usize..10_000,
        at in 0.0f64..1.0,
        share in 0.0f64..1.0,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut image, mut stretches) = (Vec::new(), Vec::new());
        for (number, (hole, data)) in gaps.iter().enumerate() {
            image.resize(image.len() + hole, 0);
            let bytes = noise(number as u64, *data);
            stretches.push((image.len() as u64, bytes.clone()));
            image.extend(bytes);
        }
        image.resize(image.len() + tail, 0);
        disk(&folder, image.len() as u64, &stretches);
        let reader = open(&folder).unwrap();
        prop_assert_eq!(reader.size(), image.len() as u64);
        let mut whole = vec![1; image.len()];
        reader.read_at(0, &mut whole).unwrap();
        prop_assert!(whole == image);
        let start = (image.len() as f64 * at) as usize;
        let mut slice = vec![1; ((image.len() - start) as f64 * share) as usize];
        reader.read_at(start as u64, &mut slice).unwrap();
        prop_assert!(slice == image[start..start + slice.len()]);
        let out = folder.path().join("raw");
        reader.copy_to(&out, &(), false).unwrap();
        prop_assert!(fs::read(&out).unwrap() == image);
    }
}

#[test]
fn neighbouring_extents_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    disk(
        &folder,
        100,
        &[
            (10, vec![1; 10]),
            (20, vec![2; 5]),
            (25, vec![]),
            (30, vec![3; 1]),
        ],
    );
    let extents: Vec<_> = open(&folder)
        .unwrap()
        .extents()
        .map(|e| (e.offset, e.len))
        .collect();
    assert_eq!(extents, [(10, 15), (30, 1)]);
}

#[test]
fn a_recovery_point_restores_into_a_managed_disk_and_out_again() {
    let home = Home::new(16);
    let (size, data) = (64 << 30, noise(1, 10 << 20));
    let image = home.path("image");
    sparse(&image, size, &[(20 << 30, &data)]);
    let (id, _) = home.backup(&image);
    let folder = tempfile::tempdir().unwrap();
    let point = home.repository.open_point(&ITEM, &id).unwrap();
    let mut writer = DiskWriter::create(folder.path(), ID, &dek(), size).unwrap();
    point
        .stream(0, &(), &mut |offset, bytes| {
            writer.write_extent(offset, bytes)
        })
        .unwrap();
    writer.put_wrap(b"wrap").unwrap();
    writer.finish().unwrap();
    let taken = stored(folder.path());
    assert!(taken < 11 << 20, "{taken} bytes for 10 MiB of data");
    let out = folder.path().join("raw");
    open(&folder).unwrap().copy_to(&out, &(), false).unwrap();
    let meta = out.metadata().unwrap();
    assert_eq!(meta.len(), size);
    assert!(meta.blocks() * 512 < 12 << 20, "the copy is sparse");
    let mut found = vec![0; data.len()];
    let file = fs::File::open(&out).unwrap();
    std::os::unix::fs::FileExt::read_exact_at(&file, &mut found, 20 << 30).unwrap();
    assert!(found == data);
}

#[test]
fn an_unfinished_disk_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = DiskWriter::create(folder.path(), ID, &dek(), 1 << 30).unwrap();
    writer.write_extent(0, &noise(1, 9 << 20)).unwrap();
    writer.put_wrap(b"wrap").unwrap();
    assert!(!files(folder.path()).is_empty());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(open(&folder).err().unwrap().fault(), Fault::NotFound);
}

#[test]
fn data_out_of_order_or_past_the_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = DiskWriter::create(folder.path(), ID, &dek(), 100).unwrap();
    writer.write_extent(50, &[1; 10]).unwrap();
    assert!(writer.write_extent(59, &[1; 1]).is_err());
    assert!(writer.write_extent(99, &[1; 2]).is_err());
    assert!(writer.write_extent(u64::MAX, &[1; 2]).is_err());
    writer.write_extent(60, &[1; 40]).unwrap();
    writer.finish().unwrap();
    assert!(open(&folder).unwrap().read_at(99, &mut [0; 2]).is_err());
}

#[test]
fn a_disk_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    disk(&folder, 10, &[]);
    let again = DiskWriter::create(folder.path(), ID, &dek(), 10)
        .err()
        .unwrap();
    assert_eq!(again.fault(), Fault::Exists);
}

#[test]
fn every_flipped_or_cut_byte_of_a_disk_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let image = noise(1, 40_000);
    disk(
        &folder,
        100_000,
        &[
            (100, image[..20_000].to_vec()),
            (50_000, image[20_000..].to_vec()),
        ],
    );
    let read = || {
        let reader = open(&folder)?;
        let mut bytes = vec![0; 100_000];
        reader.read_at(0, &mut bytes).map(|()| bytes)
    };
    let whole = read().unwrap();
    for path in files(folder.path()) {
        let original = fs::read(&path).unwrap();
        for position in (0..original.len()).filter(|p| *p < 100 || p % 97 == 0) {
            flip(&path, position, (position % 8) as u8);
            let fault = read().unwrap_err().fault();
            assert!(
                matches!(fault, Fault::Damaged | Fault::Unsupported),
                "byte {position}"
            );
            overwrite(&path, &original[..position]);
            assert_eq!(
                read().unwrap_err().fault(),
                Fault::Damaged,
                "cut at {position}"
            );
            overwrite(&path, &original);
        }
    }
    assert_eq!(read().unwrap(), whole);
}

#[test]
fn a_disk_under_another_key_or_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    disk(&folder, 1000, &[(0, vec![1; 500])]);
    let other = Secret::take(&mut [9; 32]);
    let error = DiskReader::open(folder.path(), &ID, &other).err().unwrap();
    assert_eq!(error.fault(), Fault::Damaged);
    assert!(error.to_string().contains("another key"), "{error}");
    let name = |id: [u8; 16]| folder.path().join(uuid::Uuid::from_bytes(id).to_string());
    fs::rename(name(ID), name([5; 16])).unwrap();
    let error = DiskReader::open(folder.path(), &[5; 16], &dek())
        .err()
        .unwrap();
    assert_eq!(error.fault(), Fault::Damaged);
    // Data and map do not pass for each other.
    fs::rename(name([5; 16]), name(ID)).unwrap();
    fs::copy(name(ID).join("map"), name(ID).join("data")).unwrap();
    assert_eq!(open(&folder).err().unwrap().fault(), Fault::Damaged);
}

#[test]
fn a_copy_overwrites_only_when_told_and_leaves_nothing_when_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let data = noise(1, 9 << 20);
    disk(&folder, 20 << 20, &[(0, data.clone())]);
    let reader = open(&folder).unwrap();
    let out = folder.path().join("raw");
    fs::write(&out, b"precious").unwrap();
    assert_eq!(
        reader.copy_to(&out, &(), false).unwrap_err().fault(),
        Fault::Exists
    );
    assert_eq!(fs::read(&out).unwrap(), b"precious");

    struct Stop;
    impl Observer for Stop {
        fn total(&self, _: u64) {}
        fn advance(&self, _: u64) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    assert!(matches!(
        reader.copy_to(&out, &Stop, true),
        Err(Error::Cancelled)
    ));
    let path = folder
        .path()
        .join(uuid::Uuid::from_bytes(ID).to_string())
        .join("data");
    let original = fs::read(&path).unwrap();
    flip(&path, 5 << 20, 0);
    assert_eq!(
        reader.copy_to(&out, &(), true).unwrap_err().fault(),
        Fault::Damaged
    );
    assert_eq!(fs::read(&out).unwrap(), b"precious");
    assert!(!folder.path().join(".raw.rsv-partial").exists());

    overwrite(&path, &original);
    // What a killed copy left is in nobody's way.
    fs::write(folder.path().join(".raw.rsv-partial"), vec![1; 30 << 20]).unwrap();
    reader.copy_to(&out, &(), true).unwrap();
    let copied = fs::read(&out).unwrap();
    assert_eq!(copied.len(), 20 << 20);
    assert!(copied[..data.len()] == data && copied[data.len()..].iter().all(|b| *b == 0));
}

#[test]
fn the_wrap_beside_a_disk_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        put_disk_wrap(folder.path(), &ID, None, b"x")
            .unwrap_err()
            .fault(),
        Fault::NotFound
    );
    disk(&folder, 10, &[]);
    assert_eq!(
        get_disk_wrap(folder.path(), &ID, None).unwrap_err().fault(),
        Fault::NotFound
    );
    put_disk_wrap(folder.path(), &ID, None, b"first wrap").unwrap();
    put_disk_wrap(folder.path(), &ID, None, b"second").unwrap();
    assert_eq!(get_disk_wrap(folder.path(), &ID, None).unwrap(), b"second");
    assert_eq!(files(folder.path()).len(), 3, "data, map and wrap");
    let long = vec![0; (64 << 10) + 1];
    assert_eq!(
        put_disk_wrap(folder.path(), &ID, None, &long)
            .unwrap_err()
            .fault(),
        Fault::Invalid
    );
}
