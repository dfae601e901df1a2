/*
 * Calls through a gateway over real Unix sockets: who calls whom, what comes back, and what becomes
 * of it when one of them goes. The clients are made by hand, in one thread with the test.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/gateway_thread.h"
#include "tests/integration/raw_client.h"

static struct gateway_thread gateway;
static int stub_a, stub_b; /* objects of the clients: their addresses are their names */

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

/* A service that has published stub_a as "core:service", and a client that has found it. */
struct pair {
    struct raw_client *service, *client;
    uint32_t handle;
};

static void pair_open(struct pair *pair)
{
    pair->service = raw_client_open(gateway.socket);
    pair->client = raw_client_open(gateway.socket);
    assert_int_equal(raw_publish(pair->service, "core", "service", &stub_a, 0, 0), VIA_OK);
    assert_int_equal(raw_find(pair->client, "core", "service", &pair->handle), VIA_OK);
}

static void pair_close(struct pair *pair)
{
    raw_client_close(pair->client);
    raw_client_close(pair->service);
}

static void assert_body(const struct raw_record *record, const char *body)
{
    assert_int_equal(record->frame.body_size, strlen(body));
    assert_memory_equal(record->frame.body, body, strlen(body));
}

/* ---- */

static void a_call_reaches_its_object_and_the_reply_its_caller(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    uint32_t id = raw_call(pair.client, pair.handle, 7, "question");
    raw_client_flush(pair.client);

    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    assert_ptr_equal(call->object, &stub_a);
    assert_int_equal(call->frame.code, 7);
    assert_body(call, "question");
    raw_reply(pair.service, call, -5, "answer");

    struct raw_record *reply = raw_client_wait_reply(pair.client, id);
    assert_int_equal(reply->frame.code, VIA_OK);
    assert_int_equal((int32_t)reply->frame.time, -5);
    assert_int_equal(reply->context, 7);
    assert_body(reply, "answer");
    raw_record_free(call);
    raw_record_free(reply);
    pair_close(&pair);
}

static void the_gateway_names_the_caller_once(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    (void)raw_call(pair.client, pair.handle, 1, "");
    (void)raw_call(pair.client, pair.handle, 2, "");
    raw_client_flush(pair.client);
    struct raw_record *first = raw_client_wait(pair.service, RAW_CALL);
    struct raw_record *second = raw_client_wait(pair.service, RAW_CALL);
    assert_true(first->meta.has_caller);
    assert_int_equal(first->meta.n_introductions, 1);
    assert_int_equal(first->meta.introductions[0].number, first->meta.caller);
    assert_int_equal(first->meta.introductions[0].pid, getpid());
    assert_int_equal(first->meta.introductions[0].uid, getuid());
    assert_int_equal(first->meta.introductions[0].gid, getgid());
    assert_true(first->meta.introductions[0].token != 0);
    assert_false(first->meta.introductions[0].remote);
    assert_string_equal(first->identity, "");
    assert_int_equal(second->meta.n_introductions, 0);
    assert_int_equal(second->meta.caller, first->meta.caller);

    uint32_t caller = first->meta.caller;
    raw_client_kill(pair.client);
    struct raw_record *death = raw_client_wait(pair.service, RAW_DEATH);
    assert_int_equal(death->handle, caller);
    assert_int_equal(death->cause, VIA_CRASHED);
    raw_record_free(first);
    raw_record_free(second);
    raw_record_free(death);
    raw_client_close(pair.service);
}

static void a_callers_number_cannot_be_called_or_passed_on(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    (void)raw_call(pair.client, pair.handle, 1, "");
    raw_client_flush(pair.client);
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    uint32_t id = raw_call(pair.service, call->meta.caller, 1, "");
    struct raw_record *reply = raw_client_wait_reply(pair.service, id);
    assert_int_equal(reply->frame.code, VIA_UNSUPPORTED);
    raw_record_free(reply);

    uint8_t refs[FRAME_REF_SIZE];
    frame_ref_put(refs, 0,
                  &(struct frame_ref){.handle = call->meta.caller, .flags = FRAME_REF_YOURS});
    const struct frame answer = {.refs = refs, .n_refs = 1, .body = refs, .body_size = 4};
    assert_int_equal(peer_reply(pair.service->peer, call->frame.id, &answer, NULL), VIA_OK);
    raw_client_flush(pair.service);
    reply = raw_client_wait(pair.client, RAW_REPLY);
    assert_int_equal(reply->frame.code, VIA_BAD_REFERENCE);
    raw_record_free(reply);
    raw_record_free(call);
    pair_close(&pair);
}

