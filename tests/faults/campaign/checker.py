"""Compares what was acknowledged with what is there: losses, doubles, inventions, false promises.

It asks nobody anything: `observe.py` looks at the server and the ledger, this judges what it saw.
"""
import collections
import dataclasses
import json

COLUMNS = ("lost", "doubled", "invented", "falsely acknowledged", "documents lost",
           "contracts lost")

#: Of these a merchant has one value at a time: the last one recorded.
SINGLE = ("profile", "basics", "company", "ownership", "payout_account")

#: The event that each command of a kind makes exactly once in the ledger.
EVENTS = {
    "registration": "registration.account_created",
    "activation": "registration.account_activated",
    "person": "client_file.person_recorded",
    "document": "client_file.document_submitted",
    "signature": "contract.signed",
}


@dataclasses.dataclass(frozen=True)
class Finding:
    column: str
    #: Which command or thing: found again in the next round, it is the same finding.
    what: str
    why: str = dataclasses.field(compare=False)


@dataclasses.dataclass
class SeenMerchant:
    """One merchant as a restarted server shows it."""

    #: `yes`; the code of the refusal; or `unasked`.
    sign_in: str = "unasked"
    #: Tokens of sessions that are open.
    sessions: set = dataclasses.field(default_factory=set)
    id: str | None = None
    status: str | None = None
    values: dict = dataclasses.field(default_factory=dict)
    #: By id.
    people: dict = dataclasses.field(default_factory=dict)
    #: By id: the status of the download, and the SHA-256 of what came.
    documents: dict = dataclasses.field(default_factory=dict)
    #: What `GET …/contract` says, and the download.
    contract: dict | None = None
    pdf: tuple = (None, None)


@dataclasses.dataclass
class Seen:
    is_started: bool = True
    why_not_started: str = ""
    verify_exit: int = 0
    verify_report: str = ""
    #: By e-mail address.
    merchants: dict = dataclasses.field(default_factory=dict)
    #: The lines of `replay log -o jsonl`.
    events: list = dataclasses.field(default_factory=list)


def check(facts, seen, may_sessions_end=False):
    """Everything that is not as it was promised."""
    judge = Judge(facts, seen)
    if not seen.is_started:
        judge.everything_is_gone(f"not started: {seen.why_not_started}")
        return judge.findings
    if seen.verify_exit != 0:
        judge.find("lost", "the ledger", f"verify says {seen.verify_exit}: {seen.verify_report}")
    for email in facts.merchants():
        merchant = seen.merchants.get(email, SeenMerchant())
        judge.access(email, merchant, may_sessions_end)
        judge.single_values(email, merchant)
        judge.people(email, merchant)
        judge.documents(email, merchant)
        judge.contract(email, merchant)
    judge.ledger()
    return judge.findings


