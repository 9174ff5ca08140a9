# klayout -b -r klayout_dump.py -rd gds=FILE -rd out=FILE: structures, flat placements and every flat box, one per line
import pya

layout = pya.Layout()
layout.read(gds)
lines = []
top = layout.top_cell()
flat = {}


def placements(cell, times):
    flat[cell.name] = flat.get(cell.name, 0) + times
    for inst in cell.each_inst():
        n = max(inst.na, 1) * max(inst.nb, 1) if inst.is_regular_array() else 1
        placements(inst.cell, times * n)


placements(top, 1)
for name in sorted(flat):
    lines.append("cell %s %d" % (name, flat[name]))
for index in layout.layer_indexes():
    info = layout.get_info(index)
    it = top.begin_shapes_rec(index)
    while not it.at_end():
        shape = it.shape()
        if shape.is_text():
            p = it.trans().trans(shape.text.trans.disp) if hasattr(shape.text.trans, "disp") else None
            q = it.trans() * pya.Point(shape.text.x, shape.text.y)
            lines.append("text %d/%d %d %d %s" % (info.layer, info.datatype, q.x, q.y, shape.text.string))
        else:
            assert shape.is_box() or shape.polygon.is_box(), str(shape)
            b = shape.polygon.bbox().transformed(it.trans()) if not shape.is_box() else shape.box.transformed(it.trans())
            lines.append("box %d/%d %d %d %d %d" % (info.layer, info.datatype, b.left, b.bottom, b.right, b.top))
        it.next()
with open(out, "w") as f:
    f.write("\n".join(sorted(lines)) + "\n")
