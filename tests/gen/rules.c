/*
 * Every rule of every technology, drawn from its tech.xml: at the limit nothing is found, one dbu less is found once, at the right box.
 * KLayout judges the same drawing by the generated deck and must find the same.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "gen/base/io.h"
#include "gen/deck.h"
#include "verify/verify_layout.h"

enum { PITCH = 60000, AT = 20000 }; /* patterns stand that far apart, each begins at AT in its square */

typedef struct {
    char category[64]; /* of the generated deck */
    DrcRule rule;
    Box want;          /* of the violation */
    int64_t value, limit;
} Expect;

typedef struct {
    Tech t;
    Db db;
    CellId c;
    ARRAY(Expect) bad; /* [pattern] */
    int32_t e;         /* 0: at the limit, 1: one dbu less */
    Pt o;              /* of the pattern at hand */
} Sheet;

static const char *const techs[] = {"n22", "n28", "sky130"};

/* ---- drawing ------------------------------------------------------------------------------------------- */

static void draw(Sheet *s, const TechLayer *l, Box b)
{
    if (!l) return;
    Box at = {s->o.x + b.x0, s->o.y + b.y0, s->o.x + b.x1, s->o.y + b.y1};
    db_add_shape(&s->db, s->c, db_find_layer(&s->db, l->name), SHAPE_WIRE, at, NET_NONE, 0);
}

static void role(Sheet *s, LayerRole r, Box b) { draw(s, tech_role(&s->t, r), b); }
static Box grown(Box b, int32_t d) { return (Box){b.x0 - d, b.y0 - d, b.x1 + d, b.y1 + d}; }
static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t rule_of(const Sheet *s, RuleKind k, Region a, Region b) { return tech_rule_value(&s->t, k, a, b); }
static int32_t ends_of(const Sheet *s, Region a, Region b)
{
    const TechRule *r = tech_rule(&s->t, RULE_ENCLOSE, a, b);
    return r ? r->ends : 0;
}

static int32_t width_of(const Sheet *s, LayerRole r)
{
    const TechLayer *l = tech_role(&s->t, r);
    return l ? l->width : 0;
}

/* Implant around diffusion: as wide and as large as its own rules ask. */
static void implant(Sheet *s, LayerRole r, Box active, int32_t enc)
{
    int32_t least = max32(width_of(s, r), 1000);
    role(s, r, grown(active, max32(enc, least / 2)));
}

/* A box of diffusion with all that makes it legal, except that nothing is drawn beyond x0 of what `bare` says. */
static void diffusion(Sheet *s, Region r, Box b)
{
    bool n = r == FE_NDIFF || r == FE_NTAP || r == FE_ACTIVE, tap = r == FE_NTAP || r == FE_PTAP, well = r == FE_PDIFF || r == FE_NTAP;
    role(s, tap && tech_role(&s->t, ROLE_TAP) ? ROLE_TAP : ROLE_ACTIVE, b);
    implant(s, n ? ROLE_NIMP : ROLE_PIMP, b, rule_of(s, RULE_ENCLOSE, r, n ? FE_NIMP : FE_PIMP));
    if (well) role(s, ROLE_NWELL, grown(b, max32(rule_of(s, RULE_ENCLOSE, r, FE_NWELL), width_of(s, ROLE_NWELL))));
}

/* A contact's box with corner at x, y and metal on it. */
static Box contact(Sheet *s, int32_t x, int32_t y)
{
    const TechLayer *co = tech_cut(&s->t, 0), *m1 = tech_metal(&s->t, 1);
    Box b = {x, y, x + co->cut_size, y + co->cut_size};
    draw(s, co, b);
    draw(s, m1, grown(b, 2000));
    return b;
}

/* Poly and what else a contact on poly needs around it. */
static void poly_pad(Sheet *s, Box co)
{
    role(s, ROLE_POLY, grown(co, max32(ends_of(s, FE_CO_POLY, FE_POLY), 100)));
    role(s, ROLE_POLY_CONTACT, grown(co, max32(ends_of(s, FE_CO_POLY, FE_CO_MARK), width_of(s, ROLE_POLY_CONTACT))));
}

