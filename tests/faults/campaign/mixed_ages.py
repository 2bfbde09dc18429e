"""Files of different moments side by side: half a data directory is never taken for a whole one."""
import contextlib
import dataclasses
import shutil
import sqlite3
import time
from collections.abc import Callable

from checker import Finding
from client import Client, Gone
from merchant import PASSWORD, PORTAL, Merchant, beginning, signing
from server import DidNotStart, Server, copy_tree

LEDGER, VAULT = "ledger.db", "vault.db"
#: How long a start may take to see what is wrong.
REFUSAL_SECONDS = 20
#: What only says how far somebody had read; an operator may have removed it.
COMPANIONS = ("mailer.checkpoint", "read_models.snapshot")


def mixed_ages(campaign, result):
    """What does not belong together is refused at start, in words that name a file."""
    ages = Ages(campaign, result)
    for case in CASES:
        for is_bare in (False, True) if case.is_ledgers else (False,):
            name = f"{case.name}, nobody's progress beside it" if is_bare else case.name
            directory = campaign.new_path("mixed")
            case.build(ages, directory)
            if is_bare:
                for companion in COMPANIONS:
                    (directory / companion).unlink(missing_ok=True)
            refuse(campaign, result, name, directory, case.names)
            shutil.rmtree(directory)
    older_vault_ends_sessions(campaign, result)


class Ages:
    """Copies of one installation at different moments, and one of another installation."""

    def __init__(self, campaign, result):
        self.campaign = campaign
        one = campaign.install(result)
        one.town.plans = plans
        self.old = self.live_and_copy(one, 2)
        self.new = self.live_and_copy(one, 2)
        # What follows stands in the write-ahead log only.
        truncate_logs(one.directory)
        one.town.live(one.start(), 1)
        wait_for_mark(one.directory)
        one.server.kill()
        self.killed = self.copy(one.directory)
        self.facts = one.town.facts
        one.close()
        other = campaign.install(result)
        other.town.plans = plans
        self.other = self.live_and_copy(other, 2)
        other.close()

    def live_and_copy(self, installation, count):
        installation.town.live(installation.start(), count)
        installation.server.stop()
        return self.copy(installation.directory)

    def copy(self, directory):
        target = self.campaign.new_path("age")
        copy_tree(directory, target)
        return target


def plans(number):
    """One of two signs; the other leaves people behind."""
    return signing if number % 2 == 0 else lambda merchant: [
        *beginning(), (Merchant.add_person,), (Merchant.hand_in, 30_000), (Merchant.add_person,)]


# How the directories of the cases come about.

def without(directory, name):
    for ending in ("", "-wal", "-shm"):
        (directory / f"{name}{ending}").unlink(missing_ok=True)


def whole(source, target, name):
    """A database of another moment, as a backup has it: one file, with all its records."""
    without(target, name)
    with contextlib.closing(sqlite3.connect(source / name)) as origin, \
            contextlib.closing(sqlite3.connect(target / name)) as copy:
        origin.backup(copy)


