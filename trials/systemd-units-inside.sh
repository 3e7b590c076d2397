#!/usr/bin/env bash
# What systemd-units.sh tries on the machine that it made, as root there.
#   systemd-units-inside.sh live    installing twice, the units, a deployment, reloads, restarts under requests, a process that is killed and one that
#                          hangs, containerd's socket, the token, an upgrade, boathook check
#   systemd-units-inside.sh leave   after a reboot: everything is back; stopping, uninstalling, purging
#   systemd-units-inside.sh package the Debian package: on a node that had the archive, an upgrade, one without a backup, removing, installing again, purging
set -euo pipefail
release=/opt/release before=/opt/before socket=/run/k3s/containerd/containerd.sock
export KUBECONFIG=/etc/rancher/k3s/k3s.yaml
passed=0 failed=0 said=''

# shows WHAT COMMAND...: the command has to succeed; what it said is shown where it does not.
shows() {
  local what=$1
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    printf 'ok - %s\n' "$what"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$what"
    printf '%s\n' "$said" | tail -n 20 | sed 's/^/    /'
  fi
}

# soon COMMAND...: succeeds once the command does, within half a minute.
soon() {
  local left=300
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { "$@"; return; }
    sleep 0.1
  done
}

is() { [ "$1" = "$2" ] || { printf '"%s" is not "%s"\n' "$1" "$2"; return 1; }; }
not() { ! "$@"; }
contains() { case $1 in *"$2"*) ;; *) printf '%s\nholds no "%s"\n' "$1" "$2"; return 1 ;; esac; }
property() { systemctl show --property "$1" --value "${2:-boathook.service}"; }
main_pid() { property MainPID; }
backups() { find /var/backups/boathook -name 'journal-*.db' | wc -l; }
# Every file of the machine, but for what systemd, its journal and kubectl write in any case.
files() { find / -xdev \( -path /var/log -o -path /var/tmp -o -path /var/lib/systemd/random-seed -o -path /opt -o -path /root -o -path /run -o -path /tmp \) -prune -o -print | sort; }
# Prints the files that were not there before the installation; fails where there is one, or no list to compare with.
nothing_is_new() { comm -13 "$before" <(files) | not grep .; }

# A k3s that makes containerd's socket for root alone, at each start, and a crictl that needs access to it.
make_k3s() {
  cat >/etc/systemd/system/k3s.service <<'UNIT'
[Service]
RuntimeDirectory=sandbox
ExecStart=/opt/k3s/boathook-sandbox --dir /run/sandbox --api-port 6443 --ingress-port 6480 --domain sandbox.test
[Install]
WantedBy=multi-user.target
UNIT
  cat >/etc/systemd/system/containerd.socket <<UNIT
[Socket]
ListenStream=$socket
SocketMode=0600
RemoveOnStop=yes
Accept=yes
[Install]
WantedBy=sockets.target
UNIT
  printf '[Service]\nExecStart=/bin/true\n' >/etc/systemd/system/containerd@.service
  cat >/usr/local/bin/crictl <<SCRIPT
#!/bin/sh
[ -w $socket ] || { echo "dial unix $socket: connect: permission denied" >&2; exit 1; }
exec /run/sandbox/bin/crictl "\$@"
SCRIPT
  chmod 0755 /usr/local/bin/crictl
  systemctl enable --quiet --now containerd.socket k3s.service
  soon test -s /run/sandbox/kubeconfig
  install -D -m 0600 /run/sandbox/kubeconfig "$KUBECONFIG"
}

# shellcheck disable=SC2120 # `shows` hands the arguments over
setup() { "$release/scripts/setup.sh" "$@" </dev/null; }

# The operator's own settings: quick holds, where this cluster answers, and as many requests as the trial makes.
settle() {
  sed -i 's/^  requests_per_minute: .*/  requests_per_minute: 100000/' /etc/boathook/default.yaml
  sed -i -e '/^health:/,$d' -e '/^promotion:/d' /etc/boathook/development.yaml
  cat >>/etc/boathook/development.yaml <<'YAML'
health: {delay: 0s, interval: 200ms, min_samples: 3}
traffic: {stages: {rolling: [{percent: 100, hold: 6s}]}}
url: {scheme: http, domain: sandbox.test, ingress_address: "127.0.0.1:6480"}
YAML
}

send() {
  boathook send --url http://127.0.0.1:8080 --secret-file /etc/boathook/secrets/development --environment development \
    --image "ghcr.io/your-org/game-2048:$1" --namespace game-2048-dev --service game-2048-dev --deployment-id "trial-$1" "${@:2}"
}

