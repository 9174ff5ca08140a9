/*
 * Finished runs of a floorplan search, kept in a folder so that a search that was killed goes on where it was; see fp_int.h.
 *
 * One file per run, complete or absent (gen/base/io.h). Its head is a hash of everything a run depends on: what another problem, option or
 * version left there is not taken. Private to one machine: numbers are stored as they are in memory.
 */
#include <stdio.h>
#include <unistd.h>

#include "gen/base/io.h"
#include "place/fp_int.h"

/* Raise it when a search changes what it does. */
#define KEEP_VERSION 2

typedef struct {
    char key[65], method[31];
    double cost;
    int64_t moves;
    int32_t w, h;
} Head;

static void add(Buf *b, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) buf_char(b, ((const char *)p)[i]);
}

void fp_keep_key(const PlaceProblem *p, const FpOptions *opt, const int64_t *plan, uint32_t n_plan, char key[65])
{
    Buf b = {0};
    int64_t o[] = {KEEP_VERSION, opt->objective, (int64_t)opt->seed, opt->effort, opt->spacing, opt->width, opt->height, opt->grid,
                   opt->n_rules, p->n_blocks, p->n_nets, p->n_pins};
    add(&b, o, sizeof o);
    add(&b, plan, n_plan * sizeof *plan);
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        int32_t v[] = {p->blocks[i].w, p->blocks[i].h, p->blocks[i].flip};
        add(&b, v, sizeof v);
    }
    for (uint32_t i = 0; i < p->n_nets; i++) {
        int64_t v[] = {p->nets[i].pin0, p->nets[i].n_pins, p->nets[i].weight};
        add(&b, v, sizeof v);
    }
    for (uint32_t i = 0; i < p->n_pins; i++) {
        int32_t v[] = {p->pins[i].block, p->pins[i].x, p->pins[i].y};
        add(&b, v, sizeof v);
    }
    for (uint32_t i = 0; i < opt->n_rules; i++) {
        const FpRule *r = &opt->rules[i];
        int64_t v[] = {r->kind, r->a, r->b, r->group, r->axis, r->edge, r->x, r->y, r->orient};
        add(&b, v, sizeof v);
    }
    sha256_hex(b.s, b.n, key);
    buf_free(&b);
}

static const char *file_of(Arena *a, const char *dir, uint32_t run) { return io_join(a, dir, arena_printf(a, "run%u", run)); }

static const char *static_method(const char *s)
{
    static const char *const all[] = {"skyline search", "annealing", "sequence pairs", "none"};
    for (size_t k = 0; k < COUNTOF(all); k++)
        if (str_eq(all[k], s)) return all[k];
    return NULL;
}

bool fp_keep_load(const char *dir, const char key[65], uint32_t run, uint32_t n, FpPacking *p)
{
    Arena a = {0};
    Buf b = {0};
    Head h;
    const char *path = file_of(&a, dir, run);
    size_t size = sizeof h + n * (2 * sizeof(int32_t) + sizeof(bool));
    bool ok = io_exists(path) && io_read(path, 1u << 26, &b) == ST_OK && b.n == size;
    if (ok) {
        memcpy(&h, b.s, sizeof h);
        h.method[sizeof h.method - 1] = 0;
        p->method = static_method(h.method);
        ok = memcmp(h.key, key, sizeof h.key) == 0 && p->method;
    }
    if (ok) {
        const char *s = b.s + sizeof h;
        p->cost = h.cost, p->moves = h.moves, p->w = h.w, p->h = h.h;
        memcpy(p->x, s, n * sizeof *p->x);
        memcpy(p->y, s + n * sizeof *p->x, n * sizeof *p->y);
        memcpy(p->turned, s + 2 * n * sizeof *p->x, n * sizeof *p->turned);
    } else {
        p->method = "none";
    }
    buf_free(&b);
    arena_free(&a);
    return ok;
}

Status fp_keep_save(const char *dir, const char key[65], uint32_t run, uint32_t n, const FpPacking *p)
{
    Arena a = {0};
    Out *o;
    Head h;
    memset(&h, 0, sizeof h);
    memcpy(h.key, key, sizeof h.key);
    snprintf(h.method, sizeof h.method, "%s", p->method);
    h.cost = p->cost, h.moves = p->moves, h.w = p->w, h.h = p->h;
    Status st = out_open(file_of(&a, dir, run), &o);
    if (st == ST_OK) {
        out_write(o, &h, sizeof h);
        out_write(o, p->x, n * sizeof *p->x);
        out_write(o, p->y, n * sizeof *p->y);
        out_write(o, p->turned, n * sizeof *p->turned);
        st = out_commit(o, NULL, NULL);
    }
    arena_free(&a);
    return st;
}

void fp_keep_drop(const char *dir, uint32_t n_runs)
{
    Arena a = {0};
    for (uint32_t i = 0; i < n_runs; i++) unlink(file_of(&a, dir, i));
    unlink(io_join(&a, dir, ".lock"));
    rmdir(dir);
    arena_free(&a);
}
