/*
 * Links that are lost, with a real viaductd and a relay in front of it that cuts what the test
 * tells it to: what goes on, what ends, and what comes back. The service is a node on the gateway's
 * socket; the client comes through the relay over TLS.
 */
#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/integration/daemon.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_AFTER_FORK 1
#endif
#endif

enum code { DOUBLE = 1, KEEP, NEVER };

/* ---- the world ---- */

static struct daemon daemon_;
static struct settings far;
static struct process relay;

static void tell_relay(const char *command)
{
    char line[256];
    assert_int_equal(write(relay.in, command, strlen(command)), (ssize_t)strlen(command));
    assert_int_equal(write(relay.in, "\n", 1), 1);
    process_line(&relay, line, sizeof line);
    assert_memory_equal(line, "live ", 5);
}

static void start_relay(char *address, size_t size)
{
    char path[256], target[16], line[64];
    (void)snprintf(target, sizeof target, "%u", daemon_.port);
    const char *const argv[] = {process_program(path, "../tests/faults/relay"), target, NULL};
    process_start(&relay, argv, NULL);
    process_line(&relay, line, sizeof line);
    assert_memory_equal(line, "ready ", 6);
    (void)snprintf(address, size, "wss://localhost:%s", line + 6);
}

static char address[96];

static void begin(const char *limits)
{
    daemon_prepare(&daemon_);
    (void)snprintf(daemon_.limits, sizeof daemon_.limits, "%s", limits);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, true, &far);
    start_relay(address, sizeof address);
}

static void end(void)
{
    process_release(&relay);
    assert_int_equal(process_wait(&relay), 0);
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
}

/* ---- the client ---- */

#define MARKS_MAX 256u

/* What came, in order: link changes, resubscriptions, events. */
struct diary {
    struct bell links, marks, events, ended;
    enum via_link_state states[MARKS_MAX];
    bool recovered[MARKS_MAX];
    uint32_t values[4096];
    atomic_uint_fast64_t lost;
};

#define DIARY_INIT                                                                                 \
    {                                                                                              \
        .links = BELL_INIT, .marks = BELL_INIT, .events = BELL_INIT, .ended = BELL_INIT            \
    }

static void on_link(void *user, const struct via_link_change *change)
{
    struct diary *diary = user;
    assert_non_null(change->words);
    assert_true(change->recovered == (change->state == VIA_LINK_RESUMED));
    if (change->state == VIA_LINK_BROKEN || change->state == VIA_LINK_ENDED)
        assert_true(change->words[0] != '\0');
    diary->states[bell_count(&diary->links) % MARKS_MAX] = change->state;
    bell_ring(&diary->links);
}

static void expect_states(struct diary *diary, unsigned from, unsigned n,
                          const enum via_link_state *states)
{
    if (!bell_wait(&diary->links, from + n))
        fail_msg("%u changes of the link and no more", bell_count(&diary->links));
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(diary->states[from + i], states[i]);
}

static void on_event(void *user, const struct via_event *event)
{
    struct diary *diary = user;
    unsigned n = bell_count(&diary->events);
    diary->values[n % 4096] = world_value(event->data);
    (void)atomic_fetch_add(&diary->lost, event->lost);
    bell_ring(&diary->events);
}

static void on_resubscribed(void *user, bool recovered)
{
    struct diary *diary = user;
    diary->recovered[bell_count(&diary->marks) % MARKS_MAX] = recovered;
    bell_ring(&diary->marks);
}

static void on_ended(void *user, enum via_cause cause)
{
    struct diary *diary = user;
    (void)cause;
    bell_ring(&diary->ended);
}

static struct via_node *far_node(struct diary *diary)
{
    struct via_node *node;
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = address,
                                             .connect_ms = 60000,
                                             .ca = strchr(far.list[1], '=') + 1,
                                             .cert = strchr(far.list[2], '=') + 1,
                                             .key = strchr(far.list[3], '=') + 1,
                                             .link_changed = diary != NULL ? on_link : NULL,
                                             .link_user = diary};
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    return node;
}

