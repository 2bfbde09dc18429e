"""Messages by providers that fail in every way: each goes out once or is recorded as refused, codes
are there within seconds throughout, and what is reported later is recorded.

usage: messages.py path/to/greffe path/to/replay
"""
import collections
import itertools
import json
import re
import sys
import threading
import time

from common import PASSWORD, PORTAL, Place, check, register, until
from providers import FROM, Mails, Texts, mail_report

KEY = "key-0123456789abcdef"
#: A mail that failed is tried again after 20 seconds.
AGAIN_SECONDS = 30
CODE_SECONDS = 5
#: So many mails wait in memory: codes come although more do.
IN_MEMORY = 5
MOODS = ("hang", "grey", "refuse", "die", "calm")


def main():
    place, passed = Place(*sys.argv[1:3]), 0
    with place, Mails() as mails, Texts() as texts:
        settings = {"GREFFE_SMTP_URL": mails.url, "GREFFE_SMS_URL": texts.url,
                    "GREFFE_SMS_FROM": FROM, "GREFFE_MAIL_WEBHOOK_KEY": KEY,
                    "GREFFE_MAILS_IN_MEMORY": str(IN_MEMORY),
                    "GREFFE_MAIL_FROM": "Équipe Greffe <greffe@mail.example.com>"}
        server = place.start(development=False, environment=settings)
        people = [User(server, mails, texts, f"calm-{number}@example.com", f"+3361234560{number}")
                  for number in range(1, 9)]
        for user in people:
            user.join()
        with Codes(people[:-1]) as codes:
            for case in (a_password_that_is_refused_loses_nothing, moods_of_a_mail_server):
                print(f"ok   {case.__name__}: {case(place, server, mails) or ''}", flush=True)
                passed += 1
            slowest = codes.slowest
        check(codes.count > 20 and slowest < CODE_SECONDS,
              f"of {codes.count} codes the slowest took {slowest:.1f} s: {codes.problem}")
        print(f"ok   codes throughout: {codes.count}, the slowest after {slowest:.2f} s")
        for case in (reports_of_text_messages, reports_of_mails, mails_are_well_formed,
                     addresses_with_accents):
            print(f"ok   {case.__name__}: {case(place, server, mails, texts) or ''}", flush=True)
            passed += 1
        check(server.stop() == 0, "it stops when asked")
        nothing_goes_out_again_without_a_checkpoint(place, server, mails, settings)
        print("ok   nothing_goes_out_again_without_a_checkpoint")
    print(f"messages: {passed + 2} passed, 0 failed")


class User:
    def __init__(self, server, mails, texts, email, mobile):
        self.client, self.mails, self.texts = server.client(), mails, texts
        self.email, self.mobile, self.server = email, mobile, server

    def join(self):
        check(register(self.server, self.email).status == 202, "signing up")
        check(until(lambda: self.mails.to(self.email), 5), f"no link for {self.email}")
        token = re.search(r"token=(\S+)", words(self.mails.to(self.email)[0]))[1]
        answer = self.client.call("POST", f"{PORTAL}/activations", {"token": token})
        check(answer.status == 200, f"activating: {answer.status} {answer.code}")
        body = {"email": self.email, "password": PASSWORD}
        self.token = self.client.call("POST", f"{PORTAL}/sessions", body).json()["token"]
        body = {"first_name": "Marie", "last_name": "Exemple", "mobile": self.mobile}
        answer = self.client.call("PUT", f"{PORTAL}/me/profile", body, token=self.token)
        check(answer.status == 200, f"the profile: {answer.status} {answer.code}")

    def code(self):
        """Asks for a code; how long it took to come."""
        before, began = len(self.texts.to(self.mobile)), time.monotonic()
        # The last connection may have been idle for too long.
        client = self.server.client()
        answer = client.call("POST", f"{PORTAL}/me/mobile-codes", {}, token=self.token)
        check(answer.status == 201, f"asking for a code: {answer.status} {answer.code}")
        check(until(lambda: len(self.texts.to(self.mobile)) > before, 60), "no code came")
        return time.monotonic() - began


class Codes:
    """Somebody asks for a code every second, five an hour each."""

    def __init__(self, people):
        self.people = itertools.chain.from_iterable([user] * 5 for user in people)
        self.is_ending, self.slowest, self.count, self.problem = threading.Event(), 0, 0, None
        self.thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_ending.set()
        self.thread.join(timeout=70)

    def _ask(self):
        for user in self.people:
            try:
                self.slowest = max(self.slowest, user.code())
            except Exception as error:
                self.slowest, self.problem = float("inf"), error
            self.count += 1
            if self.is_ending.wait(1.5):
                return


