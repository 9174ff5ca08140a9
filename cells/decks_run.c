/*
 * Runs of ngspice: a folder per deck, a time limit, the log read back.
 * Does not judge numbers: that is the measurement's business.
 */
#include "cells/characterize_int.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_LIMIT (16u << 20)

/* "name   =  1.234e-09 at= …" -> one measurement. Anything else on a line is not ours. */
static bool parse_line(const char *p, const char *end, CharMeas *m)
{
    const char *eq = memchr(p, '=', (size_t)(end - p));
    if (!eq) return false;
    const char *ne = eq;
    while (ne > p && isspace((unsigned char)ne[-1])) ne--;
    size_t n = (size_t)(ne - p);
    if (n == 0 || n >= CHAR_NAME) return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)p[i]) && p[i] != '_') return false;
    const char *v = eq + 1;
    while (v < end && isspace((unsigned char)*v)) v++;
    char num[40];
    size_t len = 0;
    while (v + len < end && !isspace((unsigned char)v[len]) && len + 1 < sizeof num) len++;
    memcpy(num, v, len);
    num[len] = 0;
    memcpy(m->name, p, n);
    m->name[n] = 0;
    return str_to_double(num, &m->value);
}

void char_parse(CharDeck *d, const char *log)
{
    for (const char *p = log; *p;) {
        const char *end = p + strcspn(p, "\n");
        CharMeas m;
        if (parse_line(p, end, &m)) arr_push(&d->meas, m);
        p = *end ? end + 1 : end;
    }
}

/* Words by which ngspice 39 says that it gave up. A failed .meas is not among them: its value is missing. */
static CharState log_state(const char *log, const char **at)
{
    static const char *const diverged[] = {"Timestep too small", "timestep too small", "singular matrix", "iteration limit reached",
                                           "simulation(s) aborted", "convergence problem", NULL};
    static const char *const failed[] = {"Simulation interrupted due to error", "could not find a valid modelname",
                                         "Error on line", "Error: ", "Too many parameters", "Too few parameters",
                                         "fatal error", NULL};
    for (const char *const *w = diverged; *w; w++)
        if ((*at = strstr(log, *w))) return CHAR_DIVERGED;
    for (const char *const *w = failed; *w; w++)
        for (const char *p = log; (p = strstr(p, *w)); p += strlen(*w))
            if (!str_starts(p, "Error: measure")) {
                *at = p;
                return CHAR_FAILED;
            }
    return CHAR_OK;
}

CharState char_log_state(const char *log)
{
    const char *at = NULL;
    return log_state(log, &at);
}

double char_get(const CharDeck *d, const char *name)
{
    for (uint32_t i = d->meas.n; i-- > 0;)
        if (str_eq(d->meas.v[i].name, name)) return d->meas.v[i].value;
    return NAN;
}

double char_getf(const CharDeck *d, const char *fmt, ...)
{
    char name[CHAR_NAME];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    return char_get(d, name);
}

typedef struct {
    char file[CHAR_NAME], sha256[65];
} Models;

typedef struct {
    CharDeck *decks;
    const char *dir, *simulator;
    ARRAY(Models) models;
} Batch;

static Status write_text(const char *path, const char *s, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f) return msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write a deck");
    bool ok = fwrite(s, 1, n, f) == n;
    ok = fclose(f) == 0 && ok;
    return ok ? ST_OK : msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write a deck");
}

static const Models *find_models(const Batch *b, const Tech *t)
{
    char file[CHAR_NAME];
    deck_models(file, t);
    for (uint32_t i = 0; i < b->models.n; i++)
        if (str_eq(b->models.v[i].file, file)) return &b->models.v[i];
    return NULL;
}

/*
 * The models of all decks into their folder, and a start file: decks run beside each other, each on one thread. ngspice takes the number from
 * there only (OMP_NUM_THREADS is overridden); with more, threads that wait spin, 19 of 20 seconds on a busy machine.
 */
static Status put_models(Batch *b, uint32_t n)
{
    static const char init[] = "set num_threads=1\n";
    char start[512];
    snprintf(start, sizeof start, "%s/.spiceinit", b->dir);
    Status st = write_text(start, init, sizeof init - 1);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        const Tech *t = b->decks[i].t;
        if (find_models(b, t)) continue;
        Models m;
        Buf text = {0};
        char path[512];
        snprintf(path, sizeof path, "%s/%s", b->dir, deck_models(m.file, t));
        st = tech_models(t, &text);
        if (st == ST_OK) st = write_text(path, text.s, text.n);
        sha256_hex(text.s ? text.s : "", text.n, m.sha256);
        arr_push(&b->models, m);
        buf_free(&text);
    }
    return st;
}

