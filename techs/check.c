/*
 * Cross-checks of a technology: what the layout generators rely on, and what must be complete.
 * Every violation is told with the value found and the limit; the first status is returned.
 */
#include "techs/tech_int.h"

#include "gen/base/io.h"

#include <ctype.h>
#include <math.h>

#define MODEL_LIMIT (16u << 20) /* bytes; the largest single-corner public model file is below 1 MB */

typedef struct {
    const TechDoc *d;
    const Tech *t;
    Status st;
} Check;

static void bad(Check *c, const char *id, const XmlNode *at, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void bad(Check *c, const char *id, const XmlNode *at, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    Status st = msg_error(ST_INPUT, id, xml_loc(at), "%s", text);
    if (c->st == ST_OK) c->st = st;
}

/* ---- names and numbers ------------------------------------------------------------------------------ */

static void check_names(Check *c)
{
    const Tech *t = c->t;
    for (uint32_t i = 0; i < t->layers.n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(t->layers.v[i].name, t->layers.v[k].name))
                bad(c, "TECH-0010", c->d->layer_at.v[i], "layer '%s' is there already (line %d)", t->layers.v[i].name,
                    c->d->layer_at.v[k]->line);
    for (uint32_t i = 0; i < t->devices.n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(t->devices.v[i].name, t->devices.v[k].name))
                bad(c, "TECH-0010", c->d->device_at.v[i], "device '%s' is there already (line %d)", t->devices.v[i].name,
                    c->d->device_at.v[k]->line);
}

static bool uses_gds(const TechLayer *l, int32_t gds, int32_t type)
{
    return l->gds == gds && (l->gds_type == type || l->gds_pin_type == type || l->gds_label_type == type);
}

/* Within a layer the label may share the pins' data type (texts are not polygons); between layers nothing is shared. */
static void check_gds(Check *c)
{
    const Tech *t = c->t;
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i];
        if (l->kind == LAYER_METAL && l->gds_pin_type == l->gds_type)
            bad(c, "TECH-0011", c->d->layer_at.v[i], "%s: pin-type %d is the drawing's type", l->name, l->gds_type);
        const int32_t types[] = {l->gds_type, l->gds_pin_type, l->gds_label_type};
        for (uint32_t k = 0; k < i; k++)
            for (size_t q = 0; q < COUNTOF(types); q++)
                if (uses_gds(&t->layers.v[k], l->gds, types[q])) {
                    bad(c, "TECH-0011", c->d->layer_at.v[i], "GDS %d/%d of layer %s is used by layer %s (line %d)", l->gds, types[q], l->name,
                        t->layers.v[k].name, c->d->layer_at.v[k]->line);
                    break;
                }
    }
}

/* ---- metals ------------------------------------------------------------------------------------------ */

static void on_grid(Check *c, const XmlNode *at, const char *what, int32_t v)
{
    if (v % c->t->grid) bad(c, "TECH-0013", at, "%s is %d dbu, not a multiple of the grid of %d dbu", what, v, c->t->grid);
}

static void check_wide(Check *c, const TechLayer *l, const XmlNode *at)
{
    SpaceRule last = {l->width, l->space};
    for (uint32_t i = 0; i < l->wide.n; i++) {
        SpaceRule r = l->wide.v[i];
        if (r.width <= last.width || r.space <= last.space)
            bad(c, "TECH-0024", at, "%s: wide rule %u (over %d, space %d dbu) does not rise above the one before (%d, %d)", l->name, i + 1,
                r.width, r.space, last.width, last.space);
        last = r;
    }
}

