//! What interrupted processes left beside the packs, and what a repair set aside.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::bytes::id_from_text;
use crate::engine::collect::{CollectReport, Decision};
use crate::engine::index::{self, Index};
use crate::engine::index_upkeep;
use crate::engine::layout::Layout;
use crate::engine::segment_format::SegmentName;
use crate::engine::{Error, files};

/// A temporary file without an intent is somebody's who is about to make one, or was left by a
/// crash in that moment. A day tells; a wrong guess fails that process, and loses nothing.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// Found in one look.
pub(crate) struct Leftovers {
    segments: Vec<SegmentName>,
    temps: Vec<PathBuf>,
    /// Files a repair set aside, and their bytes.
    aside: (u64, u64),
    unknown: Vec<String>,
}

impl Leftovers {
    /// Looks. The lock of the index is held, so nobody merges meanwhile.
    pub(crate) fn find(layout: &Layout, index: &Index) -> Result<Self, Error> {
        let gone: HashSet<SegmentName> = index
            .segments()
            .iter()
            .flat_map(|segment| segment.header.supersedes.iter().copied())
            .collect();
        let mut segments = index::listed(layout)?;
        segments.retain(|name| gone.contains(name));
        let mut found = Self {
            segments,
            temps: Vec::new(),
            aside: (0, 0),
            unknown: Vec::new(),
        };
        for name in files::names(&layout.tmp())? {
            let path = layout.tmp().join(&name);
            let Some(writer) = name.split('.').next().and_then(id_from_text) else {
                found.unknown.push(format!("tmp/{name}"));
                continue;
            };
            let age = path.symlink_metadata().and_then(|m| m.modified());
            let stale = age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STALE));
            if stale && layout.intent(&writer).symlink_metadata().is_err() {
                found.temps.push(path);
            }
        }
        for name in files::names(&layout.damaged())? {
            let size = layout.damaged().join(name).symlink_metadata();
            found.aside.0 += 1;
            found.aside.1 += size.map_or(0, |m| m.len());
        }
        Ok(found)
    }

    /// Says what is not removed.
    pub(crate) fn report(&self, unknown: Vec<String>, report: &mut CollectReport) {
        let packs = unknown.into_iter().map(|name| format!("packs/{name}"));
        for object in packs.chain(self.unknown.iter().cloned()) {
            report.left.push(Decision {
                object,
                bytes: 0,
                reason: "it is no part of the format".into(),
            });
        }
        let (files, bytes) = self.aside;
        if files > 0 {
            report.left.push(Decision {
                object: format!("damaged: {files} files"),
                bytes,
                reason:
                    "a repair set them aside; remove them when nothing is to be saved from them"
                        .into(),
            });
        }
    }

    /// Removes what nobody needs; gives how many files.
    pub(crate) fn remove(self, layout: &Layout) -> Result<u64, Error> {
        if !self.segments.is_empty() {
            index_upkeep::remove(layout, &self.segments)?;
        }
        for path in &self.temps {
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        }
        Ok((self.segments.len() + self.temps.len()) as u64)
    }
}
