//! Every state a key can be in, at every operation that needs it: one table.

use crate::harness::{Run, Sandbox, noise};
use crate::workflow::key_life::{
    REMOVE, REMOVE_VAULT, UNDO, UNDO_VAULT, another_key, protected, purge_protection,
};

/// The code and exit code of an operation; absent: it works.
type Cell = Option<(&'static str, i32)>;

const R5: &str = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
const SET: &str = "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId";
const VAULT: &str = "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault";

/// A state of the key: how it comes, what each operation says, how it goes.
struct State {
    name: &'static str,
    apply: fn(&Sandbox, &str),
    /// Backup, restore and key change: Backup's own rule is the same for all three.
    backup: Cell,
    /// A new version of the key by the operator.
    rotate: Cell,
    /// Reading a managed disk under a set with the same key: Key Vault's rule alone.
    disk: Cell,
    /// Readiness, which names every cause.
    ready: Cell,
    heal: fn(&Sandbox, &str),
}

fn update(sandbox: &Sandbox, version: &str, change: &str) {
    sandbox.ok(&format!(
        "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Version {version} {change}"
    ));
}

/// Permits the vault's identity and the set's.
fn permit(sandbox: &Sandbox, permissions: &str) {
    sandbox.grant(permissions);
    let set = sandbox.ok(
        "Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name keyset -Query Identity.PrincipalId",
    );
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {set} -PermissionsToKeys {permissions}"
    ));
}

fn purge(sandbox: &Sandbox) {
    sandbox.ok(
        "Backup-AzKeyVaultKey -VaultName testkeyvault -Name testkey -OutputFile key.bak -Force",
    );
    sandbox.ok(REMOVE);
    purge_protection(sandbox, false);
    sandbox.ok(&format!("{REMOVE} -InRemovedState"));
    purge_protection(sandbox, true);
}

const STATES: [State; 9] = [
    State {
        name: "enabled",
        apply: |_, _| (),
        backup: None,
        rotate: None,
        disk: None,
        ready: None,
        heal: |_, _| (),
    },
    State {
        name: "disabled",
        apply: |s, v| update(s, v, "-Enable false"),
        backup: Some(("KeyDisabled", 1)),
        rotate: None,
        disk: Some(("KeyDisabled", 1)),
        ready: Some(("KeyDisabled", 1)),
        heal: |s, v| update(s, v, "-Enable true"),
    },
    State {
        name: "expired",
        apply: |s, v| update(s, v, "-Expires 2020-01-01"),
        backup: Some(("RsvKeyExpired", 1)),
        rotate: None,
        disk: None,
        ready: Some(("RsvKeyExpired", 1)),
        heal: |s, v| update(s, v, "-Expires 2099-01-01"),
    },
    State {
        name: "not yet valid",
        apply: |s, v| update(s, v, "-NotBefore 2098-01-01"),
        backup: Some(("RsvKeyNotYetValid", 1)),
        rotate: None,
        disk: None,
        ready: Some(("RsvKeyNotYetValid", 1)),
        heal: |s, v| update(s, v, "-NotBefore 2020-01-01"),
    },
    State {
        name: "soft-deleted",
        apply: |s, _| drop(s.ok(REMOVE)),
        backup: Some(("RsvKeyDeleted", 3)),
        rotate: Some(("KeyNotFound", 3)),
        disk: Some(("RsvKeyDeleted", 3)),
        ready: Some(("RsvKeyDeleted", 3)),
        heal: |s, _| drop(s.ok(UNDO)),
    },
    State {
        name: "purged",
        apply: |s, _| purge(s),
        backup: Some(("RsvKeyPurged", 3)),
        rotate: Some(("KeyNotFound", 3)),
        disk: Some(("RsvKeyPurged", 3)),
        ready: Some(("RsvKeyPurged", 3)),
        heal: |s, _| {
            drop(s.ok("Restore-AzKeyVaultKey -VaultName testkeyvault -InputFile key.bak"));
        },
    },
    State {
        name: "permission lost",
        apply: |s, _| permit(s, "get,list,wrapKey"),
        backup: Some((R5, 1)),
        rotate: None,
        disk: Some(("ForbiddenByPolicy", 1)),
        ready: Some((R5, 1)),
        heal: |s, _| permit(s, "get,list,unwrapKey,wrapKey"),
    },
    State {
        name: "identity off",
        apply: |s, _| drop(s.ok(&format!("{VAULT} -IdentityType None"))),
        backup: Some((R5, 1)),
        rotate: None,
        disk: None,
        ready: Some((R5, 1)),
        heal: |s, _| {
            s.ok(&format!("{VAULT} -IdentityType SystemAssigned"));
            permit(s, "get,list,unwrapKey,wrapKey");
            // The new principal in the other key vault, too.
            another_grant(s);
        },
    },
    State {
        name: "key vault gone",
        apply: |s, _| drop(s.ok(REMOVE_VAULT)),
        backup: Some(("RsvKeyVaultDeleted", 3)),
        rotate: Some(("RsvKeyVaultDeleted", 3)),
        disk: Some(("RsvKeyVaultDeleted", 3)),
        ready: Some(("RsvKeyVaultDeleted", 3)),
        heal: |s, _| drop(s.ok(UNDO_VAULT)),
    },
];

