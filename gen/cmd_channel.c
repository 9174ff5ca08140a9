/*
 * apugen channel FILE.chan [-o OUT.chan] [--format text|json] [--objective area|wirelength|both] [--effort 0|1|2] [--seed S]
 *                          [--max-extra N] [--layers hv|hvh|vhv|hvhv…|p] [--router auto|river|layers] [--svg FILE]
 *
 * The channel router alone. Text: the solution (DESIGN §7) on stdout, or in OUT with a summary on stderr; json: the figures.
 * What is written has passed the checker in verify/.
 */
#include "gen/base/io.h"
#include "gen/channel_svg.h"
#include "gen/cli.h"
#include "route/channel.h"
#include "verify/channel.h"

/* The checker's word on the text, and its own count of what the router claims. */
static Status judge(const Channel *ch, const ChanSolution *s, const char *text)
{
    ChannelClass *q = mem_calloc((size_t)ch->n_classes + 1, sizeof *q);
    for (uint32_t i = 0; i < ch->n_classes; i++) {
        const ChanClass *c = &ch->classes[i];
        q[i] = (ChannelClass){c->net, c->width, c->space, c->shield, c->sensitive, c->aggressor, c->pair, c->match, c->cross};
    }
    ChannelRule rule = {ch->n_cols, ch->top, ch->bottom, ch->n_left, ch->n_right, ch->left, ch->right, ch->h_gap, ch->v_gap, ch->layers,
                        ch->n_classes, q, ch->shield_net};
    ChannelCount n;
    uint64_t coupled = 0;
    Buf why = {0};
    Status st = ST_OK;
    bool two = !ch->layers || str_eq(ch->layers, "hv");
    if (!channel_legal(text, &rule, &n, &why) || (ch->n_classes && two && !channel_classes_kept(text, &rule, &coupled, &why)))
        st = msg_error(ST_INTERNAL, "RTE-0005", (Loc){0}, "channel: %s", why.s);
    else if (n.columns != s->n_cols || n.tracks != s->n_tracks || n.vias != s->x.n || n.wirelength != s->wirelength || (two && coupled != s->coupled))
        st = msg_error(ST_INTERNAL, "RTE-0005", (Loc){0},
                       "channel: %u tracks, %u vias, wirelength %lld, coupled %llu counted, %u, %u, %lld, %llu claimed", n.tracks, n.vias,
                       (long long)n.wirelength, (unsigned long long)coupled, s->n_tracks, s->x.n, (long long)s->wirelength,
                       (unsigned long long)s->coupled);
    bool proved = true;
    if (str_eq(s->bound_by, "river")) proved = !s->bound || channel_river_proved(&rule, s->bound - 1, s->proof.v[0], s->proof.v[1]);
    else if (str_eq(s->bound_by, "constraints")) proved = channel_bound_proved(&rule, s->bound - 1, s->proof.v, s->proof.n);
    else if (str_eq(s->bound_by, "flux")) proved = channel_flux_proved(&rule, s->bound - 1, s->proof.v[0], s->proof.v[1]);
    if (st == ST_OK && !proved) st = msg_error(ST_INTERNAL, "RTE-0005", (Loc){0}, "channel: the proof of bound %u does not hold", s->bound);
    buf_free(&why);
    mem_free(q);
    return st;
}

/* Nets with nothing to connect are left alone, and named. */
static void name_lonely(const Channel *ch)
{
    const uint32_t *list[] = {ch->top, ch->bottom, ch->left, ch->right};
    uint32_t len[] = {ch->n_cols, ch->n_cols, ch->n_left, ch->n_right}, n = 0, first = 0;
    Map count = {0};
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < COUNTOF(list); i++)
            for (uint32_t c = 0; c < len[i]; c++) {
                uint32_t k = 0, net = list[i][c];
                if (!net) continue;
                map_get(&count, net, &k);
                if (!pass) map_set(&count, net, k + 1);
                else if (k == 1) n++, first = first ? first : net;
            }
    if (n) msg_info("channel: %u net(s) with a single pin have nothing to connect and get no wire; the first is net %u", n, first);
    map_free(&count);
}

static Status put(const Options *o, const Channel *ch, const ChanSolution *s)
{
    Buf text = {0};
    channel_print(s, &text);
    Status st = judge(ch, s, text.s);
    if (st != ST_OK) {
        buf_free(&text);
        return st;
    }
    name_lonely(ch);
    if (o->svg) st = channel_svg(s, o->svg);
    if (st == ST_OK && o->out) {
        Out *file;
        st = out_open(o->out, &file);
        if (st == ST_OK) {
            out_write(file, text.s, text.n);
            st = out_commit(file, NULL, NULL);
        }
        if (st == ST_OK && !o->json)
            msg_info("channel: %u tracks, density %u, %u columns, %u vias, wirelength %lld, %s", s->n_tracks, s->density, s->n_cols,
                     s->x.n, (long long)s->wirelength, s->method);
    } else if (st == ST_OK && !o->json) {
        fwrite(text.s, 1, text.n, stdout);
    }
    if (st == ST_OK && o->json)
        printf("{\"tracks\": %u, \"density\": %u, \"vias\": %u, \"wirelength\": %lld, \"columns\": %u, \"added_columns\": %u, \"layers\": \"%s\", "
               "\"bound\": %u, \"bound_by\": \"%s\", \"gap\": %u, \"coupled\": %llu, \"method\": \"%s\"}\n", s->n_tracks, s->density, s->x.n, (long long)s->wirelength, s->n_cols,
               s->n_cols - ch->n_cols, s->layers, s->bound, s->bound_by, s->n_tracks - s->bound, (unsigned long long)s->coupled, s->method);
    if (fflush(stdout) != 0) st = msg_error(ST_IO, "IO-0004", (Loc){"stdout", 0, 0}, "cannot write");
    buf_free(&text);
    return st;
}

/* Without layers asked for: one layer where it does with no more tracks than two layers need at least, the density. */
static Status route(const Options *o, Channel *ch, const ChanOptions *opt, ChanSolution *s)
{
    bool free = !ch->layers && (!o->router || str_eq(o->router, "auto"));
    if ((o->router && str_eq(o->router, "river")) || (free && channel_is_river(ch))) {
        ch->layers = "p";
        TRY(channel_route(ch, opt, s));
        if (!free || s->n_tracks <= s->density) return ST_OK;
        channel_solution_free(s);
        ch->layers = NULL;
    }
    return channel_route(ch, opt, s);
}

int cmd_channel(const Options *o)
{
    ChannelFile f = {0};
    ChanSolution s = {0};
    if (o->n_args == 0) return msg_error(ST_USAGE, "CLI-0004", (Loc){0}, "channel needs a file: apugen channel FILE.chan [-o OUT.chan]");
    if (o->n_args > 1) return msg_error(ST_USAGE, "CLI-0005", (Loc){0}, "channel takes one file; %s is a second one", o->args[1]);
    Status st = channel_read(o->args[0], &f);
    if (st == ST_OK && !o->dry_run) {
        ChanObjective objective = o->objective && str_eq(o->objective, "wirelength") ? CHAN_WIRELENGTH : CHAN_AREA; /* area comes first, and both follow it */
        ChanOptions opt = {(uint64_t)o->seed, (uint32_t)o->effort, (uint32_t)o->max_extra, objective, 0};
        if (o->layers) f.ch.layers = o->layers;
        st = route(o, &f.ch, &opt, &s);
        if (st == ST_OK) st = put(o, &f.ch, &s);
    }
    channel_solution_free(&s);
    channel_file_free(&f);
    return st;
}
