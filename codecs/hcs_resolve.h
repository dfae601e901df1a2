/*
 * What the nodes of a merged tree ask for is done: copies, changes, deletions, inheritance,
 * references.
 */
#pragma once

#include "codecs/hcs_build.h"

/* Of build->tree. Afterwards every node is plain and numbered. */
VIA_MUST_USE enum via_status hcs_resolve(struct hcs_build *build);
