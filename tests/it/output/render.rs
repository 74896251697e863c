//! Lists, tables, JSON, tab-separated values, YAML and ids.

use rsvault::output::{Column, Error, Form, Format, Output, SCALAR, View, escape, render, wrap};
use serde_json::{Value, json};

static PLAIN: View = View {
    type_name: "Test.Plain",
    form: Form::Auto,
    table: &[],
    list: &[],
};
static ITEMS: View = View {
    type_name: "Test.Item",
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "name",
        },
        Column {
            header: "Size",
            path: "Disk.Size",
        },
        Column {
            header: "Owner",
            path: "Owner",
        },
    ],
    list: &[("The name", "Name"), ("Size", "Disk.Size")],
};

fn one(value: Value, format: Option<Format>) -> String {
    render(Output::one(&PLAIN, value), format, None, None).unwrap()
}

fn items() -> Output {
    Output::many(
        &ITEMS,
        vec![
            json!({"Name": "disk one", "Disk": {"Size": 5}, "Owner": null}),
            json!({"Name": "d2", "Disk": {"Size": 12345}, "Owner": "me"}),
        ],
    )
}

#[test]
fn a_list_pads_labels_and_spells_values_as_powershell() {
    let value = json!({
        "Name": "v", "Enabled": true, "Off": false, "Nothing": null, "Count": 3,
        "Tags": ["a", 1, true], "Empty": [],
        "Nested": {"A": "x", "B": {"C": null}, "PSTypeName": "T"},
    });
    let expected = "
Name    : v
Enabled : True
Off     : False
Nothing :\x20
Count   : 3
Tags    : {a, 1, True}
Empty   : {}
Nested  : @{A=x; B=@{C=}}

";
    assert_eq!(one(value, None), expected);
}

#[test]
fn labels_are_padded_by_cells_not_by_characters() {
    let text = one(json!({"名前": "x", "Name": "y", "e\u{301}": "z"}), None);
    assert_eq!(text, "\n名前 : x\nName : y\ne\u{301}    : z\n\n");
}

#[test]
fn a_list_wraps_only_at_a_given_width_and_continues_below_the_value() {
    let output = || Output::one(&PLAIN, json!({"Id": "one two three four", "Text": "a\nb"}));
    let narrow = render(output(), None, None, Some(18)).unwrap();
    assert_eq!(
        narrow,
        "\nId   : one two\n       three four\nText : a\n       b\n\n"
    );
    let wide = render(output(), None, None, None).unwrap();
    assert_eq!(wide, "\nId   : one two three four\nText : a\n       b\n\n");
}

#[test]
fn wrapping_cuts_at_blanks_else_at_cells() {
    assert_eq!(wrap("aaa bbb", 3), ["aaa", "bbb"]);
    assert_eq!(wrap("aaa bbb", 5), ["aaa", "bbb"]);
    assert_eq!(wrap("abcdefg", 3), ["abc", "def", "g"]);
    assert_eq!(wrap("日本語", 5), ["日本", "語"]);
    assert_eq!(wrap("日", 1), ["日"]);
    assert_eq!(wrap("", 5), [""]);
    assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
}

#[test]
fn several_objects_in_a_list_have_one_blank_line_between_them() {
    let text = render(items(), Some(Format::List), None, None).unwrap();
    let expected = "\nThe name : disk one\nSize     : 5\n\nThe name : d2\nSize     : 12345\n\n";
    assert_eq!(text, expected);
}

#[test]
fn a_table_aligns_numbers_right_and_trims_the_ends() {
    let text = render(items(), None, None, None).unwrap();
    let expected = "
Name      Size Owner
----      ---- -----
disk one     5
d2       12345 me

";
    assert_eq!(text, expected);
}

#[test]
fn a_table_is_cut_to_a_terminal_and_only_there() {
    let long = "x".repeat(100);
    let output = || {
        Output::many(
            &PLAIN,
            vec![json!({"A": long, "B": 1}), json!({"A": "y", "B": 2})],
        )
    };
    let wide = render(output(), None, None, None).unwrap();
    assert!(wide.contains(&long));
    let narrow = render(output(), None, None, Some(40)).unwrap();
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 40),
        "{narrow}"
    );
    assert_eq!(narrow.lines().count(), 6);
    assert!(narrow.contains('…'));
}

#[test]
fn without_a_view_one_object_is_a_list_and_several_are_a_table() {
    let rows = vec![json!({"A": 1}), json!({"B": "x", "A": 2})];
    let table = render(Output::many(&PLAIN, rows.clone()), None, None, None).unwrap();
    assert_eq!(table, "\nA B\n- -\n1\n2 x\n\n");
    let list = render(Output::many(&PLAIN, rows[..1].to_vec()), None, None, None).unwrap();
    assert_eq!(list, "\nA : 1\n\n");
}

#[test]
fn no_objects_are_no_text_but_an_empty_json_array() {
    let none = || Output::many(&PLAIN, Vec::new());
    for format in [
        None,
        Some(Format::List),
        Some(Format::Table),
        Some(Format::Tsv),
    ] {
        assert_eq!(render(none(), format, None, None).unwrap(), "");
    }
    assert_eq!(
        render(none(), Some(Format::Json), None, None).unwrap(),
        "[]\n"
    );
    assert_eq!(
        render(none(), Some(Format::Yaml), None, None).unwrap(),
        "[]\n"
    );
}

