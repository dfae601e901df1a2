/*
 * Numbers are little-endian; a frame's octets are those of EventFrame.
 */
#include "gateway/event_broker/record.h"

#include <string.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"

_Static_assert(sizeof(EventFrameHeader) == RECORD_FRAME_SIZE, "event.h has the structure");

void record_begin(struct record *record)
{
    record->size = RECORD_HEADER_SIZE;
    record->n_frames = 0;
    octets_put_u32(record->octets, EB_EventRecord);
}

bool record_add(struct record *record, const struct record_frame *frame)
{
    const size_t left = RECORD_SIZE_MAX - RECORD_END_SIZE - record->size;
    if (left < RECORD_FRAME_SIZE || frame->size > left - RECORD_FRAME_SIZE)
        return false;
    uint8_t *at = record->octets + record->size;
    memset(at, 0, RECORD_FRAME_SIZE);
    octets_put_u32(at + offsetof(EventFrameHeader, ef_ByteCount),
                   (uint32_t)(RECORD_FRAME_SIZE + frame->size));
    octets_put_u32(at + offsetof(EventFrameHeader, ef_SystemID), frame->system);
    octets_put_u32(at + offsetof(EventFrameHeader, ef_SystemTimeStamp), frame->time);
    octets_put_u32(at + offsetof(EventFrameHeader, ef_Submitter), frame->submitter);
    at[offsetof(EventFrameHeader, ef_EventNumber)] = frame->event;
    at[offsetof(EventFrameHeader, ef_PodNumber)] = frame->pod;
    at[offsetof(EventFrameHeader, ef_PodPosition)] = frame->position;
    at[offsetof(EventFrameHeader, ef_GenericPosition)] = frame->ordinal;
    at[offsetof(EventFrameHeader, ef_Trigger)] = frame->is_trigger;
    (void)octets_append(at + RECORD_FRAME_SIZE, frame->data, frame->size);
    record->size += RECORD_FRAME_SIZE + frame->size;
    record->n_frames++;
    return true;
}

size_t record_end(struct record *record)
{
    octets_put_u32(record->octets + record->size, 0);
    return record->size + RECORD_END_SIZE;
}
