"""A provider of map tiles, and a photo that knows where it was taken."""

import base64
import http.server
import socketserver
import struct
import threading
import zlib

DIGITS = ["757557", "262227", "717447", "717117", "557111", "747117", "747557", "711111", "757557", "757117"]


# A small picture of a hill.
HILL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4"
    "x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAk"
    "ADADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAUEAf/EACMQAAICAgECBwAAAAAAAAAAAAABAgMEIRIRYTJBQlFicaH/xAAYAQEAAw"
    "EAAAAAAAAAAAAAAAAAAQMEAv/EABsRAQACAwEBAAAAAAAAAAAAAAABAgMSMRET/9oADAMBAAIRAxEAPwDaADWyAAAAAACfZnyeq4pd3sz2W2We"
    "ObfbyKLZqxx1qo2ZdMPVyftHYrzKZ65cX8tEsFf3t6nVaTTSafVM6RoWTrfWEnH6NFefZHU4qf4yyuaJ6jVlABkdgAAAAD//2Q==")


def taken_at(lat, lon):
    """The hill as a camera writes it that knows where it is (degrees; north and east)."""
    entry = lambda tag, kind, count, value: struct.pack(">HHI", tag, kind, count) + value
    part = lambda degrees: struct.pack(">6I", int(degrees), 1, 0, 1, round(degrees % 1 * 3600 * 1000), 1000)
    gps = struct.pack(">H", 4) + entry(1, 2, 2, b"N\0\0\0") + entry(2, 5, 3, struct.pack(">I", 80)) + entry(3, 2, 2, b"E\0\0\0") \
        + entry(4, 5, 3, struct.pack(">I", 104)) + bytes(4)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + entry(0x8825, 4, 1, struct.pack(">I", 26)) + bytes(4) + gps + part(lat) + part(lon)
    return HILL[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + HILL[2:]


def tile(layer, z, x, y):
    """A numbered tile: 256 × 256, a field of its own shade, its zoom and place in figures."""
    over = layer in ("opensea", "hiking", "cycling")
    shade = 236 + 6 * ((x + y) % 2)
    ground = (shade, shade, shade - 8, 0 if over else 255)
    if layer == "satellite":
        ground = (52, 74 + 8 * ((x + y) % 2), 48, 255)
    rows = [[ground] * 256 for _ in range(256)]
    ink = (200, 60, 40, 255) if over else (150, 160, 150, 255)
    for at in range(256):
        rows[0][at] = rows[at][0] = ink
    if not over:
        for at in range(256):
            # Something like a road and a river.
            rows[at][(at * 3 // 5 + 40) % 256] = rows[at][(at * 3 // 5 + 41) % 256] = (240, 200, 120, 255)
            for wide in range(6):
                rows[(at // 4 + 120 + wide) % 256][at] = (170, 211, 223, 255)
    for line, number in enumerate([z, x, y]):
        for place, digit in enumerate(str(number)):
            for down, bits in enumerate(DIGITS[int(digit)]):
                for right in range(3):
                    if int(bits) >> (2 - right) & 1:
                        for dy in range(3):
                            for dx in range(3):
                                rows[20 + line * 24 + down * 3 + dy][20 + place * 14 + right * 3 + dx] = ink
    raw = b"".join(b"\0" + b"".join(bytes(point) for point in row) for row in rows)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 256, 256, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")


class Provider(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A provider of tiles on this machine; all that was asked for is kept."""
    daemon_threads = True

    def __init__(self):
        self.asked, self.made, self.fails = [], {}, False
        super().__init__(("127.0.0.1", 0), Answers)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.handle_error = lambda *_: None  # Who asks hangs up when they go on.
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        layer, *place = self.path.split("/")[1:]
        key = (layer, *map(int, place))
        if self.server.fails:
            return self.send_error(500)
        picture = self.server.made.get(key) or self.server.made.setdefault(key, tile(*key))
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        self.wfile.write(picture)
