/*
 * SPICE netlist reader: hierarchical .subckt netlists into cells without layout.
 *
 * Lines are joined ('+'), comments dropped ('*' in front, ';' or '$ ' behind), .include followed beside the including file. Keywords,
 * element letters, suffixes and parameter names ignore case; names keep theirs. A .subckt with parameters in its head is a device
 * model: an X line that names it is a transistor, of the polarity of the .model that its inner M line uses. Names lose
 * their element letter unless two devices of a cell would then be called the same. Every node is a net of width 1, "net[3]" too;
 * node 0 is a net "0" in each cell that uses it. A cell with X lines is a block, any other a leaf. What is not understood is
 * refused, nothing is skipped silently.
 */
#include <math.h>

#include "gen/db/db.h"

enum { FILE_LIMIT = 1 << 30, INCLUDE_DEPTH = 8, CELL_DEPTH = 200 };

typedef struct {
    size_t text;         /* offset of the joined line in Spice.text */
    Loc at;
} Line;

typedef struct {
    NameId name;
    uint32_t head, first, end; /* lines: .subckt; body first … end − 1 */
    bool model;          /* parameters in the head: a device */
    uint8_t state;       /* 0 unseen, 1 on the stack, 2 done */
    CellId cell;
    bool used;
} Sub;

typedef struct { ARRAY(char *) v; } Tokens;

typedef struct {
    Db *db;
    Arena arena;
    Buf text;
    ARRAY(Line) lines;
    ARRAY(Sub) subs;
    Map sub_of;          /* name id → subs */
    Map model_of;        /* name id → 1 + DevKind; 0: a model of something else */
    Map taken;           /* of the cell being built: device names */
    Buf scratch;
    Tokens tok;
    uint32_t n_pos;      /* tokens before the first name=value */
    bool may_continue;   /* the last line read is the last of `lines` */
} Spice;

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_word(const char *a, const char *word)
{
    while (*a && lower(*a) == *word) a++, word++;
    return !*a && !*word;
}

/* ---- lines ------------------------------------------------------------------------------------------------ */

/* Length of a physical line without its comment. */
static size_t content(const char *s, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (s[k] == ';') return k;
        if (s[k] == '$' && k && (s[k - 1] == ' ' || s[k - 1] == '\t') && (k + 1 == n || s[k + 1] == ' ')) return k;
    }
    return n;
}

static Status read_file(Spice *s, const char *path, uint32_t depth);

/* .include "name", relative to the including file. */
static Status include(Spice *s, const char *rest, Loc at, uint32_t depth)
{
    if (depth >= INCLUDE_DEPTH) return msg_error(ST_INPUT, "SPI-0001", at, "includes nested deeper than %d", INCLUDE_DEPTH);
    while (*rest == ' ' || *rest == '\t') rest++;
    char quote = *rest == '"' || *rest == '\'' ? *rest++ : 0;
    size_t n = 0;
    while (rest[n] && (quote ? rest[n] != quote : rest[n] != ' ' && rest[n] != '\t')) n++;
    const char *name = arena_printf(&s->arena, "%.*s", (int)n, rest), *slash = strrchr(at.file, '/');
    if (!*name) return msg_error(ST_INPUT, "SPI-0001", at, ".include without a file name");
    if (*name == '$') return ST_OK; /* $APUGEN_PDK/…: device cards of a PDK, behind the subcircuits that name them */
    if (*name != '/' && slash) name = arena_printf(&s->arena, "%.*s/%s", (int)(slash - at.file), at.file, name);
    return read_file(s, name, depth + 1);
}

static bool starts_word(const char *line, const char *word)
{
    size_t n = strlen(word);
    for (size_t k = 0; k < n; k++)
        if (lower(line[k]) != word[k]) return false;
    return line[n] == 0 || line[n] == ' ' || line[n] == '\t';
}

