//! Requests: their heads and bodies at the front door, their addresses, cookies, headers and forms behind it.

use std::io::Read;

use fietsboek::config::{Server, TrustedProxy};
use fietsboek::spool::Spool;
use fietsboek::web::accept::choose;
use fietsboek::web::conditional::Validators;
use fietsboek::web::form::{Form, MAX_FIELDS, MAX_FILES, MAX_NAME, MAX_TEXT};
use fietsboek::web::gate::chunked::Decoder;
use fietsboek::web::gate::head::{Framing, Scanner, read_head};
use fietsboek::web::lang::Offer;
use fietsboek::web::request::{Method, RawHead, Request};
use fietsboek::web::response::Response;
use fietsboek::web::routes::{self, ROUTES};
use fietsboek::web::session::{self, Session};
use fietsboek::web::{cookie as cookies, multipart as parts, remember};

/// The most bytes of a head.
const MAX_HEAD: usize = 8 << 10;
const NOW: i64 = 1_700_000_000;
const KEY: &str = "a session key of the fuzzer";
const IDENTITY: &str = "2-00112233445566778899";

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn server(proxy: bool) -> Server {
    Server {
        listen: Vec::new(),
        threads: 1,
        url_scheme: "http".to_string(),
        url_prefix: "/tours".to_string(),
        trusted_proxy: proxy.then(|| TrustedProxy {
            peer: "*".to_string(),
            count: 1,
            headers: vec!["x-forwarded-for".to_string(), "x-forwarded-host".to_string()],
            clear_untrusted: true,
        }),
        max_request_body_size: 1 << 20,
    }
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], proxy: bool) -> Request {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    let raw = RawHead {
        method: Method::new(method),
        target: target.to_string(),
        headers: headers.collect(),
        peer: "192.0.2.7".to_string(),
    };
    Request::new(raw, Spool::new(0), &server(proxy))
}

pub const HEAD_WORDS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    " ",
    "\t",
    ":",
    "GET ",
    "HEAD ",
    "POST ",
    "CONNECT a:1",
    "OPTIONS *",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "http://a/",
    "Host: a\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 5, 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: close, x\r\n",
    "X-Gate-Peer: evil\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: h2c\r\n",
    " folded\r\n",
    "\0",
    "%00",
    "#",
];

pub fn head_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /upload?a=b HTTP/1.1\r\nHost: site.example:80\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
        "POST http://site.example/x HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n",
        "HEAD * HTTP/1.0\r\nAccept: */*\r\nCookie: a=b\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    ])
}

/// A head is found alike in whatever pieces it comes; what is passed on is plain, and is passed on as it is.
pub fn head(bytes: &[u8]) -> u64 {
    let whole = Scanner::default().find_end(bytes, MAX_HEAD);
    let mut scanner = Scanner::default();
    let ends = (1..=bytes.len().min(MAX_HEAD + 1)).chain([bytes.len()]);
    let mut pieces = ends.map(|end| scanner.find_end(&bytes[..end], MAX_HEAD));
    let piece = pieces.find(|found| *found != Ok(None)).unwrap_or(Ok(None));
    // Which of two faults is told may differ.
    assert_eq!(piece.ok(), whole.ok(), "in pieces");
    let end = match whole {
        Ok(Some(end)) => end,
        Ok(None) => return 1,
        Err(status) => return u64::from(status),
    };
    assert!(end <= MAX_HEAD && end <= bytes.len());
    let head = match read_head(&bytes[..end], "192.0.2.7") {
        Ok(head) => head,
        Err(status) => return 1000 + u64::from(status),
    };
    let clean = String::from_utf8_lossy(&head.clean).into_owned();
    assert!(clean.ends_with("\r\n") && !clean.contains("\r\n\r\n"), "{clean:?}");
    assert!(
        clean.split("\r\n").all(|line| !line.contains(['\r', '\n', '\0'])),
        "{clean:?}"
    );
    let names: Vec<String> = clean.lines().skip(1).map(name_of).collect();
    for own in [
        "content-length",
        "transfer-encoding",
        "connection",
        "expect",
        "upgrade",
        "te",
        "trailer",
    ] {
        assert!(!names.iter().any(|name| name == own), "{own} is passed on: {clean:?}");
    }
    assert_eq!(
        names.iter().filter(|name| name.starts_with("x-gate-")).count(),
        1,
        "{clean:?}"
    );
    assert!(names.iter().filter(|name| *name == "host").count() <= 1, "{clean:?}");
    if clean.starts_with("CONNECT") {
        return 2;
    }
    // As a client would have sent it. Without a host only HTTP/1.0 goes in.
    let sent = clean.replacen("X-Gate-Peer: 192.0.2.7\r\n", "", 1);
    let again = match names.iter().any(|name| name == "host") {
        true => format!("{sent}\r\n"),
        false => format!("{}\r\n", sent.replacen(" HTTP/1.1\r\n", " HTTP/1.0\r\n", 1)),
    };
    // What was passed through once more says the same.
    let twice = read_head(again.as_bytes(), "192.0.2.7").unwrap_or_else(|status| panic!("{status}: {again:?}"));
    assert_eq!(String::from_utf8_lossy(&twice.clean), clean);
    let framing = match head.framing {
        Framing::None => 0,
        Framing::Length(_) => 1,
        Framing::Chunked => 2,
    };
    10 + framing + 3 * u64::from(head.keep_alive) + 6 * u64::from(head.expects_continue) + 12 * names.len() as u64
}

