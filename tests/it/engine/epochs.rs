//! Several epochs of the data-encryption key in one repository: all are read, one is written.

use std::fs;

use rsvault::crypto::{
    Secret, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapPart, WrapPurpose, carried_id_key,
    carry_id_key,
};
use rsvault::engine::{
    BackupReport, Error, KeySet, OuterKey, Repository, RepositoryKeys, VerifyRequest, put_wrap,
};

use crate::engine::fixture::{Home, ITEM, SMALL, noise};
use crate::engine::vectors::{hex, id_text, read_independently};

pub(super) const OWNER: [u8; 16] = [9; 16];

/// A home whose keys change from epoch to epoch, with a wrap group beside the data for each.
pub(crate) struct Epochs {
    pub(crate) home: Home,
    /// Oldest first.
    pub(crate) deks: Vec<[u8; 32]>,
    /// Newest first, as a key set has them.
    keys: Vec<RepositoryKeys>,
    domain: u8,
    outer: Option<OuterKey>,
}

fn header(epoch: u32, domain: u8, infrastructure: bool) -> WrapHeader {
    WrapHeader {
        class: WrapClass::Customer,
        infrastructure,
        epoch,
        domain: [domain; 16],
        owner: OWNER,
        purpose: WrapPurpose::VaultKey,
        extensions: Vec::new(),
    }
}

impl Epochs {
    pub(super) fn new() -> Self {
        Self::with(None)
    }

    /// With the layer of infrastructure encryption.
    pub(crate) fn layered(platform: [u8; 32]) -> Self {
        let platform = Secret::take(&mut platform.clone());
        Self::with(Some(OuterKey::derive(&platform, &OWNER)))
    }

    fn with(outer: Option<OuterKey>) -> Self {
        let mut epochs = Self {
            home: Home::new(SMALL),
            deks: Vec::new(),
            keys: Vec::new(),
            domain: 1,
            outer,
        };
        fs::remove_dir_all(epochs.home.dir()).unwrap();
        epochs.add(None);
        epochs.home.repository =
            Repository::create(&epochs.home.dir(), epochs.set(), SMALL).unwrap();
        epochs
    }

    pub(super) fn set(&self) -> KeySet {
        let mut keys = self.keys.clone();
        let mut set = KeySet::new(keys.remove(0));
        set.older = keys;
        set.outer = self.outer.clone();
        set
    }

    fn add(&mut self, carried: Option<&Secret<32>>) {
        let number = self.keys.len() as u32 + 1;
        let bytes = [100 + number as u8; 32];
        let dek = Secret::take(&mut bytes.clone());
        let mut header = header(number, self.domain, self.outer.is_some());
        if let Some(id_key) = carried {
            carry_id_key(&mut header, &dek, id_key).unwrap();
        }
        let class = header.class_byte();
        let mut keys = RepositoryKeys::derive(&dek, OWNER, number, class, header.domain);
        let mut group = WrapGroup::new(header, &dek).unwrap();
        let part = WrapPart::new(
            WrapAlgorithm::RsaOaep256,
            "https://v/keys/k/1".into(),
            [1; 32],
            0,
            vec![1],
        );
        group.add_part(&dek, part).unwrap();
        let group = WrapGroup::decode(&group.encode()).unwrap();
        if let Some(id_key) = carried_id_key(&group, &dek).unwrap() {
            keys = keys.with_id_key(id_key);
        }
        fs::create_dir_all(self.home.dir()).unwrap();
        put_wrap(&self.home.dir(), &group.encode()).unwrap();
        self.keys.insert(0, keys);
        self.deks.push(bytes);
    }

    pub(crate) fn start(&mut self, after_leak: bool) {
        let ends = self.home.repository.ends().unwrap();
        self.keys[0] = self.keys[0].clone().ended(ends);
        self.domain += u8::from(after_leak);
        let carried = (!after_leak).then(|| self.keys[0].id_key().clone());
        self.add(carried.as_ref());
        let opened = Repository::open(&self.home.dir(), self.set()).unwrap();
        opened.settle_epoch().unwrap();
        self.home.repository = Repository::open(&self.home.dir(), self.set()).unwrap();
    }

    pub(crate) fn backup(&self, bytes: &[u8]) -> ([u8; 16], BackupReport) {
        self.home.backup(&self.home.image("image", bytes))
    }

    pub(super) fn restore(&self, set: KeySet, point: &[u8; 16]) -> Result<Vec<u8>, Error> {
        let point = Repository::open(&self.home.dir(), set)?.open_point(&ITEM, point)?;
        let mut out = vec![0; point.disks()[0].size as usize];
        point.read_at(0, 0, &mut out)?;
        Ok(out)
    }

    fn restore_independently(&self, point: &[u8; 16]) -> Result<Vec<u8>, String> {
        let lines: Vec<String> = self.deks.iter().map(|dek| hex(dek)).collect();
        let (dir, item, point) = (self.home.dir(), id_text(&ITEM), id_text(point));
        let words = ["restore", dir.to_str().unwrap(), &item, &point, "0"];
        let out = self.home.path(&format!("out-{point}"));
        read_independently(&words, &lines.join("\n"), &out)
    }

