/*
 * Place and route stages: the order of macros under a crossbar, two strips of APUs facing the chip's channel, channels opened to
 * the tracks they need, the power mesh. Everything here asks place/ and route/ and moves instances; no algorithm of its own.
 */
#include <math.h>

#include "cells/physical.h"
#include "cells/timing.h"
#include "gen/apu.h"
#include "gen/db/isa.h"
#include "gen/kpi.h"
#include "gen/model.h"
#include "gen/reference.h"
#include "gen/xbar.h"
#include "place/place.h"
#include "route/extract.h"
#include "route/route.h"

enum { CHANNEL_METAL = 4 };   /* horizontal wires of the channels; the next metal has the vertical ones */

/* ---- a placement problem from a cell --------------------------------------------------------- */

typedef struct {
    ARRAY(PlaceBlock) blocks;
    ARRAY(PlaceNet) nets;
    ARRAY(PlacePin) pins;
    ARRAY(uint32_t) pin_net; /* before sorting: net of each pin */
    ARRAY(uint64_t) key;     /* [n_nets] net of the parent << 32 | bit */
    Map net_of;
    uint32_t n_nets;
} Collect;

static void collect_free(Collect *c)
{
    arr_free(&c->blocks);
    arr_free(&c->nets);
    arr_free(&c->pins);
    arr_free(&c->pin_net);
    arr_free(&c->key);
    map_free(&c->net_of);
}

/* Pins of one instance on its top or bottom edge; block -1: the instance is fixed at its present x. */
static void collect_pins(Collect *c, const Db *db, CellId parent, InstId inst, int32_t block, bool top)
{
    const DbInst *i = &db->cells.v[parent.i].insts.v[inst.i];
    const DbCell *m = &db->cells.v[i->master.i];
    for (uint32_t k = 0; k < m->shapes.n; k++) {
        const DbShape *s = &m->shapes.v[k];
        if (s->kind != SHAPE_PIN || s->net.i >= m->n_ports) continue;
        if (m->nets.v[s->net.i].use == USE_POWER || m->nets.v[s->net.i].use == USE_GROUND) continue;
        if (top ? s->box.y1 != m->box.y1 : s->box.y0 != m->box.y0) continue;
        NetRef r = db_conn(db, parent, inst, s->net.i);
        if (r.net.i == NET_NONE.i) continue;
        uint64_t key = (uint64_t)r.net.i << 32 | netref_bit(r, 0, 0, s->bit);
        uint32_t net;
        if (!map_get(&c->net_of, key, &net)) {
            map_set(&c->net_of, key, net = c->n_nets++);
            arr_push(&c->key, key);
        }
        int32_t x = (s->box.x0 + s->box.x1) / 2 + (block < 0 ? i->at.x : 0);
        arr_push(&c->pins, ((PlacePin){block, x, 0}));
        arr_push(&c->pin_net, net);
    }
}

/* Pins grouped by net (counting sort keeps their order), nets of one pin dropped by weight 0. */
static PlaceProblem collect_problem(Collect *c, Arena *a)
{
    uint32_t n = c->pins.n;
    PlaceNet *nets = arena_array(a, PlaceNet, c->n_nets + 1);
    PlacePin *pins = arena_array(a, PlacePin, n + 1);
    for (uint32_t i = 0; i < n; i++) nets[c->pin_net.v[i]].n_pins++;
    uint32_t at = 0;
    for (uint32_t i = 0; i < c->n_nets; i++) {
        nets[i].pin0 = at;
        nets[i].weight = nets[i].n_pins >= 2;
        at += nets[i].n_pins;
        nets[i].n_pins = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        PlaceNet *net = &nets[c->pin_net.v[i]];
        pins[net->pin0 + net->n_pins++] = c->pins.v[i];
    }
    return (PlaceProblem){c->blocks.n, c->n_nets, n, c->blocks.v, nets, pins};
}

