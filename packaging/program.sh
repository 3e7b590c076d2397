# shellcheck shell=bash
# The program for a release: built here, or one that is named. For scripts that have sourced install-tools.sh.
# Sourced, never run.

has_musl() { have musl-gcc && have rustup && rustup target list --installed | grep -qx "$1"; }

# What follows prints a path and is called in `$(...)`, where bash forgets `set -e`: each build ends its function by itself where it fails.

# build_static CHECKOUT: builds the program without any library of this machine's, and says where it is.
# A musl target is taken where rustup has one and there is a musl-gcc; otherwise glibc is linked in. A program with glibc inside asks DNS and
# /etc/hosts; on a node whose names come from other sources of nsswitch.conf, build it with musl.
# Relocations are packed (RELR), which saves a megabyte of file and of memory: the C library that is linked in has to know them, as glibc does since
# 2.36 and musl since 1.2.4. One that does not ends the program at its start, which packing notices.
build_static() {
  local checkout=$1 host target flags cargo_home=${CARGO_HOME:-$HOME/.cargo}
  host=$(rustc -vV | sed -n 's/^host: //p')
  target=${host%-linux-*}-linux-musl
  # The program holds no path of this machine.
  flags="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$checkout=/boathook"
  if [ "$target" != "$host" ] && ! has_musl "$target"; then target=$host; fi
  say "building for $target"
  (cd "$checkout" && RUSTFLAGS=$flags CFLAGS="-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$checkout=/boathook" \
    cargo build --locked --release --quiet --target "$target") || fail "boathook could not be built for $target"
  printf '%s/boathook\n' "$(build_folder "$checkout" "$target/release")"
}

# A program for Linux that needs no library and no loader of the machine it runs on.
is_static() {
  [ "$(head -c 4 "$1" | tail -c 3)" = ELF ] || return 1
  case $(LC_ALL=C ldd "$1" 2>&1) in
    *'statically linked'* | *'not a dynamic executable'* | *'Not a valid dynamic program'*) ;;
    *) return 1 ;;
  esac
}

# program CHECKOUT BINARY DEBUG: the program to pack. DEBUG is `yes` for a debug build that may need libraries; BINARY is used where it is not empty.
program() {
  local checkout=$1 binary=$2
  need_c_compiler
  need_rust "$checkout"
  if [ "$3" = yes ]; then
    (cd "$checkout" && cargo build --locked --quiet) || fail "boathook could not be built"
    printf '%s/boathook\n' "$(build_folder "$checkout" debug)"
    return
  fi
  if [ -z "$binary" ]; then binary=$(build_static "$checkout") || exit; fi
  is_static "$binary" || fail "$binary is not static: it needs libraries of the machine it runs on (ldd $binary)"
  printf '%s\n' "$binary"
}

# The pages that are packed, with all that they link to.
# shellcheck disable=SC2034 # for the scripts that source this
pages=(README.md CHANGELOG.md CODE_OF_CONDUCT.md CONTRIBUTING.md LICENSE SECURITY.md docs)

# need_commit CHECKOUT DIRTY: what is packed is what the commit says; DIRTY is `yes` where that is waived.
need_commit() {
  have git || need_packages git
  [ "$2" = yes ] || [ -z "$(git -C "$1" status --porcelain)" ] || fail "this checkout differs from its commit: commit first, or say --dirty"
}

# copy_tracked FOLDER PATH...: copies what is in the repository, and nothing else that lies around. Runs in the checkout.
copy_tracked() {
  local to=$1 file
  shift
  git ls-files -z -- "$@" | while IFS= read -r -d '' file; do
    install -D -m "$([ -x "$file" ] && echo 0755 || echo 0644)" "$file" "$to/$file"
  done
}

# completions_and_man BINARY FOLDER: what the program says of itself, for shells and for man.
completions_and_man() {
  mkdir -p "$2/completions"
  "$1" completions bash >"$2/completions/boathook.bash"
  "$1" completions zsh >"$2/completions/_boathook"
  "$1" completions fish >"$2/completions/boathook.fish"
  "$1" man "$2/man"
}
