//! Several backups and restores at once.

use std::thread;

use rsvault::engine::{Fault, points};

use crate::engine::fixture::{Home, SMALL, noise};

#[test]
fn two_backups_at_once_into_one_repository_both_come_out_whole() {
    let home = Home::new(SMALL);
    let images = [noise(1, 3 << 20), noise(2, 3 << 20)];
    let paths = [home.image("a", &images[0]), home.image("b", &images[1])];
    let ids = thread::scope(|scope| {
        let running: Vec<_> = (0..2u8)
            .map(|number| {
                let mut request = home.request(&[&paths[usize::from(number)]]);
                request.item = [number; 16];
                // Opened on its own, as another process would.
                let repository = home.reopen().unwrap();
                scope.spawn(move || {
                    repository.backup(&request, &(), |_| Ok(())).unwrap();
                    request.point
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    for (number, id) in (0u8..).zip(&ids) {
        assert_eq!(points(&home.dir(), None, &[number; 16]).unwrap().len(), 1);
        let point = home.repository.open_point(&[number; 16], id).unwrap();
        let mut bytes = vec![0; 3 << 20];
        point.read_at(0, 0, &mut bytes).unwrap();
        assert!(bytes == images[usize::from(number)]);
    }
}

#[test]
fn of_two_backups_of_one_item_at_once_one_wins_and_the_chain_stays_whole() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 100_000));
    let (one, two) = (home.request(&[&image]), home.request(&[&image]));
    // Both follow the same head; the later one is refused.
    let first = home.repository.backup(&one, &(), |_| Ok(()));
    let second = home.repository.backup(&two, &(), |_| Ok(()));
    assert!(first.is_ok());
    assert_eq!(second.unwrap_err().fault(), Fault::Invalid);
    assert_eq!(home.chain().unwrap().len(), 1);
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let mut request = home.request(&[&image]);
            (request.sequence, request.previous) = (2, home.chain().unwrap()[0].digest());
            request
        })
        .collect();
    let won = thread::scope(|scope| {
        let running: Vec<_> = requests
            .iter()
            .map(|request| scope.spawn(|| home.repository.backup(request, &(), |_| Ok(())).is_ok()))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .filter(|won| *won)
            .count()
    });
    assert_eq!(won, 1);
    assert_eq!(home.chain().unwrap().len(), 2);
}

#[test]
fn a_writer_id_in_use_is_refused() {
    let home = Home::new(SMALL);
    let image = home.image("image", &noise(1, 5000));
    let request = home.request(&[&image]);
    let mut inner = None;
    home.run(&request, &(), |_| {
        let mut second = home.request(&[&image]);
        (second.writer, second.item) = (request.writer, [1; 16]);
        inner = Some(
            home.repository
                .backup(&second, &(), |_| Ok(()))
                .unwrap_err()
                .fault(),
        );
        Ok(())
    })
    .unwrap();
    assert_eq!(inner, Some(Fault::Busy));
}

#[test]
fn an_opened_point_holds_an_intent_until_it_is_dropped() {
    let home = Home::new(SMALL);
    let (id, _) = home.backup(&home.image("image", &noise(1, 5000)));
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    let intents = home.files("intents");
    assert_eq!(intents.len(), 1);
    let file = std::fs::File::open(&intents[0]).unwrap();
    assert!(file.try_lock().is_err(), "locked while held");
    let bytes = std::fs::read(&intents[0]).unwrap();
    assert_eq!(bytes[16..24], 1u64.to_be_bytes(), "the generation it reads");
    drop(point);
    assert!(home.files("intents").is_empty());
}

#[test]
fn an_opened_point_reads_on_while_the_index_is_merged_under_it() {
    let home = Home::new(SMALL);
    let image = noise(1, 1 << 20);
    let (id, _) = home.backup(&home.image("image", &image));
    let point = home.repository.open_point(&[7; 16], &id).unwrap();
    for seed in 10..20 {
        home.backup(&home.image("image", &noise(seed, 5000)));
    }
    let mut bytes = vec![0; image.len()];
    point.read_at(0, 0, &mut bytes).unwrap();
    assert!(bytes == image);
}
