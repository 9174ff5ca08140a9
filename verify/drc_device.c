/*
 * Smallest devices: along a line through a gate the piece between two stretches of source and drain is its length, the piece between
 * two ends of the diffusion its width. A line with one of either crosses a bent gate: nothing is measured there. What reaches the
 * window's edge is wider than any smallest width (drc_front_reach); only its step cannot be seen there.
 */
#include "verify/drc_int.h"

typedef struct {
    const TechDevice *d;
    DrcViolation v;
    DrcPieces *out;
    int32_t lo, hi;      /* the window along the line */
    bool turned;
} Gates;

/* Operands: the device's gates, diffusion, poly. */
enum { IN_GATE = 1, IN_ACTIVE = 2 };

static void tell(const Gates *g, DrcRule rule, int32_t x0, int32_t x1, int32_t y0, int32_t y1, int32_t value, int32_t limit)
{
    DrcViolation v = g->v;
    v.rule = rule;
    v.value = value;
    v.limit = limit;
    v.box = g->turned ? (Box){y0, x0, y1, x1} : (Box){x0, y0, x1, y1};
    drc_push(g->out, v, g->turned ? JOIN_X : JOIN_Y);
}

static void gate_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    Gates *g = ctx;
    for (uint32_t i = 0; i < n; i++) {
        int32_t x0 = s[i].x0, x1 = s[i].x1, len = x1 - x0;
        if (!(s[i].in & IN_GATE) || x0 <= g->lo || x1 >= g->hi) continue;
        uint8_t left = i && s[i - 1].x1 == x0 ? s[i - 1].in : 0, right = i + 1 < n && s[i + 1].x0 == x1 ? s[i + 1].in : 0;
        if (left == IN_ACTIVE && right == IN_ACTIVE) {
            if (len < g->d->l_min) tell(g, DRC_DEVICE_LENGTH, x0, x1, y0, y1, len, g->d->l_min);
        } else if (!(left & IN_ACTIVE) && !(right & IN_ACTIVE)) {
            if (len < g->d->w_min) tell(g, DRC_DEVICE_WIDTH, x0, x1, y0, y1, len, g->d->w_min);
            else if (len % g->d->w_grid) tell(g, DRC_DEVICE_STEP, x0, x1, y0, y1, len % g->d->w_grid, g->d->w_grid);
        }
    }
}

/* Gates of the device's polarity under its mark, or under none. */
static void gates_of(const Db *db, const Tech *t, const Boxes *layer, const Front *f, const TechDevice *d, Boxes *out)
{
    Boxes all = {0}, marked = {0};
    region_and(&f->r[FE_POLY], &f->r[d->kind == DEV_NMOS ? FE_NDIFF : FE_PDIFF], &all);
    for (uint32_t k = 0; k < db->layers.n; k++) {
        const TechLayer *l = tech_layer(t, db_name(db, db->layers.v[k].name));
        if (!l || l->role != ROLE_FLAVOUR || (d->mark && !str_eq(d->mark, l->name))) continue;
        for (uint32_t i = 0; i < layer[k].b.n; i++) arr_push(&marked.b, layer[k].b.v[i]);
    }
    if (d->mark) region_and(&all, &marked, out);
    else region_not(&all, &marked, out);
    arr_free(&all.b);
    arr_free(&marked.b);
}

void drc_devices(const Db *db, const Tech *t, const Boxes *layer, const Front *f, DrcPieces *out)
{
    if (!f->r[FE_GATE].b.n) return;
    Boxes gate = {0}, tg = {0}, ta = {0}, tp = {0};
    Box w = out->window;
    region_turn(&f->r[FE_ACTIVE], &ta);
    region_turn(&f->r[FE_POLY], &tp);
    for (uint32_t k = 0; k < t->devices.n; k++) {
        const TechDevice *d = &t->devices.v[k];
        gates_of(db, t, layer, f, d, &gate);
        Gates g = {d, {.layer = front_main_layer(db, t, FE_GATE), .a = FE_GATE, .b = FE_N}, out, w.x0, w.x1, false};
        region_scan((const Boxes *const[]){&gate, &f->r[FE_ACTIVE], &f->r[FE_POLY]}, 3, gate_slab, &g);
        region_turn(&gate, &tg);
        g = (Gates){d, g.v, out, w.y0, w.y1, true};
        region_scan((const Boxes *const[]){&tg, &ta, &tp}, 3, gate_slab, &g);
    }
    arr_free(&gate.b);
    arr_free(&tg.b);
    arr_free(&ta.b);
    arr_free(&tp.b);
}
