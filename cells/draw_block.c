/*
 * Large cells: their transistors are taken apart into parts (gates, switches), each different part is drawn once as a row cell of its
 * own, and the drawn parts are placed in rows; what remains are the wires between them (draw.c).
 *
 * A part is what the circuit names as one: devices that follow each other, of one flavour, whose names differ behind the last '_' only. A
 * part with more gate columns than can be wired in a row on two metals is cut into equal slices of parallel fingers.
 *
 * Parts stand in a line that is folded into the rows like a snake; the line is improved by simulated annealing (take a part out, put it
 * in elsewhere). Cost: half the perimeter of each net's box, pins that are there included. The random numbers are always the same ones for one variant.
 *
 * Source  Kirkpatrick, Gelatt, Vecchi 1983.
 */
#include "cells/draw_int.h"

#include <math.h>
#include <stdlib.h>

enum { LARGE = 72 /* fingers of a cell that is drawn in parts */, SLICE = 16 /* fingers of a kind in a slice, at most */,
       PAIRED = 8 /* the same of matched pairs, whose gates alternate */, OFFERS = 8 /* orders of a part */, MOVES = 300, MOVES_MAX = 40000 };

/* A different part: a cell of the workshop, ports first: VDD, VSS, then its nets in order of use. */
typedef struct {
    CellId cell;
    char *key;               /* what it is made of */
    int32_t pitches;         /* its width, in gate pitches */
    uint32_t n_nets;         /* without the supplies */
    uint32_t *order;         /* [n_nets] number in order of use of the cell's nets behind the supplies */
} Type;

typedef struct {
    uint32_t type, flavour;
    uint32_t net0;           /* its nets in Block.net, as many as the type has */
    int32_t row, span, x;    /* placed; gate pitches from the first, taps between not counted */
} Item;

typedef struct {
    const Db *db;
    const Tech *t;
    CellId c;
    const RowGeom *g;
    int32_t rows, cap;       /* gate pitches in a row's span between taps */
    int32_t lift;            /* 0: parts are measured, not drawn */
    uint32_t variant;        /* of the random numbers */
    Db shop;                 /* the parts' cells */
    Map users;               /* net of the cell -> devices that use it */
    ARRAY(Type) type;
    ARRAY(Item) item;
    ARRAY(DrawNet) net;
    ARRAY(const char *) flavour;
    DrawNets nets;           /* of the cell: what wires join */
    Box *box, *pin;          /* [net] of the cell */
    bool *has_pin;
} Block;

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }

static const DbCell *cell_of(const Block *k) { return &k->db->cells.v[k->c.i]; }

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

static const TechDevice *device_of(const Block *k, const DbDevice *d)
{
    for (uint32_t i = 0; i < k->t->devices.n; i++)
        if (str_eq(k->t->devices.v[i].model, db_name(k->db, d->model))) return &k->t->devices.v[i];
    assert(!"device of another technology");
    return NULL;
}

static bool is_supply(const Block *k, NetId n)
{
    NetUse use = cell_of(k)->nets.v[n.i].use;
    return use == USE_POWER || use == USE_GROUND;
}

static uint64_t key_of(NetId n, uint32_t bit) { return (uint64_t)n.i << 32 | bit; }

static void count_users(Block *k)
{
    const DbCell *c = cell_of(k);
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int q = 0; q < 3 && c->devices.v[i].kind <= DEV_PMOS; q++) {
            uint32_t n = 0;
            uint64_t key = key_of(c->devices.v[i].t[q].net, c->devices.v[i].t[q].bit);
            map_get(&k->users, key, &n);
            map_set(&k->users, key, n + 1);
        }
}

static bool same_node(const DbDevice *a, int p, const DbDevice *b, int q) { return a->t[p].net.i == b->t[q].net.i && a->t[p].bit == b->t[q].bit; }

