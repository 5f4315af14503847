//! Texts: what visitors write in Markdown, what the operator writes in the INI file and as a reason.

use fietsboek::config::Config;
use fietsboek::error::Error;
use fietsboek::maintenance::reason::{SHOWN, one_line, printable};
use fietsboek::markdown;

use crate::data;

pub const MARKDOWN_WORDS: &[&str] = &[
    "<",
    ">",
    "\"",
    "'",
    "`",
    "*",
    "_",
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "    ",
    "```",
    "&#",
    "<script>",
    "</script>",
    "<img src=x onerror=y>",
    "<a href=\"",
    "javascript:",
    "java\tscript:",
    "data:text/html,",
    "//evil.example",
    "\\\\evil",
    "<svg onload=x>",
    "<style>",
    "<math>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<b>",
    "<i>",
    "</p>",
    "<template>",
    "<noscript>",
    "<textarea>",
    "&lt;",
    "&quot;",
    "&Tab;",
    "&colon;",
    "\0",
    "\u{202e}",
    "<pre>",
    "|a|b|\n|-|-|\n",
    "<plaintext>",
    "<table><a>",
    "<select>",
    "<p title=\"",
    "<h1 lang=",
];

pub fn markdown_seeds() -> Vec<Vec<u8>> {
    [
        "# Tour\n\nA **fine** *day*, see [the map](https://example.org/?a=1&b=2).\n\n1. up\n2. down\n\n---\n",
        "a <img src=x onerror=alert(1)> ![there](https://e.example/x.png \"t\") <b>b <i>i</b> x</i>",
        "> quote\n> > more\n\n- a\n  - b\n    - c\n\n```js\n<script>1</script>\n```\n",
        "<p style=\"x\" class='y' onclick=z>text</p>\n\n<ul><li>one<li>two</ul>\n\n[x]: /y 'z'\n\n[x] <mailto:a@b.example>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// All that may come out of Markdown, with what it may have.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("a", &["href", "title", "lang", "rel"]),
    ("abbr", &["title", "lang"]),
    ("acronym", &["title", "lang"]),
    ("b", &["title", "lang"]),
    ("blockquote", &["title", "lang"]),
    ("br", &["title", "lang"]),
    ("code", &["title", "lang"]),
    ("em", &["title", "lang"]),
    ("h3", &["title", "lang"]),
    ("h4", &["title", "lang"]),
    ("h5", &["title", "lang"]),
    ("h6", &["title", "lang"]),
    ("hr", &["title", "lang"]),
    ("i", &["title", "lang"]),
    ("img", &["src", "alt", "title", "lang"]),
    ("li", &["title", "lang"]),
    ("ol", &["title", "lang"]),
    ("p", &["title", "lang"]),
    ("pre", &["title", "lang"]),
    ("strong", &["title", "lang"]),
    ("ul", &["title", "lang"]),
];

/// Nothing comes out that runs, reaches out by itself, or leaves its place; and not very much more than went in.
pub fn markdown(bytes: &[u8]) -> u64 {
    let source = String::from_utf8_lossy(bytes);
    let mut kind = 0u64;
    for external in [false, true] {
        let html = markdown::to_html(&source, external);
        // The sanitiser writes `&` as `&amp;`, and a link gets its `rel`.
        assert!(
            html.len() <= source.len() * 60 + (32 << 10),
            "{} of {}",
            html.len(),
            source.len()
        );
        kind = assert_harmless(&html, external);
    }
    let page = markdown::page_to_html(&source);
    assert!(
        page.len() <= source.len() * 200 + (32 << 10),
        "{} of {}",
        page.len(),
        source.len()
    );
    kind
}

/// Takes the HTML apart more strictly than any browser does. Answers which elements there are.
fn assert_harmless(html: &str, external: bool) -> u64 {
    let mut seen = 0u64;
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('\0'), "{html:?}");
        if let Some(closing) = after.strip_prefix('/') {
            let (name, left) = closing.split_once('>').unwrap_or_else(|| panic!("{html}"));
            assert_eq!(open.pop(), Some(name), "{html}");
            rest = left;
            continue;
        }
        let end = after.find([' ', '>']).unwrap_or_else(|| panic!("{html}"));
        let (name, mut left) = after.split_at(end);
        let at = ELEMENTS.iter().position(|(known, _)| *known == name);
        let at = at.unwrap_or_else(|| panic!("<{name}> in {html}"));
        seen |= 1 << at;
        while let Some(attribute) = left.strip_prefix(' ') {
            let (key, value) = attribute.split_once("=\"").unwrap_or_else(|| panic!("{html}"));
            let (value, after) = value.split_once('"').unwrap_or_else(|| panic!("{html}"));
            assert!(ELEMENTS[at].1.contains(&key), "{key} of <{name}> in {html}");
            assert_address(key, value, external, html);
            left = after;
        }
        rest = left.strip_prefix('>').unwrap_or_else(|| panic!("{html}"));
        if !matches!(name, "br" | "hr" | "img") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are left open in {html}");
    seen
}

