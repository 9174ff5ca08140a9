/*
 * Channels with net classes: wires of several tracks, free tracks beside them, shields, pairs, equal lengths, equal crossings.
 *
 * A net, or a pair, is one block of neighbouring tracks over one range of columns: [shield] wires [shield], with free tracks around it.
 * Blocks are laid whole, without doglegs, by the left end, on a number of tracks that grows from the bound until they fit; among the
 * restarts on that number the one with the least coupled length is taken. Every vertical wire of a block reaches all tracks of its
 * net, so a wide wire is a bundle of parallel tracks joined in every pin's column.
 *
 * Does not do: cyclic constraints (refused), more than two layers.
 * Source: left-edge of intervals with heights: dynamic storage allocation, Kierstead 1991; shields and matched wires as in analog
 * channel routers: Choudhury, Sangiovanni-Vincentelli 1990 (constraint-based, ART).
 */
#include "route/channel_int.h"

#include <stdlib.h>

typedef struct {
    uint32_t net[2], n_nets;    /* the wires from above; a pair has two */
    uint32_t width, shield;     /* tracks per net; shield tracks at each side: 0 or 1 */
    uint32_t space, match;
    uint32_t a, b, a0, b0;      /* columns taken; a0, b0: before lengthening for equal lengths */
    uint32_t height, row;       /* tracks with shields; first of them, 0: not laid */
    uint32_t up, down;          /* tracks that constraints ask for above and below it */
    bool quiet, loud;
} Block;

typedef struct {
    const Chan *c;
    const Channel *ch;
    Map id;                     /* dense number of a caller's id */
    Block *b;
    uint32_t n, *of;            /* [n_nets + 1] block + 1 of a net */
    uint32_t *lo0, *lo;         /* blocks that must lie under block i: lo[lo0[i] … lo0[i+1]) as column numbers */
    uint32_t T, bound, space_max;
    uint32_t *own;              /* [(T + 2) · n_cols] block + 1 */
    uint32_t *ref;              /* track in a solution without classes; NULL: there is none */
    uint32_t n_cross;           /* nets in groups of equal crossings */
    uint32_t *order, *failed;   /* failed: how often a block found no place */
} Pack;

static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

static Status refuse(uint32_t net, const char *why)
{
    return msg_error(ST_VIOLATION, "RTE-0006", (Loc){0}, "channel: net classes cannot be kept: net %u %s", net, why);
}

/* ---- blocks ------------------------------------------------------------------------------------------------------- */

static const ChanClass *class_of(const Channel *ch, uint32_t id)
{
    for (uint32_t i = 0; i < ch->n_classes; i++)
        if (ch->classes[i].net == id) return &ch->classes[i];
    return NULL;
}

static void widen(const Chan *c, Block *b, uint32_t len)
{
    if (b->b - b->a >= len) return;
    b->b = b->a + len;
    if (b->b < c->n_cols) return;
    b->b = c->n_cols - 1;
    b->a = b->b > len ? b->b - len : 0;
}

/* Of a pair the net that has an upper pin over a lower one of the other goes first. */
static bool second_first(const Chan *c, uint32_t x, uint32_t y)
{
    for (uint32_t i = 0; i < c->n_cols; i++)
        if (c->top[i] == y && c->bot[i] == x) return true;
    return false;
}

static Status add_block(Pack *p, uint32_t k)
{
    const Chan *c = p->c;
    const ChanClass *q = class_of(p->ch, c->orig[k]);
    Block b = {.net = {k}, .n_nets = 1, .width = 1, .a = c->first[k], .b = c->last[k]};
    uint32_t mate = 0;
    if (p->of[k]) return ST_OK;
    if (q && q->pair && (!map_get(&p->id, q->pair, &mate) || p->of[mate])) return refuse(q->net, "is paired with a net that has no wire of its own");
    if (q) {
        b.width = q->width ? q->width : 1;
        b.space = q->space;
        b.shield = q->shield;
        b.match = q->match;
        b.quiet = q->sensitive;
        b.loud = q->aggressor;
    }
    if (mate) {
        if (c->first[mate] == c->last[mate] && !c->left[mate] && !c->right[mate]) return refuse(q->pair, "of a pair needs no track");
        const ChanClass *o = class_of(p->ch, q->pair);
        if (o) {
            b.width = most(b.width, o->width);
            b.space = most(b.space, o->space);
            b.shield = b.shield || o->shield;
            b.match = b.match ? b.match : o->match;
            b.quiet = b.quiet || o->sensitive;
            b.loud = b.loud || o->aggressor;
        }
        b.n_nets = 2;
        b.net[1] = mate;
        if (second_first(c, k, mate)) b.net[0] = mate, b.net[1] = k;
        b.a = c->first[mate] < b.a ? c->first[mate] : b.a;
        b.b = most(c->last[mate], b.b);
        p->of[mate] = p->n + 1;
    }
    b.height = b.n_nets * b.width + 2 * b.shield;
    widen(c, &b, c->min_len);
    p->of[k] = p->n + 1;
    p->b[p->n++] = b;
    return ST_OK;
}

