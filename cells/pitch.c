/*
 * Outlines of the cells of one crossbar: the synapse fixes both pitches, everything else is fitted to them.
 *
 * Invariant: heights are even numbers of transistor rows (so VSS is at both edges of every cell and rails are shared), widths are whole
 * metal 4 tracks. Rows are all of height cell_row.
 */
#include "cells/circuit.h"
#include "cells/draw_int.h"
#include "cells/physical.h"

#include <math.h>

enum { ROWS_MAX = 12, ROWS_MOST = 2 * ROWS_MAX }; /* of a synapse; more would be narrower than its column wires: only where it is too wide for its taps otherwise */
#define ASPECT_MAX 2.5  /* of a synapse: beyond, one family of wires grows faster than the other shrinks */
#define FLAT 1.5         /* a flat synapse counts for flatter: its drivers have few rows and grow wide */
#define AREA_SLACK 1.05 /* area given up for a higher synapse */
#define WIRED 0.66      /* of a synapse that its devices may take: with 80 % the router finds its wires in one order of columns out of ten */
#define WIRED_I 0.63    /* the same in the current family: four N devices to each P device, their wires crowd one half of the row */
#define WIRE_ROOM 1.2   /* width of drawn rows over that of the parts in them: room for wires */
enum { LADDER_ROWS = 128 }; /* that a ladder makes the converters or column ends beside it higher are fewer; a power of two */
enum { ADC_EASE = 9 }; /* tracks beyond these wires where a synapse is made wider for them */
#define PRICE 1.25       /* height of a converter whose sections stand below its array over that of a plain one, at most */
enum { MORE_HEIGHT = 16 }; /* heights tried, each by a sixteenth higher */
#define ADC_ROOM 1.25    /* tracks in a converter over the wires that pass its sections: with less no wires leave the array in peace (b6 in SKY130, 22 tracks for 19) */
#define SIZE_MAX_DBU (1 << 28)
/* A reference wire's resistance along one converter times its array, s. A line of n converters and as much again for the return settles with
 * about n²/5 of it: 0.2 ns for 32. */
#define REF_TAU 0.2e-12

static int32_t up(double v, int32_t step) { return (int32_t)ceil(v / step - 1e-9) * step; }

/* Even number of rows of width w that hold a row length. */
static int32_t even_rows(double row_len, int32_t w)
{
    int32_t n = (int32_t)ceil(row_len / w - 1e-9);
    n += n & 1;
    return n < 2 ? 2 : n;
}

/* What the cell of a function needs, from its circuit in a database of its own. */
static void need_of(const Tech *t, const char *function, const CellVariant *v, int32_t bits, CellNeed *out)
{
    Db db;
    tech_db_init(t, &db, "need");
    CellId c = db_add_cell(&db, function, CELL_LEAF, function);
    cells_ports(&db, c, function, bits);
    cells_circuit(&db, t, c, function, v, bits);
    cells_need(&db, t, c, out);
    db_free(&db);
}

typedef struct {
    CellNeed row_driver, block_driver, block_switch, col_a, col_b, sar_adc, ladder;
} Needs;

/* ---- synapse ------------------------------------------------------------------------------------------ */

typedef struct {
    int32_t w, h;
    const char *limit;
} SynapseSize;

/* Do the capacitors fit over a synapse of that outline, beside its column wires? As drawn, or by density alone where the technology
 * has no rules for drawing. */
static bool caps_fit(const Tech *t, const CellVariant *v, const CellNeed *need, int32_t w, int32_t h)
{
    if (cells_mom(t, w, h, false) < need->cap) return false; /* no drawing holds more */
    if (!tech_role(t, ROLE_MOM)) return cells_mom(t, w, h, true) >= need->cap;
    Db db;
    tech_db_init(t, &db, "fit");
    CellId c = cells_abstract(&db, t, &(CellPitch){.px = w, .py = h}, v->function, v, "synapse");
    bool fits = draw_caps(&db, t, c, NULL, false) == ST_OK;
    db_free(&db);
    return fits;
}

