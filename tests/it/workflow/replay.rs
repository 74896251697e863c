//! Old files put back (D01–D04, D10): each file of a home with a history is given each content it
//! ever had, and every folder of data and the whole home are put back as they once were. Each is
//! noticed, or nothing comes of it: everything reads as before, down to the last byte of a disk.
//!
//! The job book is derived from what it reports on and is no evidence; it is replayed as well, and
//! only its own list may then be shorter. What nobody can notice is a home that is put back
//! together with the anchor outside of it (threat model, N8).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Golden, Sandbox, copy, figure, files, full_reliability, noise};

const SIZE: usize = 300_000;

/// What must read the same when an old file did no harm.
const READS: [&str; 8] = [
    "Get-AzRecoveryServicesVault",
    "Get-AzRecoveryServicesVaultProperty -VaultId testvault",
    "Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey -IncludeVersions",
    "Get-AzRecoveryServicesBackupItem -WorkloadType AzureVM -BackupManagementType AzureVM -VaultId testvault",
    "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -StartDate 2020-01-01 -EndDate 2100-01-01",
    "Get-AzDisk -ResourceGroupName DestRG",
    "Test-RsvVault -VaultId testvault -Level Full",
    "Test-RsvActivityLog",
];

/// A home with a history, what it held after each step, and what it says now.
struct Past {
    sandbox: Sandbox,
    golden: Golden,
    /// The home after each step.
    steps: Vec<Golden>,
    says: Vec<Value>,
}

#[derive(Debug, Default)]
struct Verdicts {
    noticed: usize,
    harmless: usize,
    noticed_by: BTreeSet<String>,
}

impl Past {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.ok("Initialize-RsvHome -Rehearsal");
        sandbox.set("RSV_NOW", "2027-01-01T00:00:00Z");
        let (_, key) = sandbox.prepared();
        sandbox.assign(&key);
        sandbox.restore_target();
        let mut steps = vec![Golden::of(&sandbox)];
        sandbox.write("os.img", &noise(1, SIZE));
        sandbox.protect("os.img", &[]);
        let mut days = 1;
        let mut step = |sandbox: &mut Sandbox, lines: &[&str]| {
            days += 1;
            sandbox.set("RSV_NOW", &format!("2027-01-{days:02}T00:00:00Z"));
            for line in lines {
                sandbox.ok(line);
            }
            steps.push(Golden::of(sandbox));
        };
        let backup = "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault";
        step(&mut sandbox, &[backup]);
        sandbox.write("os.img", &noise(2, SIZE));
        step(&mut sandbox, &[backup]);
        sandbox.restore("-DiskEncryptionSetId testdes1").ok();
        step(&mut sandbox, &[]);
        let new = sandbox
            .ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
        let set = format!(
            "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {new}"
        );
        step(&mut sandbox, &[&set]);
        sandbox.write("os.img", &[noise(2, SIZE / 2), noise(3, SIZE / 2)].concat());
        step(
            &mut sandbox,
            &["New-RsvDekEpoch -VaultId testvault", backup],
        );
        sandbox.set("RSV_NOW", "2027-02-15T00:00:00Z");
        sandbox.write("os.img", &noise(4, SIZE));
        sandbox.ok(backup);
        steps.push(Golden::of(&sandbox));
        sandbox.ok("Optimize-RsvVault -VaultId testvault");
        // The job book reports on this one, so that it lists the same after each look.
        let golden = Golden::of(&sandbox);
        let mut past = Self {
            sandbox,
            golden,
            steps,
            says: Vec::new(),
        };
        past.says = past.reads().unwrap();
        past.golden.put_back(&past.sandbox);
        past
    }

    /// What the commands say, or the first one that was refused.
    fn reads(&self) -> Result<Vec<Value>, (String, i32)> {
        let mut said = Vec::new();
        for line in READS {
            let run = self.sandbox.run(&format!("{line} -Output json"));
            if run.exit != 0 {
                return Err((format!("{line}: {}", run.stderr), run.exit));
            }
            let mut value: Value = serde_json::from_str(&run.stdout).unwrap();
            steady(&mut value);
            said.push(value);
        }
        Ok(said)
    }

    /// Restores the newest point and compares, then backs up again.
    fn goes_on(&self) -> Result<(), (String, i32)> {
        let sandbox = &self.sandbox;
        let disks = |sandbox: &Sandbox| -> BTreeSet<String> {
            let list = sandbox.json("Get-AzDisk -ResourceGroupName DestRG -Query Name");
            let list = list.as_array().unwrap().iter();
            list.map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let before = disks(sandbox);
        let point = sandbox.newest_point();
        let run = sandbox.run_with("Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault", &point);
        if run.exit != 0 {
            return Err((run.stderr, run.exit));
        }
        let after = disks(sandbox);
        let index = after.iter().position(|name| !before.contains(name));
        sandbox.read_back(index.unwrap(), "back.img").ok();
        assert!(sandbox.bytes("back.img") == noise(4, SIZE), "wrong bytes");
        let old = before.iter().next().unwrap();
        let index = after.iter().position(|name| name == old).unwrap();
        sandbox.read_back(index, "old.img").ok();
        assert!(sandbox.bytes("old.img") == noise(2, SIZE), "wrong bytes");
        let run = sandbox.backup();
        if run.exit != 0 {
            return Err((run.stderr, run.exit));
        }
        sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
        Ok(())
    }

    /// Says whether what was put back is noticed; if it is not, it has to be without effect.
    fn judge(&self, what: &str, verdicts: &mut Verdicts) {
        let outcome = self.reads().and_then(|says| {
            for ((line, was), is) in READS.iter().zip(&self.says).zip(&says) {
                assert_eq!(was, is, "{what}: {line} says something else");
            }
            self.goes_on()
        });
        match outcome {
            Ok(()) => verdicts.harmless += 1,
            Err((said, exit)) => {
                // A key version that the state has and the folder not is a missing file, no damage.
                let is_missing_key = exit == 1 && said.contains("RsvKeyFileIo");
                assert!(exit == 4 || is_missing_key, "{what}: {said}");
                let code = said.rsplit('[').next().unwrap_or_default();
                let code = code.split(']').next().unwrap_or_default();
                verdicts.noticed_by.insert(code.to_owned());
                verdicts.noticed += 1;
            }
        }
        self.golden.put_back(&self.sandbox);
    }
}

