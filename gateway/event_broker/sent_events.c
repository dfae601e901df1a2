/*
 * A chain is taken as a whole or not at all. What it says of a pod is the sender's word and changes
 * none; who sent it, and from which host, is ours.
 */
#include "gateway/event_broker/sent_events.h"

#include "gateway/event_broker/telling.h"

int32_t sent_events_tell(struct broker *broker, const struct broker_request *request)
{
    uint8_t record[PORTFOLIO_RECORD_MAX];
    struct portfolio_frame frames[RECORD_N_FRAMES_MAX];
    size_t size, at = PORTFOLIO_FRAMES_AT;
    unsigned n = 0;
    const int32_t error = portfolio_send_event_take(
        request->data, request->size, request->sender.may_inject, record, &size, NULL);
    if (error != 0)
        return error;
    for (; portfolio_frames_next(record, size, &at, &frames[n]); n++) {
        frames[n].system = request->sender.system;
        frames[n].time = frames[n].time == 0 ? broker->time : frames[n].time;
        frames[n].submitter = (int32_t)request->sender.port;
    }
    if (n > 0)
        telling_frames(broker, frames, n);
    return 0;
}