fn name_of(line: &str) -> String {
    line.split(':').next().unwrap_or("").to_ascii_lowercase()
}

pub fn chunked_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "5\r\nhello\r\n0\r\n\r\n",
        "A;a=b\r\n0123456789\r\n1\r\nx\r\n000\r\nTrailer: x\r\nOther: y\r\n\r\n",
        "fffffffffffffff\r\nx",
    ])
}

/// The same content comes out whatever pieces went in, and never more than that.
pub fn chunked(bytes: &[u8]) -> u64 {
    let decode = |size: usize| {
        let (mut decoder, mut content, mut used) = (Decoder::default(), Vec::new(), 0);
        for piece in bytes.chunks(size) {
            let mut rest = piece;
            loop {
                match decoder.decode(rest) {
                    Err(_) => return (Err(()), content, used),
                    Ok((0, _)) => break,
                    Ok((count, part)) => {
                        content.extend_from_slice(part);
                        used += count;
                        rest = &rest[count..];
                    }
                }
            }
        }
        (Ok(decoder.is_done()), content, used)
    };
    let whole = decode(bytes.len().max(1));
    assert!(whole.1.len() <= whole.2 && whole.2 <= bytes.len());
    for size in [1, 3] {
        let other = decode(size);
        assert_eq!((other.0, &other.1), (whole.0, &whole.1), "in pieces of {size}");
    }
    match whole.0 {
        Err(()) => 0,
        Ok(done) => 1 + u64::from(done) + 2 * u64::from((whole.1.len() as u32 + 1).ilog2()),
    }
}

pub const ROUTE_WORDS: &[&str] = &[
    "/",
    "//",
    "/tours",
    "/track/",
    "/track/1",
    "/static/",
    "/user/1/",
    "/token/",
    "/upload/",
    "/admin/",
    "..",
    ".",
    "%2f",
    "%2e%2e",
    "%00",
    "%ff",
    "%",
    "%c3%bc",
    "?",
    "&",
    "=",
    "#",
    "secret=",
    "archive",
    "lines.json",
    "\\",
    "://",
    "\nfor=1.2.3.4;proto=https;host=x",
    "\n1.2.3.4, 5.6.7.8",
    "\nsite.example:80",
    "[::1]",
];

pub fn route_seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = ROUTES
        .iter()
        .map(|route| format!("/tours{}\nGET", route.pattern).into_bytes())
        .collect();
    all.extend(texts(&[
        "/track/1?secret=abc&x=%20\nPOST\n10.0.0.1, 10.0.0.2\nother.example:8443",
        "//tours/track/12/images/a%20b.jpg#x\nBREW\n[2001:db8::1]:5\n",
        "http://evil.example/tours/\nOPTIONS\n\n",
    ]));
    all
}

/// Every address leads somewhere or nowhere: to what it says, and with names that are names.
pub fn route(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let target = lines.next().unwrap_or("");
    let method = lines.next().unwrap_or("");
    let (forwarded, host) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let headers = [
        ("Host", "site.example"),
        ("X-Forwarded-For", forwarded),
        ("X-Forwarded-Host", host),
    ];
    let mut kind = 0;
    for proxy in [false, true] {
        let request = request(method, target, &headers, proxy);
        let log = request.log_path();
        assert!(!log.contains("/token/"), "{log}");
        // No header line can be made of it, whatever was asked for.
        let redirect = Response::redirect(&request.absolute(&request.path));
        let head = String::from_utf8(redirect.head_bytes(None)).expect("ASCII");
        assert_eq!(head.matches("\r\n\r\n").count(), 1);
        assert!(
            head.lines().all(|line| line.bytes().all(|b| matches!(b, b' '..=b'~'))),
            "{head:?}"
        );
        let segments = match request.segments() {
            Ok(segments) => segments,
            Err(error) => {
                assert!(matches!(error.status(), 400 | 404), "{error}");
                kind = kind * 200 + u64::from(error.status() == 400);
                continue;
            }
        };
        assert!(!segments.is_empty());
        kind = kind * 200 + 2;
        if let Some((route, params)) = routes::find(ROUTES, &request.method, segments) {
            for (name, value) in &params {
                assert!(route.pattern.contains(&format!("{{{name}}}")));
                assert!(
                    !value.is_empty() && !value.contains(['/', '\0']) && value != "." && value != "..",
                    "{value:?}"
                );
            }
            let mut values = params.iter().map(|(_, value)| value.as_str());
            let parts = route.pattern.split('/').skip(1);
            let made: Vec<&str> = parts
                .map(|part| {
                    if part.starts_with('{') {
                        values.next().unwrap()
                    } else {
                        part
                    }
                })
                .collect();
            assert_eq!(made, segments, "{}", route.pattern);
            kind += 3 + ROUTES.iter().position(|one| std::ptr::eq(one, route)).unwrap() as u64;
        }
    }
    kind
}

