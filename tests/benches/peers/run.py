"""Durable appends per second: the ledger's server beside UmaDB and PostgreSQL, on this machine.

usage: run.py [--greffe "COMMAND"] [--rounds 5] [--seconds 4] [--connections 1,16,64,256]

COMMAND measures our own release server and prints one line of JSON for each measurement, as the
program `peers` does: {"what":"greffe-put","connections":16,"rate":9000.0,"p50_ms":1.7,"p99_ms":3.1}.
`what` begins with "greffe". In COMMAND, {connections}, {seconds} and {directory} are replaced; in its
environment TMPDIR is {directory}, so that its scratch files lie on the same disk.

First: apt-get install postgresql protobuf-compiler
       python3 -m venv VENV && VENV/bin/pip install umadb==0.7.8, then --umadb VENV/bin/umadb
       cargo build --release in this directory
Whatever is not installed is named and left out. Exit code 1 if a measurement failed.

Flushes at one connection, counted with strace: UmaDB 0.7.8 two an append (the pages, then the header),
PostgreSQL 15 one an insert (its log). With more connections, what waits together is flushed together.
"""
import argparse
import contextlib
import glob
import json
import os
import pwd
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FLUSHES = ["flush-append", "flush-overwrite"]
IN_MEMORY = ["tmpfs", "ramfs"]

METHOD = """\
Method. {rounds} rounds. In each, every subject is measured in turn, and the order moves on by one from
round to round. A server starts on an empty directory each time; no two run at once. Whoever asks runs on
the same {cores} cores as the server. Each connection has one request under way and TCP on loopback. A
measurement takes {seconds} s. Rates, medians and 99th percentiles are medians over the rounds; beside
a rate stand the lowest and the highest. A ratio is taken within each round, then the median of those.
  flush-append     one thread: 4 KiB at the end of a file, fdatasync
  flush-overwrite  one thread: 4 KiB over written blocks, fdatasync
  umadb            one append of a 500-byte event, on condition that its stream has nothing newer
  umadb-read       the same, after reading the stream (at most 19 events)
  postgres         begin, last revision of the stream, insert, commit; statements prepared
  postgres-insert  one insert that the unique (stream, revision) may refuse; statement prepared
  greffe…          whatever COMMAND measures: whole requests, more than an append alone
UmaDB runs with {umadb_options}, PostgreSQL with fsync, synchronous_commit and full_page_writes on
and otherwise as initdb leaves it. Files lie on {file_system}."""


class Missing(Exception):
    """Something is not installed; the text says what, and how it is had."""


def main():
    arguments = read_arguments()
    # Asked to stop, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scratch = tempfile.mkdtemp(prefix="greffe-peers-", dir=arguments.directory)
    # PostgreSQL's own user has to reach its directory in here.
    os.chmod(scratch, 0o711)
    try:
        return compare(Plan(arguments, scratch))
    except RuntimeError as error:
        sys.exit(f"stopped: {error}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--greffe", metavar="COMMAND", help="measures our server: see the top of this file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", default="1,16,64,256")
    parser.add_argument("--only", help="subjects, separated by commas: disk,umadb,postgres,greffe")
    parser.add_argument("--umadb", default="umadb", metavar="PROGRAM")
    parser.add_argument("--umadb-options", default="", metavar="OPTIONS", help='such as "--pipelined-writer true"')
    parser.add_argument("--peers", default=os.path.join(HERE, "target/release/peers"), metavar="PROGRAM")
    parser.add_argument("--directory", default=tempfile.gettempdir(), help="on the disk to be measured")
    return parser.parse_args()


