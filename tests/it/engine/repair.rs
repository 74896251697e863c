//! A repair beside others, and what somebody left in the folders to hurt them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rsvault::engine::{
    AsideRequest, CollectRequest, Error, Fault, Observer, VerifyRequest, chain, check_structure,
};

use crate::engine::fixture::{Home, ITEM, SMALL, flip, noise, overwrite};

/// Calls once, in the middle of an operation.
struct Meanwhile<F: Fn() + Sync> {
    done: AtomicBool,
    /// Bytes to go on until then.
    bytes: AtomicU64,
    act: F,
}

impl<F: Fn() + Sync> Meanwhile<F> {
    fn new(act: F) -> Self {
        Self::after(0, act)
    }

    fn after(bytes: u64, act: F) -> Self {
        let (done, bytes) = (AtomicBool::new(false), AtomicU64::new(bytes));
        Self { done, bytes, act }
    }
}

impl<F: Fn() + Sync> Observer for Meanwhile<F> {
    fn total(&self, _: u64) {}
    fn advance(&self, bytes: u64) {
        let left = self.bytes.load(Ordering::SeqCst).saturating_sub(bytes);
        self.bytes.store(left, Ordering::SeqCst);
        if left == 0 && !self.done.swap(true, Ordering::SeqCst) {
            (self.act)();
        }
    }
}

#[test]
fn while_a_repair_runs_whatever_begins_is_refused_by_name() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 60_000));
    let (id, _) = home.backup(&image);
    let other = home.reopen().unwrap();
    let codes = Mutex::new(Vec::new());
    let request = home.request(&[&image]);
    let meanwhile = Meanwhile::new(|| {
        let errors = [
            other.backup(&request, &(), |_| Ok(())).map(drop).err(),
            other.open_point(&ITEM, &id).map(drop).err(),
            other.verify(&VerifyRequest::default(), &()).map(drop).err(),
            other
                .collect(&CollectRequest::default(), &())
                .map(drop)
                .err(),
            other.remove_item(&ITEM).err(),
            other.repair(false, &()).map(drop).err(),
        ];
        let code = |error: Option<Error>| error.map(|e| e.code().to_owned());
        codes.lock().unwrap().extend(errors.map(code));
    });
    home.repository.repair(false, &meanwhile).unwrap();
    let codes = codes.into_inner().unwrap();
    let running = Some("RsvRepairRunning".to_owned());
    assert_eq!(codes[..5], vec![running; 5]);
    assert_eq!(codes[5].as_deref(), Some("RsvEngineBusy"));
    assert!(home.files("intents").is_empty() && home.files("tmp").is_empty());
    // To look only, a repair needs nobody to wait.
    let busy = AtomicBool::new(false);
    let meanwhile =
        Meanwhile::new(|| busy.store(other.open_point(&ITEM, &id).is_err(), Ordering::SeqCst));
    home.repository.repair(true, &meanwhile).unwrap();
    assert!(!busy.into_inner());
    home.backup(&image);
}

#[test]
fn a_backup_whose_packs_were_set_aside_meanwhile_commits_nothing() {
    let home = Home::new(SMALL);
    home.backup(&home.image("image", &noise(1, 200_000)));
    let aside = home.path("aside");
    fs::create_dir(&aside).unwrap();
    let image = home.image("image", &[noise(1, 200_000), noise(2, 9000)].concat());
    let request = home.request(&[&image]);
    let other = home.reopen().unwrap();
    // Once all of it was read, and looked up.
    let meanwhile = Meanwhile::after(209_000, || {
        for pack in home.files("packs") {
            fs::rename(&pack, aside.join(pack.file_name().unwrap())).unwrap();
        }
        other.rebuild_index().unwrap();
    });
    let error = home.run(&request, &meanwhile, |_| Ok(())).unwrap_err();
    assert_eq!(error.code(), "RsvRepairRunning", "{error}");
    assert_eq!(home.chain().unwrap().len(), 1);
    // The next one stores again what the image still holds.
    let (second, report) = home.backup(&image);
    assert!(report.chunks_new >= 48, "{report:?}");
    assert!(home.restore(&second) == [noise(1, 200_000), noise(2, 9000)].concat());
}

