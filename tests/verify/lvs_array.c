#include "tests/verify/lvs_array.h"

static TechLayer *add_layer(Tech *t, LayerKind kind, int32_t level, int32_t gds)
{
    TechLayer *l = arr_add(&t->layers);
    l->name = arena_printf(&t->arena, "%c%d", kind == LAYER_CUT ? 'V' : 'M', level);
    l->kind = kind;
    l->level = level;
    l->gds = gds;
    return l;
}

void small_tech(Tech *t)
{
    *t = (Tech){.name = "small", .dbu_m = 1e-9, .grid = 1};
    for (int32_t k = 1; k <= 6; k++) {
        TechLayer *l = add_layer(t, LAYER_METAL, k, 30 + k);
        l->width = l->space = 40;
        l->pitch = 80;
        l->min_area = 6400e-18;
        l->horizontal = k % 2;
        arr_push(&l->wide, ((SpaceRule){120, 50}));
        arr_push(&l->wide, ((SpaceRule){240, 60}));
        if (k == 6) break;
        l = add_layer(t, LAYER_CUT, k, 50 + k);
        l->cut_size = 40;
        l->space = 60;
        l->enc_below = l->enc_above = 20;
    }
}

void small_tech_free(Tech *t)
{
    for (uint32_t k = 0; k < t->layers.n; k++) arr_free(&t->layers.v[k].wide);
    arr_free(&t->layers);
    arena_free(&t->arena);
}

void small_db(const Tech *t, Db *db, int32_t grid)
{
    db_init(db, "small", t->name, t->dbu_m, grid);
    for (uint32_t k = 0; k < t->layers.n; k++) {
        LayerId l = db_add_layer(db, t->layers.v[k].name, t->layers.v[k].kind, t->layers.v[k].gds, 0);
        db->layers.v[l.i].level = t->layers.v[k].level;
        db->layers.v[l.i].horizontal = t->layers.v[k].horizontal;
    }
}

/* ---- array ---------------------------------------------------------------------------------------------- */

static const char *const row_wire[] = {"XP", "XN", "VCM"};
static const char *const col_wire[] = {"COL", "BL", "BLB", "GCOL"};

static CellId synapse(Db *db)
{
    CellId c = db_add_cell(db, "synapse", CELL_LEAF, "synapse");
    db_cell(db, c)->box = (Box){0, 0, SYN_W, SYN_H};
    int32_t track = 1;
    for (size_t k = 0; k < COUNTOF(row_wire); k++, track++) {
        NetId n = db_add_port(db, c, row_wire[k], 1, DIR_INOUT, USE_ANALOG);
        db_add_shape(db, c, db_metal(db, 3), SHAPE_PIN, (Box){0, 80 * track + 20, SYN_W, 80 * track + 60}, n, 0);
    }
    NetId wl = db_add_port(db, c, "WL", 4, DIR_INOUT, USE_SIGNAL);
    for (uint32_t b = 0; b < 4; b++, track++)
        db_add_shape(db, c, db_metal(db, 3), SHAPE_PIN, (Box){0, 80 * track + 20, SYN_W, 80 * track + 60}, wl, b);
    for (int32_t k = 0; k < 4; k++) {
        NetId n = db_add_port(db, c, col_wire[k], 1, DIR_INOUT, USE_ANALOG);
        LayerId l = db_metal(db, k == 3 ? 6 : 4);
        db_add_shape(db, c, l, SHAPE_PIN, (Box){160 * k + 100, 0, 160 * k + 140, SYN_H}, n, 0);
    }
    for (int32_t k = 0; k < 2; k++) {
        NetId n = db_add_port(db, c, k ? "VSS" : "VDD", 1, DIR_INOUT, k ? USE_GROUND : USE_POWER);
        db_add_shape(db, c, db_metal(db, 1), SHAPE_PIN, (Box){0, 200 + 800 * k, SYN_W, 300 + 800 * k}, n, 0);
    }
    /* fingers of the capacitor, belonging to nobody outside */
    for (int32_t k = 0; k < 14; k++)
        db_add_shape(db, c, db_metal(db, 5), SHAPE_WIRE, (Box){100, 80 * k + 100, 1500, 80 * k + 140}, NET_NONE, 0);
    return c;
}

