/*
 * Everything that comes out is copied and kept until it is taken; the teardown fails a test that
 * left a request without its reply.
 */
#include "tests/unit/gateway/event_broker/rig.h"

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"

static uint8_t *copy_of(const uint8_t *octets, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    (void)octets_append(copy, octets, size);
    return copy;
}

static struct rig_out *keep(struct rig *rig, enum rig_kind kind, uint32_t who)
{
    rig->outs = realloc(rig->outs, (rig->n_outs + 1) * sizeof *rig->outs);
    assert_non_null(rig->outs);
    struct rig_out *out = &rig->outs[rig->n_outs++];
    *out = (struct rig_out){.kind = kind, .who = who};
    return out;
}

static void reply(void *user, void *handle, const struct broker_answer *answer)
{
    struct rig_out *out = keep(user, RIG_REPLY, (uint32_t)(uintptr_t)handle);
    out->result = answer->result;
    out->size = answer->size;
    out->octets = copy_of(answer->data, answer->size);
    out->more_size = answer->more_size;
    out->more = copy_of(answer->more, answer->more_size);
}

static bool send_octets(struct rig *rig, enum rig_kind kind, uint32_t port, const uint8_t *octets,
                        size_t size)
{
    if (rig->is_deaf)
        return false;
    struct rig_out *out = keep(rig, kind, port);
    out->size = size;
    out->octets = copy_of(octets, size);
    return true;
}

static bool record(void *user, uint32_t port, const uint8_t *octets, size_t size)
{
    return send_octets(user, RIG_RECORD, port, octets, size);
}

static bool table(void *user, uint32_t port, const uint8_t *octets, size_t size)
{
    return send_octets(user, RIG_TABLE, port, octets, size);
}

static bool output(void *user, uint64_t provider, uint8_t pod, bool is_raw, uint32_t id,
                   const uint8_t *octets, size_t size)
{
    struct rig *rig = user;
    assert_int_equal(provider, RIG_PROVIDER);
    if (!send_octets(rig, RIG_OUTPUT, pod, octets, size))
        return false;
    rig->outs[rig->n_outs - 1].is_raw = is_raw;
    rig->outs[rig->n_outs - 1].id = id;
    return true;
}

static void keys_removed(void *user, uint32_t port)
{
    (void)keep(user, RIG_KEYS, port);
}

static void limited(void *user, enum limit limit)
{
    (void)keep(user, RIG_LIMIT, limit);
}

static void named(void *user)
{
    (void)keep(user, RIG_NAMED, 0);
}

static bool is_given_up(void *user, void *handle)
{
    const struct rig *rig = user;
    return (uint32_t)(uintptr_t)handle == rig->given_up;
}

static const struct broker_ops ops = {
    .reply = reply,
    .record = record,
    .table = table,
    .output = output,
    .is_given_up = is_given_up,
    .keys_removed = keys_removed,
    .limited = limited,
    .named = named,
};

static void free_out(struct rig_out *out)
{
    free(out->octets);
    free(out->more);
    *out = (struct rig_out){0};
}

int rig_setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    broker_init(&rig->broker, &ops, rig);
    for (unsigned i = 0; i < LIMITS; i++)
        rig->broker.limits.most[i] = UINT32_MAX; /* one client does it all */
    *state = rig;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *rig = *state;
    broker_deinit(&rig->broker);
    for (size_t i = 0; i < rig->n_outs; i++)
        free_out(&rig->outs[i]);
    free_out(&rig->last);
    free(rig->outs);
    free(rig);
    return 0;
}

/* ---- requests ---- */

int32_t rig_answer_of(struct rig *rig, uint32_t number)
{
    return rig_take(rig, RIG_REPLY, number) ? rig->last.result : RIG_WAITS;
}

int32_t rig_ask(struct rig *rig, uint32_t port, uint32_t capacity, const void *data, size_t size)
{
    const uint32_t number = ++rig->n_requests;
    uint8_t *own = copy_of(data, size); /* so that a sanitizer sees who reads behind it */
    broker_request(&rig->broker, &(struct broker_request){
                                     .handle = (void *)(uintptr_t)number,
                                     .sender = {.client = rig->client,
                                                .port = port,
                                                .system = rig->system,
                                                .may_inject = !rig->may_not_inject,
                                                .may_focus = !rig->may_not_focus,
                                                .may_keys = !rig->may_not_keys},
                                     .capacity = capacity,
                                     .data = own,
                                     .size = size,
                                 });
    free(own);
    return rig_answer_of(rig, number);
}

int32_t rig_ask_header(struct rig *rig, uint32_t port, uint32_t flavor)
{
    uint8_t octets[4];
    octets_put_u32(octets, flavor);
    return rig_ask(rig, port, RIG_BIG, octets, sizeof octets);
}

