/*
 * Layout against netlist: an abutted array is clean; seeded faults in it and 240 random edits of a routed toy are each found, with
 * the nets that they touch, and edits that change nothing are not.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/verify/lvs_array.h"
#include "verify/verify_layout.h"

typedef struct {
    Tech t;
    Db db;
    LvsReport r;
    Buf text;
} Run;

static void run_free(Run *u)
{
    lvs_free(&u->r);
    db_free(&u->db);
    small_tech_free(&u->t);
    buf_free(&u->text);
}

static Status run(Run *u)
{
    lvs_free(&u->r);
    u->text.n = 0;
    cr_assert_eq(db_check(&u->db), ST_OK);
    Status st = lvs_run(&u->db, u->db.top, &u->r);
    lvs_print(&u->r, &u->db, 10, &u->text);
    return st;
}

static bool is_short(const LvsReport *r, const char *a, const char *b)
{
    for (uint32_t k = 0; k < r->shorts.n; k++) {
        const LvsShort *s = &r->shorts.v[k];
        if ((str_eq(s->a, a) && str_eq(s->b, b)) || (str_eq(s->a, b) && str_eq(s->b, a))) return true;
    }
    return false;
}

static const LvsOpen *find_open(const LvsReport *r, const char *net)
{
    for (uint32_t k = 0; k < r->opens.n; k++)
        if (str_eq(r->opens.v[k].net, net)) return &r->opens.v[k];
    return NULL;
}

static bool is_loose(const LvsReport *r, const char *pin)
{
    for (uint32_t k = 0; k < r->pins.n; k++)
        if (str_eq(r->pins.v[k].pin, pin)) return true;
    return false;
}

/* ---- abutted array ------------------------------------------------------------------------------------- */

static void array(Run *u)
{
    *u = (Run){0};
    small_tech(&u->t);
    array_build(&u->t, &u->db, 16, 8);
}

Test(lvs, abutted_array_is_clean)
{
    Run u;
    array(&u);
    cr_assert_eq(run(&u), ST_OK, "%s", u.text.s);
    cr_assert_eq(u.r.cells, 128);
    cr_assert_eq(u.r.nets, 9 * 16 + 4 * 8);
    cr_assert_eq(u.r.extracted, u.r.nets);
    cr_assert_eq(u.r.terminals, 128 * 13 + 9 * 16 + 4 * 8);
    cr_assert_eq(u.r.floating, 128 * 14, "fingers");
    run_free(&u);
    cr_assert_eq(mem_live(), 0);
}

Test(lvs, a_gap_between_tiles_opens_every_row)
{
    Run u;
    array(&u);
    db_cell(&u.db, u.db.top)->insts.v[0].dx += 40;
    cr_assert_eq(run(&u), ST_VIOLATION);
    cr_assert_eq(u.r.n_shorts, 0);
    cr_assert_eq(u.r.n_opens, 9 * 16, "%s", u.text.s);
    const LvsOpen *o = find_open(&u.r, "WL[17]");
    cr_assert(o && o->pieces == 2 && o->n_box == 2);
    cr_assert_eq(u.r.piece.v[o->box0].x0, 0);
    cr_assert_eq(u.r.piece.v[o->box0 + 1].x0, 4 * SYN_W + 40);
    run_free(&u);
}

