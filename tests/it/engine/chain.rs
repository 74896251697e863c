//! An item's chain of recovery points is checked without a key.

use std::fs;

use rsvault::engine::{Fault, items, points};

use crate::engine::fixture::{Home, ITEM, SMALL, noise, overwrite};

fn chain_of_four() -> Home {
    let home = Home::new(SMALL);
    for seed in 0..4 {
        home.backup(&home.image("image", &noise(seed, 5000)));
    }
    home
}

#[test]
fn a_whole_chain_lists_in_order_and_links_to_its_head() {
    let home = chain_of_four();
    let chain = home.chain().unwrap();
    let sequences: Vec<u64> = chain.iter().map(|header| header.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
    assert_eq!(chain[0].previous, [0; 32]);
    for pair in chain.windows(2) {
        assert_eq!(pair[1].previous, pair[0].digest());
    }
    assert_eq!(chain[3].label, b"label");
    assert_eq!(items(&home.dir()).unwrap(), [ITEM]);
    assert_eq!(points(&home.dir(), None, &[0; 16]).unwrap(), []);
}

#[test]
fn a_removed_middle_is_noticed_and_the_file_after_it_named() {
    let home = chain_of_four();
    let files = home.files("points");
    fs::remove_file(&files[1]).unwrap();
    let error = home.chain().unwrap_err();
    assert_eq!(error.fault(), Fault::Damaged);
    let name = files[2].file_name().unwrap().to_str().unwrap();
    assert!(error.to_string().contains(name), "{error}");
}

#[test]
fn removing_the_newest_point_shows_in_the_head() {
    let home = chain_of_four();
    let head = home.chain().unwrap()[3].digest();
    fs::remove_file(&home.files("points")[3]).unwrap();
    let chain = home.chain().unwrap();
    assert_ne!(chain.last().unwrap().digest(), head);
}

#[test]
fn reordered_points_are_noticed() {
    let home = chain_of_four();
    let files = home.files("points");
    let (second, third) = (fs::read(&files[1]).unwrap(), fs::read(&files[2]).unwrap());
    overwrite(&files[1], &third);
    overwrite(&files[2], &second);
    assert_eq!(home.chain().unwrap_err().fault(), Fault::Damaged);
}

#[test]
fn a_sequence_number_given_twice_is_noticed() {
    let home = chain_of_four();
    let files = home.files("points");
    let bytes = fs::read(&files[1]).unwrap();
    let name = "0000000000000002-ffffffff-ffff-4fff-bfff-ffffffffffff";
    let twin = files[1].with_file_name(name);
    // A faithful twin: the header says what the name says.
    let mut twin_bytes = bytes.clone();
    let id = [
        255, 255, 255, 255, 255, 255, 0x4f, 255, 0xbf, 255, 255, 255, 255, 255, 255, 255,
    ];
    twin_bytes[48..64].copy_from_slice(&id);
    overwrite(&twin, &twin_bytes);
    let error = home.chain().unwrap_err().to_string();
    assert!(error.contains("repeats a sequence number"), "{error}");
}

#[test]
fn a_point_whose_header_was_changed_breaks_the_chain_behind_it() {
    let home = chain_of_four();
    let files = home.files("points");
    let mut bytes = fs::read(&files[1]).unwrap();
    // The creation time, which nothing else in the header checks.
    bytes[111] ^= 1;
    overwrite(&files[1], &bytes);
    let error = home.chain().unwrap_err().to_string();
    assert!(
        error.contains("does not follow the recovery point before it"),
        "{error}"
    );
}

#[test]
fn a_point_of_another_item_does_not_pass() {
    let home = chain_of_four();
    let other = home
        .dir()
        .join("points")
        .join(uuid::Uuid::from_bytes([8; 16]).to_string());
    fs::rename(
        home.dir()
            .join("points")
            .join(uuid::Uuid::from_bytes(ITEM).to_string()),
        other,
    )
    .unwrap();
    assert_eq!(
        points(&home.dir(), None, &[8; 16]).unwrap_err().fault(),
        Fault::Damaged
    );
}

#[test]
fn a_stray_file_among_the_points_is_reported() {
    let home = chain_of_four();
    let stray = home.files("points")[0].with_file_name("0000000000000005");
    overwrite(&stray, b"");
    let error = home.chain().unwrap_err().to_string();
    assert!(error.contains("0000000000000005"), "{error}");
}

#[test]
fn a_backup_that_does_not_follow_the_head_is_refused_before_it_reads() {
    let home = chain_of_four();
    let image = home.image("image", &noise(9, 5000));
    for change in 0..3 {
        let mut request = home.request(&[&image]);
        match change {
            0 => request.sequence += 1,
            1 => request.sequence -= 1,
            _ => request.previous[0] ^= 1,
        }
        let error = home
            .repository
            .backup(&request, &(), |_| Ok(()))
            .unwrap_err();
        assert_eq!(error.fault(), Fault::Invalid);
    }
    assert_eq!(home.chain().unwrap().len(), 4);
    home.backup(&image);
}

#[test]
fn a_chain_goes_on_after_its_oldest_points_were_removed() {
    let home = chain_of_four();
    let files = home.files("points");
    fs::remove_file(&files[0]).unwrap();
    fs::remove_file(&files[1]).unwrap();
    home.backup(&home.image("image", &noise(9, 5000)));
    let chain = home.chain().unwrap();
    assert_eq!(
        chain.iter().map(|h| h.sequence).collect::<Vec<_>>(),
        [3, 4, 5]
    );
    assert_ne!(chain[0].previous, [0; 32], "the floor's digest");
}
