#!/usr/bin/env bash
# port: the same plan in the other technology, clean, and both side by side.
. "$(dirname "$0")/lib.sh"
net=examples/gen1_28nm/gen1_28nm.onnx
other=$([ "$tech" = n28 ] && echo n22 || echo n28)
if ! grep -q sar_adc techs/$other/cells.xml 2>/dev/null; then skip "port to $other: it has no characterised converter"; exit 0; fi
"$APUGEN" run $net --arch adelia-gen1 --tech $tech --samples 40 --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy -q -o "$tmp/a" >/dev/null
check "port" "$APUGEN" port "$tmp/a" --tech $other --samples 40 --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy -q -o "$tmp/b"
check "same plan" cmp "$tmp/a/plan.xml" "$tmp/b/plan.xml"
check "both technologies head the table" sh -c "head -1 '$tmp/b/port.txt' | grep -q '$tech .*$other'"
[ "$(json "$tmp/b/report.json" "d['checks']['drc'] + d['checks']['lvs_shorts'] + d['checks']['lvs_opens']")" = 0 ] && ok "clean in $other" || bad "clean in $other"
same=$(/usr/bin/python3 - "$tmp" <<'PY'
import json, sys
a, b, p = (json.load(open(sys.argv[1] + f)) for f in ("/a/report.json", "/b/report.json", "/b/port.json"))
row = {r["figure"]: r for r in p}
ok = float(row["die"]["from"]) == float("%.5g" % a["layout"]["die_um2"]) and float(row["die"]["to"]) == float("%.5g" % b["layout"]["die_um2"])
ok = ok and a["layout"]["die_um2"] != b["layout"]["die_um2"] and row["synapse"]["to"] == b["select"][0]["variant"]
delay = row["row driver settles, tau"]
ok = ok and float(delay["to"]) == float("%.5g" % b["delays_ps"]["row_driver"]) and 0 < float(delay["from"]) != float(delay["to"]) and float(row["converter decides"]["to"]) > 0
ok = ok and "accuracy, mismatch" in row and row["accuracy, mapped"]["from"] == row["accuracy, mapped"]["to"]
print("yes" if ok else "no")
PY
)
[ "$same" = yes ] && ok "figures are those of the two reports" || bad "figures are those of the two reports"
"$APUGEN" port "$tmp/a" --tech $other -o "$tmp/a" 2>"$tmp/err"
[ $? = 2 ] && grep -q CLI-0008 "$tmp/err" && ok "not onto itself" || bad "not onto itself"
"$APUGEN" port "$tmp" --tech $other -o "$tmp/c" 2>"$tmp/err"
[ $? = 3 ] && grep -q MDL-0002 "$tmp/err" && ok "only a finished design" || bad "only a finished design"
