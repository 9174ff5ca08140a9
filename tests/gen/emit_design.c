#include "tests/gen/emit_design.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PX = 2000, PY = 1000 };

static void pin(Db *db, CellId c, const char *layer, const char *net, uint32_t bit, Box b)
{
    db_add_shape(db, c, db_find_layer(db, layer), SHAPE_PIN, b, db_find_net(db, c, net), bit);
}

static void rails(Db *db, CellId c)
{
    db_add_port(db, c, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
}

static void rail_pins(Db *db, CellId c)
{
    Box b = db_cell(db, c)->box;
    pin(db, c, "M1", "VDD", 0, (Box){0, b.y1 - 50, b.x1, b.y1});
    pin(db, c, "M1", "VSS", 0, (Box){0, 0, b.x1, 50});
}

static void make_syn(Small *s)
{
    Db *db = &s->db;
    CellId c = s->syn = db_add_cell(db, "synapse", CELL_LEAF, "synapse");
    NetId xp = db_add_port(db, c, "XP", 1, DIR_INOUT, USE_ANALOG);
    NetId wl = db_add_port(db, c, "WL", 2, DIR_IN, USE_SIGNAL);
    NetId col = db_add_port(db, c, "COL", 1, DIR_INOUT, USE_ANALOG);
    rails(db, c);
    NetId mid = db_add_net(db, c, "mid", 1, USE_ANALOG), vss = db_find_net(db, c, "VSS");
    db_cell(db, c)->box = (Box){0, 0, PX, PY};
    db_add_mos(db, c, "sw", s->tech.devices.v[0].model, DEV_NMOS, xp, wl, mid, vss, 200, 20, 1);
    db_cell(db, c)->devices.v[0].t[1].bit = 1;
    db_add_cap(db, c, "c0", mid, col, 1e-15);
    db_add_res(db, c, "r0", wl, vss, 1e6);
    pin(db, c, "M3", "XP", 0, (Box){0, 400, PX, 440});
    pin(db, c, "M3", "WL", 0, (Box){0, 500, PX, 540});
    pin(db, c, "M3", "WL", 1, (Box){0, 600, PX, 640});
    pin(db, c, "M4", "COL", 0, (Box){1000, 0, 1040, PY});
    rail_pins(db, c);
    db_add_shape(db, c, db_find_layer(db, "M2"), SHAPE_OBS, (Box){100, 100, 300, 900}, NET_NONE, 0);
    db_add_shape(db, c, db_find_layer(db, "DIFF"), SHAPE_WIRE, (Box){100, 100, 300, 900}, mid, 0);
}

static void make_drv(Small *s)
{
    Db *db = &s->db;
    CellId c = s->drv = db_add_cell(db, "driver", CELL_LEAF, "row_driver");
    NetId d = db_add_port(db, c, "D", 1, DIR_IN, USE_SIGNAL);
    NetId xp = db_add_port(db, c, "XP", 1, DIR_OUT, USE_ANALOG);
    rails(db, c);
    db_cell(db, c)->box = (Box){0, 0, 3000, PY};
    NetId vdd = db_find_net(db, c, "VDD"), vss = db_find_net(db, c, "VSS");
    db_add_mos(db, c, "n", s->tech.devices.v[0].model, DEV_NMOS, xp, d, vss, vss, 200, 20, 1);
    db_add_mos(db, c, "p", s->tech.devices.v[1].model, DEV_PMOS, xp, d, vdd, vdd, 200, 20, 2);
    pin(db, c, "M3", "D", 0, (Box){0, 400, 100, 440});
    pin(db, c, "M3", "XP", 0, (Box){2900, 400, 3000, 440});
    rail_pins(db, c);
}

static void make_ctrl(Small *s, uint32_t rows)
{
    Db *db = &s->db;
    CellId c = s->ctrl = db_add_cell(db, "ctrl", CELL_SOFT, "controller");
    db_add_port(db, c, "CLK", 1, DIR_IN, USE_CLOCK);
    db_add_port(db, c, "D", rows, DIR_OUT, USE_SIGNAL);
    rails(db, c);
    db_cell(db, c)->box = (Box){0, 0, 4000, (int32_t)rows * PY};
    for (uint32_t b = 0; b < rows; b++)
        pin(db, c, "M3", "D", b, (Box){3900, (int32_t)b * PY + 400, 4000, (int32_t)b * PY + 440});
    pin(db, c, "M4", "CLK", 0, (Box){200, 0, 240, 100});
}

static void make_tile(Small *s)
{
    Db *db = &s->db;
    CellId c = s->tile = db_add_cell(db, "tile", CELL_BLOCK, "tile");
    db_add_port(db, c, "XP", 3, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "WL", 6, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "COL", 4, DIR_INOUT, USE_ANALOG);
    rails(db, c);
    InstId i = db_add_inst(db, c, "syn", s->syn, (Pt){0, 0}, ORI_N, 4, 3, PX, PY);
    db_connect_name(db, c, i, "XP", "XP", 0, 0, 1);
    db_connect_name(db, c, i, "WL", "WL", 0, 0, 2);
    db_connect_name(db, c, i, "COL", "COL", 0, 1, 0);
    db_connect_name(db, c, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, 0);
    db_cell(db, c)->box = (Box){0, 0, 4 * PX, 3 * PY};
}

static void make_xbar(Small *s, uint32_t nt)
{
    Db *db = &s->db;
    CellId c = s->xbar = db_add_cell(db, "xbar", CELL_BLOCK, "crossbar");
    db_add_port(db, c, "D", 3 * nt, DIR_IN, USE_SIGNAL);
    rails(db, c);
    db_add_net(db, c, "XP", 3 * nt, USE_ANALOG);
    db_add_net(db, c, "WL", 6 * nt, USE_SIGNAL);
    db_add_net(db, c, "COL", 4 * nt, USE_ANALOG);
    InstId i = db_add_inst(db, c, "drv", s->drv, (Pt){0, 0}, ORI_N, 1, 3 * nt, 0, PY);
    db_connect_name(db, c, i, "D", "D", 0, 0, 1);
    db_connect_name(db, c, i, "XP", "XP", 0, 0, 1);
    db_connect_name(db, c, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, 0);
    i = db_add_inst(db, c, "t", s->tile, (Pt){3000, 0}, ORI_N, nt, nt, 4 * PX, 3 * PY);
    db_connect_name(db, c, i, "XP", "XP", 0, 0, 3);
    db_connect_name(db, c, i, "WL", "WL", 0, 0, 6);
    db_connect_name(db, c, i, "COL", "COL", 0, 4, 0);
    db_connect_name(db, c, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, 0);
    db_cell(db, c)->box = (Box){0, 0, 3000 + (int32_t)nt * 4 * PX, (int32_t)nt * 3 * PY};
}

static void make_chip(Small *s, uint32_t nt)
{
    Db *db = &s->db;
    CellId c = s->chip = db_add_cell(db, "chip", CELL_BLOCK, "chip");
    db_add_port(db, c, "CLK", 1, DIR_IN, USE_CLOCK);
    rails(db, c);
    NetId d = db_add_net(db, c, "D", 3 * nt, USE_SIGNAL), vdd = db_find_net(db, c, "VDD");
    int32_t h = (int32_t)nt * 3 * PY;
    InstId i = db_add_inst(db, c, "ctrl", s->ctrl, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    db_connect_name(db, c, i, "CLK", "CLK", 0, 0, 0);
    db_connect_name(db, c, i, "D", "D", 0, 0, 0);
    db_connect_name(db, c, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, 0);
    i = db_add_inst(db, c, "x", s->xbar, (Pt){8000, 0}, ORI_FS, 1, 1, 0, 0);
    db_connect_name(db, c, i, "D", "D", 0, 0, 0);
    db_connect_name(db, c, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, 0);
    db_cell(db, c)->box = (Box){0, 0, 8000 + 3000 + (int32_t)nt * 4 * PX, h + 1000};
    /* D[0]: a wire of default width, a via, a wider wire. VDD: a strap. */
    int32_t w = tech_metal(&s->tech, 3)->width, v = tech_cut(&s->tech, 3)->cut_size;
    db_add_shape(db, c, db_metal(db, 3), SHAPE_WIRE, (Box){4000, 400, 6000, 400 + w}, d, 0);
    db_add_shape(db, c, db_cut(db, 3), SHAPE_VIA, (Box){5900, 400, 5900 + v, 400 + v}, d, 0);
    db_add_shape(db, c, db_metal(db, 4), SHAPE_WIRE, (Box){5850, 300, 5985, h}, d, 0);
    db_add_shape(db, c, db_metal(db, 6), SHAPE_WIRE, (Box){0, h, 11000, h + 301}, vdd, 0);
    pin(db, c, "M4", "CLK", 0, (Box){200, 0, 240, 100});
    pin(db, c, "M6", "VDD", 0, (Box){0, h, 100, h + 301});
    pin(db, c, "M6", "VSS", 0, (Box){0, h + 600, 100, h + 900});
    db->top = c;
}

void small_make(Small *s, uint32_t nt)
{
    memset(s, 0, sizeof *s);
    cr_assert(tech_read("n22", &s->tech) == ST_OK);
    tech_db_init(&s->tech, &s->db, "small");
    make_syn(s);
    make_drv(s);
    make_ctrl(s, 3 * nt);
    make_tile(s);
    make_xbar(s, nt);
    make_chip(s, nt);
    cr_assert(db_check(&s->db) == ST_OK);
}

void small_add_para(Small *s)
{
    Db *db = &s->db;
    NetId xp = db_find_net(db, s->xbar, "XP");
    uint32_t rows = db_cell(db, s->xbar)->nets.v[xp.i].width, n = 1 + rows / 3 * 4;
    for (uint32_t b = 0; b < rows; b++) {
        ParaNet p = {.cell = s->xbar, .net = xp, .bit = b, .n_nodes = n, .res0 = db->para_res.n, .cap0 = db->para_cap.n};
        for (uint32_t k = 1; k < n; k++) {
            arr_push(&db->para_res, ((ParaRes){k - 1, k, 20}));
            arr_push(&db->para_cap, ((ParaCap){k, NET_NONE, 0, 0.5e-15}));
        }
        if (b > 0) arr_push(&db->para_cap, ((ParaCap){2, xp, b - 1, 0.125e-15}));
        if (b + 1 < rows) arr_push(&db->para_cap, ((ParaCap){2, xp, b + 1, 0.125e-15}));
        p.n_res = db->para_res.n - p.res0;
        p.n_cap = db->para_cap.n - p.cap0;
        arr_push(&db->para, p);
    }
}

Status small_emit(Small *s, uint32_t skip, const char *templates, EmitResult *r)
{
    snprintf(s->dir, sizeof s->dir, "/tmp/apugen_emit_XXXXXX");
    cr_assert(mkdtemp(s->dir));
    EmitOptions opt = {.templates = templates, .skip = skip};
    return emit_views(&s->db, &s->tech, NULL, s->dir, &opt, r);
}

void small_free(Small *s)
{
    const char *argv[] = {"rm", "-rf", s->dir, NULL};
    int code;
    if (s->dir[0]) proc_run(argv, "/tmp", "/dev/null", 10, &code);
    db_free(&s->db);
    tech_free(&s->tech);
}

static void path_of(const Small *s, const char *file, char *path, size_t n) { snprintf(path, n, "%s/%s", s->dir, file); }

Buf small_read(const Small *s, const char *file)
{
    char path[128];
    Buf b = {0};
    path_of(s, file, path, sizeof path);
    cr_assert(io_read(path, (size_t)1 << 30, &b) == ST_OK, "%s", path);
    return b;
}

void small_write(const Small *s, const char *file, const char *text)
{
    char path[128];
    path_of(s, file, path, sizeof path);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

int small_run(const Small *s, const char *const *argv, Buf *log)
{
    char path[128];
    int code = -1;
    path_of(s, "run.log", path, sizeof path);
    cr_assert(proc_run(argv, s->dir, path, 60, &code) == ST_OK);
    Buf b = {0};
    cr_assert(io_read(path, (size_t)1 << 28, &b) == ST_OK);
    buf_put(log, b.s, b.n);
    buf_free(&b);
    return code;
}

uint32_t count_of(const char *text, const char *what)
{
    uint32_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}