/* Shorted devices (dummies) stand beside others of their net, so that their gates form banks. */
static bool same_part(const Block *k, const DbDevice *a, const DbDevice *b)
{
    bool da = same_node(a, 0, a, 2), db = same_node(b, 0, b, 2);
    if (da != db || (da && !same_node(a, 0, b, 0))) return false;
    /* a matched pair is a part, with the pair of the other kind that follows */
    if (!a->pair != !b->pair || (a->pair && a->pair != b->pair && a->kind == b->kind)) return false;
    const char *x = db_name(k->db, a->name), *y = db_name(k->db, b->name), *xe = strrchr(x, '_'), *ye = strrchr(y, '_');
    size_t n = xe ? (size_t)(xe - x) : strlen(x), m = ye ? (size_t)(ye - y) : strlen(y);
    const char *p = device_of(k, a)->mark, *q = device_of(k, b)->mark;
    bool mark = p == q || (p && q && str_eq(p, q));
    return mark && n == m && strncmp(x, y, n) == 0;
}

static uint32_t flavour_of(Block *k, const char *mark)
{
    for (uint32_t i = 0; i < k->flavour.n; i++) {
        const char *m = k->flavour.v[i];
        if (m == mark || (m && mark && str_eq(m, mark))) return i;
    }
    arr_push(&k->flavour, mark);
    return k->flavour.n - 1;
}

/* One slice of a part: its devices with their share of the fingers, its nets. */
typedef struct {
    ARRAY(DbDevice) dev;
    ARRAY(DrawNet) net;      /* in order of use */
    ARRAY(uint32_t) uses;    /* [net] by devices of the slice */
    bool whole;              /* it is the whole part: other slices have all nets in common with it */
} Slice;

static uint32_t net_of(Slice *s, NetId n, uint32_t bit)
{
    for (uint32_t i = 0; i < s->net.n; i++)
        if (s->net.v[i].net.i == n.i && s->net.v[i].bit == bit) return i;
    arr_push(&s->net, ((DrawNet){n, bit}));
    arr_push(&s->uses, 0);
    return s->net.n - 1;
}

/* Fingers n·i/of … of each device, as cells_draw folds them. */
static void cut_slice(const Block *k, const DbDevice *dev, uint32_t n, int32_t i, int32_t of, Slice *s)
{
    s->dev.n = s->net.n = s->uses.n = 0;
    s->whole = of == 1;
    for (uint32_t q = 0; q < n; q++) {
        DbDevice d = dev[q];
        const TechDevice *td = device_of(k, &d);
        int32_t f = draw_finger_count(k->g, td, &d), steps = d.w / td->w_grid, w = 0, each = d.pair && f % 2 == 0 ? 2 : 1; /* pairs stay even */
        for (int32_t x = f / each * i / of * each; x < f / each * (i + 1) / of * each; x++) w += steps / f + (x < steps % f);
        if (w == 0) continue;
        d.w = w * td->w_grid;
        arr_push(&s->dev, d);
        for (int t = 0; t < 3; t++) {
            if (is_supply(k, d.t[t].net)) continue;
            uint32_t at = net_of(s, d.t[t].net, d.t[t].bit);
            s->uses.v[at]++;
        }
    }
}

/* Does a net leave the slice? */
static bool leaves(const Block *k, const Slice *s, uint32_t i)
{
    uint32_t users = 0;
    DrawNet n = s->net.v[i];
    map_get(&k->users, key_of(n.net, n.bit), &users);
    return !s->whole || n.net.i < cell_of(k)->n_ports || users > s->uses.v[i];
}

/* What a slice is made of, as text: equal texts, equal drawings. */
static char *slice_key(const Block *k, Slice *s)
{
    Buf b = {0};
    for (uint32_t i = 0; i < s->net.n; i++) buf_char(&b, leaves(k, s, i) ? 'p' : 'i');
    for (uint32_t i = 0; i < s->dev.n; i++) {
        const DbDevice *d = &s->dev.v[i];
        buf_printf(&b, "|%s%s %d %d %d", d->pair ? "=" : "", db_name(k->db, d->model), d->w, d->l, d->m);
        for (int t = 0; t < 3; t++) {
            if (is_supply(k, d->t[t].net)) buf_str(&b, cell_of(k)->nets.v[d->t[t].net.i].use == USE_POWER ? " vdd" : " vss");
            else buf_printf(&b, " %u", net_of(s, d->t[t].net, d->t[t].bit));
        }
    }
    char *key = mem_calloc(b.n + 1, 1);
    memcpy(key, b.s, b.n);
    buf_free(&b);
    return key;
}

