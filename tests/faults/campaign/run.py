"""The project's own fault experiments: what was acknowledged is there afterwards, once.

usage: run.py path/to/greffe path/to/replay [--sample | --whole] [--only NAME,…] [--seed N] [--show]

`--sample` (the default) takes at most four minutes on two cores; `--whole` meets the counts that we
promise. Needs Linux; strace, mke2fs and the right to mount for some, which are skipped by name
without them. Exit code 1 if anything was lost, doubled, invented or falsely acknowledged.
"""
import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True

import backup
import damage
import demonstration
import flushes
import full_disk
import kills
import mixed_ages
import power
import slow_disk
from checker import COLUMNS
from experiment import Campaign, Result, Skip
from server import Programs

EXPERIMENTS = {
    "sigkill": kills.sigkill,
    "kills-at-calls": kills.kills_at_calls,
    "errors-at-calls": kills.errors_at_calls,
    "failed-flush": power.failed_flush,
    "power-cut": power.power_cut,
    "impatient-clients": slow_disk.impatient_clients,
    "large-documents": slow_disk.large_documents,
    "full-disk": full_disk.full_disk,
    "backup-under-load": backup.backup_under_load,
    "mixed-ages": mixed_ages.mixed_ages,
    "damage": damage.damage,
    "auditor": damage.auditor,
    "forgotten": demonstration.forgotten_stay_forgotten,
    "flushes": flushes.flushes,
    "short-logs": flushes.short_logs,
}

FINDINGS_SHOWN = 3


def main():
    arguments = read_arguments()
    # Asked to stop, it still unmounts what it mounted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scratch = tempfile.mkdtemp(prefix="greffe-campaign-")
    programs = Programs(arguments.greffe, arguments.replay, scratch)
    campaign = Campaign(programs, arguments.whole, arguments.seed)
    size = "whole" if arguments.whole else "sample"
    print(f"campaign: {size}, seed {arguments.seed}", flush=True)
    results = []
    try:
        for name in arguments.only or EXPERIMENTS:
            results.append(carry_out(campaign, name, EXPERIMENTS[name]))
            say(results[-1], arguments.show)
    finally:
        if arguments.keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    print_table(results)
    failed = sum(not result.is_clean for result in results if result.skipped is None)
    skipped = sum(result.skipped is not None for result in results)
    print(f"campaign: {len(results) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("greffe")
    parser.add_argument("replay")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--sample", action="store_true", help="at most four minutes (the default)")
    size.add_argument("--whole", action="store_true", help="every count that we promise")
    parser.add_argument("--only", type=names, metavar="NAME,…", help=", ".join(EXPERIMENTS))
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--show", action="store_true", help="list every finding")
    parser.add_argument("--keep", action="store_true", help="leave the scratch directory")
    return parser.parse_args()


def names(text):
    chosen = text.split(",")
    for name in chosen:
        if name not in EXPERIMENTS:
            raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(EXPERIMENTS)}")
    return chosen


def carry_out(campaign, name, experiment):
    result = Result(name)
    print(f"… {name}", flush=True)
    started = time.monotonic()
    try:
        experiment(campaign, result)
    except Skip as reason:
        result.skipped = str(reason)
    except Exception as error:  # one that breaks off must not take the others with it
        traceback.print_exc()
        result.problems.append(f"it broke off: {error!r}")
    finally:
        campaign.programs.kill_all()
    result.seconds = time.monotonic() - started
    return result


def say(result, is_long):
    if result.skipped is not None:
        print(f"  SKIPPED {result.name}: {result.skipped}", flush=True)
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in result.commands.most_common())
    print(f"  {result.points} points, {result.seconds:.0f} s; acknowledged: {kinds or 'nothing'}")
    findings = sorted(result.findings.items(), key=lambda item: str(item[0]))
    for (installation, column, what), finding in findings if is_long else findings[:FINDINGS_SHOWN]:
        print(f"  {column}: {what} ({installation}): {finding.why}")
    if len(findings) > FINDINGS_SHOWN and not is_long:
        print(f"  … {len(findings)} findings in all; --show lists them")
    for problem in result.problems:
        print(f"  problem: {problem}")
    for remark, times in result.remarks.values():
        print(f"  remark{f' (×{times})' if times > 1 else ''}: {remark}")
    sys.stdout.flush()


def print_table(results):
    rows = [["experiment", "points tried", "records acknowledged", *COLUMNS, "remark"]]
    for result in results:
        empty = ["-"] * (len(rows[0]) - 2)
        rows.append(result.row() if result.skipped is None else
                    [result.name, *empty, f"SKIPPED: {result.skipped}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    print()
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        print(" | ".join([*cells, row[-1]]))
    print()


if __name__ == "__main__":
    sys.exit(main())