static void check_metal(Check *c, const TechLayer *l, const XmlNode *at)
{
    if (l->pitch < l->width + l->space)
        bad(c, "TECH-0012", at, "%s: pitch %d dbu, limit width + space = %d", l->name, l->pitch, l->width + l->space);
    on_grid(c, at, "pitch", l->pitch);
    on_grid(c, at, "width", l->width);
    on_grid(c, at, "space", l->space);
    /* A wire centred on track (i + 1/2) * pitch has its edges at (pitch - width) / 2 from the track's borders. */
    if ((l->pitch - l->width) % (2 * c->t->grid))
        bad(c, "TECH-0013", at, "%s: a wire of %d dbu centred in a track of %d has its edges off the grid of %d dbu", l->name, l->width,
            l->pitch, c->t->grid);
    double floor_area = (double)l->width * l->width * c->t->dbu_m * c->t->dbu_m;
    if (l->min_area < floor_area * (1 - 1e-9))
        bad(c, "TECH-0019", at, "%s: min-area %.6g um2 is below width squared, %.6g um2: the unit must be wrong", l->name,
            l->min_area * 1e12, floor_area * 1e12);
    check_wide(c, l, at);
}

/* Density and antenna rules of a metal that go together. */
static void check_process(Check *c, const TechLayer *l, const XmlNode *at)
{
    if ((l->density_max > 0) != (l->density_window > 0) || (l->density_max > 0) != (l->density_step > 0))
        bad(c, "TECH-0032", at, "%s: density-max, density-window and density-step go together", l->name);
    else if (l->density_step > 0 && l->density_window % l->density_step)
        bad(c, "TECH-0032", at, "%s: density-window %d dbu is not a multiple of density-step %d", l->name, l->density_window, l->density_step);
    if (l->density_min > 0 && l->density_min >= l->density_max)
        bad(c, "TECH-0032", at, "%s: density-min %.4g is not below density-max %.4g", l->name, l->density_min, l->density_max);
    if (l->antenna_sum > 0 && l->antenna_sum < l->antenna)
        bad(c, "TECH-0032", at, "%s: antenna-sum %.6g is below antenna %.6g of one level", l->name, l->antenna_sum, l->antenna);
}

/* A limit says at which temperature it holds, and the technology how it changes with it. */
static void check_current(Check *c, const TechLayer *l, const XmlNode *at)
{
    bool limit = l->j_max > 0 || l->i_max > 0;
    if (limit != (xml_attr(at, "em-temp") != NULL))
        bad(c, "TECH-0035", at, "%s: em-temp and a limit, %s, go together", l->name, l->kind == LAYER_CUT ? "i-max" : "j-max");
    else if (limit && !c->d->electromigration)
        bad(c, "TECH-0035", at, "%s has a limit of currents; <electromigration>, which says how it changes with temperature, is missing", l->name);
}

static void check_stack(Check *c)
{
    const Tech *t = c->t;
    int32_t top = tech_top_metal(t);
    for (int32_t k = 1; k <= top; k++) {
        const TechLayer *m = tech_metal(t, k), *up = tech_metal(t, k + 1);
        if (!m) {
            bad(c, "TECH-0016", c->d->root, "metal level %d is missing, levels 1 to %d are needed without gaps", k, top);
            continue;
        }
        const XmlNode *at = c->d->layer_at.v[m - t->layers.v];
        if (k < top && !tech_cut(t, k)) bad(c, "TECH-0016", at, "no cut of level %d, it joins metals %d and %d", k, k, k + 1);
        if (!up) continue;
        if (m->horizontal == up->horizontal && up->level <= t->mom_hi)
            bad(c, "TECH-0017", c->d->layer_at.v[up - t->layers.v], "%s and %s have the same direction, neighbours must alternate up to the capacitors' metals", m->name, up->name);
        if (up->height < m->height + m->thickness)
            bad(c, "TECH-0018", c->d->layer_at.v[up - t->layers.v], "%s begins at %.4g nm, within %s which ends at %.4g nm", up->name,
                up->height * 1e9, m->name, (m->height + m->thickness) * 1e9);
    }
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i];
        if (l->kind == LAYER_METAL || l->kind == LAYER_CUT) {
            for (uint32_t k = 0; k < i; k++)
                if (t->layers.v[k].kind == l->kind && t->layers.v[k].level == l->level)
                    bad(c, "TECH-0016", c->d->layer_at.v[i], "%s: level %d is taken by %s", l->name, l->level, t->layers.v[k].name);
        }
        if (l->kind == LAYER_CUT && l->level >= top)
            bad(c, "TECH-0016", c->d->layer_at.v[i], "%s: a cut of level %d has no metal %d above it", l->name, l->level, l->level + 1);
    }
    if (top < 6) bad(c, "TECH-0016", c->d->root, "%d metals, the cells need 6", top);
}

