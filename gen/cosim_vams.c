/*
 * A crossbar of the emitted design.vams in Icarus Verilog, with weights and input digits of the network.
 *
 * The test bench works the crossbar as the controller does: weights through the word lines, digits onto the rows, reset, evaluation,
 * even then odd columns. It prints codes; what they should be is computed here, from the behavioural model's nominal column.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "gen/base/io.h"
#include "gen/cosim_int.h"
#include "mapper/program.h"

#define STREAM_VAMS 0x5A335ull
enum { LOG_BYTES = 64 << 20, VIEW_BYTES = 512 << 20, RUN_SECONDS = 600 };

typedef struct {
    Cosim c;
    const PlanTile *tile;
    const PlanLayer *layer;
    const PlanCore *core;
    Chunk chunk;
    uint32_t cols, rows, bits, vectors;
    uint8_t *weights;       /* [rows][4][cols] */
    int8_t *x;              /* [vectors][chunk.rows] */
} Bench;

/* ---- test bench --------------------------------------------------------------------------------------------------- */

/* Bits as a hexadecimal number, bit 0 rightmost. */
static void put_hex(Buf *b, const uint8_t *bit, uint32_t n)
{
    for (uint32_t digit = (n + 3) / 4; digit-- > 0;) {
        uint32_t v = 0;
        for (uint32_t k = 0; k < 4 && 4 * digit + k < n; k++) v |= (uint32_t)(bit[4 * digit + k] & 1) << k;
        buf_char(b, "0123456789abcdef"[v]);
    }
    buf_char(b, '\n');
}

static void weight_file(const Bench *n, Buf *b)
{
    for (uint32_t k = 0; k < 4 * n->rows; k++) put_hex(b, n->weights + (size_t)k * n->cols, n->cols);
}

/* Per vector one line of magnitudes and one of signs. */
static void input_file(const Bench *n, Buf *d, Buf *sgn)
{
    uint8_t *bit = mem_calloc(3 * (size_t)n->rows, 1);
    for (uint32_t v = 0; v < n->vectors; v++) {
        const int8_t *x = n->x + (size_t)v * (size_t)n->chunk.rows;
        memset(bit, 0, 3 * (size_t)n->rows);
        for (int32_t r = 0; r < n->chunk.rows; r++)
            for (int32_t k = 0; k < 3; k++) bit[3 * (n->chunk.row0 + r) + k] = (uint8_t)(abs(x[r]) >> k & 1);
        put_hex(d, bit, 3 * n->rows);
        memset(bit, 0, n->rows);
        for (int32_t r = 0; r < n->chunk.rows; r++) bit[n->chunk.row0 + r] = x[r] < 0;
        put_hex(sgn, bit, n->rows);
    }
    mem_free(bit);
}

static void bench_text(const Bench *n, double vref, const char *xbar, Buf *b)
{
    uint32_t blocks = core_block_rows(n->core), per = (uint32_t)n->core->block_rows;
    buf_printf(b, "`timescale 1ns/1ps\nmodule tb_cosim;\n  localparam ROWS = %u, COLS = %u, BLOCKS = %u, ADCS = %u, BITS = %u, N = %u;\n",
               n->rows, n->cols, blocks, core_adcs(n->core), n->bits, n->vectors);
    buf_str(b, "  reg [3*ROWS-1:0] d, dv [0:N-1];\n  reg [ROWS-1:0] sgn, sv [0:N-1];\n  reg [4*ROWS-1:0] wl;\n"
               "  reg [BLOCKS-1:0] bsel;\n  reg [COLS-1:0] din, plane [0:4*ROWS-1];\n  reg [6:0] phase;\n"
               "  wire [ADCS*BITS-1:0] ad;\n  wire [ADCS-1:0] done;\n  real vref_value;\n  wreal vref;\n  assign vref = vref_value;\n");
    buf_printf(b, "  %s dut(.D(d), .SGN(sgn), .WLIN(wl), .BSEL(bsel), .AD(ad), .DONE(done), .DIN(din), .PHASE(phase), .VREF(vref));\n", xbar);
    buf_str(b, "  integer i, k, v, odd;\n  initial begin\n    $readmemh(\"weights.hex\", plane);\n    $readmemh(\"digits.hex\", dv);\n"
               "    $readmemh(\"signs.hex\", sv);\n    d = 0; sgn = 0; wl = 0; bsel = 0; din = 0; phase = 7'b0000001;\n");
    buf_str(b, "    vref_value = ");
    buf_double(b, vref);
    buf_str(b, ";\n    // weights start at 0: only planes with a 1 in them are written\n"
               "    for (i = 0; i < 4*ROWS; i = i + 1) if (plane[i] != 0) begin\n"
               "      din = plane[i];\n      #1 phase[4] = 1;\n      #1 wl[i] = 1;\n      #1 wl[i] = 0;\n      #1 phase[4] = 0;\n    end\n");
    for (uint32_t k = 0; k < blocks; k++)
        if (k * per >= (uint32_t)n->chunk.row0 && k * per < (uint32_t)(n->chunk.row0 + n->chunk.rows)) buf_printf(b, "    bsel[%u] = 1;\n", k);
    buf_str(b, "    for (v = 0; v < N; v = v + 1) begin\n      d = dv[v]; sgn = sv[v];\n"
               "      #1 phase[1] = 1; #1 phase[0] = 0;\n      #20 phase[1] = 0;\n      #1 phase[0] = 1;\n      #10;\n"
               "      for (odd = 0; odd < COLS/ADCS; odd = odd + 1) begin\n        phase[6] = 1; #5 phase[6] = 0;\n        #1 phase[2+odd] = 1;\n"
               "        for (i = 0; i < BITS; i = i + 1) begin #2 phase[5] = 1; #2 phase[5] = 0; end\n        #1 phase[2+odd] = 0;\n"
               "        for (k = 0; k < ADCS; k = k + 1)\n"
               "          if (done[k] === 1'b1) $display(\"code %0d %0d %0d\", v, k*(COLS/ADCS) + odd, ad[k*BITS +: BITS]);\n"
               "      end\n    end\n    $display(\"end\");\n    $finish;\n  end\nendmodule\n");
}

