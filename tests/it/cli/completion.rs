//! Tab completion: what is offered for unfinished words.

use std::time::Instant;

use rsvault::cli::{Completion, Environment, complete, with_front};
use rsvault::cmdlet;

use crate::cli::sample;
use crate::harness::{Sandbox, noise};

/// Completes the last word of a line of the sample registry; blanks separate words.
fn offered(line: &str) -> Completion {
    offered_by(&sample::rows(), line)
}

fn offered_by(rows: &[cmdlet::Row], line: &str) -> Completion {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let nowhere = Environment {
        home: Some("/nonexistent/home".into()),
        ..Environment::default()
    };
    complete(&with_front(rows), &words, &nowhere)
}

fn texts(completion: &Completion) -> Vec<&str> {
    let candidates = completion.candidates.iter();
    candidates
        .map(|candidate| candidate.text.as_str())
        .collect()
}

#[test]
fn names_and_fixed_values_complete_without_a_home() {
    let policy = "Set-AzKeyVaultAccessPolicy";
    let update = "Update-AzRecoveryServicesVault";
    for (line, wanted) in [
        ("get-az", &["Get-AzRecoveryServicesVault"][..]),
        ("GET-AZREC", &["Get-AzRecoveryServicesVault"]),
        ("Get\u{2013}AzRec", &["Get-AzRecoveryServicesVault"]),
        ("gv", &["gvault"]),
        ("nosuch", &[]),
        ("help upd", &[update]),
        ("Get-Help set", &[policy]),
        ("-Home x upd", &[update]),
        ("-Outp", &["-Output"]),
        ("-Output js", &["json"]),
        ("gvault -na", &["-Name"]),
        ("gvault -NAME", &["-Name"]),
        ("gvault \u{2013}na", &["-Name"]),
        ("gvault --na", &["--name"]),
        ("gvault --Na", &["--Name"]),
        ("gvault --resource-g", &["--resource-group-name"]),
        ("gvault -Name v -na", &[]),
        ("gvault rg -res", &[]),
        ("gvault -Output J", &["json"]),
        ("gvault -o:t", &["-o:table", "-o:tsv"]),
        ("gvault --output=ya", &["--output=yaml"]),
        ("gvault -ErrorAction s", &["Stop", "SilentlyContinue"]),
        ("gvault -wh", &[]),
        ("Update-AzRecoveryServicesVault -wh", &["-WhatIf"]),
        (
            "Update-AzRecoveryServicesVault -Confirm:f",
            &["-Confirm:false"],
        ),
        (
            "Update-AzRecoveryServicesVault -EnableRbac ",
            &["true", "false"],
        ),
        ("Update-AzRecoveryServicesVault -Arm", &["-ArmId"]),
        ("Update-AzRecoveryServicesVault -VaultId x -Name", &[]),
        ("Update-AzRecoveryServicesVault -Name x -Vau", &[]),
        (
            "Update-AzRecoveryServicesVault -IdentityType sys",
            &["SystemAssigned"],
        ),
        (
            "Update-AzRecoveryServicesVault -IdentityType:n",
            &["-IdentityType:None"],
        ),
        ("Update-AzRecoveryServicesVault -IdentityT: n", &["None"]),
        ("Update-AzRecoveryServicesVault --disk-", &["--disk-iops"]),
        ("Update-AzRecoveryServicesVault -Force -for", &[]),
        ("Update-AzRecoveryServicesVault -Toke", &[]),
        (
            "Update-AzRecoveryServicesVault -Bogus x -IdentityType sys",
            &["SystemAssigned"],
        ),
        ("Set-AzKeyVaultAccessPolicy -Policy {} -polic", &["-Policy"]),
        ("Test-RsvOwnNames -deb", &["-Debug"]),
        ("nosuch -Name x", &[]),
    ] {
        assert_eq!(texts(&offered(line)), wanted, "{line}");
    }
}

#[test]
fn every_cmdlet_completes_from_its_name_in_lower_case() {
    for row in cmdlet::rows() {
        let found = offered_by(cmdlet::rows(), &row.name.to_lowercase());
        assert!(texts(&found).contains(&row.name), "{}", row.name);
        let names = offered_by(cmdlet::rows(), &format!("{} -", row.name));
        assert!(texts(&names).contains(&"-Output"), "{}", row.name);
        assert!(names.candidates.iter().all(|c| !c.about.is_empty()));
    }
}