static void drop_models(Batch *b)
{
    for (uint32_t i = 0; i < b->models.n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", b->dir, b->models.v[i].file);
        unlink(path);
    }
    arr_free(&b->models);
    char start[512];
    snprintf(start, sizeof start, "%s/.spiceinit", b->dir);
    unlink(start);
}

static Status judge(CharDeck *d, int exit_code, const char *log)
{
    Loc loc = {d->name, 0, 0};
    if (exit_code == -1) {
        d->state = CHAR_TIMEOUT;
        return msg_error(ST_LIMIT, "CHR-0001", loc, "ngspice did not finish within %g s", d->timeout);
    }
    const char *at = NULL;
    d->state = log_state(log, &at);
    int n = at ? (int)strcspn(at, "\n") : 0;
    if (d->state == CHAR_DIVERGED) return msg_error(ST_LIMIT, "CHR-0002", loc, "ngspice did not converge: %.*s", n, at);
    if (d->state == CHAR_FAILED) return msg_error(ST_INTERNAL, "CHR-0003", loc, "ngspice reports an error: %.*s", n, at);
    return ST_OK;
}

static Status run_one(void *ctx, uint32_t i)
{
    const Batch *b = ctx;
    CharDeck *d = &b->decks[i];
    char file[96], path[512], log[512];
    snprintf(file, sizeof file, "deck%u.sp", i);
    snprintf(path, sizeof path, "%s/%s", b->dir, file);
    snprintf(log, sizeof log, "%s/deck%u.log", b->dir, i);
    sha256_hex(d->text.s, d->text.n, d->sha256);
    d->state = CHAR_OK;
    const char *models = find_models(b, d->t)->sha256;
    if (char_cache_get(d, models, b->simulator)) return ST_OK;
    TRY(write_text(path, d->text.s, d->text.n));
    const char *argv[] = {"ngspice", "-b", file, NULL};
    int code = 0;
    d->state = CHAR_FAILED;
    double began = clock_seconds();
    TRY(proc_run(argv, b->dir, log, d->timeout, &code));
    msg_verbose("%s: %.1f s", d->name, clock_seconds() - began);
    Buf text = {0};
    Status st = io_read(log, LOG_LIMIT, &text);
    if (st == ST_OK) {
        char_parse(d, text.s ? text.s : "");
        st = judge(d, code, text.s ? text.s : "");
    }
    if (st == ST_OK) char_cache_put(d, models, b->simulator);
    buf_free(&text);
    unlink(path);
    unlink(log);
    return st;
}

Status char_run(CharDeck *decks, uint32_t n, uint32_t threads)
{
    if (n == 0) return ST_OK;
    const char *tmp = getenv("TMPDIR");
    char dir[256], simulator[32];
    char_simulator(simulator);
    keep_open();
    snprintf(dir, sizeof dir, "%s/apugen-char-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) return msg_error(ST_IO, "IO-0004", (Loc){dir, 0, 0}, "cannot make a folder for the simulation");
    Batch b = {.decks = decks, .dir = dir, .simulator = simulator};
    Status st = put_models(&b, n);
    if (st == ST_OK) st = par_for(n, threads, run_one, &b);
    drop_models(&b);
    rmdir(dir);
    return st;
}

void char_simulator(char out[32])
{
    out[0] = 0;
    char log[] = "/tmp/apugen-ver-XXXXXX";
    int fd = mkstemp(log), code = 0;
    if (fd < 0) return;
    close(fd);
    const char *argv[] = {"ngspice", "--version", NULL};
    Buf text = {0};
    if (proc_available("ngspice") && proc_run(argv, "/tmp", log, 20, &code) == ST_OK && io_read(log, LOG_LIMIT, &text) == ST_OK) {
        const char *p = text.s ? strstr(text.s, "ngspice-") : NULL;
        if (p) snprintf(out, 32, "%.*s", (int)strcspn(p, " \n"), p);
    }
    buf_free(&text);
    unlink(log);
}
