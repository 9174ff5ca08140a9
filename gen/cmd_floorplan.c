/*
 * apugen floorplan FILE.blocks --nets FILE.nets [--pl FILE.pl] [-o OUT.pl] [--objective area|wirelength|both] [--svg FILE]
 *                  [--format text|json] [--effort 0|1|2] [--seed S] [-j N]
 *
 * The placer alone on GSRC bookshelf files. Lengths and areas are printed in the files' units.
 */
#include "gen/base/io.h"
#include "gen/cli.h"
#include "place/place.h"

typedef struct {
    const char *blocks, *nets, *pl, *out, *svg;
    FpOptions opt;
    bool json, dry_run;
} Args;

static Status number(const char *name, const char *text, int64_t lo, int64_t hi, int64_t *out)
{
    if (str_to_i64(text, out) && *out >= lo && *out <= hi) return ST_OK;
    return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want a whole number from %lld to %lld", name, text, (long long)lo, (long long)hi);
}

static Status one_of(const char *name, const char *text, const char *const *words, uint32_t n, uint32_t *out)
{
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(text, words[i])) {
            *out = i;
            return ST_OK;
        }
    return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: not one of its words; see `apugen help`", name, text);
}

static Status option(Args *a, const char *o, const char *v)
{
    static const char *const objectives[] = {"area", "wirelength", "both"}, *const formats[] = {"text", "json"};
    int64_t n;
    uint32_t k;
    if (str_eq(o, "--nets")) a->nets = v;
    else if (str_eq(o, "--pl")) a->pl = v;
    else if (str_eq(o, "-o") || str_eq(o, "--out")) a->out = v;
    else if (str_eq(o, "--svg")) a->svg = v;
    else if (str_eq(o, "--progress")) { /* nothing to show */ }
    else if (str_eq(o, "--effort")) {
        TRY(number(o, v, 0, 2, &n));
        a->opt.effort = (uint32_t)n;
    } else if (str_eq(o, "--seed")) {
        TRY(number(o, v, 0, INT64_MAX, &n));
        a->opt.seed = (uint64_t)n;
    } else if (str_eq(o, "-j") || str_eq(o, "--threads")) {
        TRY(number(o, v, 1, 1024, &n));
        a->opt.threads = (uint32_t)n;
    } else if (str_eq(o, "--objective")) {
        TRY(one_of(o, v, objectives, 3, &k));
        a->opt.objective = (FpObjective)k;
    } else if (str_eq(o, "--format")) {
        TRY(one_of(o, v, formats, 2, &k));
        a->json = k == 1;
    } else return msg_error(ST_USAGE, "CLI-0001", (Loc){0}, "unknown option %s of floorplan", o);
    return ST_OK;
}

static Status parse(int argc, char **argv, Args *a)
{
    *a = (Args){.opt = {FP_AREA, 1, 1, 0}};
    bool objective = false;
    msg_level(MSG_NORMAL);
    for (int i = 0; i < argc; i++) {
        const char *o = argv[i];
        if (o[0] != '-') {
            if (a->blocks) return msg_error(ST_USAGE, "CLI-0005", (Loc){0}, "floorplan takes one .blocks file; %s is a second one", o);
            a->blocks = o;
        } else if (str_eq(o, "-q") || str_eq(o, "--quiet")) msg_level(MSG_QUIET);
        else if (str_eq(o, "-v") || str_eq(o, "--verbose")) msg_level(MSG_VERBOSE);
        else if (str_eq(o, "--dry-run")) a->dry_run = true;
        else if (i + 1 == argc) return msg_error(ST_USAGE, "CLI-0002", (Loc){0}, "%s is unknown or needs a value", o);
        else {
            objective |= str_eq(o, "--objective");
            TRY(option(a, o, argv[++i]));
        }
    }
    if (!a->blocks) return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "floorplan needs a file: apugen floorplan FILE.blocks --nets FILE.nets");
    if (!objective && a->nets) a->opt.objective = FP_BOTH;
    if (!a->nets && a->opt.objective != FP_AREA)
        return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "floorplan --objective wirelength or both needs --nets FILE.nets");
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
        buf_printf(b, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + text / 2, y + bh / 2, g->p.blocks[i].name);
    }
    buf_str(b, "</svg>\n");
}

static void print_json(const GsrcProblem *g, const PlaceResult *r, Buf *b)
{
    double s = g->scale;
    buf_str(b, "{\"area\": ");
    buf_double(b, (double)r->area / (s * s));
    buf_str(b, ", \"hpwl\": ");
    buf_double(b, (double)r->wirelength / s);
    buf_str(b, ", \"dead_space\": ");
    buf_double(b, (double)r->dead / (double)r->area);
    buf_str(b, ", \"bound\": ");
    buf_double(b, (double)r->area_bound / (s * s));
    buf_printf(b, ", \"width\": %d, \"height\": %d, \"method\": \"%s\"}\n", r->w / g->scale, r->h / g->scale, r->method);
}

static Status put(const Args *a, const GsrcProblem *g, const PlaceResult *r)
{
    Buf pl = {0}, svg = {0}, json = {0};
    Status st = ST_OK;
    print_pl(g, r, &pl);
    print_json(g, r, &json);
    if (a->out) st = write_file(a->out, &pl);
    if (st == ST_OK && a->svg) {
        print_svg(g, r, &svg);
        st = write_file(a->svg, &svg);
    }
    if (st == ST_OK && a->json) fwrite(json.s, 1, json.n, stdout);
    else if (st == ST_OK && !a->out) fwrite(pl.s, 1, pl.n, stdout);
    if (st == ST_OK && !a->json) {
        double s = g->scale;
        msg_info("floorplan: %d x %d, area %.0f, dead space %.2f %% (bound: sum of blocks %.0f), half-perimeter wirelength %.1f", r->w / g->scale,
                 r->h / g->scale, (double)r->area / (s * s), 100.0 * (double)r->dead / (double)r->area, (double)r->area_bound / (s * s),
                 (double)r->wirelength / s);
    }
    if (fflush(stdout) != 0) st = msg_error(ST_IO, "IO-0004", (Loc){"stdout", 0, 0}, "cannot write");
    buf_free(&pl);
    buf_free(&svg);
    buf_free(&json);
    return st;
}

int cmd_floorplan(int argc, char **argv)
{
    Args a;
    GsrcProblem g = {0};
    PlaceResult r = {0};
    TRY(parse(argc, argv, &a));
    Status st = gsrc_read(a.blocks, a.nets, a.pl, &g);
    if (st == ST_OK && !a.dry_run) {
        st = place_floorplan(&g.p, &a.opt, &r);
        if (st == ST_OK) {
            Buf why = {0};
            if (!place_verify(&g.p, r.at, r.w, r.h, &why)) st = msg_error(ST_INTERNAL, "PLC-0009", (Loc){0}, "floorplan: %s", why.s);
            buf_free(&why);
        }
        if (st == ST_OK) st = put(&a, &g, &r);
    }
    place_result_free(&r);
    gsrc_free(&g);
    return st;
}
