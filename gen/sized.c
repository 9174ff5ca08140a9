/* Capacitors sized by extraction. */
#include "gen/sized.h"

#include "gen/drawn.h"
#include "gen/drawn_adc.h"
#include "gen/size_id.h"

#include "route/extract_leaf.h"

#include <math.h>

enum { ROUNDS = 8, PASSES = 4, BITS = ARRAY_BITS };
#define SETTLED 0.02 /* of a unit: what a converter's bits may be off */
#define OFF 2e-3 /* of a unit: more than a step of the grid leaves */

/* Capacitors of one common plate that are to be 1, 2, 4 … units. */
typedef struct {
    uint32_t n;
    uint32_t device[BITS];
    double unit;             /* F, as wanted */
} Bits;

static bool is_common(const char *name) { return str_eq(name, "COL") || str_eq(name, "top"); }

/* Smallest first; of two that are alike, the later one is not switched. */
static Bits bits_of(const Db *db, const DbCell *c)
{
    Bits b = {0};
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        if (d->kind != DEV_CAP || !is_common(db_name(db, c->nets.v[d->t[1].net.i].name)) || c->nets.v[d->t[0].net.i].use != USE_SIGNAL || b.n == BITS) continue;
        uint32_t k = b.n++;
        for (; k > 0 && c->devices.v[b.device[k - 1]].value > d->value; k--) b.device[k] = b.device[k - 1];
        b.device[k] = i;
    }
    if (b.n) b.unit = c->devices.v[b.device[0]].value;
    return b;
}

/* What each bit has: fingers alone, and all; of a converter from metal `lowest` upwards. */
static void see(const Db *db, const Tech *t, CellId cell, const Bits *b, int32_t lowest, double plate[BITS], double all[BITS])
{
    if (str_eq(db_name(db, db->cells.v[cell.i].function), "synapse")) {
        SynapseWires s;
        drawn_synapse_bits(db, t, cell, &s);
        for (uint32_t k = 0; k < b->n; k++) plate[k] = s.plate[k], all[k] = s.plate[k] + s.wire[k];
    } else {
        array_bottoms(db, t, cell, lowest, plate, all);
    }
}

/* What each bit gets from a converter's metals below those that are extracted anew each round; all: from those. Returns the farthest that a bit is off, in units. */
static double see_below(const Db *db, const Tech *t, CellId cell, const Bits *b, double unit, double plate[BITS], double all[BITS], double below[BITS])
{
    double off = 0;
    see(db, t, cell, b, 1, plate, below);
    see(db, t, cell, b, t->mom_lo - 1, plate, all);
    for (uint32_t k = 0; k < b->n; k++) {
        off = fmax(off, fabs(below[k] - unit * (1 << k)) / unit);
        below[k] -= all[k];
    }
    return off;
}

/* Lengths settle in a few rounds: what a finger covers of the wires below it changes a little with its length. What a converter's lower metals add changes less, and
 * is extracted again until nothing is far off: where lengths change much, it moves the largest bits by a tenth of a unit. Bits that stay off are added to `why`. */
static void size(Db *db, const Tech *t, CellId cell, const Bits *b, bool array, SizedOffs *why)
{
    double plate[BITS], all[BITS], below[BITS] = {0}, unit = b->unit;
    for (int pass = 0; pass < (array ? PASSES : 1); pass++) {
        bool moved = true;
        bool settled = array && see_below(db, t, cell, b, unit, plate, all, below) <= SETTLED;
        if (settled) {
            for (uint32_t k = 0; k < b->n; k++) all[k] += below[k];
            break;
        }
        for (int round = 0; moved && round < ROUNDS; round++) {
            if (!array || round) see(db, t, cell, b, array ? t->mom_lo - 1 : 1, plate, all); /* nothing has moved before an array's first round */
            for (uint32_t k = 0; k < b->n; k++) all[k] += below[k];
            for (uint32_t k = 0; array && round == 0 && pass == 0 && k < b->n; k++) unit = fmin(unit, all[k] / (1 << k));
            moved = false;
            for (uint32_t k = 0; k < b->n; k++) {
                double off = all[k] - unit * (1 << k), v = db_cell(db, cell)->devices.v[b->device[k]].value;
                moved |= draw_cap_resize(db, t, cell, b->device[k], fmax(v * (1 - off / plate[k]), 0));
            }
        }
    }
    for (uint32_t k = 0; k < b->n; k++) {
        double off = (all[k] - unit * (1 << k)) / unit;
        if (array ? fabs(off) <= ARRAY_OFF : off >= -OFF) continue;
        arr_push(&why->v, ((SizedOff){k, all[k], unit * (1 << k)}));
    }
}

/* Capacitors from inner nets of a converter to ground: the comparator gathers its charge on them, and on whatever hangs beside on their nets. */
static Bits held_of(const DbCell *c)
{
    Bits b = {0};
    for (uint32_t i = 0; i < c->devices.n && b.n < BITS; i++) {
        const DbDevice *d = &c->devices.v[i];
        if (d->kind == DEV_CAP && c->nets.v[d->t[1].net.i].use == USE_GROUND && c->nets.v[d->t[0].net.i].use == USE_SIGNAL) b.device[b.n++] = i;
    }
    return b;
}

