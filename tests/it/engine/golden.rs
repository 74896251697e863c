//! The golden repositories and managed disk of format 1: how they were made, how they are opened and
//! damaged.

use std::fs;
use std::path::{Path, PathBuf};

use rsvault::crypto::{Secret, WrapGroup, carried_id_key, digest};
use rsvault::engine::{
    DiskReader, DiskWriter, Error, KeySet, OuterKey, Repository, RepositoryKeys, VerifyRequest,
    points,
};
use serde_json::{Value, json};

use crate::engine::epochs::Epochs;
use crate::engine::fixture::{Home, ITEM, files, noise};
use crate::engine::vectors::{hex, id_text, read_independently, root};

const PLATFORM: [u8; 32] = [6; 32];

const DISK: [u8; 16] = [4; 16];

pub(super) fn vectors() -> PathBuf {
    root().join("tests/vectors/repository-1")
}

fn described() -> Value {
    let text = fs::read(vectors().join("golden.json")).unwrap();
    let golden: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(golden["format"], 1);
    golden
}

/// A golden repository: the folder it lies in, and what `golden.json` says of it.
pub(super) struct Golden(PathBuf, Value);

/// Noise, text that shrinks, a hole and a short last chunk.
fn image(seed: u64) -> Vec<u8> {
    let mut image = noise(seed, 5000);
    image.extend(b"text that shrinks ".repeat(300));
    image.resize(30_000, 0);
    image.extend(noise(2, 3000));
    image
}

/// More chunks than a page has ids, most of them a hole, and more of them stored than lie in one
/// bucket of a segment or one part of an outer layer.
fn long_image() -> Vec<u8> {
    let mut image = noise(1, 70_000);
    for word in 0..300_000u32 {
        image.extend(word.wrapping_mul(2_654_435_761).to_string().as_bytes());
        image.push(b' ');
    }
    image.truncate(900_000);
    image.resize(17 << 20, 0);
    image.extend(noise(2, 9000));
    image
}

