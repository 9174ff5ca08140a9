/*
 * GSRC bookshelf reader: .blocks, .nets, .pl of hard-block floorplans.
 *
 * Pins given in per cent of the block ("%-50.0 %33.3", from the centre) become whole numbers because all coordinates are multiplied by
 * GSRC_SCALE: 0.1 % of a width w is 2·w. Pins without an offset are at the centre, terminals where the .pl says.
 */
#include "gen/base/io.h"
#include "gen/base/xml.h"
#include "place/place.h"

#include <math.h>
#include <stdlib.h>

#define GSRC_SCALE 2000
#define GSRC_CRITICAL 10      /* weight of a critical net if none is given */
#define GSRC_MAX_BYTES (64u << 20)
#define GSRC_MAX_SIDE 500000 /* times GSRC_SCALE below 2^30 */

typedef struct {
    GsrcProblem *g;
    Names names;
    ARRAY(int32_t) kind;           /* by name id: block index, -2 terminal, -1 unknown */
    ARRAY(Pt) terminal;            /* by name id */
    ARRAY(PlaceBlock) blocks;
    ARRAY(PlaceNet) nets;
    ARRAY(PlacePin) pins;
    ARRAY(bool) placed;            /* by name id: the .pl has it */
    bool have_pl;
} Gsrc;

/* Counts that the files' heads declare; -1: not said. */
typedef enum { SAYS_HARD, SAYS_SOFT, SAYS_TERMINALS, SAYS_NETS, SAYS_PINS, SAYS } Says;
static const char *const says_key[SAYS] = {"NumHardRectilinearBlocks", "NumSoftRectangularBlocks", "NumTerminals", "NumNets", "NumPins"};

typedef struct { const char *file; char *next; int line; int64_t says[SAYS]; } Lines;

/* Heads are `UCSC blocks 1.0`, `UCLA nets 1.0` and `NumX : count`. */
static bool is_head(Lines *l, const char *s)
{
    if (str_starts(s, "UCSC ") || str_starts(s, "UCLA ")) return true;
    for (int k = 0; k < SAYS; k++) {
        size_t n = strlen(says_key[k]);
        if (strncmp(s, says_key[k], n) != 0 || (s[n] != ' ' && s[n])) continue;
        char *end;
        while (s[n] == ' ') n++;
        int64_t v = strtoll(s + n, &end, 10);
        while (*end == ' ') end++;
        if (end == s + n || *end) return false; /* reported as a strange line */
        l->says[k] = v;
        return true;
    }
    return false;
}

/* Next line that holds something, comment and punctuation removed; NULL at the end. */
static char *next_line(Lines *l)
{
    while (l->next && *l->next) {
        char *s = l->next, *nl = strchr(s, '\n');
        l->next = nl ? nl + 1 : NULL;
        l->line++;
        if (nl) *nl = 0;
        char *hash = strchr(s, '#');
        if (hash) *hash = 0;
        for (char *c = s; *c; c++)
            if (strchr("(),\t\r:", *c)) *c = ' ';
        while (*s == ' ') s++;
        if (*s && !is_head(l, s)) return s;
    }
    return NULL;
}

static char *word(char **s)
{
    while (**s == ' ') ++*s;
    if (!**s) return NULL;
    char *w = *s;
    while (**s && **s != ' ') ++*s;
    if (**s) *(*s)++ = 0;
    return w;
}

static Status counted(const Lines *l, Says k, int64_t found)
{
    if (l->says[k] < 0 || l->says[k] == found) return ST_OK;
    return msg_error(ST_INPUT, "GSR-0004", (Loc){l->file, 0, 0}, "%s says %lld, but there are %lld", says_key[k], (long long)l->says[k], (long long)found);
}

static Loc loc(const Lines *l) { return (Loc){l->file, l->line, 0}; }

static uint32_t name_id(Gsrc *g, const char *s)
{
    uint32_t id = names_add(&g->names, s).i;
    while (g->kind.n <= id) {
        arr_push(&g->kind, -1);
        arr_push(&g->terminal, ((Pt){0, 0}));
        arr_push(&g->placed, false);
    }
    return id;
}

