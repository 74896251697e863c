//! A private home for each test, and the program run in it as a user would.

mod inside;
mod traced;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) use inside::Inside;
pub(crate) use traced::{FOLDERS, Golden, copy, files, words};

/// A home, a configuration folder and a work folder that go away with the value.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run printed.
#[must_use = "say whether it succeeds or fails"]
pub(crate) struct Run {
    pub(crate) words: String,
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// The work folder, where relative paths lead.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("config")
    }

    /// Sets a variable for all later runs.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(n, _)| n != name);
        self.variables.push((name.into(), value.into()));
    }

    /// The program with the sandbox's environment and nothing else of ours.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsv"));
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("RSV_HOME", self.home())
            .env("RSV_CONFIG_HOME", self.config())
            .env("RSV_STATE_HOME", self.path().join("state"))
            .envs(self.variables.iter().map(|(n, v)| (n, v)));
        command
    }

    /// Runs words as typed in a shell; quotes group.
    pub(crate) fn run(&self, line: &str) -> Run {
        self.run_with(line, "")
    }

    /// Runs with this on standard input.
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Run {
        self.run_words(&split(line), input)
    }

    pub(crate) fn run_words(&self, words: &[String], input: &str) -> Run {
        use std::io::Write as _;
        let mut child = self
            .command()
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::from_output(words.join(" "), &child.wait_with_output().unwrap())
    }

    /// Runs something that has to succeed; gives what it printed, without the last newline.
    pub(crate) fn ok(&self, line: &str) -> String {
        self.run(line).ok()
    }

    /// Runs with JSON output; gives the value.
    pub(crate) fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.ok(&format!("{line} -Output json"))).unwrap()
    }

    /// A home as the seed leaves it before protection: groups, a vault with identity, a key vault
    /// with purge protection and a key that the vault may use. Gives the vault's id and the key's.
    pub(crate) fn prepared(&self) -> (String, String) {
        for line in [
            "New-AzResourceGroup -Name testrg -Location japaneast",
            "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast",
            "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -IdentityType SystemAssigned",
            "New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast -EnablePurgeProtection",
            "Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software",
        ] {
            self.ok(line);
        }
        self.grant("get,list,unwrapKey,wrapKey");
        let vault = self.ok("Get-AzRecoveryServicesVault -Name testvault -Output id");
        let key = self.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Query Id");
        (vault, key)
    }

    /// Sets what the vault's identity may do with the keys of testkeyvault.
    pub(crate) fn grant(&self, permissions: &str) {
        let principal =
            self.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
        self.ok(&format!(
            "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal} -PermissionsToKeys {permissions}"
        ));
    }

    /// Puts the prepared vault under its key.
    pub(crate) fn assign(&self, key: &str) {
        self.ok(&format!(
            "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}"
        ));
    }

    /// Registers a machine with these images and protects it.
    pub(crate) fn protect(&self, os: &str, data: &[&str]) {
        let data = match data {
            [] => String::new(),
            paths => format!("-DataDiskPath {}", paths.join(",")),
        };
        self.ok(&format!(
            "New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath {os} {data}"
        ));
        self.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId testvault");
    }

    /// Resource groups, a staging account and a disk encryption set to restore with.
    pub(crate) fn restore_target(&self) {
        self.ok("New-AzResourceGroup -Name DestRG -Location japaneast");
        self.ok("New-AzStorageAccount -ResourceGroupName DestRG -Name destaccount -Location japaneast -Path staging");
        self.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Destination Software");
        let key = self.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
        let vault = self.ok("Get-AzKeyVault -VaultName testkeyvault -Output id");
        let config = self.ok(&format!(
            "New-AzDiskEncryptionSetConfig -Location japaneast -IdentityType SystemAssigned -SourceVaultId {vault} -KeyUrl {key} -Output json"
        ));
        self.run_with(
            "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -InputObject -",
            &config,
        )
        .ok();
        let principal = self.ok("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Query Identity.PrincipalId");
        self.ok(&format!(
            "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal} -PermissionsToKeys get,wrapKey,unwrapKey"
        ));
    }

    pub(crate) fn backup(&self) -> Run {
        self.run("Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault")
    }

    /// The newest recovery point, as JSON.
    pub(crate) fn newest_point(&self) -> String {
        self.ok("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -Query [0] -Output json")
    }

    /// Restores the newest recovery point into DestRG; `more` are further parameters.
    pub(crate) fn restore(&self, more: &str) -> Run {
        let point = self.newest_point();
        self.run_with(
            &format!(
                "Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault {more}"
            ),
            &point,
        )
    }

    /// Reads the n-th disk of DestRG back into a file.
    pub(crate) fn read_back(&self, index: usize, file: &str) -> Run {
        let disk = self.ok(&format!(
            "Get-AzDisk -ResourceGroupName DestRG -Query [{index}].Name"
        ));
        let token = self.ok(&format!(
            "Grant-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk} -Access Read -DurationInSecond 600 -Query AccessSAS"
        ));
        self.run_with(
            &format!("Save-AzVhd -SourceUri - -LocalFilePath {file} -OverWrite"),
            &token,
        )
    }

    pub(crate) fn bytes(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.path().join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(file), bytes).unwrap();
    }

    /// Every file under the home and the staging folder.
    pub(crate) fn stored_files(&self) -> Vec<PathBuf> {
        let folders = [self.home(), self.path().join("staging")];
        folders.iter().flat_map(|folder| files(folder)).collect()
    }
}

