//! Commands whose system calls are watched, failed or killed, each from the same start.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::harness::Sandbox;

/// The folders of a sandbox that its commands write to.
pub(crate) const FOLDERS: [&str; 4] = ["home", "config", "state", "staging"];

/// Copies a file or folder with its times and modes; `to` is replaced.
pub(crate) fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let status = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(status.unwrap().success());
}

/// Every file below a folder, sorted; none below one that is not there.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a sandbox's folders held, kept outside of it.
pub(crate) struct Golden(tempfile::TempDir);

impl Golden {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let golden = Self(tempfile::tempdir().unwrap());
        for folder in FOLDERS {
            let from = sandbox.path().join(folder);
            if from.exists() {
                copy(&from, &golden.path(folder));
            }
        }
        golden
    }

    /// The kept copy of a file or folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put_back(&self, sandbox: &Sandbox) {
        for folder in FOLDERS {
            let (from, to) = (self.path(folder), sandbox.path().join(folder));
            if from.exists() {
                copy(&from, &to);
            } else {
                let _ = std::fs::remove_dir_all(to);
            }
        }
    }
}

impl Sandbox {
    /// Runs words under a program such as strace, given with its own arguments; nothing comes on
    /// standard input.
    pub(crate) fn run_under(&self, tracer: &[&str], words: &[String]) -> Output {
        let run = self.command();
        Command::new(tracer[0])
            .args(&tracer[1..])
            .arg(run.get_program())
            .args(words)
            .env_clear()
            .envs(run.get_envs().filter_map(|(k, v)| Some((k, v?))))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

/// The words of a line without quotes.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}