Test(lvs, a_tile_shifted_by_one_track_shorts)
{
    Run u;
    array(&u);
    Db *db = &u.db;
    db_cell(db, db_find_cell(db, "tile"))->insts.v[0].dy += 80; /* each row 80 higher than the one below asks for */
    cr_assert_eq(run(&u), ST_VIOLATION);
    cr_assert_gt(u.r.n_opens, 0); /* columns no longer meet */
    run_free(&u);
    array(&u);
    /* two tiles side by side, the second one track up: XP touches XN, XN touches VCM, … */
    CellId top = u.db.top;
    DbInst *i = &db_cell(db, top)->insts.v[0];
    i->nx = 1;
    CellId tile = i->master;
    DbInst keep = *i;
    InstId second = db_add_inst(db, top, "u", tile, (Pt){4 * SYN_W, 80}, ORI_N, 1, 1, 0, 0);
    db_cell(db, top)->n_flat -= 64;
    for (uint32_t p = 0; p < db_cell(db, tile)->n_ports; p++) {
        NetRef r = db_cell(db, top)->conns.v[keep.conn0 + p];
        r.base += r.sx;
        db_connect(db, top, second, (NetId){p}, r);
    }
    for (uint32_t k = 0; k < db_cell(db, top)->shapes.n; k++) { /* the columns' pins move along */
        DbShape *s = &db_cell(db, top)->shapes.v[k];
        if (s->box.x0 >= 4 * SYN_W) s->box.y0 += 80, s->box.y1 += 80;
    }
    cr_assert_eq(run(&u), ST_VIOLATION);
    cr_assert(is_short(&u.r, "XP[0]", "XN[0]"), "%s", u.text.s);
    cr_assert(is_short(&u.r, "VCM[3]", "WL[12]"), "%s", u.text.s);
    cr_assert_not(is_short(&u.r, "XP[0]", "VCM[0]"));
    cr_assert_eq(u.r.n_shorts, 6 * 16);
    for (uint32_t k = 0; k < u.r.shorts.n; k++) cr_assert_eq(u.r.shorts.v[k].box.x0, 4 * SYN_W, "where the tiles meet");
    run_free(&u);
}

Test(lvs, swapped_and_missing_connections_in_the_netlist)
{
    Run u;
    array(&u);
    Db *db = &u.db;
    DbCell *tile = db_cell(db, db_find_cell(db, "tile"));
    NetRef xp = tile->conns.v[0];
    tile->conns.v[0] = tile->conns.v[1];
    tile->conns.v[1] = xp;
    cr_assert_eq(run(&u), ST_VIOLATION);
    cr_assert(is_short(&u.r, "XP[0]", "XN[0]"), "%s", u.text.s);
    cr_assert(find_open(&u.r, "XP[5]") != NULL);
    run_free(&u);

    array(&u);
    tile = db_cell(db, db_find_cell(db, "tile"));
    tile->conns.v[0].net = NET_NONE; /* an open port must not touch anything */
    cr_assert_eq(run(&u), ST_VIOLATION);
    cr_assert(is_short(&u.r, "XP[0]", "t[0][0]/syn[0][0]/XP"), "%s", u.text.s);
    run_free(&u);

    array(&u);
    DbCell *top = db_cell(db, db->top);
    top->shapes.n--; /* a port of top without its pin */
    cr_assert_eq(run(&u), ST_VIOLATION);
    cr_assert_eq(u.r.n_opens, 1);
    cr_assert_eq(u.r.n_pins, 1);
    cr_assert_str_eq(u.r.pins.v[0].pin, "VSS[15]");
    cr_assert_not(u.r.pins.v[0].drawn);
    run_free(&u);
}

Test(lvs, a_leaf_is_refused)
{
    Run u;
    array(&u);
    msg_capture_begin();
    cr_assert_eq(lvs_run(&u.db, db_find_cell(&u.db, "synapse"), &u.r), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "LVS-0001"));
    run_free(&u);
}

