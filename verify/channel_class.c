/* Net classes of a channel solution: see verify/channel.h. Reads the text again, as wires; whether they are legal is channel.c's part. */
#include "verify/channel.h"

#include <stdlib.h>

typedef struct { uint32_t net, at, a, b; } Wire;   /* h: track, columns a … b; v: column, tracks a … b; x: column, track in a */
typedef ARRAY(Wire) Wires;

typedef struct {
    const ChannelRule *r;
    Wires h, v, x;
    uint32_t cols, tracks;
    uint32_t *own;       /* [(tracks + 2) · cols] net of the horizontal wire */
    Buf *why;
} Text;

static bool bad(Text *t, const char *what, uint32_t net, uint32_t col, uint32_t track)
{
    if (t->why) buf_printf(t->why, "%s: net %u, column %u, track %u", what, net, col, track);
    return false;
}

static bool read_wires(Text *t, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned long long v[4] = {0};
        char k = *p;
        if (k == 'c') sscanf(p, "channel %llu %llu", &v[0], &v[1]), t->cols = (uint32_t)v[0], t->tracks = (uint32_t)v[1];
        else if (k == 'h' && sscanf(p, "h %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3]) == 4)
            arr_push(&t->h, ((Wire){(uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2], (uint32_t)v[3]}));
        else if (k == 'v' && sscanf(p, "v %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3]) == 4)
            arr_push(&t->v, ((Wire){(uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2], (uint32_t)v[3]}));
        else if (k == 'x' && sscanf(p, "x %llu %llu %llu", &v[0], &v[1], &v[2]) == 3)
            arr_push(&t->x, ((Wire){(uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2], 0}));
        p = strchr(p, '\n');
        if (!p) break;
    }
    t->own = mem_calloc(((size_t)t->tracks + 2) * t->cols, sizeof *t->own);
    for (uint32_t i = 0; i < t->h.n; i++)
        for (uint32_t c = t->h.v[i].a; c <= t->h.v[i].b; c++) t->own[(size_t)t->h.v[i].at * t->cols + c] = t->h.v[i].net;
    return true;
}

static const ChannelClass *class_of(const Text *t, uint32_t net)
{
    for (uint32_t i = 0; i < t->r->n_classes; i++)
        if (t->r->classes[i].net == net) return &t->r->classes[i];
    return NULL;
}

/* The other net of a pair, whichever of the two names it. */
static uint32_t mate_of(const Text *t, uint32_t net)
{
    for (uint32_t i = 0; i < t->r->n_classes; i++) {
        const ChannelClass *q = &t->r->classes[i];
        if (q->pair && q->net == net) return q->pair;
        if (q->pair && q->pair == net) return q->net;
    }
    return 0;
}

static uint32_t at(const Text *t, int64_t track, uint32_t col)
{
    return track < 1 || track > (int64_t)t->tracks ? 0 : t->own[(size_t)track * t->cols + col];
}

/* Tracks of a run of the net's wires over one column, from `track` on. */
static uint32_t run(const Text *t, uint32_t net, uint32_t track, uint32_t col)
{
    uint32_t n = 0;
    while (at(t, (int64_t)track + n, col) == net) n++;
    return n;
}

static bool has_via(const Text *t, uint32_t net, uint32_t col, uint32_t track)
{
    for (uint32_t i = 0; i < t->x.n; i++)
        if (t->x.v[i].net == net && t->x.v[i].at == col && t->x.v[i].a == track) return true;
    return false;
}

/* Exactly `width` neighbouring tracks over every column, and a via on each where there is one. */
static bool width_kept(Text *t, uint32_t net, uint32_t width)
{
    for (uint32_t i = 0; i < t->h.n; i++) {
        Wire w = t->h.v[i];
        for (uint32_t c = w.a; w.net == net && c <= w.b; c++)
            if (at(t, (int64_t)w.at - 1, c) != net && run(t, net, w.at, c) != width) return bad(t, "wire not as wide as its class", net, c, w.at);
    }
    for (uint32_t i = 0; i < t->x.n; i++) {
        Wire x = t->x.v[i];
        if (x.net != net) continue;
        for (int d = -1; d <= 1; d += 2)
            if (at(t, (int64_t)x.a + d, x.at) == net && !has_via(t, net, x.at, (uint32_t)((int64_t)x.a + d)))
                return bad(t, "wide wire not joined over its whole width", net, x.at, x.a);
    }
    return true;
}

/* Beside every wire: shields, then free tracks. */
static bool sides_kept(Text *t, const ChannelClass *q, uint32_t net, uint32_t mate)
{
    for (uint32_t i = 0; i < t->h.n; i++) {
        Wire w = t->h.v[i];
        if (w.net != net) continue;
        for (uint32_t c = w.a; c <= w.b; c++)
            for (int d = -1; d <= 1; d += 2) {
                int64_t y = (int64_t)w.at + d;
                if (at(t, y, c) == net || (mate && at(t, y, c) == mate)) continue;
                if (q->shield && at(t, y, c) != t->r->shield_net) return bad(t, "no shield beside the wire", net, c, w.at);
                if (q->shield) y += d;
                for (uint32_t k = 0; k < q->space; k++, y += d)
                    if (at(t, y, c)) return bad(t, "another wire in its free tracks", net, c, (uint32_t)y);
            }
    }
    return true;
}

/* Same columns, neighbouring tracks: over each column of one the other runs on the tracks next to its own. */
static bool pair_kept(Text *t, uint32_t net, uint32_t mate)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < t->h.n; i++) {
        Wire w = t->h.v[i];
        if (w.net != net && w.net != mate) continue;
        uint32_t o = w.net == net ? mate : net;
        found |= w.net == net ? 1u : 2u;
        for (uint32_t c = w.a; c <= w.b; c++) {
            int64_t up = w.at, down = w.at;
            while (at(t, up, c) == w.net) up--;
            while (at(t, down, c) == w.net) down++;
            if (at(t, up, c) != o && at(t, down, c) != o) return bad(t, "the other of its pair is not beside it", w.net, c, w.at);
        }
    }
    return found == 3 || bad(t, "a pair without wires", net, 0, 0);
}

static uint64_t length_of(const Text *t, uint32_t net)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < t->h.n; i++) sum += t->h.v[i].net == net ? t->h.v[i].b - t->h.v[i].a : 0;
    for (uint32_t i = 0; i < t->v.n; i++) sum += t->v.v[i].net == net ? t->v.v[i].b - t->v.v[i].a : 0;
    return sum;
}