fn pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_damage_and_nobody_waits_for_it() {
    for folder in ["config", "packs", "index", "points"] {
        let home = Home::new(SMALL);
        let (id, _) = home.backup(&home.image("image", &noise(1, 20_000)));
        let mut files = match folder {
            "config" => vec![home.dir().join(folder)],
            folder => home.files(folder),
        };
        files.retain(|path| !path.ends_with(".lock"));
        pipe(&files[0]);
        let error = home.try_restore(&id, 0).err();
        let error = error.or_else(|| home.chain().err()).unwrap();
        assert_eq!(error.fault(), Fault::Damaged, "{folder}: {error}");
        let report = check_structure(&home.dir()).unwrap();
        assert!(!report.damage.is_empty(), "{folder}");
    }
}

#[test]
fn names_of_impossible_generations_overflow_nothing() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 20_000));
    let (id, _) = home.backup(&image);
    let writer = uuid::Uuid::from_bytes([1; 16]);
    let place = |generation: u64| {
        home.dir()
            .join("index")
            .join(format!("{writer}-{generation:016}"))
    };
    // More digits than a generation has: nobody's.
    fs::write(place(u64::MAX), b"junk").unwrap();
    home.backup(&image);
    assert_eq!(check_structure(&home.dir()).unwrap().unknown.len(), 1);
    home.repository.rebuild_index().unwrap();
    fs::remove_file(place(u64::MAX)).unwrap();
    // The last one there can be is no segment of ours, and everybody says so.
    fs::write(place(9_999_999_999_999_999), b"junk").unwrap();
    assert_eq!(
        home.try_backup(&[&image]).unwrap_err().fault(),
        Fault::Damaged
    );
    let error = home.repository.rebuild_index().unwrap_err();
    assert!(error.to_string().contains("last generation"), "{error}");
    fs::remove_file(place(9_999_999_999_999_999)).unwrap();
    assert!(home.restore(&id) == noise(1, 20_000));
}

#[test]
fn an_intent_names_no_generation_that_only_a_file_name_claims() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 20_000));
    home.backup(&image);
    let junk = home.dir().join("index");
    let junk = junk.join(format!(
        "{}-{:016}",
        uuid::Uuid::from_bytes([1; 16]),
        5_000_000
    ));
    fs::write(&junk, b"junk").unwrap();
    let named = Mutex::new(0);
    let meanwhile = Meanwhile::new(|| {
        let intents = home.files("intents");
        let bytes = fs::read(&intents[0]).unwrap();
        *named.lock().unwrap() = u64::from_be_bytes(bytes[16..24].try_into().unwrap());
    });
    // A dry repair reads packs whatever the index is like.
    home.repository.repair(true, &meanwhile).unwrap();
    assert_eq!(named.into_inner().unwrap(), 1);
}

#[test]
fn a_pack_whose_header_names_another_writer_is_not_believed() {
    let home = Home::new(SMALL);
    let (first, _) = home.backup(&home.image("image", &noise(1, 60_000)));
    let pack = home.files("packs").remove(0);
    home.backup(&home.image("image", &noise(2, 60_000)));
    home.repository
        .expire(&ITEM, &[first], 0, || Ok(()))
        .unwrap();
    let before = home.files("packs");
    // The writer stands at byte 52: a living job's pack would look like a dead one's.
    flip(&pack, 52, 0);
    let error = home.repository.collect(&CollectRequest::default(), &());
    assert_eq!(error.unwrap_err().fault(), Fault::Damaged);
    assert_eq!(home.files("packs"), before);
    flip(&pack, 52, 0);
    let report = home.repository.collect(&CollectRequest::default(), &());
    assert_eq!(report.unwrap().removed.len(), 1);
}

