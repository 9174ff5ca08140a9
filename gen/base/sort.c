/* Sorting many short keys. */
#include "gen/base/base.h"

enum { FEW = 48 };

static void insertion(SortKey *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        SortKey x = v[i];
        uint32_t k = i;
        for (; k && v[k - 1].key > x.key; k--) v[k] = v[k - 1];
        v[k] = x;
    }
}

void sort_keyed(SortKey *v, uint32_t n)
{
    if (n <= FEW) {
        insertion(v, n);
        return;
    }
    uint64_t differ = 0;
    for (uint32_t i = 1; i < n; i++) differ |= v[i].key ^ v[0].key;
    SortKey *from = v, *to = mem_alloc(n * sizeof *to), *spare = to;
    for (int shift = 0; shift < 64; shift += 8) {
        if (!(differ >> shift & 255)) continue;
        uint32_t at[257] = {0};
        for (uint32_t i = 0; i < n; i++) at[(from[i].key >> shift & 255) + 1]++;
        for (int k = 0; k < 255; k++) at[k + 1] += at[k];
        for (uint32_t i = 0; i < n; i++) to[at[from[i].key >> shift & 255]++] = from[i];
        SortKey *was = from;
        from = to;
        to = was;
    }
    if (from != v) memcpy(v, from, n * sizeof *v);
    mem_free(spare);
}