/* Narrowest synapse of that many rows, at least as wide as `least`. */
static SynapseSize synapse_of(const Tech *t, const CellVariant *v, const CellNeed *need, int32_t rows, int32_t least)
{
    int32_t p4 = tech_metal(t, 4)->pitch, h = rows * t->cell_row;
    bool charge = str_eq(v->function, "synapse");
    SynapseSize s = {up(need->row_len / (charge ? WIRED : WIRED_I) / rows, p4), h, "devices"};
    /* Each column wire has a free track beside it for the cell's own verticals. */
    int32_t columns = 2 * (charge ? PIN_TRACKS_COL : PIN_TRACKS_LINES) * p4;
    if (s.w < columns) s = (SynapseSize){columns, h, "column wires"};
    if (s.w < least) s = (SynapseSize){least, h, "converter"};
    while (s.w < SIZE_MAX_DBU && !caps_fit(t, v, need, s.w, h)) {
        s.w += p4;
        s.limit = "capacitors";
    }
    return s;
}

/* Wider synapses than four between taps allow count only if there are no others; of the current family, whose lines leave few tracks to a narrow
 * synapse, wider ones than two. */
static bool near_taps(const Tech *t, const CellVariant *v, SynapseSize s)
{
    return str_eq(v->function, "synapse") ? 2 * s.w <= t->tap_distance : s.w <= t->tap_distance - cells_tap_width(t);
}

static double aspect(SynapseSize s) { return s.w > s.h ? FLAT * s.w / s.h : (double)s.h / s.w; }

/*
 * Of all row counts with a moderate aspect and an area within 5 % of the least, the highest: beside a flat synapse the drivers
 * have few rows and many times the width. If no aspect is moderate, the most moderate one.
 */
static SynapseSize synapse_size(const Tech *t, const CellVariant *v, const CellNeed *need, int32_t w)
{
    SynapseSize s[ROWS_MOST / 2];
    double least = INFINITY, flattest = INFINITY;
    int n = 0, near = 0;
    for (int32_t rows = 2; rows <= ROWS_MAX || (rows <= ROWS_MOST && !near); rows += 2) {
        if (rows * t->cell_row < PIN_TRACKS_ROW * tech_metal(t, 3)->pitch) continue;
        s[n] = synapse_of(t, v, need, rows, w);
        near += near_taps(t, v, s[n++]);
    }
    assert(n > 0);
    int kept = 0;
    for (int k = 0; k < n; k++)
        if (!near || near_taps(t, v, s[k])) s[kept++] = s[k];
    n = kept;
    for (int k = 0; k < n; k++) flattest = fmin(flattest, aspect(s[k]));
    double limit = fmax(flattest, ASPECT_MAX);
    for (int k = 0; k < n; k++)
        if (aspect(s[k]) <= limit) least = fmin(least, (double)s[k].w * s[k].h);
    int best = -1;
    for (int k = 0; k < n; k++) {
        if (aspect(s[k]) <= limit && (double)s[k].w * s[k].h <= AREA_SLACK * least) best = k; /* rows count up */
    }
    return s[best];
}

/* ---- the others ------------------------------------------------------------------------------------------- */


/* Rows of a strip: devices at that width, capacitors above, wires through. */
static int32_t strip_height(const Tech *t, const CellNeed *need, int32_t w, int32_t wires)
{
    int32_t n = even_rows(need->row_len, w), p3 = tech_metal(t, 3)->pitch;
    while (n * t->cell_row < wires * p3) n += 2;
    while ((int64_t)n * t->cell_row < SIZE_MAX_DBU && cells_mom(t, w, n * t->cell_row, false) < need->cap) n += 2;
    return n * t->cell_row;
}

static int32_t at_least(int32_t v, int32_t least) { return v > least ? v : least; }

/* A cell's circuit in a database of its own. */
static CellId alone(const Tech *t, const char *function, const CellVariant *v, Db *db)
{
    tech_db_init(t, db, "alone");
    CellId c = db_add_cell(db, function, CELL_LEAF, function);
    cells_ports(db, c, function, 0);
    cells_circuit(db, t, c, function, v, 0);
    return c;
}

/* A measure of this run that is asked for again and again: of a function's variant, `with` all else that it depends on. True: it is there; else
 * it is to be found and held, if there is a key. */
static bool known(const Tech *t, const char *what, const char *function, const CellVariant *v, const int32_t *with, size_t n, char key[65], double *value)
{
    Buf b = {0};
    bool found = false;
    key[0] = 0;
    if (!t->made || !t->sha256[0]) return false;
    buf_printf(&b, "%s|%s|%s|%s", what, function, v->function, v->flavour);
    buf_put(&b, (const char *)v->param, sizeof v->param);
    buf_put(&b, (const char *)with, n * sizeof *with);
    sha256_hex(b.s, b.n, key);
    found = memo_get(t->made, key, &b);
    if (found) memcpy(value, b.s, sizeof *value);
    buf_free(&b);
    return found;
}

