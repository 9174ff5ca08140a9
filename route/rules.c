/*
 * Grid rules of a channel from the technology's rules.
 *
 * On the grid a wire owns its end points. Drawn, it reaches h_end or v_end beyond the last via's centre, so ends of different nets must
 * stay h_gap columns or v_gap tracks apart. Tracks are as far apart as the cuts' spacing asks for, so vias on neighbouring tracks are
 * legal in any columns; columns are given by the pins, and where their pitch is too small for two cuts side by side (always of one
 * net: h_gap >= 2 then) the shapes use one cut and a strap.
 */
#include "route/route.h"

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t ceil_to(int32_t v, int32_t step) { return (v + step - 1) / step * step; }

/* Smallest k with k · pitch - 2 · end >= space. */
static uint32_t gap_of(int32_t pitch, int32_t end, int32_t space)
{
    return (uint32_t)max32(1, (2 * end + space + pitch - 1) / pitch);
}

Status route_channel_rules(const Db *db, const Tech *t, int32_t v_level, ChanRules *out)
{
    const TechLayer *v = tech_metal(t, v_level), *h = tech_metal(t, v_level + 1), *c = tech_cut(t, v_level);
    memset(out, 0, sizeof *out);
    if (!v || !h || !c)
        return msg_error(ST_INPUT, "RTE-0010", (Loc){0}, "technology %s has no metal %d, cut and metal %d for a channel", t->name, v_level,
                         v_level + 1);
    if (v->horizontal || !h->horizontal)
        return msg_error(ST_INPUT, "RTE-0010", (Loc){0}, "technology %s: %s must be vertical and %s horizontal for a channel", t->name,
                         v->name, h->name);
    ChanRules r = {.h_layer = db_metal(db, v_level + 1), .v_layer = db_metal(db, v_level), .cut_layer = db_cut(db, v_level),
                   .v_level = v_level};
    r.col_pitch = v->pitch;
    r.h_w = h->width;
    r.v_w = v->width;
    r.cut = c->cut_size;
    r.h_end = c->cut_size / 2 + max32(c->enc_above, c->enc_above_side);
    r.v_end = c->cut_size / 2 + max32(c->enc_below, c->enc_below_side);
    int32_t h_enc = c->enc_above < c->enc_above_side ? c->enc_above : c->enc_above_side;
    int32_t v_enc = c->enc_below < c->enc_below_side ? c->enc_below : c->enc_below_side;
    r.h_side = max32(h->width / 2, c->cut_size / 2 + h_enc);
    r.v_side = max32(v->width / 2, c->cut_size / 2 + v_enc);
    /* Tracks: pads and cuts side by side. */
    r.track_pitch = ceil_to(max32(max32(h->pitch, 2 * r.h_side + h->space), c->cut_size + c->space), t->grid);
    r.strap = r.col_pitch < c->cut_size + c->space;
    r.h_gap = gap_of(r.col_pitch, r.h_end, h->space);
    if (r.strap && r.h_gap < 2) r.h_gap = 2;
    r.v_gap = gap_of(r.track_pitch, r.v_end, v->space);
    double len = h->min_area / (t->dbu_m * t->dbu_m) / h->width - 2 * r.h_end;
    r.min_len = 1;
    while (r.min_len * (double)r.col_pitch < len - 1e-6) r.min_len++;
    /* Where blocks have supply columns on the tracks' metal, these end at the channel's edge. */
    int32_t beside = tech_strap_level(t) == h->level ? tech_space(h, h->wide.n ? h->wide.v[0].width + 1 : h->width) : (h->space + 1) / 2;
    r.edge = ceil_to(max32(r.v_end + v->space, r.h_side + beside), t->grid);
    if (2 * r.v_side + v->space > r.col_pitch)
        return msg_error(ST_INPUT, "RTE-0010", (Loc){0}, "technology %s: vias do not fit the pitch of %s", t->name, v->name);
    *out = r;
    return ST_OK;
}

int32_t route_channel_height(const Tech *t, const ChanRules *r, uint32_t n_tracks)
{
    const TechLayer *below = tech_metal(t, r->v_level - 1), *v = tech_metal(t, r->v_level);
    int32_t step = below ? below->pitch : t->grid;
    if (n_tracks == 0) return ceil_to(v->space, step);
    int64_t h = 2 * (int64_t)r->edge + (int64_t)(n_tracks - 1) * r->track_pitch;
    assert(h < 1 << 30);
    return ceil_to((int32_t)h, step);
}
