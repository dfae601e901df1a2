/*
 * Records: a header, frames, and a zero behind them, as codecs/portfolio_frames.h has them.
 */
#pragma once

#include "codecs/portfolio_frames.h"

#define RECORD_N_FRAMES_MAX (PORTFOLIO_FRAMES_MAX / PORTFOLIO_FRAME_HEAD)

struct record {
    size_t size; /* without the zero at the end */
    unsigned n_frames;
    uint8_t octets[PORTFOLIO_RECORD_MAX];
};

void record_begin(struct record *record);
/* false: it does not fit, and is left out */
bool record_add(struct record *record, const struct portfolio_frame *frame);
/* The octets of all of it. */
size_t record_end(struct record *record);
