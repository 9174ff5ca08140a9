/*
 * Checker of channel solutions, written from the definition of the file format (DESIGN §7) and nothing else: it reads the printed text,
 * not the router's structures, and floods the two-layer grid from every pin.
 */
#include "tests/route/chan_checker.h"

#include <stdlib.h>

enum { H = 0, V = 1 };

typedef struct {
    long cols, tracks;
    uint32_t *own[2];   /* net + 1 … per layer, [ (tracks + 2) * cols ] */
    uint8_t *joined;    /* wire goes on to the right (H: 1) or downwards (V: 2) from here; 4: via */
    uint32_t *mark;
    char *why;
    size_t why_n;
} Grid;

static bool bad(Grid *g, const char *what, long net, long col, long track)
{
    snprintf(g->why, g->why_n, "%s: net %ld, column %ld, track %ld", what, net, col, track);
    return false;
}

static bool put_wire(Grid *g, int layer, long net, long c1, long c2, long t1, long t2)
{
    bool in = c1 >= 0 && c1 <= c2 && c2 < g->cols && t1 <= t2 && t1 >= (layer == H ? 1 : 0) &&
              t2 <= (layer == H ? g->tracks : g->tracks + 1) && net > 0;
    if (!in) return bad(g, "wire out of range", net, c1, t1);
    for (long t = t1; t <= t2; t++)
        for (long c = c1; c <= c2; c++) {
            uint32_t *p = &g->own[layer][t * g->cols + c];
            if (*p) return bad(g, layer == H ? "two horizontal wires" : "two vertical wires", net, c, t);
            *p = (uint32_t)net;
            if (layer == H && c < c2) g->joined[t * g->cols + c] |= 1;
            if (layer == V && t < t2) g->joined[t * g->cols + c] |= 2;
        }
    return true;
}

static bool read_text(Grid *g, const char *text, const ChanRule *rule)
{
    const char *p = text;
    char *copy = strdup(text), *line = copy;
    bool ok = true, head = false;
    (void)p;
    for (char *nl; ok && line && *line; line = nl ? nl + 1 : NULL) {
        nl = strchr(line, '\n');
        if (nl) *nl = 0;
        long a, b, c, d;
        if (*line == '#' || *line == 0) continue;
        if (sscanf(line, "channel %ld %ld", &a, &b) == 2 && !head) {
            head = true;
            if (a < (long)rule->n_cols || b < 0) { ok = bad(g, "header", 0, a, b); break; }
            g->cols = a;
            g->tracks = b;
            size_t n = (size_t)(a * (b + 2));
            g->own[H] = calloc(n + 1, sizeof(uint32_t));
            g->own[V] = calloc(n + 1, sizeof(uint32_t));
            g->mark = calloc(2 * n + 1, sizeof(uint32_t));
            g->joined = calloc(n + 1, 1);
        } else if (!head) {
            ok = bad(g, "no header", 0, 0, 0);
        } else if (sscanf(line, "h %ld %ld %ld %ld", &a, &b, &c, &d) == 4) {
            ok = put_wire(g, H, a, c, d, b, b);
        } else if (sscanf(line, "v %ld %ld %ld %ld", &a, &b, &c, &d) == 4) {
            ok = put_wire(g, V, a, b, b, c, d);
        } else if (sscanf(line, "x %ld %ld %ld", &a, &b, &c) == 3) {
            if (b < 0 || b >= g->cols || c < 1 || c > g->tracks) ok = bad(g, "via out of range", a, b, c);
            else g->joined[c * g->cols + b] |= 4;
        } else {
            snprintf(g->why, g->why_n, "not understood: %s", line);
            ok = false;
        }
    }
    free(copy);
    return ok && (head || bad(g, "no header", 0, 0, 0));
}

static bool vias_join_equal(Grid *g)
{
    for (long t = 1; t <= g->tracks; t++)
        for (long c = 0; c < g->cols; c++) {
            long i = t * g->cols + c;
            if ((g->joined[i] & 4) && (g->own[H][i] != g->own[V][i] || !g->own[H][i]))
                return bad(g, "via does not join one net's wires", g->own[H][i], c, t);
        }
    return true;
}

