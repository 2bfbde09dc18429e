"""Backups taken while clients write, and restored elsewhere."""
import shutil
import time

from experiment import Skip, nap
from merchant import Merchant
from town import Load


def backup_under_load(campaign, result):
    """Backed up, restored into a new directory, verified, started; lives go on there."""
    if not campaign.programs.can_back_up():
        raise Skip("this greffe has no command `backup`")
    for _ in range(campaign.size(1, 5)):
        # A fresh installation now and then: looking at everything in it takes longer as it grows.
        installation = campaign.install(result)
        installation.start()
        key = campaign.new_path("master.key")
        shutil.copy(installation.directory / "keys" / "master.key", key)
        for point in range(2):
            back_up_and_restore(campaign, result, installation, key, is_key_copied=point == 0)
        installation.server.kill()
        installation.check()
        installation.close()


def back_up_and_restore(campaign, result, installation, key, is_key_copied):
    ledger, vault = campaign.new_path("ledger"), campaign.new_path("vault")
    ledger.mkdir()
    vault.mkdir()
    with Load(installation.server, installation.town, threads=4):
        nap(campaign, 0.8, 1.6)
        moment = time.time()
        done = campaign.programs.run_greffe("--directory", installation.directory, "backup",
                                            "--ledger", ledger, "--vault", vault)
        nap(campaign, 0.1, 0.3)
    if done.returncode != 0:
        result.problems.append(f"backup ended with {done.returncode}: {done.stderr[-200:]}")
        return
    restored = campaign.install(result, town=installation.town.branch(moment))
    if restore(campaign, result, restored, ledger, vault, key):
        start_elsewhere(campaign, restored, key, is_key_copied)
        result.points += 1
    shutil.rmtree(restored.directory, ignore_errors=True)


def restore(campaign, result, restored, ledger, vault, key):
    done = campaign.programs.run_greffe("--directory", restored.directory, "--master-key-file", key,
                                        "restore", "--ledger", ledger, "--vault", vault)
    if done.returncode != 0:
        result.problems.append(f"restore ended with {done.returncode}: {done.stderr[-200:]}")
        return False
    done = campaign.programs.run_replay(restored.directory, "--master-key-file", str(key), "verify")
    if done.returncode != 0:
        result.problems.append(f"verify after restore: {done.returncode}: {done.stdout[-200:]}")
    return True


def start_elsewhere(campaign, restored, key, is_key_copied):
    """With the key in its usual place, or named where it lies."""
    environment = None
    if is_key_copied:
        place = restored.directory / "keys" / "master.key"
        place.parent.mkdir(exist_ok=True)
        shutil.copy(key, place)
    else:
        environment = {"GREFFE_MASTER_KEY_FILE": str(key)}
    if not restored.check(environment, may_sessions_end=True):
        return
    later = people_of_before(restored.town)
    restored.town.waiting.extend(later)
    with Load(restored.server, restored.town, threads=3):
        until = time.monotonic() + 10
        while not all(merchant.is_over for merchant in later) and time.monotonic() < until:
            time.sleep(0.05)
    restored.server.kill()
    restored.check(environment, may_sessions_end=True)
    restored.server.stop()
    if not later:
        restored.result.problems.append("nobody was there to go on")
    for merchant in later:
        asked = [command for key, command in restored.town.facts.commands.items()
                 if key.startswith(f"{merchant.name}/")]
        if len(asked) < len(merchant.steps) or not all(one.is_acknowledged for one in asked):
            restored.result.problems.append(
                f"{merchant.email} cannot go on: {restored.town.tally.most()}")


def people_of_before(town, most=3):
    """In test mode before the backup, with a file that is still open and not full."""
    found = []
    for command in town.facts.all("basics"):
        email = command.merchant
        has_presented = bool(town.facts.all("presentation", email))
        if command.is_acknowledged and not has_presented \
                and len(town.facts.all("person", email)) < 45:
            found.append(Merchant.later(town.facts, town.tally, email))
    return found[-most:]
