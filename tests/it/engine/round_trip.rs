//! What goes in comes out.

use proptest::prelude::*;

use crate::engine::fixture::{Home, ITEM, SMALL, noise, sparse};

const CHUNK: usize = 1 << SMALL;

/// One piece of an image.
#[derive(Debug, Clone)]
enum Piece {
    Zero(usize),
    Noise(u64, usize),
    Text(usize),
    Repeat(u64),
}

fn piece() -> impl Strategy<Value = Piece> {
    let len = prop_oneof![
        1usize..5000,
        Just(CHUNK),
        Just(CHUNK - 1),
        Just(CHUNK * 3 + 1)
    ];
    prop_oneof![
        len.clone().prop_map(Piece::Zero),
        (0u64..4, len.clone()).prop_map(|(seed, len)| Piece::Noise(seed, len)),
        len.prop_map(Piece::Text),
        (0u64..2).prop_map(Piece::Repeat),
    ]
}

fn image(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Zero(len) => out.resize(out.len() + len, 0),
            Piece::Noise(seed, len) => out.extend(noise(*seed, *len)),
            Piece::Text(len) => out.extend(b"all work and no play ".iter().cycle().take(*len)),
            // Aligned, so that equal chunks appear.
            Piece::Repeat(seed) => {
                out.resize(out.len().next_multiple_of(CHUNK), 0);
                out.extend(noise(*seed, CHUNK).repeat(3));
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_image_comes_back_whole_and_in_slices(
        pieces in prop::collection::vec(piece(), 0..8),
        at in 0.0f64..1.0,
        share in 0.0f64..1.0,
    ) {
        let home = Home::new(SMALL);
        let bytes = image(&pieces);
        let (id, report) = home.backup(&home.image("image", &bytes));
        prop_assert_eq!(report.bytes_total, bytes.len() as u64);
        prop_assert_eq!(&home.restore(&id), &bytes);
        let point = home.repository.open_point(&ITEM, &id).unwrap();
        let start = (bytes.len() as f64 * at) as usize;
        let len = ((bytes.len() - start) as f64 * share) as usize;
        let mut slice = vec![1; len];
        point.read_at(0, start as u64, &mut slice).unwrap();
        prop_assert_eq!(&slice, &bytes[start..start + len]);
        let mut covered = vec![0; bytes.len()];
        for extent in point.extents(0).unwrap() {
            let range = extent.offset as usize..extent.end() as usize;
            covered[range.clone()].copy_from_slice(&bytes[range]);
        }
        prop_assert!(covered == bytes, "everything outside of the extents is zero");
    }
}

#[test]
fn images_of_awkward_sizes_come_back() {
    let home = Home::new(SMALL);
    for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 17] {
        for bytes in [vec![0; size], noise(size as u64, size), vec![b'x'; size]] {
            let (id, _) = home.backup(&home.image("image", &bytes));
            assert_eq!(home.restore(&id), bytes, "{size} bytes");
        }
    }
}

#[test]
fn an_image_of_more_than_one_page_comes_back() {
    let home = Home::new(SMALL);
    let mut bytes = vec![0; 3 * 4096 * CHUNK + 5];
    // The first page ends with data, the second is a hole, the third starts with data.
    for number in [0, 100, 4095, 8192, 8193, 3 * 4096] {
        let start = number * CHUNK;
        let end = (start + CHUNK).min(bytes.len());
        bytes[start..end].copy_from_slice(&noise(number as u64, end - start));
    }
    let (id, report) = home.backup(&home.image("image", &bytes));
    assert_eq!(report.chunks_new, 6);
    assert_eq!(home.restore(&id), bytes);
}

#[test]
fn several_disks_of_a_point_keep_their_order_labels_and_sizes() {
    let home = Home::new(SMALL);
    let (first, second) = (noise(1, 10_000), noise(2, 20_000));
    let images = [
        home.image("os", &first),
        home.image("data", &second),
        home.image("none", &[]),
    ];
    let paths: Vec<_> = images.iter().map(std::path::PathBuf::as_path).collect();
    let (id, _) = home.try_backup(&paths).unwrap();
    let point = home.repository.open_point(&ITEM, &id).unwrap();
    let sizes: Vec<u64> = point.disks().iter().map(|disk| disk.size).collect();
    assert_eq!(sizes, [10_000, 20_000, 0]);
    assert_eq!(point.disks()[1].label, b"disk 1");
    assert_eq!((point.disks()[0].role, point.disks()[1].role), (0, 1));
    assert_eq!(home.try_restore(&id, 0).unwrap(), first);
    assert_eq!(home.try_restore(&id, 1).unwrap(), second);
    assert_eq!(home.try_restore(&id, 2).unwrap(), Vec::<u8>::new());
}

#[test]
fn a_sparse_image_of_64_gib_is_read_in_no_time_and_keeps_its_holes() {
    let home = Home::new(19);
    let (data, size) = (noise(3, 5 << 20), 64 << 30);
    let path = home.path("image");
    sparse(
        &path,
        size,
        &[(1 << 30, &data), (63 << 30, &data[..1 << 20])],
    );
    let (id, report) = home.backup(&path);
    assert!(
        report.bytes_read <= 7 << 20,
        "read {} bytes",
        report.bytes_read
    );
    let point = home.repository.open_point(&ITEM, &id).unwrap();
    assert_eq!(point.disks()[0].size, size);
    let extents = point.extents(0).unwrap();
    assert_eq!(extents.len(), 2);
    assert_eq!((extents[0].offset, extents[0].len), (1 << 30, 5 << 20));
    let mut read = Vec::new();
    point
        .stream(0, &(), &mut |_, bytes| {
            read.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    assert_eq!(read[..5 << 20], data);
    assert_eq!(read[5 << 20..], data[..1 << 20]);
}

#[test]
fn compressible_data_takes_less_space_and_noise_hardly_more() {
    let home = Home::new(19);
    let text = b"a line of a log file, much like the one before it\n".repeat(80_000);
    let (_, report) = home.backup(&home.image("text", &text));
    assert!(
        report.bytes_stored < text.len() as u64 / 20,
        "{}",
        report.bytes_stored
    );
    let random = noise(4, 4 << 20);
    let (_, report) = home.backup(&home.image("noise", &random));
    let most = random.len() as u64 + random.len() as u64 / 50;
    assert!(report.bytes_stored < most, "{}", report.bytes_stored);
}

#[test]
fn reading_past_the_end_of_a_disk_is_refused() {
    let home = Home::new(SMALL);
    let (id, _) = home.backup(&home.image("image", &noise(1, 100)));
    let point = home.repository.open_point(&ITEM, &id).unwrap();
    assert!(point.read_at(0, 99, &mut [0; 2]).is_err());
    assert!(point.read_at(0, u64::MAX, &mut [0; 2]).is_err());
    assert!(point.read_at(1, 0, &mut [0; 1]).is_err());
    point.read_at(0, 100, &mut []).unwrap();
}
