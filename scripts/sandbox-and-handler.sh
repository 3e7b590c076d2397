# shellcheck shell=bash
# Starts and stops a sandbox and a handler beside each other, for the demo and for trying things. Sourced, never run.
# Expects `say`, `fail` (install-tools.sh), and the programs `boathook` and `boathook-sandbox`. Everything lives below one directory and ends with the script.

pids=()

# wait_for WHAT SECONDS COMMAND...: until the command succeeds.
wait_for() { wait_until "${@:2}" || fail "waited too long for $1"; }

# wait_until SECONDS COMMAND...: fails where the command does not succeed in this time.
wait_until() {
  local tenths=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    tenths=$((tenths - 1))
    [ "$tenths" -gt 0 ] || return 1
    sleep 0.1
  done
}

# wait_for_start WHAT LOG COMMAND...: the program that was started last has 30 seconds for its start. Where it ends or takes longer, the end of
# its log is shown, because the log goes with the directory.
wait_for_start() {
  wait_until 30 has_started_or_ended "${@:3}" && "${@:3}" >/dev/null 2>&1 && return
  fail "$1 did not start:
$(tail -n 20 "$2")"
}

has_started_or_ended() { "$@" || ! kill -0 "$!"; }

# start_sandbox DIR: a simulated k3s with Knative on loopback; exports what DIR/env says.
start_sandbox() {
  boathook-sandbox --dir "$1" >"$1/sandbox.log" 2>&1 &
  pids+=("$!")
  wait_for_start "the sandbox" "$1/sandbox.log" grep -q ready "$1/sandbox.log"
  # shellcheck source=/dev/null
  . "$1/env"
}

# A port on loopback that nobody listens on, below those that the system gives to connections: between two starts none of them may take it.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  printf '%s\n' "$port"
}

# start_handler DIR: boathook on the shipped config and manifests, with what differs here in variables.
start_handler() {
  local environment
  for environment in DEVELOPMENT STAGING PRODUCTION; do
    (umask 077 && head -c 32 /dev/urandom | base64 >"$1/secret.$environment")
    export "BOATHOOK__ENVIRONMENTS__${environment}__SECRETS=[{id: demo, file: $1/secret.$environment}]"
    export "BOATHOOK__ENVIRONMENTS__${environment}__URL={scheme: http, domain: $SANDBOX_DOMAIN, ingress_address: '$SANDBOX_INGRESS'}"
    # One deployment each; a trial that wants more says so.
    export "BOATHOOK__ENVIRONMENTS__${environment}__PROMOTION={to: production, when: never}"
  done
  serve_handler "$1" config
}

# serve_handler DIR CONFIG: boathook on this folder of configuration, below DIR.
serve_handler() {
  local port
  port=$(free_port)
  HANDLER_URL="http://127.0.0.1:$port"
  export BOATHOOK_SOCKET="$1/boathook.sock"
  export BOATHOOK__SERVER__LISTEN="127.0.0.1:$port" BOATHOOK__SERVER__PUBLIC_URL="$HANDLER_URL"
  export BOATHOOK__OPERATOR__SOCKET="$BOATHOOK_SOCKET" BOATHOOK__STATE__DIRECTORY="$1/state"
  export BOATHOOK__TOOLS__KUBECONFIG="$KUBECONFIG" BOATHOOK__TOOLS__PATH="$PATH"
  boathook serve --config "$2" >"$1/handler.log" 2>&1 &
  pids+=("$!")
  wait_for_start "the handler" "$1/handler.log" curl -fsS "$HANDLER_URL/health"
}

stop_all() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
