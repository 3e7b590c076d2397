#!/usr/bin/env bash
# Asks a real gRPC server (grpcio with its own health service, from PyPI) for its health, as probes do: `boathook check` beside a sandbox, with
# that server in the ingress's place. Says what it saw, and ends with 1 where that is not what is expected.
# usage: trials/grpc-server.sh [BOATHOOK]        (default: a debug build of this checkout)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
need_c_compiler
need_rust "$here"
(cd "$here" && cargo build --locked --quiet --workspace)
built=$(build_folder "$here" debug)
boathook=$(realpath "${1:-$built/boathook}")
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

have python3 || need_packages python3 python3-venv
need_kubectl "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet grpcio==1.76.0 grpcio-health-checking==1.76.0

cat >"$work/server.py" <<'PYTHON'
"""Two gRPC servers on ports that the system picks: one with a health service, one without."""
import sys
from concurrent import futures
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

def serve(with_health):
    server = grpc.server(futures.ThreadPoolExecutor(2))
    if with_health:
        servicer = health.HealthServicer()
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        servicer.set("orders.v1", health_pb2.HealthCheckResponse.NOT_SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port

servers = [serve(True), serve(False)]
print(*(port for _, port in servers), flush=True)
sys.stdin.read()
PYTHON
mkfifo "$work/stdin"
"$work/venv/bin/python" "$work/server.py" <"$work/stdin" >"$work/ports" &
pids+=($!)
exec 3>"$work/stdin"
"$built/boathook-sandbox" --dir "$work/sandbox" >"$work/sandbox.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do [ -s "$work/ports" ] && [ -s "$work/sandbox/env" ] && break; sleep 0.1; done
read -r healthy bare <"$work/ports"
# shellcheck source=/dev/null
. "$work/sandbox/env"

mkdir -p "$work/manifests" "$work/config"
cat >"$work/manifests/service.yaml" <<YAML
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: orders, namespace: default}
spec: {template: {spec: {containers: [{image: "$E2E_IMAGE_GOOD_1", ports: [{name: h2c, containerPort: 8080}]}]}}}
YAML
kubectl apply -f "$work/manifests" >/dev/null
kubectl wait --for=condition=Ready ksvc/orders --timeout=30s >/dev/null
(umask 077; head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/secret")
cat >"$work/config/default.yaml" <<YAML
state: {directory: $work/state}
tools: {kubeconfig: $work/sandbox/kubeconfig, path: "$PATH"}
YAML

failed=0
# expect PORT SERVICE TEXT: what check says of the service's URL.
expect() {
  cat >"$work/config/development.yaml" <<YAML
secrets: [{id: ci, file: $work/secret}]
manifests: $work/manifests
allow: {images: ["ghcr.io/your-org/*"], namespaces: [default], services: [orders]}
url: {scheme: http, domain: sandbox.test, ingress_address: "127.0.0.1:$1"}
services: {orders: {health: {grpc: {service: "$2"}}}}
YAML
  local said
  said=$("$boathook" check --config "$work/config" | grep -E '^[a-z]+ +url ' || true)
  if grep -qF -- "$3" <<<"$said"; then printf 'ok    %s\n' "$said"; else printf 'WRONG %s\n      expected: %s\n' "$said" "$3"; failed=1; fi
}

expect "$healthy" "" "is well within"
expect "$healthy" orders.v1 "gRPC health of \`orders.v1\` is NOT_SERVING, expected SERVING"
expect "$healthy" orders.v2 "gRPC health of \`orders.v2\` ended with NOT_FOUND"
expect "$bare" "" "gRPC health of the server ended with UNIMPLEMENTED"
exit "$failed"
