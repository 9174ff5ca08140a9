/*
 * draw: the row cells of a technology as polygons, with netlists and with check decks for KLayout made of the same tech.xml.
 */
#include "cells/circuit.h"
#include "cells/draw.h"
#include "gen/base/io.h"
#include "gen/cli.h"
#include "gen/deck.h"
#include "gen/drawn.h"
#include "gen/sized.h"
#include "gen/xbar.h"
#include "verify/verify_layout.h"

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
        char name[64];
        DrawSet made;
        snprintf(name, sizeof name, "%s_%s", v->function, v->variant);
        bool first = array && ((str_eq(v->function, "synapse") && !s->synapse.n && !named(o, lib, "synapse")) || (str_eq(v->function, "block_switch") && !s->sw.n && !named(o, lib, "block_switch")));
        if (!in_array(v) || !(wanted(o, name) || first)) continue;
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

/* The variant of a function that is named, or its first. */
static const CellVariant *choose(const Options *o, const CellLibrary *lib, const char *function)
{
    const CellVariant *first = NULL;
    char name[64];
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellVariant *v = &lib->v.v[i];
        if (!str_eq(v->function, function)) continue;
        snprintf(name, sizeof name, "%s_%s", function, v->variant);
        if (!first) first = v;
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
    CellChoice c = {choose(o, lib, "synapse"), choose(o, lib, "row_driver"), choose(o, lib, "block_switch"), choose(o, lib, "col_end"), choose(o, lib, "sar_adc"), choose(o, lib, "ladder")};
    if (o->family && str_eq(o->family, "current"))
        c = (CellChoice){choose(o, lib, "synapse_i"), choose(o, lib, "pulse_driver"), NULL, choose(o, lib, "col_end_i"), choose(o, lib, "sar_adc_i"), NULL, choose(o, lib, "pulse_gen"), choose(o, lib, "bias_i")};
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
} Single;

typedef struct {
    const Tech *t;
    const CellLibrary *lib;
    ARRAY(Single) v;
} Singles;

static Status draw_one(void *ctx, uint32_t i)
{
    Singles *s = ctx;
    Single *x = &s->v.v[i];
    tech_db_init(s->t, &x->db, "cell");
    if (x->part) x->status = draw_converter_part(&x->db, s->t, s->lib, x->v, x->cell, &x->id, &x->stats, &x->tap);
    else x->status = draw_variant(&x->db, s->t, s->lib, x->v, x->cell, &x->id, &x->stats, &x->tap);
    if (x->status == ST_OK) sized_cell(&x->db, s->t, x->id);
    return ST_OK;
}

