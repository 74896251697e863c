//! Fetches blobs by id: looked up, read in the order of the packs, opened, checked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::Error;
use crate::engine::buffer::PageBuffer;
use crate::engine::compress::Decompressor;
use crate::engine::format::{ID_BYTES, KIND_PAGE, SALT_BYTES};
use crate::engine::index::Index;
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::pack_reader::{Location, PackReader};

/// Packs kept open: neighbours in an image lie in a handful of packs.
const PACKS_OPEN: usize = 64;
/// Blobs this close in a pack are read together; reading a gap beats another call.
const GAP_BYTES: u64 = 32 << 10;

/// One blob to fetch, and its place in the output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    pub(crate) id: [u8; ID_BYTES],
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// What a thread reuses from blob to blob.
pub(crate) struct Scratch {
    decompressor: Decompressor,
    sealed: PageBuffer,
}

impl Scratch {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            decompressor: Decompressor::new()?,
            sealed: PageBuffer::new(0),
        })
    }
}

/// The blobs of a repository, through one loaded index.
pub(crate) struct Blobs {
    layout: Layout,
    keys: KeySet,
    index: Index,
    open: Mutex<VecDeque<([u8; SALT_BYTES], Arc<PackReader>)>>,
}

impl Blobs {
    pub(crate) fn new(layout: &Layout, keys: &KeySet, index: Index) -> Self {
        Self {
            layout: layout.clone(),
            keys: keys.clone(),
            index,
            open: Mutex::default(),
        }
    }

    /// The index that lookups go to.
    pub(crate) fn into_index(self) -> Index {
        self.index
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Fetches blobs into their places in `out`, each pack read in order, neighbours at once and
    /// equal blobs once. An error comes with the number of the blob it happened at.
    pub(crate) fn fetch(
        &self,
        kind: u8,
        wants: &[Want],
        out: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<(), (usize, Error)> {
        let mut first: HashMap<[u8; ID_BYTES], usize> = HashMap::new();
        let (mut found, mut repeated) = (Vec::new(), Vec::new());
        for (number, want) in wants.iter().enumerate() {
            match first.get(&want.id) {
                Some(original) => repeated.push((*original, number)),
                None => {
                    first.insert(want.id, number);
                    let location = self.locate(kind, want).map_err(|e| (number, e))?;
                    found.push((location, number));
                }
            }
        }
        found.sort_unstable_by_key(|(location, _)| (location.salt, location.offset));
        let mut rest = found.as_slice();
        while !rest.is_empty() {
            let (run, later) = rest.split_at(run_length(rest));
            self.fetch_run(run, wants, out, scratch)?;
            rest = later;
        }
        for (original, number) in repeated {
            let (from, to) = (&wants[original], &wants[number]);
            if from.len != to.len {
                let problem = "is listed with two lengths";
                return Err((number, Error::damaged("the recovery point", problem)));
            }
            out.copy_within(from.start..from.start + from.len, to.start);
        }
        Ok(())
    }

    /// The `count` chunk ids of a page; holes too.
    pub(crate) fn page(
        &self,
        id: &[u8; ID_BYTES],
        count: u64,
        scratch: &mut Scratch,
    ) -> Result<Vec<[u8; ID_BYTES]>, Error> {
        let len = count as usize * ID_BYTES;
        let (id, start, mut bytes) = (*id, 0, vec![0; len]);
        self.fetch(KIND_PAGE, &[Want { id, start, len }], &mut bytes, scratch)
            .map_err(|(_, error)| error)?;
        Ok(bytes.as_chunks::<ID_BYTES>().0.to_vec())
    }

    /// Where a blob is, once the index says that it is of this kind and length.
    pub(crate) fn locate(&self, kind: u8, want: &Want) -> Result<Location, Error> {
        let location = self.index.locate(&want.id, kind)?;
        if location.record.kind != kind || location.record.plain_len as usize != want.len {
            return Err(Error::damaged(
                "the index",
                "lists a blob of another kind or length",
            ));
        }
        Ok(location)
    }

    /// Fetches blobs that lie close together in one pack.
    fn fetch_run(
        &self,
        run: &[(Location, usize)],
        wants: &[Want],
        out: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<(), (usize, Error)> {
        let (Some((front, number)), Some((back, _))) = (run.first(), run.last()) else {
            return Ok(());
        };
        let at_front = |e| (*number, e);
        let path = self.layout.pack(&front.salt);
        let pack = self.pack(&front.salt).map_err(at_front)?;
        let len = back.offset as usize + back.sealed_len() - front.offset as usize;
        scratch.sealed.make_room(len);
        let sealed = &mut scratch.sealed.as_mut_slice()[..len];
        pack.read(&path, u64::from(front.offset), sealed)
            .map_err(at_front)?;
        for (location, number) in run {
            let want = &wants[*number];
            let start = (location.offset - front.offset) as usize;
            let blob = &mut sealed[start..start + location.sealed_len()];
            let plain = &mut out[want.start..want.start + want.len];
            pack.open_blob(location, blob, plain, &mut scratch.decompressor)
                .map_err(|e| (*number, e))?;
        }
        Ok(())
    }

    fn pack(&self, salt: &[u8; SALT_BYTES]) -> Result<Arc<PackReader>, Error> {
        let open = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pack)) = open().iter().find(|(known, _)| known == salt) {
            return Ok(Arc::clone(pack));
        }
        let pack = PackReader::open(&self.layout, salt, &self.keys)?;
        let pack = Arc::new(pack);
        let mut open = open();
        if open.len() >= PACKS_OPEN {
            open.pop_front();
        }
        open.push_back((*salt, Arc::clone(&pack)));
        Ok(pack)
    }
}

/// How many of the sorted blobs at the front can be read at once. Blobs never overlap in an
/// honest pack; where they do, the run ends.
fn run_length(sorted: &[(Location, usize)]) -> usize {
    let close = |pair: &[(Location, usize)]| match pair {
        [(a, _), (b, _)] => {
            let end = u64::from(a.offset) + a.sealed_len() as u64;
            let gap = u64::from(b.offset).checked_sub(end);
            a.salt == b.salt && gap.is_some_and(|gap| gap <= GAP_BYTES)
        }
        _ => false,
    };
    1 + sorted.windows(2).take_while(|pair| close(pair)).count()
}
