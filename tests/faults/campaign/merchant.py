"""A merchant's first steps, as a client that may be interrupted at any of them and goes on later.

Every step can be taken again: it sends the same request under the same key, as a careful client
does whose answer did not come.
"""
import hashlib
import random
import string
import time
import zlib

from client import Gone
from facts import Outcome

PASSWORD = "cheval pile agrafe correct"
ADDRESS = {"street": "12 rue des Lilas", "postal_code": "75011", "city": "Paris", "country": "FR"}
PORTAL = "/portal/v1"
#: Refusals that say nothing about the command: it is in hand, or too many were asked.
NOT_YET = ("idempotency_key_in_flight", "too_many_requests")
LINK_IS_OLD = ("link_used", "link_replaced", "link_expired", "unknown_link", "already_activated")


class Trouble(Gone):
    """The server answers that it cannot for now; what came of the command is unknown."""


class GivesUp(Exception):
    """The rules refused a step, so that this life cannot go on."""


class Merchant:
    def __init__(self, facts, tally, number, plan, name=None):
        self.facts, self.tally, self.number = facts, tally, number
        self.email = f"merchant{number}@example.com"
        #: What the keys of this life's requests start with.
        self.name = name or self.email
        self.mobile = f"+336{number:08d}"
        self.id = self.token = self.person = None
        self.random = random.Random(number)
        self.steps = plan(self)
        self.next = 0

    @classmethod
    def later(cls, facts, tally, email):
        """Somebody of before, who goes on after a restore."""
        number = int(email.split("@")[0].removeprefix("merchant"))
        merchant = cls(facts, tally, number, lambda _: going_on(), f"{email}/later")
        merchant.id = facts.merchant_id(email)
        return merchant

    @property
    def is_over(self):
        return self.next >= len(self.steps)

    def go_on(self, client):
        """Takes the next step; raises `Gone` when it has to be taken again."""
        step, *arguments = self.steps[self.next]
        try:
            step(self, client, f"{self.name}/{self.next}", *arguments)
            self.next += 1
        except GivesUp as reason:
            self.tally.given_up[f"{step.__name__}: {reason}"] += 1
            self.next = len(self.steps)

    # What all steps have in common.

    def ask(self, client, kind, key, content, method, path, **request):
        """Sends a command and notes what came of it."""
        command = self.facts.ask(self.email, kind, key, content)
        with_key = {"key": key} if method == "POST" else {}
        answer = self.send(client, method, path, **with_key, **request)
        if not answer.is_success:
            self.facts.refuse(command)
        return command, answer

    def send(self, client, method, path, **request):
        """An answer that decides something, or `Gone`."""
        signs = self.token is not None
        answer = client.call(method, path, token=self.token, **request)
        if signs and answer.status == 401:
            self.tally.note(answer)
            self.sign_in_again(client)
            answer = client.call(method, path, token=self.token, **request)
        self.tally.note(answer)
        if answer.status >= 500 or answer.code in NOT_YET:
            raise Trouble(f"{method} {path}: {answer.status} {answer.code}")
        return answer

    def sign_in_again(self, client):
        body = {"email": self.email, "password": PASSWORD}
        answer = client.call("POST", f"{PORTAL}/sessions", body)
        if not answer.is_success:
            self.tally.note(answer)
            raise Trouble(f"signing in again: {answer.status} {answer.code}")
        self.token = answer.json()["token"]

    def done(self, command, answer, **said):
        if not answer.is_success:
            raise GivesUp(f"{answer.status} {answer.code}")
        self.facts.acknowledge(command, **said)

    def message(self, client, to, template, patience=2.0):
        """The newest message of a kind, or nothing if none comes."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            posts = client.call("GET", "/dev/mailbox").json()
            for post in posts:
                if post["to"] == to and post["template"] == template:
                    return post["body"]
            time.sleep(0.02)
        return None

    # The steps.

    def register(self, client, key):
        body = {"email": self.email, "password": PASSWORD, "language": "fr"}
        command, answer = self.ask(client, "registration", key, {"email": self.email},
                                   "POST", f"{PORTAL}/registrations", body=body)
        self.done(command, answer)

    def activate(self, client, key):
        body = self.message(client, self.email, "activation")
        if body is None:
            # The development mailbox forgets with its server.
            self.send(client, "POST", f"{PORTAL}/activation-links", body={"email": self.email})
            body = self.message(client, self.email, "activation")
        if body is None:
            raise Trouble("no activation link came")
        token = body.split("token=")[1].split()[0]
        command, answer = self.ask(client, "activation", key, {"email": self.email},
                                   "POST", f"{PORTAL}/activations", body={"token": token})
        if answer.is_success:
            self.id = answer.json()["merchants"][0]
            self.facts.acknowledge(command, merchant=self.id)
        elif answer.code in LINK_IS_OLD and command.outcome is Outcome.UNKNOWN:
            # The first sending did it, or another link has to be asked for.
            if not self.find_out_id(client):
                self.send(client, "POST", f"{PORTAL}/activation-links", body={"email": self.email})
                raise Trouble("the link is old")
        else:
            raise Trouble(f"the link: {answer.status} {answer.code}")

    def find_out_id(self, client):
        body = {"email": self.email, "password": PASSWORD}
        answer = self.send(client, "POST", f"{PORTAL}/sessions", body=body)
        if not answer.is_success:
            return False
        token = answer.json()["token"]
        known = client.call("GET", f"{PORTAL}/merchants", token=token)
        if not known.is_success:
            raise Trouble(f"listing merchants: {known.status}")
        active = [one for one in known.json()["data"] if one["status"] != "created"]
        self.id = active[0]["id"] if active else None
        return bool(active)

    def sign_in(self, client, key):
        body = {"email": self.email, "password": PASSWORD}
        command = self.facts.ask(self.email, "session", key, {})
        answer = client.call("POST", f"{PORTAL}/sessions", body)
        self.tally.note(answer)
        if answer.status >= 500 or answer.status == 429:
            raise Trouble(f"signing in: {answer.status} {answer.code}")
        self.done(command, answer, token=answer.json().get("token"))
        self.token = command.answer["token"]

    def sign_out(self, client, key):
        answer = self.send(client, "DELETE", f"{PORTAL}/sessions/current")
        if answer.is_success:
            self.facts.end_session(self.token)
            self.token = None

    def record_profile(self, client, key, first_name):
        content = {"first_name": first_name, "last_name": "Exemple", "mobile": self.mobile}
        command, answer = self.ask(client, "profile", key, content,
                                   "PUT", f"{PORTAL}/me/profile", body=content)
        self.done(command, answer)

    def verify_mobile(self, client, key):
        if self.send(client, "GET", f"{PORTAL}/me").json().get("is_mobile_verified"):
            return
        sent = self.send(client, "POST", f"{PORTAL}/me/mobile-codes", body={})
        if not sent.is_success:
            raise GivesUp(f"{sent.status} {sent.code}")
        path = f"{PORTAL}/me/mobile-verification"
        answer = self.enter_code(client, "mobile_code", "POST", path, {})
        if not answer.is_success:
            raise GivesUp(f"{answer.status} {answer.code}")

    def enter_code(self, client, template, method, path, body):
        """Enters the newest code. One of before a restart may come first."""
        for _ in range(3):
            code = self.message(client, self.mobile, template)
            if code is None:
                raise Trouble(f"no {template} came")
            answer = self.send(client, method, path, body={**body, "code": code[:6]})
            if answer.code != "wrong_code":
                break
            time.sleep(0.1)
        return answer

    def record_basics(self, client, key):
        content = {"legal_name": f"Atelier {letters(self.number)}", "siren": "732829320"}
        body = {**content, "legal_form": "sarl", "country": "FR", "activity": "62.01Z"}
        self.put(client, "basics", key, "company-basics", content, body)

    def record_company(self, client, key):
        content = {"siret": "73282932000074", "address": ADDRESS, "registered_on": "2019-03-04"}
        self.put(client, "company", key, "company", content)

    def declare_ownership(self, client, key):
        content = {"holdings": [{"person": self.person, "capital": "100", "votes": "100"}]}
        self.put(client, "ownership", key, "ownership", content)

    def record_payout_account(self, client, key):
        body = {"iban": "FR7630006000011234567890189", "holder": f"Atelier {letters(self.number)}"}
        self.put(client, "payout_account", key, "payout-account", {"holder": body["holder"]}, body)

    def choose_services(self, client, key):
        self.put(client, "services", key, "services", {"services": ["api", "payment_link"]})

    def put(self, client, kind, key, place, content, body=None):
        command, answer = self.ask(client, kind, key, content, "PUT",
                                   f"{PORTAL}/merchants/{self.id}/{place}", body=body or content)
        self.done(command, answer)

    def add_person(self, client, key, role="delegate"):
        content = person(self, key, role)
        path = f"{PORTAL}/merchants/{self.id}/people"
        for _ in range(self.times(key)):
            command, answer = self.ask(client, "person", key, content, "POST", path, body=content)
            self.done(command, answer, id=answer.json().get("id"))
        self.person = self.person or command.answer["id"]

    def hand_in(self, client, key, size, kind="other", **fields):
        picture = png(key, size)
        content = {"sha256": hashlib.sha256(picture).hexdigest(), "size": len(picture)}
        form = {"kind": kind, **fields, "file": picture}
        if kind == "identity_document":
            form["person"] = self.person
        path = f"{PORTAL}/merchants/{self.id}/documents"
        for _ in range(self.times(key)):
            command, answer = self.ask(client, "document", key, content, "POST", path, form=form)
            if not answer.is_success and kind == "other":
                # Too large, say: the tally tells, and life goes on.
                return
            self.done(command, answer, id=answer.json().get("id"))

    def times(self, key):
        """Some clients send everything twice."""
        return 2 if zlib.crc32(key.encode()) % 7 == 0 else 1

    def present_contract(self, client, key):
        command, answer = self.ask(client, "presentation", key, {}, "POST",
                                   f"{PORTAL}/merchants/{self.id}/contract", body={})
        if answer.code == "already_submitted":
            return
        self.done(command, answer, sha256=answer.json().get("sha256"))

    def sign_contract(self, client, key):
        path = f"{PORTAL}/merchants/{self.id}/contract"
        contract = self.send(client, "GET", path).json()
        command = self.facts.ask(self.email, "signature", key, {})
        if not contract.get("is_signed"):
            sent = self.send(client, "POST", f"{path}/codes", body={"person": self.person})
            if not sent.is_success:
                raise GivesUp(f"{sent.status} {sent.code}")
            body = {"person": self.person, "sha256": contract["sha256"]}
            answer = self.enter_code(client, "signing_code", "POST", f"{path}/signatures", body)
            self.done(command, answer)
        pdf = self.send(client, "GET", f"{path}/pdf")
        if pdf.is_success and "pdf_sha256" not in command.answer:
            command.answer["pdf_sha256"] = hashlib.sha256(pdf.body).hexdigest()


def beginning():
    return [(Merchant.register,), (Merchant.activate,), (Merchant.sign_in,),
            (Merchant.record_profile, "Marie"), (Merchant.verify_mobile,),
            (Merchant.record_basics,)]


def busy(merchant, steps=40, sizes=(2_000, 200_000)):
    """Signs up and then records people, profiles and documents as fast as it can."""
    life = beginning()
    people = 0
    for _ in range(steps):
        what = merchant.random.choice(("person", "person", "document", "profile"))
        if what == "person" and people < 40:
            people += 1
            life.append((Merchant.add_person,))
        elif what == "document":
            life.append((Merchant.hand_in, merchant.random.randint(*sizes)))
        else:
            life.append((Merchant.record_profile, letters(len(life) + 100)))
    return life


def going_on():
    """What somebody does next who has an account and an open file."""
    return [(Merchant.sign_in,), (Merchant.add_person,), (Merchant.hand_in, 50_000),
            (Merchant.record_profile, "Suite")]


def signing(merchant):
    """Signs up and takes the straight way to a signed contract."""
    return beginning() + [
        (Merchant.record_company,), (Merchant.add_person, "representative"),
        (Merchant.declare_ownership,), (Merchant.record_payout_account,),
        (Merchant.choose_services,), *documents_needed(),
        (Merchant.present_contract,), (Merchant.sign_contract,)]


def documents_needed():
    def form(kind, **fields):
        def step(merchant, client, key):
            merchant.hand_in(client, key, 20_000, kind, **fields)
        return (step,)
    return [form("registration_extract", issued_on=time.strftime("%Y-%m-%d")),
            form("bank_details"), form("articles_of_association"),
            form("identity_document", issued_on="2020-01-02", expires_on="2035-01-02")]


def person(merchant, key, role):
    """Details that no other request has, so that whoever is found can be told apart."""
    roles = ["beneficial_owner", "representative"] if role == "representative" else [role]
    name = letters(zlib.crc32(key.encode()))
    return {"first_name": "Marie", "last_name": name, "birth_date": "1980-05-17",
            "birth_place": "Lyon", "nationality": "FR", "address": ADDRESS,
            "email": merchant.email, "mobile": merchant.mobile, "roles": roles}


def letters(number):
    """A number as a name."""
    text = ""
    while True:
        number, digit = divmod(number, 26)
        text = string.ascii_lowercase[digit] + text
        if number == 0:
            return text.capitalize()


def png(seed, size):
    """A picture of noise, of about `size` bytes, the same for the same seed."""
    side = max(8, int(size ** 0.5))
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(side) for _ in range(side))

    def chunk(kind, data):
        checksum = zlib.crc32(kind + data)
        return len(data).to_bytes(4) + kind + data + checksum.to_bytes(4)

    header = side.to_bytes(4) + side.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))
