/*
 * A proven lower bound of half-perimeter wirelength over all legal floorplans with x, y >= 0, any orientation.
 *
 * The greater of two bounds. One net at a time: blocks do not overlap, so pins inside them keep their distance from the separating line,
 * and squares around the pins need their area; terminals stand where they stand. All nets at once: the linear programme without
 * non-overlap, each pin anywhere its block's orientation might put it. Neither sees that blocks of different nets compete for places, so
 * the true optimum is usually well above; the gap that is printed says so.
 */
#include "place/fp_flow.h"
#include "place/fp_int.h"

#include <math.h>

/* Of one net: terminals' box, and per block the pin deepest inside it (distance to its nearest edge). */
typedef struct {
    bool fixed;
    int64_t x0, x1, y0, y1;
    int64_t deep[2];          /* the two greatest depths */
    double squares;           /* sum of (2·depth)² */
    int64_t inside;           /* greatest half perimeter of the pins on one block */
} NetView;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t depth(const PlaceBlock *b, const PlacePin *q)
{
    int64_t d = least(least(q->x, (int64_t)b->w - q->x), least(q->y, (int64_t)b->h - q->y));
    return d > 0 ? d : 0;
}

/* Pins of one net on block b, from pin i on; each block is taken at its first pin. */
static void add_block(const PlaceProblem *p, const PlaceNet *net, uint32_t i, NetView *v)
{
    const PlacePin *q = &p->pins[net->pin0];
    int64_t x0 = q[i].x, x1 = x0, y0 = q[i].y, y1 = y0, d = 0;
    for (uint32_t k = 0; k < i; k++)
        if (q[k].block == q[i].block) return;
    for (uint32_t k = i; k < net->n_pins; k++) {
        if (q[k].block != q[i].block) continue;
        d = most(d, depth(&p->blocks[q[i].block], &q[k]));
        x0 = least(x0, q[k].x), x1 = most(x1, q[k].x), y0 = least(y0, q[k].y), y1 = most(y1, q[k].y);
    }
    v->inside = most(v->inside, x1 - x0 + y1 - y0);
    v->squares += 4.0 * (double)d * (double)d;
    if (d > v->deep[0]) v->deep[1] = v->deep[0], v->deep[0] = d;
    else if (d > v->deep[1]) v->deep[1] = d;
}

static int64_t net_bound(const PlaceProblem *p, const PlaceNet *net)
{
    NetView v = {.x0 = INT64_MAX, .x1 = INT64_MIN, .y0 = INT64_MAX, .y1 = INT64_MIN};
    for (uint32_t i = 0; i < net->n_pins; i++) {
        const PlacePin *q = &p->pins[net->pin0 + i];
        if (q->block >= 0) {
            add_block(p, net, i, &v);
            continue;
        }
        v.fixed = true;
        v.x0 = least(v.x0, q->x), v.x1 = most(v.x1, q->x), v.y0 = least(v.y0, q->y), v.y1 = most(v.y1, q->y);
    }
    /* Every pin is its depth away from both axes. */
    int64_t x = v.fixed ? most(v.x1, v.deep[0]) - v.x0 : 0, y = v.fixed ? most(v.y1, v.deep[0]) - v.y0 : 0;
    int64_t b = most(most(x + y, v.inside), v.deep[0] + v.deep[1]);
    /* (X + 2d)(Y + 2d) >= squares, X >= x, Y >= y: the squares lie in the pins' box grown by the greatest depth. */
    double d2 = 2.0 * (double)v.deep[0], a = sqrt(v.squares) - d2, lx = (double)x, ly = (double)y, sum;
    if (lx <= a && ly <= a) sum = 2 * a;
    else if (lx >= ly) sum = lx + fmax(ly, v.squares / (lx + d2) - d2);
    else sum = ly + fmax(lx, v.squares / (ly + d2) - d2);
    int64_t s = d2 > 0 ? (int64_t)floor(sum * (1 - 1e-9) - 1) : 0;
    return most(b, s);
}

/* How far a pin can be from its block's centre along axis a, rounded up, in any orientation the block may take. */
static int64_t swing(const PlaceBlock *b, const PlacePin *q, int a)
{
    int64_t dx = 2 * (int64_t)q->x - b->w, dy = 2 * (int64_t)q->y - b->h;
    dx = dx < 0 ? -dx : dx;
    dy = dy < 0 ? -dy : dy;
    return ((b->flip ? most(dx, dy) : a ? dy : dx) + 1) / 2;
}

/* Nodes of blocks stand for their centres here. */
static Status free_axis(const PlaceProblem *p, int a, int64_t *sum)
{
    FpFlow f;
    int l, r;
    fp_flow_begin(&f, p->n_blocks);
    for (uint32_t i = 0; i < p->n_blocks; i++) fp_flow_apart(&f, (int)i + 1, 0, 0);
    for (uint32_t k = 0; k < p->n_nets; k++) {
        const PlaceNet *net = &p->nets[k];
        if (!net->n_pins || !net->weight) continue;
        fp_flow_net(&f, net->weight, &l, &r);
        fp_flow_apart(&f, r, l, 0);
        for (uint32_t i = 0; i < net->n_pins; i++) {
            const PlacePin *q = &p->pins[net->pin0 + i];
            int node = q->block >= 0 ? q->block + 1 : 0;
            int64_t at = q->block >= 0 ? 0 : a ? q->y : q->x, slack = q->block >= 0 ? swing(&p->blocks[q->block], q, a) : 0;
            fp_flow_apart(&f, node, l, -at - slack);
            fp_flow_apart(&f, r, node, at - slack);
        }
    }
    int64_t *pos = mem_calloc((size_t)f.supply.n + 1, sizeof *pos);
    bool ok;
    Status st = fp_flow_solve(&f, &ok, pos);
    *sum = 0;
    for (uint32_t i = p->n_blocks + 1; ok && i < f.supply.n; i += 2) *sum += f.supply.v[i] * (pos[i + 1] - pos[i]);
    mem_free(pos);
    fp_flow_free(&f);
    return st;
}

Status place_wire_bound(const PlaceProblem *p, int64_t *bound)
{
    int64_t x = 0, y = 0;
    *bound = 0;
    for (uint32_t k = 0; k < p->n_nets; k++) *bound += p->nets[k].weight * net_bound(p, &p->nets[k]);
    if (!p->n_nets || !fp_flow_fits(p)) return ST_OK;
    TRY(free_axis(p, 0, &x));
    TRY(free_axis(p, 1, &y));
    if (x + y > *bound) *bound = x + y;
    return ST_OK;
}
