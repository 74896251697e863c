//! The golden repositories of format 1: how they are made, opened and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use rsvault::crypto::{Secret, WrapGroup, carried_id_key, digest};
use rsvault::engine::{Error, KeySet, OuterKey, Repository, RepositoryKeys, VerifyRequest, points};
use serde_json::{Value, json};

use crate::engine::epochs::Epochs;
use crate::engine::fixture::{Home, ITEM, SMALL, files, noise};
use crate::engine::vectors::{hex, id_text, read_independently, root};

const PLATFORM: [u8; 32] = [6; 32];

fn vectors() -> PathBuf {
    root().join("tests/vectors/repository-1")
}

/// A golden repository and what `golden.json` says of it.
pub(super) struct Golden(Value);

/// Noise, text that shrinks, a hole and a short last chunk.
fn image(seed: u64) -> Vec<u8> {
    let mut image = noise(seed, 5000);
    image.extend(b"text that shrinks ".repeat(300));
    image.resize(30_000, 0);
    image.extend(noise(2, 3000));
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
        let text = fs::read(vectors().join("golden.json")).unwrap();
        let golden: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(golden["format"], 1);
        let repositories = golden["repositories"].as_array().unwrap();
        repositories.iter().cloned().map(Self).collect()
    }

    fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().unwrap()
    }

    pub(super) fn folder(&self) -> PathBuf {
        vectors().join(self.0["folder"].as_str().unwrap())
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
        let owner = bytes(self.0["owner"].as_str().unwrap()).try_into().unwrap();
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
        if let Some(platform) = self.0.get("platform") {
            set.outer = Some(OuterKey::derive(&secret(platform), &owner));
        }
        set
    }

    /// Restores every point with this program, then verifies everything; wrong bytes are a failure
    /// of the test.
    pub(super) fn restore(&self, dir: &Path) -> Result<(), Error> {
        let item = bytes(self.0["item"].as_str().unwrap()).try_into().unwrap();
        let keys = self.keys(dir);
        points(dir, keys.outer.as_ref(), &item)?;
        let repository = Repository::open(dir, keys)?;
        for point in self.list("points") {
            let id = bytes(point["id"].as_str().unwrap()).try_into().unwrap();
            let opened = repository.open_point(&item, &id)?;
            let mut image = vec![0; opened.disks()[0].size as usize];
            opened.stream(0, &(), &mut |offset, bytes| {
                image[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
                Ok(())
            })?;
            assert_eq!(point["sha256"], hex(&digest(&image)));
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
        if let Some(platform) = self.0.get("platform") {
            keys.push_str(&format!("platform {}\n", platform.as_str().unwrap()));
        }
        for dek in self.list("deks") {
            keys.push_str(&format!("{}\n", dek.as_str().unwrap()));
        }
        let item = self.0["item"].as_str().unwrap();
        for point in self.list("points") {
            let id = point["id"].as_str().unwrap();
            let words = ["restore", dir.to_str().unwrap(), item, id, "0"];
            let image = read_independently(&words, &keys, &out.path().join(id))?;
            assert_eq!(point["sha256"], hex(&digest(&image)));
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

/// One epoch, nothing expired, one layer.
fn plain() -> (Home, Value) {
    let home = Home::new(SMALL);
    let image = image(1);
    let (id, _) = home.backup(&home.image("image", &image));
    let golden = json!({
        "deks": [hex(&home.dek)],
        "points": [{"id": id_text(&id), "sha256": hex(&digest(&image))}],
    });
    (home, golden)
}

/// Two epochs, a tombstone between the points, and the layer of infrastructure encryption.
fn layered() -> (Home, Value) {
    let mut epochs = Epochs::layered(PLATFORM);
    let images = [image(1), image(3), image(4)];
    let first = epochs.backup(&images[0]).0;
    let gone = epochs.backup(&images[1]).0;
    epochs.start(false);
    let last = epochs.backup(&images[2]).0;
    let expired = epochs.home.repository.expire(&ITEM, &[gone], 7).unwrap();
    assert_eq!(expired, 1);
    let kept = [(first, &images[0]), (last, &images[2])]
        .map(|(id, image)| json!({"id": id_text(&id), "sha256": hex(&digest(image))}));
    let deks: Vec<String> = epochs.deks.iter().map(|dek| hex(dek)).collect();
    let golden = json!({"deks": deks, "platform": hex(&PLATFORM), "points": kept});
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

/// Writes one repository's files; gives its part of `golden.json`.
fn keep(folder: &str, home: &Home, mut golden: Value) -> Value {
    let mut cases = Vec::new();
    for file in files(&home.dir()) {
        let name = file.strip_prefix(home.dir()).unwrap();
        let kept = ["config", "packs", "index", "points", "wraps"];
        let len = file.metadata().unwrap().len();
        if !kept.iter().any(|kept| name.starts_with(kept)) || len == 0 {
            continue;
        }
        let to = vectors().join(folder).join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file, &to).unwrap();
        cases.extend(cases_for(name, len));
    }
    golden["folder"] = folder.into();
    golden["owner"] = id_text(&home.repository.config().owner).into();
    golden["item"] = id_text(&ITEM).into();
    // A restore with given keys reads no packs and segments of the expired point alone, and no
    // wrapped keys. Damage of everything else has to be refused by both readers.
    let golden_now = Golden(golden.clone());
    cases.retain(|case| {
        let copy = golden_now.copy();
        damage(copy.path(), case);
        let is_refused = golden_now.restore(copy.path()).is_err()
            && golden_now.restore_independently(copy.path()).is_err();
        let file = case["file"].as_str().unwrap();
        let may_be_unread = ["packs", "index", "wraps"]
            .iter()
            .any(|f| file.starts_with(f));
        assert!(is_refused || may_be_unread, "{case}");
        is_refused
    });
    golden["damaged"] = cases.into();
    golden
}

/// Makes the golden repositories anew. Only for a change of the format before it is frozen:
/// `cargo test --test it bless_the_golden_repositories -- --ignored`.
#[test]
#[ignore = "replaces the vectors"]
fn bless_the_golden_repositories() {
    let made = [("plain", plain()), ("layered", layered())];
    let _ = fs::remove_dir_all(vectors());
    let repositories = made.map(|(folder, (home, golden))| keep(folder, &home, golden));
    let golden = json!({"format": 1, "repositories": repositories});
    let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
    fs::write(vectors().join("golden.json"), text).unwrap();
}