/* ---- a pattern twice ------------------------------------------------------------------------------------- */

typedef struct {
    Sheet *s;
    const TechLayer *l;
    const TechRule *r;
    uint32_t k; /* entry of a table, side of an enclosure */
} Draw;
typedef Expect (*Pattern)(Draw *d);

static void add(Sheet *s, Pattern p, Draw d, const char *category)
{
    d.s = s;
    for (s->e = 0; s->e <= 1; s->e++) {
        s->o = (Pt){s->e * PITCH + AT, (int32_t)s->bad.n * PITCH + AT};
        Expect x = p(&d);
        if (!s->e) continue;
        x.want = (Box){s->o.x + x.want.x0, s->o.y + x.want.y0, s->o.x + x.want.x1, s->o.y + x.want.y1};
        snprintf(x.category, sizeof x.category, "%s", category);
        arr_push(&s->bad, x);
    }
}

/* Diffusion alone would lack its implant. */
static void plain(Sheet *s, const TechLayer *l, Box b)
{
    draw(s, l, b);
    if (l->role == ROLE_ACTIVE || l->role == ROLE_TAP) role(s, ROLE_NIMP, grown(b, 2000));
}

/* Long enough for the area rule. */
static int32_t length_of(const Sheet *s, const TechLayer *l)
{
    double a = l->min_area / (s->t.dbu_m * s->t.dbu_m);
    return max32(4 * l->width, (int32_t)(a / l->width) + 10) / 5 * 5 + 5;
}

static Expect width(Draw *d)
{
    int32_t w = d->l->width - d->s->e, len = length_of(d->s, d->l) + 1000;
    plain(d->s, d->l, (Box){0, 0, w, len});
    return (Expect){.rule = DRC_WIDTH, .want = {0, 0, w, len}, .value = w, .limit = d->l->width};
}

static Expect space(Draw *d)
{
    int32_t w = d->l->width, len = length_of(d->s, d->l), g = d->l->space - d->s->e;
    plain(d->s, d->l, (Box){0, 0, w, len});
    plain(d->s, d->l, (Box){w + g, 0, 2 * w + g, len});
    return (Expect){.rule = DRC_SPACE, .want = {w, 0, w + g, len}, .value = g, .limit = d->l->space};
}

static Expect notch(Draw *d)
{
    int32_t w = d->l->width, len = length_of(d->s, d->l), g = d->l->space - d->s->e;
    plain(d->s, d->l, (Box){0, 0, w, len + w});
    plain(d->s, d->l, (Box){w + g, 0, 2 * w + g, len + w});
    plain(d->s, d->l, (Box){0, 0, 2 * w + g, w});
    return (Expect){.rule = DRC_SPACE, .want = {w, w, w + g, len + w}, .value = g, .limit = d->l->space};
}

/* Corner to corner: both distances such that only their hypotenuse counts. */
static Expect diagonal(Draw *d)
{
    int32_t lim = d->l->space, dx = lim / 2, dy = (int32_t)ceil(sqrt((double)lim * lim - (double)dx * dx)) - d->s->e, w = d->l->width, len = length_of(d->s, d->l);
    plain(d->s, d->l, (Box){0, 0, w, len});
    plain(d->s, d->l, (Box){w + dx, len + dy, 2 * w + dx, 2 * len + dy});
    return (Expect){.rule = DRC_SPACE, .want = {w, len, w + dx, len + dy}, .value = (int64_t)sqrt((double)dx * dx + (double)dy * dy), .limit = lim};
}

