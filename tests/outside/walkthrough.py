"""Runs the blocks of docs/operating/first-merchant.md against the real program, as written.

usage: walkthrough.py path/to/greffe path/to/replay
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

GREFFE, REPLAY = sys.argv[1:3]
PORT = 18082
URL = f"http://127.0.0.1:{PORT}"
PAGE = pathlib.Path(__file__).parents[2] / "docs/operating/first-merchant.md"


def main():
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.S)
    directory = tempfile.mkdtemp()
    env = dict(os.environ, GREFFE_DEVELOPMENT="true", GREFFE_INTERNAL_TOKEN="secret", GREFFE_LOG="warn")
    server = subprocess.Popen(
        [GREFFE, "--directory", directory, "--listen", f"127.0.0.1:{PORT}", "--public-url", URL],
        env=env, stdout=subprocess.PIPE, text=True)
    try:
        for line in server.stdout:
            if "/join?token=" in line:
                join = line.strip()
                break
        script = "set -euo pipefail\n" + "\n".join(blocks) + '\necho "MERCHANT=$MERCHANT"'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              env=dict(os.environ, URL=URL, JOIN=join))
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"live_mode":true' in done.stdout, done.stdout
        merchant = re.search(r"MERCHANT=(mer_\w+)", done.stdout)[1]

        def replay(*args):
            done = subprocess.run([REPLAY, "--directory", directory, *args],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout

        # Any moment of the path gives the state of that moment, beside the running server.
        events = json.loads(replay("-o", "json", "log", merchant)[1])
        seen = []
        for event in events:
            code, shown = replay("-o", "json", "show", merchant, "--as-of", f"v{event['revision']}")
            assert code == 0
            status = json.loads(shown)["status"]
            if seen[-1:] != [status]:
                seen.append(status)
        assert seen == ["created", "activated", "test", "live"], seen
        assert replay("verify")[0] == 0
        print("walkthrough: 1 passed, 0 failed")
    finally:
        server.kill()


main()
