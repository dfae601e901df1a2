/*
 * Calls within one process, without any gateway.
 */
#include <cmocka.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

#include "tests/include/bell.h"

enum code { ADD = 1, FAIL, NOTHING, KEEP, WHO, NEST, NOTE, BLOCK };

struct service {
    struct via_node *node;
    struct via_stub *stub;
    struct via_proxy *proxy;
    struct via_call *kept;
    struct bell bell, go, destroyed;
    pthread_t thread;
    bool same_call;
    uint32_t noted[64];
    unsigned n_noted;
    unsigned depth;
};

static void add(struct via_call *call)
{
    int32_t a, b;
    struct via_parcel *reply;
    assert_int_equal(via_parcel_read_i32(via_call_request(call), &a), VIA_OK);
    assert_int_equal(via_parcel_read_i32(via_call_request(call), &b), VIA_OK);
    assert_int_equal(via_parcel_create(&reply), VIA_OK);
    assert_int_equal(via_parcel_write_i32(reply, a + b), VIA_OK);
    assert_int_equal(via_call_reply(call, 7, reply), VIA_OK);
    assert_int_equal(via_call_reply(call, 8, reply), VIA_INVALID);
    via_parcel_unref(reply);
}

static void who(struct service *service, struct via_call *call)
{
    const struct via_caller *caller = via_call_caller(call);
    assert_int_equal(caller->pid, getpid());
    assert_int_equal(caller->uid, geteuid());
    assert_int_equal(caller->gid, getegid());
    assert_true(caller->token != 0);
    assert_false(caller->remote);
    assert_string_equal(caller->identity, "");
    assert_ptr_equal(via_call_first_caller(call), caller);
    service->thread = pthread_self();
    service->same_call = via_call_current() == call;
    assert_int_equal(via_call_reply(call, 0, NULL), VIA_OK);
}

static void nest(struct service *service, struct via_call *call)
{
    service->depth++;
    enum via_status status = via_proxy_call(service->proxy, NEST, NULL, 0, NULL, NULL);
    assert_ptr_equal(via_call_current(), call);
    if (status == VIA_OK)
        assert_int_equal(via_call_reply(call, 0, NULL), VIA_OK);
    else
        assert_int_equal(via_call_fail(call, status), VIA_OK);
}

static void note(struct service *service, struct via_call *call)
{
    uint32_t value;
    assert_int_equal(via_parcel_read_u32(via_call_request(call), &value), VIA_OK);
    service->noted[service->n_noted++] = value;
    bell_ring(&service->bell);
}

static void handle(void *user, struct via_call *call)
{
    struct service *service = user;
    switch ((enum code)via_call_code(call)) {
    case ADD:
        add(call);
        break;
    case FAIL:
        assert_int_equal(via_call_fail(call, VIA_OK), VIA_INVALID);
        assert_int_equal(via_call_fail(call, VIA_DENIED), VIA_OK);
        break;
    case NOTHING:
        break;
    case KEEP:
        service->kept = via_call_keep(call);
        bell_ring(&service->bell);
        break;
    case WHO:
        who(service, call);
        break;
    case NEST:
        nest(service, call);
        break;
    case NOTE:
        note(service, call);
        break;
    case BLOCK:
        bell_ring(&service->bell);
        assert_true(bell_wait(&service->go, 1));
        break;
    }
}

static void on_destroyed(void *user)
{
    bell_ring(&((struct service *)user)->destroyed);
}

static void set_up(struct service *service, void (*destroyed)(void *user))
{
    static const struct bell silent = BELL_INIT;
    memset(service, 0, sizeof *service);
    service->bell = service->go = service->destroyed = silent;
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = "unix:/nonexistent/viaduct.sock"};
    assert_int_equal(via_node_create(&options, &service->node), VIA_OK);
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle, .destroyed = destroyed};
    assert_int_equal(via_stub_create(service->node, &ops, service, &service->stub), VIA_OK);
    service->proxy = via_stub_proxy(service->stub);
}

static void tear_down(struct service *service)
{
    via_proxy_unref(service->proxy);
    via_stub_unref(service->stub);
    assert_null(via_node_destroy(service->node));
}

static struct via_parcel *parcel_of(int32_t a, int32_t b)
{
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, a), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, b), VIA_OK);
    return parcel;
}

