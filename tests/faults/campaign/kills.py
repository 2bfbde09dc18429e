"""SIGKILL at random moments under load, and kills and errors at chosen system calls."""
import time

import strace
from experiment import nap, rounds
from server import DidNotStart
from town import Load

#: How long a server with a fault is worked on, if the fault does not end it before.
SECONDS = 1.5
#: Of a program that refuses to go on, in words; anything else is a crash.
REFUSED = 1


def sigkill(campaign, result):
    """Killed at a random moment while clients work, and started again."""
    for installation in rounds(campaign, result, campaign.size(10, 110)):
        if installation.server is None or not installation.server.runs:
            installation.start()
        with Load(installation.server, installation.town, threads=6):
            nap(campaign, 0.05, 1.5)
            installation.server.kill()
        result.points += 1
        installation.check()


def kills_at_calls(campaign, result):
    """Killed as it enters a system call: the first, the second, the fourth … of its thread."""
    # The first `write` of a first start is the master key's; answers leave by `writev`.
    groups = ["write", strace.FLUSHES, strace.WRITES, strace.NAMES, "writev", strace.FOLDERS,
              strace.SIZES, strace.REMOVALS]
    at_calls(campaign, result, campaign.size(14, 110), groups, ["signal=SIGKILL"])


def errors_at_calls(campaign, result):
    """A system call fails, once or from then on; the server refuses or stops, and is restarted."""
    # Not `write`: the runtime's own wake-ups use it too. What it does to files, a full disk shows.
    groups = [strace.FLUSHES, strace.WRITES, strace.NAMES, strace.FOLDERS, strace.SIZES,
              strace.REMOVALS]
    faults = ["error=EIO", "error=ENOSPC"]
    at_calls(campaign, result, campaign.size(10, 110), groups, faults)


def at_calls(campaign, result, points, groups, faults):
    strace.needed()
    counters = {group: counter(campaign, group) for group in groups}
    unreached = 0
    # More rounds than points: some calls are not reached so often.
    for turn, installation in enumerate(rounds(campaign, result, points * 4, 5)):
        if result.points == points:
            break
        group = groups[turn % len(groups)]
        number = counters[group].take()
        is_kill = faults[0].startswith("signal")
        ever = "" if is_kill or campaign.random.random() < 0.5 else "+"
        fault = f"{campaign.random.choice(faults)}:when={number}{ever}"
        was_reached = at_call(campaign, result, installation, group, fault)
        counters[group].note(was_reached)
        result.points += was_reached
        unreached += not was_reached
        installation.check()
    result.remark(f"{unreached} rounds did not reach their call" if unreached else "")
    if result.points < points:
        result.problems.append(f"only {result.points} of {points} points were reached")


def counter(campaign, group):
    """The whole grows from the first call on; a sample leaps, so that it gets past the start."""
    if campaign.is_whole:
        return strace.Growing(campaign.random, start=1, times=1.5)
    is_early = group in ("write", strace.FOLDERS, strace.SIZES, strace.REMOVALS)
    start = 1 if is_early else campaign.random.choice((1, 6, 30))
    return strace.Growing(campaign.random, start, times=5)


def at_call(campaign, result, installation, calls, fault):
    """One round with a fault; true if it was reached."""
    if installation.server is not None and installation.server.runs:
        installation.server.stop()
    trace = campaign.new_path("trace")
    facts = installation.town.facts
    facts.fault_at = None
    try:
        server = installation.start(wrapper=strace.inject(trace, calls, fault))
        with Load(server, installation.town, threads=3):
            until = time.monotonic() + SECONDS
            while server.runs and time.monotonic() < until:
                time.sleep(0.02)
    except DidNotStart:
        pass
    was_reached = ended_well(result, installation.server, trace, f"{calls.split(',')[0]}:{fault}")
    facts.fault_at = strace.injected_at(trace)
    trace.unlink()
    return was_reached


def ended_well(result, server, trace, fault):
    """Stops what still runs. A kill may end it, an error only in words."""
    if "signal" in fault:
        was_killed = not server.runs
        server.kill()
        return was_killed
    code = server.stop() if server.runs else server.process.returncode
    if code is None:
        result.problems.append(f"{fault}: it did not stop when asked")
    elif code not in (0, REFUSED):
        result.problems.append(f"{fault}: it crashed with {code}")
    return strace.injected_at(trace) is not None
