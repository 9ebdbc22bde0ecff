"""Somebody at a terminal: runs `rds-guard exec` there and types. Ends with 1 and says what was seen where it was not
as it should be."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

LISTENER = r"""
import os, signal, socket, sys
def heard(number, frame):
    os.write(1, b"heard %d\n" % number)
for one in (2, 28): signal.signal(one, heard)
os.write(1, b"ready\n")
for line in sys.stdin:
    if line.strip() == "proxy":
        host, port = os.environ["HTTPS_PROXY"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))): os.write(1, b"the proxy is up\n")
    if line.strip() == "end": break
sys.exit(5)
"""


class Terminal:
    def __init__(self, *command):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="$ ", TERM="dumb", BASH_SILENCE_DEPRECATION_WARNING="1")
            os.execvp(command[0], command)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, text, times=1):
        """Reads on until the text has been seen so often."""
        end = time.monotonic() + 30
        while self.seen.count(text) < times:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                sys.exit(f"no `{text}` ({times} times) in 30 s; seen:\n{self.seen}")
            try:
                more = os.read(self.fd, 4096)
            except OSError:
                more = b""
            if not more:
                sys.exit(f"ended before `{text}` ({times} times); seen:\n{self.seen}")
            self.seen += more.decode()

    def type_until(self, line, text, times=1):
        """Types a line again and again until it has come back: a shell that hands the terminal over may swallow one."""
        end = time.monotonic() + 30
        while self.seen.count(text) < times:
            assert time.monotonic() < end, f"no `{text}` ({times} times) in 30 s; seen:\n{self.seen}"
            self.type(line + "\n")
            while self.seen.count(text) < times and select.select([self.fd], [], [], 0.5)[0]:
                self.seen += os.read(self.fd, 4096).decode()

    def end(self, code):
        try:
            while more := os.read(self.fd, 4096):
                self.seen += more.decode()
        except OSError:
            pass
        _, status = os.waitpid(self.pid, 0)
        ended = os.waitstatus_to_exitcode(status)
        assert ended == code, f"ended with {ended}, not {code}; seen:\n{self.seen}"


def interrupt(guard):
    terminal = Terminal(guard, "exec", "--", sys.executable, "-c", LISTENER)
    terminal.wait_for("ready")
    for times in (1, 2):
        terminal.type("\x03")
        terminal.wait_for("heard 2", times)
    terminal.type("proxy\n")
    terminal.wait_for("the proxy is up")
    terminal.type("end\n")
    terminal.end(5)
    assert terminal.seen.count("heard 2") == 2, terminal.seen


def resize(guard):
    terminal = Terminal(guard, "exec", "--", sys.executable, "-c", LISTENER)
    terminal.wait_for("ready")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 90, 0, 0))
    terminal.wait_for("heard 28")
    terminal.type("end\n")
    terminal.end(5)
    assert terminal.seen.count("heard 28") == 1, terminal.seen


def suspend(guard):
    terminal = Terminal("bash", "--norc", "--noprofile", "-i")
    terminal.type(f"{guard} exec -- sh -c 'echo up $((40 + 2)); exec cat'\n")
    terminal.wait_for("up 42")
    terminal.type_until("one", "one", 2)
    terminal.type("\x1a")
    terminal.wait_for("Stopped")
    terminal.type_until("echo in the $((40 + 2)) shell", "in the 42 shell")
    terminal.type("fg\n")
    terminal.type_until("two", "two", 2)
    terminal.type("\x04")
    terminal.type_until("echo code $?", "code 0")
    terminal.type("exit 0\n")
    terminal.end(0)


def shell(guard):
    terminal = Terminal(guard, "exec", "--", "bash", "--norc", "--noprofile", "-i")
    terminal.wait_for("$ ")
    terminal.type("cat\n")
    terminal.type_until("inner", "inner", 2)
    terminal.type("\x1a")
    terminal.wait_for("Stopped")
    terminal.type_until("jobs", "Stopped", 2)
    terminal.type("fg\n")
    terminal.type_until("outer", "outer", 2)
    terminal.type("\x03")
    terminal.type_until("echo up at $HTTPS_PROXY", "up at http://127.0.0.1:")
    terminal.type("exit 9\n")
    terminal.end(9)
    assert "no job control" not in terminal.seen, terminal.seen


def summary(guard):
    terminal = Terminal(guard, "exec", "--", "true")
    terminal.end(0)
    assert "rds-guard: no RDS API call came by" in terminal.seen, terminal.seen


globals()[sys.argv[2]](sys.argv[1])
