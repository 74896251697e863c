//! Private keys at rest: what lies where, what it is bound to, and how it is destroyed.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rsvault::crypto::{Error, Keyring};
use tempfile::TempDir;

use crate::crypto::{fixture_key, secret};

struct Home {
    dir: TempDir,
    keyring: Keyring,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(dir.path().join("keys"), secret(1)).unwrap();
        Self { dir, keyring }
    }

    /// With fixture key 1 stored as `kv/backup/v1`.
    fn with_key() -> Self {
        let home = Self::new();
        let stored = home.keyring.store("kv", "backup", "v1", &fixture_key(1));
        stored.unwrap();
        home
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("keys/kv/backup").join(name)
    }

    fn files(&self) -> Vec<String> {
        let folder = fs::read_dir(self.file("")).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn mode(&self, path: &str) -> u32 {
        let path = self.dir.path().join(path);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }
}

#[test]
fn a_stored_key_loads_as_the_same_key() {
    let home = Home::with_key();
    let key = home.keyring.load("kv", "backup", "v1").unwrap();
    let wrapped = fixture_key(1).public().wrap(&secret(7)).unwrap();
    assert_eq!(key.unwrap(&wrapped).unwrap().expose(), &[7; 32]);
    let public = home.keyring.public("kv", "backup", "v1").unwrap();
    assert_eq!(public, *fixture_key(1).public());
    assert!(home.keyring.contains("kv", "backup", "v1").unwrap());
    assert!(!home.keyring.contains("kv", "backup", "v2").unwrap());
    assert!(!home.keyring.contains("other", "backup", "v1").unwrap());
}

#[test]
fn files_are_0600_and_folders_0700_and_no_secret_lies_in_the_clear() {
    let home = Home::with_key();
    assert_eq!(home.files(), ["v1.pub", "v1.sealed", "v1.shred"]);
    for folder in ["keys", "keys/kv", "keys/kv/backup"] {
        assert_eq!(home.mode(folder), 0o700, "{folder}");
    }
    for name in home.files() {
        assert_eq!(home.mode(&format!("keys/kv/backup/{name}")), 0o600);
    }
    let pkcs8 = fixture_key(1).to_pkcs8_der().unwrap();
    let sealed = fs::read(home.file("v1.sealed")).unwrap();
    assert_eq!(sealed.len(), 56 + pkcs8.len() + 16);
    let tail = &pkcs8[pkcs8.len() - 32..];
    assert!(!sealed.windows(32).any(|window| window == tail));
    assert_eq!(fs::read(home.file("v1.shred")).unwrap().len(), 32);
}

#[test]
fn a_version_is_never_overwritten() {
    let home = Home::with_key();
    let before = fs::read(home.file("v1.sealed")).unwrap();
    let again = home.keyring.store("kv", "backup", "v1", &fixture_key(2));
    let Err(Error::File { path, source }) = again else {
        panic!("stored twice");
    };
    assert_eq!(path, home.file("v1.shred"));
    assert_eq!(source.kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(home.file("v1.sealed")).unwrap(), before);
    home.keyring.load("kv", "backup", "v1").unwrap();
}

#[test]
fn a_failed_store_leaves_nothing_of_its_own_and_everything_of_others() {
    let home = Home::with_key();
    fs::write(home.file("v2.pub"), "someone else's").unwrap();
    let failed = home.keyring.store("kv", "backup", "v2", &fixture_key(2));
    assert!(matches!(failed, Err(Error::File { .. })));
    let left = ["v1.pub", "v1.sealed", "v1.shred", "v2.pub"];
    assert_eq!(home.files(), left);
    assert_eq!(fs::read(home.file("v2.pub")).unwrap(), b"someone else's");
}

#[test]
fn a_shredded_key_is_gone_even_when_its_sealed_form_comes_back() {
    let home = Home::with_key();
    let sealed = fs::read(home.file("v1.sealed")).unwrap();
    home.keyring.shred("kv", "backup", "v1").unwrap();
    assert_eq!(home.files(), ["v1.pub"]);
    let load = || home.keyring.load("kv", "backup", "v1");
    let text = load().unwrap_err().to_string();
    assert_eq!(text, "the private key of 'kv/backup/v1' has been destroyed");
    fs::write(home.file("v1.sealed"), sealed).unwrap();
    assert!(matches!(load(), Err(Error::Shredded(_))));
    // Not even with a new shred secret.
    fs::write(home.file("v1.shred"), [0; 32]).unwrap();
    assert!(matches!(load(), Err(Error::WrongKey { .. })));
    assert!(home.keyring.public("kv", "backup", "v1").is_ok());
}

#[test]
fn a_missing_sealed_file_alone_counts_as_destroyed() {
    let home = Home::with_key();
    fs::remove_file(home.file("v1.sealed")).unwrap();
    let gone = home.keyring.load("kv", "backup", "v1");
    assert!(matches!(gone, Err(Error::Shredded(_))));
    assert!(!home.keyring.contains("kv", "backup", "v1").unwrap());
}