static Expect wide(Draw *d)
{
    SpaceRule r = d->l->wide.v[d->k];
    int32_t w = r.width + 1, len = length_of(d->s, d->l) + w, g = r.space - d->s->e;
    plain(d->s, d->l, (Box){0, 0, w, len});
    plain(d->s, d->l, (Box){w + g, 0, w + g + d->l->width, len});
    return (Expect){.rule = DRC_SPACE_WIDE, .want = {w, 0, w + g, len}, .value = g, .limit = r.space};
}

/* Exactly as wide as the entry says is not wider; then only the entry before counts, or none. k is that entry. */
static Expect just_not_wide(Draw *d)
{
    SpaceRule r = d->l->wide.v[d->k], before = d->k ? d->l->wide.v[d->k - 1] : (SpaceRule){0, d->l->space};
    int32_t w = r.width, len = length_of(d->s, d->l) + w, g = before.space - d->s->e;
    plain(d->s, d->l, (Box){0, 0, w, len});
    plain(d->s, d->l, (Box){w + g, 0, w + g + d->l->width, len});
    return (Expect){.rule = d->k ? DRC_SPACE_WIDE : DRC_SPACE, .want = {w, 0, w + g, len}, .value = g, .limit = before.space};
}

static int64_t area_limit(const Sheet *s, const TechLayer *l) { return (int64_t)ceil(l->min_area / (s->t.dbu_m * s->t.dbu_m) - 1e-6); }

static Expect area(Draw *d)
{
    int64_t lim = area_limit(d->s, d->l), w = d->l->width;
    int32_t len = (int32_t)((lim + w - 1) / w) - d->s->e;
    plain(d->s, d->l, (Box){0, 0, (int32_t)w, len});
    return (Expect){.rule = DRC_AREA, .want = {0, 0, (int32_t)w, len}, .value = w * len, .limit = lim};
}

/* A ring around a hole as wide as the spacing. */
static Expect hole(Draw *d)
{
    int64_t lim = (int64_t)ceil(d->l->min_hole / (d->s->t.dbu_m * d->s->t.dbu_m) - 1e-6), s = d->l->space;
    int32_t w = d->l->width, x = (int32_t)s, y = (int32_t)((lim + s - 1) / s) - d->s->e;
    draw(d->s, d->l, (Box){-w, -w, x + w, 0});
    draw(d->s, d->l, (Box){-w, y, x + w, y + w});
    draw(d->s, d->l, (Box){-w, -w, 0, y + w});
    draw(d->s, d->l, (Box){x, -w, x + w, y + w});
    return (Expect){.rule = DRC_HOLE, .want = {0, 0, x, y}, .value = s * y, .limit = lim};
}

/* ---- cuts between metals ------------------------------------------------------------------------------------ */

static void pads(Draw *d)
{
    Box pad = {-8000, -8000, 8000, 8000};
    draw(d->s, tech_metal(&d->s->t, d->l->level), pad);
    draw(d->s, tech_metal(&d->s->t, d->l->level + 1), pad);
}

static Expect cut_size(Draw *d)
{
    int32_t c = d->l->cut_size;
    pads(d);
    draw(d->s, d->l, (Box){0, 0, c - d->s->e, c});
    return (Expect){.rule = DRC_CUT_SIZE, .want = {0, 0, c - 1, c}, .value = c - 1, .limit = c};
}

static Expect cut_space(Draw *d)
{
    int32_t c = d->l->cut_size, g = d->l->space - d->s->e;
    pads(d);
    draw(d->s, d->l, (Box){0, 0, c, c});
    draw(d->s, d->l, (Box){c + g, 0, 2 * c + g, c});
    return (Expect){.rule = DRC_CUT_SPACE, .want = {c, 0, c + g, c}, .value = g, .limit = d->l->space};
}