/* x spans of the nets, estimated as wires of the channels' metals. */
static void note_place(Design *d, const char *name, CellId cell, const Collect *c, const PlaceProblem *p, const PlaceResult *r)
{
    PlaceFigure f = {arena_str(&d->arena, name), r->method, (double)r->objective, r->bound, r->gap, cell, NULL, 0, 0, 0, 0};
    f.net = arena_array(&d->arena, uint64_t, p->n_nets + 1);
    for (uint32_t i = 0; i < p->n_nets; i++)
        if (p->nets[i].weight) f.net[f.n_nets++] = c->key.v[i];
    WireEstimate e = extract_wire_estimate(&d->tech, CHANNEL_METAL);
    f.wires_f = (double)place_wirelength(p, r->at, true) * d->tech.dbu_m * e.farad_per_m;
    f.wires_error = e.error;
    arr_push(&d->place, f);
    msg_verbose("place %s: %s, objective %lld, bound %.0f, gap %.2f %%, %u nets %.1f fF +- %.0f %%", name, r->method, (long long)r->objective, r->bound,
                100 * r->gap, f.n_nets, f.wires_f * 1e15, 100 * f.wires_error);
}

/* What the routed nets weigh, to hold against the estimate. */
static void note_routed(Design *d, PlaceFigure *f)
{
    const Db *db = &d->db;
    Map wanted = {0};
    for (uint32_t i = 0; i < f->n_nets; i++) map_set(&wanted, f->net[i], 1);
    f->routed_f = 0;
    for (uint32_t i = 0; i < db->para.n; i++) {
        const ParaNet *p = &db->para.v[i];
        uint32_t one;
        if (p->cell.i != f->cell.i || !map_get(&wanted, (uint64_t)p->net.i << 32 | p->bit, &one)) continue;
        for (uint32_t k = p->cap0; k < p->cap0 + p->n_cap; k++) f->routed_f += db->para_cap.v[k].farad;
    }
    map_free(&wanted);
}

/* ---- place ------------------------------------------------------------------------------------ */

static Status place_apu(Design *d, ApuType *t)
{
    Db *db = &d->db;
    DbCell *apu = db_cell(db, t->apu);
    int32_t strip_h = db_cell(db, t->macro[MACRO_CTRL])->box.y1, row_w = db_cell(db, t->macro[MACRO_ROWBUF])->box.x1;
    int32_t p4 = tech_metal(&d->tech, 4)->pitch;
    InstId rowbuf = t->i_macro[MACRO_ROWBUF];
    apu->insts.v[rowbuf.i].at = (Pt){0, strip_h};
    apu->insts.v[t->i_xbar.i].at = (Pt){row_w, strip_h};

    const InstId row[] = {t->i_macro[MACRO_CTRL], t->i_macro[MACRO_COLPROC], t->i_macro[MACRO_WMEM]};
    Collect c = {0};
    Arena a = {0};
    int32_t sum = 0;
    for (size_t k = 0; k < COUNTOF(row); k++) {
        const DbCell *m = db_cell(db, apu->insts.v[row[k].i].master);
        arr_push(&c.blocks, ((PlaceBlock){db_name(db, m->name), m->box.x1, m->box.y1, false, 0}));
        collect_pins(&c, db, t->apu, row[k], (int32_t)k, true);
        sum += m->box.x1;
    }
    collect_pins(&c, db, t->apu, rowbuf, -1, false);
    collect_pins(&c, db, t->apu, t->i_xbar, -1, false);
    int32_t upper_w = row_w + db_cell(db, t->xbar)->box.x1;
    OrderOptions opt = {.width = upper_w > sum ? upper_w : 0, .grid = p4, .seed = d->seed};
    PlaceProblem p = collect_problem(&c, &a);
    PlaceResult r = {0};
    Status st = place_order(&p, &opt, &r);
    if (st == ST_OK) {
        int32_t w = (upper_w > r.w ? upper_w : r.w) + p4; /* a column stays free: the row wires end at the crossbar's edge, and so may the next APU's */
        for (size_t k = 0; k < COUNTOF(row); k++) {
            apu->insts.v[row[k].i].at = (Pt){r.at[k].x, 0};
            apu->insts.v[row[k].i].orient = r.at[k].orient;
        }
        apu->box = (Box){0, 0, w, strip_h + db_cell(db, t->xbar)->box.y1};
        note_place(d, db_name(db, apu->name), t->apu, &c, &p, &r);
    }
    place_result_free(&r);
    collect_free(&c);
    arena_free(&a);
    return st;
}