Test(lvs, what_touches_and_what_does_not)
{
    /* two pins of one net; the last box decides whether they are joined */
    static const struct {
        const char *layer[2];
        Box box[2];
        bool joined;
    } cases[] = {
        {{"M1", "M1"}, {{100, 0, 300, 40}, {300, 0, 500, 40}}, true},    /* edge */
        {{"M1", "M1"}, {{100, 0, 300, 40}, {300, 40, 500, 80}}, false},  /* corner */
        {{"M1", "M1"}, {{100, 0, 300, 40}, {301, 0, 500, 40}}, false},   /* gap of 1 */
        {{"M1", "M1"}, {{100, 0, 300, 40}, {250, 39, 500, 80}}, true},   /* overlap of 1 */
        {{"M1", "M2"}, {{100, 0, 300, 40}, {200, 0, 500, 40}}, false},   /* crossing without cut */
        {{"M1", "V1"}, {{100, 0, 500, 40}, {200, 0, 240, 40}}, true},
        {{"M1", "V1"}, {{100, 0, 300, 40}, {300, 0, 340, 40}}, false},
    };
    for (size_t k = 0; k < COUNTOF(cases); k++) {
        Run u = {0};
        small_tech(&u.t);
        small_db(&u.t, &u.db, 1);
        Db *db = &u.db;
        CellId leaf = db_add_cell(db, "leaf", CELL_LEAF, NULL);
        db_cell(db, leaf)->box = (Box){0, 0, 100, 100};
        NetId a = db_add_port(db, leaf, "A", 1, DIR_INOUT, USE_SIGNAL);
        db_add_shape(db, leaf, db_metal(db, 1), SHAPE_PIN, (Box){0, 0, 100, 40}, a, 0);
        CellId top = db_add_cell(db, "top", CELL_BLOCK, NULL);
        db->top = top;
        db_cell(db, top)->box = (Box){0, 0, 600, 100};
        NetId n = db_add_net(db, top, "n", 1, USE_SIGNAL);
        InstId p = db_add_inst(db, top, "p", leaf, (Pt){0, 0}, ORI_N, 1, 1, 0, 0), q = db_add_inst(db, top, "q", leaf, (Pt){500, 0}, ORI_FN, 1, 1, 0, 0);
        db_connect(db, top, p, a, (NetRef){.net = n});
        db_connect(db, top, q, a, (NetRef){.net = n});
        /* metal 2 piece that reaches q's pin only through cuts */
        bool cut = cases[k].layer[1][0] == 'V';
        for (int s = 0; s < 2; s++) db_add_shape(db, top, db_find_layer(db, cases[k].layer[s]), SHAPE_WIRE, cases[k].box[s], NET_NONE, 0);
        if (!cut && cases[k].box[1].y0 > 0) db_add_shape(db, top, db_metal(db, 1), SHAPE_WIRE, (Box){460, 0, 500, 80}, NET_NONE, 0);
        if (cut) {
            if (cases[k].joined) cr_assert_eq(run(&u), ST_OK, "metal alone reaches");
            db_cell(db, top)->shapes.v[0].box.x1 = 300; /* now by metal 2 only */
            db_add_shape(db, top, db_metal(db, 2), SHAPE_WIRE, (Box){200, 0, 550, 40}, NET_NONE, 0);
            db_add_shape(db, top, db_cut(db, 1), SHAPE_VIA, (Box){505, 0, 545, 40}, NET_NONE, 0);
        }
        cr_assert_eq(run(&u) == ST_OK, cases[k].joined, "case %zu: %s", k, u.text.s);
        if (!cases[k].joined) cr_assert(u.r.n_opens == 1 && u.r.n_pins == 2, "%s", u.text.s);
        run_free(&u);
    }
}

/* ---- a routed toy: cells in a row, a channel above, one track per net -------------------------------------------- */

enum { CELLS = 12, PINS = 4, NETS = 12, PITCH = 160, TRACK = 160, BASE = 600 };

typedef struct {
    Run u;
    CellId top;
    uint32_t net_of[CELLS * PINS];
    uint32_t track[NETS], riser[CELLS * PINS], via[CELLS * PINS]; /* shape indices */
    int32_t x0[NETS], x1[NETS];
} Toy;

static int32_t pin_x(uint32_t pin) { return (int32_t)(pin / PINS) * PINS * PITCH + (int32_t)(pin % PINS) * PITCH + 60; }
static int32_t track_y(uint32_t n) { return BASE + 200 + TRACK * (int32_t)n; }

static uint32_t put(Toy *t, LayerId l, ShapeKind k, Box b)
{
    db_add_shape(&t->u.db, t->top, l, k, b, NET_NONE, 0);
    return db_cell(&t->u.db, t->top)->shapes.n - 1;
}

