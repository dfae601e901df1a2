/*
 * Fan-out: one source of small events, many subscribers over TLS. The source emits in bursts that
 * the kept events can hold, and the next burst begins when every subscriber has had the last one,
 * so nothing is dropped and every delivery counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <viaduct/viaduct.h>

#include "codecs/octets.h"
#include "tests/bench/crowd.h"
#include "tests/bench/figures.h"
#include "tests/bench/roles.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define SOURCE "bench.source"
#define BURST 64u
#define EVENT_SIZE 64u
#define DELIVERIES 400000u /* a round */
#define AIM_AT_500 1000.0  /* thousand a second */

/* ---- the source ---- */

static struct via_stub *source;

static void emit(void *user, struct via_call *call)
{
    static const uint8_t octets[EVENT_SIZE];
    struct via_parcel *request = via_call_request(call), *event;
    (void)user;
    uint32_t n = via_parcel_size(request) < 4 ? 0 : octets_get_u32(via_parcel_data(request));
    if (via_parcel_create(&event) != VIA_OK)
        return;
    enum via_status status = via_parcel_write_bytes(event, octets, sizeof octets);
    for (uint32_t i = 0; i < n && status == VIA_OK; i++)
        status = via_stub_emit(source, 1, event);
    (void)via_parcel_unref(event);
    if (status == VIA_OK)
        (void)via_call_reply(call, 0, NULL);
    else
        (void)via_call_fail(call, status);
}

int role_core_source(int argc, char **argv)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = emit};
    char line[16];
    if (argc < 1 || via_stub_create(via_node_default(), &ops, NULL, &source) != VIA_OK ||
        via_node_publish(via_node_default(), "core", argv[0], source, NULL) != VIA_OK)
        return 1;
    (void)puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    return 0;
}

/* ---- the subscribers ---- */

struct fanout {
    uint64_t n_events;
};

static void on_ready(struct member *member)
{
    if (crowd_subscribe(member) != 0)
        member->crowd->n_lost++;
}

static void on_reply(struct member *member, const struct frame *frame)
{
    (void)member;
    (void)frame;
}

static void on_event(struct member *member, const struct frame *frame)
{
    struct fanout *fanout = member->crowd->user;
    fanout->n_events++;
    if ((frame->flags & FRAME_GAP) != 0)
        member->crowd->n_lost++;
}

static const struct crowd_ops ops = {.ready = on_ready, .reply = on_reply, .event = on_event};

static int run_burst(struct crowd *crowd, struct fanout *fanout)
{
    uint8_t n[4];
    uint64_t until = fanout->n_events + (uint64_t)BURST * crowd->n;
    octets_put_u32(n, BURST);
    int failed = crowd_call(&crowd->members[0], n, sizeof n);
    crowd_flush(&crowd->members[0]);
    while (!failed && fanout->n_events < until)
        failed = crowd_turn(crowd, 10000);
    return failed;
}

static int measure(struct stage *stage, unsigned n, const struct suite_options *options)
{
    const char *const files[3] = {stage->ca, stage->cert, stage->key};
    struct fanout fanout = {.n_events = 0};
    struct crowd crowd;
    double rates[SUITES_ROUNDS_MAX], costs[SUITES_ROUNDS_MAX];
    unsigned n_bursts = DELIVERIES / (options->quick ? 4 : 1) / (BURST * n) + 1;
    int failed = crowd_open(&crowd, n, stage->remote, files, SOURCE, &ops, &fanout);
    while (!failed && crowd.n_subscribed < n)
        failed = crowd_turn(&crowd, 10000);
    if (!failed)
        failed = run_burst(&crowd, &fanout); /* whatever is made once */
    for (unsigned round = 0; round < options->n_rounds && !failed; round++) {
        struct child_cost before = child_cost(&stage->gateway);
        uint64_t begun_ns = figures_now_ns();
        for (unsigned i = 0; i < n_bursts && !failed; i++)
            failed = run_burst(&crowd, &fanout);
        double deliveries = (double)n_bursts * BURST * n;
        rates[round] = deliveries * 1e6 / (double)(figures_now_ns() - begun_ns);
        struct child_cost after = child_cost(&stage->gateway);
        costs[round] = (double)(after.cpu_ns - before.cpu_ns) / deliveries;
    }
    if (!failed) {
        struct row row = {.value = figures_median(rates, options->n_rounds), .unit = "k/s"};
        (void)snprintf(row.name, sizeof row.name, "fanout.%u", n);
        if (n == 500) {
            row.kind = ROWS_AT_LEAST;
            row.aim = AIM_AT_500;
        }
        rows_add(&row);
        struct row cost = {.value = figures_median(costs, options->n_rounds), .unit = "ns CPU"};
        (void)snprintf(cost.name, sizeof cost.name, "fanout.%u.gateway", n);
        rows_add(&cost);
    }
    crowd_close(&crowd);
    return failed;
}

int suite_fanout(const struct suite_options *options)
{
    static const unsigned sizes[] = {100, 500, 1000};
    struct stage stage;
    struct child emitter = {.pid = 0};
    char setting[STAGE_PATH_MAX + 32];
    int failed = stage_start_gateway(&stage, options->self, false);
    (void)snprintf(setting, sizeof setting, "VIADUCT_GATEWAY=%s", stage.local);
    const char *const environment[] = {setting, NULL};
    const char *const role[] = {options->self, "role", "core-source", SOURCE, NULL};
    if (!failed)
        failed = child_start(&emitter, role, environment, "ready", NULL, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !failed; i++)
        failed = measure(&stage, sizes[i], options);
    child_end(&emitter);
    stage_end(&stage);
    return failed;
}
