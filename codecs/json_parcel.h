/*
 * Natural JSON into a parcel: what codecs/json_payload.h writes, and what people write by hand.
 * docs/PROTOCOL.md, "JSON", has the grammar.
 */
#pragma once

#include <viaduct/parcel.h>

#include "codecs/buffer.h"

/* What the numbers of objects and descriptors mean. What is set through the pointers is borrowed
 * until the parcel has it, at once. A NULL function: there are none, VIA_BAD_TYPE. */
struct json_objects {
    void *user;
    enum via_status (*ref)(void *user, uint32_t number, struct via_proxy **proxyp);
    enum via_status (*fd)(void *user, uint32_t number, int *fdp);
};

struct json_parcel_fault {
    size_t offset;  /* in the text */
    char text[256]; /* UTF-8; names the value, and the layout where it is the layout's no */
};

/*
 * Adds the values of @text, an array or the object with "raw", to @parcel, in its own layout, which
 * is empty. @objects may be NULL. @scratch is for strings with escapes and base64: it keeps its
 * memory from call to call, its content means nothing.
 *
 * VIA_BAD_JSON: not JSON, or not of the grammar. VIA_BAD_TYPE: a value that the layout cannot hold.
 * VIA_TOO_LARGE, VIA_NO_MEMORY, or what a function of @objects returned. @fault is set on all of
 * them; the parcel then holds the values before, and is to be cleared.
 */
VIA_MUST_USE enum via_status json_parcel_read(const char *text, size_t size,
                                              struct via_parcel *parcel,
                                              const struct json_objects *objects,
                                              struct buffer *scratch,
                                              struct json_parcel_fault *fault);
