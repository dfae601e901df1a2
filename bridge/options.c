/*
 * Structs of options grow at their end, so a size says which version a program was built with.
 */
#include "bridge/options.h"

#include <string.h>

bool options_take(void *to, size_t size, size_t least, const void *from)
{
    size_t theirs;
    if (from == NULL)
        return true;
    memcpy(&theirs, from, sizeof theirs);
    if (theirs < least || theirs > size)
        return false;
    memcpy(to, from, theirs);
    return true;
}
