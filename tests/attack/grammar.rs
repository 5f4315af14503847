//! Random requests over all routes and forms, by whoever may be logged in: whatever comes, no 500 and no panic.
//!
//! The forms are those of the pages themselves: their fields are read there, so that a new form is tried as
//! soon as it is on a page. The same seed makes the same requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fietsboek::web::routes::{ROUTES, Verb};

use super::dice::Dice;
use super::server::{Reply, Server};
use super::site::Site;
use super::turn;
use super::visitor::{Jar, Visitor};
use super::whole::{PHOTO, RIDE};

/// Requests of one instance, after which a new one is begun: they delete what they find.
const OF_ONE: usize = 500;
/// After so many requests who was logged out, changed or deleted is there again.
const REVIVAL: usize = 10;
const ALL: usize = 10_000;
/// So many instances at the same time.
const ABREAST: usize = 3;
/// Another seed finds other things.
const SEED: u64 = 20_261_124_000;

const ODD: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "-0",
    "1",
    "2",
    "6",
    "7",
    "01",
    "+1",
    "1.5",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "99999999999999999999999",
    "1e309",
    "-1e-400",
    "NaN",
    "inf",
    "0x10",
    "\u{ff11}",
    "on",
    "off",
    "true",
    "de",
    "en",
    "xx",
    "PUBLIC",
    "PRIVATE",
    "ORGANIC",
    "fix-null-elevation",
    "2025-11-24",
    "2025-11-24T11:00",
    "2025-02-30",
    "0000-00-00",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "10000-01-01",
    "720",
    "-99999",
    "../../etc/passwd",
    "..",
    ".",
    "/",
    "//evil.example/",
    "\\",
    "http://evil.example/",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "'\"><img src=x>",
    "' OR 1=1 --",
    "%",
    "%00",
    "%zz",
    "%ff%fe",
    "a\0b",
    "a\nb",
    "a\r\nSet-Cookie: x=y",
    "\u{0}",
    "\u{7f}",
    "\u{202e}txt",
    "\u{feff}",
    "Stra\u{df}e",
    "\u{1f6b2}\u{200d}\u{1f6b2}",
    "e\u{301}\u{301}\u{301}",
    "{}",
    "[]",
    "{{7*7}}",
    "alice@example.org",
    "nobody@example.org",
    "a@b",
    "new@example.org",
    "alice-password-1",
    "moodn_view.png",
    "qiaft_evil_name.png",
    "00000000-0000-0000-0000-000000000000",
    "[a](javascript:b) **c** `d` | e |\n|---|",
    "48.0",
    "7.0",
    "91",
    "-180.000001",
];

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
];

/// Parameters that pages know, beside those of their forms.
const PARAMETERS: &[&str] = &[
    "lang",
    "secret",
    "page",
    "search-terms",
    "tags[]",
    "sort",
    "date-from",
    "date-to",
    "length-min",
    "length-max",
    "id",
    "id[]",
    "track_id[]",
    "next",
    "zone",
    "format",
    "original",
    "token",
    "size",
    "year",
    "month",
    "theme",
    "query",
    "limit",
    "offset",
    "since",
    "lat",
    "lon",
    "name",
    "bbox",
];

/// A form as it stands on a page.
#[derive(Debug, Clone, Default)]
struct Form {
    action: String,
    is_post: bool,
    fields: Vec<(String, String)>,
}

/// The value of an attribute in a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[at..at + tag[at..].find('"')?];
    let plain = value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    Some(plain.replace("&#39;", "'").replace("&amp;", "&"))
}

