#!/usr/bin/env bash
# Makes the Debian package, with nfpm: the program, its units, settings, manual pages and completions. It holds no path or time of this
# machine.
#   packaging/build-deb.sh               builds, and writes boathook_VERSION_ARCH.deb to target/dist
#   packaging/build-deb.sh --out FOLDER  writes it there
# --binary FILE  packs this program in place of building one; it has to be static too
# --debug        packs a debug build that is not static, for a trial on a system like this one
# --dirty        packs a checkout that differs from its commit; the version ends in +dirty
# MAINTAINER="NAME <ADDRESS>"  who publishes the package; without it there is no address
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
# shellcheck source=packaging/program.sh
. "$here/packaging/program.sh"

out=$here/target/dist binary='' debug=no dirty=no
while [ $# -gt 0 ]; do
  case $1 in
    --out | --binary)
      [ $# -ge 2 ] || fail "$1 needs a value"
      if [ "$1" = --out ]; then out=$2; else binary=$(realpath "$2"); fi
      shift ;;
    --debug) debug=yes ;;
    --dirty) dirty=yes ;;
    *) fail "unknown argument: $1" ;;
  esac
  shift
done

# Debian's name for what it is built for.
architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) fail "no Debian package is made for $(uname -m)" ;;
  esac
}

mkdir -p "$out"
out=$(realpath "$out")
need_commit "$here" "$dirty"
binary=$(program "$here" "$binary" "$debug")
need_nfpm "$here/target/tools"
STAGE=$(mktemp -d)
trap 'rm -rf "$STAGE"' EXIT
ARCH=$(architecture)
VERSION=$("$binary" --version | awk '{print $2}')
if [ -n "$(git -C "$here" status --porcelain)" ]; then VERSION+=+dirty; fi
MAINTAINER=${MAINTAINER:-The boathook authors <unset@localhost>}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct)}
export STAGE ARCH VERSION MAINTAINER SOURCE_DATE_EPOCH
cd "$here"
install -m 0755 "$binary" "$STAGE/boathook"
completions_and_man "$binary" "$STAGE"
gzip -9n "$STAGE"/man/*
# What boathook-setup reads.
copy_tracked "$STAGE/share" config manifests scripts/setup.sh scripts/install-tools.sh
copy_tracked "$STAGE/doc" "${pages[@]}"
chmod -R u=rwX,go=rX "$STAGE"
# The times of what is packed as a tree come from the files.
find "$STAGE" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
nfpm package --config packaging/nfpm.yaml --packager deb --target "$out/boathook_${VERSION}_$ARCH.deb" >&2
say "$out/boathook_${VERSION}_$ARCH.deb"
