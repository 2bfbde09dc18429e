#!/usr/bin/env python3
"""How a well-behaved client fares while a thousand hostile connections are open.

    python3 tests/benches/siege.py GREFFE REPLAY [--seconds 30] [--connections 1000]

One run, side by side: a signed-in merchant reads where they stand, nine times a second, first alone
and then under siege. The besiegers are a process of their own: heads that never end, bodies that stall,
answers that nobody reads, invented methods, and boundaries of sixty kilobytes. Printed are the
latencies of the merchant, and the server's memory. The merchant comes from another address than the
besiegers, because those are turned away by their own limits.
"""
import argparse
import asyncio
import http.client
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "outside"))
from common import Place, merchants

MERCHANT_FROM, BESIEGERS_FROM = "127.0.0.2", "127.0.0.3"
# Within the limit that everybody has who does not set another.
PER_SECOND = 9
KINDS = ("heads", "bodies", "readers", "methods", "boundaries")
PAGE = "/portal/v1/openapi.json"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("greffe")
    arguments.add_argument("replay")
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--connections", type=int, default=1_000)
    arguments.add_argument("--besiege", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.besiege:
        asyncio.run(besiege(given.besiege, given.connections, given.seconds))
        return
    with Place(given.greffe, given.replay) as place:
        limits = {"GREFFE_REQUESTS_PER_MINUTE": "600"}
        server = place.start(environment=limits)
        merchant = merchants(server)[0]
        ask(server, merchant, 3)
        alone, memory_alone = ask(server, merchant, given.seconds), server.megabytes()
        siege = subprocess.Popen([
            sys.executable, __file__, given.greffe, given.replay, "--besiege",
            str(server.address[1]), "--connections", str(given.connections),
            "--seconds", str(given.seconds + 4)])
        besieged, memory_besieged = ask(server, merchant, given.seconds), server.megabytes()
        siege.wait()
    print(f"{given.connections} hostile connections, {given.seconds:g} s each")
    print("                p50 ms   p99 ms   max ms   unanswered   memory MB")
    for name, (latencies, failures), memory in (
            ("alone", alone, memory_alone), ("under siege", besieged, memory_besieged)):
        p50, p99 = (latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
        print(f"{name:13} {p50:8.2f} {p99:8.2f} {latencies[-1]:8.2f} {failures:12} {memory:11.0f}")
    ratio = besieged[0][int(len(besieged[0]) * 0.99)] / alone[0][int(len(alone[0]) * 0.99)]
    print(f"p99 {ratio:.1f} times, memory {memory_besieged / memory_alone:.1f} times")


def ask(server, merchant, seconds):
    """The latencies in order, in milliseconds, and how often there was no answer."""
    latencies, failures, began = [], 0, time.monotonic()
    path = f"/portal/v1/merchants/{merchant.id}/onboarding"
    headers = {"authorization": f"Bearer {merchant.token}"}
    connection = None
    while (due := began + (len(latencies) + failures) / PER_SECOND) < began + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            if connection is None:
                connection = http.client.HTTPConnection(
                    *server.address, timeout=10, source_address=(MERCHANT_FROM, 0))
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise OSError(answer.status)
            latencies.append((time.monotonic() - due) * 1_000)
        except (OSError, http.client.HTTPException):
            failures += 1
            connection = None
    return sorted(latencies), failures


async def besiege(port, count, seconds):
    end = time.monotonic() + seconds
    await asyncio.gather(*(attack(port, KINDS[number % len(KINDS)], number, end)
                           for number in range(count)))


async def attack(port, kind, number, end):
    """Comes back whenever it is thrown out."""
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(BESIEGERS_FROM, 0))
            try:
                await asyncio.wait_for(hold(kind, number, reader, writer),
                                       max(0.01, end - time.monotonic()))
            finally:
                writer.close()
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.5)


async def hold(kind, number, reader, writer):
    if kind == "heads":
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
        while True:
            await asyncio.sleep(5)
            writer.write(b"x: y\r\n")
    if kind == "bodies":
        writer.write(b"POST /portal/v1/sessions HTTP/1.1\r\nhost: x\r\n"
                     b"content-type: application/json\r\ncontent-length: 200000\r\n\r\n{")
        while True:
            await asyncio.sleep(5)
            writer.write(b" ")
    if kind == "readers":
        writer.write((f"GET {PAGE} HTTP/1.1\r\nhost: x\r\n\r\n" * 100).encode())
        await asyncio.sleep(1_000)
    boundary = "b" * 60_000
    while True:
        if kind == "methods":
            writer.write(f"M{number}X{time.monotonic_ns()} / HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        else:
            writer.write((f"POST /portal/v1/merchants/x/documents HTTP/1.1\r\nhost: x\r\n"
                          f"content-type: multipart/form-data; boundary={boundary}\r\n"
                          "content-length: 0\r\n\r\n").encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        await asyncio.sleep(1)


if __name__ == "__main__":
    main()