static Status take_line(Spice *s, const char *p, size_t n, Loc at, uint32_t depth)
{
    while (n && (*p == ' ' || *p == '\t')) p++, n--;
    if (n == 0 || *p == '*') return ST_OK;
    n = content(p, n);
    if (n == 0) return ST_OK;
    if (*p == '+') {
        if (!s->may_continue) return msg_error(ST_INPUT, "SPI-0002", at, "continuation of nothing");
        s->text.n--; /* the 0 behind the line that goes on */
        buf_char(&s->text, ' ');
        buf_put(&s->text, p + 1, n - 1);
        buf_put(&s->text, "", 1);
        return ST_OK;
    }
    s->may_continue = true;
    Line l = {s->text.n, at};
    buf_put(&s->text, p, n);
    buf_put(&s->text, "", 1);
    const char *line = s->text.s + l.text;
    const char *word = starts_word(line, ".include") ? ".include" : starts_word(line, ".inc") ? ".inc" : NULL;
    if (!word) {
        arr_push(&s->lines, l);
        return ST_OK;
    }
    const char *rest = arena_str(&s->arena, line + strlen(word));
    Status st = include(s, rest, at, depth);
    s->may_continue = false;
    return st;
}

static Status read_file(Spice *s, const char *path, uint32_t depth)
{
    Buf file = {0};
    TRY(io_read(path, FILE_LIMIT, &file));
    const char *name = arena_str(&s->arena, path);
    Status st = ST_OK;
    int number = 1;
    for (char *p = file.s, *end = file.s + file.n; p < end && st == ST_OK; number++) {
        char *e = memchr(p, '\n', (size_t)(end - p));
        if (!e) e = end;
        size_t n = (size_t)(e - p);
        if (n && p[n - 1] == '\r') n--;
        if (memchr(p, 0, n)) st = msg_error(ST_INPUT, "SPI-0002", (Loc){name, number, 0}, "a 0 byte: this is no text");
        /* SPICE takes the first line of a deck for its title, whatever it says. */
        bool title = number == 1 && depth == 0 && n && *p != '.' && *p != '*' && *p != '+';
        if (st == ST_OK && !title) st = take_line(s, p, n, (Loc){name, number, 0}, depth);
        p = e + 1;
    }
    buf_free(&file);
    return st;
}

/* Words of a line; '(' ')' ',' separate; "w = 1u" becomes "w=1u"; {…} and '…' stay whole. */
static void tokenize(Spice *s, const Line *l)
{
    const char *p = s->text.s + l->text;
    s->scratch.n = 0;
    s->tok.v.n = 0;
    ARRAY(size_t) at = {0};
    bool glue = false; /* the last token ends in '=' */
    for (;;) {
        while (*p && strchr(" \t(),", *p)) p++;
        if (!*p) break;
        if (*p == '=' && at.n) {
            s->scratch.n--;
            buf_char(&s->scratch, '=');
            buf_put(&s->scratch, "", 1);
            glue = true;
            p++;
            continue;
        }
        const char *e = p;
        char close = *p == '{' ? '}' : *p == '\'' ? '\'' : 0;
        if (close) {
            e = strchr(p + 1, close);
            e = e ? e + 1 : p + strlen(p);
        } else {
            while (*e && !strchr(" \t(),=", *e)) e++;
            if (e == p) e++; /* '=' in front of everything */
        }
        if (glue) s->scratch.n--;
        else arr_push(&at, s->scratch.n);
        buf_put(&s->scratch, p, (size_t)(e - p));
        buf_put(&s->scratch, "", 1);
        glue = false;
        p = e;
    }
    s->n_pos = UINT32_MAX;
    for (uint32_t k = 0; k < at.n; k++) {
        char *t = s->scratch.s + at.v[k];
        if (s->n_pos == UINT32_MAX && (strchr(t, '=') || same_word(t, "params:"))) s->n_pos = k;
        arr_push(&s->tok.v, t);
    }
    if (s->n_pos == UINT32_MAX) s->n_pos = at.n;
    arr_free(&at);
}

/* ---- first pass: which subcircuits and models there are ---------------------------------------------------------- */

static Status take_model(Spice *s, const Line *l)
{
    if (s->n_pos < 3) return msg_error(ST_INPUT, "SPI-0003", l->at, ".model needs a name and a type");
    NameId n = names_add(&s->db->names, s->tok.v.v[1]);
    const char *type = s->tok.v.v[2];
    map_set(&s->model_of, n.i, same_word(type, "nmos") ? 1 + DEV_NMOS : same_word(type, "pmos") ? 1 + DEV_PMOS : 0);
    return ST_OK;
}

