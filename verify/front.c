/* Regions of the front end; contract in verify/front.h. */
#include "verify/front.h"

LayerId front_layer(const Db *db, const Tech *t, LayerRole role)
{
    for (uint32_t k = 0; k < db->layers.n; k++) {
        const TechLayer *l = tech_layer(t, db_name(db, db->layers.v[k].name));
        if (l && l->role == role) return (LayerId){k};
    }
    return (LayerId){UINT32_MAX};
}

static LayerId contact_layer(const Db *db)
{
    for (uint32_t k = 0; k < db->layers.n; k++)
        if (db->layers.v[k].kind == LAYER_CUT && db->layers.v[k].level == 0) return (LayerId){k};
    return (LayerId){UINT32_MAX};
}

LayerId front_main_layer(const Db *db, const Tech *t, Region r)
{
    static const LayerRole role[FE_N] = {ROLE_NWELL, ROLE_PWELL, ROLE_NIMP, ROLE_PIMP, ROLE_POLY, ROLE_ACTIVE, ROLE_POLY, ROLE_ACTIVE,
                                         ROLE_ACTIVE, ROLE_ACTIVE, ROLE_ACTIVE, ROLE_NONE, ROLE_NONE, ROLE_POLY_CONTACT};
    return role[r] == ROLE_NONE ? contact_layer(db) : front_layer(db, t, role[r]);
}

static const Boxes nothing;

static const Boxes *drawn(const Db *db, const Tech *t, const Boxes *layer, LayerRole role)
{
    LayerId l = front_layer(db, t, role);
    return l.i == UINT32_MAX ? &nothing : &layer[l.i];
}

void front_make(Front *f, const Db *db, const Tech *t, const Boxes *layer)
{
    *f = (Front){0};
    static const struct {
        Region r;
        LayerRole role;
    } copy[] = {{FE_NWELL, ROLE_NWELL}, {FE_PWELL, ROLE_PWELL}, {FE_NIMP, ROLE_NIMP}, {FE_PIMP, ROLE_PIMP}, {FE_POLY, ROLE_POLY}, {FE_CO_MARK, ROLE_POLY_CONTACT}};
    const Boxes *active = drawn(db, t, layer, ROLE_ACTIVE), *tap = drawn(db, t, layer, ROLE_TAP), *poly = drawn(db, t, layer, ROLE_POLY);
    LayerId co = contact_layer(db);
    f->any = active->b.n || tap->b.n || poly->b.n || (co.i != UINT32_MAX && layer[co.i].b.n);
    for (size_t k = 0; k < COUNTOF(copy); k++) region_or(drawn(db, t, layer, copy[k].role), NULL, &f->r[copy[k].r]);
    if (!f->any) return;
    region_or(active, tap, &f->r[FE_ACTIVE]);
    if (co.i != UINT32_MAX) region_or(&layer[co.i], NULL, &f->co);
    region_and(&f->r[FE_POLY], &f->r[FE_ACTIVE], &f->r[FE_GATE]);
    region_and(&f->r[FE_ACTIVE], &f->r[FE_NIMP], &f->nplus);
    region_and(&f->r[FE_ACTIVE], &f->r[FE_PIMP], &f->pplus);
    region_not(&f->nplus, &f->r[FE_NWELL], &f->r[FE_NDIFF]);
    region_and(&f->nplus, &f->r[FE_NWELL], &f->r[FE_NTAP]);
    region_and(&f->pplus, &f->r[FE_NWELL], &f->r[FE_PDIFF]);
    region_not(&f->pplus, &f->r[FE_NWELL], &f->r[FE_PTAP]);
    region_overlapping(&f->co, &f->r[FE_POLY], false, &f->r[FE_CO_POLY]);
    Boxes rest = {0};
    region_overlapping(&f->co, &f->r[FE_POLY], true, &rest);
    region_overlapping(&rest, &f->r[FE_ACTIVE], false, &f->r[FE_CO_ACTIVE]);
    arr_free(&rest.b);
}

void front_free(Front *f)
{
    for (int k = 0; k < FE_N; k++) arr_free(&f->r[k].b);
    arr_free(&f->co.b);
    arr_free(&f->nplus.b);
    arr_free(&f->pplus.b);
}
