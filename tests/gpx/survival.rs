//! Random files and mutilated ones: nothing is lost, nothing panics.

use fietsboek::gpx::{
    Gpx, Metadata, Origin, Transformer, engrave, profile, read, route_to_track, simplify, timezone, transform, write,
};

use crate::{all_files, assert_same_figures, bytes_of, contents};

/// A small generator of numbers that are always the same (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.throw(from.len())]
    }
}

const TEXTS: [&str; 8] = [
    "",
    " ",
    "plain",
    "a &amp; b",
    "<![CDATA[<x> & y]]>",
    "&#228;&#x1F6B2;",
    "über – 日本",
    "x<!-- c -->y",
];

fn random_point(dice: &mut Dice, tag: &str) -> String {
    let lat = dice.throw(180_000) as f64 / 1000.0 - 90.0;
    let lon = dice.throw(360_000) as f64 / 1000.0 - 180.0;
    let mut inner = String::new();
    if dice.throw(4) > 0 {
        let number = dice.pick(&["0", "-12.5", "1e2", " 3 ", "+7", "1_000.5", "0.1000"]);
        inner.push_str(&format!("<ele>{number}</ele>"));
    }
    if dice.throw(4) > 0 {
        let zone = dice.pick(&["Z", "", "+02:00", "-0330", ".25Z", ".1234567"]);
        inner.push_str(&format!(
            "<time>2024-05-0{}T10:{:02}:05{zone}</time>",
            1 + dice.throw(9),
            dice.throw(60)
        ));
    }
    if dice.throw(3) == 0 {
        inner.push_str(&format!("<name>{}</name>", dice.pick(&TEXTS)));
    }
    if dice.throw(3) == 0 {
        let text = dice.pick(&TEXTS);
        inner.push_str(&format!(
            "<extensions><x:hr>{}</x:hr><odd a='{{>}}'>{text}</odd></extensions>",
            dice.throw(200)
        ));
    }
    match inner.is_empty() {
        true => format!("<{tag} lon='{lon}' lat=\"{lat}\"/>"),
        false => format!("<{tag} lat='{lat}' lon='{lon}'>{inner}</{tag}>"),
    }
}

fn random_file(dice: &mut Dice) -> String {
    let version = dice.pick(&["", " version='1.0'", " version=\"1.1\"", " version='9'"]);
    let mut out = format!("<gpx{version} xmlns:x='urn:x'>");
    if dice.throw(2) == 0 {
        let (name, author) = (dice.pick(&TEXTS), dice.pick(&TEXTS));
        out.push_str(&format!(
            "<metadata><name>{name}</name><author><name>{author}</name></author></metadata>"
        ));
        out.push_str(&format!("<name>{author}</name><time>2024-01-01T00:00:00Z</time>"));
    }
    for _ in 0..dice.throw(3) {
        out.push_str(&random_point(dice, "wpt"));
    }
    if dice.throw(3) == 0 {
        out.push_str("<rte>");
        for _ in 0..dice.throw(4) {
            out.push_str(&random_point(dice, "rtept"));
        }
        out.push_str("</rte>");
    }
    for _ in 0..dice.throw(3) {
        out.push_str(&format!("\n<trk><name>{}</name><y z='&lt;'/>", dice.pick(&TEXTS)));
        for _ in 0..dice.throw(3) {
            out.push_str("<trkseg>");
            for _ in 0..dice.throw(30) {
                out.push_str("\n  ");
                out.push_str(&random_point(dice, "trkpt"));
            }
            out.push_str("</trkseg>");
        }
        out.push_str("</trk>");
    }
    out + "</gpx>"
}

#[test]
fn random_files_survive_writing_engraving_and_corrections() {
    let mut dice = Dice(0x5eed);
    for round in 0..400 {
        let file = random_file(&mut dice);
        let mut gpx = read(file.as_bytes(), Origin::Upload).unwrap_or_else(|error| panic!("{error}: {file}"));
        let again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_eq!(contents(&again), contents(&gpx), "round {round}: {file}");
        assert_eq!(again.metadata(), gpx.metadata());
        let metadata = Metadata {
            name: Some("<&>".to_owned()),
            time: gpx.figures().start,
            ..Metadata::default()
        };
        engrave(&mut gpx, &metadata);
        transform::apply(&mut gpx, &Transformer::ALL);
        let again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_eq!(contents(&again), contents(&gpx), "round {round}: {file}");
        assert_eq!(*again.metadata(), metadata);
        assert_same_figures("random", again.figures(), gpx.figures());
    }
}

/// Everything that a page may do with a file: what is written is the same to whoever reads it.
pub fn use_it(gpx: &mut Gpx) {
    let out = write(gpx);
    let again = read(&out, Origin::Stored).map(|again| contents(&again));
    assert_eq!(again, Ok(contents(gpx)), "{}", String::from_utf8_lossy(&out));
    let _ = (gpx.figures(), gpx.bounds(), timezone::guess(gpx));
    for most in [0, 1, 2, 7] {
        assert!(profile::profile(gpx, most).len() <= most);
        let simple = simplify::simplify(gpx, most);
        assert!(simple.iter().map(Vec::len).sum::<usize>() <= most);
    }
    let _ = route_to_track(gpx);
    transform::apply(gpx, &Transformer::ALL);
    engrave(gpx, &Metadata::default());
    let out = write(gpx);
    assert!(read(&out, Origin::Stored).is_ok(), "{}", String::from_utf8_lossy(&out));
}

const MARKS: [&str; 28] = [
    "<",
    ">",
    "&",
    "\"",
    "'",
    "/",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "&amp;",
    "&#9;",
    "<extensions>",
    "<trkpt",
    "=",
    ":",
    " ",
    "\u{fe}",
    "é",
    "nan",
    "xmlns=\"a\"",
    " xmlns='u'",
    " xmlns='http://www.topografix.com/GPX/1/1'",
    "<trk>",
    "</gpx>",
    "\0",
];

/// The same bytes with a few pieces cut, changed, moved or put in.
pub fn mutilate(dice: &mut Dice, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..=dice.throw(3) {
        let at = dice.throw(bytes.len());
        match dice.throw(5) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes[at] = dice.throw(256) as u8,
            2 => drop(bytes.drain(at..(at + dice.throw(20)).min(bytes.len()))),
            3 => drop(bytes.splice(at..at, dice.pick(&MARKS).bytes())),
            _ => {
                let other = dice.throw(bytes.len());
                let piece = bytes[at.min(other)..at.max(other)].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
        if bytes.is_empty() {
            bytes.push(b'<');
        }
    }
    bytes
}

/// Reads by both sets of rules; how often it was accepted.
fn accepted(bytes: &[u8]) -> usize {
    let mut accepted = 0;
    for origin in [Origin::Upload, Origin::Stored] {
        if let Ok(mut gpx) = read(bytes, origin) {
            accepted += 1;
            use_it(&mut gpx);
        }
    }
    accepted
}

#[test]
fn mutilated_files_never_panic_and_what_is_accepted_can_be_written() {
    let (small, large): (Vec<Vec<u8>>, Vec<Vec<u8>>) = all_files()
        .iter()
        .map(|name| bytes_of(name))
        .partition(|bytes| bytes.len() < 6000);
    let mut dice = Dice(0xdead_beef);
    let mut found = 0;
    for _ in 0..4000 {
        let bytes = small[dice.throw(small.len())].clone();
        found += accepted(&mutilate(&mut dice, bytes));
    }
    assert!(found > 500, "only {found} accepted");
    for bytes in large {
        accepted(&mutilate(&mut dice, bytes));
    }
}
