#!/usr/bin/env bash
# Whether Prometheus takes what docs/monitoring ships: the alert rules, what they say of given numbers, and every expression of the dashboard.
#   trials/prometheus-rules.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
cd "$here/docs/monitoring"

need_promtool "$here/target/tools"
have jq || need_packages jq
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

promtool check rules alerts.yaml
promtool test rules alerts.test.yaml
# An expression becomes a rule, with something in place of what Grafana puts in.
jq '{groups: [{name: "dashboard", rules: [.panels[].targets[]?.expr, .annotations.list[].expr // empty]
  | map(gsub("\\$__rate_interval"; "5m") | gsub("\\$[a-z]+"; ".*")) | to_entries | map({record: "panel:\(.key)", expr: .value})}]}' \
  dashboard.json >"$dir/dashboard.yaml"
promtool check rules "$dir/dashboard.yaml"
