/*
 * Gateway-wide numbers through the core's API: several nodes, each a session of its own, around a
 * real gateway.
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/loop.h"
#include "tests/integration/core_world.h"
#include "tests/integration/raw_client.h"

#define THREADS 8u
#define STUBS ((size_t)200) /* of each thread */
#define NAMES 100u
#define PATIENCE_MS 60000u
#define FAMILY "numbered"

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

static void twice(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 2 * world_value(via_call_request(call)));
}

static void gone(void *user)
{
    bell_ring(user);
}

/* @bell rings when the last count of it is gone. */
static struct via_stub *make(struct via_node *node, struct bell *bell)
{
    const struct via_stub_ops ops = {
        .size = sizeof ops, .call = twice, .destroyed = bell != NULL ? gone : NULL};
    struct via_stub *stub;
    assert_int_equal(via_stub_create(node, &ops, bell, &stub), VIA_OK);
    return stub;
}

static uint32_t number_of(struct via_stub *stub)
{
    uint32_t number = 0;
    assert_int_equal(via_stub_number(stub, 0, &number), VIA_OK);
    assert_true(number >= VIA_NUMBER_FIRST && number <= VIA_NUMBER_LAST);
    return number;
}

static struct via_proxy *find(struct via_node *node, uint32_t number)
{
    struct via_proxy *proxy = NULL;
    assert_int_equal(via_node_find_number(node, number, &proxy), VIA_OK);
    return proxy;
}

static void on_death(void *user, enum via_cause cause)
{
    assert_int_equal(cause, VIA_WITHDRAWN);
    bell_ring(user);
}

/* ---- */

