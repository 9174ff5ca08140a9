/*
 * Order of the gate columns: fingers, pairs of an N and a P finger, beam search over their order, folding into rows.
 *
 * The state of the search is what later choices can see: the columns placed, the nets at the right ends of both diffusions and how far
 * these lie back. States that agree are merged, the cheaper one stays; as long as the beam never overflows this is an exact dynamic
 * programme (Held, Karp 1962). Cost: length of the row, then the sum over all cuts of the nets that cross them.
 */
#include "cells/draw_int.h"

#include <stdlib.h>

enum { BEAM = 1500, EXACT = 12, COLUMNS_MAX = 128 };

int32_t draw_net(DrawNets *n, NetId net, uint32_t bit)
{
    uint64_t key = (uint64_t)net.i << 32 | bit;
    uint32_t i;
    if (map_get(&n->index, key, &i)) return (int32_t)i;
    i = n->v.n;
    arr_push(&n->v, ((DrawNet){net, bit}));
    map_set(&n->index, key, i);
    return (int32_t)i;
}

/* ---- fingers and pairs --------------------------------------------------------------------------------------- */

int32_t draw_finger_count(const RowGeom *g, const TechDevice *td, const DbDevice *d)
{
    int kind = d->kind == DEV_PMOS;
    int32_t most = (g->z[kind].y1 - g->z[kind].y0) / td->w_grid * td->w_grid, n = (d->w + most - 1) / most;
    return d->pair && d->w >= (n + n % 2) * td->w_min ? n + n % 2 : n; /* fingers of the narrowest device cannot be halved */
}

/* Equal fingers as far as the width grid allows; source and drain alternate. */
static void fold(const Db *db, const DbCell *c, const RowGeom *g, uint32_t dev, DrawNets *nets, Placement *out)
{
    const DbDevice *d = &c->devices.v[dev];
    const TechDevice *td = NULL;
    for (uint32_t i = 0; i < g->t->devices.n; i++)
        if (str_eq(g->t->devices.v[i].model, db_name(db, d->model))) td = &g->t->devices.v[i];
    assert(td);
    int kind = d->kind == DEV_PMOS;
    int32_t n = draw_finger_count(g, td, d), steps = d->w / td->w_grid;
    int32_t s = draw_net(nets, d->t[0].net, d->t[0].bit), e = draw_net(nets, d->t[2].net, d->t[2].bit), gate = draw_net(nets, d->t[1].net, d->t[1].bit);
    for (int32_t k = 0; k < n * d->m; k++) {
        int32_t i = k % n, w = (steps / n + (i < steps % n)) * td->w_grid;
        Finger f = {dev, kind, gate, k % 2 ? e : s, k % 2 ? s : e, w, d->l, td->mark};
        arr_push(&out->finger, f);
    }
}

static bool same_mark(const Finger *a, const Finger *b) { return a->mark == b->mark || (a->mark && b->mark && str_eq(a->mark, b->mark)); }

/* How well two fingers share a column: a common gate, common sources and drains; flavours stand in rows of their own. */
static int affinity(const Finger *a, const Finger *b)
{
    if (!same_mark(a, b)) return 0;
    int same = (a->left == b->left || a->left == b->right) + (a->right == b->left || a->right == b->right);
    if (a->gate == b->gate) return 4 + same;
    return same == 2 ? 3 : 0;
}

static void pair(Placement *p)
{
    uint32_t n = p->finger.n;
    bool *used = mem_calloc(n, sizeof *used);
    for (int want = 6; want >= 3; want--)
        for (uint32_t i = 0; i < n; i++) {
            if (used[i] || p->finger.v[i].kind) continue;
            for (uint32_t k = 0; k < n; k++) {
                if (used[k] || !p->finger.v[k].kind || affinity(&p->finger.v[i], &p->finger.v[k]) != want) continue;
                used[i] = used[k] = true;
                arr_push(&p->col, ((Column){{(int32_t)i, (int32_t)k}, 0, 0}));
                break;
            }
        }
    for (uint32_t i = 0; i < n; i++)
        if (!used[i]) arr_push(&p->col, ((Column){{p->finger.v[i].kind ? -1 : (int32_t)i, p->finger.v[i].kind ? (int32_t)i : -1}, 0, 0}));
    mem_free(used);
}

/* Half pitches from a finger's gate to its contact: more for long gates. */
static int32_t contact_at(const RowGeom *g, const Finger *f)
{
    int32_t need = f->l / 2 + tech_rule_value(g->t, RULE_SPACE, FE_CO_ACTIVE, FE_GATE) + g->co / 2;
    return (2 * need + g->t->gate_pitch - 1) / g->t->gate_pitch;
}

