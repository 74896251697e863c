//! What can be checked of a repository without any key: names, headers, sizes, and the chains of
//! recovery points with the digests of their bodies.

use std::path::Path;

use crate::crypto::ReadAt;
use crate::engine::bytes::{Cursor, hex, id_from_text, id_text};
use crate::engine::error::AtPath;
use crate::engine::format::{
    CONFIG_BYTES_MAX, MAGIC_CONFIG, PACK_ALIGN, PACK_FOOTER_BYTES, PACK_HEADER_BYTES, SALT_BYTES,
    TYPE_CONFIG,
};
use crate::engine::layout::Layout;
use crate::engine::pack_check::{is_damage, list_packs};
use crate::engine::pack_format::{PackFooter, PackHeader};
use crate::engine::points::{read_point, steady_chain};
use crate::engine::segment_format::{SegmentHeader, SegmentName};
use crate::engine::stored::OuterKey;
use crate::engine::verify::{Affected, Damage};
use crate::engine::{Error, files};

/// What a check without a key found.
#[derive(Debug, Default)]
pub struct StructureReport {
    /// Recovery points in intact chains.
    pub points: u64,
    /// Packs in the folder.
    pub packs: u64,
    /// Their bytes.
    pub pack_bytes: u64,
    /// What is wrong.
    pub damage: Vec<Damage>,
    /// Names that are no part of the format; left alone.
    pub unknown: Vec<String>,
}

/// Checks the repository at `dir` as far as that goes without a key.
///
/// # Errors
/// I/O; damage is in the report.
pub fn check_structure(dir: &Path) -> Result<StructureReport, Error> {
    check_structure_under(dir, None)
}

/// As [`check_structure`], of a repository that may have infrastructure encryption: `outer` is
/// that layer's key, which authenticates each file it opens. The owner's key is not needed.
///
/// # Errors
/// I/O; damage is in the report.
pub fn check_structure_under(
    dir: &Path,
    outer: Option<&OuterKey>,
) -> Result<StructureReport, Error> {
    let layout = Layout::under(dir, outer.cloned());
    let mut report = StructureReport::default();
    note(&mut report, "the configuration", check_config(&layout))?;
    check_packs(&layout, &mut report)?;
    for name in files::names(&layout.index())? {
        if name.starts_with('.') {
            continue;
        }
        match SegmentName::parse(&name) {
            Some(segment) => {
                let checked = check_segment(&layout, &layout.index().join(&name), segment);
                note(&mut report, &format!("index segment {name}"), checked)?;
            }
            None => report.unknown.push(format!("index/{name}")),
        }
    }
    for name in files::names(&layout.points())? {
        match id_from_text(&name) {
            Some(item) => check_points(&layout, &item, &mut report)?,
            None => report.unknown.push(format!("points/{name}")),
        }
    }
    Ok(report)
}

/// Puts damage into the report; other errors end the check.
fn note(
    report: &mut StructureReport,
    object: &str,
    checked: Result<(), Error>,
) -> Result<(), Error> {
    match checked {
        Ok(()) => Ok(()),
        // A merge or garbage collection removed it between the listing and the look.
        Err(Error::NotFound(_)) if object.starts_with("index segment") => Ok(()),
        Err(error) if is_damage(&error) || matches!(error, Error::NotFound(_)) => {
            report.damage.push(Damage::of(object, &error, Vec::new()));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn check_config(layout: &Layout) -> Result<(), Error> {
    let bytes = files::read(&layout.config(), CONFIG_BYTES_MAX)?;
    Cursor::new(&bytes)
        .start(MAGIC_CONFIG, TYPE_CONFIG)
        .map_err(|p| p.in_object("config"))
}

fn check_packs(layout: &Layout, report: &mut StructureReport) -> Result<(), Error> {
    let (salts, unknown) = list_packs(layout)?;
    let unknown = unknown.into_iter().map(|name| format!("packs/{name}"));
    report.unknown.extend(unknown);
    for salt in salts {
        let path = layout.pack(&salt);
        report.packs += 1;
        report.pack_bytes += path.metadata().at("read", &path)?.len();
        let object = format!("pack {}", hex(&salt));
        let checked = check_pack_ends(layout, &path, &salt, &object);
        note(report, &object, checked)?;
    }
    Ok(())
}

/// The clear header and footer of a pack agree with each other, with the name and with the size.
fn check_pack_ends(
    layout: &Layout,
    path: &Path,
    salt: &[u8; SALT_BYTES],
    object: &str,
) -> Result<(), Error> {
    let file = layout.open_stored(path)?;
    let size = file.len(path)?;
    let read = |buf: &mut [u8], at| {
        let read = file.read_exact_at(buf, at);
        read.map_err(|e| Error::crypto(object, e.into()))
    };
    let ends = (PACK_HEADER_BYTES + PACK_FOOTER_BYTES) as u64;
    if size < ends || !size.is_multiple_of(PACK_ALIGN as u64) {
        return Err(Error::damaged(object, "is cut short"));
    }
    let mut front = [0; PACK_HEADER_BYTES];
    read(&mut front, 0)?;
    let mut back = [0; PACK_FOOTER_BYTES - crate::crypto::TAG_BYTES];
    let at = size - PACK_FOOTER_BYTES as u64;
    read(&mut back, at)?;
    let header = PackHeader::decode(&front).map_err(|p| p.in_object(object))?;
    let footer = PackFooter::decode(&back, size).map_err(|p| p.in_object(object))?;
    if footer.header != header {
        return Err(Error::damaged(
            object,
            "has a header that differs from its footer",
        ));
    }
    if header.salt != *salt {
        return Err(Error::damaged(object, "belongs elsewhere"));
    }
    Ok(())
}

fn check_segment(layout: &Layout, path: &Path, name: SegmentName) -> Result<(), Error> {
    let file = layout.open_stored(path)?;
    let size = file.len(path)?;
    let header = SegmentHeader::read(&file, path, size)?;
    if header.name == name {
        return Ok(());
    }
    let object = path.display().to_string();
    Err(Error::damaged(object, "is not the segment its name says"))
}

fn check_points(
    layout: &Layout,
    item: &[u8; 16],
    report: &mut StructureReport,
) -> Result<(), Error> {
    let chain = match steady_chain(layout, item) {
        Ok(chain) => chain.points,
        Err(error) if is_damage(&error) => {
            let object = format!("recovery points of item {}", id_text(item));
            report.damage.push(Damage::of(&object, &error, Vec::new()));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for header in chain {
        report.points += 1;
        match read_point(layout, item, &header.point) {
            // Expired meanwhile.
            Ok(_) | Err(Error::NotFound(_)) => {}
            Err(error) if is_damage(&error) => {
                let object = format!("recovery point {}", id_text(&header.point));
                let affected = vec![Affected::point(&header)];
                report.damage.push(Damage::of(&object, &error, affected));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
