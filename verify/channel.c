/* Checker of channel solutions: see verify/channel.h. */
#include "verify/channel.h"

enum { H = 0, V = 1 };
enum { GOES_RIGHT = 1, GOES_DOWN = 2, VIA = 4 };

typedef struct {
    const ChannelRule *rule;
    int64_t cols, tracks, vias, length;
    size_t n;           /* grid points per layer: (tracks + 2) · cols */
    uint32_t *own[2];   /* net per layer */
    uint8_t *joined;
    uint32_t *mark;     /* [2 n] net that reached a point from its pins */
    int64_t *stack;
    Buf *why;
} Grid;

static bool bad(Grid *g, const char *what, int64_t net, int64_t col, int64_t track)
{
    if (g->why)
        buf_printf(g->why, "%s: net %lld, column %lld, track %lld", what, (long long)net, (long long)col, (long long)track);
    return false;
}

/* ---- text --------------------------------------------------------------------------------------------- */

#define GRID_MAX (INT64_C(1) << 31) /* points; a text may claim any size */

static bool header(Grid *g, int64_t cols, int64_t tracks)
{
    if (g->cols) return bad(g, "second header", 0, cols, tracks);
    if (cols < (int64_t)g->rule->n_cols || cols < 1 || tracks < 0 || cols > GRID_MAX || tracks > GRID_MAX || cols * (tracks + 2) > GRID_MAX)
        return bad(g, "header", 0, cols, tracks);
    g->cols = cols;
    g->tracks = tracks;
    g->n = (size_t)(cols * (tracks + 2));
    g->own[H] = mem_calloc(g->n, sizeof(uint32_t));
    g->own[V] = mem_calloc(g->n, sizeof(uint32_t));
    g->mark = mem_calloc(2 * g->n, sizeof *g->mark);
    g->stack = mem_calloc(2 * g->n, sizeof *g->stack);
    g->joined = mem_calloc(g->n, 1);
    return true;
}

static bool put_wire(Grid *g, int layer, int64_t net, int64_t c1, int64_t c2, int64_t t1, int64_t t2)
{
    bool in = c1 >= 0 && c1 <= c2 && c2 < g->cols && t1 <= t2 && t1 >= (layer == H ? 1 : 0) &&
              t2 <= (layer == H ? g->tracks : g->tracks + 1) && net > 0 && net <= UINT32_MAX;
    if (!in) return bad(g, "wire out of range", net, c1, t1);
    for (int64_t t = t1; t <= t2; t++)
        for (int64_t c = c1; c <= c2; c++) {
            uint32_t *p = &g->own[layer][t * g->cols + c];
            if (*p) return bad(g, layer == H ? "two horizontal wires" : "two vertical wires", net, c, t);
            *p = (uint32_t)net;
            if (layer == H && c < c2) g->joined[t * g->cols + c] |= GOES_RIGHT;
            if (layer == V && t < t2) g->joined[t * g->cols + c] |= GOES_DOWN;
        }
    g->length += c2 - c1 + t2 - t1;
    return true;
}

static bool put_via(Grid *g, int64_t net, int64_t col, int64_t track)
{
    if (col < 0 || col >= g->cols || track < 1 || track > g->tracks) return bad(g, "via out of range", net, col, track);
    uint8_t *p = &g->joined[track * g->cols + col];
    if (*p & VIA) return bad(g, "two vias at one place", net, col, track);
    *p |= VIA;
    /* The two wires may follow later in the text: they are looked at in vias_join_equal; the net named here is, too. */
    g->mark[(size_t)(track * g->cols + col)] = net > 0 && net <= UINT32_MAX ? (uint32_t)net : 0;
    g->vias++;
    return true;
}

/* Up to four whole numbers after the keyword; false if there is anything else. */
static bool numbers(const char *p, const char *end, int want, int64_t v[4])
{
    for (int i = 0; i < want; i++) {
        while (p < end && (*p == ' ' || *p == '\t')) p++;
        if (p == end || *p < '0' || *p > '9') return false;
        for (v[i] = 0; p < end && *p >= '0' && *p <= '9'; p++) {
            v[i] = v[i] * 10 + (*p - '0');
            if (v[i] > INT64_C(1) << 40) return false;
        }
    }
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
    return p == end || *p == '#';
}

