//! What a command did to the disk, out of strace's output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::harness::Sandbox;

/// Calls that change names or bytes, or make them durable.
const CALLS: &str = "openat,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,\
                     fallocate,copy_file_range,sendfile,splice,fsync,fdatasync,syncfs,sync,\
                     rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,\
                     mkdir,mkdirat,rmdir";

/// One change, with paths relative to the sandbox.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Create(PathBuf),
    CreateFolder(PathBuf),
    Write(PathBuf, u64, Vec<u8>),
    Resize(PathBuf, u64),
    Sync(PathBuf),
    Link(PathBuf, PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    RemoveFolder(PathBuf),
}

/// Runs words in the sandbox under strace and gives the steps they made; they have to succeed.
pub(super) fn record(sandbox: &Sandbox, words: &[String]) -> Vec<Step> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let path = log.path().to_str().unwrap();
    let calls = format!("trace={CALLS}");
    let strace = [
        "strace",
        "-f",
        "-y",
        "-qq",
        "-x",
        "-s",
        "100000000",
        "-o",
        path,
        "-e",
        &calls,
        "-e",
        "signal=none",
    ];
    let output = sandbox.run_under(&strace, words);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {stderr}");
    let text = std::fs::read(log.path()).unwrap();
    // With -x every byte that is not ASCII is escaped.
    let text = String::from_utf8(text).unwrap();
    let mut recording = Recording {
        root: sandbox.path().to_path_buf(),
        positions: BTreeMap::new(),
        appending: BTreeSet::new(),
        steps: Vec::new(),
    };
    let mut unfinished: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, start);
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let (_, tail) = resumed.split_once(" resumed>").unwrap();
            let start = unfinished.remove(thread).unwrap();
            recording.line(&format!("{start}{tail}"));
        } else {
            recording.line(rest);
        }
    }
    recording.steps
}

struct Recording {
    root: PathBuf,
    /// Where the next `write` to a file goes: a duplicated descriptor shares it. No command
    /// writes to a file through two openings at a time; the model would be wrong, and say so.
    positions: BTreeMap<PathBuf, u64>,
    /// Files that are written at their end, wherever they were read.
    appending: BTreeSet<PathBuf>,
    steps: Vec<Step>,
}

impl Recording {
    fn line(&mut self, line: &str) {
        let Some((name, rest)) = line.split_once('(') else {
            return; // "+++ exited"
        };
        let (args, result) = arguments(rest);
        let result = result.trim_start_matches([' ', ')', '=']);
        if result.starts_with('-') || result.starts_with('?') {
            return;
        }
        let number = |text: &str| {
            text.parse::<u64>()
                .unwrap_or_else(|_| panic!("{line:.200}"))
        };
        match name {
            "openat" => self.open(&args),
            "write" | "pwrite64" => {
                let Some(path) = self.descriptor(&args[0]) else {
                    return;
                };
                let written = usize::try_from(number(result)).unwrap();
                let bytes = unescape(&args[1])[..written].to_vec();
                let at = if name == "pwrite64" {
                    number(&args[3])
                } else if self.appending.contains(&path) {
                    APPEND
                } else {
                    let position = self.positions.entry(path.clone()).or_default();
                    *position += written as u64;
                    *position - written as u64
                };
                self.steps.push(Step::Write(path, at, bytes));
            }
            "lseek" => {
                if let Some(path) = self.descriptor(&args[0]) {
                    self.positions.insert(path, number(result));
                }
            }
            "ftruncate" => {
                if let Some(path) = self.descriptor(&args[0]) {
                    self.steps.push(Step::Resize(path, number(&args[1])));
                }
            }
            "fallocate" => {
                if let Some(path) = self.descriptor(&args[0]) {
                    // Space beyond the end: nothing to read there yet.
                    if args[1].contains("KEEP_SIZE") {
                        return;
                    }
                    assert_eq!(args[1], "0", "{line:.200}");
                    let end = number(&args[2]) + number(&args[3]);
                    self.steps.push(Step::Resize(path, end));
                }
            }
            "fsync" | "fdatasync" => {
                if let Some(path) = self.descriptor(&args[0]) {
                    self.steps.push(Step::Sync(path));
                }
            }
            "rename" | "link" => self.two(name, &args[0], &args[1]),
            "renameat" | "renameat2" | "linkat" => self.two(name, &args[1], &args[3]),
            "unlink" | "rmdir" => self.remove(&args[0], name == "rmdir"),
            "unlinkat" => self.remove_at(&args),
            "mkdir" => self.one(&args[0], Step::CreateFolder),
            "mkdirat" => self.one(&args[1], Step::CreateFolder),
            _ => {
                let ours = args.iter().any(|arg| self.descriptor(arg).is_some());
                assert!(!ours, "the model does not know {line:.200}");
            }
        }
    }

