/*
 * A chain is taken as a whole or not at all. It ends with a zero, or with the data. What it says of
 * a pod is the sender's word and changes none; who sent it, and from which host, is ours.
 */
#include "gateway/event_broker/sent_events.h"

#include <string.h>

#include "codecs/octets.h"
#include "gateway/event_broker/broker_error.h"
#include "gateway/event_broker/telling.h"

struct chain {
    unsigned n;
    size_t size; /* octets of the frames */
    struct record_frame frames[RECORD_N_FRAMES_MAX];
    uint8_t data[PORTFOLIO_FRAMES_MAX];
};

static bool is_builtin(uint8_t event)
{
    return event <= EVENTNUM_IRKeyReleased ||
           (event >= EVENTNUM_DeviceOnline && event <= EVENTNUM_EventQueueOverflow);
}

/* What the broker alone says. */
static bool is_own(uint8_t event)
{
    return event == EVENTNUM_GivingFocus || event == EVENTNUM_LosingFocus ||
           event == EVENTNUM_EventQueueOverflow;
}

static bool has_right_size(uint8_t event, size_t size)
{
    if (event == EVENTNUM_DeviceOnline || event == EVENTNUM_DeviceOffline)
        return size == sizeof(DeviceStateEventData);
    if (event >= EVENTNUM_FilesystemMounted && event <= EVENTNUM_FilesystemDismounted)
        return size == sizeof(FilesystemEventData);
    return true;
}

/* @size octets that are there, rounded up to @whole. */
static void add(struct broker *broker, const struct broker_request *request, struct chain *chain,
                const uint8_t *octets, size_t size, size_t whole)
{
    uint8_t *data = chain->data + chain->size;
    const uint32_t time = octets_get_u32(octets + offsetof(EventFrameHeader, ef_SystemTimeStamp));
    memset(data, 0, whole);
    memcpy(data, octets, size);
    chain->frames[chain->n++] = (struct record_frame){
        .system = request->sender.system,
        .time = time == 0 ? broker->time : time,
        .submitter = request->sender.port,
        .event = data[offsetof(EventFrameHeader, ef_EventNumber)],
        .pod = data[offsetof(EventFrameHeader, ef_PodNumber)],
        .position = data[offsetof(EventFrameHeader, ef_PodPosition)],
        .ordinal = data[offsetof(EventFrameHeader, ef_GenericPosition)],
        .data = data + RECORD_FRAME_SIZE,
        .size = whole - RECORD_FRAME_SIZE,
    };
    chain->size += whole;
}

static int32_t check(const struct broker_request *request, const uint8_t *octets, size_t size)
{
    const uint8_t event = octets[offsetof(EventFrameHeader, ef_EventNumber)];
    if (event == 0)
        return BROKER_ERROR(ER_ParamError);
    if (is_builtin(event) && !request->sender.may_inject)
        return BROKER_ERROR(ER_NotPrivileged);
    return is_own(event) || !has_right_size(event, size - RECORD_FRAME_SIZE)
               ? BROKER_ERROR(ER_ParamError)
               : 0;
}

static int32_t read_chain(struct broker *broker, const struct broker_request *request,
                          struct chain *chain)
{
    const uint8_t *octets = request->data + RECORD_HEADER_SIZE;
    size_t left = request->size - RECORD_HEADER_SIZE;
    int32_t denied = 0;
    while (left > 0) {
        const uint32_t size = left < 4 ? 1 : octets_get_u32(octets);
        if (size == 0)
            break;
        if (size < RECORD_FRAME_SIZE || size > left || size > PORTFOLIO_FRAMES_MAX)
            return BROKER_ERROR(ER_ParamError);
        const size_t whole = size + octets_padding(size, 4);
        if (whole > PORTFOLIO_FRAMES_MAX - RECORD_END_SIZE - chain->size)
            return BROKER_ERROR(ER_ParamError);
        const int32_t error = check(request, octets, size);
        if (error == BROKER_ERROR(ER_ParamError))
            return error;
        denied = error == 0 ? denied : error;
        add(broker, request, chain, octets, size, whole);
        octets += whole < left ? whole : left;
        left -= whole < left ? whole : left;
    }
    return denied;
}

int32_t sent_events_tell(struct broker *broker, const struct broker_request *request)
{
    struct chain chain;
    chain.n = 0;
    chain.size = 0;
    const int32_t error = read_chain(broker, request, &chain);
    if (error == 0 && chain.n > 0)
        telling_frames(broker, chain.frames, chain.n);
    return error;
}
