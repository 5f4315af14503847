//! The corpus of heads: what passes, in which form, and what is refused with which status.

use super::*;

/// What a client that sends exactly these bytes gets: the head, `None` when it is not complete.
fn read(input: &[u8]) -> Result<Option<Head>, Refused> {
    let mut scanner = Scanner::default();
    match scanner.find_end(input, 64 * 1024)? {
        Some(end) => read_head(&input[..end], "203.0.113.7:1234").map(Some),
        None => Ok(None),
    }
}

fn passed(input: &str) -> Head {
    read(input.as_bytes()).expect("well formed").expect("complete")
}

fn clean(input: &str) -> String {
    String::from_utf8(passed(input).clean).expect("ascii")
}

#[test]
fn an_ordinary_head_is_passed_on_in_its_order() {
    let head = clean("GET /a?b HTTP/1.1\r\nAccept: */*\r\nhost: a.example\r\nCookie: a=b\r\nX-A: 1\r\nX-A: 2\r\n\r\n");
    assert_eq!(
        head,
        "GET /a?b HTTP/1.1\r\nHost: a.example\r\nX-Gate-Peer: 203.0.113.7:1234\r\n\
         Accept: */*\r\nCookie: a=b\r\nX-A: 1\r\nX-A: 2\r\n"
    );
}

#[test]
fn what_concerns_the_connection_and_private_headers_go() {
    let head = clean(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
         HTTP2-Settings: x\r\nTE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTrailer: x\r\n\
         x-gate-peer: 1.2.3.4:5\r\nX-GATE-Preflight: 1\r\nX-Gate: kept\r\n\r\n",
    );
    assert_eq!(
        head,
        "GET / HTTP/1.1\r\nHost: a\r\nX-Gate-Peer: 203.0.113.7:1234\r\nX-Gate: kept\r\n"
    );
}

#[test]
fn any_token_is_a_method() {
    for method in ["GET", "gEt", "PROPFIND", "M-SEARCH", "!#$%&'*+-.^_`|~"] {
        let head = clean(&format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(head.starts_with(&format!("{method} / HTTP/1.1\r\n")));
    }
}

#[test]
fn what_is_not_ascii_turns_no_browser_away() {
    let head = clean("GET /ä HTTP/1.1\r\nHost: a\r\nCookie: a=ü\tb\r\n\r\n");
    assert!(head.starts_with("GET /%C3%A4 HTTP/1.1\r\n"), "{head}");
    assert!(head.ends_with("Cookie: a=??\tb\r\n"), "{head}");
}

#[test]
fn the_host_of_an_absolute_target_wins() {
    let head = clean("GET http://b.example:1/x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(head.starts_with("GET /x HTTP/1.1\r\nHost: b.example:1\r\n"));
}

#[test]
fn keep_alive_is_the_rule_in_1_1_and_the_exception_in_1_0() {
    for (version, connection, keeps) in [
        ("1.1", "", true),
        ("1.1", "Connection: foo, Close\r\n", false),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ] {
        let head = passed(&format!("GET / HTTP/{version}\r\nHost: a\r\n{connection}\r\n"));
        assert_eq!(head.keep_alive, keeps, "{version} {connection}");
        assert_eq!(head.is_http10, version == "1.0");
    }
}

#[test]
fn a_body_has_exactly_one_length() {
    let framing = |lines: &str| {
        read(format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes())
            .map(|head| head.expect("complete").framing)
    };
    for (lines, expected) in [
        ("", Ok(Framing::None)),
        ("Content-Length: 0\r\n", Ok(Framing::Length(0))),
        ("Content-Length: 007 \r\n", Ok(Framing::Length(7))),
        (
            "Content-Length:999999999999999\r\n",
            Ok(Framing::Length(999_999_999_999_999)),
        ),
        (
            "Content-Length: 18446744073709551614\r\n",
            Ok(Framing::Length(u64::MAX - 1)),
        ),
        (
            "Content-Length: 99999999999999999999999\r\n",
            Ok(Framing::Length(u64::MAX)),
        ),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", Err(400)),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(400)),
        ("Content-Length: 5, 5\r\n", Err(400)),
        ("Content-Length: -1\r\n", Err(400)),
        ("Content-Length: +5\r\n", Err(400)),
        ("Content-Length: 0x5\r\n", Err(400)),
        ("Content-Length: 5 5\r\n", Err(400)),
        ("Content-Length: 5;\r\n", Err(400)),
        ("Content-Length: ²\r\n", Err(400)),
        ("Content-Length:\r\n", Err(400)),
        ("Transfer-Encoding: Chunked\r\n", Ok(Framing::Chunked)),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Err(400)),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(400)),
        ("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", Err(400)),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(400)),
        ("Transfer-Encoding: chunked, chunked\r\n", Err(400)),
        ("Transfer-Encoding: gzip, chunked\r\n", Err(400)),
        ("Transfer-Encoding: xchunked\r\n", Err(400)),
        ("Transfer-Encoding: identity\r\n", Err(400)),
        ("Transfer-Encoding: \"chunked\"\r\n", Err(400)),
        ("Transfer-Encoding: \x0bchunked\r\n", Err(400)),
        ("Transfer-Encoding:\r\n", Err(400)),
        ("Transfer-Encoding : chunked\r\n", Err(400)),
        (" Transfer-Encoding: chunked\r\n", Err(400)),
        ("\tContent-Length: 5\r\n", Err(400)),
        ("X: y\r\n Content-Length: 5\r\n", Err(400)),
        ("X: y\r\n\tTransfer-Encoding: chunked\r\n", Err(400)),
    ] {
        assert_eq!(framing(lines), expected, "{lines:?}");
    }
    let old = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(read(old), Err(400));
}

