//! Where things lie, how a home is made, and its modes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rsvault::state::{Error, Home, RootKey, StateFile};
use rustix::fs::Mode;

use crate::state::{Sandbox, code, commit, home_in, home_with_key_file, marks, names, variables};

#[test]
fn an_argument_goes_before_the_variable_and_paths_become_absolute() {
    let root = Path::new("/r");
    let home = Home::from_variables(None, variables(root, &[])).unwrap();
    assert_eq!(home.folder(), Path::new("/r/home"));
    assert_eq!(home.config(), Path::new("/r/config"));
    assert_eq!(home.state(), Path::new("/r/home/state.json"));
    assert_eq!(
        home.anchor(uuid::Uuid::nil()).parent().unwrap(),
        Path::new("/r/anchors")
    );

    let given = Home::from_variables(Some(Path::new("x/y")), variables(root, &[])).unwrap();
    assert_eq!(given.folder(), std::env::current_dir().unwrap().join("x/y"));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let unset = |name: &str| (name == "RSV_HOME").then(|| "".into());
    let home = Home::from_variables(None, unset);
    if let Ok(home) = home {
        assert!(
            home.folder().ends_with("rsv"),
            "{}",
            home.folder().display()
        );
    }
}

#[test]
fn the_root_key_lies_in_the_configuration_folder_unless_named() {
    let id = uuid::Uuid::from_u128(7);
    let home = home_in(Path::new("/r"));
    let expected = format!("/r/config/root-{id}.key");
    assert_eq!(home.root_key_file(id), Path::new(&expected));
    let home = home_with_key_file(Path::new("/r"), "k");
    assert_eq!(home.root_key_file(id), Path::new("/r/k"));
}

#[test]
fn a_new_home_has_no_installation_and_creating_gives_it_one() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.home.installation().unwrap(), None);
    let created = StateFile::create(&sandbox.home, b"one\n", marks(1)).unwrap();
    assert_eq!(created.committed.unwrap().generation, 1);
    let installation = sandbox.home.installation().unwrap().unwrap();
    assert_eq!(installation, created.root_key.installation());
    let opened = RootKey::open(&sandbox.home, installation).unwrap();
    assert_eq!(opened.secret().expose(), created.root_key.secret().expose());
    assert_eq!(created.file.read().unwrap().body, b"one\n");
    assert_eq!(names(sandbox.home.folder()), ["state.json", "state.lock"]);
}

#[test]
fn creating_twice_uses_what_is_there() {
    let (sandbox, first) = Sandbox::created();
    let second = StateFile::create(&sandbox.home, b"two\n", marks(2)).unwrap();
    assert!(second.committed.is_none());
    assert_eq!(
        second.root_key.installation(),
        first.root_key.installation()
    );
    assert_eq!(second.file.read().unwrap().body, b"one\n");
    assert_eq!(names(sandbox.home.config()).len(), 1);
}

#[test]
fn nothing_is_created_over_a_home_that_holds_data_but_no_state() {
    for folder in ["keyvault", "vaults", "disks", "activity", "jobs", "intents"] {
        let sandbox = Sandbox::new();
        fs::create_dir_all(sandbox.home.folder().join(folder).join("x")).unwrap();
        let error = StateFile::create(&sandbox.home, b"one\n", marks(1)).unwrap_err();
        assert!(matches!(error, Error::Missing { .. }), "{error}");
        assert!(error.to_string().contains(folder), "{error}");
        assert!(!sandbox.home.state().exists());
        assert!(!sandbox.home.config().exists());
    }
}

#[test]
fn a_state_file_that_went_away_is_missing_not_new() {
    let (sandbox, created) = Sandbox::created();
    commit(&created.file, "two\n", 2);
    fs::remove_file(sandbox.home.state()).unwrap();
    assert_eq!(code(created.file.read()), "RsvStateMissing");
    let mut locked = created.file.lock(rsvault::state::LOCK_WAIT).unwrap();
    assert_eq!(code(locked.commit(b"x\n", marks(3))), "RsvStateMissing");
    drop(locked);
    // state.json.1 alone is data too, and says which root key the home has.
    let again = StateFile::create(&sandbox.home, b"x\n", marks(3)).unwrap();
    assert!(again.committed.is_none());
    let error = again.file.read().unwrap_err();
    assert!(
        error.to_string().contains("generation 1, intact"),
        "{error}"
    );
    assert!(!sandbox.home.state().exists());
    fs::remove_file(sandbox.home.state_previous()).unwrap();
    fs::create_dir_all(sandbox.home.activity().join("x")).unwrap();
    let again = StateFile::create(&sandbox.home, b"x\n", marks(3));
    assert_eq!(code(again), "RsvStateMissing");
}

