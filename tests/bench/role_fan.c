/*
 * Fan-out through a gateway: one source on its Unix socket, many readers over WebSockets. Source
 * and readers are one process, so that what is under way can be bounded: no reader may lose one.
 *
 * A stuck reader, if there is to be one, subscribes like the others and stops reading.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/crowd.h"
#include "tests/bench/driver.h"
#include "tests/bench/readers.h"
#include "tests/bench/roles.h"
#include "tests/bench/source.h"

#define FILLER_SIZE 32768u /* of the events that make the stuck reader's link full */
#define N_FILLERS 200u     /* more than its queue and what it may leave unacknowledged */
#define FILLERS_AT_ONCE 8u
#define PING_NS 1000000000u

struct fan {
    struct crowd crowd, stuck;
    struct spread spread;
    struct via_stub *source;
    struct via_parcel *filler;
    unsigned pace_us; /* 0: as fast as it goes */
    uint64_t pinged_ns;
    bool lost;
};

static void on_ready(struct member *member)
{
    (void)member;
}

static void on_event(struct member *member, const struct frame *frame)
{
    struct fan *fan = member->crowd->user;
    if (frame->flags & FRAME_GAP)
        fan->lost = true;
    spread_arrived(&fan->spread, (unsigned)member->n++);
}

static void on_stuck_event(struct member *member, const struct frame *frame)
{
    (void)frame;
    lean_link_pause(member->link, true);
}

static const struct crowd_ops ops = {.ready = on_ready, .event = on_event};
static const struct crowd_ops stuck_ops = {.ready = on_ready, .event = on_stuck_event};

static int emit_next(struct fan *fan)
{
    spread_send(&fan->spread);
    return source_emit(fan->source, fan->filler);
}

static int emit_room(struct fan *fan)
{
    for (unsigned n = spread_room(&fan->spread); n > 0; n--)
        if (emit_next(fan) != 0)
            return 1;
    return 0;
}

/* One each pace_us, however long each takes. */
static int emit_paced(struct fan *fan, uint64_t start_ns)
{
    uint64_t due = start_ns + (uint64_t)fan->spread.sent * fan->pace_us * 1000u;
    bool may =
        fan->spread.sent < fan->spread.n && fan->spread.sent - fan->spread.done < SPREAD_WINDOW_MAX;
    return may && figures_now_ns() >= due ? emit_next(fan) : 0;
}

/* It writes, or it would be taken for gone: it is only that it does not read. */
static void keep_stuck_alive(struct fan *fan)
{
    uint64_t now_ns = figures_now_ns();
    if (fan->stuck.n == 0 || now_ns - fan->pinged_ns < PING_NS)
        return;
    fan->pinged_ns = now_ns;
    peer_ping(fan->stuck.members[0].peer);
    crowd_flush(&fan->stuck.members[0]);
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    struct fan *fan = user;
    bool paced = fan->pace_us != 0 && fan->filler == NULL;
    for (unsigned i = 0; i < fan->crowd.n; i++)
        fan->crowd.members[i].n = 0;
    spread_begin(&fan->spread, fan->crowd.n, order->outstanding, order->n, ns);
    uint64_t start_ns = figures_now_ns();
    while (!spread_is_done(&fan->spread)) {
        keep_stuck_alive(fan);
        int failed = paced ? emit_paced(fan, start_ns) : emit_room(fan);
        if (failed || crowd_turn(&fan->crowd, paced ? 1 : 1000) != 0 || fan->lost) {
            fprintf(stderr, "bench: fan: %s\n", fan->lost ? "events were lost" : "failed");
            return 1;
        }
    }
    return 0;
}

/* Adds a reader that stops at its first event, and emits until its link is full. */
static int stop_one(struct fan *fan, const char *gateway, const char *const files[3])
{
    static uint64_t ns[N_FILLERS];
    static uint8_t octets[FILLER_SIZE];
    const struct order first = {.outstanding = 1, .n = 1};
    const struct order rest = {.outstanding = FILLERS_AT_ONCE, .n = N_FILLERS};
    int failed =
        crowd_open_lean(&fan->stuck, 1, gateway, files, SOURCE_NAME, &stuck_ops, fan) != 0 ||
        run(fan, &first, ns) != 0 || crowd_turn(&fan->stuck, 10000) != 0 ||
        via_parcel_create(&fan->filler) != VIA_OK ||
        via_parcel_write_bytes(fan->filler, octets, FILLER_SIZE) != VIA_OK ||
        run(fan, &rest, ns) != 0;
    fan->filler = via_parcel_unref(fan->filler);
    return failed;
}

/* GATEWAY N [PACE_US [stuck]] */
int role_fan(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct fan fan = {.pace_us = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0};
    const char *const files[3] = {getenv("VIADUCT_CA"), getenv("VIADUCT_CERT"),
                                  getenv("VIADUCT_KEY")};
    fan.source = source_open();
    int failed = fan.source == NULL ||
                 crowd_open_lean(&fan.crowd, (unsigned)strtoul(argv[1], NULL, 10), argv[0], files,
                                 SOURCE_NAME, &ops, &fan) != 0 ||
                 (argc > 3 && stop_one(&fan, argv[0], files) != 0);
    if (!failed)
        failed = driver_serve(run, &fan);
    crowd_close(&fan.crowd);
    if (argc > 3)
        crowd_close(&fan.stuck);
    via_stub_unref(fan.source);
    return failed;
}

/* ---- the same for readers of JSON ---- */

static int emit_n(void *user, unsigned n)
{
    int failed = 0;
    for (; n > 0 && !failed; n--)
        failed = source_emit(user, NULL);
    return failed;
}

/* GATEWAY N */
int role_json_fan(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct readers readers = {.subprotocol = "viaduct.json.1",
                              .greeting = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
                                          "\"params\":{\"service\":\"" SOURCE_NAME
                                          "\",\"policy\":\"oldest\"}}",
                              .emit = emit_n,
                              .user = source_open()};
    int failed = readers.user == NULL ||
                 readers_open(&readers, (unsigned)strtoul(argv[1], NULL, 10), argv[0],
                              getenv("VIADUCT_CERT"), getenv("VIADUCT_KEY")) != 0;
    if (!failed)
        failed = driver_serve(readers_run, &readers);
    readers_close(&readers);
    via_stub_unref(readers.user);
    return failed;
}
