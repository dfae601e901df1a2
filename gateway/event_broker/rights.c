/*
 * Rules are tried in the order in which they were given. The system itself lets every client have
 * the focus, so those that no rule names may; a keyboard that is watched over a network, and input
 * that comes over one, want a word of whoever runs the broker.
 */
#include "gateway/event_broker/rights.h"

#include <string.h>

#include "gateway/pattern.h"

static const struct {
    const char *name;
    enum right right;
} names[] = {{"inject", RIGHT_INJECT}, {"focus", RIGHT_FOCUS}, {"keys", RIGHT_KEYS}};

static unsigned right_named(const char *text, size_t size)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == size && memcmp(names[i].name, text, size) == 0)
            return names[i].right;
    return 0;
}

static bool read_rights(const char *text, unsigned *rightsp)
{
    *rightsp = 0;
    if (*text == '\0')
        return true;
    for (;;) {
        const size_t size = strcspn(text, ",");
        const unsigned right = right_named(text, size);
        if (right == 0)
            return false;
        *rightsp |= right;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

bool rights_add(struct rights *rights, const char *rule)
{
    const char *end = strrchr(rule, '=');
    if (end == NULL || rights->n == RIGHTS_RULES_MAX)
        return false;
    const size_t size = (size_t)(end - rule);
    char *identity = rights->rules[rights->n].identity;
    if (size == 0 || size >= sizeof rights->rules[0].identity ||
        !read_rights(end + 1, &rights->rules[rights->n].rights))
        return false;
    memcpy(identity, rule, size);
    identity[size] = '\0';
    rights->n++;
    return true;
}

unsigned rights_of(const struct rights *rights, const struct via_caller *caller)
{
    if (!caller->remote)
        return RIGHTS_ALL;
    for (unsigned i = 0; i < rights->n; i++)
        if (pattern_matches(rights->rules[i].identity, caller->identity))
            return rights->rules[i].rights;
    return RIGHTS_FAR;
}