#[test]
fn a_length_is_not_passed_on_because_the_gate_writes_its_own() {
    let head = clean("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n");
    assert!(!head.to_ascii_lowercase().contains("content-length"));
}

#[test]
fn only_a_body_can_be_waited_with() {
    let expects = |version: &str, lines: &str| {
        read(format!("POST / HTTP/{version}\r\nHost: a\r\n{lines}\r\n").as_bytes())
            .map(|head| head.expect("complete").expects_continue)
    };
    assert_eq!(
        expects("1.1", "Expect: 100-Continue\r\nContent-Length: 1\r\n"),
        Ok(true)
    );
    assert_eq!(expects("1.1", "Expect: 100-continue\r\n"), Ok(false));
    assert_eq!(
        expects("1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n"),
        Ok(false)
    );
    assert_eq!(expects("1.1", "Expect: something\r\n"), Err(417));
    assert_eq!(expects("1.1", "Expect: 100-continue\r\nExpect: x\r\n"), Err(417));
}

#[test]
fn malformed_heads_are_refused_at_once() {
    for (input, status) in [
        ("GET / HTTP/2.0\r\n", 505),
        ("PRI * HTTP/2.0\r\n", 505),
        ("GET / HTTP/3.0\r\n", 505),
        ("GET / HTTP/1.2\r\n", 505),
        ("GET / HTTP/0.9\r\n", 400),
        ("GET / http/1.1\r\n", 400),
        ("GET / HTTP/1.1 junk\r\n", 400),
        ("GET / HTTP/1.10\r\n", 400),
        ("GET /\r\n", 400),
        ("GET\r\n", 400),
        ("GET  / HTTP/1.1\r\n", 400),
        (" GET / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1 \r\n", 400),
        ("GET\t/\tHTTP/1.1\r\n", 400),
        ("GET /a\tb HTTP/1.1\r\n", 400),
        ("gEt{}\" / HTTP/1.1\r\n", 400),
        ("G\u{e4}T / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\rb", 400),
        ("GET / HTTP/1.1\r\nX: \0", 400),
        ("GET / HTTP/1.1\r\nX: \u{7f}", 400),
        ("GET /\0 HTTP/1.1", 400),
        ("\x16\x03\x01\x02", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX{}: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\u{e4}: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        ("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ] {
        assert_eq!(read(input.as_bytes()), Err(status), "{input:?}");
    }
}

#[test]
fn an_endless_head_is_cut_at_its_limit() {
    let line = vec![b'a'; 64 * 1024];
    assert_eq!(read(&line), Err(431));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADERS));
    assert_eq!(read(many.as_bytes()), Err(431));
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(64 * 1024));
    assert_eq!(read(long.as_bytes()), Err(431));
}

#[test]
fn a_head_may_come_byte_by_byte() {
    let input = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET";
    let mut scanner = Scanner::default();
    for end in 0..input.len() - 3 {
        let found = scanner.find_end(&input[..end], 1024);
        assert_eq!(found, Ok(None), "{end}");
    }
    assert_eq!(scanner.find_end(input, 1024), Ok(Some(input.len() - 3)));
}

#[test]
fn no_cut_or_changed_byte_makes_the_reader_panic() {
    let input = b"POST http://a/b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    for at in 0..input.len() {
        let _ = read(&input[..at]);
        for byte in 0..=255 {
            let mut changed = input.to_vec();
            changed[at] = byte;
            if let Ok(Some(head)) = read(&changed) {
                let fine = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~');
                assert!(head.clean.iter().all(fine), "{at} {byte}");
                assert!(head.clean.ends_with(b"\r\n"), "{at} {byte}");
            }
        }
    }
}