#[test]
fn an_array_goes_on_without_what_it_has() {
    let rows = cmdlet::rows();
    let line = "Set-AzKeyVaultAccessPolicy kv -PermissionsToKeys";
    for (end, wanted) in [
        (" WR", &["wrapKey"][..]),
        (" get,WR", &["get,wrapKey"]),
        (" get, wr", &["wrapKey"]),
        (" get , l", &["list"]),
        (":get,li", &[":get,list"]),
        (" wrapKey,w", &[]),
        (" WRAPKEY, w", &[]),
    ] {
        let found = offered_by(rows, &format!("{line}{end}"));
        let name = "-PermissionsToKeys";
        let ends: Vec<_> = texts(&found)
            .into_iter()
            .map(|text| text.strip_prefix(name).unwrap_or(text))
            .collect();
        assert_eq!(ends, wanted, "{end}");
        assert!(found.nospace);
    }
    assert!(!offered("gvault -Output js").nospace);
}

#[test]
fn paths_complete_and_folders_go_on() {
    let sandbox = Sandbox::new();
    sandbox.write("disk one.img", b"");
    sandbox.write(".hidden", b"");
    std::fs::create_dir(sandbox.path().join("dir")).unwrap();
    let at = sandbox.path().display();
    let line = |end: &str| format!("Set-AzKeyVaultAccessPolicy -OutputPath {at}/{end}");
    assert_eq!(
        texts(&offered(&line("d"))),
        [format!("{at}/dir/"), format!("{at}/disk one.img")]
    );
    assert!(offered(&line("dir")).nospace && !offered(&line("disk")).nospace);
    assert_eq!(texts(&offered(&line(".h"))), [format!("{at}/.hidden")]);
    let file = format!("gvault -Name @{at}/dis");
    assert_eq!(texts(&offered(&file)), [format!("@{at}/disk one.img")]);
}

/// What the program answers in a sandbox; the last line apart.
fn answer(sandbox: &Sandbox, words: &[&str]) -> (Vec<String>, String) {
    let all = ["__complete", "words", "rsv"].iter().chain(words);
    let all: Vec<String> = all.map(|word| (*word).to_owned()).collect();
    let run = sandbox.run_words(&all, "");
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{words:?}");
    let mut lines: Vec<&str> = run.stdout.lines().collect();
    let last = lines.pop().unwrap().to_owned();
    let text = |line: &&str| line.split_once('\t').unwrap().0.to_owned();
    (lines.iter().map(text).collect(), last)
}

#[test]
fn values_come_from_the_home() {
    let sandbox = Sandbox::new();
    let (vault, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 4096));
    sandbox.restore_target();
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    let point = sandbox.ok(
        "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -Query [0].RecoveryPointId",
    );
    let backup = sandbox.ok(
        "Get-AzRecoveryServicesBackupJob -VaultId testvault -Operation Backup -Query [0].JobId",
    );
    let versionless = key.rsplit_once('/').unwrap().0;
    let before = sandbox.stored_files().len();
    for (line, wanted) in [
        ("Get-AzRecoveryServicesVault -Name ", &["testvault"][..]),
        ("Get-AzRecoveryServicesVault -Name TEST", &["testvault"]),
        ("Get-AzRecoveryServicesVault -Name:te", &["-Name:testvault"]),
        ("Get-AzRecoveryServicesVault testrg ", &["testvault"]),
        (
            "Get-AzRecoveryServicesVault -ResourceGroupName DestRG -Name ",
            &[],
        ),
        (
            "Get-AzRecoveryServicesVault -ResourceGroupName ",
            &["DestRG", "testrg"],
        ),
        ("New-AzRecoveryServicesVault -Location j", &["japaneast"]),
        ("New-AzRecoveryServicesVault -Name te", &[]),
        ("Update-AzRecoveryServicesVault -VaultId t", &["testvault"]),
        ("Update-AzRecoveryServicesVault -VaultId /sub", &[&vault]),
        ("Get-AzKeyVault -VaultName ", &["testkeyvault"]),
        (
            "Get-AzKeyVaultKey -VaultName testkeyvault -Name t",
            &["testkey"],
        ),
        ("Get-AzKeyVaultKey -VaultName other -Name t", &[]),
        (
            "Set-AzRecoveryServicesVaultProperty -EncryptionKeyId https://testkeyvault.vault.azure.net:443/keys/t",
            &[&key, versionless],
        ),
        ("Set-AzKeyVaultAccessPolicy -ObjectId ", &[&principal]),
        (
            "Enable-AzRecoveryServicesBackupProtection -Name v -ResourceGroupName r -VaultId testvault -Policy d",
            &["DefaultPolicy"],
        ),
        (
            "Enable-AzRecoveryServicesBackupProtection -Name V",
            &["V2VM"],
        ),
        ("Backup-AzRecoveryServicesBackupItem -Item v2", &["V2VM"]),
        (
            "Backup-AzRecoveryServicesBackupItem -Item vm;i",
            &["VM;iaasvmcontainerv2;testrg;V2VM"],
        ),
        (
            "Get-AzRecoveryServicesBackupItem -Container iaas",
            &["iaasvmcontainerv2;testrg;V2VM"],
        ),
        (
            "Restore-AzRecoveryServicesBackupItem -DiskEncryptionSetId test",
            &["testdes1"],
        ),
        (
            "Restore-AzRecoveryServicesBackupItem -StorageAccountName d",
            &["destaccount"],
        ),
        (
            "Restore-AzRecoveryServicesBackupItem -TargetResourceGroupName d",
            &["DestRG"],
        ),
        (
            "Restore-AzRecoveryServicesBackupItem -VaultId testvault -RecoveryPoint ",
            &[&point],
        ),
        (
            "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -RecoveryPointId ",
            &[&point],
        ),
        (
            "Get-AzRecoveryServicesBackupRecoveryPoint -Item other -RecoveryPointId ",
            &[],
        ),
        ("Set-AzContext -Subscription loc", &["Local subscription"]),
        ("Get-AzVM -Name ", &["V2VM"]),
        (
            "Remove-AzVM -Id /sub",
            &[&vault.replace(
                "RecoveryServices/vaults/testvault",
                "Compute/virtualMachines/V2VM",
            )],
        ),
        (
            "Stop-AzRecoveryServicesBackupJob -VaultId testvault -JobId ",
            &[],
        ),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let mut found = answer(&sandbox, &words).0;
        if line.contains("-ObjectId") {
            found.retain(|text| *text == principal);
        }
        assert_eq!(found, wanted, "{line}");
    }
    let words = ["Get-AzRecoveryServicesBackupJob", "-JobId", ""];
    assert!(answer(&sandbox, &words).0.contains(&backup));
    let elsewhere = ["-Home", "/nonexistent", "Get-AzVM", "-Name", ""];
    assert_eq!(answer(&sandbox, &elsewhere).0.len(), 0);
    assert_eq!(
        sandbox.stored_files().len(),
        before,
        "completing wrote something"
    );
    let start = Instant::now();
    answer(&sandbox, &["Get-AzVM", "-Name", ""]);
    assert!(start.elapsed().as_millis() < 1000, "{:?}", start.elapsed());
}