/* ---- drawing of the different parts ------------------------------------------------------------------------------------ */

static void type_cell(Block *k, Slice *s, Type *out)
{
    char name[16];
    snprintf(name, sizeof name, "p%u", k->type.n);
    out->cell = db_add_cell(&k->shop, name, CELL_LEAF, "part");
    out->n_nets = s->net.n;
    NetId rail[2] = {db_add_port(&k->shop, out->cell, "VDD", 1, DIR_INOUT, USE_POWER), db_add_port(&k->shop, out->cell, "VSS", 1, DIR_INOUT, USE_GROUND)};
    NetId *net = mem_calloc(s->net.n + 1, sizeof *net);
    out->order = mem_calloc(s->net.n + 1, sizeof *out->order);
    for (int inner = 0; inner < 2; inner++) /* ports first */
        for (uint32_t i = 0; i < s->net.n; i++) {
            if (leaves(k, s, i) == inner) continue;
            snprintf(name, sizeof name, "n%u", i);
            out->order[db_cell(&k->shop, out->cell)->nets.n - 2] = i;
            net[i] = inner ? db_add_net(&k->shop, out->cell, name, 1, USE_SIGNAL) : db_add_port(&k->shop, out->cell, name, 1, DIR_INOUT, USE_SIGNAL);
        }
    for (uint32_t i = 0; i < s->dev.n; i++) {
        DbDevice d = s->dev.v[i];
        snprintf(name, sizeof name, "m%u", i);
        d.name = names_add(&k->shop.names, name);
        d.model = names_add(&k->shop.names, db_name(k->db, d.model));
        for (int t = 0; t < 4; t++) {
            NetId was = d.t[t].net;
            d.t[t].net = is_supply(k, was) ? rail[cell_of(k)->nets.v[was.i].use == USE_GROUND] : net[net_of(s, was, d.t[t].bit)];
            d.t[t].bit = 0;
        }
        arr_push(&db_cell(&k->shop, out->cell)->devices, d);
    }
    mem_free(net);
}

/* The number of the slice's type, drawn if it is a new one; −1: no wires found. */
static int32_t type_of(Block *k, Slice *s, DrawParts *sum)
{
    char *key = slice_key(k, s);
    for (uint32_t i = 0; i < k->type.n; i++)
        if (str_eq(k->type.v[i].key, key)) {
            mem_free(key);
            return k->type.v[i].pitches ? (int32_t)i : -1;
        }
    Type x = {.key = key};
    type_cell(k, s, &x);
    RowGeom g;
    DrawStats st = {0};
    int32_t w = 0;
    bool rows = draw_rows(k->t, false, &g) == ST_OK; /* of a part: the taps of the cell are none of its own */
    for (uint32_t v = 0; v < OFFERS && k->lift && !w && rows; v++) { /* until others reach its nets */
        DbCell *c = db_cell(&k->shop, x.cell);
        c->shapes.n = 0;
        c->box = (Box){0};
        if (cells_draw(&k->shop, k->t, x.cell, &(DrawSpec){.rows = 1, .levels = k->lift, .lift = k->lift, .variant = v, .quiet = true}, &st) != ST_OK) break;
        if (draw_offers_all(&k->shop, &g, x.cell, k->lift)) w = db_cell(&k->shop, x.cell)->box.x1;
    }
    if (!k->lift && rows) w = draw_known_width(&k->shop, k->t, x.cell, &g);
    msg_verbose("draw: part %.60s: %u fingers, %u columns, %d dbu", key, st.fingers, st.columns, w);
    /* wires inside need about a pitch more than the columns */
    x.pitches = w ? (w + k->t->gate_pitch - 1) / k->t->gate_pitch + !k->lift : 0;
    sum->fingers += st.fingers;
    sum->columns += st.columns;
    sum->breaks += st.breaks;
    arr_push(&k->type, x);
    return w ? (int32_t)k->type.n - 1 : -1;
}

