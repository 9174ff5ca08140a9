/*
 * Metal-oxide-metal capacitors with one common plate, laid over a cell of given outline: vertical fingers, alternately of a bottom plate
 * and of the common one, on the technology's capacitor metals on top of each other.
 *
 * Every second finger is a bottom plate, the first and the last too, so what couples across the cell's edges are driven plates only.
 * Bottom plates are dealt out from the middle, smallest capacitor first: all have their centre of gravity near it. A capacitor's value is
 * the length over which its fingers face the common plate; wires that pass on a capacitor metal take fingers' places.
 *
 *        ──────────────  bar of the common plate, joined to its column wire below
 *         │ │ │ │ │ │    common
 *        │ │ │ │ │ │ │   bottom, as long as needed
 *        ──  ───────  ─  bars, one per run of equal bottom plates, each with a landing pad for the router one metal below
 *
 * A cell drawn in sections has several such combs, one above the other, each with a common plate of its own, or with some capacitors of one. They hang
 * or stand: landing pads are at the upper or lower end, that of the common plate, too, on a finger that leaves between two runs.
 */
#include "cells/draw_caps.h"
#include "cells/physical.h"

#include <math.h>
#include <stdlib.h>

enum { LANDINGS = 24 }; /* heights at which a landing pad of a comb is tried */

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t up_to(int32_t v, int32_t step) { return (v + step - 1) / step * step; }

static const DbDevice *cap_of(const Caps *k, int32_t i) { return &k->db->cells.v[k->c.i].devices.v[k->cap.v[i]]; }

/* From the comb to the cell: y of a comb that hangs counts from its upper end downwards. */
static Box turn(const Caps *k, Box b)
{
    if (!k->comb) return b;
    if (k->comb->stands) return (Box){b.x0, k->comb->y0 + b.y0, b.x1, k->comb->y0 + b.y1};
    return (Box){b.x0, k->comb->y1 - b.y1, b.x1, k->comb->y1 - b.y0};
}

/* From the cell to the comb. */
static Box back(const Caps *k, Box b)
{
    return k->comb && k->comb->stands ? (Box){b.x0, b.y0 - k->comb->y0, b.x1, b.y1 - k->comb->y0} : turn(k, b);
}

static void put(Caps *k, LayerId layer, ShapeKind kind, Box b, const DbDevice *d, int plate)
{
    b = turn(k, b);
    db_add_shape(k->db, k->c, layer, kind, b, plate < 0 ? NET_NONE : d->t[plate].net, plate < 0 ? 0 : d->t[plate].bit);
}

/* Is a wire nearer to the box on this metal than the spacing? Wires of the given net may. */
static bool near_wire(const Caps *k, int32_t level, Box b, NetId own, uint32_t bit)
{
    const DbCell *c = &k->db->cells.v[k->c.i];
    const TechLayer *m = tech_metal(k->t, level);
    LayerId metal = db_metal(k->db, level);
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->layer.i != metal.i || (s->net.i == own.i && s->bit == bit)) continue;
        Box a = back(k, s->box);
        int32_t w = a.x1 - a.x0, h = a.y1 - a.y0, gap = tech_space(m, w < h ? w : h);
        if (a.x0 < b.x1 + gap && b.x0 < a.x1 + gap && a.y0 < b.y1 + gap && b.y0 < a.y1 + gap) return true;
    }
    return false;
}

/* Is a cut of this level nearer to the box than their spacing? */
static bool near_cut(const Caps *k, int32_t level, Box b)
{
    const DbCell *c = &k->db->cells.v[k->c.i];
    int32_t gap = tech_cut(k->t, level)->space;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        Box a = back(k, c->shapes.v[i].box);
        if (c->shapes.v[i].layer.i != db_cut(k->db, level).i) continue;
        if (a.x0 < b.x1 + gap && b.x0 < a.x1 + gap && a.y0 < b.y1 + gap && b.y0 < a.y1 + gap) return true;
    }
    return false;
}

/* ---- what fits -------------------------------------------------------------------------------------------------- */