pub fn cookie_seeds() -> Vec<Vec<u8>> {
    let key = session::Key::new(KEY);
    let mut session = Session::read(None, &key, NOW);
    session.set_identity(IDENTITY);
    session.flash(session::Kind::Ok, "saved \u{1F6B2}");
    let sealed = session.write(&key, NOW).unwrap().unwrap();
    let ticket = remember::ticket(IDENTITY, &remember::Key::new(KEY), NOW);
    vec![
        format!("session={sealed}").into_bytes(),
        format!("auth_tkt=\"{ticket}\"; fietsboek_locale=de").into_bytes(),
        format!("a=b; session=x; auth_tkt={ticket}; session={sealed}").into_bytes(),
    ]
}

/// Nobody is anybody but by what was signed here.
pub fn cookie(bytes: &[u8]) -> u64 {
    let header = String::from_utf8_lossy(bytes);
    let mut kind = 0;
    if let Some(value) = cookies::find(&header, session::COOKIE) {
        assert!(value.len() <= header.len());
        let key = session::Key::new(KEY);
        let mut session = Session::read(Some(&value), &key, NOW + 30);
        assert!(
            matches!(session.identity(), None | Some(IDENTITY)),
            "{:?}",
            session.identity()
        );
        kind += 1 + u64::from(session.identity().is_some());
        let count = session.take_flashes().len();
        assert!(count == usize::from(session.identity().is_some()));
        assert!(
            Session::read(Some(&value), &session::Key::new("another"), NOW)
                .identity()
                .is_none()
        );
    }
    if let Some(value) = cookies::find(&header, remember::COOKIE) {
        let identity = remember::find_identity(&value, &remember::Key::new(KEY));
        assert!(matches!(identity.as_deref(), None | Some(IDENTITY)), "{identity:?}");
        kind += 4 + 4 * u64::from(identity.is_some());
        assert_eq!(remember::find_identity(&value, &remember::Key::new("another")), None);
    }
    kind
}

pub fn accept_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        "application/problem+json, text/plain;q=0.333;level=1",
        "de-CH, de;q=0.9, en;q=0.8, *;q=0.5",
    ])
}

/// Something is chosen, whatever the case and the blanks.
pub fn accept(bytes: &[u8]) -> u64 {
    let header = String::from_utf8_lossy(bytes);
    let form = choose(Some(&header));
    let lang = Offer::new(&[], "en").accepted(Some(&header));
    if header.is_ascii() {
        assert_eq!(choose(Some(&header.to_ascii_uppercase())), form);
        assert_eq!(choose(Some(&header.replace(',', " , "))), form);
        assert_eq!(Offer::new(&[], "en").accepted(Some(&header.to_ascii_uppercase())), lang);
    }
    form as u64 * 2 + lang as u64
}

pub const RANGE_WORDS: &[&str] = &[
    "bytes=",
    "-",
    ",",
    "0-0",
    "-1",
    "0-",
    "18446744073709551615",
    "\n",
    "\"tag\"",
    "W/\"tag\"",
    "*",
    " ",
    "+1",
    "Tue, 14 Nov 2023 22:13:20 GMT",
    "Tuesday, 14-Nov-23 22:13:20 GMT",
    "Tue Nov 14 22:13:20 2023",
];

pub fn range_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "bytes=0-99\n\n\n\n1000",
        "bytes=-500\n\"other\", W/\"tag\"\nTue, 14 Nov 2023 22:13:20 GMT\n\"tag\"\n10",
        "bytes=5-18446744073709551615\n\nTuesday, 14-Nov-23 22:13:20 GMT\nTue Nov 14 22:13:20 2023\n18446744073709551615",
        "bytes=0-0,5-6\n*\nThu, 31 Feb 2030 99:99:99 GMT\nW/\"tag\"\n0",
    ])
}

