//! Access tokens: one text per grant, and only this program's key makes it.

use proptest::prelude::*;
use rsvault::crypto::{AccessToken, Error};

use crate::crypto::secret;

const SUBJECT: [u8; 16] = [0xab; 16];
const GRANT: [u8; 16] = [0x01; 16];

fn issue(expires_unix: i64) -> String {
    AccessToken::issue(&secret(1), &SUBJECT, &GRANT, expires_unix)
}

fn parse(text: &str) -> Result<AccessToken, Error> {
    AccessToken::parse_and_verify(&secret(1), text)
}

#[test]
fn a_token_is_a_uri_that_names_subject_grant_and_expiry() {
    let text = issue(1_801_440_000);
    let body = "rsv-disk://abababababababababababababababab/01010101010101010101010101010101\
                ?se=2027-02-01T00:00:00Z&sig=";
    let tag = text.strip_prefix(body).unwrap();
    assert_eq!(tag.len(), 43);
    let token = parse(&text).unwrap();
    assert_eq!((token.subject(), token.grant()), (&SUBJECT, &GRANT));
    assert_eq!(token.expires_unix(), 1_801_440_000);
}

#[test]
fn another_key_subject_grant_or_expiry_is_forged() {
    let text = issue(1_801_440_000);
    let other = AccessToken::parse_and_verify(&secret(2), &text);
    assert!(matches!(other, Err(Error::TokenForged)));
    for (from, to) in [("//ab", "//ac"), ("/01", "/02"), ("se=2027", "se=2028")] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        assert!(matches!(parse(&edited), Err(Error::TokenForged)), "{to}");
    }
}

#[test]
fn other_spellings_of_the_same_token_are_malformed() {
    let text = issue(1_801_440_000);
    let (body, tag) = text.split_once("&sig=").unwrap();
    let hyphened = "abababab-abab-abab-abab-abababababab";
    for edited in [
        text.replacen("//abab", "//ABAB", 1),
        text.replacen(&"ab".repeat(16), hyphened, 1),
        text.replacen("00Z", "00.000Z", 1),
        text.replacen("00:00:00Z", "01:00:00+01:00", 1),
        text.replacen("rsv-disk", "RSV-DISK", 1),
        format!("{text}="),
        format!("{text}\n"),
        format!(" {text}"),
        format!("{body}&x=1&sig={tag}"),
        format!("{body}&sig={}", &tag[..40]),
        body.to_owned(),
        String::new(),
    ] {
        assert!(
            matches!(parse(&edited), Err(Error::TokenMalformed)),
            "{edited}"
        );
    }
}

#[test]
fn an_expiry_that_cannot_be_printed_has_passed_already() {
    for expires in [i64::MIN, -1, 0, i64::MAX] {
        let token = parse(&issue(expires)).unwrap();
        assert_eq!(token.expires_unix(), 0);
    }
}

proptest! {
    #[test]
    fn every_token_verifies_and_gives_back_its_fields(
        subject in any::<[u8; 16]>(),
        grant in any::<[u8; 16]>(),
        expires in 0_i64..253_402_000_000,
    ) {
        let text = AccessToken::issue(&secret(1), &subject, &grant, expires);
        let token = parse(&text).unwrap();
        prop_assert_eq!(token.subject(), &subject);
        prop_assert_eq!(token.grant(), &grant);
        prop_assert_eq!(token.expires_unix(), expires);
    }

    #[test]
    fn no_text_makes_the_parser_panic(
        text in any::<String>(),
        middle in "[0-9a-f/?=&TZ:.+-]{0,90}",
    ) {
        prop_assert!(parse(&text).is_err());
        let uri = format!("rsv-disk://{middle}&sig={text}");
        prop_assert!(parse(&uri).is_err());
    }
}