/* Four corners of an upright rectangle, in any order of turning. */
static Status rectangle(Lines *l, char *s, const char *name, int32_t *w, int32_t *h)
{
    int64_t v[8], x0 = INT64_MAX, x1 = INT64_MIN, y0 = INT64_MAX, y1 = INT64_MIN;
    for (int i = 0; i < 8; i++) {
        char *t = word(&s);
        if (!t || !str_to_i64(t, &v[i]) || v[i] < -GSRC_MAX_SIDE || v[i] > GSRC_MAX_SIDE)
            return msg_error(ST_INPUT, "GSR-0001", loc(l), "block %s: want four corners with whole numbers up to %d", name, GSRC_MAX_SIDE);
    }
    for (int i = 0; i < 8; i += 2) {
        if (v[i] < x0) x0 = v[i];
        if (v[i] > x1) x1 = v[i];
        if (v[i + 1] < y0) y0 = v[i + 1];
        if (v[i + 1] > y1) y1 = v[i + 1];
    }
    int corners = 0;
    for (int i = 0; i < 8; i += 2) {
        bool cx = v[i] == x0 || v[i] == x1, cy = v[i + 1] == y0 || v[i + 1] == y1;
        if (cx && cy) corners |= 1 << ((v[i] == x1) + 2 * (v[i + 1] == y1));
    }
    if (x0 < 0 || y0 < 0) return msg_error(ST_INPUT, "GSR-0001", loc(l), "block %s has a corner below 0", name);
    if (corners != 15 || x1 == x0 || y1 == y0) return msg_error(ST_INPUT, "GSR-0003", loc(l), "block %s is not a rectangle", name);
    *w = (int32_t)(x1 - x0) * GSRC_SCALE;
    *h = (int32_t)(y1 - y0) * GSRC_SCALE;
    return x1 - x0 < GSRC_MAX_SIDE && y1 - y0 < GSRC_MAX_SIDE
               ? ST_OK
               : msg_error(ST_INPUT, "GSR-0001", loc(l), "block %s is larger than %d", name, GSRC_MAX_SIDE);
}

static Status read_blocks(Gsrc *g, Lines *l)
{
    int64_t terminals = 0;
    for (char *s; (s = next_line(l));) {
        char *name = word(&s), *type = word(&s), *count = word(&s);
        if (!type) return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s: want `name hardrectilinear 4 (x, y) …` or `name terminal`", name);
        uint32_t id = name_id(g, name);
        if (g->kind.v[id] != -1) return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s stands here for the second time", name);
        if (str_eq(type, "terminal")) {
            g->kind.v[id] = -2;
            terminals++;
            continue;
        }
        if (!str_eq(type, "hardrectilinear") || !count || !str_eq(count, "4"))
            return msg_error(ST_INPUT, "GSR-0003", loc(l), "%s is %s: only hard rectangles (hardrectilinear 4) are placed", name, type);
        PlaceBlock b = {.name = arena_str(&g->g->arena, name), .flip = true};
        TRY(rectangle(l, s, name, &b.w, &b.h));
        g->kind.v[id] = (int32_t)g->blocks.n;
        arr_push(&g->blocks, b);
    }
    TRY(counted(l, SAYS_HARD, g->blocks.n));
    TRY(counted(l, SAYS_SOFT, 0));
    TRY(counted(l, SAYS_TERMINALS, terminals));
    if (!g->blocks.n) return msg_error(ST_INPUT, "GSR-0001", loc(l), "no blocks");
    return ST_OK;
}

static Status read_pl(Gsrc *g, Lines *l)
{
    for (char *s; (s = next_line(l));) {
        char *name = word(&s), *x = word(&s), *y = word(&s);
        double dx, dy;
        if (!x || !y || !str_to_double(x, &dx) || !str_to_double(y, &dy) || fabs(dx) > GSRC_MAX_SIDE || fabs(dy) > GSRC_MAX_SIDE)
            return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s: want `name x y`", name);
        NameId id = names_find(&g->names, name);
        if (!id.i || g->kind.v[id.i] == -1) return msg_error(ST_INPUT, "GSR-0002", loc(l), "%s is neither a block nor a terminal", name);
        if (g->placed.v[id.i]) return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s is placed for the second time", name);
        g->placed.v[id.i] = true;
        g->terminal.v[id.i] = (Pt){(int32_t)lround(dx * GSRC_SCALE), (int32_t)lround(dy * GSRC_SCALE)};
    }
    g->have_pl = true;
    return ST_OK;
}

