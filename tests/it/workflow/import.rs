//! An import of a folder that somebody else could write to on its way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rsvault::crypto::{
    RsaPublic, Secret, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapPart, WrapPurpose,
};
use rsvault::engine::{
    BackupRequest, KeySet, Repository, RepositoryKeys, SourceDisk, get_wrap, list_wraps, points,
    put_wrap,
};

use crate::harness::{Inside, Sandbox, copy, files};
use crate::workflow::dek_epochs::new_chunks;
use crate::workflow::key_life::edit;
use crate::workflow::moving::{boxed, filled, run_page, two_homes};

const DOMAIN: [u8; 16] = [0x66; 16];

/// The repository in a vault's folder.
fn repository(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap();
    let mut found = entries.map(|entry| entry.unwrap().path());
    found.find(|path| path.join("points").is_dir()).unwrap()
}

/// A key record of somebody else's data key under a public key: the newest in the folder.
fn plant(folder: &Path, keys: &Path, key_id: &str) -> (Secret<32>, WrapHeader) {
    let repository = repository(folder);
    let known = list_wraps(&repository).unwrap();
    let group = |digest| WrapGroup::decode(&get_wrap(&repository, digest).unwrap()).unwrap();
    let newest = known
        .iter()
        .map(|digest| group(digest).header().epoch)
        .max();
    let header = WrapHeader {
        class: WrapClass::Customer,
        infrastructure: false,
        epoch: newest.unwrap() + 1,
        domain: DOMAIN,
        owner: group(&known[0]).header().owner,
        purpose: WrapPurpose::VaultKey,
        extensions: Vec::new(),
    };
    let public = fs::read_dir(keys).unwrap().map(|e| e.unwrap().path());
    let public = public.filter(|path| path.extension().is_some_and(|e| e == "pub"));
    let pem = fs::read_to_string(public.last().unwrap()).unwrap();
    let public = RsaPublic::from_spki_pem(&pem).unwrap();
    let dek = Secret::random().unwrap();
    let mut group = WrapGroup::new(header.clone(), &dek).unwrap();
    let part = WrapPart::new(
        WrapAlgorithm::RsaOaep256,
        key_id.to_owned(),
        public.spki_digest(),
        0,
        public.wrap(&dek).unwrap(),
    );
    group.add_part(&dek, part).unwrap();
    put_wrap(&repository, &group.encode()).unwrap();
    (dek, header)
}

fn planted_keys(dek: &Secret<32>, header: &WrapHeader) -> RepositoryKeys {
    let class = header.class_byte();
    RepositoryKeys::derive(dek, header.owner, header.epoch, class, header.domain)
}

/// Stores this image's chunks under the planted key, so that later backups would find them.
fn plant_chunks(sandbox: &Sandbox, folder: &Path, keys: RepositoryKeys, image: &[u8]) {
    let path = sandbox.path().join("planted.img");
    fs::write(&path, image).unwrap();
    let theirs = sandbox.path().join("theirs");
    let made = Repository::create(&theirs, KeySet::new(keys), 19).unwrap();
    let request = BackupRequest {
        item: [1; 16],
        point: [2; 16],
        sequence: 1,
        previous: [0; 32],
        created_ms: 1,
        label: Vec::new(),
        disks: vec![SourceDisk {
            lun: 0,
            role: 0,
            label: Vec::new(),
            path,
        }],
        level: 3,
        writer: [3; 16],
    };
    made.backup(&request, &(), |_| Ok(())).unwrap();
    for part in ["packs", "index"] {
        // Among what is there.
        let mut beside = Command::new("cp");
        beside
            .arg("-a")
            .args([theirs.join(part), repository(folder)]);
        assert!(beside.status().unwrap().success());
    }
}

