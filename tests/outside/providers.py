"""Stand-ins for the providers of messages, on this machine: a mail server with moods (aiosmtpd), and
one that answers Twilio's message API, written from its public documentation. Neither delivers
anything to anybody.
"""
import asyncio
import base64
import collections
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import logging
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from common import free_port

# It warns of passwords without encryption, once a connection.
warnings.filterwarnings("ignore", module="aiosmtpd")
logging.getLogger("mail.log").setLevel(logging.ERROR)

USER, MAIL_PASSWORD = "greffe", "s3cret"
ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "8c1f0a"
#: The number that text messages come from.
FROM = "+33700000000"


class Mails:
    """A mail server without SMTPUTF8. How it treats a mail, the recipient's name says: `hang…`, `grey…`, `refuse…`
    or `die…` in whatever happens first, and everybody else's is taken."""

    #: How long it says nothing to the first mail of who is to hang.
    HANG_SECONDS = 40
    #: How long an unknown recipient is put off.
    GREY_SECONDS = 3

    def __init__(self):
        #: Of those that were taken: recipient and content.
        self.taken = []
        self.tries = collections.Counter()
        self.greeted = {}
        self.is_password_right = True
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port,
                                     authenticator=self.judge, auth_required=True,
                                     auth_require_tls=False, enable_SMTPUTF8=False)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()

    @property
    def url(self):
        return f"smtp://{USER}:{MAIL_PASSWORD}@127.0.0.1:{self.port}"

    def judge(self, server, session, envelope, mechanism, data):
        self.tries["sign in"] += 1
        is_right = (data.login, data.password) == (USER.encode(), MAIL_PASSWORD.encode())
        if is_right and self.is_password_right:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries[address] += 1
        mood = address.partition("-")[0]
        if mood == "hang" and self.tries[address] == 1:
            await asyncio.sleep(self.HANG_SECONDS)
        first = self.greeted.setdefault(address, time.monotonic())
        if mood == "grey" and time.monotonic() - first < self.GREY_SECONDS:
            return "451 4.7.1 come back later"
        if mood == "refuse":
            return "550 5.1.1 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, server, session, envelope):
        (to,) = envelope.rcpt_tos
        if to.startswith("die") and self.tries[to] == 1:
            server.transport.abort()
            return "421 too late"
        self.taken.append((to, envelope.content))
        return "250 taken"

    def to(self, address):
        """The mails that were taken for somebody."""
        return [email.message_from_bytes(content, policy=email.policy.default)
                for to, content in list(self.taken) if to == address]


class Texts:
    """Takes text messages and reports of each what the number's last digit says: 9 cannot be
    reached, everybody else has it."""

    def __init__(self):
        #: Recipient, text, and when it came.
        self.taken = []
        #: What was answered to each report, and how it was signed.
        self.reports = []
        self.is_silent = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["content-length"])
                fields = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
                status, body = outer.answer(self.path, self.headers, fields)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    @property
    def url(self):
        return f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path, headers, fields):
        signed_in = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if headers["authorization"] != signed_in:
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json" or fields["From"] != FROM:
            return 400, {"code": 21606, "message": "not your number", "status": 400}
        self.taken.append((fields["To"], fields["Body"], time.monotonic()))
        sid = f"SM{len(self.taken):032x}"
        if "StatusCallback" in fields and not self.is_silent:
            outcome = "undelivered" if fields["To"].endswith("9") else "delivered"
            arguments = (fields["StatusCallback"], sid, fields["To"], outcome)
            threading.Thread(target=self.report_all, args=arguments, daemon=True).start()
        return 201, {"sid": sid, "status": "queued", "to": fields["To"]}

    def report_all(self, address, sid, to, outcome):
        for status in ("sent", outcome, outcome):
            fields = {"MessageSid": sid, "MessageStatus": status, "To": to, "AccountSid": ACCOUNT}
            # As the fragment of the address asks: again, when it is not taken.
            for _ in range(6):
                if self.report(address, fields) < 300:
                    break
                time.sleep(0.2)

    def report(self, address, fields, token=TOKEN):
        address = address.partition("#")[0]
        text = address + "".join(name + fields[name] for name in sorted(fields))
        digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        status = post(address, urllib.parse.urlencode(fields).encode(),
                      {"x-twilio-signature": base64.b64encode(digest).decode(),
                       "content-type": "application/x-www-form-urlencoded"})
        self.reports.append((address, fields["MessageStatus"], status))
        return status

    def to(self, number):
        return [text for to, text, _ in list(self.taken) if to == number]


def mail_report(url, message_id, event, key, severity=None, at=None, token=None):
    """A report as Mailgun sends it; answers the status."""
    timestamp, token = str(int(at or time.time())), token or secrets.token_hex(25)
    signature = hmac.new(key.encode(), (timestamp + token).encode(), hashlib.sha256).hexdigest()
    body = {"signature": {"timestamp": timestamp, "token": token, "signature": signature},
            "event-data": {"event": event, "severity": severity, "id": "CPgfbmQMTCKtHW6uIWtuVe",
                           "message": {"headers": {"message-id": message_id.strip("<>")}}}}
    return post(f"{url}/webhooks/mail", json.dumps(body).encode(),
                {"content-type": "application/json"})


def post(address, content, headers):
    request = urllib.request.Request(address, data=content, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
