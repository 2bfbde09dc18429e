"""What cases against the real program share: a place to work in, servers with any settings,
connections whose bytes we choose, a bystander who measures, and a mail server that refuses.

The servers, clients and merchants are those of the fault campaign.
"""
import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import os
import pathlib
import re
import select
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "faults/campaign"))

from client import Answer, Client, Gone, Tally
from facts import Facts
from merchant import PASSWORD, PORTAL, Merchant, beginning
from server import Programs, Server, copy_tree

LIVE_SECONDS = 30


class Failed(Exception):
    """Something else was seen than what has to be."""


def check(holds, otherwise):
    if not holds:
        raise Failed(otherwise)


def until(holds, seconds, pause=0.02):
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def at_once(count, function):
    """What the function answers to each number, all at the same time."""
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        return list(threads.map(function, range(count)))


def timed(function, *arguments):
    """The answer, and how many milliseconds it took."""
    began = time.monotonic()
    answer = function(*arguments)
    return answer, (time.monotonic() - began) * 1_000


class Place(Programs):
    """A folder of its own for one case, with everything that it starts there."""

    def __init__(self, greffe, replay):
        super().__init__(greffe, replay, tempfile.mkdtemp(prefix="greffe-hostile-"))
        self.made = 0
        self.wires = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for wire in self.wires:
            wire.close()
        self.kill_all()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def new_path(self, name):
        self.made += 1
        return self.scratch / f"{name}-{self.made}"

    def start(self, *options, seconds=20, **how):
        """A server that is ready."""
        return Running(self, *options, **how).wait_until_ready(seconds)

    def wire(self, server, first=b""):
        self.wires.append(Wire(server, first))
        return self.wires[-1]


class Running(Server):
    """A server with any settings. What is not named here goes to `subprocess.Popen`."""

    def __init__(self, place, *options, directory=None, development=True, is_named=True,
                 wrapper=(), environment=None, **how):
        place.servers.append(self)
        self.stdout, self.stderr = (place.logs / f"{len(place.servers)}.{end}"
                                    for end in ("out", "err"))
        self.directory = pathlib.Path(directory or place.new_path("data"))
        self.address = ("127.0.0.1", free_port())
        self.url = "http://%s:%d" % self.address
        command = [*wrapper, place.greffe, "--directory", str(self.directory),
                   "--listen", self.url.removeprefix("http://"), *options]
        command += ["--public-url", self.url] if is_named else []
        command += ["--development"] if development else []
        with open(self.stdout, "wb") as out, open(self.stderr, "wb") as err:
            how = {"stdout": out, "stderr": err, "stdin": subprocess.DEVNULL} | how
            self.process = subprocess.Popen(command, start_new_session=True,
                                            env=surroundings(environment or {}), **how)

    def client(self, patience=15.0, **headers):
        return Visitor(self.url, patience, headers)

    def ready(self, **headers):
        """What /readyz says: the status, and its body."""
        answer = self.client(5, **headers).call("GET", "/readyz")
        return answer.status, answer.json()

    def records(self):
        return self.ready()[1]["records"]

    def megabytes(self):
        """The memory that it holds."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def printed(self):
        return self.stdout.read_text(errors="replace")

    def log(self):
        return self.stderr.read_text(errors="replace")


def surroundings(more):
    """No setting of whoever runs this, and no limits where a case does not set them."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("GREFFE_")}
    return {**usual, "GREFFE_REQUESTS_PER_MINUTE": "100000000", "GREFFE_LOG": "warn", **more}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Visitor(Client):
    """A client with headers of its own, such as those of a proxy."""

    def __init__(self, url, patience, headers):
        super().__init__(url, patience)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def _exchange(self, method, path, data, headers):
        return super()._exchange(method, path, data, {**headers, **self.headers})

    def send(self, path, data, **headers):
        """Posts these very bytes."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            return self._exchange("POST", path, data, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Gone(f"POST {path}: {error or type(error).__name__}") from None


def register(server, email, password=PASSWORD, **headers):
    body = {"email": email, "password": password, "language": "fr"}
    return server.client(**headers).call("POST", f"{PORTAL}/registrations", body)


def sign_in(server, email, password=PASSWORD, **headers):
    body = {"email": email, "password": password}
    return server.client(**headers).call("POST", f"{PORTAL}/sessions", body)


def merchants(server, count=1, plan=lambda _: beginning(), **headers):
    """People who are signed in, and have gone as far as the plan says."""
    client, tally = server.client(**headers), Tally()
    people = [Merchant(Facts(), tally, number, plan) for number in range(1, count + 1)]
    end = time.monotonic() + LIVE_SECONDS
    for merchant in people:
        while not merchant.is_over and time.monotonic() < end:
            merchant.go_on(client)
        check(merchant.token and not tally.given_up,
              f"a merchant cannot sign up: {tally.most()} {dict(tally.given_up)}")
    return people


class Wire:
    """A connection whose bytes we choose."""

    def __init__(self, server, first=b""):
        self.socket = socket.create_connection(server.address, timeout=5)
        self.send(first)

    def send(self, content):
        self.socket.sendall(content)

    def drip(self, byte, every, seconds):
        """Sends that byte every so often, until the server says or closes something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.socket], [], [], every)[0]:
                return
            try:
                self.send(byte)
            except OSError:
                return

    def answer(self, seconds):
        """The next answer, or nothing if none comes."""
        self.socket.settimeout(seconds)
        response = http.client.HTTPResponse(self.socket)
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        except (OSError, http.client.HTTPException):
            return None

    def closes_within(self, seconds):
        """Whether the server ends the connection. Whatever it says before is passed over."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if not self.socket.recv(65_536):
                    return True
            except TimeoutError:
                return False
            except ConnectionError:
                return True
        return False

    def close(self):
        self.socket.close()


def head(method, path, **headers):
    """The first bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