static bool read_line(Grid *g, const char *line, const char *end)
{
    int64_t v[4] = {0};
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\r')) line++;
    if (line == end || *line == '#') return true;
    size_t n = (size_t)(end - line);
    if (n > 8 && !memcmp(line, "channel ", 8) && numbers(line + 8, end, 2, v)) return header(g, v[0], v[1]);
    if (!g->cols) return bad(g, "no header", 0, 0, 0);
    if (n > 2 && line[0] == 'h' && line[1] == ' ' && numbers(line + 2, end, 4, v)) return put_wire(g, H, v[0], v[2], v[3], v[1], v[1]);
    if (n > 2 && line[0] == 'v' && line[1] == ' ' && numbers(line + 2, end, 4, v)) return put_wire(g, V, v[0], v[1], v[1], v[2], v[3]);
    if (n > 2 && line[0] == 'x' && line[1] == ' ' && numbers(line + 2, end, 3, v)) return put_via(g, v[0], v[1], v[2]);
    if (g->why) buf_printf(g->why, "not understood: %.*s", (int)(n < 60 ? n : 60), line);
    return false;
}

static bool read_text(Grid *g, const char *text)
{
    for (const char *p = text; *p;) {
        const char *end = strchr(p, '\n');
        if (!end) end = p + strlen(p);
        if (!read_line(g, p, end)) return false;
        p = *end ? end + 1 : end;
    }
    return g->cols ? true : bad(g, "no header", 0, 0, 0);
}

/* ---- judgement ---------------------------------------------------------------------------------------------- */

static bool vias_join_equal(Grid *g)
{
    for (size_t i = 0; i < g->n; i++) {
        uint32_t net = g->mark[i];
        g->mark[i] = 0;
        if (!(g->joined[i] & VIA)) continue;
        if (!net || g->own[H][i] != net || g->own[V][i] != net)
            return bad(g, "via does not join two wires of its net", net, (int64_t)i % g->cols, (int64_t)i / g->cols);
    }
    return true;
}

static void reach(Grid *g, size_t at, uint32_t net, size_t *top)
{
    if (g->mark[at]) return;
    g->mark[at] = net;
    g->stack[(*top)++] = (int64_t)at;
}

/* Flood from a point over wires and vias. */
static void flood(Grid *g, size_t at, uint32_t net)
{
    size_t top = 0, cols = (size_t)g->cols;
    reach(g, at, net, &top);
    while (top) {
        size_t s = (size_t)g->stack[--top], i = s % g->n, layer = s / g->n;
        if (layer == H && (g->joined[i] & GOES_RIGHT)) reach(g, s + 1, net, &top);
        if (layer == H && i % cols && (g->joined[i - 1] & GOES_RIGHT)) reach(g, s - 1, net, &top);
        if (layer == V && (g->joined[i] & GOES_DOWN)) reach(g, s + cols, net, &top);
        if (layer == V && i >= cols && (g->joined[i - cols] & GOES_DOWN)) reach(g, s - cols, net, &top);
        if (g->joined[i] & VIA) reach(g, layer == H ? i + g->n : i, net, &top);
    }
}

/* Terminals per net: pins and ends. A net with one has nothing to connect. */
static void count_terminals(const ChannelRule *r, Map *count)
{
    const uint32_t *list[] = {r->top, r->bottom, r->left, r->right};
    uint32_t len[] = {r->n_cols, r->n_cols, r->n_left, r->n_right};
    for (size_t i = 0; i < COUNTOF(list); i++)
        for (uint32_t c = 0; c < len[i]; c++) {
            uint32_t n = 0;
            if (!list[i][c]) continue;
            map_get(count, list[i][c], &n);
            map_set(count, list[i][c], n + 1);
        }
}

