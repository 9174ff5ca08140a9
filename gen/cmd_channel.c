/*
 * apugen channel FILE.chan [-o OUT.chan] [--format text|json] [--effort 0|1|2] [--seed S] [--max-extra N]
 *
 * The channel router alone. Text: the solution (DESIGN §7) on stdout, or in OUT with a summary on stderr; json: the figures.
 */
#include "gen/base/io.h"
#include "gen/cli.h"
#include "route/channel.h"

typedef struct {
    const char *file, *out;
    bool json, quiet, dry_run;
    int64_t effort, seed, max_extra;
} Args;

static Status number(const char *name, const char *text, int64_t lo, int64_t hi, int64_t *out)
{
    if (text && str_to_i64(text, out) && *out >= lo && *out <= hi) return ST_OK;
    return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want a whole number from %lld to %lld", name, text ? text : "",
                     (long long)lo, (long long)hi);
}

static Status parse(int argc, char **argv, Args *a)
{
    *a = (Args){.effort = 1, .seed = 1, .max_extra = UINT32_MAX};
    for (int i = 0; i < argc; i++) {
        const char *o = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;
        bool takes = true;
        if (str_eq(o, "-q") || str_eq(o, "--quiet")) a->quiet = true, takes = false;
        else if (str_eq(o, "-v") || str_eq(o, "--verbose")) takes = false;
        else if (str_eq(o, "--dry-run")) a->dry_run = true, takes = false;
        else if (o[0] != '-') {
            if (a->file) return msg_error(ST_USAGE, "CLI-0005", (Loc){0}, "channel takes one file; %s is a second one", o);
            a->file = o;
            takes = false;
        } else if (!v) return msg_error(ST_USAGE, "CLI-0002", (Loc){0}, "%s is unknown or needs a value", o);
        else if (str_eq(o, "-o") || str_eq(o, "--out")) a->out = v;
        else if (str_eq(o, "--effort")) TRY(number(o, v, 0, 2, &a->effort));
        else if (str_eq(o, "--seed")) TRY(number(o, v, 0, INT64_MAX, &a->seed));
        else if (str_eq(o, "--max-extra")) TRY(number(o, v, 0, UINT32_MAX, &a->max_extra));
        else if (str_eq(o, "-j") || str_eq(o, "--threads") || str_eq(o, "--progress")) { /* common options without meaning here */ }
        else if (str_eq(o, "--format")) {
            if (!str_eq(v, "text") && !str_eq(v, "json"))
                return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "--format %s: want text or json", v);
            a->json = str_eq(v, "json");
        } else return msg_error(ST_USAGE, "CLI-0001", (Loc){0}, "unknown option %s of channel", o);
        i += takes;
    }
    if (!a->file) return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "channel needs a file: apugen channel FILE.chan [-o OUT.chan]");
    msg_level(a->quiet ? MSG_QUIET : MSG_NORMAL);
    return ST_OK;
}

static Status put(const Args *a, const ChanSolution *s)
{
    Buf text = {0};
    Status st = ST_OK;
    channel_print(s, &text);
    if (a->out) {
        Out *o;
        st = out_open(a->out, &o);
        if (st == ST_OK) {
            out_write(o, text.s, text.n);
            st = out_commit(o, NULL, NULL);
        }
        if (st == ST_OK && !a->json)
            msg_info("channel: %u tracks, density %u, %u columns, %u vias, wirelength %lld, %s", s->n_tracks, s->density, s->n_cols,
                     s->x.n, (long long)s->wirelength, s->method);
    } else if (!a->json) {
        fwrite(text.s, 1, text.n, stdout);
    }
    if (a->json)
        printf("{\"tracks\": %u, \"density\": %u, \"vias\": %u, \"wirelength\": %lld, \"columns\": %u, \"method\": \"%s\"}\n",
               s->n_tracks, s->density, s->x.n, (long long)s->wirelength, s->n_cols, s->method);
    if (fflush(stdout) != 0) st = msg_error(ST_IO, "IO-0004", (Loc){"stdout", 0, 0}, "cannot write");
    buf_free(&text);
    return st;
}

int cmd_channel(int argc, char **argv)
{
    Args a;
    ChannelFile f = {0};
    ChanSolution s = {0};
    TRY(parse(argc, argv, &a));
    Status st = channel_read(a.file, &f);
    if (st == ST_OK && !a.dry_run) {
        ChanOptions opt = {(uint64_t)a.seed, (uint32_t)a.effort, (uint32_t)a.max_extra};
        st = channel_route(&f.ch, &opt, &s);
        if (st == ST_OK) st = put(&a, &s);
    }
    channel_solution_free(&s);
    channel_file_free(&f);
    return st;
}
