//! Key identifiers: `https://{vault}.vault.azure.net:443/keys/{name}[/{version}]`.

use std::fmt;
use std::str::FromStr;

use crate::domain::Refusal;

/// A key, or one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId {
    /// Key vault name, lower case.
    pub vault: String,
    /// Key name.
    pub name: String,
    /// Version, 32 hexadecimal digits; absent: the newest enabled one at the time of use.
    pub version: Option<String>,
}

impl KeyId {
    /// The same key without a version.
    #[must_use]
    pub fn versionless(&self) -> Self {
        Self {
            version: None,
            ..self.clone()
        }
    }

    /// True when both name one key, whatever their versions.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.vault.eq_ignore_ascii_case(&other.vault) && self.name.eq_ignore_ascii_case(&other.name)
    }

    /// This version of the key.
    #[must_use]
    pub fn with_version(&self, version: &str) -> Self {
        Self {
            version: Some(version.to_owned()),
            ..self.clone()
        }
    }
}

impl FromStr for KeyId {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let bad = || {
            Refusal::usage(
                "InvalidRestApiParameter",
                "keyVaultUri parameter is invalid. Please provide a valid keyVaultUri",
            )
            .hint(
                "Copy the identifier from Get-AzKeyVaultKey -VaultName NAME -Name KEY -Query Id, \
                 with its version to pin it or without for auto-rotation.",
            )
        };
        let lower = text.get(..8).map(str::to_ascii_lowercase);
        let rest = match lower.as_deref() {
            Some("https://") => text.get(8..).ok_or_else(bad)?,
            _ => return Err(bad()),
        };
        let (host, path) = rest.split_once('/').ok_or_else(bad)?;
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(":443").unwrap_or(&host);
        let vault = host.strip_suffix(".vault.azure.net").ok_or_else(bad)?;
        let mut parts = path.trim_end_matches('/').split('/');
        if parts.next().is_none_or(|p| !p.eq_ignore_ascii_case("keys")) {
            return Err(bad());
        }
        let name = parts.next().ok_or_else(bad)?;
        let version = parts.next();
        let plain =
            |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if parts.next().is_some() || !plain(vault) || !plain(name) || !version.is_none_or(plain) {
            return Err(bad());
        }
        Ok(Self {
            vault: vault.to_owned(),
            name: name.to_owned(),
            version: version.map(str::to_ascii_lowercase),
        })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "https://{}.vault.azure.net:443/keys/{}",
            self.vault, self.name
        )?;
        self.version
            .as_ref()
            .map_or(Ok(()), |version| write!(f, "/{version}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_only_key_vault_identifiers_are_taken() {
        let id: KeyId = "https://TestKV.vault.azure.net/keys/k1/0767b348bb1a4c07baa6c4ec0055d2b3"
            .parse()
            .unwrap();
        assert_eq!(
            id.to_string(),
            "https://testkv.vault.azure.net:443/keys/k1/0767b348bb1a4c07baa6c4ec0055d2b3"
        );
        assert_eq!(
            id.versionless().to_string(),
            "https://testkv.vault.azure.net:443/keys/k1"
        );
        for bad in [
            "testkey",
            "http://kv.vault.azure.net/keys/k",
            "https://kv.vault.azure.net/secrets/k",
            "https://kv.vault.azure.net/keys/",
            "https://kv.vault.azure.net/keys/k/v/w",
            "https://kv.example.com/keys/k",
            "https://../keys/k",
            "https://kv.vault.azure.net/keys/../x",
        ] {
            let error = bad.parse::<KeyId>().unwrap_err();
            assert_eq!(error.code, "InvalidRestApiParameter", "{bad}");
        }
    }
}
