/* Checker of channel solutions: see verify/channel.h. */
#include "verify/channel.h"

enum { GOES = 1, VIA = 2 };     /* on to the next column or track of the layer; to the layer above */
#define LAYERS_MAX 16

typedef struct {
    const ChannelRule *rule;
    const char *layers;
    size_t n_layers;
    bool one;           /* layer "p": read as h and v, which join wherever they meet, and only wires of one net may */
    int64_t cols, tracks, vias, length;
    size_t n;           /* grid points per layer: (tracks + 2) · cols; point i of layer l is l · n + i */
    uint32_t *own;      /* [n_layers n] net */
    uint8_t *joined;    /* [n_layers n] */
    uint32_t *via;      /* [n_layers n] net of the via to the layer above */
    uint32_t *mark;     /* [n_layers n] net that reached a point from its pins */
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
    size_t all = g->n * g->n_layers;
    g->own = mem_calloc(all, sizeof *g->own);
    g->via = mem_calloc(all, sizeof *g->via);
    g->mark = mem_calloc(all, sizeof *g->mark);
    g->stack = mem_calloc(all, sizeof *g->stack);
    g->joined = mem_calloc(all, 1);
    return true;
}

/* Layer of a line: 1 is the lowest. Without the number, in a channel of two layers, the one of the direction. */
static bool layer_of(const Grid *g, char dir, int n, int64_t given, size_t *layer)
{
    if (n == 0 && g->n_layers == 2) return *layer = dir == 'x' || g->layers[0] == dir ? 0 : 1, true;
    if (given < 1 || given > (int64_t)g->n_layers) return false;
    *layer = (size_t)given - 1;
    return dir == 'x' ? *layer + 1 < g->n_layers : g->layers[*layer] == dir;
}

static bool put_wire(Grid *g, size_t layer, int64_t net, int64_t c1, int64_t c2, int64_t t1, int64_t t2)
{
    bool h = g->layers[layer] == 'h';
    bool in = c1 >= 0 && c1 <= c2 && c2 < g->cols && t1 <= t2 && t1 >= (h ? 1 : 0) && t2 <= (h ? g->tracks : g->tracks + 1) && net > 0 &&
              net <= UINT32_MAX;
    if (!in) return bad(g, "wire out of range", net, c1, t1);
    for (int64_t t = t1; t <= t2; t++)
        for (int64_t c = c1; c <= c2; c++) {
            size_t i = layer * g->n + (size_t)(t * g->cols + c);
            if (g->own[i]) return bad(g, h ? "two horizontal wires" : "two vertical wires", net, c, t);
            g->own[i] = (uint32_t)net;
            if (h ? c < c2 : t < t2) g->joined[i] |= GOES;
        }
    g->length += c2 - c1 + t2 - t1;
    return true;
}

static bool put_via(Grid *g, size_t layer, int64_t net, int64_t col, int64_t track)
{
    if (g->one || col < 0 || col >= g->cols || track < 1 || track > g->tracks || net < 1 || net > UINT32_MAX)
        return bad(g, "via out of range", net, col, track);
    size_t i = layer * g->n + (size_t)(track * g->cols + col);
    if (g->via[i]) return bad(g, "two vias at one place", net, col, track);
    g->joined[i] |= VIA;
    g->via[i] = (uint32_t)net; /* its two wires may follow later in the text: vias_join_equal looks at them */
    g->vias++;
    return true;
}

/* `want` whole numbers after the keyword, or one more: the layer; *more tells. False if there is anything else. */
static bool numbers(const char *p, const char *end, int want, int64_t v[5], int *more)
{
    int i = 0;
    for (;; i++) {
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
        if (p == end || *p == '#') break;
        if (*p < '0' || *p > '9' || i > want) return false;
        for (v[i] = 0; p < end && *p >= '0' && *p <= '9'; p++) {
            v[i] = v[i] * 10 + (*p - '0');
            if (v[i] > INT64_C(1) << 40) return false;
        }
    }
    *more = i - want;
    return i >= want;
}

static bool layers_line(Grid *g, const char *p, const char *end)
{
    size_t n = strlen(g->layers);
    while (end > p && strchr(" \t\r", end[-1])) end--;
    if (g->one) return end - p == 1 && *p == 'p' ? true : bad(g, "other layers than asked", 0, 0, 0);
    return (size_t)(end - p) == n && !memcmp(p, g->layers, n) ? true : bad(g, "other layers than asked", 0, 0, 0);
}