static struct via_subscription *subscribe(struct via_proxy *proxy, struct diary *diary)
{
    struct via_subscription *subscription;
    const struct via_subscribe_options options = {
        .size = sizeof options, .ended = on_ended, .resubscribed = on_resubscribed};
    assert_int_equal(via_proxy_subscribe(proxy, &options, on_event, diary, &subscription), VIA_OK);
    return subscription;
}

/* ---- the service ---- */

struct service {
    struct via_node *node;
    struct via_stub *stub;
    struct bell kept;
    struct via_call *_Atomic call;
    struct via_call *never[8]; /* kept to the end */
    atomic_uint n_never;
};

static void handle(void *user, struct via_call *call)
{
    struct service *service = user;
    switch ((enum code)via_call_code(call)) {
    case DOUBLE:
        world_answer(call, 2 * world_value(via_call_request(call)));
        break;
    case KEEP:
        atomic_store(&service->call, via_call_keep(call));
        bell_ring(&service->kept);
        break;
    case NEVER:
        if (!via_call_is_oneway(call))
            service->never[atomic_fetch_add(&service->n_never, 1) % 8] = via_call_keep(call);
        bell_ring(&service->kept);
        break;
    }
}

static void open_service(struct service *service)
{
    *service = (struct service){.kept = BELL_INIT};
    service->node = world_node_at(daemon_.socket, 0);
    service->stub = world_publish(service->node, "far", handle, service);
}

static void close_service(struct service *service)
{
    for (unsigned i = 0; i < atomic_load(&service->n_never); i++)
        via_call_unref(service->never[i]);
    via_stub_unref(service->stub);
    via_node_destroy(service->node);
}

static void emit(const struct service *service, uint32_t value)
{
    struct via_parcel *data = world_parcel(value);
    assert_int_equal(via_stub_emit(service->stub, 1, data), VIA_OK);
    via_parcel_unref(data);
}

struct outcome {
    struct bell bell;
    enum via_status status;
    uint32_t value;
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct outcome *outcome = user;
    (void)result;
    outcome->status = status;
    if (status == VIA_OK)
        outcome->value = world_value(reply);
    bell_ring(&outcome->bell);
}

static void on_death(void *user, enum via_cause cause)
{
    struct outcome *outcome = user;
    outcome->value = (uint32_t)cause;
    bell_ring(&outcome->bell);
}

static void ask_later(struct via_proxy *proxy, enum code code, uint32_t timeout_ms,
                      struct outcome *outcome)
{
    struct via_parcel *request = world_parcel(21);
    *outcome = (struct outcome){.bell = BELL_INIT};
    assert_int_equal(
        via_proxy_call_async(proxy, code, request, timeout_ms, on_reply, outcome, NULL), VIA_OK);
    via_parcel_unref(request);
}

static const enum via_link_state back[] = {VIA_LINK_BROKEN, VIA_LINK_RESUMED};
static const enum via_link_state over[] = {VIA_LINK_BROKEN, VIA_LINK_ENDED, VIA_LINK_RESTORED};

/* ---- it goes on ---- */

