#!/usr/bin/env bash
# Makes a release: a static program and all that an operator needs beside it, in one archive. No path or time of this machine
# stands in it: the same program in the same commit gives the same bytes.
#   scripts/release.sh               builds, and writes boathook-VERSION-ARCH-linux.tar.gz and SHA256SUMS to target/dist
#   scripts/release.sh --out FOLDER  writes them there
# --binary FILE  packs this program in place of building one; it has to be static too
# --debug        packs a debug build that is not static, for a trial on a system like this one
# --dirty        packs a checkout that differs from its commit
# A musl target is taken where rustup has one and there is a musl-gcc; otherwise glibc is linked in. A program with glibc inside asks DNS and
# /etc/hosts; on a node whose names come from other sources of nsswitch.conf, build it with musl.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"
cd "$here"

out=target/dist binary='' debug=no dirty=no
# What setup.sh installs, what it reads, and what README.md links to.
contents=(README.md CHANGELOG.md CODE_OF_CONDUCT.md CONTRIBUTING.md LICENSE SECURITY.md config docs manifests scripts/install-tools.sh scripts/renew-token.sh scripts/setup.sh scripts/systemd
  .github/actions/deploy .github/workflows/deploy-dev.yml .github/workflows/deploy-staging.yml .github/workflows/deploy-prod.yml)

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

has_musl() { have musl-gcc && have rustup && rustup target list --installed | grep -qx "$1"; }

# Builds the program and says where it is.
build() {
  local host target flags cargo_home=${CARGO_HOME:-$HOME/.cargo}
  host=$(rustc -vV | sed -n 's/^host: //p')
  target=${host%-linux-*}-linux-musl
  # No path of this machine stands in the program.
  flags="-C target-feature=+crt-static --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$here=/boathook"
  if [ "$target" != "$host" ] && ! has_musl "$target"; then target=$host; fi
  say "building for $target"
  RUSTFLAGS=$flags CFLAGS="-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$here=/boathook" \
    cargo build --locked --release --quiet --target "$target"
  printf '%s\n' "${CARGO_TARGET_DIR:-$here/target}/$target/release/boathook"
}

# A program for Linux that needs no library and no loader of the machine it runs on.
is_static() {
  [ "$(head -c 4 "$1" | tail -c 3)" = ELF ] || return 1
  case $(LC_ALL=C ldd "$1" 2>&1) in
    *'statically linked'* | *'not a dynamic executable'* | *'Not a valid dynamic program'*) ;;
    *) return 1 ;;
  esac
}

# pack BINARY: copies what is in the repository, and nothing else that lies around.
pack() {
  local name file
  name=boathook-$("$1" --version | awk '{print $2}')-$(uname -m)-linux
  if [ "$debug" = yes ]; then name+=-debug; fi
  install -D -m 0755 "$1" "$work/$name/boathook"
  git ls-files -z -- "${contents[@]}" | while IFS= read -r -d '' file; do
    install -D -m "$([ -x "$file" ] && echo 0755 || echo 0644)" "$file" "$work/$name/$file"
  done
  mkdir "$work/$name/completions"
  "$1" completions bash >"$work/$name/completions/boathook.bash"
  "$1" completions zsh >"$work/$name/completions/_boathook"
  "$1" completions fish >"$work/$name/completions/boathook.fish"
  mkdir -p "$out"
  tar --create --directory "$work" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --mtime="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" "$name" | gzip -9n >"$out/$name.tar.gz"
  (cd "$out" && sha256sum boathook-*.tar.gz >SHA256SUMS)
  say "$out/$name.tar.gz"
  cat "$out/SHA256SUMS"
}

arguments "$@"
have git || need_packages git
[ "$dirty" = yes ] || [ -z "$(git status --porcelain)" ] || fail "this checkout differs from its commit: commit first, or say --dirty"
need_c_compiler
need_rust "$here"
if [ "$debug" = yes ]; then
  cargo build --locked --quiet
  binary=${CARGO_TARGET_DIR:-$here/target}/debug/boathook
elif [ -z "$binary" ]; then
  binary=$(build)
fi
[ "$debug" = yes ] || is_static "$binary" || fail "$binary is not static: it needs libraries of the machine it runs on (ldd $binary)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack "$binary"