static bool slices(Block *k, const DbDevice *dev, uint32_t n, int32_t of, Slice *s, DrawParts *sum)
{
    for (int32_t i = 0, n_item = (int32_t)k->item.n, n_net = (int32_t)k->net.n; i < of; i++) {
        cut_slice(k, dev, n, i, of, s);
        if (!s->dev.n) continue;
        int32_t type = type_of(k, s, sum);
        if (type < 0 || k->type.v[type].pitches > k->cap) {
            k->item.n = (uint32_t)n_item, k->net.n = (uint32_t)n_net;
            return false;
        }
        arr_push(&k->item, ((Item){(uint32_t)type, 0, k->net.n, 0, 0}));
        k->item.v[k->item.n - 1].flavour = flavour_of(k, device_of(k, &dev[0])->mark);
        for (uint32_t q = 0; q < s->net.n; q++) arr_push(&k->net, s->net.v[q]);
    }
    return true;
}

/* A part in as few slices as can be drawn. */
static bool add_part(Block *k, const DbDevice *dev, uint32_t n, Slice *s, DrawParts *sum)
{
    int32_t fingers[2] = {0, 0}, most = 1;
    for (uint32_t q = 0; q < n; q++) {
        int32_t f = draw_finger_count(k->g, device_of(k, &dev[q]), &dev[q]) * dev[q].m;
        fingers[dev[q].kind == DEV_PMOS] += f;
        most = max32(most, f);
    }
    int32_t limit = dev[0].pair ? PAIRED : SLICE, of = (max32(fingers[0], fingers[1]) + limit - 1) / limit;
    for (; of <= most; of += (of + 2) / 3)
        if (slices(k, dev, n, of, s, sum)) return true;
    return slices(k, dev, n, most, s, sum);
}

static Status find_parts(Block *k, DrawParts *sum)
{
    const DbCell *c = cell_of(k);
    Slice s = {0};
    Status st = ST_OK;
    for (uint32_t i = 0, n; i < c->devices.n && st == ST_OK; i += n) {
        n = draw_part_end(k->db, k->t, k->c, i) - i;
        if (c->devices.v[i].kind > DEV_PMOS) continue;
        if (!add_part(k, &c->devices.v[i], n, &s, sum)) /* told where it is to be drawn */
            st = k->lift && k->rows == INT32_MAX ? ST_VIOLATION : msg_error(ST_VIOLATION, "DRAW-0005", (Loc){0}, "cell %s: the part of transistor %s cannot be wired in a row of %d gate pitches", db_name(k->db, c->name),
                           db_name(k->db, c->devices.v[i].name), k->cap);
    }
    arr_free(&s.dev), arr_free(&s.net), arr_free(&s.uses);
    return st;
}

/* ---- places --------------------------------------------------------------------------------------------------------------- */

static int by_flavour(const void *pa, const void *pb)
{
    const Item *a = pa, *b = pb;
    if (a->flavour != b->flavour) return a->flavour < b->flavour ? -1 : 1;
    return (a->net0 > b->net0) - (a->net0 < b->net0);
}

/* Fill spans of `cap` pitches one after the other, in odd rows from the right; a new flavour begins a new row. Returns rows used. */
static int32_t fill(Block *k, int32_t cap)
{
    int32_t n = k->g->spans, at = 0, x = 0;
    for (uint32_t i = 0; i < k->item.n; i++) {
        Item *a = &k->item.v[i];
        int32_t w = k->type.v[a->type].pitches;
        bool other = i && a->flavour != k->item.v[i - 1].flavour;
        if (i && (x + w > cap || other)) {
            at = other ? (at / n + 1) * n : at + 1;
            x = 0;
        }
        a->row = at / n;
        a->span = a->row % 2 ? n - 1 - at % n : at % n;
        a->x = a->span * k->g->span + (a->row % 2 ? cap - x - w : x);
        x += w;
    }
    return at / n + 1;
}

static void widen(Box *b, int32_t x, int32_t y) { *b = (Box){min32(b->x0, x), min32(b->y0, y), max32(b->x1, x), max32(b->y1, y)}; }