/* Flood from a grid point over wires and vias; returns points reached. */
static void flood(Grid *g, int layer, long at, uint32_t id, long *stack)
{
    size_t n = (size_t)(g->cols * (g->tracks + 2)), sp = 0;
    if (g->mark[(size_t)layer * n + (size_t)at]) return;
    g->mark[(size_t)layer * n + (size_t)at] = id;
    stack[sp++] = (long)((size_t)layer * n) + at;
    while (sp) {
        long s = stack[--sp];
        int l = s >= (long)n;
        long i = l ? s - (long)n : s, next[3];
        int m = 0;
        if (l == H && (g->joined[i] & 1)) next[m++] = i + 1;
        if (l == H && i % g->cols && (g->joined[i - 1] & 1)) next[m++] = i - 1;
        if (l == V && (g->joined[i] & 2)) next[m++] = (long)n + i + g->cols;
        if (l == V && i >= g->cols && (g->joined[i - g->cols] & 2)) next[m++] = (long)n + i - g->cols;
        if (g->joined[i] & 4) next[m++] = l ? i : (long)n + i;
        for (int k = 0; k < m; k++)
            if (!g->mark[next[k]]) {
                g->mark[next[k]] = id;
                stack[sp++] = next[k];
            }
    }
}

/* One flood per net: all its pins and ends must carry the same mark, and no two nets may share one (wires are owned singly). */
static bool nets_whole(Grid *g, const ChanRule *rule)
{
    size_t n = (size_t)(g->cols * (g->tracks + 2));
    long *stack = malloc((2 * n + 1) * sizeof *stack);
    uint32_t max = 0;
    for (uint32_t c = 0; c < rule->n_cols; c++) {
        if (rule->top[c] > max) max = rule->top[c];
        if (rule->bottom[c] > max) max = rule->bottom[c];
    }
    uint32_t *pins = calloc((size_t)max + 1, sizeof *pins), *seen = calloc((size_t)max + 1, sizeof *seen);
    for (uint32_t c = 0; c < rule->n_cols; c++) pins[rule->top[c]]++, pins[rule->bottom[c]]++;
    bool ok = true;
    for (int pass = 0; ok && pass < 2; pass++)
        for (long c = 0; ok && c < g->cols; c++) {
            const uint32_t *side = pass ? rule->bottom : rule->top;
            uint32_t net = c < (long)rule->n_cols ? side[c] : 0;
            long at = pass ? (g->tracks + 1) * g->cols + c : c;
            uint32_t have = g->own[V][at];
            if (have && have != net) ok = bad(g, "wire at an edge where its net has no pin", have, c, pass ? g->tracks + 1 : 0);
            if (!net || pins[net] < 2) continue;
            if (have != net) { ok = bad(g, "pin without wire", net, c, pass ? g->tracks + 1 : 0); break; }
            if (!seen[net]) flood(g, V, at, net, stack);
            seen[net] = 1;
            if (g->mark[n + (size_t)at] != net) ok = bad(g, "net not in one piece", net, c, pass ? g->tracks + 1 : 0);
        }
    free(stack);
    free(pins);
    free(seen);
    return ok;
}

static bool gaps_kept(Grid *g, const ChanRule *rule)
{
    for (long t = 0; t < g->tracks + 2; t++)
        for (long c = 0; c < g->cols; c++) {
            long i = t * g->cols + c;
            if (g->own[H][i] && !(g->joined[i] & 1))
                for (long d = 1; d < (long)rule->h_gap && c + d < g->cols; d++)
                    if (g->own[H][i + d]) return bad(g, "horizontal gap", g->own[H][i], c, t);
            if (g->own[V][i] && !(g->joined[i] & 2))
                for (long d = 1; d < (long)rule->v_gap && t + d < g->tracks + 2; d++)
                    if (g->own[V][i + d * g->cols]) return bad(g, "vertical gap", g->own[V][i], c, t);
        }
    return true;
}

bool chan_text_legal(const char *text, const ChanRule *rule, char *why, size_t why_n)
{
    Grid g = {.why = why, .why_n = why_n};
    bool ok = read_text(&g, text, rule) && vias_join_equal(&g) && gaps_kept(&g, rule) && nets_whole(&g, rule);
    free(g.own[H]);
    free(g.own[V]);
    free(g.mark);
    free(g.joined);
    return ok;
}
