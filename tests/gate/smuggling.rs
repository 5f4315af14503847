//! A corpus of requests that two parsers read in two ways. Whatever the door makes of one, the inner server must
//! never see the request that hides in it, and what it sees must be of one plain form.

use std::io::{Read, Write};
use std::net::Shutdown;

use fietsboek::web::gate::Limits;

use super::house::House;

/// What hides in each.
const INSIDE: &str = "GET /inside HTTP/1.1\r\nHost: a\r\n\r\n";

/// Header lines that say in an odd way that a body comes in chunks. None is taken: a proxy may not have seen it so.
const ODD_CODINGS: &[&str] = &[
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunkedx",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: chunked;q=1",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: 'chunked'",
    "Transfer-Encoding: chunked\x0b",
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding: chunked\x0c",
    "Transfer-Encoding: chunked\0",
    "Transfer-Encoding: ch\u{00fc}nked",
    "Transfer-Encoding:",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: cow",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    " Transfer-Encoding: chunked",
    "\tTransfer-Encoding: chunked",
    "Transfer-Encoding\r\n : chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding: x\r\n\tchunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\nX: y",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\rTransfer-Encoding: chunked",
    "X: y\r\rTransfer-Encoding: chunked",
    "Transfer-Encoding chunked",
    "Transfer-Encoding = chunked",
    "Transfer\u{2010}Encoding: chunked",
    "Transfer-\0Encoding: chunked",
    ": chunked",
];

/// Header lines that say in an odd way how long a body is.
const ODD_LENGTHS: &[&str] = &[
    "Content-Length: 5\r\nContent-Length: 5",
    "Content-Length: 5\r\nContent-Length: 0",
    "Content-Length: 5\r\ncontent-length: 45",
    "Content-Length: 5, 5",
    "Content-Length: 5,",
    "Content-Length: ,5",
    "Content-Length: 5 5",
    "Content-Length: +5",
    "Content-Length: -5",
    "Content-Length: 0x5",
    "Content-Length: 5.0",
    "Content-Length: 5e0",
    "Content-Length: 5;",
    "Content-Length: \"5\"",
    "Content-Length: \u{0665}",
    "Content-Length: five",
    "Content-Length:",
    "Content-Length: \x0b5",
    "Content-Length: 5\0",
    "Content-Length : 5",
    " Content-Length: 5",
    "Content-Length: 1\r\n 5",
    "Content-Length: 5\nX: y",
    "X: y\nContent-Length: 5",
    "X: y\rContent-Length: 5",
    "Content-Length 5",
];

/// Bodies in chunks that one parser ends where another does not.
const ODD_CHUNKS: &[&str] = &[
    "0\r\nX: y\r\n folded\r\n\r\n",
    "0\n\n",
    "0\r\n\n",
    "0\r\r\n\r\n",
    "0 \r\n\r\n",
    " 0\r\n\r\n",
    "+0\r\n\r\n",
    "-0\r\n\r\n",
    "0x0\r\n\r\n",
    "0_0\r\n\r\n",
    "\r\n0\r\n\r\n",
    ";\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5\r\nhello\r\n\r\n0\r\n\r\n",
    "5;a=\n\r\nhello\r\n0\r\n\r\n",
    "5;a=\rb\r\nhello\r\n0\r\n\r\n",
    "5;\0\r\nhello\r\n0\r\n\r\n",
    "10000000000000005\r\nhello\r\n0\r\n\r\n",
    "fffffffffffffffff\r\n",
    "ffffffffffffffff\r\n",
    "0\r\nContent-Length: 5\r\nX\0: y\r\n\r\n",
];

/// Request lines and heads that lead elsewhere in another parser.
const ODD_HEADS: &[&str] = &[
    "GET /outside HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a, b\r\nHost:\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\n Host: b\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: \u{00e4}\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\0b\r\n\r\n",
    "GET /outside HTTP/1.1\r\n\r\n",
    "GET http://a@b/outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http:///outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET file:///outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /outside  HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET  /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    " GET /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "\tGET /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET\t/outside\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /out side HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /outside\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /outside\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /outside HTTP/1.1 \r\nHost: a\r\n\r\n",
    "GET /outside HTTP/1.1\r\r\nHost: a\r\n\r\n",
    "GET /outside HTTP/1.1\nHost: a\n\n",
    "GET /outside HTTP/1.1\r\nHost: a\n\r\n",
    "GET /outside HTTP/01.1\r\nHost: a\r\n\r\n",
    "GET /outside HTTP/1.10\r\nHost: a\r\n\r\n",
    "GET /outside http/1.1\r\nHost: a\r\n\r\n",
    "GET /outside HTTP/1,1\r\nHost: a\r\n\r\n",
    "GET /outside HTTPS/1.1\r\nHost: a\r\n\r\n",
    "GET /outside\r\n",
    " /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "(GET) /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "G\u{00c8}T /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\nX(Y): z\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\n: z\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
    "GET /outside HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n",
    "GET /outside HTTP/1.1\r\n Host: a\r\n\r\n",
    "\0GET /outside HTTP/1.1\r\nHost: a\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03 tls\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "EHLO a\r\n\r\n",
];

