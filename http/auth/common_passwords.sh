#!/bin/sh
# Turns a gzipped list of passwords, one a line, into C++ text: sorted by bytes, a string literal a line.
# usage: common_passwords.sh <list.gz> <output>
set -eu
gzip -dc "$1" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' | LC_ALL=C sort -u |
    sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' > "$2.new"
mv "$2.new" "$2"
