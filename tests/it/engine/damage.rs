//! Damaged, cut, swapped and foreign files are refused or make no difference: never wrong bytes.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use rsvault::engine::{Error, Fault};

use crate::engine::fixture::{Home, SMALL, flip, noise, overwrite};

/// A home with one point of some noise and some text, and what it holds.
fn filled() -> (Home, [u8; 16], Vec<u8>) {
    let home = Home::new(SMALL);
    let mut image = noise(1, 20_000);
    image.extend(b"text that shrinks ".repeat(2000));
    let (id, _) = home.backup(&home.image("image", &image));
    (home, id, image)
}

/// Reads everything a restore reads: the chain, then the disk.
fn read_all(home: &Home, point: &[u8; 16]) -> Result<Vec<u8>, Error> {
    let head = home.chain()?.last().map(|header| header.point);
    if head != Some(*point) {
        return Err(Error::NotFound("head".into()));
    }
    home.try_restore(point, 0)
}

/// Every flip gives an error or the same bytes; how many gave an error.
fn flip_all(folder: &str, sampled: usize) -> (usize, usize) {
    let (home, id, image) = filled();
    let (mut refused, mut tried) = (0, 0);
    for path in home.files(folder) {
        let original = fs::read(&path).unwrap();
        // All of the first 200 bytes, where the clear headers lie, and samples of the rest.
        let rest = (200..original.len()).step_by((original.len() / sampled).max(1));
        for position in (0..original.len().min(200)).chain(rest) {
            flip(&path, position, (position % 8) as u8);
            tried += 1;
            match read_all(&home, &id) {
                Ok(bytes) => assert!(bytes == image, "{}: {position}", path.display()),
                Err(error) => {
                    let fault = error.fault();
                    let named = matches!(fault, Fault::Damaged | Fault::Unsupported);
                    assert!(named, "{}: {position}: {error}", path.display());
                    refused += 1;
                }
            }
            overwrite(&path, &original);
        }
    }
    assert_eq!(read_all(&home, &id).unwrap(), image);
    (refused, tried)
}

#[test]
fn every_flipped_byte_of_the_configuration_is_refused() {
    let (home, id, _) = filled();
    let path = home.dir().join("config");
    let original = fs::read(&path).unwrap();
    for position in 0..original.len() {
        for bit in [0, 7] {
            flip(&path, position, bit);
            assert!(read_all(&home, &id).is_err(), "byte {position}");
            overwrite(&path, &original);
        }
    }
}

#[test]
fn every_flipped_byte_of_a_recovery_point_is_refused() {
    let (refused, tried) = flip_all("points", 200);
    // The one point has no successor that would hold its header's digest; what no cipher covers
    // is the body's length and digest, which the file and the body must fit.
    assert_eq!(refused, tried);
}

#[test]
fn a_flipped_byte_of_an_index_segment_is_refused() {
    let (refused, tried) = flip_all("index", 200);
    assert!(refused * 10 >= tried * 9, "{refused} of {tried}");
}

#[test]
fn a_flipped_byte_of_a_pack_never_gives_wrong_bytes() {
    let (refused, tried) = flip_all("packs", 400);
    // What a restore does not read, such as the padding, the pack's own index and its footer,
    // may differ.
    assert!(refused * 10 >= tried * 6, "{refused} of {tried}");
}

#[test]
fn a_file_cut_anywhere_is_refused_or_makes_no_difference() {
    let (home, id, image) = filled();
    for folder in ["points", "index", "packs", "config"] {
        let mut paths = home.files(folder);
        if folder == "config" {
            paths = vec![home.dir().join("config")];
        }
        for path in paths {
            let original = fs::read(&path).unwrap();
            for len in (0..original.len()).step_by((original.len() / 60).max(1)) {
                overwrite(&path, &original[..len]);
                match read_all(&home, &id) {
                    Ok(bytes) => assert!(bytes == image && folder == "packs"),
                    Err(error) => assert_eq!(error.fault(), Fault::Damaged, "{error}"),
                }
            }
            let mut longer = original.clone();
            longer.push(0);
            overwrite(&path, &longer);
            if let Ok(bytes) = read_all(&home, &id) {
                assert!(bytes == image && folder == "packs");
            }
            overwrite(&path, &original);
        }
    }
}

/// A home with two points in two packs.
fn two_packs() -> (Home, [u8; 16], Vec<PathBuf>) {
    let home = Home::new(SMALL);
    home.backup(&home.image("one", &noise(1, 9000)));
    let (id, _) = home.backup(&home.image("two", &noise(2, 9000)));
    let packs = home.files("packs");
    assert_eq!(packs.len(), 2);
    (home, id, packs)
}

