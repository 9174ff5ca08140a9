/*
 * Capacitance per length of a wire in a row between planes, in closed form.
 *
 * A regular row is solved by its two modes. Even mode (all wires at one potential): the row seen from a plane is a slotted plate; the slots
 * shorten it by Carter's factor. Odd mode (neighbours at opposite potentials): the middle of every slot is a wall at 0 V, and the wire is an
 * inner conductor with exact corner capacitances (conformal map of the rectangular corner), or, far from planes, an
 * interdigital comb (elliptic integrals). Coupling follows as (odd - even) / 4. For wide spacing the forms go over into those of a single
 * wire (Sakurai 1983; Cohn 1954 between two planes). Exponents of the transitions, FACE_DEPTH and the sharing between unequal planes
 * are fitted to route/field2d.c; everything else is exact for its limit. At least one plane must be at a finite distance.
 *
 * Sources  Carter 1901; corner of a rectangular line: Bowman 1953, Cohn 1954; comb: Wei 1977, Igreja, Dias 2004; single wire: Sakurai 1983.
 *          Checked against route/field2d.c by tests/route/extract.c, which prints the table of errors.
 */
#include "route/extract.h"

#include <math.h>

#define EPS0 8.8541878128e-12

/* Smooth minimum: both are upper limits, the truth is below either. */
static double soft_min(double a, double b, double p)
{
    if (!isfinite(a)) return b;
    if (!isfinite(b)) return a;
    if (a <= 0 || b <= 0) return 0;
    return pow(pow(a, -p) + pow(b, -p), -1 / p);
}

/* K(k) / K(k') by the arithmetic-geometric mean. */
static double elliptic_ratio(double k)
{
    double k1 = sqrt(1 - k * k), a = 1, b = k1, c = 1, d = k;
    for (int i = 0; i < 40; i++) {
        double t = (a + b) / 2;
        b = sqrt(a * b);
        a = t;
        t = (c + d) / 2;
        d = sqrt(c * d);
        c = t;
    }
    return c / a; /* K(k) = pi / (2 agm(1, k')), K(k') = pi / (2 agm(1, k)) */
}

/* Convex corner between walls at distances a and b, beyond the two parallel plates. */
static double corner(double a, double b)
{
    return (log((a * a + b * b) / (4 * a * b)) + a / b * atan(b / a) + b / a * atan(a / b)) * 2 / M_PI;
}

/* Part of a slot of width s that is lost to a plane at distance h. */
static double carter(double s, double h)
{
    double u = s / (2 * h);
    return 2 / M_PI * (atan(u) - log(1 + u * u) / (2 * u));
}

/* Single wire: to the nearer plane and to the farther one. */
static void single(double w, double t, double h1, double h2, double *c1, double *c2)
{
    double one = 1.15 * w / h1 + 2.80 * pow(t / h1, 0.222);
    *c1 = one;
    *c2 = 0;
    if (!isfinite(h2)) return;
    /* Between two planes: each corner has Cohn's fringe for a wire in the middle of t + 2h; the nearer plane takes from the farther. */
    double x1 = 1 / (1 - t / (t + 2 * h1)), x2 = 1 / (1 - t / (t + 2 * h2));
    double f1 = (2 * x1 * log(x1 + 1) - (x1 - 1) * log(x1 * x1 - 1)) / M_PI;
    double f2 = (2 * x2 * log(x2 + 1) - (x2 - 1) * log(x2 * x2 - 1)) / M_PI;
    double q = h1 / h2; /* <= 1 */
    double mid = w / h1 + 2 * f1, total = mid + (one - mid) * pow(1 - q, 1.2) + w / h2 + 2 * f2 * pow(q, 0.75);
    *c2 = w / h2 + 2 * f2 * pow(q, 0.35);
    *c1 = total - *c2;
}

typedef struct { double below, above, couple; } Sym;

/*
 * Face of half a wire in the odd mode towards a plane at h: plate and corner to the wall in mid-slot near a plane, a comb far from
 * one. FACE_DEPTH is what a deep slot adds to the comb of thin strips: 0.26 to 0.30 for all sections tried.
 */
#define FACE_DEPTH 0.29

static double odd_face(double w, double s, double h)
{
    double comb = elliptic_ratio(sin(0.5 * M_PI * w / (w + s))) + FACE_DEPTH;
    if (!isfinite(h)) return comb;
    return soft_min(0.5 * w / h + corner(s / 2, h), comb, 10);
}

/* Equal spacing on both sides, not wide; in units of eps. */
static Sym row(double w, double t, double s, double hb, double ha, double lone_b, double lone_a)
{
    Sym c = {0};
    if (isfinite(hb)) c.below = soft_min((w + s * (1 - carter(s, hb))) / hb, lone_b, 6);
    if (isfinite(ha)) c.above = soft_min((w + s * (1 - carter(s, ha))) / ha, lone_a, 6);
    double odd = 4 * t / s + 2 * odd_face(w, s, hb) + 2 * odd_face(w, s, ha);
    c.couple = (odd - c.below - c.above) / 4;
    return c;
}

/* Beyond some spacing the planes screen: coupling falls as exp(-pi s / H) between two planes, as 1 / s^2 over one. */
static Sym symmetric(double w, double t, double s, double hb, double ha)
{
    double near_c, far_c, hn = fmin(hb, ha), hf = fmax(hb, ha);
    single(w, t, hn, hf, &near_c, &far_c);
    double lone_b = hb <= ha ? near_c : far_c, lone_a = hb <= ha ? far_c : near_c;
    if (!isfinite(s)) return (Sym){lone_b, lone_a, 0};
    double H = hn + t + hf, wide = isfinite(hf) ? 0.7 * H : 3 * hn;
    Sym c = row(w, t, s, hb, ha, lone_b, lone_a);
    if (s > wide) {
        Sym at = row(w, t, wide, hb, ha, lone_b, lone_a);
        c.couple = at.couple * (isfinite(hf) ? exp(-M_PI * (s - wide) / H) : wide / s * (wide / s));
    }
    if (c.couple < 0) c.couple = 0;
    return c;
}

WireCap extract_wire_cap(const WireSection *g)
{
    double e = EPS0 * g->eps_r;
    Sym l = symmetric(g->w, g->t, g->s_left, g->h_below, g->h_above);
    Sym r = g->s_right == g->s_left ? l : symmetric(g->w, g->t, g->s_right, g->h_below, g->h_above);
    return (WireCap){e * (l.below + r.below) / 2, e * (l.above + r.above) / 2, e * l.couple, e * r.couple};
}
