/*
 * Chains of event frames: what a record of events is made of, and what programs send with
 * EB_SendEvent. A chain begins behind the header of its data, each frame says its size, and a word
 * of 0 ends it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/portfolio_message.h"

#define PORTFOLIO_FRAMES_AT 4u     /* where the first frame stands in data */
#define PORTFOLIO_FRAME_HEAD 28u   /* octets of a frame without data */
#define PORTFOLIO_FRAMES_END 4u    /* octets of the end */
#define PORTFOLIO_FRAMES_MAX 1024u /* octets of a record's frames with their end */
#define PORTFOLIO_RECORD_MAX (PORTFOLIO_FRAMES_AT + PORTFOLIO_FRAMES_MAX)

struct portfolio_frame {
    size_t at;       /* decoded: in the data */
    uint32_t system; /* number of a host; 0: the broker's own */
    uint32_t time;
    int32_t submitter;
    uint8_t number, pod, position, generic;
    uint8_t is_trigger;
    const uint8_t *data; /* borrowed; decoded: never NULL */
    size_t size;         /* of data, decoded a multiple of 4 */
};

/* Octets that a frame with @size octets of data takes: less than 1 KiB, or what a size_t wraps. */
size_t portfolio_frame_size(size_t size);
/* Writes @frame, with zeros up to the next multiple of 4, and returns the place behind it. */
uint8_t *portfolio_frame_put(uint8_t *octets, const struct portfolio_frame *frame);

/* Whether @data, with their header, are a record: frames whose sizes are multiples of 4, up to an
 * end with nothing behind it. VIA_BAD_PAYLOAD; @fault, which may be NULL, has the place in them. */
VIA_MUST_USE enum via_status portfolio_frames_check(const uint8_t *data, size_t size,
                                                    struct portfolio_fault *fault);
/* The frame at *@atp, PORTFOLIO_FRAMES_AT at first, of a record; *@atp becomes the next one's
 * place. false: the record ends there. */
bool portfolio_frames_next(const uint8_t *data, size_t size, size_t *atp,
                           struct portfolio_frame *framep);

/*
 * Turns the data of EB_SendEvent into those of a record, of at most PORTFOLIO_RECORD_MAX octets:
 * without senders, with what is reserved as 0. Returns 0, or the error with which the request is
 * answered, as programs see it, with its place and reason in @fault, which may be NULL.
 * @may_inject: the sender may say what is the system's to say.
 */
int32_t portfolio_send_event_take(const uint8_t *data, size_t size, bool may_inject,
                                  uint8_t record[PORTFOLIO_RECORD_MAX], size_t *record_sizep,
                                  struct portfolio_fault *fault);
