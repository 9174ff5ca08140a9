#!/usr/bin/env python3
"""docs/formats.md from the schema tables that the readers use: run after a table changes. tests/program/docs.sh compares.

The tables are C; the preprocessor expands their macros, and what is left is read here row by row.
"""
import re
import subprocess
import sys

ROOT = __file__.rsplit("/", 2)[0]


def expand(path):
    flags = subprocess.run(["pkg-config", "--cflags", "libxml-2.0"], capture_output=True, text=True).stdout.split()
    run = subprocess.run(["gcc", "-std=c11", "-E", "-P", "-D_GNU_SOURCE", "-I.", *flags, path], cwd=ROOT, capture_output=True,
                         text=True, check=True)
    return run.stdout


def split(row):
    """Fields of one initialiser, commas inside parentheses and strings kept."""
    out, depth, text, quoted = [], 0, "", False
    for i, c in enumerate(row):
        if c == '"' and (i == 0 or row[i - 1] != "\\"):
            quoted = not quoted
        if not quoted and c in "([{":
            depth += 1
        if not quoted and c in ")]}":
            depth -= 1
        if c == "," and depth == 0 and not quoted:
            out.append(text.strip())
            text = ""
        else:
            text += c
    return out + [text.strip()]


def rows(body):
    """The initialisers { … } of a table."""
    out, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(body):
        if c == '"' and body[i - 1] != "\\":
            quoted = not quoted
        if quoted:
            continue
        if c == "{":
            if depth == 0:
                start = i + 1
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                out.append(split(body[start:i]))
    return out


def table(source, kind, name):
    m = re.search(r"const %s %s\[\] = \{(.*?)\n?\};" % (kind, name), source, re.S)
    if not m:
        sys.exit("formats.py: no table %s %s" % (kind, name))
    return [r for r in rows(m.group(1)) if r[0].startswith('"')]


def text(s):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', s))


def words(source, name):
    return [text(w) for w in re.search(r"const char \*const %s\[\] = \{(.*?)\};" % name, source, re.S).group(1).split(",") if '"' in w]


def units():
    out = {}
    for m in re.finditer(r'\{(U_\w+), "([^"]*)", (?:-?\d+)\}', expand("gen/base/units.c")):
        out.setdefault(m.group(1), []).append(m.group(2))
    return out


UNITS = {}
PLAIN = {"T_STRING": "text", "T_INT": "whole number", "T_BOOL": "true, false", "T_DBU": "length"}


def number(s):
    v = s.replace(" ", "")
    if "<<" in v:
        v = re.sub(r"^\(?(-?)\((\d+)<<(\d+)\)\)?$", lambda m: str(int(m.group(1) + "1") * (int(m.group(2)) << int(m.group(3)))), v)
        v = re.sub(r"^-?\(?(\d+)<<(\d+)\)?$", lambda m: str(int(m.group(1)) << int(m.group(2))), v)
    if v in ("INT32_MAX", "(2147483647)"):
        v = "2147483647"
    f = float(v)
    return "%d" % f if f == int(f) and abs(f) < 1e10 else "%g" % f


def value(source, r):
    t, u = r[1], r[2]
    if t == "T_ENUM":
        return ", ".join(words(source, r[7]))
    if t == "T_REAL":
        return "number" if u == "U_NONE" else "number with " + ", ".join(UNITS[u])
    return "length" if text(r[0]) == "dbu" else PLAIN[t]


def limits(r):
    lo, hi = number(r[5]), number(r[6])
    if lo == hi == "0" or r[1] in ("T_STRING", "T_ENUM", "T_BOOL") or hi == "2147483647" and lo == "0":
        return ""
    unit = {"T_DBU": " dbu", "T_REAL": " (SI)" if r[2] != "U_NONE" else ""}.get(r[1], "")
    return "%s … %s%s" % (lo, hi, unit)


def put(title, source, name, note=""):
    print("\n### `<%s>`\n" % title)
    if note:
        print(note + "\n")
    print("| attribute | value | range | |\n|---|---|---|---|")
    for r in table(source, "Field", name):
        need = "" if r[4] in ("1", "true") else " (optional)"
        print("| `%s` | %s | %s | %s%s |" % (text(r[0]), value(source, r), limits(r), text(r[8]), need))


