/*
 * Channel files (DESIGN §7): reader of .chan problems, writer of solutions. Text only; nothing is routed here.
 */
#include "gen/base/io.h"
#include "route/channel.h"

#define CHAN_MAX_BYTES (256u << 20)

typedef struct {
    const char *name, *p, *end;
    int line;
} Scan;

typedef ARRAY(uint32_t) U32s;

/* Numbers of one line into `out`; stops after the line. */
static Status scan_numbers(Scan *s, U32s *out)
{
    const char *line = s->p;
    while (s->p < s->end && *s->p != '\n' && *s->p != '#') {
        if (*s->p == ' ' || *s->p == '\t' || *s->p == '\r') { s->p++; continue; }
        uint64_t v = 0;
        int col = (int)(s->p - line) + 1, digits = 0;
        for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && v < UINT32_MAX; s->p++, digits++) v = v * 10 + (uint64_t)(*s->p - '0');
        bool ends = s->p == s->end || strchr(" \t\r\n#", *s->p);
        if (!digits || !ends || v >= UINT32_MAX)
            return msg_error(ST_INPUT, "RTE-0002", (Loc){s->name, s->line, col}, "not a net number (0 to 4294967294)");
        arr_push(out, (uint32_t)v);
    }
    while (s->p < s->end && *s->p != '\n') s->p++;
    if (s->p < s->end) s->p++;
    return ST_OK;
}

static bool word(Scan *s, const char *w)
{
    size_t n = strlen(w);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0) return false;
    if ((size_t)(s->end - s->p) > n && !strchr(" \t\r\n", s->p[n])) return false;
    s->p += n;
    return true;
}

/* The rest of the line without blanks around it. */
static const char *scan_word(Scan *s, Arena *arena)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) s->p++;
    const char *a = s->p;
    while (s->p < s->end && !strchr(" \t\r\n#", *s->p)) s->p++;
    size_t n = (size_t)(s->p - a);
    char *w = arena_array(arena, char, n + 1);
    memcpy(w, a, n);
    while (s->p < s->end && *s->p != '\n') s->p++;
    if (s->p < s->end) s->p++;
    return w;
}

static bool blank_line(Scan *s)
{
    const char *q = s->p;
    while (q < s->end && (*q == ' ' || *q == '\t' || *q == '\r')) q++;
    if (q < s->end && *q != '\n' && *q != '#') return false;
    while (q < s->end && *q != '\n') q++;
    s->p = q < s->end ? q + 1 : q;
    return true;
}

static const uint32_t *keep(ChannelFile *f, const U32s *v)
{
    uint32_t *p = arena_array(&f->arena, uint32_t, (size_t)v->n + 1);
    if (v->n) memcpy(p, v->v, v->n * sizeof *p);
    return p;
}

/* ---- classes ---------------------------------------------------------------------------------------------------- */

typedef struct {
    Scan s;
    U32s row[2], end[2], gaps, list;
    ARRAY(ChanClass) classes;
    uint32_t n_rows, groups, shield;
    int row_line[2];
    const char *layers;
} Parse;

static ChanClass *class_for(Parse *p, uint32_t net)
{
    for (uint32_t i = 0; i < p->classes.n; i++)
        if (p->classes.v[i].net == net) return &p->classes.v[i];
    arr_push(&p->classes, ((ChanClass){.net = net}));
    return &p->classes.v[p->classes.n - 1];
}

static Status not_understood(const Scan *s, const char *what)
{
    return msg_error(ST_INPUT, "RTE-0002", (Loc){s->name, s->line, 0}, "%s", what);
}

/* One number of the line; stays on it. */
static bool scan_one(Scan *s, uint32_t *out)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) s->p++;
    uint64_t v = 0;
    const char *a = s->p;
    for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && v < UINT32_MAX; s->p++) v = v * 10 + (uint64_t)(*s->p - '0');
    *out = (uint32_t)v;
    return s->p > a && v < UINT32_MAX && (s->p == s->end || strchr(" \t\r\n#", *s->p));
}

