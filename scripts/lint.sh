#!/usr/bin/env bash
# House rules that a compiler does not check: direction of includes, length of files, banned calls, headers that compile alone.
set -u
cd "$(dirname "$0")/.."
bad=0
say() { echo "lint: $*"; bad=1; }

# folder -> folders it may include (DESIGN §2)
allowed() {
    case $1 in
    gen/base) echo 'gen/base' ;;
    gen/db) echo 'gen/base gen/db' ;;
    techs) echo 'gen/base gen/db techs' ;;
    cells) echo 'gen/base gen/db techs cells' ;;
    templates) echo 'gen/base gen/db techs cells templates' ;;
    mapper | place | route | verify) echo "gen/base gen/db techs cells $1" ;;
    *) echo any ;;
    esac
}
for f in $(git ls-files '*.c' '*.h'); do
    dir=$(dirname "$f")
    case $dir in tests/*) continue ;; esac
    ok=$(allowed "$dir")
    lines=$(wc -l <"$f")
    [ "$lines" -le 600 ] || say "$f: $lines lines, limit 600"
    [ "$ok" = any ] && continue
    while read -r inc; do
        d=$(dirname "$inc")
        case $inc in mapper/onnx.pb-c.h) continue ;; esac
        case " $ok " in *" $d "*) ;; *) say "$f includes $inc: $dir may include only: $ok" ;; esac
    done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$f")
done
# one gate each for libxml2, GLPK and CaDiCaL
for f in $(git grep -lE '#include <(libxml/|glpk|ccadical)' -- '*.c' '*.h'); do
    case $f in gen/base/xml.c | gen/base/lp.c | gen/base/lp_*.c | gen/base/sat.c | tests/*) ;; *) say "$f includes libxml2, GLPK or CaDiCaL past the gate" ;; esac
done
# calls that overflow, depend on the locale, or leave the house
if git grep -nE '\b(gets|strcpy|strcat|sprintf|vsprintf|strtok|setlocale|system|popen|alloca|rand|srand|atoi|atof|strtod|localtime|gmtime)\(' \
    -- '*.c' '*.h' ':!gen/base/str.c' ':!tests/*'; then say 'banned calls above'; fi
if git grep -nE '\b(malloc|calloc|realloc|free)\(' -- '*.c' ':!gen/base/*' ':!tests/*'; then say 'memory past gen/base, above'; fi
# every header compiles alone
for h in $(git ls-files '*.h'); do
    gcc -std=c11 -D_GNU_SOURCE -I. -I"${BUILD:-build}" $(pkg-config --cflags libxml-2.0 2>/dev/null) -fsyntax-only -x c "$h" 2>/dev/null ||
        say "$h does not compile alone"
done
[ $bad = 0 ] && echo "lint: $(git ls-files '*.c' '*.h' | wc -l) files, nothing found"
exit $bad