static void an_object_of_this_process_answers(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct via_parcel *request = parcel_of(2, 3), *reply = NULL;
    int32_t result = 0, sum = 0;
    assert_int_equal(via_parcel_read_i32(request, &sum), VIA_OK);
    size_t cursor = via_parcel_tell(request);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(via_proxy_call(service.proxy, ADD, request, 0, &result, &reply), VIA_OK);
        assert_int_equal(result, 7);
        assert_int_equal(via_parcel_read_i32(reply, &sum), VIA_OK);
        assert_int_equal(sum, 5);
        via_parcel_unref(reply);
    }
    assert_int_equal(via_parcel_tell(request), cursor);
    assert_int_equal(via_proxy_call(service.proxy, ADD, request, 0, NULL, NULL), VIA_OK);
    via_parcel_unref(request);
    tear_down(&service);
}

static void statuses_come_back(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct via_parcel *reply = NULL;
    assert_int_equal(via_proxy_call(service.proxy, FAIL, NULL, 0, NULL, &reply), VIA_DENIED);
    assert_int_equal(via_proxy_call(service.proxy, NOTHING, NULL, 0, NULL, &reply),
                     VIA_UNSUPPORTED);
    assert_null(reply);
    tear_down(&service);
}

static void it_runs_on_the_calling_thread_as_this_process(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct via_parcel *reply;
    assert_null(via_call_current());
    assert_int_equal(via_proxy_call(service.proxy, WHO, NULL, 0, NULL, &reply), VIA_OK);
    assert_int_equal(via_parcel_size(reply), 0);
    assert_null(via_call_current());
    assert_true(service.same_call);
    assert_true(pthread_equal(service.thread, pthread_self()));
    via_parcel_unref(reply);
    tear_down(&service);
}

static void *answer_kept(void *user)
{
    struct service *service = user;
    assert_true(bell_wait(&service->bell, 1));
    assert_int_equal(via_call_reply(service->kept, 42, NULL), VIA_OK);
    service->kept = via_call_unref(service->kept);
    return NULL;
}

static void a_kept_call_is_answered_by_another_thread(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    pthread_t thread;
    int32_t result = 0;
    assert_int_equal(pthread_create(&thread, NULL, answer_kept, &service), 0);
    assert_int_equal(via_proxy_call(service.proxy, KEEP, NULL, 0, &result, NULL), VIA_OK);
    assert_int_equal(result, 42);
    assert_int_equal(pthread_join(thread, NULL), 0);
    tear_down(&service);
}

static void waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    assert_int_equal(via_proxy_call(service.proxy, KEEP, NULL, 30, NULL, NULL), VIA_TIMEOUT);
    assert_non_null(service.kept);
    assert_true(via_call_is_cancelled(service.kept));
    assert_int_equal(via_call_time_left(service.kept), 0);
    assert_int_equal(via_call_reply(service.kept, 1, NULL), VIA_TIMEOUT);
    via_call_unref(service.kept);
    tear_down(&service);
}

static void a_chain_has_a_greatest_depth(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    assert_int_equal(via_proxy_call(service.proxy, NEST, NULL, 0, NULL, NULL), VIA_BUSY);
    assert_int_equal(service.depth, 64);
    tear_down(&service);
}

static void send_note(struct service *service, uint32_t value)
{
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_u32(parcel, value), VIA_OK);
    assert_int_equal(via_proxy_send(service->proxy, NOTE, parcel), VIA_OK);
    via_parcel_unref(parcel);
}

static void oneways_run_in_order_one_at_a_time(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    for (uint32_t i = 0; i < 50; i++)
        send_note(&service, i);
    assert_true(bell_wait(&service.bell, 50));
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(service.noted[i], i);
    tear_down(&service);
}

static void a_call_begins_after_the_oneways_before_it(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    assert_int_equal(via_proxy_send(service.proxy, BLOCK, NULL), VIA_OK);
    send_note(&service, 1);
    send_note(&service, 2);
    assert_true(bell_wait(&service.bell, 1));
    bell_ring(&service.go);
    struct via_parcel *request = parcel_of(1, 1);
    assert_int_equal(via_proxy_call(service.proxy, ADD, request, 0, NULL, NULL), VIA_OK);
    via_parcel_unref(request);
    assert_true(bell_wait(&service.bell, 3));
    assert_int_equal(service.n_noted, 2);
    tear_down(&service);
}