static void a_cut_link_is_a_delay(void **state)
{
    (void)state;
    struct service service;
    struct diary diary = DIARY_INIT;
    struct outcome kept, later, late;
    begin("");
    open_service(&service);
    struct via_node *node = far_node(&diary);
    struct via_proxy *proxy = world_find(node, "far");
    struct via_subscription *subscription = subscribe(proxy, &diary);
    ask_later(proxy, KEEP, 0, &kept);
    assert_true(bell_wait(&service.kept, 1));
    emit(&service, 0);
    assert_true(bell_wait(&diary.events, 1));

    tell_relay("away on");
    tell_relay("cut");
    expect_states(&diary, 0, 1, back);
    /* What is sent and what comes waits on both sides; a call's own limit goes on. */
    ask_later(proxy, DOUBLE, 0, &later);
    ask_later(proxy, DOUBLE, 100, &late);
    for (uint32_t i = 1; i < 50; i++)
        emit(&service, i);
    struct via_parcel *reply = world_parcel(7);
    assert_int_equal(via_call_reply(service.call, 0, reply), VIA_OK);
    via_call_unref(service.call);
    via_parcel_unref(reply);
    assert_true(bell_wait(&late.bell, 1));
    assert_int_equal(late.status, VIA_TIMEOUT);
    assert_int_equal(bell_count(&later.bell), 0);

    tell_relay("away off");
    expect_states(&diary, 0, 2, back);
    assert_true(bell_wait(&kept.bell, 1));
    assert_int_equal(kept.status, VIA_OK);
    assert_int_equal(kept.value, 7);
    assert_true(bell_wait(&later.bell, 1));
    assert_int_equal(later.status, VIA_OK);
    assert_int_equal(later.value, 42);
    assert_true(bell_wait(&diary.events, 50));
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(diary.values[i], i);
    assert_int_equal(world_ask(proxy, DOUBLE, 4), 8);
    assert_int_equal(bell_count(&diary.marks), 0);
    assert_int_equal(bell_count(&diary.ended), 0);
    via_subscription_close(subscription);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    close_service(&service);
    end();
}

static void a_full_queue_is_busy_while_there_is_no_link(void **state)
{
    (void)state;
    struct service service;
    struct diary diary = DIARY_INIT;
    begin("");
    open_service(&service);
    struct via_node *node = far_node(&diary);
    struct via_proxy *proxy = world_find(node, "far");
    tell_relay("away on");
    tell_relay("cut");
    expect_states(&diary, 0, 1, back);
    struct via_parcel *large;
    uint8_t *octets = calloc(1, 30000);
    assert_int_equal(via_parcel_create(&large), VIA_OK);
    assert_int_equal(via_parcel_write_u32(large, 1), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(large, octets, 30000), VIA_OK);
    enum via_status status = VIA_OK;
    unsigned n = 0;
    while (status == VIA_OK && n < 10000) {
        status = via_proxy_send(proxy, NEVER, large);
        n += status == VIA_OK;
    }
    assert_int_equal(status, VIA_BUSY);
    assert_in_range(n, 30, 1000);
    tell_relay("away off");
    expect_states(&diary, 0, 2, back);
    assert_true(bell_wait(&service.kept, n)); /* each of them, once */
    assert_int_equal(world_ask(proxy, DOUBLE, 4), 8);
    assert_int_equal(bell_count(&service.kept), n);
    free(octets);
    via_parcel_unref(large);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    close_service(&service);
    end();
}

/* ---- it ends ---- */

/* Loses the session of a client with everything that a client may have; @come_back makes that the
 * next attempt succeeds. */
