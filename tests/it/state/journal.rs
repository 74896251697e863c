//! Journals: chain, MAC, torn and cut ends, prepared lines.

use std::fs;
use std::path::PathBuf;

use rsvault::crypto::Secret;
use rsvault::state::{Error, Head, Journal, LINE_BYTES_MAX, PreparedLine};
use serde_json::{Value, json};

use crate::state::{Sandbox, code};

fn key(byte: u8) -> Secret<32> {
    Secret::take(&mut [byte; 32])
}

/// A journal with `count` records, and the head after each.
fn journal(count: u64) -> (Sandbox, PathBuf, Journal, Vec<Head>) {
    let sandbox = Sandbox::new();
    let path = sandbox.path("jobs/vault.ndjson");
    let journal = Journal::open(&path, key(1));
    let heads = (0..count)
        .map(|n| journal.append(&json!({ "n": n, "text": "ä\"\n" })).unwrap())
        .collect();
    (sandbox, path, journal, heads)
}

fn lines(path: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn write(path: &PathBuf, lines: &[String]) {
    fs::write(
        path,
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    )
    .unwrap();
}

fn damaged_line(journal: &Journal) -> u64 {
    match journal.verify().unwrap_err() {
        Error::LogDamaged { line, .. } => line,
        other => panic!("{other}"),
    }
}

#[test]
fn records_come_back_in_order_and_filtered() {
    let (_sandbox, _, journal, heads) = journal(5);
    let all: Vec<_> = journal
        .read(|_| true)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(all.len(), 5);
    assert_eq!((all[4].sequence, &all[4].record["n"]), (5, &json!(4)));
    assert_eq!(all[0].record["text"], "ä\"\n");
    let odd = journal
        .read(|record| record["n"].as_u64().unwrap() % 2 == 1)
        .unwrap();
    assert_eq!(
        odd.map(|entry| entry.unwrap().sequence).collect::<Vec<_>>(),
        [2, 4]
    );
    assert_eq!(journal.head().unwrap(), heads[4]);
    let report = journal.verify().unwrap();
    assert_eq!((report.lines, report.head), (5, heads[4]));
}

#[test]
fn a_journal_that_does_not_exist_is_empty() {
    let (_sandbox, path, journal, _) = journal(0);
    assert_eq!(journal.head().unwrap(), Head::START);
    assert_eq!(journal.verify().unwrap().lines, 0);
    assert!(journal.read(|_| true).unwrap().next().is_none());
    assert!(!path.exists(), "reading makes no file");
}

#[test]
fn the_last_record_of_an_id_wins() {
    let (_sandbox, _, journal, _) = journal(1);
    for (id, status) in [("a", "InProgress"), ("b", "InProgress"), ("a", "Completed")] {
        journal
            .append(&json!({ "id": id, "status": status }))
            .unwrap();
    }
    let latest = journal.read_latest("id").unwrap();
    let expected = [
        json!({ "id": "a", "status": "Completed" }),
        json!({ "id": "b", "status": "InProgress" }),
    ];
    assert_eq!(latest, expected);
}

#[test]
fn every_flipped_bit_is_found_in_its_line() {
    let (_sandbox, path, journal, _) = journal(3);
    let good = fs::read(&path).unwrap();
    let line_of = |at: usize| 1 + good[..at].iter().filter(|&&byte| byte == b'\n').count() as u64;
    // The very last newline is left alone: without it the line is unfinished, not damaged.
    for at in 0..good.len() - 1 {
        for bit in [0, 1, 5, 7] {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            fs::write(&path, &bad).unwrap();
            assert_eq!(damaged_line(&journal), line_of(at), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn edited_deleted_swapped_and_repeated_lines_are_found() {
    let (_sandbox, path, journal, _) = journal(5);
    let good = lines(&path);
    for at in 0..5 {
        let mut bad = good.clone();
        bad[at] = bad[at].replace(&format!("\"n\":{at}"), "\"n\":9");
        assert_ne!(bad, good);
        write(&path, &bad);
        assert_eq!(damaged_line(&journal), at as u64 + 1);
        if at < 4 {
            let mut bad = good.clone();
            bad.remove(at);
            write(&path, &bad);
            assert_eq!(damaged_line(&journal), at as u64 + 1);
            let mut bad = good.clone();
            bad.swap(at, at + 1);
            write(&path, &bad);
            assert_eq!(damaged_line(&journal), at as u64 + 1);
        }
        let mut bad = good.clone();
        bad.insert(at, good[at].clone());
        write(&path, &bad);
        assert_eq!(damaged_line(&journal), at as u64 + 2);
    }
}

#[test]
fn a_chain_of_authentic_lines_that_do_not_follow_is_found() {
    let (_sandbox, path, journal, heads) = journal(3);
    let fork = Head {
        sequence: 3,
        digest: heads[0].digest,
    };
    let line = journal.prepare(&json!({}), fork).unwrap();
    let text = serde_json::to_value(&line).unwrap()["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut bad = lines(&path);
    bad.push(text);
    write(&path, &bad);
    assert_eq!(damaged_line(&journal), 4);
}

#[test]
fn a_line_of_another_journal_is_refused_and_not_built_on() {
    let (sandbox, path, journal, _) = journal(2);
    let other = Journal::open(sandbox.path("other.ndjson"), key(2));
    for n in 0..2 {
        other.append(&json!({ "n": n, "text": "ä\"\n" })).unwrap();
    }
    fs::copy(sandbox.path("other.ndjson"), &path).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(code(journal.head()), "RsvLogDamaged");
    assert_eq!(code(journal.append(&json!({}))), "RsvLogDamaged");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_unfinished_line_does_not_count_and_is_cut_by_the_next_writer() {
    let (_sandbox, path, journal, heads) = journal(3);
    let good = fs::read(&path).unwrap();
    let last_start = good[..good.len() - 1]
        .iter()
        .rposition(|&b| b == b'\n')
        .unwrap()
        + 1;
    for len in [last_start + 1, last_start + 40, good.len() - 1] {
        fs::write(&path, &good[..len]).unwrap();
        assert_eq!(journal.head().unwrap(), heads[1]);
        assert_eq!(journal.verify().unwrap().lines, 2);
        assert_eq!(
            fs::metadata(&path).unwrap().len(),
            len as u64,
            "readers cut nothing"
        );
        let again = journal.append(&json!({ "n": 2, "text": "ä\"\n" })).unwrap();
        assert_eq!(again, heads[2]);
        assert_eq!(fs::read(&path).unwrap(), good);
    }
    fs::write(&path, b"{\"seq\":1,").unwrap();
    assert_eq!(journal.append(&json!({})).unwrap().sequence, 1);
    assert_eq!(journal.verify().unwrap().lines, 1);
}

#[test]
fn lines_cut_off_the_end_are_seen_by_whoever_kept_the_head() {
    let (_sandbox, path, journal, heads) = journal(4);
    let good = lines(&path);
    write(&path, &good[..3]);
    let report = journal.verify().unwrap();
    assert_eq!(report.head, heads[2]);
    assert_ne!(report.head, heads[3]);
    assert_eq!(code(journal.find(heads[3])), "RsvLogDamaged");
    assert_eq!(code(journal.find(heads[1])), "Ok");
    let next = journal.prepare(&json!({}), heads[3]).unwrap();
    assert_eq!(code(journal.append_prepared(&[next])), "RsvLogDamaged");
    assert_eq!(lines(&path).len(), 3);
}

#[test]
fn prepared_lines_are_appended_once() {
    let (_sandbox, path, journal, heads) = journal(2);
    let third = journal.prepare(&json!({ "n": 2 }), heads[1]).unwrap();
    let fourth = journal.prepare(&json!({ "n": 3 }), third.head).unwrap();
    assert_eq!(
        journal.head().unwrap(),
        heads[1],
        "preparing writes nothing"
    );
    // As the state gives them back after a restart.
    let stored = serde_json::to_string(&[&third, &fourth]).unwrap();
    let both: Vec<PreparedLine> = serde_json::from_str(&stored).unwrap();
    assert_eq!(both, [third.clone(), fourth.clone()]);

    assert_eq!(journal.append_prepared(&both[..1]).unwrap(), third.head);
    for _ in 0..3 {
        assert_eq!(journal.append_prepared(&both).unwrap(), fourth.head);
        assert_eq!(journal.append_prepared(&[]).unwrap(), fourth.head);
        assert_eq!(lines(&path).len(), 4);
    }
    // Older lines are there already, also when others have followed.
    assert_eq!(journal.append_prepared(&both[..1]).unwrap(), fourth.head);
    assert_eq!(lines(&path).len(), 4);
    assert_eq!(journal.verify().unwrap().head, fourth.head);
}

#[test]
fn a_prepared_line_survives_a_crash_in_the_middle_of_its_append() {
    let (_sandbox, path, journal, heads) = journal(2);
    let line = journal.prepare(&json!({ "n": 2 }), heads[1]).unwrap();
    let before = fs::read(&path).unwrap();
    journal
        .append_prepared(std::slice::from_ref(&line))
        .unwrap();
    let after = fs::read(&path).unwrap();
    for len in before.len()..after.len() {
        fs::write(&path, &after[..len]).unwrap();
        assert_eq!(
            journal
                .append_prepared(std::slice::from_ref(&line))
                .unwrap(),
            line.head
        );
        assert_eq!(fs::read(&path).unwrap(), after, "cut at {len}");
    }
}

#[test]
fn a_prepared_line_is_refused_when_another_took_its_place() {
    let (_sandbox, path, journal, heads) = journal(2);
    let line = journal.prepare(&json!({ "n": 2 }), heads[1]).unwrap();
    journal.append(&json!({ "n": "other" })).unwrap();
    assert_eq!(
        code(journal.append_prepared(std::slice::from_ref(&line))),
        "RsvLogDamaged"
    );
    journal.append(&json!({})).unwrap();
    assert_eq!(
        code(journal.append_prepared(std::slice::from_ref(&line))),
        "RsvLogDamaged"
    );
    assert_eq!(lines(&path).len(), 4);

    let mut forged = serde_json::to_value(&line).unwrap();
    let text = forged["text"]
        .as_str()
        .unwrap()
        .replace("\"n\":2", "\"n\":3");
    forged["text"] = Value::String(text);
    let forged: PreparedLine = serde_json::from_value(forged).unwrap();
    assert_eq!(code(journal.append_prepared(&[forged])), "RsvLogDamaged");
}

#[test]
fn the_head_of_a_long_journal_is_read_from_its_end() {
    let (_sandbox, path, journal, _) = journal(1);
    let long = "x".repeat(50_000);
    let mut head = Head::START;
    for _ in 0..4 {
        head = journal.append(&json!({ "text": long })).unwrap();
    }
    // Only the last line is looked at: damage far before it does not show here.
    let mut bytes = fs::read(&path).unwrap();
    bytes[10] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(journal.head().unwrap(), head);
    assert_eq!(damaged_line(&journal), 1);
}

#[test]
fn a_record_too_long_for_a_line_is_refused_before_writing() {
    let (_sandbox, path, journal, _) = journal(1);
    let before = fs::read(&path).unwrap();
    let long = json!({ "text": "x".repeat(LINE_BYTES_MAX) });
    assert_eq!(code(journal.append(&long)), "RsvRecordTooLong");
    assert_eq!(fs::read(&path).unwrap(), before);
    let longest = json!("x".repeat(LINE_BYTES_MAX - 400));
    journal.append(&longest).unwrap();
    assert_eq!(journal.verify().unwrap().lines, 2);

    fs::write(
        &path,
        [before.as_slice(), &vec![b'x'; 3 * LINE_BYTES_MAX]].concat(),
    )
    .unwrap();
    assert_eq!(code(journal.head()), "RsvLogDamaged");
    assert_eq!(damaged_line(&journal), 2);
}
