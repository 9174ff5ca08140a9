#!/usr/bin/env bash
# The documentation says what the code does: message ids, options, formats, instruction set, files, examples.
. "$(dirname "$0")/lib.sh"

# all NAME FILE WORD…: every word stands in the file, in backquotes or bare.
all() {
    local name=$1 file=$2 missing=
    shift 2
    [ $# -gt 0 ] || { bad "$name: nothing to look for"; return; }
    for w in "$@"; do grep -qF -- "$w" "$file" || missing="$missing $w"; done
    [ -z "$missing" ] && ok "$name ($#)" || bad "$name: not in $file:$missing"
}
same() { # name expected got
    if [ -n "$2" ] && [ "$2" = "$3" ]; then ok "$1"; else bad "$1"; diff <(echo "$2") <(echo "$3") | head -5; fi
}
none() { [ -z "$2" ] && ok "$1" || bad "$1:$2"; } # name what-is-missing
strings() { grep -oE '"[^"]*"' | tr -d '"'; }

# ---- message ids
sources() { find gen mapper place route verify techs cells templates \( -name '*.c' -o -name '*.h' \) ! -name 'explain_*.c'; }
grep -hoE '"[A-Z]{2,5}-[0-9]{4}"' $(sources) | tr -d '"' | sort -u >"$tmp/used"
"$APUGEN" explain | sed 's/ .*//' >"$tmp/areas"
while read -r area; do "$APUGEN" explain "$area"; done <"$tmp/areas" | sed -nE 's/^([A-Z]+-[0-9]{4}): .*/\1/p' | sort >"$tmp/told"
missing=$(comm -23 "$tmp/used" "$tmp/told" | tr '\n' ' ')
unused=$(comm -13 "$tmp/used" "$tmp/told" | tr '\n' ' ')
[ -s "$tmp/used" ] && [ -z "$missing" ] && ok "every message id is explained ($(wc -l <"$tmp/used"))" || bad "message ids without an entry: $missing"
[ -z "$unused" ] && ok "every explanation has its message" || bad "explanations without a message: $unused"
ids=$(grep -hoE '\b[A-Z]{2,5}-[0-9]{4}\b' docs/*.md docs/apugen.1 README.md | sort -u | comm -23 - "$tmp/used" | tr '\n' ' ')
[ -z "$ids" ] && ok "ids in the documents exist" || bad "documents name ids that do not exist: $ids"

# ---- formats.md from the schema tables
if have python3 && have gcc; then
    if python3 scripts/formats.py >"$tmp/formats.md" 2>"$tmp/err"; then check "formats.md is that of the tables" cmp docs/formats.md "$tmp/formats.md"
    else bad "scripts/formats.py: $(tail -1 "$tmp/err")"; fi
else skip "formats.md: python3 or gcc is missing"; fi

# ---- isa.md
vhdl=templates/digital.vhd.tpl
bash scripts/isa.sh >"$tmp/isa.md" 2>"$tmp/err" || head -3 "$tmp/err"
check "isa.md is that of the instruction table" cmp docs/isa.md "$tmp/isa.md"
want=$(grep -oE '"(CMD|ADDR|WDATA)", W_ONE, [0-9]+, DIR_OUT' gen/digital.c | sed -E 's/"([A-Z]+)", W_ONE, ([0-9]+).*/\1 \2/')
same "widths of the command bus" "$want" "$(grep '^Widths: ' docs/isa.md | grep -oE '\b(CMD|ADDR|WDATA) [0-9]+')"
want=$(sed -n '/PHASE = START/s/.*PHASE = \(.*\) (bit 6.*/\1/p' $vhdl | head -1)
all "phases" docs/isa.md "$want" DRIVE SAMPLE HOLD START SELECT_COL DECIDE ADD
miss=
for s in DRIVE SAMPLE HOLD START SELECT_COL DECIDE ADD; do grep -qE "state = $s then" $vhdl || miss="$miss $s"; done
none "states of an MVM in the VHDL" "$miss"

# ---- manual.md and apugen.1
man=docs/apugen.1
sed 's/\\-/-/g; s/\\f[BIR]//g' $man >"$tmp/man"
commands=$("$APUGEN" help | sed -nE 's/^  apugen ([a-z]+) .*/\1/p')
all "commands in the manual" docs/manual.md $commands
miss=
for c in $commands; do grep -qE "^apugen $c( |$)" "$tmp/man" || miss="$miss $c"; done
none "synopsis of every command in the man page" "$miss"
options=$("$APUGEN" help | sed -nE 's/^  (-[a-z], )?(--[a-z-]+).*/\2/p' | sort -u)
all "options in the man page" "$tmp/man" $options
same "a command's help, options and completion agree" "$("$APUGEN" channel --help | sed -nE 's/^  (-[a-z], )?(--[a-z-]+).*/\2/p')" \
    "$(bash -c '. /dev/stdin; COMP_WORDS=(apugen channel --) COMP_CWORD=2; _apugen apugen -- channel; printf "%s\n" "${COMPREPLY[@]}"' < <("$APUGEN" completion bash))"
same "apugen help COMMAND is apugen COMMAND --help" "$("$APUGEN" help draw)" "$("$APUGEN" draw --help)"
miss=
for o in $(cat "$tmp/man" docs/manual.md | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u); do
    printf '%s\n' --help $options | grep -qxF -- "$o" || miss="$miss $o"
done
none "options in the documents exist" "$miss"
want=$(sed -n '/^static const Stage stages/,/^};/p' gen/flow.c | sed -nE 's/^    \{"([a-z]+)".*/\1/p')
same "stages in their order" "$want" "$(sed -n '/^| stage | in/,/^$/p' docs/manual.md | sed -nE 's/^\| ([a-z]+) \| .*/\1/p' | sed 1d)"
files=$(grep -rhoE '"[a-z_]+\.(sp|spef|vams|vhd|lef|def|gds|svg|html|txt|json|bin|lst|xml)"' gen/emit.c gen/flow.c gen/report.c gen/manifest.c gen/vhdl.c mapper/program.c |
    tr -d '"' | grep -vE '^(tb|tb_host|tb_out)[.]' | sort -u)
all "output files in the manual" docs/manual.md $files
all "terms of the behavioural model" docs/manual.md $(sed -n '/^static const Row rows/,/};/p' gen/model.c | grep -oE '\bAT\([a-z_]+\)' | sed 's/AT(\(.*\))/`\1`/') \
    $(grep -oE 'OF_ARRAY\([a-z]+\)' gen/model.c | grep -v '(f)' | sed 's/OF_ARRAY(\(.*\))/`array_\1_f`/')
same "operators in the manual" "$(bash scripts/operators.sh)" "$(sed -n '/^<!-- scripts\/operators.sh -->/,/^<!-- end -->/p' docs/manual.md | sed '1d;$d')"
all "accuracy rows" docs/manual.md $(grep -oE '(row|step_float)\(f, [^"]*"[a-zA-Z]+' gen/workload.c | sed 's/.*"//; s/^/| /; s/| /|/' | sed 's/^|//')
timing() { sed -nE "s/^#define CELLS_T_$1 ([0-9.]+)e-9.*/\1/p" cells/timing.h; }
line=$(grep '^Phases last' docs/manual.md)
want="sample $(timing SAMPLE) ns, gap $(timing GAP) ns, evaluate $(timing EVAL) ns, converter reset $(timing START) ns, select $(timing SELECT) ns, $(sed -nE 's/.*gain < 2 \? ([0-9]+)e-9 : ([0-9]+)e-9.*/\2 ns per bit (\1 ns at gain 1/p' cells/timing.h)"
case $line in *"$want"*) ok "phases of a conversion" ;; *) bad "phases of a conversion: $want" ;; esac
codes=$(sed -n '/ST_OK = 0/,/} Status/p' gen/base/base.h | grep -oE '= [0-9]+' | tr -d '= ')
miss=
for c in $codes; do grep -qE "^ ?$c   ?[a-z]" "$tmp/man" || miss="$miss $c"; done
none "exit codes in the man page" "$miss"
miss=
for l in $(grep -ohE '\]\([^)#]+' docs/*.md | sed 's/](//'); do [ -e "docs/$l" ] || miss="$miss $l"; done
none "links between the documents" "$miss"
if have man; then
    if man -l --warnings=all $man >/dev/null 2>"$tmp/err" && [ ! -s "$tmp/err" ]; then ok "man page formats without warnings"; else bad "man page"; head -3 "$tmp/err"; fi
elif have mandoc; then check "man page (mandoc)" mandoc -T lint -W error $man
else skip "man page: neither man nor mandoc is installed"; fi
check "man page is installed" grep -q 'docs/apugen.1' Makefile

# ---- examples of the manual, run
printf '1 2 0 3\n2 1 3 0\n' >"$tmp/demo.chan"
same "channel example" "$(grep -oE '\{"tracks": 3.*\}' docs/manual.md | sed 's/`.*//')" "$("$APUGEN" channel "$tmp/demo.chan" --format json)"
printf '1 2 3 0 0 0 0 4 5 0\n0 0 0 1 2 3 4 5 0 0\n' >"$tmp/river.chan"
same "a river takes one layer" '"layers": "p", "bound": 3, "bound_by": "river"' "$("$APUGEN" channel "$tmp/river.chan" --format json | grep -oE '"layers": "p".*"river"' | head -1 | sed 's/, "gap".*//')"
same "a river on two layers" '"layers": "hv"' "$("$APUGEN" channel "$tmp/river.chan" --router layers --format json | grep -oE '"layers": "hv"')"
"$APUGEN" channel "$tmp/demo.chan" --router river >"$tmp/out" 2>"$tmp/err"
same "no river, no one layer" "1 RTE-0007" "$? $(grep -oE 'RTE-0007' "$tmp/err")"
same "floorplan example" "$(sed -nE 's/^    (\{"area".*\})$/\1/p' docs/manual.md)" \
    "$("$APUGEN" floorplan tests/place/n10.blocks --nets tests/place/n10.nets --pl tests/place/n10.pl --effort 0 --format json)"
map="$APUGEN map examples/vad/vad.onnx --arch adelia-gen2 --workload examples/vad/test_x.npy -q -o $tmp/plan.xml"
same "map example" "$(sed -nE 's/^    (11 layers, .*)$/\1/p' docs/manual.md)" "$($map)"
same "map example, json" "$(grep -oE '\{"blocks": [^}]*\}' docs/manual.md)" "$($map --format json)"
same "map example, strategies" "$(sed -nE '/^    strategy  /,/^    bound /s/^    //p' docs/manual.md)" "$($map --strategy all)"
check "check example" "$APUGEN" check techs/n22/tech.xml "$tmp/plan.xml" examples/vad/vad.onnx