static void lose(const char *limits, bool away, bool resumes)
{
    struct service service;
    struct diary diary = DIARY_INIT;
    struct outcome call, death = {.bell = BELL_INIT};
    begin(limits);
    open_service(&service);
    struct via_node *node = far_node(&diary);
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *own;
    assert_int_equal(via_stub_create(node, &ops, NULL, &own), VIA_OK);
    assert_int_equal(via_node_publish(node, "core", "near", own, NULL), VIA_OK);
    struct via_proxy *proxy = world_find(node, "far");
    struct via_subscription *subscription = subscribe(proxy, &diary);
    assert_int_equal(via_proxy_watch(proxy, on_death, &death, NULL), VIA_OK);
    emit(&service, 0);
    assert_true(bell_wait(&diary.events, 1));
    ask_later(proxy, NEVER, 0, &call);
    assert_true(bell_wait(&service.kept, 1));

    if (away)
        tell_relay("away on");
    tell_relay("cut");
    const enum via_link_state *states = resumes ? over : over + 1;
    unsigned n_states = resumes ? 2 : 1;
    expect_states(&diary, 0, n_states, states);
    assert_true(bell_wait(&call.bell, 1));
    assert_int_equal(call.status, VIA_DEAD);
    assert_true(bell_wait(&death.bell, 1));
    assert_int_equal(death.value, VIA_LINK_LOST);
    if (away)
        tell_relay("away off");
    emit(&service, 1);
    expect_states(&diary, n_states, 1, &over[2]);

    /* The gateway has lived on, so nothing is missing. */
    assert_true(bell_wait(&diary.marks, 1));
    assert_true(diary.recovered[0]);
    assert_true(bell_wait(&diary.events, 2));
    assert_int_equal(diary.values[1], 1);
    assert_int_equal(diary.lost, 0);
    assert_int_equal(via_proxy_death(proxy), VIA_LINK_LOST);
    struct via_proxy *again = world_find(node, "far");
    assert_ptr_not_equal(again, proxy);
    assert_int_equal(world_ask(again, DOUBLE, 3), 6);
    struct via_proxy *near = world_find(service.node, "near");
    assert_int_equal(world_ask(near, DOUBLE, 5), 10);
    assert_int_equal(bell_count(&diary.ended), 0);
    via_proxy_unref(near);
    via_proxy_unref(again);
    via_subscription_close(subscription);
    via_proxy_unref(proxy);
    via_stub_unref(own);
    via_node_destroy(node);
    close_service(&service);
    end();
}

static void without_a_grace_time_a_cut_ends_the_session(void **state)
{
    (void)state;
    lose("\"grace_ms\": 0,", false, false);
}

static void after_the_grace_time_the_session_is_over(void **state)
{
    (void)state;
    lose("\"grace_ms\": 300,", true, true);
}

/* ---- the gateway goes ---- */

struct news {
    struct bell bell;
    struct {
        enum via_notice notice;
        char name[16];
    } told[64];
};

static void on_notice(void *user, enum via_notice notice, const struct via_entry *entry)
{
    struct news *news = user;
    unsigned n = bell_count(&news->bell);
    assert_in_range(n, 0, 63);
    news->told[n].notice = notice;
    (void)snprintf(news->told[n].name, sizeof news->told[n].name, "%s", entry->name);
    bell_ring(&news->bell);
}

/* How many more times it was told as there than as gone. */
static int balance(struct news *news, const char *name)
{
    int n = 0;
    for (unsigned i = 0; i < bell_count(&news->bell); i++)
        if (strcmp(news->told[i].name, name) == 0)
            n += news->told[i].notice == VIA_APPEAR ? 1 : news->told[i].notice == VIA_GONE ? -1 : 0;
    return n;
}

static void a_gateway_that_is_killed_is_waited_for(void **state)
{
    (void)state;
    struct service service;
    struct diary diary = DIARY_INIT;
    struct news news = {.bell = BELL_INIT};
    struct outcome call;
    struct via_subscription *watch;
    begin("");
    open_service(&service);
    struct via_stub *brief = world_publish(service.node, "brief", handle, &service);
    struct via_node *node = far_node(&diary);
    struct via_proxy *proxy = world_find(node, "far");
    assert_int_equal(via_node_watch_names(node, "core", NULL, NULL, on_notice, &news, &watch),
                     VIA_OK);
    struct via_subscription *subscription = subscribe(proxy, &diary);
    assert_true(bell_wait(&news.bell, 2));
    emit(&service, 0);
    assert_true(bell_wait(&diary.events, 1));
    ask_later(proxy, NEVER, 0, &call);
    assert_true(bell_wait(&service.kept, 1));

    daemon_kill(&daemon_);
    expect_states(&diary, 0, 1, back);
    via_stub_withdraw(brief); /* while nobody hears of it */
    via_stub_unref(brief);
    daemon_start(&daemon_);
    expect_states(&diary, 0, 3, over);
    assert_true(bell_wait(&call.bell, 1));
    assert_int_equal(call.status, VIA_DEAD);
    assert_true(bell_wait(&diary.marks, 1));
    assert_false(diary.recovered[0]); /* of what came last this gateway knows nothing */
    emit(&service, 1);
    assert_true(bell_wait(&diary.events, 2));
    assert_int_equal(diary.values[1], 1);
    struct via_proxy *again = world_find(node, "far");
    assert_int_equal(world_ask(again, DOUBLE, 3), 6);
    assert_int_equal(via_proxy_death(proxy), VIA_LINK_LOST);

    struct via_stub *last = world_publish(service.node, "last", handle, &service);
    unsigned n = 3;
    while (balance(&news, "last") != 1)
        assert_true(bell_wait(&news.bell, n++));
    assert_int_equal(balance(&news, "brief"), 0);
    assert_int_equal(balance(&news, "far"), 1);
    via_stub_unref(last);
    via_proxy_unref(again);
    via_subscription_close(watch);
    via_subscription_close(subscription);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    close_service(&service);
    end();
}

