/*
 * Layouts: one file and one row a layout. A layout knows how each typed value stands in the octets.
 * No function here blocks, keeps what it was given, or looks past the payload's end.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/json_parcel.h"
#include "codecs/payload.h"
#include "codecs/tape.h"

struct portfolio_json_names;

/* Whom a message is for. */
struct layout_target {
    uint32_t code;
    const char *info; /* of the service; NULL: it is not known */
    uint32_t number;  /* gateway-wide, of the object; 0: none is known */
    bool is_oneway;
    uint32_t reply_port;                      /* the sender's own, gateway-wide; 0: none */
    struct via_proxy *reply_to;               /* that, borrowed */
    const struct portfolio_json_names *names; /* of events, for VIA_LAYOUT_EVENT_BROKER; or NULL */
};

/* What of a message its answer is read by: the layout's own. */
struct layout_question {
    uint64_t words[4];
};

/* Of a layout whose payloads are messages of known kinds: in JSON these are objects. */
struct layout_messages {
    /* The number of the code called @text. */
    bool (*code)(const char *text, size_t size, uint32_t *codep);
    /* As json_parcel_read(). @text NULL: nothing is said. */
    enum via_status (*read)(const char *text, size_t size, const struct layout_target *target,
                            struct via_parcel *parcel, struct layout_question *questionp,
                            struct buffer *scratch, struct json_parcel_fault *fault);
    /* As json_payload_write(); VIA_BAD_PAYLOAD: it is no answer to @question. */
    enum via_status (*write_reply)(struct buffer *out, const struct payload *payload,
                                   const struct layout_question *question, struct buffer *scratch);
    /* The same of a message with @code, or an event, that goes to a client. NULL: none does. */
    enum via_status (*write_call)(struct buffer *out, const struct payload *payload, uint32_t code,
                                  const struct portfolio_json_names *names);
};

struct layout {
    enum via_layout number;
    const char *name;
    const char *family; /* whose services are called in it; NULL: of the same name */
    size_t ref_slot;    /* octets a reference or a descriptor takes */

    /* By tag: octets of a value of which any octets are one, 0 if they must be looked at. */
    uint8_t plain[TAPE_TAGS];

    /* Reads the value of @cursor->tag at @cursor->position and moves the position past it, padding
     * included. @size is the tape's length for BYTES. VIA_BAD_TAPE when it does not fit. Every
     * value takes at least one octet. */
    enum via_status (*get)(struct payload_cursor *cursor, size_t size, struct value *valuep);

    /* Adds @value at the end of @parcel, with its tag. REF and FD are not put here: the caller adds
     * the object itself with put_ref / put_fd. VIA_BAD_TYPE: this layout has no such value. Nor is
     * a parcel changed by any other error. */
    enum via_status (*put)(struct via_parcel *parcel, const struct value *value);
    /* @proxy is counted; NULL writes a slot without an object. @fd is duplicated. */
    enum via_status (*put_ref)(struct via_parcel *parcel, struct via_proxy *proxy);
    enum via_status (*put_fd)(struct via_parcel *parcel, int fd);

    const struct layout_messages *messages; /* NULL: payloads are values one after the other */
};

/* For layouts that have no values at all: VIA_BAD_TAPE, VIA_BAD_TYPE. */
enum via_status layout_refuse_get(struct payload_cursor *cursor, size_t size, struct value *valuep);
enum via_status layout_refuse_put(struct via_parcel *parcel, const struct value *value);
/* For layouts that have no such values: VIA_BAD_TYPE. */
enum via_status layout_refuse_ref(struct via_parcel *parcel, struct via_proxy *proxy);
enum via_status layout_refuse_fd(struct via_parcel *parcel, int fd);

/* The row of layout @number, or NULL: then its payloads are octets without a natural form. */
const struct layout *layout_find(enum via_layout number);

/* The layout in which services of @family are called; raw where none is said to be. */
const struct layout *layout_of_family(const char *family);

/* The code that some layout's messages call @text; false: none does. */
bool layout_code(const char *text, size_t size, uint32_t *codep);

/* The rows, each in a file of its own. The core's own verbs are raw values under another number. */
extern const struct layout layout_raw;
extern const struct layout layout_control;
extern const struct layout layout_openharmony;
extern const struct layout layout_hdf;
extern const struct layout layout_legato;
extern const struct layout layout_phoenix;
extern const struct layout layout_event_broker;