#[test]
fn shredding_may_be_repeated_but_not_where_nothing_ever_was() {
    let home = Home::with_key();
    home.keyring.shred("kv", "backup", "v1").unwrap();
    home.keyring.shred("kv", "backup", "v1").unwrap();
    let nowhere = home.keyring.shred("other", "backup", "v1");
    assert!(matches!(nowhere, Err(Error::File { .. })));
}

#[test]
fn orphans_are_removed_and_other_versions_stay() {
    let home = Home::with_key();
    let stored = home.keyring.store("kv", "backup", "v2", &fixture_key(2));
    stored.unwrap();
    for _ in 0..2 {
        let removed = home.keyring.remove_version_files("kv", "backup", "v2");
        removed.unwrap();
    }
    assert_eq!(home.files(), ["v1.pub", "v1.sealed", "v1.shred"]);
    let removed = home.keyring.remove_version_files("none", "backup", "v2");
    removed.unwrap();
}

#[test]
fn a_version_that_never_was_is_not_a_destroyed_one() {
    let home = Home::with_key();
    let Err(Error::File { path, source }) = home.keyring.load("kv", "backup", "v9") else {
        panic!("loaded");
    };
    assert_eq!(path, home.file("v9.pub"));
    assert_eq!(source.kind(), ErrorKind::NotFound);
}

#[test]
fn files_of_one_version_do_not_open_as_another() {
    let home = Home::with_key();
    for extension in ["pub", "sealed", "shred"] {
        let from = home.file(&format!("v1.{extension}"));
        fs::copy(from, home.file(&format!("v2.{extension}"))).unwrap();
    }
    let moved = home.keyring.load("kv", "backup", "v2");
    assert!(matches!(moved, Err(Error::WrongKey { .. })));
}

#[test]
fn a_swapped_public_key_is_noticed() {
    let home = Home::with_key();
    let other = fixture_key(2).public().to_spki_pem().unwrap();
    fs::write(home.file("v1.pub"), other).unwrap();
    let swapped = home.keyring.load("kv", "backup", "v1");
    assert!(matches!(swapped, Err(Error::WrongKey { .. })));
}

#[test]
fn another_root_key_opens_nothing() {
    let home = Home::with_key();
    let stolen = Keyring::open(home.dir.path().join("keys"), secret(2)).unwrap();
    let refused = stolen.load("kv", "backup", "v1");
    assert!(matches!(refused, Err(Error::WrongKey { .. })));
}

#[test]
fn a_link_in_place_of_a_key_file_is_not_followed() {
    let home = Home::with_key();
    let elsewhere = home.dir.path().join("shred");
    fs::rename(home.file("v1.shred"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, home.file("v1.shred")).unwrap();
    let refused = home.keyring.load("kv", "backup", "v1");
    assert!(matches!(refused, Err(Error::File { .. })));
}

#[test]
fn a_pipe_in_place_of_a_key_file_is_refused_and_not_waited_for() {
    let home = Home::with_key();
    for file in ["v1.pub", "v1.shred", "v1.sealed"] {
        let bytes = fs::read(home.file(file)).unwrap();
        fs::remove_file(home.file(file)).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(home.file(file))
            .status();
        assert!(made.unwrap().success());
        let refused = home.keyring.load("kv", "backup", "v1");
        assert!(matches!(refused, Err(Error::File { .. })), "{file}");
        fs::remove_file(home.file(file)).unwrap();
        fs::write(home.file(file), bytes).unwrap();
    }
    home.keyring.load("kv", "backup", "v1").unwrap();
}

#[test]
fn names_that_could_leave_the_folder_are_refused_everywhere() {
    let home = Home::with_key();
    let long = "a".repeat(128);
    let names = [
        "", ".", "..", "a/b", "../kv", "a.b", "a b", "ä", "a\0", "a\n", "a_b", "C:", &long,
    ];
    for bad in names {
        for [vault, key, version] in [[bad, "k", "v"], ["kv", bad, "v"], ["kv", "k", bad]] {
            let keyring = &home.keyring;
            let refusals = [
                keyring.store(vault, key, version, &fixture_key(1)),
                keyring.load(vault, key, version).map(drop),
                keyring.public(vault, key, version).map(drop),
                keyring.contains(vault, key, version).map(drop),
                keyring.shred(vault, key, version),
                keyring.remove_version_files(vault, key, version),
            ];
            for refusal in refusals {
                assert!(matches!(refusal, Err(Error::BadName(_))), "{bad:?}");
            }
        }
    }
    let longest = "a".repeat(127);
    assert!(!home.keyring.contains("kv", &longest, "v1").unwrap());
}

#[test]
fn a_file_in_place_of_the_root_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    fs::write(&path, "").unwrap();
    let refused = Keyring::open(path, secret(1));
    assert!(matches!(refused, Err(Error::File { .. })));
}