/* `net N [width W] [space S] [shield]` */
static Status parse_net(Parse *p)
{
    Scan *s = &p->s;
    uint32_t net, v;
    if (!scan_one(s, &net)) return not_understood(s, "net wants a net number");
    ChanClass *q = class_for(p, net);
    while (!blank_line(s)) {
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) s->p++;
        if (word(s, "shield")) q->shield = true;
        else if (word(s, "width") && scan_one(s, &v) && v > 0) q->width = v;
        else if (word(s, "space") && scan_one(s, &v)) q->space = v;
        else return not_understood(s, "net takes width W (from 1), space S and shield");
    }
    return ST_OK;
}

/* Words followed by nets. False: none of them is here. */
static bool class_word(Parse *p, Status *st)
{
    Scan *s = &p->s;
    static const char *const words[] = {"pair", "match", "sensitive", "aggressor", "shield", "crossings"};
    size_t k = 0;
    while (k < COUNTOF(words) && !word(s, words[k])) k++;
    if (k == COUNTOF(words)) return false;
    p->list.n = 0;
    *st = scan_numbers(s, &p->list);
    if (*st != ST_OK) return true;
    const U32s *l = &p->list;
    bool ok = k == 0 ? l->n == 2 && l->v[0] != l->v[1] : k == 1 || k == 5 ? l->n > 1 : k == 4 ? l->n == 1 : l->n > 0;
    for (uint32_t i = 0; i < l->n; i++) ok = ok && l->v[i];
    if (!ok) *st = not_understood(s, "pair wants two nets, match and crossings two or more, sensitive and aggressor one or more, shield one");
    p->groups += k == 1 || k == 5;
    for (uint32_t i = 0; ok && i < l->n; i++) {
        if (k == 4) p->shield = l->v[i];
        else if (k == 0) class_for(p, l->v[0])->pair = l->v[1];
        else if (k == 1) class_for(p, l->v[i])->match = p->groups;
        else if (k == 5) class_for(p, l->v[i])->cross = p->groups;
        else if (k == 2) class_for(p, l->v[i])->sensitive = true;
        else class_for(p, l->v[i])->aggressor = true;
    }
    return true;
}

static Status parse_lines(Parse *p, Arena *arena)
{
    Scan *s = &p->s;
    for (; s->p < s->end; s->line++) {
        Status st = ST_OK;
        if (blank_line(s)) continue;
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) s->p++;
        if (word(s, "layers")) p->layers = scan_word(s, arena);
        else if (word(s, "left")) st = scan_numbers(s, &p->end[0]);
        else if (word(s, "right")) st = scan_numbers(s, &p->end[1]);
        else if (word(s, "net")) st = parse_net(p);
        else if (word(s, "gaps")) {
            st = scan_numbers(s, &p->gaps);
            if (st == ST_OK && p->gaps.n != 3) st = not_understood(s, "gaps wants three numbers: along a track, along a column, shortest wire");
        } else if (class_word(p, &st)) { /* done */
        } else if (p->n_rows == 2)
            return msg_error(ST_INPUT, "RTE-0003", (Loc){s->name, s->line, 0}, "a third line of pins; a channel has a top and a bottom line");
        else {
            p->row_line[p->n_rows] = s->line;
            st = scan_numbers(s, &p->row[p->n_rows++]);
        }
        TRY(st);
    }
    return ST_OK;
}

static uint32_t gap(const U32s *v, uint32_t i) { return i < v->n ? v->v[i] : 0; }

/* The shields' net: given, or one more than the largest. */
static uint32_t shield_net(const Parse *p)
{
    bool any = false;
    uint32_t top = 0;
    for (uint32_t i = 0; i < p->classes.n; i++) any = any || p->classes.v[i].shield;
    if (!any || p->shield) return p->shield;
    for (int k = 0; k < 4; k++) {
        const U32s *l = k < 2 ? &p->row[k] : &p->end[k - 2];
        for (uint32_t i = 0; i < l->n; i++) top = l->v[i] > top ? l->v[i] : top;
    }
    return top + 1;
}

