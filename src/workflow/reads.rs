//! Which reads of an item's images a later backup may rely on instead of reading again.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Vault;
use crate::engine::{BackupReport, BackupRequest, KnownRead, SourceDisk};
use crate::workflow::Context;
use crate::workflow::memo::Memo;

/// Content is read again at least this often, however unchanged a file looks.
const READ_EVERY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One disk, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DiskRead {
    lun: u16,
    role: u8,
    /// The newest recovery point that holds what was read.
    point: Uuid,
    /// When, by the system's clock.
    at: Timestamp,
    /// What the file was then; only the engine understands it.
    stamp: String,
}

impl DiskRead {
    fn is_of(&self, disk: &SourceDisk) -> bool {
        self.lun == disk.lun && self.role == disk.role
    }

    /// Too old to rely on by either clock, or from the future: a clock was set back.
    fn is_stale(&self, context: &Context) -> bool {
        let real = Timestamp::now();
        real < self.at || real.max(context.now()).duration_since(self.at) >= READ_EVERY
    }
}

/// The memory of one item.
pub(super) struct Reads {
    memo: Memo,
    disks: Vec<DiskRead>,
}

impl Reads {
    /// Reads what is remembered; a file that is not ours counts as nothing.
    pub(super) fn open(context: &Context, vault: &Vault, item: Uuid) -> Self {
        let memo = Memo::new(context, vault, &format!("reads-{item}"), "rsv/v1/reads");
        let disks = memo
            .read()
            .and_then(|body| serde_json::from_str(&body).ok());
        Self {
            memo,
            disks: disks.unwrap_or_default(),
        }
    }

    /// What a backup may rely on, disk by disk; nothing if all is to be read.
    pub(super) fn known(
        &self,
        context: &Context,
        disks: &[SourceDisk],
        read_all: bool,
    ) -> Vec<Option<KnownRead>> {
        if read_all {
            return Vec::new();
        }
        let of = |disk: &SourceDisk| {
            let found = self.disks.iter().find(|read| read.is_of(disk));
            found.filter(|read| !read.is_stale(context)).cloned()
        };
        let known = |read: DiskRead| KnownRead {
            stamp: read.stamp,
            point: read.point.into_bytes(),
        };
        disks.iter().map(|disk| of(disk).map(known)).collect()
    }

    /// When an unchanged disk was read last.
    pub(super) fn read_at(&self, disk: &SourceDisk) -> Option<Timestamp> {
        let found = self.disks.iter().find(|read| read.is_of(disk));
        found.map(|read| read.at)
    }

    /// Remembers the reads of a backup that was committed; those of disks it took over go on.
    /// If that fails, the next backup reads everything.
    pub(super) fn save(
        &mut self,
        context: &mut Context,
        request: &BackupRequest,
        report: &BackupReport,
    ) {
        if let Err(error) = self.write(context, request, report) {
            context.warn(format!(
                "The next backup will read everything again: {error:#}"
            ));
        }
    }

    fn write(
        &mut self,
        context: &Context,
        request: &BackupRequest,
        report: &BackupReport,
    ) -> Result<()> {
        let point = Uuid::from_bytes(request.point);
        let mut disks = Vec::new();
        for (disk, outcome) in request.disks.iter().zip(&report.disks) {
            let before = self.disks.iter().find(|read| read.is_of(disk)).cloned();
            let read = match &outcome.stamp {
                Some(stamp) => Some(DiskRead {
                    lun: disk.lun,
                    role: disk.role,
                    point,
                    at: Timestamp::from_millisecond(outcome.read_ms.try_into()?)?,
                    stamp: stamp.clone(),
                }),
                None => before.filter(|_| outcome.unchanged),
            };
            disks.extend(read.map(|read| DiskRead { point, ..read }));
        }
        self.disks = disks;
        self.memo
            .write(context, &serde_json::to_string(&self.disks)?)
    }
}