static void the_name_may_come_much_later(void **state)
{
    (void)state;
    struct service service;
    struct diary diary = DIARY_INIT;
    begin("");
    open_service(&service);
    struct via_node *node = far_node(&diary);
    struct via_proxy *proxy = world_find(node, "far");
    struct via_subscription *subscription = subscribe(proxy, &diary);
    struct via_subscription *closed = subscribe(proxy, &diary);
    via_proxy_unref(proxy);
    daemon_kill(&daemon_);
    close_service(&service);
    daemon_start(&daemon_);
    expect_states(&diary, 0, 3, over);
    via_subscription_close(closed); /* in the midst of its search */
    daemon_kill(&daemon_);
    expect_states(&diary, 3, 1, over);
    daemon_start(&daemon_);
    expect_states(&diary, 3, 3, over);
    assert_int_equal(bell_count(&diary.marks), 0);
    open_service(&service);
    assert_true(bell_wait(&diary.marks, 1));
    emit(&service, 9);
    assert_true(bell_wait(&diary.events, 1));
    assert_int_equal(diary.values[0], 9);
    via_stub_withdraw(service.stub); /* which is its end, and no link's */
    assert_true(bell_wait(&diary.ended, 1));
    assert_int_equal(bell_count(&diary.marks), 1);
    via_subscription_close(subscription);
    via_node_destroy(node);
    close_service(&service);
    end();
}

static void a_stranger_at_the_same_address_gets_nothing(void **state)
{
    (void)state;
    struct diary diary = DIARY_INIT;
    char words[512] = "";
    begin("");
    struct via_node *node = far_node(&diary);
    assert_int_equal(via_node_connect(node, 0), VIA_OK);

    /* Its certificate is another authority's. */
    struct certificates *theirs = daemon_.certificates, *others = certificates_create();
    const struct certificate_wish ca = {.name = "ca", .usage = FOR_AUTHORITY};
    const struct certificate_wish server = {.name = "server",
                                            .issuer = "ca",
                                            .dns = "localhost",
                                            .ip = "127.0.0.1",
                                            .usage = FOR_SERVER,
                                            .serial = 2};
    certificates_make(others, &ca);
    certificates_make(others, &server);
    daemon_kill(&daemon_);
    expect_states(&diary, 0, 1, back);
    daemon_.certificates = others;
    daemon_start(&daemon_);
    while (strstr(words, "VIADUCT_CA") == NULL) {
        via_node_fault(node, words, sizeof words);
        (void)sched_yield();
    }
    assert_int_equal(bell_count(&diary.links), 1); /* nobody has said that the session is over */
    daemon_kill(&daemon_);
    daemon_.certificates = theirs;
    daemon_start(&daemon_);
    expect_states(&diary, 0, 3, over);
    assert_int_equal(via_node_connect(node, 0), VIA_OK);
    via_node_destroy(node);
    others = certificates_destroy(others);
    assert_null(others);
    end();
}