/* One on each of its tracks in every column with a pin. */
static uint32_t vias_of(const Chan *c, uint32_t k, uint32_t width)
{
    uint32_t n = 0;
    for (uint32_t i = c->first[k]; i <= c->last[k]; i++) n += c->top[i] == k || c->bot[i] == k;
    return n * width;
}

/* Blocks of a group get the same length: that of the longest. Their vias follow from their pins. */
static Status equal_lengths(Pack *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        if (!p->b[i].match) continue;
        uint32_t len = 0, vias = vias_of(p->c, p->b[i].net[0], p->b[i].width);
        for (uint32_t j = 0; j < p->n; j++)
            for (uint32_t q = 0; p->b[j].match == p->b[i].match && q < p->b[j].n_nets; q++)
                if (vias_of(p->c, p->b[j].net[q], p->b[j].width) != vias) return refuse(p->c->orig[p->b[j].net[q]], "needs another number of vias than the others of its group");
        for (uint32_t j = 0; j < p->n; j++)
            if (p->b[j].match == p->b[i].match) len = most(len, p->b[j].b - p->b[j].a);
        widen(p->c, &p->b[i], len);
        if (p->b[i].b - p->b[i].a != len) return refuse(p->c->orig[p->b[i].net[0]], "cannot be as long as the others of its group");
    }
    return ST_OK;
}

/* Tracks from a block's first one to those of net k; `last`: to the last of them. */
static uint32_t offset(const Block *b, uint32_t k, bool last)
{
    return b->shield + (b->net[0] == k ? 0 : b->width) + (last ? b->width - 1 : 0);
}

/* ---- constraints ------------------------------------------------------------------------------------------------------ */

/* Distance of the blocks' first tracks that column `col` asks for. */
static uint32_t apart(const Pack *p, uint32_t col)
{
    uint32_t t = p->c->top[col], u = p->c->bot[col];
    const Block *x = &p->b[p->of[t] - 1], *y = &p->b[p->of[u] - 1];
    int64_t d = (int64_t)offset(x, t, true) + p->c->v_gap - offset(y, u, false);
    return d > 0 ? (uint32_t)d : 0;
}

static Status make_constraints(Pack *p)
{
    const Chan *c = p->c;
    p->lo0 = mem_calloc((size_t)p->n + 2, sizeof *p->lo0);
    p->lo = mem_calloc((size_t)c->n_cols + 1, sizeof *p->lo);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < c->n_cols; i++) {
            uint32_t t = c->top[i], u = c->bot[i];
            if (!t || !u || t == u) continue;
            uint32_t x = p->of[t] - 1;
            if (p->of[t] == p->of[u]) {
                if (t != p->b[x].net[0] || c->v_gap > 1) return refuse(c->orig[t], "faces the other of its pair in one column");
                continue;
            }
            if (pass) p->lo[p->lo0[x]++] = i;
            else p->lo0[x + 1]++;
        }
        for (uint32_t i = 0; !pass && i < p->n; i++) p->lo0[i + 1] += p->lo0[i];
    }
    for (uint32_t i = p->n; i > 0; i--) p->lo0[i] = p->lo0[i - 1];
    p->lo0[0] = 0;
    return ST_OK;
}

static uint32_t under(const Pack *p, uint32_t e) { return p->of[p->c->bot[p->lo[e]]] - 1; }

