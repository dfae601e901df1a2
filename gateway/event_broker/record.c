/*
 * There is always room for the end.
 */
#include "gateway/event_broker/record.h"

#include "codecs/octets.h"
#include "include/portfolio/event.h"

void record_begin(struct record *record)
{
    record->size = PORTFOLIO_FRAMES_AT;
    record->n_frames = 0;
    octets_put_u32(record->octets, EB_EventRecord);
}

bool record_add(struct record *record, const struct portfolio_frame *frame)
{
    const size_t left = PORTFOLIO_RECORD_MAX - PORTFOLIO_FRAMES_END - record->size;
    if (portfolio_frame_size(frame->size) > left)
        return false;
    (void)portfolio_frame_put(record->octets + record->size, frame);
    record->size += portfolio_frame_size(frame->size);
    record->n_frames++;
    return true;
}

size_t record_end(struct record *record)
{
    octets_put_u32(record->octets + record->size, 0);
    return record->size + PORTFOLIO_FRAMES_END;
}