/* ---- a program that goes on meanwhile ---- */

static void a_node_ends_at_once_without_a_link(void **state)
{
    (void)state;
    struct service service;
    begin("");
    open_service(&service);
    for (unsigned closes = 0; closes < 2; closes++) {
        struct diary diary = DIARY_INIT;
        struct outcome call;
        struct via_node *node = far_node(&diary);
        struct via_proxy *proxy = world_find(node, "far");
        struct via_subscription *subscription = subscribe(proxy, &diary);
        ask_later(proxy, NEVER, 0, &call);
        assert_true(bell_wait(&service.kept, closes + 1));
        tell_relay("away on");
        tell_relay("cut");
        expect_states(&diary, 0, 1, back);
        if (closes == 1)
            via_node_close(node);
        via_node_destroy(node);
        assert_int_equal(bell_count(&call.bell), 1);
        assert_int_equal(call.status, VIA_DEAD);
        assert_int_equal(bell_count(&diary.ended), 1);
        assert_int_equal(via_proxy_death(proxy), VIA_LINK_LOST);
        via_subscription_close(subscription);
        via_proxy_unref(proxy);
        tell_relay("away off");
    }
    close_service(&service);
    end();
}

#ifndef NO_THREADS_AFTER_FORK /* which the thread sanitizer does not allow */
static void a_child_of_a_fork_has_a_link_of_its_own(void **state)
{
    (void)state;
    struct service service;
    struct diary diary = DIARY_INIT;
    begin("");
    open_service(&service);
    struct via_node *node = far_node(&diary);
    struct via_proxy *proxy = world_find(node, "far");
    tell_relay("away on");
    tell_relay("cut");
    expect_states(&diary, 0, 1, back);
    tell_relay("away off");
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct via_proxy *own;
        (void)alarm(BELL_LIMIT_S);
        if (via_proxy_call(proxy, DOUBLE, NULL, 0, NULL, NULL) != VIA_DEAD)
            _exit(1);
        if (via_node_find(node, "core", "far", 10000, &own) != VIA_OK || own == proxy)
            _exit(2);
        _exit(world_ask(own, DOUBLE, 4) == 8 ? 0 : 3);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    expect_states(&diary, 0, 2, back);
    assert_int_equal(world_ask(proxy, DOUBLE, 6), 12);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    close_service(&service);
    end();
}
#endif

/* ---- options of older programs ---- */

static void options_of_an_older_program_are_taken(void **state)
{
    (void)state;
    struct via_node *node;
    struct via_node_options options = {.gateway = "unix:/nonexistent/viaduct.sock"};
    options.size = offsetof(struct via_node_options, keepalive_ms);
    options.keepalive_ms = 1; /* beyond what it knows */
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    assert_null(via_node_destroy(node));
    options.keepalive_ms = 0;
    const size_t wrong[] = {0, options.size - 1, sizeof options + 1};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.size = wrong[i];
        assert_int_equal(via_node_create(&options, &node), VIA_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_link_is_a_delay),
        cmocka_unit_test(a_full_queue_is_busy_while_there_is_no_link),
        cmocka_unit_test(without_a_grace_time_a_cut_ends_the_session),
        cmocka_unit_test(after_the_grace_time_the_session_is_over),
        cmocka_unit_test(a_gateway_that_is_killed_is_waited_for),
        cmocka_unit_test(the_name_may_come_much_later),
        cmocka_unit_test(a_stranger_at_the_same_address_gets_nothing),
        cmocka_unit_test(a_node_ends_at_once_without_a_link),
#ifndef NO_THREADS_AFTER_FORK
        cmocka_unit_test(a_child_of_a_fork_has_a_link_of_its_own),
#endif
        cmocka_unit_test(options_of_an_older_program_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
