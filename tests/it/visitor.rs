//! A visitor with a jar of cookies.

use std::collections::BTreeMap;

use super::server::{Reply, Server};

/// Somebody with a browser.
pub struct Visitor<'a> {
    server: &'a Server<'a>,
    cookies: BTreeMap<String, String>,
    /// What the browser says of languages.
    pub language: &'static str,
    /// What it wants to have.
    pub accept: &'static str,
}

impl<'a> Visitor<'a> {
    /// Somebody who is logged in.
    pub fn log_in(server: &'a Server<'a>, email: &str, password: &str) -> Visitor<'a> {
        let mut visitor = Visitor {
            server,
            cookies: BTreeMap::new(),
            language: "en",
            accept: "text/html",
        };
        visitor.get("/login").status(200);
        visitor
            .post("/login", &[("email", email), ("password", password)])
            .status(302);
        visitor
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
        let mut body = part("name=\"csrf_token\"", self.token().as_bytes());
        for (name, content) in files {
            body.extend(part(&format!("name=\"gpx\"; filename=\"{name}\""), content));
        }
        body.extend(b"--x--\r\n");
        self.send_multipart("/upload", &body)
    }

    /// Sends a body that says of itself that its parts are parted by `x`.
    pub fn send_multipart(&mut self, path: &str, body: &[u8]) -> Reply {
        self.ask(
            "POST",
            path,
            &[("Content-Type", "multipart/form-data; boundary=x")],
            body,
        )
    }

    /// The token of the forms.
    pub fn token(&self) -> String {
        self.cookies["csrf_token"].clone()
    }

    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let jar = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let jar = jar.collect::<Vec<_>>().join("; ");
        let mut all = vec![("Accept", self.accept), ("Accept-Language", self.language)];
        if !jar.is_empty() {
            all.push(("Cookie", &jar));
        }
        all.extend(headers);
        let reply = self.server.ask(method, path, &all, body);
        for cookie in reply.header_all("Set-Cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
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
