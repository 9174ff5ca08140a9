/* Check decks for KLayout: the technology as JSON, rendered by templates. */
#include "gen/deck.h"

#include <ctype.h>

#include "gen/base/io.h"
#include "templates/json_view.h"

static json_t *um(const Tech *t, double dbu) { return json_real(dbu * t->dbu_m * 1e6); }

/* A layer's variable in the deck: "l_" and its name in small letters. */
static const char *var_of(Arena *a, const TechLayer *l)
{
    char *s = arena_printf(a, "l_%s", l->name);
    for (char *p = s; *p; p++) *p = (char)(isalnum((unsigned char)*p) ? tolower((unsigned char)*p) : '_');
    return s;
}

static const char *region_var(Arena *a, Region r)
{
    char *s = arena_str(a, region_name[r]);
    for (char *p = s; *p; p++)
        if (*p == '-') *p = '_';
    return s;
}

static json_t *metal_above(Arena *a, const Tech *t, int32_t level)
{
    const TechLayer *m = tech_metal(t, level);
    return m ? json_string(var_of(a, m)) : json_null();
}

static json_t *layer_json(Arena *a, const Tech *t, const TechLayer *l, uint32_t index)
{
    json_t *o = json_object(), *wide = json_array();
    json_object_set_new(o, "name", json_string(l->name));
    json_object_set_new(o, "var", json_string(var_of(a, l)));
    json_object_set_new(o, "gds", json_integer(l->gds));
    json_object_set_new(o, "type", json_integer(l->gds_type));
    json_object_set_new(o, "label_type", json_integer(l->gds_label_type));
    json_object_set_new(o, "outline", json_boolean(l->kind == LAYER_OUTLINE));
    json_object_set_new(o, "metal", json_boolean(l->kind == LAYER_METAL));
    json_object_set_new(o, "cut", json_boolean(l->kind == LAYER_CUT));
    json_object_set_new(o, "via", json_boolean(l->kind == LAYER_CUT && l->level > 0));
    json_object_set_new(o, "width", l->kind != LAYER_CUT && l->width ? um(t, l->width) : json_null());
    json_object_set_new(o, "space", l->space ? um(t, l->space) : json_null());
    json_object_set_new(o, "area", l->min_area > 0 ? json_real(l->min_area * 1e12) : json_null());
    json_object_set_new(o, "hole", l->min_hole > 0 ? json_real(l->min_hole * 1e12) : json_null());
    if (l->kind == LAYER_CUT) {
        json_object_set_new(o, "size", um(t, l->cut_size));
        json_object_set_new(o, "below", l->level ? metal_above(a, t, l->level) : json_null());
        json_object_set_new(o, "above", metal_above(a, t, l->level + 1));
        json_object_set_new(o, "enc_below", um(t, l->enc_below));
        json_object_set_new(o, "enc_below_side", um(t, l->enc_below_side));
        json_object_set_new(o, "enc_above", um(t, l->enc_above));
        json_object_set_new(o, "enc_above_side", um(t, l->enc_above_side));
    }
    for (uint32_t i = 0; i < l->wide.n; i++) {
        json_t *w = json_object();
        json_object_set_new(w, "over", um(t, l->wide.v[i].width));
        json_object_set_new(w, "over_dbu", json_integer(l->wide.v[i].width));
        json_object_set_new(w, "wide_space", um(t, l->wide.v[i].space));
        json_object_set_new(w, "number", json_integer(i + 1));
        json_array_append_new(wide, w);
    }
    json_object_set_new(o, "wide", wide);
    static const char *const colour[] = {"#80a0ff", "#ff8080", "#60c060", "#c080ff", "#ffc040", "#40c0c0", "#c08060", "#808080"};
    json_object_set_new(o, "colour", json_string(colour[index % COUNTOF(colour)]));
    return o;
}