/* Those that are named; without names, those of the first variant of each function, and no parts. */
static void list_singles(Singles *out, const CellLibrary *lib, const Options *o)
{
    char name[64];
    for (int part = 0; part < 2; part++)
        for (uint32_t i = 0; i < lib->v.n; i++) {
            const CellVariant *v = &lib->v.v[i];
            const char *cell;
            if (o->n_args == 0 && (part || (i && str_eq(lib->v.v[i - 1].function, v->function)))) continue;
            if (part && !str_eq(v->function, "sar_adc")) continue;
            for (uint32_t k = 0; (cell = part ? draw_converter_parts[k] : draw_single(v, k)); k++) {
                snprintf(name, sizeof name, "%s_%s", cell, v->variant);
                if (wanted(o, name) && (part || !in_array(v) || !str_eq(cell, v->function))) arr_push(&out->v, ((Single){.v = v, .cell = cell, .part = part}));
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

static Status draw_singles(Set *s, const CellLibrary *lib, const Options *o)
{
    Singles all = {.t = s->t, .lib = lib};
    Status worst = ST_OK;
    list_singles(&all, lib, o);
    (void)par_for(all.v.n, (uint32_t)o->threads, draw_one, &all);
    for (uint32_t i = 0; i < all.v.n; i++) {
        if (all.v.v[i].status == ST_OK) take_single(s, &all.v.v[i]);
        else worst = all.v.v[i].status;
        db_free(&all.v.v[i].db);
    }
    arr_free(&all.v);
    return worst;
}

static Status draw_all(Db *db, const Tech *t, const CellLibrary *lib, const Options *o)
{
    Set s = {.db = db, .t = t};
    for (const char *const *name = draw_row_cells; *name; name++)
        if (wanted(o, *name)) arr_push(&s.job, ((DrawJob){.cell = draw_row_circuit(db, t, *name)}));
    Status st = make_variants(&s, lib, o);
    Status crossbar = make_crossbar(&s, lib, o);
    if (st == ST_OK) st = crossbar;
    sized_cells(db, t, s.job.v, s.job.n, (uint32_t)o->threads);
    for (uint32_t i = 0; i < s.job.n && st == ST_OK; i++)
        if (s.job.v[i].status != ST_OK) st = s.job.v[i].status;
    if (s.job.n) make_blocks(&s, o);
    make_crossbars(&s);
    Status singles = draw_singles(&s, lib, o);
    if (st == ST_OK) st = singles;
    if (!o->quiet) print_table(&s);
    arr_free(&s.job);
    return st;
}

static Status write_text(const char *path, Buf *text)
{
    Out *out;
    Status st = out_open(path, &out);
    if (st == ST_OK) {
        out_write(out, text->s ? text->s : "", text->n);
        st = out_commit(out, NULL, NULL);
    }
    buf_free(text);
    return st;
}

static void reference_devices(const Db *db, CellId id, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        bool mos = d->kind <= DEV_PMOS;
        buf_printf(b, "%c%s", mos ? 'M' : d->kind == DEV_CAP ? 'C' : 'R', db_name(db, d->name));
        for (int k = 0; k < (mos ? 4 : 2); k++) {
            buf_char(b, ' ');
            db_bit_name(db, id, d->t[k].net, d->t[k].bit, b);
        }
        if (mos) buf_printf(b, " %s w=%.6gu l=%.6gu m=%d\n", db_name(db, d->model), d->w * db->dbu_m * 1e6, d->l * db->dbu_m * 1e6, d->m);
        else buf_printf(b, " %.6g\n", d->value);
    }
}

/* Is it drawn to the ground: has it wells, or a cell in it? Abstracts among others count by their pins. */
static bool to_ground(const Db *db, CellId id)
{
    const DbCell *c = &db->cells.v[id.i];
    bool wells = false;
    for (uint32_t i = 0; i < c->insts.n && !wells; i++) wells = to_ground(db, c->insts.v[i].master);
    for (uint32_t i = 0; i < c->shapes.n && !wells; i++) wells = db->layers.v[c->shapes.v[i].layer.i].kind == LAYER_WELL;
    return wells;
}

/* Of its own or in what it holds; abstracts have none that were drawn. */
static bool has_devices(const Db *db, CellId id)
{
    const DbCell *c = &db->cells.v[id.i];
    bool any = c->devices.n > 0 && to_ground(db, id);
    for (uint32_t i = 0; i < c->insts.n && !any; i++) any = has_devices(db, c->insts.v[i].master);
    return any;
}

/* One X line per element of an array; cells without devices are wires only, they are left out. */
static void reference_instances(const Db *db, CellId id, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbInst *x = &c->insts.v[i];
        const DbCell *m = &db->cells.v[x->master.i];
        uint32_t n = has_devices(db, x->master) ? x->nx * x->ny : 0;
        for (uint32_t e = 0; e < n; e++) {
            buf_printf(b, "X%s_%u", db_name(db, x->name), e);
            for (uint32_t p = 0; p < m->n_ports; p++)
                for (uint32_t k = 0; k < m->nets.v[p].width; k++) {
                    NetRef r = db_conn(db, id, (InstId){i}, p);
                    buf_char(b, ' ');
                    db_bit_name(db, id, r.net, netref_bit(r, e % x->nx, e / x->nx, k), b);
                }
            buf_printf(b, " %s\n", db_name(db, m->name));
        }
    }
}

/* What layout is compared with: every device by its letter, without parasitics; masters first, each once. */
static void reference_netlist(const Db *db, CellId id, bool *done, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    done[id.i] = true;
    for (uint32_t i = 0; i < c->insts.n; i++)
        if (!done[c->insts.v[i].master.i] && has_devices(db, c->insts.v[i].master)) reference_netlist(db, c->insts.v[i].master, done, b);
    buf_printf(b, ".subckt %s", db_name(db, c->name));
    for (uint32_t i = 0; i < c->n_ports; i++)
        for (uint32_t k = 0; k < c->nets.v[i].width; k++) {
            buf_char(b, ' ');
            db_bit_name(db, id, (NetId){i}, k, b);
        }
    buf_char(b, '\n');
    reference_devices(db, id, b);
    reference_instances(db, id, b);
    buf_str(b, ".ends\n");
}

static Status write_netlists(const Db *db, const Tech *t, const char *outdir)
{
    Arena a = {0};
    Buf all = {0};
    for (uint32_t i = 0; i < db->cells.n; i++)
        if (db->cells.v[i].kind == CELL_LEAF) cells_spice(db, t, (CellId){i}, &all);
    Status st = write_text(io_join(&a, outdir, "cells.sp"), &all);
    for (uint32_t i = 0; i < db->cells.n && st == ST_OK; i++) {
        Buf one = {0};
        bool *done = mem_calloc(db->cells.n, sizeof *done);
        reference_netlist(db, (CellId){i}, done, &one);
        mem_free(done);
        st = write_text(io_join(&a, outdir, arena_printf(&a, "%s.cir", db_name(db, db->cells.v[i].name))), &one);
    }
    arena_free(&a);
    return st;
}

/* A part of a larger block is judged in that. */
static bool part_of_block(const Db *db, CellId id)
{
    bool used = false;
    for (uint32_t i = 0; i < db->cells.n && db->cells.v[id.i].kind == CELL_BLOCK; i++)
        for (uint32_t k = 0; k < db->cells.v[i].insts.n; k++) used |= db->cells.v[i].insts.v[k].master.i == id.i;
    return used;
}

/* The written stream, read back: every cell of it is judged by itself. */
typedef struct {
    const Db *db, *back;
    const Tech *t;
    struct Verdict {
        uint64_t rules, differences, devices, joined, untied;
        bool judged;
        Buf why;
    } *v;              /* [cells of db] */
} Judge;

/* Against the rules and against the netlist. */
static Status judge_one(void *ctx, uint32_t i)
{
    Judge *j = ctx;
    struct Verdict *v = &j->v[i];
    if (!to_ground(j->db, (CellId){i}) || part_of_block(j->db, (CellId){i})) return ST_OK; /* told when it could not be drawn */
    CellId drawn = db_find_cell(j->back, db_name(j->db, j->db->cells.v[i].name));
    DrcReport drc;
    LvsDevices lvs;
    drc_run(j->back, j->t, drawn, &drc);
    /* taps and antennas of cells are their neighbours' business, too: of blocks they must be right */
    if (j->db->cells.v[i].kind == CELL_BLOCK && drc.v.n == 0) drc_free(&drc), drc_whole(j->back, j->t, drawn, &drc);
    lvs_devices(j->back, drawn, j->db, (CellId){i}, j->t, &lvs);
    if (drc.v.n) drc_print(&drc, j->back, 5, &v->why);
    if (lvs.n_diff) buf_printf(&v->why, "lvs: %llu differences\n%s", (unsigned long long)lvs.n_diff, lvs.text.s);
    v->rules = drc.v.n;
    v->differences = lvs.n_diff;
    v->devices = lvs.drawn;
    v->joined = lvs.joined;
    v->untied = lvs.untied;
    v->judged = true;
    drc_free(&drc);
    lvs_devices_free(&lvs);
    return ST_OK;
}

/* Our own verdict, a line per cell that fails. */
static Status judge_all(const Db *db, const Tech *t, const char *gds, const Options *o)
{
    Db back;
    struct Verdict sum = {0};
    uint64_t cells = 0;
    tech_db_init(t, &back, "cells");
    Status st = gds_read(&back, gds);
    Judge j = {db, &back, t, mem_calloc(db->cells.n + 1, sizeof *j.v)};
    if (st == ST_OK) st = par_for(db->cells.n, (uint32_t)o->threads, judge_one, &j);
    for (uint32_t i = 0; i < db->cells.n; i++) {
        struct Verdict *v = &j.v[i];
        if (v->why.n) msg_info("%s: %s", db_name(db, db->cells.v[i].name), v->why.s);
        sum.rules += v->rules;
        sum.differences += v->differences;
        sum.devices += v->devices;
        sum.joined += v->joined;
        sum.untied += v->untied;
        cells += v->judged;
        buf_free(&v->why);
    }
    mem_free(j.v);
    db_free(&back);
    if (st == ST_OK && !o->quiet)
        printf("checks     own DRC %llu, own LVS %llu over %llu cells, %llu transistors drawn; %llu pieces of supplies joined by name, %llu wells without a tap\n",
               (unsigned long long)sum.rules, (unsigned long long)sum.differences, (unsigned long long)cells, (unsigned long long)sum.devices,
               (unsigned long long)sum.joined, (unsigned long long)sum.untied);
    return st == ST_OK && sum.rules + sum.differences ? ST_VIOLATION : st;
}

static Status write_all(const Db *db, const Tech *t, const Options *o)
{
    Arena a = {0};
    const char *gds = io_join(&a, o->out, "cells.gds");
    Status st = io_mkdir(o->out);
    if (st == ST_OK) st = db_check(db);
    if (st == ST_OK) st = gds_write(db, gds);
    if (st == ST_OK) st = write_netlists(db, t, o->out);
    if (st == ST_OK) st = deck_write(t, o->templates, o->out);
    if (st == ST_OK) st = judge_all(db, t, gds, o);
    arena_free(&a);
    return st;
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
    for (uint32_t i = 0; i < o->n_args && st == ST_OK; i++) {
        bool known = str_eq(o->args[i], ARRAY) || str_eq(o->args[i], CROSSBAR);
        for (const char *const *name = draw_row_cells; *name; name++) known |= str_eq(o->args[i], *name);
        for (uint32_t k = 0; k < lib.v.n && !known; k++) {
            char name[64];
            const CellVariant *v = &lib.v.v[k];
            snprintf(name, sizeof name, "%s_%s", v->function, v->variant);
            known = str_eq(o->args[i], name) && in_array(v);
            const char *cell;
            for (uint32_t q = 0; !known && (cell = draw_single(v, q)); q++) {
                snprintf(name, sizeof name, "%s_%s", cell, v->variant);
                known = str_eq(o->args[i], name);
            }
            for (const char *const *part = draw_converter_parts; *part && !known && str_eq(lib.v.v[k].function, "sar_adc"); part++) {
                snprintf(name, sizeof name, "%s_%s", *part, lib.v.v[k].variant);
                known = str_eq(o->args[i], name);
            }
        }
        if (!known) st = msg_error(ST_USAGE, "CLI-0009", (Loc){0}, "draw: no cell %s", o->args[i]);
    }
    Db db;
    Arena a = {0};
    tech_db_init(&t, &db, "cells");
    if (st == ST_OK && o->dry_run) printf("would draw %s into %s: cells.gds, cells.sp, a netlist of each cell, decks for KLayout\n", cli_names(&a, o, "all cells"), o->out);
    Status drawn = st == ST_OK && !o->dry_run ? draw_all(&db, &t, &lib, o) : st;
    if (st == ST_OK && !o->dry_run) st = write_all(&db, &t, o);
    arena_free(&a);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
    return (int)(st != ST_OK ? st : drawn);
}