/* All that hangs on the nets of these capacitors, and what of it are their own fingers. F */
static double gathered(const Db *db, const Tech *t, CellId cell, const Bits *b, double *plates)
{
    const DbCell *c = &db->cells.v[cell.i];
    double all = 0;
    LeafNode of[BITS];
    LeafCaps caps;
    for (uint32_t k = 0; k < b->n; k++) of[k] = (LeafNode){c->devices.v[b->device[k]].t[0].net, c->devices.v[b->device[k]].t[0].bit};
    extract_leaf_pairs(db, t, cell, 1, (LeafPairs){.a = of, .n_a = b->n}, &caps);
    *plates = 0;
    for (uint32_t k = 0; k < b->n; k++) {
        const DbDevice *d = &c->devices.v[b->device[k]];
        for (uint32_t i = 0; i < caps.v.n; i++) {
            const LeafCap *x = &caps.v.v[i];
            bool a = x->a.net.i == d->t[0].net.i && x->a.bit == d->t[0].bit;
            if (!a && (x->b.net.i != d->t[0].net.i || x->b.bit != d->t[0].bit)) continue;
            all += x->farad + x->plates;
            *plates += x->plates;
        }
    }
    leaf_caps_free(&caps);
    return all;
}

/* With all on its net each is to have the circuit's value. They are a matched pair, so that one length is right for all: the mean's. Beside their own plates
 * fingers have other neighbours, so that a second pass is needed; it leaves a percent. */
static void size_held(Db *db, const Tech *t, CellId cell, const Bits *b)
{
    double wanted = 0, plates;
    for (uint32_t k = 0; k < b->n; k++) wanted += db_cell(db, cell)->devices.v[b->device[k]].value;
    for (int pass = 0; pass < 2; pass++) {
        double all = gathered(db, t, cell, b, &plates);
        if (plates <= 0) return;
        for (uint32_t k = 0; k < b->n; k++)
            draw_cap_resize(db, t, cell, b->device[k], db_cell(db, cell)->devices.v[b->device[k]].value * fmax(1 - (all - wanted) / plates, 0));
    }
}

static bool key_of(const Db *db, const Tech *t, CellId cell, char key[65])
{
    if (!t->sha256[0]) return false;
    Buf b = {0};
    buf_printf(&b, "%s\n%s\n", SIZE_ID, t->sha256);
    db_describe(db, cell, false, &b);
    sha256_hex(b.s, b.n, key);
    buf_free(&b);
    return true;
}

void sized_quietly(Db *db, const Tech *t, CellId cell, SizedOffs *off)
{
    const char *function = db_name(db, db_cell(db, cell)->function);
    bool array = str_starts(function, "sar_adc");
    if (!array && !str_eq(function, "synapse")) return;
    Bits b = bits_of(db, db_cell(db, cell)), held = {0};
    if (array) held = held_of(db_cell(db, cell));
    uint32_t device[2 * BITS], n = 0;
    double value[2 * BITS];
    for (uint32_t k = 0; k < b.n; k++) device[n++] = b.device[k];
    for (uint32_t k = 0; k < held.n; k++) device[n++] = held.device[k];
    char key[65];
    Buf kept = {0};
    bool keep = key_of(db, t, cell, key);
    if (keep && keep_get(key, "size", sizeof value, &kept) && kept.n == n * sizeof *value) {
        memcpy(value, kept.s, kept.n);
        for (uint32_t k = 0; k < n; k++) draw_cap_resize(db, t, cell, device[k], value[k]);
    } else {
        uint32_t was = off->v.n;
        if (held.n) size_held(db, t, cell, &held);
        size(db, t, cell, &b, array, off);
        keep &= off->v.n == was;
        for (uint32_t k = 0; k < n; k++) value[k] = db_cell(db, cell)->devices.v[device[k]].value;
        if (keep) keep_put(key, "size", value, n * sizeof *value);
    }
    buf_free(&kept);
}

void sized_tell(const Db *db, CellId cell, const SizedOffs *off)
{
    for (uint32_t i = 0; i < off->v.n; i++) {
        const SizedOff *x = &off->v.v[i];
        msg_warn("DRAW-0007", (Loc){0}, "cell %s: bit %u has %.4g fF, %.4g wanted: its fingers end at the cell's height, its wires alone have more, or their lengths did not settle",
                 db_name(db, db->cells.v[cell.i].name), x->bit, x->have * 1e15, x->wanted * 1e15);
    }
}

void sized_cell(Db *db, const Tech *t, CellId cell)
{
    SizedOffs off = {0};
    sized_quietly(db, t, cell, &off);
    sized_tell(db, cell, &off);
    arr_free(&off.v);
}

void sized_wires(const Db *db, const Tech *t, CellId converter, uint32_t bits, ArrayWires *out)
{
    char key[65];
    Buf kept = {0};
    bool keep = key_of(db, t, converter, key);
    if (keep && keep_get(key, "wires", sizeof *out, &kept) && kept.n == sizeof *out) {
        memcpy(out, kept.s, sizeof *out);
    } else {
        array_wires(db, t, converter, bits, 1, out);
        if (keep) keep_put(key, "wires", out, sizeof *out);
    }
    buf_free(&kept);
}

typedef struct {
    Db *db;
    const Tech *t;
    const DrawJob *job;
    SizedOffs *off;          /* [job] */
} Sizes;

static Status size_one(void *ctx, uint32_t i)
{
    Sizes *s = ctx;
    if (s->job[i].status == ST_OK) sized_quietly(s->db, s->t, s->job[i].cell, &s->off[i]);
    return ST_OK;
}

void sized_drawn(Db *db, const Tech *t, const DrawJob *job, uint32_t n, uint32_t threads)
{
    Sizes s = {db, t, job, mem_calloc((size_t)n + 1, sizeof *s.off)};
    (void)par_for(n, threads, size_one, &s);
    for (uint32_t i = 0; i < n; i++) {
        sized_tell(db, job[i].cell, &s.off[i]);
        arr_free(&s.off[i].v);
    }
    mem_free(s.off);
}

void sized_cells(Db *db, const Tech *t, DrawJob *job, uint32_t n, uint32_t threads)
{
    draw_cells(db, t, job, n, threads);
    sized_drawn(db, t, job, n, threads);
}
