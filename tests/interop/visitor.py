"""A visitor: cookies, forms and files over HTTP, as a browser without scripts has them."""

import http.client
import html.parser
import time
import urllib.parse

BOUNDARY = "----8f14e45fceea167a5a36dedd4bea2543"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def location(self):
        """Path and query that a redirect leads to."""
        parts = urllib.parse.urlsplit(self.headers.get("Location") or "")
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def __repr__(self):
        return f"{self.status} {self.location} {self.text[:600]!r}"


class Visitor:
    def __init__(self, port, name="a stranger"):
        self.port, self.name, self.cookies = port, name, {}
        self.connection = None

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None, headers=None):
        """One request; a connection that the other side closed in between is opened again."""
        headers = {"Accept": "text/html"} | (headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for last in (False, True):
            try:
                if self.connection is None:
                    self.connection = self.connect()
                self.connection.request(method, urllib.parse.quote(path, safe="/?&=%[]"), body, headers)
                got = self.connection.getresponse()
                content = got.read()
                break
            except (ConnectionError, http.client.HTTPException):
                self.connection = None
                if last:
                    raise
        for cookie in got.headers.get_all("Set-Cookie") or []:
            self.keep(cookie)
        return Answer(got.status, got.headers, content)

    def keep(self, cookie):
        pair, *attributes = cookie.split(";")
        name, _, value = pair.strip().partition("=")
        if any(attribute.strip().lower() == "max-age=0" for attribute in attributes):
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def get(self, path, **headers):
        return self.ask("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, fields=(), files=(), accept="text/html"):
        """A form with its token: multipart when there are files, `(field, file name, bytes)`."""
        if "csrf_token" not in self.cookies:
            self.get("/login")
        fields = [pair for pair in fields if pair[0] != "csrf_token"]
        fields.append(("csrf_token", self.cookies.get("csrf_token", "")))
        if files:
            body, kind = multipart(fields, files), f"multipart/form-data; boundary={BOUNDARY}"
        else:
            body, kind = urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded"
        return self.ask("POST", path, body, {"Content-Type": kind, "Accept": accept})

    def log_in(self, email, password, remember=False):
        fields = [("email", email), ("password", password)]
        return self.post("/login", fields + [("remember-me", "on")] * remember)

    def only(self, *names):
        """The same visitor with only these of the cookies, as after closing the browser."""
        other = Visitor(self.port, self.name)
        other.cookies = {name: self.cookies[name] for name in names if name in self.cookies}
        return other

    def is_known(self):
        """Whether the site knows who this is: the upload page is for those alone."""
        return self.get("/upload").status == 200

    def form(self, path, action=None):
        """The fields of a form on a page as they stand there: the one that leads to `action`."""
        page = self.get(path)
        found = Forms(page.text).leading_to(path if action is None else action, path)
        if page.status != 200 or found is None:
            raise AssertionError(f"no form on {path} for {self.name}: {page!r}")
        return found


def multipart(fields, files):
    parts = []
    for name, value in fields:
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    for name, file, content in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content)
    edge = f"--{BOUNDARY}".encode()
    return b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n"


def with_values(fields, values):
    """A form's fields with some of them written anew; a list stands for several of one name."""
    kept = [pair for pair in fields if pair[0] not in values]
    for name, value in values.items():
        kept += [(name, one) for one in (value if isinstance(value, list) else [value])]
    return kept


class Forms(html.parser.HTMLParser):
    """What a browser would send of each form of a page."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.templates = [], 0
        self.area = self.choice = None
        self.feed(text)

    def leading_to(self, action, page):
        for target, fields in self.forms:
            if urllib.parse.urlsplit(target).path.rstrip("?") == action or (not target and action == page):
                return fields

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "template":
            self.templates += 1
        if tag == "form":
            self.forms.append((has.get("action") or "", []))
        if self.templates or not self.forms or "disabled" in has:
            return
        fields, name = self.forms[-1][1], has.get("name")
        if tag == "textarea":
            self.area = (name, [])
        elif tag == "select":
            self.choice = (name, [])
        elif tag == "option" and self.choice:
            self.choice[1].append((has.get("value") or "", "selected" in has))
        elif tag == "input" and name:
            kind = has.get("type", "text")
            if kind in ("checkbox", "radio"):
                fields += [(name, has.get("value", "on"))] if "checked" in has else []
            elif kind not in ("file", "submit", "button", "image", "reset"):
                fields.append((name, has.get("value") or ""))

    def handle_data(self, text):
        if self.area:
            self.area[1].append(text)

    def handle_endtag(self, tag):
        if tag == "template":
            self.templates -= 1
        elif tag == "textarea" and self.area:
            name, text = self.area[0], "".join(self.area[1])
            self.area = None
            if name:
                self.forms[-1][1].append((name, text.removeprefix("\n")))
        elif tag == "select" and self.choice:
            name, options = self.choice
            self.choice = None
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            if name:
                self.forms[-1][1].extend((name, value) for value in chosen)


def wait_for(port, alive, seconds=30, pause=0.05):
    """Until something answers on the port, asked after every pause (s); false when it died or took too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/login")
            connection.getresponse()
            return True
        except OSError:
            time.sleep(pause)
    return False