impl Run {
    fn from_output(words: String, output: &Output) -> Self {
        Self {
            words,
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It has to succeed; gives what it printed, without the last newline.
    pub(crate) fn ok(self) -> String {
        assert_eq!(
            self.exit, 0,
            "rsv {}\n{}{}",
            self.words, self.stdout, self.stderr
        );
        self.stdout.trim_end_matches('\n').to_owned()
    }

    /// As [`Self::fails`], for a run with JSON output.
    pub(crate) fn fails_json(self, code: &str, exit: i32) -> String {
        let line = self.stderr.lines().find(|line| line.starts_with('{'));
        let error: Value = serde_json::from_str(line.unwrap_or("null")).unwrap();
        let found = (self.exit, error.to_string().contains(code));
        assert_eq!(found, (exit, true), "rsv {}\n{}", self.words, self.stderr);
        self.stderr
    }

    /// It has to fail with this code and exit code; gives what it said.
    pub(crate) fn fails(self, code: &str, exit: i32) -> String {
        let found = (self.exit, self.stderr.contains(&format!("[{code}]")));
        assert_eq!(
            found,
            (exit, true),
            "rsv {}\n{}{}",
            self.words,
            self.stdout,
            self.stderr
        );
        self.stderr
    }
}

/// Splits words at blanks; single and double quotes group.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.push(c),
            None if c == '\'' || c == '"' => (quote, any) = (Some(c), true),
            None if c.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                    any = false;
                }
            }
            None => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Bytes that no compressor shortens, the same for the same seed.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len + 32);
    let mut counter = 0u64;
    while out.len() < len {
        let mut block = seed.to_be_bytes().to_vec();
        block.extend_from_slice(&counter.to_be_bytes());
        out.extend_from_slice(&rsvault::crypto::digest(&block));
        counter += 1;
    }
    out.truncate(len);
    out
}

/// Adds a counted figure to the report of `tests/reliability.sh`, when one is being made.
pub(crate) fn figure(row: &str, count: usize) {
    use std::io::Write as _;
    let Some(path) = std::env::var_os("RSV_FIGURES") else {
        return;
    };
    let mut report = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    // One call: tests of other processes add their lines meanwhile.
    report
        .write_all(format!("{row}\t{count}\n").as_bytes())
        .unwrap();
}

/// True in `tests/reliability.sh`: everything is tried instead of a sample, in minutes.
pub(crate) fn full_reliability() -> bool {
    std::env::var("RSV_RELIABILITY").is_ok_and(|mode| mode == "full")
}
