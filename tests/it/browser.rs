//! A visitor over the wire: a jar of cookies and the forms of the site, across any number of servers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read, Write};

use super::server::{Reply, Server};

/// Somebody with a browser.
pub struct Browser {
    jar: RefCell<BTreeMap<String, String>>,
}

/// A field with the name and content of a file.
pub type Sent<'a> = (&'a str, &'a str, &'a [u8]);

impl Browser {
    /// Logs somebody in.
    pub fn log_in(server: &Server<'_>, email: &str, password: &str) -> Browser {
        let browser = Browser {
            jar: RefCell::default(),
        };
        browser.get(server, "/login").status(200);
        let fields = [("email", email), ("password", password)];
        browser.post(server, "/login", &fields, &[]).unwrap().status(302);
        browser
    }

    /// Alice of the instance that Fietsboek 0.11 made.
    pub fn alice(server: &Server<'_>) -> Browser {
        Browser::log_in(server, "alice@example.org", "alice-password-1")
    }

    /// A page.
    pub fn get(&self, server: &Server<'_>, path: &str) -> Reply {
        let reply = server.ask(
            "GET",
            path,
            &[("Cookie", &self.cookies()), ("Accept", "text/html")],
            b"",
        );
        self.keep(&reply);
        reply
    }

    /// Sends a form with its token, as a browser does; none when no answer comes.
    pub fn post(&self, server: &Server<'_>, path: &str, fields: &[(&str, &str)], files: &[Sent<'_>]) -> Option<Reply> {
        let token = self.jar.borrow().get("csrf_token").cloned().unwrap_or_default();
        let body = multipart(&[&[("csrf_token", token.as_str())], fields].concat(), files);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: text/html\r\nCookie: {}\r\n\
             Content-Type: multipart/form-data; boundary=XyZ\r\nContent-Length: {}\r\n\r\n",
            server.address(),
            self.cookies(),
            body.len()
        );
        let mut connection = server.connect();
        // A server that dies in the middle breaks the connection.
        let _ = connection.write_all(&[head.as_bytes(), &body].concat());
        let mut raw = Vec::new();
        let _ = connection.read_to_end(&mut raw);
        let reply = Reply::read(&raw, "POST")?;
        self.keep(&reply);
        Some(reply)
    }

    fn cookies(&self) -> String {
        let jar = self.jar.borrow();
        let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&self, reply: &Reply) {
        for line in reply.header_all("Set-Cookie") {
            if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn multipart(fields: &[(&str, &str)], files: &[Sent<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (field, name, content) in files {
        let head = format!("--XyZ\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XyZ--\r\n");
    body
}
