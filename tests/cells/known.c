/* Drawings that cells of one run share: the same shapes as drawn alone, and less work. */
#include <criterion/criterion.h>
#include <string.h>

#include "cells/circuit.h"
#include "cells/draw_int.h"
#include "cells/physical.h"

typedef struct {
    Tech t;
    CellLibrary lib;
    Db db;
} Shop;

static void shop(Shop *s, const char *tech)
{
    *s = (Shop){0};
    cr_assert_eq(tech_read(tech, &s->t), ST_OK);
    cells_variants(&s->t, &s->lib);
    tech_db_init(&s->t, &s->db, "known");
}

static void shop_free(Shop *s)
{
    db_free(&s->db);
    cells_library_free(&s->lib);
    tech_free(&s->t);
}

static const CellVariant *named(const Shop *s, const char *function, const char *variant)
{
    for (uint32_t i = 0; i < s->lib.v.n; i++)
        if (str_eq(s->lib.v.v[i].function, function) && str_eq(s->lib.v.v[i].variant, variant)) return &s->lib.v.v[i];
    cr_assert(false, "no %s %s", function, variant);
    return NULL;
}

static CellId synapse(Shop *s, const CellVariant *v, const CellPitch *p, const char *name, DrawStats *stats)
{
    CellId c = cells_abstract(&s->db, &s->t, p, "synapse", v, name);
    cr_assert_eq(draw_cell(&s->db, &s->t, c, stats), ST_OK);
    return c;
}

/* Are all shapes of these kinds of layers the same in both cells? upper: of the capacitors' metals and their marks too. */
static bool same(const Shop *s, const Db *db, CellId a, CellId b, bool upper)
{
    const DbCell *x = &s->db.cells.v[a.i], *y = &db->cells.v[b.i];
    LayerId mom = db_find_layer(&s->db, tech_role(&s->t, ROLE_MOM)->name);
    uint32_t i = 0, k = 0, n = 0;
    for (;; i++, k++, n++) {
        while (!upper && i < x->shapes.n && (x->shapes.v[i].layer.i == mom.i || s->db.layers.v[x->shapes.v[i].layer.i].level >= s->t.mom_lo)) i++;
        while (!upper && k < y->shapes.n && (y->shapes.v[k].layer.i == mom.i || db->layers.v[y->shapes.v[k].layer.i].level >= s->t.mom_lo)) k++;
        if (i == x->shapes.n || k == y->shapes.n) break;
        const DbShape *p = &x->shapes.v[i], *q = &y->shapes.v[k];
        if (p->layer.i != q->layer.i || p->kind != q->kind || p->net.i != q->net.i || p->bit != q->bit || memcmp(&p->box, &q->box, sizeof p->box)) return false;
    }
    return n > 100 && i == x->shapes.n && k == y->shapes.n;
}

/* A synapse with another unit over the same transistors has the same wires, without being routed again, and other fingers. */
Test(known, cells_that_differ_in_capacitors_are_wired_once, .timeout = 120)
{
    Shop s;
    shop(&s, "n22");
    DrawSet set;
    DrawStats first, second, apart;
    const CellVariant *v = named(&s, "synapse", "cu06f_slvt");
    cr_assert_eq(draw_make(&s.db, &s.t, &s.lib, v, v, &set), ST_OK);
    CellVariant less = *v;
    less.param[0] = 0.5e-15;
    CellId a = synapse(&s, v, &set.pitch, "a", &first);
    double t0 = clock_cpu_seconds();
    CellId b = synapse(&s, &less, &set.pitch, "b", &second);
    double held = clock_cpu_seconds() - t0;
    cr_expect(same(&s, &s.db, a, b, false));
    cr_expect_not(same(&s, &s.db, a, b, true));
    cr_expect_eq(first.rounds, second.rounds);
    Shop o;
    shop(&o, "n22");
    memo_free(o.t.made);
    o.t.made = NULL;
    t0 = clock_cpu_seconds();
    CellId c = synapse(&o, &less, &set.pitch, "b", &apart);
    double anew = clock_cpu_seconds() - t0;
    cr_expect(same(&s, &o.db, b, c, true));
    cr_expect_eq(second.rounds, apart.rounds);
    cr_expect_lt(held, anew / 2, "%.3f s of %.3f", held, anew);
    shop_free(&o);
    shop_free(&s);
}

/* What is not the same is drawn anew: another pin, another width of a device, another technology's file. */
Test(known, keys_tell_what_a_drawing_depends_on)
{
    Shop s;
    shop(&s, "n22");
    char key[4][65];
    DrawSpec spec = {.rows = 1, .taps = true, .levels = 4};
    CellId c = draw_row_circuit(&s.db, &s.t, "nand2");
    cr_assert(draw_known_key(&s.db, &s.t, c, &spec, false, key[0]));
    db_cell(&s.db, c)->devices.v[0].w += s.t.grid;
    cr_assert(draw_known_key(&s.db, &s.t, c, &spec, false, key[1]));
    db_add_shape(&s.db, c, db_metal(&s.db, 1), SHAPE_PIN, (Box){0, 0, 100, 50}, (NetId){0}, 0);
    cr_assert(draw_known_key(&s.db, &s.t, c, &spec, false, key[2]));
    spec.variant = 1;
    cr_assert(draw_known_key(&s.db, &s.t, c, &spec, false, key[3]));
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++) cr_expect(strcmp(key[i], key[k]) != 0, "%d and %d", i, k);
    db_add_shape(&s.db, c, db_metal(&s.db, s.t.mom_hi), SHAPE_WIRE, (Box){0, 0, 100, 50}, (NetId){0}, 0); /* above its wires */
    cr_assert(draw_known_key(&s.db, &s.t, c, &spec, false, key[0]));
    cr_expect_str_eq(key[0], key[3]);
    s.t.sha256[0] = 0;
    cr_expect_not(draw_known_key(&s.db, &s.t, c, &spec, false, key[0]));
    shop_free(&s);
}

/* Those with most devices come first, those that are like another last. */
Test(known, long_drawings_begin_first)
{
    Shop s;
    shop(&s, "n22");
    static const char *const name[] = {"inv", "dff", "latch", "nand2"};
    DrawJob job[6];
    for (int i = 0; i < 4; i++) job[i] = (DrawJob){.cell = draw_row_circuit(&s.db, &s.t, name[i])};
    const CellVariant *v = named(&s, "synapse", "cu1f_rvt");
    DrawSet set;
    cr_assert_eq(draw_make(&s.db, &s.t, &s.lib, v, v, &set), ST_OK);
    CellVariant less = *v;
    less.param[0] /= 2;
    job[4] = (DrawJob){.cell = set.cell[0]};
    job[5] = (DrawJob){.cell = cells_abstract(&s.db, &s.t, &set.pitch, "synapse", &less, "less")};
    uint32_t order[6], n_first;
    draw_order_cells(&s.db, job, 6, order, &n_first);
    static const uint32_t want[] = {4, 1, 2, 3, 0, 5};
    cr_expect_eq(n_first, 5);
    for (int i = 0; i < 6; i++) cr_expect_eq(order[i], want[i], "%d: %u", i, order[i]);
    shop_free(&s);
}
