/*
 * apugen floorplan FILE.blocks --nets FILE.nets [--pl FILE.pl] [-o OUT.pl] [--objective area|wirelength|both|parasitics] [--svg FILE]
 *                  [--format text|json] [--effort 0|1|2] [--seed S] [-j N] [--spacing D] [--outline WxH]
 *                  [--constraints FILE] [--tech TECH]
 *
 * The placer alone on GSRC bookshelf files. Lengths and areas are printed in the files' units. Critical nets (of the constraints) weigh more than
 * others; with --objective parasitics they alone count, beside the area. --tech says what their wires are estimated to weigh in fF.
 */
#include "gen/base/io.h"
#include "gen/cli.h"
#include "place/place.h"
#include "route/extract.h"
#include "verify/placement.h"

#include <stdlib.h>

enum { WIRES = 4 }; /* channels, as the flow's, run on this metal and the next */

/* What the places cost the critical nets. */
typedef struct {
    uint32_t n;
    int64_t length, bound;    /* half perimeters and a proven lower bound, as PlaceResult.wirelength */
    WireEstimate wire;
} Critical;

typedef struct {
    const char *blocks, *nets, *pl, *rules, *tech, *out, *svg;
    FpOptions opt;
    bool parasitics;          /* both, of critical nets alone */
    int32_t spacing, width, height; /* in the files' units */
    bool json, dry_run;
} Args;

/* WxH, whole numbers. */
static Status box(const char *name, const char *text, int32_t *w, int32_t *h)
{
    char *end;
    int64_t v = strtoll(text, &end, 10), u = *end == 'x' && end[1] >= '0' && end[1] <= '9' ? strtoll(end + 1, &end, 10) : -1;
    if (v < 1 || u < 1 || v > 500000 || u > 500000 || *end)
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want WIDTHxHEIGHT, whole numbers up to 500000", name, text);
    *w = (int32_t)v;
    *h = (int32_t)u;
    return ST_OK;
}

static const char *objective_name(const Args *a)
{
    static const char *const name[] = {"area", "wirelength", "both"};
    return a->parasitics ? "parasitics" : name[a->opt.objective];
}

static Status read_options(const Options *o, Args *a)
{
    static const char *const objectives[] = {"area", "wirelength", "both", "parasitics"};
    if (o->n_args == 0) return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "floorplan needs a file: apugen floorplan FILE.blocks --nets FILE.nets");
    if (o->n_args > 1) return msg_error(ST_USAGE, "CLI-0005", (Loc){0}, "floorplan takes one .blocks file; %s is a second one", o->args[1]);
    *a = (Args){.blocks = o->args[0], .nets = o->nets, .pl = o->pl, .rules = o->constraints, .tech = o->tech, .out = o->out, .svg = o->svg,
                .spacing = (int32_t)o->spacing, .json = o->json, .dry_run = o->dry_run,
                .opt = {.objective = o->nets ? FP_BOTH : FP_AREA, .seed = (uint64_t)o->seed, .effort = (uint32_t)o->effort, .threads = (uint32_t)o->threads}};
    for (uint32_t k = 0; o->objective && k < COUNTOF(objectives); k++) {
        if (!str_eq(o->objective, objectives[k])) continue;
        a->parasitics = k == 3;
        a->opt.objective = a->parasitics ? FP_BOTH : (FpObjective)k;
    }
    if (o->outline) TRY(box("--outline", o->outline, &a->width, &a->height));
    if (!a->nets && a->opt.objective != FP_AREA)
        return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "floorplan --objective %s needs --nets FILE.nets", objective_name(a));
    return ST_OK;
}

static Status write_file(const char *path, const Buf *b)
{
    Out *o;
    TRY(out_open(path, &o));
    out_write(o, b->s, b->n);
    return out_commit(o, NULL, NULL);
}

static void print_pl(const GsrcProblem *g, const PlaceResult *r, Buf *b)
{
    for (uint32_t i = 0; i < g->p.n_blocks; i++)
        buf_printf(b, "%s %d %d : %s\n", g->p.blocks[i].name, r->at[i].x / g->scale, r->at[i].y / g->scale, orient_name[r->at[i].orient]);
}

