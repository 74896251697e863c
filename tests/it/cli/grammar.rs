//! The grammar of the command line, case by case.

use rsvault::cli::{Failure, normalise, tree};

use crate::cli::sample::find;

fn bind(cmdlet: &str, words: &[&str]) -> Result<Vec<String>, Failure> {
    let row = find(cmdlet);
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    normalise(&tree(&row), row.refused, &words)
}

#[test]
fn words_bind_as_in_powershell() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        // Names: letter case, GNU spelling, prefixes, aliases.
        ("Update", &["-VaultId", "v"], &["--VaultId=v"]),
        ("Update", &["-VAULTID", "v"], &["--VaultId=v"]),
        ("Update", &["--vault-id", "v"], &["--VaultId=v"]),
        ("Update", &["--VaultId=v"], &["--VaultId=v"]),
        ("Update", &["--vault_id=v=w"], &["--VaultId=v=w"]),
        ("Update", &["-Vau", "v"], &["--VaultId=v"]),
        ("Update", &["-V", "v"], &["--VaultId=v"]),
        ("Update", &["-armid", "v"], &["--VaultId=v"]),
        ("Update", &["-diskiops", "5"], &["--DiskIOPS=5"]),
        ("Get", &["-verb"], &["--Verbose"]),
        ("Get", &["-vb", "-db"], &["--Verbose", "--Debug"]),
        (
            "Get",
            &["-o", "json", "-q", "Name"],
            &["--Output=json", "--Query=Name"],
        ),
        (
            "Set",
            &["-OutputP", "/x", "-Output", "json"],
            &["--OutputPath=/x", "--Output=json"],
        ),
        // Dashes and quotation marks of a word processor.
        (
            "Update",
            &["\u{2013}VaultId", "\u{201c}v w\u{201d}"],
            &["--VaultId=v w"],
        ),
        (
            "Update",
            &["\u{2014}VaultId:\u{2018}v\u{2019}"],
            &["--VaultId=v"],
        ),
        // Values: joined by a colon, negative, empty, with a dash, a colon or an equals sign.
        ("Update", &["-VaultId:v"], &["--VaultId=v"]),
        ("Update", &["-VaultId:", "v"], &["--VaultId=v"]),
        (
            "Update",
            &["-VaultId:https://x:1/?a=b"],
            &["--VaultId=https://x:1/?a=b"],
        ),
        ("Update", &["-RetentionDays", "-7"], &["--RetentionDays=-7"]),
        ("Update", &["-VaultId", "-"], &["--VaultId=-"]),
        ("Update", &["-VaultId", "--"], &["--VaultId=--"]),
        ("Update", &["-VaultId", "-.5"], &["--VaultId=-.5"]),
        (
            "Update",
            &["-VaultId:-dash-first"],
            &["--VaultId=-dash-first"],
        ),
        ("Update", &["-VaultId", ""], &["--VaultId="]),
        ("Update", &["--VaultId="], &["--VaultId="]),
        ("Update", &["-EnableRbac", "$TRUE"], &["--EnableRbac=true"]),
        ("Update", &["-EnableRbac:0"], &["--EnableRbac=false"]),
        // Switches.
        ("Update", &["-Force", "-WhatIf"], &["--Force", "--WhatIf"]),
        ("Update", &["-Force:$false", "-wi:false"], &[]),
        ("Update", &["-Force:true"], &["--Force"]),
        ("Update", &["-Confirm"], &["--Confirm=true"]),
        ("Update", &["-cf:$false"], &["--Confirm=false"]),
        ("Update", &["-Confirm:", "False"], &["--Confirm=false"]),
        // Arrays.
        (
            "Set",
            &["-Perm", "get,list", "v"],
            &["--PermissionsToKeys=get,list", "--VaultName=v"],
        ),
        (
            "Set",
            &["-Perm", "get,", "list", "v"],
            &["--PermissionsToKeys=get,list", "--VaultName=v"],
        ),
        (
            "Set",
            &["-Perm", "get", ",list", "v"],
            &["--PermissionsToKeys=get,list", "--VaultName=v"],
        ),
        (
            "Set",
            &["kv", "-Perm", "a,", "b", ",c", ",", "d", "-PassThru"],
            &[
                "--PermissionsToKeys=a,b,c,d",
                "--PassThru",
                "--VaultName=kv",
            ],
        ),
        (
            "Set",
            &["-Perm", "\u{201c}a\u{201d},b"],
            &["--PermissionsToKeys=a,b"],
        ),
        (
            "Set",
            &["-Policy", "{1,2}", "-Policy", "3"],
            &["--Policy={1,2}", "--Policy=3"],
        ),
        // Positions: gaps do not count, named parameters go first, sets exclude each other.
        (
            "Set",
            &["kv", "get", ",list"],
            &["--VaultName=kv", "--PermissionsToKeys=get,list"],
        ),
        (
            "Update",
            &["rg", "v"],
            &["--ResourceGroupName=rg", "--Name=v"],
        ),
        (
            "Update",
            &["v", "-ResourceGroupName", "rg"],
            &["--ResourceGroupName=rg", "--Name=v"],
        ),
        (
            "Update",
            &["rg", "-Name", "v"],
            &["--Name=v", "--ResourceGroupName=rg"],
        ),
        // A cmdlet's own names go before the common ones.
        (
            "Test",
            &["-Debug", "high", "-o", "x"],
            &["--Debug=high", "--Query=x"],
        ),
        ("Test", &["-ApiVersion", "2"], &["--ApiVersion=2"]),
    ];
    for (cmdlet, words, canonical) in cases {
        assert_eq!(
            bind(cmdlet, words).as_deref(),
            Ok(&to_vec(canonical)[..]),
            "{cmdlet} {words:?}"
        );
    }
}

