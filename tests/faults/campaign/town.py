"""Many merchants of one installation, and the load that they make."""
import collections
import contextlib
import threading
import time

from client import Client, Gone, Tally
from facts import Facts
from merchant import Merchant, busy, signing

LIVE_SECONDS = 60


def mixed(number):
    """Every third merchant signs a contract; the others only fill their file."""
    return signing if number % 3 == 0 else busy


class Town:
    """Everybody who has an account here, or asked for one, and what they were told."""

    def __init__(self, plans=mixed):
        self.facts, self.tally = Facts(), Tally()
        self.plans = plans
        self.signed_in = {}
        self.waiting = collections.deque()
        self.number = 0
        self._lock = threading.Lock()

    def take(self):
        """Somebody whose life goes on, else somebody new."""
        with self._lock:
            if self.waiting:
                return self.waiting.popleft()
            self.number += 1
            return Merchant(self.facts, self.tally, self.number, self.plans(self.number))

    def give_back(self, merchant):
        with self._lock:
            if not merchant.is_over:
                self.waiting.append(merchant)

    def branch(self, moment):
        """The same town as of a moment, going on apart from this one."""
        other = Town(self.plans)
        other.facts = self.facts.as_of(moment)
        other.number = self.number + 1_000
        return other

    def live(self, server, count):
        """Lets so many people live their lives to the end, one after the other."""
        client = Client(server.url)
        people = [self.take() for _ in range(count)]
        until = time.monotonic() + LIVE_SECONDS
        for merchant in people:
            while not merchant.is_over and server.runs and time.monotonic() < until:
                with contextlib.suppress(Gone):
                    merchant.go_on(client)
        client.close()
        return people


class Load:
    """Threads, each a client that takes one merchant after the other through their steps."""

    def __init__(self, server, town, threads=4):
        self.server, self.town = server, town
        self.is_ending = threading.Event()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_ending.set()
        for thread in self.threads:
            thread.join(timeout=60)

    def _work(self):
        client = Client(self.server.url)
        while not self.is_ending.is_set():
            merchant = self.town.take()
            try:
                self._live(merchant, client)
            finally:
                self.town.give_back(merchant)
        client.close()

    def _live(self, merchant, client):
        while not merchant.is_over and not self.is_ending.is_set():
            try:
                merchant.go_on(client)
            except Gone:
                if not self.server.runs:
                    self.is_ending.set()
                time.sleep(0.03)
                return
