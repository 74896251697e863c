//! The example is the main job: it has to work as README says.

use std::process::Command;

#[test]
fn the_quickstart_backs_up_and_restores_a_real_ext4_image() {
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart.sh");
    let output = Command::new("bash")
        .arg(script)
        .env("RSV", env!("CARGO_BIN_EXE_rsv"))
        .env("WORK", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("EncryptionAtRestWithCustomerKey"), "{text}");
    assert!(
        text.trim_end()
            .ends_with("and a file inside one reads as it was"),
        "{text}"
    );
}