/* Sends @object of @from to @handle as the one reference of a call. */
static void call_with_ref(struct raw_client *from, uint32_t handle, uint32_t code, void *object,
                          uint32_t theirs)
{
    uint8_t refs[FRAME_REF_SIZE];
    struct frame_ref ref = {.handle = theirs, .flags = FRAME_REF_YOURS, .kind = 9};
    if (object != NULL) {
        struct our_handle ours;
        bool new;
        assert_int_equal(peer_export(from->peer, object, &ours, &new), VIA_OK);
        ref.handle = ours.number;
        ref.flags = 0;
    }
    frame_ref_put(refs, 0, &ref);
    const struct frame frame = {.object = handle,
                                .code = code,
                                .time = FRAME_NO_DEADLINE,
                                .refs = refs,
                                .n_refs = 1,
                                .body = (const uint8_t *)"slot",
                                .body_size = 4};
    uint32_t id;
    assert_int_equal(peer_call(from->peer, &frame, NULL, NULL, code, &id), VIA_OK);
    raw_client_flush(from);
}

static struct frame_ref ref_of(const struct raw_record *record)
{
    struct frame_ref ref;
    assert_int_equal(record->frame.n_refs, 1);
    frame_ref_get(record->frame.refs, 0, &ref);
    return ref;
}

static void a_reference_passes_and_comes_home_as_its_own(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    call_with_ref(pair.client, pair.handle, 3, &stub_b, 0);
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    struct frame_ref callback = ref_of(call);
    assert_int_equal(callback.flags, 0);
    assert_int_equal(callback.kind, 9);

    /* the service calls back while the call waits, and sends the reference home with it */
    call_with_ref(pair.service, callback.handle, 4, NULL, callback.handle);
    struct raw_record *back = raw_client_wait(pair.client, RAW_CALL);
    assert_ptr_equal(back->object, &stub_b);
    struct frame_ref home = ref_of(back);
    assert_int_equal(home.flags, FRAME_REF_YOURS);
    void *object;
    assert_int_equal(peer_exported(pair.client->peer, home.handle, &object), VIA_OK);
    assert_ptr_equal(object, &stub_b);
    raw_reply(pair.client, back, 0, "");
    raw_record_free(raw_client_wait(pair.service, RAW_REPLY));
    raw_reply(pair.service, call, 0, "");
    raw_record_free(raw_client_wait(pair.client, RAW_REPLY));

    /* the service lets go: the counts go back to the owner */
    peer_release(pair.service->peer, (struct their_handle){callback.handle}, UINT32_MAX);
    raw_client_flush(pair.service);
    struct raw_record *gone = raw_client_wait(pair.client, RAW_UNEXPORTED);
    assert_ptr_equal(gone->object, &stub_b);
    raw_record_free(gone);
    raw_record_free(call);
    raw_record_free(back);
    pair_close(&pair);
}

static void a_reference_nobody_keeps_goes_back_at_once(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    /* to an object that is dead: the call goes no further */
    raw_client_close(pair.service);
    raw_record_free(raw_client_wait(pair.client, RAW_DEATH));
    call_with_ref(pair.client, pair.handle, 3, &stub_b, 0);
    struct raw_record *reply = raw_client_wait(pair.client, RAW_REPLY);
    assert_int_equal(reply->frame.code, VIA_DEAD);
    assert_int_equal(reply->frame.time, VIA_EXITED);
    raw_record_free(reply);
    struct raw_record *gone = raw_client_wait(pair.client, RAW_UNEXPORTED);
    assert_ptr_equal(gone->object, &stub_b);
    raw_record_free(gone);
    raw_client_close(pair.client);
}