/* Length of all wires, dbu. */
static int64_t cost(Block *k, int32_t cap)
{
    if (fill(k, cap) > k->rows) return INT64_MAX / 4;
    for (uint32_t i = 0; i < k->nets.v.n; i++) k->box[i] = (Box){INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    for (uint32_t i = 0; i < k->item.n; i++) {
        const Item *a = &k->item.v[i];
        int32_t x = draw_x(k->g, 2 * a->x + k->type.v[a->type].pitches), y = a->row * k->g->h + k->g->h / 2;
        for (uint32_t q = 0; q < k->type.v[a->type].n_nets; q++) widen(&k->box[draw_net(&k->nets, k->net.v[a->net0 + q].net, k->net.v[a->net0 + q].bit)], x, y);
    }
    int64_t sum = 0;
    for (uint32_t i = 0; i < k->nets.v.n; i++) {
        Box b = k->box[i];
        if (k->has_pin[i]) {
            const Box *p = &k->pin[i];
            b = (Box){min32(b.x0, p->x1), min32(b.y0, p->y1), max32(b.x1, p->x0), max32(b.y1, p->y0)};
        }
        sum += (int64_t)b.x1 - b.x0 + b.y1 - b.y0;
    }
    return sum;
}

static void move(Item *v, uint32_t from, uint32_t to)
{
    Item x = v[from];
    for (; from < to; from++) v[from] = v[from + 1];
    for (; from > to; from--) v[from] = v[from - 1];
    v[to] = x;
}

static void improve(Block *k, int32_t cap)
{
    uint32_t n = k->item.n, moves = min32((int32_t)n * MOVES, MOVES_MAX);
    Rng r = rng_make(1, k->variant);
    int64_t now = cost(k, cap), best = now;
    Item *kept = mem_calloc(n + 1, sizeof *kept);
    memcpy(kept, k->item.v, n * sizeof *kept);
    double hot = (double)now / n / 2, cold = k->g->half;
    for (uint32_t i = 0; i < moves; i++) {
        double heat = hot * pow(cold / hot, (double)i / moves);
        uint32_t a = rng_below(&r, n), b = rng_below(&r, n);
        if (a == b || k->item.v[a].flavour != k->item.v[b].flavour) continue;
        move(k->item.v, a, b);
        int64_t then = cost(k, cap);
        if (then <= now || rng_double(&r) < exp((double)(now - then) / heat)) {
            now = then;
            if (now >= best) continue;
            best = now;
            memcpy(kept, k->item.v, n * sizeof *kept);
        } else {
            move(k->item.v, b, a);
        }
    }
    memcpy(k->item.v, kept, n * sizeof *kept);
    mem_free(kept);
    fill(k, cap);
    msg_verbose("draw: %u parts, %u different, in %d rows of %d x %d pitches, wires %lld dbu", n, k->type.n, k->rows, k->g->spans, cap, (long long)best);
}

/* Least length of spans, in pitches, that holds all parts. */
static int32_t least(Block *k)
{
    int32_t lo = 1, hi = 1;
    for (uint32_t i = 0; i < k->item.n; i++) {
        lo = max32(lo, k->type.v[k->item.v[i].type].pitches);
        hi += k->type.v[k->item.v[i].type].pitches;
    }
    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;
        if (fill(k, mid) <= k->rows) hi = mid;
        else lo = mid + 1;
    }
    return hi;
}

/* What is left of each span goes between its parts, evenly. */
static void spread(Block *k)
{
    for (int32_t at = 0; at < k->rows * k->g->spans; at++) {
        int32_t row = at / k->g->spans, span = at % k->g->spans, n = 0, used = 0, i = 0, x = span * k->g->span;
        for (uint32_t q = 0; q < k->item.n; q++) {
            if (k->item.v[q].row != row || k->item.v[q].span != span) continue;
            n++;
            used += k->type.v[k->item.v[q].type].pitches;
        }
        for (uint32_t q = 0; q < k->item.n; q++) {
            Item *a = &k->item.v[row % 2 ? k->item.n - 1 - q : q];
            if (a->row != row || a->span != span) continue;
            a->x = x + (int32_t)((int64_t)(k->cap - used) * (2 * i + 1) / (2 * n));
            x += k->type.v[a->type].pitches;
            i++;
        }
    }
}

