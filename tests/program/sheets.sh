#!/usr/bin/env bash
# Data sheets: one per variant, XML that libxml2 takes, figures equal to cells.xml's, min ≤ typical ≤ max.
. "$(dirname "$0")/lib.sh"
for t in n22 n28; do
    "$APUGEN" characterize --sheets "$tmp/$t" --tech $t -q || bad "sheets: $t"
    /usr/bin/python3 - "$tmp/$t" techs/$t <<'PY' && ok "sheets: $t" || bad "sheets: $t differ from cells.xml"
import glob, html.parser, os, sys, xml.etree.ElementTree as ET
out, tech = sys.argv[1:]
cells = {(v.get("function"), v.get("name")): v.find("data").attrib for v in ET.parse(tech + "/cells.xml").getroot()}
points = len(list(ET.parse(tech + "/corners.xml").getroot()))
assert len(glob.glob(out + "/*.xml")) == len(cells) > 15
ranges = 0
for (f, n), data in cells.items():
    s = ET.parse(f"{out}/{f}_{n}.xml").getroot()
    assert s.get("corners") == str(points), s.attrib
    got = {x.get("name"): x for x in s.findall("figure")}
    assert set(data) - {"op"} <= set(got), (f, n, set(data) ^ set(got))
    for k, x in got.items():
        if k in data:
            want = float(data[k].removesuffix(x.get("unit")))
            assert abs(float(x.get("typ")) - want) <= 6e-4 * abs(want), (f, n, k, x.attrib, data[k])
        if x.get("max") and x.get("typ"):
            assert float(x.get("min")) <= float(x.get("typ")) <= float(x.get("max")), (f, n, k, x.attrib)
            ranges += 1
    assert s.find("provenance").get("text").startswith("decks sha256 ")
assert ranges > 40, ranges
class Links(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        for k, v in attrs:
            if k == "href": links.append(v)
links = []
Links().feed(open(out + "/index.html").read())
assert len(links) == 2 * len(cells) and all(os.path.exists(f"{out}/{l}") for l in links)
PY
done
"$APUGEN" characterize --corners some --tech n22 2>"$tmp/err" && bad "corners: an unknown set is taken" || check "corners: an unknown set is refused" grep -q CLI-0003 "$tmp/err"

# The report's word on corners: as many points as the file has, the failing ones among them, told once for each chosen cell that fails.
"$APUGEN" run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n28 --stop-after select -q -o "$tmp/select" >"$tmp/page" 2>&1
check "corners: the report counts the points of every choice" /usr/bin/python3 - "$tmp/select" "${APUGEN_HOME:-.}/techs/n28/corners.xml" <<'PY'
import json, re, sys, xml.etree.ElementTree as ET
out, path = sys.argv[1:]
root = ET.parse(path).getroot()
points = {}
for c in root:
    for x in c: points[x.get("function"), x.get("name")] = points.get((x.get("function"), x.get("name")), 0) + 1
chosen = json.load(open(out + "/report.json"))["select"]
assert len(chosen) >= 6
told = re.findall(r"^(?:corners)? +(\w+) +(\w+) +(?:margin|never)[^;\n]*, fails at (\d+) of (\d+) points", open(out + "/report.txt").read(), re.M)
for c in chosen:
    assert c["corners"] == points.get((c["function"], c["variant"]), 0), c
    assert (c["corners_failed"] > 0) == (c["worst_corner_why"] is not None), c
    row = (c["function"], c["variant"], str(c["corners_failed"]), str(c["corners"]))
    assert (row in told) == (c["corners_failed"] > 0), (row, told)
assert told and len(root) == 27
PY

# Chosen at typical alone: cheaper cells, which miss at more corners.
"$APUGEN" run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n28 --stop-after select --corners typical -q -o "$tmp/typical" >/dev/null 2>&1
check "corners: --corners typical chooses without them" /usr/bin/python3 - "$tmp/select" "$tmp/typical" <<'PY'
import json, sys
a, t = ([json.load(open(o + "/report.json"))["select"] for o in sys.argv[1:]])
assert sum(c["corners_failed"] for c in a) < sum(c["corners_failed"] for c in t), (a, t)
assert sum(c["cost"] for c in a) > sum(c["cost"] for c in t)
assert all(c["runner_up_corner"] for c in a if c["corners"] and c["runner_up"])
PY
"$APUGEN" run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n28 --corners sign-off -o "$tmp/none" 2>"$tmp/err" && bad "corners: the flow takes another command's word" \
    || check "corners: another command's word is refused" grep -q CLI-0003 "$tmp/err"
