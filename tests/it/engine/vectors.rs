//! Repository format 1 frozen: a golden repository is read by this program and by an independent
//! reader written from `docs/format.md`; both refuse the same repository once it is damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rsvault::crypto::{Secret, digest};
use rsvault::engine::{DiskWriter, Error, KeySet, Repository, RepositoryKeys, points};
use serde_json::{Value, json};

use crate::engine::fixture::{Home, ITEM, SMALL, files, noise};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn vectors() -> PathBuf {
    root().join("tests/vectors/repository-1")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn id_text(id: &[u8; 16]) -> String {
    uuid::Uuid::from_bytes(*id).to_string()
}

/// Noise, text that shrinks, a hole and a short last chunk.
fn golden_image() -> Vec<u8> {
    let mut image = noise(1, 5000);
    image.extend(b"text that shrinks ".repeat(300));
    image.resize(30_000, 0);
    image.extend(noise(2, 3000));
    image
}

fn golden() -> Value {
    serde_json::from_slice(&fs::read(vectors().join("golden.json")).unwrap()).unwrap()
}

/// A copy with the folders that hold nothing, which version control does not keep.
fn copy_of_golden() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in files(&vectors().join("valid")) {
        let to = copy
            .path()
            .join(file.strip_prefix(vectors().join("valid")).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file, &to).unwrap();
    }
    for folder in ["intents", "tmp", "wraps"] {
        fs::create_dir(copy.path().join(folder)).unwrap();
    }
    copy
}

fn text<'a>(golden: &'a Value, name: &str) -> &'a str {
    golden[name].as_str().unwrap()
}

