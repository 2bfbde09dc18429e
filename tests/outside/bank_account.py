"""The change of a bank account and of contacts with the real programs: a story on the simulated clock,
kills between any two steps, and canaries for the IBAN.

usage: bank_account.py path/to/greffe path/to/replay
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

from common import PASSWORD, PORTAL, Failed, Place, Running, check, copy_tree, register, totp, until

INTERNAL = {"GREFFE_INTERNAL_TOKEN": "only-for-the-payment-service"}
OLD, NEW = "FR7630006000011234567890189", "FR1420041010050500013M02606"
OTHER = "DE89370400440532013000"
#: The first merchant of the demonstration that is live.
LIVE = "merchant10@example.com"
#: So many moments of the story are compared with a replay.
MOMENTS = 12


def main():
    passed = 0
    with Place(*sys.argv[1:3]) as place:
        home = place.new_path("home")
        home.mkdir()
        server = Running(place, "--demo", directory=home,
                         environment={"TMPDIR": str(home), "GREFFE_LOG": "trace", **INTERNAL})
        until(lambda: not server.runs or "Greffe is at" in server.printed(), 60)
        check(server.runs, f"the demonstration does not start: {server.last_words()}")
        directory = re.search(r"^  data +(\S+)", server.printed(), re.M)[1]
        # For the kills: as it was before the story.
        before = place.new_path("before")
        copy_tree(directory, before)
        for case in (story, canaries):
            seen = case(place, server, directory)
            print(f"ok   {case.__name__}: {seen}", flush=True)
            passed += 1
        server.kill()
        for case in (kills_of_a_contact_change, kills_of_an_activation):
            seen = case(place, before, server.printed())
            print(f"ok   {case.__name__}: {seen}", flush=True)
            passed += 1
    print(f"bank_account: {passed} passed, 0 failed")


# People.


class Owner:
    def __init__(self, server, email=LIVE):
        self.server, self.email = server, email
        self.sign_in()
        self.mobile = self.ask("GET", "/me").json()["mobile"]
        self.merchant = self.ask("GET", "/merchants").json()["data"][0]["id"]

    def sign_in(self):
        body = {"email": self.email, "password": PASSWORD}
        answer = self.server.client().call("POST", f"{PORTAL}/sessions", body)
        check(answer.status == 201, f"signing in: {answer.status} {answer.code}")
        self.token = answer.json()["token"]

    def ask(self, method, path, body=None, **more):
        client = self.server.client()
        return client.call(method, f"{PORTAL}{path}", body, token=self.token, **more)

    def of(self, path):
        return f"/merchants/{self.merchant}{path}"

    def messages(self, to, template):
        posts = self.server.client().call("GET", "/dev/mailbox").json()
        return [post["body"] for post in posts if (post["to"], post["template"]) == (to, template)]

    def newest(self, to, template, than=0):
        check(until(lambda: len(self.messages(to, template)) > than, 5), f"no {template} to {to}")
        return self.messages(to, template)[0]

    def prove(self, action, **about):
        """A code for an action, and what the code says."""
        known = len(self.messages(self.mobile, "strong_authentication_code"))
        answer = self.ask("POST", "/strong-authentications", {"action": action, **about})
        check(answer.status == 201, f"a code for {action}: {answer.status} {answer.code}")
        says = self.newest(self.mobile, "strong_authentication_code", known)
        answer = self.ask("POST", "/strong-authentications/confirmation", {"code": says[:6]})
        check(answer.status == 204, f"the code for {action}: {answer.status} {answer.code}")
        return says

    def upload(self, iban, file):
        return self.ask("POST", self.of("/bank-account-changes"), form={"iban": iban, "file": file})

    def ask_to_change(self, iban, file=None):
        self.prove("request_bank_account_change")
        answer = self.upload(iban, file or rib(iban, self.company()))
        check(answer.status == 201, f"asking to change: {answer.status} {answer.code}")
        return answer.json()

    def confirm(self, change):
        says = self.prove("confirm_bank_account_change", merchant=self.merchant, change=change["id"])
        check(change["iban"] in says, f"the code does not say {change['iban']}: {says}")
        path = self.of(f"/bank-account-changes/{change['id']}/confirmation")
        answer = self.ask("POST", path, {"recap": change["recap"]})
        check(answer.status == 200, f"confirming: {answer.status} {answer.code}")

    def company(self):
        return self.ask("GET", self.of("")).json()["legal_name"]

    def account(self):
        return self.ask("GET", self.of("/bank-account")).json()


class Colleague:
    def __init__(self, server, printed, email):
        secret = re.search(rf"{re.escape(email)}  authenticator secret (\S+)", printed)[1]
        self.server, self.email, self.secret = server, email, secret

    def ask(self, method, merchant, path, body=None):
        at = self.server.client().call("GET", "/dev/clock").json()["now"]
        now = time.mktime(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        if not getattr(self, "token", None) or now - self.since > 1_200:
            body_of_session = {"email": self.email, "password": PASSWORD,
                               "totp_code": totp(self.secret, now)}
            answer = self.server.client().call("POST", "/console/v1/sessions", body_of_session)
            check(answer.status == 201, f"{self.email} signs in: {answer.status} {answer.code}")
            self.token, self.since = answer.json()["token"], now
        path = f"/console/v1/merchants/{merchant}{path}"
        return self.server.client().call(method, path, body, token=self.token)

    def decide(self, owner, change, step, body=None):
        path = f"/bank-account-changes/{change['id']}/{step}"
        return self.ask("POST", owner.merchant, path, body or {})


def rib(iban, holder):
    """Bank details as a bank prints them, with a font that every reader has."""
    grouped = " ".join(iban[place:place + 4] for place in range(0, len(iban), 4))
    lines = ["Releve d'identite bancaire", f"Titulaire du compte : {holder}", f"IBAN : {grouped}"]
    text = "".join(f"BT /F1 12 Tf 60 {700 - 20 * n} Td ({line}) Tj ET\n"
                   for n, line in enumerate(lines))
    return pdf(text)


def pdf(content, catalog=""):
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    objects = [f"<</Type/Catalog/Pages 2 0 R{catalog}>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
               "/Resources<</Font<</F1 5 0 R>>>>>>",
               f"<</Length {len(content.encode('latin-1'))}>>stream\n{content}\nendstream", font]
    file, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(file)
    file += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    file += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return file + f"trailer<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()


def follow(server, page, text):
    """Does what the page behind a link in a message does."""
    token = re.search(r"token=(\S+)", text)[1]
    looked = server.client().call("GET", f"{page}?token={token}")
    check(looked.status == 200, f"looking at {page}: {looked.status}")
    return server.client().send(page, f"token={token}".encode(),
                                content_type="application/x-www-form-urlencoded").status


# 1. The story.


class Story:
    def __init__(self, place, server, directory):
        self.place, self.server, self.directory = place, server, directory
        self.moments = []

    def later(self, hours, owner):
        answer = self.server.client().call("POST", "/dev/clock/advance", {"hours": hours})
        check(answer.status == 200, f"the clock: {answer.status}")
        owner.sign_in()

    def note(self, owner, what):
        """What the portal says now, to be compared with a replay of this moment."""
        account = owner.account()
        at = self.server.client().call("GET", "/dev/clock").json()["now"]
        change = account["change"]
        self.moments.append((what, at, {
            "payouts": account["payouts"]["state"],
            "iban": account["payouts"]["account"]["iban"],
            "change": change and (change["id"], change["stage"], change["iban"])}))

    def replay(self, owner, at):
        done = self.place.run_replay(self.directory, "-o", "json", "show", owner.merchant,
                                     "--reveal", "--as-of", at)
        check(done.returncode == 0, f"replay at {at}: {done.stderr}")
        shown = json.loads(done.stdout)["bank_account"]
        change, accounts = shown["change"], shown["accounts"]
        newest = accounts[max(accounts, key=int)]
        return {"payouts": shown["payouts"], "iban": newest["iban"],
                "change": change and (change["id"], change["stage"], change["iban"])}


def story(place, server, directory):
    tale, owner = Story(place, server, directory), Owner(server)
    nadia = Colleague(server, server.printed(), "nadia@example.com")
    clara = Colleague(server, server.printed(), "clara@example.com")
    paid = lambda: pay(server, owner)
    check(paid()["iban"] == OLD, f"paid to {paid()}")
    tale.note(owner, "live")

    # A live merchant changes its IBAN and cancels from the mail.
    change = owner.ask_to_change(NEW)
    told = [owner.newest(to, "bank_account_change_requested") for to in (owner.email, owner.mobile)]
    check(all("FR…2606" in text and "token=" in text for text in told), f"they were told {told}")
    tale.note(owner, "asked")
    owner.confirm(change)
    tale.note(owner, "confirmed")
    check(follow(server, "/cancel-bank-account-change", told[0]) == 200, "the link does not cancel")
    tale.note(owner, "cancelled from the mail")
    check(paid()["iban"] == OLD, f"paid to {paid()}")

    # It changes it again, through verification.
    tale.later(2, owner)
    change = owner.ask_to_change(NEW)
    tale.note(owner, "asked again")
    owner.confirm(change)
    tale.note(owner, "confirmed again")
    seen = nadia.ask("GET", owner.merchant, "/bank-account").json()["change"]
    check((seen["iban"]["comparison"], seen["holder"]["comparison"]) == ("match", "match"), f"{seen}")
    refused = nadia.decide(owner, change, "activation")
    check(refused.status == 403, f"an analyst activates: {refused.status}")
    said = nadia.decide(owner, change, "verification", {"rationale": "La banque confirme."})
    check(said.status == 200, f"verifying: {said.status} {said.code}")
    tale.note(owner, "verified")
    said = clara.decide(owner, change, "activation")
    check(said.status == 200, f"activating: {said.status} {said.code}")
    tale.note(owner, "active")
    check(paid()["state"] == "held" and paid()["iban"] is None, f"paid {paid()}")
    tale.later(71, owner)
    tale.note(owner, "held for 71 hours")
    tale.later(2, owner)
    check(paid()["iban"] == NEW, f"after 72 hours paid to {paid()}")
    tale.note(owner, "paid to the new account")

    # A thief has the session, and not the mobile.
    answer = owner.upload(OTHER, rib(OTHER, "Voleur"))
    check(answer.code == "strong_authentication_needed", f"a thief: {answer.status} {answer.code}")
    known = len(owner.messages(owner.mobile, "strong_authentication_code"))
    owner.ask("POST", "/strong-authentications", {"action": "request_bank_account_change"})
    told = owner.newest(owner.mobile, "strong_authentication_code", known)
    check("compte bancaire" in told, f"the owner is told {told}")
    for code in ("000000", "111111", "222222"):
        owner.ask("POST", "/strong-authentications/confirmation", {"code": code})
    answer = owner.upload(OTHER, rib(OTHER, "Voleur"))
    check(answer.code == "strong_authentication_needed", f"a thief: {answer.status} {answer.code}")
    tale.note(owner, "a thief was here")

    # Two open changes: only the newest counts.
    tale.later(2, owner)
    first, second = owner.ask_to_change(OTHER), owner.ask_to_change(OLD)
    owner.prove("confirm_bank_account_change", merchant=owner.merchant, change=second["id"])
    path = owner.of("/bank-account-changes/{}/confirmation")
    answer = owner.ask("POST", path.format(first["id"]), {"recap": first["recap"]})
    check(answer.code == "bank_account_change_not_newest", f"the first: {answer.code}")
    answer = owner.ask("POST", path.format(second["id"]), {"recap": first["recap"]})
    check(answer.code == "recap_differs", f"the first recap: {answer.code}")
    answer = owner.ask("POST", owner.of(f"/bank-account-changes/{second['id']}/cancellation"), {})
    check(answer.status == 200, f"cancelling: {answer.status} {answer.code}")
    tale.note(owner, "two open changes")

    # RIBs of others, scans and scripts.
    tale.later(2, owner)
    for file, expected in ((rib(OLD, "Garage des Lilas"), ("differs", "differs")),
                           (pdf(""), ("unreadable", "unreadable"))):
        owner.ask_to_change(OTHER, file)
        seen = nadia.ask("GET", owner.merchant, "/bank-account").json()["change"]
        found = seen["iban"]["comparison"], seen["holder"]["comparison"]
        check(found == expected, f"read {found}, not {expected}")
    script = pdf("", "/OpenAction<</S/JavaScript/JS(app.alert)>>")
    answer = owner.upload(OTHER, script)
    check((answer.status, answer.code) == (422, "document_has_scripts"), f"{answer.status} {answer.code}")
    tale.note(owner, "other RIBs")

    # The mobile changed first: 72 hours stop whoever did it, and the old one is told.
    tale.later(24 * 31, owner)
    owner.prove("change_contact")
    new_mobile = "+33798765432"
    answer = owner.ask("POST", "/me/mobile-changes", {"mobile": new_mobile})
    check(answer.status == 201, f"another mobile: {answer.status} {answer.code}")
    stop = owner.newest(owner.mobile, "contact_change_requested")
    code = owner.newest(new_mobile, "new_mobile_code")[:6]
    answer = owner.ask("POST", "/me/mobile-changes/confirmation", {"code": code})
    check(answer.status == 200, f"the new mobile: {answer.status} {answer.code}")
    owner.newest(owner.mobile, "contact_changed")
    old_mobile, owner.mobile = owner.mobile, new_mobile
    owner.prove("request_bank_account_change")
    answer = owner.upload(OTHER, rib(OTHER, owner.company()))
    check(answer.code == "contacts_changed_lately", f"72 hours: {answer.status} {answer.code}")
    check(follow(server, "/cancel-contact-change", stop) == 409, "what is done is not cancelled")
    tale.later(72, owner)
    owner.ask_to_change(OTHER)
    owner.newest(old_mobile, "bank_account_change_requested")
    tale.note(owner, "after a new mobile")

    check(len(tale.moments) >= MOMENTS, f"only {len(tale.moments)} moments")
    for what, at, said in tale.moments:
        replayed = tale.replay(owner, at)
        check(replayed == said, f"{what}: the portal said {said}, a replay {replayed}")
    log = place.run_replay(directory, "log", owner.merchant, "-p").stdout
    check("verified" in log and "activat" in log, "the log does not say who verified and activated")
    check(place.verify(directory)[0] == 0, f"{place.verify(directory)}")
    return f"{len(tale.moments)} moments replayed as they were told"


def pay(server, owner):
    path = f"/internal/v1/merchants/{owner.merchant}/payout-account"
    return server.client().call("GET", path, token=INTERNAL["GREFFE_INTERNAL_TOKEN"]).json()


# 2. Canaries.


def canaries(place, server, directory):
    """The IBAN stands readable in no file, log, URL or figure."""
    grouped = lambda iban: " ".join(iban[place:place + 4] for place in range(0, len(iban), 4))
    wanted = [form.encode() for iban in (OLD, NEW, OTHER)
              for form in (iban, grouped(iban), iban[4:-2], iban.encode("utf-16-le").decode("latin-1"))]
    figures = server.client().call("GET", "/metrics").body
    texts = {"/metrics": figures, "stdout": server.printed().encode(), "log": server.log().encode()}
    files = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                texts[path] = file.read()
            files += 1
    check(len(texts["log"]) > 10_000, "the log says nothing")
    for where, text in texts.items():
        found = [form for form in wanted if form in text]
        check(not found, f"{where} has {found}")
    posts = json.dumps(server.client().call("GET", "/dev/mailbox").json(), ensure_ascii=False)
    for iban in (OLD, NEW, OTHER):
        check(iban not in posts and grouped(iban) not in posts, f"a message has {iban}")
    return f"{files} files, {len(texts['log']) // 1_000} KB of log"


# 3. Kills.

CALLS = "fdatasync,fsync,pwrite64"
KILLS_MAX = 60


def killed_at(place, directory, count, act):
    """Kills at the `count`th write or flush of any thread while something is done; false if it was done
    before so many."""
    server = place.start(directory=directory, environment=INTERNAL)
    trace = place.new_path("trace")
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(server.process.pid), "-o", str(trace), "-e", f"trace={CALLS}",
         "-e", f"inject={CALLS}:signal=SIGKILL:when={count}"],
        stderr=subprocess.PIPE, text=True)
    # It says so of each thread, and then once more of the whole.
    check("attached" in tracer.stderr.readline(), "strace does not attach")
    time.sleep(0.2)
    try:
        act(server)
        done = server.runs
    except Exception:
        until(lambda: not server.runs, 5)
        done = False
    server.kill()
    tracer.wait(timeout=10)
    return not done


def ready_for(place, before, prepare):
    """A directory in which everything is done but the last step."""
    directory = place.new_path("ready")
    copy_tree(before, directory)
    server = place.start(directory=directory, environment=INTERNAL)
    prepared = prepare(server)
    check(server.stop() == 0, "it does not stop")
    return directory, prepared


def each_kill(place, ready, act, look):
    """Kills earlier and later, and looks at what is there after a restart."""
    kills, seen = 0, set()
    for count in range(1, KILLS_MAX + 1):
        directory = place.new_path("killed")
        copy_tree(ready, directory)
        was_killed = killed_at(place, directory, count, act)
        server = place.start(directory=directory, environment=INTERNAL)
        seen.add(look(server))
        check(server.stop() == 0, "it does not stop")
        done = place.verify(directory)
        check(done[0] == 0, f"after kill {count}: {done}")
        shutil.rmtree(directory)
        if not was_killed:
            check(len(seen) > 1, f"{kills} kills, all before or after {seen}")
            return f"{kills} kills: {', '.join(sorted(seen))}"
        kills += 1
    raise Failed(f"{kills} kills, and it was never done")


def kills_of_a_contact_change(place, before, printed):
    """One address signs in, never both and never none; and following the link again completes it."""
    new_email = "moved@example.org"

    def prepare(server):
        owner = Owner(server)
        owner.prove("change_contact")
        answer = owner.ask("POST", "/me/email-changes", {"email": new_email})
        check(answer.status == 201, f"another e-mail: {answer.status} {answer.code}")
        return owner.newest(new_email, "new_email")

    ready, link = ready_for(place, before, prepare)

    def signs_in(server, email):
        body = {"email": email, "password": PASSWORD}
        return server.client().call("POST", f"{PORTAL}/sessions", body).status == 201

    def look(server):
        both = [signs_in(server, email) for email in (LIVE, new_email)]
        check(sum(both) == 1, f"old and new sign in: {both}")
        seen = "the old one signs in" if both[0] else "the new one signs in"
        status = follow(server, "/confirm-email", link)
        check(status == 200, f"following the link again: {status}")
        both = [signs_in(server, email) for email in (LIVE, new_email)]
        check(both == [False, True], f"after that, old and new sign in: {both}")
        check(register(server, LIVE).status == 202, "somebody else registers")
        has = lambda: any(post["to"] == LIVE and post["template"] == "activation"
                          for post in server.client().call("GET", "/dev/mailbox").json())
        check(until(has, 5), "the old address is not free")
        return seen

    return each_kill(place, ready, lambda server: follow(server, "/confirm-email", link), look)


def kills_of_an_activation(place, before, printed):
    """The old account is paid to, or the new one is active and its money held: nothing in between."""
    def prepare(server):
        owner = Owner(server)
        change = owner.ask_to_change(NEW)
        owner.confirm(change)
        nadia = Colleague(server, printed, "nadia@example.com")
        said = nadia.decide(owner, change, "verification", {"rationale": "La banque confirme."})
        check(said.status == 200, f"verifying: {said.status} {said.code}")
        hugo = Colleague(server, printed, "hugo@example.com")
        # Signs in: a code of an authenticator is used once, and a session survives a kill.
        hugo.ask("GET", owner.merchant, "/bank-account")
        return owner.merchant, change, hugo

    ready, (merchant, change, hugo) = ready_for(place, before, prepare)

    def activate(server):
        path = f"/console/v1/merchants/{merchant}/bank-account-changes/{change['id']}/activation"
        answer = server.client().call("POST", path, {}, token=hugo.token)
        check(answer.status == 200, f"activating: {answer.status} {answer.code}")

    def look(server):
        owner = Owner(server)
        said, stage = pay(server, owner), owner.account()["change"]["stage"]
        states = {"verified": ("payable", OLD), "active": ("held", None)}
        check((said["state"], said["iban"]) == states[stage], f"{stage}, and paid {said}")
        activate(server)
        check(pay(server, owner)["state"] == "held", "active, and not held")
        seen = server.client().call("GET", f"/console/v1/merchants/{merchant}/bank-account",
                                    token=hugo.token).json()
        check(len(seen["accounts"]) == 2, f"accounts: {seen['accounts']}")
        return stage

    return each_kill(place, ready, activate, look)


if __name__ == "__main__":
    main()