/* Metals from below, with what is judged of whole designs. */
static json_t *metals_json(Arena *a, const Tech *t)
{
    json_t *list = json_array();
    for (int32_t level = 1; level <= tech_top_metal(t); level++) {
        const TechLayer *m = tech_metal(t, level), *below = tech_metal(t, level - 1), *cut = tech_cut(t, level - 1);
        if (!m || !cut) continue;
        json_t *o = json_object();
        json_object_set_new(o, "var", json_string(var_of(a, m)));
        json_object_set_new(o, "name", json_string(m->name));
        json_object_set_new(o, "cut", json_string(var_of(a, cut)));
        json_object_set_new(o, "below", below ? json_string(var_of(a, below)) : json_null());
        json_object_set_new(o, "density", json_boolean(m->density_max > 0));
        json_object_set_new(o, "density_min", m->density_min > 0 ? json_real(m->density_min) : json_null());
        json_object_set_new(o, "density_max", json_real(m->density_max));
        json_object_set_new(o, "window", um(t, m->density_window));
        json_object_set_new(o, "step", um(t, m->density_step));
        json_object_set_new(o, "antenna", m->antenna > 0 ? json_real(m->antenna) : json_null());
        json_object_set_new(o, "sum", json_boolean(m->antenna_sum > 0));
        json_object_set_new(o, "antenna_sum", json_real(m->antenna_sum));
        json_object_set_new(o, "side", m->antenna_side ? json_real(m->thickness * 1e6) : json_null());
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *rule_json(Arena *a, const Tech *t, const TechRule *r)
{
    json_t *o = json_object();
    json_object_set_new(o, "a", json_string(region_var(a, r->a)));
    json_object_set_new(o, "b", json_string(region_var(a, r->b)));
    json_object_set_new(o, "value", um(t, r->value));
    json_object_set_new(o, "ends", um(t, r->ends));
    json_object_set_new(o, "is_space", json_boolean(r->kind == RULE_SPACE));
    json_object_set_new(o, "is_enclose", json_boolean(r->kind == RULE_ENCLOSE));
    json_object_set_new(o, "is_extend", json_boolean(r->kind == RULE_EXTEND));
    return o;
}

static json_t *device_json(Arena *a, const TechDevice *d, const Tech *t)
{
    json_t *o = json_object();
    json_object_set_new(o, "device", json_string(d->name));
    json_object_set_new(o, "model", json_string(d->model));
    json_object_set_new(o, "l_min", um(t, d->l_min));
    json_object_set_new(o, "w_min", um(t, d->w_min));
    json_object_set_new(o, "w_grid", um(t, d->w_grid));
    json_object_set_new(o, "w_grid_dbu", json_integer(d->w_grid));
    json_object_set_new(o, "n", json_boolean(d->kind == DEV_NMOS));
    const TechLayer *m = d->mark ? tech_layer(t, d->mark) : NULL;
    json_object_set_new(o, "mark", m ? json_string(var_of(a, m)) : json_null());
    return o;
}

/* Capacitor metals, and capacitance per area of a marked gap less one grid step on either side. */
static json_t *mom_json(Arena *a, const Tech *t)
{
    json_t *list = json_array();
    const TechLayer *lo = tech_metal(t, t->mom_lo);
    int32_t space = 0;
    for (int32_t l = t->mom_lo; l <= t->mom_hi; l++) space = tech_metal(t, l)->space > space ? tech_metal(t, l)->space : space;
    for (int32_t l = t->mom_lo; l <= t->mom_hi; l++) {
        json_t *o = json_object();
        json_object_set_new(o, "level", json_integer(l));
        json_object_set_new(o, "metal", json_string(var_of(a, tech_metal(t, l))));
        json_object_set_new(o, "farad", json_string(arena_printf(a, "%.6e", t->mom_density * 1e-12 * (lo->width + lo->space) / (space - 2 * t->grid))));
        json_array_append_new(list, o);
    }
    return list;
}

/* Marks, and what they mark with its sheet resistance. */
static json_t *resistors_json(Arena *a, const Tech *t)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i], *body = l->body ? tech_layer(t, l->body) : NULL;
        if (l->role != ROLE_RESISTOR) continue;
        bool metal = body && body->kind == LAYER_METAL;
        json_t *o = json_object();
        json_object_set_new(o, "mark", json_string(var_of(a, l)));
        json_object_set_new(o, "body", json_string(metal ? var_of(a, body) : "poly"));
        json_object_set_new(o, "sheet", json_real(metal ? body->r_sheet : t->res_sheet));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *tech_json(Arena *a, const Tech *t)
{
    static const char *const role[ROLE_N] = {"", "nwell", "pwell", "active", "tap", "poly", "nimp", "pimp", "poly_contact", "", "resistor", "mom"};
    json_t *o = json_object(), *layers = json_array(), *rules = json_array(), *devices = json_array(), *roles = json_object(), *marks = json_array();
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i];
        json_array_append_new(layers, layer_json(a, t, l, i));
        if (l->role == ROLE_FLAVOUR) json_array_append_new(marks, json_string(var_of(a, l)));
        else if (l->role) json_object_set_new(roles, role[l->role], json_string(var_of(a, l)));
    }
    for (int r = 1; r < ROLE_N; r++)
        if (r != ROLE_FLAVOUR && !json_object_get(roles, role[r])) json_object_set_new(roles, role[r], json_string("nothing"));
    for (uint32_t i = 0; i < t->rules.n; i++) json_array_append_new(rules, rule_json(a, t, &t->rules.v[i]));
    for (uint32_t i = 0; i < t->devices.n; i++) json_array_append_new(devices, device_json(a, &t->devices.v[i], t));
    json_object_set_new(o, "mom", tech_role(t, ROLE_MOM) ? mom_json(a, t) : json_array());
    const TechLayer *co = tech_cut(t, 0), *m1 = tech_metal(t, 1), *outline = NULL;
    for (uint32_t i = 0; i < t->layers.n && !outline; i++)
        if (t->layers.v[i].kind == LAYER_OUTLINE) outline = &t->layers.v[i];
    json_object_set_new(o, "metals", metals_json(a, t));
    json_object_set_new(o, "tap_distance", um(t, t->tap_distance));
    json_object_set_new(o, "outline", json_string(outline ? var_of(a, outline) : "nothing"));
    json_object_set_new(o, "resistors", resistors_json(a, t));
    json_object_set_new(o, "title", json_string(t->title));
    json_object_set_new(o, "name", json_string(t->name));
    json_object_set_new(o, "grid", um(t, t->grid));
    json_object_set_new(o, "layers", layers);
    json_object_set_new(o, "roles", roles);
    json_object_set_new(o, "marks", marks);
    json_object_set_new(o, "rules", rules);
    json_object_set_new(o, "devices", devices);
    json_object_set_new(o, "contact", json_string(co ? var_of(a, co) : "nothing"));
    json_object_set_new(o, "metal1", json_string(m1 ? var_of(a, m1) : "nothing"));
    return o;
}

Status deck_write(const Tech *t, const char *templates, const char *outdir)
{
    static const char *const file[][2] = {{"klayout_drc", "klayout.drc"}, {"klayout_lvs", "klayout.lvs"}, {"klayout_lyp", "klayout.lyp"}};
    Arena a = {0};
    TplSet *set = tpl_set_new();
    if (templates) tpl_set_dir(set, templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    json_t *data = tech_json(&a, t);
    Status st = ST_OK;
    for (size_t i = 0; i < COUNTOF(file) && st == ST_OK; i++) {
        Out *out;
        st = out_open(io_join(&a, outdir, file[i][1]), &out);
        if (st != ST_OK) break;
        st = tpl_render(set, file[i][0], json_view(data), (TplOptions){.strict = true, .html = i == 2}, (TplSink){.out = out});
        if (st == ST_OK) st = out_commit(out, NULL, NULL);
        else out_discard(out);
    }
    json_decref(data);
    tpl_set_free(set);
    arena_free(&a);
    return st;
}
