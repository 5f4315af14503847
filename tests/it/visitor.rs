//! A visitor with a jar of cookies.

use std::collections::BTreeMap;

use super::server::{Reply, Server};

/// The type of a body whose parts are parted by `x`.
const MULTIPART: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=x");

/// A file as it is sent: field, name, content.
pub type Sent<'a> = (&'a str, &'a str, &'a [u8]);

/// The cookies of somebody, who may come back to another server.
pub type Jar = BTreeMap<String, String>;

/// Somebody with a browser.
pub struct Visitor<'a> {
    server: &'a Server<'a>,
    cookies: Jar,
    /// What the browser says of languages.
    pub language: &'static str,
    /// What it wants to have.
    pub accept: &'static str,
}

impl<'a> Visitor<'a> {
    /// Somebody who is logged in.
    pub fn log_in(server: &'a Server<'a>, email: &str, password: &str) -> Visitor<'a> {
        let mut visitor = Visitor::back(server, &Jar::new());
        visitor.get("/login").status(200);
        visitor
            .post("/login", &[("email", email), ("password", password)])
            .status(302);
        visitor
    }

    /// Somebody who comes back with their cookies.
    pub fn back(server: &'a Server<'a>, cookies: &Jar) -> Visitor<'a> {
        Visitor {
            server,
            cookies: cookies.clone(),
            language: "en",
            accept: "text/html",
        }
    }

    /// What they keep when they go.
    pub fn leave(self) -> Jar {
        self.cookies
    }

    /// Alice of the instance that Fietsboek 0.11 made.
    pub fn alice(server: &'a Server<'a>) -> Visitor<'a> {
        Visitor::log_in(server, "alice@example.org", "alice-password-1")
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    /// Sends a form with its token.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf_token", &self.token()).extend_pairs(fields);
        let head = [("Content-Type", "application/x-www-form-urlencoded")];
        self.ask("POST", path, &head, body.finish().as_bytes())
    }

    /// Sends files in the field `gpx`, with the token.
    pub fn upload(&mut self, files: &[(&str, &[u8])]) -> Reply {
        let files: Vec<Sent> = files.iter().map(|(name, content)| ("gpx", *name, *content)).collect();
        self.send("/upload", &[], &files).unwrap()
    }

    /// Sends a form with files, with its token; none when no answer comes.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)], files: &[Sent<'_>]) -> Option<Reply> {
        let mut body = part("name=\"csrf_token\"", self.token().as_bytes());
        for (name, value) in fields {
            body.extend(part(&format!("name=\"{name}\""), value.as_bytes()));
        }
        for (field, name, content) in files {
            body.extend(part(&format!("name=\"{field}\"; filename=\"{name}\""), content));
        }
        body.extend(b"--x--\r\n");
        self.try_ask("POST", path, &[MULTIPART], &body)
    }

    /// Sends a body that says of itself that its parts are parted by `x`.
    pub fn send_multipart(&mut self, path: &str, body: &[u8]) -> Reply {
        self.ask("POST", path, &[MULTIPART], body)
    }

    /// The token of the forms.
    pub fn token(&self) -> String {
        self.cookies["csrf_token"].clone()
    }

    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = self.try_ask(method, path, headers, body);
        reply.unwrap_or_else(|| panic!("no answer to {method} {path}\n{}", self.server.show()))
    }

    fn try_ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
        let jar = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let jar = jar.collect::<Vec<_>>().join("; ");
        let mut all = vec![("Accept", self.accept), ("Accept-Language", self.language)];
        if !jar.is_empty() {
            all.push(("Cookie", &jar));
        }
        all.extend(headers);
        let reply = self.server.try_ask(method, path, &all, body)?;
        for cookie in reply.header_all("Set-Cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Some(reply)
    }

    /// Where a redirect leads, below the site.
    pub fn location(&self, reply: &Reply) -> String {
        let url = reply.status(302).header("Location").unwrap();
        let base = format!("http://{}", self.server.address());
        url.strip_prefix(&base).unwrap_or(url).to_owned()
    }
}

fn part(disposition: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}
