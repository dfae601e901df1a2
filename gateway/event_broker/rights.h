/*
 * What clients on other hosts may do. Those on this one may do everything.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/viaduct.h>

enum right {
    RIGHT_INJECT = 1, /* be pods, and send the system's own events */
    RIGHT_FOCUS = 2,  /* have the focus, and give it to others */
    RIGHT_KEYS = 4    /* be told which keys are pressed */
};

#define RIGHTS_ALL (RIGHT_INJECT | RIGHT_FOCUS | RIGHT_KEYS)
#define RIGHTS_FAR RIGHT_FOCUS /* of whom no rule names */
#define RIGHTS_RULES_MAX 64u

struct rights {
    unsigned n;
    struct {
        char identity[256]; /* a pattern */
        unsigned rights;
    } rules[RIGHTS_RULES_MAX];
};

/* "IDENTITY=RIGHT,RIGHT", or "IDENTITY=" for none: false, it is not, or there are too many. */
bool rights_add(struct rights *rights, const char *rule);
/* Those of the first rule that names the caller. */
unsigned rights_of(const struct rights *rights, const struct via_caller *caller);
