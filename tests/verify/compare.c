/* The array written as SPICE and as DEF by hand and read back says the same; every seeded difference is found. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/verify/lvs_array.h"
#include "verify/verify_layout.h"

typedef struct {
    Tech t;
    Db db, back;
    NetlistDiff d;
    Buf text;
} Pair;

static void pair_begin(Pair *p)
{
    *p = (Pair){0};
    small_tech(&p->t);
    array_build(&p->t, &p->db, 16, 8);
    db_init(&p->back, "back", "small", 1e-9, 5);
}

static void pair_end(Pair *p)
{
    netlists_diff_free(&p->d);
    db_free(&p->db);
    db_free(&p->back);
    small_tech_free(&p->t);
    buf_free(&p->text);
}

static void read_back(Pair *p, Status (*reader)(Db *, const char *))
{
    char path[200];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/apugen-test-%ld-cmp.txt", dir ? dir : "/tmp", (long)getpid());
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(p->text.s, 1, p->text.n, f) == p->text.n && fclose(f) == 0);
    cr_assert_eq(reader(&p->back, path), ST_OK);
    unlink(path);
    cr_assert_eq(db_check(&p->back), ST_OK);
}

/* Nodes of all port bits of an element, or of a cell's own ports (i NULL). */
static void put_nodes(Pair *p, CellId c, const DbInst *i, uint32_t ix, uint32_t iy)
{
    const DbCell *m = &p->db.cells.v[i ? i->master.i : c.i];
    for (uint32_t n = 0; n < m->n_ports; n++)
        for (uint32_t b = 0; b < m->nets.v[n].width; b++) {
            buf_char(&p->text, ' ');
            NetRef r = {.net = {n}, .sk = 1};
            if (i) r = p->db.cells.v[c.i].conns.v[i->conn0 + n];
            db_bit_name(&p->db, c, r.net, netref_bit(r, ix, iy, b), &p->text);
        }
}

static void as_spice(Pair *p)
{
    for (uint32_t c = 0; c < p->db.cells.n; c++) {
        const DbCell *cell = &p->db.cells.v[c];
        buf_printf(&p->text, ".subckt %s", db_name(&p->db, cell->name));
        put_nodes(p, (CellId){c}, NULL, 0, 0);
        buf_char(&p->text, '\n');
        for (uint32_t k = 0; k < cell->insts.n; k++) {
            const DbInst *i = &cell->insts.v[k];
            for (uint32_t e = 0; e < i->nx * i->ny; e++) {
                buf_printf(&p->text, "X%s[%u][%u]", db_name(&p->db, i->name), e % i->nx, e / i->nx);
                put_nodes(p, (CellId){c}, i, e % i->nx, e / i->nx);
                buf_printf(&p->text, " %s\n", db_name(&p->db, p->db.cells.v[i->master.i].name));
            }
        }
        buf_str(&p->text, ".ends\n");
    }
}

Test(compare, spice_view_is_the_same)
{
    Pair p;
    pair_begin(&p);
    as_spice(&p);
    read_back(&p, spice_read);
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_OK, "%s", p.d.text.s);
    cr_assert(p.d.by_name);
    cr_assert_eq(p.d.cells, 128);
    cr_assert_eq(p.d.nets, 9 * 16 + 4 * 8);
    cr_assert_eq(p.d.terminals, 128 * 13 + 9 * 16 + 4 * 8);
    pair_end(&p);
    cr_assert_eq(mem_live(), 0);
}

static void swap_nets(Pair *p, const char *cell, uint32_t inst, uint32_t a, uint32_t b)
{
    CellId c = db_find_cell(&p->back, cell);
    NetRef *r = &db_cell(&p->back, c)->conns.v[db_cell(&p->back, c)->insts.v[inst].conn0], t = r[a];
    r[a] = r[b];
    r[b] = t;
}

