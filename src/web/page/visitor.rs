//! What the tests of the pages stand on: a copy of the instance that Fietsboek 0.11 made, and a visitor
//! with a jar of cookies, who goes the whole way through the site without a socket.

use crate::config::Config;
use crate::instance::Instance;
use crate::model::user;
use crate::pages::Pages;
use crate::scratch::Scratch;
use crate::spool::Spool;
use crate::web::app::App;
use crate::web::csrf;
use crate::web::request::tests::request;
use crate::web::response::Body;
use crate::web::routes::{ERROR_PAGE, ROUTES};
use crate::web::session;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// A copy of the instance.
pub struct Site {
    dir: Scratch,
    pub app: App,
}

impl Site {
    pub fn new() -> Site {
        Site::with("")
    }

    /// One with more lines in its INI file.
    pub fn with(lines: &str) -> Site {
        Site::edited("[app:main]\n", &format!("[app:main]\n{lines}"))
    }

    /// One that lets nobody make an account.
    pub fn closed() -> Site {
        Site::edited(
            "enable_account_registration = true",
            "enable_account_registration = false",
        )
    }

    fn edited(from: &str, to: &str) -> Site {
        let dir = Scratch::new();
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fietsboek-0.11"),
            dir.path(),
        );
        let ini = dir.join("production.ini");
        let text = fs::read_to_string(&ini).unwrap();
        fs::write(&ini, text.replace(from, to)).unwrap();
        Site::open(dir)
    }

    /// Another one, as this one stands now.
    pub fn again(&self) -> Site {
        let dir = Scratch::in_memory();
        copy(self.dir.path(), dir.path());
        Site::open(dir)
    }

    fn open(dir: Scratch) -> Site {
        let config = Config::read(&dir.join("production.ini")).unwrap();
        let pages = Pages::read(&config.pages).unwrap();
        let app = App::new(Arc::new(Instance::new(config)), ROUTES, ERROR_PAGE).with_pages(pages);
        Site { dir, app }
    }

    /// Nobody in particular.
    pub fn stranger(&self) -> Visitor<'_> {
        let cookies = BTreeMap::from([(csrf::NAME.to_owned(), TOKEN.to_owned())]);
        Visitor {
            site: self,
            cookies,
            peer: "127.0.0.1",
        }
    }

    /// Who keeps no cookies, as programs do.
    pub fn without_cookies(&self) -> Visitor<'_> {
        Visitor {
            site: self,
            cookies: BTreeMap::new(),
            peer: "127.0.0.1",
        }
    }

    /// Somebody who is logged in; their password is hashed nowhere, which would take its time.
    pub fn logged_in(&self, email: &str) -> Visitor<'_> {
        let config = &self.app.instance.config;
        let db = crate::db::open(&config.database).unwrap();
        let identity = user::find_by_email(&db, email).unwrap().unwrap().identity();
        let now = crate::clock::now().unix_timestamp();
        let key = session::Key::new(&config.session_key);
        let mut session = session::Session::read(None, &key, now);
        session.set_identity(&identity);
        let mut visitor = self.stranger();
        visitor
            .cookies
            .insert(session::COOKIE.to_owned(), session.write(&key, now).unwrap().unwrap());
        visitor
    }
}

/// Waits until what was just written may be kept in memory: until then a change of it might not show.
pub fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(3100));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

const TOKEN: &str = "00112233445566778899aabbccddeeff";

/// Somebody with a browser that asks for English.
pub struct Visitor<'a> {
    site: &'a Site,
    cookies: BTreeMap<String, String>,
    peer: &'static str,
}

/// What they get.
pub struct Got {
    pub status: u16,
    pub location: String,
    pub media_type: String,
    /// Status line and header lines.
    pub head: String,
    pub bytes: Vec<u8>,
}

impl Got {
    /// The value of a header, empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let line = self
            .head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Visitor<'_> {
    /// The same one at that address.
    pub fn at(self, peer: &'static str) -> Self {
        Visitor { peer, ..self }
    }

    pub fn get(&mut self, target: &str) -> Got {
        self.ask("GET", target, &[], b"")
    }

    /// Sends a form with its token.
    pub fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Got {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair(csrf::NAME, TOKEN).extend_pairs(fields);
        let body = body.finish();
        self.ask(
            "POST",
            target,
            &[("Content-Type", "application/x-www-form-urlencoded")],
            body.as_bytes(),
        )
    }

    /// Sends files in the field `gpx`.
    pub fn send_files(&mut self, target: &str, files: &[(&str, &[u8])]) -> Got {
        let files: Vec<_> = files.iter().map(|(name, bytes)| ("gpx", *name, *bytes)).collect();
        self.send(target, &[], &files)
    }

    /// Sends fields and files (field, name, content) as a browser does.
    pub fn send(&mut self, target: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Got {
        let mut body = Vec::new();
        for (name, value) in [(csrf::NAME, TOKEN)].iter().chain(fields) {
            let part = format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (field, name, bytes) in files {
            let head = format!("--X\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--X--\r\n");
        self.ask(
            "POST",
            target,
            &[("Content-Type", "multipart/form-data; boundary=X")],
            &body,
        )
    }

    pub fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Got {
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let jar = jar.join("; ");
        let mut all = vec![("Cookie", jar.as_str()), ("Accept", "text/html")];
        all.extend_from_slice(headers);
        let mut asked = request(method, target, &all, "");
        asked.peer = self.peer.to_owned();
        asked.body = Spool::new(1 << 20);
        asked.body.append(body).unwrap();
        let entry = self.site.app.instance.enter().unwrap();
        let response = self.site.app.answer(entry, asked).complete();
        let head = String::from_utf8(response.head_bytes(None)).unwrap();
        for line in head.lines().filter_map(|line| line.strip_prefix("Set-Cookie: ")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let of = |name: &str| response.get_header(name).unwrap_or_default().to_owned();
        Got {
            status: response.status,
            location: of("Location").replace("http://site.example", ""),
            media_type: of("Content-Type"),
            head,
            bytes: match response.body {
                Body::Bytes(bytes) => bytes.into_owned(),
                Body::Spool(mut spool) => {
                    let mut bytes = Vec::new();
                    spool.read_to_end(&mut bytes).unwrap();
                    bytes
                }
            },
        }
    }
}
