//! Figures of tampering over a small repository: every byte flipped, every length, every swap.
//!
//! A run takes a sample; `RSV_RELIABILITY=full` takes all. What must hold is the same: no wrong byte is ever
//! restored, nothing panics, and full verification finds every change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rsvault::engine::{Error, PointHeader, VerifyRequest};

use crate::engine::fixture::{Home, ITEM, SMALL, files, flip, noise, overwrite};
use crate::harness::{figure, full_reliability};

/// Every how many positions one is tried; 1 in a full run.
fn step(sample: usize) -> usize {
    if full_reliability() { 1 } else { sample }
}

struct Small {
    home: Home,
    points: Vec<([u8; 16], Vec<u8>)>,
    head: [u8; 32],
}

#[derive(Default, Debug)]
struct Figures {
    tried: usize,
    found: usize,
    refused: usize,
}

impl Small {
    /// Two points in two packs and two index segments, some 25 KB.
    fn new() -> Self {
        let home = Home::new(SMALL);
        let mut points = Vec::new();
        for seed in 1..3 {
            let mut image = noise(seed, 3000);
            image.extend(b"text that shrinks ".repeat(300));
            let (id, _) = home.backup(&home.image("image", &image));
            points.push((id, image));
        }
        let head = home.chain().unwrap().last().unwrap().digest();
        Self { home, points, head }
    }

    fn files(&self) -> Vec<PathBuf> {
        let all = files(&self.home.dir());
        let stored = ["config", "packs", "index", "points"];
        let kept = |path: &PathBuf| {
            let inside = path.strip_prefix(self.home.dir()).unwrap();
            stored.iter().any(|name| inside.starts_with(name)) && path.metadata().unwrap().len() > 0
        };
        all.into_iter().filter(kept).collect()
    }

    /// What a restore of every point gives; a wrong byte is a failure of the test.
    fn restore(&self, what: &str) -> Result<(), Error> {
        let mut first = None;
        for (id, image) in &self.points {
            match self.home.try_restore(id, 0) {
                Ok(bytes) => assert!(bytes == *image, "{what}: wrong bytes were restored"),
                Err(error) => first = first.or(Some(error)),
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// What the vault's full verification does: chain against the known head, then everything.
    fn verified(&self) -> bool {
        let Ok(chain) = self.home.chain() else {
            return false;
        };
        if chain.len() != self.points.len()
            || chain.last().map(PointHeader::digest) != Some(self.head)
        {
            return false;
        }
        let request = VerifyRequest {
            percent: 100,
            checked: BTreeMap::new(),
        };
        let report = self.home.reopen().and_then(|r| r.verify(&request, &()));
        report.is_ok_and(|report| report.damage.is_empty())
    }

    fn judge(&self, figures: &mut Figures, what: &str) {
        figures.tried += 1;
        let refused = self.restore(what).is_err();
        let found = !self.verified();
        figures.refused += usize::from(refused);
        figures.found += usize::from(found);
        assert!(found, "{what}: full verification finds nothing");
    }
}

fn name(home: &Home, path: &Path) -> String {
    path.strip_prefix(home.dir()).unwrap().display().to_string()
}

#[test]
fn c01_every_flipped_byte_of_every_file_is_found_and_restores_no_wrong_byte() {
    let small = Small::new();
    small.restore("untouched").unwrap();
    assert!(small.verified());
    let mut figures = Figures::default();
    let mut place = 0;
    for path in small.files() {
        let original = fs::read(&path).unwrap();
        for at in 0..original.len() {
            place += 1;
            if place % step(29) != 0 {
                continue;
            }
            flip(&path, at, (at % 8) as u8);
            small.judge(
                &mut figures,
                &format!("{} byte {at}", name(&small.home, &path)),
            );
            overwrite(&path, &original);
        }
    }
    figure("flipped bytes, each found, no wrong restore", figures.tried);
    assert_eq!(figures.found, figures.tried);
    assert!(figures.tried >= 300, "{figures:?}");
}

#[test]
fn c03_c04_every_shortened_and_lengthened_file_is_found() {
    let small = Small::new();
    let mut figures = Figures::default();
    for path in small.files() {
        let original = fs::read(&path).unwrap();
        let lengths = (0..original.len()).filter(|len| len % step(59) == 0);
        for len in lengths {
            overwrite(&path, &original[..len]);
            small.judge(
                &mut figures,
                &format!("{} cut to {len}", name(&small.home, &path)),
            );
        }
        for more in [1, 16, 4096] {
            overwrite(&path, &[original.clone(), vec![0; more]].concat());
            small.judge(
                &mut figures,
                &format!("{} and {more}", name(&small.home, &path)),
            );
        }
        overwrite(&path, &original);
    }
    figure("other file lengths, each found", figures.tried);
    assert!(figures.tried >= 150, "{figures:?}");
    assert!(small.verified());
}

#[test]
fn c06_c08_every_pair_of_files_that_change_places_is_found() {
    let small = Small::new();
    let mut figures = Figures::default();
    let paths = small.files();
    for (number, one) in paths.iter().enumerate() {
        for two in &paths[number + 1..] {
            let (first, second) = (fs::read(one).unwrap(), fs::read(two).unwrap());
            overwrite(one, &second);
            overwrite(two, &first);
            let what = format!("{} as {}", name(&small.home, one), name(&small.home, two));
            small.judge(&mut figures, &what);
            overwrite(one, &first);
            overwrite(two, &second);
        }
    }
    figure("files swapped, each found", figures.tried);
    assert!(figures.tried >= 20, "{figures:?}");
    assert!(small.verified());
}

#[test]
fn c07_no_file_of_another_repository_under_the_same_names_is_taken() {
    let small = Small::new();
    let other = Home::with_key(SMALL, [5; 32], [8; 16]);
    other.backup(&other.image("image", &small.points[0].1));
    let mut figures = Figures::default();
    for path in small.files() {
        let folder = name(&small.home, &path);
        let folder = folder.split('/').next().unwrap();
        let original = fs::read(&path).unwrap();
        let foreign = match folder {
            "config" => vec![other.dir().join("config")],
            folder => other.files(folder),
        };
        for from in foreign {
            overwrite(&path, &fs::read(from).unwrap());
            small.judge(&mut figures, &format!("foreign {folder}"));
        }
        overwrite(&path, &original);
    }
    figure("files of another repository, each found", figures.tried);
    assert!(figures.tried >= 7, "{figures:?}");
}

#[test]
fn c09_d03_every_file_that_is_removed_and_every_point_that_is_put_back_is_found() {
    let small = Small::new();
    let mut figures = Figures::default();
    for path in small.files() {
        let original = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        small.judge(
            &mut figures,
            &format!("without {}", name(&small.home, &path)),
        );
        overwrite(&path, &original);
    }
    figure("files removed, each found", figures.tried);
    // The folder of points as it was before the last backup.
    let newest = small.home.files("points").pop().unwrap();
    let bytes = fs::read(&newest).unwrap();
    fs::remove_file(&newest).unwrap();
    assert!(small.home.chain().unwrap().len() == 1, "{ITEM:?}");
    assert!(!small.verified());
    overwrite(&newest, &bytes);
    assert!(small.verified());
    assert!(figures.tried >= 7, "{figures:?}");
}
