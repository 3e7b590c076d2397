#!/usr/bin/env bash
# VictoriaMetrics 1.79.5 (Debian's victoria-metrics 1.79.5+ds1-2).
#
# Expected: an instant query sees what was written a few seconds ago, as Prometheus's does.
# Seen:     it is evaluated 30 s before now (-search.latencyOffset), so it has no value of a series that is younger, and half a minute's old value of
#           any other; the answer carries the time of the question all the same. With nocache=1, which Prometheus ignores, it is evaluated now.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
command -v curl >/dev/null || { apt-get update -q && apt-get install -qy curl; } >/dev/null
apt-get update -qq && apt-get download -qq victoria-metrics 2>/dev/null && dpkg-deb -x victoria-metrics_*.deb .
port=$((20000 + RANDOM % 12000))
usr/bin/victoria-metrics -storageDataPath="$dir/data" -httpListenAddr="127.0.0.1:$port" >server.log 2>&1 &
server=$!
until curl -fsS "http://127.0.0.1:$port/health" >/dev/null 2>&1; do kill -0 "$server"; sleep 0.1; done
curl -fsS -d 'young 5' "http://127.0.0.1:$port/api/v1/import/prometheus"
# What was imported is searchable within a second or two.
sleep 4
values() { curl -fsS "http://127.0.0.1:$port/api/v1/query?query=young$1" | grep -c '"5"' || true; }
seen="plain: $(values '') series
nocache=1: $(values '&nocache=1') series"
echo "$seen"
[ "$seen" = 'plain: 0 series
nocache=1: 1 series' ] || { echo 'changed: VictoriaMetrics sees a young series'; exit 1; }