/// The forms of a page, and the addresses on it.
fn harvest(base: &str, page: &str, forms: &mut BTreeMap<String, Form>, links: &mut Vec<String>) {
    let mut open: Option<Form> = None;
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap_or_default();
        let local = |url: String| {
            url.strip_prefix(base)
                .unwrap_or(&url)
                .split('#')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        if tag.starts_with("form") {
            open = Some(Form {
                action: attribute(tag, "action").map(local).unwrap_or_default(),
                is_post: attribute(tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                fields: Vec::new(),
            });
        } else if tag.starts_with("/form") {
            if let Some(form) = open.take().filter(|form| form.action.starts_with('/')) {
                let kept = forms.entry(form.action.clone()).or_insert_with(|| form.clone());
                kept.is_post |= form.is_post;
                for field in form.fields {
                    if !kept.fields.contains(&field) && kept.fields.len() < 200 {
                        kept.fields.push(field);
                    }
                }
            }
        } else if let (Some(form), Some(name)) = (&mut open, attribute(tag, "name")) {
            form.fields.push((name, attribute(tag, "value").unwrap_or_default()));
        }
        let address = attribute(tag, "href").or_else(|| attribute(tag, "src"));
        let address = address
            .map(local)
            .filter(|url| url.starts_with('/') && !links.contains(url));
        links.extend(address.filter(|_| links.len() < 1000));
    }
}

/// A request to be sent.
struct Asked {
    method: String,
    target: String,
    head: String,
    body: Vec<u8>,
}

/// Makes requests.
struct Maker<'a> {
    dice: Dice,
    base: String,
    forms: BTreeMap<String, Form>,
    links: Vec<String>,
    jars: Vec<&'a Jar>,
}

