/*
 * Records: a header, frames, and a zero behind them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/portfolio_frames.h"

#define RECORD_HEADER_SIZE 4u
#define RECORD_END_SIZE 4u
#define RECORD_FRAME_SIZE 28u /* octets of a frame before its data */
#define RECORD_N_FRAMES_MAX (PORTFOLIO_FRAMES_MAX / RECORD_FRAME_SIZE)
#define RECORD_SIZE_MAX (RECORD_HEADER_SIZE + PORTFOLIO_FRAMES_MAX)

struct record_frame {
    uint32_t system;    /* 0: of the broker's host */
    uint32_t time;      /* the field */
    uint32_t submitter; /* a port; 0: the broker */
    uint8_t event;
    uint8_t pod, position, ordinal; /* 0: no pod's */
    bool is_trigger;
    const uint8_t *data;
    size_t size; /* a multiple of 4 */
};

struct record {
    size_t size; /* without the zero at the end */
    unsigned n_frames;
    uint8_t octets[RECORD_SIZE_MAX];
};

void record_begin(struct record *record);
/* false: it does not fit, and is left out */
bool record_add(struct record *record, const struct record_frame *frame);
/* The octets of all of it. */
size_t record_end(struct record *record);
