//! Recordings: GPX, FIT, TCX, packed ones, and the pass over all of them that an upload makes.

use fietsboek::gpx::{
    self, Circle, Gpx, Metadata, Origin, Reason, Transformer, engrave, make_sound, profile, read, route_to_track,
    simplify, timezone, transform, write,
};

use crate::{LONGEST, data, files};

pub const XML_WORDS: &[&str] = &[
    "<",
    ">",
    "&",
    "\"",
    "'",
    "/>",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x y?>",
    "&amp;",
    "&#9;",
    "&#x1F6B2;",
    "<!DOCTYPE x>",
    "<!ENTITY x 'y'>",
    "&x;",
    " xmlns='u'",
    " xmlns:x='u'",
    "x:",
    "<trk>",
    "</trk>",
    "<trkseg>",
    "</trkseg>",
    "<trkpt lat='1' lon='2'>",
    "</trkpt>",
    "<trkpt lat='1' lon='2'/>",
    "<ele>",
    "<time>",
    "nan",
    "inf",
    "-0",
    "1e999",
    "<extensions>",
    "</extensions>",
    "<name>",
    "<rte>",
    "<wpt lat='91' lon='181'/>",
    "</gpx>",
    " xmlns='http://www.topografix.com/GPX/1/1'",
    "encoding='utf-16'",
    "encoding='latin1'",
    "\u{feff}",
    "\0",
    "é",
    "<Trackpoint>",
    "<Lap>",
    "<Track>",
    "2024-02-30T25:61:61Z",
    "0001-01-01T00:00:00+14:00",
];

pub fn gpx_seeds() -> Vec<Vec<u8>> {
    files("gpx", "gpx")
}

pub fn tcx_seeds() -> Vec<Vec<u8>> {
    files("gpx", "tcx")
}

/// The messages of a file, without what stands before and behind them.
pub fn fit_seeds() -> Vec<Vec<u8>> {
    let whole = std::fs::read(data("gpx/ride.fit")).unwrap();
    let header = usize::from(whole[0]);
    let mut messages = whole[header..whole.len() - 2].to_vec();
    messages.truncate(LONGEST);
    let start = messages[..messages.len().min(400)].to_vec();
    vec![start, messages]
}

pub fn import_seeds() -> Vec<Vec<u8>> {
    let mut all = tcx_seeds();
    all.extend(files("gpx", "fit"));
    let mut packed = Vec::new();
    for file in files("gpx", "gpx").iter().take(4) {
        use std::io::Write;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(file).unwrap();
        packed.push(packer.finish().unwrap());
    }
    all.append(&mut packed);
    all.sort_by_key(Vec::len);
    all
}

/// As an upload, as a stored file, and as what is handed out of that.
pub fn gpx(bytes: &[u8]) -> u64 {
    let mut kind = 0;
    for origin in [Origin::Upload, Origin::Stored] {
        kind = kind * 1000
            + match read(bytes, origin) {
                Ok(gpx) => use_it(gpx, origin),
                Err(error) => 100 + error.reason as u64,
            };
    }
    if let Ok((sound, _)) = make_sound(bytes.to_vec()) {
        assert_well_formed(&sound);
        let (again, mended) = make_sound(sound.clone()).expect("what was made sound is sound");
        assert!(!mended && again == sound, "mended twice");
    }
    kind
}

/// The messages in a file whose checksum is right: nothing behind it is reached else.
pub fn fit(messages: &[u8]) -> u64 {
    let mut file = vec![12, 16, 0, 0];
    file.extend((messages.len() as u32).to_le_bytes());
    file.extend(b".FIT");
    file.extend(messages);
    let crc = file.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| (crc >> 1) ^ (0xA001 * (crc & 1)))
    });
    file.extend(crc.to_le_bytes());
    import(&file)
}

pub fn tcx(bytes: &[u8]) -> u64 {
    import(bytes)
}

/// Whatever a visitor uploads.
pub fn import(bytes: &[u8]) -> u64 {
    // Small enough to be met.
    let most = 4 << 20;
    match gpx::import(bytes.to_vec(), most) {
        Ok(gpx) => use_it(gpx, Origin::Upload),
        Err(error) => 100 + error.reason as u64,
    }
}