fn bytes(text: &str) -> Vec<u8> {
    let text = text.replace('-', "");
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn secret(text: &Value) -> Secret<32> {
    Secret::from_slice(&bytes(text.as_str().unwrap())).unwrap()
}

impl Golden {
    pub(super) fn all() -> Vec<Self> {
        let golden = described();
        let repositories = golden["repositories"].as_array().unwrap().iter();
        repositories
            .map(|one| Self(vectors(), one.clone()))
            .collect()
    }

    fn list(&self, name: &str) -> &[Value] {
        self.1[name].as_array().unwrap()
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.0.join(self.1["folder"].as_str().unwrap())
    }

    /// A copy with the folders that hold nothing, which version control does not keep.
    pub(super) fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for file in files(&self.folder()) {
            let to = copy.path().join(file.strip_prefix(self.folder()).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, &to).unwrap();
        }
        for folder in ["intents", "tmp", "wraps"] {
            fs::create_dir_all(copy.path().join(folder)).unwrap();
        }
        copy
    }

    /// The keys: of the epochs that have a wrap group, else as without one.
    fn keys(&self, dir: &Path) -> KeySet {
        let owner = bytes(self.1["owner"].as_str().unwrap()).try_into().unwrap();
        let wraps: Vec<WrapGroup> = files(&dir.join("wraps"))
            .iter()
            .filter_map(|path| WrapGroup::decode(&fs::read(path).unwrap()).ok())
            .collect();
        let of = |dek: &Value| {
            let dek = secret(dek);
            let Some(group) = wraps.iter().find(|group| group.verify(&dek, 0).is_ok()) else {
                return RepositoryKeys::derive(&dek, owner, 1, 2, [3; 16]);
            };
            let header = group.header();
            let class = header.class_byte();
            let keys = RepositoryKeys::derive(&dek, owner, header.epoch, class, header.domain);
            match carried_id_key(group, &dek).unwrap() {
                Some(carried) => keys.with_id_key(carried),
                None => keys,
            }
        };
        // The newest epoch's first.
        let mut keys: Vec<_> = self.list("deks").iter().rev().map(of).collect();
        let mut set = KeySet::new(keys.remove(0));
        set.older = keys;
        if let Some(platform) = self.1.get("platform") {
            set.outer = Some(OuterKey::derive(&secret(platform), &owner));
        }
        set
    }

    /// Restores every point with this program, then verifies everything; wrong bytes are a failure
    /// of the test.
    pub(super) fn restore(&self, dir: &Path) -> Result<(), Error> {
        let item = bytes(self.1["item"].as_str().unwrap()).try_into().unwrap();
        let keys = self.keys(dir);
        points(dir, keys.outer.as_ref(), &item)?;
        let repository = Repository::open(dir, keys)?;
        for point in self.list("points") {
            let id = bytes(point["id"].as_str().unwrap()).try_into().unwrap();
            let opened = repository.open_point(&item, &id)?;
            for (disk, sha256) in point["sha256"].as_array().unwrap().iter().enumerate() {
                let mut image = vec![0; opened.disks()[disk].size as usize];
                opened.stream(disk, &(), &mut |offset, bytes| {
                    image[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
                    Ok(())
                })?;
                assert_eq!(*sha256, hex(&digest(&image)));
            }
        }
        let request = VerifyRequest {
            percent: 100,
            ..VerifyRequest::default()
        };
        match repository.verify(&request, &())?.damage.first() {
            Some(damage) => Err(Error::Invalid(format!("{damage:?}"))),
            None => Ok(()),
        }
    }

    /// The same with the independent reader.
    pub(super) fn restore_independently(&self, dir: &Path) -> Result<(), String> {
        let out = tempfile::tempdir().unwrap();
        let mut keys = String::new();
        if let Some(platform) = self.1.get("platform") {
            keys.push_str(&format!("platform {}\n", platform.as_str().unwrap()));
        }
        for dek in self.list("deks") {
            keys.push_str(&format!("{}\n", dek.as_str().unwrap()));
        }
        let item = self.1["item"].as_str().unwrap();
        for point in self.list("points") {
            let id = point["id"].as_str().unwrap();
            for (disk, sha256) in point["sha256"].as_array().unwrap().iter().enumerate() {
                let disk = disk.to_string();
                let words = ["restore", dir.to_str().unwrap(), item, id, &disk];
                let to = out.path().join(format!("{id}-{disk}"));
                let image = read_independently(&words, &keys, &to)?;
                assert_eq!(*sha256, hex(&digest(&image)));
            }
        }
        Ok(())
    }

    /// Damages that both readers have to refuse.
    pub(super) fn damages(&self) -> &[Value] {
        self.list("damaged")
    }
}

/// Does to a copy what a case of `golden.json` says.
pub(super) fn damage(dir: &Path, case: &Value) {
    let path = dir.join(case["file"].as_str().unwrap());
    let at = |name: &str| case[name].as_u64().unwrap() as usize;
    let mut bytes = fs::read(&path).unwrap();
    match case["change"].as_str().unwrap() {
        "flip" => bytes[at("at")] ^= 1 << at("bit"),
        "cut" => bytes.truncate(at("at")),
        "append" => bytes.push(0),
        "remove" => return fs::remove_file(path).unwrap(),
        other => panic!("{other}"),
    }
    fs::write(path, bytes).unwrap();
}

fn kept(id: &[u8; 16], images: &[&[u8]]) -> Value {
    let digests: Vec<String> = images.iter().map(|image| hex(&digest(image))).collect();
    json!({"id": id_text(id), "sha256": digests})
}

/// One epoch, nothing expired, one layer, a machine of two disks, chunks of 64 KiB.
fn plain() -> (Home, Value) {
    let home = Home::new(16);
    let images = [image(1), [image(2), b"more text ".repeat(30_000)].concat()];
    let files = [home.image("os", &images[0]), home.image("data", &images[1])];
    let (id, _) = home.try_backup(&[&files[0], &files[1]]).unwrap();
    let points = [kept(&id, &[&images[0], &images[1]])];
    let golden = json!({"deks": [hex(&home.dek)], "points": points});
    (home, golden)
}

/// Three epochs, the last after a leak; a tombstone between the points, with what a crash left
/// beside it; a superseded segment that is still there; and the layer of infrastructure encryption.
fn layered() -> (Home, Value) {
    let mut epochs = Epochs::layered(PLATFORM);
    let images = [long_image(), image(3), image(4), image(1)];
    let first = epochs.backup(&images[0]).0;
    let gone = epochs.backup(&images[1]).0;
    epochs.start(false);
    let second = epochs.backup(&images[2]).0;
    let home = &epochs.home;
    let before = |folder: &str| {
        home.files(folder)
            .into_iter()
            .map(|p| (fs::read(&p).unwrap(), p))
    };
    let (segments, points): (Vec<_>, Vec<_>) =
        (before("index").collect(), before("points").collect());
    let expired = home
        .repository
        .expire(&ITEM, &[gone], 7, || Ok(()))
        .unwrap();
    assert_eq!(expired, 1);
    home.repository.rebuild_index().unwrap();
    let put_back = |(bytes, path): &(Vec<u8>, PathBuf)| {
        let is_missing = !path.exists();
        if is_missing {
            fs::write(path, bytes).unwrap();
        }
        is_missing
    };
    assert!(segments.iter().filter(|file| put_back(file)).count() > 1);
    assert_eq!(points.iter().filter(|file| put_back(file)).count(), 1);
    epochs.start(true);
    let last = epochs.backup(&images[3]).0;
    let points = [(first, 0), (second, 2), (last, 3)].map(|(id, n)| kept(&id, &[&images[n]]));
    let deks: Vec<String> = epochs.deks.iter().map(|dek| hex(dek)).collect();
    let golden = json!({"deks": deks, "platform": hex(&PLATFORM), "points": points});
    (epochs.home, golden)
}

/// What is done to each file, and has to be refused.
fn cases_for(name: &Path, len: u64) -> Vec<Value> {
    // Without an outer layer nothing but its footer covers the end of a pack.
    let within = if name.starts_with("packs") {
        len.min(4000)
    } else {
        len
    };
    let mut cases = Vec::new();
    for (at, bit) in [(8, 0), (20, 7), (within / 2, 3), (within - 1, 0)] {
        cases.push(json!({"file": name, "change": "flip", "at": at, "bit": bit}));
    }
    cases.push(json!({"file": name, "change": "cut", "at": within / 2}));
    cases.push(json!({"file": name, "change": "remove"}));
    cases.push(json!({"file": name, "change": "append"}));
    cases
}

/// Writes one repository's files below `to`; gives its part of `golden.json`.
fn keep(to: &Path, folder: &str, home: &Home, mut golden: Value) -> Value {
    let mut cases = Vec::new();
    for file in files(&home.dir()) {
        let name = file.strip_prefix(home.dir()).unwrap();
        let kept = ["config", "packs", "index", "points", "wraps"];
        let len = file.metadata().unwrap().len();
        if !kept.iter().any(|kept| name.starts_with(kept)) || len == 0 {
            continue;
        }
        let copy = to.join(folder).join(name);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, &copy).unwrap();
        cases.extend(cases_for(name, len));
    }
    golden["folder"] = folder.into();
    golden["owner"] = id_text(&home.repository.config().owner).into();
    golden["item"] = id_text(&ITEM).into();
    // A restore with given keys reads no packs and segments of the expired point alone, and no
    // wrapped keys. Damage of everything else has to be refused by both readers.
    let golden_now = Golden(to.to_owned(), golden.clone());
    golden_now.restore(golden_now.copy().path()).unwrap();
    golden_now
        .restore_independently(golden_now.copy().path())
        .unwrap();
    cases.retain(|case| {
        let copy = golden_now.copy();
        damage(copy.path(), case);
        let is_refused = golden_now.restore(copy.path()).is_err()
            && golden_now.restore_independently(copy.path()).is_err();
        let file = case["file"].as_str().unwrap();
        let may_be_unread = ["packs", "index", "wraps"]
            .iter()
            .any(|f| file.starts_with(f))
            // Of an expired point that is still there and its tombstone either will do.
            || file.contains("/0000000000000002-");
        assert!(is_refused || may_be_unread, "{case}");
        is_refused
    });
    golden["damaged"] = cases.into();
    golden
}

