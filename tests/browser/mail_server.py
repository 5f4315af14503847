"""A mail server on loopback that keeps what it gets: as much of SMTP as one sender needs (RFC 5321)."""

import email
import email.policy
import socketserver
import threading

from driver import wait_for
from report import check


class Mailbox:
    """Serves from the start of the block to its end."""

    def __enter__(self):
        self.mails, self.turn = [], threading.Lock()
        mailbox = self

        class Talk(socketserver.StreamRequestHandler):
            timeout = 30

            def handle(self):
                mailbox.talk(self.rfile, lambda line: self.wfile.write(line.encode() + b"\r\n"))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def talk(self, lines, say):
        say("220 here")
        recipients = []
        for line in lines:
            command = line.decode().strip()
            verb = command[:4].upper()
            if verb == "QUIT":
                return say("221 bye")
            if verb == "DATA":
                say("354 go on")
                self.keep(recipients, lines)
                recipients = []
            elif verb == "RCPT":
                recipients.append(command.partition("<")[2].partition(">")[0])
            elif verb not in ("EHLO", "HELO", "MAIL", "RSET", "NOOP"):
                say("502 not here")
                continue
            say("250 done")

    def keep(self, recipients, lines):
        content = []
        for line in lines:
            if line == b".\r\n":
                break
            content.append(line.removeprefix(b"."))
        mail = email.message_from_bytes(b"".join(content), policy=email.policy.default)
        with self.turn:
            self.mails += [(recipient, mail) for recipient in recipients]

    def to(self, address):
        with self.turn:
            return [mail for recipient, mail in self.mails if recipient == address]

    def link(self, address, subject):
        """The link in the one mail of that subject that the address got, which is waited for."""
        found = lambda: [mail for mail in self.to(address) if mail["Subject"] == subject]
        there = wait_for(found)
        check(f"{address} gets “{subject}”, once", there and len(found()) == 1, [str(mail) for mail in self.to(address)])
        text = found()[0].get_content()
        return next(line.strip() for line in text.splitlines() if "/token/" in line)
