#!/usr/bin/env bash
# oras 0.2.43 (PyPI), pushing to docker-registry 2.8.2 (Debian bookworm).
#
# Expected: a folder is pushed as `oras push` of oras-go does it: a gzipped tar whose paths begin with the folder's name, with the annotation
#           io.deis.oras.content.unpack: "true"; and a file by the path that was named, deploy/base/game.yaml.
# Seen:     the tar is the same, and nothing says that it is to be unpacked; a file has only its last name, so two of different folders have one title.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${registry:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq docker-registry >/dev/null 2>&1 || { apt-get update -qq && apt-get download -qq docker-registry; } >/dev/null 2>&1
dpkg -x docker-registry_*.deb registry
python3 -m venv venv
venv/bin/pip install -q oras==0.2.43 >/dev/null 2>&1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >config.yml <<END
version: 0.1
storage: {filesystem: {rootdirectory: $dir/data}}
http: {addr: 127.0.0.1:$port}
END
registry/usr/bin/docker-registry serve config.yml >registry.log 2>&1 &
registry=$!
for _ in $(seq 50); do curl -sf "http://127.0.0.1:$port/v2/" >/dev/null && break; sleep 0.1; done
mkdir -p deploy/base
echo 'kind: Service' >deploy/base/game.yaml
cat >push.py <<END
import oras.client
client = oras.client.OrasClient(hostname="127.0.0.1:$port", insecure=True)
def pushed(tag, file):
    name = "127.0.0.1:$port/acme/manifests:" + tag
    client.push(target=name, files=[file], disable_path_validation=True)
    layer = client.get_manifest(name)["layers"][0]
    return layer["annotations"]
print("folder", pushed("folder", "deploy"))
print("file", pushed("file", "deploy/base/game.yaml"))
END
seen=$(venv/bin/python push.py | grep -E '^(folder|file) ')
echo "$seen"
[ "$seen" = "folder {'org.opencontainers.image.title': 'deploy'}
file {'org.opencontainers.image.title': 'game.yaml'}" ] || { echo 'changed: what oras-py says of what it pushes'; exit 1; }
