"""Impatient clients on a slow disk: they hang up, and send the same again, or never come back."""
import collections
import hashlib
import http.client
import json
import random
import threading
import time

import strace
from client import Client, Gone, encode_form
from experiment import rounds
from merchant import NOT_YET, PASSWORD, PORTAL, Merchant, beginning, png

DELAY = "delay_enter=300000"  # microseconds
#: How often an upload is sent before its client waits for the answer.
HANG_UPS = 3
SECONDS_MAX = 60
#: How long what was begun may take to its end, at so many slow flushes one after the other.
SETTLE_SECONDS = 30


def impatient_clients(campaign, result):
    """Each upload is begun a few times and given up, then sent until an answer comes."""
    strace.needed()
    for installation in rounds(campaign, result, campaign.size(1, 20), 5):
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
        abandon_registrations(campaign, server, installation.town)
        until = time.monotonic() + SETTLE_SECONDS
        while half_registered(campaign, installation) and time.monotonic() < until:
            time.sleep(0.5)
        server.kill()
        trace.unlink()
        installation.check()
        nothing_is_half(campaign, result, installation)


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
    begin_and_leave(server, path, body, headers, random.uniform(0.02, 0.35))


def begin_and_leave(server, path, body, headers, seconds):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", path, body=body, headers=headers)
        time.sleep(seconds)
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


def abandon_registrations(campaign, server, town, count=6):
    """People who close the browser while they are being registered, and do not come back."""
    for _ in range(count):
        town.number += 1
        email = f"merchant{town.number}@example.com"
        town.facts.ask(email, "registration", f"{email}/abandoned", {"email": email})
        body = json.dumps({"email": email, "password": PASSWORD, "language": "fr"})
        headers = {"content-type": "application/json", "idempotency-key": f"{email}/abandoned"}
        begin_and_leave(server, f"{PORTAL}/registrations", body, headers,
                        campaign.random.uniform(0.1, 1.5))


def nothing_is_half(campaign, result, installation):
    """A registration is four steps: without a crash, all of them are there or none."""
    half = half_registered(campaign, installation)
    if half:
        result.problems.append(f"{half} addresses were claimed for accounts that were not created: "
                               "registrations were left halfway")


def half_registered(campaign, installation):
    events = campaign.programs.events(installation.directory)
    types = collections.Counter(event["type"] for event in events
                                if not event["stream"].startswith("staff"))
    return types["email_claim.claimed"] - types["registration.account_created"]


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
