#!/bin/sh
# Install the Debian packages that hevesy uses, if they are missing and this user may.
set -eu
wanted="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 dicom3tools poppler-utils postgresql"
missing=""
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || { echo "system packages: all there"; exit 0; }
if [ "$(id -u)" = 0 ]; then run=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run="sudo -n"
else
  echo "Debian packages are missing and need an administrator: apt-get install$missing" >&2
  exit 2
fi
$run apt-get update -qq
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing
