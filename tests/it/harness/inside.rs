//! A vault's data from the inside: its keys, as whoever may use the key vault gets them.

use std::path::PathBuf;

use rsvault::crypto::{Keyring, Secret, WrapClass, WrapGroup, carried_id_key, derive};
use rsvault::domain::{KeyId, Vault};
use rsvault::engine::{KeySet, OuterKey, Repository, RepositoryKeys, get_wrap};
use rsvault::state::{Digest, Document, Home, RootKey, StateFile};
use rsvault::workflow::{KeyProvider, LocalKeyVaults};

use crate::harness::Sandbox;

/// The one vault of a sandbox.
pub(crate) struct Inside {
    pub(crate) vault: Vault,
    /// The folder of its repository.
    pub(crate) folder: PathBuf,
    pub(crate) platform: Secret<32>,
    /// The data-encryption keys, the current epoch's first.
    pub(crate) deks: Vec<Secret<32>>,
    groups: Vec<WrapGroup>,
}

impl Inside {
    /// Opens every epoch's key through the key vault, under the vault's principal.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let home = Home::from_variables(None, |name| match name {
            "RSV_HOME" => Some(sandbox.home().into()),
            "RSV_CONFIG_HOME" => Some(sandbox.config().into()),
            "RSV_STATE_HOME" => Some(sandbox.path().join("state").into()),
            _ => None,
        })
        .unwrap();
        let root = RootKey::open(&home, home.installation().unwrap().unwrap()).unwrap();
        let file = StateFile::open(&home, &root);
        let body = file.read().unwrap().body;
        let document: Document = serde_json::from_slice(&body).unwrap();
        let keyring = Keyring::open(home.keyvault(), root.secret().clone()).unwrap();
        let provider = LocalKeyVaults::new(&document, &keyring, jiff::Timestamp::now());
        let vault = document.vaults.iter().next().unwrap().clone();
        let base = vault.data.path.clone().unwrap_or_else(|| home.vaults());
        let folder = base
            .join(vault.data.owner.to_string())
            .join(&vault.data.repository);
        let (mut deks, mut groups) = (Vec::new(), Vec::new());
        for epoch in vault.data.epochs() {
            let digest = Digest::parse(&epoch.wrap).unwrap().0;
            let group = WrapGroup::decode(&get_wrap(&folder, &digest).unwrap()).unwrap();
            assert_eq!(group.header().class, WrapClass::Customer);
            let part = &group.parts()[0];
            let key: KeyId = part.key_id.parse().unwrap();
            let principal = vault.key_principal().unwrap();
            deks.push(provider.unwrap(principal, &key, &part.ciphertext).unwrap());
            groups.push(group);
        }
        let installation = *root.installation().as_bytes();
        Self {
            vault,
            folder,
            platform: derive(root.secret(), "rsv/v1/platform", &[&installation]),
            deks,
            groups,
        }
    }

    pub(crate) fn keys(&self) -> KeySet {
        let mut all = Vec::new();
        for (dek, group) in self.deks.iter().zip(&self.groups) {
            let header = group.header();
            let (owner, class) = (header.owner, header.class_byte());
            let keys = RepositoryKeys::derive(dek, owner, header.epoch, class, header.domain);
            all.push(match carried_id_key(group, dek).unwrap() {
                Some(carried) => keys.with_id_key(carried),
                None => keys,
            });
        }
        let mut set = KeySet::new(all.remove(0));
        set.older = all;
        if self.vault.encryption.infrastructure {
            set.outer = Some(OuterKey::derive(
                &self.platform,
                self.vault.data.owner.as_bytes(),
            ));
        }
        set
    }

    pub(crate) fn repository(&self) -> Repository {
        Repository::open(&self.folder, self.keys()).unwrap()
    }

    /// What the independent reader takes on its standard input.
    pub(crate) fn lines(&self) -> String {
        let hex = |secret: &Secret<32>| -> String {
            secret.expose().iter().map(|b| format!("{b:02x}")).collect()
        };
        let mut text = format!("platform {}\n", hex(&self.platform));
        for dek in &self.deks {
            text.push_str(&hex(dek));
            text.push('\n');
        }
        text
    }
}
