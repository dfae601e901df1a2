/*
 * The payloads of layout VIA_LAYOUT_EVENT_BROKER: a message of Portfolio as it is sent, and as it
 * comes back. docs/PROTOCOL.md, "Layout 5: event broker", has every octet.
 *
 * All pointers are borrowed. What a decoder gives points into the payload, whose data stand at a
 * multiple of 16 octets from its start. Numbers of ports stand in the payload; the reference of one
 * has its slot where its number is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define PORTFOLIO_DATA_MAX (16u << 20)      /* octets of data, and of a buffer */
#define PORTFOLIO_MESSAGE_HEAD_MAX 288u     /* octets before the data of a message, at most */
#define PORTFOLIO_ANSWER_HEAD_SIZE 16u      /* octets before the data of an answer */
#define PORTFOLIO_MESSAGE_REPLY_PORT_AT 12u /* the slot of the reply port's reference */
#define PORTFOLIO_ANSWER_RESULT_AT 4u       /* that of a result that is a port */
#define PORTFOLIO_REF_SLOT 4u               /* octets that a slot takes */
#define PORTFOLIO_WORDS_SIZE 8u             /* octets of the two words of a small message */

enum portfolio_kind {
    PORTFOLIO_STANDARD = 0,
    PORTFOLIO_BUFFERED = 1, /* it has a buffer, for what is sent and for what comes back */
    PORTFOLIO_SMALL = 2,    /* it has two words for data */
    PORTFOLIO_PROVIDER = 3  /* no message, but a word of a provider of pods (portfolio_pod.h) */
};

struct portfolio_message {
    enum portfolio_kind kind;
    uint8_t priority;
    uint32_t capacity; /* octets of the buffer; 0 of the other kinds */
    int32_t result;    /* msg_Result */
    uint32_t reply_port;
    const char *name;  /* NULL: it has none; decoded: a NUL stands behind, and it is legal */
    uint32_t words[2]; /* of a small one, which has no data */
    const void *data;  /* decoded: never NULL */
    size_t size;
};

struct portfolio_answer {
    enum portfolio_kind kind;
    int32_t result; /* msg_Result */
    uint32_t words[2];
    const void *data;
    size_t size;
    const void *more; /* what goes with the data and is not the program's: names of listeners */
    size_t more_size;
};

/* What is wrong with a payload, and where. */
struct portfolio_fault {
    const char *words;
    size_t at; /* in the payload */
};

/* ---- messages ---- */

/* The octets that @message takes. VIA_INVALID: it is none that there could be. VIA_TOO_LARGE: data
 * or buffer are over PORTFOLIO_DATA_MAX. */
VIA_MUST_USE enum via_status portfolio_message_size(const struct portfolio_message *message,
                                                    size_t *sizep);
/* Writes portfolio_message_size() octets. */
void portfolio_message_encode(const struct portfolio_message *message, uint8_t *octets);

/* VIA_BAD_PAYLOAD, VIA_TOO_LARGE; @fault, which may be NULL, is set on both. */
VIA_MUST_USE enum via_status portfolio_message_decode(const uint8_t *octets, size_t size,
                                                      struct portfolio_message *messagep,
                                                      struct portfolio_fault *fault);

/* ---- answers ---- */

/* As portfolio_message_size(). */
VIA_MUST_USE enum via_status portfolio_answer_size(const struct portfolio_answer *answer,
                                                   size_t *sizep);
/* Writes what stands before the data, at most PORTFOLIO_ANSWER_HEAD_SIZE + PORTFOLIO_WORDS_SIZE
 * octets, and returns how many they are. The data follow; then, if there is more, zeros up to the
 * next multiple of 4, and that. */
size_t portfolio_answer_encode_head(const struct portfolio_answer *answer, uint8_t *octets);
void portfolio_answer_encode(const struct portfolio_answer *answer, uint8_t *octets);

/* To a message of @kind whose buffer has @capacity octets: an answer of another kind, or with more
 * data than that, is VIA_BAD_PAYLOAD. */
VIA_MUST_USE enum via_status portfolio_answer_decode(const uint8_t *octets, size_t size,
                                                     enum portfolio_kind kind, uint32_t capacity,
                                                     struct portfolio_answer *answerp,
                                                     struct portfolio_fault *fault);