static Status open_sub(Spice *s, uint32_t line)
{
    const Line *l = &s->lines.v[line];
    if (s->n_pos < 2) return msg_error(ST_INPUT, "SPI-0003", l->at, ".subckt without a name");
    NameId n = names_add(&s->db->names, s->tok.v.v[1]);
    uint32_t other;
    if (map_get(&s->sub_of, n.i, &other)) return msg_error(ST_INPUT, "SPI-0004", l->at, "two subcircuits are called %s", s->tok.v.v[1]);
    map_set(&s->sub_of, n.i, s->subs.n);
    Sub sub = {.name = n, .head = line, .first = line + 1, .end = 0, .model = s->n_pos < s->tok.v.n, .cell = CELL_NONE};
    arr_push(&s->subs, sub);
    return ST_OK;
}

static Status scan(Spice *s)
{
    /* A parameter does nothing but where a value names it, and such a value is refused there (SPI-0009, SPI-0012). */
    static const char *const harmless[] = {".end", ".option", ".options", ".param", ".temp", ".title"};
    bool open = false;
    for (uint32_t k = 0; k < s->lines.n; k++) {
        const Line *l = &s->lines.v[k];
        if (s->text.s[l->text] != '.') {
            if (!open) return msg_error(ST_INPUT, "SPI-0005", l->at, "element outside of a subcircuit");
            continue;
        }
        tokenize(s, l);
        const char *word = s->tok.v.v[0];
        bool known = false;
        for (size_t q = 0; q < COUNTOF(harmless); q++) known |= same_word(word, harmless[q]);
        if (known) continue;
        if (same_word(word, ".subckt")) {
            if (open) return msg_error(ST_INPUT, "SPI-0006", l->at, "a subcircuit inside a subcircuit");
            TRY(open_sub(s, k));
            open = true;
        } else if (same_word(word, ".ends")) {
            if (!open) return msg_error(ST_INPUT, "SPI-0006", l->at, ".ends without .subckt");
            s->subs.v[s->subs.n - 1].end = k;
            open = false;
        } else if (same_word(word, ".model")) {
            TRY(take_model(s, l));
        } else {
            return msg_error(ST_INPUT, "SPI-0007", l->at, "%s is not supported", word);
        }
    }
    if (open) return msg_error(ST_INPUT, "SPI-0006", s->lines.v[s->subs.v[s->subs.n - 1].head].at, "subcircuit without .ends");
    return ST_OK;
}