/// The golden managed disk, whose image has holes at both ends.
pub(super) struct GoldenDisk(PathBuf, Value);

impl GoldenDisk {
    pub(super) fn get() -> Self {
        Self(vectors(), described()["disk"].clone())
    }

    fn folder(&self) -> PathBuf {
        self.0.join("disk")
    }

    pub(super) fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        crate::harness::copy(&self.folder(), &copy.path().join("disk"));
        copy
    }

    pub(super) fn damages(&self) -> &[Value] {
        self.1["damaged"].as_array().unwrap()
    }

    /// Reads it with this program; wrong bytes are a failure of the test.
    pub(super) fn read(&self, dir: &Path) -> Result<(), Error> {
        let id = bytes(self.1["id"].as_str().unwrap()).try_into().unwrap();
        let reader = DiskReader::open(&dir.join("disk"), &id, &secret(&self.1["dek"]))?;
        let mut image = vec![0; reader.size() as usize];
        reader.read_at(0, &mut image)?;
        assert_eq!(self.1["sha256"], hex(&digest(&image)));
        Ok(())
    }

    /// The same with the independent reader.
    pub(super) fn read_independently(&self, dir: &Path) -> Result<(), String> {
        let text = |name: &str| self.1[name].as_str().unwrap().to_owned();
        let (folder, out) = (dir.join("disk"), tempfile::tempdir().unwrap());
        let words = ["disk", folder.to_str().unwrap(), &text("id")];
        let image = read_independently(&words, &text("dek"), &out.path().join("out"))?;
        assert_eq!(self.1["sha256"], hex(&digest(&image)));
        Ok(())
    }
}

