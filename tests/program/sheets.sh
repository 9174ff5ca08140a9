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