static void toy(Toy *t, Rng *rng)
{
    *t = (Toy){0};
    small_tech(&t->u.t);
    Db *db = &t->u.db;
    small_db(&t->u.t, db, 1);
    CellId leaf = db_add_cell(db, "leaf", CELL_LEAF, NULL);
    db_cell(db, leaf)->box = (Box){0, 0, PINS * PITCH, BASE};
    NetId p = db_add_port(db, leaf, "P", PINS, DIR_INOUT, USE_SIGNAL);
    for (int32_t k = 0; k < PINS; k++) db_add_shape(db, leaf, db_metal(db, 2), SHAPE_PIN, (Box){k * PITCH + 60, BASE - 200, k * PITCH + 100, BASE}, p, (uint32_t)k);
    t->top = db->top = db_add_cell(db, "top", CELL_BLOCK, NULL);
    db_cell(db, t->top)->box = (Box){0, 0, CELLS * PINS * PITCH, BASE + 200 + NETS * TRACK};
    NetId n = db_add_net(db, t->top, "n", NETS, USE_SIGNAL);
    for (uint32_t k = 0; k < CELLS; k++) {
        char name[8];
        snprintf(name, sizeof name, "u%u", k);
        InstId i = db_add_inst(db, t->top, name, leaf, (Pt){(int32_t)k * PINS * PITCH, 0}, ORI_N, 1, 1, 0, 0);
        /* an index expression: nets a, a + d, a + 2d, a + 3d */
        uint32_t d = 1 + rng_below(rng, 2), a = rng_below(rng, NETS - 3 * d);
        for (uint32_t b = 0; b < PINS; b++) t->net_of[k * PINS + b] = a + d * b;
        db_connect(db, t->top, i, p, (NetRef){.net = n, .base = (int32_t)a, .sk = (int32_t)d});
    }
    for (uint32_t k = 0; k < NETS; k++) {
        t->x0[k] = INT32_MAX;
        t->x1[k] = 0;
        for (uint32_t q = 0; q < CELLS * PINS; q++)
            if (t->net_of[q] == k) {
                if (pin_x(q) < t->x0[k]) t->x0[k] = pin_x(q);
                if (pin_x(q) > t->x1[k]) t->x1[k] = pin_x(q);
            }
        if (t->x0[k] != INT32_MAX)
            t->track[k] = put(t, db_metal(db, 3), SHAPE_WIRE, (Box){t->x0[k] - 20, track_y(k), t->x1[k] + 60, track_y(k) + 40});
    }
    for (uint32_t q = 0; q < CELLS * PINS; q++) {
        int32_t x = pin_x(q), y = track_y(t->net_of[q]);
        t->riser[q] = put(t, db_metal(db, 2), SHAPE_WIRE, (Box){x, BASE, x + 40, y + 60});
        t->via[q] = put(t, db_cut(db, 2), SHAPE_VIA, (Box){x, y, x + 40, y + 40});
    }
}

static const char *net_name(char *s, size_t n, uint32_t net)
{
    snprintf(s, n, "n[%u]", net);
    return s;
}

static uint32_t pins_of(const Toy *t, uint32_t net)
{
    uint32_t n = 0;
    for (uint32_t q = 0; q < CELLS * PINS; q++) n += t->net_of[q] == net;
    return n;
}

static uint32_t random_pin(const Toy *t, Rng *rng)
{
    for (;;) {
        uint32_t q = rng_below(rng, CELLS * PINS);
        if (pins_of(t, t->net_of[q]) >= 3 && t->x1[t->net_of[q]] > t->x0[t->net_of[q]]) return q;
    }
}

static DbShape *shape(Toy *t, uint32_t k) { return &db_cell(&t->u.db, t->top)->shapes.v[k]; }

