/*
 * What a JSON object says under its names.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/json_parcel.h"
#include "codecs/json_pull.h"

/* Where all is read from. */
struct json_source {
    const char *text; /* the whole, in which places of faults are counted */
    struct buffer *scratch;
    struct json_parcel_fault *fault;
    const char *within; /* the name of the object that is read; NULL: the whole */
};

struct json_given {
    const char *name;
    struct json_token token; /* the first of what stands behind it */
    struct json_span value;  /* text NULL: the name is not there */
};

/* Sets the fault at @at, NULL for the beginning, and returns @status. */
__attribute__((format(printf, 4, 5))) enum via_status json_source_fail(struct json_source *source,
                                                                       const char *at,
                                                                       enum via_status status,
                                                                       const char *format, ...);
/* The fault that @given "is to be" @words. Faults begin with the name they are about, and that with
 * the name it stands within. */
enum via_status json_given_fail(struct json_source *source, const struct json_given *given,
                                const char *words);

static inline bool json_is_given(const struct json_given *given)
{
    return given->value.text != NULL;
}

/* Sets @given, @n of which each has a name already, from the object @text. VIA_BAD_JSON: it is
 * none, or has a name twice or another. */
VIA_MUST_USE enum via_status json_given_collect(struct json_source *source,
                                                const struct json_span *text,
                                                struct json_given *given, size_t n);

/* Likewise from @given, which is to be @words. */
VIA_MUST_USE enum via_status json_given_parts(struct json_source *source,
                                              const struct json_given *given, const char *words,
                                              struct json_given *parts, size_t n);

/* Whether it is an integer, or perhaps its digits in quotes. */
bool json_is_integer(const struct json_token *token);
/* An integer, or its digits in quotes. */
VIA_MUST_USE enum via_status json_given_unsigned(struct json_source *source,
                                                 const struct json_given *given, uint64_t most,
                                                 uint64_t *valuep);
/* Adds what base64 stands for, or the text itself, to the scratch. */
VIA_MUST_USE enum via_status json_given_octets(struct json_source *source,
                                               const struct json_given *given);
VIA_MUST_USE enum via_status json_given_text(struct json_source *source,
                                             const struct json_given *given, bool may_nul);
