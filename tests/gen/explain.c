/* Explanations: well-formed tables. That they match the source's ids is tests/program/docs.sh's business. */
#include <criterion/criterion.h>
#include <ctype.h>

#include "gen/explain.h"

static bool is_id(const char *s)
{
    size_t n = 0;
    while (isupper((unsigned char)s[n])) n++;
    if (n < 2 || n > 5 || s[n] != '-' || strlen(s + n + 1) != 4) return false;
    for (const char *d = s + n + 1; *d; d++)
        if (!isdigit((unsigned char)*d)) return false;
    return true;
}

Test(explain, tables_are_sorted_and_complete)
{
    size_t all = 0;
    for (size_t k = 0; k < EXPLAIN_TABLES; k++) {
        const ExplainTable *t = explain_table(k);
        for (size_t i = 0; i < t->n; i++) {
            const ExplainRow *r = &t->v[i];
            size_t len = strlen(r->text);
            cr_assert(is_id(r->id), "%s is no id", r->id);
            cr_assert(i == 0 || strcmp(t->v[i - 1].id, r->id) < 0, "%s stands behind %s", r->id, t->v[i ? i - 1 : 0].id);
            cr_assert_not_null(explain_area(r->id), "%s: no text of its area", r->id);
            cr_assert_geq(len, 30, "%s says too little", r->id);
            cr_assert(r->text[len - 1] == '.' && !strstr(r->text, "  "), "%s: no sentence, or two blanks", r->id);
            cr_assert_eq(explain_find(r->id), r->text, "%s is in two tables", r->id);
        }
        all += t->n;
    }
    cr_assert_geq(all, 200, "%zu entries", all);
}

Test(explain, areas_belong_to_one_table)
{
    for (size_t k = 0; k < EXPLAIN_TABLES; k++)
        for (size_t q = 0; q < k; q++)
            for (size_t i = 0; i < explain_table(k)->n; i++)
                for (size_t j = 0; j < explain_table(q)->n; j++)
                    cr_assert_neq(explain_area(explain_table(k)->v[i].id), explain_area(explain_table(q)->v[j].id), "%s and %s",
                                  explain_table(k)->v[i].id, explain_table(q)->v[j].id);
}

Test(explain, unknown_ids_and_areas_are_refused)
{
    cr_assert_null(explain_find("MAP-9999"));
    cr_assert_null(explain_find("MAP"));
    cr_assert_null(explain_area("MA"));
    cr_assert_null(explain_area("MAPS-0001"));
    cr_assert_not_null(explain_area("MAP"));
    static const char *const bad[] = {"MAP-9999", "XYZ", "XYZ-0001", "", "-", "map-0031"};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        msg_capture_begin();
        cr_assert_eq(explain_print(bad[i]), ST_USAGE, "'%s'", bad[i]);
        cr_assert(strstr(msg_capture_end(), "[EXP-0001]"), "'%s'", bad[i]);
    }
}