#[test]
fn a_home_that_is_missing_or_broken_offers_nothing_and_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let words = ["Get-AzRecoveryServicesVault", "-Name", ""];
    assert_eq!(answer(&sandbox, &words), (vec![], ":".to_owned()));
    assert!(!sandbox.home().exists() && !sandbox.config().exists());
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let groups = ["Get-AzResourceGroup", "-Name", ""];
    assert_eq!(answer(&sandbox, &groups).0, ["testrg"]);
    let state = sandbox.home().join("state.json");
    std::fs::write(&state, b"{ broken").unwrap();
    assert_eq!(answer(&sandbox, &groups), (vec![], ":".to_owned()));
    assert_eq!(std::fs::read(&state).unwrap(), b"{ broken");
    std::fs::remove_dir_all(sandbox.config()).unwrap();
    assert_eq!(answer(&sandbox, &groups), (vec![], ":".to_owned()));
}

#[test]
fn bash_gets_only_what_it_replaces_quoted_for_where_it_stands() {
    let sandbox = Sandbox::new();
    sandbox.ok("Get-AzContext");
    let set = "rsv Set-AzContext -Subscription";
    for (line, word, wanted) in [
        (format!("{set} lo"), "lo", "Local\\ subscription"),
        (format!("{set} 'lo"), "lo", "Local subscription"),
        (format!("{set} \"lo"), "lo", "Local subscription"),
        (format!("{set}:lo"), "lo", "Local\\ subscription"),
        (
            format!("{set}:lo"),
            "-Subscription:lo",
            "-Subscription:Local\\ subscription",
        ),
        (
            format!("x=1 sudo {set} Local\\ s"),
            "Local\\ s",
            "Local\\ subscription",
        ),
        (format!("a; b | {set} lo"), "lo", "Local\\ subscription"),
        ("rsv Get-AzContext -Output:js".to_owned(), "js", "json"),
        ("rsv Get-AzContext --output=js".to_owned(), "js", "json"),
    ] {
        let words = ["__complete", "line", &line, word].map(str::to_owned);
        let out = sandbox.run_words(&words, "").ok();
        let texts: Vec<&str> = out
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        assert_eq!(texts, [wanted, ":"], "{line} / {word}");
    }
}

#[test]
fn questions_that_mean_nothing_are_answered_with_nothing() {
    let sandbox = Sandbox::new();
    for words in [
        &["__complete"][..],
        &["__complete", "line"],
        &["__complete", "what", "x"],
    ] {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let run = sandbox.run_words(&words, "");
        assert_eq!(
            (run.exit, run.stdout.as_str(), run.stderr.as_str()),
            (0, ":\n", "")
        );
    }
    let input = ["__complete", "input", "2"].map(str::to_owned);
    let run = sandbox.run_words(&input, "rsv\r\nGet-AzContext\r\n-Outp\r\n");
    assert_eq!(run.stdout, "-Output\tChoose the form of the result\n:\n");
}
