"""Power cuts on an ext4 of our own, and a flush that fails before one."""
import time

import disk
from experiment import nap
from server import DidNotStart, Server
from town import Load


def power_cut(campaign, result):
    """The power goes while clients work; the machine comes back and the server is started."""
    disk.needed(campaign.new_path("probe"))
    points, per_installation = campaign.size(10, 110), 7
    while result.points < points:
        with disk.Disk(campaign.new_path("disk"), 192) as own:
            installation = campaign.install(result, own.path / "data")
            for number in range(min(per_installation, points - result.points)):
                if number == 0:
                    cut_first_start(campaign, installation, own)
                else:
                    cut_under_load(campaign, installation, own)
                result.points += 1
                if installation.is_lost:
                    break
            installation.close()


def cut_first_start(campaign, installation, own):
    """Somewhere between the first file and the first answer."""
    server = Server(campaign.programs, installation.directory)
    nap(campaign, 0.01, 0.15)
    own.cut_power()
    server.kill()
    own.come_back()
    installation.check()


def cut_under_load(campaign, installation, own):
    if installation.server is None or not installation.server.runs:
        installation.start()
    with Load(installation.server, installation.town, threads=4):
        nap(campaign, 0.2, 1.5)
        since = cut(installation, own)
    come_back(installation, own, since)


def cut(installation, own):
    """Answers when it began. While an ext4 is shut down, a flush may succeed that was not carried
    out (seen on Linux 6.18 with nothing but `fdatasync`, one cut in thirty), which no disk that
    loses its power does: what is acknowledged from here on proves nothing."""
    since = time.time()
    own.cut_power()
    installation.server.kill()
    return since


def come_back(installation, own, since):
    installation.town.facts.doubt(since)
    own.come_back()
    installation.check()


def failed_flush(campaign, result):
    """A flush fails, the server is restarted, clients go on; then the power goes.

    The kernel takes the pages of a failed flush for written, so whoever reads them back after a
    restart sees records that are on no disk.
    """
    disk.needed(campaign.new_path("probe"))
    points = campaign.size(3, 15)
    for _ in range(points * 3):
        if result.points == points:
            return
        with disk.FailingDisk(campaign.new_path("disk"), 64) as own:
            installation = campaign.install(result, own.path / "data")
            if fail_once(campaign, installation, own):
                result.points += 1
            installation.close()
    result.problems.append(f"only {result.points} of {points} flushes failed")


def fail_once(campaign, installation, own):
    """True if a flush failed and the server came up again, so that there was something to cut."""
    server = installation.start()
    with Load(server, installation.town, threads=4):
        nap(campaign, 0.5, 1.0)
        own.break_down()
        has_failed = wait_for_trouble(installation)
        campaign.random.choice((server.kill, server.stop))()
    own.recover()
    if not has_failed:
        return False
    try:
        server = installation.start()
    except DidNotStart as reason:
        # Refusing to serve what may not be on the disk is allowed; nothing may be lost then.
        installation.result.remark(f"refused to start after the flush: {str(reason)[:80]}")
    else:
        with Load(server, installation.town, threads=4):
            nap(campaign, 0.5, 1.0)
            since = cut(installation, own)
        come_back(installation, own, since)
        return True
    installation.check()
    return True


def wait_for_trouble(installation, seconds=5.0):
    """Until the server says that it cannot write, or ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not installation.server.runs or installation.town.tally.most(range(500, 600)):
            return True
        time.sleep(0.02)
    return False