static bool read_line(Grid *g, const char *line, const char *end)
{
    int64_t v[5] = {0};
    int more = 0;
    size_t l = 0;
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\r')) line++;
    if (line == end || *line == '#') return true;
    size_t n = (size_t)(end - line);
    if (n > 8 && !memcmp(line, "channel ", 8) && numbers(line + 8, end, 2, v, &more) && !more) return header(g, v[0], v[1]);
    if (n > 7 && !memcmp(line, "layers ", 7)) return layers_line(g, line + 7, end);
    if (!g->cols) return bad(g, "no header", 0, 0, 0);
    char k = n > 2 && line[1] == ' ' ? line[0] : 0;
    int want = k == 'x' ? 3 : 4;
    if ((k == 'h' || k == 'v' || k == 'x') && numbers(line + 2, end, want, v, &more) && layer_of(g, k, more, v[want], &l)) {
        if (k == 'h') return put_wire(g, l, v[0], v[2], v[3], v[1], v[1]);
        if (k == 'v') return put_wire(g, l, v[0], v[1], v[1], v[2], v[3]);
        return put_via(g, l, v[0], v[1], v[2]);
    }
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
    for (size_t i = 0; i < g->n * (g->n_layers - 1); i++) {
        uint32_t net = g->via[i];
        if (net && (g->own[i] != net || g->own[i + g->n] != net))
            return bad(g, "via does not join two wires of its net", net, (int64_t)(i % g->n) % g->cols, (int64_t)(i % g->n) / g->cols);
    }
    return true;
}

static void reach(Grid *g, size_t at, uint32_t net, size_t *top)
{
    if (g->mark[at]) return;
    g->mark[at] = net;
    g->stack[(*top)++] = (int64_t)at;
}

/* On one layer. */
static bool one_net_per_point(Grid *g)
{
    for (size_t i = 0; i < g->n; i++) {
        uint32_t h = g->own[i], v = g->own[i + g->n];
        if (h && v && h != v) return bad(g, "two nets at one place", h, (int64_t)i % g->cols, (int64_t)i / g->cols);
        if (h && v) g->joined[i] |= VIA;
    }
    return true;
}

