/*
 * The core's calls through a real gateway over real sockets: what is sent, in which order it
 * begins, on which thread, and how it ends. Each node is a session of its own.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

static struct gateway_thread gateway;

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

enum code { DOUBLE = 1, REFUSE, SILENT, KEEP, NOTE, BLOCK, WHO, CALL_BACK, READ_FD, DIVE };

/* Two nodes, and what happened in the service. */
struct pair {
    struct via_node *service, *client;
    struct via_stub *stub;
    struct via_proxy *proxy;
    struct bell bell, go, unreferenced, destroyed;
    struct via_call *kept;
    uint32_t noted[256];
    atomic_uint n_noted;
};

static void read_descriptor(struct via_call *call)
{
    int fd;
    char text[8] = "";
    assert_int_equal(via_parcel_read_fd(via_call_request(call), &fd), VIA_OK);
    assert_int_equal(read(fd, text, sizeof text), 4);
    assert_string_equal(text, "pipe");
    assert_int_equal(close(fd), 0);
    world_answer(call, 1);
}

static void check_caller(struct via_call *call)
{
    const struct via_caller *caller = via_call_caller(call);
    assert_int_equal(caller->pid, getpid());
    assert_int_equal(caller->uid, geteuid());
    assert_int_equal(caller->gid, getegid());
    assert_true(caller->token != 0);
    assert_false(caller->remote);
    assert_string_equal(caller->identity, "");
    world_answer(call, 1);
}

static void call_back(struct via_call *call)
{
    struct via_proxy *back;
    assert_int_equal(via_parcel_read_ref(via_call_request(call), &back), VIA_OK);
    world_answer(call, world_ask(back, DOUBLE, 21));
    via_proxy_unref(back);
}

static void handle(void *user, struct via_call *call)
{
    struct pair *pair = user;
    switch ((enum code)via_call_code(call)) {
    case DOUBLE:
        world_answer(call, 2 * world_value(via_call_request(call)));
        break;
    case REFUSE:
        assert_int_equal(via_call_fail(call, VIA_DENIED), VIA_OK);
        break;
    case SILENT:
        break;
    case KEEP:
        pair->kept = via_call_keep(call);
        bell_ring(&pair->bell);
        break;
    case NOTE:
        pair->noted[atomic_fetch_add(&pair->n_noted, 1)] = world_value(via_call_request(call));
        bell_ring(&pair->bell);
        break;
    case BLOCK:
        bell_ring(&pair->bell);
        assert_true(bell_wait(&pair->go, 1));
        break;
    case WHO:
        check_caller(call);
        break;
    case CALL_BACK:
        call_back(call);
        break;
    case READ_FD:
        read_descriptor(call);
        break;
    case DIVE:
        break;
    }
}

static void on_unreferenced(void *user)
{
    bell_ring(&((struct pair *)user)->unreferenced);
}

static void on_destroyed(void *user)
{
    bell_ring(&((struct pair *)user)->destroyed);
}

static struct via_stub *make_stub(struct pair *pair, struct via_node *node)
{
    const struct via_stub_ops ops = {.size = sizeof ops,
                                     .call = handle,
                                     .unreferenced = on_unreferenced,
                                     .destroyed = on_destroyed};
    struct via_stub *stub;
    assert_int_equal(via_stub_create(node, &ops, pair, &stub), VIA_OK);
    return stub;
}

static struct pair *open_pair(const char *name, unsigned n_workers)
{
    static const struct bell silent = BELL_INIT;
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    pair->bell = pair->go = pair->unreferenced = pair->destroyed = silent;
    pair->service = world_node(&gateway, n_workers);
    pair->client = world_node(&gateway, n_workers);
    pair->stub = make_stub(pair, pair->service);
    assert_int_equal(via_node_publish(pair->service, "core", name, pair->stub, NULL), VIA_OK);
    pair->proxy = world_find(pair->client, name);
    return pair;
}

static void close_pair(struct pair *pair)
{
    via_proxy_unref(pair->proxy);
    assert_null(via_node_destroy(pair->client));
    via_stub_unref(pair->stub);
    assert_null(via_node_destroy(pair->service));
    free(pair);
}

/* ---- calls ---- */