static double held(const Tech *t, const char *key, double value)
{
    if (key[0]) memo_put(t->made, key, &value, sizeof value);
    return value;
}

/* Width in which a cell of so many rows can be drawn and wired; 0 where the technology has no rules for drawing. dbu */
static double drawn_width(const Tech *t, const char *function, const CellVariant *v, int32_t rows, bool taps)
{
    if (draw_ready(t, false) != ST_OK) return 0;
    Db db;
    char key[65];
    double w;
    if (known(t, "width", function, v, (const int32_t[]){rows, taps}, 2, key, &w)) return w;
    CellId c = alone(t, function, v, &db);
    w = draw_least_width(&db, t, c, rows, taps, WIRE_ROOM);
    db_free(&db);
    return held(t, key, w);
}

/* Height in which a cell of that width can be drawn and wired, an even number of rows; at least h. dbu */
static int32_t drawn_height(const Tech *t, const char *function, const CellVariant *v, int32_t w, int32_t h)
{
    if (draw_ready(t, false) != ST_OK) return h;
    Db db;
    char key[65];
    double high;
    if (known(t, "height", function, v, (const int32_t[]){w, h}, 2, key, &high)) return (int32_t)high;
    CellId c = alone(t, function, v, &db);
    int32_t rows = draw_least_rows(&db, t, c, w, false, WIRE_ROOM, 0);
    rows = at_least(rows, draw_least_rows(&db, t, c, w, false, 1, DRAW_PARTS_LIFT)); /* few parts may leave much of each row */
    db_free(&db);
    return (int32_t)held(t, key, at_least(h, (rows + rows % 2) * t->cell_row));
}

/* Height of a cell of that width whose fingers find room if they share all sources and drains, an even number of rows; at least h. dbu */
static int32_t folded_height(const Tech *t, const char *function, const CellVariant *v, int32_t w, int32_t h)
{
    RowGeom g;
    if (draw_ready(t, false) != ST_OK || draw_rows(t, false, &g) != ST_OK) return h;
    Db db;
    CellId c = alone(t, function, v, &db);
    int32_t max_pos = 0;
    while (draw_x(&g, max_pos + 1) + g.margin <= w) max_pos++;
    while (h < SIZE_MAX_DBU && draw_least_length(&db, c, &g) > h / t->cell_row * max_pos) h += 2 * t->cell_row;
    db_free(&db);
    return h;
}

/* Height of a cell drawn in sections, at least h; `far`: its pitches, with room to spare, `wires`: of the bundle across it. dbu */
static int32_t stack_height(const Tech *t, const char *function, const CellVariant *v, const CellPitch *far, int32_t wires, StackWay way, int32_t h)
{
    if (draw_ready(t, false) != ST_OK || !draw_stack_can(t)) return h;
    Db db;
    char key[65];
    double high;
    if (known(t, "stack", function, v, (const int32_t[]){far->px, far->driver_w, far->end_h, far->adc_h, far->adc_bits, far->ref_tracks, wires, (int32_t)way, h}, 9, key, &high)) return (int32_t)high;
    tech_db_init(t, &db, "stack");
    CellId c = cells_abstract(&db, t, far, function, v, "stack");
    int32_t rows = draw_stack_rows(&db, t, c, (PIN_FARTHEST * wires + 2 * far->ref_tracks) * tech_metal(t, 3)->pitch, way);
    db_free(&db);
    return (int32_t)held(t, key, at_least(h, rows * t->cell_row));
}

/* Width of a converter's reference wires beyond one track, in tracks. They are wide by any means: straps come down on them. */
static int32_t reference_tracks(const Tech *t, const CellVariant *v, int32_t px)
{
    const TechLayer *m3 = tech_metal(t, 3);
    double w = m3->r_sheet * 2 * px * v->param[1] * ldexp(1, circuit_size(v)) / REF_TAU;
    return at_least((int32_t)fmin(ceil(w / m3->pitch), SIZE_MAX_DBU / m3->pitch), PIN_TRACKS_REF);
}

