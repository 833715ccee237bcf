#!/bin/sh
# Installs the headers with their folders; meson runs this.   install_headers.sh SOURCE_DIR INCLUDE_DIR
set -eu
target=$MESON_INSTALL_DESTDIR_PREFIX/$2/rhyton
cd "$1"
find nn layers serialization -name '*.hpp' | while read -r header; do
  mkdir -p "$target/$(dirname "$header")"
  install -m 644 "$header" "$target/$header"
done
