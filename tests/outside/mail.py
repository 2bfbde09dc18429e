"""A merchant's first steps on the real program with a real mail server, then replay and damage.

usage: mail.py path/to/greffe path/to/replay
"""
import email
import email.policy
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from aiosmtpd.controller import Controller

GREFFE, REPLAY = sys.argv[1:3]
PORT = 18080
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = "cheval pile agrafe correct"


class Mailbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail["Subject"], mail.get_body(("plain",)).get_content()))
        return "250 taken"

    def wait(self, to, subject):
        for _ in range(200):
            for rcpt, found, body in reversed(self.mails):
                if rcpt == to and found == subject:
                    return body
            time.sleep(0.05)
        raise SystemExit(f"no mail “{subject}” to {to}; there are {self.mails}")


def call(method, path, body=None, token=None, kind="application/json"):
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, method=method)
    if data is not None:
        request.add_header("content-type", kind)
    if token:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def start(directory, smtp_port):
    env = dict(os.environ, GREFFE_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}", GREFFE_LOG="warn")
    server = subprocess.Popen(
        [GREFFE, "--directory", directory, "--listen", f"127.0.0.1:{PORT}", "--public-url", URL],
        env=env, stdout=subprocess.PIPE, text=True)
    for _ in range(200):
        try:
            if call("GET", "/readyz")[0] == 200:
                return server
        except urllib.error.URLError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def replay(directory, *args):
    done = subprocess.run([REPLAY, "--directory", directory, *args], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=18025)
    controller.start()
    directory = tempfile.mkdtemp()
    passed = 0
    try:
        server = start(directory, 18025)
        subjects = {"fr": "Activez votre compte", "en": "Activate your account"}
        for language, subject in subjects.items():
            to = f"marie-{language}@example.com"
            body = {"email": to, "password": PASSWORD, "language": language}
            assert call("POST", "/portal/v1/registrations", body)[0] == 202
            link = re.search(r"https?://\S+", mailbox.wait(to, subject)).group()
            assert link.startswith(URL + "/activate?token="), link
            page, form = call("GET", link.removeprefix(URL))
            assert page == 200 and b"<form" in form
            token = link.split("token=")[1]
            form = f"token={token}".encode()
            kind = "application/x-www-form-urlencoded"
            assert call("POST", "/activate", form, kind=kind)[0] == 200
            assert call("POST", "/activate", form, kind=kind)[0] == 410, "a link works once"
            status, session = call("POST", "/portal/v1/sessions", {"email": to, "password": PASSWORD})
            assert status == 201, session
            session = json.loads(session)["token"]
            merchants = json.loads(call("GET", "/portal/v1/merchants", token=session)[1])
            merchant = merchants["data"][0]["id"]
            assert merchants["data"][0]["status"] == "activated"
            passed += 1

        # Replay works beside the running server, then at any past moment.
        assert replay(directory, "verify")[0] == 0
        code, shown = replay(directory, "-o", "json", "show", merchant, "--as-of", "v0")
        assert code == 0 and json.loads(shown)["status"] == "created", shown
        code, _ = replay(directory, "diff", merchant, "v0..v1")
        assert code == 1, "they differ"
        assert replay(directory, "diff", merchant, "v1..v1")[0] == 0
        assert replay(directory, "show", "mer_" + "0" * 32)[0] == 3
        assert replay(directory, "show", "nonsense")[0] == 2
        passed += 1

        # Killed in the middle; everything acknowledged is still there.
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = start(directory, 18025)
        merchants = json.loads(call("GET", "/portal/v1/merchants", token=session)[1])
        assert merchants["data"][0]["id"] == merchant
        server.send_signal(signal.SIGTERM)
        assert (code := server.wait(timeout=30)) == 0, f"it stops when asked, with {code}"
        passed += 1

        # One flipped byte in the ledger's file.
        copy = tempfile.mkdtemp()
        shutil.copytree(directory, copy, dirs_exist_ok=True)
        database = sqlite3.connect(os.path.join(copy, "ledger.db"))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        wanted = database.execute("SELECT bytes FROM record WHERE position = 4").fetchone()[0]
        database.close()
        path = os.path.join(copy, "ledger.db")
        content = bytearray(open(path, "rb").read())
        at = content.find(wanted)
        content[at + 60] ^= 1
        open(path, "wb").write(content)
        code, report = replay(copy, "verify")
        assert code == 4 and "@4" in report, report
        os.path.exists(os.path.join(copy, "read_models.snapshot")) and os.remove(
            os.path.join(copy, "read_models.snapshot"))
        refused = subprocess.run([GREFFE, "--directory", copy, "--listen", f"127.0.0.1:{PORT}"],
                                 capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1 and "@4" in refused.stderr, refused.stderr
        passed += 1
    finally:
        controller.stop()
        if "server" in locals() and server.poll() is None:
            server.kill()
    print(f"outside: {passed} passed, 0 failed")


main()