/* How much a converter's wires move its array in one way of stacking; draw_stack_moves. */
static double way_moves(const Tech *t, const CellVariant *v, const CellPitch *own, StackWay way)
{
    Db db;
    tech_db_init(t, &db, "stack");
    double moves = fmax(draw_stack_moves(&db, t, cells_abstract(&db, t, own, v->function, v, "stack"), way), DRAW_STILL);
    db_free(&db);
    return moves;
}

/* The sections below the array: in the height of a plain one, or what they ask for if that is less, if they find places, else a little higher, step by step. The wires across
 * stand half way down the sections, beside the largest bits' switches: *down. */
static int32_t below_height(const Tech *t, const CellVariant *v, const CellPitch *far, int32_t plain, int32_t least, int32_t *down, double *moves)
{
    CellPitch own = *far;
    Db db;
    tech_db_init(t, &db, "above");
    int32_t asked = 2 * t->cell_row + stack_height(t, v->function, v, far, PIN_TRACKS_ADC, STACK_BELOW, least), most = asked + asked / 8;
    int32_t above = draw_stack_above(&db, t, cells_abstract(&db, t, far, v->function, v, "above")) * t->cell_row;
    db_free(&db);
    for (own.adc_h = plain < asked ? plain : asked, *moves = INFINITY; own.adc_h <= most; own.adc_h += up(own.adc_h / MORE_HEIGHT, 2 * t->cell_row)) {
        *down = own.adc_down = above + (own.adc_h - above) / 2;
        if (own.adc_down < own.adc_h && isfinite(*moves = way_moves(t, v, &own, STACK_BELOW))) break;
    }
    return own.adc_h;
}

/* Height of a converter: in the way in which its wires leave the array in peace, else in that in which they move it least. Below the array they do by construction, plain by
 * the lines that trunks find, and what sections' own wires do there no trunk tells: below is taken unless it is much higher. */
static int32_t find_converter_height(const Tech *t, const CellVariant *v, const CellPitch *p, const CellNeed *need, int32_t *down)
{
    CellPitch far = {.px = p->px, .adc_h = DRAW_FAR * t->cell_row, .adc_bits = circuit_size(v), .ref_tracks = p->ref_tracks}, own = far;
    int32_t least = strip_height(t, need, 2 * p->px, PIN_TRACKS_ADC + 2 * p->ref_tracks), more = 2 * t->cell_row; /* for what comes down on the references in the ladder beside it (draw_feed.c) */
    own.adc_h = more + stack_height(t, v->function, v, &far, PIN_TRACKS_ADC, STACK_PLAIN, least);
    if (draw_ready(t, false) != ST_OK || !draw_stack_can(t)) return own.adc_h;
    double best = way_moves(t, v, &own, STACK_PLAIN), moves;
    int32_t high = own.adc_h, below = 0, h = below_height(t, v, &far, high, least, &below, &moves);
    if (moves < best || (moves == best && h < PRICE * high)) high = h, best = moves, *down = below;
    if (best <= DRAW_BENT) return high;
    own.adc_h = more + stack_height(t, v->function, v, &far, PIN_TRACKS_ADC, STACK_WAITS, least);
    return way_moves(t, v, &own, STACK_WAITS) < best ? *down = 0, own.adc_h : high;
}

static void converter_height(const Tech *t, const CellVariant *v, const CellNeed *need, CellPitch *p)
{
    char key[65], key_down[65];
    double high, mid;
    const int32_t with[] = {p->px, p->ref_tracks};
    bool is = known(t, "converter", v->function, v, with, 2, key, &high), down = known(t, "converter's wires", v->function, v, with, 2, key_down, &mid);
    if (is && down) {
        p->adc_h = (int32_t)high, p->adc_down = (int32_t)mid;
        return;
    }
    p->adc_down = 0;
    p->adc_h = find_converter_height(t, v, p, need, &p->adc_down);
    held(t, key, p->adc_h);
    held(t, key_down, p->adc_down);
}

