/*
 * Findings: many at once without a thread of their own, cancelled while they are answered, and over
 * the end of their node. Through a real gateway.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/core_world.h"

#define N_FINDINGS 200u
#define N_ROUNDS 50u

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

/* The outcomes of findings, and the order in which they came. */
struct outcomes {
    pthread_mutex_t lock;
    struct bell bell;
    unsigned n, n_found, n_cancelled, n_dead;
};
#define OUTCOMES_INIT                                                                              \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .bell = BELL_INIT                                       \
    }

static void note(void *user, enum via_status status, const struct via_found *found)
{
    struct outcomes *outcomes = user;
    assert_true((status == VIA_OK) == (found != NULL));
    (void)pthread_mutex_lock(&outcomes->lock);
    outcomes->n++;
    outcomes->n_found += status == VIA_OK;
    outcomes->n_cancelled += status == VIA_CANCELLED;
    outcomes->n_dead += status == VIA_DEAD;
    (void)pthread_mutex_unlock(&outcomes->lock);
    if (found != NULL)
        assert_string_equal(found->entry.protocol, "clocks");
    bell_ring(&outcomes->bell);
}

static struct via_stub *serve(struct via_node *node, const char *name)
{
    const struct via_stub_ops ops = {.size = sizeof ops};
    const struct via_publish_options options = {.size = sizeof options,
                                                .flags = VIA_PUBLISH_PER_USER,
                                                .protocol = "clocks",
                                                .message_size = 64};
    struct via_stub *stub = NULL;
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    assert_int_equal(via_node_publish(node, "legato", name, stub, &options), VIA_OK);
    return stub;
}

static void many_wait_and_all_are_served(void **state)
{
    (void)state;
    struct outcomes outcomes = OUTCOMES_INIT;
    struct via_node *client = world_node(&gateway, 1), *server = world_node(&gateway, 1);
    for (unsigned i = 0; i < N_FINDINGS; i++)
        assert_int_equal(
            via_node_find_bound_async(client, "legato", "clock", "clocks", note, &outcomes, NULL),
            VIA_OK);
    assert_int_equal(bell_count(&outcomes.bell), 0);
    struct via_stub *stub = serve(server, "clock");
    assert_true(bell_wait(&outcomes.bell, N_FINDINGS));
    struct via_found found = {.proxy = NULL};
    assert_int_equal(via_node_find_bound(client, "legato", "clock", NULL, 0, &found), VIA_OK);
    assert_string_equal(found.entry.name, "clock");
    assert_int_equal(found.entry.message_size, 64);
    via_found_clear(&found);
    via_found_clear(&found);
    via_stub_unref(stub);
    (void)via_node_destroy(client);
    (void)via_node_destroy(server);
    assert_int_equal(outcomes.n_found, N_FINDINGS);
}

static void one_of_its_own_process_is_found(void **state)
{
    (void)state;
    struct outcomes outcomes = OUTCOMES_INIT;
    struct via_node *node = world_node(&gateway, 2);
    assert_int_equal(
        via_node_find_bound_async(node, "legato", "own", "clocks", note, &outcomes, NULL), VIA_OK);
    struct via_stub *stub = serve(node, "own");
    assert_true(bell_wait(&outcomes.bell, 1));
    struct via_found found;
    assert_int_equal(via_node_find_bound(node, "legato", "own", NULL, UINT32_MAX, &found), VIA_OK);
    assert_ptr_equal(via_proxy_local(found.proxy), stub);
    via_found_clear(&found);
    via_stub_unref(stub);
    (void)via_node_destroy(node);
}

/* Each is cancelled in the moment in which what it waits for comes: it ends once, one way or the
 * other. */
