//! Power cuts (reliability 3.1): the calls of a real commit are recorded, every disk image that
//! a cut could leave is written out, and the real reader must find one whole generation in it.
//!
//! Worst case allowed by POSIX: of the names changed since their folder was flushed any subset
//! survives, and of a file's bytes not flushed none, half or all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rsvault::state::{Call, Committed, Files, Home, LOCK_WAIT, Observer, RootKey, StateFile};
use tempfile::TempDir;

use crate::state::{Sandbox, code, home_in, marks};

/// A call, with paths relative to the sandbox.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Create(PathBuf),
    Write(PathBuf, Vec<u8>),
    SyncFile(PathBuf),
    SyncFolder(PathBuf),
    Link(PathBuf, PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

struct Recorder {
    root: PathBuf,
    steps: Mutex<Vec<Step>>,
}

impl Observer for Recorder {
    fn before(&self, call: &Call<'_>) -> io::Result<()> {
        let own = |path: &Path| path.strip_prefix(&self.root).unwrap().to_path_buf();
        let step = match *call {
            Call::CreateFile(path) => Step::Create(own(path)),
            Call::Write(path, bytes) => Step::Write(own(path), bytes.to_vec()),
            Call::SyncFile(path) => Step::SyncFile(own(path)),
            Call::SyncFolder(path) => match path.strip_prefix(&self.root) {
                Ok(path) => Step::SyncFolder(path.to_path_buf()),
                Err(_) => return Ok(()),
            },
            Call::Link(from, to) => Step::Link(own(from), own(to)),
            Call::Rename(from, to) => Step::Rename(own(from), own(to)),
            Call::Remove(path) => Step::Remove(own(path)),
            // The lock file is empty, and a folder without names is as good as none.
            Call::OpenFile(_) | Call::CreateFolder(_) | Call::Truncate(..) => return Ok(()),
        };
        self.steps.lock().unwrap().push(step);
        Ok(())
    }
}

/// Runs `action` on a home in `root` and returns the calls it made.
fn record<T>(root: &Path, action: impl FnOnce(Home) -> T) -> (Vec<Step>, T) {
    let recorder = Arc::new(Recorder {
        root: root.to_path_buf(),
        steps: Mutex::default(),
    });
    let result = action(home_in(root).with_files(Files::observed(recorder.clone())));
    let steps = recorder.steps.lock().unwrap().clone();
    (steps, result)
}

/// File contents by name: what is on the disk after a cut.
type Image = BTreeMap<PathBuf, Vec<u8>>;

/// A change of names that is not on the disk for sure; files are numbered.
#[derive(Debug, Clone)]
enum NameChange {
    Add(PathBuf, usize),
    Move(PathBuf, PathBuf, usize),
    Remove(PathBuf),
}

impl NameChange {
    /// The folder that has to be flushed; no rename here leaves its folder.
    fn folder(&self) -> &Path {
        match self {
            Self::Add(name, _) | Self::Move(name, _, _) | Self::Remove(name) => {
                name.parent().unwrap()
            }
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Add(name, file) => {
                names.insert(name.clone(), *file);
            }
            Self::Move(from, to, file) => {
                names.insert(to.clone(), *file);
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

/// A disk with a cache that may or may not reach it.
#[derive(Default)]
struct Disk {
    /// Bytes of each file, and whether they are flushed.
    files: Vec<(Vec<u8>, bool)>,
    cached: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    pending: Vec<NameChange>,
}

impl Disk {
    /// Everything below `root`, all of it durable.
    fn of(image: &Image) -> Self {
        let mut disk = Self::default();
        for (name, bytes) in image {
            disk.cached.insert(name.clone(), disk.files.len());
            disk.files.push((bytes.clone(), true));
        }
        disk.durable = disk.cached.clone();
        disk
    }

    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.cached);
        self.pending.push(change);
    }

    fn make(&mut self, step: &Step) {
        match step {
            Step::Create(name) => {
                self.files.push((Vec::new(), false));
                self.change(NameChange::Add(name.clone(), self.files.len() - 1));
            }
            Step::Write(name, bytes) => {
                let file = &mut self.files[self.cached[name]];
                file.0.extend_from_slice(bytes);
                file.1 = false;
            }
            Step::SyncFile(name) => self.files[self.cached[name]].1 = true,
            Step::SyncFolder(folder) => {
                let (done, left) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(|change| change.folder() == folder);
                self.pending = left;
                let done: Vec<NameChange> = done;
                for change in done {
                    change.apply(&mut self.durable);
                }
            }
            Step::Link(from, to) => {
                if let Some(&file) = self.cached.get(from) {
                    self.change(NameChange::Add(to.clone(), file));
                }
            }
            Step::Rename(from, to) => {
                let file = self.cached[from];
                self.change(NameChange::Move(from.clone(), to.clone(), file));
            }
            Step::Remove(name) => {
                if self.cached.contains_key(name) {
                    self.change(NameChange::Remove(name.clone()));
                }
            }
        }
    }

    /// Every image a cut at this moment could leave.
    fn images(&self) -> BTreeSet<Image> {
        let mut images = BTreeSet::new();
        assert!(self.pending.len() < 16, "too many subsets");
        for subset in 0..1u32 << self.pending.len() {
            let mut names = self.durable.clone();
            for (bit, change) in self.pending.iter().enumerate() {
                if subset & 1 << bit != 0 {
                    change.apply(&mut names);
                }
            }
            for part in 0..3 {
                let bytes = |&file: &usize| {
                    let (bytes, is_flushed) = &self.files[file];
                    let len = if *is_flushed {
                        bytes.len()
                    } else {
                        bytes.len() * part / 2
                    };
                    bytes[..len].to_vec()
                };
                images.insert(
                    names
                        .iter()
                        .map(|(n, file)| (n.clone(), bytes(file)))
                        .collect(),
                );
            }
        }
        images
    }
}

/// What a reader finds after a cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Old,
    New,
    Torn(String),
}

/// Cuts the power before every step and after the last one; the flag says that it was the last.
fn cut_everywhere(start: &Image, steps: &[Step], mut check: impl FnMut(&Image, bool)) {
    let mut disk = Disk::of(start);
    for made in 0..=steps.len() {
        for image in disk.images() {
            check(&image, made == steps.len());
        }
        if let Some(step) = steps.get(made) {
            disk.make(step);
        }
    }
}

fn write_image(image: &Image) -> TempDir {
    let root = TempDir::new().unwrap();
    for (name, bytes) in image {
        let path = root.path().join(name);
        let folder = path.parent().unwrap();
        fs::create_dir_all(folder).unwrap();
        fs::write(&path, bytes).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, mode).unwrap();
    }
    root
}

fn read_image(root: &Path) -> Image {
    let mut image = Image::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_path_buf();
                image.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    image
}

/// What the real reader says about an image.
fn read_state(root: &Path, root_key: &RootKey) -> Found {
    match StateFile::open(&home_in(root), root_key).read() {
        Ok(state) if state.body == b"two\n" => Found::Old,
        Ok(state) if state.body == b"three\n" => Found::New,
        Ok(state) => Found::Torn(format!("{:?}", state.body)),
        Err(error) => Found::Torn(error.to_string()),
    }
}

/// A home at generation 2, and the steps of the commit of generation 3.
fn commit_steps() -> (Image, Vec<Step>, RootKey) {
    let (sandbox, created) = Sandbox::created();
    crate::state::commit(&created.file, "two\n", 2);
    let start = read_image(sandbox.root.path());
    let root_key = created.root_key;
    let (steps, committed): (_, Committed) = record(sandbox.root.path(), |home| {
        let file = StateFile::open(&home, &root_key);
        let mut locked = file.lock(LOCK_WAIT).unwrap();
        locked.commit(b"three\n", marks(3)).unwrap()
    });
    assert!(committed.anchor_warning.is_none());
    (start, steps, root_key)
}

/// Torn images, and images that lost an acknowledged commit.
fn count_failures(start: &Image, steps: &[Step], root_key: &RootKey) -> (usize, usize) {
    let mut seen: BTreeMap<Image, Found> = BTreeMap::new();
    let (mut torn, mut lost) = (0, 0);
    cut_everywhere(start, steps, |image, is_acknowledged| {
        let found = seen.entry(image.clone()).or_insert_with(|| {
            let root = write_image(image);
            read_state(root.path(), root_key)
        });
        torn += usize::from(matches!(found, Found::Torn(_)));
        lost += usize::from(is_acknowledged && *found == Found::Old);
    });
    (torn, lost)
}

#[test]
fn no_power_cut_tears_a_state_or_loses_an_acknowledged_commit() {
    let (start, steps, root_key) = commit_steps();
    assert_eq!(
        count_failures(&start, &steps, &root_key),
        (0, 0),
        "{steps:?}"
    );
}

#[test]
fn after_any_power_cut_the_next_command_can_commit() {
    let (start, steps, root_key) = commit_steps();
    let mut images = BTreeSet::new();
    cut_everywhere(&start, &steps, |image, _| {
        images.insert(image.clone());
    });
    assert!(images.len() > 10, "{}", images.len());
    for image in images {
        let root = write_image(&image);
        let file = StateFile::open(&home_in(root.path()), &root_key);
        let before = file.read().unwrap().generation;
        crate::state::commit(&file, "after\n", 4);
        assert_eq!(file.read().unwrap().generation, before + 1);
        assert_eq!(file.read_previous().unwrap().generation, before);
        let left = crate::state::names(&root.path().join("home"));
        assert!(!left.iter().any(|name| name.contains(".tmp.")), "{left:?}");
    }
}

#[test]
fn the_model_finds_each_flush_that_is_left_out() {
    let (start, steps, root_key) = commit_steps();
    let home = Path::new("home");
    let without = |is_left_out: &dyn Fn(&Step) -> bool| {
        let mut steps = steps.clone();
        steps.retain(|step| !is_left_out(step));
        count_failures(&start, &steps, &root_key)
    };
    let in_home = |path: &Path| path.parent() == Some(home);
    let (torn, _) = without(&|step| matches!(step, Step::SyncFile(path) if in_home(path)));
    assert!(torn > 0, "file not flushed before its rename");
    let (_, lost) = without(&|step| matches!(step, Step::SyncFolder(path) if path == home));
    assert!(lost > 0, "folder not flushed after the rename");
    let (torn, _) = without(&|step| matches!(step, Step::SyncFile(path) if !in_home(path)));
    assert!(torn > 0, "anchor not flushed before its rename");

    // The anchor before the state: a cut in between looks like a rollback.
    let (anchor, state): (Vec<Step>, Vec<Step>) = steps.iter().cloned().partition(|step| {
        !matches!(step, Step::SyncFolder(_)) && format!("{step:?}").contains("anchors")
    });
    let swapped = [anchor, state].concat();
    let (torn, _) = count_failures(&start, &swapped, &root_key);
    assert!(torn > 0, "anchor written before the state");
}

#[test]
fn after_any_power_cut_during_creation_the_next_command_makes_or_opens_the_home() {
    let sandbox = Sandbox::new();
    let (steps, created) = record(sandbox.root.path(), |home| {
        StateFile::create(&home, b"one\n", marks(1))
    });
    assert_eq!(code(created), "Ok");
    let mut images = BTreeMap::new();
    cut_everywhere(&Image::new(), &steps, |image, is_acknowledged| {
        images.insert(image.clone(), is_acknowledged);
    });
    assert!(images.len() > 10, "{}", images.len());
    for (image, is_acknowledged) in images {
        let root = write_image(&image);
        let home = home_in(root.path());
        let created = StateFile::create(&home, b"one\n", marks(1)).unwrap();
        if is_acknowledged {
            assert!(
                created.committed.is_none(),
                "an acknowledged home is opened"
            );
        }
        assert_eq!(created.file.read().unwrap().generation, 1);
    }
}
