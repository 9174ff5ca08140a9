/* One column in ngspice: cut, deck, run, voltages. */
#include <math.h>

#include "verify/column_int.h"

enum { LOG_BYTES = 16 << 20 };

/* Folder and file of a path. */
static const char *split(Arena *a, const char *path, const char **file)
{
    const char *slash = strrchr(path, '/');
    *file = slash ? slash + 1 : path;
    return slash ? arena_printf(a, "%.*s", (int)(slash - path), path) : ".";
}

/*
 * Tolerances. ngspice's own (reltol 1e-3, chgtol 10 fC) leave up to 50 µV on a column of 100 fF, a third of an LSB; the first set leaves
 * 2 µV on small signals and 16 µV at full swing, against reltol 1e-5 (measured on 16 rows at 22 nm). The second is for decks that
 * hang with it: up to 30 µV. Decks with memory flip bits of 0.2 fF: a finer charge triples their time, this leaves 5 µV.
 */
static const char *const tolerances[2][2] = {{"reltol=1e-4 chgtol=1e-18 abstol=1e-15 vntol=1e-8", "reltol=1e-3 chgtol=1e-17"},
                                             {"reltol=1e-4 chgtol=1e-16 abstol=1e-14 vntol=1e-8", "reltol=1e-3 chgtol=1e-16"}};

static Status run_deck(const char *deck, double timeout, CharDeck *read)
{
    Arena a = {0};
    const char *file, *dir = split(&a, deck, &file);
    const char *log = arena_printf(&a, "%s.log", deck);
    const char *argv[] = {"ngspice", "-b", file, NULL};
    int code = 0;
    Buf text = {0};
    Status st = proc_run(argv, dir, log, timeout, &code);
    read->state = code == -1 ? CHAR_TIMEOUT : CHAR_FAILED;
    if (st == ST_OK && code != -1) st = io_read(log, LOG_BYTES, &text);
    if (st == ST_OK && code != -1) {
        read->state = char_log_state(text.s ? text.s : "");
        read->meas.n = 0;
        char_parse(read, text.s ? text.s : "");
    }
    buf_free(&text);
    arena_free(&a);
    return st;
}

/* What the run says of each vector; false if one is missing. */
static bool take(const CharDeck *read, uint32_t vectors, ColumnRun *run)
{
    run->v_zero = char_get(read, "v0");
    bool all = !isnan(run->v_zero);
    for (uint32_t i = 0; i < vectors; i++) {
        run->v[i] = char_getf(read, "v%u", i + 1);
        all &= !isnan(run->v[i]);
    }
    return all;
}

static Status fail(const char *deck, const CharDeck *read, double timeout)
{
    Loc loc = {deck, 0, 0};
    switch (read->state) {
    case CHAR_TIMEOUT: return msg_error(ST_VIOLATION, "COS-0003", loc, "ngspice did not finish within %.0f s", timeout);
    case CHAR_FAILED: return msg_error(ST_VIOLATION, "COS-0005", loc, "ngspice rejects the deck, see its log");
    case CHAR_DIVERGED:
    case CHAR_OK: break;
    }
    return msg_error(ST_VIOLATION, "COS-0004", loc, "ngspice did not converge to the last vector");
}

static Status write_deck(const char *path, const Buf *text)
{
    Out *o;
    TRY(out_open(path, &o));
    out_write(o, text->s, text->n);
    return out_commit(o, NULL, NULL);
}

Status column_run(const char *deck, const Buf *text, double timeout, CharDeck *read)
{
    TRY(write_deck(deck, text));
    TRY(run_deck(deck, timeout, read));
    return read->state == CHAR_OK ? ST_OK : fail(deck, read, timeout);
}

Status column_folder(const char *dir, const char *models)
{
    Arena a = {0};
    Buf text = {0}, init = {0};
    buf_str(&init, "set num_threads=1\n");
    Status st = io_mkdir(dir);
    if (st == ST_OK) st = tech_models_file(models, NULL, &text);
    if (st == ST_OK) st = write_deck(io_join(&a, dir, "models.sp"), &text);
    if (st == ST_OK) st = write_deck(io_join(&a, dir, ".spiceinit"), &init);
    buf_free(&text);
    buf_free(&init);
    arena_free(&a);
    return st;
}

Status column_simulate(const XbarFlat *f, const Tech *t, const ColumnJob *job, const ColumnDrive *drive, const char *deck,
                       double timeout, ColumnRun *run)
{
    *run = (ColumnRun){0};
    double began = clock_seconds();
    ColumnCut cut;
    TRY(column_cut(f, job, drive, &cut));
    run->c_wires = cut.c_wires;
    run->v = mem_calloc(job->vectors + 1, sizeof *run->v);
    CharDeck read = {0};
    Status st = ST_OK;
    for (size_t i = 0; i < COUNTOF(tolerances[0]) && st == ST_OK && !run->ok; i++) {
        Buf text = {0};
        column_deck(&cut, t, drive, tolerances[job->sram][i], &text, &run->devices);
        st = write_deck(deck, &text);
        if (st == ST_OK) st = run_deck(deck, timeout, &read);
        if (st == ST_OK) run->ok = read.state == CHAR_OK && take(&read, job->vectors, run);
        buf_free(&text);
        if (read.state == CHAR_FAILED) break; /* looser tolerances do not mend a deck */
    }
    if (st == ST_OK && !run->ok) st = fail(deck, &read, timeout);
    if (st != ST_OK) {
        mem_free(run->v);
        run->v = NULL;
    }
    run->seconds = clock_seconds() - began;
    arr_free(&read.meas);
    column_cut_free(&cut);
    return st;
}