/* Width of the driver column: row driver, block driver and ladder each have a height given by others. */
static int32_t driver_width(const Tech *t, const CellChoice *c, const Needs *n, const CellPitch *p)
{
    int32_t p4 = tech_metal(t, 4)->pitch, w = up(PIN_TRACKS_DRIVER, 1) * p4;
    w = at_least(w, up(cells_tap_width(t), p4));
    w = at_least(w, up(n->row_driver.row_len * t->cell_row / p->py, p4));
    w = at_least(w, up(drawn_width(t, "row_driver", c->row_driver, p->py / t->cell_row, true), p4));
    w = at_least(w, up(n->block_driver.row_len * t->cell_row / p->switch_h, p4));
    w = at_least(w, up(n->ladder.row_len * t->cell_row / (p->end_h + p->adc_h), p4));
    /* Pins at the left and the right edge share tracks, so the cell must be longer than both. */
    const TechLayer *m3 = tech_metal(t, 3);
    return at_least(w, up(2 * cells_pin_length(t, m3) + m3->space, p4));
}

/* Does a ladder find room beside converters (else column ends) that are so many rows higher? ST_INPUT: its resistors cannot be drawn at any height. */
static Status ladder_fits(const Tech *t, const CellVariant *v, const CellPitch *p, bool end, int32_t rows)
{
    CellPitch at = *p;
    Db db;
    *(end ? &at.end_h : &at.adc_h) += rows * t->cell_row;
    tech_db_init(t, &db, "ladder");
    Status st = draw_stack_fits(&db, t, cells_abstract(&db, t, &at, v->function, v, "ladder"));
    db_free(&db);
    return st;
}

/* The least number of such rows, an even one; LADDER_ROWS: more than so many; none where it cannot be drawn. */
static int32_t ladder_lacks(const Tech *t, const CellVariant *v, const CellPitch *p, bool end)
{
    char key[65];
    double lacks;
    if (draw_ready(t, false) != ST_OK || !draw_stack_can(t)) return 0;
    if (known(t, "beside", v->function, v, (const int32_t[]){p->px, p->driver_w, p->end_h, p->adc_h, p->adc_down, p->adc_bits, p->ref_tracks, end}, 8, key, &lacks)) return (int32_t)lacks;
    int32_t few = -2, rows = 0;
    Status st = ladder_fits(t, v, p, end, 0);
    while (st == ST_VIOLATION && rows < LADDER_ROWS) {
        few = rows;
        rows = rows ? 2 * rows : 2;
        st = ladder_fits(t, v, p, end, rows);
    }
    while (st == ST_OK && rows - few > 2) {
        int32_t mid = (few + rows) / 4 * 2;
        if (ladder_fits(t, v, p, end, mid) == ST_OK) rows = mid;
        else few = mid;
    }
    return (int32_t)held(t, key, st == ST_OK ? rows : st == ST_VIOLATION ? LADDER_ROWS : 0);
}

/* Make room for the ladder: converters beside it are higher, or column ends, above whose wires its resistors stand. Where neither helps, its drawing tells why. */
static void fit_ladder(const Tech *t, const CellVariant *v, CellPitch *p)
{
    int32_t rows = ladder_lacks(t, v, p, false), ends = rows < LADDER_ROWS ? 0 : ladder_lacks(t, v, p, true);
    if (rows < LADDER_ROWS) p->adc_h += rows * t->cell_row;
    else if (ends < LADDER_ROWS) p->end_h += ends * t->cell_row;
}

static Status check_pitch(const Tech *t, const CellPitch *p)
{
    int32_t p4 = tech_metal(t, 4)->pitch;
    if (p->adc_h >= SIZE_MAX_DBU || p->driver_w >= SIZE_MAX_DBU)
        return msg_error(ST_LIMIT, "CELL-0010", (Loc){0}, "cells of %s become larger than %d dbu: capacitors or devices are out of proportion",
                         t->name, SIZE_MAX_DBU);
    if (2 * p->px / p4 < p->adc_bits + 3)
        return msg_error(ST_LIMIT, "CELL-0011", (Loc){0}, "%d-bit converter: %d pins at its bottom, %d tracks in two columns of %d dbu",
                         p->adc_bits, p->adc_bits + 3, 2 * p->px / p4, p->px);
    return ST_OK;
}

Status cells_converter_pitch(const Tech *t, const CellVariant *adc, int32_t px, CellPitch *out)
{
    CellNeed need;
    int32_t bits = circuit_size(adc);
    need_of(t, adc->function, adc, bits, &need);
    *out = (CellPitch){.px = px, .tap_w = cells_tap_width(t), .adc_bits = bits, .ref_tracks = reference_tracks(t, adc, px)};
    converter_height(t, adc, &need, out);
    return check_pitch(t, out);
}