/* ---- cuts -------------------------------------------------------------------------------------------- */

/* Pad of a via on a track of the metal: narrow side across the wire. */
static void check_pad(Check *c, const TechLayer *cut, const XmlNode *at, const TechLayer *m, int32_t end, int32_t side)
{
    if (!m) return;
    if (side > end)
        bad(c, "TECH-0015", at, "%s: side enclosure %d dbu by %s is larger than that of the ends, %d", cut->name, side, m->name, end);
    int32_t across = cut->cut_size + 2 * side;
    if (across < m->width) across = m->width;
    int32_t gap = m->pitch - across / 2 - m->width / 2;
    if (gap < m->space)
        bad(c, "TECH-0014", at, "%s: its pad on %s is %d dbu wide and leaves %d to a wire on the next track, limit %d", cut->name, m->name,
            across, gap, m->space);
    if ((m->pitch - cut->cut_size) % (2 * c->t->grid) || end % c->t->grid || side % c->t->grid)
        bad(c, "TECH-0015", at, "%s: cut %d dbu with enclosures %d, %d centred on a track of %s (pitch %d) is off the grid of %d", cut->name,
            cut->cut_size, end, side, m->name, m->pitch, c->t->grid);
}

static void check_cut(Check *c, const TechLayer *l, const XmlNode *at)
{
    if (l->level == 0) return; /* contacts are not on tracks */
    check_pad(c, l, at, tech_metal(c->t, l->level), l->enc_below, l->enc_below_side);
    check_pad(c, l, at, tech_metal(c->t, l->level + 1), l->enc_above, l->enc_above_side);
}

/* ---- rows, capacitors, voltages -------------------------------------------------------------------------- */

static void check_rows(Check *c)
{
    const Tech *t = c->t;
    const XmlNode *at = c->d->rows;
    const TechLayer *m3 = tech_metal(t, 3), *m1 = tech_metal(t, 1);
    if (m3 && t->cell_row % m3->pitch)
        bad(c, "TECH-0027", at, "cell-row %d dbu is not a multiple of the pitch of %s, %d", t->cell_row, m3->name, m3->pitch);
    if (m1 && (t->rail % 2 || t->rail / 2 < m1->width))
        bad(c, "TECH-0027", at, "rail %d dbu: half of it stands alone at an edge of the array and must be even, limit %d", t->rail, 2 * m1->width);
    if (m1 && t->rail > 0 && m1->wide.n && t->rail > m1->wide.v[0].width)
        bad(c, "TECH-0027", at, "rail %d dbu is wide metal, limit %d", t->rail, m1->wide.v[0].width);
    /* Rails and the gap between N and P must leave room for two diffusions. */
    int32_t room = t->cell_row - t->rail - t->np_space - 2 * t->poly_ext;
    for (uint32_t i = 0; i < t->devices.n; i++) {
        const TechDevice *d = &t->devices.v[i];
        if (2 * d->w_min > room)
            bad(c, "TECH-0028", c->d->device_at.v[i], "%s: w-min %d dbu does not fit a row, limit %d", d->name, d->w_min, room / 2);
        /* Longer gates than the shortest of their kind take more than one pitch. */
        bool shortest = true;
        for (uint32_t k = 0; k < t->devices.n; k++) shortest &= t->devices.v[k].kind != d->kind || t->devices.v[k].l_min >= d->l_min;
        if (shortest && t->gate_pitch < d->l_min + t->contact)
            bad(c, "TECH-0028", c->d->device_at.v[i], "%s: gate %d dbu and a contact of %d need more than the gate pitch of %d", d->name,
                d->l_min, t->contact, t->gate_pitch);
        if (d->w_min % d->w_grid || d->w_grid % t->grid)
            bad(c, "TECH-0013", c->d->device_at.v[i], "%s: w-min %d dbu, w-grid %d dbu, grid %d dbu: each must be a multiple of the next",
                d->name, d->w_min, d->w_grid, t->grid);
    }
    on_grid(c, at, "gate-pitch", t->gate_pitch);
    on_grid(c, at, "cell-row", t->cell_row);
    on_grid(c, at, "rail", t->rail);
}

