//! Hostile names (I01–I12): given wherever a command takes a name, they drive no terminal, forge no
//! line, and lead to no file outside of the home – whether they are taken or refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::harness::{Sandbox, figure, full_reliability};

/// Names that drive terminals, forge lines, leave folders, look like options, formats or other
/// names, or are too long.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "../up",
        "../../etc/passwd",
        "..",
        ".",
        "/tmp/absolute",
        "a/../../b",
        "a/b",
        "a\\b",
        "~root",
        "a\u{1b}[31mred",
        "\u{1b}]0;title\u{7}",
        "\u{9b}2J",
        "a\rb",
        "a\nName : forged",
        "a\tb",
        "a\u{8}\u{8}b",
        "a\u{7f}b",
        "\u{202e}txt.exe",
        "\u{2066}a\u{2069}",
        "a\u{200b}b",
        "a\u{feff}b",
        "\u{85}b",
        "\u{2028}b",
        "a'b",
        "a\"b",
        "a`id`b",
        "$(id)",
        "${HOME}",
        "%s%n",
        "a;b",
        "a|b",
        "a&b",
        "a>b",
        "*",
        "?",
        "[a-z]",
        "-Force",
        "--force",
        "-",
        "@/etc/passwd",
        "{\"Id\":\"x\"}",
        "[1,2]",
        "<a&b>",
        "=1+1",
        "a,b",
        "a:b",
        "a=b",
        "a#b",
        " a",
        "a ",
        "con",
        "nul.txt",
        "ﬁ",
        "e\u{301}",
        "İ",
        "ß",
        "null",
        "True",
        "0",
        "id-\u{1b}[2J/x",
        "\u{1b}P\u{1b}\\",
        "a\u{c}b",
        "a\u{b}b",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(300));
    names.push("é".repeat(5000));
    names
}

/// Commands that take a name, at `{}`.
const TAKERS: [&str; 11] = [
    "New-AzResourceGroup -Name {} -Location japaneast",
    "New-AzResourceGroup -Name other -Location {} -Force",
    "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name {} -Location japaneast",
    "New-AzKeyVault -VaultName {} -ResourceGroupName testrg -Location japaneast",
    "Add-AzKeyVaultKey -VaultName testkeyvault -Name {} -Destination Software",
    "New-AzVM -ResourceGroupName testrg -Name {} -Location japaneast -OSDiskPath os.img",
    "New-AzUserAssignedIdentity -ResourceGroupName testrg -Name {} -Location japaneast",
    "New-AzStorageAccount -ResourceGroupName testrg -Name {} -Location japaneast -Path staging",
    "Get-AzKeyVaultKey -VaultName testkeyvault -Name {}",
    "Get-AzRecoveryServicesVault -Name {}",
    "Backup-AzRecoveryServicesBackupItem -Item {} -VaultId testvault",
];

/// Commands that list what was named.
const LISTS: [&str; 6] = [
    "Get-AzResourceGroup",
    "Get-AzRecoveryServicesVault",
    "Get-AzKeyVaultKey -VaultName testkeyvault",
    "Get-AzVM",
    "Get-AzUserAssignedIdentity -ResourceGroupName testrg",
    "Get-AzActivityLog",
];

/// Whether text holds something that a terminal obeys; `own` is the format's own.
fn obeyed(text: &str, own: &[char]) -> Option<char> {
    let turns = |c| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .find(|c| (c.is_control() && !own.contains(c)) || turns(*c))
}

/// Everything around the home, which must stay as it is.
fn around(sandbox: &Sandbox) -> BTreeSet<PathBuf> {
    fn below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                below(&path, found);
            }
            found.insert(path);
        }
    }
    let mut found = BTreeSet::new();
    below(sandbox.path(), &mut found);
    let inside = [
        sandbox.home(),
        sandbox.config(),
        sandbox.path().join("state"),
    ];
    found.retain(|path| !inside.iter().any(|folder| path.starts_with(folder)));
    found.extend(
        ["/tmp/absolute", "/tmp/up"]
            .map(PathBuf::from)
            .into_iter()
            .filter(|p| p.exists()),
    );
    found
}

#[test]
fn i01_hostile_names_drive_no_terminal_forge_no_line_and_leave_no_folder() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &[1; 4096]);
    std::fs::create_dir(sandbox.path().join("staging")).unwrap();
    let before = around(&sandbox);
    let (mut tried, mut taken) = (0, 0);
    let every = if full_reliability() { 1 } else { 4 };
    for name in names().iter().step_by(every) {
        for taker in TAKERS {
            let words: Vec<String> = taker
                .split(' ')
                .map(|word| word.replace("{}", name))
                .collect();
            let run = sandbox.run_words(&words, "");
            assert!(
                (0..=6).contains(&run.exit),
                "{name:?}: {taker}: {}",
                run.stderr
            );
            for text in [&run.stdout, &run.stderr] {
                assert_eq!(obeyed(text, &['\n']), None, "{name:?}: {taker}: {text:?}");
                let forged = text.lines().any(|line| line.starts_with("Name : forged"));
                assert!(!forged, "{name:?}: {taker}: {text:?}");
            }
            tried += 1;
            taken += usize::from(run.exit == 0);
        }
    }
    for list in LISTS {
        for format in ["list", "table", "json", "tsv", "yaml"] {
            let text = sandbox.ok(&format!("{list} -Output {format}"));
            let own: &[char] = if format == "tsv" {
                &['\n', '\t']
            } else {
                &['\n']
            };
            assert_eq!(obeyed(&text, own), None, "{list} {format}");
        }
    }
    // Lines of the log are counted and chained: a forged one would be a break.
    sandbox.ok("Test-RsvActivityLog");
    assert_eq!(around(&sandbox), before);
    figure("hostile names given to commands, none escaped", tried);
    assert!(taken > 5, "some are good names: {taken} of {tried}");
}
