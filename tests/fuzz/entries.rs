//! What is fed: every way by which a stranger's bytes come in.

use crate::{pictures, requests, tracks, words};

/// One way in.
pub struct Entry {
    /// Its name; the folder of what once broke it has the same.
    pub name: &'static str,
    /// Reads the bytes and insists on what must hold of the outcome. Answers what kind of outcome it was: inputs
    /// of a new kind are kept and changed further.
    pub run: fn(&[u8]) -> u64,
    /// Files to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What means something to the reader.
    pub words: &'static [&'static str],
}

/// All of them.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "gpx",
        run: tracks::gpx,
        seeds: tracks::gpx_seeds,
        words: tracks::XML_WORDS,
    },
    Entry {
        name: "fit",
        run: tracks::fit,
        seeds: tracks::fit_seeds,
        words: &[],
    },
    Entry {
        name: "tcx",
        run: tracks::tcx,
        seeds: tracks::tcx_seeds,
        words: tracks::XML_WORDS,
    },
    Entry {
        name: "import",
        run: tracks::import,
        seeds: tracks::import_seeds,
        words: &["\u{1f}\u{8b}", ".FIT", "<?xml", "<gpx", "encoding=\"utf-16\""],
    },
    Entry {
        name: "picture",
        run: pictures::picture,
        seeds: pictures::seeds,
        words: pictures::WORDS,
    },
    Entry {
        name: "exif",
        run: pictures::exif,
        seeds: pictures::exif_seeds,
        words: pictures::WORDS,
    },
    Entry {
        name: "markdown",
        run: words::markdown,
        seeds: words::markdown_seeds,
        words: words::MARKDOWN_WORDS,
    },
    Entry {
        name: "ini",
        run: words::ini,
        seeds: words::ini_seeds,
        words: words::INI_WORDS,
    },
    Entry {
        name: "reason",
        run: words::reason,
        seeds: words::reason_seeds,
        words: &["\r\n", "\u{202e}", "\u{feff}", "\u{2028}", "\u{1b}[31m"],
    },
    Entry {
        name: "head",
        run: requests::head,
        seeds: requests::head_seeds,
        words: requests::HEAD_WORDS,
    },
    Entry {
        name: "chunked",
        run: requests::chunked,
        seeds: requests::chunked_seeds,
        words: &["\r\n", "0\r\n\r\n", ";a=b", "ffffffffffffffff", "X: y\r\n"],
    },
    Entry {
        name: "route",
        run: requests::route,
        seeds: requests::route_seeds,
        words: requests::ROUTE_WORDS,
    },
    Entry {
        name: "cookie",
        run: requests::cookie,
        seeds: requests::cookie_seeds,
        words: &["session=", "auth_tkt=", "; ", "\"", "\\", "\\054", "=", "!", "%2B", "|"],
    },
    Entry {
        name: "accept",
        run: requests::accept,
        seeds: requests::accept_seeds,
        words: &[
            "text/html",
            "application/json",
            "*/*",
            "text/*",
            ";q=0.5",
            ";q=0",
            ",",
            "de-CH",
            "*",
            "q=1.0000",
            ";",
        ],
    },
    Entry {
        name: "range",
        run: requests::range,
        seeds: requests::range_seeds,
        words: requests::RANGE_WORDS,
    },
    Entry {
        name: "multipart",
        run: requests::multipart,
        seeds: requests::multipart_seeds,
        words: requests::MULTIPART_WORDS,
    },
];