static void check_values(Check *c)
{
    const Tech *t = c->t;
    int32_t top = tech_top_metal(t);
    if (t->mom_lo > t->mom_hi || t->mom_hi > top)
        bad(c, "TECH-0025", c->d->mom, "capacitor metals %d to %d, the stack has 1 to %d", t->mom_lo, t->mom_hi, top);
    else if (t->mom_lo <= 4)
        bad(c, "TECH-0025", c->d->mom, "capacitor metals begin at %d, limit 5: metals 1 to 4 are the cells' wiring", t->mom_lo);
    double half = t->vcm < t->vdd - t->vcm ? t->vcm : t->vdd - t->vcm;
    if (7 * t->ladder_step >= half)
        bad(c, "TECH-0023", c->d->root, "7 ladder steps are %.4g mV, limit is the distance of vcm from the rails, %.4g mV",
            7e3 * t->ladder_step, 1e3 * half);
    static const char *const need[] = {"nmos_rvt", "pmos_rvt", "nmos_slvt", "pmos_slvt"};
    for (size_t i = 0; i < COUNTOF(need); i++) {
        const TechDevice *d = tech_device(t, need[i]);
        if (!d) bad(c, "TECH-0020", c->d->root, "device %s is missing, the cells need it", need[i]);
        else if (d->kind != (need[i][0] == 'n' ? DEV_NMOS : DEV_PMOS))
            bad(c, "TECH-0020", c->d->device_at.v[d - t->devices.v], "device %s is of kind %s", need[i], d->kind == DEV_NMOS ? "nmos" : "pmos");
    }
    static const LayerKind kind[] = {LAYER_OUTLINE, LAYER_DIFF, LAYER_POLY};
    static const char *const kind_word[] = {"outline", "diff", "poly"};
    for (size_t k = 0; k < COUNTOF(kind); k++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < t->layers.n; i++) n += t->layers.v[i].kind == kind[k];
        if (n == 0) bad(c, "TECH-0026", c->d->root, "no layer of kind %s, 1 is needed", kind_word[k]);
    }
}

/* ---- front end ------------------------------------------------------------------------------------------- */

static bool has_region(const Tech *t, Region r)
{
    static const LayerRole role[FE_N] = {ROLE_NWELL, ROLE_PWELL, ROLE_NIMP, ROLE_PIMP, ROLE_POLY, ROLE_ACTIVE, ROLE_POLY, ROLE_NIMP,
                                          ROLE_PIMP, ROLE_NIMP, ROLE_PIMP, ROLE_ACTIVE, ROLE_POLY, ROLE_POLY_CONTACT};
    return tech_role(t, role[r]);
}

