//! The vectors that were computed with the original's code, point by point.

use fietsboek::gpx::{Gpx, Origin, Time, Transformer, metrics, read, transform, write};

use crate::is_close;

fn track(segments: &str) -> Gpx {
    let file = format!("<gpx version='1.1'><trk>{segments}</trk></gpx>");
    read(file.as_bytes(), Origin::Upload).unwrap()
}

/// A segment of (lat, lon, elevation, time of day), an empty text for what is absent.
fn segment(points: &[(f64, f64, &str, &str)]) -> String {
    let mut out = String::from("<trkseg>");
    for (lat, lon, ele, time) in points {
        out.push_str(&format!("<trkpt lat='{lat}' lon='{lon}'>"));
        if !ele.is_empty() {
            out.push_str(&format!("<ele>{ele}</ele>"));
        }
        if !time.is_empty() {
            out.push_str(&format!("<time>2024-05-01T{time}Z</time>"));
        }
        out.push_str("</trkpt>");
    }
    out + "</trkseg>"
}

fn assert_figures(vector: &str, gpx: &Gpx, wanted: [f64; 7]) {
    let figures = gpx.figures();
    let got = [
        figures.length,
        figures.uphill,
        figures.downhill,
        figures.moving_time,
        figures.stopped_time,
        figures.max_speed,
        figures.avg_speed,
    ];
    for (got, wanted) in got.into_iter().zip(wanted) {
        assert!(is_close(got, wanted), "{vector}: {got} is not {wanted}");
    }
}

fn clock(time: Option<Time>) -> String {
    time.map(Time::format).unwrap_or_default()
}

#[test]
fn vector_v1_one_segment() {
    let gpx = track(&segment(&[
        (50.0, 8.0, "100", "10:00:00"),
        (50.001, 8.0, "102", "10:00:20"),
        (50.002, 8.001, "107", "10:00:40"),
        (50.003, 8.001, "103", "10:01:00"),
        (50.003, 8.002, "103", "10:01:10"),
        (50.0035, 8.003, "110.5", "10:01:40"),
    ]));
    let wanted = [
        517.664614104281,
        10.599999999999994,
        0.09999999999999432,
        100.0,
        0.0,
        6.621308580498249,
        5.17664614104281,
    ];
    assert_figures("V1", &gpx, wanted);
    assert_eq!(clock(gpx.figures().start), "2024-05-01T10:00:00Z");
    assert_eq!(clock(gpx.figures().end), "2024-05-01T10:01:40Z");
}

#[test]
fn vector_v2_a_break_and_its_removal() {
    let mut gpx = track(&segment(&[
        (50.0, 8.0, "100", "10:00:00"),
        (50.001, 8.0, "101", "10:00:30"),
        (50.00101, 8.0, "101", "10:10:30"),
        (50.00101, 8.0, "101", "10:11:30"),
        (50.00201, 8.0, "99", "10:12:00"),
        (50.00301, 8.0, "0.0", "10:12:30"),
        (50.00401, 8.0, "98", "10:13:00"),
    ]));
    let wanted = [
        521.0584652174725,
        39.900000000000006,
        41.900000000000006,
        120.0,
        600.0,
        3.711248521636764,
        3.7108368292895535,
    ];
    assert_figures("V2", &gpx, wanted);
    transform::apply(&mut gpx, &[Transformer::RemoveBreaks]);
    let again = read(&write(&gpx), Origin::Upload).unwrap();
    for gpx in [gpx, again] {
        let left: Vec<(f64, String)> = gpx.points().iter().map(|p| (p.lat, clock(p.time()))).collect();
        let wanted = [
            (50.0, "2024-05-01T10:00:00Z"),
            (50.001, "2024-05-01T10:00:30Z"),
            (50.00301, "2024-05-01T10:00:30Z"),
            (50.00401, "2024-05-01T10:01:00Z"),
        ];
        assert_eq!(left, wanted.map(|(lat, time)| (lat, time.to_owned())));
    }
}

#[test]
fn vector_v3_two_segments_far_apart() {
    let first = segment(&[
        (50.0, 8.0, "100", "10:00:00"),
        (50.25, 8.3, "400", "11:00:00"),
        (50.30, 8.3, "350", "11:10:00"),
    ]);
    let second = segment(&[
        (50.4, 8.4, "", "12:00:00"),
        (50.41, 8.41, "300", ""),
        (50.42, 8.43, "310", "12:05:00"),
    ]);
    let gpx = track(&(first + &second));
    let wanted = [
        43802.271119765566,
        260.0,
        0.0,
        4200.0,
        0.0,
        9.753560520419999,
        9.68548023511092,
    ];
    assert_figures("V3", &gpx, wanted);
    assert_eq!(clock(gpx.figures().end), "2024-05-01T12:05:00Z");
}

#[test]
fn vector_v4_twenty_five_points() {
    let mut points = String::from("<trkseg>");
    for i in 0..25_u32 {
        let lat = 50.0 + 0.0005 * f64::from(i) + 0.00001 * f64::from((i * i) % 7);
        points.push_str(&format!(
            "<trkpt lat='{lat:.5}' lon='8'><ele>{}</ele><time>2024-05-01T10:{:02}:{:02}Z</time></trkpt>",
            100 + (3 * i) % 5,
            i * 10 / 60,
            i * 10 % 60
        ));
    }
    let gpx = track(&(points + "</trkseg>"));
    let wanted = [
        1339.3727072810036,
        6.500000000000071,
        4.500000000000071,
        240.0,
        0.0,
        5.907555293545583,
        5.580719613670849,
    ];
    assert_figures("V4", &gpx, wanted);
}

#[test]
fn vector_v7_nothing_known_is_nothing_computed() {
    let gpx = track(&segment(&[(50.0, 8.0, "", ""), (50.1, 8.0, "", "")]));
    let figures = gpx.figures();
    assert_eq!((figures.start, figures.end), (None, None));
    assert_eq!((figures.uphill, figures.downhill), (0.0, 0.0));
    assert_eq!(
        (figures.moving_time, figures.max_speed, figures.avg_speed),
        (0.0, 0.0, 0.0)
    );
    assert_eq!(metrics::NO_START.format(), "1977-05-25T08:00:00");
    assert_eq!(metrics::NO_END.format(), "1985-07-03T08:00:00");
}