/// Restores the golden disk with this program.
fn restore(dir: &Path, golden: &Value) -> Result<Vec<u8>, Error> {
    let bytes = |name| -> Vec<u8> {
        let text = text(golden, name).replace('-', "");
        let pairs = (0..text.len()).step_by(2);
        pairs
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    };
    let id = |name| <[u8; 16]>::try_from(bytes(name)).unwrap();
    let dek = Secret::from_slice(&bytes("dek")).unwrap();
    let keys = RepositoryKeys::derive(&dek, id("owner"), 1, 2, id("domain"));
    points(dir, None, &id("item"))?;
    let repository = Repository::open(dir, KeySet::new(keys))?;
    let point = repository.open_point(&id("item"), &id("point"))?;
    let mut image = vec![0; point.disks()[0].size as usize];
    point.stream(0, &(), &mut |offset, bytes| {
        image[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
        Ok(())
    })?;
    Ok(image)
}

/// A Python that has what the reader needs: the system's, or the one `tests/all.sh` makes.
fn python() -> PathBuf {
    let made = root().join("target/reader-venv/bin/python");
    let able = |python: &PathBuf| {
        let run = Command::new(python)
            .args(["-c", "import cryptography, blake3, zstandard"])
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    };
    [PathBuf::from("python3"), made]
        .into_iter()
        .find(able)
        .expect("Python with cryptography, blake3 and zstandard: tests/all.sh installs it")
}

/// Runs the independent reader; gives the image it wrote, or what it said.
pub(crate) fn read_independently(words: &[&str], dek: &str, out: &Path) -> Result<Vec<u8>, String> {
    use std::io::Write as _;
    let mut child = Command::new(python())
        .arg(root().join("tests/reader/rsv_reader.py"))
        .args(words)
        .arg(out)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(dek.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return Ok(fs::read(out).unwrap());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn read_golden_independently(dir: &Path, golden: &Value) -> Result<Vec<u8>, String> {
    let out = tempfile::tempdir().unwrap();
    let (item, point) = (text(golden, "item"), text(golden, "point"));
    let words = ["restore", dir.to_str().unwrap(), item, point, "0"];
    read_independently(&words, text(golden, "dek"), &out.path().join("image"))
}

#[test]
fn h13_the_golden_repository_is_read_byte_for_byte() {
    let (golden, copy) = (golden(), copy_of_golden());
    let image = restore(copy.path(), &golden).unwrap();
    assert_eq!(hex(&digest(&image)), text(&golden, "sha256"));
    assert!(image == golden_image());
}

#[test]
fn h14_an_independent_reader_restores_the_golden_repository() {
    let image = read_golden_independently(&vectors().join("valid"), &golden()).unwrap();
    assert!(image == golden_image());
}

#[test]
fn h14_an_independent_reader_restores_what_is_written_today() {
    let home = Home::new(SMALL);
    let mut image = noise(7, 300_000);
    image.extend(b"some text ".repeat(20_000));
    home.backup(&home.image("image", &noise(8, 10_000)));
    let (id, _) = home.backup(&home.image("image", &image));
    let (gone, _) = home.backup(&home.image("image", &noise(9, 20_000)));
    home.backup(&home.image("image", &noise(10, 20_000)));
    home.repository.expire(&ITEM, &[gone], 7).unwrap();
    home.repository.collect(&Default::default(), &()).unwrap();
    home.repository.rebuild_index().unwrap();
    let (dir, item) = (home.dir(), id_text(&ITEM));
    let words = ["restore", dir.to_str().unwrap(), &item, &id_text(&id), "0"];
    let read = read_independently(&words, &hex(&home.dek), &home.path("out")).unwrap();
    assert!(read == image);
    let wrong = read_independently(&words, &hex(&[1; 32]), &home.path("wrong")).unwrap_err();
    assert!(wrong.contains("configuration is not authentic"), "{wrong}");
    // A tombstone that was touched is refused by it as well.
    let stone = home
        .files("points")
        .into_iter()
        .find(|p| p.extension().is_some());
    crate::engine::fixture::flip(&stone.unwrap(), 130, 0);
    let forged = read_independently(&words, &hex(&home.dek), &home.path("forged")).unwrap_err();
    assert!(forged.contains("tombstone is not authentic"), "{forged}");
}

#[test]
fn h14_an_independent_reader_reads_a_managed_disk() {
    let home = tempfile::tempdir().unwrap();
    let (disk, data) = ([4; 16], noise(3, 40_000));
    let dek = Secret::take(&mut [8; 32]);
    let mut writer = DiskWriter::create(home.path(), disk, &dek, 100_000).unwrap();
    writer.put_wrap(b"opaque").unwrap();
    writer.write_extent(4096, &data).unwrap();
    writer.finish().unwrap();
    let words = ["disk", home.path().to_str().unwrap(), &id_text(&disk)];
    let image = read_independently(&words, &hex(&[8; 32]), &home.path().join("out")).unwrap();
    assert_eq!(image.len(), 100_000);
    assert!(image[4096..44_096] == data && image[..4096].iter().all(|b| *b == 0));
}

/// Damage that both readers have to refuse: file, what is done to it.
fn damaged() -> Vec<(PathBuf, Value)> {
    let golden = golden();
    let cases = golden["damaged"].as_array().unwrap();
    cases
        .iter()
        .map(|case| (PathBuf::from(case["file"].as_str().unwrap()), case.clone()))
        .collect()
}

fn damage(path: &Path, case: &Value) {
    let at = |name: &str| case[name].as_u64().unwrap() as usize;
    let mut bytes = fs::read(path).unwrap();
    match case["change"].as_str().unwrap() {
        "flip" => bytes[at("at")] ^= 1 << at("bit"),
        "cut" => bytes.truncate(at("at")),
        "append" => bytes.push(0),
        "remove" => return fs::remove_file(path).unwrap(),
        other => panic!("{other}"),
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn h13_every_damaged_golden_repository_is_refused_by_both_readers() {
    let golden = golden();
    for (file, case) in damaged() {
        let copy = copy_of_golden();
        damage(&copy.path().join(&file), &case);
        assert!(restore(copy.path(), &golden).is_err(), "{case}");
        assert!(
            read_golden_independently(copy.path(), &golden).is_err(),
            "{case}"
        );
    }
}

/// Makes the golden repository anew. Only for a change of the format before it is frozen:
/// `cargo test --test it bless_the_golden_repository -- --ignored`.
#[test]
#[ignore = "replaces the vectors"]
fn bless_the_golden_repository() {
    let home = Home::new(SMALL);
    let (id, _) = home.backup(&home.image("image", &golden_image()));
    let _ = fs::remove_dir_all(vectors());
    let valid = vectors().join("valid");
    let mut cases = Vec::new();
    for folder in ["", "packs", "index", "points"] {
        let found = match folder {
            "" => vec![home.dir().join("config")],
            _ => home.files(folder),
        };
        for file in found {
            let name = file.strip_prefix(home.dir()).unwrap().to_path_buf();
            let to = valid.join(&name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, &to).unwrap();
            let len = file.metadata().unwrap().len();
            // A byte that nothing but the pack's footer covers is none a restore reads.
            let within = if folder == "packs" { 4000 } else { len };
            for (at, bit) in [(8, 0), (9, 1), (20, 7), (within / 2, 3), (within - 1, 0)] {
                cases.push(json!({"file": name, "change": "flip", "at": at, "bit": bit}));
            }
            cases.push(json!({"file": name, "change": "cut", "at": within / 2}));
            cases.push(json!({"file": name, "change": "remove"}));
            if folder != "packs" {
                cases.push(json!({"file": name, "change": "append"}));
            }
        }
    }
    let golden = json!({
        "format": 1,
        "dek": hex(&home.dek),
        "owner": id_text(&[9; 16]),
        "domain": id_text(&[3; 16]),
        "item": id_text(&ITEM),
        "point": id_text(&id),
        "sha256": hex(&digest(&golden_image())),
        "damaged": cases,
    });
    let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
    fs::write(vectors().join("golden.json"), text).unwrap();
}
