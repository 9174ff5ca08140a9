/*
 * draw: the row cells of a technology as polygons, with netlists and with check decks for KLayout made of the same tech.xml.
 */
#include "cells/circuit.h"
#include "cells/draw.h"
#include "gen/base/io.h"
#include "gen/cli.h"
#include "gen/draw_write.h"
#include "gen/sized.h"
#include "gen/xbar.h"

enum { BLOCK_ROWS = 16, BLOCK_COLS = 4, ARRAY_ROWS = 64, ARRAY_COLS = 16 }; /* what the switches of a crossbar join; an array of such blocks, a quarter of it in the whole set */
static const char ARRAY[] = "array", CROSSBAR[] = "crossbar";

/*
 * Published densities, for comparison. Storage alone: high-density 6T bit of the node; with compute: charge-domain macros, periphery included.
 *   0.128 um2   22 nm class, planar SOI (wikichip, 22 nm process)
 *   0.127 um2   28 nm class, LP SiON (TSMC 28LP, electronicdesign.com)
 *   0.65 um2    22 nm FD-SOI charge macro of 1152 x 256, 187 kB/mm2 (Kneip 2025, arXiv 2412.19750)
 *   3.7 um2     22 nm ternary weight, 1024 x 512 in 1.94 mm2 (CICC 2021, doc 9431575)
 *   146 F2      6T bit as CACTI models it
 */
static const struct {
    const char *what;
    double um2, bits;
} references[] = {{"6T bit, 22 nm class, storage alone", 0.128, 1},
                  {"6T bit, 28 nm class, storage alone", 0.127, 1},
                  {"charge macro, 22 nm FD-SOI, 1152 x 256, with periphery", 0.65, 1},
                  {"ternary weight, 22 nm FD-SOI, 1024 x 512, with periphery", 3.7, 1.585}};

static bool wanted(const Options *o, const char *name)
{
    for (uint32_t i = 0; i < o->n_args; i++)
        if (str_eq(o->args[i], name)) return true;
    return o->n_args == 0;
}

/* Is this cell with a variant's sizes asked for: by its own name, or with all variants by the cell's (sar_adc_b8, sar_adc)? */
static bool asked(const Options *o, const char *cell, const CellVariant *v)
{
    for (uint32_t i = 0; i < o->n_args; i++)
        if (cells_named_as(o->args[i], cell, v)) return true;
    return o->n_args == 0;
}

/* The set of one run: cells of the database, in the order of the table. */
typedef struct {
    Db *db;
    const Tech *t;
    ARRAY(DrawJob) job;
    DrawSet synapse, sw;   /* what the array is made of: the first of each that is drawn */
    CellSet cells;         /* of a crossbar, if one is wanted: all jobs from `cells0` on */
    uint32_t cells0;
} Set;

static double um2(const Db *db, CellId c) { return (double)box_area(db->cells.v[c.i].box) * db->dbu_m * db->dbu_m * 1e12; }

/* Weight bits of a synapse: one per word line; 0: another cell. */
static uint32_t bits_of(const Db *db, CellId c)
{
    NetId wl = db_find_net(db, c, "WL");
    const char *function = db->cells.v[c.i].function.i ? db_name(db, db->cells.v[c.i].function) : "";
    bool synapse = str_eq(function, "synapse") || str_eq(function, "synapse_i");
    return synapse && wl.i != NET_NONE.i ? db->cells.v[c.i].nets.v[wl.i].width : 0;
}

static void print_table(const Set *s)
{
    double f = tech_device(s->t, "nmos_rvt")->l_min * s->t->dbu_m * 1e6;
    bool any = false;
    printf("%-22s %7s %7s %7s %9s %7s %7s %6s %6s %6s %8s %8s\n", "cell", "devices", "w", "h", "um2", "fingers", "columns", "breaks", "order", "rounds", "bits/um2", "F2/bit");
    for (uint32_t i = 0; i < s->job.n; i++) {
        const DrawJob *j = &s->job.v[i];
        const DbCell *c = &s->db->cells.v[j->cell.i];
        if (j->status != ST_OK) continue;
        uint32_t bits = bits_of(s->db, j->cell);
        double area = um2(s->db, j->cell);
        printf("%-22s %7u %7d %7d %9.3f %7u %7u %6u %6s %6u", db_name(s->db, c->name), c->devices.n, c->box.x1, c->box.y1, area, j->stats.fingers, j->stats.columns,
               j->stats.breaks, j->stats.exact ? "exact" : "beam", j->stats.rounds);
        if (bits) printf(" %8.3f %8.0f", bits / area, area / bits / (f * f));
        printf("\n");
        any |= bits > 0;
    }
    for (size_t i = 0; i < COUNTOF(references) && any; i++) printf("  published  %-58s %8.3f bits/um2\n", references[i].what, references[i].bits / references[i].um2);
    if (any) printf("  published  %-58s %8d F2/bit; F here: the shortest gate, %.0f nm\n", "6T bit in CACTI, storage alone", 146, f * 1e3);
}