static int by_value(const void *pa, const void *pb, const DbDevice *v)
{
    const DbDevice *a = &v[*(const uint32_t *)pa], *b = &v[*(const uint32_t *)pb];
    if (a->value != b->value) return a->value < b->value ? -1 : 1;
    return *(const uint32_t *)pa < *(const uint32_t *)pb ? -1 : 1;
}

/* Tell why, unless it is only asked whether. */
static Status refuse(const Caps *k, Status st, const char *id, const char *why, const char *device)
{
    if (!k->tell) return st;
    return msg_error(st, id, (Loc){0}, "cell %s: %s%s", db_name(k->db, k->db->cells.v[k->c.i].name), why, device);
}

bool draw_in_comb(const CapComb *m, const DbDevice *d)
{
    return d->kind == DEV_CAP && d->t[1].net.i == m->common.net.i && d->t[1].bit == m->common.bit && (m->below == 0 || (d->value >= m->least && d->value < m->below));
}

static Status collect(Caps *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        if (c->devices.v[i].kind != DEV_CAP) continue;
        if (k->comb && !draw_in_comb(k->comb, &c->devices.v[i])) continue;
        arr_push(&k->cap, i);
        for (uint32_t n = k->cap.n - 1; n > 0 && by_value(&k->cap.v[n - 1], &k->cap.v[n], c->devices.v) > 0; n--) {
            uint32_t x = k->cap.v[n];
            k->cap.v[n] = k->cap.v[n - 1];
            k->cap.v[n - 1] = x;
        }
        const DbDevice *d = &c->devices.v[i], *first = cap_of(k, 0);
        if (d->t[1].net.i != first->t[1].net.i || d->t[1].bit != first->t[1].bit)
            return refuse(k, ST_INPUT, "DRAW-0002", "only capacitors with one common plate can be drawn: ", db_name(k->db, d->name));
    }
    return ST_OK;
}

void caps_dimensions(Caps *k)
{
    const Tech *t = k->t;
    const TechLayer *m = tech_metal(t, k->lo), *land = tech_cut(t, k->lo - 1);
    int32_t end = land->cut_size / 2 + land->enc_above;
    k->bar = land->cut_size + 2 * land->enc_above_side;
    for (int32_t l = k->lo; l <= k->hi; l++) {
        const TechLayer *x = tech_metal(t, l), *cut = tech_cut(t, l);
        k->width = max32(k->width, x->width);
        k->space = max32(k->space, x->space);
        if (l == k->hi) continue;
        end = max32(end, cut->cut_size / 2 + max32(cut->enc_below, cut->enc_above));
        k->width = max32(k->width, cut->cut_size + 2 * max32(cut->enc_below_side, cut->enc_above_side));
    }
    /* a comb's contacts find room along its fingers if they are no wider than these */
    if (k->comb) k->width = max32(k->width, land->cut_size + 2 * land->enc_above_side);
    k->bar = max32(k->bar, k->width);
    k->half = up_to((k->space + 1) / 2, t->grid);
    /* the landing pad below, which reaches farther down where its metal encloses the cut more, keeps half its own spacing to the edge */
    int32_t pad = (tech_metal(t, k->lo - 1)->space + 1) / 2 + land->cut_size / 2 + land->enc_below;
    k->yb = up_to(max32(k->half + max32(end, k->bar / 2), pad), t->grid);
    k->yt = k->h - k->yb;
    /* a landing pad wider than a finger must end below the faces */
    int32_t reach = land->cut_size + 2 * land->enc_above_side > k->width ? max32(end, k->bar / 2) : k->bar / 2;
    k->face0 = up_to(k->yb + reach + k->space, t->grid);
    k->face1 = k->h - k->face0;
    k->per_gap = t->mom_density * (m->width + m->space) * t->dbu_m * t->dbu_m;
}

static Status free_of_wires(const Caps *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (!k->comb && c->shapes.v[i].layer.i == db_metal(k->db, k->lo).i)
            return refuse(k, ST_INPUT, "DRAW-0002", "a wire on the lowest capacitor metal crosses the capacitors", "");
    return ST_OK;
}