fn another_grant(sandbox: &Sandbox) {
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName otherkv -ObjectId {principal} -PermissionsToKeys get,list,unwrapKey,wrapKey"
    ));
}

/// A set with the vault's own key, and a disk that was restored under it; gives a token for it.
fn disk_under(sandbox: &Sandbox, key: &str) -> String {
    let vault = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Output id");
    let config = sandbox.ok(&format!(
        "New-AzDiskEncryptionSetConfig -Location japaneast -IdentityType SystemAssigned -SourceVaultId {vault} -KeyUrl {key} -Output json"
    ));
    sandbox
        .run_with(
            "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name keyset -InputObject -",
            &config,
        )
        .ok();
    permit(sandbox, "get,list,unwrapKey,wrapKey");
    sandbox.restore("-DiskEncryptionSetId keyset").ok();
    let disk = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Name");
    sandbox.ok(&format!(
        "Grant-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk} -Access Read -DurationInSecond 86400 -Query AccessSAS"
    ))
}

/// Runs every operation; restores take the point that was newest before.
fn run_all(sandbox: &Sandbox, point: &str, token: &str, other: &str) -> [(&'static str, Run); 6] {
    let restore = sandbox.run_with(
        "Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault",
        point,
    );
    let disk = sandbox.run_with(
        "Save-AzVhd -SourceUri - -LocalFilePath back.img -OverWrite",
        token,
    );
    [
        ("backup", sandbox.backup()),
        ("restore", restore),
        (
            "readiness",
            sandbox.run("Test-RsvEncryptionReadiness -VaultId testvault"),
        ),
        ("read disk", disk),
        (
            "rotate",
            sandbox.run("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey"),
        ),
        ("assign", sandbox.run(&format!("{SET} {other}"))),
    ]
}

#[test]
fn r55_r57_r58_each_state_of_the_key_has_its_own_code_at_every_operation_and_heals() {
    let (sandbox, key) = protected();
    let version = key.rsplit('/').next().unwrap();
    let other = another_key(&sandbox);
    let token = disk_under(&sandbox, &key);
    for state in &STATES {
        let point = sandbox.newest_point();
        (state.apply)(&sandbox, version);
        for (operation, run) in run_all(&sandbox, &point, &token, &other) {
            let expected = match operation {
                "readiness" => state.ready,
                "read disk" => state.disk,
                "rotate" => state.rotate,
                _ => state.backup,
            };
            let told = format!("{} at {operation}: {}", state.name, run.stderr);
            let Some((code, exit)) = expected else {
                assert_eq!(run.exit, 0, "{told}");
                continue;
            };
            assert_eq!(run.exit, exit, "{told}");
            let said = run.fails(code, exit);
            let by_backup = !["read disk", "rotate"].contains(&operation);
            assert!(
                !by_backup || said.contains("rsv "),
                "no command heals: {told}"
            );
        }
        (state.heal)(&sandbox, version);
        sandbox.ok(&format!("{SET} {key}"));
        let status = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.LastUpdateStatus";
        assert_eq!(sandbox.ok(status), "Succeeded", "{}", state.name);
        let point = sandbox.newest_point();
        for (operation, run) in run_all(&sandbox, &point, &token, &key) {
            let told = format!("{}, healed, at {operation}: {}", state.name, run.stderr);
            assert_eq!(run.exit, 0, "{told}");
        }
        assert_eq!(
            sandbox.bytes("back.img"),
            noise(7, 300_000),
            "{}",
            state.name
        );
    }
    let restored = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    let last = restored.as_array().unwrap().len() - 1;
    sandbox.read_back(last, "last.img").ok();
    assert_eq!(sandbox.bytes("last.img"), noise(7, 300_000));
}
