# shellcheck shell=sh disable=SC2086 # $unprivileged and $tls are words
# postgres_server.sh FOLDER PORT: runs a PostgreSQL server in a folder until standard input ends, then removes both. With a certificate in the folder it
# listens on loopback too. It writes `done` once the server answers, and after each order that it reads: `kill` ends the server as a power cut would,
# `start` starts it again.
set -eu
folder=$1
port=$2
for programs in /usr/lib/postgresql/*/bin; do PATH=$programs:$PATH; done

# The server refuses to run as root.
unprivileged=
[ "$(id -u)" != 0 ] || unprivileged='setpriv --reuid=65534 --regid=65534 --clear-groups'
# Whatever is waited for may not come: then its log says why.
give_up() {
  { echo "PostgreSQL $1; the end of $folder/log:"; tail -n 40 "$folder/log" || true; } >&2
  exit 1
}
stop() {
  kill "-$1" "$server" 2>/dev/null || true
  looks=0
  while kill -0 "$server" 2>/dev/null; do
    looks=$((looks + 1))
    if [ "$looks" -gt 500 ]; then kill -KILL "$server" 2>/dev/null || true; break; fi
    sleep 0.02
  done
  wait "$server" 2>/dev/null || true
}
start() {
  # What a killed server was doing may go on for a moment.
  starts=0
  until
    $unprivileged postgres -D "$folder/data" -k "$folder" -p "$port" $tls -F -c full_page_writes=off -c autovacuum=off -c max_connections=400 \
      >>"$folder/log" 2>&1 </dev/null &
    server=$!
    answers
  do
    starts=$((starts + 1))
    [ "$starts" -lt 100 ] || give_up 'does not start'
    sleep 0.1
  done
}
answers() {
  looks=0
  while kill -0 "$server" 2>/dev/null; do
    if pg_isready -q -h "$folder" -p "$port"; then return 0; fi
    looks=$((looks + 1))
    [ "$looks" -lt 2000 ] || give_up 'does not answer'
    sleep 0.02
  done
  return 1
}

# An interrupt ends the tests, and with them standard input.
trap : INT
trap 'exit 1' TERM HUP
trap 'stop INT; rm -rf "$folder"' EXIT
server=
tls='-c listen_addresses='
if [ -e "$folder/server.key" ]; then
  chmod 600 "$folder/server.key"
  tls="-h 127.0.0.1 -c ssl=on -c ssl_cert_file=$folder/server.crt -c ssl_key_file=$folder/server.key"
fi
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$folder"
# Texts sort as people expect, unless boathook asks otherwise, as on many real servers.
$unprivileged initdb -D "$folder/data" -U boathook -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en --no-sync >"$folder/made" 2>&1 ||
  { cat "$folder/made" >&2; exit 1; }
start
echo 'done'
while read -r order; do
  case $order in
    kill) stop KILL ;;
    start) start ;;
  esac
  echo 'done'
done
