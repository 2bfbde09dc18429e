"""What an acknowledged change costs in flushes, and how long the logs grow."""
import contextlib
import pathlib
import re
import time

import strace
from client import Client
from merchant import PORTAL, beginning, person, png
from town import Load

COMMANDS, UPLOADS = 40, 20
#: The mailer writes down how far it has read at most so often, beside the commands.
NOTES_PER_SECOND = 4
LOG_BYTES_MAX = 64_000_000


def flushes(campaign, result):
    """A command costs one flush of the ledger, an upload that and those of its own file."""
    strace.needed()
    installation = campaign.install(result)
    installation.town.plans = lambda number: lambda merchant: beginning()
    merchant = installation.town.live(installation.start(), 1)[0]
    installation.server.stop()
    trace = campaign.new_path("flushes")
    server = installation.start(wrapper=["strace", "-D", "-f", "-y", "-ttt", "-o", str(trace),
                                         "-e", f"trace={strace.FLUSHES}"])
    client = Client(server.url)
    me, files = f"{PORTAL}/me/profile", f"{PORTAL}/merchants/{merchant.id}/documents"
    people = f"{PORTAL}/merchants/{merchant.id}/people"

    def profile(number):
        body = {"first_name": f"Marie{chr(97 + number % 26)}", "last_name": "Exemple",
                "mobile": merchant.mobile}
        return client.call("PUT", me, body, token=merchant.token)

    def add(number):
        body = person(merchant, f"flush{number}", "delegate")
        return client.call("POST", people, body, token=merchant.token, key=f"p{number}")

    def upload(number):
        form = {"kind": "other", "file": png(f"flush{number}", 20_000)}
        return client.call("POST", files, form=form, token=merchant.token, key=f"u{number}")

    profile(7)  # a new log is named and its head flushed, once
    time.sleep(1)  # the mailer has caught up
    spans = {"PUT": span(profile, COMMANDS), "POST with a key": span(add, UPLOADS),
             "upload": span(upload, UPLOADS)}
    server.stop()
    for kind, (count, refused, began, ended) in spans.items():
        if refused:
            result.problems.append(f"{kind}: {refused} of {count} were refused: an empty count")
        result.points += count
        weigh(result, kind, count, ended - began, flushed(trace, began, ended))
    installation.close()


def span(change, count):
    began = time.time()
    refused = sum(not change(number).is_success for number in range(count))
    return count, refused, began, time.time()


def flushed(trace, began, ended):
    """How often each kind of file was flushed between two moments."""
    counts = {"ledger": 0, "vault": 0, "document": 0, "folder": 0}
    for line in pathlib.Path(trace).read_text(errors="replace").splitlines():
        found = re.search(r"(\d+\.\d+) \w+\(\d+<([^>]+)>", line)
        if not found or not began <= float(found[1]) <= ended:
            continue
        path = found[2]
        if path.endswith("ledger.db-wal"):
            counts["ledger"] += 1
        elif "vault.db" in path:
            counts["vault"] += 1
        elif re.search(r"documents/../[0-9a-f]{32}", path):
            counts["document"] += 1
        elif re.search(r"documents(/..)?$", path):
            counts["folder"] += 1
    return counts


def weigh(result, kind, count, seconds, counts):
    wanted = {"ledger": count, "document": count if kind == "upload" else 0}
    for file, number in wanted.items():
        if counts[file] != number:
            result.problems.append(f"{count} × {kind}: {counts[file]} flushes of the {file}, "
                                   f"not {number}")
    if kind == "upload" and counts["folder"] < count:
        result.problems.append(f"{count} uploads: only {counts['folder']} flushes of their folders")
    # Each person has a key of their own in the vault.
    own = count if kind == "POST with a key" else 0
    if counts["vault"] > own + seconds * NOTES_PER_SECOND + 2:
        result.problems.append(f"{count} × {kind}: {counts['vault']} flushes of the vault in "
                               f"{seconds:.1f} s")
    told = ", ".join(f"{file} {number}" for file, number in counts.items())
    result.remark(f"{kind}: {count} in {seconds:.1f} s, flushes: {told}")


def short_logs(campaign, result):
    """The logs stay short while clients write, and are empty after a clean stop."""
    installation = campaign.install(result)
    server = installation.start()
    longest = {"ledger.db-wal": 0, "vault.db-wal": 0}
    with Load(server, installation.town, threads=6):
        until = time.monotonic() + campaign.size(8, 60)
        while time.monotonic() < until:
            time.sleep(0.05)
            for name in longest:
                longest[name] = max(longest[name], size(installation.directory / name))
    result.points += 1
    code = server.stop()
    for name, bytes_ in longest.items():
        if bytes_ > LOG_BYTES_MAX:
            result.problems.append(f"{name} grew to {bytes_:,} bytes")
        if size(installation.directory / name):
            result.problems.append(f"{name} is not empty after a clean stop")
    if code != 0:
        result.problems.append(f"a clean stop ended with {code}")
    result.remark(", ".join(f"{name} at most {bytes_ / 1e6:.1f} MB"
                            for name, bytes_ in longest.items()))
    installation.check()
    installation.close()


def size(path):
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0
