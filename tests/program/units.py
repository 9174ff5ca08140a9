"""Units of the emitted controller one by one in GHDL: units.py DESIGN.vhd FOLDER [UNIT…].

Each unit gets clock by clock inputs and expected outputs, computed here in integers from docs/isa.md and the comments above the entities. A test bench
made from the entity's ports plays them; `-` in an expected vector is not looked at. Prints a line per unit.
"""
import os
import random
import re
import subprocess
import sys

BENCH = """library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all; use std.textio.all;
entity bench is end entity;
architecture sim of bench is
    signal clk : std_logic := '0';
    signal i : std_logic_vector({n_in} - 1 downto 0) := (others => '0');
    signal o : std_logic_vector({n_out} - 1 downto 0);
begin
    dut : entity work.{entity} {generics} port map ({clock} => clk, {maps});
    process
        file f : text open read_mode is "vectors.txt";
        variable l : line;
        variable n, bad, clocks, number : natural := 0;
        variable vi : std_logic_vector(i'range);
        variable vo : std_logic_vector(o'range);
    begin
        while not endfile(f) loop
            readline(f, l);
            number := number + 1;
            read(l, n); read(l, vi); read(l, vo);
            i <= vi;
            for k in 1 to n loop
                wait for 4 ns; clk <= '1'; wait for 1 ns;
                clocks := clocks + 1;
                if not std_match(o, vo) then
                    bad := bad + 1;
                    if bad < 4 then report "line " & to_string(number) & ": " & to_string(o) & ", expected " & to_string(vo); end if;
                end if;
                wait for 4 ns; clk <= '0'; wait for 1 ns;
            end loop;
        end loop;
        report "done: " & to_string(clocks) & " clocks, " & to_string(bad) & " wrong";
        wait;
    end process;
end architecture;
"""
KEEP = None   # an output that is not looked at


def wrap(v, n):
    v &= (1 << n) - 1
    return v - (v >> n - 1 << n)


