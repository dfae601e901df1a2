/*
 * Judging costs a binary search among the ids, a look into the table, and, where the value counts,
 * one walk along the payload's tape to the number that was asked for. Nothing is allocated but the
 * table's growth while ids are new.
 *
 * A payload without that number: it has changed if any octet has; it is in no range.
 */
#include "gateway/sieve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/payload.h"

#define FIRST_CAPACITY 16u

void sieve_init(struct sieve *sieve, const struct event_filter *filter)
{
    *sieve = (struct sieve){.filter = *filter};
}

void sieve_deinit(struct sieve *sieve)
{
    free(sieve->ids);
    sieve->ids = NULL;
}

/* ---- ids ---- */

static bool is_wanted(const struct event_filter *filter, uint32_t id)
{
    uint32_t from = 0, to = filter->n_ids;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (filter->ids[middle] == id)
            return true;
        if (filter->ids[middle] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return filter->n_ids == 0;
}

static struct sieve_id *place_of(struct sieve_id *ids, uint32_t capacity, uint32_t id)
{
    uint32_t place = (id * UINT32_C(0x9e3779b1)) & (capacity - 1);
    while (ids[place].taken && ids[place].id != id)
        place = (place + 1) & (capacity - 1);
    return &ids[place];
}

static bool grow(struct sieve *sieve)
{
    uint32_t capacity = sieve->capacity == 0 ? FIRST_CAPACITY : sieve->capacity * 2;
    struct sieve_id *ids = calloc(capacity, sizeof *ids);
    if (ids == NULL)
        return false;
    for (uint32_t i = 0; i < sieve->capacity; i++)
        if (sieve->ids[i].taken)
            *place_of(ids, capacity, sieve->ids[i].id) = sieve->ids[i];
    free(sieve->ids);
    sieve->ids = ids;
    sieve->capacity = capacity;
    return true;
}

/* NULL: it is not remembered. */
static struct sieve_id *find(struct sieve *sieve, uint32_t id)
{
    if (sieve->capacity == 0)
        return NULL;
    struct sieve_id *there = place_of(sieve->ids, sieve->capacity, id);
    return there->taken ? there : NULL;
}

static struct sieve_id *remember(struct sieve *sieve, uint32_t id)
{
    struct sieve_id *there = find(sieve, id);
    if (there != NULL)
        return there;
    if (sieve->n_ids == SIEVE_IDS_MAX || (sieve->n_ids >= sieve->capacity / 2 && !grow(sieve)))
        return NULL;
    there = place_of(sieve->ids, sieve->capacity, id);
    *there = (struct sieve_id){.id = id, .taken = true};
    sieve->n_ids++;
    return there;
}

/* ---- values ---- */

static bool as_number(const struct value *value, double *numberp)
{
    switch (value->tag) {
    case VIA_TAG_I8:
    case VIA_TAG_I16:
    case VIA_TAG_I32:
    case VIA_TAG_I64:
        *numberp = (double)value->i;
        return true;
    case VIA_TAG_U8:
    case VIA_TAG_U16:
    case VIA_TAG_U32:
    case VIA_TAG_U64:
    case VIA_TAG_BOOL:
        *numberp = (double)value->u;
        return true;
    case VIA_TAG_F32:
        *numberp = (double)value->f32;
        return true;
    case VIA_TAG_F64:
        *numberp = value->f64;
        return true;
    default:
        return false;
    }
}

/* The number in @frame's payload that has @before others before it. */
static bool read_number(const struct frame *frame, uint32_t before, double *numberp)
{
    const struct payload payload = {.layout = (enum via_layout)frame->layout,
                                    .octets = frame->body,
                                    .size = frame->body_size,
                                    .tape = frame->tape,
                                    .tape_size = frame->tape_size};
    struct payload_cursor cursor;
    struct value value;
    payload_start(&cursor, &payload);
    while (payload_next(&cursor, &value) == VIA_OK)
        if (as_number(&value, numberp) && before-- == 0)
            return !isnan(*numberp);
    return false;
}

/* FNV-1a over words: it tells whether anything has changed, to nobody who would deceive. */
static uint64_t print_of(const struct frame *frame)
{
    uint64_t print = UINT64_C(0xcbf29ce484222325) ^ frame->body_size;
    uint32_t at = 0;
    for (; at + 8 <= frame->body_size; at += 8)
        print = (print ^ octets_get_u64(frame->body + at)) * UINT64_C(0x100000001b3);
    for (; at < frame->body_size; at++)
        print = (print ^ frame->body[at]) * UINT64_C(0x100000001b3);
    return print;
}

/* ---- judging ---- */

static bool is_in_range(const struct event_filter *filter, bool has_number, double number)
{
    if (!filter->has_low && !filter->has_high)
        return true;
    return has_number && (!filter->has_low || number >= filter->low) &&
           (!filter->has_high || number <= filter->high);
}

static bool has_changed(const struct event_filter *filter, const struct sieve_id *last,
                        const struct frame *frame, bool has_number, double number)
{
    if (!filter->by_change || last == NULL || last->passed_ms == 0)
        return true;
    if (filter->change == 0 || !has_number)
        return print_of(frame) != last->print;
    return fabs(number - last->value) >= filter->change;
}

static bool looks_at_value(const struct event_filter *filter)
{
    return filter->has_low || filter->has_high || (filter->by_change && filter->change > 0);
}

static void wait_no_longer(struct sieve *sieve, struct sieve_id *id)
{
    if (id != NULL && id->waits) {
        id->waits = false;
        sieve->n_waiting--;
    }
}

static enum sieve_verdict judge(struct sieve *sieve, const struct frame *frame, uint64_t now_ms,
                                bool may_wait)
{
    const struct event_filter *filter = &sieve->filter;
    double number = 0;
    sieve->judged = NULL;
    if (!is_wanted(filter, frame->code))
        return SIEVE_OUT;
    bool has_number = looks_at_value(filter) && read_number(frame, filter->value, &number);
    struct sieve_id *last = find(sieve, frame->code);
    if (!is_in_range(filter, has_number, number) ||
        !has_changed(filter, last, frame, has_number, number)) {
        wait_no_longer(sieve, last); /* what waited is no longer so */
        return SIEVE_OUT;
    }
    if (filter->every_ms == 0 || last == NULL || last->passed_ms == 0 ||
        now_ms - last->passed_ms >= filter->every_ms) {
        sieve->judged = frame->body; /* mostly it is delivered next: its number is known */
        sieve->has_number = has_number;
        sieve->number = number;
        return SIEVE_PASS;
    }
    if (may_wait && !last->waits) {
        last->waits = true;
        sieve->n_waiting++;
    }
    return SIEVE_LATER;
}

enum sieve_verdict sieve_judge(struct sieve *sieve, const struct frame *frame, uint64_t now_ms)
{
    return judge(sieve, frame, now_ms, true);
}

bool sieve_passes(struct sieve *sieve, const struct frame *frame, uint64_t now_ms)
{
    return judge(sieve, frame, now_ms, false) == SIEVE_PASS;
}

void sieve_passed(struct sieve *sieve, const struct frame *frame, uint64_t now_ms)
{
    const struct event_filter *filter = &sieve->filter;
    if (filter->every_ms == 0 && !filter->by_change)
        return;
    struct sieve_id *last = remember(sieve, frame->code);
    if (last == NULL)
        return;
    wait_no_longer(sieve, last);
    last->passed_ms = now_ms;
    if (!filter->by_change)
        return;
    bool has_number = false;
    if (filter->change > 0 && sieve->judged == frame->body && frame->body != NULL)
        has_number = sieve->has_number;
    else if (filter->change > 0)
        has_number = read_number(frame, filter->value, &sieve->number);
    last->value = has_number ? sieve->number : 0;
    last->print = has_number ? 0 : print_of(frame);
}

/* ---- what waits ---- */

uint64_t sieve_due(const struct sieve *sieve)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; sieve->n_waiting > 0 && i < sieve->capacity; i++) {
        const struct sieve_id *id = &sieve->ids[i];
        if (id->taken && id->waits && id->passed_ms + sieve->filter.every_ms < due)
            due = id->passed_ms + sieve->filter.every_ms;
    }
    return due;
}