/* An APU's bus pins are on its bottom edge: seen from the channel it stands head down. */
static Orient head_down(Orient o)
{
    static const Orient map[8] = {[ORI_N] = ORI_FS, [ORI_FN] = ORI_S, [ORI_FS] = ORI_N, [ORI_S] = ORI_FN};
    return map[o];
}

/* Below another block noc is at least this high: more than a strap pitch of the mesh, and room for rows of gates. */
#define NOC_BASE_M 30e-6

/* Parts of noc in its own coordinates: the body at the channel and, where it flows around them, what is below the lower strip's others. */
static Status draw_noc(Design *d, const PlaceProblem *p, const PlaceResult *r, const StripSoft *soft)
{
    Box *part = arena_array(&d->arena, Box, d->n_apus + 1);
    PlaceAt at = r->at[d->n_apus];
    int32_t x0 = at.x, x1 = at.x + soft->w;
    uint32_t n = 1;
    for (uint32_t k = 0; soft->around && k < r->n_lower; k++) {
        uint32_t b = r->order[k];
        if (b == d->n_apus) continue;
        Box below = {r->at[b].x, 0, r->at[b].x + p->blocks[b].w, r->at[b].y};
        part[n++] = below;
        x0 = below.x0 < x0 ? below.x0 : x0;
        x1 = below.x1 > x1 ? below.x1 : x1;
    }
    part[0] = (Box){at.x, 0, at.x + soft->w, soft->h};
    /* box_place turns within (0, 0) … (x1 - x0, h); only N and FN occur in the lower strip. */
    for (uint32_t i = 0; i < n; i++) {
        Box b = {part[i].x0 - x0, part[i].y0, part[i].x1 - x0, part[i].y1};
        part[i] = box_place(b, x1 - x0, soft->h, (Pt){0, 0}, at.orient);
    }
    db_cell(&d->db, d->chip)->insts.v[d->i_noc.i].at.x = x0;
    return macro_draw(d, d->noc, 0, MACRO_NOC, part, n, CELL_NONE, NULL);
}

_Static_assert(ISA_APUS < STRIPS_MAX, "noc stands in a strip, too");

static Status place_chip(Design *d)
{
    Db *db = &d->db;
    Collect c = {0};
    Arena a = {0};
    ChanRules rules;
    int32_t p4 = tech_metal(&d->tech, 4)->pitch, p5 = tech_metal(&d->tech, 5)->pitch;
    TRY(route_channel_rules(db, &d->tech, CHANNEL_METAL, &rules));
    for (uint32_t k = 0; k < d->n_apus; k++) {
        const DbCell *m = db_cell(db, d->types.v[d->apu_type[k]].apu);
        arr_push(&c.blocks, ((PlaceBlock){arena_printf(&d->arena, "apu%u", k), m->box.x1, m->box.y1, true, 0}));
        collect_pins(&c, db, d->chip, d->i_apu[k], (int32_t)k, false);
    }
    /* The host's pins leave at noc's other edge: it stays in the lower strip, towards the die's edge. */
    const DbCell *noc = db_cell(db, d->noc);
    arr_push(&c.blocks, ((PlaceBlock){"noc", noc->box.x1, noc->box.y1, true, -1}));

    /* The channel is at least as dense as noc is wide in nets. */
    StripOptions opt = {.grid = p4, .seed = d->seed, .channel_h = route_channel_height(&d->tech, &rules, (uint32_t)(d->noc_min_w / p4))};
    StripSoft soft = {.block = d->n_apus, .area = d->noc_area, .min_w = d->noc_min_w, .base = (int32_t)(NOC_BASE_M / d->tech.dbu_m), .grid_y = p5};
    PlaceProblem p = {.n_blocks = c.blocks.n, .blocks = c.blocks.v};
    PlaceResult r = {0};
    Status st = place_strips_soft(&p, &opt, &soft);
    if (st == ST_OK) {
        c.blocks.v[d->n_apus].w = soft.w;
        c.blocks.v[d->n_apus].h = soft.h;
        st = macro_draw(d, d->noc, 0, MACRO_NOC, &(Box){0, 0, soft.w, soft.h}, 1, CELL_NONE, NULL);
    }
    if (st == ST_OK) {
        collect_pins(&c, db, d->chip, d->i_noc, (int32_t)d->n_apus, true);
        opt.channel_h = 0;
        opt.soft = &soft;
        p = collect_problem(&c, &a);
        st = place_strips(&p, &opt, &r);
    }
    if (st == ST_OK) {
        DbCell *chip = db_cell(db, d->chip);
        for (uint32_t k = 0; k <= d->n_apus; k++) {
            DbInst *i = &chip->insts.v[k < d->n_apus ? d->i_apu[k].i : d->i_noc.i];
            i->at = (Pt){r.at[k].x, r.at[k].y};
            i->orient = k < d->n_apus ? head_down(r.at[k].orient) : r.at[k].orient;
        }
        chip->box = (Box){0, 0, r.w, r.h};
        note_place(d, "chip", d->chip, &c, &p, &r);
        d->strip_upper = arena_array(&d->arena, bool, d->n_apus + 1);
        for (uint32_t k = r.n_lower; k <= d->n_apus; k++) d->strip_upper[r.order[k]] = true;
        if (soft.around) st = draw_noc(d, &p, &r, &soft);
    }
    place_result_free(&r);
    collect_free(&c);
    arena_free(&a);
    return st;
}