/// Takes out times of the look itself, the length of the derived job book, packs, of which a
/// repository may hold more than it needs, and the log's last line, which the state holds as well
/// until the next change.
fn steady(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for name in [
                "Seconds",
                "Duration",
                "BytesRead",
                "StartTime",
                "EndTime",
                "JobBooks",
                "Packs",
                "PackBytes",
                "Lines",
                "LastSequence",
                "LastDigest",
                "PendingLines",
            ] {
                map.remove(name);
            }
            map.values_mut().for_each(steady);
        }
        Value::Array(list) => list.iter_mut().for_each(steady),
        _ => {}
    }
}

#[test]
fn d03_every_file_put_back_to_each_of_its_older_contents_is_noticed_or_harmless() {
    let past = Past::new();
    let mut old: BTreeMap<PathBuf, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for step in &past.steps {
        let home = step.path("home");
        for file in files(&home) {
            let name = file.strip_prefix(&home).unwrap().to_path_buf();
            let bytes = fs::read(&file).unwrap();
            let now = fs::read(past.golden.path("home").join(&name)).ok();
            if now.as_ref() != Some(&bytes) {
                old.entry(name).or_default().insert(bytes);
            }
        }
    }
    let mut verdicts = Verdicts::default();
    let (mut number, every) = (0, if full_reliability() { 1 } else { 8 });
    for (name, contents) in &old {
        for bytes in contents {
            number += 1;
            if number % every != 0 {
                continue;
            }
            let path = past.sandbox.home().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            past.judge(&name.display().to_string(), &mut verdicts);
        }
    }
    figure("old files put back, noticed", verdicts.noticed);
    figure("old files put back, proven harmless", verdicts.harmless);
    assert!(number >= 30, "{number} old contents of {}", old.len());
    assert!(
        verdicts.noticed > 0 && verdicts.harmless > 0,
        "{verdicts:?}"
    );
}

#[test]
fn d01_the_whole_home_and_each_of_its_folders_put_back_are_noticed_or_harmless() {
    let past = Past::new();
    let mut verdicts = Verdicts::default();
    let every = if full_reliability() { 1 } else { 3 };
    for (number, step) in past.steps.iter().enumerate().step_by(every) {
        // What a home says is compared only when nothing refuses it: the anchor always does.
        copy(&step.path("home"), &past.sandbox.home());
        for line in READS {
            past.sandbox.run(line).fails("RsvRollbackDetected", 4);
        }
        past.golden.put_back(&past.sandbox);
        figure("whole homes put back, each noticed", 1);
        for folder in ["vaults", "keyvault", "disks", "activity", "jobs", "intents"] {
            let from = step.path("home").join(folder);
            if from.exists() {
                copy(&from, &past.sandbox.home().join(folder));
                past.judge(&format!("{folder} after step {number}"), &mut verdicts);
            }
        }
    }
    figure("old folders put back, noticed", verdicts.noticed);
    figure("old folders put back, proven harmless", verdicts.harmless);
    assert!(verdicts.noticed >= past.steps.len() / every, "{verdicts:?}");
}