struct outcome {
    struct bell bell;
    enum via_status status;
    int32_t result;
    unsigned size;
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct outcome *outcome = user;
    outcome->status = status;
    outcome->result = result;
    outcome->size = reply != NULL ? (unsigned)via_parcel_size(reply) : 0;
    bell_ring(&outcome->bell);
}

static void an_asynchronous_call_tells_its_outcome_once(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct outcome outcome = {.bell = BELL_INIT};
    struct via_parcel *request = parcel_of(20, 22);
    assert_int_equal(via_proxy_call_async(service.proxy, ADD, request, 0, on_reply, &outcome, NULL),
                     VIA_OK);
    assert_true(bell_wait(&outcome.bell, 1));
    assert_int_equal(outcome.status, VIA_OK);
    assert_int_equal(outcome.result, 7);
    assert_int_equal(outcome.size, 4);
    via_parcel_unref(request);
    tear_down(&service);
    assert_int_equal(bell_count(&outcome.bell), 1);
}

static void an_asynchronous_call_has_a_deadline(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct outcome outcome = {.bell = BELL_INIT};
    assert_int_equal(via_proxy_call_async(service.proxy, KEEP, NULL, 30, on_reply, &outcome, NULL),
                     VIA_OK);
    assert_true(bell_wait(&outcome.bell, 1));
    assert_int_equal(outcome.status, VIA_TIMEOUT);
    via_call_unref(service.kept);
    tear_down(&service);
    assert_int_equal(bell_count(&outcome.bell), 1);
}

static void a_call_that_waits_can_be_cancelled(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct outcome outcome = {.bell = BELL_INIT};
    struct via_pending *pending;
    assert_int_equal(via_proxy_send(service.proxy, BLOCK, NULL), VIA_OK);
    send_note(&service, 1);
    assert_true(bell_wait(&service.bell, 1));
    assert_int_equal(
        via_proxy_call_async(service.proxy, FAIL, NULL, 0, on_reply, &outcome, &pending), VIA_OK);
    via_pending_cancel(pending);
    assert_true(bell_wait(&outcome.bell, 1));
    assert_int_equal(outcome.status, VIA_CANCELLED);
    bell_ring(&service.go);
    assert_true(bell_wait(&service.bell, 2));
    via_pending_unref(pending);
    tear_down(&service);
}

static void closing_ends_calls_under_way(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    struct outcome outcome = {.bell = BELL_INIT};
    assert_int_equal(via_proxy_send(service.proxy, BLOCK, NULL), VIA_OK);
    send_note(&service, 1);
    assert_true(bell_wait(&service.bell, 1));
    assert_int_equal(via_proxy_call_async(service.proxy, FAIL, NULL, 0, on_reply, &outcome, NULL),
                     VIA_OK);
    via_node_close(service.node);
    bell_ring(&service.go);
    assert_true(bell_wait(&outcome.bell, 1));
    assert_int_equal(outcome.status, VIA_DEAD);
    assert_int_equal(via_proxy_call(service.proxy, FAIL, NULL, 0, NULL, NULL), VIA_DEAD);
    assert_int_equal(via_proxy_send(service.proxy, FAIL, NULL), VIA_DEAD);
    tear_down(&service);
    assert_int_equal(service.n_noted, 0);
}

static void a_withdrawn_object_is_dead(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    via_stub_withdraw(service.stub);
    assert_int_equal(via_proxy_death(service.proxy), VIA_WITHDRAWN);
    assert_int_equal(via_proxy_call(service.proxy, FAIL, NULL, 0, NULL, NULL), VIA_DEAD);
    tear_down(&service);
}

static void the_last_count_destroys_at_once(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, on_destroyed);
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_ref(parcel, service.proxy), VIA_OK);
    service.proxy = via_proxy_unref(service.proxy);
    service.stub = via_stub_unref(service.stub);
    assert_int_equal(bell_count(&service.destroyed), 0);
    assert_int_equal(via_parcel_read_ref(parcel, &service.proxy), VIA_OK);
    via_parcel_unref(parcel);
    assert_non_null(via_proxy_local(service.proxy));
    assert_ptr_equal(via_stub_user(via_proxy_local(service.proxy), handle), &service);
    service.proxy = via_proxy_unref(service.proxy);
    assert_int_equal(bell_count(&service.destroyed), 1);
    tear_down(&service);
}

