/*
 * The matcher goes back only to the last star it passed, so its time is bounded by the product of
 * the two lengths, whatever the pattern.
 */
#include "gateway/pattern.h"

#include <stddef.h>

static const char *next_character(const char *name)
{
    name++;
    while (((unsigned char)*name & 0xc0u) == 0x80u)
        name++;
    return name;
}

bool pattern_matches(const char *pattern, const char *name)
{
    if (*pattern == '\0')
        return true;
    const char *star = NULL;
    const char *again = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            again = name;
        } else if (*pattern == '?') {
            pattern++;
            name = next_character(name);
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star;
            name = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