/* Longest chains above and below every block; a circle never ends. */
static Status depths(Pack *p)
{
    for (uint32_t round = 0;; round++) {
        bool changed = false;
        for (uint32_t i = 0; i < p->n; i++)
            for (uint32_t e = p->lo0[i]; e < p->lo0[i + 1]; e++) {
                Block *x = &p->b[i], *y = &p->b[under(p, e)];
                uint32_t d = apart(p, p->lo[e]);
                int64_t below = (int64_t)y->down + y->height + d - x->height;
                if (x->up + d > y->up) y->up = x->up + d, changed = true;
                if (below > x->down) x->down = (uint32_t)below, changed = true;
                if (round > p->n && changed) return refuse(p->c->orig[x->net[0]], "is on a circle of vertical constraints, which needs doglegs");
            }
        if (!changed) break;
    }
    for (uint32_t i = 0; i < p->n; i++) p->bound = most(p->bound, p->b[i].up + p->b[i].height + p->b[i].down);
    return ST_OK;
}

/* In one column, of wires not yet lengthened: all tracks, and between neighbours the larger free space; of all spaces at most the largest is not between two. */
static void column_bound(Pack *p)
{
    for (uint32_t i = 0; i < p->c->n_cols; i++) {
        uint32_t sum = 0, space = 0, largest = 0;
        for (uint32_t k = 0; k < p->n; k++) {
            const Block *b = &p->b[k];
            bool here = false;
            for (uint32_t q = 0; q < b->n_nets; q++) here = here || (i >= p->c->first[b->net[q]] && i <= p->c->last[b->net[q]]);
            if (!here) continue;
            sum += b->height;
            space += b->space;
            largest = most(largest, b->space);
        }
        p->bound = most(p->bound, sum + space - largest);
    }
}

/* ---- laying ---------------------------------------------------------------------------------------------------------------- */

static bool room(const Pack *p, const Block *b, uint32_t row)
{
    const Chan *c = p->c;
    uint32_t s = most(b->space, p->space_max), first = row > s ? row - s : 1, last = row + b->height - 1 + s;
    uint32_t x0 = b->a >= c->h_gap - 1 ? b->a - (c->h_gap - 1) : 0, x1 = b->b + c->h_gap - 1;
    if (last > p->T) last = p->T;
    if (x1 >= c->n_cols) x1 = c->n_cols - 1;
    for (uint32_t t = first; t <= last; t++) {
        uint32_t d = t < row ? row - t : t >= row + b->height ? t - (row + b->height - 1) : 0;
        for (uint32_t x = x0; x <= x1; x++) {
            uint32_t o = p->own[(size_t)t * c->n_cols + x];
            if (o && d <= most(b->space, p->b[o - 1].space)) return false;
        }
    }
    return true;
}

static void limits(const Pack *p, uint32_t i, uint32_t *lo, uint32_t *hi)
{
    const Block *b = &p->b[i];
    *lo = b->up + 1;
    *hi = p->T + 1 - b->height - b->down;
    for (uint32_t e = p->lo0[i]; e < p->lo0[i + 1]; e++) {
        const Block *y = &p->b[under(p, e)];
        uint32_t d = apart(p, p->lo[e]);
        if (y->row && y->row < d + *hi) *hi = y->row > d ? y->row - d : 0;
    }
    for (uint32_t col = b->a; col <= b->b; col++) { /* who lies above: its own lower pins tell */
        uint32_t t = p->c->top[col], u = p->c->bot[col];
        if (!t || !u || p->of[u] != i + 1 || p->of[t] == i + 1) continue;
        const Block *x = &p->b[p->of[t] - 1];
        if (x->row && x->row + apart(p, col) > *lo) *lo = x->row + apart(p, col);
    }
}

static void paint(Pack *p, uint32_t i, uint32_t value)
{
    const Block *b = &p->b[i];
    for (uint32_t t = b->row; t < b->row + b->height; t++)
        for (uint32_t x = b->a; x <= b->b; x++) p->own[(size_t)t * p->c->n_cols + x] = value;
}

/* One pass on T tracks; from above or below by lot, a little disorder in later passes. */
static bool pass(Pack *p, uint32_t turn, Rng *rng)
{
    memset(p->own, 0, (size_t)(p->T + 2) * p->c->n_cols * sizeof *p->own);
    for (uint32_t i = 0; i < p->n; i++) p->b[i].row = 0, p->b[i].a = p->b[i].a0, p->b[i].b = p->b[i].b0;
    for (uint32_t k = 0; k < p->n; k++) {
        uint32_t i = p->order[k], lo, hi;
        Block *b = &p->b[i];
        limits(p, i, &lo, &hi);
        bool up = turn % 2 == 0 || (turn > 3 && rng_below(rng, 3) == 0);
        uint32_t row = 0;
        for (uint32_t t = lo; !row && t <= hi && hi <= p->T; t++) {
            uint32_t r = up ? t : lo + hi - t;
            if (room(p, b, r)) row = r;
        }
        if (!row) {
            p->failed[i]++;
            return false;
        }
        b->row = row;
        paint(p, i, i + 1);
    }
    return true;
}