/* How much of what the technology offers is in the set. */
static void print_set(const Set *s, const CellLibrary *lib)
{
    uint32_t cells = 0, offered = 0, variants = 0, functions = 0;
    for (uint32_t i = 0; i < s->job.n; i++) cells += s->job.v[i].status == ST_OK;
    for (uint32_t i = 0; i < lib->v.n; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%s", lib->v.v[i].function, lib->v.v[i].variant);
        if (str_eq(lib->v.v[i].function, "gate")) continue; /* row cells */
        offered++;
        functions += !i || !str_eq(lib->v.v[i - 1].function, lib->v.v[i].function);
        for (uint32_t k = 0; k < s->job.n; k++)
            if (s->job.v[k].status == ST_OK && str_eq(db_name(s->db, s->db->cells.v[s->job.v[k].cell.i].name), name)) {
                variants++;
                break;
            }
    }
    printf("set        %u cells drawn: %u of %u variants of %u functions, with their taps, dummies and gates\n", cells, variants, offered, functions);
}

/* Is any variant of the function asked for by its name? */
static bool named(const Options *o, const CellLibrary *lib, const char *function)
{
    char name[64];
    for (uint32_t i = 0; i < lib->v.n; i++) {
        snprintf(name, sizeof name, "%s_%s", function, lib->v.v[i].variant);
        if (str_eq(lib->v.v[i].function, function) && o->n_args && wanted(o, name)) return true;
    }
    return false;
}

/* Made with what stands beside it in the array, of either family. */
static bool in_array(const CellVariant *v)
{
    return str_eq(v->function, "synapse") || str_eq(v->function, "synapse_i") || str_eq(v->function, "block_switch");
}

static Status make_variants(Set *s, const CellLibrary *lib, const Options *o)
{
    const CellVariant *synapse = NULL;
    Status worst = ST_OK;
    bool array = wanted(o, ARRAY);
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellVariant *v = &lib->v.v[i];
        DrawSet made;
        bool first = array && ((str_eq(v->function, "synapse") && !s->synapse.n && !named(o, lib, "synapse")) || (str_eq(v->function, "block_switch") && !s->sw.n && !named(o, lib, "block_switch")));
        if (!in_array(v) || !(asked(o, v->function, v) || first)) continue;
        Status st = draw_make(s->db, s->t, lib, v, synapse, &made);
        if (st != ST_OK) {
            worst = st;
            continue;
        }
        for (uint32_t k = 0; k < made.n; k++) arr_push(&s->job, ((DrawJob){.cell = made.cell[k]}));
        if (str_eq(v->function, "synapse") && !s->synapse.n) {
            s->synapse = made;
            synapse = v;
        }
        if (str_eq(v->function, "block_switch") && !s->sw.n) s->sw = made;
    }
    return worst;
}

/* The variant of a function that is named, or its first that can be drawn. */
static const CellVariant *choose(const Set *s, const Options *o, const CellLibrary *lib, const char *function)
{
    const CellVariant *first = NULL;
    char name[64];
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellVariant *v = &lib->v.v[i];
        if (!str_eq(v->function, function)) continue;
        snprintf(name, sizeof name, "%s_%s", function, v->variant);
        if (!first || draw_refuses(s->t, first)) first = v;
        if (wanted(o, name)) return v;
    }
    return first;
}

static bool crossbar_wanted(const Options *o) { return o->n_args && wanted(o, CROSSBAR); }

/* All cells of a crossbar, under their functions' names. */
static Status make_crossbar(Set *s, const CellLibrary *lib, const Options *o)
{
    s->cells0 = s->job.n;
    if (!crossbar_wanted(o)) return ST_OK;
    CellChoice c = {choose(s, o, lib, "synapse"), choose(s, o, lib, "row_driver"), choose(s, o, lib, "block_switch"), choose(s, o, lib, "col_end"), choose(s, o, lib, "sar_adc"), choose(s, o, lib, "ladder")};
    if (o->family && str_eq(o->family, "current"))
        c = (CellChoice){choose(s, o, lib, "synapse_i"), choose(s, o, lib, "pulse_driver"), NULL, choose(s, o, lib, "col_end_i"), choose(s, o, lib, "sar_adc_i"), NULL, choose(s, o, lib, "pulse_gen"), choose(s, o, lib, "bias_i")};
    uint32_t first = s->db->cells.n;
    TRY(cells_build(s->db, s->t, &c, &s->cells));
    for (uint32_t i = first; i < s->db->cells.n; i++)
        if (draw_can(db_name(s->db, s->db->cells.v[i].function))) arr_push(&s->job, ((DrawJob){.cell = {i}}));
    return ST_OK;
}

