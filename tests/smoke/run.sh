#!/bin/sh
# Installs a finished build and compiles against it, then uses the source tree as a subproject.   run.sh BUILD_DIR
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

meson install -C "$build" --no-rebuild --destdir "$work/root" >/dev/null
pc=$(dirname "$(find root -name rhyton.pc)")
export PKG_CONFIG_PATH="$work/$pc" PKG_CONFIG_SYSROOT_DIR="$work/root"
# The sysroot stands before every path; the system's own packages are not in it.
flags=$(pkg-config --cflags --libs rhyton | sed "s#$work/root/usr/\(include\|lib\)#/usr/\1#g")
# shellcheck disable=SC2086 # one word a flag
g++ -std=c++20 "$source/tests/smoke/main.cpp" -o smoke $flags
./smoke
[ -x "$(find root -type f -name rhyton -path '*/bin/*')" ]
echo "pkg-config: ok"

mkdir -p project/sub/subprojects
cp "$source/tests/smoke/main.cpp" project/
cp "$source/tests/smoke/subproject/meson.build" project/sub/
ln -s "$source" project/sub/subprojects/rhyton
unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# Unoptimized: this asks whether it builds and works.
meson setup project/sub/build project/sub --buildtype=plain --force-fallback-for=rhyton >/dev/null
ninja -C project/sub/build smoke >/dev/null
(cd project && sub/build/smoke)
echo "subproject: ok"
