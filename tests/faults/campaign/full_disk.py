"""A disk that fills up while clients work."""
import contextlib
import subprocess
import time

import disk
from experiment import Skip
from server import DidNotStart
from town import Load

MEGABYTE = 1024 * 1024
#: How long clients go on after the first refusal.
SECONDS_FULL = 1.5


def full_disk(campaign, result):
    """Refusals in words, nothing promised that is not kept, and everything there afterwards."""
    disk.needed(campaign.new_path("probe"))
    for point in range(campaign.size(3, 24)):
        kind = memory if point % 3 == 2 else own_disk
        with kind(campaign) as folder:
            installation = campaign.install(result, folder / "data")
            fill_up(campaign, installation, folder)
            installation.close()
            result.points += 1
            if installation.town.tally.without_code:
                result.problems.append(
                    f"{installation.town.tally.without_code} refusals without a code")
        result.remark(f"refusals: {installation.town.tally.most(range(500, 600))}"
                      if point == 0 else "")


def fill_up(campaign, installation, folder):
    server = installation.start()
    with Load(server, installation.town, threads=4):
        time.sleep(campaign.random.uniform(0.2, 0.6))
        ballast = disk.fill(folder, leave=campaign.random.randint(0, 2 * MEGABYTE))
        # From here on whatever is acknowledged must have found its place.
        installation.town.facts.fault_at = time.time()
        wait_for_refusals(installation)
        time.sleep(SECONDS_FULL)
        if campaign.random.random() < 0.5:
            # Some start again while the disk is still full: that may work or be refused.
            server.kill()
    end(installation)
    with contextlib.suppress(DidNotStart):
        installation.start()
    end(installation)
    ballast.unlink()
    installation.check()


def wait_for_refusals(installation, seconds=10.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not installation.server.runs or installation.town.tally.most(range(500, 600)):
            return
        time.sleep(0.02)
    installation.result.problems.append("the disk was full and nothing was refused")


def end(installation):
    if installation.server.runs and installation.server.stop() is None:
        installation.result.problems.append("on a full disk it did not stop when asked")


@contextlib.contextmanager
def own_disk(campaign):
    with disk.Disk(campaign.new_path("disk"), 40) as own:
        yield own.path


@contextlib.contextmanager
def memory(campaign):
    folder = campaign.new_path("memory")
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"a memory file system cannot be mounted: {done.stderr.strip()[:100]}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], capture_output=True)
