//! Takes out of the items' folders what stands among their recovery points and what no key made.
//!
//! Anyone who can write there can put a file behind the newest point that hides it, or a name
//! that is nobody's. It is refused wherever it is met, and stays until somebody asks for this.
//! Nothing is deleted: such files go where a repair puts damaged packs.
//!
//! A recovery point that is damaged or gone keeps all others of its item back, since nobody can tell
//! damage from what somebody did. Whoever gives it up on purpose gets a tombstone in its place.

use crate::crypto::random;
use crate::engine::bytes::id_text;
use crate::engine::intent::{self, Purpose};
use crate::engine::pack_check::is_damage;
use crate::engine::points::{
    Chain, chain_of, check_keys, links_of, parse_name, read_point_at, read_tombstone, sorted_out,
};
use crate::engine::repository::Repository;
use crate::engine::tombstone::Tombstone;
use crate::engine::verify::all_items;
use crate::engine::{Error, files, tombstone};

/// What was taken out, or would be.
#[derive(Debug, Default)]
pub struct PointsAside {
    /// Item, file name, and what is wrong with it.
    pub aside: Vec<([u8; 16], String, String)>,
    /// Item and first and last sequence of recovery points that were given up.
    pub given_up: Vec<([u8; 16], (u64, u64))>,
    /// Items that were left as they are: without such files theirs would be no whole chain.
    pub left: Vec<([u8; 16], String)>,
}

/// How far [`Repository::set_points_aside`] goes.
#[derive(Debug, Clone, Copy)]
pub struct AsideRequest {
    /// Only look.
    pub dry_run: bool,
    /// Also give up what is damaged or gone, at this time in Unix milliseconds.
    pub give_up: Option<u64>,
}

/// A run that is missing in a chain, and the links of the tombstone that closes it.
type Gap = ((u64, u64), ([u8; 32], [u8; 32]));

impl Repository {
    /// Sets aside what is not authentic among the recovery points of each item, if the rest is a
    /// whole chain of which `holds` is true, or can be closed to one by giving up what is missing.
    ///
    /// # Errors
    /// [`Error::Busy`] while anything else works on the repository, or I/O.
    pub fn set_points_aside(
        &self,
        request: AsideRequest,
        holds: impl Fn(&[u8; 16], &Chain) -> Result<(), String>,
    ) -> Result<PointsAside, Error> {
        self.check_writable()?;
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        let _intent = intent::begin(&self.layout, &self.keys, &writer, Purpose::Repair)?;
        let mut report = PointsAside::default();
        for item in all_items(self)? {
            let folder = self.layout.item(&item);
            let (mut good, mut bad) = (Vec::new(), Vec::new());
            for name in files::names(&folder)? {
                match self.check_entry(&item, &name) {
                    Ok(()) => good.push(name),
                    Err(error) if is_damage(&error) => bad.push((name, error.to_string())),
                    Err(error) => return Err(error),
                }
            }
            if bad.is_empty() && request.give_up.is_none() {
                continue;
            }
            let gaps = match self.whole(&item, &good, &holds)? {
                Ok(()) => Ok(Vec::new()),
                Err(_) if request.give_up.is_some() => self.gaps(&item, &good)?,
                Err(problem) => Err(problem),
            };
            match gaps {
                Ok(gaps) => self.take_out(request, &writer, &item, bad, gaps, &mut report)?,
                Err(problem) => report.left.push((item, problem)),
            }
        }
        Ok(report)
    }

    /// Says why these entries of an item are no whole chain, if they are none.
    fn whole(
        &self,
        item: &[u8; 16],
        good: &[String],
        holds: impl Fn(&[u8; 16], &Chain) -> Result<(), String>,
    ) -> Result<Result<(), String>, Error> {
        let chain = sorted_out(&self.layout.item(item), good)
            .and_then(|listed| chain_of(&self.layout, item, listed))
            .and_then(|chain| check_keys(&chain, &self.keys).map(|()| chain));
        match chain {
            // A point that is only damaged is not told from a forged one where nothing before
            // it could miss it.
            Ok(chain) if chain.start().is_some_and(|start| start != 1) => Ok(Err(
                "the rest does not begin with the first recovery point".into(),
            )),
            Ok(chain) => Ok(holds(item, &chain)),
            Err(error) if is_damage(&error) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// What is missing between and before these entries; or why no tombstone can close it.
    fn gaps(&self, item: &[u8; 16], good: &[String]) -> Result<Result<Vec<Gap>, String>, Error> {
        let listed = sorted_out(&self.layout.item(item), good)?;
        let (_, links) = links_of(&self.layout, item, listed)?;
        if !links.last().is_some_and(|link| link.is_point) {
            return Ok(Err(
                "no recovery point is left that the chain could end with".into(),
            ));
        }
        let (mut gaps, mut before) = (Vec::new(), (0, [0; 32]));
        for link in links {
            if link.first > before.0 + 1 {
                gaps.push(((before.0 + 1, link.first - 1), (before.1, link.previous)));
            } else if link.first <= before.0 || link.previous != before.1 {
                return Ok(Err(format!("number {} follows another one", link.first)));
            }
            before = (link.last, link.digest);
        }
        Ok(Ok(gaps))
    }

    /// Moves files aside, then closes what is missing.
    fn take_out(
        &self,
        request: AsideRequest,
        writer: &[u8; 16],
        item: &[u8; 16],
        bad: Vec<(String, String)>,
        gaps: Vec<Gap>,
        report: &mut PointsAside,
    ) -> Result<(), Error> {
        let folder = self.layout.item(item);
        let created = request.give_up.unwrap_or_default();
        if !request.dry_run {
            for (name, _) in &bad {
                self.move_aside(&folder.join(name), &format!("{}.{name}", id_text(item)))?;
            }
            if !bad.is_empty() {
                files::sync_folder(&self.layout.damaged())?;
                files::sync_folder(&folder)?;
            }
            for (number, (run, links)) in gaps.iter().enumerate() {
                let stone = Tombstone::new(&self.keys.current, *item, *run, *links, created);
                let temp = self.layout.tmp_file(writer, &format!("gone-{number}"));
                files::publish(temp, &folder.join(stone.name()), &stone.encode())?;
            }
        }
        let aside = bad
            .into_iter()
            .map(|(name, problem)| (*item, name, problem));
        report.aside.extend(aside);
        report
            .given_up
            .extend(gaps.into_iter().map(|(run, _)| (*item, run)));
        Ok(())
    }

    /// What the name of an entry promises is there, and a key of the repository made it.
    fn check_entry(&self, item: &[u8; 16], name: &str) -> Result<(), Error> {
        let path = self.layout.item(item).join(name);
        if let Some(run) = tombstone::parse_name(name) {
            return read_tombstone(&path, item, run)?.verify(&self.keys);
        }
        let Some(point) = parse_name(name) else {
            return Err(Error::damaged(name, "is not a recovery point"));
        };
        let (header, body) = read_point_at(&self.layout, &path, item, point)?;
        self.open_manifest(&header, &body).map(drop)
    }
}