class Plan:
    def __init__(self, arguments, scratch):
        self.rounds = arguments.rounds
        self.seconds = arguments.seconds
        self.connections = [int(number) for number in arguments.connections.split(",")]
        self.only = arguments.only.split(",") if arguments.only else list(SUBJECTS)
        self.greffe = arguments.greffe
        self.umadb = arguments.umadb
        self.umadb_options = shlex.split(arguments.umadb_options)
        self.peers = arguments.peers
        self.scratch = scratch
        unknown = set(self.only) - set(SUBJECTS)
        if unknown:
            sys.exit(f"not among {', '.join(SUBJECTS)}: {', '.join(unknown)}")

    def fresh_directory(self, name):
        path = os.path.join(self.scratch, name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return path


def compare(plan):
    file_system = output(["stat", "-f", "-c", "%T", plan.scratch])
    if file_system in IN_MEMORY:
        sys.exit(f"{plan.scratch} lies in memory, where a flush costs nothing: name a --directory on a disk")
    print_head(plan, file_system)
    subjects = [name for name in plan.only if is_installed(name, plan)]
    rounds = []
    for number in range(plan.rounds):
        turn = number % max(len(subjects), 1)
        rounds.append(one_round(plan, number, subjects[turn:] + subjects[:turn]))
    print_table(rounds)
    print_ratios_to_peers(rounds)
    print_ratios_to_flushes(rounds)
    return 0


def print_head(plan, file_system):
    umadb_options = f"the options {shlex.join(plan.umadb_options)}" if plan.umadb_options else "its default options"
    print(METHOD.format(rounds=plan.rounds, seconds=plan.seconds, cores=len(os.sched_getaffinity(0)),
                        umadb_options=umadb_options, file_system=file_system))
    print()


def is_installed(name, plan):
    try:
        print(f"{name}: {SUBJECTS[name].version(plan)}", flush=True)
        return True
    except Missing as missing:
        print(f"{name}: NOT MEASURED: {missing}", flush=True)
        return False


def one_round(plan, number, subjects):
    """What was measured, by (what, connections)."""
    lines = {}
    for name in subjects:
        # What the one before has written is none of the next one's business.
        os.sync()
        for line in SUBJECTS[name].measure(plan):
            say(f"round {number + 1}: {json.dumps(line)}")
            lines[line["what"], line["connections"]] = line
    return lines


# The subjects. Each says its version, or what is missing, and is measured as a list of lines.


class Disk:
    @staticmethod
    def version(plan):
        need_peers(plan)
        return "one thread, fdatasync"

    @staticmethod
    def measure(plan):
        return peers(plan, ["--directory", plan.scratch])


class UmaDb:
    @staticmethod
    def version(plan):
        need_peers(plan)
        need_program(plan.umadb, "pip install umadb, and say --umadb VENV/bin/umadb")
        return output([plan.umadb, "--version"]).split("\n")[-1]

    @staticmethod
    def measure(plan):
        with umadb_server(plan) as url:
            return peers(plan, ["--umadb", url])


class Postgres:
    @staticmethod
    def version(plan):
        need_peers(plan)
        if os.geteuid() == 0:
            need_program("runuser", "apt-get install util-linux")
            need_user("postgres")
        return output([postgres_program("postgres"), "--version"])

    @staticmethod
    def measure(plan):
        with postgres_cluster(plan) as settings:
            return peers(plan, ["--postgres", settings])


class Greffe:
    @staticmethod
    def version(plan):
        if not plan.greffe:
            raise Missing('no --greffe "COMMAND" was given')
        return plan.greffe

    @staticmethod
    def measure(plan):
        return greffe(plan, plan.greffe)


SUBJECTS = {"disk": Disk, "umadb": UmaDb, "postgres": Postgres, "greffe": Greffe}


def greffe(plan, command):
    """Runs a command that measures our own server; its lines have the form of `peers`."""
    directory = plan.fresh_directory("greffe")
    words = {
        "{connections}": ",".join(map(str, plan.connections)),
        "{seconds}": str(plan.seconds),
        "{directory}": directory,
    }
    for word, value in words.items():
        command = command.replace(word, shlex.quote(value))
    try:
        lines = lines_of(plan, shlex.split(command), {"TMPDIR": directory})
    finally:
        shutil.rmtree(directory)
    strangers = [line["what"] for line in lines if not line["what"].startswith("greffe")]
    if strangers:
        raise RuntimeError(f'"what" has to begin with greffe: {strangers}')
    return lines


def peers(plan, target):
    connections = ",".join(map(str, plan.connections))
    options = ["--connections", connections, "--seconds", str(plan.seconds)]
    return lines_of(plan, [plan.peers, *target, *options], {})


def lines_of(plan, command, environment):
    """Runs a command to its end and returns its lines of JSON; whatever else it prints is shown."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True,
                               env={**os.environ, **environment})
    try:
        printed, _ = process.communicate(timeout=longest(plan))
    finally:
        # Also what the command itself has started and left behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} ended with {process.returncode}")
    lines = [line for line in printed.split("\n") if line.strip()]
    for line in lines:
        if not line.startswith("{"):
            say(line)
    return [json.loads(line) for line in lines if line.startswith("{")]


def longest(plan):
    """Far more than a command should take; one that hangs is still ended."""
    return 300 + 10 * len(plan.connections) * (plan.seconds + 10)


# Servers


@contextlib.contextmanager
def umadb_server(plan):
    directory, port = plan.fresh_directory("umadb"), free_port()
    log = os.path.join(directory, "log")
    command = [plan.umadb, "--listen", f"127.0.0.1:{port}", "--db-path", os.path.join(directory, "umadb.db")]
    with open(log, "wb") as file:
        process = subprocess.Popen(command + plan.umadb_options, stdout=file, stderr=subprocess.STDOUT,
                                   start_new_session=True)
    try:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)
        shutil.rmtree(directory)


@contextlib.contextmanager
def postgres_cluster(plan):
    directory, port = plan.fresh_directory("postgres"), free_port()
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
    data, log = os.path.join(directory, "data"), os.path.join(directory, "log")
    # Nobody but this machine reaches it, and it is gone when the measurement is done.
    as_postgres(plan, "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
    with open(os.path.join(data, "postgresql.conf"), "a") as file:
        file.write(postgres_settings(plan, port))
    as_postgres(plan, "pg_ctl", "-D", data, "-l", log, "-w", "start")
    try:
        yield f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
    finally:
        # Its data are thrown away, so it need not write them first.
        as_postgres(plan, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(directory)


def postgres_settings(plan, port):
    return (
        "listen_addresses = '127.0.0.1'\n"
        f"port = {port}\n"
        "unix_socket_directories = ''\n"
        # While new ones are opened, those of the measurement before may still be closing.
        f"max_connections = {2 * max(plan.connections) + 20}\n"
        "fsync = on\n"
        "synchronous_commit = on\n"
        "full_page_writes = on\n"
    )


def as_postgres(plan, program, *arguments):
    """PostgreSQL refuses to run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    output(prefix + [postgres_program(program), *arguments], cwd=plan.scratch)


def postgres_program(name):
    """Debian keeps each version's programs out of PATH."""
    kept = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    newest = max(kept, key=lambda path: int(path.split("/")[-3]), default=None)
    found = newest or shutil.which(name)
    if not found:
        raise Missing(f"{name} is not installed: apt-get install postgresql")
    return found


def wait_for_port(port, process, log):
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    with open(log, errors="replace") as file:
        raise RuntimeError(f"UmaDB's server did not start:\n{file.read()}")


def stop(process):
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def need_peers(plan):
    need_program(plan.peers, f"cargo build --release in {os.path.relpath(HERE)}")


def need_program(program, remedy):
    if not shutil.which(program):
        raise Missing(f"{program} is not there: {remedy}")


def need_user(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise Missing(f"there is no user {name}, and PostgreSQL does not run as root") from None


def output(command, cwd=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout.strip()


def say(text):
    print(text, file=sys.stderr, flush=True)


# Tables


def print_table(rounds):
    print(f"\n{'what':<20}{'connections':>12}{'appends/s':>11}  {'lowest – highest':<18}{'median':>11}{'p99':>11}")
    for key in keys(rounds):
        rates = values(rounds, key, "rate")
        spread = f"{min(rates):.0f} – {max(rates):.0f}"
        median, p99 = (statistics.median(values(rounds, key, name)) for name in ["p50_ms", "p99_ms"])
        print(f"{key[0]:<20}{key[1]:>12}{statistics.median(rates):>11.0f}  {spread:<18}"
              f"{median:>8.2f} ms{p99:>8.2f} ms")


def print_ratios_to_peers(rounds):
    ours = [key for key in keys(rounds) if is_ours(key)]
    if not ours:
        return
    print(f"\n{'greffe / peer':<20}{'connections':>12}  {'ratio':<24}best peer, and every other")
    for key in ours:
        theirs = [other for other in keys(rounds) if is_peer(other) and other[1] == key[1]]
        theirs.sort(key=lambda other: -statistics.median(values(rounds, other, "rate")))
        best, *others = [f"{ratio(rounds, key, other)} {other[0]}" for other in theirs] or ["– none"]
        figure, _, name = best.rpartition(" ")
        print(f"{key[0]:<20}{key[1]:>12}  {figure:<24}{'; '.join([name, *others])}")


def print_ratios_to_flushes(rounds):
    first = [key for key in keys(rounds) if key[1] == 1 and key[0] not in FLUSHES]
    flushes = [(name, 1) for name in FLUSHES if (name, 1) in keys(rounds)]
    if not first or not flushes:
        return
    print(f"\n{'at 1 connection':<20}" + "".join(f"  {'/ ' + name:<24}" for name, _ in flushes))
    for key in first:
        print(f"{key[0]:<20}" + "".join(f"  {ratio(rounds, key, flush):<24}" for flush in flushes))


def ratio(rounds, key, other):
    """The median over the rounds that have both, with the lowest and the highest."""
    ratios = [lines[key]["rate"] / lines[other]["rate"] for lines in rounds if key in lines and other in lines]
    if not ratios:
        return "–"
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} – {max(ratios):.2f})"


def keys(rounds):
    """In the order of the subjects, then as they were measured, then by connections."""
    found = {key for lines in rounds for key in lines}
    return sorted(found, key=lambda key: (is_peer(key) + 2 * is_ours(key), key[0], key[1]))


def values(rounds, key, name):
    return [lines[key][name] for lines in rounds if key in lines]


def is_peer(key):
    return key[0].startswith(("umadb", "postgres"))


def is_ours(key):
    return key[0].startswith("greffe")


if __name__ == "__main__":
    sys.exit(main())