static bool drawn(const Set *s, const DrawSet *of)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < of->n; k++)
        for (uint32_t i = 0; i < s->job.n; i++) n += s->job.v[i].cell.i == of->cell[k].i && s->job.v[i].status == ST_OK;
    return of->n && n == of->n;
}

/* Crossbars of one block and of the array's size. What could not be drawn is an abstract in them. */
static void make_crossbars(Set *s)
{
    static const PlanCore of[] = {{.rows = BLOCK_ROWS, .cols = BLOCK_COLS, .block_rows = BLOCK_ROWS, .block_cols = BLOCK_COLS, .cols_per_adc = 2},
                                  {.rows = ARRAY_ROWS, .cols = ARRAY_COLS, .block_rows = BLOCK_ROWS, .block_cols = BLOCK_COLS, .cols_per_adc = 2}};
    for (size_t i = 0; i < COUNTOF(of) && s->cells.pitch.px > 0; i++) {
        char name[48];
        snprintf(name, sizeof name, "%s_%dx%d", CROSSBAR, of[i].rows, of[i].cols);
        CellId c = xbar_build(s->db, &s->cells, &of[i], (uint32_t)s->cells.pitch.adc_bits, name);
        xbar_pin_reference(s->db, c, s->cells.ladder);
    }
}

static const char *function_of(const Set *s, uint32_t i) { return db_name(s->db, s->db->cells.v[s->job.v[i].cell.i].function); }

/* Two jobs in turn are cells of these functions (or of the other family) that could be drawn. */
static bool in_turn(const Set *s, uint32_t i, const char *first, const char *then)
{
    return i + 1 < s->cells0 && s->job.v[i].status == ST_OK && s->job.v[i + 1].status == ST_OK && str_starts(function_of(s, i), first) && str_starts(function_of(s, i + 1), then);
}

/* Blocks of what could be drawn: each synapse with its tap, alone and as many as switches join; each dummy and switch with its tap; the array
 * with its block switches. */
static void make_blocks(Set *s, const Options *o)
{
    for (uint32_t i = 0; i + 1 < s->cells0; i++) {
        CellId a = s->job.v[i].cell, b = s->job.v[i + 1].cell;
        if (in_turn(s, i, "block_switch", "tap_switch") || in_turn(s, i, "synapse", "tap")) draw_block(s->db, s->t, a, b, 1, 1);
        if (in_turn(s, i, "synapse", "tap")) draw_block(s->db, s->t, a, b, BLOCK_ROWS, BLOCK_COLS);
        if (in_turn(s, i, "tap", "dummy")) draw_block(s->db, s->t, b, a, 1, 1);
    }
    if (!wanted(o, ARRAY) || !drawn(s, &s->synapse) || !drawn(s, &s->sw) || s->synapse.pitch.px != s->sw.pitch.px) return;
    CellSet c = {.synapse = s->synapse.cell[0], .tap = s->synapse.cell[1], .dummy = s->synapse.cell[2], .block_switch = s->sw.cell[0], .tap_switch = s->sw.cell[1],
                 .pitch = s->synapse.pitch};
    c.pitch.switch_h = s->sw.pitch.switch_h;
    char name[48];
    int32_t part = o->n_args ? 1 : 2, rows = ARRAY_ROWS / part, cols = ARRAY_COLS / part;
    snprintf(name, sizeof name, "array_%dx%d", rows, cols);
    xbar_array(s->db, &c, &(PlanCore){.rows = rows, .cols = cols, .block_rows = BLOCK_ROWS, .block_cols = BLOCK_COLS, .cols_per_adc = 2}, name);
}

/* A cell that is drawn with the tap beside it, in a database of its own: several at the same time. */
typedef struct {
    const CellVariant *v;
    const char *cell;        /* of draw_single, or a part of a converter */
    bool part;
    Db db;
    CellId id, tap;
    DrawStats stats;
    Status status;
    SizedOffs off;
    uint32_t devices;
} Single;

typedef struct {
    const Tech *t;
    const CellLibrary *lib;
    ARRAY(Single) v;
} Singles;

