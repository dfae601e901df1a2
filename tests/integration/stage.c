/*
 * Handlers run on workers, several at once: what they share is atomic, or a bell.
 */
#include "tests/integration/stage.h"

#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

struct stage {
    struct via_node *node; /* borrowed */
    struct via_stub *stub; /* owned */
    struct bell returned, gone;
    struct via_call *_Atomic kept; /* owned */
    atomic_uint n_notes, n_given, cause;
    atomic_bool in_order;
};

/* An object that has been given away, or opened. */
struct given {
    struct stage *stage;
    struct via_stub *stub; /* borrowed: the holders' */
};

static void on_gone(void *user, enum via_cause cause)
{
    struct stage *stage = user;
    atomic_store(&stage->cause, (unsigned)cause);
    bell_ring(&stage->gone);
}

/* ---- objects given ---- */

static void emit(struct via_stub *stub, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct via_parcel *data = world_parcel(i);
        assert_int_equal(via_stub_emit(stub, 1 + i % 2, data), VIA_OK);
        via_parcel_unref(data);
    }
}

static void handle_given(void *user, struct via_call *call)
{
    struct given *given = user;
    uint32_t value = 0;
    switch ((enum stage_code)via_call_code(call)) {
    case STAGE_DOUBLE:
        world_answer(call, 2 * world_value(via_call_request(call)));
        break;
    case STAGE_EMIT:
        value = world_value(via_call_request(call));
        emit(given->stub, value);
        world_answer(call, value);
        break;
    case STAGE_END:
        world_answer(call, 1);
        via_stub_withdraw(given->stub);
        break;
    default:
        assert_int_equal(via_call_fail(call, VIA_UNSUPPORTED), VIA_OK);
    }
}

static void on_destroyed(void *user)
{
    struct given *given = user;
    bell_ring(&given->stage->returned);
    free(given);
}

static enum via_status make_given(struct stage *stage, struct via_stub **stubp)
{
    const struct via_stub_ops ops = {
        .size = sizeof ops, .call = handle_given, .destroyed = on_destroyed};
    struct given *given = calloc(1, sizeof *given);
    assert_non_null(given);
    given->stage = stage;
    enum via_status status = via_stub_create(stage->node, &ops, given, &given->stub);
    if (status != VIA_OK) {
        free(given);
        return status;
    }
    (void)atomic_fetch_add(&stage->n_given, 1);
    *stubp = given->stub;
    return VIA_OK;
}

