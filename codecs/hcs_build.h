/*
 * A tree while it is built: new members, within the limits of a tree, and the one fault that ends
 * it.
 */
#pragma once

#include "codecs/hcs.h"

struct hcs_build {
    struct hcs_tree *tree;   /* borrowed */
    struct hcs_fault *fault; /* borrowed */
    size_t n_members;        /* ever made, also of what vanished again */
    unsigned n_chain;        /* nodes whose copy or inheritance is under way */
};

/* Says what is wrong at @place; returns @status. */
__attribute__((format(printf, 4, 5))) enum via_status hcs_build_fail(struct hcs_build *build,
                                                                     enum via_status status,
                                                                     const struct hcs_place *place,
                                                                     const char *format, ...);
/* The same when the tree's arena had no piece: VIA_NO_MEMORY or VIA_TOO_LARGE. */
enum via_status hcs_build_fail_memory(struct hcs_build *build, const struct hcs_place *place);

/* A plain node below @parent (NULL: a root of its own). @name is the tree's already. */
VIA_MUST_USE enum via_status hcs_build_node(struct hcs_build *build, struct hcs_node *parent,
                                            const char *name, const struct hcs_place *place,
                                            struct hcs_node **nodep);
VIA_MUST_USE enum via_status hcs_build_attr(struct hcs_build *build, struct hcs_node *parent,
                                            const char *name, const struct hcs_value *value,
                                            const struct hcs_place *place);

/* "NUMBER", "STRING" and so on, in words. */
const char *hcs_type_name(enum hcs_type type);