/* k: bit 0 above, bit 1 the short sides. The metal's other three sides have what they need and more. */
static Expect cut_enclosure(Draw *d)
{
    bool up = d->k & 1, side = d->k & 2;
    int32_t c = d->l->cut_size, enc = up ? d->l->enc_above : d->l->enc_below, sd = up ? d->l->enc_above_side : d->l->enc_below_side, lim = side ? sd : enc;
    const TechLayer *m = tech_metal(&d->s->t, d->l->level + up), *other = tech_metal(&d->s->t, d->l->level + !up);
    draw(d->s, d->l, (Box){0, 0, c, c});
    draw(d->s, other, (Box){-8000, -8000, 8000, 8000});
    /* ends: a wire along x that stops short, its upper side at sd exactly; sides: a wire whose upper side is short */
    if (side) draw(d->s, m, (Box){-8000, -8000, c + enc, c + sd - d->s->e});
    else draw(d->s, m, (Box){-8000, -sd - (m->width > c + 2 * sd ? m->width - c - 2 * sd : 0), c + enc - d->s->e, c + sd});
    return (Expect){.rule = up ? DRC_ENC_ABOVE : DRC_ENC_BELOW, .want = {0, 0, c, c}, .value = lim - 1, .limit = lim};
}

/* ---- front end ------------------------------------------------------------------------------------------------ */

/* A transistor's active with poly across it at x = 0 … l. */
static Box crossing(Sheet *s, int32_t l, int32_t h)
{
    Box active = {-3000, 0, 3000, h};
    int32_t over = max32(rule_of(s, RULE_EXTEND, FE_POLY, FE_ACTIVE), 200);
    diffusion(s, FE_NDIFF, active);
    role(s, ROLE_POLY, (Box){0, -over, l, h + over});
    return active;
}

static Expect front_space(Draw *d)
{
    Sheet *s = d->s;
    int32_t v = d->r->value, g = v - s->e, c = tech_cut(&s->t, 0)->cut_size, w = 2000;
    Region a = d->r->a, b = d->r->b;
    Expect x = {.rule = DRC_FRONT_SPACE, .value = g, .limit = v};
    if (a == FE_CO_ACTIVE && b == FE_GATE) {
        crossing(s, w, w);
        contact(s, w + g, 500);
        x.want = (Box){w, 500, w + g, 500 + c};
    } else if (a == FE_CO_POLY) {
        Box co = contact(s, -g - c, 500);
        poly_pad(s, co);
        if (b == FE_ACTIVE) diffusion(s, FE_NDIFF, (Box){0, 0, w, w});
        else role(s, b == FE_PIMP ? ROLE_PIMP : ROLE_NIMP, (Box){0, 0, w, w});
        x.want = (Box){-g, 500, 0, 500 + c};
    } else if (b == FE_NWELL) {
        diffusion(s, a, (Box){-g - w, 0, -g, w});
        role(s, ROLE_NWELL, (Box){0, 0, 4000, w});
        x.want = (Box){-g, 0, 0, w};
    } else {
        cr_assert(a == FE_NDIFF && b == FE_PDIFF, "no pattern for spacing %s to %s", region_name[a], region_name[b]);
        role(s, ROLE_ACTIVE, (Box){-g - w, 0, -g, w});
        role(s, ROLE_NIMP, (Box){-g - 2 * w, -2000, -g + rule_of(s, RULE_ENCLOSE, a, FE_NIMP), w + 2000});
        role(s, ROLE_ACTIVE, (Box){0, 0, w, w});
        /* what the diffusion needs to the left is less than half of the spacing */
        role(s, ROLE_PIMP, (Box){-rule_of(s, RULE_ENCLOSE, b, FE_PIMP), -2000, 2 * w, w + 2000});
        role(s, ROLE_NWELL, (Box){-rule_of(s, RULE_ENCLOSE, b, FE_NWELL), -2000, 2 * w, w + 2000});
        x.want = (Box){-g, 0, 0, w};
    }
    return x;
}

