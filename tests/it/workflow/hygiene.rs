//! The process itself: no core file, nobody looks in, and few copies of keys in its memory.

#![allow(
    clippy::print_stdout,
    reason = "the figures are shown with --nocapture"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Sandbox, figure, noise, words};
use crate::workflow::secrecy::{root_secret, secret_material};

const WORDS: &str = "seven unlikely words in a row";

/// A command that waits for its standard input, as long as the value lives.
fn waiting(sandbox: &Sandbox) -> Child {
    let child = sandbox
        .command()
        .args(["Get-AzResourceGroup", "-PassphraseFd", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        let name = fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap_or_default();
        name.trim() == "rsv" && stat.contains(") S ")
    });
    child
}

fn wait_until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "nothing happened"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn write_passphrase(sandbox: &Sandbox) {
    sandbox.write("pass", WORDS.as_bytes());
    let path = sandbox.path().join("pass");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn sealed_home() -> Sandbox {
    let sandbox = Sandbox::new();
    write_passphrase(&sandbox);
    sandbox.ok("Initialize-RsvHome -PassphraseFile pass");
    sandbox
}

/// Puts the root key of a home under the passphrase; late, since each command then costs Argon2.
fn seal(sandbox: &mut Sandbox) {
    write_passphrase(sandbox);
    sandbox.ok("Update-RsvRootKey -NewPassphraseFile pass");
    sandbox.set("RSV_PASSPHRASE_FILE", "pass");
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_running_command_dumps_no_core_even_when_it_crashes() {
    let sandbox = sealed_home();
    let mut child = waiting(&sandbox);
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let line = limits.lines().find(|l| l.starts_with("Max core file size"));
    let words: Vec<_> = line.unwrap().split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{line:?}");
    signal(&child, "-ABRT");
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped());
}

#[test]
fn other_programs_of_the_same_user_may_not_attach() {
    let sandbox = Sandbox::new();
    let calls = "trace=prctl,prlimit64,setrlimit,openat";
    let output = sandbox.run_under(
        &["strace", "-qq", "-e", calls],
        &words("Initialize-RsvHome"),
    );
    let calls = String::from_utf8_lossy(&output.stderr);
    let at = |what: &str| {
        let found = calls.lines().position(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("no {what} in {calls}"))
    };
    let private = at("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0");
    assert!(private < at("root-"), "before any key is read");
}

#[test]
fn the_passphrase_is_in_no_argument_and_no_variable_of_a_running_command() {
    let sandbox = sealed_home();
    let mut child = waiting(&sandbox);
    for file in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{}/{file}", child.id())).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(WORDS), "{file}");
    }
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{WORDS}\n").as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
}

/// Occurrences of each needle in the writable memory of a stopped process.
fn count(pid: u32, needles: &[&[u8]]) -> Vec<usize> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut counts = vec![0; needles.len()];
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, mode) = (words.next().unwrap(), words.next().unwrap());
        if !mode.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let from = u64::from_str_radix(from, 16).unwrap();
        let to = u64::from_str_radix(to, 16).unwrap();
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        if memory.read_exact_at(&mut bytes, from).is_err() {
            continue;
        }
        for (needle, count) in needles.iter().zip(&mut counts) {
            let first = needle[0];
            let mut rest = bytes.as_slice();
            while let Some(at) = rest.iter().position(|b| *b == first) {
                rest = &rest[at..];
                *count += usize::from(rest.starts_with(needle));
                rest = &rest[1..];
            }
        }
    }
    counts
}

