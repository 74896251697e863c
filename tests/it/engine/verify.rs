//! Verification: it finds what a restore would find, and says whom it hurts.

use std::collections::BTreeMap;
use std::fs;

use rsvault::engine::{Damage, Fault, VerifyReport, VerifyRequest, check_structure};

use crate::engine::fixture::{Home, SMALL, flip, noise, overwrite};

fn verify(home: &Home, percent: u8) -> VerifyReport {
    let request = VerifyRequest {
        percent,
        checked: BTreeMap::new(),
    };
    home.reopen().unwrap().verify(&request, &()).unwrap()
}

/// Chunks of 4 KiB that damage takes from a point.
fn missing(damage: &[Damage], point: &[u8; 16]) -> Vec<u64> {
    let affected = damage.iter().flat_map(|d| &d.affected);
    let mut offsets: Vec<u64> = affected
        .filter(|a| a.point == *point && a.disk.is_some())
        .map(|a| a.offset)
        .collect();
    offsets.sort_unstable();
    offsets
}

#[test]
fn an_intact_repository_verifies_at_every_level() {
    let home = Home::new(SMALL);
    for seed in 0..3 {
        home.backup(&home.image("image", &noise(seed, 50_000)));
    }
    for percent in [0, 40, 100] {
        let report = verify(&home, percent);
        assert_eq!((report.points, report.packs.len()), (3, 3));
        assert!(report.damage.is_empty(), "{:?}", report.damage);
        let least =
            usize::from(percent > 0) + usize::from(percent > 34) + usize::from(percent > 67);
        assert_eq!(report.intact.len(), least, "{percent} %");
    }
    let structure = check_structure(&home.dir()).unwrap();
    assert_eq!((structure.points, structure.packs), (3, 3));
    assert!(structure.damage.is_empty() && structure.unknown.is_empty());
    assert!(home.files("intents").is_empty());
}

#[test]
fn c11_full_verification_and_restore_agree_on_every_flipped_byte() {
    let home = Home::new(SMALL);
    let mut image = noise(1, 9_000);
    image.extend(b"text that shrinks ".repeat(500));
    let (id, _) = home.backup(&home.image("image", &image));
    let pack = home.files("packs").remove(0);
    let original = fs::read(&pack).unwrap();
    let (mut found, mut tried) = (0, 0);
    for position in (0..original.len()).step_by(97) {
        flip(&pack, position, (position % 8) as u8);
        let damage = verify(&home, 100).damage;
        let restored = home.try_restore(&id, 0);
        tried += 1;
        found += usize::from(!damage.is_empty());
        let hurt = damage.iter().any(|d| !d.affected.is_empty());
        assert_eq!(hurt, restored.is_err(), "byte {position}: {damage:?}");
        overwrite(&pack, &original);
    }
    assert_eq!(found, tried, "also bytes that no restore reads are found");
}

#[test]
fn c12_damage_names_exactly_the_points_and_places_that_lost_data() {
    let home = Home::new(SMALL);
    let first = noise(1, 40_960);
    let mut second = first.clone();
    second[..4096].copy_from_slice(&noise(2, 4096));
    let (one, _) = home.backup(&home.image("image", &first));
    let packs = home.files("packs");
    let (two, _) = home.backup(&home.image("image", &second));
    let (three, _) = home.backup(&home.image("image", &noise(3, 8192)));
    // The first blob of the first pack: a chunk of points one and, unless it is chunk 0, two.
    flip(&packs[0], 200, 0);
    assert!(verify(&home, 0).damage.is_empty(), "the index is intact");
    let damage = verify(&home, 100).damage;
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert!(damage[0].object.starts_with("chunk "), "{damage:?}");
    let lost = missing(&damage, &one);
    assert_eq!(lost.len(), 1);
    let in_second = if lost[0] == 0 { vec![] } else { lost };
    assert_eq!(missing(&damage, &two), in_second);
    assert!(missing(&damage, &three).is_empty());
}

#[test]
fn c09_a_missing_file_of_any_kind_is_found_without_reading_packs() {
    let home = Home::new(SMALL);
    let (one, _) = home.backup(&home.image("image", &noise(1, 20_000)));
    home.backup(&home.image("image", &noise(2, 20_000)));
    for folder in ["packs", "index"] {
        for path in home.files(folder) {
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            let damage = verify(&home, 0).damage;
            assert!(!damage.is_empty(), "{}", path.display());
            let hurt = damage.iter().flat_map(|d| &d.affected).count();
            assert!(hurt > 0, "{damage:?}");
            overwrite(&path, &bytes);
        }
    }
    // Neither the newest point nor the oldest: those only the caller, who keeps the head, misses.
    home.backup(&home.image("image", &noise(3, 20_000)));
    fs::remove_file(&home.files("points")[1]).unwrap();
    let damage = check_structure(&home.dir()).unwrap().damage;
    assert!(damage[0].object.starts_with("recovery points of item"));
    assert!(!verify(&home, 0).damage.is_empty());
    assert_eq!(home.restore(&one), noise(1, 20_000));
}

