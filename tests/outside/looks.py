"""Who looks with `replay` is recorded first: by the server that runs, or in reveals.log until the next start.

usage: looks.py path/to/greffe path/to/replay
"""
import json
import pathlib
import re
import shutil
import signal
import socket
import sys
import time

from common import PASSWORD, Client, check, totp, until, with_demonstration

CONSOLE = "/console/v1"
NOWHERE = ("--master-key-file", "/nowhere/master.key")
SAID = {"GREFFE_PURPOSE": "complaint", "GREFFE_REFERENCE": "Letter of 3 May"}


class Onlookers:
    def __init__(self, programs, server):
        self.programs, self.server = programs, server
        self.printed = server.stdout.read_text()
        self.directory = pathlib.Path(re.search(r"^  data +(.+)$", self.printed, re.M)[1])
        live = self.replay("-o", "jsonl", "merchants", "--status", "live").stdout.splitlines()
        self.merchant = json.loads(live[0])["merchant"]

    def replay(self, *arguments, said=SAID, code=0):
        done = self.programs.run_replay(self.directory, *arguments, environment=said)
        check(done.returncode == code, f"replay {' '.join(arguments)}: {done.returncode} {done.stderr}")
        if code:
            check(not done.stdout, f"it showed something: {done.stdout[:200]}")
        return done

    def looks(self):
        """How many are recorded, without looking."""
        return len(json.loads(self.replay("-o", "json", "log", "--type", "looks.looked").stdout))

    def of_auditor(self, query):
        secret = re.search(r"alice@example.com +authenticator secret (\w+)", self.printed)[1]
        client = Client(self.server.url, patience=30)
        at = client.call("GET", "/dev/clock").json()["now"]
        now = time.mktime(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        body = {"email": "alice@example.com", "password": PASSWORD, "totp_code": totp(secret, now)}
        token = client.call("POST", f"{CONSOLE}/sessions", body).json()["token"]
        answer = client.call("GET", f"{CONSOLE}/looks?{query}", token=token)
        check(answer.is_success, f"the auditor is told {answer.status} {answer.code}")
        return answer.json()["data"]

    def everything(self):
        cases = (self.without_a_purpose_nothing, self.a_server_records_and_gives_keys,
                 self.auditors_are_told, self.keys_of_others_are_not_given,
                 self.another_way_to_the_same_place, self.a_server_that_does_not_answer,
                 self.without_a_server, self.the_next_start_takes_it_in_once)
        for case in cases:
            case()
            print(f"ok   {case.__name__}", flush=True)
        return len(cases)

    def without_a_purpose_nothing(self):
        before = self.looks()
        for said in ({}, {"GREFFE_PURPOSE": "audit"}, {"GREFFE_REFERENCE": "x"},
                     {"GREFFE_PURPOSE": "audit", "GREFFE_REFERENCE": " "},
                     {"GREFFE_PURPOSE": "curiosity", "GREFFE_REFERENCE": "x"}):
            empty = {"GREFFE_PURPOSE": "", "GREFFE_REFERENCE": "", **said}
            self.replay("--reveal", "show", self.merchant, said=empty, code=2)
        check(self.looks() == before, "it was recorded all the same")

    def a_server_records_and_gives_keys(self):
        before = self.looks()
        shown = self.replay(*NOWHERE, "-o", "json", "--reveal", "show", self.merchant[:12])
        name = json.loads(shown.stdout)["company"]["legal_name"]
        check(name and not name.startswith("["), f"without a key of its own it shows {name}")
        check(self.looks() == before + 1, f"{self.looks() - before} looks are recorded")
        check(not (self.directory / "reveals.log").exists(), "a line was written, too")
        records = (self.directory / "ledger.db").read_bytes() + (self.directory / "ledger.db-wal").read_bytes()
        check(b"Letter of 3 May" not in records, "the reference stands in clear")

    def auditors_are_told(self):
        newest = self.of_auditor(f"merchant={self.merchant}")[0]
        known = {name: newest[name] for name in ("purpose", "reference", "thing", "merchant")}
        check(known == {"purpose": "complaint", "reference": "Letter of 3 May", "thing": "replay",
                        "merchant": self.merchant}, f"{known}")
        check("(uid " in newest["name"], f"the account is {newest['name']}")

    def keys_of_others_are_not_given(self):
        """What is asked at the socket, by a program that is not ours."""
        live = self.replay("-o", "jsonl", "merchants", "--status", "live").stdout.splitlines()
        others = [json.loads(line)["merchant"] for line in live]
        other = next(other for other in others if other != self.merchant)
        for merchant, key, expected in ((self.merchant, self.merchant, "key"), (self.merchant, other, "refused"),
                                        ("mer_" + "0" * 32, other, "refused"), (None, other, "key")):
            before = self.looks()
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(10)
                asking.connect(str(self.directory / "reveal.socket"))
                lines = asking.makefile("rw")
                asked = {"merchant": merchant, "purpose": "audit", "reference": "x"}
                for line in (json.dumps(asked), key.removeprefix("mer_")):
                    lines.write(line + "\n")
                    lines.flush()
                    answer = json.loads(lines.readline())
                    if "refused" in answer:
                        break
            check(expected in answer, f"{merchant} asks for {key}: {list(answer)}")
            known = merchant is None or "0" * 32 not in merchant
            check(self.looks() == before + known, f"{merchant}: {self.looks() - before} looks")

    def another_way_to_the_same_place(self):
        links, before = self.directory / "links", self.looks()
        links.mkdir()
        for path in self.directory.iterdir():
            if path.suffix != ".socket" and path != links and "lock" not in path.name:
                (links / path.name).symlink_to(path)
        done = self.programs.run_replay(links, "--reveal", "show", self.merchant, environment=SAID)
        check(done.returncode == 0, f"by links: {done.stderr}")
        check(not (links / "reveals.log").exists(), "nobody will read where it is noted")
        check(self.looks() == before + 1, "the server did not record it")
        shutil.rmtree(links)

    def a_server_that_does_not_answer(self):
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            self.replay("--reveal", "show", self.merchant, code=69)
        finally:
            self.server.process.send_signal(signal.SIGCONT)

    def without_a_server(self):
        self.server.kill()
        before, log = self.looks(), self.directory / "reveals.log"
        self.replay(*NOWHERE, "--reveal", "show", self.merchant, code=7)
        check(not log.exists(), "it was noted without having looked")
        for count in (1, 2):
            self.replay("--reveal", "log", self.merchant)
            check(len(log.read_text().splitlines()) == count, f"{count} looks are noted otherwise")
        check(log.stat().st_mode & 0o077 == 0, "others may read who looked")
        check("Letter" not in log.read_text(), "it stands in clear")
        check(self.looks() == before, "replay wrote to the ledger")

    def the_next_start_takes_it_in_once(self):
        before, log = self.looks(), self.directory / "reveals.log"
        kept = log.with_suffix(".kept")
        shutil.copy(log, kept)
        for start in (1, 2):
            server = type(self.server)(self.programs, self.directory)
            server.wait_until_ready()
            check(until(lambda: self.looks() == before + 2, 10), f"start {start}: {self.looks() - before} looks")
            check(not log.exists(), f"start {start}: what was taken in lies there still")
            server.kill()
            # As if the first had been cut off before it removed the file.
            shutil.copy(kept, log)


sys.exit(with_demonstration("looks", lambda *shown: Onlookers(*shown).everything()))
