//! The one source of randomness: the operating system's generator.

use crate::crypto::Error;

/// N bytes from the operating system (`getrandom(2)` on Linux).
///
/// # Errors
/// [`Error::Random`] when it gives none.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::Random(e.to_string()))?;
    Ok(bytes)
}
