/* Drawn leaf cells beside the chip's abstracts. */
#include "gen/leaves.h"
#include "gen/sized.h"

#include "gen/judge.h"
#include "gen/xbar.h"

static const char *name_of(const Db *db, CellId c) { return db_name(db, db->cells.v[c.i].name); }

bool leaves_drawn(const Leaves *l, CellId c)
{
    for (uint32_t i = 0; i < l->job.n; i++)
        if (l->job.v[i].cell.i == c.i) return l->job.v[i].status == ST_OK;
    return false;
}

/* What the cells abut to: a crossbar; if not all of that are drawn, the charge family's array alone. */
static void make_block(Leaves *l, const PlanCore *core)
{
    const CellSet *s = &l->cells;
    char name[48];
    bool all = l->job.n > 0;
    for (uint32_t i = 0; i < l->job.n; i++) all &= l->job.v[i].status == ST_OK;
    snprintf(name, sizeof name, "%s_%dx%d", all ? "crossbar" : "array", core->rows, core->cols);
    if (all) {
        arr_push(&l->block, xbar_build(&l->db, s, core, (uint32_t)s->pitch.adc_bits, name));
        xbar_pin_reference(&l->db, l->block.v[0], s->ladder);
    } else if (!cells_of_current(s) && leaves_drawn(l, s->synapse) && leaves_drawn(l, s->dummy) && leaves_drawn(l, s->tap) && leaves_drawn(l, s->block_switch) && leaves_drawn(l, s->tap_switch)) {
        arr_push(&l->block, xbar_array(&l->db, s, core, name));
    }
}

Status leaves_draw(const Tech *t, const CellChoice *choice, const PlanCore *core, uint32_t threads, Leaves *l)
{
    *l = (Leaves){.have_db = true};
    tech_db_init(t, &l->db, "leaves");
    TRY(cells_build(&l->db, t, choice, &l->cells));
    for (uint32_t i = 0; i < l->db.cells.n && draw_ready(t, false) == ST_OK; i++)
        if (draw_can(db_name(&l->db, l->db.cells.v[i].function))) arr_push(&l->job, ((DrawJob){.cell = {i}}));
    msg_capture_begin(); /* a cell that cannot be drawn is no error here */
    draw_cells(&l->db, t, l->job.v, l->job.n, threads);
    (void)msg_capture_end();
    sized_drawn(&l->db, t, l->job.v, l->job.n, threads); /* a capacitor that is cut is told: the chip has it */
    for (uint32_t i = 0; i < l->job.n; i++)
        if (l->job.v[i].status != ST_OK) msg_info("%s could not be drawn: it stays an abstract (apugen draw tells why)", name_of(&l->db, l->job.v[i].cell));
    make_block(l, core);
    return ST_OK;
}

void leaves_free(Leaves *l)
{
    if (l->have_db) db_free(&l->db);
    arr_free(&l->job);
    arr_free(&l->block);
    arr_free(&l->was);
    *l = (Leaves){0};
}

/* ---- judging ---------------------------------------------------------------------------------------------------- */

typedef struct {
    const Db *db;
    const Tech *t;
    ARRAY(Judged) v;       /* blocks first: they take longest */
} Judges;

/* Every cell twice: its rules, its devices. */
static Status judge(void *ctx, uint32_t i)
{
    const Judges *j = ctx;
    Judged *x = &j->v.v[i / 2];
    if (i % 2) judge_devices(j->db, j->t, x);
    else judge_rules(j->db, j->t, x);
    return ST_OK;
}

static uint64_t report(const Db *db, Judged *x, json_t *row, Buf *why)
{
    uint64_t bad = x->drc.v.n + x->lvs.n_diff;
    if (x->drc.v.n) drc_print(&x->drc, db, 10, why);
    if (x->lvs.n_diff) buf_printf(why, "lvs: %s: %llu differences\n%s", name_of(db, x->cell), (unsigned long long)x->lvs.n_diff, x->lvs.text.s);
    json_object_set_new(row, "drc", json_integer((json_int_t)x->drc.v.n));
    json_object_set_new(row, "lvs", json_integer((json_int_t)x->lvs.n_diff));
    json_object_set_new(row, "devices", json_integer((json_int_t)x->lvs.drawn));
    judge_free(x);
    return bad;
}

uint64_t leaves_check(const Leaves *l, const Tech *t, uint32_t threads, json_t **table, Buf *why)
{
    uint64_t bad = 0;
    Judges j = {.db = &l->db, .t = t};
    for (uint32_t i = 0; i < l->block.n; i++) arr_push(&j.v, ((Judged){.cell = l->block.v[i], .whole = true}));
    for (uint32_t i = 0; i < l->db.cells.n; i++)
        if (l->db.cells.v[i].kind == CELL_LEAF && leaves_drawn(l, (CellId){i})) arr_push(&j.v, ((Judged){.cell = {i}}));
    par_for(2 * j.v.n, threads, judge, &j);
    *table = json_array();
    for (uint32_t i = 0, k = l->block.n; i < l->db.cells.n; i++) {
        if (l->db.cells.v[i].kind != CELL_LEAF) continue;
        json_t *row = json_pack("{s:s, s:b}", "cell", name_of(&l->db, (CellId){i}), "drawn", leaves_drawn(l, (CellId){i}));
        if (leaves_drawn(l, (CellId){i})) bad += report(&l->db, &j.v.v[k++], row, why);
        json_array_append_new(*table, row);
    }
    for (uint32_t i = 0; i < l->block.n; i++) {
        json_t *row = json_pack("{s:s, s:b}", "cell", name_of(&l->db, l->block.v[i]), "drawn", 1);
        bad += report(&l->db, &j.v.v[i], row, why);
        json_array_append_new(*table, row);
    }
    arr_free(&j.v);
    return bad;
}

/* ---- into the stream -------------------------------------------------------------------------------------------------- */

/* The abstract's shapes come first in a drawn cell; both are made by the same calls in the same order. */
static void same_abstract(const DbCell *a, const DbCell *b)
{
    assert(memcmp(&a->box, &b->box, sizeof a->box) == 0 && a->nets.n == b->nets.n && a->shapes.n <= b->shapes.n);
    for (uint32_t k = 0; k < a->shapes.n; k++) {
        const DbShape *x = &a->shapes.v[k], *y = &b->shapes.v[k];
        assert(x->layer.i == y->layer.i && x->kind == y->kind && x->net.i == y->net.i && x->bit == y->bit && memcmp(&x->box, &y->box, sizeof x->box) == 0);
        (void)x;
        (void)y;
    }
}

void leaves_put(Leaves *l, Db *db)
{
    l->was.n = 0;
    for (uint32_t i = 0; i < l->job.n; i++) {
        arr_push(&l->was, db_cell(db, db_find_cell(db, name_of(&l->db, l->job.v[i].cell)))->shapes.n);
        if (l->job.v[i].status != ST_OK) continue;
        const DbCell *from = &l->db.cells.v[l->job.v[i].cell.i];
        DbCell *to = db_cell(db, db_find_cell(db, name_of(&l->db, l->job.v[i].cell)));
        same_abstract(to, from);
        for (uint32_t k = to->shapes.n; k < from->shapes.n; k++) arr_push(&to->shapes, from->shapes.v[k]);
    }
}

void leaves_take(const Leaves *l, Db *db)
{
    for (uint32_t i = 0; i < l->job.n; i++) {
        DbCell *c = db_cell(db, db_find_cell(db, name_of(&l->db, l->job.v[i].cell)));
        if (l->job.v[i].status == ST_OK) c->shapes.n = l->was.v[i];
    }
}