/* Polarity of a model name: .model itself, or the model of the M line inside a device subcircuit. */
static Status polarity(Spice *s, NameId model, Loc at, DevKind *out)
{
    uint32_t sub, kind = 0;
    NameId n = model;
    if (map_get(&s->sub_of, model.i, &sub) && s->subs.v[sub].model) {
        n = (NameId){0};
        for (uint32_t k = s->subs.v[sub].first; k < s->subs.v[sub].end && !n.i; k++) {
            if (lower(s->text.s[s->lines.v[k].text]) != 'm') continue;
            tokenize(s, &s->lines.v[k]);
            if (s->n_pos == 6) n = names_add(&s->db->names, s->tok.v.v[5]);
        }
    }
    if (!n.i || !map_get(&s->model_of, n.i, &kind) || !kind)
        return msg_error(ST_INPUT, "SPI-0008", at, "%s is no transistor model that this netlist or its includes define", db_name(s->db, model));
    *out = (DevKind)(kind - 1);
    return ST_OK;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------------- */

static double scale_of(const char *s)
{
    if (lower(s[0]) == 'm' && lower(s[1]) == 'e' && lower(s[2]) == 'g') return 1e6;
    switch (lower(*s)) {
    case 't': return 1e12;
    case 'g': return 1e9;
    case 'k': return 1e3;
    case 'm': return 1e-3;
    case 'u': return 1e-6;
    case 'n': return 1e-9;
    case 'p': return 1e-12;
    case 'f': return 1e-15;
    case 'a': return 1e-18;
    default: return 1;
    }
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* A number with a SPICE suffix; letters behind the suffix are a unit and mean nothing ("10pF", "50ohm"). */
static bool number(const char *s, double *out)
{
    size_t n = s[0] == '+' || s[0] == '-';
    while (digit(s[n]) || s[n] == '.') n++;
    if (lower(s[n]) == 'e' && (digit(s[n + 1]) || ((s[n + 1] == '+' || s[n + 1] == '-') && digit(s[n + 2])))) {
        n += 2;
        while (digit(s[n])) n++;
    }
    char text[64];
    if (n == 0 || n >= sizeof text) return false;
    memcpy(text, s[0] == '+' ? s + 1 : s, n);
    text[s[0] == '+' ? n - 1 : n] = 0;
    for (const char *p = s + n; *p; p++)
        if (!((lower(*p) >= 'a' && lower(*p) <= 'z'))) return false;
    if (lower(s[n]) == 'm' && lower(s[n + 1]) == 'i' && lower(s[n + 2]) == 'l') return false; /* 1/1000 inch: not here */
    if (!str_to_double(text, out)) return false;
    *out *= scale_of(s + n);
    return true;
}

/* Value of parameter `name` of the current line; absent: false in *given. */
static Status parameter(Spice *s, const Line *l, const char *name, double *out, bool *given)
{
    size_t n = strlen(name);
    *given = false;
    for (uint32_t k = s->n_pos; k < s->tok.v.n; k++) {
        const char *t = s->tok.v.v[k], *eq = strchr(t, '=');
        if (!eq || (size_t)(eq - t) != n) continue;
        bool same = true;
        for (size_t q = 0; q < n; q++) same &= lower(t[q]) == name[q];
        if (!same) continue;
        if (!number(eq + 1, out)) return msg_error(ST_INPUT, "SPI-0009", l->at, "%s is no number", t);
        *given = true;
    }
    return ST_OK;
}

static Status only_parameters(Spice *s, const Line *l, const char *const *known)
{
    for (uint32_t k = s->n_pos; k < s->tok.v.n; k++) {
        const char *t = s->tok.v.v[k], *eq = strchr(t, '=');
        bool ok = false;
        for (const char *const *p = known; *p && eq; p++) {
            size_t n = strlen(*p);
            bool same = (size_t)(eq - t) == n;
            for (size_t q = 0; q < n && same; q++) same = lower(t[q]) == (*p)[q];
            ok |= same;
        }
        if (!ok) return msg_error(ST_INPUT, "SPI-0009", l->at, "%s is not a parameter that is understood here", t);
    }
    return ST_OK;
}

static Status length_dbu(Spice *s, const Line *l, const char *name, int32_t *out)
{
    double v = 0;
    bool given;
    TRY(parameter(s, l, name, &v, &given));
    double dbu = v / s->db->dbu_m, whole = floor(dbu + 0.5);
    if (!given) return msg_error(ST_INPUT, "SPI-0010", l->at, "transistor without %s=", name);
    if (!(whole >= 1 && whole < 1 << 30)) return msg_error(ST_INPUT, "SPI-0010", l->at, "%s=%g m is out of range", name, v);
    if (fabs(dbu - whole) > 1e-4) return msg_error(ST_INPUT, "SPI-0010", l->at, "%s=%g m is not a whole number of %g m", name, v, s->db->dbu_m);
    *out = (int32_t)whole;
    return ST_OK;
}

/* ---- second pass: cells, children first ---------------------------------------------------------------------------------- */

static NetId node(Spice *s, CellId c, const char *name)
{
    NetId n = db_find_net(s->db, c, name);
    if (n.i != NET_NONE.i) return n;
    return db_add_net(s->db, c, name, 1, str_eq(name, "0") ? USE_GROUND : USE_SIGNAL);
}

/* Name without its letter, or with it where that is taken. */
static Status device_name(Spice *s, const Line *l, const char **out)
{
    const char *full = s->tok.v.v[0];
    for (int k = full[1] ? 1 : 0; k >= 0; k--) {
        NameId n = names_add(&s->db->names, full + k);
        if (map_get(&s->taken, n.i, NULL)) continue;
        map_set(&s->taken, n.i, 1);
        *out = db_name(s->db, n);
        return ST_OK;
    }
    return msg_error(ST_INPUT, "SPI-0004", l->at, "two devices are called %s", full);
}

/* A transistor: nodes 1 … 4, then the model; as an M line or an X line of a device subcircuit. */
static Status add_transistor(Spice *s, CellId c, const Line *l)
{
    static const char *const known[] = {"w", "l", "m", "as", "ad", "ps", "pd", NULL};
    if (s->n_pos != 6) return msg_error(ST_INPUT, "SPI-0011", l->at, "transistor with %u words, wanted name, d, g, s, b, model", s->n_pos);
    DevKind kind = DEV_NMOS;
    NameId model = names_add(&s->db->names, s->tok.v.v[5]);
    TRY(polarity(s, model, l->at, &kind));
    tokenize(s, l); /* polarity() looked at other lines */
    TRY(only_parameters(s, l, known));
    int32_t w, len;
    TRY(length_dbu(s, l, "w", &w));
    TRY(length_dbu(s, l, "l", &len));
    double m = 1;
    bool given;
    TRY(parameter(s, l, "m", &m, &given));
    if (!(m >= 1 && m < 1e6) || m != floor(m)) return msg_error(ST_INPUT, "SPI-0010", l->at, "m=%g is not a number of transistors", m);
    const char *name;
    TRY(device_name(s, l, &name));
    NetId t[4];
    for (int k = 0; k < 4; k++) t[k] = node(s, c, s->tok.v.v[k + 1]);
    db_add_mos(s->db, c, name, db_name(s->db, model), kind, t[0], t[1], t[2], t[3], w, len, (int32_t)m);
    return ST_OK;
}

static Status add_passive(Spice *s, CellId c, const Line *l, bool cap)
{
    const char *const known[] = {cap ? "c" : "r", "m", NULL};
    TRY(only_parameters(s, l, known));
    double v = 0, m = 1;
    bool given = false, many;
    if (s->n_pos == 4) given = number(s->tok.v.v[3], &v);
    else if (s->n_pos == 3) TRY(parameter(s, l, known[0], &v, &given));
    if (!given || !(v >= 0)) return msg_error(ST_INPUT, "SPI-0012", l->at, "%s: wanted two nodes and a value ≥ 0", s->tok.v.v[0]);
    TRY(parameter(s, l, "m", &m, &many));
    if (!(m > 0)) return msg_error(ST_INPUT, "SPI-0012", l->at, "m=%g", m);
    const char *name;
    TRY(device_name(s, l, &name));
    NetId a = node(s, c, s->tok.v.v[1]), b = node(s, c, s->tok.v.v[2]);
    if (cap) db_add_cap(s->db, c, name, a, b, v * m);
    else db_add_res(s->db, c, name, a, b, v / m);
    return ST_OK;
}

static Status add_instance(Spice *s, CellId c, const Line *l, const Sub *sub)
{
    const DbCell *m = db_cell(s->db, sub->cell);
    if (s->n_pos < s->tok.v.n) return msg_error(ST_INPUT, "SPI-0009", l->at, "cell %s takes no parameters", db_name(s->db, m->name));
    if (s->n_pos - 2 != m->n_ports)
        return msg_error(ST_INPUT, "SPI-0013", l->at, "%s has %u nodes, cell %s has %u ports", s->tok.v.v[0], s->n_pos - 2, db_name(s->db, m->name), m->n_ports);
    NameId n = names_add(&s->db->names, s->tok.v.v[0] + (s->tok.v.v[0][1] ? 1 : 0));
    uint64_t key = (uint64_t)1 << 32 | n.i; /* instances have names of their own */
    if (map_get(&s->taken, key, NULL)) return msg_error(ST_INPUT, "SPI-0004", l->at, "two instances are called %s", s->tok.v.v[0]);
    map_set(&s->taken, key, 1);
    InstId i = db_add_inst(s->db, c, db_name(s->db, n), sub->cell, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    for (uint32_t p = 0; p + 2 < s->n_pos; p++) db_connect(s->db, c, i, (NetId){p}, (NetRef){.net = node(s, c, s->tok.v.v[p + 1]), .sk = 1});
    return ST_OK;
}

/* The subcircuit that the current X line names; NULL: unknown. */
static Sub *master_of(Spice *s)
{
    uint32_t k;
    if (s->n_pos < 2) return NULL;
    NameId n = names_find(&s->db->names, s->tok.v.v[s->n_pos - 1]);
    return n.i && map_get(&s->sub_of, n.i, &k) ? &s->subs.v[k] : NULL;
}

static Status add_element(Spice *s, CellId c, const Line *l)
{
    tokenize(s, l);
    switch (lower(s->tok.v.v[0][0])) {
    case 'm': return add_transistor(s, c, l);
    case 'c': return add_passive(s, c, l, true);
    case 'r': return add_passive(s, c, l, false);
    case 'x': {
        const Sub *m = master_of(s);
        assert(m); /* need_masters() has seen this line */
        return m->model ? add_transistor(s, c, l) : add_instance(s, c, l, m);
    }
    default: return msg_error(ST_INPUT, "SPI-0007", l->at, "element %s: only X, M, C and R are supported", s->tok.v.v[0]);
    }
}

static Status add_ports(Spice *s, CellId c, const Line *l)
{
    tokenize(s, l);
    for (uint32_t k = 2; k < s->n_pos; k++) {
        if (db_find_net(s->db, c, s->tok.v.v[k]).i != NET_NONE.i)
            return msg_error(ST_INPUT, "SPI-0004", l->at, "two ports are called %s", s->tok.v.v[k]);
        db_add_port(s->db, c, s->tok.v.v[k], 1, DIR_INOUT, USE_SIGNAL);
    }
    return ST_OK;
}

static Status build(Spice *s, uint32_t index, uint32_t depth);

/* All cells that a subcircuit instantiates, before it. */
static Status need_masters(Spice *s, uint32_t index, uint32_t depth, bool *block)
{
    for (uint32_t k = s->subs.v[index].first; k < s->subs.v[index].end; k++) {
        const Line *l = &s->lines.v[k];
        if (lower(s->text.s[l->text]) != 'x') continue;
        tokenize(s, l);
        Sub *m = master_of(s);
        if (!m) return msg_error(ST_INPUT, "SPI-0014", l->at, "%s: there is no subcircuit %s", s->tok.v.v[0], s->n_pos < 2 ? "" : s->tok.v.v[s->n_pos - 1]);
        if (m->model) continue;
        *block = m->used = true;
        if (m->state == 1) return msg_error(ST_INPUT, "SPI-0014", l->at, "subcircuit %s contains itself", db_name(s->db, m->name));
        if (m->state == 0) TRY(build(s, (uint32_t)(m - s->subs.v), depth + 1));
    }
    return ST_OK;
}

static Status build(Spice *s, uint32_t index, uint32_t depth)
{
    Sub *sub = &s->subs.v[index];
    bool block = false;
    if (depth > CELL_DEPTH) return msg_error(ST_INPUT, "SPI-0014", s->lines.v[sub->head].at, "hierarchy deeper than %d", CELL_DEPTH);
    sub->state = 1;
    TRY(need_masters(s, index, depth, &block));
    if (db_find_cell(s->db, db_name(s->db, sub->name)).i != CELL_NONE.i)
        return msg_error(ST_INPUT, "SPI-0004", s->lines.v[sub->head].at, "cell %s is in the database already", db_name(s->db, sub->name));
    sub->cell = db_add_cell(s->db, db_name(s->db, sub->name), block ? CELL_BLOCK : CELL_LEAF, NULL);
    map_free(&s->taken);
    TRY(add_ports(s, sub->cell, &s->lines.v[sub->head]));
    for (uint32_t k = sub->first; k < sub->end; k++)
        if (s->text.s[s->lines.v[k].text] != '.') TRY(add_element(s, sub->cell, &s->lines.v[k]));
    sub->state = 2;
    return ST_OK;
}

static Status read_all(Spice *s, const char *path)
{
    TRY(read_file(s, path, 0));
    TRY(scan(s));
    for (uint32_t k = 0; k < s->subs.n; k++)
        if (!s->subs.v[k].model && s->subs.v[k].state == 0) TRY(build(s, k, 0));
    for (uint32_t k = 0; k < s->subs.n; k++)
        if (!s->subs.v[k].model && !s->subs.v[k].used) s->db->top = s->subs.v[k].cell;
    return ST_OK;
}

Status spice_read(Db *db, const char *path)
{
    Spice s = {.db = db};
    Status st = read_all(&s, path);
    arena_free(&s.arena);
    buf_free(&s.text);
    buf_free(&s.scratch);
    arr_free(&s.lines);
    arr_free(&s.subs);
    arr_free(&s.tok.v);
    map_free(&s.sub_of);
    map_free(&s.model_of);
    map_free(&s.taken);
    return st;
}