static void a_call_is_answered(void **state)
{
    (void)state;
    struct pair *pair = open_pair("answers", 0);
    assert_null(via_proxy_local(pair->proxy));
    assert_false(via_proxy_is_remote(pair->proxy));
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(world_ask(pair->proxy, DOUBLE, i), 2 * i);
    assert_int_equal(via_proxy_call(pair->proxy, REFUSE, NULL, 0, NULL, NULL), VIA_DENIED);
    assert_int_equal(via_proxy_call(pair->proxy, SILENT, NULL, 0, NULL, NULL), VIA_UNSUPPORTED);
    close_pair(pair);
}

static void a_large_parcel_crosses_and_a_larger_one_is_refused(void **state)
{
    (void)state;
    struct pair *pair = open_pair("large", 0);
    struct via_parcel *request = world_parcel(4), *reply;
    size_t size = 9u << 20;
    uint8_t *octets = calloc(1, 2 * size);
    assert_int_equal(via_parcel_write_bytes(request, octets, size), VIA_OK);
    assert_int_equal(via_proxy_call(pair->proxy, DOUBLE, request, 0, NULL, &reply), VIA_OK);
    assert_int_equal(world_value(reply), 8);
    via_parcel_unref(reply);
    assert_int_equal(via_parcel_write_bytes(request, octets, size), VIA_OK);
    assert_int_equal(via_proxy_call(pair->proxy, DOUBLE, request, 0, NULL, NULL), VIA_TOO_LARGE);
    assert_int_equal(world_ask(pair->proxy, DOUBLE, 1), 2);
    via_parcel_unref(request);
    free(octets);
    close_pair(pair);
}

static void the_gateway_says_who_calls(void **state)
{
    (void)state;
    struct pair *pair = open_pair("who", 0);
    assert_int_equal(world_ask(pair->proxy, WHO, 0), 1);
    close_pair(pair);
}

static void a_descriptor_goes_along(void **state)
{
    (void)state;
    struct pair *pair = open_pair("descriptor", 0);
    int ends[2];
    struct via_parcel *request, *reply;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "pipe", 4), 4);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_fd(request, ends[0]), VIA_OK);
    assert_int_equal(via_proxy_call(pair->proxy, READ_FD, request, 0, NULL, &reply), VIA_OK);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    close_pair(pair);
}

struct outcomes {
    struct bell bell;
    atomic_uint statuses[64];
};

static void on_outcome(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct outcomes *outcomes = user;
    (void)result;
    (void)reply;
    (void)atomic_fetch_add(&outcomes->statuses[status], 1);
    bell_ring(&outcomes->bell);
}

static void many_asynchronous_calls_all_come_back(void **state)
{
    (void)state;
    struct pair *pair = open_pair("many", 0);
    struct outcomes outcomes = {.bell = BELL_INIT};
    struct via_parcel *request = world_parcel(3);
    for (unsigned i = 0; i < 2000; i++)
        assert_int_equal(
            via_proxy_call_async(pair->proxy, DOUBLE, request, 0, on_outcome, &outcomes, NULL),
            VIA_OK);
    assert_true(bell_wait(&outcomes.bell, 2000));
    assert_int_equal(atomic_load(&outcomes.statuses[VIA_OK]), 2000);
    via_parcel_unref(request);
    close_pair(pair);
}

static void a_deadline_ends_the_waiting_at_both_ends(void **state)
{
    (void)state;
    struct pair *pair = open_pair("deadline", 0);
    assert_int_equal(via_proxy_call(pair->proxy, KEEP, NULL, 50, NULL, NULL), VIA_TIMEOUT);
    assert_true(bell_wait(&pair->bell, 1));
    while (via_call_time_left(pair->kept) > 0)
        (void)sched_yield();
    assert_int_equal(via_call_reply(pair->kept, 0, NULL), VIA_TIMEOUT);
    via_call_unref(pair->kept);
    assert_int_equal(world_ask(pair->proxy, DOUBLE, 4), 8);
    close_pair(pair);
}

/* What the client has sent so far has come to the service. */
static void settle(struct pair *pair)
{
    assert_int_equal(via_node_ping(pair->client, 0, NULL), VIA_OK);
    assert_int_equal(via_node_ping(pair->service, 0, NULL), VIA_OK);
}

