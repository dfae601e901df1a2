/*
 * What a name is the codec says, for names cross hosts. One of a program's own goes on to its NUL.
 */
#include "bridge/portfolio/name.h"

#include <stdint.h>

#include "codecs/portfolio_name.h"

bool name_is_legal(const char *name)
{
    return portfolio_name_is_legal(name, SIZE_MAX);
}

bool name_is_same(const char *name, const char *other)
{
    return portfolio_name_is_same(name, other);
}

char *name_for_reading(const char *name)
{
    return (char *)(uintptr_t)name;
}
