/*
 * A technology: one tech.xml read into this struct. Numbers only, each in dbu or SI, each with a source in the file.
 * Generic technologies (n22, n28) say predictive="true": no foundry's data is in them.
 */
#ifndef TECHS_TECHS_H
#define TECHS_TECHS_H

#include "gen/base/base.h"
#include "gen/db/db.h"

typedef struct {
    int32_t width, space;     /* wider than `width` needs `space` */
} SpaceRule;

/* What the cell generator draws on a layer; a layer without a role is never drawn by it. */
typedef enum {
    ROLE_NONE, ROLE_NWELL, ROLE_PWELL, ROLE_ACTIVE, ROLE_TAP, ROLE_POLY, ROLE_NIMP, ROLE_PIMP,
    ROLE_POLY_CONTACT, /* drawn around contacts to poly (a nitride or silicide cut) */
    ROLE_FLAVOUR,      /* drawn around the gates of devices that name it as their mark */
    ROLE_RESISTOR,     /* the layer `body` under it is a resistor: poly of <resistor sheet>, a metal of its own r-sheet */
    ROLE_MOM,          /* metals mom lo … hi at its edges are plates of capacitors: it fills the gaps where two face each other */
    ROLE_N
} LayerRole;

/* Regions that the rules of the front end speak of, made of the layers by their roles (techs.h is the one definition):
 *   active     ACTIVE or TAP                       gate       POLY and active
 *   ndiff      active under NIMP, outside NWELL    pdiff      active under PIMP, inside NWELL
 *   ntap       active under NIMP, inside NWELL     ptap       active under PIMP, outside NWELL
 *   co-active  contact on active                   co-poly    contact on POLY
 * and the drawn nwell, pwell, nimp, pimp, poly, co-mark (POLY_CONTACT). */
typedef enum {
    FE_NWELL, FE_PWELL, FE_NIMP, FE_PIMP, FE_POLY, FE_ACTIVE, FE_GATE, FE_NDIFF, FE_PDIFF, FE_NTAP, FE_PTAP,
    FE_CO_ACTIVE, FE_CO_POLY, FE_CO_MARK, FE_N
} Region;
extern const char *const region_name[]; /* "nwell", … NULL */

typedef enum { RULE_SPACE, RULE_ENCLOSE, RULE_EXTEND } RuleKind;

/* space: a to b, Euclidean. enclose: a lies within b by `value` on all sides, by `ends` (≥ value) on two opposite ones.
 * extend: where a crosses b, a goes on beyond b by `value`. */
typedef struct {
    RuleKind kind;
    Region a, b;
    int32_t value, ends;
    const char *source;
} TechRule;

typedef struct {
    const char *name;
    LayerKind kind;
    LayerRole role;
    int32_t gds, gds_type, gds_pin_type, gds_label_type, level;
    bool horizontal;
    int32_t width, space, pitch;          /* metals, poly, diff: minimum; pitch = routing track pitch (metals) */
    double min_area;                       /* m² */
    double min_hole;                       /* m²: area that a polygon may enclose; 0 = no rule */
    const char *body;                      /* role resistor: what it marks; NULL: poly */
    double density_min, density_max;       /* metals: covered part of a window; max 0 = no rule */
    int32_t density_window, density_step;  /* square windows; step divides window */
    double antenna, antenna_sum;           /* metals: largest ratio to the gates; sum: of all levels up to it; 0 = no rule */
    bool antenna_side;                     /* it counts sidewalls, not area */
    int32_t cut_size;                      /* cuts: square */
    int32_t enc_below, enc_above;          /* cuts: enclosure by the metal below/above, two opposite sides */
    int32_t enc_below_side, enc_above_side;/* the other two sides */
    double thickness, height;              /* m; height: bottom of the metal above the substrate */
    double r_sheet;                        /* ohm per square; cuts: ohm per cut in r_cut */
    double r_cut;
    double j_max;                          /* A per m of width, electromigration, at em_temp; 0 = not given */
    double i_max;                          /* cuts: A per cut, likewise */
    double em_temp;                        /* °C that j_max or i_max is given for */
    ARRAY(SpaceRule) wide;                 /* further spacing when wider than width */
    const char *source;
} TechLayer;

enum { TECH_LEVELS = 33 }; /* of metals and cuts, and one */

typedef struct {
    const char *name;         /* flavour: "nmos_rvt" … the word cells use */
    DevKind kind;
    const char *model;        /* subckt or .model name in the model file */
    bool subckt;              /* instantiate with X instead of M */
    const char *mark;         /* layer of role flavour drawn around its gates, or NULL */
    int32_t w_min, l_min, w_grid;
    double vt;                /* V, nominal saturated, for estimates */
    double ion;               /* A per m of width at VDD */
    double ioff;              /* A per m */
    double cgate;             /* F per m of width at l_min, for estimates */
    double avt;               /* V·m */
    double abeta;             /* relative·m */
    const char *source, *avt_source;
} TechDevice;

/* Process corner: what it adds to threshold magnitudes and multiplies mobilities by, all devices of a polarity alike. The model file takes them as
 * parameters n_dvt, p_dvt, n_mu, p_mu; one of a PDK takes files of its own instead ($CORNER), and the thresholds say only which corner is slow. */
typedef struct {
    const char *name;         /* ss, ff */
    double n_dvt, p_dvt;      /* V */
    double n_mu, p_mu;
    const char *source;
} TechCorner;