/* The layer around the region is drawn by hand: short by one at the left, more than enough elsewhere. */
static Expect front_enclose(Draw *d)
{
    Sheet *s = d->s;
    int32_t v = d->r->value, g = v - s->e, far = 3000, w = 2000, ends = d->r->ends;
    Region a = d->r->a, b = d->r->b;
    Expect x = {.rule = DRC_FRONT_ENCLOSE, .value = g, .limit = v, .want = {0, 0, v - g, w}};
    if (a == FE_CO_ACTIVE || a == FE_CO_POLY) {
        Box co = contact(s, 0, 0), shape = grown(co, far);
        x.want = ends > v ? co : (Box){0, 0, v - g, co.y1};
        shape.x0 = -g;
        /* of a rule with ends the other two opposite sides have exactly the larger value */
        if (ends > v) shape.y0 = -ends, shape.y1 = co.y1 + ends;
        if (b == FE_ACTIVE) diffusion(s, FE_NDIFF, shape);
        else if (b == FE_POLY) {
            role(s, ROLE_POLY, shape);
            role(s, ROLE_POLY_CONTACT, grown(co, far));
        } else {
            role(s, ROLE_POLY, grown(co, 2 * far));
            role(s, ROLE_POLY_CONTACT, shape);
        }
        return x;
    }
    bool n = a == FE_NDIFF || a == FE_NTAP, tap = a == FE_NTAP || a == FE_PTAP, well = a == FE_PDIFF || a == FE_NTAP;
    Box active = {0, 0, w, w}, tight = grown(active, far);
    tight.x0 = -g;
    role(s, tap && tech_role(&s->t, ROLE_TAP) ? ROLE_TAP : ROLE_ACTIVE, active);
    role(s, n ? ROLE_NIMP : ROLE_PIMP, b == FE_NWELL ? grown(active, far) : tight);
    if (well) role(s, ROLE_NWELL, b == FE_NWELL ? tight : grown(active, far));
    return x;
}

/* The longer two sides of an enclosure with ends: short there. */
static Expect front_ends(Draw *d)
{
    Sheet *s = d->s;
    int32_t v = d->r->ends, g = v - s->e;
    Box co = contact(s, 0, 0), shape = {-g, -d->r->value, co.x1 + 3000, co.y1 + d->r->value};
    if (d->r->a == FE_CO_ACTIVE) diffusion(s, FE_NDIFF, shape);
    else {
        role(s, ROLE_POLY, shape);
        role(s, ROLE_POLY_CONTACT, grown(co, 3000));
    }
    return (Expect){.rule = DRC_FRONT_ENCLOSE, .value = g, .limit = v, .want = co};
}

static Expect front_extend(Draw *d)
{
    Sheet *s = d->s;
    int32_t v = d->r->value, g = v - s->e, w = 2000;
    Box active = {-3000, 0, 3000, w}, poly = {0, -3000, w, w + 3000};
    Expect x = {.rule = DRC_FRONT_EXTEND, .value = g, .limit = v};
    if (d->r->a == FE_POLY) {
        poly.y1 = w + g;
        x.want = (Box){0, w + g, w, w + v};
    } else {
        active.x1 = w + g;
        x.want = (Box){w + g, 0, w + v, w};
    }
    diffusion(s, FE_NDIFF, active);
    role(s, ROLE_POLY, poly);
    return x;
}

/* ---- smallest devices ---------------------------------------------------------------------------------------- */

/* A transistor of device k. */
static Expect transistor(Draw *d, DrcRule rule, int32_t w, int32_t l, int32_t value, int32_t limit)
{
    const TechDevice *x = &d->s->t.devices.v[d->k];
    Box gate = {0, 0, l, w};
    int32_t over = max32(rule_of(d->s, RULE_EXTEND, FE_POLY, FE_ACTIVE), 200);
    diffusion(d->s, x->kind == DEV_NMOS ? FE_NDIFF : FE_PDIFF, (Box){-3000, 0, 3000, w});
    role(d->s, ROLE_POLY, (Box){0, -over, l, w + over});
    if (x->mark) draw(d->s, tech_layer(&d->s->t, x->mark), grown(gate, 1000));
    return (Expect){.rule = rule, .want = gate, .value = value, .limit = limit};
}

