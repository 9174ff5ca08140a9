/*
 * The router's last look at its own work: every grid point owned once per layer, gaps kept, every net in one piece with all its
 * pins and ends. tests/route has a second checker, written from the definition of the file format and sharing nothing with this.
 */
#include "route/channel_int.h"

typedef struct {
    const Chan *ch;
    const ChanSolution *s;
    uint32_t W, H;            /* columns; rows = tracks + 2 */
    uint32_t *hown, *vown;    /* wire index + 1 at a grid point */
    uint32_t *uf;             /* union-find over wires: h first, then v */
    Buf *why;
} Check;

static bool fail(Check *k, const char *what, uint32_t net, uint32_t col, uint32_t track)
{
    if (k->why) buf_printf(k->why, "%s: net %u column %u track %u", what, net ? k->ch->orig[net] : 0, col, track);
    return false;
}

static uint32_t find(uint32_t *uf, uint32_t i)
{
    while (uf[i] != i) i = uf[i] = uf[uf[i]];
    return i;
}

static bool paint_h(Check *k)
{
    for (uint32_t i = 0; i < k->s->h.n; i++) {
        const ChanH *w = &k->s->h.v[i];
        if (w->c1 > w->c2 || w->c2 >= k->W || w->track < 1 || w->track > k->s->n_tracks)
            return fail(k, "horizontal wire out of range", w->net, w->c1, w->track);
        for (uint32_t c = w->c1; c <= w->c2; c++) {
            uint32_t *p = &k->hown[(size_t)w->track * k->W + c];
            if (*p) return fail(k, "horizontal wires overlap", w->net, c, w->track);
            *p = i + 1;
        }
    }
    return true;
}

static bool paint_v(Check *k)
{
    for (uint32_t i = 0; i < k->s->v.n; i++) {
        const ChanV *w = &k->s->v.v[i];
        if (w->t1 > w->t2 || w->t2 >= k->H || w->col >= k->W) return fail(k, "vertical wire out of range", w->net, w->col, w->t1);
        for (uint32_t t = w->t1; t <= w->t2; t++) {
            uint32_t *p = &k->vown[(size_t)t * k->W + w->col];
            if (*p) return fail(k, "vertical wires overlap", w->net, w->col, t);
            *p = i + 1;
        }
    }
    return true;
}

static bool gaps(Check *k)
{
    for (uint32_t i = 0; i < k->s->h.n; i++) {
        const ChanH *w = &k->s->h.v[i];
        if (w->c2 - w->c1 < k->ch->min_len) return fail(k, "horizontal wire too short", w->net, w->c1, w->track);
        for (uint32_t c = w->c2 + 1; c < w->c2 + k->ch->h_gap && c < k->W; c++)
            if (k->hown[(size_t)w->track * k->W + c]) return fail(k, "gap between tracks' wires", w->net, c, w->track);
    }
    for (uint32_t i = 0; i < k->s->v.n; i++) {
        const ChanV *w = &k->s->v.v[i];
        for (uint32_t t = w->t2 + 1; t < w->t2 + k->ch->v_gap && t < k->H; t++)
            if (k->vown[(size_t)t * k->W + w->col]) return fail(k, "gap between columns' wires", w->net, w->col, t);
    }
    return true;
}

static bool vias(Check *k)
{
    for (uint32_t i = 0; i < k->s->x.n; i++) {
        const ChanX *x = &k->s->x.v[i];
        if (x->col >= k->W || x->track < 1 || x->track > k->s->n_tracks) return fail(k, "via out of range", x->net, x->col, x->track);
        uint32_t h = k->hown[(size_t)x->track * k->W + x->col], v = k->vown[(size_t)x->track * k->W + x->col];
        if (!h || !v || k->s->h.v[h - 1].net != x->net || k->s->v.v[v - 1].net != x->net)
            return fail(k, "via without its two wires", x->net, x->col, x->track);
        k->uf[find(k->uf, h - 1)] = find(k->uf, k->s->h.n + v - 1);
    }
    return true;
}

/* Join a pin's wire with those seen before for the net. */
static bool pin(Check *k, uint32_t net, uint32_t col, uint32_t row, uint32_t *root)
{
    uint32_t v = k->vown[(size_t)row * k->W + col];
    if (!net) return v ? fail(k, "wire at an edge without a pin", k->s->v.v[v - 1].net, col, row) : true;
    if (!v || k->s->v.v[v - 1].net != net) return fail(k, "pin not reached", net, col, row);
    uint32_t r = find(k->uf, k->s->h.n + v - 1);
    if (root[net] && root[net] != r + 1) return fail(k, "net in pieces", net, col, row);
    root[net] = r + 1;
    return true;
}

static bool ends(Check *k, uint32_t *root)
{
    for (uint32_t net = 1; net <= k->ch->n_nets; net++) {
        for (int side = 0; side < 2; side++) {
            if (!(side ? k->ch->right[net] : k->ch->left[net])) continue;
            uint32_t c = side ? k->W - 1 : 0, found = 0;
            for (uint32_t t = 1; t <= k->s->n_tracks; t++) {
                uint32_t h = k->hown[(size_t)t * k->W + c];
                if (!h || k->s->h.v[h - 1].net != net) continue;
                found++;
                uint32_t r = find(k->uf, h - 1);
                if (root[net] && root[net] != r + 1) return fail(k, "end in another piece", net, c, t);
                root[net] = r + 1;
            }
            if (!found) return fail(k, "net does not reach the end", net, c, 0);
        }
    }
    return true;
}

static bool connected(Check *k)
{
    uint32_t *root = mem_calloc((size_t)k->ch->n_nets + 1, sizeof *root);
    bool ok = true;
    for (uint32_t c = 0; ok && c < k->W; c++) {
        bool in = c < k->ch->n_cols;
        uint32_t thr = in ? k->ch->through[c] : 0;
        ok = pin(k, thr ? thr : in ? k->ch->top[c] : 0, c, 0, root) &&
             pin(k, thr ? thr : in ? k->ch->bot[c] : 0, c, k->H - 1, root);
    }
    ok = ok && ends(k, root);
    /* No piece may hang loose either. */
    for (uint32_t i = 0; ok && i < k->s->h.n + k->s->v.n; i++) {
        uint32_t net = i < k->s->h.n ? k->s->h.v[i].net : k->s->v.v[i - k->s->h.n].net;
        if (find(k->uf, i) + 1 != root[net]) ok = fail(k, "loose wire", net, i < k->s->h.n ? k->s->h.v[i].c1 : 0, 0);
    }
    mem_free(root);
    return ok;
}

bool chan_check(const Chan *ch, const ChanSolution *s, Buf *why)
{
    Check k = {ch, s, s->n_cols, s->n_tracks + 2, NULL, NULL, NULL, why};
    size_t cells = (size_t)k.W * k.H, wires = (size_t)s->h.n + s->v.n;
    k.hown = mem_calloc(cells, sizeof *k.hown);
    k.vown = mem_calloc(cells, sizeof *k.vown);
    k.uf = mem_calloc(wires + 1, sizeof *k.uf);
    for (uint32_t i = 0; i < wires; i++) k.uf[i] = i;
    bool ok = paint_h(&k) && paint_v(&k) && gaps(&k) && vias(&k) && connected(&k);
    mem_free(k.hown);
    mem_free(k.vown);
    mem_free(k.uf);
    return ok;
}