fn keep_disk(to: &Path) -> Value {
    fs::create_dir_all(to.join("disk")).unwrap();
    let mut image = vec![0; 100_000];
    image[4096..44_096].copy_from_slice(&noise(3, 40_000));
    let dek = Secret::take(&mut [8; 32]);
    let mut writer = DiskWriter::create(&to.join("disk"), DISK, &dek, 100_000).unwrap();
    writer.put_wrap(b"opaque").unwrap();
    writer.write_extent(4096, &image[4096..44_096]).unwrap();
    writer.finish().unwrap();
    let mut disk =
        json!({"id": id_text(&DISK), "dek": hex(&[8; 32]), "sha256": hex(&digest(&image))});
    let mut cases = Vec::new();
    for file in ["data", "map"] {
        let name = Path::new("disk").join(id_text(&DISK)).join(file);
        let len = to.join(&name).metadata().unwrap().len();
        cases.extend(cases_for(&name, len));
    }
    let golden = GoldenDisk(to.to_owned(), disk.clone());
    golden.read(to).unwrap();
    golden.read_independently(to).unwrap();
    for case in &cases {
        let copy = golden.copy();
        damage(copy.path(), case);
        assert!(golden.read(copy.path()).is_err(), "{case}");
        assert!(golden.read_independently(copy.path()).is_err(), "{case}");
    }
    disk["damaged"] = cases.into();
    disk
}

/// Makes such vectors below `target/golden`. Format 1 is frozen: those in `tests/vectors` stay as
/// they are, and another format's would stand in a folder of their own beside them.
/// `cargo test --test it make_golden_repositories -- --ignored`.
#[test]
#[ignore = "makes vectors, tests nothing"]
fn make_golden_repositories() {
    let to = root().join("target/golden");
    let _ = fs::remove_dir_all(&to);
    let made = [("plain", plain()), ("layered", layered())];
    let repositories = made.map(|(folder, (home, golden))| keep(&to, folder, &home, golden));
    let golden = json!({"format": 1, "repositories": repositories, "disk": keep_disk(&to)});
    let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
    fs::write(to.join("golden.json"), text).unwrap();
}