/* ---- running -------------------------------------------------------------------------------------------------------- */

static Status write_file(const char *dir, const char *name, const Buf *text)
{
    Arena a = {0};
    Out *o;
    Status st = out_open(io_join(&a, dir, name), &o);
    if (st == ST_OK) {
        out_write(o, text->s, text->n);
        st = out_commit(o, NULL, NULL);
    }
    arena_free(&a);
    return st;
}

static Status write_files(const Bench *n, double vref, const char *xbar, const char *work)
{
    Buf tb = {0}, w = {0}, d = {0}, s = {0};
    bench_text(n, vref, xbar, &tb);
    weight_file(n, &w);
    input_file(n, &d, &s);
    Status st = io_mkdir(work);
    if (st == ST_OK) st = write_file(work, "tb_cosim.vams", &tb);
    if (st == ST_OK) st = write_file(work, "weights.hex", &w);
    if (st == ST_OK) st = write_file(work, "digits.hex", &d);
    if (st == ST_OK) st = write_file(work, "signs.hex", &s);
    buf_free(&tb);
    buf_free(&w);
    buf_free(&d);
    buf_free(&s);
    return st;
}

static Status has_module(const char *view, const char *name)
{
    Buf text = {0};
    TRY(io_read(view, VIEW_BYTES, &text));
    char want[160];
    snprintf(want, sizeof want, "module %s(", name);
    bool have = text.s && strstr(text.s, want);
    buf_free(&text);
    if (have) return ST_OK;
    return msg_error(ST_INPUT, "COS-0020", (Loc){view, 0, 0}, "no module %s: not the view of this design", name);
}

static Status run_icarus(const char *view, const char *work, Buf *log)
{
    Arena a = {0};
    const char *tb = io_join(&a, work, "tb_cosim.vams"), *vvp = io_join(&a, work, "tb_cosim.vvp");
    const char *compile_log = io_join(&a, work, "compile.log"), *run_log = io_join(&a, work, "run.log");
    const char *compile[] = {"iverilog", "-gverilog-ams", "-s", "tb_cosim", "-o", vvp, tb, view, NULL};
    const char *run[] = {"vvp", "-n", "tb_cosim.vvp", NULL};
    int code = 0;
    Status st = proc_run(compile, ".", compile_log, RUN_SECONDS, &code);
    if (st == ST_OK && code != 0)
        st = msg_error(ST_VIOLATION, "COS-0021", (Loc){compile_log, 0, 0}, "iverilog does not compile %s", view);
    if (st == ST_OK) st = proc_run(run, work, run_log, RUN_SECONDS, &code);
    if (st == ST_OK) st = io_read(run_log, LOG_BYTES, log);
    if (st == ST_OK && (code != 0 || !log->s || !strstr(log->s, "\nend\n")))
        st = msg_error(ST_VIOLATION, "COS-0022", (Loc){run_log, 0, 0}, "vvp did not come to its end within %d s", RUN_SECONDS);
    arena_free(&a);
    return st;
}

/* ---- comparing ------------------------------------------------------------------------------------------------------- */

/* "code v column value" lines of the log into code[vectors][cols]; INT32_MIN: none. */
static void read_codes(const Bench *n, const char *log, int32_t *code)
{
    for (size_t i = 0; i < (size_t)n->vectors * n->cols; i++) code[i] = INT32_MIN;
    for (const char *p = log; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        unsigned v, c, d;
        if (sscanf(p, "code %u %u %u", &v, &c, &d) == 3 && v < n->vectors && c < n->cols) code[(size_t)v * n->cols + c] = (int32_t)d;
    }
}

static int32_t digit_at(const Bench *n, int32_t row, uint32_t col)
{
    const uint8_t *b = n->weights + (size_t)row * 4 * n->cols + col;
    int32_t m = b[0] | b[n->cols] << 1 | b[2 * n->cols] << 2;
    return b[3 * n->cols] ? -m : m;
}