static void calls_in_flight_end_with_dead_and_one_death(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    for (uint32_t i = 0; i < 100; i++)
        (void)raw_call(pair.client, pair.handle, i, "");
    raw_client_flush(pair.client);
    for (uint32_t i = 0; i < 100; i++)
        raw_record_free(raw_client_wait(pair.service, RAW_CALL));
    raw_client_kill(pair.service);
    for (uint32_t i = 0; i < 100; i++) {
        struct raw_record *reply = raw_client_wait(pair.client, RAW_REPLY);
        assert_int_equal(reply->frame.code, VIA_DEAD);
        assert_int_equal(reply->frame.time, VIA_CRASHED);
        raw_record_free(reply);
    }
    struct raw_record *death = raw_client_wait(pair.client, RAW_DEATH);
    assert_int_equal(death->handle, pair.handle);
    assert_int_equal(death->cause, VIA_CRASHED);
    raw_record_free(death);
    assert_null(raw_client_look(pair.client, RAW_DEATH));
    uint32_t handle;
    assert_int_equal(raw_find(pair.client, "core", "service", &handle), VIA_NOT_FOUND);
    raw_client_close(pair.client);
}

static void a_goodbye_makes_it_exited_and_withdrawing_withdrawn(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    struct raw_client *other = raw_client_open(gateway.socket);
    uint32_t handle;
    assert_int_equal(raw_publish(other, "core", "other", &stub_b, 0, 0), VIA_OK);
    assert_int_equal(raw_find(pair.client, "core", "other", &handle), VIA_OK);
    peer_death(other->peer, &stub_b, VIA_WITHDRAWN);
    raw_client_flush(other);
    struct raw_record *death = raw_client_wait(pair.client, RAW_DEATH);
    assert_int_equal(death->handle, handle);
    assert_int_equal(death->cause, VIA_WITHDRAWN);
    raw_record_free(death);
    assert_int_equal(raw_find(pair.client, "core", "other", &handle), VIA_NOT_FOUND);
    raw_client_close(other);

    raw_client_close(pair.service);
    death = raw_client_wait(pair.client, RAW_DEATH);
    assert_int_equal(death->handle, pair.handle);
    assert_int_equal(death->cause, VIA_EXITED);
    raw_record_free(death);
    raw_client_close(pair.client);
}

static void a_late_holder_is_told_of_the_death(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    struct raw_client *owner = raw_client_open(gateway.socket);
    uint32_t handle;
    assert_int_equal(raw_publish(owner, "core", "short", &stub_b, 0, 0), VIA_OK);
    assert_int_equal(raw_find(pair.client, "core", "short", &handle), VIA_OK);
    raw_client_kill(owner);
    raw_record_free(raw_client_wait(pair.client, RAW_DEATH));
    call_with_ref(pair.client, pair.handle, 5, NULL, handle); /* passes the dead one on */
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    struct frame_ref dead = ref_of(call);
    struct raw_record *death = raw_client_wait(pair.service, RAW_DEATH);
    assert_int_equal(death->handle, dead.handle);
    assert_int_equal(death->cause, VIA_CRASHED);
    assert_null(raw_client_look(pair.service, RAW_DEATH));
    raw_record_free(call);
    raw_record_free(death);
    pair_close(&pair);
}

static void the_reply_to_a_caller_that_went_is_dropped(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    (void)raw_call(pair.client, pair.handle, 1, "");
    raw_client_flush(pair.client);
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    raw_client_kill(pair.client);
    raw_record_free(raw_client_wait(pair.service, RAW_DEATH));
    /* the next one may get the same slot: it must not get the reply, nor keep its reference */
    struct raw_client *next = raw_client_open(gateway.socket);
    uint8_t refs[FRAME_REF_SIZE];
    struct our_handle ours;
    bool new;
    assert_int_equal(peer_export(pair.service->peer, &stub_b, &ours, &new), VIA_OK);
    frame_ref_put(refs, 0, &(struct frame_ref){.handle = ours.number});
    const struct frame answer = {.refs = refs, .n_refs = 1, .body = refs, .body_size = 4};
    assert_int_equal(peer_reply(pair.service->peer, call->frame.id, &answer, NULL), VIA_OK);
    raw_client_flush(pair.service);
    struct raw_record *gone = raw_client_wait(pair.service, RAW_UNEXPORTED);
    assert_ptr_equal(gone->object, &stub_b);
    assert_null(raw_client_look(next, RAW_REPLY));
    raw_record_free(gone);
    raw_record_free(call);
    raw_client_close(next);
    raw_client_close(pair.service);
}