#[test]
fn a_restore_in_progress_holds_no_passphrase_and_few_copies_of_keys() {
    let mut sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(3, 48 << 20));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    seal(&mut sandbox);
    let (secrets, root) = (secret_material(&sandbox), root_secret(&sandbox));
    let disks = sandbox.home().join("disks");
    let partial = || {
        let mut entries = fs::read_dir(&disks).unwrap().flatten();
        let found = entries.find(|e| e.file_name().to_string_lossy().ends_with(".partial"));
        found.and_then(|e| e.path().join("data").metadata().ok())
    };
    sandbox.write("point.json", sandbox.newest_point().as_bytes());
    let mut child = sandbox
        .command()
        .args("Restore-AzRecoveryServicesBackupItem -RecoveryPoint @point.json -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault".split(' '))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(|| partial().is_some_and(|data| data.len() > 1 << 20));
    signal(&child, "-STOP");
    // The primes of both keys, the vault's DEK, and the DEK of the other, finished disk.
    let mut needles: Vec<&[u8]> = vec![WORDS.as_bytes(), &root];
    needles.extend(secrets.iter().map(Vec::as_slice));
    let counts = count(child.id(), &needles);
    signal(&child, "-CONT");
    assert!(child.wait().unwrap().success());
    println!(
        "passphrase {}, root key {}, others {:?}",
        counts[0],
        counts[1],
        &counts[2..]
    );
    figure("passphrases in the memory of a restore", counts[0]);
    let most = counts[1..].iter().max().copied().unwrap_or_default();
    figure("most copies of one key in the memory of a restore", most);
    assert_eq!(counts[0], 0, "passphrase");
    assert!(counts[1] <= 1, "root key: {}", counts[1]);
    for (index, count) in counts[2..].iter().enumerate() {
        assert!(
            *count <= 1,
            "secret {index} of {}: {count} copies",
            secrets.len()
        );
    }
}

#[test]
fn the_memory_search_finds_what_is_there() {
    let needle = noise(77, 32);
    let copies = [needle.clone(), needle.clone()];
    let found = count(std::process::id(), &[&needle]);
    assert!(found[0] > copies.len(), "{found:?}");
}

#[test]
fn no_type_that_holds_secret_bytes_derives_debug() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root];
    let (mut seen, mut secret) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("#[derive(").skip(1) {
                let (traits, rest) = part.split_once(")]").unwrap();
                let body = rest.split("\n}").next().unwrap();
                let is_type = ["struct ", "enum "]
                    .iter()
                    .any(|word| rest.lines().take(3).any(|line| line.contains(word)));
                seen += 1;
                // What these hold prints its bytes; `Secret` and `Passphrase` print none.
                let bytes = ["Zeroizing<", "shred: [u8", "dek: [u8", "key: [u8; 32]"];
                if is_type && bytes.iter().any(|word| body.contains(word)) {
                    secret += 1;
                    assert!(!traits.contains("Debug"), "{}: {rest:.80}", path.display());
                }
                assert!(
                    !(is_type && traits.contains("Serialize") && body.contains(": Secret<")),
                    "{}: {rest:.80}",
                    path.display()
                );
            }
        }
    }
    assert!(
        seen > 100,
        "{seen} derives, {secret} of types with secret bytes"
    );
    let debug = format!("{:?}", rsvault::crypto::Secret::take(&mut [0xAB; 32]));
    assert_eq!(debug, "Secret<32>(…)");
}

#[test]
fn nothing_that_is_printed_or_logged_under_debug_holds_a_secret() {
    let mut sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(3, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    seal(&mut sandbox);
    let mut said = String::new();
    for line in [
        "Initialize-RsvHome",
        "Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey",
        "Get-AzKeyVaultKey -VaultName testkeyvault -Name nothing",
        "Backup-AzKeyVaultKey -VaultName testkeyvault -Name testkey -OutputFile k.backup",
        "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault",
        "Test-RsvVault -VaultId testvault -Level Full",
        "Get-AzActivityLog",
        "Get-AzRecoveryServicesBackupJob -VaultId testvault",
    ] {
        let run = sandbox.run(&format!("{line} -Debug -Verbose"));
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
    }
    assert!(said.len() > 2000, "{said}");
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let said = said.to_lowercase();
    assert!(!said.contains(WORDS));
    for secret in secret_material(&sandbox)
        .iter()
        .chain([&root_secret(&sandbox)])
    {
        assert!(!said.contains(&hex(&secret[..16])));
    }
}
