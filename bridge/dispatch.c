/*
 * Per stub, oneways run one at a time, in the order in which they came; a two-way call begins after
 * whatever the same caller sent to the same stub before it has begun, and is not held up by anybody
 * else's.
 *
 * What may begin goes to the workers' list, which is in order. So a stub keeps only oneways that
 * wait for the one before them; a two-way call of a caller that has one waiting there hangs on the
 * last such one, and goes to the workers right behind it. Where nothing waits, nothing is looked
 * at.
 *
 * An opened object and its back reference are two stubs in two processes: each is in order in
 * itself. What the one answers and what is sent to the other arrive in order, large or small
 * (peer_join()), and begin in order; who wants to have them done in order takes both from one
 * queue.
 */
#include "bridge/dispatch.h"

#include "bridge/call.h"
#include "bridge/node.h"
#include "bridge/queue.h"
#include "bridge/stub.h"

static void make_ready(struct via_call *call)
{
    call->stub->n_begun++;
    workers_post(call->node, &call->job);
}

/* The last oneway of the same caller that waits at the same stub. */
static struct via_call *waiting_before(const struct via_call *call)
{
    struct via_call *found = NULL;
    if (call->caller->n_oneways == 0)
        return NULL;
    for (struct via_call *at = call->stub->first; at != NULL; at = at->next)
        if (at->caller == call->caller)
            found = at;
    return found;
}

static void order_oneway(struct via_call *call)
{
    struct via_stub *stub = call->stub;
    if (!stub->oneway_begun) {
        stub->oneway_begun = true;
        make_ready(call);
        return;
    }
    call->next = NULL;
    call->caller->n_oneways++;
    if (stub->first == NULL)
        stub->first = call;
    else
        stub->last->next = call;
    stub->last = call;
}

static void order_call(struct via_call *call)
{
    struct via_call *before = waiting_before(call);
    if (before == NULL) {
        make_ready(call);
        return;
    }
    call->next = NULL;
    if (before->followers == NULL)
        before->followers = call;
    else
        before->last_follower->next = call;
    before->last_follower = call;
}

/* The next oneway, and what waited for it. */
static void begin_next(struct via_stub *stub)
{
    struct via_call *call = stub->first;
    if (call == NULL)
        return;
    stub->first = call->next;
    call->caller->n_oneways--;
    stub->oneway_begun = true;
    struct via_call *follower = call->followers;
    call->followers = NULL;
    make_ready(call);
    while (follower != NULL) {
        struct via_call *next = follower->next;
        make_ready(follower);
        follower = next;
    }
}

static struct waiter *waiter_in_chain(const struct via_call *call)
{
    const struct via_stub *stub = call->stub;
    if (call->oneway || call->chain == 0 || stub->ops.no_nesting ||
        (stub->ops.call == NULL && !call->control))
        return NULL;
    return lead_find_chain(call->node, call->chain, call->depth);
}

void dispatch_call(struct via_call *call)
{
    struct via_stub *stub = call->stub;
    call->caller->n_unstarted++;
    if (call->oneway && call->caller == call->node->self)
        stub->n_local++;
    struct waiter *waiter = waiter_in_chain(call);
    if (waiter != NULL) {
        stub->n_begun++;
        jobs_push(&waiter->nested, &call->job);
        lead_poke(call->node, waiter);
    } else if (stub->queue != NULL && !call->control) {
        queue_put(stub->queue, call);
    } else if (call->oneway) {
        order_oneway(call);
    } else {
        order_call(call);
    }
}

void dispatch_begun(struct via_call *call)
{
    if (call->oneway && call->caller == call->node->self)
        call->stub->n_local--;
    caller_started(call->caller);
}

void dispatch_ended(struct via_call *call)
{
    struct via_stub *stub = call->stub;
    stub->n_begun--;
    if (call->oneway) {
        stub->oneway_begun = false;
        begin_next(stub);
    }
    stub_settle(stub);
}