/* Pitches of a synapse at least so wide. */
static Status synapse_pitch(const Tech *t, const CellVariant *v, int32_t least, CellPitch *out)
{
    CellNeed need, dummy;
    bool charge = str_eq(v->function, "synapse");
    need_of(t, v->function, v, circuit_size(v), &need);
    need_of(t, charge ? "dummy" : "dummy_i", v, circuit_size(v), &dummy);
    if (dummy.row_len > need.row_len) need.row_len = dummy.row_len;
    SynapseSize s = synapse_size(t, v, &need, least);
    *out = (CellPitch){.px = s.w, .py = s.h, .tap_w = cells_tap_width(t)};
    out->tap_reach = t->tap_distance - out->tap_w;
    double um2 = t->dbu_m * t->dbu_m * 1e12;
    msg_verbose("%s: synapse %d x %d dbu = %.2f um2, limited by %s (devices alone %.2f um2: %u N, %u P columns, %u strips)", t->name, s.w,
                s.h, (double)s.w * s.h * um2, s.limit, need.row_len * t->cell_row * um2, need.n_cols, need.p_cols, need.breaks);
    if (out->px >= SIZE_MAX_DBU)
        return msg_error(ST_LIMIT, "CELL-0010", (Loc){0}, "cells of %s become larger than %d dbu: capacitors or devices are out of proportion",
                         t->name, SIZE_MAX_DBU);
    /* A converter takes two synapses, so between columns of taps stand at least two. */
    if (out->px > out->tap_reach)
        return msg_error(ST_LIMIT, "CELL-0012", (Loc){0}, "two synapses between well taps reach %d dbu from them, limit %d", out->px, out->tap_reach);
    return ST_OK;
}

Status cells_synapse_pitch(const Tech *t, const CellVariant *v, CellPitch *out) { return synapse_pitch(t, v, 0, out); }

/* Pitch of a synapse over a converter: its own, if the converter's wires find tracks in two of them, else so wide that they stand at ease, for the synapse takes
 * another shape anyway. */
static Status array_pitch(const Tech *t, const CellVariant *synapse, const CellVariant *adc, CellPitch *out)
{
    int32_t p4 = tech_metal(t, 4)->pitch, wires = circuit_size(adc) + PIN_TRACKS_PASS;
    TRY(synapse_pitch(t, synapse, 0, out));
    if (2 * out->px >= ADC_ROOM * wires * p4 || draw_ready(t, false) != ST_OK || !draw_stack_can(t)) return ST_OK;
    return synapse_pitch(t, synapse, up((wires + ADC_EASE) * p4 / 2.0, p4), out);
}

CellVariant cells_base_variant(const CellChoice *c)
{
    return (CellVariant){.function = "base_i", .variant = c->pulse_gen->variant, .flavour = c->pulse_gen->flavour,
                         .param = {c->pulse_gen->param[0], c->bias->param[0], c->bias->param[1], c->bias->param[2]}};
}

/* Heights of the foot and width of the drivers of the current family, whose synapse's pitch is known. */
static void current_pitch(const Tech *t, const CellChoice *c, CellPitch *p)
{
    CellNeed driver, end, adc, base;
    CellVariant b = cells_base_variant(c);
    need_of(t, "pulse_driver", c->row_driver, 0, &driver);
    need_of(t, "col_end_ia", c->col_end, 0, &end);
    need_of(t, "sar_adc_i", c->sar_adc, p->adc_bits, &adc);
    need_of(t, "base_i", &b, 0, &base);
    int32_t p4 = tech_metal(t, 4)->pitch, w = PIN_TRACKS_WINDOW * p4, far = DRAW_FAR * t->cell_row / 2;
    w = at_least(w, up(cells_tap_width(t), p4));
    w = at_least(w, up(driver.row_len * t->cell_row / p->py, p4));
    w = at_least(w, up(drawn_width(t, "pulse_driver", c->row_driver, p->py / t->cell_row, true), p4));
    p->driver_w = at_least(w, up(2 * cells_pin_length(t, tech_metal(t, 3)) + tech_metal(t, 3)->space, p4));
    p->end_h = strip_height(t, &end, p->px, PIN_TRACKS_END);
    p->end_h = stack_height(t, "col_end_ia", c->col_end, &(CellPitch){.px = p->px, .end_h = 2 * far}, PIN_TRACKS_END, STACK_PLAIN, p->end_h);
    p->ref_tracks = reference_tracks(t, c->sar_adc, p->px);
    converter_height(t, c->sar_adc, &adc, p);
    /* Both of them stand beside the drivers' foot. */
    int32_t h = stack_height(t, "base_i", &b, &(CellPitch){.driver_w = p->driver_w, .end_h = far, .adc_h = far, .ref_tracks = p->ref_tracks},
                             PIN_TRACKS_END + PIN_TRACKS_ADC, STACK_PLAIN, strip_height(t, &base, p->driver_w, PIN_TRACKS_END + PIN_TRACKS_ADC + 2 * p->ref_tracks));
    p->adc_h = at_least(p->adc_h, h - p->end_h);
}

