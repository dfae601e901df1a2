/*
 * A queue of the core's. A thread that waits in it may read the link itself, so what comes for it
 * wakes it and nobody before it; what comes for another task's is put there by the one that reads.
 * A signal of another thread of this process rouses it out of there.
 */
#include "bridge/portfolio/inbox.h"

#include <viaduct/node.h>

#include "bridge/portfolio/senders.h"
#include "bridge/queue.h"

/* No call is handled by a worker: all go to a queue. It is how stubs of ours are known. */
static void refuse(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_fail(call, VIA_UNSUPPORTED);
}

enum via_status inbox_init(struct inbox *inbox)
{
    inbox->expecting = NULL;
    struct via_node *node = via_node_default();
    enum via_status status =
        node != NULL ? via_queue_create(node, NULL, NULL, &inbox->queue) : VIA_NO_MEMORY;
    if (status == VIA_OK)
        via_queue_limit(inbox->queue, SENDER_SIZE_MAX);
    return status;
}

static void tell(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    *expected->linkp = expected->next;
    if (expected->next != NULL)
        expected->next->linkp = expected->linkp;
    expected->came(expected, status, reply);
}

void inbox_deinit(struct inbox *inbox)
{
    inbox->queue = via_queue_destroy(inbox->queue);
    while (inbox->expecting != NULL)
        tell(inbox->expecting, VIA_DEAD, NULL);
}

enum via_status inbox_stub(struct inbox *inbox, struct receiver *receiver,
                           void (*destroyed)(void *user), struct via_stub **stubp)
{
    const struct via_stub_ops ops = {
        .size = sizeof ops, .call = refuse, .destroyed = destroyed, .no_nesting = true};
    enum via_status status = via_stub_create(via_node_default(), &ops, receiver, stubp);
    if (status == VIA_OK)
        via_stub_set_queue(*stubp, inbox->queue);
    return status;
}

struct receiver *inbox_receiver(const struct via_stub *stub)
{
    return via_stub_user(stub, refuse);
}

enum via_status inbox_call(struct inbox *inbox, struct via_proxy *proxy, uint32_t code,
                           struct via_parcel *request, uint32_t timeout_ms,
                           struct expected *expected, struct via_pending **pendingp)
{
    enum via_status status =
        via_proxy_call_queued(proxy, code, request, timeout_ms, inbox->queue, expected, pendingp);
    if (status != VIA_OK)
        return status;
    expected->linkp = &inbox->expecting;
    expected->next = inbox->expecting;
    if (expected->next != NULL)
        expected->next->linkp = &expected->next;
    inbox->expecting = expected;
    return VIA_OK;
}

static void hand_over(const struct via_arrival *arrival)
{
    if (arrival->call == NULL) {
        tell(arrival->user, arrival->status, arrival->reply);
        (void)via_parcel_unref(arrival->reply);
        return;
    }
    struct receiver *receiver = inbox_receiver(via_call_stub(arrival->call));
    receiver->arrived(receiver, arrival->call);
    (void)via_call_unref(arrival->call);
}

void inbox_take_in(struct inbox *inbox)
{
    struct via_arrival arrival;
    while (via_queue_take(inbox->queue, 0, &arrival) == VIA_OK)
        hand_over(&arrival);
}

void inbox_wait(struct inbox *inbox)
{
    struct via_arrival arrival;
    if (via_queue_take(inbox->queue, -1, &arrival) == VIA_OK) {
        hand_over(&arrival);
        inbox_take_in(inbox);
    }
}

void inbox_rouse(struct inbox *inbox)
{
    queue_rouse(inbox->queue);
}
