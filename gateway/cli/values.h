/*
 * Values on the command line: JSON to a parcel, a parcel to JSON. Arrays, or objects where a
 * family's payloads are messages.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/layout.h"
#include "gateway/cli/cli.h"

/* What they are for. */
struct values_target {
    const char *family;
    const char *info; /* of the service */
    uint32_t code;
    bool is_named; /* the code was given by its name */
    bool is_oneway;
};

struct values {
    struct via_parcel *parcel;    /* owned */
    const struct layout *layout;  /* of that */
    struct layout_question asked; /* where the layout has messages */
};

/* The code that @word is, a number or the name of one in some family; false: it is none. */
bool values_code(const char *word, struct values_target *target);

/* The values of @text (NULL: none) in the layout that services of the family read. Says on stderr
 * what is wrong with them. */
enum cli_exit values_read(const struct cli *cli, const struct values_target *target,
                          const char *text, struct values *valuesp);

/* Adds @parcel's values to @out as JSON; NULL is an empty array. @question is what it answers, NULL
 * where it is no answer. */
VIA_MUST_USE enum via_status values_write(struct buffer *out, struct via_parcel *parcel,
                                          const struct values *question);