static void expired_work_is_not_started(void **state)
{
    (void)state;
    struct pair *pair = open_pair("expired", 1);
    struct outcomes outcomes = {.bell = BELL_INIT};
    struct via_parcel *note = world_parcel(1);
    assert_int_equal(via_proxy_send(pair->proxy, BLOCK, NULL), VIA_OK);
    assert_true(bell_wait(&pair->bell, 1));
    assert_int_equal(via_proxy_call_async(pair->proxy, NOTE, note, 30, on_outcome, &outcomes, NULL),
                     VIA_OK);
    assert_true(bell_wait(&outcomes.bell, 1));
    assert_int_equal(atomic_load(&outcomes.statuses[VIA_TIMEOUT]), 1);
    settle(pair);
    bell_ring(&pair->go);
    assert_int_equal(world_ask(pair->proxy, DOUBLE, 4), 8);
    assert_int_equal(atomic_load(&pair->n_noted), 0);
    via_parcel_unref(note);
    close_pair(pair);
}

static void a_cancelled_call_is_told_to_its_handler(void **state)
{
    (void)state;
    struct pair *pair = open_pair("cancel", 0);
    struct outcomes outcomes = {.bell = BELL_INIT};
    struct via_pending *pending;
    assert_int_equal(
        via_proxy_call_async(pair->proxy, KEEP, NULL, 0, on_outcome, &outcomes, &pending), VIA_OK);
    assert_true(bell_wait(&pair->bell, 1));
    assert_false(via_call_is_cancelled(pair->kept));
    via_pending_cancel(pending);
    while (!via_call_is_cancelled(pair->kept))
        (void)sched_yield();
    assert_int_equal(via_call_fail(pair->kept, VIA_CANCELLED), VIA_OK);
    assert_true(bell_wait(&outcomes.bell, 1));
    assert_int_equal(atomic_load(&outcomes.statuses[VIA_CANCELLED]), 1);
    via_call_unref(pair->kept);
    via_pending_unref(pending);
    close_pair(pair);
}

static void a_call_cancelled_before_it_begins_never_does(void **state)
{
    (void)state;
    struct pair *pair = open_pair("cancel early", 1);
    struct outcomes outcomes = {.bell = BELL_INIT};
    struct via_pending *pending;
    struct via_parcel *note = world_parcel(1);
    assert_int_equal(via_proxy_send(pair->proxy, BLOCK, NULL), VIA_OK);
    assert_true(bell_wait(&pair->bell, 1));
    assert_int_equal(
        via_proxy_call_async(pair->proxy, NOTE, note, 0, on_outcome, &outcomes, &pending), VIA_OK);
    via_pending_cancel(pending);
    assert_true(bell_wait(&outcomes.bell, 1));
    assert_int_equal(atomic_load(&outcomes.statuses[VIA_CANCELLED]), 1);
    bell_ring(&pair->go);
    assert_int_equal(world_ask(pair->proxy, DOUBLE, 4), 8);
    assert_int_equal(atomic_load(&pair->n_noted), 0);
    via_parcel_unref(note);
    via_pending_unref(pending);
    close_pair(pair);
}

/* ---- order ---- */

static void oneways_begin_in_the_order_sent(void **state)
{
    (void)state;
    struct pair *pair = open_pair("order", 4);
    for (uint32_t i = 0; i < 200; i++) {
        struct via_parcel *note = world_parcel(i);
        assert_int_equal(via_proxy_send(pair->proxy, NOTE, note), VIA_OK);
        via_parcel_unref(note);
    }
    assert_int_equal(world_ask(pair->proxy, DOUBLE, 1), 2);
    assert_true(bell_wait(&pair->bell, 200));
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(pair->noted[i], i);
    close_pair(pair);
}

static void a_call_waits_for_its_callers_oneways_and_no_one_elses(void **state)
{
    (void)state;
    struct pair *pair = open_pair("order of two", 4);
    struct via_node *other = world_node(&gateway, 0);
    struct via_proxy *others = world_find(other, "order of two");
    struct outcomes outcomes = {.bell = BELL_INIT};
    struct via_parcel *value = world_parcel(7);
    assert_int_equal(via_proxy_send(pair->proxy, BLOCK, NULL), VIA_OK);
    assert_true(bell_wait(&pair->bell, 1));
    assert_int_equal(via_proxy_send(pair->proxy, NOTE, value), VIA_OK);
    assert_int_equal(
        via_proxy_call_async(pair->proxy, DOUBLE, value, 0, on_outcome, &outcomes, NULL), VIA_OK);
    /* Comes later, from somebody else, and passes both. */
    assert_int_equal(world_ask(others, DOUBLE, 1), 2);
    assert_int_equal(bell_count(&outcomes.bell), 0);
    assert_int_equal(atomic_load(&pair->n_noted), 0);
    bell_ring(&pair->go);
    assert_true(bell_wait(&outcomes.bell, 1));
    assert_true(bell_wait(&pair->bell, 2));
    via_parcel_unref(value);
    via_proxy_unref(others);
    via_node_destroy(other);
    close_pair(pair);
}