static void find_pins(Block *k)
{
    const DbCell *c = cell_of(k);
    for (uint32_t i = 0; i < k->net.n; i++) draw_net(&k->nets, k->net.v[i].net, k->net.v[i].bit);
    k->box = mem_calloc(k->nets.v.n + 1, sizeof *k->box);
    k->pin = mem_calloc(k->nets.v.n + 1, sizeof *k->pin);
    k->has_pin = mem_calloc(k->nets.v.n + 1, 1);
    for (uint32_t i = 0; i < k->nets.v.n; i++)
        for (uint32_t q = 0; q < c->shapes.n; q++) {
            const DbShape *s = &c->shapes.v[q];
            if (s->kind != SHAPE_PIN || s->net.i != k->nets.v.v[i].net.i || s->bit != k->nets.v.v[i].bit) continue;
            k->pin[i] = s->box;
            k->has_pin[i] = true;
        }
}

static Status place(Block *k)
{
    qsort(k->item.v, k->item.n, sizeof *k->item.v, by_flavour);
    int32_t need = least(k);
    if (need > k->cap)
        return msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: %u parts need %d rows of %d x %d gate pitches, there are %d", db_name(k->db, cell_of(k)->name),
                         k->item.n, k->rows, k->g->spans, need, k->cap);
    find_pins(k);
    improve(k, min32(k->cap, need + need / 16 + 1));
    spread(k);
    return ST_OK;
}

/* ---- shapes ---------------------------------------------------------------------------------------------------------------- */

/* Wells, implants and rails are drawn for whole rows. */
static bool per_row(const Block *k, const DbShape *s)
{
    static const LayerRole role[] = {ROLE_NWELL, ROLE_PWELL, ROLE_NIMP, ROLE_PIMP, ROLE_FLAVOUR};
    for (size_t i = 0; i < COUNTOF(role); i++) {
        const TechLayer *l = tech_role(k->t, role[i]);
        if (l && s->layer.i == db_find_layer(&k->shop, l->name).i) return true;
    }
    for (uint32_t i = 0; i < k->flavour.n; i++)
        if (k->flavour.v[i] && s->layer.i == db_find_layer(&k->shop, k->flavour.v[i]).i) return true;
    return s->kind == SHAPE_PIN && s->net.i < 2;
}

static void put_item(Block *k, Db *db, const Item *a, DrawParts *out)
{
    const Type *ty = &k->type.v[a->type];
    const DbCell *m = db_cell(&k->shop, ty->cell);
    int32_t x0 = (a->span + 1) * k->g->tap + a->x * k->t->gate_pitch;
    for (uint32_t n = 0; n <= m->nets.n; n++) { /* net by net, then what has none */
        uint32_t first = cell_of(k)->shapes.n;
        DrawNet of = {NET_NONE, 0};
        if (n < 2) of.net = db_find_net(k->db, k->c, n ? "VSS" : "VDD");
        else if (n < m->nets.n) of = k->net.v[a->net0 + ty->order[n - 2]];
        for (uint32_t i = 0; i < m->shapes.n; i++) {
            const DbShape *s = &m->shapes.v[i];
            if ((s->net.i == NET_NONE.i ? m->nets.n : s->net.i) != n || per_row(k, s)) continue;
            int32_t ya = draw_row_y(k->g, a->row, s->box.y0), yb = draw_row_y(k->g, a->row, s->box.y1);
            db_add_shape(db, k->c, s->layer, s->kind == SHAPE_PIN ? SHAPE_WIRE : s->kind, (Box){s->box.x0 + x0, min32(ya, yb), s->box.x1 + x0, max32(ya, yb)},
                         of.net, of.bit);
        }
        uint32_t now = cell_of(k)->shapes.n;
        if (n < m->nets.n && now > first) arr_push(&out->net, ((PartNet){of.net, of.bit, first, now - first}));
    }
}

static void put_marks(const Block *k, Db *db)
{
    Box box = cell_of(k)->box;
    for (int32_t row = 0; row < k->rows; row++)
        for (uint32_t i = 0; i < k->item.n; i++) {
            const char *mark = k->flavour.v[k->item.v[i].flavour];
            if (k->item.v[i].row != row) continue;
            if (mark) draw_mark(db, k->c, k->g, mark, row, box.x1, 0);
            break;
        }
}

/* ---- main line ------------------------------------------------------------------------------------------------------------- */

static Block start(const Db *db, const Tech *t, CellId c, const RowGeom *g, int32_t rows, int32_t lift)
{
    Block k = {.db = db, .t = t, .c = c, .g = g, .rows = rows, .cap = INT32_MAX / 2, .lift = lift};
    tech_db_init(t, &k.shop, "parts");
    count_users(&k);
    return k;
}

