#!/usr/bin/env bash
# VictoriaMetrics 1.79.5 (Debian's victoria-metrics 1.79.5+ds1-2) beside Prometheus 2.42.0 (Debian's prometheus 2.42.0+ds-5).
#
# Expected: the same query has the same value in both, which speak one query language: a ratio without any request is 0 / 0, which is NaN.
# Seen:     Prometheus keeps an element that is NaN: `or` takes it, count counts it, and nothing is absent. VictoriaMetrics drops it first, so
#           `ratio or vector(0)` is NaN in the one and 0 in the other, count has no value, and absent says 1.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${servers[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
servers=()
cd "$dir"
for program in curl jq; do command -v "$program" >/dev/null || { apt-get update -q && apt-get install -qy "$program"; } >/dev/null; done
apt-get update -qq
for package in prometheus victoria-metrics; do apt-get download -qq "$package" 2>/dev/null && dpkg-deb -x "$package"_*.deb .; done
port=$((20000 + RANDOM % 12000))
echo 'global: {}' >empty.yaml
usr/bin/prometheus --config.file=empty.yaml --storage.tsdb.path=prometheus --web.listen-address="127.0.0.1:$port" >prometheus.log 2>&1 &
servers+=("$!")
usr/bin/victoria-metrics -storageDataPath=victoria -httpListenAddr="127.0.0.1:$((port + 1))" >victoria.log 2>&1 &
servers+=("$!")
until curl -fsS "http://127.0.0.1:$port/-/ready" && curl -fsS "http://127.0.0.1:$((port + 1))/health"; do kill -0 "${servers[@]}"; sleep 0.1; done >/dev/null 2>&1
value() { curl -fsS "http://127.0.0.1:$1/api/v1/query" --data-urlencode "query=$2" | jq -r '.data.result[0].value[1] // "nothing"'; }
seen=$(for query in 'vector(0) / 0 or vector(7)' 'count(vector(0) / 0)' 'absent(vector(0) / 0)'; do
  printf '%s: Prometheus %s, VictoriaMetrics %s\n' "$query" "$(value "$port" "$query")" "$(value "$((port + 1))" "$query")"
done)
echo "$seen"
[ "$seen" = 'vector(0) / 0 or vector(7): Prometheus NaN, VictoriaMetrics 7
count(vector(0) / 0): Prometheus 1, VictoriaMetrics nothing
absent(vector(0) / 0): Prometheus nothing, VictoriaMetrics 1' ] || { echo 'changed: the two servers take NaN for other things'; exit 1; }