Status stage_place(Design *d)
{
    for (uint32_t i = 0; i < d->types.n; i++) {
        TRY(place_apu(d, &d->types.v[i]));
        block_promote_pins(&d->db, d->types.v[i].apu);
    }
    return place_chip(d);
}

/* ---- route ------------------------------------------------------------------------------------ */

static void note_channel(Design *d, const char *name, const ChanProblem *p, const ChanSolution *s, int32_t pitch)
{
    ChannelFigure f = {.name = arena_str(&d->arena, name), .nets = p->nets.n ? p->nets.n - 1 : 0, .columns = s->n_cols,
                       .tracks = (int32_t)s->n_tracks, .density = (int32_t)s->density, .vias = s->x.n,
                       .wirelength = s->wirelength * pitch};
    f.doglegs = (int32_t)s->h.n - (int32_t)f.nets;
    Channel bare = {.n_cols = p->ch.n_cols, .top = p->ch.top, .bottom = p->ch.bottom, .n_left = p->ch.n_left, .n_right = p->ch.n_right};
    f.river = channel_is_river(&bare);
    arr_push(&d->channels, f);
    msg_verbose("route %s: %u nets, %d tracks, density %d, %lld vias", name, f.nets, f.tracks, f.density, (long long)f.vias);
}

static Status route_apu(Design *d, ApuType *t)
{
    Db *db = &d->db;
    int32_t strip_h = db_cell(db, t->macro[MACRO_CTRL])->box.y1;
    Box box = db_cell(db, t->apu)->box;
    ChanOptions opt = {.seed = d->seed + 1, .effort = 1, .max_extra = UINT32_MAX};
    ChanRules rules;
    ChanProblem p = {0};
    ChanSolution s = {0};
    int32_t height = 0;
    Status st = route_channel(db, &d->tech, t->apu, 0, box.x1, strip_h, strip_h, &opt, &rules, &p, &s, &height);
    if (st == ST_OK) {
        DbCell *apu = db_cell(db, t->apu);
        apu->insts.v[t->i_macro[MACRO_ROWBUF].i].at.y += height;
        apu->insts.v[t->i_xbar.i].at.y += height;
        /* Behind added columns one stays free: the next APU may stand there. */
        int32_t w = (int32_t)s.n_cols * rules.col_pitch;
        apu->box = (Box){0, 0, w > box.x1 ? w + rules.col_pitch : box.x1, box.y1 + height};
        route_channel_shapes(db, t->apu, (Pt){0, strip_h}, &rules, &p, &s, height);
        t->channel_h = height;
        t->tracks = (int32_t)s.n_tracks;
        t->density = (int32_t)s.density;
        note_channel(d, db_name(db, db_cell(db, t->apu)->name), &p, &s, rules.col_pitch);
    }
    channel_solution_free(&s);
    route_channel_free(&p);
    return st;
}

