/*
 * The distance of Damerau and Levenshtein (optimal string alignment), with three rows on the stack.
 */
#include "gateway/nearest.h"

#include <string.h>

#include "gateway/name_hash.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned nearest_distance(const char *a, const char *b)
{
    size_t n = strnlen(a, NEAREST_SIZE_MAX);
    size_t m = strnlen(b, NEAREST_SIZE_MAX);
    unsigned rows[3][NEAREST_SIZE_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            bool same = name_fold(a[i - 1]) == name_fold(b[j - 1]);
            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && name_fold(a[i - 1]) == name_fold(b[j - 2]) &&
                name_fold(a[i - 2]) == name_fold(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[m];
}

bool nearest_is_near(const char *name, unsigned distance)
{
    return distance <= 1 + strnlen(name, NEAREST_SIZE_MAX) / 4;
}