static void draw_single_one(const Singles *s, Single *x)
{
    tech_db_init(s->t, &x->db, "cell");
    if (x->part) x->status = draw_converter_part(&x->db, s->t, s->lib, x->v, x->cell, &x->id, &x->stats, &x->tap);
    else x->status = draw_variant(&x->db, s->t, s->lib, x->v, x->cell, &x->id, &x->stats, &x->tap);
    if (x->status == ST_OK) sized_quietly(&x->db, s->t, x->id, &x->off);
}

/* Those that are named; without names all, and no parts. */
static void list_singles(Singles *out, const CellLibrary *lib, const Options *o)
{
    for (int part = 0; part < 2; part++)
        for (uint32_t i = 0; i < lib->v.n; i++) {
            const CellVariant *v = &lib->v.v[i];
            const char *cell;
            if (o->n_args == 0 && draw_refuses(out->t, v)) {
                if (!part) msg_info("%s %s is not in the set: %s", v->function, v->variant, draw_refuses(out->t, v));
                continue;
            }
            if (part && (o->n_args == 0 || !str_eq(v->function, "sar_adc"))) continue;
            for (uint32_t k = 0; (cell = part ? draw_converter_parts[k] : draw_single(v, k)); k++) {
                if (!asked(o, cell, v) || (!part && in_array(v) && str_eq(cell, v->function))) continue;
                arr_push(&out->v, ((Single){.v = v, .cell = cell, .part = part, .devices = part ? 0 : draw_single_devices(out->t, v, cell)}));
            }
        }
}

static CellId copied(Set *s, const Db *from, CellId c)
{
    CellId there = db_find_cell(s->db, db_name(from, from->cells.v[c.i].name)); /* a filler of the same size */
    return there.i != CELL_NONE.i ? there : db_copy_leaf(s->db, from, c);
}

/* The cell beside the tap that it has, alone and as many as switches join. */
static void take_single(Set *s, const Single *x)
{
    bool end = str_eq(x->v->function, "col_end") || str_eq(x->v->function, "col_end_i");
    CellId c = copied(s, &x->db, x->id);
    arr_push(&s->job, ((DrawJob){.cell = c, .stats = x->stats}));
    if (x->tap.i == CELL_NONE.i) return;
    CellId tap = copied(s, &x->db, x->tap);
    draw_block(s->db, s->t, c, tap, 1, 1);
    if (end && !x->part) draw_block(s->db, s->t, c, tap, 1, BLOCK_COLS);
}

/* All that is to be drawn, in the order in which it begins: cells of the array, which are drawn whole and take long for their size; cells of their own, those
 * with most devices first; cells of the array that are like others. */
typedef struct {
    Set *s;
    Singles *single;
    SizedOffs *off;          /* [s->job] */
    uint32_t *job, n_first;  /* draw_order_cells */
    uint32_t *one;           /* singles */
} Work;

static Status draw_next(void *ctx, uint32_t i)
{
    Work *w = ctx;
    uint32_t n = w->single->v.n;
    if (i >= w->n_first && i < w->n_first + n) {
        draw_single_one(w->single, &w->single->v.v[w->one[i - w->n_first]]);
        return ST_OK;
    }
    uint32_t k = w->job[i < w->n_first ? i : i - n];
    DrawJob *job = &w->s->job.v[k];
    draw_one_of(w->s->db, w->s->t, job);
    if (job->status == ST_OK) sized_quietly(w->s->db, w->s->t, job->cell, &w->off[k]);
    return ST_OK;
}

static void order_singles(const Singles *s, uint32_t *order)
{
    for (uint32_t i = 0; i < s->v.n; i++) {
        uint32_t p = i;
        for (; p > 0 && s->v.v[order[p - 1]].devices < s->v.v[i].devices; p--) order[p] = order[p - 1];
        order[p] = i;
    }
}

/* What a job's or a cell's capacitors lack is told in the order of names, whichever was drawn first. */
static void draw_work(Set *s, Singles *single, uint32_t threads)
{
    uint32_t n = s->job.n;
    Work w = {.s = s, .single = single, .off = mem_calloc((size_t)n + 1, sizeof *w.off), .job = mem_calloc((size_t)n + 1, sizeof *w.job),
              .one = mem_calloc((size_t)single->v.n + 1, sizeof *w.one)};
    keep_open();
    draw_order_cells(s->db, s->job.v, n, w.job, &w.n_first);
    order_singles(single, w.one);
    (void)par_for(n + single->v.n, threads, draw_next, &w);
    draw_taps_beside(s->db, s->t, s->job.v, n);
    for (uint32_t i = 0; i < n; i++) {
        sized_tell(s->db, s->job.v[i].cell, &w.off[i]);
        arr_free(&w.off[i].v);
    }
    mem_free(w.off);
    mem_free(w.job);
    mem_free(w.one);
}

