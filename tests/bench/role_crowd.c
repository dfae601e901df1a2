/*
 * Many callers at once: each has a link of its own and one call under way. One order is one call
 * after another by all of them together.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/crowd.h"
#include "tests/bench/driver.h"
#include "tests/bench/roles.h"

struct callers {
    struct crowd crowd;
    const struct order *order;
    uint8_t *body;
    uint64_t *ns;
    unsigned started, ended;
    bool failed;
};

static uint64_t now(const struct callers *callers)
{
    return callers->order->in_turns ? callers->ended * UINT64_C(1000) : figures_now_ns();
}

static void call_next(struct member *member)
{
    struct callers *callers = member->crowd->user;
    if (callers->started == callers->order->n)
        return;
    callers->started++;
    member->since_ns = now(callers);
    if (crowd_call(member, callers->body, (uint32_t)callers->order->size) != 0)
        callers->failed = true;
}

static void on_ready(struct member *member)
{
    (void)member;
}

static void on_reply(struct member *member, const struct frame *frame)
{
    struct callers *callers = member->crowd->user;
    (void)frame;
    callers->ns[callers->ended] = now(callers) - member->since_ns;
    callers->ended++;
    call_next(member);
}

static const struct crowd_ops ops = {.ready = on_ready, .reply = on_reply};

static int run(void *user, const struct order *order, uint64_t *ns)
{
    struct callers *callers = user;
    struct crowd *crowd = &callers->crowd;
    callers->order = order;
    callers->ns = ns;
    callers->started = callers->ended = 0;
    callers->body = calloc(1, order->size);
    if (callers->body == NULL)
        return 1;
    for (unsigned i = 0; i < crowd->n && i < order->outstanding; i++) {
        call_next(&crowd->members[i]);
        crowd_flush(&crowd->members[i]);
    }
    int failed = 0;
    while (!failed && !callers->failed && callers->ended < order->n)
        failed = crowd_turn(crowd, 10000);
    free(callers->body);
    return failed || callers->failed;
}

int role_crowd(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct callers callers = {.failed = false};
    const char *const files[3] = {getenv("VIADUCT_CA"), getenv("VIADUCT_CERT"),
                                  getenv("VIADUCT_KEY")};
    int failed = crowd_open(&callers.crowd, (unsigned)strtoul(argv[1], NULL, 10), argv[0], files,
                            argv[2], &ops, &callers);
    if (!failed)
        failed = driver_serve(run, &callers);
    crowd_close(&callers.crowd);
    return failed;
}