int32_t draw_least_length(const Db *db, CellId id, const RowGeom *g)
{
    const DbCell *c = &db->cells.v[id.i];
    Placement p = {0};
    DrawNets nets = {0};
    int32_t len[2] = {0, 0};
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind <= DEV_PMOS) fold(db, c, g, i, &nets, &p);
    for (uint32_t i = 0; i < p.finger.n; i++) len[p.finger.v[i].kind] += 2 * contact_at(g, &p.finger.v[i]);
    arr_free(&p.finger);
    arr_free(&nets.v);
    map_free(&nets.index);
    return len[0] > len[1] ? len[0] : len[1];
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

typedef struct {
    uint64_t set[2];
    int32_t end[2];          /* net at the right end of the N, P diffusion, −1: none */
    int32_t back[2];         /* half pitches from its last gate to the last column's */
    int32_t pos, cut, breaks;
    uint32_t from;           /* state of the step before */
    uint8_t col, flip;       /* bit k: kind k is turned */
} State;

typedef struct {
    const Placement *p;
    const RowGeom *g;
    int32_t n_nets;
    uint32_t first;          /* column 0 of the search in p->col: those of one flavour */
    uint64_t (*net_cols)[2]; /* [net]: columns it has pins in */
    int32_t *weight;         /* [net]: what it costs to cross a cut; rails 0 */
    int32_t *twin;           /* [column of the search]: the like of it that comes before, −1: none */
} Search;

static bool has(const uint64_t s[2], uint32_t k) { return s[k / 64] >> (k % 64) & 1; }

static const Finger *any_finger(const Placement *p, const Column *c) { return &p->finger.v[c->f[0] >= 0 ? c->f[0] : c->f[1]]; }

static int32_t crossing(const Search *s, const uint64_t set[2])
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_nets; i++) {
        if (!s->weight[i]) continue;
        const uint64_t *m = s->net_cols[i];
        if (((m[0] & set[0]) | (m[1] & set[1])) && ((m[0] & ~set[0]) | (m[1] & ~set[1]))) n += s->weight[i];
    }
    return n;
}

static int32_t reach(const Search *s, const Finger *f) { return contact_at(s->g, f); }

static State step(const Search *s, const State *a, uint32_t col, int flip, uint32_t from)
{
    const Column *c = &s->p->col.v[s->first + col];
    State b = *a;
    b.set[col / 64] |= 1ull << (col % 64);
    b.col = (uint8_t)col;
    b.flip = (uint8_t)flip;
    b.from = from;
    int32_t pos = a->set[0] | a->set[1] ? a->pos + 2 : 0;
    for (int k = 0; k < 2; k++) {
        if (c->f[k] < 0) continue;
        const Finger *f = &s->p->finger.v[c->f[k]];
        int32_t left = flip >> k & 1 ? f->right : f->left, r = reach(s, f), at = r;
        if (a->end[k] >= 0) {
            at = a->pos - a->back[k] + 1 + r;   /* the neighbour's reach beyond 1 stands in `back` */
            if (a->end[k] != left) {
                at += s->g->gap;
                b.breaks++;
            }
        }
        if (at > pos) pos = at;
    }
    for (int k = 0; k < 2; k++) {
        b.back[k] = a->back[k] + pos - a->pos;
        if (c->f[k] < 0) continue;
        const Finger *f = &s->p->finger.v[c->f[k]];
        b.end[k] = flip >> k & 1 ? f->left : f->right;
        b.back[k] = 1 - reach(s, f);
    }
    for (int k = 0; k < 2; k++) {
        int32_t far = 2 + s->g->gap; /* farther back makes no difference */
        if (b.back[k] > far) b.back[k] = far;
        if (b.end[k] < 0) b.back[k] = 0;
    }
    b.pos = pos;
    return b;
}

static uint64_t key_of(const State *a)
{
    uint64_t h = 0x9e3779b97f4a7c15ull;
    const uint64_t w[] = {a->set[0], a->set[1], (uint64_t)(uint32_t)a->end[0] << 32 | (uint32_t)a->end[1],
                          (uint64_t)(uint32_t)a->back[0] << 32 | (uint32_t)a->back[1]};
    for (size_t i = 0; i < COUNTOF(w); i++) {
        h ^= w[i];
        h *= 0xff51afd7ed558ccdull;
        h ^= h >> 32;
    }
    return h;
}

