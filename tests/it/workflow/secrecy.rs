//! What a thief finds: nothing in the clear, and nothing that opens without the root key.

use std::fs;

use crate::harness::{Sandbox, noise};

/// An incompressible marker that would show in any plaintext.
fn marker() -> Vec<u8> {
    noise(99, 64)
}

fn image() -> Vec<u8> {
    let mut image = vec![0; 700_000];
    for at in [0, 16_384 + 100, 524_288, 650_000] {
        image[at..at + 64].copy_from_slice(&marker());
    }
    image
}

fn everything() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &image());
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.restore("").ok();
    sandbox
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// The needle raw, in hex, and in base64 at each of the three alignments.
fn spellings(needle: &[u8]) -> Vec<Vec<u8>> {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
    let hex: String = needle.iter().map(|b| format!("{b:02x}")).collect();
    let mut all = vec![
        needle.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    for skip in 0..3 {
        let whole = (needle.len() - skip) / 3 * 3;
        let text = BASE64_STANDARD_NO_PAD.encode(&needle[skip..skip + whole]);
        all.push(text.replace('+', "-").replace('/', "_").into_bytes());
        all.push(text.into_bytes());
    }
    all
}

#[test]
fn no_plaintext_is_anywhere_under_the_home_or_the_staging_folder() {
    let sandbox = everything();
    let mut needles = spellings(&marker());
    needles.extend(
        secret_material(&sandbox)
            .iter()
            .flat_map(|secret| spellings(secret)),
    );
    let mut bytes = 0;
    for path in sandbox.stored_files() {
        let content = fs::read(&path).unwrap();
        bytes += content.len();
        for needle in &needles {
            assert!(
                !contains(&content, needle),
                "{} holds plaintext",
                path.display()
            );
        }
    }
    assert!(bytes > 100_000, "there was something to search: {bytes}");
    // The search would find it: the image itself is plaintext.
    assert!(contains(&sandbox.bytes("os.img"), &needles[0]));
}

/// The home with its root key; a passphrase is in the file "pass".
fn opened(sandbox: &Sandbox) -> (rsvault::state::Home, rsvault::state::RootKey) {
    use rsvault::state::{Home, Passphrase, RootKey, Unlock};
    let home = Home::from_variables(Some(&sandbox.home()), |name| match name {
        "RSV_CONFIG_HOME" => Some(sandbox.config().into()),
        "RSV_STATE_HOME" => Some(sandbox.path().join("state").into()),
        _ => None,
    })
    .unwrap();
    let installation = home.installation().unwrap().unwrap();
    let unlock = Unlock {
        ask: &|_| Passphrase::read(&sandbox.path().join("pass")),
        choose: None,
    };
    let root = RootKey::unlock(&home, installation, &unlock).unwrap();
    (home, root)
}

/// The root key itself.
pub(super) fn root_secret(sandbox: &Sandbox) -> Vec<u8> {
    opened(sandbox).1.secret().expose().to_vec()
}

/// What must never be on disk in the clear: the primes of every private key, the vault's DEK, and
/// the DEK of each disk under the customer's key. Unsealed with the root key, as the program does.
pub(super) fn secret_material(sandbox: &Sandbox) -> Vec<Vec<u8>> {
    use rsvault::crypto::{Keyring, RsaPrivate, WrapGroup};
    use rsvault::engine::{get_disk_wrap, get_wrap};
    use rsvault::state::Digest;
    let (home, root) = opened(sandbox);
    let keyring = Keyring::open(home.keyvault(), root.secret().clone()).unwrap();
    let private = |name: &str| -> RsaPrivate {
        let query =
            format!("Get-AzKeyVaultKey -VaultName testkeyvault -Name {name} -Query Version");
        keyring
            .load("testkeyvault", name, &sandbox.ok(&query))
            .unwrap()
    };
    let keys = [private("testkey"), private("deskey")];
    let mut found = Vec::new();
    for key in &keys {
        // In PKCS#8 of RSA-2048 the primes, with their top bits set, are integers of 129 bytes.
        let der = key.to_pkcs8_der().unwrap();
        let starts = der
            .windows(4)
            .enumerate()
            .filter(|(_, w)| *w == [0x02, 0x81, 0x81, 0x00]);
        let before = found.len();
        found.extend(starts.map(|(at, _)| der[at + 4..at + 4 + 64].to_vec()));
        assert!(found.len() >= before + 2, "both primes are there");
    }
    let dek = |key: &RsaPrivate, wrap: &[u8]| {
        let group = WrapGroup::decode(wrap).unwrap();
        key.unwrap(&group.parts()[0].ciphertext)
            .map(|dek| dek.expose().to_vec())
    };
    let state = fs::read_to_string(sandbox.home().join("state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(state.split_once('\n').unwrap().1).unwrap();
    let vault = state["vaults"]
        .as_object()
        .unwrap()
        .values()
        .next()
        .unwrap();
    let text = |name: &str| vault["data"][name].as_str().unwrap();
    let folder = home.vaults().join(text("owner")).join(text("repository"));
    let wrap = get_wrap(&folder, &Digest::parse(text("wrap")).unwrap().0).unwrap();
    found.push(dek(&keys[0], &wrap).unwrap());
    let mut disks = 0;
    for disk in state["disks"].as_object().unwrap().values() {
        let id: uuid::Uuid = disk["uuid"].as_str().unwrap().parse().unwrap();
        let wrap = get_disk_wrap(&home.disks(), id.as_bytes(), None).unwrap();
        if let Ok(dek) = dek(&keys[1], &wrap) {
            found.push(dek);
            disks += 1;
        }
    }
    assert_eq!(
        disks, 1,
        "one disk is under the customer's key, the other under the platform's"
    );
    found
}

#[test]
fn a_copied_home_without_its_root_key_opens_nothing() {
    let sandbox = everything();
    let key = fs::read_dir(sandbox.config())
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.to_string_lossy().contains("root-"))
        .unwrap();
    fs::rename(&key, key.with_extension("elsewhere")).unwrap();
    for line in [
        "Get-AzRecoveryServicesVault",
        "Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey",
        "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault",
        "Get-AzDisk",
    ] {
        let text = sandbox.run(line).fails("RsvRootKeyMissing", 1);
        assert!(
            text.contains("restore that file from your backup"),
            "{text}"
        );
    }
    fs::rename(key.with_extension("elsewhere"), &key).unwrap();
    sandbox.backup().ok();
}

#[test]
fn an_older_state_with_the_platform_key_opens_no_customer_class_data() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let old = fs::read(sandbox.home().join("state.json")).unwrap();
    sandbox.assign(&key);
    sandbox.write("os.img", &image());
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    fs::write(sandbox.home().join("state.json"), &old).unwrap();
    // The anchor notices at once …
    sandbox
        .run("Get-AzRecoveryServicesVault")
        .fails("RsvRollbackDetected", 4);
    // … and on a machine that never saw the newer state, the old one leads to an epoch that is
    // gone: the platform key never wrapped the key of the new one.
    fs::remove_dir_all(sandbox.path().join("state")).unwrap();
    let log = sandbox.home().join("activity/000001.ndjson");
    let lines = fs::read_to_string(&log).unwrap();
    let state: serde_json::Value = serde_json::from_str(
        std::str::from_utf8(&old)
            .unwrap()
            .split_once('\n')
            .unwrap()
            .1,
    )
    .unwrap();
    let known = usize::try_from(state["log"]["head"]["sequence"].as_u64().unwrap()).unwrap();
    fs::write(
        &log,
        lines
            .lines()
            .take(known)
            .map(|l| format!("{l}\n"))
            .collect::<String>(),
    )
    .unwrap();
    sandbox.write("other.img", b"other");
    sandbox.protect("other.img", &[]);
    let run = sandbox.backup();
    assert_ne!(run.exit, 0, "{}", run.stdout);
}

#[test]
fn files_and_folders_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = everything();
    for path in sandbox.stored_files() {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert!(mode & 0o077 == 0, "{} has mode {mode:o}", path.display());
        let folder = path.parent().unwrap();
        let mode = fs::metadata(folder).unwrap().permissions().mode() & 0o777;
        assert!(mode & 0o077 == 0, "{} has mode {mode:o}", folder.display());
    }
}

#[test]
fn a_public_key_that_was_swapped_wraps_nothing() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software");
    let public = |name: &str| {
        let files = sandbox.stored_files().into_iter();
        let folder = format!("/keyvault/testkeyvault/{name}/");
        let mut found = files.filter(|p| p.to_string_lossy().contains(&folder));
        found
            .find(|p| p.extension().is_some_and(|e| e == "pub"))
            .unwrap()
    };
    fs::copy(public("other"), public("testkey")).unwrap();
    sandbox
        .run(&format!(
            "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}"
        ))
        .fails("RsvPublicKeySwapped", 4);
}
