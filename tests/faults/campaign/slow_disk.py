"""Impatient clients on a slow disk: they hang up, and send the same upload again."""
import hashlib
import http.client
import random
import threading
import time

import strace
from client import Client, Gone, encode_form
from experiment import rounds
from merchant import NOT_YET, PORTAL, Merchant, beginning, png

DELAY = "delay_enter=300000"  # microseconds
#: How often an upload is sent before its client waits for the answer.
HANG_UPS = 3
SECONDS_MAX = 60


def impatient_clients(campaign, result):
    """Each upload is begun a few times and given up, then sent until an answer comes."""
    strace.needed()
    for installation in rounds(campaign, result, campaign.size(2, 20), 5):
        installation.town.plans = lambda number: lambda merchant: beginning()
        if installation.server is None:
            installation.start()
        people = installation.town.live(installation.server, 4)
        merchants = [merchant for merchant in people if merchant.token]
        installation.server.stop()
        trace = campaign.new_path("trace")
        server = installation.start(wrapper=strace.inject(trace, strace.FLUSHES, DELAY))
        threads = [threading.Thread(target=hand_in_impatiently, args=(server, merchant, result))
                   for merchant in merchants for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=SECONDS_MAX)
        server.kill()
        trace.unlink()
        installation.check()


def hand_in_impatiently(server, merchant, result, uploads=3):
    """`points` counts uploads."""
    for _ in range(uploads):
        key = f"{merchant.email}/impatient/{merchant.random.getrandbits(64):x}"
        picture = png(key, merchant.random.randint(20_000, 2_000_000))
        content = {"sha256": hashlib.sha256(picture).hexdigest(), "size": len(picture)}
        command = merchant.facts.ask(merchant.email, "document", key, content)
        request = (f"{PORTAL}/merchants/{merchant.id}/documents", merchant.token, key,
                   {"kind": "other", "file": picture})
        for _ in range(HANG_UPS):
            hang_up(server, *request)
        answer = send_until_answered(server, *request)
        if answer is None:
            result.problems.append("an upload was not answered in time")
            continue
        merchant.tally.note(answer)
        if answer.is_success:
            merchant.facts.acknowledge(command, id=answer.json()["id"])
        result.points += 1


def hang_up(server, path, token, key, form):
    """Sends the whole request and closes the connection after a moment."""
    kind, body = encode_form(form)
    headers = {"content-type": kind, "authorization": f"Bearer {token}", "idempotency-key": key}
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", path, body=body, headers=headers)
        time.sleep(random.uniform(0.02, 0.35))
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def send_until_answered(server, path, token, key, form):
    client = Client(server.url, patience=20)
    until = time.monotonic() + 30
    while time.monotonic() < until and server.runs:
        try:
            answer = client.call("POST", path, token=token, key=key, form=form)
        except Gone:
            continue
        if answer.code not in NOT_YET and answer.status < 500:
            client.close()
            return answer
        time.sleep(0.1)
    return None


def large_documents(campaign, result):
    """10 MB means 10 MB: a photograph of 3 MB, and one of just below 10."""
    installation = campaign.install(result)
    sizes = (1_900_000, 3_000_000, 9_900_000)
    steps = [(Merchant.hand_in, size) for size in sizes]
    installation.town.plans = lambda number: lambda merchant: beginning() + steps
    installation.town.live(installation.start(), 1)
    installation.server.kill()
    installation.check()
    uploads = installation.town.facts.all("document", "merchant1@example.com")
    result.points = len(uploads)
    for command in uploads:
        if not command.is_acknowledged:
            result.problems.append(f"a document of {command.content['size']:,} bytes: "
                                   f"{installation.town.tally.most()}")
    installation.close()
