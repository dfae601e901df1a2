/*
 * A frame's size is compared with what is left, and never added to anything before. What programs
 * send may go without an end and in odd sizes; what the broker makes of it, and sends itself, may
 * not.
 */
#include "codecs/portfolio_frames.h"

#include "codecs/octets.h"
#include "codecs/portfolio_events.h"
#include "include/portfolio/event.h"

#define WORD 4u

static size_t refuse(struct portfolio_fault *fault, size_t at, const char *words)
{
    if (fault != NULL)
        *fault = (struct portfolio_fault){.words = words, .at = at};
    return 0;
}

/* ---- frames ---- */

size_t portfolio_frame_size(size_t size)
{
    return PORTFOLIO_FRAME_HEAD + size + octets_padding(size, WORD);
}

uint8_t *portfolio_frame_put(uint8_t *octets, const struct portfolio_frame *frame)
{
    const EventFrameHeader header = {
        .ef_ByteCount = (uint32_t)portfolio_frame_size(frame->size),
        .ef_SystemID = frame->system,
        .ef_SystemTimeStamp = frame->time,
        .ef_Submitter = frame->submitter,
        .ef_EventNumber = frame->number,
        .ef_PodNumber = frame->pod,
        .ef_PodPosition = frame->position,
        .ef_GenericPosition = frame->generic,
        .ef_Trigger = frame->is_trigger,
    };
    portfolio_write(&portfolio_event_frame, &header, octets);
    uint8_t *at = octets_append(octets + PORTFOLIO_FRAME_HEAD, frame->data, frame->size);
    return octets_append_zeros(at, octets_padding(frame->size, WORD));
}

/* One whose @byte_count octets are all there. */
static void get(const uint8_t *data, size_t at, size_t byte_count, struct portfolio_frame *framep)
{
    EventFrameHeader header;
    portfolio_read(&portfolio_event_frame, data + at, &header);
    *framep = (struct portfolio_frame){
        .at = at,
        .system = header.ef_SystemID,
        .time = header.ef_SystemTimeStamp,
        .submitter = header.ef_Submitter,
        .number = header.ef_EventNumber,
        .pod = header.ef_PodNumber,
        .position = header.ef_PodPosition,
        .generic = header.ef_GenericPosition,
        .is_trigger = header.ef_Trigger,
        .data = data + at + PORTFOLIO_FRAME_HEAD,
        .size = byte_count - PORTFOLIO_FRAME_HEAD,
    };
}

/* The size of the frame at @at, which is not the end; 0: it has none that could be. */
static size_t byte_count_at(const uint8_t *data, size_t size, size_t at,
                            struct portfolio_fault *fault)
{
    uint32_t byte_count = octets_get_u32(data + at);
    if (byte_count < PORTFOLIO_FRAME_HEAD)
        return refuse(fault, at, "a frame shorter than its own head");
    if (byte_count > size - at)
        return refuse(fault, at, "a frame goes past the end");
    return byte_count;
}

/* ---- records ---- */

enum via_status portfolio_frames_check(const uint8_t *data, size_t size,
                                       struct portfolio_fault *fault)
{
    size_t at = PORTFOLIO_FRAMES_AT;
    if (size < PORTFOLIO_FRAMES_AT) {
        (void)refuse(fault, size, "the header goes past the end");
        return VIA_BAD_PAYLOAD;
    }
    while (size - at >= PORTFOLIO_FRAMES_END && octets_get_u32(data + at) != 0) {
        size_t byte_count = byte_count_at(data, size, at, fault);
        if (byte_count % WORD != 0)
            byte_count = refuse(fault, at, "a frame whose size is no multiple of 4");
        if (byte_count == 0)
            return VIA_BAD_PAYLOAD;
        at += byte_count;
    }
    if (size - at == PORTFOLIO_FRAMES_END)
        return VIA_OK;
    (void)refuse(fault, at,
                 size - at < PORTFOLIO_FRAMES_END ? "the frames have no end"
                                                  : "something is behind the end of the frames");
    return VIA_BAD_PAYLOAD;
}

