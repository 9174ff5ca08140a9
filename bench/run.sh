#!/usr/bin/env bash
# Time, memory, bounds and published results of the main stages, as tables of docs/bench.md. Not a test: nothing here passes or fails.
#   bench/run.sh [flow|scale|channels|floorplans|wirelength|proofs|seeds]…    default: all but seeds
# Times are user seconds of one core, memory is the largest resident size. FLOORPLANS: folders of GSRC files (.blocks .nets .pl).
set -u
cd "$(dirname "$0")/.."
apugen=${APUGEN:-${BUILD:-build}/apugen}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
shared=../shared/data/floorplan
read -r -a folders <<<"${FLOORPLANS:-$([ -d $shared ] && echo $shared || echo tests/place)}"
parts=("$@")
[ $# -gt 0 ] || parts=(flow scale channels floorplans wirelength proofs)

measured() { /usr/bin/time -o "$tmp/time" -f '%U %M' "$@"; } # user seconds and KB end up in $tmp/time
# Stdin, then the rows of docs/bench.md's table NAME whose cases stdin does not have: their files are not here.
with_old() {
    cat >"$tmp/new"
    cat "$tmp/new"
    awk -F'|' -v name="$1" 'NR == FNR {have[$2] = 1; next} /^<!-- end -->/ {on = 0} on && /^\|/ && !($2 in have) {print} $0 == "<!-- bench: " name " -->" {on = 1}' "$tmp/new" docs/bench.md
}
# Replace the text between "<!-- bench: NAME -->" and "<!-- end -->" of docs/bench.md by stdin.
keep() {
    cat >"$tmp/part"
    cat "$tmp/part"
    awk -v name="$1" -v part="$tmp/part" '/^<!-- end -->/{skip=0} !skip{print} $0=="<!-- bench: " name " -->"{while((getline l <part)>0) print l; skip=1}' \
        docs/bench.md >"$tmp/bench.md" && cat "$tmp/bench.md" >docs/bench.md
}
py() { /usr/bin/python3 - "$@"; }

# The built-in programmable architecture with other numbers of crossbars, rows, columns.
programmable() { # crossbars rows columns
    sed "s/name=\"adelia-gen2\"/name=\"scale\"/; s/apus=\"6\" rows=\"256\" cols=\"64\"/apus=\"$1\" rows=\"$2\" cols=\"$3\"/" mapper/arch/adelia-gen2.xml
}

flow() {
    programmable 1 256 64 >"$tmp/one-crossbar.xml"
    echo "| network | architecture | technology | synapses | dead area | DRC, LVS | place, route, DRC, LVS on two cores: wall s | CPU s | cells drawn and judged: wall s | kept ones | whole flow: user s | MB |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
    while read -r name arch tech; do # with nothing kept, then with what the first run has kept of leaf cells
        for k in first again; do
            rm -rf "$tmp/flow"
            APUGEN_CACHE="$tmp/kept" measured "$apugen" run "examples/${name%%_*}"*"/$name.onnx" --arch "$arch" --tech "$tech" -o "$tmp/flow" -j2 -v >"$tmp/out" 2>"$tmp/err.$k"
            mv "$tmp/time" "$tmp/time.$k"
        done
        rm -rf "$tmp/kept"
        py "$name" "$(basename "$arch" .xml)" "$tech" "$tmp/flow/report.json" "$tmp/err" "$tmp/time.first" <<'PY'
import json, re, sys
name, arch, tech, report, err, time = sys.argv[1:]
r = json.load(open(report))
def stages(run):
    return {k: (float(w), float(c)) for k, w, c in re.findall(r"^(\w+) +([\d.]+) s +([\d.]+) s of CPU", open(f"{err}.{run}").read(), re.M)}
first, again = stages("first"), stages("again")
wall, cpu = (sum(first[k][i] for k in ("place", "route", "check")) for i in (0, 1))
sec, kb = open(time).read().split()[-2:]
c = r["checks"]
print(f"| {name} | {arch} | {tech} | {r['layout']['synapses']:,} | {100 * r['layout']['dead']:.1f} % | {c['drc']}, {c['lvs_shorts'] + c['lvs_opens'] + c['lvs_unconnected']} "
      f"| {wall:.2f} | {cpu:.2f} | {first['draw'][0]:.2f} | {again['draw'][0]:.2f} | {float(sec):.1f} | {int(kb) / 1024:.0f} |")
PY
        rm -rf "$tmp/flow"
    done <<CASES
gen1_28nm adelia-gen1 n28
vad $tmp/one-crossbar.xml n22
vad adelia-gen2 n22
gen1_22nm adelia-gen1 n22
CASES
}

# The same network on ever larger programmable chips: architectures made here from the built-in one.
scale() {
    echo "| synapses | crossbars | leaf cells | build, place, route, extract, DRC, LVS: s | per synapse, against the first | MB | DRC | LVS |"
    echo "|---|---|---|---|---|---|---|---|"
    while read -r n rows cols; do
        programmable "$n" "$rows" "$cols" >"$tmp/scale.xml"
        "$apugen" map examples/vad/vad.onnx --arch "$tmp/scale.xml" -q -o "$tmp/plan.xml" >/dev/null || continue
        rm -rf "$tmp/scale"
        measured "$apugen" build "$tmp/plan.xml" --tech n22 -o "$tmp/scale" -j1 --stop-after check -q >/dev/null
        py "$n x $rows x $cols" "$tmp/scale/report.json" "$tmp/time" "$tmp/first" <<'PY'
import json, os, sys
name, report, time, first = sys.argv[1:]
r = json.load(open(report))
sec, kb = open(time).read().split()[-2:]
n = r["layout"]["synapses"]
if not os.path.exists(first):
    open(first, "w").write(f"{float(sec) / n}")
c = r["checks"]
print(f"| {n:,} | {name} | {r['layout']['leaf_cells']:,} | {float(sec):.1f} | {float(sec) / n / float(open(first).read()):.2f} | {int(kb) / 1024:.0f} | {c['drc']} "
      f"| {c['lvs_shorts'] + c['lvs_opens'] + c['lvs_unconnected']} |")
PY
    done <<'SIZES'
1 256 64
4 256 64
6 256 64
8 256 128
8 512 128
8 512 256
SIZES
}

route() { # file options
    local f=$1
    shift
    measured "$apugen" channel "$f" --format json -q "$@" >"$tmp/chan.json" || return
    py "$(basename "$f" .chan)" "$*" "$tmp/chan.json" "$tmp/time" <<'PY'
import json, sys
name, opt, j, time = sys.argv[1:]
d = json.load(open(j))
sec, kb = open(time).read().split()[-2:]
print(f"| {name} | {opt or 'usual'} | {d['density']} | {d['tracks']}{' + %d columns' % d['added_columns'] if d['added_columns'] else ''} | {d['tracks'] / max(1, d['bound']):.2f} | {d['vias']} | {d['wirelength']} | {float(sec):.1f} | {int(kb) / 1024:.0f} | {d['method']} |")
PY
}
channels() {
    echo "| channel | options | density | tracks | over the bound | vias | wirelength | s | MB | method |"
    echo "|---|---|---|---|---|---|---|---|---|---|"
    for f in tests/route/*.chan; do route "$f"; done
    for k in random local dense sparse cyclic bus river ends mixed; do
        bench/channels.py $k 175 70 1 >"$tmp/$k-175.chan"
        route "$tmp/$k-175.chan"
    done
    for k in perm near full localfull cycles crossing; do
        for n in 20 60 175; do
            bench/channels.py $k $n 0 1 >"$tmp/$k-$n.chan"
            route "$tmp/$k-$n.chan"
        done
    done
    for l in hvh vhv hvhv hvhvhv; do route tests/route/deutsch.chan --layers $l; done
    for k in random local dense sparse cyclic bus ends mixed perm near full localfull cycles crossing; do
        bench/channels.py $k 2000 700 1 >"$tmp/$k-2000.chan"
        route "$tmp/$k-2000.chan"
    done
}

# Published areas and lengths: place_route.md §2 of the references.
cat >"$tmp/published.py" <<'PY'
AREA = {"apte": 46920000, "xerox": 19800000, "hp": 8950000, "ami33": 1180000, "ami49": 36160000, "n10": 226092, "n30": 212625, "n50": 201348,
        "n100": 180908, "n200": 176490, "n300": 273975}
SOFT = {"n10": 35123, "n30": 102100, "n50": 124300, "n100": 195200, "n200": 346660, "n300": 476560, "ami33": 50699, "ami49": 671920}
PY
cases() { for d in "${folders[@]}"; do ls "$d"/*.blocks; done | sed 's/\.blocks$//' | awk -F/ '!seen[$NF]++'; }
fp() { # case options
    local b=$1
    shift
    measured "$apugen" floorplan "$b.blocks" --nets "$b.nets" --pl "$b.pl" -j 1 --format json -o "$tmp/o.pl" -q "$@" >"$tmp/j"
}
floorplans() {
    echo "| case | area | over the bound | published | over it | half-perimeter | s | MB | found by |"
    echo "|---|---|---|---|---|---|---|---|---|"
    for b in $(cases); do
        fp "$b" --objective area || continue
        PYTHONPATH=$tmp py "$(basename "$b")" "$tmp/j" "$tmp/time" <<'PY'
import json, sys
from published import AREA
name, j, time = sys.argv[1:]
d = json.load(open(j))
sec, kb = open(time).read().split()[-2:]
p = AREA.get(name)
over = "0 %, proven" if d["gap"] == 0 else f"{100 * (d['area'] / d['area_bound'] - 1):.2f} %"
ratio = f"{p:,} | {100 * (d['area'] / p - 1):+.2f} %" if p else " | "
print(f"| {name} | {d['area']:,.0f} | {over} | {ratio} | {d['hpwl']:,.0f} | {float(sec):.1f} | {int(kb) / 1024:.1f} | {d['method']} |")
PY
    done
}
wirelength() {
    echo "| case | half-perimeter | bound | gap | published, soft blocks | area | s | MB | found by |"
    echo "|---|---|---|---|---|---|---|---|---|"
    for b in $(cases); do
        fp "$b" --objective wirelength || continue
        PYTHONPATH=$tmp py "$(basename "$b")" "$tmp/j" "$tmp/time" <<'PY'
import json, sys
from published import SOFT
name, j, time = sys.argv[1:]
d = json.load(open(j))
sec, kb = open(time).read().split()[-2:]
p = SOFT.get(name)
soft = f"{p:,}" if p else ""
print(f"| {name} | {d['hpwl']:,.1f} | {d['hpwl_bound']:,.0f} | {100 * d['gap']:.0f} % | {soft} | {d['area']:,.0f} | {float(sec):.1f} | {int(kb) / 1024:.1f} | {d['method']} |")
PY
    done
}
# Few blocks, every order: parts of public cases.
proofs() {
    echo "| case | blocks | nets | objective | result | bound | gap | s |"
    echo "|---|---|---|---|---|---|---|---|"
    for b in $(cases | grep -E '/(ami33|apte|n10|n100)$'); do
        for n in 5 6; do
            bench/part.py "$b" $n "$tmp/part_of"
            for o in area wirelength both; do
                fp "$tmp/part_of" --objective $o || continue
                py "$(basename "$b")" $n "$(grep -c NetDegree "$tmp/part_of.nets")" "$tmp/j" "$tmp/time" <<'PY'
import json, sys
name, n, nets, j, time = sys.argv[1:]
d = json.load(open(j))
v = {"area": d["area"], "wirelength": d["hpwl"]}.get(d["objective"])
show = (lambda x: f"{x:,.1f}") if v else (lambda x: f"{x:.4f}")
v = v or d["bound"] / (1 - d["gap"])
print(f"| {name} | {n} | {nets} | {d['objective']} | {show(v)} | {show(d['bound'])} | {100 * d['gap']:.0f} % | {float(open(time).read().split()[-2]):.1f} |")
PY
            done
        done
    done
}
seeds() {
    echo "| case | seed 1 | seed 2 | seed 3 | s |"
    echo "|---|---|---|---|---|"
    for b in $(cases | grep -E '/(n10|n50)$'); do
        row= sec=
        for s in 1 2 3; do
            fp "$b" --objective area --seed $s && row="$row $(py "$tmp/j" <<<'import json, sys; print("{:,.0f}".format(json.load(open(sys.argv[1]))["area"]))') |"
            sec="$sec $(awk '{print $1}' "$tmp/time")"
        done
        echo "| $(basename "$b") |$row$sec |"
    done
}
for p in "${parts[@]}"; do
    case $p in
    floorplans|wirelength) $p | with_old "$p" | keep "$p" ;;
    flow|scale|channels|proofs|seeds) $p | keep "$p" ;;
    *) echo "bench/run.sh: no part $p" >&2; exit 2 ;;
    esac
    echo
done
