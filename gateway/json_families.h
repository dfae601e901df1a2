/*
 * What families are to JSON sessions.
 */
#pragma once

#include "codecs/layout.h"
#include "gateway/json_session.h"

/* The layout of what @target is sent. */
const struct layout *json_family_layout(const struct json_target *target);

/* Whether services of @entry's family say things to who opened them: those are events here. */
bool json_family_tells(const struct directory_entry *entry);