/* Block names come from a file. */
static void xml_text(Buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '<') buf_str(b, "&lt;");
        else if (*s == '&') buf_str(b, "&amp;");
        else buf_char(b, *s);
    }
}

static void print_svg(const GsrcProblem *g, const PlaceResult *r, Buf *b)
{
    int32_t s = g->scale, w = r->w / s, h = r->h / s;
    int32_t text = (w > h ? w : h) / 60 + 1;
    buf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-size=\"%d\" font-family=\"sans-serif\">\n", w, h, text);
    buf_printf(b, "<rect width=\"%d\" height=\"%d\" fill=\"#eee\"/>\n", w, h);
    for (uint32_t i = 0; i < g->p.n_blocks; i++) {
        Orient o = r->at[i].orient;
        bool turned = o == ORI_W || o == ORI_E || o == ORI_FW || o == ORI_FE;
        int32_t bw = (turned ? g->p.blocks[i].h : g->p.blocks[i].w) / s, bh = (turned ? g->p.blocks[i].w : g->p.blocks[i].h) / s;
        int32_t x = r->at[i].x / s, y = h - r->at[i].y / s - bh;
        buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#9bd\" stroke=\"#246\" stroke-width=\"%d\"/>", x, y, bw, bh,
                   text / 10 + 1);
        buf_printf(b, "<text x=\"%d\" y=\"%d\">", x + text / 2, y + bh / 2);
        xml_text(b, g->p.blocks[i].name);
        buf_str(b, "</text>\n");
    }
    buf_str(b, "</svg>\n");
}

static void figure(Buf *b, const char *name, double v)
{
    buf_printf(b, ", \"%s\": ", name);
    buf_double(b, v);
}

/* What one of the objective is in the files' units: area, length, or a ratio. */
static double objective_unit(const GsrcProblem *g, FpObjective o)
{
    double s = g->scale;
    return o == FP_AREA ? s * s : o == FP_WIRELENGTH ? s : 1e6;
}

/* Length in placement units to fF. */
static double femto(const GsrcProblem *g, const Critical *c, int64_t length) { return (double)length / g->scale * g->unit_m * c->wire.farad_per_m * 1e15; }

static void print_json(const GsrcProblem *g, const Args *a, const PlaceResult *r, const Critical *c, Buf *b)
{
    double s = g->scale;
    FpObjective o = a->opt.objective;
    buf_str(b, "{\"area\": ");
    buf_double(b, (double)r->area / (s * s));
    figure(b, "hpwl", (double)r->wirelength / s);
    figure(b, "dead_space", (double)r->dead / (double)r->area);
    figure(b, "bound", r->bound / objective_unit(g, o));
    figure(b, "gap", r->gap);
    figure(b, "area_bound", (double)r->area_bound / (s * s));
    figure(b, "hpwl_bound", (double)r->wire_bound / s);
    if (c->n) {
        figure(b, "critical_nets", c->n);
        figure(b, "critical_length", (double)c->length / s);
        figure(b, "critical_bound", (double)c->bound / s);
    }
    if (c->n && c->wire.farad_per_m > 0) {
        figure(b, "critical_fF", femto(g, c, c->length));
        figure(b, "critical_fF_bound", femto(g, c, c->bound));
        figure(b, "critical_fF_error", c->wire.error);
    }
    buf_printf(b, ", \"width\": %d, \"height\": %d, \"objective\": \"%s\", \"method\": \"%s\"}\n", r->w / g->scale, r->h / g->scale,
               objective_name(a), r->method);
}

