/*
 * What a JSON object says under its names, and how members of Phoenix's structures are read from
 * it.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/json_parcel.h"
#include "codecs/json_pull.h"
#include "codecs/phoenix_fields.h"

/* Where all is read from. */
struct phoenix_source {
    const char *text; /* the whole, in which places of faults are counted */
    struct buffer *scratch;
    struct json_parcel_fault *fault;
    const char *within; /* the name of the object that is read; NULL: the whole */
};

struct phoenix_given {
    const char *name;
    struct json_token token; /* the first of what stands behind it */
    struct json_span value;  /* text NULL: the name is not there */
};

/* Sets the fault at @at, NULL for the beginning, and returns @status. */
__attribute__((format(printf, 4, 5))) enum via_status
phoenix_source_fail(struct phoenix_source *source, const char *at, enum via_status status,
                    const char *format, ...);
/* The fault that @given "is to be" @words. Faults begin with the name they are about, and that with
 * the name it stands within. */
enum via_status phoenix_given_fail(struct phoenix_source *source, const struct phoenix_given *given,
                                   const char *words);

static inline bool phoenix_is_given(const struct phoenix_given *given)
{
    return given->value.text != NULL;
}

/* Sets @given, @n of which each has a name already, from the object @text. VIA_BAD_JSON: it is
 * none, or has a name twice or another. */
VIA_MUST_USE enum via_status phoenix_given_collect(struct phoenix_source *source,
                                                   const struct json_span *text,
                                                   struct phoenix_given *given, size_t n);

/* Likewise from @given, which is to be @words. */
VIA_MUST_USE enum via_status phoenix_given_parts(struct phoenix_source *source,
                                                 const struct phoenix_given *given,
                                                 const char *words, struct phoenix_given *parts,
                                                 size_t n);

/* An integer, or its digits in quotes. */
VIA_MUST_USE enum via_status phoenix_given_unsigned(struct phoenix_source *source,
                                                    const struct phoenix_given *given,
                                                    uint64_t most, uint64_t *valuep);
/* What is not said of the oid is @base's; with @base NULL all must be. */
VIA_MUST_USE enum via_status phoenix_given_oid(struct phoenix_source *source,
                                               const struct phoenix_given *given,
                                               const struct phoenix_oid *base,
                                               struct phoenix_oid *oidp);
/* Writes the member to its place @at in a canonical structure. */
VIA_MUST_USE enum via_status phoenix_given_member(struct phoenix_source *source,
                                                  const struct phoenix_given *given,
                                                  const struct phoenix_member *member, uint8_t *at);
/* base64 of 64 octets at most; the others become zero. */
VIA_MUST_USE enum via_status phoenix_given_raw(struct phoenix_source *source,
                                               const struct phoenix_given *given, uint8_t *raw);
/* Adds what base64 stands for, or the text itself, to the scratch. */
VIA_MUST_USE enum via_status phoenix_given_octets(struct phoenix_source *source,
                                                  const struct phoenix_given *given);
VIA_MUST_USE enum via_status phoenix_given_text(struct phoenix_source *source,
                                                const struct phoenix_given *given, bool may_nul);
