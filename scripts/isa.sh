#!/usr/bin/env bash
# docs/isa.md with the part between its markers made anew from the instruction table, gen/db/isa.h, on stdout:
#   bash scripts/isa.sh >/tmp/isa.md && cp /tmp/isa.md docs/isa.md
# tests/program/docs.sh compares. Needs a built $BUILD/lib (default build).
set -eu
cd "$(dirname "$0")/.."
b=${BUILD:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/page.c" <<'C'
#include "gen/db/isa.h"
int main(void)
{
    Buf b = {0};
    isa_page(&b);
    fputs(b.s, stdout);
    buf_free(&b);
    return 0;
}
C
gcc -std=c11 -D_GNU_SOURCE -I. -include stdio.h "$tmp/page.c" "$b/lib/gen_db.a" "$b/lib/gen_base.a" -lxml2 -ljansson -lz -lnettle -lglpk -lm -pthread -o "$tmp/page"
"$tmp/page" >"$tmp/tables"
sed -n '1,/<!-- begin isa.h -->/p' docs/isa.md
cat "$tmp/tables"
sed -n '/<!-- end isa.h -->/,$p' docs/isa.md
