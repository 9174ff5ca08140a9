/* The feature-map memory: where tensors stand, first fit over their lives, and how wide a word is. */
#include "mapper/program.h"

/* A TABLE right behind the layer that makes its input, for it alone: its entries are looked up on the way into the feature maps. */
bool program_on_the_way(const Plan *p, uint32_t i)
{
    const PlanLayer *l = &p->layers.v[i];
    if (i == 0 || l->op != PLAN_TABLE || p->layers.v[i - 1].out != l->in[0] || l->in[0] == p->output) return false;
    for (uint32_t k = i + 1; k < p->layers.n; k++)
        if (p->layers.v[k].in[0] == l->in[0] || (plan_two_inputs(&p->layers.v[k]) && p->layers.v[k].in[1] == l->in[0])) return false;
    PlanOp op = p->layers.v[i - 1].op;
    return op == PLAN_CONV || op == PLAN_AVGPOOL || op == PLAN_MAXPOOL || op == PLAN_ADD;
}

/* What such a table takes is nowhere in the memory. */
static bool passes(const Plan *p, uint32_t tensor)
{
    for (uint32_t i = 1; i < p->layers.n; i++)
        if (p->layers.v[i].in[0] == tensor && program_on_the_way(p, i)) return true;
    return false;
}

static uint32_t last_use(const Plan *p, uint32_t tensor)
{
    if (tensor == p->output) return p->layers.n;
    uint32_t last = 0;
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].in[0] == tensor || (plan_two_inputs(&p->layers.v[i]) && p->layers.v[i].in[1] == tensor)) last = i;
    return last;
}

static uint32_t first_def(const Plan *p, uint32_t tensor)
{
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].out == tensor) return i - program_on_the_way(p, i); /* the layer whose instruction writes it */
    return 0;
}

/* Lowest address where the tensor overlaps none that lives at the same time. */
static int64_t fit(const Plan *p, const Program *g, const bool *placed, uint32_t t)
{
    int64_t at = 0, n = program_words(&p->tensors.v[t]);
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t o = 0; o < p->tensors.n; o++) {
            if (!placed[o] || first_def(p, o) > last_use(p, t) || first_def(p, t) > last_use(p, o)) continue;
            int64_t oa = g->tensor_at[o], on = program_words(&p->tensors.v[o]);
            if (at < oa + on && oa < at + n) {
                at = oa + on;
                moved = true;
            }
        }
    }
    return at;
}

/* Bits of a feature-map word: whatever a tensor or a clamp allows. */
static uint32_t word_bits(const Plan *p)
{
    int64_t lo = -1, hi = 0;
    for (uint32_t i = 0; i < p->tensors.n; i++) {
        if (p->tensors.v[i].lo < lo) lo = p->tensors.v[i].lo;
        if (p->tensors.v[i].hi > hi) hi = p->tensors.v[i].hi;
    }
    for (uint32_t i = 0; i < p->layers.n; i++) {
        if (p->layers.v[i].lo < lo) lo = p->layers.v[i].lo;
        if (p->layers.v[i].hi > hi) hi = p->layers.v[i].hi;
    }
    uint32_t b = 1;
    while (lo < -((int64_t)1 << (b - 1)) || hi >= (int64_t)1 << (b - 1)) b++;
    return b;
}

Status program_place(const Plan *p, Program *g)
{
    Arena a = {0};
    bool *placed = arena_array(&a, bool, p->tensors.n);
    g->tensor_at = arena_array(&g->arena, uint32_t, p->tensors.n);
    Status st = ST_OK;
    for (uint32_t t = 0; t < p->tensors.n && st == ST_OK; t++) {
        if (passes(p, t)) continue;
        int64_t at = fit(p, g, placed, t), end = at + program_words(&p->tensors.v[t]);
        if (end > 65536)
            st = msg_error(ST_LIMIT, "PRG-0002", (Loc){0}, "%s: feature maps need %lld words at tensor %s, the controller "
                           "addresses 65536", p->network, (long long)end, p->tensors.v[t].name);
        g->tensor_at[t] = (uint32_t)at;
        placed[t] = true;
        if (end > g->fm_words) g->fm_words = (uint32_t)end;
    }
    g->fm_bits = word_bits(p);
    arena_free(&a);
    return st;
}
