//! A repair beside others, and what somebody left in the folders to hurt them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rsvault::engine::{
    CollectRequest, Error, Fault, Observer, VerifyRequest, chain, check_structure,
};

use crate::engine::fixture::{Home, ITEM, SMALL, flip, noise, overwrite};

/// Calls once, in the middle of an operation.
struct Meanwhile<F: Fn() + Sync> {
    done: AtomicBool,
    act: F,
}

impl<F: Fn() + Sync> Meanwhile<F> {
    fn new(act: F) -> Self {
        let done = AtomicBool::new(false);
        Self { done, act }
    }
}

impl<F: Fn() + Sync> Observer for Meanwhile<F> {
    fn total(&self, _: u64) {}
    fn advance(&self, _: u64) {
        if !self.done.swap(true, Ordering::SeqCst) {
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
    let meanwhile = Meanwhile::new(|| {
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
