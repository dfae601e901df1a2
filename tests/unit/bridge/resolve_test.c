/*
 * Hosts that every machine knows, and questions that are dropped.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/resolve.h"
#include "tests/unit/bridge/descriptors.h"

struct world {
    struct loop *loop;
    struct resolve *resolve;
    struct resolved found;
    unsigned n_done;
    size_t n_fds;
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_fds = count_descriptors();
    assert_int_equal(loop_create(&world->loop), VIA_OK);
    *state = world;
    return 0;
}

static int end_world(void **state)
{
    struct world *world = *state;
    resolve_destroy(world->resolve);
    /* The thread of a question holds its descriptor a little longer than whoever asked. */
    uint64_t end_ms = loop_now() + 20000;
    while (count_descriptors() > world->n_fds + 2 && loop_now() < end_ms)
        assert_int_equal(loop_turn(world->loop, 1, NULL), VIA_OK);
    loop_destroy(world->loop);
    assert_int_equal(count_descriptors(), world->n_fds);
    free(world);
    return 0;
}

static void done(void *user, const struct resolved *found)
{
    struct world *world = user;
    world->found = *found;
    world->n_done++;
    world->resolve = resolve_destroy(world->resolve);
}

static void ask(struct world *world, const char *host)
{
    assert_int_equal(resolve_start(&world->resolve, world->loop, host, done, world), VIA_OK);
    assert_int_equal(world->n_done, 0);
    uint64_t end_ms = loop_now() + 20000;
    while (world->n_done == 0) {
        assert_true(loop_now() < end_ms);
        assert_int_equal(loop_turn(world->loop, 1000, NULL), VIA_OK);
    }
    assert_int_equal(world->n_done, 1);
}

static void an_address_is_its_own(void **state)
{
    struct world *world = *state;
    ask(world, "127.0.0.1");
    assert_int_equal(world->found.n_addresses, 1);
    assert_string_equal(world->found.addresses[0], "127.0.0.1");
    assert_string_equal(world->found.fault, "");
}

static void localhost_has_an_address(void **state)
{
    struct world *world = *state;
    ask(world, "localhost");
    assert_in_range(world->found.n_addresses, 1, RESOLVE_ADDRESSES_MAX);
    for (size_t i = 0; i < world->found.n_addresses; i++)
        assert_true(strcmp(world->found.addresses[i], "127.0.0.1") == 0 ||
                    strcmp(world->found.addresses[i], "::1") == 0);
}

static void what_is_no_name_has_a_fault(void **state)
{
    struct world *world = *state;
    /* A label over 63 octets: no server is asked. */
    ask(world, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    assert_int_equal(world->found.n_addresses, 0);
    assert_true(world->found.fault[0] != '\0');
}

static void a_question_may_be_dropped(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(resolve_start(&world->resolve, world->loop, "127.0.0.1", done, world),
                         VIA_OK);
        world->resolve = resolve_destroy(world->resolve);
    }
    assert_int_equal(loop_turn(world->loop, 0, NULL), VIA_OK);
    assert_int_equal(world->n_done, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_world, end_world)
    const struct CMUnitTest tests[] = {
        TEST(an_address_is_its_own),
        TEST(localhost_has_an_address),
        TEST(what_is_no_name_has_a_fault),
        TEST(a_question_may_be_dropped),
    };
    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