#[test]
fn repair_sets_damaged_packs_aside_and_keeps_every_blob_that_opens() {
    let home = Home::new(SMALL);
    let image = noise(1, 40_960);
    let (id, _) = home.backup(&home.image("image", &image));
    let (other, _) = home.backup(&home.image("other", &noise(2, 40_960)));
    let pack = home.files("packs").remove(0);
    let damaged = fs::read(&pack).map(|mut bytes| {
        bytes[200] ^= 1;
        bytes
    });
    overwrite(&pack, damaged.as_ref().unwrap());
    let looked = home.repository.repair(true, &()).unwrap();
    assert_eq!(
        (looked.set_aside.len(), looked.lost, looked.salvaged),
        (1, 1, 10)
    );
    assert!(
        pack.exists() && home.files("damaged").is_empty(),
        "a dry run only looks"
    );
    let report = home.repository.repair(false, &()).unwrap();
    assert_eq!(
        (report.set_aside.len(), report.lost, report.salvaged),
        (1, 1, 10)
    );
    let aside = home.files("damaged");
    assert_eq!(
        fs::read(&aside[0]).unwrap(),
        damaged.unwrap(),
        "kept as it was"
    );
    assert!(!pack.exists());
    let damage = verify(&home, 100).damage;
    let affected: usize = damage.iter().map(|d| d.affected.len()).sum();
    assert_eq!(
        (damage.len(), affected),
        (1, 1),
        "one chunk is lost: {damage:?}"
    );
    let lost = if home.try_restore(&id, 0).is_err() {
        id
    } else {
        other
    };
    // Whichever image it was: a backup of it stores the chunk again, and both points are whole.
    let (name, bytes) = if lost == id {
        ("image", image)
    } else {
        ("other", noise(2, 40_960))
    };
    let (_, healed) = home.backup(&home.path(name));
    assert_eq!(healed.chunks_new, 1);
    assert_eq!(home.restore(&lost), bytes);
    assert!(verify(&home, 100).damage.is_empty());
    let nothing = home.repository.repair(false, &()).unwrap();
    assert!(nothing.set_aside.is_empty());
}

#[test]
fn repair_salvages_a_pack_whose_own_index_is_lost_and_refuses_beside_a_reader() {
    let home = Home::new(SMALL);
    let image = noise(1, 40_960);
    let (id, _) = home.backup(&home.image("image", &image));
    let pack = home.files("packs").remove(0);
    let size = pack.metadata().unwrap().len() as usize;
    flip(&pack, size - 1, 0);
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    let busy = home.repository.repair(false, &()).unwrap_err();
    assert_eq!(busy.fault(), Fault::Busy);
    drop(point);
    let report = home.repository.repair(false, &()).unwrap();
    assert_eq!((report.lost, report.salvaged), (0, 11));
    assert_eq!(home.restore(&id), image);
    assert!(verify(&home, 100).damage.is_empty());
}

#[test]
fn samples_add_up_to_everything() {
    let home = Home::new(SMALL);
    for seed in 0..6 {
        home.backup(&home.image("image", &noise(seed, 20_000)));
    }
    let repository = home.reopen().unwrap();
    let mut request = VerifyRequest {
        percent: 16,
        checked: BTreeMap::new(),
    };
    for round in 1..=6 {
        let report = repository.verify(&request, &()).unwrap();
        for salt in report.intact {
            request.checked.insert(salt, round);
        }
    }
    let times: Vec<u64> = request.checked.values().copied().collect();
    assert_eq!(times.len(), 6, "each pack was read once: {times:?}");
    let report = repository.verify(&request, &()).unwrap();
    assert_eq!(
        request.checked[&report.intact[0]], 1,
        "then the oldest again"
    );
}

#[test]
fn the_structure_is_checked_without_a_key() {
    let home = Home::new(SMALL);
    home.backup(&home.image("image", &noise(1, 20_000)));
    for (folder, position) in [("packs", 8), ("packs", 70), ("index", 9), ("points", 400)] {
        let path = home.files(folder).remove(0);
        let size = path.metadata().unwrap().len() as usize;
        flip(&path, position.min(size - 1), 1);
        let damage = check_structure(&home.dir()).unwrap().damage;
        assert_eq!(damage.len(), 1, "{folder} {position}: {damage:?}");
        flip(&path, position.min(size - 1), 1);
    }
    fs::write(home.dir().join("packs/notes"), b"").unwrap();
    fs::write(home.dir().join("index/notes"), b"").unwrap();
    let structure = check_structure(&home.dir()).unwrap();
    assert_eq!(structure.unknown, ["packs/notes", "index/notes"]);
    assert!(structure.damage.is_empty());
}