def main():
    UNITS.update(units())
    tech, plan, read, cells = (expand(p) for p in ("techs/read.c", "gen/db/plan_xml.c", "gen/db/plan_read.c", "cells/library.c"))
    print("""# File formats: attributes

Made by `scripts/formats.py` from the tables that the readers use; do not edit. What the files are for is in [manual.md](manual.md).

XML, UTF-8, no DOCTYPE. A quantity is written with its unit and without a blank (`width="45nm"`); `0` needs none. Unknown attributes and
elements are errors. Ranges of lengths are in database units, of other quantities in SI units.

## tech.xml""")
    put("tech", tech, "tech_fields", "Root. Children: `layer`, `cut`, `metal`, `device`, and one each of `rows`, `mom`, `resistor`.")
    put("metal", tech, "metal_fields", "Children: any number of `wide`, rising.")
    put("wide", tech, "wide_fields")
    put("cut", tech, "cut_fields")
    put("layer", tech, "layer_fields")
    put("corner", tech, "corner_fields", "Process corner of the transistors, for `apugen characterize --corners`. The model file takes its numbers as parameters n_dvt, p_dvt, n_mu, p_mu; one of a PDK takes files of the corner by its name instead ($CORNER).")
    put("rule", tech, "rule_fields", "Design rule of the front end between two regions, which `techs/techs.h` defines.")
    put("device", tech, "device_fields")
    put("rows", tech, "rows_fields")
    put("mom", tech, "mom_fields")
    put("pulses", tech, "pulses_fields", "Currents and times of the current family; without it 200 nA, 1 ns, 4 ns.")
    put("resistor", tech, "resistor_fields")
    print("\n## cells.xml")
    put("cells", cells, "cells_fields", "Root. Children: `variant`.")
    put("variant", cells, "variant_fields", "Children: `data`, `provenance`.")
    print("\nParameters by function:\n\n| function | p0 | p1 | p2 | p3 |\n|---|---|---|---|---|")
    unit = {n: u or "number" for n, u in re.findall(r'(P_\w+) = \{"(\w*)"', cells)}
    body = re.search(r"params\[\] = \{(.*?)\};", cells, re.S).group(1)
    for function, ps in re.findall(r'\{"(\w+)", \{([^}]*)\}\}', body):
        p = [unit[x.strip(" &")] for x in ps.split(",")]
        print("| `%s` | %s |" % (function, " | ".join((p + [""] * 4)[:4])))
    print("\nMeaning: synapse: unit capacitor, switch width, magnitude bits; row_driver and block_switch: switch width; col_end: width of reset and of select switch;\n"
          "sar_adc: bits, unit capacitor, widths of comparator input and select switch; ladder: resistance from rail to rail.")
    print("\n### `<data>`\n\nAn absent attribute does not apply to the function, or was not measured; nothing is assumed for it.\n")
    print("| attribute | written with | |\n|---|---|---|")
    for r in table(cells, "Quantity", "quantities"):
        print("| `%s` | %s | %s |" % (text(r[0]), text(r[2]) or "number", text(r[5])))
    print("| `op` | text | operation the energy is of |")
    put("provenance", cells, "provenance_fields")
    print("\n## arch.xml")
    put("arch", plan, "plan_arch_fields", "Root, without children; also a child of `plan`. A further attribute `kind` is `programmable` or `dedicated`.")
    print("\n## plan.xml")
    put("plan", read, "head_fields", "Root. Children in this order: `arch`, `tensor`, `core`, `layer`, `tile`.")
    put("tensor", plan, "plan_tensor_fields", "Numbered from 0 in the order of the file.")
    put("core", plan, "plan_core_fields", "A crossbar. Numbered from 0.")
    put("layer", plan, "plan_layer_fields", "In order of execution; numbered from 0. Children: `channel`, one per output channel of a convolution or average\n"
        "pool, two of an addition; `table` of a table: the result for each integer of the input, from its smallest on.")
    put("channel", read, "channel_fields", "Text: the weights of a convolution's output, in the order [input channel of the group][kernel row][kernel column].")
    put("tile", plan, "plan_tile_fields", "Children, lists of numbers; `a..b` is a run, `-` stands for a dummy:\n"
        "`row-k` per row the element of the layer's patch vector [group][input channel][kernel row][kernel column];\n"
        "`col-o` per column the output channel; `col-s` per column the slice (0: least significant).")


main()
