/*
 * What is beyond ASCII is compared as it is: that system knew nothing of it.
 */
#include "bridge/portfolio/name.h"

#include <stddef.h>
#include <stdint.h>

bool name_is_legal(const char *name)
{
    size_t size = 0;
    for (; size <= NAME_MAX_SIZE && name[size] != '\0'; size++) {
        unsigned char octet = (unsigned char)name[size];
        if (octet < 0x20 || octet == 0x7f)
            return false;
    }
    return size > 0 && size <= NAME_MAX_SIZE;
}

static unsigned char small(char letter)
{
    unsigned char octet = (unsigned char)letter;
    return octet >= 'A' && octet <= 'Z' ? (unsigned char)(octet + ('a' - 'A')) : octet;
}

bool name_is_same(const char *name, const char *other)
{
    while (*name != '\0' && small(*name) == small(*other)) {
        name++;
        other++;
    }
    return *name == *other;
}

char *name_for_reading(const char *name)
{
    return (char *)(uintptr_t)name;
}
