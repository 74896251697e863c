//! A disk with a cache that may or may not reach it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::trace::{APPEND, Step};

/// How far disks are enumerated exhaustively.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Most pending changes of names of which every subset is tried; of more, a part.
    pub(super) name_changes: usize,
    /// Most unflushed files of which every combination is tried; of more, a part.
    pub(super) torn_files: usize,
}

/// Bytes of a file, shared by all disks that hold them, and their hash.
#[derive(Debug, PartialEq)]
pub(super) struct Content {
    bytes: Vec<u8>,
    hash: u64,
}

/// What is at a path after a cut; `None` is a folder.
pub(super) type Image = BTreeMap<PathBuf, Option<Rc<Content>>>;

/// A name's target: a file or a folder by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Folder(usize),
}

#[derive(Debug, Default, Clone)]
struct File {
    durable: Vec<u8>,
    /// Changes since the last flush.
    pending: Vec<Change>,
    /// What [`File::content`] has worked out since the last change.
    known: RefCell<[Option<Rc<Content>>; 3]>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Resize(u64),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, part: usize) {
        match self {
            Self::Write(at, new) => {
                let new = &new[..new.len() * part / 2];
                let at = if *at >= APPEND {
                    bytes.len()
                } else {
                    usize::try_from(*at).unwrap()
                };
                if bytes.len() < at + new.len() {
                    bytes.resize(at + new.len(), 0);
                }
                bytes[at..at + new.len()].copy_from_slice(new);
            }
            Self::Resize(len) if part > 0 => bytes.resize(usize::try_from(*len).unwrap(), 0),
            Self::Resize(_) => {}
        }
    }
}

impl File {
    /// The bytes after a cut: of what was not flushed nothing, half or all.
    fn bytes(&self, part: usize) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let whole = self.pending.len() * part / 2;
        for change in &self.pending[..whole] {
            change.apply(&mut bytes, 2);
        }
        if part == 1
            && let Some(torn) = self.pending.get(whole)
        {
            torn.apply(&mut bytes, 1);
        }
        bytes
    }

    /// The same, worked out once.
    fn content(&self, part: usize) -> Rc<Content> {
        let part = if self.pending.is_empty() { 2 } else { part };
        let known = &mut self.known.borrow_mut()[part];
        let content = known.get_or_insert_with(|| {
            let bytes = self.bytes(part);
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            let hash = hasher.finish();
            Rc::new(Content { bytes, hash })
        });
        Rc::clone(content)
    }

    fn change(&mut self, change: Change) {
        self.pending.push(change);
        self.known.take();
    }
}

/// A change of names in one folder, not on the disk for sure. A rename within a folder is one change.
#[derive(Debug, Clone)]
struct NameChange {
    folder: usize,
    removed: Option<(String, Node)>,
    added: Option<(String, Node)>,
    /// A rename to another folder takes the old name away only after the new one is there.
    after: Option<usize>,
    id: usize,
}

/// Names of one folder.
type Names = BTreeMap<String, Node>;

/// The disk and its cache.
#[derive(Debug, Default, Clone)]
pub(super) struct Disk {
    files: Vec<File>,
    cached: Vec<Names>,
    durable: Vec<Names>,
    pending: Vec<NameChange>,
    changes: usize,
}

fn apply(change: &NameChange, names: &mut Names) {
    if let Some((name, node)) = &change.removed
        && names.get(name) == Some(node)
    {
        names.remove(name);
    }
    if let Some((name, node)) = &change.added {
        names.insert(name.clone(), *node);
    }
}

impl Disk {
    /// What is below `root` now, all of it durable.
    pub(super) fn read(root: &Path, folders: &[&str]) -> Self {
        let mut disk = Self::default();
        disk.cached.push(Names::new());
        for name in folders {
            if root.join(name).exists() {
                let node = disk.load(&root.join(name));
                disk.cached[0].insert((*name).to_owned(), node);
            }
        }
        disk.durable = disk.cached.clone();
        disk
    }

