"""Looks at a restarted server and its ledger, and writes down what is there."""
import hashlib

from checker import Seen, SeenMerchant
from client import Client, Gone
from merchant import PASSWORD, PORTAL
from server import DidNotStart

#: Signing in to an account that is not activated counts as a failure, and five lock it.
SIGN_INS_MAX = 2


def observe(programs, server, facts, signed_in=None):
    """`server` has just been started. `signed_in` counts attempts from one look to the next."""
    seen = Seen()
    try:
        server.wait_until_ready()
    except DidNotStart as reason:
        return Seen(is_started=False, why_not_started=str(reason))
    look = Look(Client(server.url), facts, signed_in if signed_in is not None else {})
    for email in facts.merchants():
        seen.merchants[email] = look.merchant(email)
    seen.verify_exit, seen.verify_report = programs.verify(
        server.directory, server.environment)
    seen.events = programs.events(server.directory)
    return seen


class Look:
    def __init__(self, client, facts, signed_in):
        self.client, self.facts, self.signed_in = client, facts, signed_in

    def merchant(self, email):
        merchant = SeenMerchant(id=self.facts.merchant_id(email))
        try:
            self.look(email, merchant)
        except Gone as error:
            merchant.status = f"no answer: {error}"
        return merchant

    def look(self, email, merchant):
        for command in self.facts.all("session", email):
            token = command.answer.get("token")
            if token and self.get("/me", token).is_success:
                merchant.sessions.add(token)
        open_sessions = merchant.sessions - self.facts.ended_sessions
        token = next(iter(open_sessions), None) or self.sign_in(email, merchant)
        if token is None:
            return
        merchant.sign_in = "yes"
        me = self.get("/me", token)
        if me.is_success and me.json().get("first_name") is not None:
            merchant.values["profile"] = pick(me.json(), "first_name", "last_name", "mobile")
        listed = self.get("/merchants", token)
        accounts = listed.json()["data"] if listed.is_success else []
        for account in accounts:
            merchant.id, merchant.status = account["id"], account["status"]
            if account["legal_name"] is not None:
                merchant.values["basics"] = pick(account, "legal_name", "siren")
            self.file(f"/merchants/{account['id']}", token, merchant)

    def sign_in(self, email, merchant):
        """A new session: an account without one, or one whose sessions were ended."""
        is_activated = self.facts.merchant_id(email) is not None
        if self.signed_in.get(email, 0) >= SIGN_INS_MAX and not is_activated:
            return None
        answer = self.client.call("POST", f"{PORTAL}/sessions",
                                  {"email": email, "password": PASSWORD})
        if answer.is_success:
            return answer.json()["token"]
        self.signed_in[email] = self.signed_in.get(email, 0) + 1
        merchant.sign_in = answer.code or "unknown"
        return None

    def file(self, path, token, merchant):
        answer = self.get(f"{path}/client-file", token)
        if not answer.is_success:
            merchant.status = f"the client file: {answer.status} {answer.code}"
            return
        file = answer.json()
        self.values(file, merchant)
        for one in file["people"]:
            merchant.people[one["id"]] = details_of(one)
        for one in file["documents"]:
            merchant.documents[one["id"]] = self.download(f"{path}/documents/{one['id']}/content",
                                                          token)
        contract = self.get(f"{path}/contract", token)
        if contract.is_success and contract.json().get("sha256"):
            merchant.contract = pick(contract.json(), "sha256", "is_signed")
            merchant.pdf = self.download(f"{path}/contract/pdf", token)

    def values(self, file, merchant):
        if file["company"] is not None:
            merchant.values["company"] = pick(file["company"], "siret", "address", "registered_on")
        if file["ownership"] is not None:
            holdings = [pick(one, "person", "capital", "votes") for one in file["ownership"]]
            merchant.values["ownership"] = {"holdings": holdings}
        if file["payout_account"] is not None:
            merchant.values["payout_account"] = pick(file["payout_account"], "holder")

    def download(self, path, token):
        answer = self.get(path, token)
        if answer.status != 200:
            return f"{answer.status} {answer.code}", None
        return 200, hashlib.sha256(answer.body).hexdigest()

    def get(self, path, token):
        return self.client.call("GET", f"{PORTAL}{path}", token=token)


def pick(values, *names):
    return {name: values.get(name) for name in names}


def details_of(one):
    """What a person's request said; the roles as they stand beside the details."""
    details = dict(one["details"] or {})
    details["roles"] = sorted(one["roles"])
    return details
