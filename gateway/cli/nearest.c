/*
 * Optimal string alignment distance, three rows at a time; names are at most 255 octets.
 */
#include "gateway/cli/nearest.h"

#include <string.h>

#define NAME_MAX_OCTETS 255u

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(const char *left, const char *right, size_t most)
{
    size_t n_left = strlen(left);
    size_t n_right = strlen(right);
    size_t apart = n_left < n_right ? n_right - n_left : n_left - n_right;
    if (n_left > NAME_MAX_OCTETS || n_right > NAME_MAX_OCTETS || apart > most)
        return most + 1;

    size_t rows[3][NAME_MAX_OCTETS + 1];
    for (size_t j = 0; j <= n_right; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_left; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *twice = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_right; j++) {
            size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = least(above[j - 1] + change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                row[j] = least(row[j], twice[j - 2] + 1);
        }
    }
    size_t distance = rows[n_left % 3][n_right];
    return distance > most ? most + 1 : distance;
}