static uint32_t vias_of(const Text *t, uint32_t net)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->x.n; i++) n += t->x.v[i].net == net;
    return n;
}

static bool match_kept(Text *t, uint32_t i)
{
    const ChannelClass *q = t->r->classes;
    for (uint32_t j = 0; j < i; j++) {
        if (!q[i].match || q[j].match != q[i].match) continue;
        if (length_of(t, q[i].net) != length_of(t, q[j].net)) return bad(t, "not as long as the others of its group", q[i].net, 0, 0);
        if (vias_of(t, q[i].net) != vias_of(t, q[j].net)) return bad(t, "not as many vias as the others of its group", q[i].net, 0, 0);
    }
    return true;
}

/* Grid points where one of the net's wires and a wire of another net lie over each other. */
static uint32_t crossings_of(const Text *t, uint32_t net)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->h.n; i++)
        for (uint32_t k = 0; k < t->v.n; k++) {
            Wire h = t->h.v[i], v = t->v.v[k];
            n += (h.net == net) != (v.net == net) && h.a <= v.at && v.at <= h.b && v.a <= h.at && h.at <= v.b;
        }
    return n;
}

static bool cross_kept(Text *t, uint32_t i)
{
    const ChannelClass *q = t->r->classes;
    for (uint32_t j = 0; j < i; j++)
        if (q[i].cross && q[j].cross == q[i].cross && crossings_of(t, q[i].net) != crossings_of(t, q[j].net))
            return bad(t, "not as many crossings as the others of its group", q[i].net, 0, 0);
    return true;
}

/* By wires, not nets: two wires of one net that end side by side leave a gap between them. */
static uint64_t coupled(const Text *t)
{
    uint64_t sum = 0;
    uint32_t *wire = mem_calloc(((size_t)t->tracks + 2) * t->cols, sizeof *wire); /* index + 1 */
    for (uint32_t i = 0; i < t->h.n; i++)
        for (uint32_t c = t->h.v[i].a; c <= t->h.v[i].b; c++) wire[(size_t)t->h.v[i].at * t->cols + c] = i + 1;
    for (uint32_t i = 0; i < t->h.n; i++) {
        Wire w = t->h.v[i];
        const ChannelClass *q = class_of(t, w.net);
        if (!q || !q->sensitive) continue;
        for (uint32_t c = w.a; c < w.b; c++)
            for (uint32_t y = w.at - 1; y <= w.at + 1; y += 2) {
                uint32_t o = wire[(size_t)y * t->cols + c];
                const ChannelClass *x = o && o == wire[(size_t)y * t->cols + c + 1] ? class_of(t, t->h.v[o - 1].net) : NULL;
                sum += x && x->aggressor;
            }
    }
    mem_free(wire);
    return sum;
}

/* Nothing to hold to: no wire, because nothing or no track is needed. */
static bool no_track(const Text *t, uint32_t net)
{
    for (uint32_t i = 0; i < t->h.n; i++)
        if (t->h.v[i].net == net) return false;
    return true;
}

bool channel_classes_kept(const char *text, const ChannelRule *rule, uint64_t *coupled_length, Buf *why)
{
    Text t = {.r = rule, .why = why};
    bool ok = read_wires(&t, text);
    for (uint32_t i = 0; ok && i < rule->n_classes; i++) {
        const ChannelClass *q = &rule->classes[i];
        uint32_t mate = mate_of(&t, q->net);
        ok = cross_kept(&t, i);
        if (!ok) break;
        if (no_track(&t, q->net) && !mate) continue;
        if (q->width || q->space || q->shield) ok = width_kept(&t, q->net, q->width ? q->width : 1) && sides_kept(&t, q, q->net, mate);
        if (ok && mate) ok = pair_kept(&t, q->net, mate);
        if (ok) ok = match_kept(&t, i);
    }
    if (ok && coupled_length) *coupled_length = coupled(&t);
    arr_free(&t.h);
    arr_free(&t.v);
    arr_free(&t.x);
    mem_free(t.own);
    return ok;
}
