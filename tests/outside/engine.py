"""The real programs with the ledger on a server: copied there and back, served, stopped, gone on.

usage: engine.py path/to/greffe path/to/replay path/to/eventstoredb-double
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

GREFFE, REPLAY, DOUBLE = sys.argv[1:4]
PORT = 18083
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = "cheval pile agrafe correct"
WALKTHROUGH = pathlib.Path(__file__).with_name("walkthrough.py")


def call(method, path, body=None, token=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, method=method)
    if data is not None:
        request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def ready():
    try:
        status, body = call("GET", "/readyz")
        return status, json.loads(body)
    except (urllib.error.URLError, ConnectionError):
        return 0, {}


def until(what, holds):
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise SystemExit(f"waited in vain: {what}")


def start(*args, **env):
    server = subprocess.Popen([GREFFE, "--listen", f"127.0.0.1:{PORT}", "--public-url", URL, *args],
                              env=dict(os.environ, GREFFE_LOG="warn", **env), stdout=subprocess.DEVNULL)
    until("the server starts", lambda: server.poll() is not None or ready()[0] == 200)
    assert server.poll() is None, "the server did not start"
    return server


def stop(server):
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0, "it stops when asked"


def replay(*args, code=0):
    done = subprocess.run([REPLAY, "-o", "json", *args], capture_output=True, text=True)
    assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout) if code == 0 else done.stderr


def records(directory):
    database = sqlite3.connect(os.path.join(directory, "ledger.db"))
    query = "SELECT position, name, revision, bytes FROM record JOIN stream ON stream = number ORDER BY 1"
    return database.execute(query).fetchall()


def main():
    scratch = tempfile.mkdtemp()
    passed = 0
    double = subprocess.Popen([DOUBLE], stdout=subprocess.PIPE, text=True)
    server = None
    try:
        esdb = double.stdout.readline().strip()
        server = subprocess.Popen([GREFFE, "--demo", "--listen", f"127.0.0.1:{PORT}"], text=True,
                                  env=dict(os.environ, TMPDIR=scratch, GREFFE_LOG="warn"), stdout=subprocess.PIPE)
        for line in server.stdout:
            if line.startswith("  data"):
                break
        # Killed, because it removes its directory when it stops.
        server.kill()
        server.wait()
        demo = os.path.join(scratch, next(name for name in os.listdir(scratch) if "demo" in name))

        # Copied in two goes, the first cut short; then back; the same bytes.
        cut = subprocess.Popen([REPLAY, "copy", "--from", demo, "--to", esdb],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.1)
        cut.kill()
        cut.wait()
        there = replay("copy", "--from", demo, "--to", esdb)
        assert replay("copy", "--from", demo, "--to", esdb)["appended"] == 0
        back = os.path.join(scratch, "back")
        again = replay("copy", "--from", esdb, "--to", back)
        assert there["digest"] == again["digest"] and there["records"] == again["appended"]
        assert records(demo) == records(back) and len(records(back)) == there["records"]
        print(f"copied {there['records']} records, {there['appended']} of them in the second go")
        passed += 1

        # Another ledger is not written to.
        other = os.path.join(scratch, "other")
        replay("copy", "--from", back, "--to", f"{esdb}&ledger=other")
        part = sqlite3.connect(os.path.join(back, "ledger.db"))
        part.execute("DROP TRIGGER record_is_never_updated")
        part.execute("UPDATE record SET bytes = (SELECT bytes FROM record WHERE position = 8) WHERE position = 7")
        part.commit()
        part.close()
        assert "damaged" in replay("copy", "--from", back, "--to", other, code=4)
        passed += 1

        # What replay reads there is what it reads in the directory.
        assert replay("--ledger", esdb, "verify")["is_sound"]
        merchant = next(name for _, name, *_ in records(demo) if name.startswith("merchant-"))
        merchant = "mer_" + merchant.removeprefix("merchant-").replace("-", "")
        log = [replay(*where, "log", merchant) for where in (("--ledger", esdb), ("--directory", demo))]
        assert log[0] == log[1] and len(log[0]) > 1
        assert "vault" in subprocess.run(
            [GREFFE, "--directory", os.path.join(scratch, "new"), "--ledger", esdb, "--listen", f"127.0.0.1:{PORT}"],
            capture_output=True, text=True).stderr, "a new vault beside an old ledger is refused"
        wrong = subprocess.run(
            [GREFFE, "--directory", demo, "--ledger", f"{esdb}&ledger=typo", "--listen", f"127.0.0.1:{PORT}"],
            capture_output=True, text=True)
        assert wrong.returncode == 1 and "the vault has seen the ledger up to" in wrong.stderr, wrong.stderr
        assert replay("--ledger", f"{esdb}&ledger=typo", "log") == [], "nothing was written there"
        assert "twice" in replay("copy", "--from", esdb, "--to", esdb, code=2)
        passed += 1

        # Served from there, with the vault and the documents of the directory.
        server = start("--directory", demo, "--development", GREFFE_LEDGER=esdb)
        assert ready()[1]["engine"] == "eventstoredb"
        assert 'greffe_ledger_info{engine="eventstoredb"} 1' in call("GET", "/metrics")[1]
        signed_in = {"email": "merchant3@example.com", "password": PASSWORD}
        status, session = call("POST", "/portal/v1/sessions", signed_in)
        assert status == 201, session
        token = json.loads(session)["token"]
        merchants = json.loads(call("GET", "/portal/v1/merchants", token=token)[1])
        assert merchants["data"], merchants

        # The node hangs: that is said. It comes back: nobody has to restart anything.
        double.send_signal(signal.SIGSTOP)
        until("the server says that it is not ready", lambda: ready()[0] == 503)
        status, answer = call("POST", "/portal/v1/sessions", signed_in)
        assert status == 503, (status, answer)
        double.send_signal(signal.SIGCONT)
        until("the server is ready again", lambda: ready()[0] == 200)
        assert call("POST", "/portal/v1/sessions", signed_in)[0] == 201
        stop(server)
        passed += 1

        # The whole path of a merchant, on a fresh ledger on the same server.
        done = subprocess.run([sys.executable, WALKTHROUGH, GREFFE, REPLAY], text=True, capture_output=True,
                              env=dict(os.environ, GREFFE_LEDGER=f"{esdb}&ledger=fresh"))
        assert done.returncode == 0, done.stdout + done.stderr
        passed += 1
    finally:
        for process in (server, double):
            if process and process.poll() is None:
                process.kill()
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"engine: {passed} passed, 0 failed")


main()
