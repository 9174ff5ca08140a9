#!/usr/bin/python3
"""part.py CASE N OUT: the first N blocks of a GSRC case with their nets and terminals, as OUT.blocks, OUT.nets, OUT.pl."""
import sys

case, n, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
words = lambda path: [f for f in (line.replace("(", " (").split() for line in open(path)) if f and f[0][0] != "#"]
rows = words(case + ".blocks")
blocks = [f for f in rows if "hardrectilinear" in f][:n]
names = {f[0] for f in blocks}
places = {f[0]: f for f in words(case + ".pl") if len(f) >= 3}
terminals = {f[0] for f in rows if f[-1] == "terminal"}
nets = []
for f in words(case + ".nets"):
    if f[0] == "NetDegree":
        nets.append([])
    elif nets and (f[0] in names or f[0] in terminals):
        nets[-1].append(f)
nets = [v for v in nets if len(v) > 1 and any(f[0] in names for f in v)]
used = sorted({f[0] for v in nets for f in v} & terminals)
with open(out + ".blocks", "w") as o:
    o.write("UCSC blocks 1.0\nNumHardRectilinearBlocks : %d\nNumTerminals : %d\n" % (len(blocks), len(used)))
    o.writelines(" ".join(f) + "\n" for f in blocks + [[t, "terminal"] for t in used])
with open(out + ".nets", "w") as o:
    o.write("UCLA nets 1.0\nNumNets : %d\n" % len(nets))
    o.writelines("NetDegree : %d\n" % len(v) + "".join(" ".join(f) + "\n" for f in v) for v in nets)
with open(out + ".pl", "w") as o:
    o.write("UCLA pl 1.0\n")
    o.writelines(" ".join(places[t]) + "\n" for t in used)