fn to_vec(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn wrong_words_get_powershells_message() {
    let cases: &[(&str, &[&str], &str, &str)] = &[
        (
            "Update",
            &["-Identity", "x"],
            "AmbiguousParameter",
            "Parameter cannot be processed because the parameter name 'Identity' is ambiguous. \
             Possible matches include: -IdentityType -IdentityId.",
        ),
        (
            "Update",
            &["-Valut", "x"],
            "NamedParameterNotFound",
            "A parameter cannot be found that matches parameter name 'Valut'.",
        ),
        (
            "Get",
            &["-WhatIf"],
            "NamedParameterNotFound",
            "A parameter cannot be found that matches parameter name 'WhatIf'.",
        ),
        (
            "Update",
            &["-VaultId"],
            "MissingArgument",
            "Missing an argument for parameter 'VaultId'.",
        ),
        (
            "Update",
            &["-EncryptionKeyId", "-dash-first"],
            "MissingArgument",
            "Missing an argument for parameter 'EncryptionKeyId'.",
        ),
        (
            "Update",
            &["-VaultId:", "-Force"],
            "MissingArgument",
            "Missing an argument for parameter 'VaultId'.",
        ),
        (
            "Update",
            &["-Confirm:"],
            "CannotConvertArgument",
            "Cannot convert value \"\" to a switch for parameter 'Confirm'.",
        ),
        (
            "Update",
            &["-Force:maybe"],
            "CannotConvertArgument",
            "Cannot convert value \"maybe\" to a switch for parameter 'Force'.",
        ),
        (
            "Update",
            &["-EnableRbac", "yes"],
            "ParameterArgumentTransformationError",
            "Cannot process argument transformation on parameter 'EnableRbac'. \
             Cannot convert value \"yes\" to type \"System.Boolean\".",
        ),
        (
            "Update",
            &["-Name", "a,", "b"],
            "CannotConvertArgument",
            "Cannot convert 'System.Object[]' to the type 'System.String' required by parameter \
             'Name'.",
        ),
        (
            "Update",
            &["-Name", "a", "--name", "b"],
            "ParameterAlreadyBound",
            "Cannot bind parameter because parameter 'Name' is specified more than once.",
        ),
        (
            "Set",
            &["kv", "-Perm", "get,", "-PassThru"],
            "MissingExpressionAfterToken",
            "Missing expression after ','.",
        ),
        (
            "Update",
            &["rg", "v", "w"],
            "PositionalParameterNotFound",
            "A positional parameter cannot be found that accepts argument 'w'.",
        ),
        (
            "Update",
            &["-VaultId", "v", "rg"],
            "PositionalParameterNotFound",
            "A positional parameter cannot be found that accepts argument 'rg'.",
        ),
        (
            "Update",
            &["-Token", "x"],
            "RsvParameterNotSupported",
            "-Token is not supported: there is no resource guard",
        ),
        (
            "Update",
            &["-tok"],
            "RsvParameterNotSupported",
            "-Token is not supported: there is no resource guard",
        ),
        (
            "Update",
            &["-Fore"],
            "RsvParameterNotSupported",
            "-Fore is not supported: never",
        ),
        (
            "Get",
            &["-AsJob"],
            "RsvParameterNotSupported",
            "-AsJob is not supported: operations run in the foreground; start the command with & \
             instead",
        ),
        (
            "Get",
            &["-AzContext", "x"],
            "RsvParameterNotSupported",
            "-DefaultProfile is not supported: choose the context with Set-AzContext or \
             RSV_SUBSCRIPTION",
        ),
        (
            "Get",
            &["-ov", "x"],
            "RsvParameterNotSupported",
            "-OutVariable is not supported: in a shell write x=$(rsv ... -Output json)",
        ),
    ];
    for (cmdlet, words, code, message) in cases {
        let failure = bind(cmdlet, words).expect_err(&format!("{cmdlet} {words:?}"));
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            (*code, *message)
        );
        assert_eq!(failure.exit as u8, 2);
    }
}

#[test]
fn a_value_that_starts_with_a_dash_is_shown_how_to_pass() {
    let failure = bind("Update", &["-EncryptionKeyId", "-dash-first"]).unwrap_err();
    let hint = "To pass a value that starts with a dash write -EncryptionKeyId:-dash-first";
    assert_eq!(failure.hint.as_deref(), Some(hint));
}

#[test]
fn a_switch_that_bash_emptied_is_never_guessed() {
    let failure = bind("Update", &["-Confirm:", "rg"]).unwrap_err();
    assert_eq!(failure.code, "CannotConvertArgument");
    assert!(failure.hint.unwrap().contains("-Confirm:false"));
}

#[test]
fn a_misspelt_parameter_gets_a_suggestion() {
    let failure = bind("Update", &["-VualtId", "x"]).unwrap_err();
    assert_eq!(failure.hint.as_deref(), Some("Did you mean -VaultId?"));
}

#[test]
fn half_a_typographic_quotation_is_explained() {
    let failure = bind("Get", &["a", "\u{201c}my", "vault\u{201d}"]).unwrap_err();
    assert!(failure.hint.unwrap().contains("Typographic"));
}

#[test]
fn every_long_name_starts_with_a_capital_and_none_is_short() {
    for row in crate::cli::sample::rows() {
        let command = tree(&row).command;
        for arg in command.get_arguments() {
            assert!(
                arg.get_long().unwrap().starts_with(char::is_uppercase),
                "{arg}"
            );
            assert_eq!(arg.get_short(), None, "{arg}");
        }
        command.debug_assert();
    }
}
