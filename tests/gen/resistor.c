/* Resistors of marked poly and of marked metal, by our own LVS and by KLayout's with the generated deck: value, shorts, cuts. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "gen/base/io.h"
#include "gen/deck.h"
#include "verify/verify_layout.h"

static const char *const techs[] = {"n22", "n28", "sky130"};
enum { SQUARES = 8, W = 1000, HEAD = 1000 };

typedef enum { RIGHT, WITHIN_2_PERCENT, PARALLEL, OFF_5_PERCENT, SHORTER, SHORTED, CUT, CASES } Case;

static void draw(Db *db, CellId c, const TechLayer *l, ShapeKind kind, Box b, NetId n) { db_add_shape(db, c, db_find_layer(db, l->name), kind, b, n, 0); }

/* A strip of SQUARES between two heads; poly heads have a contact and metal 1 with the pin, of metal they are the pins. Returns its value in the netlist. */
static double resistor(Db *db, const Tech *t, CellId c, bool metal, Case k)
{
    const TechLayer *mark = tech_role(t, ROLE_RESISTOR), *co = tech_cut(t, 0), *m1 = tech_metal(t, 1), *body = metal ? tech_metal(t, 2) : tech_role(t, ROLE_POLY);
    NetId end[2] = {db_add_port(db, c, "A", 1, DIR_INOUT, USE_ANALOG), db_add_port(db, c, "B", 1, DIR_INOUT, USE_ANALOG)};
    int32_t len = SQUARES * W;
    double ohm = SQUARES * (metal ? body->r_sheet : t->res_sheet);
    if (k == CUT) {
        draw(db, c, body, SHAPE_WIRE, (Box){-HEAD, 0, len / 2, W}, NET_NONE);
        draw(db, c, body, SHAPE_WIRE, (Box){len / 2 + 500, 0, len + HEAD, W}, NET_NONE);
    } else {
        draw(db, c, body, SHAPE_WIRE, (Box){-HEAD, 0, len + HEAD, W}, NET_NONE);
    }
    draw(db, c, mark, SHAPE_WIRE, (Box){k == SHORTER ? W / 2 : 0, -200, len, W + 200}, NET_NONE);
    for (int e = 0; e < 2; e++) {
        Box head = e ? (Box){len, 0, len + HEAD, W} : (Box){-HEAD, 0, 0, W};
        if (metal) draw(db, c, body, SHAPE_PIN, head, end[e]);
        else {
            draw(db, c, co, SHAPE_WIRE, (Box){head.x0 + 400, 400, head.x0 + 400 + co->cut_size, 400 + co->cut_size}, NET_NONE);
            draw(db, c, m1, SHAPE_PIN, head, end[e]);
        }
    }
    if (k == SHORTED) draw(db, c, metal ? body : m1, SHAPE_WIRE, (Box){-HEAD, metal ? W : 0, len + HEAD, W + 500}, NET_NONE);
    if (k == SHORTED && metal) { /* around the mark */
        draw(db, c, body, SHAPE_WIRE, (Box){-HEAD, W, -HEAD / 2, W + 1000}, NET_NONE);
        draw(db, c, body, SHAPE_WIRE, (Box){len + HEAD / 2, W, len + HEAD, W + 1000}, NET_NONE);
        draw(db, c, body, SHAPE_WIRE, (Box){-HEAD, W + 500, len + HEAD, W + 1000}, NET_NONE);
    }
    for (int e = 0; e < 2 && k == PARALLEL; e++) { /* a second strip above, with heads of its own */
        int32_t x = e ? len : -HEAD;
        if (e == 0) draw(db, c, body, SHAPE_WIRE, (Box){-HEAD, 3 * W, len + HEAD, 4 * W}, NET_NONE);
        if (e == 0) draw(db, c, mark, SHAPE_WIRE, (Box){0, 3 * W - 200, len, 4 * W + 200}, NET_NONE);
        draw(db, c, metal ? body : m1, SHAPE_WIRE, (Box){x, 0, x + HEAD, 4 * W}, end[e]);
        if (!metal) draw(db, c, co, SHAPE_WIRE, (Box){x + 400, 3 * W + 400, x + 400 + co->cut_size, 3 * W + 400 + co->cut_size}, NET_NONE);
    }
    db_cell(db, c)->box = (Box){-HEAD, -1000, len + HEAD, 3000};
    ohm *= k == WITHIN_2_PERCENT ? 1.005 : k == OFF_5_PERCENT ? 1.05 : k == PARALLEL ? 0.5 : 1;
    db_add_res(db, c, "r", end[0], end[1], ohm);
    return ohm;
}