/* noc's host pins, on its lower edge, are led straight down to the die's edge; they are the chip's own pins there. */
static void lead_out_host(Design *d)
{
    Db *db = &d->db;
    DbInst noc = db_cell(db, d->chip)->insts.v[d->i_noc.i];
    const DbCell *m = db_cell(db, d->noc);
    for (uint32_t k = 0; k < m->shapes.n; k++) {
        DbShape s = m->shapes.v[k];
        if (s.kind != SHAPE_PIN || s.box.y0 != 0 || s.net.i >= m->n_ports) continue;
        NetRef r = db_conn(db, d->chip, d->i_noc, s.net.i);
        if (r.net.i >= db_cell(db, d->chip)->n_ports) continue;
        if (m->nets.v[s.net.i].use == USE_POWER || m->nets.v[s.net.i].use == USE_GROUND) continue;
        Box b = box_place(s.box, m->box.x1, m->box.y1, noc.at, noc.orient);
        uint32_t bit = netref_bit(r, 0, 0, s.bit);
        if (b.y0 > 0) db_add_shape(db, d->chip, s.layer, SHAPE_WIRE, (Box){b.x0, 0, b.x1, b.y0}, r.net, bit);
        db_add_shape(db, d->chip, s.layer, SHAPE_PIN, (Box){b.x0, 0, b.x1, b.y1 - b.y0}, r.net, bit);
    }
}

static Status route_chip(Design *d)
{
    Db *db = &d->db;
    ChanOptions opt = {.seed = d->seed + 1, .effort = 1, .max_extra = UINT32_MAX};
    int32_t y = INT32_MAX;
    for (uint32_t k = 0; k <= d->n_apus; k++) {
        InstId i = k < d->n_apus ? d->i_apu[k] : d->i_noc;
        if (d->strip_upper[k] && db_cell(db, d->chip)->insts.v[i.i].at.y < y) y = db_cell(db, d->chip)->insts.v[i.i].at.y;
    }
    Box box = db_cell(db, d->chip)->box;
    if (y == INT32_MAX) y = box.y1;
    ChanRules rules;
    ChanProblem p = {0};
    ChanSolution s = {0};
    int32_t height = 0;
    Status st = route_channel(db, &d->tech, d->chip, 0, box.x1, y, y, &opt, &rules, &p, &s, &height);
    if (st == ST_OK) {
        DbCell *chip = db_cell(db, d->chip);
        for (uint32_t k = 0; k <= d->n_apus; k++)
            if (d->strip_upper[k]) chip->insts.v[k < d->n_apus ? d->i_apu[k].i : d->i_noc.i].at.y += height;
        int32_t w = (int32_t)s.n_cols * rules.col_pitch;
        chip->box = (Box){0, 0, w > box.x1 ? w : box.x1, box.y1 + height};
        route_channel_shapes(db, d->chip, (Pt){0, y}, &rules, &p, &s, height);
        d->chip_channel_h = height;
        note_channel(d, "chip", &p, &s, rules.col_pitch);
        lead_out_host(d);
    }
    channel_solution_free(&s);
    route_channel_free(&p);
    return st;
}

/* ---- the reference ---------------------------------------------------------------------------- */

/* Of VREF may be lost to a crossbar: an LSB, which is half of one at the ends of the range. */
#define REFERENCE_LSB 1.0

/* What each ladder's column is taken to draw: the mean current of all its crossbar's converters converting at the shortest clock in use. An upper bound of
 * what the reference lacks when a bit is decided, since by then most of that bit's charge has flowed. */