static Status take_singles(Set *s, Singles *all)
{
    Status worst = ST_OK;
    for (uint32_t i = 0; i < all->v.n; i++) {
        Single *x = &all->v.v[i];
        if (x->status == ST_OK) {
            sized_tell(&x->db, x->id, &x->off);
            take_single(s, x);
        } else {
            worst = x->status;
        }
        arr_free(&x->off.v);
        db_free(&x->db);
    }
    arr_free(&all->v);
    return worst;
}

static Status draw_all(Db *db, const Tech *t, const CellLibrary *lib, const Options *o)
{
    Set s = {.db = db, .t = t};
    Singles single = {.t = t, .lib = lib};
    for (const char *const *name = draw_row_cells; *name; name++)
        if (wanted(o, *name)) arr_push(&s.job, ((DrawJob){.cell = draw_row_circuit(db, t, *name)}));
    Status st = make_variants(&s, lib, o);
    Status crossbar = make_crossbar(&s, lib, o);
    if (st == ST_OK) st = crossbar;
    list_singles(&single, lib, o);
    draw_work(&s, &single, (uint32_t)o->threads);
    for (uint32_t i = 0; i < s.job.n && st == ST_OK; i++)
        if (s.job.v[i].status != ST_OK) st = s.job.v[i].status;
    if (s.job.n) make_blocks(&s, o);
    make_crossbars(&s);
    Status singles = take_singles(&s, &single);
    if (st == ST_OK) st = singles;
    if (!o->quiet) print_table(&s);
    if (!o->quiet && o->n_args == 0) print_set(&s, lib);
    arr_free(&s.job);
    return st;
}

static bool known(const CellLibrary *lib, const char *name)
{
    Options one = {.args = &name, .n_args = 1};
    bool is = str_eq(name, ARRAY) || str_eq(name, CROSSBAR);
    for (const char *const *row = draw_row_cells; *row; row++) is |= str_eq(name, *row);
    for (uint32_t i = 0; i < lib->v.n && !is; i++) {
        const CellVariant *v = &lib->v.v[i];
        const char *cell;
        is = in_array(v) && asked(&one, v->function, v);
        for (uint32_t k = 0; !is && (cell = draw_single(v, k)); k++) is = asked(&one, cell, v);
        for (const char *const *part = draw_converter_parts; *part && !is && str_eq(v->function, "sar_adc"); part++) is = asked(&one, *part, v);
    }
    return is;
}

static Status check_names(const CellLibrary *lib, const Options *o)
{
    for (uint32_t i = 0; i < o->n_args; i++) {
        if (known(lib, o->args[i])) continue;
        Buf b = {0};
        for (const char *const *row = draw_row_cells; *row; row++) buf_printf(&b, " %s", *row);
        for (uint32_t k = 0; k < lib->v.n; k++)
            if ((!k || !str_eq(lib->v.v[k].function, lib->v.v[k - 1].function)) && !str_eq(lib->v.v[k].function, "gate")) buf_printf(&b, " %s", lib->v.v[k].function);
        Status st = msg_error(ST_USAGE, "CLI-0009", (Loc){0}, "draw: no cell %s; known:%s array crossbar, or one variant: sar_adc_b10", o->args[i], b.s);
        buf_free(&b);
        return st;
    }
    return ST_OK;
}

int cmd_draw(const Options *o)
{
    Status st = cli_need("draw", "--tech", o->tech);
    if (st == ST_OK) st = cli_need("draw", "-o", o->out);
    Tech t = {0};
    CellLibrary lib = {0};
    if (st == ST_OK) st = tech_read(o->tech, &t);
    if (st != ST_OK) return (int)st;
    cells_variants(&t, &lib);
    if (st == ST_OK) st = check_names(&lib, o);
    Db db;
    Arena a = {0};
    tech_db_init(&t, &db, "cells");
    if (st == ST_OK && o->dry_run) printf("would draw %s into %s: cells.gds, cells.sp, a netlist of each cell, decks for KLayout\n", cli_names(&a, o, "all cells"), o->out);
    Status drawn = st == ST_OK && !o->dry_run ? draw_all(&db, &t, &lib, o) : st;
    if (st == ST_OK && !o->dry_run) st = draw_write(&db, &t, o);
    arena_free(&a);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
    return (int)(st != ST_OK ? st : drawn);
}
