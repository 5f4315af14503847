//! What tests of tiles ask: a tile server on this machine, which does what the path says.

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The smallest thing that is a GIF by its first bytes.
pub const PICTURE: &[u8] = b"GIF89a and so on";

/// The colour of the tiles of `map`.
pub const GROUND: [u8; 3] = [10, 120, 60];

/// A tile server; it ends with the process.
pub struct TileServer {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl TileServer {
    pub fn new() -> TileServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::default();
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || serve(&stream, &seen));
            }
        });
        TileServer { url, heads }
    }

    /// The line of the INI file for a layer `id` whose tiles do what `what` says.
    pub fn layer(&self, id: &str, what: &str) -> String {
        let key = format!("fietsboek.tile_layer.{id}");
        format!("{key} = {id}\n{key}.url = {}/{what}/{{z}}/{{x}}/{{y}}\n", self.url)
    }

    /// The heads of all requests for tiles that do so.
    pub fn heads(&self, what: &str) -> Vec<String> {
        let begin = format!("GET /{what}/");
        let heads = self.heads.lock().unwrap();
        heads.iter().filter(|head| head.starts_with(&begin)).cloned().collect()
    }
}

fn serve(stream: &TcpStream, seen: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        seen.lock().unwrap().push(head.clone());
        let what = head.split('/').nth(1).unwrap_or_default();
        if respond(what, &head, stream).is_none() {
            return;
        }
    }
}

/// None: the connection ends.
fn respond(what: &str, head: &str, mut stream: &TcpStream) -> Option<()> {
    let has_tag = head.to_ascii_lowercase().contains("if-none-match: \"t\"");
    let mut send = |status: &str, headers: &str, body: &[u8], length: usize| {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
        stream.write_all(&[head.as_bytes(), body].concat()).ok()
    };
    let whole = PICTURE.len();
    match what {
        "good" | "one" => send("200 OK", "Content-Type: image/png\r\n", PICTURE, whole),
        "map" => {
            let tile = map_tile();
            send("200 OK", "", &tile, tile.len())
        }
        "tag" if has_tag => send("304 Not Modified", "ETag: \"t\"\r\n", b"", 0),
        "tag" => send("200 OK", "ETag: \"t\"\r\n", PICTURE, whole),
        "html" => send("200 OK", "Content-Type: image/png\r\n", b"<html>no</html>", 15),
        "missing" => send("404 Not Found", "", b"", 0),
        "failing" => send("500 Internal Server Error", "", b"", 0),
        "huge" => {
            let body = [PICTURE, &vec![0; 3 << 20]].concat();
            send("200 OK", "", &body, body.len())
        }
        "endless" => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nGIF89a")
                .ok()?;
            while stream.write_all(&[0; 1 << 16]).is_ok() {}
            None
        }
        "short" => {
            send("200 OK", "", PICTURE, whole + 100)?;
            None
        }
        "home" => send("302 Found", "Location: /good/0/0/0\r\n", b"", 0),
        "away" => {
            let port = head
                .split("host: 127.0.0.1:")
                .nth(1)
                .or(head.split("Host: 127.0.0.1:").nth(1))?;
            let port = port.split('\r').next()?;
            send(
                "302 Found",
                &format!("Location: http://localhost:{port}/good/0/0/0\r\n"),
                b"",
                0,
            )
        }
        "round" => send("302 Found", "Location: /round/0/0/0\r\n", b"", 0),
        "lazy" => {
            thread::sleep(Duration::from_millis(300));
            send("200 OK", "", PICTURE, whole)
        }
        "drip" => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")
                .ok()?;
            for _ in 0..94 {
                thread::sleep(Duration::from_millis(100));
                stream.write_all(b".").ok()?;
            }
            None
        }
        "hangup" => None,
        // As if it were dead: until the client hangs up.
        _ => {
            let _ = stream.read(&mut [0]);
            None
        }
    }
}

/// A whole tile, all of one colour.
fn map_tile() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    let tile = image::RgbImage::from_pixel(256, 256, image::Rgb(GROUND));
    tile.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}
