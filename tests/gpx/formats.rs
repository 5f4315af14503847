//! The other formats: the same ride as two other programs wrote it, whole and damaged.

use std::io::Write;

use fietsboek::gpx::{Gpx, Origin, Point, ReadError, Reason, import, read, write};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::survival::{Dice, mutilate, use_it};
use crate::{assert_number, assert_same_figures, bytes_of, contents};

const MOST: usize = 16 << 20;

pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// What is read, found to be the same when it is packed and when it is written and read again.
fn imported(name: &str) -> Gpx {
    let bytes = bytes_of(name);
    let gpx = import(bytes.clone(), MOST).unwrap();
    let out = write(&gpx);
    assert!(out.starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\""));
    for other in [import(packed(&bytes), MOST), read(&out, Origin::Stored)] {
        assert_eq!(contents(&other.unwrap()), contents(&gpx), "{name}");
    }
    gpx
}

#[test]
fn a_fit_file_has_the_points_that_another_reader_finds() {
    let gpx = imported("ride.fit");
    let wanted: Vec<Value> = serde_json::from_slice(&bytes_of("ride.fit.expected.json")).unwrap();
    assert_eq!((gpx.points().len(), gpx.tracks().len()), (wanted.len(), 1));
    for (point, wanted) in gpx.points().iter().zip(&wanted) {
        let sensors = gpx.sensors(point);
        let got = [
            Some(point.lat),
            Some(point.lon),
            point.elevation(),
            sensors.heart_rate,
            sensors.cadence,
            sensors.power,
            sensors.temperature,
        ];
        for (got, place) in got.into_iter().zip([0, 1, 2, 4, 5, 6, 7]) {
            assert_number("ride.fit", got.unwrap(), &wanted[place]);
        }
        assert_eq!(point.time().unwrap().format(), wanted[3]);
    }
}

#[test]
fn the_same_ride_as_tcx_has_the_same_points_in_two_segments() {
    let (fit, tcx) = (imported("ride.fit"), imported("ride.tcx"));
    let of = |gpx: &Gpx| -> Vec<_> {
        let point = |point: &Point| {
            let sensors = gpx.sensors(point);
            let readings = (sensors.heart_rate, sensors.cadence, sensors.power);
            (point.lat, point.lon, point.elevation(), point.time(), readings)
        };
        gpx.points().iter().map(point).collect()
    };
    assert_eq!(of(&fit), of(&tcx));
    assert_eq!(tcx.segments().map(<[Point]>::len).collect::<Vec<_>>(), [30, 30]);
    assert_eq!(tcx.tracks()[0].desc.as_deref(), Some("Over the hill & back"));
}

#[test]
fn every_gpx_file_comes_in_as_it_is_read() {
    for name in crate::all_files() {
        let gpx = read(&bytes_of(&name), Origin::Upload).unwrap();
        for bytes in [bytes_of(&name), packed(&bytes_of(&name))] {
            let other = import(bytes, MOST).unwrap();
            assert_eq!(contents(&other), contents(&gpx), "{name}");
            assert_same_figures(&name, other.figures(), gpx.figures());
        }
    }
}

/// CRC-16 as FIT has it, bit by bit.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| (crc >> 1) ^ (0xA001 * (crc & 1)))
    })
}

/// The same bytes with the length and the checksum that belong to them, so that they are believed.
fn believable(mut fit: Vec<u8>) -> Vec<u8> {
    fit.resize(fit.len().max(14), 0);
    let length = fit.len() - 2;
    fit[0] = 12;
    fit[4..8].copy_from_slice(&(length as u32 - 12).to_le_bytes());
    fit[8..12].copy_from_slice(b".FIT");
    let sum = checksum(&fit[..length]);
    fit[length..].copy_from_slice(&sum.to_le_bytes());
    fit
}

fn is_told(outcome: Result<Gpx, ReadError>) -> bool {
    match outcome {
        Ok(mut gpx) => {
            use_it(&mut gpx);
            false
        }
        Err(_) => true,
    }
}

#[test]
fn mutilated_rides_never_panic_and_what_is_accepted_can_be_written() {
    let (fit, tcx) = (bytes_of("ride.fit"), bytes_of("ride.tcx"));
    assert_eq!(believable(fit.clone()), fit);
    let small_tcx = [&tcx[..2500], &tcx[tcx.len() - 800..]].concat();
    let mut dice = Dice(0xf17);
    let (mut refused, rounds) = (0, 1500);
    for _ in 0..rounds {
        let bytes = believable(mutilate(&mut dice, fit.clone()));
        let raw = mutilate(&mut dice, fit.clone());
        let xml = mutilate(&mut dice, small_tcx.clone());
        let gzip = mutilate(&mut dice, packed(&small_tcx));
        for bytes in [bytes, raw, xml, gzip] {
            refused += usize::from(is_told(import(bytes, MOST)));
        }
    }
    assert!((rounds..4 * rounds).contains(&refused), "{refused} refused");
}

#[test]
fn every_torn_ride_is_told() {
    for name in ["ride.fit", "ride.tcx"] {
        let bytes = bytes_of(name);
        let end = if name.ends_with("x") {
            bytes.len() - 20
        } else {
            bytes.len()
        };
        for end in (12..end).step_by(7) {
            let reason = import(bytes[..end].to_vec(), MOST).map(drop).unwrap_err().reason;
            assert!(
                matches!(reason, Reason::Truncated | Reason::NotXml),
                "{name} {end}: {reason:?}"
            );
        }
    }
}
