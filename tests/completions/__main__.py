"""What each shell offers at the end of a line, compared with what the tables say."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

WORK = sys.argv[1]
CTL = subprocess.run(["fietsctl", "--help"], capture_output=True, text=True, check=True).stdout
VERBS = {words[0] for line in re.findall(r"^  ([a-z][a-z -]*?)  ", CTL, re.M) if (words := line.split())}
UPDATES = "initial v0.4.0 30ppwg8zi4ujb46f lu8w3rwlz4ddcpms v0.5.0 v0.6.0 v0.7.0 v0.8.0 v0.9.0 v0.10.0 v0.11.0"
# A line, and what is offered behind it: exactly this.
CASES = {
    "fietsboek ": "serve ctl cron update",
    "fietsboek --l": "--list",
    "fietsctl ": " ".join(VERBS),
    "fietsctl maint": "maintenance-mode",
    "fietsctl -c site.ini maint": "maintenance-mode",
    "fietsctl user ": "add del hittekaart list modify passwd",
    "fietsctl -c site.ini user mo": "modify",
    "fietsboek ctl user mo": "modify",
    "fietsboek fietsctl user mo": "modify",
    "fietsctl user add --pass": "--password --password-stdin",
    "fietsctl user modify --no": "--no-admin --no-verified",
    "fietsctl user hittekaart --mode ": "heatmap tilehunter",
    "fietsctl user hittekaart --mode=t": "tilehunter",
    "fietsboek ctl user hittekaart -i 7 --mode heatmap --mode t": "tilehunter",
    "fietsctl user add --name ": "",
    "fietsctl user add --name user -": "--admin --config --email --help --name --password --password-stdin --quiet "
    "--verbose --version -c -h -q -v",
    "fietsctl completions ": "bash zsh fish",
    "fietsctl completions bash ": "",
    "fietsctl maintenance-mode ": "",
    "fietsctl maintenance-mode --di": "--disable",
    "fietsctl maintenance-mode -- --di": "",
    "fietsctl init fo": "folder",
    "fietsctl -c sit": "site.ini sites here.ini",
    "fietsctl --config=sit": "site.ini sites here.ini",
    "fietsctl --config=a:": "a:b.ini",
    "fietscron --config sit": "site.ini sites here.ini",
    "fietscron -c site.ini --ver": "--verbose --version",
    "fietscron ": "",
    "fietsboek cron -c site.ini --q": "--quiet",
    "fietsboek-serve sit": "site.ini sites here.ini",
    "fietsboek serve sit": "site.ini sites here.ini",
    "fietsupdate ": "status update downgrade help",
    "fietsupdate downgrade ": UPDATES,
    "fietsupdate update v0.1": "v0.10.0 v0.11.0",
    "fietsupdate help ": "status update downgrade help",
    "./bin/../fietsctl ver": "version",
}


class Shell:
    """A shell on a terminal of its own, in which a key puts all that is offered into the line."""

    def __init__(self, command, setup):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", COLUMNS="4000", LC_ALL="C.UTF-8")
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 4000, 0, 0))
        self.send(setup + "\n" + "echo REA''DY\n")
        self.read_until("READY\r\n")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, end):
        said, began = "", time.monotonic()
        while end not in said:
            if not select.select([self.terminal], [], [], 20)[0] or time.monotonic() - began > 30:
                raise SystemExit(f"FAILED: no {end!r} in {said!r}")
            said += os.read(self.terminal, 65536).decode(errors="replace")
        return said

    def offers(self, line, key):
        """The line with all that is offered, as the shell understands it: word by word."""
        # The line is completed, then made an argument of a command that prints it.
        self.send(line + key + "\x01show \x05\n")
        said = self.read_until("SHOWN\r\n")
        return re.findall(r"<(.*?)>", said[said.rindex("SHOWING") :])

    def close(self):
        os.write(self.terminal, b"exit\n")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


SHOW = "show() { echo SHOW''ING; printf '<%s>\\n' \"$@\"; echo SHO''WN; }"


def bash():
    shell = Shell(
        ["bash", "--norc", "--noprofile", "-i"],
        f"PS1=; bind 'set enable-bracketed-paste off'; bind '\"\\C-t\": insert-completions'; {SHOW}; . {WORK}/bash",
    )
    yield from (lambda line: strip(shell.offers(line, "\x14"), line),)
    shell.close()


def zsh():
    shell = Shell(
        ["zsh", "-f", "-i"],
        f"PS1=; unsetopt zle_bracketed_paste prompt_sp; fpath=({WORK}/functions $fpath); autoload -U compinit; "
        f"compinit -u -d {WORK}/dump; zle -C every complete-word _generic; "
        "zstyle ':completion:every:*' completer _all_matches _complete; zstyle ':completion:every:*' insert true; "
        f"bindkey -e; bindkey '^T' every; {SHOW}",
    )
    yield from (lambda line: strip(shell.offers(line, "\x14"), line),)
    shell.close()


def strip(words, line):
    """What was offered alone, without the line before it."""
    typed = line.split(" ")
    before, last = typed[:-1], typed[-1]
    rest = words[len(before) :]
    # Behind an equals sign the beginning stays.
    option = last.partition("=")[0] + "=" if "=" in last else ""
    rest = [word.removeprefix(option) for word in rest]
    return [] if rest in ([last], [last.removeprefix(option)]) else rest


def fish():
    def offers(line):
        command = f"source {WORK}/fish; complete -C {quote(line)}"
        said = subprocess.run(["fish", "--no-config", "-c", command], capture_output=True, text=True, timeout=60)
        assert not said.stderr, said.stderr
        option = line.split(" ")[-1].partition("=")[0] + "=" if "=" in line.split(" ")[-1] else ""
        return [row.split("\t")[0].removeprefix(option).replace("\\ ", " ").replace("\\:", ":") for row in said.stdout.splitlines()]

    yield offers


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def expected(text):
    return set(re.findall(r"sites here\.ini|\S+", text))


def fits(shell, line, got, wanted):
    got = {word.rstrip("/") for word in got}
    # fish takes what is behind the equals sign apart at the colon, whatever the script says.
    if shell is fish and line.endswith("=a:"):
        return "a:a:b.ini" in got
    # Where no word may follow, zsh offers the options without being asked for them.
    if shell is zsh and not wanted and line.endswith(" "):
        return all(word.startswith("-") for word in got)
    return got == wanted


def main():
    passed = failed = 0
    for shell in (bash, zsh, fish):
        for offers in shell():
            for line, text in CASES.items():
                got = offers(line)
                if fits(shell, line, got, expected(text)):
                    passed += 1
                else:
                    failed += 1
                    print(f"FAILED: {shell.__name__}: {line!r}: {got} instead of {sorted(expected(text))}")
    print(f"{passed} passed, {failed} failed")
    return failed


sys.exit(1 if main() else 0)
