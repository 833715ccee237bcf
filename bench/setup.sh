#!/bin/sh
# Installs the benchmark's peers into a virtual environment and makes the models.
#   bench/setup.sh [VENV]     default: .venv-bench in the repository
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:-$here/../.venv-bench}
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
"$venv/bin/python" "$here/models.py"
