"""Speaks HTTP with a server that may die at any moment: an answer, or nobody knows."""
import collections
import http.client
import json
import socket
import threading
import urllib.parse


class Gone(Exception):
    """No answer came: whether the request was carried out is unknown."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def is_success(self):
        return 200 <= self.status < 300

    @property
    def is_problem(self):
        """True if it is a problem that a program can decide by."""
        kind = self.headers.get("content-type", "")
        return kind.startswith("application/problem+json") and bool(self.code)

    @property
    def code(self):
        try:
            return json.loads(self.body).get("code", "")
        except (ValueError, AttributeError):
            return ""

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise Gone("the answer was cut off") from None


class Client:
    """One connection, for one thread at a time."""

    def __init__(self, url, patience=15.0):
        self.address = urllib.parse.urlsplit(url).netloc
        self.patience = patience
        self.connection = None

    def call(self, method, path, body=None, token=None, key=None, form=None):
        headers, data = {}, None
        if form is not None:
            headers["content-type"], data = encode_form(form)
        elif body is not None:
            headers["content-type"], data = "application/json", json.dumps(body).encode()
        if token:
            headers["authorization"] = f"Bearer {token}"
        if key:
            headers["idempotency-key"] = key
        try:
            answer = self._exchange(method, path, data, headers)
            if answer.code == "purpose_needed":
                answer = self._exchange_stated(method, path, data, headers)
            return answer
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Gone(f"{method} {path}: {error or type(error).__name__}") from None

    def _exchange_stated(self, method, path, data, headers):
        """The same once a purpose is stated for the merchant of the address."""
        merchant = "/".join(path.split("?")[0].split("/")[:5])
        statement = json.dumps({"purpose": "review", "reference": "campaign"}).encode()
        authorized = {"authorization": headers["authorization"], "content-type": "application/json"}
        stated = self._exchange("POST", f"{merchant}/purpose", statement, authorized)
        return self._exchange(method, path, data, headers) if stated.is_success else stated

    def _exchange(self, method, path, data, headers):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=self.patience)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request(method, path, body=data, headers=headers)
        answer = self.connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Tally:
    """What servers refused, counted by status and code."""

    def __init__(self):
        self.counts = {}
        #: Why merchants of good will could not go on.
        self.given_up = collections.Counter()
        self.without_code = 0
        self._lock = threading.Lock()

    def note(self, answer):
        if answer.is_success:
            return
        with self._lock:
            name = f"{answer.status} {answer.code}".strip()
            self.counts[name] = self.counts.get(name, 0) + 1
            self.without_code += not answer.is_problem

    def most(self, statuses=range(400, 600)):
        chosen = [(count, name) for name, count in self.counts.items()
                  if int(name.split()[0]) in statuses]
        return ", ".join(f"{name} ×{count}" for count, name in sorted(chosen, reverse=True)[:4])


def encode_form(fields):
    """multipart/form-data of texts and of one file; the same form gives the same bytes."""
    boundary = "campaign-7d9f3c51a8e24b60"
    parts = []
    for name, value in fields.items():
        is_file = isinstance(value, bytes)
        extra = f'; filename="{name}.png"\r\ncontent-type: image/png' if is_file else ""
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"{extra}\r\n\r\n'
        parts += [head.encode(), value if is_file else value.encode(), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)