static PowerTap *reference_taps(Design *d, double per_converter)
{
    const Db *db = &d->db;
    PowerTap *tap = arena_array(&d->arena, PowerTap, d->n_apus + 1);
    LayerId layer = db_metal(db, tech_strap_level(&d->tech));
    for (uint32_t k = 0; k < d->n_apus; k++) {
        CellId ladder = d->types.v[d->apu_type[k]].cells.ladder;
        const DbCell *l = &db->cells.v[ladder.i];
        NetId port = db_find_net(db, ladder, "VREF");
        for (uint32_t q = 0; q < l->shapes.n; q++)
            if (l->shapes.v[q].net.i == port.i && l->shapes.v[q].layer.i == layer.i) tap[k].column = reference_on_chip(d, k, l->shapes.v[q].box);
        assert(tap[k].column.y1 > tap[k].column.y0);
        tap[k].current_a = per_converter * core_adcs(&d->plan.cores.v[k]);
    }
    return tap;
}

/* Where the reference's straps may be joined: no farther than this from the die's right edge, or else beside everything. */
#define TRUNK_WITHIN_M 10e-6

typedef struct { LayerId layer; Box window; const bool *full; ARRAY(Box) hit; } Look; /* full: [cell] its capacitors take the metal */

static bool look_at(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Look *l = ctx;
    (void)flat;
    if ((s->layer.i == l->layer.i || l->full[cell.i]) && box_touch(placed, l->window)) arr_push(&l->hit, placed);
    return true;
}

/* A column over the ladders' heights makes the straps one net: as far right as it keeps clear of the other columns. */
static Box reference_trunk(Design *d, NetId vref)
{
    DbCell *chip = db_cell(&d->db, d->chip);
    int32_t level = tech_strap_level(&d->tech), w = cells_strap_width(&d->tech), clear = tech_space(tech_metal(&d->tech, level), w), p4 = tech_metal(&d->tech, 4)->pitch;
    bool *full = arena_array(&d->arena, bool, d->db.cells.n);
    for (uint32_t i = 0; i < d->db.cells.n && level <= d->tech.mom_hi; i++)
        for (uint32_t k = 0; k < d->db.cells.v[i].devices.n && !full[i]; k++) full[i] = d->db.cells.v[i].devices.v[k].kind == DEV_CAP;
    Look l = {.layer = db_metal(&d->db, level), .full = full};
    Box b = d->vref_at[0].column;
    for (uint32_t k = 1; k < d->n_apus; k++) b = box_union(b, d->vref_at[k].column);
    int32_t right = chip->box.x1, x = right - clear - w, least = right - (int32_t)(TRUNK_WITHIN_M / d->tech.dbu_m);
    l.window = (Box){least - clear, b.y0 - clear, right, b.y1 + clear};
    db_visit_shapes(&d->db, d->chip, look_at, &l);
    for (uint32_t i = 0; i < l.hit.n && x >= least; i++) {
        if (l.hit.v[i].x1 + clear <= x || l.hit.v[i].x0 - clear >= x + w) continue;
        x = (l.hit.v[i].x0 - clear - w) / d->tech.grid * d->tech.grid;
        i = UINT32_MAX; /* from the first again */
    }
    arr_free(&l.hit);
    if (x < least) {
        x = right + clear;
        chip->box.x1 += (w + 2 * clear + p4 - 1) / p4 * p4;
    }
    b.x0 = x;
    b.x1 = x + w;
    db_add_shape(&d->db, d->chip, l.layer, SHAPE_WIRE, b, vref, 0);
    return b;
}

/* Charge that a conversion takes from the reference, per volt. The current family's converter has the array of the charge family's of the same resolution
 * and unit, and nothing else of it hangs on the reference. */
static Status reference_charge(const Design *d, double *c_ref)
{
    const CellVariant *adc = d->choice.sar_adc;
    *c_ref = adc->data.c_ref;
    for (uint32_t i = 0; i < d->lib.v.n && d->family[1].chosen; i++) {
        const CellVariant *v = &d->lib.v.v[i];
        if (str_eq(v->function, "sar_adc") && v->param[0] == adc->param[0] && v->param[1] == adc->param[1]) *c_ref = v->data.c_ref;
    }
    if (isnan(*c_ref)) return msg_error(ST_INPUT, "MDL-0001", (Loc){0}, "sar_adc %s has no c-ref: run `apugen characterize sar_adc`", adc->variant);
    return ST_OK;
}

