//! The -Query selector.

use rsvault::output::{Error, Format, Output, Query, render};
use serde_json::{Value, json};

use crate::cli::sample::VAULT;

fn objects() -> Vec<Value> {
    vec![
        json!({"Name": "a", "Identity": {"PrincipalId": "p1"}, "Tags": ["x", "y"], "End": null}),
        json!({"Name": "b", "Identity": null, "Tags": [], "End": "2027", "Extra": 1}),
    ]
}

fn text(query: &str) -> Result<String, Error> {
    render(Output::many(&VAULT, objects()), None, Some(query), None)
}

fn select(output: Output, query: &str) -> Result<Value, Error> {
    let json = render(output, Some(Format::Json), Some(query), None)?;
    Ok(serde_json::from_str(&json).unwrap())
}

#[test]
fn queries_choose_as_powershell_does() {
    let many = || Output::many(&VAULT, objects());
    for (query, expected) in [
        ("Name", json!(["a", "b"])),
        ("name", json!(["a", "b"])),
        ("[0].NAME", json!("a")),
        ("[-1].Name", json!("b")),
        ("[*].Name", json!(["a", "b"])),
        ("Identity.PrincipalId", json!(["p1"])),
        ("[0].identity.principalid", json!("p1")),
        ("[1].Identity", json!(null)),
        ("[1].Identity.PrincipalId", json!(null)),
        ("Tags", json!(["x", "y"])),
        ("[0].Tags[1]", json!("y")),
        ("[0].'Tags'[-2]", json!("x")),
        ("Extra", json!([1])),
        ("End", json!([null, "2027"])),
        ("Count", json!(2)),
        ("[0].Tags.Length", json!(2)),
        ("[0].Count", json!(1)),
        ("[0].PSTypeName", json!("Test.Vault")),
    ] {
        assert_eq!(select(many(), query), Ok(expected), "{query}");
    }
}

#[test]
fn the_first_element_of_one_object_is_the_object() {
    let one = || Output::one(&VAULT, json!({"Name": "a"}));
    assert_eq!(select(one(), "[0].Name"), Ok(json!("a")));
    assert_eq!(select(one(), "[-1].Name"), Ok(json!("a")));
    assert_eq!(select(one(), "[*].Name"), Ok(json!(["a"])));
    assert_eq!(
        select(one(), "[0]"),
        Ok(json!({"Name": "a", "PSTypeName": "Test.Vault"}))
    );
    assert_eq!(
        select(one(), "[1]"),
        Err(Error::OutOfRange { index: 1, count: 1 })
    );
}

#[test]
fn an_unknown_property_is_an_error_that_lists_those_there_are() {
    let error = text("[0].Identiy").unwrap_err();
    assert_eq!(error.code(), "RsvUnknownProperty");
    assert_eq!(error.to_string(), "the result has no property 'Identiy'");
    assert_eq!(
        error.hint().as_deref(),
        Some("It has Name, Identity, Tags, End.")
    );
    let error = text("Zebra").unwrap_err();
    assert_eq!(
        error.hint().as_deref(),
        Some("It has Name, Identity, Tags, End, Extra.")
    );
    assert_eq!(
        text("[0].Name.Length").unwrap_err().code(),
        "RsvUnknownProperty"
    );
}

#[test]
fn an_index_outside_is_an_error() {
    for (query, index) in [
        ("[2]", 2),
        ("[-3].Name", -3),
        ("[9223372036854775807]", i64::MAX),
    ] {
        assert_eq!(text(query), Err(Error::OutOfRange { index, count: 2 }));
    }
    let none = || Output::many(&VAULT, Vec::new());
    assert_eq!(
        select(none(), "[0].Name"),
        Err(Error::OutOfRange { index: 0, count: 0 })
    );
    assert_eq!(select(none(), "Name"), Ok(json!([])));
}

#[test]
fn a_query_that_cannot_be_read_says_why() {
    for (query, reason) in [
        ("", "it is empty"),
        ("[0", "a bracket is not closed"),
        ("[?Name==a]", "only a whole number or * stands in []"),
        ("[]", "for every element write [*]"),
        ("[0:2]", "only a whole number or * stands in []"),
        (".Name", "it starts with a dot"),
        ("A..B", "a name is missing"),
        ("A.", "a name is missing"),
        ("[0]Name", "a dot is missing before a name"),
        ("'A", "a quotation mark is not closed"),
        ("A]", "a dot is missing before a name"),
    ] {
        let expected = Error::InvalidQuery {
            query: query.to_owned(),
            reason,
        };
        assert_eq!(Query::parse(query), Err(expected), "{query}");
    }
}

#[test]
fn selected_scalars_are_bare_lines_and_objects_are_lists() {
    assert_eq!(text("Name").unwrap(), "a\nb\n");
    assert_eq!(text("[0].Name").unwrap(), "a\n");
    assert_eq!(text("End").unwrap(), "\n2027\n");
    assert_eq!(text("[0].End").unwrap(), "");
    assert_eq!(text("[0].Identity").unwrap(), "\nPrincipalId : p1\n\n");
}

#[test]
fn whole_objects_keep_their_view() {
    assert_eq!(
        text("[*]").unwrap(),
        "\nName Principal\n---- ---------\na    p1\nb\n\n"
    );
    assert!(text("[0]").unwrap().starts_with("\nName     : a\n"));
    let table = render(
        Output::many(&VAULT, objects()),
        Some(Format::Table),
        Some("[1]"),
        None,
    );
    assert_eq!(table.unwrap(), "\nName Principal\n---- ---------\nb\n\n");
}