static Status percent(Lines *l, const char *s, int64_t *tenths)
{
    double v;
    if (s[0] != '%' || !str_to_double(s + 1, &v) || fabs(v) > 50)
        return msg_error(ST_INPUT, "GSR-0001", loc(l), "pin offset %s: want %%-50 to %%50 of the block's side", s);
    *tenths = llround(v * 10);
    return ST_OK;
}

static Status read_pin(Gsrc *g, Lines *l, char *s)
{
    char *name = word(&s), *dir = word(&s), *px = word(&s), *py = word(&s);
    (void)dir;
    NameId id = names_find(&g->names, name);
    if (!id.i || g->kind.v[id.i] == -1) return msg_error(ST_INPUT, "GSR-0002", loc(l), "%s is neither a block nor a terminal", name);
    int32_t b = g->kind.v[id.i];
    if (b == -2) {
        if (g->have_pl && !g->placed.v[id.i])
            return msg_error(ST_INPUT, "GSR-0002", loc(l), "terminal %s has no place in the .pl file", name);
        /* Without a .pl nobody knows where terminals are: they do not count. */
        if (g->have_pl) arr_push(&g->pins, ((PlacePin){-1, g->terminal.v[id.i].x, g->terminal.v[id.i].y}));
        return ST_OK;
    }
    int64_t tx = 0, ty = 0;
    if (px && py) {
        TRY(percent(l, px, &tx));
        TRY(percent(l, py, &ty));
    }
    const PlaceBlock *k = &g->blocks.v[b];
    arr_push(&g->pins, ((PlacePin){b, k->w / 2 + (int32_t)(tx * k->w / 1000), k->h / 2 + (int32_t)(ty * k->h / 1000)}));
    return ST_OK;
}

static Status read_nets(Gsrc *g, Lines *l)
{
    int64_t left = 0;
    for (char *s; (s = next_line(l));) {
        if (str_starts(s, "NetDegree")) {
            word(&s);
            char *n = word(&s);
            if (left || !n || !str_to_i64(n, &left) || left < 1 || left > 1000000)
                return msg_error(ST_INPUT, "GSR-0001", loc(l), left ? "the net before lacks %lld pins" : "want `NetDegree : count`", (long long)left);
            arr_push(&g->nets, ((PlaceNet){g->pins.n, 0, 1}));
            continue;
        }
        if (!left) return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s: a pin outside a net", s);
        TRY(read_pin(g, l, s));
        g->nets.v[g->nets.n - 1].n_pins = g->pins.n - g->nets.v[g->nets.n - 1].pin0;
        left--;
    }
    if (left) return msg_error(ST_INPUT, "GSR-0001", loc(l), "the last net lacks %lld pins", (long long)left);
    return counted(l, SAYS_NETS, g->nets.n); /* NumPins of the public ami33 is wrong: not looked at */
}

static Status read_with(Gsrc *g, const char *path, Status (*fn)(Gsrc *, Lines *))
{
    Buf b = {0};
    TRY(io_read(path, GSRC_MAX_BYTES, &b));
    Lines l = {path, b.s, 0, {-1, -1, -1, -1, -1}};
    Status st = ST_OK;
    if (!b.n || strspn(b.s, " \t\r\n") == b.n) st = msg_error(ST_INPUT, "GSR-0001", (Loc){path, 0, 0}, "the file is empty");
    else if (memchr(b.s, 0, b.n)) st = msg_error(ST_INPUT, "GSR-0001", (Loc){path, 0, 0}, "the file has a zero byte; it is no text");
    else st = fn(g, &l);
    buf_free(&b);
    return st;
}