/* Blocks that found no place before come first, then tall ones, then by left end or length, with some disorder in later passes.
 * The first two passes follow a solution without classes from above and from below: an order that keeps all constraints. */
static void make_order(Pack *p, uint32_t turn, Rng *rng)
{
    uint64_t *key = mem_calloc((size_t)p->n + 1, sizeof *key);
    for (uint32_t i = 0; i < p->n; i++) {
        const Block *b = &p->b[i];
        uint64_t tall = b->height + 2 * b->space > 1 ? 100 - most(1, b->height + b->space) % 100 : 100, at = b->a;
        if (turn % 4 >= 2) at = b->b - b->a < p->c->n_cols ? p->c->n_cols - (b->b - b->a) : 0; /* long ones first */
        if (turn > 3) at += rng_below(rng, 1 + p->c->n_cols / 8);
        if (p->ref && turn < 2) {
            key[i] = (uint64_t)(turn ? UINT32_MAX - p->ref[i] : p->ref[i]) << 32 | b->a;
            continue;
        }
        uint64_t tried = p->failed[i] < 1000 ? 1000 - p->failed[i] : 0;
        key[i] = tried << 48 | tall << 40 | at;
    }
    for (uint32_t i = 0; i < p->n; i++) { /* insertion: stable, equal keys by number */
        uint32_t j = i;
        for (; j > 0 && key[p->order[j - 1]] > key[i]; j--) p->order[j] = p->order[j - 1];
        p->order[j] = i;
    }
    mem_free(key);
}

/* ---- equal lengths after laying --------------------------------------------------------------------------------------------- */

static uint32_t vertical_length(const Pack *p, const Block *b, uint32_t k)
{
    uint32_t first = b->row + offset(b, k, false), last = first + b->width - 1, sum = 0;
    for (uint32_t i = p->c->first[k]; i <= p->c->last[k]; i++) {
        bool top = p->c->top[i] == k, bot = p->c->bot[i] == k;
        if (top || bot) sum += (bot ? p->T + 1 : last) - (top ? 0 : first);
    }
    return sum;
}

static uint32_t length_of(const Pack *p, const Block *b, uint32_t k) { return vertical_length(p, b, k) + b->width * (b->b - b->a); }

/* Lengthen a block by one column at either end, where its tracks are free. */
static bool longer(Pack *p, uint32_t i)
{
    Block *b = &p->b[i], old = *b;
    paint(p, i, 0);
    bool ok = false;
    for (int side = 0; !ok && side < 2; side++) {
        *b = old;
        if (side ? b->a == 0 : b->b + 1 >= p->c->n_cols) continue;
        if (side) b->a--;
        else b->b++;
        ok = room(p, b, b->row);
    }
    if (!ok) *b = old;
    paint(p, i, i + 1);
    return ok;
}

/* Nets of a group as long as its longest, wire by wire of equal width; false: no room beside a wire, or not by whole columns. */
static bool match_lengths(Pack *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        if (!p->b[i].match) continue;
        uint32_t goal = 0;
        for (uint32_t j = 0; j < p->n; j++)
            for (uint32_t q = 0; p->b[j].match == p->b[i].match && q < p->b[j].n_nets; q++)
                goal = most(goal, length_of(p, &p->b[j], p->b[j].net[q]));
        for (uint32_t q = 0; q < p->b[i].n_nets; q++) {
            while (length_of(p, &p->b[i], p->b[i].net[q]) < goal)
                if (!longer(p, i)) return false;
            if (length_of(p, &p->b[i], p->b[i].net[q]) != goal) return false;
        }
        if (p->b[i].n_nets == 2 && length_of(p, &p->b[i], p->b[i].net[0]) != length_of(p, &p->b[i], p->b[i].net[1])) return false;
    }
    for (uint32_t i = 0; i < p->n; i++) /* an earlier one may have fallen behind a pair that grew */
        for (uint32_t j = 0; j < i; j++)
            if (p->b[i].match && p->b[i].match == p->b[j].match &&
                length_of(p, &p->b[i], p->b[i].net[0]) != length_of(p, &p->b[j], p->b[j].net[0])) return false;
    return true;
}

