#!/bin/sh
# Installs those Debian packages that are missing.   packages.sh build|test
set -eu
packages="g++ meson ninja-build pkg-config nlohmann-json3-dev libeigen3-dev libdnnl-dev libhdf5-dev libzip-dev zlib1g-dev
  libfmt-dev libpcre2-dev libcli11-dev"
[ "$1" = build ] || packages="$packages doctest-dev"

command -v dpkg-query >/dev/null || {
  echo "Not a Debian system: see to it that these are there: $packages" >&2
  exit 0
}
missing=
for package in $packages; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "Installing$missing"
root=
[ "$(id -u)" -eq 0 ] || root=sudo
$root apt-get -qq update
# shellcheck disable=SC2086 # one word a package
$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >/dev/null
