//! Errors of every layer become a code, a sentence, a hint and an exit code.

use anyhow::Context;
use rsvault::cli::{Exit, Failure};
use rsvault::domain::{Refusal, RefusalKind};
use rsvault::output;

#[test]
fn each_kind_of_refusal_has_its_exit_code() {
    for (kind, exit) in [
        (RefusalKind::Refused, 1),
        (RefusalKind::Usage, 2),
        (RefusalKind::NotFound, 3),
        (RefusalKind::Damaged, 4),
        (RefusalKind::Busy, 5),
    ] {
        let failure = Failure::from(anyhow::Error::from(Refusal::new(kind, "Code", "It is so.")));
        assert_eq!(failure.exit as u8, exit);
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            ("Code", "It is so.")
        );
    }
}

#[test]
fn a_refusal_is_found_under_and_as_context() {
    let refusal = || Refusal::refused("Code", "No.");
    let under = Err::<(), _>(refusal())
        .context("backing up vm1")
        .unwrap_err();
    let above = Err::<(), _>(std::io::Error::other("x"))
        .context(refusal())
        .unwrap_err();
    for error in [under, above] {
        let failure = Failure::from(error);
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            ("Code", "No.")
        );
        assert_eq!(failure.causes.len(), 2);
    }
}

#[test]
fn an_io_error_tells_its_whole_chain() {
    let io = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "permission denied");
    let failure = Failure::from(Err::<(), _>(io).context("cannot read /x").unwrap_err());
    assert_eq!(
        (failure.code.as_str(), failure.exit),
        ("RsvIo", Exit::Refused)
    );
    assert_eq!(failure.message, "Cannot read /x: permission denied.");
}

#[test]
fn an_unknown_error_is_a_plain_failure() {
    let failure = Failure::from(anyhow::anyhow!("inner").context("outer"));
    assert_eq!(
        (failure.code.as_str(), failure.exit),
        ("RsvFailed", Exit::Refused)
    );
    assert_eq!(failure.message, "Outer: inner.");
}

#[test]
fn an_output_error_keeps_its_code_and_hint() {
    let failure = Failure::from(anyhow::Error::from(output::Error::NoId));
    assert_eq!(failure.code, "RsvNoId");
    assert_eq!(
        failure.hint.as_deref(),
        Some("Use -Query to print a property.")
    );
}

#[test]
fn a_mistyped_property_gets_the_nearest_one() {
    let known = || vec!["Name".to_owned(), "Identity".to_owned()];
    for (name, hint) in [
        ("Identiy", "Did you mean Identity?"),
        ("Zebra", "It has Name, Identity."),
    ] {
        let error = output::Error::UnknownProperty {
            name: name.into(),
            known: known(),
        };
        let failure = Failure::from(anyhow::Error::from(error));
        assert_eq!(failure.hint.as_deref(), Some(hint));
    }
}

#[test]
fn a_hostile_name_in_an_error_drives_no_terminal_and_forges_no_line() {
    let refusal = Refusal::refused("Code", "No '\u{1b}[2J\nrsv: all is well\u{202e}'.");
    let failure = Failure::from(anyhow::Error::from(refusal));
    let text = failure.to_text();
    assert_eq!(
        text,
        "rsv: No '\\u{1b}[2J\n  rsv: all is well\\u{202e}'.\n  [Code]\n"
    );
    let json = failure.to_json();
    assert!(
        json.contains("\\u001b[2J\\nrsv") && json.contains("\\u202e"),
        "{json}"
    );
    assert_eq!(json.lines().count(), 1);
}