Test(resistor, value_and_ends_in_both, .timeout = 600)
{
    bool have = system("klayout -v >/dev/null 2>&1") == 0;
    if (!have) fprintf(stderr, "skipped: KLayout is not installed, it does not judge the resistors\n");
    Arena a = {0};
    Buf script = {0}, log = {0};
    char dir[] = "/tmp/apugen_res_XXXXXX";
    cr_assert(mkdtemp(dir));
    for (size_t k = 0; k < COUNTOF(techs); k++)
        for (int metal = 0; metal < 2; metal++) {
            Tech t;
            cr_assert_eq(tech_read(techs[k], &t), ST_OK);
            for (uint32_t i = 0, done = 0; i < t.layers.n && metal && !done; i++) { /* the first mark, that of poly */
                if (t.layers.v[i].role != ROLE_RESISTOR) continue;
                t.layers.v[i].body = tech_metal(&t, 2)->name;
                done = 1;
            }
            const char *deck = arena_printf(&a, "%s/%s_%d.lvs", dir, techs[k], metal);
            cr_assert_eq(deck_write(&t, NULL, dir), ST_OK);
            cr_assert_eq(rename(io_join(&a, dir, "klayout.lvs"), deck), 0);
            for (int q = 0; q < CASES; q++) {
                Db db;
                LvsDevices d;
                const char *name = arena_printf(&a, "%s_%d_%d", techs[k], metal, q);
                tech_db_init(&t, &db, "resistors");
                CellId c = db_add_cell(&db, "res", CELL_LEAF, NULL);
                double ohm = resistor(&db, &t, c, metal, (Case)q);
                Status st = lvs_devices(&db, c, &db, c, &t, &d);
                cr_expect_eq(st == ST_OK, q <= PARALLEL, "%s, case %d: %s", name, q, d.text.s ? d.text.s : "nothing found");
                lvs_devices_free(&d);
                cr_assert_eq(gds_write(&db, arena_printf(&a, "%s/%s.gds", dir, name)), ST_OK);
                FILE *f = fopen(arena_printf(&a, "%s/%s.cir", dir, name), "w");
                cr_assert(f);
                fprintf(f, ".subckt res A B\nRr A B %.9g\n.ends\n", ohm);
                cr_assert_eq(fclose(f), 0);
                buf_printf(&script, "puts 'job %s'\n$input = '%s/%s.gds'\n$top_cell = 'res'\n$schematic = '%s/%s.cir'\n$report = '%s/r.lvsdb'\nRBA::Macro::new('%s').run\n", name, dir,
                           name, dir, name, dir, deck);
                db_free(&db);
            }
            tech_free(&t);
        }
    if (have) {
        FILE *f = fopen(io_join(&a, dir, "all.rb"), "w");
        cr_assert(f);
        fprintf(f, "$stdout.sync = true\n%s", script.s);
        cr_assert_eq(fclose(f), 0);
        cr_assert_eq(system(arena_printf(&a, "cd %s && klayout -b -r all.rb >log 2>&1", dir)), 0);
        cr_assert_eq(io_read(io_join(&a, dir, "log"), 4u << 20, &log), ST_OK);
        uint32_t n = 0;
        for (const char *p = strstr(log.s, "job "); p; n++) {
            const char *next = strstr(p + 4, "job "), *yes = strstr(p, "Netlists match");
            int q = strchr(p, '\n')[-1] - '0';
            bool same = yes && (!next || yes < next);
            cr_expect_eq(same, q <= PARALLEL, "KLayout: %.20s: %s", p, same ? "the same" : "other");
            p = next;
        }
        cr_expect_eq(n, COUNTOF(techs) * 2 * CASES);
    }
    cr_assert_eq(system(arena_printf(&a, "rm -r %s", dir)), 0);
    buf_free(&script);
    buf_free(&log);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}
