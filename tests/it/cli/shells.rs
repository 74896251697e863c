//! The stubs in the shells they are for, and the cmdlet that installs them.

use std::process::Command;

use crate::harness::Sandbox;

const STUBS: [(&str, &str); 4] = [
    ("bash", include_str!("../../../completions/rsv.bash")),
    ("zsh", include_str!("../../../completions/_rsv")),
    ("fish", include_str!("../../../completions/rsv.fish")),
    ("pwsh", include_str!("../../../completions/rsv.ps1")),
];

/// Runs a shell in the sandbox, with the program in its path; gives what it printed.
fn shell(sandbox: &Sandbox, program: &str, args: &[&str]) -> String {
    let rsv = sandbox.command();
    let folder = std::path::Path::new(rsv.get_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("timeout");
    command
        .args(["60", program])
        .args(args)
        .current_dir(sandbox.path())
        .env_clear();
    for (name, value) in rsv.get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("PATH", format!("{}:{path}", folder.display()));
    command.env("TERM", "dumb").env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{program}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A home with a vault, and the stubs as files.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast",
    );
    for (shell, text) in STUBS {
        sandbox.write(shell, text.as_bytes());
    }
    sandbox
}

#[test]
fn the_program_prints_the_stubs_that_are_checked_in() {
    let sandbox = Sandbox::new();
    for (shell, text) in STUBS {
        let run = sandbox.run(&format!("__complete stub {shell}"));
        assert_eq!(run.ok(), text.trim_end(), "{shell}");
    }
}

#[test]
fn bash_completes() {
    let sandbox = sandbox();
    let script = "source ./bash; COMP_LINE=$1 COMP_POINT=${#1}; _rsv rsv \"$2\" ''; \
                  printf '%s\\n' \"${COMPREPLY[@]}\"";
    for (line, word, wanted) in [
        (
            "rsv get-azrecoveryservicesvaultp",
            "get-azrecoveryservicesvaultp",
            "Get-AzRecoveryServicesVaultProperty\n",
        ),
        (
            "rsv Get-AzRecoveryServicesVault -Name te",
            "te",
            "testvault\n",
        ),
        (
            "rsv Get-AzRecoveryServicesVault -Name:te",
            "te",
            "testvault\n",
        ),
        (
            "rsv Set-AzContext -Subscription lo",
            "lo",
            "Local\\ subscription\n",
        ),
        (
            "rsv Set-AzContext -Subscription 'lo",
            "lo",
            "Local subscription\n",
        ),
        (
            "rsv Get-AzRecoveryServicesVault -Name nosuch",
            "nosuch",
            "\n",
        ),
    ] {
        let found = shell(&sandbox, "bash", &["-c", script, "bash", line, word]);
        assert_eq!(found, wanted, "{line}");
    }
    let registered = shell(&sandbox, "bash", &["-c", "source ./bash; complete -p rsv"]);
    assert_eq!(registered, "complete -F _rsv rsv\n");
    shell(&sandbox, "shellcheck", &["bash"]);
}

#[test]
fn fish_completes() {
    let sandbox = sandbox();
    for (line, wanted) in [
        (
            "rsv get-azrecoveryservicesvaultp",
            "Get-AzRecoveryServicesVaultProperty",
        ),
        ("rsv Get-AzRecoveryServicesVault -Name te", "testvault"),
        (
            "rsv Get-AzRecoveryServicesVault -Name:te",
            "-Name:testvault",
        ),
        ("rsv Set-AzContext -Subscription \"lo", "Local subscription"),
        ("rsv Get-AzRecoveryServicesVault -Name nosuch", ""),
    ] {
        let script = "source ./fish; complete -C $argv[1]";
        let found = shell(&sandbox, "fish", &["--no-config", "-c", script, line]);
        assert_eq!(found.split('\t').next().unwrap(), wanted, "{line}");
    }
}

#[test]
fn zsh_completes() {
    let sandbox = sandbox();
    // The line appears as a whole only once Tab has filled it in.
    let script = "zmodload zsh/zpty; zpty z 'zsh -f -i'; \
        zpty -w z \"PS1='> '; autoload -Uz compinit; compinit -u -D; source ./zsh; print REA''DY\"; \
        zpty -r -m z text '*READY*'; zpty -w -n z \"$1\"$'\\t'; \
        zpty -r -m z text \"*$2*\" && print found; zpty -d z";
    for (line, wanted) in [
        (
            "rsv get-azrecoveryservicesvaultp",
            "Get-AzRecoveryServicesVaultProperty ",
        ),
        ("rsv Get-AzRecoveryServicesVault -Name te", "testvault "),
        ("rsv Get-AzRecoveryServicesVault -Name:te", ":testvault "),
        (
            "rsv Set-AzContext -Subscription Lo",
            "Local\\\\ subscription ",
        ),
    ] {
        let found = shell(&sandbox, "zsh", &["-f", "-c", script, "zsh", line, wanted]);
        assert_eq!(found, "found\n", "{line}");
    }
}

#[test]
fn the_powershell_stub_is_powershell() {
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(&tree_sitter_pwsh::LANGUAGE.into())
        .unwrap();
    let text = STUBS[3].1;
    let is_good = |parser: &mut tree_sitter::Parser, text: &str| {
        !parser.parse(text, None).unwrap().root_node().has_error()
    };
    assert!(is_good(&mut parser, text));
    let broken = text.replace("$words.Count", "$words.(");
    assert!(!is_good(&mut parser, &broken), "the parser finds nothing");
}

#[test]
fn a_stub_is_installed_where_its_shell_looks() {
    let mut sandbox = Sandbox::new();
    let data = sandbox.path().join("data");
    sandbox.set("XDG_DATA_HOME", data.to_str().unwrap());
    sandbox.ok("Install-RsvCompletion -Shell bash -WhatIf");
    assert!(!data.exists());
    let answer = sandbox.json("Install-RsvCompletion -Shell bash");
    let file = data.join("bash-completion/completions/rsv");
    assert_eq!(answer["Path"], file.to_str().unwrap());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), STUBS[0].1);
    sandbox.ok("Install-RsvCompletion fish");
    let file = sandbox.path().join(".config/fish/completions/rsv.fish");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), STUBS[2].1);
    for (shell, line) in [("zsh", "eval"), ("pwsh", "Invoke-Expression")] {
        let answer = sandbox.json(&format!("Install-RsvCompletion -Shell {shell}"));
        assert!(answer["Path"].is_null());
        assert!(answer["Next"].as_str().unwrap().contains(line));
    }
}

#[test]
fn a_file_of_somebody_else_is_replaced_only_by_force() {
    let sandbox = Sandbox::new();
    sandbox.write("mine", b"echo mine\n");
    let said = sandbox
        .run("Install-RsvCompletion -Shell zsh -Path mine")
        .fails("RsvFileExists", 1);
    assert!(said.contains("-Force"));
    assert_eq!(sandbox.bytes("mine"), b"echo mine\n");
    sandbox.ok("Install-RsvCompletion -Shell zsh -Path mine -Force");
    assert_eq!(sandbox.bytes("mine"), STUBS[1].1.as_bytes());
    // What rsv wrote it may write again.
    sandbox.ok("Install-RsvCompletion -Shell bash -Path mine");
    assert_eq!(sandbox.bytes("mine"), STUBS[0].1.as_bytes());
    let names = std::fs::read_dir(sandbox.path()).unwrap();
    let left = names.filter(|e| {
        e.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".rsv-")
    });
    assert_eq!(left.count(), 0);
}