static Status put(const Args *a, const GsrcProblem *g, const PlaceResult *r, const Critical *c)
{
    Buf pl = {0}, svg = {0}, json = {0};
    Status st = ST_OK;
    print_pl(g, r, &pl);
    print_json(g, a, r, c, &json);
    if (a->out) st = write_file(a->out, &pl);
    if (st == ST_OK && a->svg) {
        print_svg(g, r, &svg);
        st = write_file(a->svg, &svg);
    }
    if (st == ST_OK && a->json) fwrite(json.s, 1, json.n, stdout);
    else if (st == ST_OK && !a->out) fwrite(pl.s, 1, pl.n, stdout);
    if (st == ST_OK && !a->json) {
        double s = g->scale;
        msg_info("floorplan: %d x %d, area %.0f (bound %.0f), dead space %.2f %%, half-perimeter wirelength %.1f (bound %.1f); %s: gap %.2f %%, by %s",
                 r->w / g->scale, r->h / g->scale, (double)r->area / (s * s), (double)r->area_bound / (s * s),
                 100.0 * (double)r->dead / (double)r->area, (double)r->wirelength / s, (double)r->wire_bound / s, objective_name(a),
                 100.0 * r->gap, r->method);
        if (c->n && c->wire.farad_per_m > 0)
            msg_info("critical: %u nets, %.1f fF +- %.0f %% (bound %.1f) at %.3f fF/um, half-perimeter wirelength %.1f", c->n, femto(g, c, c->length), 100 * c->wire.error,
                     femto(g, c, c->bound), c->wire.farad_per_m * 1e9, (double)c->length / s);
        else if (c->n) msg_info("critical: %u nets, half-perimeter wirelength %.1f (bound %.1f)", c->n, (double)c->length / s, (double)c->bound / s);
    }
    if (fflush(stdout) != 0) st = msg_error(ST_IO, "IO-0004", (Loc){"stdout", 0, 0}, "cannot write");
    buf_free(&pl);
    buf_free(&svg);
    buf_free(&json);
    return st;
}

typedef struct {
    ARRAY(VplPair) pairs;
    ARRAY(VplTie) ties;
    ARRAY(VplFixed) fixed;
} Told;

/* The rules in the judge's words; pairs by group, as they come from a file. */
static void tell_rules(const FpOptions *opt, Told *t)
{
    static const char *const edges[2][3] = {{"left", "hcenter", "right"}, {"bottom", "vcenter", "top"}}, *const abut[2] = {"row", "column"};
    for (uint32_t k = 0; k < opt->n_rules; k++) {
        const FpRule *r = &opt->rules[k];
        if (r->kind == FP_PAIR || r->kind == FP_SELF || r->kind == FP_CENTRE)
            arr_push(&t->pairs, ((VplPair){r->group, r->a, r->kind == FP_SELF ? r->a : r->b, r->axis == 1, r->kind == FP_CENTRE}));
        else if (r->kind == FP_FIXED) arr_push(&t->fixed, ((VplFixed){r->a, {r->x, r->y, r->orient}}));
        else arr_push(&t->ties, ((VplTie){r->a, r->b, r->kind == FP_ABUT ? abut[r->axis] : edges[r->axis][r->edge]}));
    }
}

/* The judge in verify/ gets the problem as it was read and the places and figures as they will be printed. */
static Status judge(const GsrcProblem *g, const FpOptions *opt, const PlaceResult *r, const Critical *crit)
{
    const PlaceProblem *p = &g->p;
    VplBlock *blocks = mem_calloc((size_t)p->n_blocks + 1, sizeof *blocks);
    VplPlace *places = mem_calloc((size_t)p->n_blocks + 1, sizeof *places);
    VplNet *nets = mem_calloc((size_t)p->n_nets + 1, sizeof *nets);
    VplPin *pins = mem_calloc((size_t)p->n_pins + 1, sizeof *pins);
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        blocks[i] = (VplBlock){p->blocks[i].w, p->blocks[i].h, p->blocks[i].flip};
        places[i] = (VplPlace){r->at[i].x, r->at[i].y, r->at[i].orient};
    }
    for (uint32_t i = 0; i < p->n_nets; i++) nets[i] = (VplNet){p->nets[i].pin0, p->nets[i].n_pins, p->nets[i].weight, g->critical[i] > 0};
    for (uint32_t i = 0; i < p->n_pins; i++) pins[i] = (VplPin){p->pins[i].block, p->pins[i].x, p->pins[i].y};
    Told t = {0};
    tell_rules(opt, &t);
    VplCase c = {.n_pairs = t.pairs.n, .pairs = t.pairs.v, .n_ties = t.ties.n, .ties = t.ties.v, .n_fixed = t.fixed.n, .fixed = t.fixed.v, .n_blocks = p->n_blocks, .n_nets = p->n_nets, .blocks = blocks, .places = places, .nets = nets, .pins = pins,
                 .grid = opt->grid, .spacing = opt->spacing, .max_w = opt->width, .max_h = opt->height, .w = r->w, .h = r->h, .area = r->area,
                 .wirelength = r->wirelength, .critical = crit->length};
    VplReport rep;
    Status st = vpl_check(&c, &rep);
    if (st != ST_OK) {
        if (rep.first.n) rep.first.s[rep.first.n - 1] = 0; /* the last line's end */
        st = msg_error(ST_INTERNAL, "PLC-0009", (Loc){0}, "floorplan: %s", rep.first.s);
    }
    buf_free(&rep.first);
    arr_free(&t.pairs);
    arr_free(&t.ties);
    arr_free(&t.fixed);
    void *all[] = {blocks, places, nets, pins};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return st;
}