/* The least reference of all layers; in the current family it follows the rows. */
static Status reference_level(const Design *d, int32_t gain, double *v)
{
    *v = 14 * d->tech.ladder_step / gain;
    if (!d->family[1].chosen) return ST_OK;
    BehaveModel m;
    TRY(model_of_current(d, &m));
    *v = INFINITY;
    for (uint32_t i = 0; i < d->plan.layers.n; i++)
        if (d->plan.layers.v[i].op == PLAN_CONV) *v = fmin(*v, ldexp(behave_lsb_v(&d->plan.layers.v[i], &m), d->plan.layers.v[i].adc_bits));
    return ST_OK;
}

static Status route_mesh(Design *d)
{
    int32_t gain = 1, bits = plan_adc_bits(&d->plan);
    for (uint32_t i = 0; i < d->plan.layers.n; i++)
        if (d->plan.layers.v[i].op == PLAN_CONV && d->plan.layers.v[i].adc_gain > gain) gain = d->plan.layers.v[i].adc_gain;
    double c_ref;
    TRY(reference_charge(d, &c_ref));
    TRY(reference_level(d, gain, &d->vref_v));
    PowerOptions opt = {.current_a = d->power_w / d->tech.vdd, .reference = db_find_net(&d->db, d->chip, "VREF"), .n_taps = d->n_apus};
    opt.tap = d->vref_at = reference_taps(d, c_ref * d->vref_v / (bits * cells_t_clk(gain)));
    opt.trunk = reference_trunk(d, opt.reference);
    opt.max_reference_v = REFERENCE_LSB * ldexp(d->vref_v, -bits);
    TRY(route_power_mesh(&d->db, &d->tech, d->chip, &opt, &d->power));
    d->vref_drop = arena_array(&d->arena, double, d->n_apus + 1);
    for (uint32_t k = 0; k < d->n_apus; k++) d->vref_drop[k] = d->power.ref.drop[k] / d->vref_v;
    return ST_OK;
}

static void sum_areas(Design *d)
{
    Db *db = &d->db;
    d->die_area = box_area(db_cell(db, d->chip)->box);
    d->cell_area = d->noc_area; /* not its outline: what that has more is dead */
    d->channel_area = (int64_t)d->chip_channel_h * db_cell(db, d->chip)->box.x1;
    for (uint32_t k = 0; k < d->n_apus; k++) {
        const ApuType *t = &d->types.v[d->apu_type[k]];
        d->cell_area += box_area(db_cell(db, t->xbar)->box);
        for (Macro m = 0; m < MACRO_NOC; m++) d->cell_area += box_area(db_cell(db, t->macro[m])->box);
        d->channel_area += (int64_t)t->channel_h * db_cell(db, t->apu)->box.x1;
    }
}

Status stage_route(Design *d)
{
    /* Heights of the APUs change with their channels: place the chip's strips again on the real outlines. */
    for (uint32_t i = 0; i < d->types.n; i++) {
        TRY(route_apu(d, &d->types.v[i]));
        block_drop_pins(&d->db, d->types.v[i].apu);
        block_promote_pins(&d->db, d->types.v[i].apu);
    }
    d->place.n--;
    TRY(place_chip(d));
    TRY(route_chip(d));
    /* Mean power of the analog side over an inference; the digital macros are not placed. The current family has no program, and so no other energy than
     * that by which it was selected. */
    if (d->family[1].chosen) {
        d->power_w = d->family[1].energy / d->family[1].latency_s;
    } else if (d->plan.layers.n) {
        IssClocks c;
        TRY(design_clocks(d, &c));
        Kpi k = {0};
        Status st = design_kpi(d, &c, &k);
        iss_clocks_free(&c);
        TRY(st);
        if (k.latency_s > 0) d->power_w = k.energy_j / k.latency_s;
    }
    TRY(route_mesh(d));
    sum_areas(d);
    return ST_OK;
}

Status stage_extract(Design *d)
{
    TRY(extract_cell(&d->db, &d->tech, d->chip, &d->extract));
    for (uint32_t i = 0; i < d->place.n; i++) note_routed(d, &d->place.v[i]);
    return ST_OK;
}