static Expect device_length(Draw *d)
{
    const TechDevice *x = &d->s->t.devices.v[d->k];
    return transistor(d, DRC_DEVICE_LENGTH, 10 * x->w_grid + x->w_min, x->l_min - d->s->e, x->l_min - 1, x->l_min);
}

static Expect device_width(Draw *d)
{
    const TechDevice *x = &d->s->t.devices.v[d->k];
    return transistor(d, DRC_DEVICE_WIDTH, x->w_min - d->s->e, x->l_min, x->w_min - 1, x->w_min);
}

static Expect device_step(Draw *d)
{
    const TechDevice *x = &d->s->t.devices.v[d->k];
    return transistor(d, DRC_DEVICE_STEP, x->w_min + x->w_grid - d->s->e, x->l_min, x->w_grid - 1, x->w_grid);
}

/* ---- rules without a number: what is right, and once wrong ------------------------------------------------------- */

static Expect contact_on(Draw *d)
{
    Box co = contact(d->s, 0, 0);
    if (!d->s->e) poly_pad(d->s, co);
    return (Expect){.rule = DRC_CONTACT_ON, .want = co};
}

static Expect implant_missing(Draw *d)
{
    Box b = {0, 0, 2000, 2000};
    if (d->s->e) role(d->s, ROLE_ACTIVE, b);
    else diffusion(d->s, FE_NDIFF, b);
    return (Expect){.rule = DRC_IMPLANT_NONE, .want = b};
}

static Expect implants_both(Draw *d)
{
    Box b = {0, 0, 2000, 2000};
    diffusion(d->s, FE_NDIFF, b);
    if (d->s->e) role(d->s, ROLE_PIMP, grown(b, 3000));
    return (Expect){.rule = DRC_IMPLANT_BOTH, .want = b};
}

/* ---- a sheet of all ---------------------------------------------------------------------------------------------- */

static void add_layer(Sheet *s, const TechLayer *l)
{
    char c[64];
    Draw d = {.l = l};
    if (l->kind == LAYER_OUTLINE || (l->kind == LAYER_CUT && l->level == 0)) return;
#define CATEGORY(...) (snprintf(c, sizeof c, __VA_ARGS__), c)
    if (l->kind == LAYER_CUT) {
        add(s, cut_size, d, CATEGORY("%s.size", l->name));
        add(s, cut_space, d, CATEGORY("%s.space", l->name));
        for (d.k = 0; d.k < 4; d.k++) {
            int32_t v = d.k == 0 ? l->enc_below : d.k == 1 ? l->enc_above : d.k == 2 ? l->enc_below_side : l->enc_above_side;
            bool same = d.k == 2 ? l->enc_below == v : d.k == 3 ? l->enc_above == v : false; /* no sides of their own */
            if (v > 0 && !same) add(s, cut_enclosure, d, CATEGORY("%s.%s", l->name, d.k & 1 ? "above" : "below"));
        }
        return;
    }
    if (l->width) add(s, width, d, CATEGORY("%s.width", l->name));
    if (l->width && l->space) {
        add(s, space, d, CATEGORY("%s.space", l->name));
        add(s, notch, d, CATEGORY("%s.space", l->name));
        add(s, diagonal, d, CATEGORY("%s.space", l->name));
    }
    for (d.k = 0; d.k < l->wide.n; d.k++) {
        add(s, wide, d, CATEGORY("%s.wide%u", l->name, d.k + 1));
        if (d.k) add(s, just_not_wide, d, CATEGORY("%s.wide%u", l->name, d.k));
        else add(s, just_not_wide, d, CATEGORY("%s.space", l->name));
    }
    if (l->width && area_limit(s, l) > (int64_t)l->width * l->width) add(s, area, d, CATEGORY("%s.area", l->name));
    if (l->min_hole > 0) add(s, hole, d, CATEGORY("%s.hole", l->name));
}