    pub(super) fn intact(&self) {
        let request = VerifyRequest {
            percent: 100,
            ..VerifyRequest::default()
        };
        let report = self.home.repository.verify(&request, &()).unwrap();
        assert!(report.damage.is_empty(), "{:?}", report.damage);
    }
}

#[test]
fn a_routine_epoch_stores_nothing_anew_and_reads_what_was_there() {
    let mut epochs = Epochs::new();
    let (before, after) = (
        noise(1, 60_000),
        [noise(1, 60_000), noise(2, 9000)].concat(),
    );
    let (first, _) = epochs.backup(&before);
    epochs.start(false);
    let (second, report) = epochs.backup(&before);
    assert_eq!((report.chunks_new, report.packs), (0, 0));
    let (third, report) = epochs.backup(&after);
    assert!((1..=4).contains(&report.chunks_new), "{report:?}");
    let headers = epochs.home.chain().unwrap();
    let under: Vec<u32> = headers.iter().map(|h| h.epoch).collect();
    assert_eq!(under, [1, 2, 2]);
    for (point, image) in [(&first, &before), (&second, &before), (&third, &after)] {
        assert!(epochs.restore(epochs.set(), point).unwrap() == *image);
        assert!(epochs.restore_independently(point).unwrap() == *image);
    }
    epochs.intact();
    // The new key alone opens nothing of the epoch before, the old one nothing at all.
    let alone = |at: usize| KeySet::new(epochs.keys[at].clone());
    assert!(epochs.restore(alone(0), &first).is_err());
    assert!(epochs.restore(alone(1), &first).is_err());
}

#[test]
fn an_epoch_after_a_leak_shares_no_chunk_id_with_those_before() {
    let mut epochs = Epochs::new();
    let image = noise(1, 60_000);
    let (first, before) = epochs.backup(&image);
    epochs.start(true);
    let (second, report) = epochs.backup(&image);
    assert_eq!(report.chunks_new, before.chunks_new, "all is stored anew");
    epochs.start(false);
    let (third, report) = epochs.backup(&image);
    assert_eq!(report.chunks_new, 0);
    assert_eq!(epochs.home.repository.config().domains.len(), 2);
    for point in [&first, &second, &third] {
        assert!(epochs.restore(epochs.set(), point).unwrap() == image);
        assert!(epochs.restore_independently(point).unwrap() == image);
    }
    epochs.intact();
}

#[test]
fn many_epochs_merge_into_one_index_and_every_point_is_read() {
    let mut epochs = Epochs::new();
    let mut made = Vec::new();
    for number in 0..14u64 {
        if number % 3 == 2 {
            epochs.start(false);
        }
        let image = noise(number, 12_000);
        made.push((epochs.backup(&image).0, image));
    }
    assert!(epochs.home.files("index").len() <= 9);
    for (point, image) in &made {
        assert!(epochs.restore(epochs.set(), point).unwrap() == *image);
    }
    epochs.home.repository.rebuild_index().unwrap();
    epochs.intact();
}

#[test]
fn a_repair_salvages_blobs_under_a_key_of_their_own_chunk_ids() {
    let mut epochs = Epochs::new();
    let image = noise(1, 60_000);
    let (first, _) = epochs.backup(&image);
    let pack = epochs.home.files("packs").remove(0);
    epochs.start(true);
    let (second, _) = epochs.backup(&noise(2, 60_000));
    // A byte in the padding or the index: every blob still opens.
    let mut bytes = fs::read(&pack).unwrap();
    let at = bytes.len() - 200;
    bytes[at] ^= 1;
    fs::write(&pack, bytes).unwrap();
    let report = epochs.home.repository.repair(false, &()).unwrap();
    assert_eq!((report.set_aside.len(), report.lost), (1, 0));
    assert!(epochs.restore(epochs.set(), &first).unwrap() == image);
    assert!(epochs.restore(epochs.set(), &second).unwrap() == noise(2, 60_000));
    epochs.intact();
}

#[test]
fn a_configuration_that_is_still_under_the_epoch_before_is_read_and_moved_by_the_next_backup() {
    let mut epochs = Epochs::new();
    epochs.backup(&noise(1, 9000));
    let config = epochs.home.dir().join("config");
    let old = fs::read(&config).unwrap();
    epochs.start(true);
    // As a process leaves it that dies between the two steps.
    fs::write(&config, &old).unwrap();
    epochs.home.repository = Repository::open(&epochs.home.dir(), epochs.set()).unwrap();
    let (point, _) = epochs.backup(&noise(1, 9000));
    assert_ne!(fs::read(&config).unwrap(), old);
    assert!(epochs.restore(epochs.set(), &point).unwrap() == noise(1, 9000));
    epochs.intact();
}
