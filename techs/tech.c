/*
 * Finding, reading and freeing a technology, and looking things up in it.
 *
 * Invariant: a Tech that tech_read() returns with ST_OK has passed every check of check.c; nothing behind it asks again.
 */
#include "techs/tech_int.h"

#include "gen/base/io.h"

#include <math.h>

/* A path if it has a slash or ends in .xml, else a built-in name. */
static const char *locate(Arena *a, const char *name)
{
    if (strchr(name, '/') || str_ends(name, ".xml")) return arena_str(a, name);
    const char *dir = io_join(a, io_join(a, io_data_dir(), "techs"), name);
    return io_join(a, dir, "tech.xml");
}

static const char *folder_of(Arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return ".";
    return arena_printf(a, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

Status tech_read(const char *name_or_path, Tech *out)
{
    memset(out, 0, sizeof *out);
    const char *path = locate(&out->arena, name_or_path);
    TechDoc d = {.t = out};
    Status st = ST_OK;
    XmlNode *root = NULL;
    if (!io_exists(path)) {
        st = msg_error(ST_IO, "TECH-0001", (Loc){path, 0, 0}, "technology '%s': no such file (built in: n22, n28, sky130)", name_or_path);
    } else {
        st = xml_read(&out->arena, path, &root);
    }
    if (st == ST_OK) st = sha256_file(path, out->sha256);
    out->made = memo_new();
    if (st == ST_OK) {
        out->dir = folder_of(&out->arena, path);
        d.root = root;
        st = tech_fill(&d);
    }
    /* Values that are missing or out of range would only make the relations shout as well. */
    if (st == ST_OK) st = tech_check(&d);
    arr_free(&d.layer_at);
    arr_free(&d.device_at);
    arr_free(&d.rule_at);
    if (st != ST_OK) tech_free(out);
    return st;
}

void tech_free(Tech *t)
{
    for (uint32_t i = 0; i < t->layers.n; i++) arr_free(&t->layers.v[i].wide);
    arr_free(&t->layers);
    arr_free(&t->devices);
    arr_free(&t->rules);
    arr_free(&t->corners);
    arena_free(&t->arena);
    memo_free(t->made);
    memset(t, 0, sizeof *t);
}

Tech tech_at(const Tech *t, const TechCorner *corner, double temp_c, double vdd)
{
    Tech at = *t;
    at.corner = corner;
    at.temp_c = temp_c;
    at.vdd = vdd;
    at.vcm *= vdd / t->vdd;
    at.ladder_step *= vdd / t->vdd;
    return at;
}

const TechLayer *tech_layer(const Tech *t, const char *name)
{
    for (uint32_t i = 0; i < t->layers.n; i++)
        if (str_eq(t->layers.v[i].name, name)) return &t->layers.v[i];
    return NULL;
}

static const TechLayer *by_level(const Tech *t, const uint16_t at[TECH_LEVELS], int32_t level)
{
    return level >= 0 && level < TECH_LEVELS && at[level] ? &t->layers.v[at[level] - 1] : NULL;
}

const TechLayer *tech_metal(const Tech *t, int32_t level) { return by_level(t, t->metal_at, level); }
const TechLayer *tech_cut(const Tech *t, int32_t level) { return by_level(t, t->cut_at, level); }

double tech_em_limit(const Tech *t, const TechLayer *l, double temp_c)
{
    static const double k = 8.617333e-5; /* eV/K */
    double limit = l->kind == LAYER_CUT ? l->i_max : l->j_max;
    if (limit <= 0) return 0;
    return limit * exp(t->em_activation / (t->em_exponent * k) * (1 / (temp_c + 273.15) - 1 / (l->em_temp + 273.15)));
}

const TechDevice *tech_device(const Tech *t, const char *name)
{
    for (uint32_t i = 0; i < t->devices.n; i++)
        if (str_eq(t->devices.v[i].name, name)) return &t->devices.v[i];
    return NULL;
}

int32_t tech_top_metal(const Tech *t)
{
    int32_t top = 0;
    for (uint32_t i = 0; i < t->layers.n; i++)
        if (t->layers.v[i].kind == LAYER_METAL && t->layers.v[i].level > top) top = t->layers.v[i].level;
    return top;
}

int32_t tech_mesh_level(const Tech *t)
{
    for (int32_t l = t->mom_hi + 1; tech_metal(t, l); l++)
        if (tech_metal(t, l)->horizontal) return l;
    return 0;
}

int32_t tech_strap_level(const Tech *t)
{
    int32_t mesh = tech_mesh_level(t);
    return mesh ? mesh - 1 : tech_top_metal(t);
}

int32_t tech_trunk_level(const Tech *t)
{
    int32_t l = tech_strap_level(t);
    while (l > 1 && tech_metal(t, l)->horizontal) l--;
    return l;
}

const TechLayer *tech_role(const Tech *t, LayerRole role)
{
    for (uint32_t i = 0; i < t->layers.n; i++)
        if (t->layers.v[i].role == role) return &t->layers.v[i];
    return NULL;
}

const TechRule *tech_rule(const Tech *t, RuleKind kind, Region a, Region b)
{
    for (uint32_t i = 0; i < t->rules.n; i++) {
        const TechRule *r = &t->rules.v[i];
        if (r->kind == kind && ((r->a == a && r->b == b) || (kind == RULE_SPACE && r->a == b && r->b == a))) return r;
    }
    return NULL;
}

int32_t tech_rule_value(const Tech *t, RuleKind kind, Region a, Region b)
{
    const TechRule *r = tech_rule(t, kind, a, b);
    return r ? r->value : 0;
}

int32_t tech_space(const TechLayer *l, int32_t width)
{
    int32_t space = l->space;
    for (uint32_t i = 0; i < l->wide.n; i++)
        if (width > l->wide.v[i].width && l->wide.v[i].space > space) space = l->wide.v[i].space;
    return space;
}

void tech_db_init(const Tech *t, Db *db, const char *design)
{
    db_init(db, design, t->name, t->dbu_m, t->grid);
    for (uint32_t i = 0; i < t->layers.n; i++) {
        const TechLayer *l = &t->layers.v[i];
        LayerId id = db_add_layer(db, l->name, l->kind, l->gds, l->gds_type);
        DbLayer *x = &db->layers.v[id.i];
        x->gds_pin_type = l->gds_pin_type;
        x->gds_label_type = l->gds_label_type;
        x->horizontal = l->horizontal;
        x->level = l->level;
    }
}