int32_t rig_listen(struct rig *rig, uint32_t port, uint32_t category, uint32_t trigger0,
                   uint32_t trigger2, uint32_t capture0, int32_t queue_max)
{
    uint8_t octets[sizeof(ConfigurationRequest)];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_Configure);
    octets_put_u32(octets + 4, category);
    octets_put_u32(octets + 8, trigger0);
    octets_put_u32(octets + 16, trigger2);
    octets_put_u32(octets + 40, capture0);
    octets_put_u32(octets + 72, (uint32_t)queue_max);
    memset(octets + 76, 0xa5, 32); /* what programs leave there */
    return rig_ask(rig, port, 0, octets, sizeof octets);
}

int32_t rig_set_focus(struct rig *rig, uint32_t port)
{
    uint8_t octets[8];
    octets_put_u32(octets, EB_SetFocus);
    octets_put_u32(octets + 4, port);
    return rig_ask(rig, 999, 0, octets, sizeof octets);
}

uint32_t rig_focus(struct rig *rig)
{
    return (uint32_t)rig_ask_header(rig, 999, EB_GetFocus);
}

int32_t rig_pod(struct rig *rig, uint32_t port, uint32_t flavor, int32_t pod, int32_t wait,
                const void *octets, size_t size)
{
    uint8_t data[16 + 256];
    assert_in_range(size, 0, 256);
    octets_put_u32(data, flavor);
    octets_put_u32(data + 4, (uint32_t)pod);
    octets_put_u32(data + 8, (uint32_t)wait);
    octets_put_u32(data + 12, (uint32_t)size);
    (void)octets_append(data + 16, octets, size);
    return rig_ask(rig, port, RIG_BIG, data, 16 + size);
}

/* ---- pods ---- */

int32_t rig_attach(struct rig *rig, uint32_t type, uint32_t flags, const char *name)
{
    const struct pod_offer offer = {
        .type = type, .flags = flags, .name = name, .provider = RIG_PROVIDER};
    return broker_attach(&rig->broker, &offer);
}

int32_t rig_pad(struct rig *rig)
{
    return rig_attach(rig, PODID_3DO_BASIC_CONTROL_PAD, 0, "");
}

void rig_say(struct rig *rig, int32_t pod, unsigned generic, const uint32_t *words, unsigned n)
{
    uint8_t octets[64];
    for (size_t i = 0; i < n; i++)
        octets_put_u32(octets + 4 * i, words[i]);
    assert_int_equal(
        broker_pod_says(&rig->broker, RIG_PROVIDER, pod, generic, octets, 4 * (size_t)n), 0);
}

void rig_press(struct rig *rig, int32_t pod, uint32_t buttons)
{
    rig_say(rig, pod, GENERIC_ControlPad, &buttons, 1);
}

/* ---- what came out ---- */

bool rig_take(struct rig *rig, enum rig_kind kind, uint32_t who)
{
    for (size_t i = 0; i < rig->n_outs; i++) {
        if (rig->outs[i].kind != kind || rig->outs[i].who != who)
            continue;
        free_out(&rig->last);
        rig->last = rig->outs[i];
        rig->n_outs--;
        memmove(rig->outs + i, rig->outs + i + 1, (rig->n_outs - i) * sizeof *rig->outs);
        return true;
    }
    return false;
}

/* What of a frame is always the same, or fails the test. Its size. */
static size_t check_frame(const uint8_t *frame, size_t left)
{
    const size_t size = octets_get_u32(frame);
    assert_in_range(size, 28, left);
    assert_int_equal(size % 4, 0);
    assert_in_range(frame[20], 0, 1);
    assert_int_equal(octets_any(frame + 21, 7), 0);
    return size;
}

const char *rig_told(struct rig *rig, uint32_t port)
{
    static char words[16384];
    size_t length = 0;
    if (!rig_take(rig, RIG_RECORD, port))
        return "none";
    const uint8_t *at = rig->last.octets;
    const uint8_t *end = at + rig->last.size - 4;
    assert_in_range(rig->last.size, 4 + 28 + 4, 4 + 1024);
    assert_int_equal(octets_get_u32(at), EB_EventRecord);
    assert_int_equal(octets_get_u32(end), 0);
    for (at += 4; at < end; at += octets_get_u32(at)) {
        const size_t size = check_frame(at, (size_t)(end - at));
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%u%c",
                                   length == 0 ? "" : " ", at[16], at[20] ? 't' : 'c');
        if (at[17] != 0)
            length += (size_t)snprintf(words + length, sizeof words - length, " %u.%u.%u", at[17],
                                       at[18], at[19]);
        for (size_t i = 28; i < size; i += 4)
            length += (size_t)snprintf(words + length, sizeof words - length, " %08" PRIx32,
                                       octets_get_u32(at + i));
        assert_in_range(length, 1, sizeof words - 1);
    }
    assert_ptr_equal(at, end);
    return words;
}

const char *rig_field(struct rig *rig, uint32_t port)
{
    broker_field(&rig->broker);
    return rig_told(rig, port);
}

const char *rig_heard(struct rig *rig, uint32_t port)
{
    const char *words = rig_field(rig, port);
    if (strcmp(words, "none") != 0)
        broker_record_answered(&rig->broker, port);
    return words;
}
