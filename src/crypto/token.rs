//! Access tokens: who may read which disk until when, authenticated and printable as one URI.
//!
//! `rsv-disk://<subject>/<grant>?se=<expiry>&sig=<tag>`: subject and grant are 32 lower-case hex
//! digits, the expiry is RFC 3339 in UTC with whole seconds, the tag is base64url without padding
//! of HMAC-SHA-256(key, canonical("rsv/v1/disk-token", subject, grant, be64(expiry))).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::Timestamp;
use uuid::Uuid;

use crate::crypto::{Error, Secret, canonical, hmac_sha256, verify_equal};

const SCHEME: &str = "rsv-disk://";

/// What a token grants, after its tag was found to be right. The expiry is the caller's to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    subject: [u8; 16],
    grant: [u8; 16],
    expires_unix: i64,
}

impl AccessToken {
    /// Prints a new token. An expiry beyond year 9999 or before 1970 becomes 1970: never valid.
    #[must_use]
    pub fn issue(
        key: &Secret<32>,
        subject: &[u8; 16],
        grant: &[u8; 16],
        expires_unix: i64,
    ) -> String {
        let token = Self {
            subject: *subject,
            grant: *grant,
            expires_unix: Timestamp::from_second(expires_unix.max(0))
                .map_or(0, Timestamp::as_second),
        };
        let tag = BASE64_URL_SAFE_NO_PAD.encode(token.tag(key));
        format!("{}&sig={tag}", token.body())
    }

    /// Reads a token back.
    ///
    /// # Errors
    /// [`Error::TokenMalformed`] when `issue` never prints such a text, [`Error::TokenForged`]
    /// when the tag is another one (compared in constant time).
    pub fn parse_and_verify(key: &Secret<32>, text: &str) -> Result<Self, Error> {
        let (token, tag) = Self::parse(text).ok_or(Error::TokenMalformed)?;
        if verify_equal(&token.tag(key), &tag) {
            Ok(token)
        } else {
            Err(Error::TokenForged)
        }
    }

    /// The id of what may be read, such as a disk's.
    #[must_use]
    pub fn subject(&self) -> &[u8; 16] {
        &self.subject
    }

    /// The id of the grant, by which it can be revoked.
    #[must_use]
    pub fn grant(&self) -> &[u8; 16] {
        &self.grant
    }

    /// The first second at which the token is no longer good, in Unix time.
    #[must_use]
    pub fn expires_unix(&self) -> i64 {
        self.expires_unix
    }

    fn parse(text: &str) -> Option<(Self, Vec<u8>)> {
        let (body, tag) = text.split_once("&sig=")?;
        let (names, expiry) = body.strip_prefix(SCHEME)?.split_once("?se=")?;
        let (subject, grant) = names.split_once('/')?;
        let token = Self {
            subject: Uuid::try_parse(subject).ok()?.into_bytes(),
            grant: Uuid::try_parse(grant).ok()?.into_bytes(),
            expires_unix: expiry.parse::<Timestamp>().ok()?.as_second(),
        };
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        // One token, one text: no other spelling of an id or a time passes.
        (tag.len() == 32 && token.body() == body).then_some((token, tag))
    }

    fn body(&self) -> String {
        let subject = Uuid::from_bytes(self.subject).simple();
        let grant = Uuid::from_bytes(self.grant).simple();
        let expiry = Timestamp::from_second(self.expires_unix).unwrap_or(Timestamp::UNIX_EPOCH);
        format!("{SCHEME}{subject}/{grant}?se={expiry}")
    }

    fn tag(&self, key: &Secret<32>) -> [u8; 32] {
        let expiry = self.expires_unix.to_be_bytes();
        let message = canonical(&[b"rsv/v1/disk-token", &self.subject, &self.grant, &expiry]);
        hmac_sha256(key, &[&message])
    }
}
