/*
 * Portfolio's side: a listener as its programs are written.
 */
#include "event.h"
#include "msgport.h"
#include "tests/bench/portfolio_pod.h"
#include "tests/bench/portfolio_side.h"

static Item port;

static int listen_to(const char *service)
{
    const Item broker = FindMsgPort(service);
    port = CreateMsgPort(NULL, 0, 0);
    const Item item = CreateMsg(NULL, 0, port);
    ConfigurationRequest request = {.cr_Header = {EB_Configure}, .cr_Category = LC_Observer};
    request.cr_TriggerMask[0] = EVENTBIT0_MouseMoved;
    request.cr_QueueMax = EVENT_QUEUE_MAX_PERMITTED;
    if (broker < 0 || item < 0 || SendMsg(broker, item, &request, sizeof request) < 0 ||
        WaitPort(port, item) != item)
        return 1;
    return (Err)((const Message *)LookupItem(item))->msg_Result < 0;
}

/* Where the mouse is, by the last frame that says so: after an overflow it is not MouseMoved. */
static int read_record(const Message *message, uint32_t *numberp)
{
    const EventFrame *frame =
        (const EventFrame *)((const EventBrokerHeader *)message->msg_DataPtr + 1);
    int failed = 1;
    for (; frame->ef_ByteCount != 0;
         frame = (const EventFrame *)((const char *)frame + frame->ef_ByteCount)) {
        if (frame->ef_EventNumber == EVENTNUM_EventQueueOverflow)
            continue;
        *numberp = (uint32)((const MouseEventData *)frame->ef_EventData)->med_HorizPosition;
        failed = 0;
    }
    return failed;
}

static int hear(uint32_t *numberp)
{
    const Item item = WaitPort(port, 0);
    if (item < 0)
        return 1;
    int failed = read_record((const Message *)LookupItem(item), numberp);
    return ReplyMsg(item, 0, NULL, 0) < 0 || failed;
}

const struct portfolio_side portfolio_side_portfolio = {.name = "portfolio",
                                                        .listen = listen_to,
                                                        .hear = hear,
                                                        .attach = portfolio_pod_attach,
                                                        .report = portfolio_pod_move};