/// As a browser reads an address: without control characters and blanks, `\` for `/`, whatever the case.
fn assert_address(key: &str, value: &str, external: bool, html: &str) {
    if !matches!(key, "href" | "src") {
        return;
    }
    let value = value
        .replace("&amp;", "&")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    let plain: String = value
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect();
    let plain = plain.replace('\\', "/").to_ascii_lowercase();
    let before_path = plain.split(['/', '?', '#']).next().unwrap_or("");
    let is_scheme =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if let Some((scheme, _)) = before_path.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        assert!(matches!(scheme, "http" | "https" | "mailto"), "{value:?} in {html}");
        assert!(key == "href" || external, "{value:?} is fetched in {html}");
    }
    assert!(
        key == "href" || external || !plain.starts_with("//"),
        "{value:?} is fetched in {html}"
    );
}

pub const INI_WORDS: &[&str] = &[
    "[app:main]\n",
    "[server:main]\n",
    "[DEFAULT]\n",
    "[",
    "]",
    "=",
    ":",
    "\n",
    "\n  ",
    "%(here)s",
    "%%",
    "%(",
    "%(x)s",
    ")s",
    "#",
    ";",
    "\r\n",
    "\u{feff}",
    "\0",
    "x = %(x)s\n",
    "use = config:other.ini\n",
    "fietsboek.gate = off\n",
    "listen = *:80 [::]:443\n",
    "unix_socket = x\n",
    "email.smtp_url = smtp+starttls://u:p%40@h:25\n",
    "true",
    "-1",
    "fietsboek.tile_layer.x = Name\n",
    "fietsboek.tile_layer.x.url = https://{s}/{z}\n",
    "\"\"\"",
    "\u{85}",
    "é",
];

pub fn ini_seeds() -> Vec<Vec<u8>> {
    let of_original = std::fs::read(data("ini/fietsboek-0.11.ini")).unwrap();
    let least = b"[app:main]\nsqlalchemy.url = sqlite:///%(here)s/f.sqlite\nfietsboek.data_dir = %(here)s\n\
        session_key = 0123456789abcdef0123\nemail.from = a@b.example\nemail.smtp_url = debug://\n\
        available_locales = en de\nfietsboek.pages =\n  %(here)s/a.md\n  %(here)s/b\n[server:main]\nlisten = 127.0.0.1:0\n";
    vec![least.to_vec(), of_original]
}

/// A file is understood or refused with a reason, the same each time.
pub fn ini(bytes: &[u8]) -> u64 {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return 0;
    };
    let path = data("ini/changed.ini");
    match Config::parse(&path, text) {
        Ok(config) => {
            assert!(config.server.threads > 0 && config.retry_after > 0);
            assert!(Config::parse(&path, text) == Ok(config.clone()), "read twice");
            let told = format!("{config:?}");
            assert!(!told.contains("0123456789abcdef0123"), "{told}");
            1000 + config.warnings.len() as u64 * 10 + config.server.listen.len() as u64
        }
        Err(Error::Config(told)) => {
            assert!(!told.trim().is_empty());
            1 + told.lines().count() as u64
        }
        Err(other) => panic!("{other}"),
    }
}

pub fn reason_seeds() -> Vec<Vec<u8>> {
    vec![
        b"Back at noon".to_vec(),
        "Zurück\r\num zwölf\t\u{1F6B2}\n".as_bytes().to_vec(),
        vec![b'x'; SHOWN + 10],
    ]
}

/// Printable, short, and stays so.
pub fn reason(bytes: &[u8]) -> u64 {
    let text = printable(bytes);
    // A byte that is no UTF-8 becomes a character of three.
    assert!(text.len() <= 3 * SHOWN + 3);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    if text.len() <= SHOWN {
        assert_eq!(printable(text.as_bytes()), text);
    }
    assert!(!one_line(&text).contains('\n'));
    text.lines().count() as u64
}
