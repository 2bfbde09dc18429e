"""schemathesis against both OpenAPI documents of the real program, signed in.

usage: contract.py path/to/greffe
"""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

GREFFE = sys.argv[1]
PORT = 18081
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = "cheval pile agrafe correct"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "25")


def post(path, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(URL + path, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def get(path, token):
    request = urllib.request.Request(URL + path, headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def totp(secret, now):
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def main():
    env = dict(os.environ, GREFFE_LOG="warn")
    server = subprocess.Popen(
        [GREFFE, "--demo", "--listen", f"127.0.0.1:{PORT}", "--public-url", URL],
        env=env, stdout=subprocess.PIPE, text=True)
    try:
        secrets = {}
        for line in server.stdout:
            found = re.search(r"(\S+@example.com)  authenticator secret (\S+)", line)
            if found:
                secrets[found[1]] = found[2]
            if "  data " in line:
                break
        time.sleep(0.5)
        now = json.loads(urllib.request.urlopen(URL + "/dev/clock").read())["now"]
        now = time.mktime(time.strptime(now[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        merchant = post("/portal/v1/sessions", {"email": "merchant3@example.com", "password": PASSWORD})
        officer = post("/console/v1/sessions", {
            "email": "clara@example.com", "password": PASSWORD,
            "totp_code": totp(secrets["clara@example.com"], now)})
        mine = get("/portal/v1/merchants", merchant["token"])["data"][0]["id"]
        theirs = [case["merchant"] for case in get("/console/v1/queue", officer["token"])["data"]]
        # Whoever looks at people's data says for what.
        post(f"/console/v1/merchants/{theirs[0]}/purpose",
             {"purpose": "technical", "reference": "contract"}, officer["token"])
        failed = 0
        for api, token, known in [("portal", merchant["token"], mine),
                                  ("console", officer["token"], theirs[0])]:
            # A merchant that exists, so that requests get past "not there".
            config = tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False)
            config.write(f'[parameters]\nmerchant = "{known}"\n')
            config.close()
            done = subprocess.run([
                os.path.join(os.path.dirname(sys.executable), "schemathesis"),
                "--config-file", config.name, "run",
                f"{URL}/{api}/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
                "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                            "response_schema_conformance",
                # Signing out would leave the rest with nothing but 401.
                "--exclude-path-regex", "sessions/", "--max-examples", EXAMPLES, "--phases", "examples,fuzzing", "--no-color",
                "--seed", "1"])
            failed += done.returncode != 0
        print(f"contract: {2 - failed} passed, {failed} failed")
        sys.exit(1 if failed else 0)
    finally:
        server.kill()


main()
