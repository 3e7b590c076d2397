#!/usr/bin/env bash
# Builds the container image from the Dockerfile, starts it once, and checks what it prints: with docker where its daemon answers, otherwise with
# buildah, which needs none.
#   packaging/build-image.sh                builds ghcr.io/your-org/boathook:VERSION, VERSION being that of Cargo.toml
#   packaging/build-image.sh --tag NAME     under another name
#   packaging/build-image.sh ... -- ARGS    further arguments of the builder, such as --build-arg TOOLS="kubectl cri-tools"
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/install-tools.sh
. "$here/scripts/install-tools.sh"

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1)
tag=ghcr.io/your-org/boathook:$version
while [ $# -gt 0 ]; do
  case $1 in
    --tag)
      [ $# -ge 2 ] || fail "$1 needs a value"
      tag=$2
      shift ;;
    --) shift; break ;;
    *) fail "unknown argument: $1" ;;
  esac
  shift
done

# OCI images have no health check, so buildah makes docker's kind.
build() {
  if has_daemon; then docker build --tag "$tag" "$@" "$here"; else buildah build --format docker --tag "$tag" "$@" "$here"; fi
}

has_daemon() { have docker && timeout 20 docker info >/dev/null 2>&1; }

# start WORD...: in a new container of the image, which is removed afterwards.
start() {
  if has_daemon; then docker run --rm --entrypoint "$1" "$tag" "${@:2}"; return; fi
  local container ended=0
  container=$(buildah from --pull-never "$tag")
  timeout 60 buildah run "$container" -- "$@" || ended=$?
  buildah rm "$container" >/dev/null
  return "$ended"
}

has_daemon || have buildah || need_packages buildah crun ca-certificates netavark
say "building $tag with $(if has_daemon; then echo docker; else echo buildah; fi)"
build "$@"
found=$(start boathook --version)
[ "$found" = "boathook $version" ] || fail "the image's program says '$found', not 'boathook $version'"
[ "$(start id -u)" = 65532 ] || fail "the image does not run as the user 65532"
start kubectl version --client >/dev/null || fail "the image has no kubectl that runs"
say "$tag: $found"
