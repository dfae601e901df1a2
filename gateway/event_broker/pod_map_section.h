/*
 * The sections of a map, and the reading of one text into them.
 */
#pragma once

#include "gateway/event_broker/pod_map.h"

/* Directives, and which of them a section has. */
enum pod_directive {
    POD_DIRECTIVE_PODS = 1,
    POD_DIRECTIVE_GRAB = 2,
    POD_DIRECTIVE_TOUCH = 4,
    POD_DIRECTIVE_SCREEN = 8
};

struct pod_section {
    char pattern[POD_MAP_LINE_MAX + 1]; /* "": all devices */
    unsigned has;                       /* enum pod_directive */
    struct pod_profile profile;         /* what it says; its rules are owned */
};

struct pod_sections {
    struct pod_section *sections; /* owned */
    size_t n, n_rules;            /* of all of them */
};

void pod_sections_deinit(struct pod_sections *sections);
/* Into empty @sections, which are as good as empty after a failure. */
VIA_MUST_USE enum via_status pod_sections_parse(struct pod_sections *sections, const char *text,
                                                size_t size, struct pod_map_fault *fault);
/* Adds @rule, or puts it in the place of an earlier one for the same event. */
VIA_MUST_USE enum via_status pod_profile_add(struct pod_profile *profile,
                                             const struct pod_rule *rule);