#[test]
fn a_recovery_point_beyond_the_calendar_is_refused() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 9000));
    let mut request = home.request(&[&image]);
    request.created_ms = u64::MAX;
    let error = home.repository.backup(&request, &(), |_| Ok(()));
    assert_eq!(error.unwrap_err().fault(), Fault::Invalid);
    home.backup(&image);
    let path = home.files("points").remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[104..112].copy_from_slice(&u64::MAX.to_be_bytes());
    overwrite(&path, &bytes);
    let error = chain(&home.dir(), None, &ITEM).unwrap_err().to_string();
    assert!(error.contains("impossible time"), "{error}");
}

/// Four points, and the ids of those.
fn four() -> (Home, Vec<[u8; 16]>) {
    let home = Home::new(SMALL);
    let back_up = |seed| home.backup(&home.image("image", &noise(seed, 30_000))).0;
    let ids = (1..5).map(back_up).collect();
    (home, ids)
}

const LOOK: AsideRequest = AsideRequest {
    dry_run: true,
    give_up: Some(7),
};
const GIVE_UP: AsideRequest = AsideRequest {
    dry_run: false,
    give_up: Some(7),
};

#[test]
fn damaged_and_missing_points_are_given_up_and_the_others_can_be_used_again() {
    // Number by number, and some together; damaged or gone.
    for lost in [&[1][..], &[2], &[3], &[1, 2], &[2, 3], &[1, 3]] {
        for gone in [false, true] {
            let (home, ids) = four();
            let files = home.files("points");
            for number in lost {
                match gone {
                    true => fs::remove_file(&files[number - 1]).unwrap(),
                    false => flip(&files[number - 1], 30, 0),
                }
            }
            let whole = |_: &[u8; 16], _: &rsvault::engine::Chain| Ok(());
            let foreseen = home.repository.set_points_aside(LOOK, whole).unwrap();
            // That the first is gone only whoever knows the chain can say.
            let seen = home.repository.check_chains().is_err();
            assert_eq!(
                seen,
                !gone || lost[0] != 1 || lost == [1, 3],
                "{lost:?} {gone}"
            );
            let done = home.repository.set_points_aside(GIVE_UP, whole).unwrap();
            assert_eq!(done.given_up, foreseen.given_up);
            assert_eq!(done.aside.len(), if gone { 0 } else { lost.len() });
            let given: u64 = done.given_up.iter().map(|(_, (f, l))| l - f + 1).sum();
            assert_eq!(given, lost.len() as u64, "{done:?}");
            home.repository.check_chains().unwrap();
            for (number, id) in (1..).zip(&ids) {
                assert_eq!(home.try_restore(id, 0).is_ok(), !lost.contains(&number));
            }
            home.backup(&home.image("image", &noise(9, 30_000)));
            // Nothing is left to give up.
            let again = home.repository.set_points_aside(GIVE_UP, whole).unwrap();
            assert!(
                again.aside.is_empty() && again.given_up.is_empty(),
                "{again:?}"
            );
        }
    }
}

#[test]
fn an_item_of_which_no_point_is_left_stays_as_it_is() {
    let (home, _) = four();
    for file in home.files("points") {
        flip(&file, 30, 0);
    }
    let lost = |_: &[u8; 16], _: &rsvault::engine::Chain| Err("the newest one is gone".into());
    let done = home.repository.set_points_aside(GIVE_UP, lost).unwrap();
    assert_eq!((done.left.len(), done.aside.len()), (1, 0), "{done:?}");
    assert_eq!(home.files("points").len(), 4);
}

#[test]
fn a_backup_stores_again_what_went_with_a_missing_pack() {
    let home = Home::new(SMALL);
    let image = noise(1, 60_000);
    let (first, _) = home.backup(&home.image("image", &image));
    for pack in home.files("packs") {
        fs::remove_file(pack).unwrap();
    }
    assert!(home.try_restore(&first, 0).is_err());
    let (second, report) = home.backup(&home.image("image", &image));
    assert_eq!(report.chunks_known, 0, "{report:?}");
    assert!(home.restore(&second) == image);
    assert!(home.restore(&first) == image, "it is healed");
}