impl Maker<'_> {
    fn value(&mut self) -> String {
        match self.dice.roll(20) {
            0 => self.dice.pick(ODD).repeat(self.dice.roll(300)),
            1 => format!("{}{}", self.dice.pick(ODD), self.dice.pick(ODD)),
            2 => (0..self.dice.roll(12))
                .map(|_| char::from_u32(self.dice.roll(0x3000) as u32).unwrap_or('x'))
                .collect(),
            3 | 4 => self.dice.roll(10).to_string(),
            _ => self.dice.pick(ODD).to_owned(),
        }
    }

    /// For a path or a query: mostly encoded as a browser would, sometimes as it is if it can be sent at all.
    fn encoded(&mut self) -> String {
        let value: String = self.value().chars().take(500).collect();
        if self.dice.chance(85) {
            return form_urlencoded::byte_serialize(value.as_bytes())
                .collect::<String>()
                .replace('+', "%20");
        }
        value
            .chars()
            .filter(|c| *c > ' ' && *c != '\u{7f}' && *c != '#')
            .collect()
    }

    fn query(&mut self, fields: &[(String, String)]) -> String {
        let mut query = String::new();
        for _ in 0..self.dice.roll(5) {
            let name = match fields.is_empty() || self.dice.chance(50) {
                true => self.dice.pick(PARAMETERS).to_owned(),
                false => self.dice.choose(fields).0.clone(),
            };
            let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let _ = write!(
                query,
                "{}{name}={}",
                if query.is_empty() { '?' } else { '&' },
                self.encoded()
            );
        }
        query
    }

    /// A path that a route's pattern matches, or nearly.
    fn path(&mut self, pattern: &str) -> String {
        let mut path = String::new();
        for part in pattern.split('/').skip(1) {
            path.push('/');
            if part.starts_with('{') && !self.dice.chance(3) {
                let filled = match self.dice.roll(10) {
                    0..=6 => (1 + self.dice.roll(7)).to_string(),
                    7 => self
                        .dice
                        .pick(&["style.css", "moodn_view.png", "local", "heatmap", "about", "2025", "11"])
                        .to_owned(),
                    _ => self.encoded().replace(['?', '/'], ""),
                };
                path.push_str(&filled);
            } else {
                path.push_str(part);
            }
        }
        path
    }

    /// The fields of a form, some of them changed, left out, or twice.
    fn fields(&mut self, form: &Form, token: &str) -> Vec<(String, String)> {
        let mut sent = Vec::new();
        for (name, value) in &form.fields {
            if name == "csrf_token" {
                continue;
            }
            match self.dice.roll(20) {
                0 => {}
                1..=3 => sent.push((name.clone(), self.value())),
                4 => sent.extend([(name.clone(), value.clone()), (name.clone(), self.value())]),
                _ => sent.push((name.clone(), value.clone())),
            }
        }
        for _ in 0..self.dice.roll(3) {
            let name = match self.dice.chance(70) {
                true => self.dice.pick(PARAMETERS).to_owned(),
                false => self.value(),
            };
            sent.push((name, self.value()));
        }
        if !self.dice.chance(5) {
            sent.push(("csrf_token".to_owned(), token.to_owned()));
        }
        sent
    }

    fn file(&mut self) -> Vec<u8> {
        const MORE: [&[u8]; 3] = [
            include_bytes!("../data/gpx/ride.fit"),
            include_bytes!("../data/gpx/ride.tcx"),
            include_bytes!("../data/gpx/gpx1.1_with_all_fields.gpx"),
        ];
        let mut file = match self.dice.roll(6) {
            0 => PHOTO.to_vec(),
            1 => MORE[self.dice.roll(MORE.len())].to_vec(),
            2 => self.value().into_bytes(),
            _ => RIDE.to_vec(),
        };
        for _ in 0..self.dice.roll(4) {
            if file.is_empty() {
                break;
            }
            let at = self.dice.roll(file.len());
            match self.dice.roll(4) {
                0 => file.truncate(at),
                1 => file[at] = self.dice.roll(256) as u8,
                2 => drop(file.remove(at)),
                _ => {
                    let odd = self.value();
                    file.splice(at..at, odd.bytes());
                }
            }
        }
        file
    }

    /// A body with its content type.
    fn body(&mut self, fields: &[(String, String)], form: &Form) -> (String, Vec<u8>) {
        let has_files = form
            .fields
            .iter()
            .any(|(name, _)| name == "gpx" || name.starts_with("image"));
        match self.dice.roll(12) {
            0 => ("application/json".to_owned(), self.value().into_bytes()),
            1 => (
                self.value().replace(|c: char| c.is_control(), ""),
                self.value().into_bytes(),
            ),
            2..=6 if !has_files => {
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                ("application/x-www-form-urlencoded".to_owned(), body.into_bytes())
            }
            _ => {
                let mut body = Vec::new();
                let plain = |text: &str| text.replace(['"', '\r', '\n'], "_");
                for (name, value) in fields {
                    let head = format!(
                        "--x\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n",
                        plain(name)
                    );
                    body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
                }
                for _ in 0..self.dice.roll(3) {
                    let (name, field) = (self.value(), self.dice.pick(&["gpx", "image[]", "image", "file"]));
                    let head = format!(
                        "--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{}\"\r\n\r\n",
                        plain(&name)
                    );
                    body.extend([head.as_bytes(), &self.file(), b"\r\n"].concat());
                }
                body.extend(b"--x--\r\n");
                if self.dice.chance(5) {
                    body.truncate(self.dice.roll(body.len()));
                }
                ("multipart/form-data; boundary=x".to_owned(), body)
            }
        }
    }

    fn header_lines(&mut self) -> String {
        const NAMES: &[&str] = &[
            "Accept",
            "Accept-Language",
            "Accept-Encoding",
            "Range",
            "If-Range",
            "If-None-Match",
            "If-Modified-Since",
            "Referer",
            "Origin",
            "User-Agent",
            "Authorization",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "X-Forwarded-Prefix",
            "Forwarded",
            "X-Gate-Peer",
            "Sec-Fetch-Site",
            "Cookie",
        ];
        const VALUES: &[&str] = &[
            "text/html",
            "application/json;q=0.5, */*;q=x",
            "image/png",
            "de-AT, de;q=0.9, *",
            "gzip, br;q=0",
            "identity;q=0, *;q=0",
            "bytes=0-1",
            "bytes=-1",
            "bytes=5-2",
            "bytes=0-0,2-3,-1",
            "bytes=99999999999999999999-",
            "*",
            "\"x\", W/\"y\"",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Bearer x",
            "Basic YTpi",
            "http://evil.example/",
            "null",
            "for=\"[::1]\";proto=https",
            "cross-site",
            "session=x; csrf_token=y; =; ;;",
            "session=",
            "fietsboek_locale=de; fietsboek_theme=dark",
            "https",
            "1.2.3.4, 5.6.7.8",
        ];
        let mut lines = String::new();
        for _ in 0..self.dice.roll(4) {
            let value = match self.dice.chance(80) {
                true => self.dice.pick(VALUES).to_owned(),
                false => self.value().chars().filter(|c| !c.is_control()).take(300).collect(),
            };
            let _ = write!(lines, "{}: {value}\r\n", self.dice.pick(NAMES));
        }
        lines
    }

    fn request(&mut self) -> Asked {
        let forms: Vec<Form> = self.forms.values().cloned().collect();
        let (form, pattern, mut method, mut target) = match self.dice.roll(10) {
            0..=3 => {
                let form = self.dice.choose(&forms).clone();
                let method = if form.is_post { "POST" } else { "GET" };
                let target = form.action.clone();
                (form, "", method, target)
            }
            4 => {
                let target = self.dice.choose(&self.links).clone();
                (Form::default(), "", "GET", target)
            }
            _ => {
                let route = self.dice.choose(ROUTES);
                let method = match route.verb {
                    Verb::Get => self.dice.pick(&["GET", "HEAD"]),
                    Verb::Post => "POST",
                    Verb::Any => self.dice.pick(METHODS),
                };
                let form = self.dice.choose(&forms).clone();
                (form, route.pattern, method, self.path(route.pattern))
            }
        };
        // An account that is gone ends the whole: that is tried once in a while.
        if (target.ends_with("/me/delete") || pattern == "/logout") && self.dice.chance(90) {
            target = "/me".to_owned();
        }
        if self.dice.chance(5) {
            method = self.dice.pick(METHODS);
        }
        if !target.contains('?') && self.dice.chance(if method == "POST" { 10 } else { 60 }) {
            target.push_str(&self.query(&form.fields));
        }
        let (jars, all) = (self.jars.len(), self.jars.clone());
        let empty = Jar::new();
        let jar = all.get(self.dice.roll(jars + 1)).copied().unwrap_or(&empty);
        let token = jar.get("csrf_token").cloned().unwrap_or_default();
        let mut head = String::new();
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            let _ = write!(head, "Cookie: {}\r\n", cookies.join("; "));
        }
        head.push_str(&self.header_lines());
        let mut body = Vec::new();
        if !matches!(method, "GET" | "HEAD") {
            let fields = self.fields(&form, &token);
            let (kind, content) = self.body(&fields, &form);
            let _ = write!(head, "Content-Type: {kind}\r\nContent-Length: {}\r\n", content.len());
            body = content;
        }
        Asked {
            method: method.to_owned(),
            target,
            head,
            body,
        }
    }
}