class Bystander:
    """A well-behaved client that asks again and again meanwhile."""

    def __init__(self, server, path="/healthz", token=None):
        self.client, self.path, self.token = server.client(60), path, token
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)
        #: In milliseconds.
        self.slowest = 0
        self.answers = 0
        self.refused = None
        self.asked_at = None

    def __enter__(self):
        self.thread.start()
        check(until(lambda: self.answers > 10, 5), "there is no answer before anything happens")
        self.slowest = 0
        return self

    def __exit__(self, *_):
        self.is_ending.set()
        self.thread.join(timeout=1)
        if self.thread.is_alive():
            # Still waiting: it is that slow at least.
            self.slowest = max(self.slowest, (time.monotonic() - self.asked_at) * 1_000)

    def _ask(self):
        while not self.is_ending.wait(0.005):
            self.asked_at = time.monotonic()
            try:
                status = self.client.call("GET", self.path, token=self.token).status
            except Gone as reason:
                status = str(reason)
            self.slowest = max(self.slowest, (time.monotonic() - self.asked_at) * 1_000)
            self.answers += 1
            self.refused = self.refused or (None if status == 200 else status)

    def was_not_held_up(self, milliseconds):
        check(self.refused is None, f"others were answered {self.refused} meanwhile")
        check(self.slowest < milliseconds,
              f"others waited {self.slowest:,.0f} ms meanwhile, not {milliseconds}")
        return f"others waited {self.slowest:.0f} ms at most"


def totp(secret, at):
    """What an authenticator shows for a secret at a moment (RFC 6238)."""
    counter = struct.pack(">Q", int(at) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class MailServer:
    """Takes mail, but none for those whose address starts with `refused`, and none at all from
    those whom it does not know. A stand-in written from RFC 5321; it understands what it is asked
    here and no more."""

    def __init__(self, knows_us=True):
        self.knows_us = knows_us
        #: To whom, and whether it was taken.
        self.asked = []
        mails = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self):
                mails.talk(self.rfile, self.wfile)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "127.0.0.1:%d" % self.server.server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def has_seen(self, address, taken, seconds=10):
        return until(lambda: (address, taken) in self.asked, seconds)

    def talk(self, lines, out):
        out.write(b"220 stand-in\r\n")
        for line in lines:
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                out.write(b"221 bye\r\n")
                return
            out.write(self.reply(verb, line, lines, out))

    def reply(self, verb, line, lines, out):
        if verb == b"EHLO":
            return b"250-stand-in\r\n250 AUTH PLAIN LOGIN\r\n"
        if verb == b"AUTH":
            return b"235 welcome\r\n" if self.knows_us else b"535 wrong password\r\n"
        if verb == b"RCPT":
            to = re.search(rb"<(.*?)>", line)[1].decode()
            taken = not to.startswith("refused")
            self.asked.append((to, taken))
            return b"250 fine\r\n" if taken else b"550 nobody of that name\r\n"
        if verb == b"DATA":
            out.write(b"354 go on\r\n")
            for text in lines:
                if text == b".\r\n":
                    break
        return b"250 fine\r\n"


def with_demonstration(name, look):
    """Starts the demonstration of the programs on the command line, lets somebody look at it, and says what
    came of it: the exit code."""
    greffe, replay = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix=f"greffe-{name}-") as scratch:
        programs = Programs(greffe, replay, scratch)
        server = Server(programs, scratch, options=["--demo"], environment={"TMPDIR": scratch})
        try:
            server.wait_until_ready()
            check(until(lambda: "  data " in server.stdout.read_text(), 30), "it does not say where its data is")
            print(f"{name}: {look(programs, server)} passed, 0 failed")
        except Failed as reason:
            print(f"{name}: 0 passed, 1 failed: {reason}")
            return 1
        finally:
            programs.kill_all()
    return 0