static void edit_cut_wire(Toy *t, Rng *rng, uint32_t q)
{
    /* between the first pin and its next one: remove 40 of the track */
    uint32_t n = t->net_of[q];
    int32_t next = INT32_MAX;
    for (uint32_t k = 0; k < CELLS * PINS; k++)
        if (t->net_of[k] == n && pin_x(k) > t->x0[n] && pin_x(k) < next) next = pin_x(k);
    int32_t x = t->x0[n] + 40 + (int32_t)rng_below(rng, (uint32_t)(next - t->x0[n] - 80 + 1));
    Box b = shape(t, t->track[n])->box;
    shape(t, t->track[n])->box.x1 = x;
    put(t, db_metal(&t->u.db, 3), SHAPE_WIRE, (Box){x + 40, b.y0, b.x1, b.y1});
    char s[16];
    cr_assert_eq(run(&t->u), ST_VIOLATION);
    const LvsOpen *o = find_open(&t->u.r, net_name(s, sizeof s, n));
    cr_assert(o && o->pieces == 2, "cut of n[%u]: %s", n, t->u.text.s);
    cr_assert(t->u.r.n_opens == 1 && t->u.r.n_shorts == 0, "%s", t->u.text.s);
}

static void edit_remove_via(Toy *t, uint32_t q)
{
    shape(t, t->via[q])->box = (Box){0, 0, 40, 40}; /* far from everything */
    char s[16], pin[24];
    cr_assert_eq(run(&t->u), ST_VIOLATION);
    const LvsOpen *o = find_open(&t->u.r, net_name(s, sizeof s, t->net_of[q]));
    snprintf(pin, sizeof pin, "u%u/P[%u]", q / PINS, q % PINS);
    cr_assert(o && o->pieces == 2, "%s", t->u.text.s);
    cr_assert(is_loose(&t->u.r, pin), "%s: %s", pin, t->u.text.s);
    cr_assert(t->u.r.n_opens == 1 && t->u.r.n_shorts == 0 && t->u.r.n_pins == 1);
}

static void edit_short(Toy *t, Rng *rng)
{
    uint32_t a;
    int32_t lo, hi;
    do {
        a = rng_below(rng, NETS - 1);
        lo = t->x0[a] > t->x0[a + 1] ? t->x0[a] : t->x0[a + 1];
        hi = t->x1[a] < t->x1[a + 1] ? t->x1[a] : t->x1[a + 1];
    } while (lo > hi || !pins_of(t, a) || !pins_of(t, a + 1));
    int32_t x = lo + (int32_t)rng_below(rng, (uint32_t)(hi - lo + 1));
    put(t, db_metal(&t->u.db, 3), SHAPE_WIRE, (Box){x, track_y(a) + 40, x + 1, track_y(a + 1)});
    char s[16], u[16];
    cr_assert_eq(run(&t->u), ST_VIOLATION);
    cr_assert(is_short(&t->u.r, net_name(s, sizeof s, a), net_name(u, sizeof u, a + 1)), "%s", t->u.text.s);
    cr_assert(t->u.r.n_shorts == 1 && t->u.r.n_opens == 0, "%s", t->u.text.s);
    cr_assert(box_touch(t->u.r.shorts.v[0].box, (Box){x, track_y(a), x + 1, track_y(a + 1) + 40}), "%s", t->u.text.s);
}

static void edit_shift_riser(Toy *t, uint32_t q)
{
    /* one pin to the right, via too: shorts with that pin's net unless it is the same, and its own pin is loose */
    uint32_t other = (q + 1) % (CELLS * PINS);
    if (other == 0 || t->net_of[other] == t->net_of[q]) return;
    for (int k = 0; k < 2; k++) {
        Box *b = &shape(t, k ? t->via[q] : t->riser[q])->box;
        b->x0 += PITCH;
        b->x1 += PITCH;
    }
    /* the track reaches there, or else only the riser lies on the other riser */
    bool reaches = pin_x(other) <= t->x1[t->net_of[q]];
    char s[16], u[16];
    cr_assert_eq(run(&t->u), ST_VIOLATION);
    cr_assert(find_open(&t->u.r, net_name(s, sizeof s, t->net_of[q])), "%s", t->u.text.s);
    if (reaches) cr_assert(is_short(&t->u.r, s, net_name(u, sizeof u, t->net_of[other])), "%s", t->u.text.s);
    else cr_assert_eq(t->u.r.n_shorts, 0);
}