static void cancelling_and_finding_race(void **state)
{
    (void)state;
    struct outcomes outcomes = OUTCOMES_INIT;
    struct via_node *client = world_node(&gateway, 2), *server = world_node(&gateway, 1);
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        struct via_finding *findings[4];
        for (unsigned j = 0; j < 4; j++)
            assert_int_equal(via_node_find_bound_async(client, "legato", "clock", "clocks", note,
                                                       &outcomes, &findings[j]),
                             VIA_OK);
        struct via_stub *stub = serve(server, "clock");
        for (unsigned j = 0; j < 4; j++) {
            via_finding_cancel(findings[j]);
            via_finding_cancel(findings[j]);
            (void)via_finding_unref(findings[j]);
        }
        assert_true(bell_wait(&outcomes.bell, 4 * (i + 1)));
        via_stub_withdraw(stub);
        via_stub_unref(stub);
    }
    (void)via_node_destroy(client);
    (void)via_node_destroy(server);
    assert_int_equal(outcomes.n, 4 * N_ROUNDS);
    assert_int_equal(outcomes.n_found + outcomes.n_cancelled, outcomes.n);
}

static void they_end_with_their_node(void **state)
{
    (void)state;
    struct outcomes outcomes = OUTCOMES_INIT;
    struct via_node *node = world_node(&gateway, 1);
    struct via_finding *finding;
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(
            via_node_find_bound_async(node, "legato", "none", NULL, note, &outcomes, NULL), VIA_OK);
    assert_int_equal(
        via_node_find_bound_async(node, "legato", "none", NULL, note, &outcomes, &finding), VIA_OK);
    via_node_close(node);
    assert_true(bell_wait(&outcomes.bell, 11));
    via_finding_cancel(finding);
    (void)via_finding_unref(finding);
    assert_int_equal(
        via_node_find_bound_async(node, "legato", "none", NULL, note, &outcomes, &finding),
        VIA_DEAD);
    (void)via_node_destroy(node);
    assert_int_equal(outcomes.n_dead, 11);
    assert_int_equal(outcomes.n, 11);
}

static void they_outlive_their_gateway(void **state)
{
    (void)state;
    struct outcomes outcomes = OUTCOMES_INIT;
    struct gateway_thread other;
    char socket[sizeof other.socket];
    gateway_thread_start(&other, NULL);
    (void)snprintf(socket, sizeof socket, "%s", other.socket);
    struct via_node *client = world_node_at(socket, 1);
    struct via_found found;
    assert_int_equal(via_node_find_bound(client, "legato", "clock", NULL, 0, &found),
                     VIA_NOT_FOUND);
    gateway_thread_stop(&other);
    /* Begun while there is none, but there has been one. */
    assert_int_equal(
        via_node_find_bound_async(client, "legato", "clock", "clocks", note, &outcomes, NULL),
        VIA_OK);
    assert_int_equal(bell_count(&outcomes.bell), 0);
    (void)via_node_destroy(client);
    assert_int_equal(outcomes.n_dead, 1);
}

static void what_is_no_question_is_refused(void **state)
{
    (void)state;
    struct outcomes outcomes = OUTCOMES_INIT;
    struct via_node *node = world_node(&gateway, 1);
    struct via_found found;
    char name[300];
    (void)snprintf(name, sizeof name, "%0299d", 7);
    assert_int_equal(via_node_find_bound(NULL, "legato", "a", NULL, 0, &found), VIA_INVALID);
    assert_int_equal(via_node_find_bound(node, "", "a", NULL, 0, &found), VIA_INVALID);
    assert_int_equal(via_node_find_bound(node, "legato", "", NULL, 0, &found), VIA_INVALID);
    assert_int_equal(via_node_find_bound(node, "legato", name, NULL, 0, &found), VIA_INVALID);
    assert_int_equal(via_node_find_bound_async(node, "legato", "a", NULL, NULL, NULL, NULL),
                     VIA_INVALID);
    assert_int_equal(via_node_find_bound_async(node, "legato", name, NULL, note, &outcomes, NULL),
                     VIA_OK);
    assert_true(bell_wait(&outcomes.bell, 1));
    (void)via_node_destroy(node);
    assert_int_equal(outcomes.n_found + outcomes.n_dead + outcomes.n_cancelled, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_wait_and_all_are_served, start, stop),
        cmocka_unit_test_setup_teardown(one_of_its_own_process_is_found, start, stop),
        cmocka_unit_test_setup_teardown(cancelling_and_finding_race, start, stop),
        cmocka_unit_test_setup_teardown(they_end_with_their_node, start, stop),
        cmocka_unit_test_setup_teardown(they_outlive_their_gateway, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_question_is_refused, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
