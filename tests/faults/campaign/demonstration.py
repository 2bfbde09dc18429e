"""The demonstration's simulated clock, for what takes a month: forgetting. And two at once."""
import contextlib
import pathlib
import re
import sqlite3
import time

from checker import Finding
from client import Client
from merchant import PASSWORD, PORTAL
from mixed_ages import LEDGER, VAULT, whole
from server import DidNotStart, Server, copy_tree

HOURS_UNTIL_FORGOTTEN = 24 * 32


def forgotten_stay_forgotten(campaign, result):
    """An older vault comes back; whoever was forgotten since is forgotten again."""
    home = campaign.new_path("demo")
    home.mkdir()
    first = demonstration(campaign, home)
    try:
        first.wait_until_ready()
        directory = data_directory(first)
        forget_and_restore(campaign, result, first, directory)
        second_beside_the_first(campaign, result, home, first, directory)
    finally:
        first.kill()


def demonstration(campaign, home):
    return Server(campaign.programs, home, options=["--demo"],
                  environment={"TMPDIR": str(home)})


def data_directory(server):
    found = re.search(r"^  data +(.+)$", server.stdout.read_text(), re.M)
    return pathlib.Path(found[1])


def forget_and_restore(campaign, result, server, directory):
    older = campaign.new_path("older-vault")
    older.mkdir()
    register(server, "forgotten@example.com")
    whole(directory, older, VAULT)
    answer = Client(server.url, patience=120).call(
        "POST", "/dev/clock/advance", {"hours": HOURS_UNTIL_FORGOTTEN})
    if not answer.is_success:
        result.problems.append(f"the clock could not be turned: {answer.status} {answer.code}")
        return
    time.sleep(1.0)
    before, after = wrapped_keys(older), wrapped_keys(directory)
    forgotten = {subject: wrapped for subject, wrapped in before.items() if subject not in after}
    if not forgotten:
        result.problems.append("nobody was forgotten")
        return
    still_in_files(result, directory, forgotten)
    bring_back(campaign, result, directory, older, forgotten)


def register(server, email):
    body = {"email": email, "password": PASSWORD, "language": "fr"}
    answer = Client(server.url).call("POST", f"{PORTAL}/registrations", body)
    return answer.is_success


def wrapped_keys(directory):
    with contextlib.closing(sqlite3.connect(directory / VAULT)) as vault:
        return dict(vault.execute("SELECT subject, wrapped FROM data_key"))


def still_in_files(result, directory, forgotten):
    """Once forgetting is acknowledged, the wrapped key is in no file any more."""
    result.points += 1
    for path in (path for path in directory.rglob("*") if path.is_file()):
        content = path.read_bytes()
        there = [subject for subject, wrapped in forgotten.items() if wrapped in content]
        if there:
            result.problems.append(f"{len(there)} of {len(forgotten)} keys of forgotten people "
                                   f"stand in {path.name}")


def bring_back(campaign, result, directory, older, forgotten):
    """A copy of the directory with the vault of before: the server forgets them again."""
    result.points += 1
    copy = campaign.new_path("restored")
    copy_tree(directory, copy, but=("*.db", "*.db-*", "*.lock"))
    whole(directory, copy, LEDGER)
    whole(older, copy, VAULT)
    server = Server(campaign.programs, copy)
    try:
        server.wait_until_ready()
    except DidNotStart as reason:
        result.problems.append(f"an older vault that lacks no keys: {str(reason)[:150]}")
        return
    time.sleep(1.0)
    server.stop()
    revived = wrapped_keys(copy).keys() & forgotten.keys()
    result.remark(f"{len(forgotten)} people were forgotten")
    for subject in revived:
        result.add("older vault", {Finding("invented", subject.hex(), "known again")})


def second_beside_the_first(campaign, result, home, first, directory):
    """Another demonstration must leave the files of the one that runs alone."""
    result.points += 1
    before = files(directory)
    second = demonstration(campaign, home)
    with contextlib.suppress(DidNotStart):
        second.wait_until_ready()
    second.kill()
    gone = [name for name, number in before.items() if files(directory).get(name) != number]
    if gone:
        result.problems.append(f"a second --demo replaced {', '.join(sorted(gone))} of the first")
        return
    if not register(first, "later@example.com"):
        result.problems.append("beside a second --demo, the first one no longer works")
    code, report = campaign.programs.verify(directory)
    if code != 0:
        result.problems.append(f"after a second --demo, verify: {code} {report[:100]}")


def files(directory):
    """By name, the number of each file that lasts: another number is another file."""
    return {path.name: path.stat().st_ino for path in directory.glob("*")
            if path.name in (LEDGER, VAULT, "keys", "documents")}
