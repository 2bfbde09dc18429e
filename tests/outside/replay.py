"""The command line, the console and a fold by hand say the same of every moment of invented lives.

usage: replay.py path/to/greffe path/to/replay

For one merchant of each stage and for every event of it: `replay show --as-of` with and without `--reveal`, the
console's `at_revision` and `as_of`, and what a few lines here make of the facts in `replay log -o json`.
"""
import datetime
import json
import pathlib
import re
import sys

from common import PASSWORD, Client, check, totp, with_demonstration

CONSOLE = "/console/v1"
STAGES = 14
#: What the facts alone say of the account.
STATUS = {
    "registration.account_created": "created", "registration.account_activated": "activated",
    "registration.account_lapsed": "lapsed", "registration.test_mode_opened": "test",
    "registration.live_mode_opened": "live", "registration.account_suspended": "suspended",
    "registration.account_deactivated": "deactivated", "registration.account_closed": "closed",
}
WITHHELD = ("[sealed]", "[unknown]")


class Comparison:
    def __init__(self, programs, server):
        self.programs, self.client = programs, Client(server.url, patience=30)
        printed = server.stdout.read_text()
        self.directory = pathlib.Path(re.search(r"^  data +(.+)$", printed, re.M)[1])
        secret = re.search(r"alice@example.com +authenticator secret (\w+)", printed)[1]
        now = datetime.datetime.fromisoformat(self.get("/dev/clock", None)["now"][:26] + "+00:00")
        body = {"email": "alice@example.com", "password": PASSWORD, "totp_code": totp(secret, now.timestamp())}
        session = self.client.call("POST", f"{CONSOLE}/sessions", body)
        check(session.is_success, f"the auditor cannot sign in: {session.status} {session.body[:200]}")
        self.token = session.json()["token"]

    def everything(self):
        merchants = [json.loads(line)["merchant"] for line in self.replay("-o", "jsonl", "merchants").splitlines()]
        check(len(merchants) >= STAGES, f"there are {len(merchants)} merchants only")
        self.lists(merchants[STAGES - 4])
        return sum(self.merchant(merchant) for merchant in merchants[:STAGES])

    def lists(self, merchant):
        """All merchants at some moments of one's life, and at one within a command."""
        events = json.loads(self.replay("-o", "json", "log", merchant))
        for event in (events[0], events[len(events) // 2], events[-1]):
            rows = self.rows(event["at"])
            asked = self.get(f"{CONSOLE}/merchants?limit=100&as_of={event['at']}", self.token)["data"]
            asked = {row["id"]: (row["status"], row["revision"]) for row in asked}
            check(rows == asked, f"at {event['at']}: {set(rows.items()) ^ set(asked.items())}")
        within = next(one for one, other in zip(events, events[1:]) if one["command"] == other["command"])
        end = max(one["revision"] for one in events if one["command"] == within["command"])
        _, revision = self.rows(f"@{within['position']}")[merchant]
        check(revision == end, f"within {within['command']}: v{revision} of v{end}")

    def rows(self, moment):
        lines = self.replay("-o", "jsonl", "merchants", "--as-of", moment).splitlines()
        return {row["merchant"]: (row["status"], row["revision"]) for row in map(json.loads, lines)}

    def merchant(self, merchant):
        events = json.loads(self.replay("-o", "json", "--reveal", "log", merchant))
        by_hand = Fold()
        for number, event in enumerate(events):
            by_hand.add(event)
            follower = events[number + 1] if number + 1 < len(events) else None
            # Within a command it is the moment after it.
            end = number
            while end + 1 < len(events) and events[end + 1]["command"] == event["command"]:
                end += 1
            moment = f"v{event['revision']}"
            shown = json.loads(self.show(merchant, moment, "--reveal"))
            asked = self.console(merchant, f"at_revision={event['revision']}")
            check(shown == asked, f"{merchant} at {moment}: {difference(shown, asked)}")
            sealed = json.loads(self.show(merchant, moment))
            check_sealed(sealed, shown, f"{merchant} at {moment}")
            if end == number:
                by_hand.check(shown, f"{merchant} at {moment}")
            is_last_of_its_time = follower is None or follower["at"] != event["at"]
            if is_last_of_its_time:
                self.by_time(merchant, event, shown)
        return len(events)

    def by_time(self, merchant, event, shown):
        for moment, parameter in ((event["at"], f"as_of={event['at']}"), (f"@{event['position']}", None),
                                  (event["event"], None)):
            then = json.loads(self.show(merchant, moment, "--reveal"))
            check(then == shown, f"{merchant} at {moment}: {difference(then, shown)}")
            if parameter:
                asked = self.console(merchant, parameter)
                check(asked == shown, f"{merchant}, {parameter}: {difference(asked, shown)}")

    def show(self, merchant, moment, *options):
        return self.replay("-o", "json", *options, "show", merchant, "--as-of", moment)

    def replay(self, *arguments):
        done = self.programs.run_replay(self.directory, *arguments)
        check(done.returncode == 0, f"replay {' '.join(arguments)}: {done.returncode} {done.stderr}")
        return done.stdout

    def console(self, merchant, query):
        card = self.get(f"{CONSOLE}/merchants/{merchant}?{query}", self.token)
        # The command line has the words in their places.
        check(card.pop("withheld") == {} or card["status"] == "lapsed", f"{merchant}: something is withheld")
        return card

    def get(self, path, token):
        answer = self.client.call("GET", path, token=token)
        check(answer.is_success, f"{path}: {answer.status} {answer.body[:200]}")
        return answer.json()


class Fold:
    """What a few lines make of the facts."""

    def __init__(self):
        self.status, self.before, self.documents, self.keys = None, None, {}, {}

    def add(self, event):
        kind, facts = event["type"], event["facts"]
        if kind in STATUS:
            if STATUS[kind] in ("suspended", "deactivated"):
                self.before = self.status
            self.status = STATUS[kind]
        elif kind in ("registration.suspension_lifted", "registration.account_reactivated"):
            self.status = self.before
        elif kind == "client_file.document_submitted":
            self.documents[facts["document"]["id"]] = facts["document"]["kind"]
        elif kind == "client_file.document_withdrawn":
            self.documents.pop(facts["document"], None)
        elif kind == "api_keys.issued":
            self.keys[facts["key"]["id"] if isinstance(facts["key"], dict) else facts["key"]] = True

    def check(self, shown, where):
        check(shown.get("status") == self.status, f"{where}: {shown.get('status')}, by hand {self.status}")
        documents = {identifier.split("_")[1] for identifier in shown["client_file"]["documents"]}
        missing = set(self.documents) - documents
        check(not missing, f"{where}: {len(missing)} documents are missing")
        check(len(shown["api_keys"]) >= len(self.keys), f"{where}: keys are missing")


def check_sealed(sealed, shown, where):
    """Without the key a field is the same, or it says that it is sealed or unknown."""
    sealed, shown = leaves(sealed), leaves(shown)
    for pointer, value in sealed.items():
        same = shown.get(pointer) == value
        check(same or value in WITHHELD, f"{where}, {pointer}: {value!r} without the key, {shown.get(pointer)!r} with it")
    for pointer in shown:
        parents = [pointer[:at] for at in range(len(pointer) + 1) if pointer[at:at + 1] in ("/", "")]
        is_told = any(sealed.get(parent) in WITHHELD or parent == pointer and pointer in sealed for parent in parents)
        check(is_told, f"{where}: {pointer} is not there without the key, and nothing says why")




def leaves(value, pointer=""):
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in leaves(inner, f"{pointer}/{name}").items()}
    if isinstance(value, list):
        return {key: leaf for at, inner in enumerate(value) for key, leaf in leaves(inner, f"{pointer}/{at}").items()}
    return {} if value is None else {pointer: value}


def difference(one, other):
    one, other = leaves(one), leaves(other)
    differing = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
    return ", ".join(f"{key}: {one.get(key)!r} and {other.get(key)!r}" for key in sorted(differing)[:3])


sys.exit(with_demonstration("replay", lambda *shown: f"1 ({Comparison(*shown).everything()} moments)"))
