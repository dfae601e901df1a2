/*
 * What judging an event costs: ids, numbers that change, ranges and times, alone and all together,
 * of events that pass and events that do not, with what is noted of those that pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/parcel.h"
#include "codecs/payload.h"
#include "gateway/sieve.h"
#include "tests/bench/figures.h"
#include "tests/bench/rows.h"
#include "tests/bench/suites.h"

#define N_IDS 16u
#define N_EVENTS 1000000u /* a round */
#define AIM_NS 100.0

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *octets, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *octets, size_t size);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static _Thread_local unsigned long n_allocations;

void *__wrap_malloc(size_t size)
{
    n_allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *octets, size_t size)
{
    n_allocations++;
    return __real_realloc(octets, size);
}

/* Two values as a dashboard has them: one name, one number. */
struct sample {
    struct via_parcel *parcel; /* owned */
    struct frame frame;
};

static int make_sample(struct sample *sample, double number)
{
    struct payload payload;
    if (via_parcel_create(&sample->parcel) != VIA_OK ||
        via_parcel_write_str(sample->parcel, "temperature") != VIA_OK ||
        via_parcel_write_f64(sample->parcel, number) != VIA_OK)
        return 1;
    parcel_payload(sample->parcel, &payload);
    sample->frame = (struct frame){.body = payload.octets,
                                   .body_size = (uint32_t)payload.size,
                                   .tape = payload.tape,
                                   .tape_size = (uint32_t)payload.tape_size};
    return 0;
}

/* Nanoseconds an event. Each id's numbers go up and down; half of the ids are asked for. */
static double judge(const struct event_filter *filter, struct sample samples[2], unsigned n,
                    unsigned *n_passedp)
{
    struct sieve sieve;
    sieve_init(&sieve, filter);
    unsigned n_passed = 0;
    uint64_t start = 0;
    for (unsigned i = 0; i < n + N_IDS; i++) {
        if (i == N_IDS) { /* each id is known: from now on nothing is allocated */
            n_allocations = 0;
            start = figures_cpu_ns();
        }
        struct frame *frame = &samples[i / N_IDS % 2].frame;
        frame->code = i % N_IDS;
        uint64_t now_ms = 1000 + i / 1024;
        if (sieve_judge(&sieve, frame, now_ms) == SIEVE_PASS) {
            sieve_passed(&sieve, frame, now_ms);
            n_passed++;
        }
    }
    double ns = (double)(figures_cpu_ns() - start) / n;
    sieve_deinit(&sieve);
    *n_passedp = n_passed;
    return ns;
}

int suite_filters(const struct suite_options *options)
{
    struct event_filter all = {.by_change = true,
                               .change = 0.5,
                               .has_low = true,
                               .low = 0,
                               .has_high = true,
                               .high = 100,
                               .every_ms = 100};
    struct event_filter ids = {.policy = EVENT_POLICY_OLDEST};
    uint32_t wanted[N_IDS / 2];
    for (uint32_t i = 0; i < N_IDS / 2; i++)
        wanted[i] = 2 * i;
    event_filter_set_ids(&all, wanted, N_IDS / 2);
    event_filter_set_ids(&ids, wanted, N_IDS / 2);
    const struct {
        const char *name;
        struct event_filter filter;
    } parts[] = {
        {"ids", ids},
        {"every", {.every_ms = 1}},
        {"change", {.by_change = true, .change = 0.5}},
        {"any_change", {.by_change = true}},
        {"range", {.has_low = true, .low = 0, .has_high = true, .high = 20.5}},
        {"all", all},
    };
    struct sample samples[2];
    memset(samples, 0, sizeof samples);
    int failed = make_sample(&samples[0], 20) != 0 || make_sample(&samples[1], 21) != 0;
    unsigned n = options->quick ? N_EVENTS / 10 : N_EVENTS;
    unsigned long most = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !failed; i++) {
        double ns[SUITES_ROUNDS_MAX];
        unsigned n_passed = 0;
        for (unsigned round = 0; round < options->n_rounds; round++) {
            ns[round] = judge(&parts[i].filter, samples, n, &n_passed);
            most = n_allocations > most ? n_allocations : most;
        }
        failed = n_passed == 0;
        struct row row = {.value = figures_median(ns, options->n_rounds),
                          .unit = "ns",
                          .kind = ROWS_AT_MOST,
                          .aim = AIM_NS};
        snprintf(row.name, sizeof row.name, "filter.%s", parts[i].name);
        rows_add(&row);
    }
    const struct row row = {.name = "filter.allocations",
                            .value = (double)most,
                            .unit = "a round",
                            .kind = ROWS_AT_MOST,
                            .aim = 0};
    rows_add(&row);
    for (size_t i = 0; i < 2; i++)
        (void)via_parcel_unref(samples[i].parcel);
    return failed;
}