    fn load(&mut self, path: &Path) -> Node {
        if !path.is_dir() {
            self.files.push(File {
                durable: fs::read(path).unwrap(),
                ..File::default()
            });
            return Node::File(self.files.len() - 1);
        }
        let number = self.cached.len();
        self.cached.push(Names::new());
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let node = self.load(&entry.path());
            let name = entry.file_name().into_string().unwrap();
            self.cached[number].insert(name, node);
        }
        Node::Folder(number)
    }

    fn find(&self, path: &Path) -> Option<Node> {
        let mut node = Node::Folder(0);
        for part in path.iter() {
            let Node::Folder(number) = node else {
                return None;
            };
            node = *self.cached[number].get(part.to_str().unwrap())?;
        }
        Some(node)
    }

    /// The folder of a path, and its name there.
    fn place(&self, path: &Path) -> Option<(usize, String)> {
        let name = path.file_name()?.to_str().unwrap().to_owned();
        match self.find(path.parent()?)? {
            Node::Folder(number) => Some((number, name)),
            Node::File(_) => None,
        }
    }

    fn file(&mut self, path: &Path) -> Option<&mut File> {
        match self.find(path)? {
            Node::File(number) => Some(&mut self.files[number]),
            Node::Folder(_) => None,
        }
    }

    fn rename(
        &mut self,
        folder: usize,
        removed: Option<(String, Node)>,
        added: Option<(String, Node)>,
        after: Option<usize>,
    ) -> usize {
        self.changes += 1;
        let change = NameChange {
            folder,
            removed,
            added,
            after,
            id: self.changes,
        };
        apply(&change, &mut self.cached[folder]);
        self.pending.push(change);
        self.changes
    }

    fn remove(&mut self, path: &Path) {
        if let (Some((folder, name)), Some(node)) = (self.place(path), self.find(path)) {
            self.rename(folder, Some((name, node)), None, None);
        }
    }

    /// Does a step in the cache.
    pub(super) fn make(&mut self, step: &Step) {
        match step {
            Step::Create(path) => {
                if self.find(path).is_none()
                    && let Some((folder, name)) = self.place(path)
                {
                    self.files.push(File::default());
                    let node = Node::File(self.files.len() - 1);
                    self.rename(folder, None, Some((name, node)), None);
                }
            }
            Step::CreateFolder(path) => {
                if let Some((folder, name)) = self.place(path) {
                    self.cached.push(Names::new());
                    self.durable.push(Names::new());
                    let node = Node::Folder(self.cached.len() - 1);
                    self.rename(folder, None, Some((name, node)), None);
                }
            }
            Step::Write(path, at, bytes) => {
                if let Some(file) = self.file(path) {
                    file.change(Change::Write(*at, bytes.clone()));
                }
            }
            Step::Resize(path, len) => {
                if let Some(file) = self.file(path) {
                    file.change(Change::Resize(*len));
                }
            }
            Step::Sync(path) => self.sync(path),
            Step::Link(from, to) => {
                if let (Some(node), Some((folder, name))) = (self.find(from), self.place(to)) {
                    self.rename(folder, None, Some((name, node)), None);
                }
            }
            Step::Rename(from, to) => {
                let (Some(node), Some((old, old_name)), Some((new, new_name))) =
                    (self.find(from), self.place(from), self.place(to))
                else {
                    return;
                };
                let (removed, added) = ((old_name, node), (new_name, node));
                if old == new {
                    self.rename(old, Some(removed), Some(added), None);
                } else {
                    let id = self.rename(new, None, Some(added), None);
                    self.rename(old, Some(removed), None, Some(id));
                }
            }
            Step::Remove(path) | Step::RemoveFolder(path) => self.remove(path),
        }
    }

    fn sync(&mut self, path: &Path) {
        match self.find(path) {
            Some(Node::File(number)) => {
                let file = &mut self.files[number];
                file.durable = file.bytes(2);
                file.pending.clear();
                file.known.take();
            }
            Some(Node::Folder(number)) => {
                let (done, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(|change| change.folder == number);
                self.pending = left;
                for change in done {
                    apply(&change, &mut self.durable[number]);
                }
            }
            None => {}
        }
    }

    /// What the cache holds: what a reader sees while the power is on.
    pub(super) fn now(&self) -> Image {
        self.image(&self.cached, |_| 2)
    }

    /// The image of these names; `part` says how much of a file's unflushed bytes is there.
    fn image(&self, names: &[Names], part: impl Fn(usize) -> usize) -> Image {
        let mut image = Image::new();
        let mut open = vec![(PathBuf::new(), 0)];
        while let Some((path, number)) = open.pop() {
            for (name, node) in &names[number] {
                let path = path.join(name);
                match *node {
                    Node::File(file) => {
                        image.insert(path, Some(self.files[file].content(part(file))));
                    }
                    Node::Folder(folder) => {
                        image.insert(path.clone(), None);
                        open.push((path, folder));
                    }
                }
            }
        }
        image
    }

    /// Which of the pending changes of names survive, case by case.
    fn subsets(&self, exhaustive: usize) -> Vec<Vec<bool>> {
        let count = self.pending.len();
        if count <= exhaustive {
            let bits = |subset: u32| (0..count).map(|bit| subset & 1 << bit != 0).collect();
            return (0..1u32 << count).map(bits).collect();
        }
        let mut cases: Vec<Vec<bool>> = (0..=count)
            .map(|kept| (0..count).map(|at| at < kept).collect())
            .collect();
        for one in 0..count {
            cases.push((0..count).map(|at| at == one).collect());
            cases.push((0..count).map(|at| at != one).collect());
        }
        cases
    }

    /// How much of each unflushed file survives, case by case.
    fn parts(&self, names: &[Names], exhaustive: usize) -> Vec<BTreeMap<usize, usize>> {
        let mut torn = BTreeSet::new();
        for node in names.iter().flat_map(BTreeMap::values) {
            if let Node::File(file) = node
                && !self.files[*file].pending.is_empty()
            {
                torn.insert(*file);
            }
        }
        let torn: Vec<usize> = torn.into_iter().collect();
        let all = |part: usize| torn.iter().map(|&file| (file, part)).collect();
        if torn.len() > exhaustive {
            return (0..3).map(all).collect();
        }
        let cases = 3usize.pow(u32::try_from(torn.len()).unwrap());
        let digits = |case: usize| {
            let part = |at: usize| case / 3usize.pow(u32::try_from(at).unwrap()) % 3;
            torn.iter()
                .enumerate()
                .map(|(at, &file)| (file, part(at)))
                .collect()
        };
        (0..cases).map(digits).collect()
    }

    /// Tells images apart without making them.
    fn fingerprint(&self, names: &[Names], part: &impl Fn(usize) -> usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        let mut open = vec![0];
        while let Some(number) = open.pop() {
            names[number].len().hash(&mut hasher);
            for (name, node) in &names[number] {
                name.hash(&mut hasher);
                match *node {
                    Node::File(file) => self.files[file].content(part(file)).hash.hash(&mut hasher),
                    Node::Folder(folder) => {
                        hasher.write_u8(0);
                        open.push(folder);
                    }
                }
            }
        }
        hasher.finish()
    }

    /// Visits every image that a cut at this moment could leave, as far as it was not `seen` yet;
    /// what is visited makes it.
    pub(super) fn images(
        &self,
        bounds: Bounds,
        seen: &mut HashSet<u64>,
        visit: &mut dyn FnMut(&dyn Fn() -> Image),
    ) {
        for kept in self.subsets(bounds.name_changes) {
            let mut names = self.durable.clone();
            let there: BTreeSet<usize> = self
                .pending
                .iter()
                .zip(&kept)
                .filter(|(_, kept)| **kept)
                .map(|(change, _)| change.id)
                .collect();
            let waits = |change: &NameChange| {
                change.after.is_some_and(|id| {
                    self.pending.iter().any(|other| other.id == id) && !there.contains(&id)
                })
            };
            for change in self.pending.iter().filter(|c| there.contains(&c.id)) {
                if !waits(change) {
                    apply(change, &mut names[change.folder]);
                }
            }
            for parts in self.parts(&names, bounds.torn_files) {
                let part = |file| parts.get(&file).copied().unwrap_or(2);
                if seen.insert(self.fingerprint(&names, &part)) {
                    visit(&|| self.image(&names, part));
                }
            }
        }
    }
}

/// Writes an image over the folders of a sandbox.
pub(super) fn write_image(image: &Image, root: &Path, folders: &[&str]) {
    for name in folders {
        let _ = fs::remove_dir_all(root.join(name));
    }
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    // Folders come before what lies in them.
    for (name, bytes) in image {
        let path = root.join(name);
        match bytes {
            None => {
                fs::create_dir(&path).unwrap();
                mode(&path, 0o700).unwrap();
            }
            Some(bytes) => {
                fs::write(&path, &bytes.bytes).unwrap();
                mode(&path, 0o600).unwrap();
            }
        }
    }
}
