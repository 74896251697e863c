//! Recovery points go: expired ones become tombstones, a deleted item's folder goes as a whole.
//!
//! The bytes their chunks take stay until a collection finds that no point needs them.

use std::collections::HashSet;
use std::fs::{self, File};

use crate::crypto::random;
use crate::engine::error::AtPath;
use crate::engine::point_format::PointHeader;
use crate::engine::points::{Chain, CommitCheck, chain_in, listed};
use crate::engine::repository::Repository;
use crate::engine::tombstone::Tombstone;
use crate::engine::{Error, files, gate};

/// A stretch of a chain: its sequences, its links, and whether it changes.
struct Run {
    sequences: (u64, u64),
    links: ([u8; 32], [u8; 32]),
    /// Points in it that go now.
    points: usize,
}

impl Repository {
    /// Puts tombstones in the place of recovery points, and removes what an interrupted call left.
    /// Gives how many points went.
    ///
    /// A tombstone is durable before what it stands for is removed, so a crash in between leaves
    /// files that do not count any more.
    ///
    /// `check` says whether the key epoch is still the current one; none ends between it and the
    /// last tombstone.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an item's newest point, which never expires; damage, when the chain
    /// or a tombstone in it is not authentic, and [`Error::Refused`], when `check` says no: nothing
    /// is removed then; I/O.
    pub fn expire(
        &self,
        item: &[u8; 16],
        points: &[[u8; 16]],
        now_ms: u64,
        check: impl FnOnce() -> CommitCheck,
    ) -> Result<usize, Error> {
        self.check_writable()?;
        let _gate = gate::in_common(&self.layout)?;
        check().map_err(Error::Refused)?;
        let folder = self.layout.item(item);
        let lock = match File::open(&folder) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            other => other.at("open", &folder)?,
        };
        // As a commit does: the chain stays as it is meanwhile.
        lock.lock().at("lock", &folder)?;
        let chain = chain_in(&self.layout, item, &self.keys)?;
        let going: HashSet<&[u8; 16]> = points.iter().collect();
        if chain
            .points
            .last()
            .is_some_and(|p| going.contains(&p.point))
        {
            return Err(Error::Invalid(
                "the newest recovery point of an item never expires".into(),
            ));
        }
        // A tombstone of these keys could not stand for it.
        let newer = |p: &&PointHeader| p.epoch > self.keys.current.epoch;
        if chain
            .points
            .iter()
            .filter(newer)
            .any(|p| going.contains(&p.point))
        {
            return Err(Error::Busy("the key of the repository".into()));
        }
        let mut gone = 0;
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        let runs = runs(&chain, &going);
        if runs.iter().any(|run| run.points > 0) {
            let _intent = self.intend(&writer)?;
            for (number, run) in runs.iter().filter(|run| run.points > 0).enumerate() {
                let keys = &self.keys.current;
                let stone = Tombstone::new(keys, *item, run.sequences, run.links, now_ms);
                let temp = self.layout.tmp_file(&writer, &format!("gone-{number}"));
                files::publish(temp, &folder.join(stone.name()), &stone.encode())?;
                gone += run.points;
            }
        }
        let leftovers = listed(&folder)?.leftovers;
        for path in &leftovers {
            files::remove(path)?;
        }
        if !leftovers.is_empty() {
            files::sync_folder(&folder)?;
        }
        Ok(gone)
    }

    /// Removes all recovery points of an item, and every trace that it was there. Its folder goes
    /// in one rename, so no half of it is ever seen.
    ///
    /// # Errors
    /// I/O.
    pub fn remove_item(&self, item: &[u8; 16]) -> Result<(), Error> {
        self.check_writable()?;
        let folder = self.layout.item(item);
        if folder.symlink_metadata().is_err() {
            return Ok(());
        }
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        let _intent = self.intend(&writer)?;
        let aside = self.layout.tmp_file(&writer, "item");
        files::rename_new(&folder, &aside)?;
        files::sync_folder(&self.layout.points())?;
        fs::remove_dir_all(&aside).at("remove", &aside)
    }
}

/// Cuts a chain into runs of what is gone or goes, each as long as it can be.
fn runs(chain: &Chain, going: &HashSet<&[u8; 16]>) -> Vec<Run> {
    let stones = chain.tombstones.iter().map(|stone| Run {
        sequences: (stone.first, stone.last),
        links: (stone.previous, stone.digest),
        points: 0,
    });
    let points = chain.points.iter().filter(|p| going.contains(&p.point));
    let points = points.map(|point| Run {
        sequences: (point.sequence, point.sequence),
        links: (point.previous, point.digest()),
        points: 1,
    });
    let mut parts: Vec<Run> = stones.chain(points).collect();
    parts.sort_by_key(|run| run.sequences.0);
    let mut runs: Vec<Run> = Vec::new();
    for part in parts {
        match runs.last_mut() {
            Some(run) if run.sequences.1 + 1 == part.sequences.0 => {
                run.sequences.1 = part.sequences.1;
                run.links.1 = part.links.1;
                run.points += part.points;
            }
            _ => runs.push(part),
        }
    }
    runs
}