void caps_places(Caps *k)
{
    int32_t pitch = k->width + k->space, edge = k->half + k->width / 2, x0 = edge;
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < c->shapes.n && !k->comb; i++) {
        const DbShape *s = &c->shapes.v[i];
        int32_t l = k->db->layers.v[s->layer.i].level, mid = (s->box.x0 + s->box.x1) / 2;
        if (k->db->layers.v[s->layer.i].kind != LAYER_METAL || l < k->lo || l > k->hi) continue;
        while (mid - pitch - k->width / 2 >= k->half) mid -= pitch;
        x0 = mid;
        break;
    }
    for (int32_t x = x0, cap = 0; x <= k->w - edge; x += pitch, cap = -1 - cap) arr_push(&k->f, ((Finger1){x, cap, 0, 0}));
    if (k->f.n && k->f.n % 2 == 0) k->f.n--;
}

static bool blocked(const Caps *k, uint32_t i, int32_t l)
{
    int32_t x = k->f.v[i].x;
    int32_t end = k->comb ? k->half : 0; /* other combs keep half a spacing */
    return near_wire(k, l, (Box){x - k->width / 2, end, x + k->width / 2, k->h - end}, NET_NONE, 0);
}

/* On which metals each finger is there, and how many faces it has. Beside a wire that passes stands the common plate or nothing: the wire
 * belongs to the same column. */
static void faces(Caps *k)
{
    for (uint32_t i = 0; i < k->f.n; i++) {
        Finger1 *f = &k->f.v[i];
        for (int32_t l = k->lo; l <= k->hi; l++) {
            bool here = blocked(k, i, l), beside = (i && blocked(k, i - 1, l)) || (i + 1 < k->f.n && blocked(k, i + 1, l));
            if (here && f->cap == 0) f->cap = -2;
            if (!here && !(f->cap == 0 && beside)) f->levels |= 1u << l;
        }
        if (f->cap == -2) f->levels = 0;
    }
    for (uint32_t i = 0; i < k->f.n; i += 2)
        for (int32_t l = k->lo; l <= k->hi; l++) {
            if (!(k->f.v[i].levels >> l & 1)) continue;
            if (i) k->f.v[i].gaps += k->f.v[i - 1].levels >> l & 1;
            if (i + 1 < k->f.n) k->f.v[i].gaps += k->f.v[i + 1].levels >> l & 1;
        }
}

/* Bottom plates by their distance from the middle, left before right. */
static uint32_t from_middle(Caps *k, uint32_t *at)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < k->f.n; i += 2) {
        if (!k->f.v[i].gaps) {
            k->f.v[i].cap = -2;
            continue;
        }
        uint32_t p = n++;
        for (; p > 0 && abs(2 * k->f.v[at[p - 1]].x - k->w) > abs(2 * k->f.v[i].x - k->w); p--) at[p] = at[p - 1];
        at[p] = i;
    }
    return n;
}

/* Cuts in this order such that the longest face is as short as it can be (exact). Returns that length; from: [cap][plates]. */
static double cuts(const Caps *k, const uint32_t *at, uint32_t n, double *best, uint32_t *from)
{
    uint32_t row = n + 1;
    for (uint32_t i = 0; i <= n; i++) best[i] = i ? INFINITY : 0;
    for (uint32_t q = 1; q <= k->cap.n; q++)
        for (uint32_t i = 0; i <= n; i++) {
            int32_t gaps = 0;
            best[q * row + i] = INFINITY;
            for (uint32_t j = i; j-- > 0;) {
                gaps += k->f.v[at[j]].gaps;
                double v = fmax(best[(q - 1) * row + j], cap_of(k, (int32_t)q - 1)->value / (k->per_gap * gaps));
                if (v >= best[q * row + i]) continue;
                best[q * row + i] = v;
                from[q * row + i] = j;
            }
        }
    return best[k->cap.n * row + n];
}

/* One step to the left for the plate that was last: the others keep their order. */
static void bring_forward(uint32_t *at, uint32_t p)
{
    uint32_t x = at[p];
    at[p] = at[p - 1];
    at[p - 1] = x;
}