def a_password_that_is_refused_loses_nothing(place, server, mails):
    mails.is_password_right = False
    before = mails.tries["sign in"]
    everybody = [f"patient-{number}@example.com" for number in range(3 * IN_MEMORY)]
    for email in everybody:
        check(register(server, email).status == 202, f"signing up {email}")
    check(until(lambda: mails.tries["sign in"] > before, 5), "it was never tried")
    mails.is_password_right = True
    arrived = until(lambda: all(mails.to(email) for email in everybody), AGAIN_SECONDS)
    check(arrived, f"lost: {[email for email in everybody if not mails.to(email)]}")
    check(all(len(mails.to(email)) == 1 for email in everybody), "some have it twice")
    check("535" in server.log(), "the log does not say why")
    check(outcomes(place, server)["user.message_failed"] == 0,
          "a password that is ours was taken for the recipient's refusal")


def moods_of_a_mail_server(place, server, mails):
    """Two of each at once."""
    before = outcomes(place, server)
    everybody = [f"{mood}-{number}@example.com" for mood in MOODS for number in (1, 2)]
    everybody = [email for email in everybody if not mails.to(email)]
    for email in everybody:
        check(register(server, email).status == 202, f"signing up {email}")
    wanted = [email for email in everybody if not email.startswith("refuse")]
    began = time.monotonic()
    arrived = until(lambda: all(mails.to(email) for email in wanted), 90, pause=0.5)
    missing = [email for email in wanted if not mails.to(email)]
    check(arrived, f"these have no mail: {missing}")
    until(lambda: sum((outcomes(place, server) - before).values()) >= len(everybody), 10, pause=0.5)
    settled = outcomes(place, server) - before
    sent, failed = settled["user.message_sent"], settled["user.message_failed"]
    check(failed == 2, f"{failed} are recorded as refused, not 2")
    check(sent == len(wanted), f"{sent} are recorded as sent, not {len(wanted)}")
    twice = [email for email in everybody if len(mails.to(email)) > 1]
    check(not twice, f"these have it twice: {twice}")
    check(all(mails.tries[email] == 1 for email in everybody if email.startswith("refuse")),
          "a recipient who was refused was tried again")
    officers_read_what_was_not_taken(place, server, "refuse-1@example.com")
    return f"the last after {time.monotonic() - began:.0f} s"


def officers_read_what_was_not_taken(place, server, email):
    done = place.run_replay(server.directory, "-o", "json", "--reveal", "messages", email)
    check(done.returncode == 0, f"replay messages: {done.stderr}")
    told = json.loads(done.stdout)[-1]
    known = {name: told[name] for name in ("template", "to", "state", "failure")}
    check(known == {"template": "activation", "to": email, "state": "failed", "failure": "refused"}, f"{known}")
    check("token=[…]" in told["text"], f"what it said: {told['text']}")


def outcomes(place, server):
    """How often each outcome stands in the ledger; codes, which go by SMS, apart."""
    lines = [json.loads(line) for line in replay_log(place, server)]
    return collections.Counter(line["type"] for line in lines
                               if ".message_" in line["type"] and "SMS" not in json.dumps(line))


def replay_log(place, server):
    done = place.run_replay(server.directory, "-o", "jsonl", "log")
    check(done.returncode == 0, f"replay: {done.stderr}")
    return done.stdout.splitlines()


def reports_of_text_messages(place, server, mails, texts):
    """The stand-in reports everything, some of it twice, in the order it likes."""
    last = User(server, mails, texts, "unreached-1@example.com", "+33612345699")
    last.join()
    last.code()

    def reported():
        lines = [json.loads(line) for line in replay_log(place, server)]
        codes = [line for line in lines if "SMS" in json.dumps(line)]
        return collections.Counter(line["type"] for line in codes)

    check(until(lambda: reported()["user.message_failed"] == 1, 10, 0.5), f"{reported()}")
    sent = reported()["user.message_sent"]
    check(until(lambda: reported()["user.message_delivered"] == sent - 1, 10, 0.5), f"{reported()}")
    check(sent == len(texts.taken), f"{sent} recorded, {len(texts.taken)} sent")
    address, _, _ = next(report for report in texts.reports if report[1] == "delivered")
    fields = {"MessageStatus": "undelivered", "MessageSid": "SM1"}
    before = reported()
    for token in ("", "another token"):
        check(texts.report(address, fields, token) == 401, "a report that is not signed was taken")
    foreign = address.replace("message=", "message=0")
    check(texts.report(foreign, fields) == 404, "a report of no message was taken")
    check(reported() == before, "a refused report left something behind")
    return f"{sent} text messages"


