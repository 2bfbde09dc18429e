"""What a change costs in flushes, counted by strace on the real program (`--release`).

usage: flushes.py path/to/greffe path/to/replay

Each part has a server of its own, so that only in (e) the ledger's log gets long enough to be
copied into ledger.db. Without strace, or where it must not trace, this is skipped by name.
"""
import collections
import concurrent.futures
import itertools
import pathlib
import re
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "faults/campaign"))

import strace
from client import Client
from experiment import Skip
from merchant import PORTAL, beginning, letters, person
from server import Programs, Server
from town import Town

GREFFE, REPLAY = sys.argv[1:3]
CONNECTIONS = 64
CHANGES, PEOPLE, READS, CHANGES_AT_ONCE = 300, 100, 300, 2_000
#: Who changes one after the other.
FEW = 8
#: Required where a flush takes a while: on a disk that flushes faster than these clients ask, they
#: have little to share, and how little depends on whatever else the machine does.
PER_CHANGE_MAX, SLOW_FLUSH = 0.5, 5_000  # microseconds
#: The mailer notes how far it has read, and the witness what the vault has seen, at most so often.
NOTES_PER_SECOND, WITNESS_SECONDS = 4, 10
#: Of the witness: its file and its folder.
FLUSHES_OF_WITNESS = 2
QUIET_SECONDS = 1.0

LEDGER_LOG, LEDGER, VAULT_LOG, VAULT = "ledger.db-wal", "ledger.db", "vault.db-wal", "vault.db"
WITNESS, FOLDER, OTHER = "witness", "folder", "other"
FILES = (LEDGER_LOG, VAULT_LOG, LEDGER, VAULT, WITNESS, FOLDER, OTHER)

Flush = collections.namedtuple("Flush", "thread file began ended")
CALL = re.compile(r"(?P<thread>\d+) +(?P<at>[\d.]+) f(data)?sync\(\d+<(?P<path>.*?)>(\)| <unf)")
END = re.compile(r"(?P<thread>\d+) .*\) += 0 (\(DELAYED\) )?<(?P<seconds>[\d.]+)>$")


class Part:
    """Requests of one kind, what each was told and when, and the flushes meanwhile."""

    def __init__(self, name):
        self.name = name
        #: When each request was sent, and when it was answered.
        self.spans = []
        self.refused, self.flushes, self.problems = [], [], []

    @property
    def began(self):
        return min(sent for sent, _ in self.spans)

    @property
    def ended(self):
        return max(answered for _, answered in self.spans)

    @property
    def seconds(self):
        return self.ended - self.began

    def of(self, file):
        return [flush for flush in self.flushes if flush.file == file]

    def within(self, file, span):
        """Flushes that began after the request was sent and ended before it was answered."""
        sent, answered = span
        return [flush for flush in self.of(file)
                if sent <= flush.began and flush.ended <= answered]

    def ask(self, request, *arguments):
        sent = time.time()
        answer = request(*arguments)
        self.spans.append((sent, time.time()))
        if not answer.is_success:
            self.refused.append(f"{answer.status} {answer.code}")

    def read(self, trace, directory):
        self.flushes = [flush for flush in flushes_in(trace, directory)
                        if self.began <= flush.began and flush.ended <= self.ended]

    def require(self, holds, otherwise):
        if not holds:
            self.problems.append(otherwise)

    @property
    def per_request(self):
        return len(self.of(LEDGER_LOG)) / len(self.spans)

    def row(self):
        return [self.name, str(len(self.spans)), f"{self.seconds:.2f}", f"{self.per_request:.3f}",
                *(str(len(self.of(file))) for file in FILES)]


def flushes_in(trace, directory):
    begun, found = {}, []
    for line in pathlib.Path(trace).read_text(errors="replace").splitlines():
        call, end = CALL.match(line), END.match(line)
        if call:
            file = file_of(pathlib.Path(call["path"]), directory)
            begun[call["thread"]] = (file, float(call["at"]))
        if end and end["thread"] in begun:
            file, began = begun.pop(end["thread"])
            found.append(Flush(end["thread"], file, began, began + float(end["seconds"])))
    return found


def file_of(path, directory):
    if path == directory:
        return FOLDER
    if path.parent == directory and path.name in FILES:
        return path.name
    # Nobody hands in a document here.
    return WITNESS if directory / "documents" in (path, path.parent) else OTHER


