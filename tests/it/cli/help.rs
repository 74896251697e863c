//! Help texts.

use rsvault::cli::{cmdlet_help, root_help, tree};

use crate::cli::sample::{find, rows};

#[test]
fn help_fits_eighty_columns() {
    let mut texts = vec![root_help(&rows())];
    texts.extend(rows().iter().map(|row| cmdlet_help(row, &tree(row))));
    for text in texts {
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
    }
}

#[test]
fn root_help_groups_cmdlets_by_noun() {
    let text = root_help(&rows());
    let vault = text.find("  AzRecoveryServicesVault\n").unwrap();
    let get = text.find("    Get-AzRecoveryServicesVault ").unwrap();
    let update = text.find("    Update-AzRecoveryServicesVault ").unwrap();
    let own = text.find("  RsvOwnNames\n").unwrap();
    assert!(vault < get && get < update && update < own, "{text}");
}

#[test]
fn cmdlet_help_shows_syntax_types_sets_and_refusals() {
    let row = find("Update");
    let text = cmdlet_help(&row, &tree(&row));
    // One line a parameter set: -VaultId excludes the other two.
    assert!(
        text.contains(
            "SYNTAX\n    Update-AzRecoveryServicesVault [[-ResourceGroupName] <String>]\n        \
             [[-Name] <String>] [-IdentityType <String>]"
        ),
        "{text}"
    );
    assert!(
        text.contains("\n\n    Update-AzRecoveryServicesVault [[-VaultId] <String>]"),
        "{text}"
    );
    assert!(
        text.contains("[-IdentityId <String[]>]") && text.contains("[-RetentionDays <Int32>]"),
        "{text}"
    );
    assert!(text.contains("[-EnableRbac <Boolean>]"), "{text}");
    assert!(text.contains("[-DiskIOPS <Int64>]"), "{text}");
    assert!(text.contains("One of SystemAssigned, None."), "{text}");
    assert!(text.contains("Also -ArmId."), "{text}");
    assert!(
        text.contains("NOT SUPPORTED\n    -Token: there is no resource guard\n"),
        "{text}"
    );
    assert!(
        text.contains("EXAMPLES\n    rsv Get-AzRecoveryServicesVault\n"),
        "{text}"
    );
}

#[test]
fn a_required_parameter_is_not_bracketed() {
    let row = find("Set");
    let text = cmdlet_help(&row, &tree(&row));
    assert!(
        text.contains("Set-AzKeyVaultAccessPolicy [-VaultName] <String>\n"),
        "{text}"
    );
}

#[test]
fn only_what_changes_something_offers_whatif_and_confirm() {
    let text = |name| cmdlet_help(&find(name), &tree(&find(name)));
    assert!(text("Update").contains("-WhatIf") && text("Update").contains("-Confirm"));
    assert!(!text("Get").contains("-WhatIf") && !text("Get").contains("    -Confirm\n"));
}

#[test]
fn a_long_example_is_continued_as_a_shell_would() {
    let mut row = find("Get");
    row.example = "rsv Get-AzRecoveryServicesVault -ResourceGroupName testresourcegroup \
                   -Name 'a vault' -Query Identity.PrincipalId";
    let text = cmdlet_help(&row, &tree(&row));
    let (_, example) = text.split_once("EXAMPLES\n").unwrap();
    let (example, _) = example.split_once("\n\n").unwrap();
    assert!(example.lines().all(|line| line.len() <= 80), "{example}");
    assert_eq!(example.lines().count(), 2);
    let joined: Vec<&str> = example
        .lines()
        .map(|line| line.trim_end_matches(" \\").trim())
        .collect();
    assert_eq!(joined.join(" "), row.example);
}