/// All that is done with a recording. Answers its rough shape.
fn use_it(mut gpx: Gpx, origin: Origin) -> u64 {
    assert_same_again(&gpx, origin);
    let figures = gpx.figures();
    let _ = (gpx.bounds(), timezone::guess(&gpx), gpx.layout(), gpx.has_ends());
    for most in [0, 1, 2, 7, 100] {
        assert!(profile::profile(&gpx, most).len() <= most);
        let kept: usize = simplify::simplify(&gpx, most).iter().map(Vec::len).sum();
        assert!(kept <= most);
    }
    if let Ok(planned) = route_to_track(&gpx) {
        assert_same_again(&planned, origin);
    }
    cut_out(&gpx, origin);
    transform::apply(&mut gpx, &Transformer::ALL);
    assert_same_again(&gpx, origin);
    let metadata = Metadata {
        name: Some("<&> ]]> \"'".to_owned()),
        desc: None,
        author: Some("ü\u{1F6B2}".to_owned()),
        time: figures.start,
    };
    engrave(&mut gpx, &metadata);
    let again = read(&write(&gpx), origin).expect("engraved");
    assert_eq!(*again.metadata(), metadata);
    shape(&gpx)
}

/// A zone round the first place: nothing within it is left.
fn cut_out(gpx: &Gpx, origin: Origin) {
    let Some(first) = gpx
        .points()
        .iter()
        .find(|p| p.lat.abs() <= 90.0 && p.lon.abs() <= 180.0)
    else {
        return;
    };
    let zone = Circle {
        lat: first.lat,
        lon: first.lon,
        radius: 500.0,
    };
    let again = read(&write(gpx), Origin::Stored).unwrap();
    let left = gpx::cut(again, &[zone]);
    let there = |point: &gpx::Point| point.lat == first.lat && point.lon == first.lon;
    assert!(!left.points().iter().any(there), "a hidden place is told");
    assert_same_again(&left, origin);
}

/// What is written is well-formed, reads back as the same, and is written the same.
fn assert_same_again(gpx: &Gpx, origin: Origin) {
    let out = write(gpx);
    assert_well_formed(&out);
    let again = read(&out, origin).expect("what is written can be read");
    assert_eq!(places(&again), places(gpx));
    assert_eq!(again.metadata(), gpx.metadata());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&write(&again)), text(&out), "written twice");
}

fn places(gpx: &Gpx) -> String {
    let point = |point: &gpx::Point| {
        let time = point.time().map(gpx::Time::format);
        // Stored files may hold an infinite one, which a cut recording leaves out.
        let elevation = point.elevation().filter(|elevation| elevation.is_finite());
        format!("{:?},{:?},{elevation:?},{time:?};", point.lat, point.lon)
    };
    let segments = gpx
        .segments()
        .flat_map(|segment| segment.iter().map(point).chain(["|".to_owned()]));
    let routes = gpx.routes().iter().flat_map(|route| gpx.route_points(route)).map(point);
    segments
        .chain(routes)
        .chain(gpx.waypoints().iter().map(point))
        .collect()
}

/// By another parser than the one that wrote it: tags nest, names and attributes are sound, entities are known.
fn assert_well_formed(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {text}")) {
            quick_xml::events::Event::Start(tag) => {
                depth += 1;
                tag.attributes()
                    .for_each(|attribute| drop(attribute.unwrap_or_else(|e| panic!("{e}: {text}"))));
            }
            quick_xml::events::Event::Empty(tag) => {
                tag.attributes()
                    .for_each(|attribute| drop(attribute.unwrap_or_else(|e| panic!("{e}: {text}"))));
            }
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{text}");
}

fn shape(gpx: &Gpx) -> u64 {
    let few = |count: usize| u64::from((count as u32 + 1).ilog2().min(9));
    let parts = [
        gpx.points().len(),
        gpx.tracks().len(),
        gpx.segments().count(),
        gpx.routes().len(),
        gpx.waypoints().len(),
        gpx.points().iter().filter(|point| point.time().is_some()).count(),
        gpx.points().iter().filter(|point| point.elevation().is_some()).count(),
    ];
    let layout = u64::from(matches!(gpx.check_points(), Err(ref e) if e.reason == Reason::OnlyRoute));
    parts
        .into_iter()
        .fold(1000 + layout, |kind, count| kind * 10 + few(count))
}
