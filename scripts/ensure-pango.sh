#!/bin/sh
# The PDF report needs pango. Where it is missing, install it if that is allowed; else say so.
if .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }; then
  make system
fi
.venv/bin/python -c 'import weasyprint' >/dev/null 2>&1 ||
  echo "pango is missing, so no PDF can be written: run 'make system' as an administrator" >&2
exit 0
