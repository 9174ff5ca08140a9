/*
 * Characterisation of both families: which jobs there are, running them, keeping what came out in techs/T/cells.xml.
 * A job whose decks all ran gives a new entry; one that failed leaves the old entry as it was.
 */
#include "cells/characterize_int.h"
#include "cells/library.h"
#include "cells/physical.h"

#include <math.h>

static const struct {
    const char *function;
    void (*make)(CharJob *j);
    void (*read)(CharJob *j);
    const char *op; /* operation that energy is of */
} functions[] = {
    {"synapse", char_make_synapse, char_read_synapse, "one weight, one sample and evaluation, full input"},
    {"row_driver", char_make_row_driver, char_read_row_driver, "one row, one sample and evaluation"},
    {"block_switch", char_make_block_switch, char_read_block_switch, "none: switched once per configuration"},
    {"col_end", char_make_col_end, char_read_col_end, "one column, one reset"},
    {"sar_adc", char_make_sar_adc, char_read_sar_adc, "one conversion at gain 4"},
    {"ladder", char_make_ladder, char_read_ladder, "all phases once"},
    {"decap", char_make_decap, char_read_decap, "none: static"},
    {"gate", char_make_gate, char_read_gate, "nand2: the output changes once; dff: the clock goes up and down once"},
    {"synapse_i", char_make_synapse_i, char_read_synapse_i, "one weight, both firings, full input"},
    {"pulse_driver", char_make_pulse_driver, char_read_pulse_driver, "one row, both firings, mean of the inputs"},
    {"pulse_gen", char_make_pulse_gen, char_read_pulse_gen, "windows of both firings"},
    {"col_end_i", char_make_col_end_i, char_read_col_end_i, "one column, one precharge and selection"},
    {"sar_adc_i", char_make_sar_adc_i, char_read_sar_adc_i, "one conversion at gain 4"},
    {"bias_i", char_make_bias_i, char_read_bias_i, "none: static"},
};

CharDeck *job_deck(CharJob *j)
{
    assert(j->n_decks < CHAR_MAX_DECKS);
    return &j->decks[j->n_decks++];
}

void char_line(const double *x, const double *y, uint32_t n, double *a, double *b, double *rms, double *b_err)
{
    double mx = 0, my = 0, sxx = 0, sxy = 0, s = 0;
    for (uint32_t i = 0; i < n; i++) {
        mx += x[i] / n;
        my += y[i] / n;
    }
    for (uint32_t i = 0; i < n; i++) {
        sxx += (x[i] - mx) * (x[i] - mx);
        sxy += (x[i] - mx) * (y[i] - my);
    }
    *b = sxy / sxx;
    *a = my - *b * mx;
    for (uint32_t i = 0; i < n; i++) s += pow(y[i] - *a - *b * x[i], 2);
    *rms = sqrt(s / n);
    *b_err = sqrt(s / (n - 2) / sxx);
}

void job_begin(CharJob *j, const Tech *t, const CellVariant *v, void (*make)(CharJob *), void (*read)(CharJob *))
{
    *j = (CharJob){.t = t, .v = v, .make = make, .read = read, .memory = j->memory, .data = cells_data_none()};
    j->decks = mem_calloc(CHAR_MAX_DECKS, sizeof *j->decks);
    make(j);
}

void job_end(CharJob *j)
{
    for (uint32_t i = 0; i < j->n_decks; i++) deck_free(&j->decks[i]);
    mem_free(j->decks);
    buf_free(&j->how);
}

bool job_ran(const CharJob *j)
{
    for (uint32_t i = 0; i < j->n_decks; i++)
        if (j->decks[i].state != CHAR_OK || !j->decks[i].sha256[0]) return false;
    return true;
}

/* All decks of all jobs as one batch, the longest first within a job as they were made. */
Status jobs_run(CharJob *jobs, uint32_t n, uint32_t threads)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) total += jobs[i].n_decks;
    CharDeck *all = mem_calloc(total, sizeof *all);
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t q = 0; q < jobs[i].n_decks; q++) all[k++] = jobs[i].decks[q];
    Status st = char_run(all, total, threads);
    k = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t q = 0; q < jobs[i].n_decks; q++) jobs[i].decks[q] = all[k++];
    mem_free(all);
    return st;
}

/* sha256 over the hashes of the decks, simulator, command, and how the figures came about. */
static const char *provenance(const CharJob *j, const char *simulator, Arena *a)
{
    Buf h = {0};
    for (uint32_t i = 0; i < j->n_decks; i++) buf_str(&h, j->decks[i].sha256);
    for (uint32_t i = 0; j->comparator && i < j->comparator->n_decks; i++) buf_str(&h, j->comparator->decks[i].sha256);
    char hex[65];
    sha256_hex(h.s ? h.s : "", h.n, hex);
    buf_free(&h);
    return arena_printf(a, "decks sha256 %s; %s; apugen characterize %s --tech %s; %s%s", hex, simulator, j->v->function, j->t->name,
                        j->v->wires ? CELLS_WITH_WIRES : "", j->how.s ? j->how.s : "");
}

static const CellVariant *find(const CellLibrary *lib, const CellVariant *v)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, v->function) && str_eq(lib->v.v[i].variant, v->variant)) return &lib->v.v[i];
    return NULL;
}

/* NULL: everything. */
static bool wanted(const void *cell, const CellVariant *v) { return !cell || cells_named(cell, v); }