status() { boathook show "trial-$1" --json | sed -n 's/^ *"status": "\(.*\)",*$/\1/p' | head -n 1; }
has_status() { is "$(status "$1")" "$2"; }
serves() { contains "$(curl -sS -H 'Host: game-2048-dev.game-2048-dev.sandbox.test' http://127.0.0.1:6480/)" "$1"; }

# One request on a connection of its own; its status, or why there is none, stands in a file.
ask() { curl -sS -m 30 -o /dev/null -w '%{http_code}\n' http://127.0.0.1:8080/health >>/run/answers 2>&1; }

# unrefused COMMAND...: while it runs requests come all the time, none waits for another, and every one of them is answered.
unrefused() {
  local running
  : >/run/answers
  "$@" >/run/said 2>&1 &
  running=$!
  while kill -0 "$running" 2>/dev/null; do
    ask &
    sleep 0.01
  done
  wait "$running" || { cat /run/said; return 1; }
  wait
  sort /run/answers | uniq -c
  [ "$(wc -l </run/answers)" -ge 20 ] && ! grep -vqx 200 /run/answers
}
thrice() { for _ in 1 2 3; do "$@"; done; }

installing() {
  local unit printed
  shows "setup.sh installs and starts" setup --public-url http://127.0.0.1:8080 --domain sandbox.test
  printed=$said
  shows "a signed ping was answered" contains "$printed" "a signed ping was answered"
  shows "no secret is shown without a terminal" not grep -F -f <(cat /etc/boathook/secrets/* /etc/boathook/token) <<<"$printed"
  # shellcheck disable=SC2119
  shows "a second setup.sh has nothing to change" is "$(setup 2>&1)" "== nothing to change: boathook is installed and up to date"
  for unit in boathook.service boathook.socket boathook-containerd.path boathook-token.timer; do
    shows "$unit is active, and will be after a reboot" is "$(systemctl is-active "$unit") $(systemctl is-enabled "$unit")" "active enabled"
  done
  shows "systemd has nothing to say about the units" is "$(systemd-analyze verify /etc/systemd/system/boathook* 2>&1)" ""
  shows "and finds boathook well confined" systemd-analyze security --threshold=20 --no-pager boathook.service
  shows "it runs as boathook" is "$(stat -c %U "/proc/$(main_pid)")" boathook
  shows "its record is its own" is "$(stat -c %U:%a /var/lib/boathook)" boathook:700
  shows "only root reads the secrets" is "$(stat -c %U:%a /etc/boathook/secrets /etc/boathook/secrets/production | paste -sd' ')" "root:700 root:600"
}

deploying() {
  settle
  shows "systemctl reload takes the new settings" systemctl reload boathook
  local pid
  pid=$(main_pid)
  printf 'frozn: true\n' >>/etc/boathook/staging.yaml
  shows "settings that cannot be used fail the reload" not systemctl reload boathook
  sed -i '$d' /etc/boathook/staging.yaml
  shows "and the same process goes on" is "$(main_pid) $(systemctl is-active boathook)" "$pid active"
  shows "a signed deployment goes through" send v1
  shows "and serves" serves v1
}

# is_another_than PID: systemd has started it again by itself.
is_another_than() { [ ! -e "/proc/$1" ] && [ "$(systemctl is-active boathook)" = active ] && [ "$(property NRestarts)" -ge 1 ]; }

restarting() {
  local pid
  # Starts by hand count too for the limit of starts.
  systemctl reset-failed boathook
  shows "no request is refused during three restarts" unrefused thrice systemctl restart boathook
  send v2 --no-follow >/dev/null 2>&1
  soon has_status v2 deploying
  pid=$(main_pid)
  kill -9 "$pid"
  shows "systemd brings back what was killed" soon is_another_than "$pid"
  shows "and the deployment that was under way ends" soon has_status v2 succeeded
  shows "and serves" serves v2
}

watching() {
  local pid
  shows "the watchdog is armed" is "$(property WatchdogUSec)" 1min
  mkdir -p /run/systemd/system/boathook.service.d
  printf '[Service]\nWatchdogSec=3s\n' >/run/systemd/system/boathook.service.d/trial.conf
  systemctl daemon-reload
  systemctl restart boathook
  pid=$(main_pid)
  kill -STOP "$pid"
  shows "systemd ends a process that hangs, and starts another" soon is_another_than "$pid"
  shows "which serves" soon curl -fsS http://127.0.0.1:8080/health
  rm -r /run/systemd/system/boathook.service.d
  systemctl daemon-reload
  systemctl restart boathook
}

is_boathooks() { is "$(stat -c %G:%a "$socket")" boathook:660; }

beside_it() {
  local token
  shows "boathook may use containerd's socket" is_boathooks
  systemctl restart containerd.socket
  shows "and again when k3s has created it again for root" soon is_boathooks
  token=$(cat /etc/boathook/token)
  mkdir -p /run/systemd/system/boathook-token.timer.d
  printf '[Timer]\nOnCalendar=\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=100ms\n' >/run/systemd/system/boathook-token.timer.d/trial.conf
  systemctl daemon-reload
  systemctl restart boathook-token.timer
  shows "the timer renews the token" soon not grep -qxF "$token" /etc/boathook/token
  shows "which boathook alone reads" is "$(stat -c %U:%G:%a /etc/boathook/token)" root:boathook:640
  rm -r /run/systemd/system/boathook-token.timer.d
  systemctl daemon-reload
  systemctl restart boathook-token.timer
}

upgrading() {
  local new=/opt/next
  install -m 0755 "$release/boathook" "$new"
  printf 'next' >>"$new"
  shows "an upgrade refuses no request" unrefused setup --binary "$new"
  shows "and brings the new program" cmp "$new" /usr/local/bin/boathook
  shows "which runs" cmp "$new" "/proc/$(main_pid)/exe"
  rm "$new"
  shows "with the old record" has_status v2 succeeded
  shows "of which there is a copy" is "$(backups)" 1
  shows "boathook check, run as boathook, finds nothing else" check_finds_the_account_only
}

# But for the account, as the sandbox goes by the address in the kubeconfig, which setup.sh takes from the administrator's; and for the registry of
# images that nobody has.
check_finds_the_account_only() {
  local complaints
  complaints=$(runuser -u boathook -- boathook check --environment development | grep -E '^(warning|error)' | grep -v '^warning  registry ' || true)
  is "$complaints" "warning  permissions    the kubeconfig's account may do everything in the whole cluster"
}

returning() {
  shows "after a reboot it is up by itself" soon systemctl is-active boathook.service
  shows "and answers" soon curl -fsS http://127.0.0.1:8080/health
  shows "and has its record" has_status v2 succeeded
  shows "and may use containerd's socket" soon is_boathooks
}

leaving() {
  systemctl stop boathook.service boathook.socket
  shows "a stop is a success" is "$(property Result) $(property ExecMainStatus)" "success 0"
  systemctl start boathook.socket boathook.service
  shows "setup.sh uninstalls it" setup --uninstall
  shows "settings and record stay" test -s /etc/boathook/default.yaml -a -s /var/lib/boathook/journal.db
  shows "no unit does" not systemctl cat boathook.service
  shows "what stayed is used again" setup
  shows "with the record" has_status v2 succeeded
  shows "setup.sh purges it" setup --uninstall --purge
  shows "nothing is left" nothing_is_new
  shows "no process of its user is left, nor the user" not getent passwd boathook
  shows "no unit has failed" is "$(systemctl list-units --failed --no-legend --plain 'boathook*')" ""
}

# repack VERSION: the package as a later version, with another program and other settings.
repack() {
  local work=/opt/repack
  dpkg-deb --raw-extract /opt/boathook.deb "$work"
  sed -i "s/^Version: .*/Version: $1/" "$work/DEBIAN/control"
  printf '%s' "$1" >>"$work/usr/bin/boathook"
  printf '# %s\n' "$1" | tee -a "$work/etc/boathook/default.yaml" >>"$work/etc/boathook/production.yaml"
  (cd "$work" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -Zgzip -z1 --build "$work" "/opt/boathook-$1.deb" >/dev/null
  rm -r "$work"
}

# shellcheck disable=SC2016 # for dpkg-query to fill in
dpkg_status() { dpkg-query --show --showformat '${Version} ${db:Status-Status}' boathook; }

packaged() {
  local unit
  setup --domain sandbox.test >/dev/null 2>&1
  settle
  systemctl restart boathook
  shows "a deployment on a node that has the archive" send v1
  shows "the package replaces the archive, and refuses no request" unrefused setup --package /opt/boathook.deb
  shows "its program runs" is "$(readlink "/proc/$(main_pid)/exe")" /usr/bin/boathook
  shows "the archive's is gone, and its units" is "$(find /usr/local /etc/systemd/system -name '*boathook*' -type f)" ""
  shows "the record is still there" has_status v1 succeeded
  shows "of which there is a copy" is "$(backups)" 1
  for unit in boathook.service boathook.socket boathook-containerd.path boathook-token.timer; do
    shows "$unit is active, and will be after a reboot" is "$(systemctl is-active "$unit") $(systemctl is-enabled "$unit")" "active enabled"
  done
  shows "systemd has nothing to say about the package's units" is "$(systemd-analyze verify /usr/lib/systemd/system/boathook* 2>&1)" ""
  shows "boathook-setup has nothing to change" is "$(boathook-setup 2>&1 </dev/null)" "== nothing to change: boathook is installed and up to date"
  shows "there are pages and completions" test -s /usr/share/man/man1/boathook-send.1.gz -a -s /usr/share/bash-completion/completions/boathook
  shows "the timer's service renews the token" systemctl start boathook-token.service
}

package_upgrades() {
  repack "$version+next"
  shows "an upgrade refuses no request" unrefused setup --package "/opt/boathook-$version+next.deb"
  shows "and says where the copy of the journal is" contains "$(cat /run/said)" "the journal is copied to /var/backups/boathook/journal-"
  shows "the new version is installed and runs" is "$(dpkg_status) $(tail -c 5 "/proc/$(main_pid)/exe")" "$version+next installed +next"
  shows "settings that the operator changed stay" grep -q '^  requests_per_minute: 100000' /etc/boathook/default.yaml
  shows "those that nobody changed are the new ones" is "$(tail -n 1 /etc/boathook/production.yaml)" "# $version+next"
  shows "boathook alone reads them" is "$(stat -c %U:%G:%a /etc/boathook/default.yaml /etc/boathook/production.yaml | uniq)" root:boathook:640
  repack "$version+third"
  mv /var/backups/boathook /var/backups/aside
  touch /var/backups/boathook
  shows "without a copy of the journal there is no upgrade" not dpkg --install --force-confold "/opt/boathook-$version+third.deb"
  shows "the version before stays, and runs on" is "$(dpkg_status) $(systemctl is-active boathook)" "$version+next installed active"
  shows "setup.sh says so too" not setup --package "/opt/boathook-$version+third.deb"
  rm /var/backups/boathook
  mv /var/backups/aside /var/backups/boathook
  shows "with one there is" dpkg --install --force-confold "/opt/boathook-$version+third.deb"
  shows "and the deployment is in its record" has_status v1 succeeded
}

package_leaves() {
  shows "dpkg removes it" dpkg --remove boathook
  shows "no unit is left, nor a process" is "$(systemctl list-unit-files --no-legend 'boathook*')$(pgrep -u boathook)" ""
  shows "settings, secrets and record are" test -s /etc/boathook/default.yaml -a -s /etc/boathook/secrets/staging -a -s /var/lib/boathook/journal.db
  shows "dpkg installs it again, and starts nothing" dpkg --install --force-confold /opt/boathook.deb
  shows "boathook-setup starts it" boathook-setup
  shows "with the record" has_status v1 succeeded
  shows "dpkg removes it once more" dpkg --remove boathook
  shows "the archive takes over what stayed" setup
  shows "with the record" has_status v1 succeeded
  shows "dpkg has nothing left to purge" dpkg --purge boathook
  shows "settings, secrets and record are" test -s /etc/boathook/production.yaml -a -s /etc/boathook/secrets/staging -a -s /var/lib/boathook/journal.db
  shows "what the operator changed too" grep -q '^  requests_per_minute: 100000' /etc/boathook/default.yaml
  shows "folder and settings have the owners and modes that they had" is "$(stat -c %U:%G:%a /etc/boathook /etc/boathook/default.yaml | paste -sd ' ')" "root:root:755 root:boathook:640"
  shows "and it serves" serves v1
  shows "the package replaces it again" setup --package /opt/boathook.deb
  shows "boathook-setup purges it" boathook-setup --uninstall --purge
  shows "nothing is left" nothing_is_new
  shows "containerd is root's alone again" is "$(stat -c %G "$socket")" root
  shows "a node without a cluster can have the package" dpkg --install /opt/boathook.deb
  shows "where it waits for boathook-setup" is "$(systemctl is-active boathook.service boathook.socket | sort -u)" inactive
  shows "dpkg purges it" dpkg --purge boathook
  shows "and leaves nothing" nothing_is_new
  shows "nor the user" not getent passwd boathook
}

case $1 in
  live)
    make_k3s
    files >"$before"
    installing
    deploying
    restarting
    watching
    beside_it
    upgrading
    ;;
  leave)
    returning
    leaving
    ;;
  package)
    version=$(dpkg-deb --field /opt/boathook.deb Version)
    packaged
    package_upgrades
    package_leaves
    ;;
esac
printf '%s %s\n' "$passed" "$failed" >>/opt/counts
