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
        char c = text[i] == '+' ? ' ' : text[i];
        if (c == '%') {
            if (size - i < 3 || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0)
                return false;
            c = (char)(digit(text[i + 1]) << 4 | digit(text[i + 2]));
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
