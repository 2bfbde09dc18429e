"""What all experiments share: an installation that is checked after each fault, and a result."""
import collections
import dataclasses
import random
import re
import shutil
import time

from checker import COLUMNS, check
from observe import observe
from server import Server
from town import Town


class Skip(Exception):
    """This machine does not allow the experiment."""


@dataclasses.dataclass
class Result:
    name: str
    points: int = 0
    #: By kind.
    commands: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    findings: dict = dataclasses.field(default_factory=dict)
    #: What is wrong but fits into no column.
    problems: list = dataclasses.field(default_factory=list)
    #: What is worth knowing, and not wrong in itself: the first of a kind, and how many there are.
    remarks: dict = dataclasses.field(default_factory=dict)
    skipped: str | None = None
    seconds: float = 0.0

    def add(self, installation, findings):
        for finding in findings:
            self.findings.setdefault((installation, finding.column, finding.what), finding)

    def count(self, column):
        return sum(finding.column == column for finding in self.findings.values())

    @property
    def acknowledged(self):
        return self.commands.total()

    @property
    def is_clean(self):
        return not self.findings and not self.problems

    def remark(self, text):
        if text:
            # Numbers differ from one time to the next.
            kind = re.sub(r"\d+", "#", text)
            first, times = self.remarks.get(kind, (text, 0))
            self.remarks[kind] = (first, times + 1)

    def row(self):
        counts = [str(self.count(column)) for column in COLUMNS]
        remarks = [f"{len(self.problems)} problems"] if self.problems else []
        remarks += [f"{len(self.remarks)} remarks"] if self.remarks else []
        remarks.append(f"{self.seconds:.0f} s")
        return [self.name, str(self.points), str(self.acknowledged), *counts, ", ".join(remarks)]


class Campaign:
    """One run: the programs, a scratch directory, and how much of it there is to be."""

    def __init__(self, programs, is_whole, seed):
        self.programs, self.is_whole = programs, is_whole
        self.scratch = programs.scratch
        self.random = random.Random(seed)
        self.made = 0

    def size(self, sample, whole):
        return whole if self.is_whole else sample

    def new_path(self, name):
        self.made += 1
        return self.scratch / f"{name}-{self.made}"

    def install(self, result, directory=None, town=None):
        self.made += 1
        directory = directory or self.scratch / f"data-{self.made}"
        return Installation(self, result, directory, self.made, town)


class Installation:
    """A data directory, the people who use it, and the server that runs on it for now."""

    def __init__(self, campaign, result, directory, number, town):
        self.campaign, self.result = campaign, result
        self.directory, self.number = directory, number
        self.town = town or Town()
        self.server = None
        self.is_lost = False

    def start(self, **options):
        self.server = Server(self.campaign.programs, self.directory, **options)
        return self.server.wait_until_ready()

    def check(self, environment=None, **options):
        """Starts it again without any fault and compares. The server stays; false if there is
        none, because it does not start any more."""
        self.server = Server(self.campaign.programs, self.directory, environment=environment)
        seen = observe(self.campaign.programs, self.server, self.town.facts, self.town.signed_in)
        self.result.add(self.number, check(self.town.facts, seen, **options))
        if not seen.is_started:
            self.result.remark(f"did not start again: {seen.why_not_started}")
            self.is_lost = True
        return seen.is_started

    def close(self):
        """Counts what was acknowledged here, stops the server and removes the directory."""
        self.result.commands.update(
            command.kind for command in self.town.facts.all() if command.is_acknowledged)
        for reason, count in self.town.tally.given_up.items():
            self.result.remark(f"gave up ×{count}: {reason}")
        if self.server is not None and self.server.runs:
            code = self.server.stop()
            if code != 0:
                self.result.problems.append(f"a clean stop ended with {code}")
        shutil.rmtree(self.directory, ignore_errors=True)


def rounds(campaign, result, points, per_installation=10):
    """An installation for each point: the same one for some points, then a fresh one."""
    installation = None
    try:
        for point in range(points):
            if installation is None or installation.is_lost or point % per_installation == 0:
                if installation is not None:
                    installation.close()
                installation = campaign.install(result)
            yield installation
    finally:
        if installation is not None:
            installation.close()


def nap(campaign, least, most):
    time.sleep(campaign.random.uniform(least, most))
