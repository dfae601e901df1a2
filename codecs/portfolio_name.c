/*
 * What is beyond ASCII is compared as it is: that system knew nothing of it.
 */
#include "codecs/portfolio_name.h"

#include <stdint.h>

bool portfolio_name_is_legal(const char *name, size_t room)
{
    size_t size = 0;
    for (; size < room && size <= PORTFOLIO_NAME_MAX && name[size] != '\0'; size++) {
        unsigned char octet = (unsigned char)name[size];
        if (octet < 0x20 || octet == 0x7f)
            return false;
    }
    return size > 0 && size < room && size <= PORTFOLIO_NAME_MAX;
}

static unsigned char small(char letter)
{
    unsigned char octet = (unsigned char)letter;
    return octet >= 'A' && octet <= 'Z' ? (unsigned char)(octet + ('a' - 'A')) : octet;
}

bool portfolio_name_is_same(const char *name, const char *other)
{
    while (*name != '\0' && small(*name) == small(*other)) {
        name++;
        other++;
    }
    return *name == *other;
}

bool portfolio_name_is_text(const char *name, const char *text, size_t size)
{
    size_t i = 0;
    while (i < size && name[i] != '\0' && small(name[i]) == small(text[i]))
        i++;
    return i == size && name[i] == '\0';
}