Status cells_pitch(const Tech *t, const CellChoice *c, CellPitch *out)
{
    if (c->bias) {
        assert(c->synapse && c->row_driver && c->pulse_gen && c->col_end && c->sar_adc);
        TRY(array_pitch(t, c->synapse, c->sar_adc, out));
        out->adc_bits = circuit_size(c->sar_adc);
        current_pitch(t, c, out);
        return check_pitch(t, out);
    }
    assert(c->synapse && c->row_driver && c->block_switch && c->col_end && c->sar_adc && c->ladder);
    TRY(array_pitch(t, c->synapse, c->sar_adc, out));
    out->adc_bits = (int32_t)lrint(c->sar_adc->param[0]);
    if (out->adc_bits < 1 || out->adc_bits > 16)
        return msg_error(ST_INPUT, "CELL-0013", (Loc){0}, "converter %s has %d bits, limits 1 and 16", c->sar_adc->variant, out->adc_bits);
    Needs n;
    need_of(t, "row_driver", c->row_driver, 0, &n.row_driver);
    need_of(t, "block_driver", NULL, 0, &n.block_driver);
    need_of(t, "block_switch", c->block_switch, 0, &n.block_switch);
    need_of(t, "col_end_a", c->col_end, 0, &n.col_a);
    need_of(t, "col_end_b", c->col_end, 0, &n.col_b);
    need_of(t, "sar_adc", c->sar_adc, out->adc_bits, &n.sar_adc);
    need_of(t, "ladder", c->ladder, 0, &n.ladder);

    if (n.col_b.row_len > n.col_a.row_len) n.col_a.row_len = n.col_b.row_len;
    out->switch_h = folded_height(t, "block_switch", c->block_switch, out->px, strip_height(t, &n.block_switch, out->px, PIN_TRACKS_SWITCH));
    out->end_h = drawn_height(t, "col_end_a", c->col_end, out->px, strip_height(t, &n.col_a, out->px, PIN_TRACKS_END));
    out->ref_tracks = reference_tracks(t, c->sar_adc, out->px);
    converter_height(t, c->sar_adc, &n.sar_adc, out);
    out->driver_w = driver_width(t, c, &n, out);
    fit_ladder(t, c->ladder, out);
    return check_pitch(t, out);
}

void cells_decap_pitch(const Tech *t, const CellVariant *v, CellPitch *out)
{
    CellNeed need;
    int32_t p4 = tech_metal(t, 4)->pitch, h = 2 * t->cell_row;
    need_of(t, "decap", v, 0, &need);
    int32_t w = up(WIRE_ROOM * need.row_len / 2 + cells_tap_width(t), p4);
    while (w < SIZE_MAX_DBU && need.cap > 0 && !caps_fit(t, v, &need, w, h)) w += p4;
    *out = (CellPitch){.px = w, .py = h};
}

uint32_t cells_tap_every(const CellPitch *p, uint32_t block_cols)
{
    uint32_t even = (uint32_t)(p->tap_reach / p->px) * 2; /* half of them on either side */
    return block_cols <= even ? block_cols : even;
}

/* The drivers have taps at their left ends; between these and the first column of taps stand the drivers and the first synapses. */
bool cells_tap_first(const CellPitch *p, uint32_t block_cols)
{
    int64_t w = (int64_t)cells_tap_every(p, block_cols) * p->px;
    return w > p->tap_reach || p->driver_w + w > 2 * (int64_t)p->tap_reach;
}