static void a_call_under_way_keeps_its_object(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, on_destroyed);
    struct outcome outcome = {.bell = BELL_INIT};
    assert_int_equal(via_proxy_call_async(service.proxy, KEEP, NULL, 0, on_reply, &outcome, NULL),
                     VIA_OK);
    assert_true(bell_wait(&service.bell, 1));
    service.proxy = via_proxy_unref(service.proxy);
    service.stub = via_stub_unref(service.stub);
    assert_int_equal(bell_count(&service.destroyed), 0);
    assert_null(via_call_unref(service.kept));
    assert_true(bell_wait(&outcome.bell, 1));
    assert_int_equal(outcome.status, VIA_UNSUPPORTED);
    assert_true(bell_wait(&service.destroyed, 1));
    tear_down(&service);
    assert_int_equal(bell_count(&service.destroyed), 1);
}

static void what_needs_a_gateway_says_so(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, NULL);
    char words[512];
    struct via_proxy *found;
    struct via_subscription *subscription;
    assert_int_equal(via_node_publish(service.node, "core", "x", service.stub, NULL),
                     VIA_NOT_CONNECTED);
    assert_int_equal(via_node_find(service.node, "core", "x", 0, &found), VIA_NOT_CONNECTED);
    assert_int_equal(via_stub_emit(service.stub, 1, NULL), VIA_NOT_CONNECTED);
    assert_int_equal(via_proxy_watch(service.proxy, NULL, NULL, NULL), VIA_INVALID);
    assert_int_equal(via_proxy_subscribe(service.proxy, NULL, NULL, NULL, &subscription),
                     VIA_INVALID);
    via_node_fault(service.node, words, sizeof words);
    assert_non_null(strstr(words, "/nonexistent/viaduct.sock"));
    assert_non_null(strstr(words, "viaductd"));
    tear_down(&service);
}

static void wrong_arguments_are_told(void **state)
{
    (void)state;
    struct via_node *node;
    struct via_stub *stub;
    const struct via_node_options wrong = {.size = 1};
    const struct via_node_options nowhere = {.size = sizeof nowhere, .gateway = "http://here"};
    const struct via_stub_ops no_size = {.size = 0};
    assert_int_equal(via_node_create(&wrong, &node), VIA_INVALID);
    assert_int_equal(via_node_create(&nowhere, &node), VIA_INVALID);
    assert_int_equal(via_node_create(NULL, &node), VIA_OK);
    assert_int_equal(via_stub_create(node, &no_size, NULL, &stub), VIA_INVALID);
    assert_int_equal(via_node_set_workers(node, 0), VIA_INVALID);
    assert_int_equal(via_node_set_workers(node, 1025), VIA_INVALID);
    assert_null(via_node_destroy(node));
    assert_null(via_node_destroy(NULL));
    assert_null(via_stub_unref(NULL));
    assert_null(via_proxy_unref(NULL));
    assert_null(via_call_unref(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_of_this_process_answers),
        cmocka_unit_test(statuses_come_back),
        cmocka_unit_test(it_runs_on_the_calling_thread_as_this_process),
        cmocka_unit_test(a_kept_call_is_answered_by_another_thread),
        cmocka_unit_test(waiting_ends_at_the_deadline),
        cmocka_unit_test(a_chain_has_a_greatest_depth),
        cmocka_unit_test(oneways_run_in_order_one_at_a_time),
        cmocka_unit_test(a_call_begins_after_the_oneways_before_it),
        cmocka_unit_test(an_asynchronous_call_tells_its_outcome_once),
        cmocka_unit_test(an_asynchronous_call_has_a_deadline),
        cmocka_unit_test(a_call_that_waits_can_be_cancelled),
        cmocka_unit_test(closing_ends_calls_under_way),
        cmocka_unit_test(a_withdrawn_object_is_dead),
        cmocka_unit_test(the_last_count_destroys_at_once),
        cmocka_unit_test(a_call_under_way_keeps_its_object),
        cmocka_unit_test(what_needs_a_gateway_says_so),
        cmocka_unit_test(wrong_arguments_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
