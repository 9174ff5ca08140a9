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
    def __init__(self, text, entity, clock="CLK", stops=None, **generics):
        """stops: what the simulation must end with instead of the last vector."""
        self.entity, self.generics, self.lines, self.stops = entity, generics, [], stops
        body = re.search(r"entity %s is(.*?)end entity" % entity, text, re.S).group(1)
        ports = re.sub(r"--[^\n]*", "", body[body.index("port ("):])
        self.ins, self.outs, self.clock, maps = [], [], clock, []
        for names, way, kind in re.findall(r"([\w, ]+?)\s*:\s*(in|out)\s+([^;]*?)\s*(?=;|\)\s*;\s*$)", ports[6:], re.S):
            m = re.search(r"\((.*) downto 0\)", kind)
            width = eval(m.group(1), {}, generics) + 1 if m else 1
            if "range" in kind:
                continue
            for name in [v.strip() for v in names.split(",")]:
                if name != clock:
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
        if self.stops:
            good = not m and self.stops in log and "expected" not in log
            m = re.search("(%s)" % re.escape(self.stops), log)
        print("%s %s: %s" % ("ok" if good else "not ok", self.entity, ("stops with '%s'" if self.stops else "%s clocks as computed") % m.group(1) if good else log[-600:]))


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


def ctrl(text, rng, name):
    """Instruction memory, phases, flags of digits, queue of one, READs that wait, the ring, storing, reset in the middle."""
    s, number = sizes(text), 1
    u = Unit(text, name, ID=number)
    rows, blocks, bits = s["rows"], s["blocks"], s["bits"]
    br, sample, start = rows // blocks, 2, 1                                   # 100 MHz
    out = dict.fromkeys([n for n, _, _ in u.outs], KEEP)
    phase = dict(eval=KEEP, rst=KEEP, a=KEEP, b=KEEP, we=KEEP, start=KEEP)
    c = {}
    im, half = {}, [0]

    def clear():
        c.update(bank=0, fresh=1, run_m=None, run_r=None, queue=None, machine=None, done=[0, 0], read=None, reading=None, r_bank=0, pipe=[0, 0])
        phase.update(eval=1, rst=0, a=0, b=0, we=0, start=0)
        out.update(BEN=0, WLEN=0, RBANK=0, RADDR=0, QO=0, ACMD=0, XWE=0)

    clear()
    flags = [[0] * blocks * 3, [0] * blocks * 3]

    def mvm(word, bank):
        digits, chunk, first, repeats, n = word >> 30, (word >> 24 & 63) + 1, word >> 18 & 63, (word >> 12 & 15) + 1, word & 127
        out.update(ACMD=1, ABANK=bank, DBANK=bank)
        yield
        for d in range(digits):
            for at in range(0, n, chunk):
                for again in range(repeats):
                    out.update(BEN=1, DIG=d, BFIRST=min(first + at, blocks - chunk), BCOUNT=chunk - 1, AFIRST=first + at, ACOUNT=min(chunk, n - at) - 1)
                    phase.update(eval=0, rst=1)
                    yield
                    for k in range(sample):
                        some = any(flags[bank][3 * b + d] for b in range(first + at, first + min(at + chunk, n)))
                        yield
                    phase["rst"] = 0
                    yield
                    for odd in range(2):
                        for k in range(start):
                            phase.update(eval=1, start=1)
                            yield
                        phase.update(start=0, **{"b" if odd else "a": 1})
                        yield
                        for k in range(bits):
                            yield
                        phase.update(a=0, b=0)
                        out.update(ASHIFT=3 * d)
                        if some:
                            out["ACMD"] = 2 + odd
                        if odd:
                            out["BEN"] = 0
                            if (d, at + chunk >= n, again) == (digits - 1, True, repeats - 1):
                                c.update(set=bank, end=True)
                        yield

    def store(at):
        yield
        for k in at:
            out.update(XADDR=k >> 2, WADDR=k >> 2, WPLANE=k & 3)
            yield
            yield
            out["WLEN"] = phase["we"] = 1
            yield
            out["WLEN"] = 0
            yield
            phase["we"] = 0
            c["end"] = k == at[-1]
            yield

    def advance():
        next(c["machine"])

    def tick(cmd=0, asel=number, addr=0, data=0, qi=None, reset=False):
        i = {"RSTN": not reset, "CMD": cmd, "ASEL": asel, "ADDR": addr, "WDATA": data, "QI": rng.randrange(1 << 33) if qi is None else qi, "RDATA": rng.randrange(1 << 32)}
        mine, run_m, run_r, queue, pipe, done = asel == number, c["run_m"], c["run_r"], c["queue"], list(c["pipe"]), list(c["done"])
        out.update(ACMD=0, XWE=0)
        c.update(run_m=None, run_r=None, set=None, end=False)
        if reset:
            clear()
        else:
            if c["machine"]:
                advance()
            else:
                if cmd == 3 and mine or cmd == 7:
                    c["machine"] = store([addr] if cmd == 3 else range(rows * 4))
                    advance()
                elif queue is not None:
                    c["queue"], c["machine"] = None, mvm(*queue)
                    advance()
            if run_m is not None:
                c["queue"] = run_m
            if mine and cmd == 1:
                out.update(XADDR=addr, XDATA=data, XBANK=c["bank"], XWE=1)
                if c["fresh"]:
                    flags[c["bank"]] = [0] * blocks * 3
                c["fresh"] = 0
                for d in range(3):
                    flags[c["bank"]][3 * (addr // br) + d] |= abs(data) >> 3 * d & 7 != 0
            elif mine and cmd == 4:
                c.update(run_m=(im[addr], c["bank"]), bank=1 - c["bank"], fresh=1)
            elif mine and cmd == 5:
                c["run_r"] = im[addr]
            elif mine and cmd == 6:
                if addr & 1:
                    im[addr >> 1] = data << 16 | half[0]
                else:
                    half[0] = data
            was = c["reading"]
            if was is None:
                if c["read"] is not None and done[c["r_bank"]]:
                    c["reading"], c["read"] = [c["read"] >> 16, c["read"] & 0xffff], None
                    c["done"][c["r_bank"]] = 0
            else:
                out.update(RADDR=was[0], RBANK=c["r_bank"])
                was[0], was[1] = was[0] + 1, was[1] - 1
                if was[1] == 0:
                    c["reading"], c["r_bank"] = None, 1 - c["r_bank"]
            if run_r is not None:
                c["read"] = run_r
            c["pipe"] = [was is not None, pipe[0]]
            if c["set"] is not None:
                c["done"][c["set"]] = 1
            out["QO"] = 1 << 32 | i["RDATA"] if pipe[1] else i["QI"]
        if c["end"]:
            c["machine"] = None
        text_phase = "".join("-" if k is None or phase[k] is KEEP else str(phase[k]) for k in ("start", None, "we", "b", "a", "rst", "eval"))
        u.tick(i, dict(out, PHASE=text_phase))

    def put(word, value, other=False):
        tick(6, addr=2 * word, data=value & 0xffff)
        if other:                                                            # halves for another APU come in between
            tick(6, asel=2, addr=2 * word, data=0x1234)
            tick(6, asel=2, addr=2 * word + 1, data=0x5678)
        tick(6, addr=2 * word + 1, data=value >> 16)

    def position(values):
        for r, v in values:
            tick(1, addr=r, data=v)
            if rng.random() < 0.2:
                tick(1, asel=0, addr=r, data=511)                           # not for this one

    def word(digits, chunk, first, n, repeats=1):
        return digits << 30 | chunk - 1 << 24 | first << 18 | repeats - 1 << 12 | n

    def pause(n):
        for k in range(n):
            tick(rng.choice([0, 1, 4, 5]), asel=0)

    def both(a, b):
        """Two positions at once, READs that wait, one MVM that waits."""
        position([(r, rng.choice([0, 7, -8, 100, -511])) for r in range(rows)])
        tick(4, addr=a)
        tick(5, addr=b)
        position([(r, 0 if r < 2 * br else rng.choice([0, 1, -64])) for r in range(rows)])
        tick(4, addr=a)
        pause(400)
        tick(5, addr=b)
        pause(400)

    tick(reset=True)
    tick(reset=True)
    put(5, word(3, 1, 1, 2), other=True)
    put(6, 3 << 16 | 6)
    both(5, 6)
    put(5, word(1, 3, 0, 4, 2))                                               # the next page: other words at the same place
    put(6, 0 << 16 | 1)
    both(5, 6)
    position([(r, 0) for r in range(rows)])                                   # flags begin anew: nothing is added
    tick(4, addr=5)
    tick(5, addr=6)
    pause(300)
    tick(3, addr=rows * 4 - 1)                                                # STOREW, of another APU, STORE
    pause(8)
    tick(3, asel=2, addr=9)
    pause(8)
    tick(7, asel=0)
    pause(rows * 4 * 5 + 3)
    for n in (3, 11, 30, 60):                                                # reset at any time; the memory stays, the first bank is 0 again
        position([(r, 77) for r in range(3)])
        tick(4, addr=5)
        tick(5, addr=6)
        pause(n)
        tick(reset=True)
        pause(5)
    both(5, 6)
    return u


class Noc:
    """The controller's clocks as docs/isa.md tells them: instructions two each, writer, collector and bus. The APUs are played by the test."""

    def __init__(self, text, rng, stops=None):
        self.u, self.rng = Unit(text, "noc", clock="HCLK", stops=stops), rng
        self.none = dict.fromkeys([n for n, _, _ in self.u.outs], KEEP)
        self.busy, self.bus = 0, (0, None, None, None)
        self.bus_at, self.qi = 0, []

    def tick(self, write=None, reset=False, command=None, expect=True):
        """A clock: the host's write (region, offset, value), what the controller puts on the bus unless the host does."""
        i = {"HRSTN": not reset, "CSN": 1, "QI": self.qi.pop(0) if self.qi else 0}
        asel = None
        if write:
            region, offset, value = write
            i.update(HWE=1, HADDR=region << 16 | offset, HWDATA=value)
            if region in (7, 9):
                command = (2 if region == 7 else 6, self.bus_at >> 14, self.bus_at & 0x3fff, value & 0xffff)
                self.bus_at += region == 9
            elif region == 8 and offset == 1:
                self.bus_at = value
            elif region == 8 and offset == 2:
                command = (3, value >> 14, value & 0x3fff, None)
        cmd, asel, addr, data = command or (0, None, None, None)
        o = dict(self.none, BUSY=self.busy, CMD=0 if reset else cmd)
        if cmd and not reset:
            o.update(ASEL=asel, ADDR=addr, WDATA=data)
        if reset is None or not expect:
            o = self.none
        self.u.tick(i, o)

    def put(self, region, offset, values):
        for k, v in enumerate(values):
            self.tick((region, offset + k, v & 0xffffffff))

    def start(self, instructions):
        """… all of them SETs but the last; returns before the last has its effect."""
        self.busy = 1
        self.tick((8, 0, 0))
        for k in range(2 * instructions - 1):
            self.tick()

    def conv(self, tiles, x, positions, answers, host=0.0, until=None):
        """tiles: (APU, row0, entries (channel or None), first word of its instruction, columns); x [channel][position]; answers(n): clocks from a READ to its first
        word and the words. until: clocks after which the test ends it."""
        rng, w, n = self.rng, dict(state="check", slot=0, row=0, pos=0, round=0, jump=0), len(tiles)
        used, sent, stage, col = [0] * n, [0] * n, [None, None], dict(state="seek", slot=0, pos=0, left=0)
        clocks = 0
        while col["state"] != "idle" and clocks != until:
            clocks += 1
            read = col["state"] == "seek" and sent[col["slot"]] > 0
            write = (7, 0, rng.randrange(65536)) if rng.random() < host else None
            go, command, new, began, mvm = not write and not read, None, None, None, None
            if go:
                what = stage[1]
                if what and what[0] == "row":
                    apu, row0, entries, _, _ = tiles[what[1]]
                    e = entries[what[2]]
                    command = (1, apu, row0 + what[2], 0 if e is None else x[e][what[3]] & 0xffff)
                elif what and what[0] == "mvm":
                    command, mvm = (4, tiles[what[1]][0], tiles[what[1]][3], None), what[1]
                entries = tiles[w["slot"]][2] if w["slot"] < n else []
                if w["state"] == "check":
                    if used[w["slot"]] < 2:
                        began = w["slot"]
                        w.update(state="rows", row=0, jump=0)
                elif w["state"] == "rows":
                    if w["jump"]:
                        w.update(row=w["jump"], jump=0)
                    else:
                        k = w["row"]
                        more = 0
                        while entries[k] is None and k + more + 1 < len(entries) and entries[k + more + 1] is None:
                            more += 1
                        w["row"] += 1
                        if entries[k] is not None or w["round"] < 2:
                            new = ("row", w["slot"], k, w["pos"])
                        elif more:
                            w["jump"] = k + more + 1
                    if w["row"] == len(entries):
                        w["state"] = "mvm"
                elif w["state"] == "mvm":
                    new = ("mvm", w["slot"])
                    w.update(state="check", slot=(w["slot"] + 1) % n)
                    if w["slot"] == 0:
                        w["pos"] += 1
                        w["round"] = min(2, w["round"] + 1)
                        if w["pos"] == positions:
                            w["state"] = "idle"
                stage = [new, stage[0]]
            word = self.qi[0] >> 32 if self.qi else 0
            if read and not write:
                command = (5, tiles[col["slot"]][0], tiles[col["slot"]][3] + 1, None)
                delay, words = answers(col["slot"], col["pos"])
                self.qi = [0] * (1 + delay) + [1 << 32 | v & 0xffffffff for v in words]
                col.update(state="data", left=len(words))
                self.tick(write, command=command, expect=True)
            else:
                self.tick(write, command=command)
                if col["state"] == "data" and word:
                    col["left"] -= 1
                    if col["left"] == 0:
                        used[col["slot"]] -= 1
                        sent[col["slot"]] -= 1
                        col.update(state="seek", slot=(col["slot"] + 1) % n)
                        if col["slot"] == 0:
                            col["pos"] += 1
                            if col["pos"] == positions:
                                col["state"] = "idle"
            if began is not None:
                used[began] += 1
            if mvm is not None:
                sent[mvm] += 1

    def read(self, at, values):
        """Feature-map words, two clocks behind their address."""
        for v in values:
            i = {"HRSTN": 1, "CSN": 1, "HADDR": 1 << 16 | at}
            self.u.tick(i, dict(self.none, BUSY=0))
            self.u.tick(i, dict(self.none, BUSY=0, HRDATA=v & 0xffffffff))
            at += 1


REGISTER = {k: n for n, k in enumerate("IN IN_H IN_W IN_ZP OUT OUT_H OUT_W OUT_ZP SH SW PT PL OC SHIFT LO HI PARAM SHW CHW PLANE WIDE CORE ROW0 ROWS ROW_TABLE COLS COL_TABLE TILE "
                                       "KH KW MAX IN2 IN2_ZP COUNT FIRST STEP TABLE".split())}


def noc_program():
    """Two APUs work on every position of a 1 × 1 convolution of two channels; the second completes what the first begins."""
    zp, positions, out = 3, 5, 20
    sets = [("IN", 0), ("IN_H", 1), ("IN_W", positions), ("IN_ZP", zp), ("OUT", out), ("OUT_H", 1), ("OUT_W", positions), ("OUT_ZP", -1), ("SH", 1), ("SW", 1), ("PT", 0), ("PL", 0),
            ("SHIFT", 1), ("LO", -100), ("HI", 100), ("PARAM", 1), ("SHW", positions), ("PLANE", positions), ("WIDE", 0), ("STEP", 4)]
    for apu, row0, rows, rt, cols, ct, tile in ((0, 16, 6, 0, 2, 0, 9), (2, 0, 3, 6, 1, 2, 4)):
        sets += [("CORE", apu), ("ROW0", row0), ("ROWS", rows), ("ROW_TABLE", rt), ("COLS", cols), ("COL_TABLE", ct), ("TILE", tile)]
    tiles = [(0, 16, [0, None, None, None, 1, None], 9, 2), (2, 0, [None, None, 1], 4, 1)]
    words = [1 << 24 | REGISTER[k] << 18 | v & 0x3ffff for k, v in sets]
    table, entry = [], [channel for t in tiles for channel in t[2]]
    for t in tiles:
        for k, e in enumerate(t[2]):
            more = 0
            while e is None and k + more + 1 < len(t[2]) and t[2][k + more + 1] is None:
                more += 1
            table.append(more << 16 | 0xffff if e is None else e * positions << 16)
    return zp, positions, out, words, tiles, table


def noc(text, rng):
    """Instructions on two pages, both APUs' rows and reads on the bus, the host's weights in between, APUs that let wait, reset in the middle."""
    t = Noc(text, rng)
    zp, positions, out, words, tiles, table = noc_program()
    t.tick(reset=True, expect=False)
    t.tick(reset=True)
    t.tick()
    for offset in (0, 1):                                                    # commands of the host while nothing runs
        t.tick((8, 1, 2 << 14 | 5 + offset))
        t.tick((9, 0, 0xabcd))
        t.tick((9, 0, 0x1234))
        t.tick((7, 0, 0x7777))
    t.tick((8, 2, 1 << 14 | 33))
    x = [[rng.randrange(-60, 60) for p in range(positions)] for k in range(2)]
    columns = [(0 << 4) | 8 | 4, 0 << 4, 0]
    columns = [0 << 4 | 4 | 0, 1 << 4 | 8 | 4 | 1, 0 << 4 | 8 | 2]                  # output 0: slice 0, then slice 2 of the other APU; output 1: slice 1
    t.put(5, 0, table)
    t.put(6, 0, columns)
    t.put(2, 1, [5, -7])
    t.put(3, 1, [1 + 1, 1 + 40])
    t.put(4, 1, [0, 0])

    def run(answers, host=0.0, until=None):
        for k in range(2):
            t.put(1, k * positions, [v + zp for v in x[k]])
        half = len(words) // 2
        t.put(0, 0, words[:half] + [7 << 24 | 1])
        t.start(half + 1)
        t.busy = 0                                                            # PAGE
        t.tick()
        t.tick()
        t.put(0, 0, words[half:] + [2 << 24 | 0b101, 0])
        t.start(len(words) - half + 1)
        t.tick()
        t.conv(tiles, x, positions, answers, host, until)

    def result(values):
        """Both outputs at all positions, from what the APUs have answered."""
        q = []
        for o in range(2):
            for p in range(positions):
                acc = values[0, p][0] + (values[1, p][0] << 6) if o == 0 else values[0, p][1] << 3
                v = acc * (5, -7)[o] + (2, 41)[o]
                r = v >> 1
                r = r - (r & 1) if v & 1 == 0 else r
                q.append(min(max(r - 1, -100), 100))
        return q

    for delay, host in ((0, 0.0), (1, 0.3), (70, 0.0), (25, 0.5), (None, 0.2)):
        values = {(s, p): [rng.randrange(-9, 9) for k in range(tiles[s][4])] for s in range(2) for p in range(positions)}
        run(lambda s, p: (rng.randrange(40) if delay is None else delay, values[s, p]), host)
        for k in range(8 + 2):                                                # DRAIN, fetch and decode of HALT
            t.busy = k < 9
            t.tick()
        t.read(out, result(values))
        if delay == 1:                                                        # the writer has begun two positions when it is stopped
            for stop in (3, 17, 44):
                run(lambda s, p: (500, [0] * tiles[s][4]), until=stop)
                t.qi, t.busy = [], 0
                t.tick(reset=True)
                t.tick()
                t.tick()
    return t.u


def noc_illegal(text, rng):
    t = Noc(text, rng, stops="noc: unknown instruction")
    t.tick(reset=True, expect=False)
    t.tick(reset=True)
    t.put(0, 0, [1 << 24, 0x55000000])
    t.start(2)
    t.tick()
    t.tick()
    return t.u


def main():
    design, folder, only = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    text = open(design).read()
    rng = random.Random(7)
    suffix = re.search(r"entity colproc_(\w+) is", text).group(1)
    makers = [(m, ()) for m in (ram, requant, spi_port, noc, noc_illegal)] + [(m, ("%s_%s" % (m.__name__, suffix),)) for m in (colproc, rowbuf, wmem, ctrl)]
    for make, extra in makers:
        if not only or make.__name__ in only:
            make(text, rng, *extra).run(folder, design)


main()