static double clamp(double v, double half) { return v < -half ? -half : v > half - 1 ? half - 1 : v; }

static Status compare(const Bench *n, const BehaveModel *m, const int32_t *code, VamsResult *out)
{
    PlanLayer l = *n->layer;
    l.adc_bits = (int32_t)n->bits; /* the chip's converter; a layer that wants fewer bits drops the last ones */
    double half = ldexp(1.0, (int)n->bits - 1);
    uint32_t missing = 0;
    for (uint32_t v = 0; v < n->vectors; v++)
        for (uint32_t col = 0; col < (uint32_t)n->core->cols; col++) {
            double sum = 0;
            for (int32_t r = 0; r < n->chunk.rows; r++)
                sum += digit_at(n, n->chunk.row0 + r, col) * n->x[(size_t)v * (size_t)n->chunk.rows + (size_t)r];
            double level = behave_column_v(m, &l, n->core, (int32_t)col, sum) / behave_lsb_v(&l, m);
            double want = clamp(rint(level), half), below = clamp(floor(level + 1e-5), half); /* thresholds are met exactly */
            int32_t got = code[(size_t)v * n->cols + col];
            out->codes++;
            missing += got == INT32_MIN;
            if (got == INT32_MIN) continue;
            double e = fabs(got - half - want);
            out->equal += e == 0;
            out->floored += got - half == below;
            if (e > out->worst_lsb) out->worst_lsb = e;
        }
    if (missing == 0) return ST_OK;
    return msg_error(ST_VIOLATION, "COS-0022", (Loc){0}, "%u of %u conversions never said DONE", missing, out->codes);
}

static void choose(Bench *n, uint32_t vectors)
{
    const Plan *p = n->c.p;
    uint32_t layer = n->c.layers.v[rng_below(&n->c.rng, n->c.layers.n)], tiles = 0, i = 0;
    for (uint32_t k = 0; k < p->tiles.n; k++) tiles += p->tiles.v[k].layer == layer;
    for (uint32_t nth = rng_below(&n->c.rng, tiles); p->tiles.v[i].layer != layer || nth--;) i++;
    n->tile = &p->tiles.v[i];
    n->layer = &p->layers.v[layer];
    n->core = &p->cores.v[n->tile->core];
    n->rows = (uint32_t)n->core->rows;
    n->cols = core_phys_cols(n->core);
    n->bits = plan_adc_bits(p);
    n->vectors = vectors;
    int32_t chunks = (n->tile->rows + n->layer->rows_per_conv - 1) / n->layer->rows_per_conv;
    n->chunk = cosim_chunk(p, n->tile, (int32_t)rng_below(&n->c.rng, (uint32_t)chunks));
    n->weights = arena_array(&n->c.arena, uint8_t, (size_t)n->rows * 4 * n->cols);
    program_weights(p, n->tile->core, n->tile->cycle, n->cols, n->weights);
    n->x = arena_array(&n->c.arena, int8_t, (size_t)vectors * (size_t)n->chunk.rows);
    for (uint32_t v = 0; v < vectors; v++)
        cosim_vector(&n->c, n->tile, n->chunk, (int32_t)(v % (uint32_t)n->layer->digits), n->x + (size_t)v * (size_t)n->chunk.rows);
}

Status cosim_vams(const Design *d, const char *dir, const char *work, const Npy *x, uint32_t vectors, VamsResult *out)
{
    *out = (VamsResult){0};
    Bench n = {0};
    TRY(cosim_begin(&n.c, d, x, STREAM_VAMS));
    choose(&n, vectors);
    BehaveModel m = {.adc = true, .step_v = d->tech.ladder_step}; /* nominal: no wires, no mismatch */
    double vref = 2.0 * 7.0 * m.step_v / n.layer->adc_gain;
    Arena a = {0};
    const char *view = io_join(&a, dir, "design.vams"), *xbar = cosim_xbar(d, n.tile->core);
    Buf log = {0};
    Status st = has_module(view, xbar);
    if (st == ST_OK) st = write_files(&n, vref, xbar, work);
    if (st == ST_OK) st = run_icarus(view, work, &log);
    if (st == ST_OK) {
        *out = (VamsResult){.layer = n.tile->layer, .core = n.tile->core, .columns = (uint32_t)n.core->cols, .vectors = vectors};
        int32_t *code = arena_array(&a, int32_t, (size_t)vectors * n.cols);
        read_codes(&n, log.s, code);
        st = compare(&n, &m, code, out);
    }
    buf_free(&log);
    arena_free(&a);
    cosim_end(&n.c);
    return st;
}

json_t *vams_json(const VamsResult *r)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "layer", (json_int_t)r->layer, "core", (json_int_t)r->core, "columns",
                     (json_int_t)r->columns, "vectors", (json_int_t)r->vectors, "codes", (json_int_t)r->codes, "equal",
                     (json_int_t)r->equal, "floored", (json_int_t)r->floored, "worst_lsb", r->worst_lsb);
}