typedef struct {
    const char *name;         /* n22 */
    const char *title;
    bool predictive;
    const char *dir;          /* folder of tech.xml */
    char sha256[65];          /* of that file; empty once something was changed here: what is kept by it would be another technology's */
    Memo *made;               /* drawings and pitches of this run; NULL: none are held. Not used where sha256 is empty */
    double dbu_m;
    int32_t grid;
    double vdd, vcm, vdd_tol, temp_c;
    double ladder_step;       /* V per input level: X = VCM ± k · step, k = 0…7 */
    double switch_r;          /* ohm: low-threshold transmission gate of 1 µm (n and p) at vcm */
    double eps_r;             /* of the inter-metal dielectric */
    ARRAY(TechLayer) layers;
    uint16_t metal_at[TECH_LEVELS], cut_at[TECH_LEVELS]; /* [level]: its layer's number, from 1; 0: there is none */
    ARRAY(TechDevice) devices;
    ARRAY(TechRule) rules;    /* of the front end */
    ARRAY(TechCorner) corners;
    const TechCorner *corner; /* NULL: typical */
    const char *model_file;   /* path */
    bool model_of_pdk;        /* it includes files of a PDK whose folder the user gives ($APUGEN_PDK); only simulations look into them */
    int32_t gate_pitch, cell_row;         /* contacted gate pitch; height of one transistor row pair rail to rail */
    int32_t rail;                         /* width of a supply rail on metal 1, shared by two abutting rows */
    int32_t contact, contact_space, poly_ext, diff_ext, diff_space, np_space, tap_distance;
    /* MOM capacitor: fF per area for one layer pair, layers used, unit mismatch */
    double mom_density;       /* F/m² per layer */
    int32_t mom_lo, mom_hi;   /* metal levels */
    double mom_tol;           /* ± relative process spread */
    double cap_mismatch;      /* σ(ΔC/C)·√C in √F: σ = cap_mismatch / √C */
    double cunit;             /* F: unit capacitor of the synapse */
    double cunit_min;         /* F: the least one that designs may use: wires of the drawn synapse are small beside it; 0: any */
    /* Current family: unit current of its sources [A], step of a pulse and rest between firings [s] that their nodes need. */
    double source_i, pulse_step, pulse_rest;
    int32_t gates_decouple;   /* their bias is held by gates in each synapse; 0: by plates over it */
    double res_sheet;         /* ohm per square of resistor poly */
    int32_t res_w, res_space;
    double em_at;                         /* °C that electromigration is judged at; without <electromigration> no layer has a limit */
    double em_activation, em_exponent;    /* eV; Black's law */
    const char *source;
    Arena arena;
} Tech;

/* Built-in name (techs/NAME/tech.xml under io_data_dir()) or a path. TECH-00nn; every error is told. */
Status tech_read(const char *name_or_path, Tech *out);
void tech_free(Tech *t);
/*
 * Electromigration limit of a layer at temp_c: its j_max (metals, A/m) or i_max (cuts, A), which hold at its em_temp, at equal life. 0: no limit given.
 * Source  Black, Electromigration - a brief survey and some recent results, IEEE Trans. ED 16 (1969): life = A j^-n exp(Ea / kT).
 */
double tech_em_limit(const Tech *t, const TechLayer *l, double temp_c);
/*
 * The device models as one text for a simulator, every include put in place: of the technology at its corner, or of a copy of its model file.
 *   corner  what "$CORNER" in names of includes stands for; NULL: tt
 *   out     appended to
 * Of files below "$APUGEN_PDK/" only parameters and device cards are taken, the cards out of their subcircuits.
 * Errors  TECH-0033 APUGEN_PDK is not set, TECH-0034 .lib or nesting over 8, IO-0001 ... a file that is not there.
 * Cost    the size of the files: n22 5 kB, SKY130 2.6 MB.
 */
Status tech_models(const Tech *t, Buf *out);
Status tech_models_file(const char *path, const char *corner, Buf *out);
/* The technology at a corner (NULL: typical), temperature and supply; the levels that a ladder makes of the supply go with it. A view: valid
 * as long as t, not to be freed. */
Tech tech_at(const Tech *t, const TechCorner *corner, double temp_c, double vdd);
const TechLayer *tech_layer(const Tech *t, const char *name);  /* NULL */
const TechLayer *tech_metal(const Tech *t, int32_t level);     /* NULL */
const TechLayer *tech_cut(const Tech *t, int32_t level);
const TechDevice *tech_device(const Tech *t, const char *name);
int32_t tech_top_metal(const Tech *t);
/* Metals by what runs over the cells, from the stack and the capacitors' place alone:
 *   mesh   straps of the supply mesh: the lowest horizontal metal above the capacitors; 0: there is none
 *   strap  the cells' supply columns: the one below the mesh, upright whatever its own direction; without a mesh the top metal
 *   trunk  wire of a whole column: the highest vertical metal below the mesh (or at all) */
int32_t tech_mesh_level(const Tech *t);
int32_t tech_strap_level(const Tech *t);
int32_t tech_trunk_level(const Tech *t);
const TechLayer *tech_role(const Tech *t, LayerRole role);     /* NULL */
/* The rule, or NULL; space is found in either order of a and b. */
const TechRule *tech_rule(const Tech *t, RuleKind kind, Region a, Region b);
/* Its value, 0 if the technology has no such rule. dbu */
int32_t tech_rule_value(const Tech *t, RuleKind kind, Region a, Region b);
/* Spacing that a wire of this width needs, by the wide-metal table. dbu */
int32_t tech_space(const TechLayer *l, int32_t width);
/* Make a db's layer table from the technology. */
void tech_db_init(const Tech *t, Db *db, const char *design);

#endif
