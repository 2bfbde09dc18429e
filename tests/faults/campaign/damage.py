"""Files that are damaged: every answer is the sound one, or an error that `verify` explains.

Each trial damages one file of a copy of an installation: a bit, a piece that is missing, a file that is gone, or
two that were swapped. Then the same things are read, by the command line and from a server. An answer that
differs and is no error is only allowed where `verify` ends with 4 and the server refuses to start or to append.
"""
import concurrent.futures
import contextlib
import json
import re
import shutil
import subprocess
import time

from client import Client, Gone
from experiment import Skip
from merchant import PASSWORD, PORTAL
from mixed_ages import Ages, truncate_logs
from server import DidNotStart, Server, copy_tree

SOUND, DAMAGED = 0, 4
#: How long a server that serves a damaged ledger may take to find that out.
FINDING_SECONDS = 5
#: How long one may take to be ready.
STARTING_SECONDS = 6
PAGE = 8_192
#: What a page of SQLite begins with, and what it is.
KINDS = {2: "index, inner", 5: "table, inner", 10: "index, leaf", 13: "table, leaf"}
SKIPPED = (".lock", "-shm", "last-backup", ".key")


def damage(campaign, result):
    ages = Ages(campaign, result)
    folder = campaign.new_path("at-rest")
    copy_tree(ages.new, folder)
    for name, sound in (("at rest", folder), ("killed", ages.killed)):
        people = sorted(ages.facts.merchants())
        flips = campaign.size(40, 1_100)
        trials = list(plan(campaign, sound, flips))
        # The flips come first; of the rest a sample takes some.
        rest = trials[flips:]
        trials = trials[:flips] + campaign.random.sample(rest, campaign.size(15, len(rest)))
        one = Trials(campaign, result, name, sound, people)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for finding in pool.map(one.carry_out, trials):
                result.points += 1
                if finding:
                    result.problems.append(f"{name}: {finding}")
        for what, count in sorted(one.outcomes.items()):
            result.remark(f"{name}: {count} times {what}")


def auditor(campaign, result):
    """A copy to which nobody can write, with a log or without one, reads as the original does."""
    ages = Ages(campaign, result)
    for name, sound in (("at rest", ages.new), ("killed", ages.killed)):
        copy, mounted = campaign.new_path("copy"), campaign.new_path("read-only")
        copy_tree(sound, copy, but=("*-shm",))
        mounted.mkdir()
        before = {path.name: path.read_bytes() for path in copy.glob("*.db*")}
        with read_only(copy, mounted):
            revealing = campaign.programs.run_replay(mounted, "--reveal", "log")
            if revealing.returncode != 7 or revealing.stdout:
                result.problems.append(f"{name}: revealed where nobody could record it")
            for command in (("log",), ("verify",), ("-o", "json", "merchants")):
                result.points += 1
                there, here = (campaign.programs.run_replay(folder, *command)
                               for folder in (mounted, sound))
                # How long it took differs from one time to the next.
                what = [re.sub(r"\d+ a second", "", done.stdout).split() for done in (there, here)]
                if there.returncode != here.returncode or what[0] != what[1]:
                    result.problems.append(f"{name}: {' '.join(command)}: {there.stderr[:200]}")
        after = {path.name: path.read_bytes() for path in copy.glob("*.db*")}
        if before != after:
            result.problems.append(f"{name}: something was written beside the copy")


@contextlib.contextmanager
def read_only(folder, mounted):
    """The folder once more, so that not even the superuser can write to it."""
    mounts = (["mount", "--bind", folder, mounted], ["mount", "-o", "remount,ro,bind", mounted])
    try:
        for command in mounts:
            if subprocess.run(command, capture_output=True).returncode != 0:
                raise Skip("nobody may mount here")
        yield
    finally:
        subprocess.run(["umount", mounted], capture_output=True)