static void give(struct stage *stage, struct via_call *call)
{
    struct via_stub *stub = NULL;
    struct via_parcel *reply = world_parcel(world_value(via_call_request(call)));
    assert_int_equal(make_given(stage, &stub), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_int_equal(via_parcel_write_ref(reply, proxy), VIA_OK);
    assert_int_equal(via_call_reply(call, 0, reply), VIA_OK);
    via_parcel_unref(reply);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
}

static enum via_status open_one(void *user, const struct via_caller *caller,
                                struct via_parcel *request, struct via_proxy *back,
                                struct via_stub **openedp, struct via_parcel *answer)
{
    struct stage *stage = user;
    (void)caller;
    if (via_parcel_size(request) == 0)
        return VIA_DENIED;
    if (back != NULL) {
        struct via_parcel *hello = world_parcel(99);
        assert_int_equal(via_proxy_send(back, STAGE_NOTE, hello), VIA_OK);
        via_parcel_unref(hello);
    }
    assert_int_equal(via_parcel_write_u32(answer, 1 + world_value(request)), VIA_OK);
    return make_given(stage, openedp);
}

/* ---- what it does ---- */

static void note(struct stage *stage, uint32_t value)
{
    if (atomic_fetch_add(&stage->n_notes, 1) != value)
        atomic_store(&stage->in_order, false);
}

static struct via_call *kept_one(struct stage *stage)
{
    struct via_call *kept;
    while ((kept = atomic_load(&stage->kept)) == NULL)
        (void)sched_yield();
    return kept;
}

static void let_go(struct stage *stage, struct via_call *call, enum stage_code how)
{
    struct via_call *kept = kept_one(stage);
    if (how == STAGE_CANCELLED) {
        while (!via_call_is_cancelled(kept))
            (void)sched_yield();
        world_answer(call, (uint32_t)via_call_fail(kept, VIA_CANCELLED));
    } else {
        while (via_call_time_left(kept) > 0)
            (void)sched_yield();
        world_answer(call, (uint32_t)via_call_reply(kept, 0, NULL));
    }
    via_call_unref(kept);
    atomic_store(&stage->kept, NULL);
}

static void call_back(struct via_call *call)
{
    struct via_proxy *back;
    assert_int_equal(via_parcel_read_ref(via_call_request(call), &back), VIA_OK);
    world_answer(call, world_ask(back, STAGE_DOUBLE, 21));
    via_proxy_unref(back);
}

static void dive(struct stage *stage, struct via_call *call)
{
    struct via_proxy *other;
    uint32_t depth = world_value(via_call_request(call)), answer = 1;
    assert_int_equal(via_parcel_read_ref(via_call_request(call), &other), VIA_OK);
    if (depth > 0) {
        struct via_proxy *self = via_stub_proxy(stage->stub);
        struct via_parcel *request = world_parcel(depth - 1), *reply;
        assert_int_equal(via_parcel_write_ref(request, self), VIA_OK);
        assert_int_equal(via_proxy_call(other, STAGE_DIVE, request, 0, NULL, &reply), VIA_OK);
        answer += world_value(reply);
        via_parcel_unref(request);
        via_parcel_unref(reply);
        via_proxy_unref(self);
    }
    via_proxy_unref(other);
    world_answer(call, answer);
}

static void handle(void *user, struct via_call *call)
{
    struct stage *stage = user;
    struct via_parcel *request = via_call_request(call);
    const char *name;
    const void *octets;
    size_t size;
    enum stage_code code = (enum stage_code)via_call_code(call);
    switch (code) {
    case STAGE_DOUBLE:
        world_answer(call, 2 * world_value(request));
        break;
    case STAGE_NOTE:
        note(stage, world_value(request));
        break;
    case STAGE_NOTED:
        world_answer(call,
                     atomic_load(&stage->in_order) ? atomic_load(&stage->n_notes) : UINT32_MAX);
        break;
    case STAGE_KEEP:
        atomic_store(&stage->kept, via_call_keep(call));
        break;
    case STAGE_KEPT:
        (void)kept_one(stage);
        world_answer(call, 1);
        break;
    case STAGE_CANCELLED:
    case STAGE_LATE:
        let_go(stage, call, code);
        break;
    case STAGE_CALL_BACK:
        call_back(call);
        break;
    case STAGE_DIVE:
        dive(stage, call);
        break;
    case STAGE_GIVE:
        give(stage, call);
        break;
    case STAGE_RETURNED:
        assert_true(bell_wait(&stage->returned, atomic_load(&stage->n_given)));
        world_answer(call, bell_count(&stage->returned));
        break;
    case STAGE_PUBLISH:
        assert_int_equal(via_parcel_read_str(request, &name), VIA_OK);
        assert_int_equal(via_node_publish(stage->node, "core", name, stage->stub, NULL), VIA_OK);
        world_answer(call, 1);
        break;
    case STAGE_WATCH_ME:
        assert_int_equal(via_call_watch(call, on_gone, stage), VIA_OK);
        world_answer(call, 1);
        break;
    case STAGE_GONE:
        assert_true(bell_wait(&stage->gone, 1));
        world_answer(call, atomic_load(&stage->cause));
        break;
    case STAGE_SIZE:
        assert_int_equal(via_parcel_read_bytes(request, &octets, &size), VIA_OK);
        world_answer(call, (uint32_t)size);
        break;
    case STAGE_WHO:
        world_answer(call, via_call_caller(call)->remote);
        break;
    case STAGE_PID:
        world_answer(call, (uint32_t)getpid());
        break;
    case STAGE_FAIL:
        assert_int_equal(via_call_fail(call, VIA_DENIED), VIA_OK);
        break;
    case STAGE_EMIT:
        size = world_value(request);
        emit(stage->stub, (uint32_t)size);
        world_answer(call, (uint32_t)size);
        break;
    case STAGE_END:
        break;
    }
}

enum via_status stage_open(struct stage **stagep, struct via_node *node, const char *family,
                           const char *name)
{
    static const struct bell silent = BELL_INIT;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle, .open = open_one};
    struct stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return VIA_NO_MEMORY;
    stage->node = node;
    stage->returned = stage->gone = silent;
    atomic_store(&stage->in_order, true);
    enum via_status status = via_stub_create(node, &ops, stage, &stage->stub);
    if (status == VIA_OK)
        status = via_node_publish(node, family, name, stage->stub, NULL);
    if (status != VIA_OK) {
        (void)stage_close(stage);
        return status;
    }
    *stagep = stage;
    return VIA_OK;
}

struct stage *stage_close(struct stage *stage)
{
    if (stage == NULL)
        return NULL;
    (void)via_stub_unref(stage->stub);
    free(stage);
    return NULL;
}