#[test]
fn empty_folders_do_not_keep_a_home_from_being_made() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.home.keyvault()).unwrap();
    assert_eq!(
        code(StateFile::create(&sandbox.home, b"one\n", marks(1))),
        "Ok"
    );
}

#[test]
fn a_provided_key_file_is_taken_over_once() {
    let sandbox = Sandbox::new();
    let home = home_with_key_file(sandbox.root.path(), "key");
    let id = uuid::Uuid::from_u128(9);
    RootKey::create(&home, id).unwrap();
    let created = StateFile::create(&home, b"one\n", marks(1)).unwrap();
    assert_eq!(created.root_key.installation(), id);

    let other = |name: &str| match name {
        "RSV_HOME" => Some(sandbox.path("other").into_os_string()),
        "RSV_ROOT_KEY_FILE" => Some(sandbox.path("key").into_os_string()),
        other => variables(sandbox.root.path(), &[])(other),
    };
    let other = Home::from_variables(None, other).unwrap();
    assert_eq!(
        code(StateFile::create(&other, b"x\n", marks(1))),
        "RsvRootKeyInUse"
    );
    assert!(sandbox.path("key").exists());
    assert!(!other.state().exists());
}

#[test]
fn modes_are_0600_and_0700_under_any_umask() {
    for umask in ["000", "022", "077", "277", "777"] {
        let sandbox = Sandbox::new();
        run_child(sandbox.root.path(), "modes_child", &[("TEST_UMASK", umask)]);
        let mut seen = 0;
        let mut folders = vec![sandbox.root.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let found = fs::metadata(&path).unwrap();
                let expected = if found.is_dir() { 0o700 } else { 0o600 };
                let mode = found.permissions().mode() & 0o7777;
                assert_eq!(mode, expected, "umask {umask}: {}", path.display());
                seen += 1;
                if found.is_dir() {
                    folders.push(path);
                }
            }
        }
        // home, config, anchors, activity; state.json, .1, lock, key, anchor, log.
        assert_eq!(seen, 10, "umask {umask}");
    }
}

/// Runs in a process of its own: an umask belongs to the whole process.
#[test]
fn modes_child() {
    let Ok(umask) = std::env::var("TEST_UMASK") else {
        return;
    };
    let bits = u32::from_str_radix(&umask, 8).unwrap();
    rustix::process::umask(Mode::from_raw_mode(bits));
    let home = Home::resolve(None).unwrap();
    let created = StateFile::create(&home, b"one\n", marks(1)).unwrap();
    commit(&created.file, "two\n", 2);
    let key = created.root_key.secret().clone();
    let log = rsvault::state::Journal::open(home.activity().join("1.ndjson"), key);
    log.append(&serde_json::json!({})).unwrap();
}

#[test]
fn two_processes_that_create_one_home_agree() {
    for _ in 0..5 {
        let sandbox = Sandbox::new();
        let root = sandbox.root.path();
        let mut children: Vec<_> = (0..4)
            .map(|_| {
                child(root, "create_child", &[("TEST_CREATE", "1")])
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(names(sandbox.home.config()).len(), 1, "one root key");
        let installation = sandbox.home.installation().unwrap().unwrap();
        let root_key = RootKey::open(&sandbox.home, installation).unwrap();
        let state = StateFile::open(&sandbox.home, &root_key).read().unwrap();
        // One creates generation 1, then each of the four commits once.
        assert_eq!(state.generation, 5);
    }
}

/// Runs in a process of its own.
#[test]
fn create_child() {
    if std::env::var_os("TEST_CREATE").is_none() {
        return;
    }
    let home = Home::resolve(None).unwrap();
    let created = StateFile::create(&home, b"one\n", marks(1)).unwrap();
    commit(&created.file, "more\n", 2);
}

/// This test binary again, with one test and a home in `root`.
fn child(root: &Path, test: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("state::home::{test}"), "--quiet"])
        .env("RSV_HOME", root.join("home"))
        .env("RSV_CONFIG_HOME", root.join("config"))
        .env("RSV_STATE_HOME", root.join("anchors"))
        .env_remove("RSV_ROOT_KEY_FILE")
        .envs(variables.iter().copied())
        .stdout(std::process::Stdio::null());
    command
}

fn run_child(root: &Path, test: &str, variables: &[(&str, &str)]) {
    assert!(child(root, test, variables).status().unwrap().success());
}