/* Converters share one comparator measurement per size. Returns the number of jobs.
 *   lines   the technology with its VCM where the lines of the current family are converted: their comparators work there */
static uint32_t make_jobs(const Tech *t, const Tech *lines, const CellLibrary *lib, const char *cell, CharJob *jobs)
{
    uint32_t n = 0;
    const CharJob *comparator = NULL;
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellVariant *v = &lib->v.v[i];
        if (!wanted(cell, v)) continue;
        bool current = str_eq(v->function, "sar_adc_i"), adc = current || str_eq(v->function, "sar_adc");
        if (adc && (!comparator || !str_eq(comparator->v->function, v->function) || comparator->v->param[2] != v->param[2])) {
            job_begin(&jobs[n], current ? lines : t, v, char_make_comparator, char_read_comparator);
            comparator = &jobs[n++];
        }
        for (size_t f = 0; f < COUNTOF(functions); f++) {
            if (!str_eq(functions[f].function, v->function)) continue;
            job_begin(&jobs[n], t, v, functions[f].make, functions[f].read);
            jobs[n].data.op = functions[f].op;
            if (adc) jobs[n].comparator = comparator;
            n++;
        }
    }
    return n;
}

/* A converter is read with its comparator, which has a job of its own. */
static bool complete(const CharJob *j) { return job_ran(j) && (!j->comparator || job_ran(j->comparator)); }

/* The built-in variants in their order, each with its new data, else with its old, else left out with a message. */
static Status collect(const Tech *t, const char *cell, CellLibrary *lib, const CellLibrary *old, CharJob *jobs, uint32_t n, CellLibrary *out)
{
    char simulator[32];
    char_simulator(simulator);
    Status st = ST_OK;
    for (uint32_t i = 0; i < n; i++)
        if (complete(&jobs[i])) jobs[i].read(&jobs[i]);
    for (uint32_t i = 0; i < lib->v.n; i++) {
        CellVariant v = lib->v.v[i];
        const CharJob *job = NULL;
        for (uint32_t k = 0; k < n; k++)
            if (jobs[k].v == &lib->v.v[i] && jobs[k].read != char_read_comparator) job = &jobs[k];
        const CellVariant *was = find(old, &v);
        if (job && complete(job)) {
            v.data = job->data;
            v.provenance = provenance(job, simulator, &out->arena);
        } else if (was) {
            v = *was;
        } else if (!wanted(cell, &v)) {
            continue; /* not asked for */
        } else {
            Status e = msg_error(ST_INPUT, "CHR-0005", (Loc){0}, "%s %s has no data and none could be measured: left out", v.function, v.variant);
            if (st == ST_OK) st = e;
            continue;
        }
        double area = cells_area(t, &v); /* costs no simulation: areas follow the drawing whatever was measured */
        if (isnan(area) && st == ST_OK) st = ST_INPUT;
        if (isnan(area) && !was) continue;
        v.area = isnan(area) ? was->area : area;
        arr_push(&out->v, v);
    }
    return st;
}

static Status unknown(const char *cell)
{
    Buf b = {0};
    for (size_t f = 0; f < COUNTOF(functions); f++) buf_printf(&b, " %s", functions[f].function);
    Status st = msg_error(ST_USAGE, "CHR-0006", (Loc){0}, "'%s' is not characterised; known:%s, or one variant: sar_adc_b10", cell, b.s);
    buf_free(&b);
    return st;
}

Status cells_characterize(const Tech *t, const char *cell, const char *out, uint32_t threads, CellWiring wiring)
{
    CellLibrary old = {0}, lib = {0}, result = {0};
    cells_variants(t, &lib);
    bool known = false;
    for (uint32_t i = 0; i < lib.v.n; i++) known |= wanted(cell, &lib.v.v[i]);
    Status can = known ? ST_OK : unknown(cell);
    if (known && !proc_available("ngspice")) can = msg_error(ST_IO, "PROC-0001", (Loc){0}, "ngspice not found: install it to characterise cells");
    if (can != ST_OK) {
        cells_library_free(&lib);
        return can;
    }
    Arena a = {0};
    const char *path = out ? out : io_join(&a, t->dir, "cells.xml");
    if (io_exists(path)) {
        Status st = cells_library_read_file(t, path, &old);
        if (st != ST_OK) {
            cells_library_free(&lib);
            arena_free(&a);
            return st;
        }
    }
    CharJob *jobs = mem_calloc(2 * lib.v.n, sizeof *jobs);
    Tech lines = *t;
    lines.vcm = t->vdd - CELLS_V_FALL;
    Status drawn = ST_OK;
    CellWires *wires = char_wire(t, &lib, wanted, cell, wiring, threads, &drawn);
    uint32_t n = make_jobs(t, &lines, &lib, cell, jobs);
    Status ran = jobs_run(jobs, n, threads);
    Status st = collect(t, cell, &lib, &old, jobs, n, &result);
    Status wrote = cells_library_write(&result, t, path);
    for (uint32_t i = 0; i < n; i++) job_end(&jobs[i]);
    mem_free(jobs);
    char_wire_free(wires, &lib);
    cells_library_free(&old);
    cells_library_free(&lib);
    cells_library_free(&result);
    arena_free(&a);
    return drawn != ST_OK ? drawn : ran != ST_OK ? ran : st != ST_OK ? st : wrote;
}
