//! Tab pressed in real shells: `tab.py` types the lines of `tab.txt` and says what became of them.

use std::path::Path;
use std::process::Command;

use crate::harness::{Sandbox, noise};

/// A home with everything that the table's values come from, and the files it names.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 4096));
    sandbox.write("disk one.img", b"");
    std::fs::create_dir(sandbox.path().join("images")).unwrap();
    sandbox.write("images/disk.img", b"");
    sandbox.restore_target();
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.ok("New-AzResourceGroup -Name prod(rg) -Location westeurope");
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName DestRG -Name dr-vault -Location japaneast",
    );
    sandbox
}

/// Runs the table in a shell whose path begins with the program's folder.
fn tab_completes(shell: &str, stub: &str) {
    let sandbox = sandbox();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = root.join("tests/it/cli");
    let rsv = sandbox.command();
    let folder = Path::new(rsv.get_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("timeout");
    command
        .args(["120", "python3"])
        .arg(tests.join("tab.py"))
        .arg(shell)
        .arg(tests.join("tab.txt"))
        .arg(root.join("completions").join(stub))
        .current_dir(sandbox.path())
        .env_clear();
    for (name, value) in rsv.get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("PATH", format!("{}:{path}", folder.display()));
    command.env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shell}:\n{said}{complained}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.ends_with(" passed, 0 failed"), "{shell}: {last}");
}

#[test]
fn tab_completes_in_real_bash() {
    tab_completes("bash", "rsv.bash");
}

#[test]
fn tab_completes_in_real_zsh() {
    tab_completes("zsh", "_rsv");
}

#[test]
fn tab_completes_in_real_fish() {
    tab_completes("fish", "rsv.fish");
}