class Merchants:
    """Merchants who are signed in, and the events that they were told of."""

    def __init__(self, server):
        town = Town(lambda number: lambda merchant: beginning())
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            living = threads.map(lambda _: town.live(server, CONNECTIONS // 8), range(8))
            self.all = list(itertools.chain.from_iterable(living))
        assert all(one.token and one.is_over for one in self.all), town.tally.most()
        self.acknowledged = []
        self.numbers = itertools.count()
        self.keys = {}

    def note(self, answer, *events):
        if answer.is_success:
            self.acknowledged.extend(events)
        return answer

    def change(self, client, merchant):
        """Another holder each time."""
        body = {"iban": "FR7630006000011234567890189",
                "holder": f"Atelier {letters(next(self.numbers))}"}
        answer = client.call("PUT", f"{PORTAL}/merchants/{merchant.id}/payout-account", body,
                             token=merchant.token)
        return self.note(answer, "client_file.payout_account_recorded")

    def rotate(self, client, merchant):
        """Replaces the newest test key: one event, and nobody new."""
        path = f"{PORTAL}/merchants/{merchant.id}/api-keys"
        key = self.keys[merchant.id]
        answer = client.call("POST", f"{path}/{key}/rotation", {"overlap_days": 0},
                             token=merchant.token, key=f"rotation/{key}")
        if answer.is_success:
            self.keys[merchant.id] = answer.json()["id"]
        return self.note(answer, "api_keys.rotated")

    def learn_keys(self, client):
        for merchant in self.all[:FEW]:
            path = f"{PORTAL}/merchants/{merchant.id}/api-keys"
            known = client.call("GET", path, token=merchant.token).json()["data"]
            self.keys[merchant.id] = known[0]["id"]

    def add_person(self, client, merchant):
        """Two events that are written together, of somebody who gets a key of their own."""
        key = f"person/{next(self.numbers)}"
        answer = client.call("POST", f"{PORTAL}/merchants/{merchant.id}/people",
                             person(merchant, key, "delegate"), token=merchant.token, key=key)
        return self.note(answer, "client_file.person_recorded", "client_file.person_role_set")

    def read_onboarding(self, client, merchant):
        return client.call("GET", f"{PORTAL}/merchants/{merchant.id}/onboarding",
                           token=merchant.token)


def main():
    try:
        if shutil.which("strace") is None:
            raise Skip("strace is not installed")
        strace.needed()
    except Skip as reason:
        print(f"SKIPPED: {reason}")
        return 0
    scratch = tempfile.mkdtemp(prefix="greffe-flushes-")
    programs = Programs(GREFFE, REPLAY, scratch)
    try:
        return count_all(programs, pathlib.Path(scratch).resolve() / "data")
    finally:
        programs.kill_all()
        shutil.rmtree(scratch, ignore_errors=True)


def count_all(programs, directory):
    server = Server(programs, directory).wait_until_ready()
    merchants = Merchants(server)
    merchants.learn_keys(Client(server.url))
    time.sleep(QUIET_SECONDS)
    server.stop()
    before = types(programs, directory)

    def count(name, request, number, connections=1, fault=()):
        part = Part(name)
        traced(programs, directory, merchants, part, request, number, connections, fault)
        return part

    changes = count("(a) PUT", merchants.change, CHANGES)
    keyed = count("(b) POST with a key", merchants.rotate, CHANGES)
    people = count("(c) POST of a person", merchants.add_person, PEOPLE)
    reads = count("(d) GET", merchants.read_onboarding, READS)
    at_once = count(f"(e) PUT, {CONNECTIONS} at once", merchants.change, CHANGES_AT_ONCE,
                    CONNECTIONS)
    slow = count(f"(e) with {SLOW_FLUSH // 1_000} ms a flush", merchants.change, CHANGES_AT_ONCE,
                 CONNECTIONS, ["-e", f"inject={strace.FLUSHES}:delay_enter={SLOW_FLUSH}"])
    parts = [changes, keyed, people, reads, at_once, slow]

    for part in parts:
        refused = collections.Counter(part.refused)
        part.require(not refused, f"refused: {dict(refused)}")
        part.require(not part.of(OTHER), "another file was flushed")
        witnessed = FLUSHES_OF_WITNESS * (part.seconds // WITNESS_SECONDS + 1)
        part.require(len(part.of(WITNESS)) <= witnessed, "the witness was written too often")
    for part in (changes, keyed, people):
        one_each(part)
    for part in (changes, keyed, at_once, slow):
        nobody_waits_for_the_vault(part)
    key_comes_first(people)
    nothing_at_all(reads)
    for part in (at_once, slow):
        none_before_a_flush(part)
    slow.require(slow.per_request < PER_CHANGE_MAX,
                 f"{slow.per_request:.3f} flushes of {LEDGER_LOG} for each change")
    afterwards = all_is_there(programs, directory, merchants, before)
    return report(parts, afterwards)


def traced(programs, directory, merchants, part, request, count, connections, fault):
    """Asks so often, over so many connections, and reads what was flushed meanwhile."""
    trace = programs.scratch / f"{len(programs.servers)}.trace"
    wrapper = ["strace", "-D", "-f", "-y", "--seccomp-bpf", "-ttt", "-T", "-o", str(trace),
               "-e", f"trace={strace.FLUSHES}", *fault]
    server = Server(programs, directory, wrapper=wrapper).wait_until_ready()
    callers = merchants.all[:max(connections, FEW)]
    clients = [Client(server.url) for _ in range(connections)]
    # A new log is named and its head flushed, once; then the mailer has to catch up.
    merchants.change(clients[0], callers[0])
    time.sleep(QUIET_SECONDS)

    def ask(index):
        for number in range(index, count, connections):
            part.ask(request, clients[index], callers[number % len(callers)])

    with concurrent.futures.ThreadPoolExecutor(connections) as threads:
        list(threads.map(ask, range(connections)))
    # What was acknowledged is there, however it ends.
    server.kill()
    part.read(trace, directory)


def one_each(part):
    """The ledger's log is flushed once for each request, before the answer, and not otherwise."""
    counts = collections.Counter(len(part.within(LEDGER_LOG, span)) for span in part.spans)
    part.require(counts.keys() == {1}, f"flushes of {LEDGER_LOG} before an answer, and how often: "
                                       f"{dict(counts)}")
    part.require(len(part.of(LEDGER_LOG)) == len(part.spans),
                 f"{len(part.of(LEDGER_LOG))} flushes of {LEDGER_LOG}, not {len(part.spans)}")


def notes(part):
    """How often the mailer may have noted its position meanwhile."""
    return int(part.seconds * NOTES_PER_SECOND) + 2


def nobody_waits_for_the_vault(part):
    part.require(len(part.of(VAULT_LOG)) <= notes(part),
                 f"{len(part.of(VAULT_LOG))} flushes of {VAULT_LOG}, more than {notes(part)}")
    part.require(not part.of(VAULT), f"{VAULT} was flushed")


def key_comes_first(part):
    """Two flushes: the vault's log is flushed before the ledger's begins to be."""
    missing = 0
    for span in part.spans:
        keys, events = part.within(VAULT_LOG, span), part.within(LEDGER_LOG, span)
        missing += not (keys and events and keys[0].ended <= events[-1].began)
    part.require(missing == 0, f"{missing} events were not flushed after the key of their person")
    flushed = len(part.of(VAULT_LOG)) - len(part.spans)
    part.require(flushed <= notes(part), f"{flushed} more flushes of {VAULT_LOG} than people")
    part.require(not part.of(VAULT), f"{VAULT} was flushed")


def nothing_at_all(part):
    for file in FILES:
        if file != WITNESS:
            part.require(not part.of(file), f"{len(part.of(file))} flushes of {file}")


def none_before_a_flush(part):
    """Many wait for the same flush, and each for one that began after it had asked."""
    without = sum(not part.within(LEDGER_LOG, span) for span in part.spans)
    part.require(without == 0, f"{without} were answered without a flush of {LEDGER_LOG}")


def types(programs, directory):
    return collections.Counter(event["type"] for event in programs.events(directory))


def all_is_there(programs, directory, merchants, before):
    """The ledger is sound, and has the events that were acknowledged and no others."""
    server = Server(programs, directory).wait_until_ready()
    code, told = programs.verify(directory)
    problems = [f"verify: {code} {told}"] if code != 0 else []
    added = types(programs, directory) - before
    acknowledged = collections.Counter(merchants.acknowledged)
    if added != acknowledged:
        problems.append(f"acknowledged {dict(acknowledged)}, found {dict(added)}")
    if server.stop() != 0:
        problems.append("it does not stop cleanly")
    print(f"events: {acknowledged.total():,} acknowledged, {added.total():,} found")
    return problems


def report(parts, afterwards):
    rows = [["part", "requests", "seconds", f"{LEDGER_LOG} each", *FILES]]
    rows += [part.row() for part in parts]
    widths = [max(map(len, column)) for column in zip(*rows)]
    print()
    for row in rows:
        print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()
    outcomes = [*((part.name, part.problems) for part in parts), ("afterwards", afterwards)]
    for name, problems in outcomes:
        for problem in problems:
            print(f"{name}: {problem}")
    failed = sum(bool(problems) for _, problems in outcomes)
    print(f"flushes: {len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
