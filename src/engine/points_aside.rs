//! Takes out of the items' folders what stands among their recovery points and what no key made.
//!
//! Anyone who can write there can put a file behind the newest point that hides it, or a name
//! that is nobody's. It is refused wherever it is met, and stays until somebody asks for this.
//! Nothing is deleted: such files go where a repair puts damaged packs.

use crate::crypto::random;
use crate::engine::bytes::id_text;
use crate::engine::intent::{self, Purpose};
use crate::engine::pack_check::is_damage;
use crate::engine::points::{
    Chain, chain_of, check_keys, parse_name, read_point_at, read_tombstone, sorted_out,
};
use crate::engine::repository::Repository;
use crate::engine::verify::all_items;
use crate::engine::{Error, files, tombstone};

/// What was taken out, or would be.
#[derive(Debug, Default)]
pub struct PointsAside {
    /// Item, file name, and what is wrong with it.
    pub aside: Vec<([u8; 16], String, String)>,
    /// Items that were left as they are: without such files theirs would be no whole chain.
    pub left: Vec<([u8; 16], String)>,
}

impl Repository {
    /// Sets aside what is not authentic among the recovery points of each item, if the rest is a
    /// whole chain of which `holds` is true; with `dry_run` only looks.
    ///
    /// # Errors
    /// [`Error::Busy`] while anything else works on the repository, or I/O.
    pub fn set_points_aside(
        &self,
        dry_run: bool,
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
            if bad.is_empty() {
                continue;
            }
            let chain = sorted_out(&folder, &good)
                .and_then(|listed| chain_of(&self.layout, &item, listed))
                .and_then(|chain| check_keys(&chain, &self.keys).map(|()| chain));
            let whole = match chain {
                // A point that is only damaged is not told from a forged one where nothing before
                // it could miss it.
                Ok(chain) if chain.start().is_some_and(|start| start != 1) => {
                    Err("the rest does not begin with the first recovery point".into())
                }
                Ok(chain) => holds(&item, &chain),
                Err(error) if is_damage(&error) => Err(error.to_string()),
                Err(error) => return Err(error),
            };
            if let Err(problem) = whole {
                report.left.push((item, problem));
                continue;
            }
            for (name, problem) in bad {
                if !dry_run {
                    let aside = format!("{}.{name}", id_text(&item));
                    self.move_aside(&folder.join(&name), &aside)?;
                }
                report.aside.push((item, name, problem));
            }
            if !dry_run {
                files::sync_folder(&self.layout.damaged())?;
                files::sync_folder(&folder)?;
            }
        }
        Ok(report)
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