Box cells_outline(const CellPitch *p, const char *function)
{
    const struct {
        const char *function;
        int32_t w, h;
    } table[] = {
        {"synapse", p->px, p->py},
        {"dummy", p->px, p->py},
        {"tap", p->tap_w, p->py},
        {"row_driver", p->driver_w, p->py},
        {"block_driver", p->driver_w, p->switch_h},
        {"block_switch", p->px, p->switch_h},
        {"tap_switch", p->tap_w, p->switch_h},
        {"col_end", p->px, p->end_h},
        {"col_end_a", p->px, p->end_h},
        {"col_end_b", p->px, p->end_h},
        {"tap_end", p->tap_w, p->end_h},
        {"sar_adc", 2 * p->px, p->adc_h},
        {"tap_adc", p->tap_w, p->adc_h},
        {"ladder", p->driver_w, p->end_h + p->adc_h},
        {"synapse_i", p->px, p->py},
        {"dummy_i", p->px, p->py},
        {"tap_i", p->tap_w, p->py},
        {"pulse_driver", p->driver_w, p->py},
        {"col_end_ia", p->px, p->end_h},
        {"col_end_ib", p->px, p->end_h},
        {"tap_end_i", p->tap_w, p->end_h},
        {"sar_adc_i", 2 * p->px, p->adc_h},
        {"tap_adc_i", p->tap_w, p->adc_h},
        {"base_i", p->driver_w, p->end_h + p->adc_h},
        {"decap", p->px, p->py},
    };
    for (size_t i = 0; i < COUNTOF(table); i++)
        if (str_eq(table[i].function, function)) return (Box){0, 0, table[i].w, table[i].h};
    assert(!"known function");
    return (Box){0};
}

/* A gate as it is drawn; where the technology has no rules for drawing, a row of N and P gates one over the other, and a break. */
static double gate_area(const Tech *t, const CellVariant *v)
{
    Db db;
    DrawStats stats;
    tech_db_init(t, &db, "area");
    CellId c = draw_row_circuit(&db, t, v->variant);
    double columns = (double)((db.cells.v[c.i].devices.n + 1) / 2 + 1), area = columns * t->gate_pitch * t->cell_row;
    if (draw_ready(t, false) == ST_OK && draw_cell(&db, t, c, &stats) == ST_OK) area = (double)box_area(db.cells.v[c.i].box);
    db_free(&db);
    return area * t->dbu_m * t->dbu_m;
}

/* Outline in a crossbar that has the first variant of every other function. NAN: there is none, which was told. */
static double crossbar_area(const Tech *t, const CellVariant *v)
{
    CellLibrary lib = {0};
    CellChoice c = {0};
    CellPitch p;
    const struct {
        const char *function;
        const CellVariant **slot;
    } of[] = {{"synapse", &c.synapse}, {"row_driver", &c.row_driver}, {"block_switch", &c.block_switch},
              {"col_end", &c.col_end}, {"sar_adc", &c.sar_adc},       {"ladder", &c.ladder}};
    cells_variants(t, &lib);
    for (size_t k = 0; k < COUNTOF(of); k++) {
        for (uint32_t i = 0; i < lib.v.n && !*of[k].slot; i++)
            if (str_eq(lib.v.v[i].function, of[k].function)) *of[k].slot = &lib.v.v[i];
        if (str_eq(v->function, of[k].function)) *of[k].slot = v;
    }
    double area = NAN;
    if (cells_pitch(t, &c, &p) == ST_OK) area = (double)box_area(cells_outline(&p, v->function)) * t->dbu_m * t->dbu_m;
    cells_library_free(&lib);
    return area;
}

double cells_area(const Tech *t, const CellVariant *v)
{
    static const char *const placed[] = {"row_driver", "block_switch", "col_end", "sar_adc", "ladder"};
    for (size_t i = 0; i < COUNTOF(placed); i++)
        if (str_eq(v->function, placed[i])) return crossbar_area(t, v);
    if (str_eq(v->function, "gate")) return gate_area(t, v);
    CellPitch p;
    double dbu2 = t->dbu_m * t->dbu_m;
    if (str_eq(v->function, "decap")) {
        cells_decap_pitch(t, v, &p);
        return (double)p.px * p.py * dbu2;
    }
    CellNeed need;
    need_of(t, v->function, v, circuit_size(v), &need);
    if (str_starts(v->function, "synapse")) {
        SynapseSize s = synapse_size(t, v, &need, 0);
        return (double)s.w * s.h * dbu2;
    }
    double devices = need.row_len * t->cell_row * dbu2;
    double caps = need.cap / (t->mom_density * (t->mom_hi - t->mom_lo + 1));
    return devices > caps ? devices : caps;
}
