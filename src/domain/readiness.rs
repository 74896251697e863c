//! The seed's checklist (R61, R91): what has to be true before a key is assigned, and before
//! anything is protected. All steps are checked at once and reported together, in the seed's order.

use crate::domain::{KeyVault, KeyVersion};
use crate::domain::{Refusal, Rules, Vault};

/// How far a vault must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Ready to assign the key.
    Assign,
    /// Ready to protect: the key is assigned and works.
    Protect,
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Position in the seed's order, from 1.
    pub number: u32,
    /// What has to be true.
    pub name: &'static str,
    /// What was found, or why it is not so.
    pub result: Result<String, Refusal>,
}

/// The checklist of one vault and key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Lines, in order.
    pub steps: Vec<Step>,
}

impl Readiness {
    /// Adds a line.
    pub fn add(&mut self, name: &'static str, result: Result<String, Refusal>) {
        let number = u32::try_from(self.steps.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        self.steps.push(Step {
            number,
            name,
            result,
        });
    }

    /// True when every line holds.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.steps.iter().all(|s| s.result.is_ok())
    }

    /// One refusal for all lines that do not hold: the first one's code and hint, every sentence.
    ///
    /// # Errors
    /// When any line does not hold.
    pub fn require(&self) -> Result<(), Refusal> {
        let failed: Vec<(&Step, &Refusal)> = self
            .steps
            .iter()
            .filter_map(|s| Some((s, s.result.as_ref().err()?)))
            .collect();
        let Some((_, first)) = failed.first() else {
            return Ok(());
        };
        let mut refusal = (*first).clone();
        if failed.len() > 1 {
            refusal.message = failed
                .iter()
                .map(|(step, r)| {
                    format!("{}. {}: {} [{}]", step.number, step.name, r.message, r.code)
                })
                .collect::<Vec<_>>()
                .join("\n  ");
            refusal
                .message
                .insert_str(0, "The vault is not ready for this key:\n  ");
        }
        Err(refusal)
    }
}

/// R11-R15: a customer key is possible only while nothing was ever protected or registered, and
/// stays possible once one was set (R18).
///
/// # Errors
/// `RsvVaultNotNew`; Azure documents no code.
pub fn check_new_vault(vault: &Vault) -> Result<String, Refusal> {
    if vault.encryption.is_customer() {
        return Ok("The vault is under a customer-managed key already.".into());
    }
    if !vault.protection_attempted && vault.items.is_empty() {
        return Ok("Nothing was ever protected in the vault.".into());
    }
    let message = if vault.items.is_empty() {
        "Protecting or registering was tried in this vault before, so it stays under \
         platform-managed keys for ever."
    } else {
        "The vault protects items already, so it stays under platform-managed keys for ever."
    };
    Err(Refusal::refused("RsvVaultNotNew", message).hint(format!(
        "Make a new vault and set its key before protecting: rsv New-AzRecoveryServicesVault \
             -ResourceGroupName {} -Name NEW -Location {}",
        vault.base.group, vault.base.location
    )))
}

/// R45: the key vault has soft delete and purge protection.
///
/// # Errors
/// `RsvKeyVaultNotProtected`; Azure documents no code.
pub fn check_protection(key_vault: &KeyVault) -> Result<String, Refusal> {
    let name = &key_vault.base.name;
    let missing = match (key_vault.soft_delete, key_vault.purge_protection) {
        (true, true) => return Ok("Soft delete and purge protection are on.".into()),
        (false, true) => "soft delete",
        (true, false) => "purge protection",
        (false, false) => "soft delete and purge protection",
    };
    Err(Refusal::refused(
        "RsvKeyVaultNotProtected",
        format!("Key vault '{name}' has no {missing}."),
    )
    .hint(format!(
        "rsv Update-AzKeyVault -VaultName {name} -ResourceGroupName {} -EnablePurgeProtection",
        key_vault.base.group
    )))
}

/// R21: key vault and vault are in one region.
///
/// # Errors
/// `RsvRegionMismatch`; Azure documents no code.
pub fn check_same_region(vault: &Vault, key_vault: &KeyVault) -> Result<String, Refusal> {
    vault.check_region(
        &format!("Key vault '{}'", key_vault.base.name),
        &key_vault.base.location,
    )?;
    Ok(format!("Both are in '{}'.", vault.base.location))
}

/// R52-R55: RSA of an accepted size, enabled, valid now.
///
/// # Errors
/// `RsvKeySize`, `KeyDisabled`, `RsvKeyExpired`, `RsvKeyNotYetValid` or `Forbidden`.
pub fn check_key(key: &KeyVersion, rules: &Rules, now: jiff::Timestamp) -> Result<String, Refusal> {
    if !rules.rsa_key_bits.contains(&key.bits) {
        let sizes: Vec<_> = rules.rsa_key_bits.iter().map(u32::to_string).collect();
        return Err(Refusal::refused(
            "RsvKeySize",
            format!(
                "The key has {} bits; RSA {} is needed.",
                key.bits,
                sizes.join(" or ")
            ),
        )
        .hint("rsv Add-AzKeyVaultKey -VaultName NAME -Name KEY -Destination Software -Size 2048"));
    }
    key.check_use("unwrapKey", now)?;
    key.check_valid(now)?;
    key.check_use("wrapKey", now)?;
    Ok(format!(
        "RSA {}, enabled, version {}.",
        key.bits, key.version
    ))
}