Test(compare, differences_are_found)
{
    Pair p;
    pair_begin(&p);
    as_spice(&p);
    read_back(&p, spice_read);
    swap_nets(&p, "tile", 17, 3, 4); /* WL[0], WL[1] of one synapse */
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_VIOLATION);
    cr_assert_eq(p.d.n_nets, 2u * 1, "WL[16], WL[17]: %s", p.d.text.s);
    cr_assert(strstr(p.d.text.s, "WL[16]") && strstr(p.d.text.s, "WL[17]"), "%s", p.d.text.s);
    netlists_diff_free(&p.d);
    swap_nets(&p, "tile", 17, 3, 4);
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_OK);
    netlists_diff_free(&p.d);

    /* an opened pin, both ways round */
    CellId tile = db_find_cell(&p.back, "tile");
    db_connect(&p.back, tile, (InstId){5}, (NetId){2}, (NetRef){.net = NET_NONE});
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_VIOLATION);
    netlists_diff_free(&p.d);
    cr_assert_eq(netlists_equal(&p.back, p.back.top, &p.db, p.db.top, true, &p.d), ST_VIOLATION);
    netlists_diff_free(&p.d);
    pair_end(&p);

    /* another name for one placement: then order decides, and all is well; another master is told */
    pair_begin(&p);
    as_spice(&p);
    read_back(&p, spice_read);
    db_cell(&p.back, db_find_cell(&p.back, "tile"))->insts.v[3].name = names_add(&p.back.names, "odd");
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_OK, "%s", p.d.text.s);
    cr_assert_not(p.d.by_name);
    netlists_diff_free(&p.d);
    db_cell(&p.back, db_find_cell(&p.back, "synapse"))->name = names_add(&p.back.names, "dummy");
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_VIOLATION);
    cr_assert_eq(p.d.n_masters, 128);
    netlists_diff_free(&p.d);
    pair_end(&p);

    /* a device that only one side has; a placement too few */
    pair_begin(&p);
    as_spice(&p);
    read_back(&p, spice_read);
    CellId syn = db_find_cell(&p.db, "synapse");
    db_add_cap(&p.db, syn, "c", (NetId){0}, (NetId){1}, 1e-15);
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, false, &p.d), ST_OK);
    netlists_diff_free(&p.d);
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, true, &p.d), ST_VIOLATION);
    cr_assert_eq(p.d.n_devices, 1);
    netlists_diff_free(&p.d);
    db_cell(&p.db, db_find_cell(&p.db, "tile"))->insts.v[0].ny = 15;
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, false, &p.d), ST_VIOLATION);
    cr_assert_eq(p.d.n_cells, 2 * 4);
    cr_assert(strstr(p.d.text.s, "only in the second: t[0][0]/syn[0][15]"), "%s", p.d.text.s);
    pair_end(&p);
}

/* ---- DEF: flat, one line per placement and per net ------------------------------------------------------------------ */

typedef struct {
    const Pair *p;
    Buf *comp;
    Buf net[9 * 16 + 4 * 8]; /* by port bit of the array */
} DefOut;

static uint32_t bit_of(const Db *db, CellId c, uint32_t net, uint32_t bit)
{
    for (uint32_t k = 0; k < net; k++) bit += db->cells.v[c.i].nets.v[k].width;
    return bit;
}

static void as_def(Pair *p)
{
    Db *db = &p->db;
    CellId top = db->top, tile = db_find_cell(db, "tile"), syn = db_find_cell(db, "synapse");
    DefOut o = {.p = p};
    Buf *out = &p->text;
    const DbInst *ti = &db_cell(db, top)->insts.v[0], *si = &db_cell(db, tile)->insts.v[0];
    buf_printf(out, "DESIGN array ;\nUNITS DISTANCE MICRONS 1000 ;\nCOMPONENTS 128 ;\n");
    for (uint32_t t = 0; t < ti->nx * ti->ny; t++)
        for (uint32_t s = 0; s < si->nx * si->ny; s++) {
            char name[80];
            snprintf(name, sizeof name, "t\\[%u\\]\\[%u\\]/syn\\[%u\\]\\[%u\\]", t % ti->nx, t / ti->nx, s % si->nx, s / si->nx);
            buf_printf(out, "- %s synapse + PLACED ( 0 0 ) N ;\n", name);
            for (uint32_t n = 0; n < db_cell(db, syn)->n_ports; n++)
                for (uint32_t b = 0; b < db_cell(db, syn)->nets.v[n].width; b++) {
                    NetRef r = db_conn(db, tile, (InstId){0}, n), q = db_conn(db, top, (InstId){0}, r.net.i);
                    uint32_t bit = netref_bit(q, t % ti->nx, t / ti->nx, netref_bit(r, s % si->nx, s / si->nx, b));
                    Buf pin = {0};
                    db_bit_name(db, syn, (NetId){n}, b, &pin);
                    buf_printf(&o.net[bit_of(db, top, q.net.i, bit)], " ( %s %s )", name, pin.s);
                    buf_free(&pin);
                }
        }
    buf_str(out, "END COMPONENTS\nPINS 1 ;\n");
    Buf nets = {0};
    for (uint32_t n = 0; n < db_cell(db, top)->n_ports; n++)
        for (uint32_t b = 0; b < db_cell(db, top)->nets.v[n].width; b++) {
            Buf name = {0}, *terms = &o.net[bit_of(db, top, n, b)];
            db_bit_name(db, top, (NetId){n}, b, &name);
            buf_printf(out, "- %s + NET %s + DIRECTION INOUT ;\n", name.s, name.s);
            buf_printf(&nets, "- %s ( PIN %s )%s + USE ANALOG ;\n", name.s, name.s, terms->s);
            buf_free(&name);
            buf_free(terms);
        }
    buf_printf(out, "END PINS\nNETS 1 ;\n%sEND NETS\nEND DESIGN\n", nets.s);
    buf_free(&nets);
}

Test(compare, def_view_is_the_same)
{
    Pair p;
    pair_begin(&p);
    as_def(&p);
    read_back(&p, def_read);
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, false, &p.d), ST_OK, "%s", p.d.text.s);
    cr_assert(p.d.by_name);
    netlists_diff_free(&p.d);
    swap_nets(&p, "array", 70, 0, 1);
    cr_assert_eq(netlists_equal(&p.db, p.db.top, &p.back, p.back.top, false, &p.d), ST_VIOLATION);
    pair_end(&p);
    cr_assert_eq(mem_live(), 0);
}