static void a_cancel_reaches_the_callee(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    uint32_t id = raw_call(pair.client, pair.handle, 1, "");
    raw_client_flush(pair.client);
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    peer_cancel(pair.client->peer, id);
    raw_client_flush(pair.client);
    struct raw_record *cancel = raw_client_wait(pair.service, RAW_CANCEL);
    assert_int_equal(cancel->handle, call->frame.id);
    assert_int_equal(peer_answer(pair.service->peer, call->frame.id, VIA_CANCELLED, 0), VIA_OK);
    raw_client_flush(pair.service);
    struct raw_record *reply = raw_client_wait_reply(pair.client, id);
    assert_int_equal(reply->frame.code, VIA_CANCELLED);
    raw_record_free(call);
    raw_record_free(cancel);
    raw_record_free(reply);
    pair_close(&pair);
}

static void oneways_keep_their_order_and_a_refusal_comes_back(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    uint32_t numbers[3];
    for (uint32_t i = 0; i < 3; i++) {
        const struct frame frame = {.object = pair.handle, .code = 10 + i};
        assert_int_equal(peer_oneway(pair.client->peer, &frame, NULL, NULL, &numbers[i]), VIA_OK);
    }
    raw_client_flush(pair.client);
    for (uint32_t i = 0; i < 3; i++) {
        struct raw_record *oneway = raw_client_wait(pair.service, RAW_CALL);
        assert_int_equal(oneway->frame.code, 10 + i);
        assert_true(oneway->frame.flags & FRAME_ONEWAY);
        if (i == 1)
            peer_refuse(pair.service->peer, oneway->frame.id, oneway->frame.object, VIA_BUSY);
        raw_record_free(oneway);
    }
    raw_client_flush(pair.service);
    struct raw_record *refused = raw_client_wait(pair.client, RAW_REFUSED);
    assert_int_equal(refused->frame.id, numbers[1]);
    assert_int_equal(refused->frame.object, pair.handle);
    assert_int_equal(refused->frame.code, VIA_BUSY);
    assert_null(raw_client_look(pair.client, RAW_REFUSED));
    raw_record_free(refused);
    pair_close(&pair);
}

static void a_chain_carries_its_first_caller(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    struct raw_client *last = raw_client_open(gateway.socket);
    uint32_t handle, id;
    assert_int_equal(raw_publish(last, "core", "last", &stub_b, 0, 0), VIA_OK);
    assert_int_equal(raw_find(pair.service, "core", "last", &handle), VIA_OK);

    struct meta meta = {.has_chain = true, .chain = 77, .depth = 1, .has_trace = true};
    memset(meta.trace, 0x5a, sizeof meta.trace);
    const struct frame frame = {.object = pair.handle, .time = FRAME_NO_DEADLINE};
    assert_int_equal(peer_call(pair.client->peer, &frame, &meta, NULL, 0, &id), VIA_OK);
    raw_client_flush(pair.client);
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    assert_int_equal(call->meta.chain, 77);
    assert_int_equal(call->meta.depth, 1);
    assert_memory_equal(call->meta.trace, meta.trace, sizeof meta.trace);
    assert_false(call->meta.has_first);

    struct meta onward = {
        .has_chain = true, .chain = 77, .depth = 2, .has_first = true, .first = call->meta.caller};
    const struct frame further = {.object = handle, .time = FRAME_NO_DEADLINE};
    assert_int_equal(peer_call(pair.service->peer, &further, &onward, NULL, 0, &id), VIA_OK);
    raw_client_flush(pair.service);
    struct raw_record *end = raw_client_wait(last, RAW_CALL);
    assert_int_equal(end->meta.chain, 77);
    assert_int_equal(end->meta.depth, 2);
    assert_true(end->meta.has_first);
    assert_int_equal(end->meta.n_introductions, 2);
    assert_int_not_equal(end->meta.first, end->meta.caller);
    raw_record_free(call);
    raw_record_free(end);
    raw_client_close(last);
    pair_close(&pair);
}