bool portfolio_frames_next(const uint8_t *data, size_t size, size_t *atp,
                           struct portfolio_frame *framep)
{
    if (*atp > size || size - *atp < PORTFOLIO_FRAME_HEAD)
        return false;
    size_t byte_count = byte_count_at(data, size, *atp, NULL);
    if (byte_count == 0)
        return false;
    get(data, *atp, byte_count, framep);
    *atp += byte_count;
    return true;
}

/* ---- what programs send ---- */

/* Whether data of @size octets are what those who get @event go by. */
static bool data_fit(const struct portfolio_event *event, size_t size)
{
    if (event == NULL || event->data == NULL)
        return true;
    return event->class >= 0 ? size >= event->data->size : size == event->data->size;
}

static Err judge(const struct portfolio_frame *frame, bool may_inject,
                 struct portfolio_fault *fault)
{
    const struct portfolio_event *event = portfolio_event_of(frame->number);
    const char *words = NULL;
    if (event != NULL && !may_inject) {
        (void)refuse(fault, frame->at, "an event of the system's, without the right to it");
        return MAKEEB(ER_SEVERE, ER_C_STND, ER_NotPrivileged);
    }
    if (frame->number == 0)
        words = "event 0";
    else if (frame->number == EVENTNUM_GivingFocus || frame->number == EVENTNUM_LosingFocus ||
             frame->number == EVENTNUM_EventQueueOverflow)
        words = "an event that only the broker tells of";
    else if (!data_fit(event, frame->size))
        words = "an event with data of another size";
    if (words == NULL)
        return 0;
    (void)refuse(fault, frame->at, words);
    return MAKEEB(ER_SEVERE, ER_C_STND, ER_ParamError);
}

static bool ends_at(const uint8_t *data, size_t size, size_t at)
{
    return at >= size || (size - at >= PORTFOLIO_FRAMES_END && octets_get_u32(data + at) == 0);
}

/* The next frame of what a program has sent; false: it is none. */
static bool take(const uint8_t *data, size_t size, size_t *atp, size_t room,
                 struct portfolio_frame *framep, struct portfolio_fault *fault)
{
    if (size - *atp < PORTFOLIO_FRAME_HEAD)
        return refuse(fault, *atp, "a frame goes past the end") != 0;
    size_t byte_count = byte_count_at(data, size, *atp, fault);
    if (byte_count == 0)
        return false;
    if (byte_count + octets_padding(byte_count, WORD) + PORTFOLIO_FRAMES_END > room)
        return refuse(fault, *atp, "the frames are more than 1024 octets") != 0;
    get(data, *atp, byte_count, framep);
    *atp += byte_count;
    *atp += octets_padding(*atp, WORD);
    return true;
}

int32_t portfolio_send_event_take(const uint8_t *data, size_t size, bool may_inject,
                                  uint8_t record[PORTFOLIO_RECORD_MAX], size_t *record_sizep,
                                  struct portfolio_fault *fault)
{
    struct portfolio_frame frame;
    uint8_t *out = record + PORTFOLIO_FRAMES_AT;
    size_t at = PORTFOLIO_FRAMES_AT;
    octets_put_u32(record, EB_EventRecord);
    while (!ends_at(data, size, at)) {
        size_t room = (size_t)(record + PORTFOLIO_RECORD_MAX - out);
        if (!take(data, size, &at, room, &frame, fault))
            return MAKEEB(ER_SEVERE, ER_C_STND, ER_ParamError);
        Err err = judge(&frame, may_inject, fault);
        if (err < 0)
            return err;
        frame.submitter = 0;
        frame.is_trigger = 0;
        out = portfolio_frame_put(out, &frame);
    }
    octets_put_u32(out, 0);
    *record_sizep = (size_t)(out - record) + PORTFOLIO_FRAMES_END;
    return 0;
}
