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

static Status parse_lines(Scan *s, Arena *arena, const char **layers, U32s *gaps, U32s row[2], U32s end[2], int *n_rows, int row_line[2])
{
    for (; s->p < s->end; s->line++) {
        if (blank_line(s)) continue;
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) s->p++;
        if (word(s, "gaps")) TRY(scan_numbers(s, gaps));
        else if (word(s, "layers")) *layers = scan_word(s, arena);
        else if (word(s, "left")) TRY(scan_numbers(s, &end[0]));
        else if (word(s, "right")) TRY(scan_numbers(s, &end[1]));
        else if (*n_rows == 2)
            return msg_error(ST_INPUT, "RTE-0003", (Loc){s->name, s->line, 0}, "a third line of pins; a channel has a top and a bottom line");
        else {
            row_line[*n_rows] = s->line;
            TRY(scan_numbers(s, &row[(*n_rows)++]));
        }
    }
    return ST_OK;
}

static uint32_t gap(const U32s *v, uint32_t i) { return i < v->n ? v->v[i] : 0; }

Status channel_parse(const char *name, const char *text, size_t n, ChannelFile *out)
{
    memset(out, 0, sizeof *out);
    Scan s = {name, text, text + n, 1};
    U32s row[2] = {{0}, {0}}, end[2] = {{0}, {0}}, gaps = {0};
    int n_rows = 0, row_line[2] = {0, 0};
    const char *layers = NULL;
    Status st = parse_lines(&s, &out->arena, &layers, &gaps, row, end, &n_rows, row_line);
    if (st == ST_OK && n_rows < 2)
        st = msg_error(ST_INPUT, "RTE-0003", (Loc){name, s.line, 0}, "%d line(s) of pins; a channel has a top and a bottom line", n_rows);
    if (st == ST_OK && row[0].n != row[1].n)
        st = msg_error(ST_INPUT, "RTE-0003", (Loc){name, row_line[1], 0}, "%u top pins but %u bottom pins", row[0].n, row[1].n);
    if (st == ST_OK)
        out->ch = (Channel){.n_cols = row[0].n, .top = keep(out, &row[0]), .bottom = keep(out, &row[1]), .n_left = end[0].n,
                            .n_right = end[1].n, .left = keep(out, &end[0]), .right = keep(out, &end[1]), .layers = layers, .h_gap = gap(&gaps, 0),
                            .v_gap = gap(&gaps, 1), .min_len = gap(&gaps, 2)};
    arr_free(&gaps);
    for (int i = 0; i < 2; i++) {
        arr_free(&row[i]);
        arr_free(&end[i]);
    }
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
    if (strlen(s->layers) > 2) buf_printf(out, "layers %s\n", s->layers);
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
