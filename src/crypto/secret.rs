//! Bytes that are wiped when dropped, hidden in `Debug`, and not serialisable.

use std::fmt;
use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{Error, random};

/// N secret bytes. On the heap, so that moving it leaves no copy behind on the stack; shared, so
/// that cloning it makes none either.
pub struct Secret<const N: usize>(Arc<Zeroizing<[u8; N]>>);

impl<const N: usize> Secret<N> {
    /// All zero, to be filled in place with [`Self::expose_mut`].
    #[must_use]
    pub fn zeroed() -> Self {
        Self(Arc::new(Zeroizing::new([0; N])))
    }

    /// Takes the bytes over and wipes the caller's copy.
    #[must_use]
    pub fn take(bytes: &mut [u8; N]) -> Self {
        let mut secret = Self::zeroed();
        secret.expose_mut().copy_from_slice(bytes);
        bytes.zeroize();
        secret
    }

    /// Copies a slice of exactly N bytes; `None` when the length differs.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self::zeroed();
        if bytes.len() != N {
            return None;
        }
        secret.expose_mut().copy_from_slice(bytes);
        Some(secret)
    }

    /// Fresh random bytes.
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives none.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = random::<N>()?;
        Ok(Self::take(&mut bytes))
    }

    /// The bytes themselves; every use is a place to review.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, to be filled. Clones made before keep theirs.
    pub fn expose_mut(&mut self) -> &mut [u8; N] {
        let bytes: &mut Zeroizing<[u8; N]> = Arc::make_mut(&mut self.0);
        bytes
    }
}

impl<const N: usize> Clone for Secret<N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>(…)")
    }
}