static void edit_netlist(Toy *t, uint32_t q)
{
    /* turn a cell's four connections round */
    DbCell *top = db_cell(&t->u.db, t->top);
    NetRef *r = &top->conns.v[top->insts.v[q / PINS].conn0];
    r->base += 3 * r->sk;
    r->sk = -r->sk;
    char s[16], u[16];
    uint32_t a = t->net_of[q / PINS * PINS], b = t->net_of[q / PINS * PINS + 3];
    cr_assert_eq(run(&t->u), ST_VIOLATION);
    if (pins_of(t, a) > 1 || pins_of(t, b) > 1)
        cr_assert(is_short(&t->u.r, net_name(s, sizeof s, a), net_name(u, sizeof u, b)), "%s", t->u.text.s);
}

static void edit_harmless(Toy *t, Rng *rng, uint32_t q)
{
    uint32_t n = t->net_of[q];
    Box b = shape(t, t->track[n])->box;
    int32_t x = b.x0 + 1 + (int32_t)rng_below(rng, (uint32_t)(b.x1 - b.x0 - 1));
    shape(t, t->track[n])->box.x1 = x;
    put(t, db_metal(&t->u.db, 3), SHAPE_WIRE, (Box){x, b.y0, b.x1 + 20, b.y1});
    put(t, db_cut(&t->u.db, 2), SHAPE_VIA, shape(t, t->via[q])->box);
    put(t, db_metal(&t->u.db, 4), SHAPE_WIRE, (Box){0, BASE, 40, BASE + 5000});
    db_add_shape(&t->u.db, t->top, db_metal(&t->u.db, 3), SHAPE_OBS, (Box){0, 0, 8000, 8000}, NET_NONE, 0);
    cr_assert_eq(run(&t->u), ST_OK, "%s", t->u.text.s);
}

Test(lvs, random_edits_of_a_routed_toy, .timeout = 120)
{
    Rng rng = rng_make(11, 0);
    for (uint32_t k = 0; k < 240; k++) {
        Toy t;
        toy(&t, &rng);
        cr_assert_eq(run(&t.u), ST_OK, "round %u: %s", k, t.u.text.s);
        uint32_t q = random_pin(&t, &rng);
        switch (k % 6) {
        case 0: edit_cut_wire(&t, &rng, q); break;
        case 1: edit_remove_via(&t, q); break;
        case 2: edit_short(&t, &rng); break;
        case 3: edit_shift_riser(&t, q); break;
        case 4: edit_netlist(&t, q); break;
        default: edit_harmless(&t, &rng, q); break;
        }
        run_free(&t.u);
    }
    cr_assert_eq(mem_live(), 0);
}

/* ---- size ------------------------------------------------------------------------------------------------------------ */

Test(lvs, array_of_72960_synapses, .timeout = 300)
{
    Run u = {0};
    small_tech(&u.t);
    array_build(&u.t, &u.db, 304, 240);
    double t0 = clock_seconds();
    cr_assert_eq(lvs_run(&u.db, u.db.top, &u.r), ST_OK);
    double s = clock_seconds() - t0;
    fprintf(stderr, "lvs: %llu cells, %llu shapes, %llu pins: %.2f s, %llu MB\n", (unsigned long long)u.r.cells, (unsigned long long)u.r.shapes,
            (unsigned long long)u.r.terminals, s, (unsigned long long)(mem_peak_rss() >> 20));
    cr_assert_eq(u.r.cells, 304u * 240);
    cr_assert_lt(s, 60.0);
    cr_assert_lt(mem_peak_rss(), (uint64_t)2 << 30);
    run_free(&u);
}