/* ---- references ---- */

static void an_object_passed_along_is_called_back(void **state)
{
    (void)state;
    struct pair *pair = open_pair("callback", 0);
    struct via_stub *back = make_stub(pair, pair->client);
    struct via_proxy *proxy = via_stub_proxy(back);
    struct via_parcel *request, *reply;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_ref(request, proxy), VIA_OK);
    via_proxy_unref(proxy);
    assert_int_equal(via_proxy_call(pair->proxy, CALL_BACK, request, 0, NULL, &reply), VIA_OK);
    assert_int_equal(world_value(reply), 42);
    via_parcel_unref(reply);
    /* The service has let it go. */
    assert_true(bell_wait(&pair->unreferenced, 1));
    assert_int_equal(bell_count(&pair->destroyed), 0);
    via_parcel_unref(request);
    via_stub_unref(back);
    assert_true(bell_wait(&pair->destroyed, 1));
    close_pair(pair);
}

static void echo_ref(void *user, struct via_call *call)
{
    struct via_proxy *proxy;
    struct via_parcel *reply;
    (void)user;
    assert_int_equal(via_parcel_read_ref(via_call_request(call), &proxy), VIA_OK);
    assert_int_equal(via_parcel_create(&reply), VIA_OK);
    assert_int_equal(via_parcel_write_ref(reply, proxy), VIA_OK);
    assert_int_equal(via_call_reply(call, 0, reply), VIA_OK);
    via_parcel_unref(reply);
    via_proxy_unref(proxy);
}

static struct via_proxy *ask_for_ref(struct via_proxy *mirror, struct via_proxy *sent)
{
    struct via_parcel *request, *reply;
    struct via_proxy *back;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_ref(request, sent), VIA_OK);
    assert_int_equal(via_proxy_call(mirror, 1, request, 0, NULL, &reply), VIA_OK);
    assert_int_equal(via_parcel_read_ref(reply, &back), VIA_OK);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return back;
}

static void there_is_one_proxy_for_each_object(void **state)
{
    (void)state;
    struct pair *pair = open_pair("identity", 0);
    struct via_stub *mirror = world_publish(pair->service, "mirror", echo_ref, NULL);
    struct via_proxy *glass = world_find(pair->client, "mirror");
    struct via_proxy *again = world_find(pair->client, "identity");
    assert_ptr_equal(again, pair->proxy);
    via_proxy_unref(again);
    /* Somebody else's object, and one of our own, come back as what they are. */
    again = ask_for_ref(glass, pair->proxy);
    assert_ptr_equal(again, pair->proxy);
    via_proxy_unref(again);
    struct via_stub *own = make_stub(pair, pair->client);
    struct via_proxy *proxy = via_stub_proxy(own);
    again = ask_for_ref(glass, proxy);
    assert_ptr_equal(again, proxy);
    assert_ptr_equal(via_proxy_local(again), own);
    via_proxy_unref(again);
    via_proxy_unref(proxy);
    assert_null(ask_for_ref(glass, NULL));
    via_stub_unref(own);
    via_proxy_unref(glass);
    via_stub_unref(mirror);
    /* And so does one found by its name at home. */
    struct via_proxy *home = world_find(pair->service, "identity");
    assert_ptr_equal(via_proxy_local(home), pair->stub);
    via_proxy_unref(home);
    close_pair(pair);
}

/* ---- nesting ---- */

/* Two services that call each other, down to nothing. */
struct diver {
    struct via_node *node;
    struct via_stub *stub;
    struct via_proxy *other;
    int32_t first_pid;
    pthread_t threads[64];
};

static void dive(void *user, struct via_call *call)
{
    struct diver *diver = user;
    uint32_t depth = world_value(via_call_request(call));
    diver->threads[depth] = pthread_self();
    diver->first_pid = via_call_first_caller(call)->pid;
    world_answer(call, depth == 0 ? 1 : 1 + world_ask(diver->other, DIVE, depth - 1));
}