/* The problem's nets with other weights. */
static PlaceProblem weighted(GsrcProblem *g, int32_t critical, int32_t times, int32_t others)
{
    PlaceProblem p = g->p;
    PlaceNet *nets = arena_array(&g->arena, PlaceNet, (size_t)p.n_nets + 1);
    for (uint32_t i = 0; i < p.n_nets; i++) {
        nets[i] = p.nets[i];
        nets[i].weight = g->critical[i] ? critical + times * g->critical[i] : others;
    }
    p.nets = nets;
    return p;
}

/* Critical nets weigh what they are told to; figures are those of the nets as they are. */
static Status place(GsrcProblem *g, const Args *a, PlaceResult *r, Critical *c)
{
    PlaceProblem p = weighted(g, 0, 1, a->parasitics ? 0 : 1), lengths = weighted(g, 1, 0, 0);
    for (uint32_t i = 0; i < p.n_nets; i++) c->n += g->critical[i] > 0;
    if (a->parasitics && !c->n) return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "floorplan --objective parasitics needs --constraints with a critical net");
    if (a->tech) {
        Tech t;
        TRY(tech_read(a->tech, &t));
        c->wire = extract_wire_estimate(&t, WIRES);
        tech_free(&t);
    }
    TRY(place_floorplan(&p, &a->opt, r));
    if (!c->n) return ST_OK;
    r->wirelength = place_wirelength(&g->p, r->at, false);
    c->length = place_wirelength(&lengths, r->at, false);
    TRY(place_wire_bound(&g->p, &r->wire_bound));
    return place_wire_bound(&lengths, &c->bound);
}

int cmd_floorplan(const Options *o)
{
    Args a;
    Critical c = {0};
    GsrcProblem g = {0};
    PlaceResult r = {0};
    TRY(read_options(o, &a));
    Status st = gsrc_read(a.blocks, a.nets, a.pl, &g);
    if (st == ST_OK && a.rules) st = gsrc_read_rules(a.rules, &g, &a.opt.rules, &a.opt.n_rules);
    if (st == ST_OK && !a.dry_run) {
        a.opt.grid = g.scale;
        a.opt.spacing = a.spacing * g.scale;
        a.opt.width = a.width * g.scale;
        a.opt.height = a.height * g.scale;
        /* Beside the output: runs that a killed call had finished. Quick ones and devices need none. */
        Buf keep = {0};
        if (a.out && a.opt.effort > 0 && strncmp(a.out, "/dev/", 5) != 0) {
            buf_printf(&keep, "%s.part", a.out);
            a.opt.keep = keep.s;
        }
        st = place(&g, &a, &r, &c);
        buf_free(&keep);
        if (st == ST_OK) st = judge(&g, &a.opt, &r, &c);
        if (st == ST_OK) st = put(&a, &g, &r, &c);
    }
    place_result_free(&r);
    gsrc_free(&g);
    return st;
}