/* One layer per role but for flavours; what rules and devices name exists. */
static void check_front(Check *c)
{
    const Tech *t = c->t;
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i], *first = l->role ? tech_role(t, l->role) : NULL;
        if (first && first != l && l->role != ROLE_FLAVOUR && l->role != ROLE_RESISTOR)
            bad(c, "TECH-0029", c->d->layer_at.v[i], "%s: the role is taken by %s", l->name, first->name);
    }
    for (uint32_t i = 0; i < t->rules.n; i++) {
        const TechRule *r = &t->rules.v[i];
        const XmlNode *at = c->d->rule_at.v[i];
        if (!has_region(t, r->a) || !has_region(t, r->b))
            bad(c, "TECH-0030", at, "region %s: no layer has a role that makes it", region_name[has_region(t, r->a) ? r->b : r->a]);
        if (tech_rule(t, r->kind, r->a, r->b) != r) bad(c, "TECH-0031", at, "this rule between %s and %s is there already", region_name[r->a], region_name[r->b]);
        on_grid(c, at, "value", r->value);
        on_grid(c, at, "ends", r->ends);
    }
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i], *body = l->body ? tech_layer(t, l->body) : NULL;
        if (l->body && (l->role != ROLE_RESISTOR || !body || (body->kind != LAYER_METAL && body->role != ROLE_POLY)))
            bad(c, "TECH-0030", c->d->layer_at.v[i], "%s: body '%s' goes with role resistor and names poly or a metal", l->name, l->body);
    }
    for (uint32_t i = 0; i < t->devices.n; i++) {
        const TechDevice *d = &t->devices.v[i];
        const TechLayer *m = d->mark ? tech_layer(t, d->mark) : NULL;
        if (d->mark && (!m || m->role != ROLE_FLAVOUR))
            bad(c, "TECH-0030", c->d->device_at.v[i], "device %s: mark '%s' is no layer of role flavour", d->name, d->mark);
    }
}

/* ---- model file -------------------------------------------------------------------------------------------- */

static bool word_at(const char *p, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)p[i]) != tolower((unsigned char)word[i])) return false;
    return p[n] == 0 || isspace((unsigned char)p[n]);
}

/* A line `.subckt NAME` or `.model NAME`; SPICE does not distinguish case. */
static bool names_model(const char *text, const char *key, const char *name)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        while (isspace((unsigned char)*p)) p++;
        if (!*p) return false;
        if (!word_at(p, key)) continue;
        p += strlen(key);
        while (*p == ' ' || *p == '\t') p++;
        if (word_at(p, name)) return true;
    }
    return false;
}

static void check_models(Check *c)
{
    Buf text = {0};
    Status st = io_read(c->t->model_file, MODEL_LIMIT, &text);
    if (st != ST_OK) {
        bad(c, "TECH-0021", c->d->root, "model file '%s' cannot be read", c->t->model_file);
        return;
    }
    c->d->t->model_of_pdk = text.s && strstr(text.s, TECH_PDK);
    if (c->d->t->model_of_pdk && c->t->corners.n && !strstr(text.s, TECH_CORNER))
        bad(c, "TECH-0036", c->d->root, "there are corners, but '%s' includes no file by %s: all would be typical", c->t->model_file, TECH_CORNER);
    for (uint32_t i = 0; i < c->t->devices.n; i++) {
        const TechDevice *d = &c->t->devices.v[i];
        const char *key = d->subckt ? ".subckt" : ".model";
        if (!names_model(text.s ? text.s : "", key, d->model))
            bad(c, "TECH-0022", c->d->device_at.v[i], "device %s: '%s' has no %s %s", d->name, c->t->model_file, key, d->model);
    }
    buf_free(&text);
}

Status tech_check(const TechDoc *d)
{
    Check c = {d, d->t, ST_OK};
    check_names(&c);
    check_gds(&c);
    for (uint32_t i = 0; i < d->t->layers.n; i++) {
        const TechLayer *l = &d->t->layers.v[i];
        if (l->kind == LAYER_METAL) check_metal(&c, l, d->layer_at.v[i]);
        if (l->kind == LAYER_METAL) check_process(&c, l, d->layer_at.v[i]);
        if (l->kind == LAYER_METAL || l->kind == LAYER_CUT) check_current(&c, l, d->layer_at.v[i]);
        if (l->kind == LAYER_CUT) check_cut(&c, l, d->layer_at.v[i]);
    }
    check_stack(&c);
    check_rows(&c);
    check_values(&c);
    check_front(&c);
    check_models(&c);
    return c.st;
}