impl Asked {
    fn bytes(&self, base: &str) -> Vec<u8> {
        let host = base.trim_start_matches("http://");
        let (method, target) = (&self.method, &self.target);
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{}\r\n",
            self.head
        );
        [head.as_bytes(), &self.body].concat()
    }

    fn shown(&self) -> String {
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(3000)]);
        format!("{} {}\n{}\n{body:?}", self.method, self.target, self.head)
    }
}

/// What a visitor finds on the pages that everything else hangs on.
fn look_round(visitor: &mut Visitor<'_>, maker: &mut Maker<'_>) {
    for path in [
        "/",
        "/login",
        "/create-account",
        "/password-reset",
        "/resend-verification",
        "/me",
        "/me/zones",
        "/upload",
        "/track/",
        "/track/1",
        "/track/1/edit",
        "/track/6",
        "/track/6/edit",
        "/admin/",
        "/admin/badges/",
        "/user/1/",
        "/user/1/graphs",
        "/user/1/calendar/",
        "/badge/1",
    ] {
        let reply = visitor.get(path);
        let page = reply.text();
        harvest(&maker.base.clone(), &page, &mut maker.forms, &mut maker.links);
    }
}

/// What is an answer to anything.
fn is_sound(asked: &Asked, reply: &Reply) -> bool {
    let beyond = asked.target.starts_with("/tile/") && matches!(reply.status, 502..=504);
    (200..500).contains(&reply.status) || beyond
}

