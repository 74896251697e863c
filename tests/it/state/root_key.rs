//! Each rule for root key files (reliability 2.10) is enforced with an error of its own.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use rsvault::state::{Error, Home, KeyFault, RootKey};
use uuid::Uuid;

use crate::state::{Sandbox, code};

const ID: Uuid = Uuid::from_u128(0x1234);

fn key() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    RootKey::create(&sandbox.home, ID).unwrap();
    let path = sandbox.home.root_key_file(ID);
    (sandbox, path)
}

fn fault(home: &Home) -> KeyFault {
    match RootKey::open(home, ID).unwrap_err() {
        Error::RootKeyUnsafe { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

#[test]
fn a_key_file_is_one_line_and_opens_again() {
    let (sandbox, path) = key();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.len(), 8 + 1 + 8 + 1 + 36 + 1 + 43 + 1 + 16 + 1);
    assert!(
        text.starts_with(&format!("RSVROOT1 key-file {ID} ")),
        "{text}"
    );
    let first = RootKey::open(&sandbox.home, ID).unwrap();
    let second = RootKey::open(&sandbox.home, ID).unwrap();
    assert_eq!(first.secret().expose(), second.secret().expose());
    assert_ne!(first.secret().expose(), &[0; 32]);
    assert!(!format!("{first:?}").contains(text.split(' ').nth(3).unwrap()));
}

#[test]
fn an_existing_key_file_is_never_replaced() {
    let (sandbox, path) = key();
    let before = fs::read(&path).unwrap();
    assert_eq!(code(RootKey::create(&sandbox.home, ID)), "RsvStateIo");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_missing_key_file_says_which_one_and_what_to_restore() {
    let (sandbox, path) = key();
    fs::remove_file(&path).unwrap();
    let error = RootKey::open(&sandbox.home, ID).unwrap_err();
    assert!(matches!(error, Error::RootKeyMissing { .. }));
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    assert!(
        text.contains("restore that file from your backup"),
        "{text}"
    );
}

#[test]
fn a_mode_open_to_others_says_chmod_600() {
    let (sandbox, path) = key();
    for mode in [0o640, 0o604, 0o620, 0o601, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let found = fault(&sandbox.home);
        assert!(matches!(&found, KeyFault::Mode { mode: m, .. } if *m == mode));
        assert!(found.to_string().contains("chmod 600"), "{found}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert_eq!(code(RootKey::open(&sandbox.home, ID)), "Ok");
}

#[test]
fn a_symbolic_link_is_refused_also_when_it_leads_nowhere() {
    let (sandbox, path) = key();
    let target = sandbox.path("target");
    fs::rename(&path, &target).unwrap();
    symlink(&target, &path).unwrap();
    assert_eq!(fault(&sandbox.home), KeyFault::Symlink);
    fs::remove_file(&target).unwrap();
    assert_eq!(fault(&sandbox.home), KeyFault::Symlink);
}

#[test]
fn folders_and_pipes_are_refused_without_waiting() {
    let (sandbox, path) = key();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(fault(&sandbox.home), KeyFault::NotRegular);
    fs::remove_dir(&path).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let pipe = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &path, pipe, mode, 0).unwrap();
    assert_eq!(fault(&sandbox.home), KeyFault::NotRegular);
}

#[test]
fn another_owner_is_refused() {
    let (sandbox, path) = key();
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
    assert_eq!(
        fault(&sandbox.home),
        KeyFault::Owner {
            owner: 12345,
            user: 0
        }
    );
}

#[test]
fn a_second_hard_link_is_refused() {
    let (sandbox, path) = key();
    fs::hard_link(&path, sandbox.path("copy")).unwrap();
    assert_eq!(fault(&sandbox.home), KeyFault::Links { links: 2 });
}

#[test]
fn a_folder_others_can_write_is_refused_and_gets_no_key() {
    let (sandbox, path) = key();
    let folder = path.parent().unwrap();
    for mode in [0o770, 0o707, 0o1777] {
        fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
        let found = fault(&sandbox.home);
        assert!(matches!(&found, KeyFault::Folder { mode: m, .. } if *m == mode));
    }
    let other = Uuid::from_u128(5);
    let created = RootKey::create(&sandbox.home, other);
    assert_eq!(code(created), "RsvRootKeyUnsafe");
    assert!(!sandbox.home.root_key_file(other).exists());
}

#[test]
fn every_changed_or_missing_byte_is_refused() {
    let (sandbox, path) = key();
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            fs::write(&path, &bad).unwrap();
            let error = RootKey::open(&sandbox.home, ID).unwrap_err();
            let is_format_digit = at == 7 && matches!(error, Error::Newer { .. });
            let refused = matches!(error, Error::RootKeyDamaged { .. }) || is_format_digit;
            assert!(refused, "byte {at} bit {bit}: {error}");
        }
        fs::write(&path, &good[..at]).unwrap();
        let cut = RootKey::open(&sandbox.home, ID);
        assert_eq!(code(cut), "RsvRootKeyDamaged", "cut at {at}");
    }
    fs::write(&path, [good.as_slice(), b"x"].concat()).unwrap();
    assert_eq!(code(RootKey::open(&sandbox.home, ID)), "RsvRootKeyDamaged");
    fs::write(&path, vec![b'x'; 5000]).unwrap();
    assert_eq!(code(RootKey::open(&sandbox.home, ID)), "RsvRootKeyDamaged");
}

#[test]
fn the_key_of_another_installation_is_refused() {
    let (sandbox, path) = key();
    let other = Uuid::from_u128(99);
    fs::rename(&path, sandbox.home.root_key_file(other)).unwrap();
    let error = RootKey::open(&sandbox.home, other).unwrap_err();
    let is_expected = matches!(&error, Error::RootKeyOfAnother { found, wanted, .. }
        if *found == ID && *wanted == other);
    assert!(is_expected, "{error}");
}
