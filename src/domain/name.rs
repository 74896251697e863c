//! Which names the service accepts.

use crate::domain::{Refusal, ResourceKind};

struct Rule {
    kind: Option<ResourceKind>,
    min: usize,
    max: usize,
    extra: &'static str,
    letter_first: bool,
    code: &'static str,
    text: &'static str,
}

/// Azure's naming rules; `None` is a resource group.
const RULES: [Rule; 8] = [
    Rule {
        kind: None,
        min: 1,
        max: 90,
        extra: "-_.()",
        letter_first: false,
        code: "InvalidResourceGroupName",
        text: "1-90 letters, digits, '-', '_', '.', '(' or ')', not ending in '.'",
    },
    Rule {
        kind: Some(ResourceKind::Vault),
        min: 2,
        max: 50,
        extra: "-",
        letter_first: true,
        code: "InvalidResourceName",
        text: "2-50 letters, digits or '-', starting with a letter",
    },
    Rule {
        kind: Some(ResourceKind::KeyVault),
        min: 3,
        max: 24,
        extra: "-",
        letter_first: true,
        code: "VaultNameNotValid",
        text: "3-24 letters, digits or '-', starting with a letter, ending with a letter or digit",
    },
    Rule {
        kind: Some(ResourceKind::DiskEncryptionSet),
        min: 1,
        max: 80,
        extra: "-_",
        letter_first: false,
        code: "InvalidResourceName",
        text: "1-80 letters, digits, '-' or '_'",
    },
    Rule {
        kind: Some(ResourceKind::VirtualMachine),
        min: 1,
        max: 64,
        extra: "-",
        letter_first: false,
        code: "InvalidResourceName",
        text: "1-64 letters, digits or '-'",
    },
    Rule {
        kind: Some(ResourceKind::Disk),
        min: 1,
        max: 80,
        extra: "-_.",
        letter_first: false,
        code: "InvalidResourceName",
        text: "1-80 letters, digits, '-', '_' or '.'",
    },
    Rule {
        kind: Some(ResourceKind::StorageAccount),
        min: 3,
        max: 24,
        extra: "",
        letter_first: false,
        code: "AccountNameInvalid",
        text: "3-24 lower-case letters or digits",
    },
    Rule {
        kind: Some(ResourceKind::UserAssignedIdentity),
        min: 3,
        max: 128,
        extra: "-_",
        letter_first: true,
        code: "InvalidResourceName",
        text: "3-128 letters, digits, '-' or '_', starting with a letter",
    },
];

/// Checks a name for a kind of resource (`None`: a resource group).
///
/// # Errors
/// The service's code for a bad name of that kind.
pub fn check_name(kind: Option<ResourceKind>, name: &str) -> Result<(), Refusal> {
    let Some(rule) = RULES.iter().find(|r| r.kind == kind) else {
        return Ok(());
    };
    let lower_only = kind == Some(ResourceKind::StorageAccount);
    let allowed = |c: char| {
        (if lower_only {
            c.is_ascii_lowercase()
        } else {
            c.is_ascii_alphabetic()
        }) || c.is_ascii_digit()
            || rule.extra.contains(c)
    };
    let fits = (rule.min..=rule.max).contains(&name.chars().count())
        && name.chars().all(allowed)
        && (!rule.letter_first || name.starts_with(|c: char| c.is_ascii_alphabetic()))
        && !name.ends_with('.')
        && !(kind == Some(ResourceKind::KeyVault) && (name.ends_with('-') || name.contains("--")));
    if fits {
        return Ok(());
    }
    let what = kind.map_or("resource group", ResourceKind::label);
    Err(Refusal::usage(
        rule.code,
        format!(
            "'{}' is not a valid {what} name: {}.",
            name.escape_debug(),
            rule.text
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_vault_names_follow_the_service() {
        for good in ["kv1", "testkeyvault", "a-b-c", "A23456789012345678901234"] {
            assert!(
                check_name(Some(ResourceKind::KeyVault), good).is_ok(),
                "{good}"
            );
        }
        for bad in [
            "kv",
            "1kv",
            "kv-",
            "a--b",
            "a_b",
            "A234567890123456789012345",
            "k\u{e9}y",
        ] {
            assert!(
                check_name(Some(ResourceKind::KeyVault), bad).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn names_never_reach_outside_a_folder() {
        for kind in std::iter::once(None).chain(ResourceKind::ALL.map(Some)) {
            for bad in ["..", "a/b", "a\\b", "", "a\0b", "a\u{1b}[2J"] {
                assert!(check_name(kind, bad).is_err(), "{kind:?} {bad:?}");
            }
        }
    }
}
