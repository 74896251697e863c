//! Tests of the state layer, and the private home they run in.

mod concurrent;
mod crash;
mod faults;
mod file;
mod home;
mod journal;
mod root_key;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rsvault::state::{Created, Error, Home, Marks, StateFile};
use tempfile::TempDir;

/// A home, configuration folder and anchor folder that vanish with the test.
pub(crate) struct Sandbox {
    pub(crate) root: TempDir,
    pub(crate) home: Home,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let root = TempDir::new().unwrap();
        let home = home_in(root.path());
        Self { root, home }
    }

    /// A sandbox whose home has been made, with `one` as its first body.
    pub(crate) fn created() -> (Self, Created) {
        let sandbox = Self::new();
        let created = StateFile::create(&sandbox.home, b"one\n", marks(1)).unwrap();
        (sandbox, created)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }
}

/// A home whose folders all lie below `root`.
pub(crate) fn home_in(root: &Path) -> Home {
    Home::from_variables(None, variables(root, &[])).unwrap()
}

/// A home in `root` whose root key file is named by its variable.
pub(crate) fn home_with_key_file(root: &Path, name: &str) -> Home {
    let file = root.join(name);
    let more = [("RSV_ROOT_KEY_FILE", file.to_str().unwrap())];
    Home::from_variables(None, variables(root, &more)).unwrap()
}

/// The variables that put a home in `root`, and more.
pub(crate) fn variables(root: &Path, more: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    let mut all = vec![];
    for (name, folder) in [
        ("RSV_HOME", "home"),
        ("RSV_CONFIG_HOME", "config"),
        ("RSV_STATE_HOME", "anchors"),
    ] {
        all.push((name.to_owned(), root.join(folder).into_os_string()));
    }
    for (name, value) in more {
        all.push(((*name).to_owned(), OsString::from(value)));
    }
    move |name| {
        let found = all.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }
}

/// What a commit at second `n` has reached.
pub(crate) fn marks(n: u32) -> Marks {
    Marks {
        log_sequence: n.into(),
        time: Timestamp::from_second(n.into()).unwrap(),
    }
}

/// Commits `body` on top of what is there.
pub(crate) fn commit(file: &StateFile, body: &str, n: u32) {
    let mut locked = file.lock(rsvault::state::LOCK_WAIT).unwrap();
    let committed = locked.commit(body.as_bytes(), marks(n)).unwrap();
    assert!(committed.anchor_warning.is_none());
}

/// The state file's bytes.
pub(crate) fn state_bytes(home: &Home) -> Vec<u8> {
    fs::read(home.state()).unwrap()
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The stable code of a failure.
pub(crate) fn code<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "Ok",
        Err(error) => error.code(),
    }
}