#[test]
fn whoever_planted_a_data_key_on_the_way_reads_no_later_backup_and_gives_it_no_chunk() {
    let (old, new, between) = two_homes();
    let image = filled(&old, true);
    run_page(&old, "old", &["Backup-AzKeyVaultKey", "cp -a"]);
    let folder = boxed(between.path());
    let key = Inside::of(&old).vault.encryption.key_uri.unwrap();
    let keys = old.home().join("keyvault/testkeyvault/testkey");
    let (dek, header) = plant(&folder, &keys, &key);
    plant_chunks(&old, &folder, planted_keys(&dek, &header), &image);
    drop(old);
    run_page(&new, "new", &["New-AzKeyVault", "Import-RsvVault"]);
    let inside = Inside::of(&new);
    let epochs: Vec<u32> = inside.vault.data.epochs().map(|e| e.epoch).collect();
    assert_eq!(
        epochs,
        [4, 3, 2],
        "a fresh one, the planted one, the vault's"
    );
    let item = inside.vault.items[0].uuid;
    for epoch in &inside.vault.data.older {
        let newest =
            |ends: &BTreeMap<_, rsvault::domain::ItemEnd>| (ends.len(), ends[&item].newest);
        assert_eq!(epoch.ends.as_ref().map(newest), Some((1, 2)));
    }
    let moved = new.path().join("moved");
    copy(&inside.folder, &moved);
    new.write("os.img", &image);
    new.ok("New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img");
    new.ok("Enable-AzRecoveryServicesBackupProtection -Item V2VM -Policy DefaultPolicy -VaultId testvault");
    assert_ne!(new_chunks(&new), "0", "nothing planted is taken for known");
    let item = item.into_bytes();
    let newest = points(&inside.folder, None, &item).unwrap().pop().unwrap();
    assert_eq!((newest.sequence, newest.epoch), (3, 4));
    // The thief has the planted key, the configuration as it was, and even the vault's own old key.
    let theirs = new.path().join("theirs");
    copy(&inside.folder, &theirs);
    fs::copy(
        repository(&boxed(between.path())).join("config"),
        theirs.join("config"),
    )
    .unwrap();
    let mut set = KeySet::new(planted_keys(&dek, &header));
    set.older = vec![inside.keys().older.pop().unwrap()];
    let thief = Repository::open(&theirs, set).unwrap();
    assert!(thief.open_point(&item, &newest.point).is_err());
    let before = newest.previous;
    let chain = points(&theirs, None, &item).unwrap();
    let second = chain.iter().find(|p| p.digest() == before).unwrap();
    thief.check_manifest(&item, &second.point).unwrap();
    new.ok("Test-RsvVault -VaultId testvault -Level Full");
}

/// Name and bytes of every file.
fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap();
        (path, bytes)
    };
    files(folder).into_iter().map(read).collect()
}

#[test]
fn an_import_that_is_only_asked_about_writes_nothing() {
    for customer in [true, false] {
        let (old, mut new, between) = two_homes();
        filled(&old, customer);
        new.ok("New-AzResourceGroup -Name testrg -Location japaneast");
        let mut more = String::new();
        if customer {
            run_page(&old, "old", &["Backup-AzKeyVaultKey", "cp -a"]);
            run_page(&new, "new", &["New-AzKeyVault"]);
            new.ok("New-AzUserAssignedIdentity -ResourceGroupName testrg -Name mover -Location japaneast");
            let identity = new.ok("Get-AzUserAssignedIdentity -ResourceGroupName testrg -Name mover -Query PrincipalId");
            new.ok(&format!("Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {identity} -PermissionsToKeys get,unwrapKey,wrapKey"));
            more.push_str("-UserAssignedIdentity mover");
        } else {
            run_page(&old, "old", &["cp -a", "Initialize-RsvHome"]);
            more = format!(
                "-RootKeyFile {}",
                between.path().join("old-root.key").display()
            );
        }
        let folder = boxed(between.path());
        let line = format!(
            "Import-RsvVault -Path {} -ResourceGroupName testrg -Name testvault {more}",
            folder.display()
        );
        let before = all(&folder);
        new.ok(&format!("{line} -WhatIf"));
        assert!(all(&folder) == before, "customer: {customer}");
        if !customer {
            // A clock that is years behind: the points are from the future.
            edit(&new, |state| state.rehearsal = true);
            new.set("RSV_NOW", "2020-01-01T00:00:00Z");
        }
        let run = new.run(&line);
        assert_eq!(
            run.stderr.contains("yet to come"),
            !customer,
            "{}",
            run.stderr
        );
        let pinned = run.stderr.contains("pinned to this version");
        assert_eq!(pinned, customer, "{}", run.stderr);
        run.ok();
        // The records of the epochs before stay, those that count now are beside them.
        let wraps = |all: &BTreeMap<PathBuf, Vec<u8>>| {
            let is_wrap = |path: &&PathBuf| path.iter().any(|part| part == "wraps");
            all.keys().filter(is_wrap).count()
        };
        let made = if customer { 1 } else { 2 };
        assert_eq!(wraps(&all(&folder)), wraps(&before) + made);
        // As if it had died before the vault came into the state: the next one finds its records.
        edit(&new, |state| {
            let id = rsvault::domain::Tagged::id(state.vaults.iter().next().unwrap());
            state.vaults.remove(&id);
        });
        assert_eq!(new.json(&line)["RecoveryPoints"], 2);
        new.ok("Test-RsvVault -VaultId testvault -Level Full");
    }
}

