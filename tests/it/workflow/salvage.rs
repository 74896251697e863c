//! -SkipDamaged: what still opens comes back, what does not is named, and nobody is left in doubt.

use std::fs;

use crate::harness::{Sandbox, noise};

const CHUNK: usize = 512 << 10;

/// A vault with one machine of two disks and one recovery point.
fn filled() -> (Sandbox, Vec<u8>) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let image = noise(1, CHUNK * 5 + 1000);
    sandbox.write("os.img", &image);
    sandbox.write("data.img", &noise(2, CHUNK));
    sandbox.protect("os.img", &["data.img"]);
    sandbox.backup().ok();
    sandbox.restore_target();
    (sandbox, image)
}

fn packs(sandbox: &Sandbox) -> Vec<std::path::PathBuf> {
    let files = sandbox.stored_files().into_iter();
    let mut packs: Vec<_> = files
        .filter(|path| path.to_string_lossy().contains("/packs/"))
        .collect();
    packs.sort();
    packs
}

/// Flips a byte in the middle of what lies 1/4 into the largest pack: a chunk of the OS disk.
fn damage(sandbox: &Sandbox) {
    let packs = packs(sandbox);
    let pack = packs.iter().max_by_key(|p| p.metadata().unwrap().len());
    let mut bytes = fs::read(pack.unwrap()).unwrap();
    let at = bytes.len() / 4;
    bytes[at] ^= 1;
    fs::write(pack.unwrap(), bytes).unwrap();
}

#[test]
fn a_restore_past_damage_lists_the_missing_ranges_and_exits_6() {
    let (sandbox, image) = filled();
    damage(&sandbox);
    // Without the switch nothing comes back, and nothing is left behind.
    let text = sandbox.restore("").fails("RsvRepositoryDamaged", 4);
    assert!(text.contains("at offset"), "{text}");
    assert!(
        text.contains("rsv Test-RsvVault") && text.contains("-SkipDamaged"),
        "{text}"
    );
    let none = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    assert!(none.as_array().unwrap().is_empty());

    let run = sandbox.restore("-SkipDamaged -Output json");
    assert_eq!(run.exit, 6, "{}", run.stderr);
    let error: serde_json::Value = serde_json::from_str(run.stderr.trim()).unwrap();
    assert_eq!(error["error"]["code"], "RsvRestoredInPart");
    let job: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(job["Status"], "CompletedWithWarnings");
    let id = job["JobId"].as_str().unwrap();
    let detail = sandbox.json(&format!(
        "Get-AzRecoveryServicesBackupJobDetail -JobId {id} -VaultId testvault"
    ));
    let list = detail["Properties"]["Missing data list"].as_str().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&fs::read(list).unwrap()).unwrap();
    assert_eq!(
        list["missingBytes"].to_string(),
        detail["Properties"]["Missing bytes"].as_str().unwrap()
    );

    // Exactly the listed bytes are zero, all others are the image's.
    let mut expected = [image, noise(2, CHUNK)];
    let mut ranges = 0;
    for disk in list["disks"].as_array().unwrap() {
        let index = usize::from(disk["name"].as_str().unwrap().contains("-datadisk-"));
        for missing in disk["missing"].as_array().unwrap() {
            let number = |name: &str| usize::try_from(missing[name].as_u64().unwrap()).unwrap();
            let (offset, length) = (number("offset"), number("length"));
            let range = offset..offset + length;
            assert!(
                error["error"]["message"]
                    .as_str()
                    .unwrap()
                    .contains(&format!("{length} bytes at offset {offset}"))
            );
            expected[index][range].fill(0);
            ranges += 1;
        }
    }
    assert_eq!(ranges, 1, "{list}");
    for (index, expected) in expected.iter().enumerate() {
        sandbox.read_back(index, "back.img").ok();
        assert!(sandbox.bytes("back.img") == *expected, "disk {index}");
    }
}

#[test]
fn a_restore_past_damage_that_meets_none_is_an_ordinary_one() {
    let (sandbox, image) = filled();
    let done = sandbox.restore("-SkipDamaged -Query Status").ok();
    assert_eq!(done, "Completed");
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == image);
}

#[test]
fn a_restore_past_damage_survives_a_pack_that_is_gone_but_not_a_damaged_manifest() {
    let (sandbox, image) = filled();
    for pack in packs(&sandbox) {
        fs::remove_file(pack).unwrap();
    }
    let run = sandbox.restore("-SkipDamaged");
    let text = run.fails("RsvRestoredInPart", 6);
    let whole = image.len() + CHUNK;
    assert!(
        text.contains(&format!("{whole} bytes are damaged")),
        "{text}"
    );
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == vec![0; image.len()]);

    let files = sandbox.stored_files().into_iter();
    let mut points = files.filter(|path| path.to_string_lossy().contains("/points/"));
    let point = points.next().unwrap();
    let mut bytes = fs::read(&point).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&point, bytes).unwrap();
    assert_eq!(sandbox.restore("-SkipDamaged").exit, 4);
}

#[test]
fn an_image_is_saved_through_no_planted_link() {
    let (sandbox, image) = filled();
    sandbox.restore("").ok();
    sandbox.write("victim", b"mine");
    let link = |name: &str| {
        let path = sandbox.path().join(name);
        std::os::unix::fs::symlink(sandbox.path().join("victim"), &path).unwrap();
        path
    };
    let planted = link("back.img");
    assert_ne!(sandbox.read_back(0, "back.img").exit, 0);
    fs::remove_file(planted).unwrap();
    let planted = link(".back.img.rsv-partial");
    let run = sandbox.read_back(0, "back.img");
    assert_eq!(sandbox.bytes("victim"), b"mine", "{}", run.stderr);
    let _ = fs::remove_file(planted);
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == image);
    assert_eq!(sandbox.bytes("victim"), b"mine");
}