/// Sends bytes and what hides behind them, in pieces of a size; the answers.
fn send(house: &House, bytes: &str, piece: usize) -> String {
    let mut stream = house.connect();
    let _ = stream.set_nodelay(true);
    for part in [bytes, INSIDE].concat().as_bytes().chunks(piece) {
        // It may be cut in the middle.
        let _ = stream.write_all(part);
    }
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Refused with a status of 4xx or 505 and nothing after it, and never seen by the inner server.
#[track_caller]
fn assert_refused(house: &House, bytes: &str) {
    for piece in [usize::MAX, 7] {
        let answer = send(house, bytes, piece);
        let is_refusal = answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 505 ");
        assert!(is_refusal, "{bytes:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{bytes:?}: {answer}");
    }
    let seen = house.log.lock().unwrap();
    let wholes: Vec<_> = seen
        .iter()
        .filter(|asked| asked.find("X-Gate-Preflight").is_none())
        .collect();
    assert!(wholes.is_empty(), "{bytes:?}: {wholes:?}");
}

#[test]
fn what_says_in_an_odd_way_where_a_body_ends_is_refused() {
    let house = House::new(Limits::default());
    for coding in ODD_CODINGS {
        for length in ["", "Content-Length: 5\r\n", "Content-Length: 0\r\n"] {
            for (first, second) in [(length, *coding), ("", &format!("{coding}\r\n{}", length.trim_end()))] {
                if second.ends_with('\n') {
                    continue;
                }
                let head = format!("POST /outside HTTP/1.1\r\nHost: a\r\n{first}{second}\r\n\r\n");
                assert_refused(&house, &format!("{head}0\r\n\r\n"));
            }
        }
    }
    for length in ODD_LENGTHS {
        assert_refused(
            &house,
            &format!("POST /outside HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\nhello"),
        );
    }
    for both in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "transfer-encoding: CHUNKED\r\ncontent-length: 5",
    ] {
        assert_refused(
            &house,
            &format!("POST /outside HTTP/1.1\r\nHost: a\r\n{both}\r\n\r\n0\r\n\r\n"),
        );
        assert_refused(
            &house,
            &format!("GET /outside HTTP/1.1\r\nHost: a\r\n{both}\r\n\r\n0\r\n\r\n"),
        );
    }
    let old = "POST /outside HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_refused(&house, old);
}

#[test]
fn what_ends_a_body_in_an_odd_way_is_refused() {
    let house = House::new(Limits::default());
    for chunks in ODD_CHUNKS {
        assert_refused(
            &house,
            &format!("POST /outside HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
        );
    }
}

#[test]
fn odd_heads_are_refused() {
    let house = House::new(Limits::default());
    for head in ODD_HEADS {
        assert_refused(&house, head);
    }
}

/// What is odd and has one meaning is served, as a request of one plain form.
#[test]
fn what_has_one_meaning_arrives_in_one_form() {
    let house = House::new(Limits::default());
    for (request, expected) in [
        (
            "GET //evil.example/%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET //evil.example/%2e%2e 0",
        ),
        ("GET /%00%2f HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%00%2f 0"),
        ("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x 0"),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * 0"),
        ("CONNECT b:1 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT b:1 0"),
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\n\r\n",
            "GET /x 0",
        ),
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nConnection: X-Gate-Peer, close\r\n\r\n",
            "GET /x 0",
        ),
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AA==\r\n\r\n",
            "GET /x 0",
        ),
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
            "GET /x 0",
        ),
        (
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \t\r\n\r\n5;a=b\r\nhello\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n",
            "POST /x 5",
        ),
        (
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 000005\r\n\r\nhello",
            "POST /x 5",
        ),
        (
            "POST /x HTTP/1.1\r\nHost: a\r\nX-Gate-Preflight: 5\r\nX-Gate-Probe: 1\r\nx-gate-go: 1\r\nContent-Length: 5\r\n\r\nhello",
            "POST /x 5",
        ),
    ] {
        let mut stream = house.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let reply = super::house::read_reply(&mut stream, false);
        assert_eq!(reply.text(), expected, "{request:?}");
        assert!(!reply.head.contains("101 "), "{}", reply.head);
    }
    for asked in house.log.lock().unwrap().iter() {
        let lower = asked.head.to_ascii_lowercase();
        for never in [
            "transfer-encoding",
            "upgrade",
            "connection",
            "expect",
            "http2-settings",
            "x-gate-probe",
            "x-gate-preflight",
            "x-gate-go",
        ] {
            assert!(!lower.contains(&format!("\r\n{never}:")), "{}", asked.head);
        }
        assert_eq!(lower.matches("\r\nhost:").count(), 1, "{}", asked.head);
        assert_eq!(lower.matches("\r\nx-gate-peer:").count(), 1, "{}", asked.head);
        assert!(lower.matches("\r\ncontent-length:").count() <= 1, "{}", asked.head);
    }
}

#[test]
fn after_an_error_the_connection_is_over_and_after_an_upload_it_goes_on() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    let upload = format!(
        "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        INSIDE.len()
    );
    // What looks like a request in the body is the body; what follows it is the next request.
    stream
        .write_all(
            [&upload, INSIDE, "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"]
                .concat()
                .as_bytes(),
        )
        .unwrap();
    assert_eq!(
        super::house::read_reply(&mut stream, false).text(),
        format!("POST /first {}", INSIDE.len())
    );
    assert_eq!(super::house::read_reply(&mut stream, false).text(), "GET /second 0");
    stream
        .write_all(["nonsense\r\n\r\n", INSIDE].concat().as_bytes())
        .unwrap();
    assert_eq!(super::house::read_reply(&mut stream, false).status, 400);
    assert!(super::house::is_closed(&mut stream));
    assert_eq!(house.paths(), ["/first", "/second"]);
}
