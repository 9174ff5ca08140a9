/*
 * Two netlists: the same placements, masters, and partition of the terminals into nets. Contract in verify/verify_layout.h.
 *
 * Each side is flattened as for layout against netlist. A terminal's partner is found once per pair of masters (port bits by name),
 * then two maps, net of a to net of b and back, are filled while walking over the terminals: the netlists differ where one of
 * them is asked to hold two values.
 */
#include "verify/lvs_int.h"

#include <stdlib.h>

enum { TOLD_MAX = 20 };

typedef struct {
    Lvs v;
    LvsReport names;            /* arena of names only */
    ARRAY(uint32_t) leaf;       /* [leaf placement]: path */
    ARRAY(const char *) path;   /* [leaf placement]: name */
} Side;

typedef struct {
    Side s[2];
    uint32_t *other;            /* [leaf of a]: leaf of b, or LVS_NONE */
    uint32_t *net_ab, *net_ba;  /* [net]: partner + 1, 0 none yet */
    uint32_t *size[2];          /* [net]: terminals */
    bool *told;                 /* [net of a] */
    Map pins;                   /* cell of a << 32 | cell of b → first in pin */
    ARRAY(uint32_t) pin;        /* port bit of a → port bit of b, or LVS_NONE */
    NetlistDiff *out;
} Both;