static bool same_future(const State *a, const State *b)
{
    return a->set[0] == b->set[0] && a->set[1] == b->set[1] && a->end[0] == b->end[0] && a->end[1] == b->end[1] && a->back[0] == b->back[0] &&
           a->back[1] == b->back[1];
}

typedef struct { ARRAY(State) v; } States;

/* The cheapest of `all`, those with the same future once, at most `beam`, into `kept`. Of equal cost the one made first: `all` is in the order
 * of the states before, then of columns. */
static bool prune(const States *all, uint32_t beam, States *kept)
{
    Map seen = {0};
    bool cut = false;
    uint32_t n = all->v.n;
    SortKey *key = mem_calloc((size_t)n + 1, sizeof *key);
    for (uint32_t i = 0; i < n; i++) {
        assert(all->v.v[i].pos >= 0 && all->v.v[i].cut >= 0);
        key[i] = (SortKey){(uint64_t)all->v.v[i].pos << 32 | (uint32_t)all->v.v[i].cut, i};
    }
    sort_keyed(key, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k;
        const State *a = &all->v.v[key[i].of];
        uint64_t future = key_of(a);
        if (map_get(&seen, future, &k) && same_future(a, &kept->v.v[k])) continue;
        if (kept->v.n == beam) {
            cut = true;
            break;
        }
        map_set(&seen, future, kept->v.n);
        arr_push(&kept->v, *a);
    }
    map_free(&seen);
    mem_free(key);
    return cut;
}

/* Every state that follows from one of `before`. */
static void expand(const Search *s, const States *before, uint32_t n, States *all)
{
    all->v.n = 0;
    for (uint32_t i = 0; i < before->v.n; i++)
        for (uint32_t c = 0; c < n; c++) {
            const State *a = &before->v.v[i];
            if (has(a->set, c) || (s->twin[c] >= 0 && !has(a->set, (uint32_t)s->twin[c]))) continue;
            uint64_t set[2] = {a->set[0], a->set[1]};
            set[c / 64] |= 1ull << (c % 64);
            int32_t cut = crossing(s, set);
            const Column *k = &s->p->col.v[s->first + c];
            for (int f = 0; f < 4; f++) {
                if ((f & 1 && k->f[0] < 0) || (f & 2 && k->f[1] < 0)) continue;
                State b = step(s, a, c, f, i);
                b.cut += cut;
                arr_push(&all->v, b);
            }
        }
}

/* Best order of all columns in one row; seq and flip are filled. */
static bool search(const Search *s, uint32_t n, uint32_t *seq, int *flip)
{
    States *level = mem_calloc(n + 1, sizeof *level), all = {0};
    State start = {.end = {-1, -1}};
    arr_push(&level[0].v, start);
    bool exact = true;
    for (uint32_t d = 0; d < n; d++) {
        expand(s, &level[d], n, &all);
        if (prune(&all, n <= EXACT ? UINT32_MAX : BEAM, &level[d + 1])) exact = false;
    }
    uint32_t at = 0;
    for (uint32_t d = n; d > 0; d--) {
        const State *a = &level[d].v.v[at];
        seq[d - 1] = a->col;
        flip[d - 1] = a->flip;
        at = a->from;
    }
    for (uint32_t d = 0; d <= n; d++) arr_free(&level[d].v);
    arr_free(&all.v);
    mem_free(level);
    return exact;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------ */

static void turn(Finger *f)
{
    int32_t k = f->left;
    f->left = f->right;
    f->right = k;
}

/* Half pitches from a column's gates to its right contact. */
static int32_t behind(const Search *s, const Column *c)
{
    int32_t far = 1;
    for (int k = 0; k < 2; k++)
        if (c->f[k] >= 0 && reach(s, &s->p->finger.v[c->f[k]]) > far) far = reach(s, &s->p->finger.v[c->f[k]]);
    return far;
}

/* Fill rows up to max_pos; odd rows run backwards, so that neighbours in the order stay neighbours. Returns rows used. */
static int32_t fill(const Search *s, Placement *p, int32_t max_pos, int32_t *width, uint32_t *breaks)
{
    int32_t row = 0;
    State a = {.end = {-1, -1}};
    *width = 0;
    *breaks = 0;
    for (uint32_t i = 0; i < p->col.n; i++) {
        State b = step(s, &a, i, 0, 0);
        bool other = i && !same_mark(any_finger(p, &p->col.v[i]), any_finger(p, &p->col.v[i - 1]));
        int32_t end = behind(s, &p->col.v[i]);
        if (i && (other || b.pos + end > max_pos)) {
            row++;
            a = (State){.end = {-1, -1}, .breaks = a.breaks};
            b = step(s, &a, i, 0, 0);
        }
        p->col.v[i].row = row;
        p->col.v[i].pos = b.pos;
        if (b.pos + end > *width) *width = b.pos + end;
        *breaks = (uint32_t)b.breaks;
        a = b;
    }
    return row + 1;
}

static void mirror_odd(Placement *p, int32_t width)
{
    for (uint32_t i = 0; i < p->col.n; i++) {
        Column *c = &p->col.v[i];
        if (c->row % 2 == 0) continue;
        c->pos = width - c->pos;
        for (int k = 0; k < 2; k++)
            if (c->f[k] >= 0) turn(&p->finger.v[c->f[k]]);
    }
}

static int by_row(const void *pa, const void *pb)
{
    const Column *a = pa, *b = pb;
    if (a->row != b->row) return a->row < b->row ? -1 : 1;
    return (a->pos > b->pos) - (a->pos < b->pos);
}

/* Columns without a flavour's layer first, as in every cell of an array: neighbours' rows of one flavour then meet, and what their layers reach
 * over the outline runs into the neighbour's, not past it. */
static void unmarked_first(Placement *p)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->col.n; i++) {
        if (any_finger(p, &p->col.v[i])->mark) continue;
        Column c = p->col.v[i];
        for (uint32_t k = i; k > n; k--) p->col.v[k] = p->col.v[k - 1];
        p->col.v[n++] = c;
    }
}

