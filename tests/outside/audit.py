"""The officer's questions of docs/operating/audit.md, asked of the demonstration.

usage: audit.py path/to/greffe path/to/replay

Each line that stands below a command must stand in its answer: its words, in their order, in one row.
"""
import json
import pathlib
import re
import shlex
import sys

from common import check, with_demonstration

PAGE = pathlib.Path(__file__).parents[2] / "docs/operating/audit.md"


class Officer:
    def __init__(self, programs, server):
        self.programs = programs
        self.directory = re.search(r"^  data +(.+)$", server.stdout.read_text(), re.M)[1]
        approved = self.entries("merchant10@example.com", "review.client_file_approved")[0]
        rejected = self.entries("merchant13@example.com", "review.client_file_rejected")[0]
        # When a message was sent among the rest differs, and revisions with it.
        moments = f"v{approved['revision'] - 1}..v{approved['revision']}"
        self.names = {"MERCHANT13": rejected["subject"], "MERCHANT": approved["subject"],
                      "EVENT": approved["event"], "v28..v29": moments}

    def entries(self, merchant, kind):
        return json.loads(self.replay(["-o", "json", "--reveal", "log", merchant, "--type", kind]))

    def replay(self, arguments):
        said = dict(re.findall(r"(GREFFE_\w+)='?([^'\n]+?)'?(?= GREFFE|$)", PAGE.read_text(), re.M))
        done = self.programs.run_replay(self.directory, *arguments, environment=said)
        check(done.returncode in (0, 1), f"replay {' '.join(arguments)}: {done.returncode} {done.stderr}")
        return done.stdout

    def asks_everything(self):
        count = 0
        for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.S):
            for question in block.split("$ replay ")[1:]:
                command, *expected = question.strip().splitlines()
                self.asks(command, expected)
                count += 1
        check(count > 10, f"{count} questions stand there")
        return count

    def asks(self, command, expected):
        arguments = [self.names.get(word, word) for word in shlex.split(command)]
        # What a narrow column broke is one line again.
        rows = [" ".join(row.split()) for row in self.replay(arguments).splitlines()]
        for line in expected:
            words = [r"v\d+" if re.fullmatch(r"v\d+", word) else re.escape(word) for word in line.split()]
            wanted = re.compile(r"(^| )" + r" (?:.* )?".join(words))
            check(any(wanted.search(row) for row in rows), f"replay {command}: no row says {line!r}: {rows[:40]}")


sys.exit(with_demonstration("audit", lambda *shown: Officer(*shown).asks_everything()))
