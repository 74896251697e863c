//! What somebody without a key can put into a vault's folder: it may be listed, but nothing follows.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Sandbox, noise};

fn protected() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 200_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox
}

/// The file of the newest recovery point.
fn newest(sandbox: &Sandbox) -> PathBuf {
    let files = sandbox.stored_files();
    let mut points: Vec<_> = files
        .into_iter()
        .filter(|f| f.iter().any(|part| part == "points"))
        .collect();
    points.sort();
    points.pop().unwrap()
}

/// Puts a recovery point behind the newest one: it links, but nobody's key made its body.
fn forge(sandbox: &Sandbox) -> PathBuf {
    let last = newest(sandbox);
    let bytes = fs::read(&last).unwrap();
    let label = u32::from_be_bytes(bytes[112..116].try_into().unwrap()) as usize;
    let digest_at = 116 + label;
    let head = digest_at + 32 + 8;
    let sequence = u64::from_be_bytes(bytes[64..72].try_into().unwrap()) + 1;
    let point = [9; 16];
    let mut forged = bytes[..digest_at].to_vec();
    forged[48..64].copy_from_slice(&point);
    forged[64..72].copy_from_slice(&sequence.to_be_bytes());
    forged[72..104].copy_from_slice(&rsvault::crypto::digest(&bytes[..head]));
    let body = noise(5, 300);
    forged.extend_from_slice(&rsvault::crypto::digest(&body));
    forged.extend_from_slice(&(body.len() as u64).to_be_bytes());
    forged.extend_from_slice(&body);
    let name = format!("{sequence:016}-{}", uuid::Uuid::from_bytes(point));
    let path = last.with_file_name(name);
    fs::write(&path, forged).unwrap();
    path
}

#[test]
fn the_head_never_moves_to_a_recovery_point_that_no_key_made() {
    let sandbox = protected();
    let forged = forge(&sandbox);
    let list = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
    sandbox.run(list).fails("RsvRepositoryDamaged", 4);
    sandbox.backup().fails("RsvRepositoryDamaged", 4);
    sandbox
        .run("Optimize-RsvVault -VaultId testvault")
        .fails("RsvOptimizeDamaged", 4);
    // Nothing was destroyed because of it: without the file all is as it was.
    fs::remove_file(forged).unwrap();
    sandbox.ok(list);
    sandbox.backup().ok();
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}