class Unit:
    def __init__(self, text, entity, **generics):
        self.entity, self.generics, self.lines = entity, generics, []
        body = re.search(r"entity %s is(.*?)end entity" % entity, text, re.S).group(1)
        ports = re.sub(r"--[^\n]*", "", body[body.index("port ("):])
        self.ins, self.outs, self.clock, maps = [], [], "CLK", []
        for names, way, kind in re.findall(r"([\w, ]+?)\s*:\s*(in|out)\s+([^;]*?)\s*(?=;|\)\s*;\s*$)", ports[6:], re.S):
            m = re.search(r"\((.*) downto 0\)", kind)
            width = eval(m.group(1), {}, generics) + 1 if m else 1
            if "range" in kind:
                continue
            for name in [v.strip() for v in names.split(",")]:
                if name != "CLK":
                    (self.ins if way == "in" else self.outs).append((name, width, "vector" if m and "std_logic" in kind else kind.split("(")[0] if m else "bit"))
        self.width = dict((n, w) for n, w, _ in self.ins + self.outs)
        maps = []
        for side, sig in ((self.ins, "i"), (self.outs, "o")):
            at = sum(w for _, w, _ in side)
            for name, w, kind in side:
                at -= w
                part = "%s(%d)" % (sig, at) if kind == "bit" else "%s(%d downto %d)" % (sig, at + w - 1, at)
                maps.append("%s => %s" % (name, "%s(%s)" % (kind, part) if kind in ("signed", "unsigned") else part))
        self.maps = ", ".join(maps)

    def tick(self, ins, outs, n=1):
        """n clocks with these inputs (0 where not named); after each the outputs are as named."""
        a = "".join(format(ins.get(k, 0) & (1 << w) - 1, "0%db" % w) for k, w, _ in self.ins)
        b = "".join("-" * w if outs.get(k) is KEEP else outs[k] if isinstance(outs[k], str) else format(outs[k] & (1 << w) - 1, "0%db" % w) for k, w, _ in self.outs)
        self.lines.append("%d %s %s\n" % (n, a, b))

    def run(self, folder, design):
        d = os.path.join(folder, self.entity)
        os.makedirs(d, exist_ok=True)
        open(d + "/vectors.txt", "w").writelines(self.lines)
        g = "generic map (%s)" % ", ".join("%s => %s" % kv for kv in self.generics.items()) if self.generics else ""
        size = lambda side: sum(w for _, w, _ in side)
        open(d + "/bench.vhd", "w").write(BENCH.format(entity=self.entity, generics=g, clock=self.clock, maps=self.maps, n_in=size(self.ins), n_out=size(self.outs)))
        log = ""
        for c in (["-a", "--std=08", design, "bench.vhd"], ["--elab-run", "--std=08", "bench", "--ieee-asserts=disable"]):
            log += subprocess.run(["ghdl"] + c, cwd=d, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        m = re.search(r"done: (\d+) clocks, (\d+) wrong", log)
        good = m and m.group(2) == "0" and int(m.group(1)) > 20
        print("%s %s: %s" % ("ok" if good else "not ok", self.entity, "%s clocks as computed" % m.group(1) if good else log[-600:]))


# ---- units --------------------------------------------------------------------------------------------------------------

def ram(text, rng):
    u = Unit(text, "ram", DEPTH=20, WIDTH=9, ADDRESS=5)
    mem, q = {}, None
    for t in range(400):
        i = {"WE": rng.random() < 0.6, "WA": rng.randrange(20), "D": rng.randrange(512), "RE": rng.random() < 0.7}
        i["RA"] = i["WA"] if rng.random() < 0.3 else rng.randrange(20)      # what was there before a write at the same time
        if i["RE"]:
            q = mem.get(i["RA"])
        if i["WE"]:
            mem[i["WA"]] = i["D"]
        u.tick(i, {"Q": q})
    return u


def requant(text, rng):
    """Batch norm, rounding and activation in one: three clocks, 64 bits, ties to even, clamp."""
    word = 12
    u = Unit(text, "requant", WORD=word)
    edge = [0, 1, -1, 2**31 - 1, -2**31, 12345, -54321]
    wide = [0, 1, -1, 2**62, -2**62, 2**63 - 1, -2**63, 1 << 20, -(1 << 20)]
    pipe, kept = [], None
    for t in range(3000):
        v = rng.random() < 0.8
        big = rng.random() < 0.5
        i = {"V": v, "KIND": rng.choice([0, 0, 0, 1]), "S": rng.choice(edge) if big else rng.randrange(-5000, 5000),
             "M": rng.choice(edge) if big else rng.randrange(-300, 300), "A": rng.choice(wide) if big else rng.randrange(-2**20, 2**20), "AT": rng.randrange(65536)}
        # one layer's constants stand still while its values are in the pipeline
        if t % 60 == 0:
            while any(p for p in pipe):
                out = pipe.pop(0)
                u.tick(layer, {"WE": out is not None, "WA": out[0] if out else KEEP, "Q": out[1] if out else KEEP})
            lo, hi = sorted([rng.randrange(-2048, 2048), rng.randrange(-2048, 2048)])
            if t % 180 == 0:
                lo, hi = -2048, 2047
            if t % 240 == 60:
                lo = 0                                                       # ReLU
                hi = max(hi, 0)
            shift = rng.choice([0, 1, 5, 46, rng.randrange(47)])
            zp = rng.randrange(-200, 200)
            layer = {"SHIFT": shift, "ZP": zp, "LO": lo, "HI": hi}
            pipe = [None, None]
        i.update(layer)
        if shift and rng.random() < 0.3:                                     # a tie
            i["M"], i["S"], i["A"] = 1, 0, rng.randrange(-40, 40) << shift
        elif rng.random() < 0.3:                                             # at the ends of the clamp, and one beyond
            i["S"], i["A"] = 0, (rng.choice([lo - 1, lo, hi, hi + 1]) - zp << shift) + (shift > 0)
        if t % 60 in (20, 30, 40) and t % 2 == 0 and v:                      # a sum of two products
            i["KIND"] = 2
        elif kept is not None:
            i["KIND"], i["V"] = 3, True
        value = None
        if i["V"]:
            p = i["S"] * i["M"]
            if i["KIND"] == 2:
                kept = wrap(p + i["A"], 64)
            else:
                tt = wrap((kept if i["KIND"] == 3 else i["A"]) + p, 64)
                if i["KIND"] == 3:
                    kept = None
                q = tt >> shift
                if shift and tt & (1 << shift) - 1 == 0:
                    q &= ~1
                q = min(max(wrap(q + zp, 64), lo), hi)
                value = (i["AT"], i["S"] if i["KIND"] == 1 else q)
        pipe.append(value)
        out = pipe.pop(0)
        u.tick(i, {"WE": out is not None if t > 2 else KEEP, "WA": out[0] if out else KEEP, "Q": out[1] if out else KEEP})
    return u


def spi_port(text, rng):
    """Writes and reads of one and several words, breaks within a header and within a word; SCK an eighth of the clock and slower."""
    u = Unit(text, "spi_port")
    z = {"MISO": KEEP, "WE": 0, "RE": KEEP, "ADDR": KEEP, "WDATA": KEEP}
    u.tick({"CSN": 1}, dict(z, WE=KEEP), 4)
    u.tick({"CSN": 1, "RSTN": 1}, z, 4)

    def word(value, half, n=32, write=None, read=None, data=0):
        """n bits. write: (address) expected with the last; read: the bits that must come."""
        for b in range(n):
            bit = value >> 31 - b & 1
            miso = KEEP if read is None else read >> 31 - b & 1
            common = {"RSTN": 1, "MOSI": bit, "RDATA": data}
            u.tick(common, z, half - 1)
            u.tick(common, dict(z, MISO=miso))                               # the master looks at the rising edge
            up = dict(common, SCK=1)
            u.tick(up, z, 2)
            last = write is not None and b == n - 1                          # two clocks to synchronise, the word in the third
            u.tick(up, dict(z, WE=1, ADDR=write, WDATA=value) if last else z)
            u.tick(up, z, half - 3)

    def select(on):
        u.tick({"RSTN": 1, "CSN": not on}, z, 6)

    for half in (4, 5, 9):
        for count in (1, 3):
            a = rng.choice([0xfffff, rng.randrange(1 << 20)])
            select(True)
            word(1 << 31 | a, half)
            for k in range(count):
                word(rng.randrange(1 << 32), half, write=(a + k) & 0xfffff)
            select(False)
            select(True)
            data = rng.randrange(1 << 32)
            word(a, half, data=data)
            for k in range(count):
                word(0, half, read=data, data=data)
            select(False)
        for cut in (7, 31):                                                  # nothing is written
            select(True)
            word(1 << 31 | 5, half, n=cut)
            select(False)
            select(True)
            word(1 << 31 | 5, half)
            word(0xdeadbeef, half, n=cut)
            select(False)
    return u


def sizes(text):
    g = lambda p: int(re.search(p, text).group(1))
    rows = g(r"SGN   : in  std_logic_vector\((\d+) - 1")
    return {"rows": rows, "blocks": g(r"BSEL  : in  std_logic_vector\((\d+) - 1"), "adcs": g(r"DONE  : out std_logic_vector\((\d+) - 1"),
            "bits": g(r"AD    : out std_logic_vector\(\d+ \* (\d+) - 1"), "cols": g(r"DIN   : in  std_logic_vector\((\d+) - 1")}


def colproc(text, rng, name):
    """Shift and add in both banks; sums wrap at 32 bits."""
    s = sizes(text)
    u = Unit(text, name)
    acc, bits, top = [[None] * s["cols"] for _ in range(2)], s["bits"], 1 << s["bits"] - 1
    for t in range(3000):
        i = {"ACMD": rng.choice([0, 2, 3]) if t > 3 and t % 500 else 1, "ABANK": t % 500 >= 1 and rng.randrange(2) or 0, "ASHIFT": rng.choice([0, 3, 6]),
             "DONE": rng.randrange(1 << s["adcs"]), "RADDR": rng.randrange(s["cols"]), "RBANK": rng.randrange(2)}
        if t < 4:
            i["ABANK"] = t % 2
        code = [rng.choice([top - 1, -top, rng.randrange(-top, top)]) for _ in range(s["adcs"])]
        i["AD"] = sum((c & 2 * top - 1) << bits * k for k, c in enumerate(code))
        long = t == 1500                                                      # until every sum has wrapped
        n = 2**31 // (top - 1 << 6) + 1000 if long else 1
        if long:
            i.update(ACMD=2, ASHIFT=6, DONE=(1 << s["adcs"]) - 1, ABANK=1, AD=sum(top - 1 << bits * k for k in range(s["adcs"])), RADDR=1, RBANK=1)
            code = [top - 1] * s["adcs"]
        seen = acc[i["RBANK"]][i["RADDR"]]
        bank = acc[i["ABANK"]]
        if i["ACMD"] == 1:
            bank[:] = [0] * s["cols"]
        elif i["ACMD"]:
            for k in range(s["adcs"]):
                c = 2 * k + (i["ACMD"] & 1)
                if i["DONE"] >> k & 1 and bank[c] is not None:
                    bank[c] = wrap(bank[c] + n * (code[k] << i["ASHIFT"]), 32)
        u.tick(i, {"RDATA": seen}, n)
    return u


def rowbuf(text, rng, name):
    """Digits and signs of the chunk's rows, joined blocks, word lines; −512 drives nothing."""
    s = sizes(text)
    u = Unit(text, name)
    rows, blocks = s["rows"], s["blocks"]
    br, x = rows // blocks, [[0] * rows, [0] * rows]
    none = dict.fromkeys(("D", "SGN", "WLIN", "BSEL"), KEEP)
    for bank in range(2):
        for r in range(rows):
            x[bank][r] = rng.choice([511, -511, -512, 0, rng.randrange(-511, 512)])
            u.tick({"XWE": 1, "XADDR": r, "XDATA": x[bank][r], "XBANK": bank}, none)
    u.tick({}, dict(none, BSEL=0, WLIN=0))
    for t in range(60):
        bank, dig, bf, af = rng.randrange(2), rng.randrange(3), rng.randrange(blocks), rng.randrange(blocks)
        bc, ac = rng.randrange(blocks - bf), rng.randrange(blocks - af)
        d = sgn = care = 0
        for r in range(rows):
            on = af <= r // br <= af + ac
            d |= ((abs(x[bank][r]) & 511) >> 3 * dig & 7) << 3 * r if on else 0
        text_sgn = "".join("-" if x[bank][r] == 0 or not af <= r // br <= af + ac else str(int((x[bank][r] < 0) != (r % 2 == 1))) for r in reversed(range(rows)))
        i = {"BEN": 1, "DBANK": bank, "DIG": dig, "BFIRST": bf, "BCOUNT": bc, "AFIRST": af, "ACOUNT": ac}
        out = {"D": d, "SGN": text_sgn, "BSEL": sum(1 << k for k in range(bf, bf + bc + 1)), "WLIN": 0}
        u.tick(i, out)
        # held while BEN is high, whatever the other bank gets
        r = rng.randrange(rows)
        x[1 - bank][r] = rng.randrange(-511, 512)
        u.tick(dict(i, DIG=(dig + 1) % 3, XWE=1, XADDR=r, XDATA=x[1 - bank][r], XBANK=1 - bank), out)
        u.tick({}, dict(none, BSEL=0))
        r, plane = rng.randrange(rows), rng.randrange(4)
        u.tick({"WLEN": 1, "XADDR": r, "WPLANE": plane}, dict(none, WLIN=1 << 4 * r + plane))
        u.tick({}, dict(none, WLIN=0))
    return u


def wmem(text, rng, name):
    """Words of a row and plane shifted in from above; only with this APU's number; bit lines a clock after the address."""
    s = sizes(text)
    u = Unit(text, name, ID=2)
    per = (s["cols"] + 15) // 16
    mem, order = {}, [(r, p) for r in range(s["rows"]) for p in range(4)]
    rng.shuffle(order)
    for r, p in order[:60]:
        words = [rng.randrange(65536) for _ in range(per)]
        for w in words:
            u.tick({"CMD": 2, "ASEL": 2, "ADDR": r * 4 + p, "WDATA": w}, {"DIN": KEEP})
        u.tick({"CMD": 2, "ASEL": 1, "ADDR": r * 4 + p, "WDATA": 0xffff}, {"DIN": KEEP})      # of another APU
        u.tick({"CMD": 6, "ASEL": 2, "ADDR": r * 4 + p, "WDATA": 0xffff}, {"DIN": KEEP})      # of another memory
        mem[r, p] = sum(w << 16 * k for k, w in enumerate(words))
        r, p = rng.choice(list(mem))
        u.tick({"WADDR": r, "WPLANE": p}, {"DIN": mem[r, p]})
    return u


def main():
    design, folder, only = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    text = open(design).read()
    rng = random.Random(7)
    suffix = re.search(r"entity colproc_(\w+) is", text).group(1)
    makers = [(ram, ()), (requant, ()), (spi_port, ())] + [(m, ("%s_%s" % (m.__name__, suffix),)) for m in (colproc, rowbuf, wmem)]
    for make, extra in makers:
        if not only or make.__name__ in only:
            make(text, rng, *extra).run(folder, design)


main()