/* Columns of one flavour stand together, flavours in order of first use. Returns how many follow `first` with its flavour. */
static uint32_t gather(Placement *p, uint32_t first)
{
    uint32_t n = 1;
    for (uint32_t i = first + 1; i < p->col.n; i++) {
        if (!same_mark(any_finger(p, &p->col.v[i]), any_finger(p, &p->col.v[first]))) continue;
        Column c = p->col.v[i];
        for (uint32_t k = i; k > first + n; k--) p->col.v[k] = p->col.v[k - 1];
        p->col.v[first + n++] = c;
    }
    return n;
}

static bool same_nets(const Finger *a, const Finger *b)
{
    return a->gate == b->gate && a->w == b->w && a->l == b->l && ((a->left == b->left && a->right == b->right) || (a->left == b->right && a->right == b->left));
}

/* Of columns that differ in nothing, one order is as good as any: each waits for the like before it. */
static void find_twins(Search *s, uint32_t n)
{
    const Placement *p = s->p;
    for (uint32_t i = 0; i < n; i++) {
        s->twin[i] = -1;
        for (uint32_t k = i; k-- > 0 && s->twin[i] < 0;) {
            const Column *a = &p->col.v[s->first + i], *b = &p->col.v[s->first + k];
            bool like = true;
            for (int q = 0; q < 2; q++)
                like &= (a->f[q] < 0) == (b->f[q] < 0) && (a->f[q] < 0 || same_nets(&p->finger.v[a->f[q]], &p->finger.v[b->f[q]]));
            if (like) s->twin[i] = (int32_t)k;
        }
    }
}

/* Which of a matched pair a column's device is: 0, 1; −1: none. */
static int side_of(const Search *s, const DbCell *c, uint32_t col)
{
    uint32_t d = any_finger(s->p, &s->p->col.v[col])->dev, other = d ? d - 1 : 0;
    if (!c->devices.v[d].pair) return -1;
    return other < d && c->devices.v[other].pair == c->devices.v[d].pair;
}

/* Columns of matched pairs come first, as A B B A A B B A …: their centres coincide. Returns how many: each waits for the one before. */
static uint32_t match(const Search *s, const DbCell *cell, Placement *p, uint32_t n)
{
    ARRAY(Column) side[2] = {{0}}, rest = {0};
    for (uint32_t i = 0; i < n; i++) {
        int k = side_of(s, cell, s->first + i);
        if (k < 0) arr_push(&rest, p->col.v[s->first + i]);
        else arr_push(&side[k], p->col.v[s->first + i]);
    }
    uint32_t pairs = side[0].n < side[1].n ? side[0].n : side[1].n, at = s->first;
    for (uint32_t i = 0; i < pairs; i++)
        for (uint32_t k = 0; k < 2; k++) p->col.v[at++] = side[(i + k) % 2].v[i];
    for (int k = 0; k < 2; k++)
        for (uint32_t i = pairs; i < side[k].n; i++) p->col.v[at++] = side[k].v[i];
    for (uint32_t i = 0; i < rest.n; i++) p->col.v[at++] = rest.v[i];
    uint32_t matched = side[0].n + side[1].n;
    for (int k = 0; k < 2; k++) arr_free(&side[k]);
    arr_free(&rest);
    return matched;
}

