/*
 * What is between sessions when memory runs out, at each request in turn: calls and their replies,
 * names, numbers, events and subscriptions. The one that asked is told, the others notice nothing,
 * and all of it goes away again.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/router.h"
#include "tests/unit/bridge/scarce_memory.h"
#include "tests/unit/gateway/fake_world.h"

enum { N_CALLS = 50, N_NAMES = 30, N_EVENTS = 20, N_NUMBERS = 12 };

static struct gateway gateway;
static struct fake_session *caller, *owner;
static struct gateway_object *object, *sink;
static size_t fail_at;
static int fails_on;
static enum via_status worst; /* of all that was asked */

static void note_status(enum via_status status)
{
    assert_true(status == VIA_OK || status == VIA_NO_MEMORY);
    if (status != VIA_OK)
        worst = status;
}

/* A reply to each that was passed on, and to no other. */
static void call(void)
{
    static const struct frame request = {.kind = FRAME_CALL, .code = 5};
    static const struct frame answer = {.kind = FRAME_REPLY};
    const struct message message = {.frame = &request, .from = &caller->session};
    const struct message reply = {.frame = &answer, .from = &owner->session};
    unsigned n_passed = 0;
    for (uint32_t id = 1; id <= N_CALLS; id++) {
        uint64_t context;
        enum via_status status = router_call(&message, object, id, &context);
        note_status(status);
        n_passed += status == VIA_OK;
    }
    assert_int_equal(owner->n_notes, n_passed);
    for (unsigned i = 0; i < n_passed; i++)
        router_reply(&reply, owner->notes[i].context);
    assert_int_equal(caller->n_notes, n_passed);
    caller->n_notes = owner->n_notes = 0;
    note_status(router_oneway(&message, object, 1));
    owner->n_notes = 0;
}

/* Those that were published are found, and no others. */
static void publish(void)
{
    struct principal who;
    bool published[N_NAMES];
    principal_set_local(&who, &(struct ucred){.pid = 1, .uid = 0, .gid = 0});
    for (unsigned i = 0; i < N_NAMES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "name-%u", i);
        const struct directory_spec spec = {
            .family = "core", .name = name, .class_name = "", .protocol = "", .info = ""};
        enum via_status status = directory_publish(&gateway.directory, &spec, object, &who);
        note_status(status);
        published[i] = status == VIA_OK;
    }
    for (unsigned i = 0; i < N_NAMES; i++) {
        char name[16];
        struct directory_entry *entry;
        (void)snprintf(name, sizeof name, "name-%u", i);
        assert_int_equal(directory_find(&gateway.directory, "core", name, &who, &entry),
                         published[i] ? VIA_OK : VIA_NOT_FOUND);
        if (published[i])
            assert_int_equal(directory_withdraw(&gateway.directory, "core", name, object), VIA_OK);
    }
}

/* One that is claimed is found, and no other; a name for it is there, or is not. */
static void claim_one(uint32_t number)
{
    struct gateway_object *numbered = NULL, *found = NULL;
    char name[16];
    (void)snprintf(name, sizeof name, "/%u", (unsigned)number);
    const struct directory_spec spec = {
        .family = "core", .name = name, .class_name = "", .protocol = "", .info = ""};
    enum via_status status = objects_create(&gateway.objects, &owner->session, number, &numbered);
    note_status(status);
    if (status != VIA_OK)
        return;
    status = numbers_claim(&gateway.numbers, &owner->session, number, numbered, 0, NULL);
    note_status(status);
    assert_int_equal(numbers_find(&caller->session, number, &found),
                     status == VIA_OK ? VIA_OK : VIA_NOT_FOUND);
    enum via_status named =
        directory_publish_number(&gateway.directory, &spec, number, &caller->session);
    note_status(named);
    if (named == VIA_OK)
        note_status(directory_publish_number(&gateway.directory, &spec, number + 1, /* changed */
                                             &caller->session));
    assert_int_equal(directory_withdraw_number(&gateway.directory, "core", name, &caller->session),
                     named == VIA_OK ? VIA_OK : VIA_NOT_FOUND);
    objects_died(numbered, VIA_WITHDRAWN);
    objects_unref(numbered);
}

static void number(void)
{
    for (unsigned i = 0; i < N_NUMBERS; i++) {
        struct number_proof block;
        enum via_status status = numbers_give(&gateway.numbers, &owner->session, 32, &block);
        note_status(status);
        if (status == VIA_OK)
            claim_one(block.first);
    }
    owner->n_notes = 0; /* objects given back */
}

/* What comes is in order, and what does not is told. */
static void emit(void)
{
    static const struct event_filter all = {.policy = EVENT_POLICY_OLDEST};
    const struct events_wish wish = {.from = EVENTS_LATEST, .filter = &all};
    struct subscription *subscription = NULL;
    struct events_start start;
    enum via_status status =
        events_subscribe(&caller->session, object, sink, &wish, &start, &subscription);
    note_status(status);
    if (status == VIA_OK)
        events_begin(subscription);
    for (unsigned i = 0; i < N_EVENTS; i++)
        fake_emit(object, i % 3, "event");
    uint64_t last = status == VIA_OK ? start.number : 0;
    for (unsigned i = 0; i < caller->n_notes; i++) {
        const struct fake_note *note = &caller->notes[i];
        assert_int_equal(note->kind, 'E');
        assert_int_equal(note->number, last + 1 + note->lost);
        last = note->number;
    }
    if (status == VIA_OK)
        events_unsubscribe(subscription);
    caller->n_notes = 0;
}

/* The world is made with memory enough, for its makers take no failure; so it is unmade. */
static enum via_status live(void)
{
    fake_world_init(&gateway);
    caller = fake_session_create(&gateway);
    owner = fake_session_create(&gateway);
    object = fake_object(owner, 1);
    sink = fake_object(caller, 1);
    worst = VIA_OK;
    memory_fail(fail_at, fails_on);
    note_status(objects_reserve_hold(object));
    bool held = worst == VIA_OK;
    if (held)
        objects_hold(object, &caller->session);
    call();
    publish();
    number();
    emit();
    size_t n_asked = memory_n_asked();
    memory_fail(MEMORY_ENOUGH, 0);
    if (held)
        objects_let_go(object, &caller->session);
    objects_unref(object);
    objects_unref(sink);
    fake_session_end(caller, VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return n_asked > fail_at ? VIA_OK : VIA_END;
}

static void at_each_request(int lasting)
{
    size_t live_before = memory_n_live();
    fails_on = lasting;
    fail_at = 0;
    while (live() == VIA_OK) {
        if (memory_n_live() != live_before)
            fail_msg("request %zu: %zu pieces are left", fail_at, memory_n_live() - live_before);
        fail_at++;
    }
    assert_int_equal(worst, VIA_OK); /* nothing failed in the last round */
    assert_true(fail_at > 10);
}

static void any_one_request_may_fail(void **state)
{
    (void)state;
    at_each_request(0);
}

static void all_from_one_on_may_fail(void **state)
{
    (void)state;
    at_each_request(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_one_request_may_fail),
        cmocka_unit_test(all_from_one_on_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
