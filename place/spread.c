/* Slack in rows of fixed order; see spread.h for the method. */
#include "place/spread.h"

typedef struct {
    const PlaceProblem *p;
    const SpreadRow *rows;
    uint32_t n_rows, n;      /* n: blocks in all rows */
    int32_t spacing;
    uint32_t *block;         /* [n] row after row */
    PlaceAt *at, *trial;
    int64_t cost;
} Spread;

static bool row_legal(const Spread *s, const SpreadRow *r)
{
    int64_t end = (int64_t)r->x0 - s->spacing;
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t b = r->order[i];
        if (s->trial[b].x < end + s->spacing) return false;
        end = (int64_t)s->trial[b].x + s->p->blocks[b].w;
    }
    return end <= r->x1 || r->n == 0;
}

/* Try to move the blocks whose flag is set by `step`. */
static bool try_move(Spread *s, const bool *in, int32_t step)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (in[i]) s->trial[s->block[i]].x += step;
    bool ok = true;
    for (uint32_t r = 0; ok && r < s->n_rows; r++) ok = row_legal(s, &s->rows[r]);
    int64_t c = ok ? place_wirelength(s->p, s->trial, true) : 0;
    if (ok && c < s->cost) {
        s->cost = c;
        for (uint32_t i = 0; i < s->n; i++) s->at[s->block[i]].x = s->trial[s->block[i]].x;
        return true;
    }
    for (uint32_t i = 0; i < s->n; i++) s->trial[s->block[i]].x = s->at[s->block[i]].x;
    return false;
}

static bool pass_subsets(Spread *s, int32_t step, bool *in)
{
    bool any = false;
    for (uint32_t m = 1; m < 1u << s->n; m++) {
        for (uint32_t i = 0; i < s->n; i++) in[i] = m >> i & 1;
        for (int sign = -1; sign <= 1; sign += 2)
            while (try_move(s, in, sign * step)) any = true;
    }
    return any;
}

static bool pass_runs(Spread *s, int32_t step, bool *in)
{
    bool any = false;
    for (uint32_t a = 0; a < s->n; a++)
        for (uint32_t b = a; b < s->n; b++) {
            for (uint32_t i = 0; i < s->n; i++) in[i] = i >= a && i <= b;
            for (int sign = -1; sign <= 1; sign += 2)
                while (try_move(s, in, sign * step)) any = true;
        }
    return any;
}

#define SPREAD_SUBSETS 8

void place_spread(const PlaceProblem *p, const SpreadRow *rows, uint32_t n_rows, int32_t spacing, int32_t grid, PlaceAt *at)
{
    Spread s = {.p = p, .rows = rows, .n_rows = n_rows, .spacing = spacing, .at = at};
    int64_t room = 0;
    for (uint32_t r = 0; r < n_rows; r++) {
        int64_t used = 0;
        for (uint32_t i = 0; i < rows[r].n; i++) used += p->blocks[rows[r].order[i]].w + (i ? spacing : 0);
        if ((int64_t)rows[r].x1 - rows[r].x0 - used > room) room = (int64_t)rows[r].x1 - rows[r].x0 - used;
        s.n += rows[r].n;
    }
    if (room < grid || s.n == 0) return;
    s.block = mem_calloc((size_t)s.n + 1, sizeof *s.block);
    s.trial = mem_calloc((size_t)p->n_blocks + 1, sizeof *s.trial);
    bool *in = mem_calloc((size_t)s.n + 1, sizeof *in);
    uint32_t k = 0;
    for (uint32_t r = 0; r < n_rows; r++)
        for (uint32_t i = 0; i < rows[r].n; i++) s.block[k++] = rows[r].order[i];
    memcpy(s.trial, at, p->n_blocks * sizeof *at);
    s.cost = place_wirelength(p, at, true);
    int64_t step = grid;
    while (step * 2 <= room) step *= 2;
    for (; step >= grid; step /= 2)
        while (s.n <= SPREAD_SUBSETS ? pass_subsets(&s, (int32_t)step, in) : pass_runs(&s, (int32_t)step, in)) {}
    mem_free(s.block);
    mem_free(s.trial);
    mem_free(in);
}
