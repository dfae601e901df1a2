/*
 * Object 0: the directory's verbs, as calls from binary sessions. codecs/control.h has them.
 */
#pragma once

#include <viaduct/parcel.h>

#include "gateway/binary.h"
#include "gateway/directory.h"

/* A call or oneway to object 0. Answers it, now or later; takes its descriptors. */
void directory_verbs_call(struct binary *binary, const struct frame *frame, const int *fds);
/* Call @id, which waits in the directory as @wait, is no longer wanted. */
void directory_verbs_cancel(struct binary *binary, uint32_t id, uint32_t wait);

/* Answers a find of @session that waited. @entry only with VIA_OK. */
void directory_verbs_found(struct session *session, uint32_t call, enum via_status status,
                           const struct directory_entry *entry);
/* Adds @entry to @parcel as an entry of the protocol. */
VIA_MUST_USE enum via_status directory_verbs_put_entry(struct via_parcel *parcel,
                                                       const struct directory_entry *entry);
/* Answers call @id of @session with @parcel, whose references are gateway objects. */
void directory_verbs_answer(struct session *session, uint32_t id, int32_t result,
                            struct via_parcel *parcel);
