//! Initialize-RsvHome.

use std::path::Path;

use crate::harness::Sandbox;

const INITIALIZE: &str = "Initialize-RsvHome";

#[test]
fn it_says_where_a_home_is_and_says_the_same_again() {
    let sandbox = Sandbox::new();
    let first = sandbox.json(INITIALIZE);
    assert_eq!(first["Home"], sandbox.home().to_str().unwrap());
    assert_eq!(first["Generation"], 1);
    assert_eq!(first["Rehearsal"], false);
    let installation = first["Installation"].as_str().unwrap();
    for (name, file) in [
        ("RootKeyFile", format!("root-{installation}.key")),
        ("AnchorFile", format!("{installation}.json")),
    ] {
        let path = Path::new(first[name].as_str().unwrap());
        assert!(
            path.ends_with(&file) && path.is_file(),
            "{}",
            path.display()
        );
    }
    assert_eq!(sandbox.json(INITIALIZE), first);
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let later = sandbox.json(INITIALIZE);
    assert_eq!(later["Installation"], first["Installation"]);
    assert_eq!(later["Generation"], 2);
}

#[test]
fn only_a_rehearsal_home_takes_another_time_and_it_stays_one() {
    let mut sandbox = Sandbox::new();
    sandbox.set("RSV_NOW", "2031-05-06T00:00:00Z");
    sandbox
        .run("Get-AzResourceGroup")
        .fails("RsvNotARehearsal", 1);
    sandbox.set("RSV_NOW", "");
    let made = sandbox.json(&format!("{INITIALIZE} -Rehearsal"));
    assert_eq!(made["Rehearsal"], true);
    sandbox.set("RSV_NOW", "2031-05-06T00:00:00Z");
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let time = sandbox.ok("Get-AzActivityLog -Query [0].EventTimestamp");
    assert_eq!(time, "2031-05-06T00:00:00Z");
    for line in [INITIALIZE.to_owned(), format!("{INITIALIZE} -Rehearsal")] {
        let again = sandbox.json(&line);
        assert_eq!(again["Rehearsal"], true, "{line}");
        assert_eq!(again["Generation"], 3, "{line} changes nothing");
    }
}

#[test]
fn a_home_with_resources_never_becomes_a_rehearsal_home() {
    let sandbox = Sandbox::new();
    sandbox.ok(&format!("{INITIALIZE} -Rehearsal -WhatIf"));
    assert_eq!(sandbox.json(INITIALIZE)["Rehearsal"], false);
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    for more in ["", "-WhatIf", "-Confirm:false"] {
        sandbox
            .run(&format!("{INITIALIZE} -Rehearsal {more}"))
            .fails("RsvHomeInUse", 1);
    }
    assert_eq!(sandbox.json(INITIALIZE)["Rehearsal"], false);
}