/* Deal the bottom plates out, from the middle. The outermost one, which has half the faces of others, goes where it helps most. */
static bool deal(Caps *k)
{
    uint32_t *at = mem_calloc(k->f.n + 1, sizeof *at), n = from_middle(k, at), m = k->cap.n, row = n + 1, moves = 0;
    double *best = mem_calloc((size_t)(m + 1) * row, sizeof *best), least = INFINITY;
    uint32_t *from = mem_calloc((size_t)(m + 1) * row, sizeof *from);
    for (uint32_t p = 0; p < n; p++) {
        double l = cuts(k, at, n, best, from);
        if (l < least) {
            least = l;
            moves = p;
        }
        if (p + 1 < n) bring_forward(at, n - 1 - p);
    }
    from_middle(k, at);
    for (uint32_t p = 0; p < moves; p++) bring_forward(at, n - 1 - p);
    cuts(k, at, n, best, from);
    bool ok = least <= k->face1 - k->face0;
    for (uint32_t q = m, i = n; ok && q > 0; q--) {
        uint32_t j = from[q * row + i];
        int32_t gaps = 0;
        for (uint32_t p = j; p < i; p++) {
            gaps += k->f.v[at[p]].gaps;
            k->f.v[at[p]].cap = (int32_t)q - 1;
        }
        k->len[q - 1] = (int32_t)lrint(cap_of(k, (int32_t)q - 1)->value / (k->per_gap * gaps) / k->t->grid) * k->t->grid;
        i = j;
    }
    mem_free(at);
    mem_free(best);
    mem_free(from);
    return ok;
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static Box around(int32_t x, int32_t y, int32_t rx, int32_t ry) { return (Box){x - rx, y - ry, x + rx, y + ry}; }

static void cut_at(Caps *k, int32_t level, int32_t x, int32_t y, const DbDevice *d, int plate)
{
    int32_t r = tech_cut(k->t, level)->cut_size / 2;
    put(k, db_cut(k->db, level), SHAPE_VIA, around(x, y, r, r), d, plate);
}

static void draw_fingers(Caps *k)
{
    const TechLayer *mark = tech_role(k->t, ROLE_MOM);
    for (uint32_t i = 0; i < k->f.n; i++) {
        const Finger1 *f = &k->f.v[i];
        if (f->cap == -2) continue;
        bool bottom = f->cap >= 0;
        const DbDevice *d = cap_of(k, bottom ? f->cap : 0);
        int32_t y0 = bottom || (int32_t)i == k->leave ? k->half : k->face0, y1 = bottom ? k->face0 + k->len[f->cap] : k->h - k->half, r = k->width / 2;
        for (int32_t l = k->lo; l <= k->hi; l++) {
            if (!(f->levels >> l & 1)) continue;
            put(k, db_metal(k->db, l), SHAPE_WIRE, (Box){f->x - r, y0, f->x + r, y1}, d, !bottom);
            /* the last finger's cut keeps away from that of the first one in the next cell */
            const TechLayer *cut = l > k->lo ? tech_cut(k->t, l - 1) : NULL;
            int32_t up = cut && i + 1 == k->f.n ? up_to(cut->cut_size + cut->space, k->t->grid) : 0;
            if (cut) cut_at(k, l - 1, f->x, bottom ? k->yb + up : k->yt, d, !bottom);
        }
        for (int s = 0; s < 2 && bottom; s++) { /* the gaps where it faces the common plate */
            const Finger1 *o = s ? (i + 1 < k->f.n ? f + 1 : NULL) : (i ? f - 1 : NULL);
            if (!o || !(o->levels & f->levels)) continue;
            Box gap = s ? (Box){f->x + r, k->face0, o->x - r, y1} : (Box){o->x + r, k->face0, f->x - r, y1};
            put(k, db_find_layer(k->db, mark->name), SHAPE_WIRE, gap, d, -1);
        }
    }
}

/* A pad of the landing metal below a bottom plate, long enough for its area and wide enough for a cut to the metal below, too. Of a comb's outer finger it
 * reaches below the next one: at the cell's edge the router's cuts keep half a spacing. */
static Box landing(const Caps *k, int32_t x, int32_t y)
{
    const TechLayer *m = tech_metal(k->t, k->lo - 1), *cut = tech_cut(k->t, k->lo - 1), *under = tech_cut(k->t, k->lo - 2);
    int32_t rx = max32(max32(m->width, cut->cut_size + 2 * cut->enc_below_side), under->cut_size + 2 * under->enc_above_side) / 2, y0 = y - cut->cut_size / 2 - cut->enc_below;
    int32_t edge = (under->cut_size + under->space + 1) / 2, pitch = k->width + k->space;
    return (Box){x - rx - (k->comb && x > k->w - edge ? pitch : 0), y0, x + rx + (k->comb && x < edge ? pitch : 0), y0 + max32(cells_pin_length(k->t, m), cut->cut_size + 2 * cut->enc_below)};
}

/* Height of the landing cut: the last finger's keeps away from that of the first one in the next cell if both are near the edge. Only a pad
 * that is no wider than the finger may stand beside the faces. */
static int32_t landing_y(const Caps *k, uint32_t finger, int32_t rx)
{
    const TechLayer *cut = tech_cut(k->t, k->lo - 1);
    bool near = 2 * (k->f.v[finger].x + cut->cut_size / 2) + cut->space > 2 * k->w;
    return finger + 1 == k->f.n && near && 2 * rx <= k->width ? k->yb + up_to(cut->cut_size + cut->space, k->t->grid) : k->yb;
}

/* May a bar's landing stand at x? */
static bool lands(const Caps *k, int32_t x, int32_t y, int32_t rx, const DbDevice *d, int plate)
{
    const TechLayer *m = tech_metal(k->t, k->lo - 1);
    Box p = landing(k, x, y);
    int32_t half = (m->space + 1) / 2;
    if (k->comb && near_cut(k, k->lo - 1, around(x, y, tech_cut(k->t, k->lo - 1)->cut_size / 2, tech_cut(k->t, k->lo - 1)->cut_size / 2))) return false;
    return p.x0 >= half && p.y0 >= half && p.x1 <= k->w - half && x - rx >= k->half && x + rx <= k->w - k->half &&
           !near_wire(k, k->lo - 1, p, d->t[plate].net, d->t[plate].bit);
}

/* How many heights a landing may be tried at: those of a comb that are no wider than a finger, along it. */
static uint32_t places_of(const Caps *k, int32_t rx) { return k->comb && 2 * rx <= k->width ? LANDINGS : 1; }

/* Where a comb's common plate lands on a finger: the lowest height with room; −1: none has. */
static int32_t common_lands(const Caps *k, int32_t x)
{
    const TechLayer *cut = tech_cut(k->t, k->lo - 1);
    int32_t rx = max32(cut->cut_size + 2 * cut->enc_above_side, k->width) / 2, y = k->yb;
    for (uint32_t i = 0; i < places_of(k, rx); i++, y += up_to(cut->cut_size + cut->space, k->t->grid))
        if (lands(k, x, y, rx, cap_of(k, 0), 1)) return y;
    return -1;
}

/* The finger of the common plate by which it leaves: between two runs, where it can land; between the largest capacitors, for its wire and contact couple to the plates
 * beside it, of those nearest to the middle or to the line asked for. A single capacitor's run it parts. */
static bool find_leave(Caps *k)
{
    int32_t to = k->comb->line ? 2 * k->comb->line : k->w;
    double most = 0;
    for (uint32_t i = 1; i + 1 < k->f.n; i += 2) {
        const Finger1 *f = &k->f.v[i];
        if (f[-1].cap < 0 || f[1].cap < 0 || (k->cap.n > 1 && f[-1].cap == f[1].cap) || !(f->levels >> k->lo & 1) || common_lands(k, f->x) < 0) continue;
        double least = fmin(cap_of(k, f[-1].cap)->value, cap_of(k, f[1].cap)->value);
        if (least < most || (least == most && abs(2 * f->x - to) >= abs(2 * k->f.v[k->leave].x - to))) continue;
        most = least, k->leave = (int32_t)i;
    }
    return k->leave >= 0;
}

/* Fingers first … last of one bottom plate: their bar, and the landing pad at the finger nearest to the middle that has room; if none has, beside
 * the fingers, as far as the bar of another plate that comes from the other side as far would leave the spacing. */
static Status draw_run(Caps *k, const uint32_t *at, uint32_t n)
{
    const Finger1 *a = &k->f.v[at[0]], *b = &k->f.v[at[n - 1]];
    const DbDevice *d = cap_of(k, a->cap);
    const TechLayer *cut = tech_cut(k->t, k->lo - 1);
    put(k, db_metal(k->db, k->lo), SHAPE_WIRE, (Box){a->x - k->width / 2, k->yb - k->bar / 2, b->x + k->width / 2, k->yb + k->bar / 2}, d, 0);
    int32_t best = -1, best_y = k->yb, far = INT32_MAX, rx = max32(cut->cut_size + 2 * cut->enc_above_side, k->width) / 2;
    for (uint32_t i = 0; i < n * places_of(k, rx); i++) { /* along the fingers if none has room at its end */
        if (i % n == 0 && best >= 0) break;
        int32_t x = k->f.v[at[i % n]].x, y = landing_y(k, at[i % n], rx) + (int32_t)(i / n) * up_to(cut->cut_size + cut->space, k->t->grid), off = abs(2 * x - a->x - b->x);
        if (off >= far || !lands(k, x, y, rx, d, 0)) continue;
        best = x;
        best_y = y;
        far = off;
    }
    int32_t reach = k->space / 2 + k->width - rx;
    for (int32_t x = a->x - reach; best < 0 && !k->comb && x <= b->x + reach; x += k->t->grid)
        if (lands(k, x, k->yb, rx, d, 0)) best = x;
    if (best < 0 && k->comb && k->out.n < k->f.n / 4) {
        arr_push(&k->out, at[0]);
        return ST_LIMIT; /* without it, then */
    }
    if (best < 0) return refuse(k, ST_VIOLATION, "DRAW-0006", "no room for a contact to capacitor ", db_name(k->db, d->name));
    put(k, db_metal(k->db, k->lo), SHAPE_WIRE, around(best, best_y, rx, cut->cut_size / 2 + cut->enc_above), d, 0);
    put(k, db_metal(k->db, k->lo - 1), SHAPE_WIRE, landing(k, best, best_y), d, 0);
    cut_at(k, k->lo - 1, best, best_y, d, 0);
    return ST_OK;
}

static Status draw_runs(Caps *k)
{
    ARRAY(uint32_t) run = {0};
    Status st = ST_OK;
    for (uint32_t i = 0; i < k->f.n && st == ST_OK; i++) {
        if (k->f.v[i].cap < 0) continue;
        bool parted = run.n && (int32_t)run.v[run.n - 1] < k->leave && (int32_t)i > k->leave;
        if (run.n && (parted || k->f.v[run.v[0]].cap != k->f.v[i].cap)) {
            st = draw_run(k, run.v, run.n);
            run.n = 0;
        }
        arr_push(&run, i);
    }
    if (run.n && st == ST_OK) st = draw_run(k, run.v, run.n);
    arr_free(&run);
    return st;
}

/* A comb's common plate lands among the bottom plates. */
static Status land_common(Caps *k)
{
    const DbDevice *d = cap_of(k, 0);
    const TechLayer *cut = tech_cut(k->t, k->lo - 1);
    int32_t x = k->f.v[k->leave].x, y = common_lands(k, x), rx = max32(cut->cut_size + 2 * cut->enc_above_side, k->width) / 2;
    if (y < 0) return refuse(k, ST_VIOLATION, "DRAW-0006", "no room for a contact to the common plate of its capacitors", "");
    put(k, db_metal(k->db, k->lo), SHAPE_WIRE, around(x, y, rx, cut->cut_size / 2 + cut->enc_above), d, 1);
    put(k, db_metal(k->db, k->lo - 1), SHAPE_WIRE, landing(k, x, y), d, 1);
    cut_at(k, k->lo - 1, x, y, d, 1);
    return ST_OK;
}

/* The bar of the common plate, joined to every wire of its net that passes below it. */
static Status draw_common(Caps *k)
{
    const DbDevice *d = cap_of(k, 0);
    const TechLayer *cut = tech_cut(k->t, k->lo - 1), *m = tech_metal(k->t, k->lo - 1);
    Box bar = {INT32_MAX, k->yt - k->bar / 2, 0, k->yt + k->bar / 2};
    for (uint32_t i = 0; i < k->f.n; i++) {
        if (k->f.v[i].cap != -1) continue;
        if (k->f.v[i].x - k->width / 2 < bar.x0) bar.x0 = k->f.v[i].x - k->width / 2;
        bar.x1 = k->f.v[i].x + k->width / 2;
    }
    put(k, db_metal(k->db, k->lo), SHAPE_WIRE, bar, d, 1);
    if (k->comb) return land_common(k);
    bool joined = false;
    uint32_t n = db_cell(k->db, k->c)->shapes.n;
    for (uint32_t i = 0; i < n; i++) {
        DbShape s = db_cell(k->db, k->c)->shapes.v[i];
        int32_t x = (s.box.x0 + s.box.x1) / 2, rx = cut->cut_size / 2 + cut->enc_above;
        if (s.layer.i != db_metal(k->db, k->lo - 1).i || s.net.i != d->t[1].net.i || s.bit != d->t[1].bit || s.box.y0 > 0 || s.box.y1 < k->h) continue;
        if (x - rx < bar.x0 || x + rx > bar.x1) continue;
        put(k, db_metal(k->db, k->lo), SHAPE_WIRE, around(x, k->yt, rx, max32(cut->cut_size + 2 * cut->enc_above_side, k->bar) / 2), d, 1);
        put(k, s.layer, SHAPE_WIRE, around(x, k->yt, max32(cut->cut_size + 2 * cut->enc_below_side, m->width) / 2, cut->cut_size / 2 + cut->enc_below), d, 1);
        cut_at(k, k->lo - 1, x, k->yt, d, 1);
        joined = true;
    }
    return joined ? ST_OK : refuse(k, ST_VIOLATION, "DRAW-0006", "no column wire passes below the common plate of its capacitors", "");
}

/* Fingers, dealt out and drawn. ST_LIMIT: again, without those in k->out. */
static Status draw_plates(Caps *k)
{
    k->f.n = 0;
    k->leave = -1;
    caps_places(k);
    for (uint32_t i = 0; i < k->out.n; i++) k->f.v[k->out.v[i]].cap = -2;
    faces(k);
    if (!deal(k)) return refuse(k, ST_VIOLATION, "DRAW-0006", "its capacitors do not fit the outline", "");
    if (k->comb && !find_leave(k)) return refuse(k, ST_INPUT, "DRAW-0002", "a single capacitor has no place where its common plate leaves", "");
    draw_fingers(k);
    TRY(draw_runs(k));
    return draw_common(k);
}

Status draw_caps(Db *db, const Tech *t, CellId c, const CapComb *comb, bool tell)
{
    Box box = db_cell(db, c)->box;
    Caps k = {.db = db, .t = t, .c = c, .w = box.x1, .h = comb ? comb->y1 - comb->y0 : box.y1, .lo = t->mom_lo, .hi = t->mom_hi, .comb = comb, .leave = -1, .tell = tell};
    Status st = collect(&k);
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    if (st == ST_OK && k.cap.n) {
        if (!tech_role(t, ROLE_MOM)) st = refuse(&k, ST_INPUT, "DRAW-0001", "the technology has no layer of role mom for capacitors", "");
        if (st == ST_OK) st = free_of_wires(&k);
        if (st == ST_OK) caps_dimensions(&k);
        k.len = mem_calloc(k.cap.n, sizeof *k.len);
        if (st == ST_OK)
            while ((st = draw_plates(&k)) == ST_LIMIT) db_cell(db, c)->shapes.n = n_shapes;
    }
    if (st != ST_OK) db_cell(db, c)->shapes.n = n_shapes;
    mem_free(k.len);
    arr_free(&k.f);
    arr_free(&k.out);
    arr_free(&k.cap);
    return st;
}
