/*
 * The members of one node put into another.
 */
#pragma once

#include "codecs/hcs_build.h"

enum hcs_graft_mode {
    HCS_GRAFT_MERGE,  /* of a later file: its values win, whatever their type */
    HCS_GRAFT_MODIFY, /* of a modifying node: its values win, their types must agree */
    HCS_GRAFT_FILL    /* of what is copied or inherited: only what is missing */
};

/* Copies the members of @from, deeply, into @to. @from is left as it is. */
VIA_MUST_USE enum via_status hcs_graft(struct hcs_build *build, struct hcs_node *to,
                                       const struct hcs_node *from, enum hcs_graft_mode mode);
