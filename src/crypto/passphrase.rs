//! Keys from passphrases: Argon2id (RFC 9106, version 0x13), 32 bytes out.

use argon2::{Algorithm, Argon2, Params, Version};

use crate::crypto::{Error, Secret};

/// Bytes of salt: what RFC 9106 recommends.
pub const PASSPHRASE_SALT_BYTES: usize = 16;

/// What one guess costs. Stored beside the salt, so that it can be raised later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PassphraseCost {
    /// 64 MiB, 3 passes, 4 lanes: RFC 9106's second choice, about half a second.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 4,
    };

    /// 1 GiB, 10 passes, 16 lanes: what a file may ask for at most, or it would be a memory bomb.
    pub const MAX: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 10,
        lanes: 16,
    };

    /// Checks what a file asks for, before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Malformed`] above [`Self::MAX`] or below what Argon2 allows.
    pub fn check(self) -> Result<Self, Error> {
        let Self {
            memory_kib,
            passes,
            lanes,
        } = self;
        let max = Self::MAX;
        let possible = (1..=max.lanes).contains(&lanes)
            && (1..=max.passes).contains(&passes)
            && (8 * lanes..=max.memory_kib).contains(&memory_kib);
        if possible {
            return Ok(self);
        }
        Err(Error::Malformed {
            what: "passphrase cost",
            why: "memory, passes or lanes are out of bounds",
        })
    }

    /// be32 memory in KiB ‖ be32 passes ‖ be32 lanes: what seals are bound to.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 12] {
        let mut out = [0; 12];
        let numbers = [self.memory_kib, self.passes, self.lanes];
        for (place, number) in out.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        out
    }

    /// The reverse of [`Self::to_bytes`], checked.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn from_bytes(bytes: [u8; 12]) -> Result<Self, Error> {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = bytes;
        Self {
            memory_kib: u32::from_be_bytes([a, b, c, d]),
            passes: u32::from_be_bytes([e, f, g, h]),
            lanes: u32::from_be_bytes([i, j, k, l]),
        }
        .check()
    }
}

/// Argon2id(passphrase, salt, cost), 32 bytes.
///
/// # Errors
/// [`Error::Malformed`] for an impossible cost, [`Error::Limit`] when the memory cannot be had.
pub fn passphrase_key(
    passphrase: &[u8],
    salt: &[u8; PASSPHRASE_SALT_BYTES],
    cost: PassphraseCost,
) -> Result<Secret<32>, Error> {
    let cost = cost.check()?;
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
    let params = params.map_err(|_| Error::Malformed {
        what: "passphrase cost",
        why: "Argon2 refuses it",
    })?;
    let mut key = Secret::zeroed();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.expose_mut())
        .map_err(|_| Error::Limit("passphrase or memory of Argon2"))?;
    Ok(key)
}