static void tell(Both *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void tell(Both *c, const char *fmt, ...)
{
    NetlistDiff *d = c->out;
    if (d->n_cells + d->n_masters + d->n_nets + d->n_devices > TOLD_MAX) return;
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    buf_str(&d->text, line);
    buf_char(&d->text, '\n');
}

/* ---- one side --------------------------------------------------------------------------------------------- */

static void flatten(Side *s, const Db *db, CellId top)
{
    s->v = (Lvs){.db = db, .top = top, .out = &s->names};
    lvs_flatten(&s->v);
    for (uint32_t k = 1; k < s->v.path.n; k++)
        if (db->cells.v[s->v.path.v[k].cell.i].kind != CELL_BLOCK) {
            arr_push(&s->leaf, k);
            arr_push(&s->path, lvs_path_name(&s->v, k));
        }
}

static void side_free(Side *s)
{
    lvs_release(&s->v);
    arr_free(&s->leaf);
    arr_free(&s->path);
    arena_free(&s->names.arena);
}

static CellId leaf_cell(const Side *s, uint32_t leaf) { return s->v.path.v[s->leaf.v[leaf]].cell; }
static uint32_t port_bits(const Side *s, CellId c) { return s->v.bit0[c.i][s->v.db->cells.v[c.i].n_ports]; }
static const char *cell_name(const Side *s, CellId c) { return db_name(s->v.db, s->v.db->cells.v[c.i].name); }

static const char *bit_name(const Side *s, CellId c, uint32_t bit, Buf *out)
{
    uint32_t net = 0;
    while (s->v.bit0[c.i][net + 1] <= bit) net++;
    out->n = 0;
    db_bit_name(s->v.db, c, (NetId){net}, bit - s->v.bit0[c.i][net], out);
    return out->s;
}

/* ---- placements -------------------------------------------------------------------------------------------- */

/* By path where both sides have exactly the same paths. */
static bool match_names(Both *c)
{
    Side *a = &c->s[0], *b = &c->s[1];
    Names names = {0};
    Map at = {0};
    bool same = a->leaf.n == b->leaf.n;
    for (uint32_t k = 0; k < b->leaf.n; k++) map_set(&at, names_add(&names, b->path.v[k]).i, k);
    for (uint32_t k = 0; k < a->leaf.n; k++) {
        NameId n = names_find(&names, a->path.v[k]);
        if (!n.i || !map_get(&at, n.i, &c->other[k])) c->other[k] = LVS_NONE;
        same &= c->other[k] != LVS_NONE;
    }
    map_free(&at);
    names_free(&names);
    return same;
}

/* Neither by path nor by number: what only one side has. */
static void tell_missing(Both *c)
{
    bool *found = mem_calloc((size_t)c->s[1].leaf.n + 1, sizeof *found);
    for (uint32_t k = 0; k < c->s[0].leaf.n; k++) {
        if (c->other[k] != LVS_NONE) {
            found[c->other[k]] = true;
            continue;
        }
        c->out->n_cells++;
        tell(c, "only in the first: %s", c->s[0].path.v[k]);
    }
    for (uint32_t k = 0; k < c->s[1].leaf.n; k++) {
        if (found[k]) continue;
        c->out->n_cells++;
        tell(c, "only in the second: %s", c->s[1].path.v[k]);
    }
    mem_free(found);
}

static void match_cells(Both *c)
{
    uint32_t n = c->s[0].leaf.n;
    c->other = mem_calloc((size_t)n + 1, sizeof *c->other);
    c->out->by_name = match_names(c);
    if (c->out->by_name) return;
    if (n == c->s[1].leaf.n)
        for (uint32_t k = 0; k < n; k++) c->other[k] = k;
    else tell_missing(c);
}

/* ---- masters ------------------------------------------------------------------------------------------------- */

/* First entry of the table that gives b's port bit for each of a's. */
static uint32_t pin_table(Both *c, CellId a, CellId b)
{
    uint32_t first;
    uint64_t key = (uint64_t)a.i << 32 | b.i;
    if (map_get(&c->pins, key, &first)) return first;
    first = c->pin.n;
    map_set(&c->pins, key, first);
    Names names = {0};
    Map at = {0};
    Buf text = {0};
    for (uint32_t k = 0; k < port_bits(&c->s[1], b); k++) map_set(&at, names_add(&names, bit_name(&c->s[1], b, k, &text)).i, k);
    for (uint32_t k = 0; k < port_bits(&c->s[0], a); k++) {
        uint32_t to = LVS_NONE;
        NameId n = names_find(&names, bit_name(&c->s[0], a, k, &text));
        if (!n.i || !map_get(&at, n.i, &to)) to = LVS_NONE;
        arr_push(&c->pin, to);
    }
    buf_free(&text);
    map_free(&at);
    names_free(&names);
    return first;
}

static void same_masters(Both *c)
{
    for (uint32_t k = 0; k < c->s[0].leaf.n; k++) {
        if (c->other[k] == LVS_NONE) continue;
        const char *a = cell_name(&c->s[0], leaf_cell(&c->s[0], k)), *b = cell_name(&c->s[1], leaf_cell(&c->s[1], c->other[k]));
        if (str_eq(a, b)) continue;
        c->out->n_masters++;
        tell(c, "%s is a %s in the first, a %s in the second", c->s[0].path.v[k], a, b);
    }
}

static double magnitude(double x) { return x < 0 ? -x : x; }

static bool same_device(const Both *c, CellId ca, CellId cb, const DbDevice *a, const DbDevice *b)
{
    const Db *da = c->s[0].v.db, *dbb = c->s[1].v.db;
    bool mos = a->kind == DEV_NMOS || a->kind == DEV_PMOS;
    if (a->kind != b->kind) return false;
    if (mos && (a->w != b->w || a->l != b->l || a->m != b->m || !str_eq(db_name(da, a->model), db_name(dbb, b->model)))) return false;
    /* text of six digits is what the views carry */
    if (!mos && magnitude(a->value - b->value) > 1e-5 * magnitude(a->value)) return false;
    bool same = true;
    Buf x = {0}, y = {0};
    for (int t = 0; t < (mos ? 4 : 2); t++) {
        x.n = y.n = 0;
        db_bit_name(da, ca, a->t[t].net, a->t[t].bit, &x);
        db_bit_name(dbb, cb, b->t[t].net, b->t[t].bit, &y);
        same &= str_eq(x.s, y.s);
    }
    buf_free(&x);
    buf_free(&y);
    return same;
}

/* Once per pair of masters. Inner nets are matched by name here: both views of a leaf come from one record. */
static void same_devices(Both *c)
{
    Map seen = {0};
    for (uint32_t k = 0; k < c->s[0].leaf.n; k++) {
        if (c->other[k] == LVS_NONE) continue;
        CellId a = leaf_cell(&c->s[0], k), b = leaf_cell(&c->s[1], c->other[k]);
        uint64_t key = (uint64_t)a.i << 32 | b.i;
        if (map_get(&seen, key, NULL)) continue;
        map_set(&seen, key, 1);
        const DbCell *x = &c->s[0].v.db->cells.v[a.i], *y = &c->s[1].v.db->cells.v[b.i];
        uint32_t bad = x->devices.n > y->devices.n ? x->devices.n - y->devices.n : y->devices.n - x->devices.n;
        for (uint32_t q = 0; q < x->devices.n && q < y->devices.n; q++)
            if (!same_device(c, a, b, &x->devices.v[q], &y->devices.v[q])) bad++;
        if (!bad) continue;
        c->out->n_devices += bad;
        tell(c, "cell %s: %u devices differ (%u and %u)", cell_name(&c->s[0], a), bad, x->devices.n, y->devices.n);
    }
    map_free(&seen);
}

/* ---- nets ------------------------------------------------------------------------------------------------------ */

static void differ(Both *c, uint32_t net, const char *why)
{
    if (c->told[net]) return;
    c->told[net] = true;
    c->out->n_nets++;
    tell(c, "net %s of the first %s", lvs_net_name(&c->s[0].v, net), why);
}

static void pair_terms(Both *c, uint32_t ta, uint32_t tb)
{
    uint32_t a = c->s[0].v.term_net.v[ta], b = c->s[1].v.term_net.v[tb];
    if (c->net_ab[a] && c->net_ab[a] != b + 1) differ(c, a, "is several nets of the second");
    if (c->net_ba[b] && c->net_ba[b] != a + 1) differ(c, a, "shares a net of the second with another");
    if (!c->net_ab[a]) c->net_ab[a] = b + 1;
    if (!c->net_ba[b]) c->net_ba[b] = a + 1;
}

/* All port bits of a cell on both sides; used marks those of b that have a partner. */
static void pair_ports(Both *c, CellId a, CellId b, uint32_t ta, uint32_t tb)
{
    uint32_t first = pin_table(c, a, b), partners = 0, n = port_bits(&c->s[0], a), m = port_bits(&c->s[1], b);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t to = c->pin.v[first + k];
        if (to != LVS_NONE) {
            partners++;
            pair_terms(c, ta + k, tb + to);
        } else if (c->size[0][c->s[0].v.term_net.v[ta + k]] > 1) {
            differ(c, c->s[0].v.term_net.v[ta + k], "has a pin that the second lacks");
        }
    }
    if (partners == m) return;
    bool *used = mem_calloc(m, sizeof *used);
    for (uint32_t k = 0; k < n; k++)
        if (c->pin.v[first + k] != LVS_NONE) used[c->pin.v[first + k]] = true;
    for (uint32_t k = 0; k < m; k++) {
        uint32_t net = c->s[1].v.term_net.v[tb + k];
        if (used[k] || c->size[1][net] == 1) continue;
        c->out->n_nets++;
        tell(c, "net %s of the second has a pin that the first lacks", lvs_net_name(&c->s[1].v, net));
    }
    mem_free(used);
}