/// A part is a part of what there is, and what is said of it is so.
pub fn range(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.split('\n').collect();
    let line = |at: usize| lines.get(at).copied().unwrap_or("");
    let names = ["Range", "If-None-Match", "If-Modified-Since", "If-Range"];
    let headers: Vec<(&str, &str)> = names.iter().enumerate().map(|(at, name)| (*name, line(at))).collect();
    let present: Vec<(&str, &str)> = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let length = line(4).trim().parse::<u64>().unwrap_or(1000);
    let request = request("GET", "/tours/", &present, false);
    let modified = time::OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let validators = Validators::new("tag", modified);
    if let Some(response) = validators.not_modified(&request) {
        assert_eq!(response.status, 304);
        assert!(!line(1).is_empty() || !line(2).is_empty());
        return 304;
    }
    let mut read = None;
    let answer = validators.answer(&request, length, |range| {
        read = Some(range);
        Ok(Response::text(""))
    });
    let answer = answer.unwrap();
    let said = answer.get_header("content-range").map(str::to_string);
    match (answer.status, read) {
        (200, Some(range)) => assert_eq!((range, said), (0..length, None)),
        (206, Some(range)) => {
            assert!(range.start < range.end && range.end <= length, "{range:?} of {length}");
            assert_eq!(said, Some(format!("bytes {}-{}/{length}", range.start, range.end - 1)));
        }
        (416, None) => assert_eq!(said, Some(format!("bytes */{length}"))),
        (status, read) => panic!("{status} with {read:?}"),
    }
    u64::from(answer.status)
}

pub const MULTIPART_WORDS: &[&str] = &[
    "--x",
    "--x--",
    "\r\n",
    "\r\n--x\r\n",
    "\r\n\r\n",
    "Content-Disposition: form-data; name=\"a\"",
    "; filename=\"f\"",
    "; filename*=UTF-8''x",
    "\"",
    "\\\"",
    "%22",
    "Content-Type: text/plain\r\n",
    "boundary=",
    ";",
    "=",
    "a=b&",
    "%zz",
];

pub fn multipart_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "multipart/form-data; boundary=x\n--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA tour\r\n\
         --x\r\nContent-Disposition: form-data; name=\"gpx\"; filename=\"a \\\"b\\\".gpx\"\r\n\
         Content-Type: application/gpx+xml\r\n\r\n<gpx/>\r\n--x--\r\n",
        "multipart/form-data; boundary=\"x\"\npreamble\r\n--x  \r\ncontent-disposition: form-data; name=f; filename=\"\"\r\n\
         \r\n\r\n--x--epilogue",
        "application/x-www-form-urlencoded\na=1&b=%C3%BC+x&a=2&=&c",
    ])
}

/// No more comes out than went in, within the bounds, and the same in whatever pieces it is read.
pub fn multipart(bytes: &[u8]) -> u64 {
    let split = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    let content_type = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let body = bytes.get(split + 1..).unwrap_or(b"");
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let mut request = request("POST", "/tours/", &[("Content-Type", &content_type)], false);
        request.body.append(body).unwrap();
        return match Form::read(&mut request) {
            Ok(form) => assert_bounded(form, body.len()).len() as u64,
            Err(error) => 5000 + u64::from(error.status()),
        };
    }
    let read = |size: usize| {
        parts::read(&content_type, &mut Pieces { rest: body, size }).map(|f| assert_bounded(f, body.len()))
    };
    let whole = read(usize::MAX);
    for size in [1, 7] {
        match (&whole, read(size)) {
            (Ok(one), Ok(other)) => assert!(*one == other, "in pieces of {size}"),
            (Err(one), Err(other)) => assert_eq!(one.status(), other.status()),
            (one, other) => panic!("{:?} or {:?}", one.is_ok(), other.is_ok()),
        }
    }
    match whole {
        Ok(form) => 100 + form.len() as u64,
        Err(error) => u64::from(error.status() == 413),
    }
}

/// Everything in a form, as one list.
fn assert_bounded(mut form: Form, length: usize) -> Vec<(String, Vec<u8>)> {
    assert!(form.fields.len() + form.files.len() <= MAX_FIELDS && form.files.len() <= MAX_FILES);
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut text = 0;
    for (name, value) in form.fields {
        assert!(name.len() <= MAX_NAME);
        text += value.len();
        all.push((name, value.into_bytes()));
    }
    // A byte that is no UTF-8 becomes a character of three.
    assert!(text <= 3 * MAX_TEXT && text <= 3 * length);
    let mut held = 0;
    for file in &mut form.files {
        let mut data = Vec::new();
        file.data.read_to_end(&mut data).unwrap();
        held += data.len();
        all.push((format!("{} {} {}", file.field, file.name, file.content_type), data));
    }
    assert!(held <= length);
    all
}

/// Gives a body out in pieces.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.rest.len().min(buffer.len()).min(self.size);
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        Ok(count)
    }
}