static void fill_channel(Parse *p, ChannelFile *out)
{
    ChanClass *classes = arena_array(&out->arena, ChanClass, (size_t)p->classes.n + 1);
    if (p->classes.n) memcpy(classes, p->classes.v, p->classes.n * sizeof *classes);
    out->ch = (Channel){.n_cols = p->row[0].n, .top = keep(out, &p->row[0]), .bottom = keep(out, &p->row[1]), .n_left = p->end[0].n,
                        .n_right = p->end[1].n, .left = keep(out, &p->end[0]), .right = keep(out, &p->end[1]), .layers = p->layers,
                        .h_gap = gap(&p->gaps, 0), .v_gap = gap(&p->gaps, 1), .min_len = gap(&p->gaps, 2),
                        .n_classes = p->classes.n, .classes = classes, .shield_net = shield_net(p)};
}

Status channel_parse(const char *name, const char *text, size_t n, ChannelFile *out)
{
    memset(out, 0, sizeof *out);
    Parse p = {.s = {name, text, text + n, 1}};
    Status st = parse_lines(&p, &out->arena);
    if (st == ST_OK && p.n_rows < 2)
        st = msg_error(ST_INPUT, "RTE-0003", (Loc){name, p.s.line, 0}, "%u line(s) of pins; a channel has a top and a bottom line", p.n_rows);
    if (st == ST_OK && p.row[0].n != p.row[1].n)
        st = msg_error(ST_INPUT, "RTE-0003", (Loc){name, p.row_line[1], 0}, "%u top pins but %u bottom pins", p.row[0].n, p.row[1].n);
    if (st == ST_OK) fill_channel(&p, out);
    U32s *all[] = {&p.row[0], &p.row[1], &p.end[0], &p.end[1], &p.gaps, &p.list};
    for (size_t i = 0; i < COUNTOF(all); i++) arr_free(all[i]);
    arr_free(&p.classes);
    return st;
}

Status channel_read(const char *path, ChannelFile *out)
{
    Buf b = {0};
    memset(out, 0, sizeof *out);
    TRY(io_read(path, CHAN_MAX_BYTES, &b));
    Status st = channel_parse(path, b.s, b.n, out);
    buf_free(&b);
    return st;
}

void channel_file_free(ChannelFile *f)
{
    arena_free(&f->arena);
    memset(f, 0, sizeof *f);
}

/* The layer's number, from 1 below; two layers need none. */
static void print_layer(const ChanSolution *s, uint32_t layer, Buf *out)
{
    if (strlen(s->layers) > 2) buf_printf(out, " %u\n", layer + 1);
    else buf_printf(out, "\n");
}

void channel_print(const ChanSolution *s, Buf *out)
{
    buf_printf(out, "channel %u %u\n", s->n_cols, s->n_tracks);
    if (strcmp(s->layers, "hv") != 0) buf_printf(out, "layers %s\n", s->layers);
    for (uint32_t i = 0; i < s->h.n; i++) {
        buf_printf(out, "h %u %u %u %u", s->h.v[i].net, s->h.v[i].track, s->h.v[i].c1, s->h.v[i].c2);
        print_layer(s, s->h.v[i].layer, out);
    }
    for (uint32_t i = 0; i < s->v.n; i++) {
        buf_printf(out, "v %u %u %u %u", s->v.v[i].net, s->v.v[i].col, s->v.v[i].t1, s->v.v[i].t2);
        print_layer(s, s->v.v[i].layer, out);
    }
    for (uint32_t i = 0; i < s->x.n; i++) {
        buf_printf(out, "x %u %u %u", s->x.v[i].net, s->x.v[i].col, s->x.v[i].track);
        print_layer(s, s->x.v[i].layer, out);
    }
}