/* ---- equal crossings ---------------------------------------------------------------------------------------------------------- */

#define SHIELD_WIRE UINT32_MAX

/* Net of the horizontal wire on a track over a column, or SHIELD_WIRE; 0: none. */
static uint32_t net_at(const Pack *p, uint32_t t, uint32_t x)
{
    uint32_t o = p->own[(size_t)t * p->c->n_cols + x];
    if (!o) return 0;
    const Block *b = &p->b[o - 1];
    uint32_t d = t - b->row;
    if (b->shield && (d == 0 || d == b->height - 1)) return SHIELD_WIRE;
    return b->net[(d - b->shield) / b->width];
}

static void cross_column(const Pack *p, uint32_t net, uint32_t x, uint32_t t1, uint32_t t2, uint32_t *n)
{
    for (uint32_t t = t1 ? t1 : 1; t <= t2 && t <= p->T; t++) {
        uint32_t o = net_at(p, t, x);
        if (!o || o == net) continue;
        n[net]++;
        if (o != SHIELD_WIRE) n[o]++;
    }
}

/* Places where a wire of each net and one of another pass over each other. */
static void crossings(const Pack *p, uint32_t *n)
{
    memset(n, 0, ((size_t)p->c->n_nets + 1) * sizeof *n);
    for (uint32_t x = 0; x < p->c->n_cols; x++) {
        const uint32_t pin[2] = {p->c->top[x], p->c->bot[x]};
        if (p->c->through[x]) cross_column(p, p->c->through[x], x, 1, p->T, n);
        for (int side = 0; side < 2; side++) {
            uint32_t k = pin[side];
            if (!k || (side && k == pin[0])) continue;
            const Block *b = &p->b[p->of[k] - 1];
            cross_column(p, k, x, side ? b->row + offset(b, k, false) : 1, side || k == pin[1] ? p->T : b->row + offset(b, k, true), n);
        }
    }
}

/* Of the groups with unequal counts the net with the fewest; 0: all are equal. */
static uint32_t short_of_crossings(const Pack *p, const uint32_t *n)
{
    for (uint32_t i = 0; i < p->ch->n_classes; i++)
        for (uint32_t j = 0; j < i; j++) {
            const ChanClass *a = &p->ch->classes[i], *b = &p->ch->classes[j];
            uint32_t x = 0, y = 0;
            if (!a->cross || a->cross != b->cross || !map_get(&p->id, a->net, &x) || !map_get(&p->id, b->net, &y) || n[x] == n[y]) continue;
            return n[x] < n[y] ? x : y;
        }
    return 0;
}

/* Wires with too few crossings go on beyond their pins, column by column; false: no room, or a length that is matched. */
static bool match_crossings(Pack *p)
{
    uint32_t *n = mem_calloc((size_t)p->c->n_nets + 1, sizeof *n), k;
    bool ok = true;
    while (ok && p->n_cross) { /* ends: every turn makes a block longer */
        crossings(p, n);
        k = short_of_crossings(p, n);
        if (!k) break;
        ok = !p->b[p->of[k] - 1].match && longer(p, p->of[k] - 1);
    }
    mem_free(n);
    return ok;
}

static Status find_crossings(Pack *p)
{
    for (uint32_t i = 0; i < p->ch->n_classes; i++) {
        const ChanClass *q = &p->ch->classes[i];
        uint32_t k = 0;
        if (!q->cross) continue;
        p->n_cross++;
        if (!map_get(&p->id, q->net, &k) || !p->of[k]) return refuse(q->net, "is in a group of equal crossings and needs no track");
    }
    return ST_OK;
}

/* Columns in which a quiet block has a loud one on the next track. Shields and free tracks part them. */
static uint64_t coupled(const Pack *p)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        const Block *b = &p->b[i];
        if (!b->quiet || b->shield) continue;
        for (int side = 0; side < 2; side++)
            for (uint32_t x = b->a; x <= b->b; x++) {
                uint32_t o = p->own[(size_t)(side ? b->row + b->height : b->row - 1) * p->c->n_cols + x];
                sum += o && p->b[o - 1].loud && !p->b[o - 1].shield;
            }
    }
    return sum;
}

/* ---- answer --------------------------------------------------------------------------------------------------------------------- */