static void a_stub_has_one_number_and_is_found_by_it(void **state)
{
    (void)state;
    struct via_node *owner = world_node(&gateway, 0), *user = world_node(&gateway, 0);
    struct via_stub *stub = make(owner, NULL), *other = make(owner, NULL);
    uint32_t number = number_of(stub), asked = 0;
    assert_int_equal(number_of(stub), number);
    assert_int_not_equal(number_of(other), number);
    struct via_proxy *proxy = find(user, number), *again = find(user, number);
    assert_ptr_equal(proxy, again);
    assert_int_equal(world_ask(proxy, 1, 21), 42);
    assert_int_equal(via_proxy_number(proxy, &asked), VIA_OK);
    assert_int_equal(asked, number);
    struct via_proxy *own = find(owner, number);
    assert_ptr_equal(via_proxy_local(own), stub);
    assert_int_equal(via_proxy_number(own, &asked), VIA_OK);
    assert_int_equal(asked, number);

    struct bell dead = BELL_INIT;
    assert_int_equal(via_proxy_watch(proxy, on_death, &dead, NULL), VIA_OK);
    via_stub_withdraw(stub);
    assert_true(bell_wait(&dead, 1));
    assert_int_equal(via_node_find_number(user, number, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_node_find_number(owner, number, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_stub_number(stub, 0, &asked), VIA_DEAD);
    assert_int_equal(via_proxy_number(again, &asked), VIA_DEAD);
    via_proxy_unref(own);
    via_proxy_unref(again);
    via_proxy_unref(again); /* the count that was found first */
    via_stub_unref(other);
    via_stub_unref(stub);
    via_node_destroy(user);
    via_node_destroy(owner);
}

static void what_is_no_number_or_no_mode_is_invalid(void **state)
{
    (void)state;
    struct via_node *node = world_node(&gateway, 0);
    struct via_stub *stub = make(node, NULL);
    struct via_proxy *proxy = NULL;
    struct via_found found;
    uint32_t number;
    assert_int_equal(via_stub_number(NULL, 0, &number), VIA_INVALID);
    assert_int_equal(via_stub_number(stub, 01000, &number), VIA_INVALID);
    assert_int_equal(via_stub_number(stub, 0, NULL), VIA_INVALID);
    assert_int_equal(via_node_find_number(NULL, VIA_NUMBER_FIRST, &proxy), VIA_INVALID);
    assert_int_equal(via_node_find_number(node, VIA_NUMBER_FIRST - 1, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_node_find_number(node, VIA_NUMBER_LAST + 1, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_node_find_number(node, VIA_NUMBER_LAST, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_node_find_prefix(node, "", "/", &found), VIA_INVALID);
    assert_int_equal(via_node_find_prefix(node, FAMILY, "", &found), VIA_INVALID);
    assert_int_equal(via_node_publish_number(node, FAMILY, "", 1, NULL), VIA_INVALID);
    const struct via_publish_options opens = {.size = sizeof opens, .flags = VIA_PUBLISH_OPENS};
    assert_int_equal(via_node_publish_number(node, FAMILY, "/x", 1, &opens), VIA_INVALID);
    assert_int_equal(via_node_withdraw_number(node, FAMILY, "/x"), VIA_NOT_FOUND);
    via_stub_unref(stub);
    via_node_destroy(node);
}

static void without_a_gateway_there_is_none(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/none", gateway.folder);
    struct via_node *node = world_node_at(path, 0);
    struct via_stub *stub = make(node, NULL);
    uint32_t number;
    assert_int_equal(via_stub_number(stub, 0, &number), VIA_NOT_CONNECTED);
    via_stub_unref(stub);
    via_node_destroy(node);
}

/* Whoever has the number alone must find what it stands for. */
static void a_stub_with_a_number_stays_until_it_is_withdrawn(void **state)
{
    (void)state;
    struct bell bell = BELL_INIT;
    struct via_node *owner = world_node(&gateway, 0), *user = world_node(&gateway, 0);
    struct via_stub *stub = make(owner, &bell);
    uint32_t number = number_of(stub);
    via_stub_unref(stub);
    struct via_proxy *proxy = find(user, number);
    assert_int_equal(world_ask(proxy, 1, 3), 6);
    assert_int_equal(bell_count(&bell), 0);
    struct via_proxy *own = find(owner, number);
    via_stub_withdraw(via_proxy_local(own));
    via_proxy_unref(own);
    via_proxy_unref(proxy);
    assert_true(bell_wait(&bell, 1)); /* when the last who holds it has heard, too */
    via_node_destroy(user);
    via_node_destroy(owner);
}

static void a_node_that_is_closed_lets_go_of_all(void **state)
{
    (void)state;
    struct bell bell = BELL_INIT;
    struct via_node *owner = world_node(&gateway, 0), *user = world_node(&gateway, 0);
    uint32_t numbers[50];
    for (unsigned i = 0; i < 50; i++) {
        struct via_stub *stub = make(owner, &bell);
        numbers[i] = number_of(stub);
        via_stub_unref(stub);
    }
    for (unsigned i = 0; i < 50; i++)
        via_proxy_unref(find(user, numbers[i]));
    via_node_destroy(user);
    via_node_destroy(owner);
    assert_int_equal(bell_count(&bell), 50);
}

struct maker {
    struct via_node *node;
    struct via_stub *shared;
    pthread_t thread;
    uint32_t shared_number, numbers[STUBS];
};

static void *make_many(void *user)
{
    struct maker *maker = user;
    maker->shared_number = number_of(maker->shared);
    for (unsigned i = 0; i < STUBS; i++) {
        struct via_stub *stub = make(maker->node, NULL);
        maker->numbers[i] = number_of(stub);
        if (i % 2 == 0)
            via_stub_withdraw(stub);
        via_stub_unref(stub);
    }
    return maker;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void threads_have_numbers_of_their_own(void **state)
{
    (void)state;
    static struct maker makers[THREADS];
    static uint32_t all[THREADS * STUBS];
    struct via_node *node = world_node(&gateway, 0);
    struct via_stub *shared = make(node, NULL);
    void *ended;
    for (unsigned i = 0; i < THREADS; i++) {
        makers[i].node = node;
        makers[i].shared = shared;
        assert_int_equal(pthread_create(&makers[i].thread, NULL, make_many, &makers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(makers[i].thread, &ended), 0);
        assert_ptr_equal(ended, &makers[i]);
        assert_int_equal(makers[i].shared_number, makers[0].shared_number);
        memcpy(&all[i * STUBS], makers[i].numbers, sizeof makers[i].numbers);
    }
    qsort(all, THREADS * STUBS, sizeof *all, by_number);
    for (unsigned i = 1; i < THREADS * STUBS; i++)
        assert_int_not_equal(all[i], all[i - 1]);
    struct via_node *user = world_node(&gateway, 0);
    for (unsigned i = 0; i < THREADS; i++) {
        struct via_proxy *proxy = find(user, makers[i].numbers[1]);
        assert_int_equal(world_ask(proxy, 1, i), 2 * i);
        via_proxy_unref(proxy);
        assert_int_equal(via_node_find_number(user, makers[i].numbers[0], &proxy), VIA_NOT_FOUND);
    }
    via_node_destroy(user);
    via_stub_unref(shared);
    via_node_destroy(node);
}

static void answer_with_a_number(void *user, struct via_call *call)
{
    struct via_stub *stub = make(user, NULL);
    world_answer(call, number_of(stub));
    via_stub_unref(stub);
}

static void a_handler_may_make_one(void **state)
{
    (void)state;
    struct via_node *owner = world_node(&gateway, 1), *user = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(owner, "maker", answer_with_a_number, owner);
    struct via_proxy *maker = world_find(user, "maker");
    for (unsigned i = 0; i < 40; i++) {
        struct via_proxy *made = find(user, world_ask(maker, 1, 0));
        assert_int_equal(world_ask(made, 1, i), 2 * i);
        via_proxy_unref(made);
    }
    via_proxy_unref(maker);
    via_stub_unref(stub);
    via_node_destroy(user);
    via_node_destroy(owner);
}

struct notices {
    struct bell bell;
    atomic_uint numbers[8];
    atomic_uint n;
};

static void note(void *user, enum via_notice notice, const struct via_entry *entry)
{
    struct notices *notices = user;
    assert_int_not_equal(notice, VIA_GONE);
    assert_int_equal(entry->flags, 0);
    unsigned n = atomic_fetch_add(&notices->n, 1);
    if (n < 8)
        atomic_store(&notices->numbers[n], entry->number);
    bell_ring(&notices->bell);
}

static void who_watches_a_name_sees_its_number(void **state)
{
    (void)state;
    struct notices notices = {.bell = BELL_INIT};
    struct via_node *owner = world_node(&gateway, 0), *user = world_node(&gateway, 0);
    struct via_subscription *watch;
    struct via_stub *stub = world_publish(owner, "late", twice, NULL);
    assert_int_equal(via_node_watch_names(user, "core", "late", NULL, note, &notices, &watch),
                     VIA_OK);
    assert_true(bell_wait(&notices.bell, 1));
    uint32_t number = number_of(stub);
    assert_true(bell_wait(&notices.bell, 2));
    assert_int_equal(atomic_load(&notices.numbers[0]), 0);
    assert_int_equal(atomic_load(&notices.numbers[1]), number);
    via_subscription_close(watch);
    via_stub_unref(stub);
    via_node_destroy(user);
    via_node_destroy(owner);
}

struct finder {
    struct via_node *node;
    pthread_t thread;
    struct via_proxy *proxy;
    enum via_status status;
};

static void *wait_for_it(void *user)
{
    struct finder *finder = user;
    finder->status = via_node_find(finder->node, FAMILY, "/dev/x", 60000, &finder->proxy);
    return finder;
}

/* The number is known, its object is not there yet: a name for it is found when it is. */
static void a_find_waits_for_the_object_of_a_named_number(void **state)
{
    (void)state;
    struct via_node *owner = world_node(&gateway, 0);
    struct finder finder = {.node = world_node(&gateway, 0)};
    struct via_stub *first = make(owner, NULL), *second = make(owner, NULL);
    uint32_t next = number_of(first) + 1;
    struct via_found found;
    void *ended;
    assert_int_equal(via_node_publish_number(owner, FAMILY, "/dev/x", next, NULL), VIA_OK);
    assert_int_equal(via_node_find(finder.node, FAMILY, "/dev/x", 0, &finder.proxy), VIA_NOT_FOUND);
    assert_int_equal(via_node_find_prefix(finder.node, FAMILY, "/dev/x/y", &found), VIA_OK);
    assert_null(found.proxy);
    assert_string_equal(found.entry.name, "/dev/x");
    assert_int_equal(found.entry.number, next);
    via_found_clear(&found);
    assert_int_equal(pthread_create(&finder.thread, NULL, wait_for_it, &finder), 0);
    assert_int_equal(number_of(second), next);
    assert_int_equal(pthread_join(finder.thread, &ended), 0);
    assert_ptr_equal(ended, &finder);
    assert_int_equal(finder.status, VIA_OK);
    assert_int_equal(world_ask(finder.proxy, 1, 5), 10);
    assert_int_equal(via_node_find_prefix(finder.node, FAMILY, "/dev/x/y", &found), VIA_OK);
    assert_ptr_equal(found.proxy, finder.proxy);
    via_found_clear(&found);
    via_proxy_unref(finder.proxy);
    via_stub_unref(second);
    via_stub_unref(first);
    via_node_destroy(finder.node);
    via_node_destroy(owner);
}

struct publisher {
    struct via_node *node;
    pthread_t thread;
    uint32_t number;
    unsigned n_published;
};

static const struct via_publish_options to_be_new = {.size = sizeof to_be_new,
                                                     .flags = VIA_PUBLISH_NEW};

static void *publish_each(void *user)
{
    struct publisher *publisher = user;
    char name[16];
    for (unsigned i = 0; i < NAMES; i++) {
        (void)snprintf(name, sizeof name, "new-%u", i);
        enum via_status status =
            via_node_publish_number(publisher->node, FAMILY, name, publisher->number, &to_be_new);
        assert_true(status == VIA_OK || status == VIA_EXISTS);
        publisher->n_published += status == VIA_OK;
    }
    return publisher;
}

/* Of threads at the same names of one process each name has one that was first. */
static void a_name_that_is_to_be_new_is_published_once(void **state)
{
    (void)state;
    struct via_node *node = world_node(&gateway, 0), *other = world_node(&gateway, 0);
    struct publisher publishers[THREADS];
    struct via_found found;
    void *ended;
    for (uint32_t i = 0; i < THREADS; i++) {
        publishers[i] = (struct publisher){.node = node, .number = i + 1};
        assert_int_equal(pthread_create(&publishers[i].thread, NULL, publish_each, &publishers[i]),
                         0);
    }
    unsigned n_published = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(publishers[i].thread, &ended), 0);
        assert_ptr_equal(ended, &publishers[i]);
        n_published += publishers[i].n_published;
    }
    assert_int_equal(n_published, NAMES);

    assert_int_equal(via_node_publish_number(other, FAMILY, "new-0", 99, &to_be_new), VIA_EXISTS);
    assert_int_equal(via_node_publish_number(node, FAMILY, "new-0", 98, NULL),
                     VIA_OK); /* changed */
    assert_int_equal(via_node_publish_number(node, FAMILY, "new-0", 99, &to_be_new), VIA_EXISTS);
    assert_int_equal(via_node_find_prefix(other, FAMILY, "new-0", &found), VIA_OK);
    assert_int_equal(found.entry.number, 98);
    assert_int_equal(found.entry.flags, 0);
    via_found_clear(&found);
    assert_int_equal(via_node_withdraw_number(node, FAMILY, "new-0"), VIA_OK);
    assert_int_equal(via_node_publish_number(node, FAMILY, "new-0", 99, &to_be_new), VIA_OK);

    struct via_stub *stub = make(node, NULL);
    assert_int_equal(via_node_publish(node, FAMILY, "stub", stub, &to_be_new), VIA_OK);
    assert_int_equal(via_node_publish(node, FAMILY, "stub", stub, &to_be_new), VIA_EXISTS);
    assert_int_equal(via_node_publish(node, FAMILY, "stub", stub, NULL), VIA_OK);
    via_stub_unref(stub);
    via_node_destroy(other);
    via_node_destroy(node);
}

static void until(enum via_status wanted, struct via_node *node, const char *path)
{
    const uint64_t end_ms = loop_now() + PATIENCE_MS;
    struct via_found found = {.proxy = NULL};
    while (via_node_find_prefix(node, FAMILY, path, &found) != wanted) {
        via_found_clear(&found);
        assert_true(loop_now() < end_ms);
    }
    via_found_clear(&found);
}

/* The node comes to another gateway, where somebody else has its number by then. */
static void a_name_does_not_stand_for_a_number_that_was_lost(void **state)
{
    (void)state;
    struct gateway_thread first, second;
    char path[128];
    int thing;
    gateway_thread_start(&first, NULL);
    gateway_thread_start(&second, NULL);
    (void)snprintf(path, sizeof path, "%s/way", second.folder);
    assert_int_equal(symlink(first.socket, path), 0);
    struct via_node *owner = world_node_at(path, 0), *user = world_node(&second, 0);
    struct via_stub *stub = make(owner, NULL), *other = make(owner, NULL);
    uint32_t number = number_of(stub);
    assert_int_equal(via_node_publish_number(owner, FAMILY, "/lost", number, NULL), VIA_OK);
    assert_int_equal(via_node_publish_number(owner, FAMILY, "/kept", number_of(other), NULL),
                     VIA_OK);

    struct raw_client *stranger = raw_client_open(second.socket);
    assert_int_equal(raw_claim(stranger, number, &thing, NULL), VIA_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(second.socket, path), 0);
    gateway_thread_stop(&first);
    until(VIA_OK, user, "/kept");
    until(VIA_NOT_FOUND, user, "/lost");
    assert_int_equal(via_node_publish_number(owner, FAMILY, "/lost", number_of(other), &to_be_new),
                     VIA_OK);
    raw_client_close(stranger);
    assert_int_equal(unlink(path), 0);
    via_stub_unref(other);
    via_stub_unref(stub);
    via_node_destroy(user);
    via_node_destroy(owner);
    gateway_thread_stop(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stub_has_one_number_and_is_found_by_it),
        cmocka_unit_test(what_is_no_number_or_no_mode_is_invalid),
        cmocka_unit_test(without_a_gateway_there_is_none),
        cmocka_unit_test(a_stub_with_a_number_stays_until_it_is_withdrawn),
        cmocka_unit_test(a_node_that_is_closed_lets_go_of_all),
        cmocka_unit_test(threads_have_numbers_of_their_own),
        cmocka_unit_test(a_handler_may_make_one),
        cmocka_unit_test(who_watches_a_name_sees_its_number),
        cmocka_unit_test(a_find_waits_for_the_object_of_a_named_number),
        cmocka_unit_test(a_name_that_is_to_be_new_is_published_once),
        cmocka_unit_test(a_name_does_not_stand_for_a_number_that_was_lost),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