/* Ports of a tile and of the array, and the connection of an array of masters of mr × mc synapses to them. */
static void wires(Db *db, CellId c, uint32_t rows, uint32_t cols)
{
    for (size_t k = 0; k < COUNTOF(row_wire); k++) db_add_port(db, c, row_wire[k], rows, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "WL", 4 * rows, DIR_INOUT, USE_SIGNAL);
    for (size_t k = 0; k < COUNTOF(col_wire); k++) db_add_port(db, c, col_wire[k], cols, DIR_INOUT, USE_ANALOG);
    /* nothing joins the rails of different rows */
    db_add_port(db, c, "VDD", rows, DIR_INOUT, USE_POWER);
    db_add_port(db, c, "VSS", rows, DIR_INOUT, USE_GROUND);
}

static void connect(Db *db, CellId c, InstId i, int32_t mr, int32_t mc)
{
    for (size_t k = 0; k < COUNTOF(row_wire); k++) db_connect_name(db, c, i, row_wire[k], row_wire[k], 0, 0, mr);
    db_connect_name(db, c, i, "WL", "WL", 0, 0, 4 * mr);
    for (size_t k = 0; k < COUNTOF(col_wire); k++) db_connect_name(db, c, i, col_wire[k], col_wire[k], 0, mc, 0);
    db_connect_name(db, c, i, "VDD", "VDD", 0, 0, mr);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, mr);
}

enum { TILE_ROWS = 16, TILE_COLS = 4 };

/* The array's own pins: those of the leaves at its left edge (rows) and at its lower edge (columns). */
static void promote(Db *db, CellId c, CellId syn, uint32_t rows, uint32_t cols)
{
    for (uint32_t k = 0; k < db_cell(db, syn)->shapes.n; k++) {
        DbShape s = db_cell(db, syn)->shapes.v[k];
        if (s.kind != SHAPE_PIN) continue;
        NetId n = db_find_net(db, c, db_name(db, db_cell(db, syn)->nets.v[s.net.i].name));
        bool row = s.box.x0 == 0;
        uint32_t per = db_cell(db, c)->nets.v[n.i].width / (row ? rows : cols);
        for (uint32_t q = 0; q < (row ? rows : cols); q++) {
            Pt at = {row ? 0 : (int32_t)q * SYN_W, row ? (int32_t)q * SYN_H : 0};
            db_add_shape(db, c, s.layer, SHAPE_PIN, box_place(s.box, SYN_W, SYN_H, at, ORI_N), n, per * q + s.bit);
        }
    }
}

void array_build(const Tech *t, Db *db, uint32_t rows, uint32_t cols)
{
    assert(rows % TILE_ROWS == 0 && cols % TILE_COLS == 0);
    small_db(t, db, 5);
    CellId syn = synapse(db);
    CellId tile = db_add_cell(db, "tile", CELL_BLOCK, "tile");
    db_cell(db, tile)->box = (Box){0, 0, TILE_COLS * SYN_W, TILE_ROWS * SYN_H};
    wires(db, tile, TILE_ROWS, TILE_COLS);
    InstId i = db_add_inst(db, tile, "syn", syn, (Pt){0, 0}, ORI_N, TILE_COLS, TILE_ROWS, SYN_W, SYN_H);
    connect(db, tile, i, 1, 1);
    CellId c = db_add_cell(db, "array", CELL_BLOCK, "crossbar");
    db_cell(db, c)->box = (Box){0, 0, (int32_t)cols * SYN_W, (int32_t)rows * SYN_H};
    wires(db, c, rows, cols);
    i = db_add_inst(db, c, "t", tile, (Pt){0, 0}, ORI_N, cols / TILE_COLS, rows / TILE_ROWS, TILE_COLS * SYN_W, TILE_ROWS * SYN_H);
    connect(db, c, i, TILE_ROWS, TILE_COLS);
    promote(db, c, syn, rows, cols);
    db->top = c;
}
