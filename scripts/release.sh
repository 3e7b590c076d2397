#!/usr/bin/env bash
# Makes a release: a static program and all that an operator needs beside it, in one archive. It holds no path or time of
# this machine: the same program in the same commit gives the same bytes.
#   scripts/release.sh               builds, and writes boathook-VERSION-ARCH-linux.tar.gz and SHA256SUMS to target/dist
#   scripts/release.sh --out FOLDER  writes them there
# --binary FILE  packs this program in place of building one; it has to be static too
# --debug        packs a debug build that is not static, for a trial on a system like this one
# --dirty        packs a checkout that differs from its commit
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# shellcheck source=packaging/program.sh
. "$here/packaging/program.sh"
cd "$here"

out=target/dist binary='' debug=no dirty=no
# What setup.sh installs, what it reads, and the pages.
contents=("${pages[@]}" config manifests packaging/renew-token.sh packaging/systemd packaging/sysusers.d packaging/tmpfiles.d
  scripts/install-tools.sh scripts/setup.sh .github/actions/deploy .github/workflows/deploy-dev.yml .github/workflows/deploy-staging.yml
  .github/workflows/deploy-prod.yml)

arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --out | --binary)
        [ $# -ge 2 ] || fail "$1 needs a value"
        if [ "$1" = --out ]; then out=$2; else binary=$2; fi
        shift ;;
      --debug) debug=yes ;;
      --dirty) dirty=yes ;;
      *) fail "unknown argument: $1" ;;
    esac
    shift
  done
}

# pack BINARY
pack() {
  local name
  name=boathook-$("$1" --version | awk '{print $2}')-$(uname -m)-linux
  if [ "$debug" = yes ]; then name+=-debug; fi
  install -D -m 0755 "$1" "$work/$name/boathook"
  copy_tracked "$work/$name" "${contents[@]}"
  completions_and_man "$1" "$work/$name"
  mkdir -p "$out"
  tar --create --directory "$work" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --mtime="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" "$name" | gzip -9n >"$out/$name.tar.gz"
  (cd "$out" && sha256sum boathook-*.tar.gz >SHA256SUMS)
  say "$out/$name.tar.gz"
  cat "$out/SHA256SUMS"
}

arguments "$@"
need_commit "$here" "$dirty"
binary=$(program "$here" "$binary" "$debug")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack "$binary"