static void draw_net(const Pack *p, const Block *b, uint32_t k, ChanSolution *s)
{
    uint32_t first = b->row + offset(b, k, false), last = first + b->width - 1;
    for (uint32_t t = first; t <= last; t++) sol_h(s, k, t, b->a, b->b);
    for (uint32_t i = p->c->first[k]; i <= p->c->last[k]; i++) {
        bool top = p->c->top[i] == k, bot = p->c->bot[i] == k;
        if (!top && !bot) continue;
        sol_v(s, k, i, top ? 0 : first, bot ? p->T + 1 : last);
        for (uint32_t t = first; t <= last; t++) sol_x(s, k, i, t);
    }
}

static void draw(Pack *p, uint32_t shield_net, ChanSolution *s)
{
    for (uint32_t i = 0; i < p->n; i++) {
        const Block *b = &p->b[i];
        for (uint32_t q = 0; q < b->n_nets; q++) draw_net(p, b, b->net[q], s);
        if (!b->shield) continue;
        sol_h(s, shield_net, b->row, b->a, b->b);
        sol_h(s, shield_net, b->row + b->height - 1, b->a, b->b);
    }
    s->n_tracks = p->T;
    s->n_cols = p->c->n_cols;
    s->method = "blocks";
}

static void find_reference(Pack *p, const ChanOptions *opt)
{
    ChanSearch o = {opt->seed, opt->effort ? 60000000 : 0, p->c->density, UINT32_MAX, UINT64_MAX, 0, 0, 0};
    ChanSolution s = {0};
    if (chan_leg(p->c, &o, &s)) {
        p->ref = mem_calloc((size_t)p->n + 1, sizeof *p->ref);
        for (uint32_t i = 0; i < s.h.n; i++) {
            uint32_t *r = &p->ref[p->of[s.h.v[i].net] - 1];
            if (!*r || s.h.v[i].track < *r) *r = s.h.v[i].track;
        }
    }
    channel_solution_free(&s);
}

static Status pack(Pack *p, const ChanOptions *opt, ChanSolution *out)
{
    const Chan *c = p->c;
    for (uint32_t k = 1; k <= c->n_nets; k++) map_set(&p->id, c->orig[k], k);
    for (uint32_t k = 1; k <= c->n_nets; k++)
        if (c->first[k] != c->last[k] || c->left[k] || c->right[k]) TRY(add_block(p, k));
    TRY(equal_lengths(p));
    TRY(find_crossings(p));
    TRY(make_constraints(p));
    TRY(depths(p));
    column_bound(p);
    find_reference(p, opt);
    for (uint32_t i = 0; i < p->n; i++) p->space_max = most(p->space_max, p->b[i].space), p->b[i].a0 = p->b[i].a, p->b[i].b0 = p->b[i].b;
    Rng rng = rng_make(opt->seed, 0xc1a55);
    uint32_t turns = opt->effort ? 24 * opt->effort : 4, cap = 2 * p->bound + 64;
    for (p->T = most(p->bound, 1); p->T <= cap; p->T++) {
        uint64_t best = UINT64_MAX;
        p->own = mem_calloc((size_t)(p->T + 2) * c->n_cols, sizeof *p->own);
        for (uint32_t turn = 0; best && turn < turns; turn++) {
            make_order(p, turn, &rng);
            if (!pass(p, turn, &rng) || !match_lengths(p) || !match_crossings(p)) continue;
            uint64_t now = coupled(p);
            if (now >= best) continue;
            best = now;
            channel_solution_free(out);
            draw(p, c->n_nets + 1, out);
        }
        mem_free(p->own);
        p->own = NULL;
        if (best != UINT64_MAX) {
            out->bound = p->bound;
            return ST_OK;
        }
    }
    return refuse(c->orig[p->b[p->order[0]].net[0]], p->n_cross ? "and the others find no place on twice the bound's tracks with equal crossings" : "and the others find no place on twice the bound's tracks");
}

Status chan_route_classes(const Channel *ch, const Chan *c, const ChanOptions *opt, ChanSolution *out)
{
    Pack p = {.c = c, .ch = ch};
    p.b = mem_calloc((size_t)c->n_nets + 1, sizeof *p.b);
    p.of = mem_calloc((size_t)c->n_nets + 1, sizeof *p.of);
    p.failed = mem_calloc((size_t)c->n_nets + 1, sizeof *p.failed);
    p.order = mem_calloc((size_t)c->n_nets + 1, sizeof *p.order);
    Status st = pack(&p, opt, out);
    map_free(&p.id);
    void *all[] = {p.b, p.of, p.lo0, p.lo, p.own, p.order, p.failed, p.ref};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return st;
}