static void descriptors_pass_between_local_processes(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    uint8_t entry[FRAME_FD_SIZE];
    frame_fd_put(entry, 0, &(struct frame_fd){.offset = 0, .kind = 1, .directions = 2});
    const struct frame frame = {.object = pair.handle,
                                .time = FRAME_NO_DEADLINE,
                                .fds = entry,
                                .n_fds = 1,
                                .body = (const uint8_t *)"slot",
                                .body_size = 4};
    uint32_t id;
    assert_int_equal(peer_call(pair.client->peer, &frame, NULL, &ends[1], 0, &id), VIA_OK);
    raw_client_flush(pair.client);
    struct raw_record *call = raw_client_wait(pair.service, RAW_CALL);
    assert_int_equal(call->frame.n_fds, 1);
    assert_int_equal(write(call->fds[0], "x", 1), 1);
    assert_int_equal(close(call->fds[0]), 0);
    char got[2];
    assert_int_equal(read(ends[0], got, sizeof got), 1);
    assert_int_equal(read(ends[0], got, sizeof got), 0); /* no copy stayed in the gateway */
    assert_int_equal(close(ends[0]), 0);
    raw_record_free(call);
    pair_close(&pair);
}

static void a_process_finds_its_own_object_as_its_own(void **state)
{
    (void)state;
    struct raw_client *one = raw_client_open(gateway.socket);
    struct raw_client *two = raw_client_open(gateway.socket);
    uint32_t handle;
    assert_int_equal(raw_publish(two, "core", "two", &stub_b, 0, 0), VIA_OK);
    assert_int_equal(raw_publish(one, "core", "one", &stub_a, 0, 0), VIA_OK);
    /* its own name gives its own object */
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "core"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "one"), VIA_OK);
    assert_int_equal(via_parcel_write_bool(request, false), VIA_OK);
    struct raw_record *reply = raw_directory_wait(one, 3, request, NULL, 0);
    assert_int_equal(reply->frame.code, VIA_OK);
    assert_int_equal(ref_of(reply).flags, FRAME_REF_YOURS);
    raw_record_free(reply);
    via_parcel_unref(request);
    assert_int_equal(raw_find(one, "core", "two", &handle), VIA_OK);
    raw_client_close(one);
    raw_client_close(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_reaches_its_object_and_the_reply_its_caller, start,
                                        stop),
        cmocka_unit_test_setup_teardown(the_gateway_names_the_caller_once, start, stop),
        cmocka_unit_test_setup_teardown(a_callers_number_cannot_be_called_or_passed_on, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_reference_passes_and_comes_home_as_its_own, start, stop),
        cmocka_unit_test_setup_teardown(a_reference_nobody_keeps_goes_back_at_once, start, stop),
        cmocka_unit_test_setup_teardown(calls_in_flight_end_with_dead_and_one_death, start, stop),
        cmocka_unit_test_setup_teardown(a_goodbye_makes_it_exited_and_withdrawing_withdrawn, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_late_holder_is_told_of_the_death, start, stop),
        cmocka_unit_test_setup_teardown(the_reply_to_a_caller_that_went_is_dropped, start, stop),
        cmocka_unit_test_setup_teardown(a_cancel_reaches_the_callee, start, stop),
        cmocka_unit_test_setup_teardown(oneways_keep_their_order_and_a_refusal_comes_back, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_chain_carries_its_first_caller, start, stop),
        cmocka_unit_test_setup_teardown(descriptors_pass_between_local_processes, start, stop),
        cmocka_unit_test_setup_teardown(a_process_finds_its_own_object_as_its_own, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