/* A terminal at a point: the first of its net floods, the others must have been reached. */
static bool terminal(Grid *g, Map *seen, uint32_t net, size_t at, const char *what, int64_t col, int64_t track)
{
    uint32_t dummy;
    if (!map_get(seen, net, &dummy)) {
        map_set(seen, net, 1);
        flood(g, at, net);
    }
    return g->mark[at] == net || bad(g, what, net, col, track);
}

static bool pins_met(Grid *g, Map *count, Map *seen)
{
    const ChannelRule *r = g->rule;
    for (int side = 0; side < 2; side++)
        for (int64_t c = 0; c < g->cols; c++) {
            uint32_t net = c < (int64_t)r->n_cols ? (side ? r->bottom : r->top)[c] : 0, n = 0;
            int64_t row = side ? g->tracks + 1 : 0;
            size_t i = (size_t)(row * g->cols + c);
            uint32_t have = g->own[V][i];
            if (have && have != net) return bad(g, "wire at an edge where its net has no pin", have, c, row);
            map_get(count, net, &n);
            if (!net || n < 2) continue;
            if (!have) return bad(g, "pin without wire", net, c, row);
            if (!terminal(g, seen, net, i + g->n, "net not in one piece", c, row)) return false;
        }
    return true;
}

static bool ends_met(Grid *g, Map *count, Map *seen)
{
    for (int side = 0; side < 2; side++) {
        uint32_t len = side ? g->rule->n_right : g->rule->n_left;
        for (uint32_t k = 0; k < len; k++) {
            uint32_t net = (side ? g->rule->right : g->rule->left)[k], n = 0, found = 0;
            int64_t c = side ? g->cols - 1 : 0;
            map_get(count, net, &n);
            for (int64_t t = 1; n > 1 && t <= g->tracks; t++) {
                size_t i = (size_t)(t * g->cols + c);
                if (g->own[H][i] != net) continue;
                found++;
                if (!terminal(g, seen, net, i, "end not joined to its net", c, t)) return false;
            }
            if (n > 1 && !found) return bad(g, "net does not reach the channel's end", net, c, 0);
        }
    }
    return true;
}

static bool nothing_loose(Grid *g)
{
    for (int layer = 0; layer < 2; layer++)
        for (size_t i = 0; i < g->n; i++)
            if (g->own[layer][i] && g->mark[(size_t)layer * g->n + i] != g->own[layer][i])
                return bad(g, "wire that is not joined to its net's pins", g->own[layer][i], (int64_t)i % g->cols, (int64_t)i / g->cols);
    return true;
}

static bool gaps_kept(Grid *g)
{
    for (int64_t t = 0; t < g->tracks + 2; t++)
        for (int64_t c = 0; c < g->cols; c++) {
            int64_t i = t * g->cols + c;
            if (g->own[H][i] && !(g->joined[i] & GOES_RIGHT))
                for (int64_t d = 1; d < (int64_t)g->rule->h_gap && c + d < g->cols; d++)
                    if (g->own[H][i + d]) return bad(g, "horizontal gap", g->own[H][i], c, t);
            if (g->own[V][i] && !(g->joined[i] & GOES_DOWN))
                for (int64_t d = 1; d < (int64_t)g->rule->v_gap && t + d < g->tracks + 2; d++)
                    if (g->own[V][i + d * g->cols]) return bad(g, "vertical gap", g->own[V][i], c, t);
        }
    return true;
}

bool channel_legal(const char *text, const ChannelRule *rule, ChannelCount *count, Buf *why)
{
    Grid g = {.rule = rule, .why = why};
    Map terminals = {0}, seen = {0};
    count_terminals(rule, &terminals);
    bool ok = read_text(&g, text) && vias_join_equal(&g) && gaps_kept(&g) && pins_met(&g, &terminals, &seen) &&
              ends_met(&g, &terminals, &seen) && nothing_loose(&g);
    if (ok && count) *count = (ChannelCount){(uint32_t)g.cols, (uint32_t)g.tracks, (uint32_t)g.vias, g.length};
    map_free(&terminals);
    map_free(&seen);
    void *all[] = {g.own[H], g.own[V], g.joined, g.mark, g.stack};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return ok;
}