/* Flood from a point over wires and vias. */
static void flood(Grid *g, size_t at, uint32_t net)
{
    size_t top = 0, cols = (size_t)g->cols;
    reach(g, at, net, &top);
    while (top) {
        size_t s = (size_t)g->stack[--top], i = s % g->n, layer = s / g->n;
        bool h = g->layers[layer] == 'h';
        size_t step = h ? 1 : cols;
        bool before = h ? i % cols > 0 : i >= cols;
        if (g->joined[s] & GOES) reach(g, s + step, net, &top);
        if (before && (g->joined[s - step] & GOES)) reach(g, s - step, net, &top);
        if (g->joined[s] & VIA) reach(g, s + g->n, net, &top);
        if (layer && (g->joined[s - g->n] & VIA)) reach(g, s - g->n, net, &top);
        for (size_t l = 0; (i < cols || i >= g->n - cols) && l < g->n_layers; l++) /* the pin joins all layers */
            if (g->own[l * g->n + i] == net) reach(g, l * g->n + i, net, &top);
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

/* A pin is reached on any vertical layer; wires of several layers at one pin are joined by it. */
static bool pin_met(Grid *g, Map *seen, uint32_t net, bool lonely, int64_t c, int64_t row)
{
    bool have = false;
    for (size_t l = 0; l < g->n_layers; l++) {
        size_t i = l * g->n + (size_t)(row * g->cols + c);
        if (g->layers[l] == 'h' || !g->own[i]) continue;
        if (g->own[i] != net) return bad(g, "wire at an edge where its net has no pin", g->own[i], c, row);
        if (lonely) continue;
        if (!terminal(g, seen, net, i, "net not in one piece", c, row)) return false;
        have = true;
    }
    return have || lonely || bad(g, "pin without wire", net, c, row);
}

static bool pins_met(Grid *g, Map *count, Map *seen)
{
    const ChannelRule *r = g->rule;
    for (int side = 0; side < 2; side++)
        for (int64_t c = 0; c < g->cols; c++) {
            uint32_t net = c < (int64_t)r->n_cols ? (side ? r->bottom : r->top)[c] : 0, n = 0;
            map_get(count, net, &n);
            if (!pin_met(g, seen, net, !net || n < 2, c, side ? g->tracks + 1 : 0)) return false;
        }
    return true;
}

static bool end_met(Grid *g, Map *seen, uint32_t net, int64_t c)
{
    uint32_t found = 0;
    for (size_t l = 0; l < g->n_layers; l++)
        for (int64_t t = 1; g->layers[l] == 'h' && t <= g->tracks; t++) {
            size_t i = l * g->n + (size_t)(t * g->cols + c);
            if (g->own[i] != net) continue;
            found++;
            if (!terminal(g, seen, net, i, "end not joined to its net", c, t)) return false;
        }
    return found > 0 || bad(g, "net does not reach the channel's end", net, c, 0);
}

static bool ends_met(Grid *g, Map *count, Map *seen)
{
    for (int side = 0; side < 2; side++) {
        uint32_t len = side ? g->rule->n_right : g->rule->n_left;
        for (uint32_t k = 0; k < len; k++) {
            uint32_t net = (side ? g->rule->right : g->rule->left)[k], n = 0;
            map_get(count, net, &n);
            if (n > 1 && !end_met(g, seen, net, side ? g->cols - 1 : 0)) return false;
        }
    }
    return true;
}

static bool nothing_loose(Grid *g)
{
    for (size_t i = 0; i < g->n * g->n_layers; i++)
        if (g->own[i] && g->mark[i] != g->own[i] && g->own[i] != g->rule->shield_net)
            return bad(g, "wire that is not joined to its net's pins", g->own[i], (int64_t)(i % g->n) % g->cols, (int64_t)(i % g->n) / g->cols);
    return true;
}

static bool gap_kept(Grid *g, size_t layer, int64_t c, int64_t t)
{
    bool h = g->layers[layer] == 'h';
    size_t i = layer * g->n + (size_t)(t * g->cols + c), step = h ? 1 : (size_t)g->cols;
    int64_t left = h ? g->cols - 1 - c : g->tracks + 1 - t, gap = h ? g->rule->h_gap : g->rule->v_gap;
    if (!g->own[i] || (g->joined[i] & GOES)) return true;
    for (int64_t d = 1; d < gap && d <= left; d++)
        if (g->own[i + (size_t)d * step]) return bad(g, h ? "horizontal gap" : "vertical gap", g->own[i], c, t);
    return true;
}

static bool gaps_kept(Grid *g)
{
    for (size_t l = 0; l < g->n_layers; l++)
        for (int64_t t = 0; t < g->tracks + 2; t++)
            for (int64_t c = 0; c < g->cols; c++)
                if (!gap_kept(g, l, c, t)) return false;
    return true;
}

bool channel_legal(const char *text, const ChannelRule *rule, ChannelCount *count, Buf *why)
{
    Grid g = {.rule = rule, .why = why, .layers = rule->layers ? rule->layers : "hv"};
    g.one = !strcmp(g.layers, "p");
    if (g.one) g.layers = "hv";
    if (g.one && (rule->h_gap > 1 || rule->v_gap > 1)) return bad(&g, "gaps are not judged on one layer", 0, 0, 0);
    g.n_layers = strlen(g.layers);
    if (g.n_layers < 2 || g.n_layers > LAYERS_MAX) return bad(&g, "layers", 0, 0, 0);
    Map terminals = {0}, seen = {0};
    count_terminals(rule, &terminals);
    bool ok = read_text(&g, text) && vias_join_equal(&g) && (!g.one || one_net_per_point(&g)) && gaps_kept(&g) && pins_met(&g, &terminals, &seen) &&
              ends_met(&g, &terminals, &seen) && nothing_loose(&g);
    if (ok && count) *count = (ChannelCount){(uint32_t)g.cols, (uint32_t)g.tracks, (uint32_t)g.vias, g.length};
    map_free(&terminals);
    map_free(&seen);
    void *all[] = {g.own, g.via, g.joined, g.mark, g.stack};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return ok;
}

/* ---- bounds --------------------------------------------------------------------------------------------------- */

/* Outermost columns of every net with something to connect across columns; a net of one column only covers nothing. */
static bool covers(const ChannelRule *r, uint32_t net, uint32_t col, uint32_t gap)
{
    uint32_t a = UINT32_MAX, b = 0;
    for (uint32_t c = 0; c < r->n_cols; c++)
        if (r->top[c] == net || r->bottom[c] == net) a = a < c ? a : c, b = c;
    bool ends = false;
    for (uint32_t i = 0; i < r->n_left; i++)
        if (r->left[i] == net) a = 0, ends = true;
    for (uint32_t i = 0; i < r->n_right; i++)
        if (r->right[i] == net) a = a < r->n_cols - 1 ? a : r->n_cols - 1, b = r->n_cols - 1, ends = true;
    return (a < b || (ends && a == b)) && col >= a && col < b + gap;
}

static uint32_t nets_over(const ChannelRule *r, uint32_t col)
{
    Map seen = {0};
    uint32_t sum = 0, dummy, gap = r->h_gap ? r->h_gap : 1;
    const uint32_t *list[] = {r->top, r->bottom, r->left, r->right};
    uint32_t len[] = {r->n_cols, r->n_cols, r->n_left, r->n_right};
    for (size_t k = 0; k < COUNTOF(list); k++)
        for (uint32_t i = 0; i < len[k]; i++) {
            if (!list[k][i] || map_get(&seen, list[k][i], &dummy)) continue;
            map_set(&seen, list[k][i], 1);
            sum += covers(r, list[k][i], col, gap);
        }
    map_free(&seen);
    return sum;
}

bool channel_bound_proved(const ChannelRule *r, uint32_t tracks, const uint32_t *cols, uint32_t n)
{
    uint32_t lo = UINT32_MAX, hi = 0, gap = r->v_gap ? r->v_gap : 1;
    for (uint32_t i = 0; i < n; i++) {
        if (cols[i] >= r->n_cols) return false;
        uint32_t t = r->top[cols[i]], b = r->bottom[cols[i]];
        if (!t || !b || t == b || (i && r->bottom[cols[i - 1]] != t)) return false;
        lo = lo < cols[i] ? lo : cols[i];
        hi = hi > cols[i] ? hi : cols[i];
    }
    for (uint32_t c = lo; n && c <= hi; c++)
        if (nets_over(r, c) < tracks) return false;
    return n && (uint64_t)n * gap + 1 > tracks;
}

/* What a net has: pins at the upper and lower edge inside a … b; pins and ends left of it, inside and right of it. */
typedef struct { uint32_t up, down, before, in, behind; } Spread;

static Spread spread_of(const ChannelRule *r, uint32_t net, uint32_t a, uint32_t b)
{
    Spread s = {0, 0, 0, 0, 0};
    for (uint32_t c = 0; c < r->n_cols; c++) {
        uint32_t n = (r->top[c] == net) + (r->bottom[c] == net);
        if (c < a) s.before += n;
        else if (c > b) s.behind += n;
        else s.in += n, s.up += r->top[c] == net, s.down += r->bottom[c] == net;
    }
    for (uint32_t i = 0; i < r->n_left; i++)
        if (r->left[i] == net) *(a ? &s.before : &s.in) += 1;
    for (uint32_t i = 0; i < r->n_right; i++)
        if (r->right[i] == net) *(b + 1 < r->n_cols ? &s.behind : &s.in) += 1;
    return s;
}

static bool named_before(const ChannelRule *r, uint32_t c, bool bottom)
{
    uint32_t net = bottom ? r->bottom[c] : r->top[c];
    for (uint32_t i = 0; i < c; i++)
        if (r->top[i] == net || r->bottom[i] == net) return true;
    return bottom && r->top[c] == net;
}

bool channel_flux_proved(const ChannelRule *r, uint32_t tracks, uint32_t a, uint32_t b)
{
    if (a > b || b >= r->n_cols) return false;
    uint64_t free_cols = 0, two = 0, through = 0, bound_in = 0, passing = 0, sides = a ? 2 : 1, gap = r->v_gap ? r->v_gap : 1;
    for (uint32_t c = 0; c < r->n_cols; c++) {
        uint32_t k[2] = {r->top[c], r->bottom[c]}, live[2];
        for (int e = 0; e < 2; e++) {
            Spread s = k[e] ? spread_of(r, k[e], a, b) : (Spread){0, 0, 0, 0, 0};
            live[e] = s.before + s.in + s.behind > 1;
            if (!k[e] || !live[e] || named_before(r, c, e)) continue;
            passing += (a && s.before && s.in + s.behind) + (b + 1 < r->n_cols && s.behind && s.in + s.before);
            bool straight = s.up == 1 && s.down == 1 && k[0] == k[1] && s.before + s.in + s.behind == 2;
            if (!s.up || !s.down || straight) continue;
            through++;
            /* Ends are pins elsewhere: where there is no column beyond, they stand inside. */
            bound_in += !s.before && !s.behind && s.in == s.up + s.down;
        }
        if (c < a || c > b) continue;
        Spread whole = k[0] ? spread_of(r, k[0], 0, r->n_cols - 1) : (Spread){0, 0, 0, 0, 0};
        free_cols += !(k[0] && k[0] == k[1] && whole.in == 2);
        two += k[0] && k[1] && k[0] != k[1] && live[0] && live[1];
    }
    uint64_t empty = 0, room = sides * tracks > passing ? (sides * tracks - passing) / 2 : 0;
    for (uint64_t t = 1; t < tracks; t++) {
        uint64_t around = sides * (t < tracks - t ? t : tracks - t);
        if (around > through - bound_in + room) around = through - bound_in + room;
        if (around > through) around = through;
        empty += free_cols - through + around;
    }
    return empty < two * gap;
}

bool channel_river_proved(const ChannelRule *r, uint32_t tracks, uint32_t top, uint32_t bottom)
{
    uint32_t over[2] = {0, 0};
    for (uint32_t a = 0; a < r->n_cols; a++)
        for (uint32_t b = 0; r->top[a] && b < r->n_cols; b++) {
            if (r->bottom[b] != r->top[a]) continue;
            over[0] += a <= top && b >= bottom;
            over[1] += a >= top && b <= bottom;
        }
    int64_t d = (int64_t)top - bottom;
    return (d + 1 < over[0] && over[0] > tracks) || (-d + 1 < over[1] && over[1] > tracks);
}