static void same_nets(Both *c)
{
    for (int k = 0; k < 2; k++) {
        c->size[k] = mem_calloc((size_t)c->s[k].v.net.n + 1, sizeof **c->size);
        for (uint32_t t = 0; t < c->s[k].v.term_net.n; t++) c->size[k][c->s[k].v.term_net.v[t]]++;
    }
    c->net_ab = mem_calloc((size_t)c->s[0].v.net.n + 1, sizeof *c->net_ab);
    c->net_ba = mem_calloc((size_t)c->s[1].v.net.n + 1, sizeof *c->net_ba);
    c->told = mem_calloc((size_t)c->s[0].v.net.n + 1, sizeof *c->told);
    pair_ports(c, c->s[0].v.top, c->s[1].v.top, 0, 0);
    for (uint32_t k = 0; k < c->s[0].leaf.n; k++)
        if (c->other[k] != LVS_NONE)
            pair_ports(c, leaf_cell(&c->s[0], k), leaf_cell(&c->s[1], c->other[k]), c->s[0].v.leaf_term0.v[k], c->s[1].v.leaf_term0.v[c->other[k]]);
    for (uint32_t n = 0; n < c->s[0].v.net.n; n++) c->out->nets += c->size[0][n] > 0;
}

Status netlists_equal(const Db *a, CellId top_a, const Db *b, CellId top_b, bool devices, NetlistDiff *out)
{
    *out = (NetlistDiff){0};
    Both c = {.out = out};
    flatten(&c.s[0], a, top_a);
    flatten(&c.s[1], b, top_b);
    out->cells = c.s[0].leaf.n;
    out->terminals = c.s[0].v.term_net.n;
    match_cells(&c);
    same_masters(&c);
    if (devices) same_devices(&c);
    same_nets(&c);
    for (int k = 0; k < 2; k++) {
        side_free(&c.s[k]);
        mem_free(c.size[k]);
    }
    mem_free(c.other);
    mem_free(c.net_ab);
    mem_free(c.net_ba);
    mem_free(c.told);
    map_free(&c.pins);
    arr_free(&c.pin);
    return out->n_cells + out->n_masters + out->n_nets + out->n_devices ? ST_VIOLATION : ST_OK;
}

void netlists_diff_free(NetlistDiff *d)
{
    buf_free(&d->text);
    *d = (NetlistDiff){0};
}