bool sieve_take_due(struct sieve *sieve, uint64_t now_ms, uint32_t *idp)
{
    sieve->judged = NULL; /* what is delivered next has been judged long ago */
    for (uint32_t i = 0; sieve->n_waiting > 0 && i < sieve->capacity; i++) {
        struct sieve_id *id = &sieve->ids[i];
        if (!id->taken || !id->waits || id->passed_ms + sieve->filter.every_ms > now_ms)
            continue;
        wait_no_longer(sieve, id);
        *idp = id->id;
        return true;
    }
    return false;
}

void sieve_wait_again(struct sieve *sieve, uint32_t id)
{
    struct sieve_id *there = find(sieve, id);
    if (there == NULL || there->waits)
        return;
    there->waits = true;
    sieve->n_waiting++;
}

/* ---- from process to process ---- */

static void filter_state(struct event_filter *filter, struct state *state)
{
    filter->policy =
        (enum event_policy)state_choice(state, filter->policy, EVENT_POLICY_DISCONNECT);
    state_count(state, &filter->n_ids, EVENT_FILTER_IDS_MAX);
    for (uint32_t i = 0; i < filter->n_ids; i++)
        state_u32(state, &filter->ids[i]);
    state_u32(state, &filter->every_ms);
    state_u32(state, &filter->age_ms);
    state_u32(state, &filter->value);
    state_bool(state, &filter->by_change);
    state_bool(state, &filter->has_low);
    state_bool(state, &filter->has_high);
    state_f64(state, &filter->change);
    state_f64(state, &filter->low);
    state_f64(state, &filter->high);
    (void)state_require(state, event_filter_is_sane(filter), "a filter");
}

static void id_state(struct sieve_id *id, struct state *state)
{
    state_u32(state, &id->id);
    state_bool(state, &id->waits);
    state_u64(state, &id->passed_ms);
    state_f64(state, &id->value);
    state_u64(state, &id->print);
}

void sieve_state(struct sieve *sieve, struct state *state)
{
    uint32_t n = sieve->n_ids;
    filter_state(&sieve->filter, state);
    state_count(state, &n, UINT16_MAX + 1);
    for (uint32_t place = 0; n > 0 && state_is_good(state); place++) {
        struct sieve_id read = {.taken = true};
        if (!state->loading && !sieve->ids[place].taken)
            continue;
        id_state(state->loading ? &read : &sieve->ids[place], state);
        n--;
        if (!state->loading || !state_is_good(state))
            continue;
        if (sieve->n_ids >= sieve->capacity / 2 && !grow(sieve)) {
            state->status = VIA_NO_MEMORY;
            return;
        }
        struct sieve_id *there = place_of(sieve->ids, sieve->capacity, read.id);
        if (!state_require(state, !there->taken, "an id of a filter"))
            return;
        *there = read;
        sieve->n_ids++;
        sieve->n_waiting += read.waits ? 1 : 0;
    }
}
