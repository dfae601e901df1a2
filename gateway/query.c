/*
 * As browsers' URLSearchParams and curl's --data-urlencode write it: + is a space.
 */
#include "gateway/query.h"

#include <stddef.h>
#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(const char *text, size_t size, char value[QUERY_VALUE_MAX + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '+')
            c = ' ';
        if (c == '%') {
            int high = size - i < 3 ? -1 : digit(text[i + 1]);
            int low = size - i < 3 ? -1 : digit(text[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (char)(unsigned char)((unsigned)high << 4 | (unsigned)low);
            i += 2;
        }
        if (c == '\0' || n == QUERY_VALUE_MAX)
            return false;
        value[n++] = c;
    }
    value[n] = '\0';
    return true;
}

bool query_get(const char *query, const char *name, char value[QUERY_VALUE_MAX + 1])
{
    size_t name_size = strlen(name);
    while (*query != '\0') {
        size_t size = strcspn(query, "&");
        if (size > name_size && query[name_size] == '=' && strncmp(query, name, name_size) == 0)
            return decode(query + name_size + 1, size - name_size - 1, value);
        query += size;
        if (*query == '&')
            query++;
    }
    return false;
}