static void add_front(Sheet *s, const TechRule *r)
{
    static const char *const word[] = {"space", "enclose", "extend"};
    char a[24], b[24], c[64];
    snprintf(a, sizeof a, "%s", region_name[r->a]);
    snprintf(b, sizeof b, "%s", region_name[r->b]);
    for (char *p = a; *p; p++) *p = *p == '-' ? '_' : *p;
    for (char *p = b; *p; p++) *p = *p == '-' ? '_' : *p;
    CATEGORY("%s.%s.%s", a, b, word[r->kind]);
    Draw d = {.r = r};
    add(s, r->kind == RULE_SPACE ? front_space : r->kind == RULE_ENCLOSE ? front_enclose : front_extend, d, c);
    if (r->kind == RULE_ENCLOSE && r->ends > r->value) add(s, front_ends, d, c);
}

static void sheet_make(Sheet *s, const char *tech)
{
    *s = (Sheet){0};
    cr_assert_eq(tech_read(tech, &s->t), ST_OK);
    tech_db_init(&s->t, &s->db, "rules");
    s->c = db_add_cell(&s->db, "rules", CELL_LEAF, NULL);
    for (uint32_t k = 0; k < s->t.layers.n; k++) add_layer(s, &s->t.layers.v[k]);
    for (uint32_t k = 0; k < s->t.rules.n; k++) add_front(s, &s->t.rules.v[k]);
    for (uint32_t k = 0; k < s->t.devices.n; k++) {
        char c[64];
        TechDevice *x = &s->t.devices.v[k];
        /* where the shortest gate is the narrowest poly, one dbu less would break two rules */
        if (x->l_min == tech_role(&s->t, ROLE_POLY)->width) x->l_min += 10;
        add(s, device_length, (Draw){.k = k}, CATEGORY("%s.length", x->name));
        add(s, device_width, (Draw){.k = k}, CATEGORY("%s.width", x->name));
        if (x->w_grid > 1) add(s, device_step, (Draw){.k = k}, CATEGORY("%s.step", x->name));
    }
    add(s, contact_on, (Draw){0}, "contact.on");
    add(s, implant_missing, (Draw){0}, "implant.missing");
    add(s, implants_both, (Draw){0}, "implants");
    db_cell(&s->db, s->c)->box = (Box){0, 0, 2 * PITCH, (int32_t)s->bad.n * PITCH};
}

static void sheet_free(Sheet *s)
{
    arr_free(&s->bad);
    db_free(&s->db);
    tech_free(&s->t);
}

/* ---- own judgement -------------------------------------------------------------------------------------------------- */

Test(rules, limit_passes_and_one_less_fails_once, .timeout = 300)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Sheet s;
        DrcReport r;
        sheet_make(&s, techs[k]);
        s.db.grid = 1; /* the grid has its own test: here 1 dbu is the step */
        cr_assert_eq(drc_run(&s.db, &s.t, s.c, &r), ST_VIOLATION);
        uint32_t *n = mem_calloc(s.bad.n, sizeof *n);
        for (uint32_t i = 0; i < r.v.n; i++) {
            DrcViolation *v = &r.v.v[i];
            uint32_t p = (uint32_t)(v->box.y0 / PITCH);
            Expect *x = &s.bad.v[p];
            cr_expect_eq(v->box.x0 / PITCH, 1, "%s %s: found at the limit: %s", techs[k], x->category, drc_rule_name[v->rule]);
            if (v->box.x0 / PITCH != 1) continue;
            cr_expect_eq(++n[p], 1, "%s %s: found again as %s", techs[k], x->category, drc_rule_name[v->rule]);
            cr_expect(v->rule == x->rule && v->value == x->value && v->limit == x->limit, "%s %s: found as %s %lld, limit %lld; wanted %s %lld, limit %lld", techs[k],
                      x->category, drc_rule_name[v->rule], (long long)v->value, (long long)v->limit, drc_rule_name[x->rule], (long long)x->value, (long long)x->limit);
            cr_expect(!memcmp(&v->box, &x->want, sizeof v->box), "%s %s: at (%d %d %d %d), wanted (%d %d %d %d)", techs[k], x->category, v->box.x0, v->box.y0 % PITCH - AT,
                      v->box.x1, v->box.y1 % PITCH - AT, x->want.x0, x->want.y0 % PITCH - AT, x->want.x1, x->want.y1 % PITCH - AT);
        }
        for (uint32_t i = 0; i < s.bad.n; i++) cr_expect_eq(n[i], 1, "%s %s: not found", techs[k], s.bad.v[i].category);
        fprintf(stderr, "rules: %s: %u patterns\n", techs[k], s.bad.n);
        mem_free(n);
        drc_free(&r);
        sheet_free(&s);
    }
    cr_assert_eq(mem_live(), 0);
}