/// An instance that takes so many requests; nothing of it may be a fault of ours.
fn try_out(seed: u64, number: usize) {
    let site = Site::fixture();
    super::whole::db(&site)
        .execute("UPDATE users SET is_admin = 1 WHERE email = 'bob@example.org'", [])
        .unwrap();
    let server = Server::start(&site);
    let (mut alice, mut bob) = (
        Visitor::alice(&server),
        Visitor::log_in(&server, "bob@example.org", "bob-password-1"),
    );
    let mut maker = Maker {
        dice: Dice::new(seed),
        base: format!("http://{}", server.address()),
        forms: BTreeMap::new(),
        links: Vec::new(),
        jars: Vec::new(),
    };
    let reply = alice.upload(&[("ride.gpx", RIDE)]);
    let waiting = alice.location(&reply);
    alice.get(&waiting).status(200);
    for visitor in [&mut alice, &mut bob, &mut Visitor::back(&server, &Jar::new())] {
        look_round(visitor, &mut maker);
    }
    let page = alice.get(&waiting).text();
    harvest(&maker.base.clone(), &page, &mut maker.forms, &mut maker.links);
    assert!(maker.forms.len() > 15, "{:?}", maker.forms.keys());
    let (alice, bob) = (alice.leave(), bob.leave());
    maker.jars = vec![&alice, &bob, &alice];
    let db = super::whole::db(&site);
    db.busy_timeout(super::cmd::LIMIT).unwrap();
    db.execute_batch("CREATE TEMP TABLE kept AS SELECT * FROM users")
        .unwrap();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for at in 0..number {
        if at % REVIVAL == 0 {
            db.execute_batch("INSERT OR REPLACE INTO users SELECT * FROM kept")
                .unwrap();
        }
        let asked = maker.request();
        let raw = server.raw(&asked.bytes(&maker.base));
        let fault = |what: &str| {
            panic!(
                "seed {seed}, request {at}: {what}\n{}\n{}\n{}",
                asked.shown(),
                String::from_utf8_lossy(&raw[..raw.len().min(2000)]),
                server.log()
            )
        };
        let Some(reply) = Reply::read(&raw, &asked.method) else {
            fault("no whole answer")
        };
        if !is_sound(&asked, &reply) {
            fault("no sound answer");
        }
        *statuses.entry(reply.status).or_default() += 1;
        if reply.status == 200 && maker.dice.chance(10) {
            harvest(&maker.base.clone(), &reply.text(), &mut maker.forms, &mut maker.links);
        }
    }
    let log = server.log();
    assert!(!log.contains("panicked"), "seed {seed}\n{log}");
    println!("seed {seed}: {statuses:?}");
    // It reaches what it is about: pages, what follows a form, what may not be, what is not there.
    for status in [200, 302, 403, 404] {
        assert!(
            statuses.get(&status).copied().unwrap_or(0) > number / 100,
            "seed {seed}: {statuses:?}"
        );
    }
    drop(db);
    site.ctl(["maintenance-mode", "soon"]).run().code(0);
    for _ in 0..number / 10 {
        let asked = maker.request();
        let raw = server.raw(&asked.bytes(&maker.base));
        let status = Reply::read(&raw, &asked.method).map(|reply| reply.status);
        // What is malformed never reaches whoever looks at the flag.
        assert!(
            matches!(status, Some(503 | 400 | 431)),
            "seed {seed}: {status:?}\n{}",
            asked.shown()
        );
    }
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    assert_ne!(server.get("/").status, 503);
}

#[test]
fn ten_thousand_random_requests_meet_no_fault_of_ours() {
    let _turn = turn::beside();
    // `FUZZ_SEED=7 FUZZ_REQUESTS=100000 cargo test --test attack grammar` tries others, and more.
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seed = number("FUZZ_SEED").unwrap_or(SEED);
    let all = number("FUZZ_REQUESTS").map_or(ALL, |requests| requests as usize);
    let instances = all.div_ceil(OF_ONE);
    std::thread::scope(|scope| {
        for lane in 0..ABREAST {
            scope.spawn(move || {
                for instance in (lane..instances).step_by(ABREAST) {
                    try_out(seed + instance as u64, OF_ONE.min(all));
                }
            });
        }
    });
}