def plan(campaign, sound, flips):
    """What is done to which file: as many bits as asked for, spread over all files and kinds of page."""
    files = [path.relative_to(sound) for path in sorted(sound.rglob("*")) if path.is_file()
             and path.stat().st_size and not str(path).endswith(SKIPPED)]
    places = {file: kinds_of(sound / file) for file in files}
    kinds = [(file, kind) for file in files for kind in places[file]]
    for number in range(flips):
        file, kind = kinds[number % len(kinds)]
        first, size = campaign.random.choice(places[file][kind])
        bit = campaign.random.randrange(size * 8)
        yield (f"bit {bit % 8} of byte {first + bit // 8} of {file} ({kind})", flip, file, first * 8 + bit)
    for file in files:
        size = (sound / file).stat().st_size
        yield f"{file} deleted", delete, file, None
        yield f"{file} emptied", cut, file, 0
        for at in {size // 2, size - 1, max(size - PAGE, 0), size - min(size, 100)}:
            yield f"{file} cut at {at}", cut, file, at
    blobs = [file for file in files if file.parts[0] == "documents" and file.name != "witness"]
    for one, other in zip(blobs, blobs[1:]):
        yield f"{one} and {other} swapped", swap, one, (len(one.parts) - 1, other)


def kinds_of(path):
    """Pieces of a file by what they are: first byte and length."""
    size = path.stat().st_size
    if path.suffix != ".db":
        return {"whole": [(0, size)], "beginning": [(0, min(size, 64))]}
    content, kinds = path.read_bytes(), {"header": [(0, 100)]}
    for first in range(0, size, PAGE):
        kind = KINDS.get(content[first + (100 if first == 0 else 0)], "other page")
        kinds.setdefault(kind, []).append((first, min(PAGE, size - first)))
        # Where the cells are: most of a page may be free.
        kinds.setdefault(f"{kind}, cells", []).append((first, 64))
        kinds.setdefault(f"{kind}, cells", []).append((first + PAGE * 3 // 4, PAGE // 4))
    return kinds


def flip(path, bit):
    with open(path, "r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def delete(path, _):
    path.unlink()


def cut(path, at):
    with open(path, "r+b") as file:
        file.truncate(at)


def swap(path, depth_and_other):
    """The other is named from the same folder."""
    depth, other = depth_and_other
    other = path.parents[depth] / other
    one, two = path.read_bytes(), other.read_bytes()
    path.write_bytes(two)
    other.write_bytes(one)


class Trials:
    def __init__(self, campaign, result, name, sound, people):
        self.programs, self.result, self.sound, self.people = campaign.programs, result, sound, people
        self.new_path = campaign.new_path
        self.outcomes = {}
        self.expected = self.look(self.copy())
        # Whoever signed up later cannot sign in.
        known = [email for email in people if self.expected.answers[f"{email} signs in"] == "yes"]
        # Each sign-in takes a hash that is slow on purpose; the command line reads everybody anyway.
        self.people = known[:campaign.size(1, len(known))]
        self.expected = self.look(self.copy())
        if self.expected.verify != SOUND or self.expected.refused or self.expected.errors():
            raise AssertionError(f"{name}: the sound one is not: {self.expected}")

    def copy(self):
        directory = self.new_path("damaged")
        copy_tree(self.sound, directory)
        return directory

    def carry_out(self, trial):
        what, do, file, argument = trial
        directory = self.copy()
        do(directory / file, argument)
        found = self.look(directory)
        verdict, is_allowed = self.judge(found)
        self.outcomes[verdict] = self.outcomes.get(verdict, 0) + 1
        return None if is_allowed else f"{what}: {verdict}; {found.differences(self.expected)}"

    def judge(self, found):
        different, errors = found.compared(self.expected)
        is_named = found.verify == DAMAGED
        is_held = found.refused is not None or found.has_stopped
        if different and not (is_named and is_held):
            return "a false answer", False
        if different:
            return "a false answer that verify names, and nothing is appended", True
        if (errors or found.refused) and not is_named:
            return "an error that verify does not explain", False
        if errors or found.refused:
            return "an error that verify explains", True
        return "the same answers, and verify names it" if is_named else "the same answers", True

    def look(self, directory):
        try:
            look = Look(self.programs.verify_json(directory))
            self.commands(directory, look)
            self.serve(directory, look)
            return look
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def commands(self, directory, look):
        events = self.programs.run_replay(directory, "-o", "jsonl", "--reveal", "log")
        look.answers["log"] = outcome(events)
        for merchant in self.merchants(events):
            for reveal in ((), ("--reveal",)):
                shown = self.programs.run_replay(directory, "-o", "json", *reveal, "show", merchant)
                look.answers[f"show {merchant} {reveal}"] = outcome(shown)

    @staticmethod
    def merchants(events):
        streams = {json.loads(line)["stream"] for line in events.stdout.splitlines()}
        return sorted(f"mer_{name.removeprefix('merchant-').replace('-', '')}" for name in streams
                      if name.startswith("merchant-"))

    def serve(self, directory, look):
        server = Server(self.programs, directory)
        try:
            # One that finds damage at once is never ready.
            server.wait_until_ready(seconds=STARTING_SECONDS)
            client = Client(server.url, patience=20)
            for email in self.people:
                self.portal(client, email, look)
            if look.compared(self.expected)[0] if hasattr(self, "expected") else False:
                look.has_stopped = stops(server)
        except DidNotStart as reason:
            look.refused = str(reason)
        except Gone as error:
            look.answers["server"] = f"ERROR {error}"
        finally:
            server.kill()

    @staticmethod
    def portal(client, email, look):
        def get(path):
            answer = client.call("GET", f"{PORTAL}{path}", token=token)
            look.answers[f"{email} {path}"] = said(answer, path)
            return answer

        body = {"email": email, "password": PASSWORD}
        session = client.call("POST", f"{PORTAL}/sessions", body)
        look.answers[f"{email} signs in"] = "yes" if session.is_success else f"ERROR {session.status}"
        if not session.is_success:
            return
        token = session.json()["token"]
        get("/me")
        listed = get("/merchants")
        for account in listed.json()["data"] if listed.is_success else []:
            merchant = f"/merchants/{account['id']}"
            for rest in ("", "/onboarding", "/contract", "/events?order=newest_first&limit=100"):
                get(f"{merchant}{rest}")
            file = get(f"{merchant}/client-file")
            for one in file.json()["documents"] if file.is_success else []:
                get(f"{merchant}/documents/{one['id']}/content")


def stops(server):
    """Whether a server finds out within a moment that it must not append."""
    until = time.monotonic() + FINDING_SECONDS
    while time.monotonic() < until:
        if not server.runs or not server.is_ready():
            return True
        time.sleep(0.05)
    return False


def said(answer, path):
    """What an answer says, without what each start adds: messages that were owed."""
    if not answer.is_success:
        return f"ERROR {answer.status}"
    if "/events" not in path:
        return answer.body.decode(errors="replace")
    events = [event for event in answer.json()["data"] if not event["type"].startswith("messages.")]
    return json.dumps(events)


def outcome(done):
    if done.returncode != 0:
        return f"ERROR {done.returncode}"
    return done.stdout


class Look:
    """What was read from one directory."""

    def __init__(self, verify):
        self.verify, self.report = verify
        self.answers = {}
        self.refused = None
        self.has_stopped = False

    def __repr__(self):
        return f"{self.errors()}, refused: {self.refused}, verify {self.verify} {self.report}"

    def errors(self):
        return [what for what, answer in self.answers.items() if answer.startswith("ERROR")]

    def compared(self, expected):
        """What differs, and what is an error."""
        different = [what for what, answer in self.answers.items()
                     if not answer.startswith("ERROR") and answer != expected.answers.get(what)]
        return different, self.errors()

    def differences(self, expected):
        different, errors = self.compared(expected)
        return (f"different {different[:3]}, errors {errors[:3]}, refused {self.refused}, "
                f"verify {self.verify} {self.damage()}")

    def damage(self):
        """What `verify` says of it, in short."""
        try:
            return [damage["reason"][:100] for damage in json.loads(self.report)["damage"][:3]]
        except ValueError:
            return self.report[:200]