#[test]
fn swapped_packs_are_refused() {
    let (home, id, packs) = two_packs();
    let (first, second) = (fs::read(&packs[0]).unwrap(), fs::read(&packs[1]).unwrap());
    overwrite(&packs[0], &second);
    overwrite(&packs[1], &first);
    let error = home.try_restore(&id, 0).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    assert!(error.to_string().contains("belongs elsewhere"), "{error}");
}

#[test]
fn a_pack_of_another_repository_is_refused() {
    let (home, id, packs) = two_packs();
    for (dek, owner) in [([6; 32], [9; 16]), ([5; 32], [8; 16])] {
        let other = Home::with_key(SMALL, dek, owner);
        other.backup(&other.image("image", &noise(2, 9000)));
        let mut foreign = fs::read(&other.files("packs")[0]).unwrap();
        for path in &packs {
            // The salt in the header is made to fit the name.
            let salt = fs::read(path).unwrap()[68..92].to_vec();
            foreign[68..92].copy_from_slice(&salt);
            overwrite(path, &foreign);
        }
        assert_eq!(
            home.try_restore(&id, 0).unwrap_err().fault(),
            Fault::Damaged
        );
    }
}

#[test]
fn a_missing_pack_is_named_with_disk_offset_and_chunk() {
    let (home, id, packs) = two_packs();
    for path in &packs {
        fs::remove_file(path).unwrap();
    }
    let error = home.try_restore(&id, 0).unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    let text = error.to_string();
    assert!(
        text.contains("disk 0: page 0: pack ") && text.contains("is missing"),
        "{text}"
    );
}

#[test]
fn a_damaged_chunk_is_named_with_disk_offset_chunk_and_pack() {
    let (home, id, image) = filled();
    let pack = &home.files("packs")[0];
    // The first blob of the pack is a chunk of the image, whichever worker was first.
    flip(pack, 200, 0);
    let text = home.try_restore(&id, 0).unwrap_err().to_string();
    assert!(text.starts_with("disk 0 at offset "), "{text}");
    assert!(
        text.contains(": chunk ") && text.contains(": pack "),
        "{text}"
    );
    // The other chunks can still be read.
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    let good = (0..image.len() / 4096).filter(|chunk| {
        let mut bytes = vec![0; 4096];
        let start = chunk * 4096;
        let read = point.read_at(0, start as u64, &mut bytes);
        read.is_ok_and(|()| bytes == image[start..start + 4096])
    });
    assert_eq!(good.count(), image.len() / 4096 - 1);
}

#[test]
fn one_kind_of_object_does_not_pass_for_another() {
    let (home, id, _) = filled();
    let (point, segment) = (
        home.files("points").remove(0),
        home.files("index").remove(0),
    );
    let (point_bytes, segment_bytes) = (fs::read(&point).unwrap(), fs::read(&segment).unwrap());
    overwrite(&point, &segment_bytes);
    assert_eq!(home.chain().unwrap_err().fault(), Fault::Damaged);
    overwrite(&point, &point_bytes);
    overwrite(&segment, &point_bytes);
    assert_eq!(
        home.try_restore(&id, 0).unwrap_err().fault(),
        Fault::Damaged
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_anywhere_never_give_wrong_bytes_or_a_panic(
        folder in prop::sample::select(vec!["points", "index", "packs"]),
        at in 0.0f64..1.0,
        bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(255u8), any::<u8>()], 1..300),
        cut in any::<bool>(),
    ) {
        let (home, id, image) = filled();
        let path = home.files(folder).remove(0);
        let mut changed = fs::read(&path).unwrap();
        // Half of the time in the first 200 bytes, where clear fields are parsed.
        let within = if at < 0.5 { changed.len().min(200) } else { changed.len() };
        let start = (within as f64 * (at * 2.0 % 1.0)) as usize;
        let end = (start + bytes.len()).min(changed.len());
        changed.splice(start..end, bytes);
        if cut {
            changed.truncate(end);
        }
        overwrite(&path, &changed);
        match read_all(&home, &id) {
            Ok(bytes) => prop_assert!(bytes == image),
            Err(error) => prop_assert!(
                matches!(error.fault(), Fault::Damaged | Fault::Unsupported | Fault::NotFound),
                "{}", error
            ),
        }
        prop_assert!(home.repository.rebuild_index().is_ok());
    }
}