def wait_for_mark(directory, seconds=10):
    """Until the vault has noted the last record, which it does within a quarter of a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (one_value(directory / VAULT, "SELECT position FROM witness")
                == one_value(directory / LEDGER, "SELECT max(position) FROM record")):
            return
        time.sleep(0.05)
    raise AssertionError(f"the vault did not note the last record within {seconds} s")


def one_value(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchone()[0]


def truncate_logs(directory):
    for name in (LEDGER, VAULT):
        with contextlib.closing(sqlite3.connect(directory / name)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def ledger_missing(ages, directory):
    copy_tree(ages.new, directory)
    without(directory, LEDGER)


def ledger_empty(ages, directory):
    ledger_missing(ages, directory)
    (directory / LEDGER).touch()


def ledger_without_log(ages, directory):
    copy_tree(ages.killed, directory)
    for ending in ("-wal", "-shm"):
        (directory / f"{LEDGER}{ending}").unlink(missing_ok=True)


def older_ledger(ages, directory):
    copy_tree(ages.new, directory)
    whole(ages.old, directory, LEDGER)


def older_ledger_under_newer_log(ages, directory):
    copy_tree(ages.killed, directory)
    # The databases of `old` have logs of their own; a backup is one file.
    single = directory.with_name(f"{directory.name}-single")
    single.mkdir()
    whole(ages.old, single, LEDGER)
    shutil.copy(single / LEDGER, directory / LEDGER)
    shutil.rmtree(single)


def other_ledger(ages, directory):
    copy_tree(ages.new, directory)
    whole(ages.other, directory, LEDGER)


def vault_missing(ages, directory):
    copy_tree(ages.new, directory)
    without(directory, VAULT)


def vault_empty(ages, directory):
    vault_missing(ages, directory)
    (directory / VAULT).touch()


def older_vault(ages, directory):
    copy_tree(ages.new, directory)
    whole(ages.old, directory, VAULT)


def other_vault(ages, directory):
    copy_tree(ages.new, directory)
    whole(ages.other, directory, VAULT)


def other_vault_and_key(ages, directory):
    other_vault(ages, directory)
    shutil.copy(ages.other / "keys/master.key", directory / "keys/master.key")


def documents_missing(ages, directory):
    copy_tree(ages.new, directory)
    shutil.rmtree(directory / "documents")


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    build: Callable
    #: One of these stands in the refusal.
    names: tuple
    #: Tried without the companions too, which otherwise give it away.
    is_ledgers: bool = False


CASES = (
    Case("ledger missing", ledger_missing, (LEDGER,), True),
    Case("ledger of 0 bytes", ledger_empty, (LEDGER,), True),
    Case("ledger without its log", ledger_without_log, (LEDGER,), True),
    Case("older ledger", older_ledger, (LEDGER,), True),
    Case("older ledger under a newer log", older_ledger_under_newer_log, (LEDGER,), True),
    Case("ledger of another installation", other_ledger, (LEDGER, VAULT), True),
    Case("vault missing", vault_missing, (VAULT,)),
    Case("vault of 0 bytes", vault_empty, (VAULT,)),
    Case("older vault that lacks keys", older_vault, (VAULT,)),
    Case("vault of another installation", other_vault, (VAULT, "master.key")),
    Case("vault and key of another installation", other_vault_and_key, (LEDGER, VAULT)),
    Case("documents missing", documents_missing, ("documents",)),
)


def refuse(campaign, result, name, directory, names):
    """It must end by itself, before it is ready, and name a file."""
    result.points += 1
    server = Server(campaign.programs, directory)
    try:
        server.wait_until_ready(seconds=REFUSAL_SECONDS)
    except DidNotStart:
        words = server.last_words()
        if not any(file in words for file in names):
            result.problems.append(f"{name}: the refusal names no file: {words}")
        if server.process.returncode <= 0:
            result.problems.append(f"{name}: it did not end with a refusal of its own")
        return
    result.remark(f"started: {name}")
    acknowledged = register_strangers(server)
    server.kill()
    # Ready is a promise of its own.
    for number in range(max(1, acknowledged)):
        why = "a server that must not start was ready, and acknowledged this"
        result.add(name, {Finding("falsely acknowledged", f"registration {number}", why)})


def register_strangers(server, count=3):
    client, acknowledged = Client(server.url), 0
    for number in range(count):
        body = {"email": f"stranger{number}@example.com", "password": PASSWORD, "language": "fr"}
        with contextlib.suppress(Gone):
            acknowledged += client.call("POST", f"{PORTAL}/registrations", body).is_success
    client.close()
    return acknowledged


def older_vault_ends_sessions(campaign, result):
    """An older vault that lacks no keys may come back; who signed out since stays signed out."""
    result.points += 1
    installation = campaign.install(result)
    installation.town.plans = plans
    installation.town.live(installation.start(), 2)
    installation.server.stop()
    copy = campaign.new_path("vault")
    copy.mkdir()
    whole(installation.directory, copy, VAULT)
    client = Client(installation.start().url)
    for command in installation.town.facts.all("session"):
        token = command.answer["token"]
        if client.call("DELETE", f"{PORTAL}/sessions/current", token=token).is_success:
            installation.town.facts.end_session(token)
    client.close()
    installation.server.stop()
    whole(copy, installation.directory, VAULT)
    installation.check(may_sessions_end=True)
    installation.close()
