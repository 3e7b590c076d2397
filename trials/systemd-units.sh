#!/usr/bin/env bash
# Installs boathook with scripts/setup.sh, from an archive and from the Debian package, on a machine of its own, and tries the units there under a real
# systemd: what systemd-units-inside.sh lists.
# The machine is a Debian in a folder, which debootstrap makes and systemd-nspawn boots, with no network but its own loopback; a simulated k3s
# runs on it as k3s.service. Stopped and removed at the end. Where systemd cannot be booted it says so and tries nothing;
# with CI=true that is a failure.
#   trials/systemd-units.sh                    packs a debug build of this checkout and tries that
#   trials/systemd-units.sh ARCHIVE PACKAGE    tries a release (scripts/release.sh and packaging/build-deb.sh)
# UNITS_BASE=FOLDER             a Debian that debootstrap has made already: it is copied
# UNITS_DEBIAN="MIRROR SUITE"   the Debian to make, where apt's own sources name none or an older one than boathook is built on
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# Both may be named from where it was started.
[ $# -eq 0 ] || [ $# -eq 2 ] || fail "an archive and a package are needed, or neither"
[ $# -eq 0 ] || set -- "$(realpath "$1")" "$(realpath "$2")"
[ -z "${UNITS_BASE:-}" ] || UNITS_BASE=$(realpath "$UNITS_BASE")
cd "$here"

packages=systemd,systemd-sysv,dbus,curl
work='' nspawn='' leader=''

if [ $# -eq 0 ]; then
  need_c_compiler
  need_rust "$here"
  # What an earlier version left here would be found too.
  rm -rf target/units
  scripts/release.sh --debug --dirty --out target/units >/dev/null
  packaging/build-deb.sh --debug --dirty --out target/units
  set -- "$(find target/units -name '*-debug.tar.gz')" "$(find target/units -name '*.deb')"
fi
archive=$(realpath "$1") package=$(realpath "$2")
# The simulated cluster is that of this checkout, also beside a release.
if [ -z "${UNITS_SANDBOX:-}" ]; then
  need_c_compiler
  need_rust "$here"
  cargo build --locked --quiet --package boathook-sandbox
  UNITS_SANDBOX=$(build_folder "$here" debug)/boathook-sandbox
fi
# kubectl for the machine; it is one file without libraries.
need_kubectl "$here/target/tools"
[ "$(id -u)" -eq 0 ] || exec sudo UNITS_SANDBOX="$UNITS_SANDBOX" UNITS_BASE="${UNITS_BASE:-}" UNITS_DEBIAN="${UNITS_DEBIAN:-}" CI="${CI:-}" PATH="$PATH" "$here/trials/systemd-units.sh" "$archive" "$package"

end() {
  local left=300
  # To systemd this means: power off. Where it does not, its machine ends with systemd-nspawn.
  if [ -n "$leader" ]; then kill -s RTMIN+4 "$leader" 2>/dev/null || true; fi
  while [ -n "$nspawn" ] && kill -0 "$nspawn" 2>/dev/null; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || kill -KILL "$nspawn"
    sleep 0.1
  done
  [ -z "$work" ] || rm -rf "$work"
  # Where no systemd looks after them, the groups of the machine's processes stay.
  [ -d /run/systemd/system ] || find /sys/fs/cgroup -depth -type d \( -path '*/payload*' -o -name supervisor \) -exec rmdir {} + 2>/dev/null || true
}

# The Debian and the mirror that apt uses on this machine, or those that UNITS_DEBIAN names.
make_root() {
  local mirror suite
  if [ -n "${UNITS_BASE:-}" ]; then cp -a --reflink=auto "$UNITS_BASE" "$root"; return; fi
  have debootstrap || need_packages debootstrap
  if [ -n "${UNITS_DEBIAN:-}" ]; then
    read -r mirror suite <<<"$UNITS_DEBIAN"
    [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || need_packages debian-archive-keyring
  else
    # shellcheck disable=SC2016 # for apt-get to fill in
    read -r mirror suite < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 'Component: main' |
      awk '$2 !~ /-/ && !seen++') ||
      fail "apt names no mirror: see /etc/apt/sources.list"
  fi
  say "making a Debian $suite"
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 5 "$work/debootstrap.log" >&2; fail "debootstrap could not make a Debian"; }
}

# What a node has before boathook comes: k3s, with its containerd.
make_node() {
  mkdir -p "$root/opt/release"
  tar -xzf "$archive" -C "$root/opt/release" --strip-components=1
  install -D -m 0755 "$UNITS_SANDBOX" "$root/opt/k3s/boathook-sandbox"
  install -D -m 0755 "$(realpath "$(command -v kubectl)")" "$root/usr/local/bin/kubectl"
  install -D -m 0644 "$package" "$root/opt/boathook.deb"
  install -D -m 0755 trials/systemd-units-inside.sh "$root/opt/inside.sh"
}

# enter COMMAND...: on the machine.
enter() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid -- \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

boot() {
  local left=600
  systemd-nspawn --quiet --directory "$root" --machine "boathook-$$" --boot --private-network --register=no --keep-unit --console=pipe \
    </dev/null >"$work/boot.log" 2>&1 &
  nspawn=$!
  until leader=$(pgrep -P "$nspawn") && enter systemctl is-system-running 2>/dev/null | grep -Eq 'running|degraded'; do
    left=$((left - 1))
    { [ "$left" -gt 0 ] && kill -0 "$nspawn" 2>/dev/null; } || return 1
    sleep 0.1
  done
}

# Ends the machine with the number by which systemd-nspawn asks to be started again.
reboot() {
  local ended=0
  enter systemctl reboot >/dev/null 2>&1 || true
  wait "$nspawn" || ended=$?
  [ "$ended" -eq 133 ] || fail "the machine did not reboot, but ended with $ended"
  boot || fail "the machine did not come back: $(tail -n 1 "$work/boot.log")"
}

work=$(mktemp -d)
root=$work/root
trap end EXIT
make_root
make_node
say "booting it"
have systemd-nspawn || need_packages systemd-container
if ! boot; then
  [ "${CI:-}" != true ] || fail "systemd cannot be booted on this machine: $(tail -n 1 "$work/boot.log")"
  say "skipped: systemd cannot be booted on this machine: $(tail -n 1 "$work/boot.log")"
  exit 0
fi
enter /opt/inside.sh live
say "rebooting it"
reboot
enter /opt/inside.sh leave
enter /opt/inside.sh package
awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$root/opt/counts"