/* Put columns first … first + n − 1 into their best order. */
static void order(Search *s, const DbCell *cell, Placement *p, uint32_t first, uint32_t n)
{
    uint32_t *seq = mem_calloc(n + 1, sizeof *seq);
    int *flip = mem_calloc(n + 1, sizeof *flip);
    Column *was = mem_calloc(n + 1, sizeof *was);
    s->first = first;
    uint32_t matched = match(s, cell, p, n);
    memset(s->net_cols, 0, (size_t)s->n_nets * sizeof *s->net_cols);
    for (uint32_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) {
            if (p->col.v[first + i].f[k] < 0) continue;
            const Finger *f = &p->finger.v[p->col.v[first + i].f[k]];
            const int32_t net[] = {f->gate, f->left, f->right};
            for (int q = 0; q < 3; q++) s->net_cols[net[q]][i / 64] |= 1ull << (i % 64);
        }
    s->twin = mem_calloc(n + 1, sizeof *s->twin);
    find_twins(s, n);
    for (uint32_t i = 1; i < matched; i++) s->twin[i] = (int32_t)i - 1;
    p->exact &= search(s, n, seq, flip);
    mem_free(s->twin);
    for (uint32_t i = 0; i < n; i++) was[i] = p->col.v[first + i];
    for (uint32_t i = 0; i < n; i++) {
        Column *c = &p->col.v[first + i];
        *c = was[seq[i]];
        for (int k = 0; k < 2; k++)
            if (c->f[k] >= 0 && flip[i] >> k & 1) turn(&p->finger.v[c->f[k]]);
    }
    mem_free(was);
    mem_free(seq);
    mem_free(flip);
}

/* The least width that needs no more rows than there are. */
static bool rows_of(const Search *s, Placement *p, int32_t rows, int32_t max_pos)
{
    int32_t width = 0, n = (int32_t)p->col.n;
    fill(s, p, INT32_MAX / 2, &width, &p->breaks);
    int32_t lo = 2, hi = max_pos ? max_pos : width;
    if (fill(s, p, hi, &width, &p->breaks) > rows || width > hi) return false;
    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;
        if (fill(s, p, mid, &width, &p->breaks) <= rows && width <= mid) hi = mid;
        else lo = mid + 1;
    }
    fill(s, p, hi, &p->width, &p->breaks);
    mirror_odd(p, p->width);
    qsort(p->col.v, (size_t)n, sizeof *p->col.v, by_row);
    return true;
}

Status draw_order(const Db *db, CellId id, const RowGeom *g, int32_t rows, int32_t max_pos, uint32_t variant, DrawNets *nets, Placement *p)
{
    const DbCell *c = &db->cells.v[id.i];
    p->finger.n = p->col.n = 0;
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind <= DEV_PMOS) fold(db, c, g, i, nets, p);
    pair(p);
    if (p->col.n > COLUMNS_MAX)
        return msg_error(ST_LIMIT, "DRAW-0002", (Loc){0}, "cell %s has %u gate columns, limit %d", db_name(db, c->name), p->col.n, COLUMNS_MAX);
    Search s = {.p = p, .g = g, .n_nets = (int32_t)nets->v.n};
    s.net_cols = mem_calloc(nets->v.n + 1, sizeof *s.net_cols);
    s.weight = mem_calloc(nets->v.n + 1, sizeof *s.weight);
    Rng rng = rng_make(0x04DE4, variant);
    for (uint32_t i = 0; i < nets->v.n; i++) {
        NetUse use = c->nets.v[nets->v.v[i].net.i].use;
        if (use == USE_POWER || use == USE_GROUND) continue;
        s.weight[i] = variant ? 2 + (int32_t)rng_below(&rng, 3) : 1; /* other weights, another order that is nearly as good */
    }
    p->exact = variant == 0;
    unmarked_first(p);
    for (uint32_t i = 0, n; i < p->col.n; i += n) order(&s, c, p, i, n = gather(p, i));
    s.first = 0;
    bool fits = p->col.n == 0 || rows_of(&s, p, rows, max_pos);
    mem_free(s.net_cols);
    mem_free(s.weight);
    if (!fits)
        return msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: %u gate columns do not fit %d rows of %d half pitches", db_name(db, c->name), p->col.n, rows,
                         max_pos);
    return ST_OK;
}