    fn open(&mut self, args: &[String]) {
        let Some(path) = self.path(&args[1]) else {
            return;
        };
        if args[2].contains("O_APPEND") {
            self.appending.insert(path.clone());
        } else if !args[2].contains("O_RDONLY") {
            self.appending.remove(&path);
            self.positions.insert(path.clone(), 0);
        }
        if args[2].contains("O_CREAT") {
            self.steps.push(Step::Create(path.clone()));
        }
        if args[2].contains("O_TRUNC") {
            self.steps.push(Step::Resize(path.clone(), 0));
        }
    }

    /// The path behind `5</tmp/x/home/file>`, if it is ours and has a name.
    fn descriptor(&self, text: &str) -> Option<PathBuf> {
        let (_, path) = text.split_once('<')?;
        let path = path.strip_suffix('>')?;
        self.own(Path::new(path))
    }

    /// The path in an argument, if it is ours.
    fn path(&self, quoted: &str) -> Option<PathBuf> {
        if !quoted.starts_with('"') {
            return None;
        }
        let path = String::from_utf8(unescape(quoted)).ok()?;
        self.own(&self.root.join(path))
    }

    fn own(&self, path: &Path) -> Option<PathBuf> {
        Some(path.strip_prefix(&self.root).ok()?.to_path_buf())
    }

    fn one(&mut self, quoted: &str, step: fn(PathBuf) -> Step) {
        if let Some(path) = self.path(quoted) {
            self.steps.push(step(path));
        }
    }

    fn two(&mut self, name: &str, from: &str, to: &str) {
        let (Some(from), Some(to)) = (self.path(from), self.path(to)) else {
            return;
        };
        self.steps.push(if name.starts_with("link") {
            Step::Link(from, to)
        } else {
            Step::Rename(from, to)
        });
    }

    fn remove(&mut self, quoted: &str, folder: bool) {
        self.one(
            quoted,
            if folder {
                Step::RemoveFolder
            } else {
                Step::Remove
            },
        );
    }

    /// `unlinkat(5</folder>, "name", flags)`, as removing a tree does.
    fn remove_at(&mut self, args: &[String]) {
        let folder = self.descriptor(&args[0]).unwrap_or_default();
        let name = String::from_utf8(unescape(&args[1])).unwrap();
        let Some(path) = self.own(&self.root.join(folder).join(name)) else {
            return;
        };
        self.steps.push(if args[2].contains("AT_REMOVEDIR") {
            Step::RemoveFolder(path)
        } else {
            Step::Remove(path)
        });
    }
}

/// The position of a file that is opened for appending.
pub(super) const APPEND: u64 = 1 << 62;

/// Splits `a, "b, c", 5<d>) = 0` into arguments and what comes behind them.
fn arguments(text: &str) -> (Vec<String>, &str) {
    let bytes = text.as_bytes();
    let (mut args, mut start, mut depth, mut at) = (Vec::new(), 0, 0usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'<' | b'{' | b'[' => depth += 1,
            b'>' | b'}' | b']' => depth -= 1,
            b',' if depth == 0 => {
                args.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            b')' if depth == 0 => {
                args.push(text[start..at].trim().to_owned());
                return (args, &text[at..]);
            }
            _ => {}
        }
        at += 1;
    }
    panic!("not a call: {text:.200}");
}

/// The bytes of a quoted argument.
fn unescape(quoted: &str) -> Vec<u8> {
    let text = quoted.strip_prefix('"').unwrap();
    let text = text
        .strip_suffix('"')
        .unwrap_or_else(|| panic!("cut: {quoted:.80}"));
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len() / 4);
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next().unwrap() {
            b'x' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            other @ (b'"' | b'\\') => other,
            other => panic!("escape {}", other as char),
        });
    }
    out
}

#[test]
fn a_line_of_strace_is_taken_apart() {
    let (args, rest) = arguments(r#"3</a/b>, "x, \"y)\\\x00", 7) = 7"#);
    assert_eq!(args, ["3</a/b>", r#""x, \"y)\\\x00""#, "7"]);
    assert_eq!(rest, ") = 7");
    assert_eq!(unescape(&args[1]), b"x, \"y)\\\0");
}
