//! K_id carried from one epoch to the next, so that equal chunks keep their ids.
//!
//! value of extension 0x8001 = Cobblestone-256(derive(DEK, "rsv/v1/carry", owner),
//! canonical("rsv/v1/carried-id", owner, domain, be32(epoch)), K_id), 104 bytes; DEK, domain and
//! epoch are those of the group that holds the extension.

use zeroize::Zeroizing;

use crate::crypto::{Error, Secret, WrapExtension, WrapGroup, canonical, derive, open, seal};
use crate::crypto::{WrapHeader, dek_commitment, verify_equal};

const WHAT: &str = "carried key for chunk ids";

fn sealing_key(dek: &Secret<32>, header: &WrapHeader) -> Secret<32> {
    derive(dek, "rsv/v1/carry", &[&header.owner])
}

fn context(header: &WrapHeader) -> Vec<u8> {
    let epoch = header.epoch.to_be_bytes();
    canonical(&[b"rsv/v1/carried-id", &header.owner, &header.domain, &epoch])
}

/// Puts K_id of the epoch before into the header of a new group, under that group's own DEK.
///
/// # Errors
/// No randomness.
pub fn carry_id_key(
    header: &mut WrapHeader,
    dek: &Secret<32>,
    id_key: &Secret<32>,
) -> Result<(), Error> {
    let value = seal(&sealing_key(dek, header), &context(header), id_key.expose())?;
    let kind = WrapExtension::CARRIED_ID_KEY;
    header.extensions.retain(|e| e.kind != kind);
    // The lowest number there is, and extensions stand in rising order.
    header.extensions.insert(0, WrapExtension { kind, value });
    Ok(())
}

/// K_id that a group carries, once its DEK is known; `None` when the epoch has one of its own.
///
/// # Errors
/// [`Error::WrongKey`], [`Error::NotAuthentic`] or [`Error::Truncated`].
pub fn carried_id_key(group: &WrapGroup, dek: &Secret<32>) -> Result<Option<Secret<32>>, Error> {
    let Some(sealed) = group.extension(WrapExtension::CARRIED_ID_KEY) else {
        return Ok(None);
    };
    let header = group.header();
    if !verify_equal(&dek_commitment(dek, &header.owner), group.commitment()) {
        return Err(Error::WrongKey { what: WHAT });
    }
    let plain = Zeroizing::new(open(
        &sealing_key(dek, header),
        &context(header),
        sealed,
        WHAT,
    )?);
    let key = Secret::from_slice(&plain);
    key.map(Some).ok_or(Error::NotAuthentic { what: WHAT })
}
