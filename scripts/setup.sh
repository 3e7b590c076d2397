#!/usr/bin/env bash
# Installs boathook on a k3s node, or brings an installed one up to date. Prints each change that it makes; a second run changes nothing.
#   scripts/setup.sh                       install or upgrade, and start
#   scripts/setup.sh --dry-run             print what would be changed
#   scripts/setup.sh --uninstall           remove it; configuration, secrets and journal stay
#   scripts/setup.sh --uninstall --purge   those too, and boathook's account in the cluster
# --package FILE            install or upgrade with this Debian package; where one is installed already, apt and dpkg can do that too
# --binary FILE             the program, in place of the one beside this folder (a release) or one that is built here
# --github OWNER/REPO[,...] take deployments from these repositories on GitHub, by asking it: nobody needs to reach the node, and without --public-url
#                           no listener is opened (first installation only). Its token is read from GITHUB_TOKEN, or asked for
# --public-url URL          how senders reach the node (first installation only; later, edit /etc/boathook/default.yaml)
# --domain DOMAIN           the Knative domain: SERVICE.NAMESPACE.DOMAIN (first installation only)
# --containerd-socket PATH  where containerd listens (/run/k3s/containerd/containerd.sock)
# --postgres FILE           keep the record in PostgreSQL: this file, for root alone, holds postgresql://USER:PASSWORD@HOST/DATABASE; - asks for it
#                           (first installation only). A URL without a password can be named itself
# --postgres-ca FILE        the authority that signed the database's certificate, where this machine does not know it
# --join FOLDER             a further node on the same record: takes settings, secrets and manifests from a copy of another node's /etc/boathook
# --no-start                leave the units as they are
# KUBECONFIG                the administrator's (/etc/rancher/k3s/k3s.yaml)
# DESTDIR                   install below this folder, without users, and without starting units: for tests. The cluster is set up all the same
# Before an upgrade the journal is copied to /var/backups/boathook, where the newest five copies are kept; where that fails, nothing is upgraded.
set -euo pipefail
# `change` counts at the end of a pipe too.
shopt -s lastpipe
here=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"

root=${DESTDIR:-}
etc=$root/etc/boathook state=$root/var/lib/boathook backups=$root/var/backups/boathook
# Where an archive's files go; those of the Debian package are below /usr.
bin=$root/usr/local/bin/boathook lib=$root/usr/local/lib share=$root/usr/local/share units=$root/etc/systemd/system
packaging=$here/packaging
unit_names=(boathook.service boathook.socket boathook-containerd.path boathook-containerd.service boathook-token.service boathook-token.timer)
shells=(bash zsh fish)
shipped=(development staging production) environments=()
k3s_socket=/run/k3s/containerd/containerd.sock
dry=no remove=no purge=no start=yes binary='' package='' github='' public_url='' domain='' socket=$k3s_socket
postgres='' postgres_ca='' join='' url=''
changes=0 fresh=()
# The settings that hold: this node's own, or on a node that joins those of the others.
current=$etc/default.yaml
export KUBECONFIG=${KUBECONFIG:-/etc/rancher/k3s/k3s.yaml}
# No kuberc changes what kubectl does.
export KUBERC=off
unset KUBECTL_KUBERC

usage() { sed -n '2,22s/^# //p' "${BASH_SOURCE[0]}"; }

arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run) dry=yes ;;
      --uninstall) remove=yes ;;
      --purge) purge=yes ;;
      --no-start) start=no ;;
      --binary | --package | --github | --public-url | --domain | --containerd-socket | --postgres | --postgres-ca | --join)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
          --binary) binary=$2 ;; --package) package=$2 ;; --github) github=$2 ;; --public-url) public_url=$2 ;; --domain) domain=$2 ;;
          --postgres) postgres=$2 ;; --postgres-ca) postgres_ca=$2 ;; --join) join=$2 ;; *) socket=$2 ;;
        esac
        shift ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; fail "unknown argument: $1" ;;
    esac
    shift
  done
  [ "$purge" = no ] || [ "$remove" = yes ] || fail "--purge goes with --uninstall"
  [ -z "$package" ] || [ -z "$root" ] || fail "--package installs on this system; it does not go with DESTDIR"
  [ -z "$package" ] || [ -z "$binary" ] || fail "--package and --binary exclude each other"
  # They go into a file of settings and into units.
  [[ $public_url =~ ^(https?://[A-Za-z0-9.:_-]+(/[A-Za-z0-9._-]+)*)?$ ]] ||
    fail "--public-url is http:// or https:// with a host, and no / at its end: https://hooks.example.com"
  local one='[A-Za-z0-9_-]+/[A-Za-z0-9._-]+'
  [[ $github =~ ^($one(,$one)*)?$ ]] || fail "--github is owner/name, or several with commas: acme/game,acme/shop"
  [[ $domain =~ ^[A-Za-z0-9.-]*$ ]] || fail "--domain is a name alone, such as example.com"
  [[ $socket =~ ^/[A-Za-z0-9./_-]+$ ]] || fail "--containerd-socket is a whole path of letters, digits and . / _ -"
  postgres_arguments
  join_arguments
}

# Everybody on this machine can read the arguments of a program.
postgres_arguments() {
  if [[ $postgres =~ ^[a-z]+://[^@]*:.*@ || $postgres =~ [?\&]password= ]]; then
    fail "a password among the arguments can be read by every user of this machine: write the URL into a file for root alone, and name that: --postgres FILE"
  fi
  case $postgres in
    '' | - | postgresql://* | postgres://*) ;;
    *) [ -r "$postgres" ] || fail "--postgres is a file that holds postgresql://USER:PASSWORD@HOST/DATABASE, or - to be asked for it: $postgres cannot be read" ;;
  esac
  if [ -n "$postgres_ca" ]; then
    [ -n "$postgres" ] || fail "--postgres-ca goes with --postgres"
    grep -qs 'BEGIN CERTIFICATE' "$postgres_ca" || fail "$postgres_ca holds no certificate (PEM)"
  fi
}

# What is read of a folder that a node joins is what every node has. Whatever is missing there is said before anything is written.
join_arguments() {
  local own missing=() name
  [ -n "$join" ] || return 0
  [ -z "$postgres$github$public_url$domain" ] || fail "--join takes the settings of the other node: leave --postgres, --github, --public-url and --domain out"
  [ -r "$join/default.yaml" ] || fail "$join is no copy of /etc/boathook that can be read: it has no default.yaml"
  [ "$(realpath "$join")" != "$(realpath -m "$etc")" ] || fail "--join names a copy of another node's /etc/boathook, not this node's own"
  is_shared "$join/default.yaml" ||
    fail "the settings in $join keep the record in a file, which is one node's own: move it to PostgreSQL first (boathook journal copy; docs/operate.md)"
  if has_own_record; then
    fail "this node has a record of its own, and its settings and secrets would be lost: nothing is joined. Where it is not needed any more, remove it first: scripts/setup.sh --uninstall (without --purge: other nodes may use boathook's account in the cluster), then rm -r $etc $state"
  fi
  own=$(sed -n 's/^  node: *"\{0,1\}\([^" #]*\).*/\1/p' "$join/default.yaml")
  case $own in '' | null) ;; *) fail "the settings in $join have state.node: $own, which is one node's own name: set BOATHOOK__STATE__NODE in a drop-in of boathook.service there (docs/operate.md)" ;; esac
  join=$(realpath "$join")
  current=$join/default.yaml
  name_environments
  for name in "${environments[@]}" $(if wants_token; then echo github; fi) $(if wants_database; then echo postgres-url; fi); do
    [ -s "$join/secrets/$name" ] || missing+=("$name")
  done
  environments=()
  [ ${#missing[@]} -eq 0 ] || fail "$join has no secret of ${missing[*]} (in $join/secrets): copy /etc/boathook as root, whole"
}

# has_own_record: this node was set up by itself, and its record is a file. What a package brings is nobody's yet.
has_own_record() {
  if [ ! -e "$etc/default.yaml" ]; then [ -e "$state/journal.db" ]; return; fi
  if is_shared "$etc/default.yaml"; then return 1; fi
  [ -e "$state/journal.db" ] || ! is_packaged || ! cmp -s "$etc/default.yaml" "$here/config/default.yaml"
}

# is_shared FILE: these settings keep the record in a database.
is_shared() { grep -Eq '^  postgres: *($|\{)' "$1"; }

# change WHAT COMMAND...: says it, counts it and does it; with --dry-run only says it.
change() {
  changes=$((changes + 1))
  printf '%s %s\n' "$([ "$dry" = yes ] && echo 'would:' || echo '+')" "$1"
  shift
  if [ "$dry" = no ]; then "$@"; fi
}

# Whether users and groups are given: not in a folder for a package, and not before they exist.
owns() { [ -z "$root" ] && getent passwd boathook >/dev/null; }

# folder PATH
folder() { [ -d "$1" ] || change "make $1" install -d -m 0755 "$1"; }

# put MODE GROUP PATH: the file gets what comes in, where it holds something else.
put() {
  local new
  new=$(mktemp)
  cat >"$new"
  if ! cmp -s "$new" "$3" || [ "$(stat -c %a "$3")" != "${1#0}" ]; then change "write $3" place "$1" "$2" "$new" "$3"; fi
  rm -f "$new"
}

# A program that runs is not written over, but replaced.
place() {
  install -m "$1" "$3" "$4.new"
  if owns; then chown "root:$2" "$4.new"; fi
  mv "$4.new" "$4"
}

# once MODE GROUP PATH: like put, for what is the operator's as soon as it is there.
once() { if [ -e "$3" ]; then cat >/dev/null; else put "$@"; fi; }

# Where only k3s is there, it brings all three programs along.
kubectl=(kubectl) crictl=(crictl) ctr=(ctr)
have kubectl || kubectl=(k3s kubectl)
have crictl || ! have k3s || crictl=(k3s crictl)
have ctr || ! have k3s || ctr=(k3s ctr)

cluster_answers() { timeout 30 "${kubectl[@]}" get namespace default --request-timeout=20s >/dev/null 2>&1; }

need_cluster() {
  have "${kubectl[0]}" || fail "there is no kubectl: install k3s first"
  cluster_answers || fail "the cluster does not answer; KUBECONFIG is $KUBECONFIG: is k3s running, and may you read it?"
}

# The program: named, beside this folder as in a release, or built from this checkout.
find_binary() {
  if [ -z "$binary" ] && [ -x "$here/boathook" ]; then binary=$here/boathook; fi
  if [ -z "$binary" ]; then
    binary=$(build_folder "$here" release)/boathook
    if [ "$dry" = yes ] && [ ! -x "$binary" ]; then fail "nothing is built yet: run 'cargo build --release', or name a program with --binary"; fi
    if [ "$dry" = no ]; then
      need_c_compiler
      need_rust "$here"
      say "building"
      (cd "$here" && cargo build --locked --release --quiet)
    fi
  fi
  binary=$(realpath "$binary")
  "$binary" --version >/dev/null || fail "$binary cannot be run here"
}

# The Debian package, where it is installed.
package_status() { if [ -z "$root" ] && have dpkg-query; then dpkg-query --show --showformat '${db:Status-Status}' boathook 2>/dev/null || true; fi; }
is_packaged() { [ "$(package_status)" = installed ]; }

# Whether the files of the package are those that are installed.
is_installed() { is_packaged && cmp -s <(dpkg-deb --ctrl-tarfile "$1" | tar --extract --to-stdout ./md5sums) <(dpkg-query --control-show boathook md5sums); }

# A node that had the archive's files before keeps its settings, secrets and record.
install_package() {
  [ "$(dpkg-deb --field "$package" Package 2>/dev/null)" = boathook ] || fail "$package is not a Debian package of boathook"
  # It makes the backup of the journal itself, before it unpacks anything.
  is_installed "$package" || change "install $package" dpkg_install "$package"
  if [ -e "$bin" ]; then change_to_package; fi
}

# The units of an archive would hide those of the package. Nothing is stopped.
change_to_package() {
  if runs_systemd; then change "disable the units of the archive" systemctl disable --quiet "${unit_names[@]}"; fi
  remove_archive
}

# A package that was removed and not purged still counts the settings as its own: a later purge would remove them.
forget_package() {
  if [ "$(package_status)" = config-files ]; then change "purge the package boathook, which was removed; its settings stay" purge_but_settings; fi
}
purge_but_settings() {
  local kept purged=yes
  kept=$(mktemp -d "$etc/.kept.XXXXXX")
  cp -a "$etc"/*.yaml "$kept"
  dpkg --purge boathook >&2 || purged=no
  cp -a "$kept"/*.yaml "$etc"
  rm -r "$kept"
  [ "$purged" = yes ] || fail "dpkg could not purge the package, for the reason above"
}

# The settings are the operator's: where both they and the package changed, those that are there stay.
dpkg_install() { dpkg --install --force-confold "$1" >&2 || fail "dpkg could not install $1, for the reason above; systemctl status boathook shows what runs"; }

# backup PROGRAM: copies the journal. The new program makes it, before it is put in its place, and reads in the settings where the journal is.
backup() {
  local record journal=(--config "$etc")
  [ -e "$etc/default.yaml" ] || return 0
  if [ -n "$root" ]; then
    record=$(setting directory)
    journal=(--state "$root${record:-/var/lib/boathook}")
    [ -e "${journal[1]}/journal.db" ] || return 0
  fi
  change "copy the journal to $backups" timeout 600 "$1" backup --missing-ok "${journal[@]}" --into "$backups" ||
    fail "there is no backup of the journal, so boathook is not upgraded"
}

user() {
  if [ -n "$root" ] || getent passwd boathook >/dev/null; then return; fi
  if have systemd-sysusers; then
    change "add the user boathook" systemd-sysusers "$packaging/sysusers.d/boathook.conf"
  else
    change "add the user boathook" useradd --system --user-group --home-dir /var/lib/boathook --no-create-home --shell /usr/sbin/nologin boathook
  fi
}

folders() {
  local folder path mode owner group
  for folder in "$(dirname "$bin")" "$lib/boathook" "$lib/sysusers.d" "$lib/tmpfiles.d" "$share/man/man1" "$units"; do folder "$folder"; done
  grep '^d ' "$packaging/tmpfiles.d/boathook.conf" | while read -r _ path mode owner group _; do
    [ -d "$root$path" ] || change "make $root$path" state_folder "$path" "$mode" "$owner" "$group"
  done
}

state_folder() {
  if [ -z "$root" ] && have systemd-tmpfiles; then systemd-tmpfiles --create --prefix="$1" "$packaging/tmpfiles.d/boathook.conf"; return; fi
  install -d -m "$2" "$root$1"
  if owns; then chown "$3:$4" "$root$1"; fi
}

# The environments are those that have settings, and on a new node those that are shipped.
name_environments() {
  local file name LC_ALL=C
  for file in "$(dirname "$current")"/*.yaml; do
    name=$(basename "$file" .yaml)
    if [[ $name != default && $name =~ ^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$ ]]; then environments+=("$name"); fi
  done
  if [ ${#environments[@]} -eq 0 ]; then environments=("${shipped[@]}"); fi
}

# Settings and manifests belong to the operator: what is there stays, what is gone stays away, and what an older file lacks the program knows itself.
settings() {
  local environment file into
  if [ -n "$join" ]; then joined_settings; fi
  # The package's own, as long as nobody has changed them: this is the first installation.
  if is_packaged && cmp -s "$etc/default.yaml" "$here/config/default.yaml"; then shipped_settings | put 0640 boathook "$etc/default.yaml"; fi
  # They may hold credentials, in `tools.environment`.
  shipped_settings | once 0640 boathook "$etc/default.yaml"
  for environment in "${environments[@]}"; do
    # What the operator has added brings its own.
    [ -e "$here/config/$environment.yaml" ] || continue
    once 0640 boathook "$etc/$environment.yaml" <"$here/config/$environment.yaml"
    if [ -n "$(ls -A "$etc/manifests/$environment" 2>/dev/null)" ]; then continue; fi
    for file in "$here/manifests/$environment"/*.yaml; do
      into=$etc/manifests/$environment/$(basename "$file")
      once 0644 root "$into" <"$file"
    done
  done
  first_only --github "${github//,/, }" defaults.github.repositories "$(github_set)"
  first_only --public-url "$public_url" server.public_url "$(setting public_url)"
  first_only --domain "$domain" defaults.url.domain "$(domain_set)"
  [ -z "$postgres" ] || wants_database ||
    say "--postgres is for the first installation: $etc/default.yaml keeps the record elsewhere; docs/operate.md says how it moves"
}

# Settings and manifests become exactly those of the other node, because any node may lead; secrets come along. Its token and kubeconfig are its own, and
# what this node has of other files stays.
joined_settings() {
  local file name
  for file in "$etc"/*.yaml; do
    name=$(basename "$file")
    if [ -e "$file" ] && [ ! -e "$join/$name" ]; then change "remove $file" rm "$file"; fi
  done
  for file in "$join"/*.yaml; do
    name=$(basename "$file")
    put 0640 boathook "$etc/$name" <"$file"
  done
  for file in "$join"/secrets/*; do
    name=$(basename "$file")
    if [ -f "$file" ]; then put 0600 root "$etc/secrets/$name" <"$file"; fi
  done
  if [ -d "$join/manifests" ]; then
    find "$join/manifests" -type f -printf '%P\n' | sort | while IFS= read -r name; do
      folder "$(dirname "$etc/manifests/$name")"
      put 0644 root "$etc/manifests/$name" <"$join/manifests/$name"
    done
    { if [ -d "$etc/manifests" ]; then find "$etc/manifests" -type f -printf '%P\n'; fi; } | sort | while IFS= read -r name; do
      [ -e "$join/manifests/$name" ] || change "remove $etc/manifests/$name" rm "$etc/manifests/$name"
    done
  fi
  for file in "$join"/*; do
    name=$(basename "$file")
    case $name in
      *.yaml | token | token.* | kubeconfig) ;;
      postgres-ca.pem) put 0644 root "$etc/$name" <"$file" ;;
      *) if [ -f "$file" ]; then once 0640 boathook "$etc/$name" <"$file"; fi ;;
    esac
  done
}

shipped_settings() {
  local proxies='[]' token=null listen='"127.0.0.1:8080"' record=null
  if [ -n "$github" ]; then token='{credential: github}'; fi
  if opens_none; then listen=null; fi
  if [ -n "$postgres" ]; then record="{url: {credential: postgres-url}${postgres_ca:+, ca: /etc/boathook/postgres-ca.pem}}"; fi
  # boathook itself listens on loopback: who ends TLS in front of it is on this node.
  case $public_url in https://*) proxies='["127.0.0.1"]' ;; esac
  sed -e "s|public_url: \".*\"|public_url: \"${public_url:-http://127.0.0.1:8080}\"|" -e "s|domain: example.com|domain: ${domain:-example.com}|" \
    -e "s|unix://$k3s_socket|unix://$socket|" -e "s|trusted_proxies: \[\]|trusted_proxies: $proxies|" \
    -e "s|^  listen: \"127.0.0.1:8080\"|  listen: $listen|" -e "s|^    token: null|    token: $token|" \
    -e "s|^    repositories: \[\]|    repositories: [${github//,/, }]|" -e "s|^  postgres: null|  postgres: $record|" \
    -e "s|^  kubectl: \[kubectl\]|  kubectl: $(words "${kubectl[@]}")|" -e "s|^  crictl: \[crictl\]|  crictl: $(words "${crictl[@]}")|" \
    -e "s|^  ctr: \[ctr\]|  ctr: $(words "${ctr[@]}")|" \
    "$here/config/default.yaml"
}

# Nobody has to reach a node that asks for its deployments.
opens_none() { [ -n "$github" ] && [ -z "$public_url" ]; }

# listen_set: the address of the public listener in the settings, or null.
listen_set() { if [ -e "$current" ]; then setting listen; elif opens_none; then echo null; fi; }

# words WORD...: a list of YAML.
words() { local IFS=,; printf '[%s]' "$*" | sed 's/,/, /g'; }

# first_only FLAG VALUE KEY WHAT: says that a later run does not change the settings.
first_only() {
  [ -z "$2" ] || [ "$2" = "$4" ] || [ ! -e "$etc/default.yaml" ] ||
    say "$1 is for the first installation: $etc/default.yaml has $3: $4; change it there, and restart boathook"
}

secrets() {
  local environment file
  # Those of the other nodes, which are all there.
  if [ -n "$join" ]; then return; fi
  for environment in "${environments[@]}"; do
    file=$etc/secrets/$environment
    [ -s "$file" ] || { change "make a secret for $environment in $file" new_secret "$file"; fresh+=("$environment"); }
  done
}

# The token of GitHub is the operator's: it is asked for once, and never shown.
github_token() {
  local file=$etc/secrets/github
  if ! wants_token || [ -s "$file" ]; then return; fi
  if [ -z "${GITHUB_TOKEN:-}" ] && [ -t 0 ] && [ "$dry" = no ]; then
    printf 'A fine-grained token of GitHub with the permission "Deployments" (read and write) of %s: ' "$(github_set)" >&2
    IFS= read -rs GITHUB_TOKEN
    printf '\n' >&2
  fi
  [ -n "${GITHUB_TOKEN:-}" ] || [ "$dry" = yes ] ||
    fail "there is no token of GitHub: set GITHUB_TOKEN, or write it into $file, for root alone"
  change "write the token of GitHub into $file" write_token "$file"
}
# wants_token: the settings name the credential that holds GitHub's token; there are other places, and Apps.
wants_token() {
  if [ -e "$current" ]; then grep -Eq '^    token: *\{ *credential: *"?github"? *\}' "$current"; else [ -n "$github" ]; fi
}
write_token() { (umask 077 && printf '%s\n' "$GITHUB_TOKEN" >"$1"); }

# The URL of the database is the operator's: it is read before anything is written, and never shown.
read_url() {
  if [ -z "$postgres" ] || [ "$dry" = yes ] || ! wants_database || [ -s "$etc/secrets/postgres-url" ]; then return; fi
  case $postgres in
    -)
      if [ -t 0 ]; then printf 'The URL of the database (postgresql://USER:PASSWORD@HOST/DATABASE): ' >&2; fi
      # Whoever pipes it in may leave out the end of the line.
      IFS= read -rs url || true ;;
    *://*) url=$postgres ;;
    *) url=$(<"$postgres") ;;
  esac
  [[ $url =~ ^postgres(ql)?://[^[:space:]]+$ ]] || fail "what --postgres leads to is no URL of a database: postgresql://USER:PASSWORD@HOST/DATABASE"
}

database_url() {
  local file=$etc/secrets/postgres-url
  if ! wants_database; then return; fi
  if [ -n "$postgres_ca" ]; then put 0644 root "$etc/postgres-ca.pem" <"$postgres_ca"; fi
  if [ -s "$file" ]; then return; fi
  [ -n "$url" ] || [ "$dry" = yes ] || fail "there is no URL of the database: write it into $file, for root alone"
  change "write the URL of the database into $file" write_url "$file"
}
write_url() { (umask 077 && printf '%s\n' "$url" >"$1"); }

# wants_database: the settings name the credential that holds the database's URL; there are other places.
wants_database() {
  if [ -e "$current" ]; then grep -Eq '^ *(postgres: *\{ *)?url: *\{ *credential: *"?postgres-url"? *\}' "$current"; else [ -n "$postgres" ]; fi
}

# look_at_record FOLDER: before anything is started, and on a node that joins before anything is written: whether the database answers and is fit, and
# on a node that joins, whether it holds the record.
look_at_record() {
  local report found seen ca=()
  if [ -e "$1/postgres-ca.pem" ]; then ca=("BOATHOOK__STATE__POSTGRES__CA=$1/postgres-ca.pem"); fi
  # It looks at everything; what is not the record's comes later.
  report=$(cd "$1" && env "CREDENTIALS_DIRECTORY=$1/secrets" "${ca[@]}" timeout 300 "$binary" check --config "$1" --json 2>/dev/null) || true
  found=$(sed -n '/"check": "journal",/,/"seen":/{/"severity":/{s/.*: "\(.*\)",$/\1/;h};/"seen":/{s/^ *"seen": "\(.*\)",\{0,1\}$/\1/;H;x;s/\n/ /;p}}' <<<"$report")
  seen=$(sed -n 's/^ok //p' <<<"$found")
  if [ -z "$seen" ]; then fail "the record cannot be used: ${found:-"$binary could not look at it: sudo -u boathook boathook check"}"; fi
  if [ -n "$join" ] && [[ $seen == *"is made at the first start"* ]]; then
    fail "there is no record in that database, so no boathook to join: $seen"
  fi
  grep -v '^ok ' <<<"$found" >&2 || true
  say "the record: $seen"
}

# github_set: the repositories in the settings of every environment.
github_set() {
  if [ ! -e "$current" ]; then printf %s "${github//,/, }"; else sed -n '/^    repositories: *\[\(.*\)\].*/{s//\1/p;q}' "$current"; fi
}

new_secret() { (umask 077 && head -c 32 /dev/urandom | base64 >"$1"); }

program() {
  put 0755 root "$bin" <"$binary"
  put 0755 root "$lib/boathook/renew-token" <"$packaging/renew-token.sh"
  put 0644 root "$lib/sysusers.d/boathook.conf" <"$packaging/sysusers.d/boathook.conf"
  put 0644 root "$lib/tmpfiles.d/boathook.conf" <"$packaging/tmpfiles.d/boathook.conf"
}

completions() {
  local shell file
  for shell in "${shells[@]}"; do
    file=$share/$(completion "$shell")
    folder "$(dirname "$file")"
    "$binary" completions "$shell" | put 0644 root "$file"
  done
}

manual_pages() {
  local page name work
  work=$(mktemp -d)
  "$binary" man "$work"
  for page in "$work"/*; do
    name=$(basename "$page")
    put 0644 root "$share/man/man1/$name" <"$page"
  done
  rm -r "$work"
}

# completion SHELL: where it looks by itself.
completion() {
  case $1 in
    bash) echo bash-completion/completions/boathook ;;
    zsh) echo zsh/site-functions/_boathook ;;
    fish) echo fish/vendor_completions.d/boathook.fish ;;
  esac
}

# They name the package's places.
unit_files() {
  local unit
  for unit in "$packaging"/systemd/*; do
    sed -e "s|/usr/bin/boathook|/usr/local/bin/boathook|" -e "s|/usr/lib/boathook/|/usr/local/lib/boathook/|" "$unit" |
      put 0644 root "$units/$(basename "$unit")"
  done
}

# What differs on this node from the units. The sockets are where the settings say, so that both agree.
drop_ins() {
  local listen operator lines environment
  listen=$(listen_set) operator=$(setting socket)
  lines=()
  if [ "$listen" = null ]; then
    lines=('[Socket]' ListenStream= "ListenStream=${operator:-/run/boathook/boathook.sock}")
  elif [ "${listen:-127.0.0.1:8080} ${operator:-/run/boathook/boathook.sock}" != "127.0.0.1:8080 /run/boathook/boathook.sock" ]; then
    lines=('[Socket]' ListenStream= "ListenStream=${listen:-127.0.0.1:8080}" "ListenStream=${operator:-/run/boathook/boathook.sock}")
  fi
  drop_in boathook.socket "${lines[@]}"
  lines=()
  if [ "$(printf '%s\n' "${environments[@]}" | sort)" != "$(printf '%s\n' "${shipped[@]}" | sort)" ]; then
    # The first, empty one takes back the unit's own.
    lines=(LoadCredential=)
    for environment in "${environments[@]}"; do lines+=("LoadCredential=$environment:/etc/boathook/secrets/$environment"); done
  fi
  if [ -s "$etc/secrets/github" ] || wants_token; then lines+=(LoadCredential=github:/etc/boathook/secrets/github); fi
  if wants_database; then lines+=(LoadCredential=postgres-url:/etc/boathook/secrets/postgres-url); fi
  if [ ${#lines[@]} -gt 0 ]; then lines=('[Service]' "${lines[@]}"); fi
  drop_in boathook.service "${lines[@]}"
  lines=()
  if [ "$socket" != "$k3s_socket" ]; then lines=('[Path]' PathChanged= "PathChanged=$socket"); fi
  drop_in boathook-containerd.path "${lines[@]}"
  lines=()
  if [ "$socket" != "$k3s_socket" ]; then lines=('[Service]' "Environment=SOCKET=$socket"); fi
  drop_in boathook-containerd.service "${lines[@]}"
  lines=()
  if [ "$KUBECONFIG" != /etc/rancher/k3s/k3s.yaml ]; then lines=('[Service]' "Environment=KUBECONFIG=$KUBECONFIG"); fi
  drop_in boathook-token.service "${lines[@]}"
}

# drop_in UNIT LINE...: what is read after the unit, and before the operator's own drop-ins, because systemd reads them by name; without lines,
# nothing is.
drop_in() {
  local folder=$units/$1.d
  local file=$folder/00-setup.conf
  shift
  # The name that it had before.
  remove_file "$folder/setup.conf"
  if [ $# -eq 0 ]; then remove_file "$file"; return; fi
  folder "$(dirname "$file")"
  printf '%s\n' "$@" | put 0644 root "$file"
}

# domain_set: the domain in the settings.
domain_set() { [ ! -e "$current" ] || sed -n '/^    domain: */{s///p;q}' "$current"; }

# setting KEY: its value in the settings of the whole program, if it is one word.
setting() { [ ! -e "$current" ] || sed -n "/^  $1: *\"\{0,1\}\([^\" #]*\)\"\{0,1\} *\(#.*\)\{0,1\}$/{s//\1/p;q}" "$current"; }

# apply FILE: and says what the cluster says was changed.
apply() {
  local said
  if [ "$dry" = yes ]; then said=$(would_apply "$1"); else said=$("${kubectl[@]}" apply -f "$1"); fi || fail "kubectl could not apply $1"
  while IFS= read -r line; do
    case $line in
      *" unchanged"*) ;;
      *) change "$line" true ;;
    esac
  done <<<"$said"
  if [ "$dry" = no ] && grep -qv ' unchanged' <<<"$said"; then is_applied "$1"; fi
}

# Only the API server knows what is unchanged; it does not let anything be tried in a namespace that is still to be made.
would_apply() {
  local said
  said=$("${kubectl[@]}" apply --dry-run=server -f "$1" 2>/dev/null) || said=$("${kubectl[@]}" apply --dry-run=client -f "$1") || return 1
  sed -E 's/ \((server )?dry run\)$//' <<<"$said"
}

# kubectl is not believed for its exit code: afterwards there has to be nothing left to change.
is_applied() {
  local left
  left=$("${kubectl[@]}" apply --dry-run=server -f "$1") || fail "kubectl could not look whether $1 was applied"
  { [ -n "$left" ] && ! grep -v ' unchanged' <<<"$left" >&2; } || fail "kubectl ended with 0, but the cluster is not as $1 says"
}

# is_gone WHAT...: kubectl is not believed for its exit code here either.
is_gone() {
  local left
  left=$("${kubectl[@]}" get --ignore-not-found -o name "$@") || fail "kubectl could not look whether $* is deleted"
  [ -z "$left" ] || fail "kubectl ended with 0, but did not delete $(paste -sd' ' <<<"$left")"
}

delete() { "${kubectl[@]}" delete --ignore-not-found "$@" && is_gone "$@"; }

# Namespaces are applied here, because boathook itself may only look at them; then its account, and what that may do there.
cluster() {
  local environment file in=$etc config=$etc roles
  # A dry run on a new node has nothing but what is shipped.
  if [ ! -e "$etc/default.yaml" ]; then in=${join:-$here} config=${join:-$here/config}; fi
  for environment in "${environments[@]}"; do
    for file in "$in/manifests/$environment"/*.y*ml; do
      grep -qs '^kind: Namespace$' "$file" || continue
      [ "$(grep -c '^kind:' "$file")" = "$(grep -c '^kind: Namespace$' "$file")" ] ||
        fail "$file holds a namespace and other things: give the namespace a file of its own"
      apply "$file"
    done
  done
  apply "$here/manifests/webhook-system/00-namespace.yaml"
  apply "$here/manifests/webhook-system/10-account.yaml"
  roles=$(mktemp)
  (cd "$in" && "$binary" rbac --config "$config") >"$roles" || fail "$binary could not tell which roles are needed"
  apply "$roles"
  rm "$roles"
}

# A token that is younger than a day is left to the timer.
token() {
  if [ -z "$(find "$etc/token" -mmin -1440 2>/dev/null)" ]; then
    change "get a token for boathook's account ($etc/token)" "$renew_token"
  fi
}

# The administrator's kubeconfig names the cluster; the account comes with a token of its own.
kubeconfig() {
  local work server ca
  work=$(mktemp -d)
  server=$(of_cluster server)
  ca=$(of_cluster certificate-authority-data)
  export_config() { "${kubectl[@]}" config --kubeconfig="$work/kubeconfig" "$@" >/dev/null; }
  export_config set-cluster boathook --server="$server"
  if [ -n "$ca" ]; then
    base64 -d <<<"$ca" >"$work/ca"
    export_config set-cluster boathook --certificate-authority="$work/ca" --embed-certs=true
  fi
  export_config set users.boathook.tokenFile /etc/boathook/token
  export_config set-context boathook --cluster=boathook --user=boathook
  export_config use-context boathook
  put 0640 boathook "$etc/kubeconfig" <"$work/kubeconfig"
  rm -r "$work"
}

of_cluster() { "${kubectl[@]}" config view --raw --minify -o "jsonpath={.clusters[0].cluster.$1}"; }

runs_systemd() { [ -z "$root" ] && [ "$start" = yes ] && [ -d /run/systemd/system ]; }

begin() {
  if ! runs_systemd; then say "the units are not started here"; return; fi
  if [ "$changes" -eq 0 ] && systemctl is-active --quiet boathook.service; then return; fi
  change "start boathook and what belongs to it" start_units
  if [ "$dry" = no ]; then self_test; fi
}

start_units() {
  systemctl daemon-reload
  # One that ended again and again, as an older version on a newer record does, is not started for minutes otherwise.
  systemctl reset-failed boathook.service boathook.socket 2>/dev/null || true
  systemctl enable --quiet --now boathook-containerd.path boathook-token.timer boathook.socket
  systemctl start boathook-containerd.service
  systemctl enable --quiet boathook.service
  systemctl restart boathook.service
}

# A signed ping, the way a sender asks.
self_test() {
  local environment address signature answer scheme=http
  for environment in "${environments[@]}"; do
    if grep -qs "credential: *$environment\b" "$etc/$environment.yaml"; then break; fi
    environment=
  done
  if [ -z "$environment" ]; then say "no ping is sent, because no environment has its secret from $etc/secrets"; return; fi
  address=$(listen_set)
  if [ "$address" = null ]; then
    "$bin" health --config "$etc" >/dev/null || fail "boathook does not answer: journalctl -u boathook"
    say "boathook answers on its socket; it opens no public listener"
    return
  fi
  # The name in the certificate is not that of this address.
  if grep -q '^  tls:' "$etc/default.yaml" && ! grep -q '^  tls: *null' "$etc/default.yaml"; then scheme=https; fi
  signature=$(printf '{}' | "$bin" sign --secret-file "$etc/secrets/$environment")
  answer=$(curl -sSk -m 10 -d '{}' -H 'Content-Type: application/json' -H 'X-GitHub-Event: ping' -H @- \
    "$scheme://${address:-127.0.0.1:8080}/webhook/deploy" <<<"X-Signature-SHA256: $signature") || fail "boathook does not answer: journalctl -u boathook"
  case $answer in *pong*) say "a signed ping was answered" ;; *) fail "a signed ping was answered with: $answer" ;; esac
}

# A secret is shown once, and only to a person.
print_next_steps() {
  local environment url where
  if [ -n "$join" ]; then
    printf '\nThis node shares its record with others now: sudo boathook nodes shows them. Senders may use any of them.\n'
    return
  fi
  url=$(setting public_url) where=$(domain_set)
  printf '\nWhat to enter in GitHub (Settings > Secrets and variables > Actions):\n'
  if [ "$(listen_set)" = null ]; then
    printf '  nothing that names this node: the action deploys with via: github\n'
    url=none
  else
    printf '  DEV_WEBHOOK_URL, STAGING_WEBHOOK_URL, PROD_WEBHOOK_URL = %s\n' "${url:-$public_url}"
  fi
  printf '  KNATIVE_DOMAIN = %s\n' "${where:-$domain}"
  printf 'and in each environment there (Settings > Environments) its own WEBHOOK_SECRET:\n'
  for environment in "${environments[@]}"; do
    printf '  %s: ' "$environment"
    if [ -t 1 ] && [ "$dry" = no ] && [[ " ${fresh[*]} " == *" $environment "* ]]; then
      cat "$etc/secrets/$environment"
    else
      printf 'what %s holds\n' "$etc/secrets/$environment"
    fi
  done
  case ${url:-$public_url} in
    *//127.* | *//localhost*) printf 'That URL is this node alone: set server.public_url in %s to the one by which GitHub reaches it, and restart boathook.\n' "$etc/default.yaml" ;;
  esac
  printf 'What to look at first: %s (listen, public_url, url.domain) and, for each environment, what it allows.\n' "$etc/default.yaml"
}

from_archive() {
  find_binary
  if [ -n "$join" ]; then look_at_record "$join"; fi
  if ! cmp -s "$binary" "$bin"; then backup "$binary"; fi
  renew_token=$lib/boathook/renew-token
  name_environments
  user
  folders
  settings
  secrets
  github_token
  database_url
  program
  completions
  manual_pages
  unit_files
  # Its secrets, record and user stay, because the program of the archive is there.
  forget_package
}

from_package() {
  [ -z "$binary" ] || fail "boathook is installed as a Debian package: upgrade it with --package FILE, or with apt"
  if [ -n "$package" ]; then install_package; fi
  if [ "$dry" = yes ] && ! is_packaged; then say "what follows depends on what is in the package: install it, then run boathook-setup"; exit 0; fi
  binary=/usr/bin/boathook bin=$binary renew_token=/usr/lib/boathook/renew-token
  if [ -n "$join" ]; then look_at_record "$join"; fi
  name_environments
  settings
  secrets
  github_token
  database_url
}

set_up() {
  read_url
  need_cluster
  if [ -n "$package" ] || is_packaged; then from_package; else from_archive; fi
  drop_ins
  cluster
  token
  kubeconfig
  if [ -n "$postgres" ] && [ "$dry" = no ] && wants_database; then look_at_record "$etc"; fi
  begin
  if [ "$changes" -eq 0 ]; then say "nothing to change: boathook is installed and up to date"; else print_next_steps; fi
}

# gone PATH...
gone() {
  local path
  for path in "$@"; do if [ -e "$path" ]; then change "remove $path" rm -r "$path"; fi; done
}

# remove_file PATH...: folders that hold nothing else go too.
remove_file() {
  local path
  for path in "$@"; do if [ -e "$path" ]; then change "remove $path" remove_with_folder "$path"; fi; done
}
remove_with_folder() { rm "$1" && rmdir --ignore-fail-on-non-empty "$(dirname "$1")"; }

remove_completion() { (cd "$share" && rm "$1" && rmdir -p --ignore-fail-on-non-empty "$(dirname "$1")"); }

# What from_archive puts there.
remove_archive() {
  local shell file
  gone "${unit_names[@]/#/$units/}" "$lib/boathook" "$bin"
  remove_file "$lib/sysusers.d/boathook.conf" "$lib/tmpfiles.d/boathook.conf" "$share"/man/man1/boathook{,-*}.1
  for shell in "${shells[@]}"; do
    file=$(completion "$shell")
    if [ -e "$share/$file" ]; then change "remove $share/$file" remove_completion "$file"; fi
  done
}

uninstall_archive() {
  if runs_systemd && [ -e "$units/boathook.service" ]; then
    change "stop boathook and what belongs to it" systemctl disable --quiet --now "${unit_names[@]}"
    # What systemd keeps of the timer.
    if [ "$purge" = yes ] && [ "$dry" = no ]; then systemctl clean --what=state boathook-token.timer; fi
  fi
  remove_archive
}

uninstall() {
  local unit package=no folders=("${unit_names[@]/#/$units/}")
  if is_packaged; then package=yes bin=/usr/bin/boathook; fi
  if [ "$purge" = yes ]; then leave_cluster; fi
  if [ "$package" = yes ]; then
    change "remove the package boathook" dpkg --remove boathook
  else
    uninstall_archive
  fi
  for unit in "${unit_names[@]}"; do remove_file "$units/$unit.d/setup.conf" "$units/$unit.d/00-setup.conf"; done
  if [ "$purge" = yes ]; then
    if [ -n "$(package_status)" ]; then change "purge the package boathook" dpkg --purge boathook; fi
    # The operator's changes of units are among it.
    gone "${folders[@]/%/.d}" "$etc" "$state" "$backups"
    if [ -z "$root" ] && getent passwd boathook >/dev/null; then change "remove the user boathook" remove_user; fi
  else
    say "$etc, $state and $backups stay; --purge removes them, and boathook's account in the cluster"
  fi
  if runs_systemd && [ "$dry" = no ]; then systemctl daemon-reload; fi
}

# Its group may be given to another one later, who must not get containerd with it.
remove_user() {
  find /run -xdev -type s -group boathook -exec chgrp root {} +
  userdel boathook
}

# The applications and their namespaces stay.
leave_cluster() {
  local roles
  if [ -r "$etc/default.yaml" ] && is_shared "$etc/default.yaml"; then
    say "boathook's account and roles in the cluster stay, because other nodes use them; after the last one: kubectl delete namespace webhook-system, and its role in each application's namespace"
    return
  fi
  if ! cluster_answers; then
    say "the cluster does not answer: what boathook has there stays (kubectl delete namespace webhook-system; its role in each application's namespace)"
    return
  fi
  if [ -x "$bin" ] && [ -d "$etc" ]; then
    roles=$(mktemp)
    if (cd "$etc" && "$bin" rbac --config "$etc") >"$roles"; then
      change "remove boathook's roles from the cluster" delete -f "$roles"
    else
      say "the settings in $etc do not say which roles boathook has: they stay (kubectl get role,rolebinding -A | grep boathook)"
    fi
    rm "$roles"
  fi
  if "${kubectl[@]}" get serviceaccount boathook -n webhook-system >/dev/null 2>&1; then
    change "remove boathook's account from the cluster" delete serviceaccount boathook -n webhook-system
  fi
  say "the applications stay, and the namespace webhook-system: kubectl delete namespace webhook-system removes it"
}

arguments "$@"
[ -n "$root" ] || [ "$dry" = yes ] || [ "$(id -u)" -eq 0 ] || fail "run this as root (or with DESTDIR, or --dry-run)"
if [ "$remove" = yes ]; then uninstall; else set_up; fi