def reports_of_mails(place, server, mails, texts):
    mail = mails.to("calm-1@example.com")[0]
    id, url = mail["Message-ID"], server.url

    def reported():
        lines = [json.loads(line) for line in replay_log(place, server)]
        return collections.Counter(line["type"] for line in lines
                                   if "was not reached" in line["text"])

    before = reported()
    check(mail_report(url, id, "failed", KEY, "temporary") == 200, "a temporary failure")
    check(mail_report(url, id, "opened", KEY) == 200, "an event that we do not keep")
    check(mail_report(url, id, "failed", "another key", "permanent") == 401, "another key")
    hour_ago = time.time() - 3_600
    check(mail_report(url, id, "failed", KEY, "permanent", hour_ago) == 401, "an old signature")
    check(mail_report(url, "<1@mail.example.com>", "failed", KEY, "permanent") == 406, "not ours")
    check(reported() == before, "something was recorded of these")
    for _ in range(2):
        check(mail_report(url, id, "failed", KEY, "permanent") == 200, "a bounce")
    seen, other = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3d", mails.to("calm-2@example.com")[0]
    check(mail_report(url, id, "failed", KEY, "permanent", token=seen) == 200, "a bounce")
    again = mail_report(url, other["Message-ID"], "failed", KEY, "permanent", token=seen)
    check(again == 401, f"a signature that was seen is answered {again} with other contents")
    check((reported() - before) == {"user.message_failed": 1}, f"{reported()}")


def mails_are_well_formed(place, server, mails, texts):
    raw = {to: content for to, content in mails.taken}
    mail = mails.to("calm-1@example.com")[0]
    check(not mail.defects, f"{mail.defects}")
    check(mail["Auto-Submitted"] == "auto-generated", "it does not say that a program wrote it")
    check(re.fullmatch(r"<[a-z0-9._]+@mail\.example\.com>", mail["Message-ID"]), mail["Message-ID"])
    check(mail["From"] == "Équipe Greffe <greffe@mail.example.com>", mail["From"])
    check(mail["Subject"] == "Activez votre compte", mail["Subject"])
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    check(kinds == ["text/plain", "text/html"], f"{kinds}")
    html = mail.get_body(("html",)).get_content()
    said = re.sub(r"<title>.*?</title>|<[^>]+>", " ", html).replace("&#39;", "'").split()
    check(said == words(mail).split(), f"the parts say different things: {said}")
    for content in raw.values():
        lines = content.split(b"\r\n")
        check(max(map(len, lines)) <= 998, "a line is longer than mail allows")
        check(all(byte < 128 for byte in content), "it is not ASCII")
        headers = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
        encoded = [line for line in headers if b"=?" in line]
        check(all(len(line) <= 76 for line in encoded), f"an encoded line is too long: {encoded}")


def addresses_with_accents(place, server, mails, texts):
    """A domain has a spelling that every mail server takes. What comes before the @ has none: sign-up
    says so, and what cannot go out is recorded and waits for nothing."""
    read, wire = "a@bücher.example", "a@xn--bcher-kva.example"
    answer = register(server, read)
    check("autre adresse" not in answer.json()["message"], f"{answer.body}")
    check(until(lambda: mails.to(wire), 5), f"no mail to {wire}: {list(mails.tries)}")
    check(mails.to(wire)[0]["To"] == wire, mails.to(wire)[0]["To"])
    check(read not in mails.tries, "it was tried with its accents")
    before = outcomes(place, server)
    answer = register(server, "jürgen@example.com")
    check(answer.status == 202 and "autre adresse" in answer.json()["message"], f"{answer.body}")
    failed = lambda: (outcomes(place, server) - before)["user.message_failed"]
    check(until(lambda: failed() == 1, 10, 0.5), f"{outcomes(place, server) - before}")
    check(not any("jürgen" in to for to in mails.tries), "it was sent to a server that cannot")


def words(mail):
    return mail.get_body(("plain",)).get_content()


def nothing_goes_out_again_without_a_checkpoint(place, server, mails, settings):
    """Outcomes are events: a server that has forgotten how far it had read sends nothing twice."""
    import sqlite3
    vault = sqlite3.connect(server.directory / "vault.db")
    with vault:
        check(vault.execute("UPDATE follower SET position = 1").rowcount > 0, "no checkpoint")
    vault.close()
    before = len(mails.taken)
    again = place.start(directory=server.directory, development=False, environment=settings)
    check(register(again, "newcomer@example.com").status == 202, "signing up")
    check(until(lambda: mails.to("newcomer@example.com"), 10), "the mailer does not go on")
    check(len(mails.taken) == before + 1, f"{len(mails.taken) - before - 1} went out again")


main()