#[test]
fn a_folder_that_asks_for_too_much_or_mixes_classes_or_is_not_there_is_refused() {
    let (old, new, between) = two_homes();
    filled(&old, false);
    run_page(&old, "old", &["cp -a", "Initialize-RsvHome"]);
    let folder = boxed(between.path());
    new.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let root = between.path().join("old-root.key");
    let line = |folder: &Path| {
        format!(
            "Import-RsvVault -Path {} -ResourceGroupName testrg -Name testvault -RootKeyFile {}",
            folder.display(),
            root.display()
        )
    };
    let text = new
        .run(&line(&folder.join("nosuch")))
        .fails("RsvNotAVaultFolder", 2);
    assert!(text.contains("hint: -Path is the folder"), "{text}");
    let mixed = between.path().join("mixed");
    copy(&folder, &mixed);
    // A customer's record in a vault under the platform key, by a key that the importer may use.
    new.ok("New-AzKeyVault -VaultName newkeyvault -ResourceGroupName testrg -Location japaneast");
    let key = new
        .ok("Add-AzKeyVaultKey -VaultName newkeyvault -Name bait -Destination Software -Query Id");
    let mut me = uuid::Uuid::nil();
    edit(&new, |state| me = state.account.object_id);
    new.ok(&format!("Set-AzKeyVaultAccessPolicy -VaultName newkeyvault -ObjectId {me} -PermissionsToKeys get,unwrapKey,wrapKey"));
    let keys = new.home().join("keyvault/newkeyvault/bait");
    plant(&folder, &keys, &key);
    let text = new.run(&line(&folder)).fails("RsvWrongWrapRecord", 4);
    assert!(text.contains("different classes"), "{text}");
    fs::remove_dir_all(&folder).unwrap();
    fs::rename(&mixed, &folder).unwrap();
    let repository = repository(&folder);
    let before = list_wraps(&repository).unwrap();
    for number in 0..256u32 {
        put_wrap(&repository, &number.to_be_bytes()).unwrap();
    }
    let text = new.run(&line(&folder)).fails("RsvTooManyEpochs", 1);
    assert!(text.contains("key records"), "{text}");
    for digest in list_wraps(&repository).unwrap() {
        if !before.contains(&digest) {
            rsvault::engine::remove_wrap(&repository, &digest).unwrap();
        }
    }
    // An item of the same id is here already.
    let item = fs::read_dir(repository.join("points"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let item = item.file_name().into_string().unwrap().parse().unwrap();
    new.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name hostvault -Location japaneast",
    );
    new.write("other.img", b"other");
    new.ok("New-AzVM -ResourceGroupName testrg -Name OtherVM -Location japaneast -OSDiskPath other.img");
    new.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name OtherVM -ResourceGroupName testrg -VaultId hostvault");
    let set = |id: uuid::Uuid| {
        let mut before = uuid::Uuid::nil();
        edit(&new, |state| {
            let name = rsvault::domain::Tagged::id(state.vaults.iter().next().unwrap());
            let vault = state.vaults.get_mut(&name).unwrap();
            before = std::mem::replace(&mut vault.items[0].uuid, id);
        });
        before
    };
    let own = set(item);
    let text = new.run(&line(&folder)).fails("RsvVaultAlreadyHere", 1);
    assert!(text.contains("hostvault"), "{text}");
    set(own);
    new.ok(&line(&folder));
}
