//! Repository format 1, frozen: the golden repositories and disk are read by this program and by an
//! independent reader written from `docs/format.md`; both refuse the same repositories once they are damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use rsvault::crypto::{Secret, digest};
use rsvault::engine::DiskWriter;

use crate::engine::fixture::{Home, ITEM, SMALL, files, noise};
use crate::engine::golden::{Golden, GoldenDisk, damage, vectors};

/// SHA-256 of the golden files' paths and contents.
const FROZEN: &str = "6c719b73895d70eea9403f8175f4d08f316c7c3a086d3882bd071d36b59c212c";

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn id_text(id: &[u8; 16]) -> String {
    uuid::Uuid::from_bytes(*id).to_string()
}

/// A Python that has what the reader needs: the system's, or the one `tests/all.sh` makes.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
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
});

/// Runs the independent reader; gives the image it wrote, or what it said.
pub(crate) fn read_independently(words: &[&str], dek: &str, out: &Path) -> Result<Vec<u8>, String> {
    use std::io::Write as _;
    let mut child = Command::new(&*PYTHON)
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

#[test]
fn h13_format_1_is_frozen_with_the_golden_files_it_was_frozen_with() {
    let mut all = Vec::new();
    for file in files(&vectors()) {
        let name = file.strip_prefix(vectors()).unwrap().to_str().unwrap();
        all.extend(name.as_bytes());
        all.extend(digest(&fs::read(&file).unwrap()));
    }
    assert_eq!(hex(&digest(&all)), FROZEN);
}

#[test]
fn h13_h14_the_golden_disk_is_read_by_both_readers_and_refused_once_it_is_damaged() {
    let golden = GoldenDisk::get();
    golden.read(&vectors()).unwrap();
    golden.read_independently(&vectors()).unwrap();
    for case in golden.damages() {
        let copy = golden.copy();
        damage(copy.path(), case);
        assert!(golden.read(copy.path()).is_err(), "{case}");
        assert!(golden.read_independently(copy.path()).is_err(), "{case}");
    }
}

#[test]
fn h13_every_point_of_the_golden_repositories_is_read_byte_for_byte() {
    let all = Golden::all();
    assert_eq!(all.len(), 2);
    for golden in all {
        golden.restore(golden.copy().path()).unwrap();
    }
}

#[test]
fn h14_an_independent_reader_restores_the_golden_repositories() {
    for golden in Golden::all() {
        golden.restore_independently(&golden.folder()).unwrap();
    }
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
    home.repository
        .expire(&ITEM, &[gone], 7, || Ok(()))
        .unwrap();
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

#[test]
fn h13_every_damaged_golden_repository_is_refused_by_both_readers() {
    let mut refused = 0;
    for golden in Golden::all() {
        for case in golden.damages() {
            let copy = golden.copy();
            damage(copy.path(), case);
            assert!(golden.restore(copy.path()).is_err(), "{case}");
            let independently = golden.restore_independently(copy.path());
            assert!(independently.is_err(), "{case}");
            refused += 1;
        }
    }
    assert!(refused >= 60, "{refused}");
}