#[test]
fn a_silent_cmdlet_prints_nothing_in_any_format() {
    for format in Format::NAMES {
        let text = render(Output::none(), format.parse().ok(), Some("Name"), None);
        assert_eq!(text.as_deref(), Ok(""), "{format}");
    }
}

#[test]
fn json_carries_the_type_name_last_unless_present() {
    let text = one(json!({"A": {"B": null}}), Some(Format::Json));
    let expected = "{\n  \"A\": {\n    \"B\": null\n  },\n  \"PSTypeName\": \"Test.Plain\"\n}\n";
    assert_eq!(text, expected);
    let text = one(json!({"PSTypeName": "Other", "A": 1}), Some(Format::Json));
    assert_eq!(text, "{\n  \"PSTypeName\": \"Other\",\n  \"A\": 1\n}\n");
    let many = render(
        Output::many(&PLAIN, vec![json!({})]),
        Some(Format::Json),
        None,
        None,
    );
    assert_eq!(
        many.unwrap(),
        "[\n  {\n    \"PSTypeName\": \"Test.Plain\"\n  }\n]\n"
    );
}

#[test]
fn the_type_name_stays_out_of_lists_tables_and_tsv() {
    for format in [Format::List, Format::Table, Format::Tsv] {
        let text = one(json!({"A": 1, "PSTypeName": "T"}), Some(format));
        assert!(text.contains('1') && !text.contains("PSTypeName"), "{text}");
    }
}

#[test]
fn tsv_has_the_columns_of_the_table_and_one_line_an_object() {
    let text = render(items(), Some(Format::Tsv), None, None).unwrap();
    assert_eq!(text, "disk one\t5\t\nd2\t12345\tme\n");
    let text = one(json!({"A": "a\tb\nc\\d", "B": true}), Some(Format::Tsv));
    assert_eq!(text, "a\\tb\\nc\\\\d\tTrue\n");
}

#[test]
fn yaml_nests_by_indent_and_quotes_what_yaml_would_misread() {
    let value = json!({
        "Name": "no", "on": 1, "a.b": null, "List": [1, {"X": [true, []], "Z": {}}, [2]],
    });
    let expected = r#"Name: "no"
"on": 1
"a.b": null
List:
  - 1
  - X:
      - true
      - []
    Z: {}
  - - 2
PSTypeName: "Test.Plain"
"#;
    assert_eq!(one(value, Some(Format::Yaml)), expected);
}

#[test]
fn ids_are_found_under_their_names_best_first() {
    let id = |value| render(Output::one(&PLAIN, value), Some(Format::Id), None, None);
    assert_eq!(id(json!({"ResourceId": "r", "ID": "i"})).unwrap(), "i\n");
    assert_eq!(id(json!({"JobId": "j", "ResourceId": "r"})).unwrap(), "r\n");
    assert_eq!(id(json!({"recoverypointid": "p"})).unwrap(), "p\n");
    for value in [
        json!({"Name": "x"}),
        json!({"Id": ""}),
        json!({"Id": null}),
        json!("text"),
    ] {
        assert_eq!(id(value), Err(Error::NoId));
    }
    let none = || Output::many(&PLAIN, Vec::new());
    assert_eq!(
        render(none(), Some(Format::Id), None, None),
        Err(Error::NoId)
    );
}

#[test]
fn no_value_can_drive_a_terminal() {
    let evil = "a\u{1b}[31m\u{9b}2J\rb\nc\u{7f}\u{202e}";
    let value = json!({"Name": evil, "k\u{1b}": [evil]});
    for format in Format::NAMES.iter().filter(|name| **name != "id") {
        let text = one(value.clone(), format.parse().ok());
        // The tab that separates values is tsv's own.
        let own = |c| c == '\n' || (*format == "tsv" && c == '\t');
        let bad = |c: char| (c.is_control() && !own(c)) || c == '\u{202e}';
        assert!(!text.contains(bad), "{format}: {text:?}");
    }
    let list = one(json!({"Name": evil}), None);
    assert_eq!(
        list,
        "\nName : a\\u{1b}[31m\\u{9b}2J\\rb\n       c\\u{7f}\\u{202e}\n\n"
    );
    let table = one(json!({"Name": evil}), Some(Format::Table));
    assert_eq!(table.lines().count(), 5, "{table:?}");
    let json: Value =
        serde_json::from_str(&one(json!({"Name": evil}), Some(Format::Json))).unwrap();
    assert_eq!(json["Name"], evil);
}

#[test]
fn scalars_are_bare_lines() {
    let text = |values| render(Output::many(&SCALAR, values), None, None, None).unwrap();
    assert_eq!(
        text(vec![json!("a"), json!(1), json!(true)]),
        "a\n1\nTrue\n"
    );
    assert_eq!(text(vec![json!("a\nb"), json!("c")]), "a\\nb\nc\n");
    let script = Output::one(&SCALAR, json!("line 1\n\tline 2"));
    assert_eq!(
        render(script, None, None, None).unwrap(),
        "line 1\n\tline 2\n"
    );
}

#[test]
fn formats_are_named_in_any_letter_case() {
    assert_eq!("JSON".parse(), Ok(Format::Json));
    assert!(
        "xml"
            .parse::<Format>()
            .unwrap_err()
            .contains("list, table, json, tsv, yaml, id")
    );
}

#[test]
fn escaping_leaves_harmless_text_alone() {
    assert_eq!(escape("a/b é 日 – …", &[]), "a/b é 日 – …");
    assert_eq!(escape("a\nb", &['\n']), "a\nb");
}
