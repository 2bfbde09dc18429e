"""A greffe that runs on a directory, and the command line `replay` beside it."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

START_SECONDS = 60
STOP_SECONDS = 60
COMMAND_SECONDS = 120


class DidNotStart(Exception):
    pass


def copy_tree(directory, target, but=(), **how):
    """All files of a directory; the socket that a killed server leaves there is none."""
    return shutil.copytree(directory, target, ignore=shutil.ignore_patterns("*.socket", *but), **how)


class Programs:
    """The two programs, and where what they print is kept."""

    def __init__(self, greffe, replay, scratch):
        self.greffe, self.replay = os.path.abspath(greffe), os.path.abspath(replay)
        self.scratch = pathlib.Path(scratch)
        self.logs = self.scratch / "logs"
        self.logs.mkdir(exist_ok=True)
        self.servers = []

    def run_greffe(self, *arguments):
        return run([self.greffe, *map(str, arguments)])

    def run_replay(self, directory, *arguments, environment=None):
        """Whoever reveals says for what, unless the experiment says something else."""
        environment = {"GREFFE_PURPOSE": "technical", "GREFFE_REFERENCE": "campaign", **(environment or {})}
        return run([self.replay, "--directory", str(directory), *arguments], environment)

    def verify(self, directory, environment=None):
        done = self.run_replay(directory, "verify", environment=environment)
        return done.returncode, last_lines(done.stdout + done.stderr)

    def verify_json(self, directory):
        """The exit code, and the report in one line."""
        done = self.run_replay(directory, "-o", "jsonl", "verify")
        return done.returncode, (done.stdout + done.stderr).strip()

    def events(self, directory):
        done = self.run_replay(directory, "-o", "jsonl", "log")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def can_back_up(self):
        return self.run_greffe("backup", "--help").returncode == 0

    def kill_all(self):
        """Whatever an experiment left behind."""
        for server in self.servers:
            if server.runs:
                server.kill()


def run(command, environment=None):
    env = {**os.environ, **(environment or {})}
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS,
                              env=env, errors="replace")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"not done in {COMMAND_SECONDS} s")


class Server:
    """One process. `wrapper` is a command line that starts it, for strace."""

    def __init__(self, programs, directory, wrapper=(), options=(), environment=None):
        programs.servers.append(self)
        number = len(programs.servers)
        self.stdout = programs.logs / f"{number}.out"
        self.stderr = programs.logs / f"{number}.err"
        self.directory = pathlib.Path(directory)
        self.environment = environment
        command = [*wrapper, programs.greffe, "--directory", str(directory),
                   "--listen", "127.0.0.1:0", "--development", *options]
        env = {**os.environ, "GREFFE_REQUESTS_PER_MINUTE": "100000000", "GREFFE_LOG": "warn",
               **(environment or {})}
        with open(self.stdout, "wb") as out, open(self.stderr, "wb") as err:
            # A group of its own, so that a tracer goes down with what it traces.
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=env,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        self.url = None

    def wait_until_ready(self, seconds=START_SECONDS):
        """The address, once /readyz says 200; raises what stands on stderr if it ends before."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise DidNotStart(self.last_words() or f"it ended with {self.process.returncode}")
            if self.is_ready():
                return self
            time.sleep(0.01)
        self.kill()
        raise DidNotStart(f"not ready after {seconds} s: {self.last_words()}")

    def is_ready(self):
        if self.url is None:
            found = re.search(r"^Greffe is at (http\S+)", self.stdout.read_text(errors="replace"),
                              re.M)
            if not found:
                return False
            self.url = found[1]
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    @property
    def runs(self):
        return self.process.poll() is None

    def kill(self):
        """SIGKILL, to the tracer too."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(timeout=STOP_SECONDS)

    def stop(self):
        """SIGTERM; the exit code, or nothing if it had to be killed after a while."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def last_words(self):
        """The last lines of stderr, without the form of the log and the directory's name."""
        lines = []
        for line in self.stderr.read_text(errors="replace").splitlines()[-4:]:
            try:
                lines.append(json.loads(line)["fields"]["message"])
            except (ValueError, KeyError, TypeError):
                lines.append(line)
        words = " / ".join(line for line in lines if line)
        return words.replace(str(self.directory), "DATA")[-600:]


def last_lines(text):
    return " / ".join(text.strip().splitlines()[-3:])[-300:]