static void end(Block *k)
{
    for (uint32_t i = 0; i < k->type.n; i++) {
        mem_free(k->type.v[i].key);
        mem_free(k->type.v[i].order);
    }
    db_free(&k->shop);
    map_free(&k->users), map_free(&k->nets.index);
    arr_free(&k->type), arr_free(&k->item), arr_free(&k->net), arr_free(&k->flavour), arr_free(&k->nets.v);
    mem_free(k->box), mem_free(k->pin), mem_free(k->has_pin);
}

bool draw_large(const Db *db, const RowGeom *g, CellId c)
{
    const DbCell *x = &db->cells.v[c.i];
    Block k = {.db = db, .t = g->t, .c = c};
    int32_t n = 0;
    for (uint32_t i = 0; i < x->devices.n; i++)
        if (x->devices.v[i].pair) return true; /* matched pairs are parts */
        else if (x->devices.v[i].kind <= DEV_PMOS) n += draw_finger_count(g, device_of(&k, &x->devices.v[i]), &x->devices.v[i]) * x->devices.v[i].m;
    return n > LARGE;
}

uint32_t draw_part_end(const Db *db, const Tech *t, CellId c, uint32_t i)
{
    Block k = {.db = db, .t = t, .c = c};
    const DbCell *x = &db->cells.v[c.i];
    uint32_t n = i + 1;
    while (n < x->devices.n && x->devices.v[i].kind <= DEV_PMOS && x->devices.v[n].kind <= DEV_PMOS && same_part(&k, &x->devices.v[i], &x->devices.v[n])) n++;
    return n;
}

int32_t draw_least_width(const Db *db, const Tech *t, CellId c, int32_t rows, bool taps, double room)
{
    RowGeom g;
    DrawParts sum = {0};
    int32_t w = 0, need = 0;
    if (draw_rows(t, taps, &g) != ST_OK) return 0;
    Block k = start(db, t, c, &g, rows, 0);
    if (find_parts(&k, &sum) == ST_OK && k.item.n) {
        qsort(k.item.v, k.item.n, sizeof *k.item.v, by_flavour);
        int32_t whole = (int32_t)ceil(draw_row_width(&g, least(&k)) * room);
        for (need = whole; w < need;) { /* until it is wide enough for the spans that it takes, and their taps; what parts leave of a span is room, too */
            w = need;
            draw_row_spans(&g, w);
            if (g.spans > 1) need = max32(draw_row_width(&g, (int32_t)ceil(least(&k) * (1 + room) / 2)), whole + g.spans * g.tap);
        }
    }
    end(&k);
    return w;
}

int32_t draw_least_rows(const Db *db, const Tech *t, CellId c, int32_t w, bool taps, double room, int32_t lift)
{
    RowGeom g;
    DrawParts sum = {0};
    int32_t rows = 0;
    if (draw_rows(t, taps, &g) != ST_OK) return 0;
    draw_row_spans(&g, w);
    Block k = start(db, t, c, &g, INT32_MAX, lift);
    k.cap = g.span;
    if (find_parts(&k, &sum) == ST_OK && k.item.n) {
        int64_t all = 0;
        for (uint32_t i = 0; i < k.item.n; i++) all += k.type.v[k.item.v[i].type].pitches;
        qsort(k.item.v, k.item.n, sizeof *k.item.v, by_flavour);
        rows = max32(fill(&k, k.cap), (int32_t)ceil((double)all * room / k.cap / g.spans));
    }
    end(&k);
    return rows;
}

Status draw_parts(Db *db, const Tech *t, CellId c, const RowGeom *g, const DrawSpec *spec, int32_t lift, DrawParts *out)
{
    Block k = start(db, t, c, g, spec->rows, lift);
    k.variant = spec->variant;
    k.cap = g->span;
    Status st = find_parts(&k, out);
    if (st == ST_OK) st = place(&k);
    if (st == ST_OK) {
        for (uint32_t i = 0; i < k.item.n; i++) put_item(&k, db, &k.item.v[i], out);
        put_marks(&k, db);
    }
    end(&k);
    return st;
}
