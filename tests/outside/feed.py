"""The feed of the real program: ten thousand events of one merchant are followed, with a cursor and on a line
of server-sent events, while the program is killed and stopped twenty times. None is missed, none comes twice.

usage: feed.py path/to/greffe [events] [restarts]
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

GREFFE = sys.argv[1]
EVENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
RESTARTS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
PORT = 18086
PASSWORD = "cheval pile agrafe correct"
GONE = (OSError, http.client.HTTPException)


class Server:
    def __init__(self, place):
        self.command = [GREFFE, "--directory", str(place / "data"), "--listen", f"127.0.0.1:{PORT}",
                        "--requests-per-minute", "100000000"]
        self.env = dict(os.environ, GREFFE_DEVELOPMENT="true", GREFFE_LOG="error")
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, env=self.env, stdout=subprocess.DEVNULL)
        for _ in range(600):
            with contextlib.suppress(*GONE):
                if Client().ask("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("it does not start")

    def restart(self, how):
        self.process.send_signal(how)
        self.process.wait(60)
        self.start()


class Client:
    def __init__(self, token=None):
        self.headers = {"content-type": "application/json"}
        if token:
            self.headers["authorization"] = f"Bearer {token}"
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)

    def ask(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, path, text, self.headers)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except GONE:
            self.connection.close()
            raise

    def must(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        assert status < 300, (method, path, status, answer)
        return answer

    def always(self, method, path, body=None):
        """Until it answers: a server that is being stopped refuses, and then is gone."""
        while True:
            with contextlib.suppress(*GONE):
                status, answer = self.ask(method, path, body)
                if status != 503:
                    assert status < 300, (method, path, status, answer)
                    return answer
            time.sleep(0.02)


def newest(client, template, what):
    for _ in range(200):
        bodies = [mail["body"] for mail in client.must("GET", "/dev/mailbox") if mail["template"] == template]
        if bodies:
            return re.search(what, bodies[0])[1]
        time.sleep(0.05)
    raise AssertionError(f"no message {template}")


def sign_up():
    visitor = Client()
    visitor.headers["accept"] = "application/json"
    email = "marie@example.com"
    visitor.must("POST", "/portal/v1/registrations", {"email": email, "password": PASSWORD})
    link = newest(visitor, "activation", r"token=(\S+)")
    merchant = visitor.must("POST", "/portal/v1/activations", {"token": link})["merchants"][0]
    token = visitor.must("POST", "/portal/v1/sessions", {"email": email, "password": PASSWORD})["token"]
    member = Client(token)
    member.must("PUT", "/portal/v1/me/profile",
                {"first_name": "Marie", "last_name": "Exemple", "mobile": "+33612345678"})
    member.must("POST", "/portal/v1/me/mobile-codes", {})
    code = newest(visitor, "mobile_code", r"(\d{6})")
    member.must("POST", "/portal/v1/me/mobile-verification", {"code": code})
    member.must("PUT", f"/portal/v1/merchants/{merchant}/company-basics",
                {"legal_name": "Atelier du Canal", "siren": "732829320", "legal_form": "sarl",
                 "country": "FR", "activity": "62.01Z"})
    return token, f"/portal/v1/merchants/{merchant}"


def write(token, path, done):
    client = Client(token)
    for number in range(EVENTS):
        wanted = ["api"] if number % 2 else ["api", "terminal"]
        client.always("PUT", f"{path}/services", {"services": wanted})
    done.set()


def follow_pages(token, path, told, done):
    client, after = Client(token), ""
    while True:
        was_done = done.is_set()
        page = client.always("GET", f"{path}/events/feed?limit=100{after}")
        told.extend(page["data"])
        if page["cursor"] is not None:
            after = f"&starting_after={page['cursor']}"
        if not page["data"]:
            if was_done:
                return
            time.sleep(0.01)


def follow_line(token, path, told, done):
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    last = None
    while True:
        with contextlib.suppress(*GONE):
            # While nothing comes for a second, somebody looks whether there will be more.
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            connection.request("GET", f"{path}/events/feed", None,
                               headers if last is None else {**headers, "last-event-id": last})
            answer = connection.getresponse()
            if answer.status == 200:
                event = {}
                for line in answer:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name:
                        event[name] = value
                    elif event.get("data"):
                        told.append(json.loads(event["data"]))
                        last, event = event["id"], {}
                    else:
                        event = {}
            connection.close()
        if done.is_set() and told and told[-1]["data"]["revision"] >= end_of(token, path):
            return
        time.sleep(0.01)


def end_of(token, path):
    newest = Client(token).always("GET", f"{path}/events?order=newest_first&limit=1")
    return newest["data"][0]["revision"]


def history(token, path):
    client, found, after = Client(token), [], ""
    while True:
        page = client.always("GET", f"{path}/events?limit=100{after}")
        found.extend(page["data"])
        if not page["has_more"]:
            return found
        after = f"&starting_after={page['next_cursor']}"


def main():
    place = pathlib.Path(tempfile.mkdtemp())
    server = Server(place)
    try:
        token, path = sign_up()
        done, by_page, by_line = threading.Event(), [], []
        began = time.monotonic()
        threads = [threading.Thread(target=write, args=(token, path, done)),
                   threading.Thread(target=follow_pages, args=(token, path, by_page, done)),
                   threading.Thread(target=follow_line, args=(token, path, by_line, done))]
        for thread in threads:
            thread.start()
        restarts = 0
        while restarts < RESTARTS:
            before = len(by_page)
            # So that each restart comes while something happens.
            while len(by_page) < before + EVENTS // (RESTARTS + 4) and not done.is_set():
                time.sleep(0.01)
            server.restart(signal.SIGTERM if restarts % 3 == 2 else signal.SIGKILL)
            restarts += 1
        for thread in threads:
            thread.join()
        whole = history(token, path)
        assert len(whole) >= EVENTS, len(whole)
        assert [event["revision"] for event in whole] == list(range(len(whole)))
        for name, told in (("pages", by_page), ("the line", by_line)):
            assert len({event["id"] for event in told}) == len(told), f"{name}: one came twice"
            assert [event["data"] for event in told] == whole, f"{name}: another story"
            print(f"ok   {name}: {len(told)} events, {restarts} restarts, none missed, none twice")
        print(f"feed: 2 passed, 0 failed, in {time.monotonic() - began:.0f} s")
    finally:
        server.process.kill()


main()
