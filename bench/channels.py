#!/usr/bin/python3
"""Made-up channels for the router, the same for the same arguments: channels.py KIND COLUMNS NETS SEED > FILE.chan

KIND: random  pins of a net anywhere, both sides; 2 to 5 pins          local   pins of a net within 60 columns
      dense   every column has a pin on both sides                     sparse  three columns of four are empty
      cyclic  pairs of nets that exclude each other's order, free columns between
      bus     net i from top column 2i to bottom column 2i + shift     river   every net's two pins in the same order on both sides
      ends    like local, a tenth of the nets leave at the left or right end
      mixed   local, with nets that run straight through one column and nets of one pin
      Every column with two pins: perm  two-pin nets, any order below;  near  shuffled by up to 30 columns;  full  any net anywhere;
      localfull  nets near their place;  cycles  rings of 2 to 5 nets;  crossing  pairs that cross, an eighth of the columns empty
      (these count their nets themselves: NETS is not looked at)
"""
import random
import sys


def free_slots(n, rng, step=1):
    slots = [(c, s) for c in range(0, n, step) for s in (0, 1)]
    rng.shuffle(slots)
    return slots


def spread(n, nets, rng, reach, step=1, fill=False):
    """Pins by net; a net's pins lie within `reach` columns of each other."""
    pin = [[0] * n, [0] * n]
    free = {(c, s) for c in range(0, n, step) for s in (0, 1)}
    for k in range(1, nets + 1):
        want = rng.choice((2, 2, 2, 3, 3, 4, 5))
        start = rng.randrange(0, max(1, n - reach + 1))
        got = []
        for _ in range(40 * want):
            p = (min(n - 1, start + rng.randrange(reach)) // step * step, rng.randrange(2))
            if p in free:
                free.discard(p)
                got.append(p)
            if len(got) == want:
                break
        if len(got) < 2:
            free.update(got)
            continue
        for c, s in got:
            pin[s][c] = k
    if fill:
        used = sorted({k for r in pin for k in r if k})
        span = {k: [c for r in pin for c in range(n) if r[c] == k] for k in used}
        for c, s in sorted(free):
            near = [k for k in used if span[k][0] <= c <= span[k][-1] or min(abs(c - x) for x in span[k]) < reach]
            if near:
                pin[s][c] = rng.choice(near)
    return pin


def perm(n, rng):
    top = list(range(1, n + 1))
    rng.shuffle(top)
    bottom = top[:]
    rng.shuffle(bottom)
    return [top, bottom]


def near(n, rng):
    key = [i + rng.random() * 30 for i in range(n)]
    return [list(range(1, n + 1)), [i + 1 for i in sorted(range(n), key=lambda i: key[i])]]


def full(n, rng):
    nets = max(3, n // 3)
    return [[rng.randint(1, nets) if rng.random() < 1.0 else 0 for _ in range(n)] for _ in (0, 1)]


def localfull(n, rng):
    nets = max(4, n * 2 // 5)
    return [[max(1, min(nets, int(i * nets / n) + rng.randint(0, 20))) if rng.random() < 1.0 else 0 for i in range(n)] for _ in (0, 1)]


def cycles(n, rng):
    pin, k, c = [[0] * n, [0] * n], 1, 0
    while c + 8 < n:
        m = rng.randint(2, 5)
        for i in range(m):
            pin[0][c + i], pin[1][c + i] = k + i, k + (i + 1) % m
        c += m + (rng.random() < 0.5)
        k += m
    return pin


def crossing(n, rng):
    pin, cols, k = [[0] * n, [0] * n], list(range(n)), 1
    rng.shuffle(cols)
    while len(cols) >= 3:
        x, y = cols.pop(), cols.pop()
        if rng.random() < 0.25:
            cols.pop()
        pin[0][x], pin[1][x], pin[0][y], pin[1][y] = k, k + 1, k + 1, k
        k += 2
    return pin


TWO_SIDED = {"perm": (perm, "p"), "near": (near, "pl"), "full": (full, "uf"), "localfull": (localfull, "lf"), "cycles": (cycles, "c"),
             "crossing": (crossing, "lc")}


def channel(kind, n, nets, seed):
    if kind in TWO_SIDED:
        make, tag = TWO_SIDED[kind]
        return make(n, random.Random("%s%d%d" % (tag, n, seed))), ([], [])
    rng = random.Random("%s %d %d %d" % (kind, n, nets, seed))
    ends = ([], [])
    if kind == "random":
        pin = spread(n, nets, rng, n)
    elif kind == "local":
        pin = spread(n, nets, rng, min(n, 60))
    elif kind == "dense":
        pin = spread(n, nets, rng, min(n, 60), fill=True)
    elif kind == "sparse":
        pin = spread(n, nets, rng, n, step=4)
    elif kind == "cyclic":
        pin = [[0] * n, [0] * n]
        k = 1
        while 2 * (k // 2) * 5 + 5 <= n and k + 1 <= nets:
            c = rng.randrange(3) + (k // 2) * 10
            w = 3 + rng.randrange(4)
            if c + w >= n:
                break
            pin[0][c], pin[1][c], pin[0][c + w], pin[1][c + w] = k, k + 1, k + 1, k
            k += 2
    elif kind in ("bus", "river"):
        pin = [[0] * n, [0] * n]
        if kind == "bus":
            shift = max(1, n - 2 * nets) | 1
            for i in range(nets):
                if 2 * i + shift < n:
                    pin[0][2 * i] = pin[1][2 * i + shift] = i + 1
        else:
            a, b = sorted(rng.sample(range(n), nets)), sorted(rng.sample(range(n), nets))
            for i in range(nets):
                pin[0][a[i]] = pin[1][b[i]] = i + 1
    elif kind == "ends":
        pin = spread(n, nets, rng, min(n, 60))
        used = sorted({k for r in pin for k in r if k})
        at = {k: [c for r in pin for c in range(n) if r[c] == k] for k in used}
        some = sorted(used, key=lambda k: min(at[k]))[: max(1, len(used) // 10)]
        ends = (some, sorted(used, key=lambda k: -max(at[k]))[: max(1, len(used) // 10)])
    elif kind == "mixed":
        pin = spread(n, nets, rng, min(n, 60))
        k = nets + 1
        for c in range(n):
            if pin[0][c] == pin[1][c] == 0 and rng.randrange(3) == 0:
                pin[0][c] = k
                if rng.randrange(2):
                    pin[1][c] = k
                k += 1
    else:
        sys.exit("channels.py: no kind " + kind)
    return pin, ends


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    pin, ends = channel(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    for row in pin:
        print(*row)
    for word, v in zip(("left", "right"), ends):
        if v:
            print(word, *v)


main()