Status gsrc_read(const char *blocks, const char *nets, const char *pl, GsrcProblem *out)
{
    memset(out, 0, sizeof *out);
    Gsrc g = {.g = out};
    Status st = read_with(&g, blocks, read_blocks);
    if (st == ST_OK && pl) st = read_with(&g, pl, read_pl);
    if (st == ST_OK && nets) st = read_with(&g, nets, read_nets);
    if (st == ST_OK) {
        PlaceBlock *b = arena_array(&out->arena, PlaceBlock, (size_t)g.blocks.n + 1);
        PlaceNet *n = arena_array(&out->arena, PlaceNet, (size_t)g.nets.n + 1);
        PlacePin *p = arena_array(&out->arena, PlacePin, (size_t)g.pins.n + 1);
        memcpy(b, g.blocks.v, g.blocks.n * sizeof *b);
        if (g.nets.n) memcpy(n, g.nets.v, g.nets.n * sizeof *n);
        if (g.pins.n) memcpy(p, g.pins.v, g.pins.n * sizeof *p);
        out->p = (PlaceProblem){g.blocks.n, g.nets.n, g.pins.n, b, n, p};
        out->scale = GSRC_SCALE;
        out->critical = arena_array(&out->arena, int32_t, (size_t)g.nets.n + 1);
        out->unit_m = 1e-6;
    }
    names_free(&g.names);
    arr_free(&g.kind);
    arr_free(&g.terminal);
    arr_free(&g.placed);
    arr_free(&g.blocks);
    arr_free(&g.nets);
    arr_free(&g.pins);
    if (st != ST_OK) gsrc_free(out);
    return st;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

typedef struct {
    GsrcProblem *g;
    ARRAY(FpRule) rules;
    uint32_t n_groups;
    int8_t axis;              /* of the group: 0 vertical, 1 horizontal, 2 none: a point */
} Rules;

static Status block_of(const Rules *c, const Lines *l, const char *name, uint32_t *out)
{
    for (*out = 0; name && *out < c->g->p.n_blocks; ++*out)
        if (str_eq(c->g->p.blocks[*out].name, name)) return ST_OK;
    if (!name) return msg_error(ST_INPUT, "GSR-0001", loc(l), "a block's name is missing");
    return msg_error(ST_INPUT, "GSR-0002", loc(l), "%s is no block", name);
}

/* The rest of the line: blocks, each with the one before it. */
static Status read_chain(Rules *c, Lines *l, char *s, FpRule r)
{
    TRY(block_of(c, l, word(&s), &r.a));
    do {
        TRY(block_of(c, l, word(&s), &r.b));
        arr_push(&c->rules, r);
        r.a = r.b;
        while (*s == ' ') s++;
    } while (*s);
    return ST_OK;
}

static Status read_fixed(Rules *c, Lines *l, char *s)
{
    FpRule r = {.kind = FP_FIXED};
    TRY(block_of(c, l, word(&s), &r.a));
    char *x = word(&s), *y = word(&s), *o = word(&s);
    int64_t vx, vy;
    if (!x || !y || !str_to_i64(x, &vx) || !str_to_i64(y, &vy) || vx < 0 || vy < 0 || vx > GSRC_MAX_SIDE || vy > GSRC_MAX_SIDE || word(&s))
        return msg_error(ST_INPUT, "GSR-0001", loc(l), "want `fixed BLOCK X Y [ORIENTATION]`, whole numbers from 0 to %d", GSRC_MAX_SIDE);
    int k = 0;
    while (o && k < 8 && !str_eq(orient_name[k], o)) k++;
    if (k == 8) return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s: want an orientation N S W E FN FS FW FE", o);
    r.orient = (Orient)k;
    r.x = (int32_t)vx * c->g->scale;
    r.y = (int32_t)vy * c->g->scale;
    arr_push(&c->rules, r);
    return ST_OK;
}

/* Nets have no names in a bookshelf: they are counted as .nets lists them, from 1. */
static Status read_critical(Rules *c, Lines *l, char *s)
{
    char *net = word(&s), *weight = word(&s);
    int64_t n = 0, w = GSRC_CRITICAL;
    if (!net || !str_to_i64(net, &n) || n < 1 || (weight && !str_to_i64(weight, &w)) || w < 1 || w > 1000 || word(&s))
        return msg_error(ST_INPUT, "GSR-0001", loc(l), "want `critical NET [WEIGHT]`, the net's number in .nets from 1, a weight from 1 to 1000");
    if (n > c->g->p.n_nets) return msg_error(ST_INPUT, "GSR-0002", loc(l), "net %lld of %u", (long long)n, c->g->p.n_nets);
    c->g->critical[n - 1] = (int32_t)w;
    return ST_OK;
}

static Status read_unit(Rules *c, Lines *l, char *s)
{
    char *v = word(&s);
    if (v && unit_parse(v, U_LENGTH, &c->g->unit_m) && c->g->unit_m > 0 && !word(&s)) return ST_OK;
    return msg_error(ST_INPUT, "GSR-0001", loc(l), "want `unit LENGTH`, such as 1um");
}

static Status read_rule(Rules *c, Lines *l, char *s)
{
    static const struct { const char *word; int8_t axis, edge; } edges[] = {{"left", 0, 0}, {"hcenter", 0, 1}, {"right", 0, 2},
                                                                            {"bottom", 1, 0}, {"vcenter", 1, 1}, {"top", 1, 2}};
    const char *kind = word(&s);
    if (str_eq(kind, "symmetry")) {
        const char *axis = word(&s);
        static const char *const axes[] = {"vertical", "horizontal", "point"};
        for (c->axis = 0; c->axis < 3 && axis && !str_eq(axis, axes[c->axis]); c->axis++) {}
        if (!axis || c->axis == 3 || word(&s)) return msg_error(ST_INPUT, "GSR-0001", loc(l), "want `symmetry vertical`, `horizontal` or `point`");
        c->n_groups++;
        return ST_OK;
    }
    bool pair = str_eq(kind, "pair");
    if (pair || str_eq(kind, "self")) {
        if (!c->n_groups) return msg_error(ST_INPUT, "GSR-0001", loc(l), "`%s` before the first `symmetry`", kind);
        bool point = c->axis == 2;
        FpRule r = {.kind = point ? FP_CENTRE : pair ? FP_PAIR : FP_SELF, .group = c->n_groups - 1, .axis = point ? 0 : c->axis};
        TRY(block_of(c, l, word(&s), &r.a));
        r.b = r.a;
        if (pair) TRY(block_of(c, l, word(&s), &r.b));
        if (word(&s)) return msg_error(ST_INPUT, "GSR-0001", loc(l), "want `pair BLOCK BLOCK` or `self BLOCK`");
        arr_push(&c->rules, r);
        return ST_OK;
    }
    if (str_eq(kind, "fixed")) return read_fixed(c, l, s);
    if (str_eq(kind, "critical")) return read_critical(c, l, s);
    if (str_eq(kind, "unit")) return read_unit(c, l, s);
    if (str_eq(kind, "abut")) {
        const char *how = word(&s);
        if (how && (str_eq(how, "row") || str_eq(how, "column"))) return read_chain(c, l, s, (FpRule){.kind = FP_ABUT, .axis = str_eq(how, "column")});
        return msg_error(ST_INPUT, "GSR-0001", loc(l), "want `abut row BLOCK…` or `abut column BLOCK…`");
    }
    const char *edge = str_eq(kind, "align") ? word(&s) : NULL;
    for (size_t k = 0; edge && k < COUNTOF(edges); k++)
        if (str_eq(edges[k].word, edge)) return read_chain(c, l, s, (FpRule){.kind = FP_ALIGN, .axis = edges[k].axis, .edge = edges[k].edge});
    return msg_error(ST_INPUT, "GSR-0001", loc(l), "%s: want symmetry, pair, self, fixed, critical, unit, `abut row|column` or `align left|hcenter|right|bottom|vcenter|top`", kind);
}

Status gsrc_read_rules(const char *path, GsrcProblem *g, const FpRule **rules, uint32_t *n)
{
    Buf b = {0};
    Rules c = {.g = g};
    TRY(io_read(path, GSRC_MAX_BYTES, &b));
    Lines l = {path, b.s, 0, {-1, -1, -1, -1, -1}};
    Status st = b.n && memchr(b.s, 0, b.n) ? msg_error(ST_INPUT, "GSR-0001", (Loc){path, 0, 0}, "the file has a zero byte; it is no text") : ST_OK;
    for (char *s; st == ST_OK && b.n && (s = next_line(&l));) st = read_rule(&c, &l, s);
    FpRule *copy = arena_array(&g->arena, FpRule, (size_t)c.rules.n + 1);
    if (c.rules.n) memcpy(copy, c.rules.v, c.rules.n * sizeof *copy);
    *rules = copy;
    *n = c.rules.n;
    arr_free(&c.rules);
    buf_free(&b);
    return st;
}

void gsrc_free(GsrcProblem *g)
{
    arena_free(&g->arena);
    memset(g, 0, sizeof *g);
}
