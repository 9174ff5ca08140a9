/*
 * Picture of a channel solution: tracks as grey lines, horizontal wires blue, vertical wires red, upper layers
 * lighter and two pixels aside, vias black, the net under the
 * pointer by its title. Reads a solution, judges nothing.
 */
#include "gen/base/io.h"
#include "gen/channel_svg.h"

enum { STEP = 8, MARGIN = 2 * STEP };

static long px(uint32_t i) { return MARGIN + (long)i * STEP; }
static long aside(uint32_t layer) { return 2 * (long)(layer / 2); }
static const char *upper(uint32_t layer) { return layer / 2 ? " u" : ""; }

Status channel_svg(const ChanSolution *s, const char *path)
{
    Out *o;
    TRY(out_open(path, &o));
    long w = px(s->n_cols) + MARGIN - STEP, h = px(s->n_tracks + 1) + MARGIN;
    out_printf(o, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%ld\" height=\"%ld\" viewBox=\"0 0 %ld %ld\">\n", w, h, w, h);
    out_printf(o, "<title>%u tracks, density %u, %u vias, wirelength %lld</title>\n", s->n_tracks, s->density, s->x.n,
               (long long)s->wirelength);
    out_str(o, "<style>line{stroke-width:3;stroke-linecap:round}.g{stroke:#ddd;stroke-width:1}.h{stroke:#26c}.v{stroke:#c33}.h.u{stroke:#6bd}.v.u{stroke:#e90}</style>\n"
               "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
    for (uint32_t t = 0; t <= s->n_tracks + 1; t++)
        out_printf(o, "<line class=\"g\" x1=\"%ld\" y1=\"%ld\" x2=\"%ld\" y2=\"%ld\"/>\n", px(0), px(t), px(s->n_cols) - STEP, px(t));
    for (uint32_t i = 0; i < s->h.n; i++) {
        const ChanH *a = &s->h.v[i];
        out_printf(o, "<line class=\"h%s\" x1=\"%ld\" y1=\"%ld\" x2=\"%ld\" y2=\"%ld\"><title>%u</title></line>\n", upper(a->layer), px(a->c1),
                   px(a->track) + aside(a->layer), px(a->c2), px(a->track) + aside(a->layer), a->net);
    }
    for (uint32_t i = 0; i < s->v.n; i++) {
        const ChanV *a = &s->v.v[i];
        out_printf(o, "<line class=\"v%s\" x1=\"%ld\" y1=\"%ld\" x2=\"%ld\" y2=\"%ld\"><title>%u</title></line>\n", upper(a->layer),
                   px(a->col) + aside(a->layer), px(a->t1), px(a->col) + aside(a->layer), px(a->t2), a->net);
    }
    for (uint32_t i = 0; i < s->x.n; i++)
        out_printf(o, "<circle cx=\"%ld\" cy=\"%ld\" r=\"2.5\"/>\n", px(s->x.v[i].col), px(s->x.v[i].track));
    out_str(o, "</svg>\n");
    return out_commit(o, NULL, NULL);
}