static void chains_need_no_free_worker(void **state)
{
    (void)state;
    struct diver a = {.node = world_node(&gateway, 1)}, b = {.node = world_node(&gateway, 1)};
    a.stub = world_publish(a.node, "diver a", dive, &a);
    b.stub = world_publish(b.node, "diver b", dive, &b);
    a.other = world_find(a.node, "diver b");
    b.other = world_find(b.node, "diver a");
    struct via_node *node = world_node(&gateway, 1);
    struct via_proxy *proxy = world_find(node, "diver a");
    assert_int_equal(world_ask(proxy, DIVE, 11), 12);
    assert_int_equal(a.first_pid, getpid());
    /* a ran 11, 9, ..., 1, all on the thread that waits in the first; b likewise. */
    for (unsigned depth = 1; depth < 11; depth += 2)
        assert_true(pthread_equal(a.threads[depth], a.threads[11]));
    for (unsigned depth = 0; depth < 10; depth += 2)
        assert_true(pthread_equal(b.threads[depth], b.threads[10]));
    /* Begun by a thread of a's that is no worker. */
    assert_int_equal(world_ask(a.other, DIVE, 10), 11);
    for (unsigned depth = 1; depth < 10; depth += 2)
        assert_true(pthread_equal(a.threads[depth], pthread_self()));
    via_proxy_unref(proxy);
    via_node_destroy(node);
    via_proxy_unref(a.other);
    via_proxy_unref(b.other);
    via_stub_unref(a.stub);
    via_stub_unref(b.stub);
    via_node_destroy(a.node);
    via_node_destroy(b.node);
}

static void too_deep_a_chain_is_busy(void **state)
{
    (void)state;
    struct diver a = {.node = world_node(&gateway, 1)};
    a.stub = world_publish(a.node, "diver", dive, &a);
    struct via_proxy *self = via_stub_proxy(a.stub);
    a.other = self;
    struct via_node *node = world_node(&gateway, 1);
    struct via_proxy *proxy = world_find(node, "diver");
    assert_int_equal(world_ask(proxy, DIVE, 62), 63);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    via_proxy_unref(self);
    via_stub_unref(a.stub);
    via_node_destroy(a.node);
}

static void no_nesting_takes_a_worker(void **state)
{
    (void)state;
    struct diver a = {.node = world_node(&gateway, 1)}, b = {.node = world_node(&gateway, 1)};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = dive, .no_nesting = true};
    assert_int_equal(via_stub_create(a.node, &ops, &a, &a.stub), VIA_OK);
    assert_int_equal(via_node_publish(a.node, "core", "own thread", a.stub, NULL), VIA_OK);
    b.stub = world_publish(b.node, "diver of two", dive, &b);
    a.other = world_find(a.node, "diver of two");
    b.other = world_find(b.node, "own thread");
    assert_int_equal(world_ask(a.other, DIVE, 4), 5);
    assert_false(pthread_equal(a.threads[3], pthread_self()));
    assert_false(pthread_equal(a.threads[1], a.threads[3]));
    via_proxy_unref(a.other);
    via_proxy_unref(b.other);
    via_stub_unref(a.stub);
    via_stub_unref(b.stub);
    via_node_destroy(a.node);
    via_node_destroy(b.node);
}

/* ---- many threads ---- */

static void *ask_many(void *user)
{
    struct via_proxy *proxy = user;
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(world_ask(proxy, DOUBLE, i), 2 * i);
    return NULL;
}

static void many_threads_share_one_link(void **state)
{
    (void)state;
    struct pair *pair = open_pair("threads", 4);
    pthread_t threads[8];
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, pair->proxy), 0);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    close_pair(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered),
        cmocka_unit_test(a_large_parcel_crosses_and_a_larger_one_is_refused),
        cmocka_unit_test(the_gateway_says_who_calls),
        cmocka_unit_test(a_descriptor_goes_along),
        cmocka_unit_test(many_asynchronous_calls_all_come_back),
        cmocka_unit_test(a_deadline_ends_the_waiting_at_both_ends),
        cmocka_unit_test(expired_work_is_not_started),
        cmocka_unit_test(a_cancelled_call_is_told_to_its_handler),
        cmocka_unit_test(a_call_cancelled_before_it_begins_never_does),
        cmocka_unit_test(oneways_begin_in_the_order_sent),
        cmocka_unit_test(a_call_waits_for_its_callers_oneways_and_no_one_elses),
        cmocka_unit_test(an_object_passed_along_is_called_back),
        cmocka_unit_test(there_is_one_proxy_for_each_object),
        cmocka_unit_test(chains_need_no_free_worker),
        cmocka_unit_test(too_deep_a_chain_is_busy),
        cmocka_unit_test(no_nesting_takes_a_worker),
        cmocka_unit_test(many_threads_share_one_link),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
