"""The OpenAPI documents of the real program, read by others: two validators accept each, typed clients in
Python and TypeScript are made of them without a warning, and the one of the portal walks from the sign-up to
the signed contract without a request written by hand.

usage: clients.py path/to/greffe [path/to/node_modules/.bin]
"""
import contextlib
import datetime
import importlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

GREFFE = sys.argv[1]
NODE = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
PORT = 18085
URL = f"http://127.0.0.1:{PORT}"
DOCUMENTS = {"portal": "/portal/v1", "console": "/console/v1", "payment": "/v2", "internal": "/internal/v1"}
PASSWORD = "cheval pile agrafe correct"
EMAIL, MOBILE = "marie@example.com", "+33612345678"
# The generator knows bytes by this name alone.
BYTES = ("content_type_overrides:\n  application/pdf: application/octet-stream\n"
         "  text/event-stream: text/plain\n")
PDF = b"".join([b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n",
                b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n",
                b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>> endobj\n",
                b"trailer <</Root 1 0 R>>\n%%EOF\n"])


def run(*command, tools=os.path.dirname(sys.executable)):
    env = dict(os.environ, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run([os.path.join(tools, command[0]), *command[1:]], env=env,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(path):
    with urllib.request.urlopen(URL + path) as answer:
        return json.loads(answer.read())


def newest(template, what):
    """The first group of `what` in the newest message of a kind, once there is one."""
    for _ in range(200):
        bodies = [mail["body"] for mail in read("/dev/mailbox") if mail["template"] == template]
        if bodies:
            return re.search(what, bodies[0])[1]
        time.sleep(0.05)
    raise AssertionError(f"no message {template}")


def made(place, api):
    """The package of a client, validated and generated."""
    document = place / f"{api}.json"
    document.write_text(json.dumps(read(f"{DOCUMENTS[api]}/openapi.json")))
    config = place / "config.yaml"
    config.write_text(BYTES)
    run("openapi-spec-validator", str(document))
    run("openapi-python-client", "generate", "--path", str(document), "--config", str(config),
        "--meta", "none", "--output-path", str(place / f"{api}_client"), "--fail-on-warning")


def linted(place):
    """Whether there is the other validator; it finds nothing wrong, nor anything to warn of."""
    if NODE is None or not (NODE / "redocly").exists():
        return False
    for api in DOCUMENTS:
        found = json.loads(run("redocly", "lint", str(place / f"{api}.json"), "--format", "json", tools=NODE))
        assert not found["problems"], found["problems"][0]
    return True


def typed(place):
    """Whether there is what makes types for TypeScript and compiles them strictly."""
    if NODE is None or not (NODE / "tsc").exists():
        return False
    types = [str(place / f"{api}.ts") for api in DOCUMENTS]
    for api, file in zip(DOCUMENTS, types):
        run("openapi-typescript", str(place / f"{api}.json"), "-o", file, tools=NODE)
    run("tsc", "--strict", "--noEmit", "--target", "es2022", *types, tools=NODE)
    return True


class Portal:
    """The generated client: `portal.user.sign_in(body=…)`, its models by name."""

    def __init__(self):
        package = importlib.import_module("portal_client")
        self.models = importlib.import_module("portal_client.models")
        self.types = importlib.import_module("portal_client.types")
        self.problem = self.models.Problem
        self.client = package.Client(base_url=URL)
        self.signed_in = package.AuthenticatedClient

    def call(self, operation, *ids, body=None):
        """What an operation answers; a problem is none that was expected."""
        module = importlib.import_module(f"portal_client.api.{operation}")
        given = {} if body is None else {"body": body}
        answer = module.sync_detailed(*ids, client=self.client, **given)
        assert answer.status_code < 300, (operation, answer.status_code, answer.content)
        assert not isinstance(answer.parsed, self.problem), answer.parsed
        return answer.parsed

    def sign_in(self):
        session = self.call("user.sign_in", body=self.models.Credentials(email=EMAIL, password=PASSWORD))
        self.client = self.signed_in(base_url=URL, token=session.token)


def enter_test_mode(portal):
    models = portal.models
    portal.call("user.register", body=models.Registration(email=EMAIL, password=PASSWORD))
    token = newest("activation", r"token=(\S+)")
    merchant = portal.call("user.activate", body=models.Token(token=token)).merchants[0]
    portal.sign_in()
    portal.call("user.record_profile", body=models.ProfileBody(
        first_name="Marie", last_name="Exemple", mobile=MOBILE))
    portal.call("user.send_mobile_code")
    code = newest("mobile_code", r"(\d{6})")
    portal.call("user.verify_mobile", body=models.CodeBody(code=code))
    basics = portal.call("registration.record_company_basics", merchant, body=models.CompanyBasicsBody(
        legal_name="Atelier du Canal", siren="732829320", legal_form=models.LegalForm.SARL, country="FR",
        activity="62.01Z"))
    assert basics.test_key.startswith("stest_"), basics.test_key
    return merchant


def fill_file(portal, merchant):
    models = portal.models
    address = models.Address(street="1 rue des Lilas", postal_code="75011", city="Paris", country="FR")
    portal.call("client_file.record_company", merchant, body=models.Company(
        siret="73282932000074", address=address, registered_on=datetime.date(2019, 3, 4)))
    person = portal.call("client_file.add_person", merchant, body=models.PersonDetails(
        first_name="Marie", last_name="Exemple", birth_date=datetime.date(1980, 5, 17), birth_place="Lyon",
        nationality="FR", address=address, email=EMAIL, mobile=MOBILE,
        roles=[models.PersonRole.REPRESENTATIVE, models.PersonRole.BENEFICIAL_OWNER])).id
    portal.call("client_file.declare_ownership", merchant, body=models.OwnershipDeclaration(
        holdings=[models.Holding(person=person, capital="100", votes="100")]))
    portal.call("client_file.record_payout_account", merchant, body=models.PayoutAccountBody(
        iban="FR7630006000011234567890189", holder="Atelier du Canal"))
    portal.call("services.request_services", merchant, body=models.Wanted(services=[models.Service.API]))
    today = datetime.date.today()
    for kind, form in (("registration_extract", {"issued_on": today}), ("bank_details", {}),
                       ("articles_of_association", {}),
                       ("identity_document", {"person": person, "issued_on": datetime.date(2020, 1, 2),
                                              "expires_on": datetime.date(2035, 1, 2)})):
        file = portal.types.File(payload=io.BytesIO(PDF), file_name="a.pdf", mime_type="application/pdf")
        portal.call("client_file.submit_document", merchant, body=models.DocumentForm(
            file=file, **form, kind=models.DocumentKind(kind)))
    return person


def sign(portal, merchant, person):
    models = portal.models
    contract = portal.call("contract.present_contract", merchant)
    portal.call("contract.send_signing_code", merchant, body=models.SigningCodeBody(person=person))
    code = newest("signing_code", r"(\d{6})")
    signed = portal.call("contract.sign_contract", merchant, body=models.SignatureBody(
        person=person, sha256=contract.sha256, code=code))
    assert all(signer.signed_at for signer in signed.signers), signed


def main():
    place = pathlib.Path(tempfile.mkdtemp())
    env = dict(os.environ, GREFFE_DEVELOPMENT="true", GREFFE_LOG="warn")
    server = subprocess.Popen(
        [GREFFE, "--directory", str(place / "data"), "--listen", f"127.0.0.1:{PORT}", "--public-url", URL],
        env=env, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                read("/readyz")
                break
            time.sleep(0.05)
        for api in DOCUMENTS:
            made(place, api)
            print(f"ok   the document of the {api} is valid, and a client is made of it without a warning")
        sys.path.insert(0, str(place))
        portal = Portal()
        merchant = enter_test_mode(portal)
        person = fill_file(portal, merchant)
        sign(portal, merchant, person)
        portal.call("registration.read_onboarding", merchant)
        print("ok   the generated client walks from the sign-up to the signed contract")
        is_linted, is_typed = linted(place), typed(place)
        print("ok   another validator has nothing to say of the documents" if is_linted else
              "SKIPPED another validator: @redocly/cli is not there")
        print("ok   the types for TypeScript compile strictly" if is_typed else
              "SKIPPED the types for TypeScript: openapi-typescript and typescript are not there")
        skipped = 2 - is_linted - is_typed
        print(f"clients: {len(DOCUMENTS) + 3 - skipped} passed, 0 failed, {skipped} skipped")
    finally:
        server.kill()


main()