/* ---- KLayout's -------------------------------------------------------------------------------------------------------- */

/* Items of a report, one pass over its text: the category and the first coordinate of each. */
static uint32_t judge_report(const char *tech, const Sheet *s, const char *text, uint32_t *right)
{
    uint32_t wrong = 0;
    for (const char *p = strstr(text, "<item>"); p; p = strstr(p + 1, "<item>")) {
        char category[80];
        double x, y;
        const char *c = strstr(p, "<category>"), *v = strstr(p, "<value>");
        v = v ? strchr(v, '(') : NULL;
        if (!c || !v || sscanf(c, "<category>%79[^<]", category) != 1 || sscanf(v, "(%lf,%lf", &x, &y) != 2) return UINT32_MAX;
        if (category[0] == '\'') {
            memmove(category, category + 1, strlen(category));
            category[strcspn(category, "'")] = 0;
        }
        if (str_ends(category, ".grid")) continue; /* one dbu less is off a coarser grid */
        uint32_t k = (uint32_t)(y * 1000 / PITCH);
        if (k < s->bad.n && x * 1000 >= PITCH && str_eq(category, s->bad.v[k].category)) {
            right[k]++;
            continue;
        }
        wrong++;
        cr_log_error("%s: KLayout finds %s at %.3f %.3f, where %s is drawn", tech, category, x, y, k < s->bad.n ? s->bad.v[k].category : "nothing");
    }
    return wrong;
}

Test(rules, klayout_finds_the_same, .timeout = 300)
{
    if (system("klayout -v >/dev/null 2>&1") != 0) {
        fprintf(stderr, "skipped: KLayout is not installed, it does not judge the rules' drawings\n");
        return;
    }
    Arena a = {0};
    char dir[] = "/tmp/apugen_rules_XXXXXX";
    cr_assert(mkdtemp(dir));
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Sheet s;
        sheet_make(&s, techs[k]);
        Buf text = {0};
        const char *report = io_join(&a, dir, "report.lyrdb");
        cr_assert_eq(gds_write(&s.db, io_join(&a, dir, "rules.gds")), ST_OK);
        cr_assert_eq(deck_write(&s.t, NULL, dir), ST_OK);
        const char *cmd = arena_printf(&a, "cd %s && klayout -b -r klayout.drc -rd input=%s/rules.gds -rd top_cell=rules -rd report=%s >log 2>&1", dir, dir, report);
        cr_assert_eq(system(cmd), 0, "%s: KLayout does not run the generated deck", techs[k]);
        cr_assert_eq(io_read(report, 64u << 20, &text), ST_OK);
        uint32_t *right = mem_calloc(s.bad.n, sizeof *right);
        cr_expect_eq(judge_report(techs[k], &s, text.s, right), 0, "%s", techs[k]);
        for (uint32_t i = 0; i < s.bad.n; i++) cr_expect_geq(right[i], 1, "%s %s: KLayout does not find it", techs[k], s.bad.v[i].category);
        mem_free(right);
        buf_free(&text);
        sheet_free(&s);
    }
    cr_assert_eq(system(arena_printf(&a, "rm -r %s", dir)), 0);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}