class Judge:
    def __init__(self, facts, seen):
        self.facts, self.seen = facts, seen
        self.findings = set()

    def find(self, column, what, why):
        self.findings.add(Finding(column, what, why))

    def lose(self, command, why, column="lost"):
        """Acknowledged after the fault, it was never true; before, it was lost since."""
        is_false = (self.facts.fault_at is not None and command.acknowledged_at is not None
                    and command.acknowledged_at > self.facts.fault_at)
        self.find("falsely acknowledged" if is_false else column, name_of(command), why)

    def everything_is_gone(self, why):
        self.find("lost", "the server", why)
        for command in self.facts.all():
            if command.is_acknowledged:
                self.lose(command, why, column_of(command))

    def access(self, email, merchant, may_sessions_end):
        for command in self.facts.all(merchant=email):
            if command.kind == "registration" and command.is_acknowledged:
                # Not activated is what a known account answers; wrong credentials, a lost one.
                if merchant.sign_in in ("wrong_credentials", "unknown"):
                    self.lose(command, f"signing in: {merchant.sign_in}")
            elif command.kind == "activation" and command.is_acknowledged:
                if merchant.status in (None, "created"):
                    self.lose(command, f"the account is {merchant.status}")
            elif command.kind == "session" and command.is_acknowledged:
                self.session(command, merchant, may_sessions_end)

    def session(self, command, merchant, may_sessions_end):
        token = command.answer["token"]
        is_open = token in merchant.sessions
        if token in self.facts.ended_sessions:
            if is_open:
                self.find("invented", command.key, "a session that was ended is open again")
        elif not is_open and not may_sessions_end:
            self.lose(command, "the session has ended")

    def single_values(self, email, merchant):
        for kind in SINGLE:
            asked = self.facts.all(kind, email)
            acknowledged = [command for command in asked if command.is_acknowledged]
            last = max(acknowledged, key=lambda command: command.number, default=None)
            # What was asked after it, of unknown outcome, may have come to be as well.
            allowed = [command.content for command in asked if command.is_possible
                       and (last is None or command.number >= last.number)]
            value = merchant.values.get(kind)
            if value in allowed or (value is None and last is None):
                continue
            if last is not None:
                self.lose(last, f"{kind} is {value}")
            else:
                self.find("invented", f"{email} {kind}", f"nobody asked for {value}")

    def people(self, email, merchant):
        asked = self.facts.all("person", email)
        by_content = {}
        for identity, details in merchant.people.items():
            by_content.setdefault(fingerprint(details), []).append(identity)
        for command in asked:
            there = by_content.pop(fingerprint(command.content), [])
            if command.is_acknowledged and command.answer["id"] not in there:
                known = merchant.people.get(command.answer["id"], "not in the client file")
                self.lose(command, f"the person is {known}")
            if len(there) > 1:
                self.find("doubled", command.key, f"one request made {len(there)} people")
            if there and not command.is_possible:
                self.find("invented", command.key, "the person was refused, and is there")
        acknowledged = {command.answer["id"] for command in asked if command.is_acknowledged}
        for identities in by_content.values():
            # One that was acknowledged with other details is a loss, reported above.
            for identity in set(identities) - acknowledged:
                self.find("invented", identity, f"{email}: nobody asked for this person, or not so")

    def documents(self, email, merchant):
        asked = self.facts.all("document", email)
        wanted = {command.answer["id"]: command for command in asked if command.is_acknowledged}
        open_contents = [command.content["sha256"] for command in asked
                         if command.is_possible and not command.is_acknowledged]
        contents = {command.content["sha256"]: command for command in asked}
        for identity, command in wanted.items():
            status, sha256 = merchant.documents.get(identity, ("not in the client file", None))
            if (status, sha256) != (200, command.content["sha256"]):
                self.lose(command, f"the download: {status}", "documents lost")
        for identity in merchant.documents.keys() - wanted.keys():
            status, sha256 = merchant.documents[identity]
            if status != 200:
                # The client file speaks of it, so whoever opens it must get it.
                self.find("documents lost", identity, f"{email}: recorded, the download: {status}")
            elif sha256 in open_contents:
                open_contents.remove(sha256)
            elif sha256 in contents and contents[sha256].is_possible:
                self.find("doubled", contents[sha256].key, "one upload made two documents")
            else:
                self.find("invented", identity, f"{email}: nobody handed in this document")

    def contract(self, email, merchant):
        contract, (status, sha256) = merchant.contract or {}, merchant.pdf
        presented = self.facts.all("presentation", email)
        signed = [command for command in self.facts.all("signature", email)]
        for command in signed:
            if not command.is_acknowledged:
                continue
            if not contract.get("is_signed"):
                self.lose(command, "the contract is not signed", "contracts lost")
            elif status != 200:
                self.lose(command, f"the signed contract's download: {status}", "contracts lost")
            elif sha256 != command.answer.get("pdf_sha256", sha256):
                self.lose(command, "the signed contract has other bytes", "contracts lost")
        if contract.get("is_signed") and not any(command.is_possible for command in signed):
            self.find("invented", f"{email} contract", "signed, and nobody did")
        for command in presented:
            if not command.is_acknowledged:
                continue
            if contract.get("sha256") != command.answer["sha256"]:
                self.lose(command, "another contract stands there, or none", "contracts lost")
            elif not contract["is_signed"] and (status, sha256) != (200, command.answer["sha256"]):
                self.lose(command, f"the presented contract's download: {status}",
                          "contracts lost")
        if contract.get("sha256") and not any(command.is_possible for command in presented):
            self.find("invented", f"{email} presentation", "presented, and nobody asked for it")

    def ledger(self):
        """The ledger's own words: each event once, as many as were asked for, and no others."""
        times = collections.Counter(event["event"] for event in self.seen.events)
        for identity in (identity for identity, count in times.items() if count > 1):
            self.find("doubled", identity, "an event stands in the ledger twice")
        types = collections.Counter(event["type"] for event in self.seen.events)
        self.count("registration", None, types[EVENTS["registration"]])
        ids = {merchant.id: email for email, merchant in self.seen.merchants.items()
               if merchant.id}
        for email in self.facts.merchants():
            if self.facts.merchant_id(email):
                ids[self.facts.merchant_id(email)] = email
        by_stream = collections.Counter(
            (plain(event["stream"]), event["type"]) for event in self.seen.events)
        for identity, email in ids.items():
            for kind in ("activation", "person", "document", "signature"):
                self.count(kind, email, by_stream[plain(identity), EVENTS[kind]])

    def count(self, kind, email, there):
        asked = self.facts.all(kind, email)
        reported = {finding.what for finding in self.findings}
        owed = [command for command in asked if command.is_acknowledged]
        missing = len(owed) - there
        for command in owed:
            if missing > 0 and name_of(command) not in reported:
                self.lose(command, f"{EVENTS[kind]} is not in the ledger", column_of(command))
                missing -= 1
        most = sum(command.is_possible for command in asked)
        if there > most:
            column = "doubled" if asked else "invented"
            self.find(column, f"{email} {EVENTS[kind]}", f"{there} in the ledger, {most} asked for")


def column_of(command):
    return {"document": "documents lost", "presentation": "contracts lost",
            "signature": "contracts lost"}.get(command.kind, "lost")


def name_of(command):
    """The id of what it made: it may be seen missing before anybody was told of it."""
    return command.answer.get("id") or command.key


def fingerprint(details):
    return json.dumps(details, sort_keys=True)


def plain(identity):
    """An id without its kind and its hyphens, however it is written."""
    return identity.replace("_", "-").split("-", 1)[-1].replace("-", "")
