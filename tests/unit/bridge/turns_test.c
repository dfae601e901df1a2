/*
 * Turns: one block each, in order, whoever has more stands last again.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/outbox.h"
#include "bridge/turns.h"

/* One that writes its name @n_blocks times; with @is_shy it gives its first turn away. */
struct writer {
    struct turn turn;
    char name;
    unsigned n_blocks;
    bool is_shy;
    struct turns *turns;
    struct writer *joins; /* who is brought along, once */
    struct writer *leaves;
};

static bool write_one(struct turn *turn, struct outbox *outbox)
{
    struct writer *writer = (struct writer *)turn;
    assert_false(turns_has(turn));
    if (writer->joins != NULL)
        turns_join(writer->turns, &writer->joins->turn);
    if (writer->leaves != NULL)
        turns_leave(writer->turns, &writer->leaves->turn);
    if (writer->is_shy) {
        writer->is_shy = false;
        return true;
    }
    if (writer->n_blocks == 0)
        return false;
    uint8_t *place;
    assert_int_equal(outbox_add(outbox, 1, NULL, 0, &place), VIA_OK);
    *place = (uint8_t)writer->name;
    writer->n_blocks--;
    return writer->n_blocks > 0;
}

struct world {
    struct turns turns;
    struct outbox *outbox; /* owned */
    struct writer a, b, c;
};

static struct writer make_writer(struct world *world, char name, unsigned n_blocks)
{
    return (struct writer){
        .turn.write = write_one, .name = name, .n_blocks = n_blocks, .turns = &world->turns};
}

static int setup(void **state)
{
    static struct world world;
    turns_init(&world.turns);
    assert_int_equal(outbox_create(&world.outbox), VIA_OK);
    world.a = make_writer(&world, 'a', 3);
    world.b = make_writer(&world, 'b', 1);
    world.c = make_writer(&world, 'c', 2);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    world->outbox = outbox_destroy(world->outbox);
    outbox_pool_drain();
    return 0;
}

/* What is written until nobody is left, a dot between refills. */
static const char *write_all(struct world *world)
{
    static char written[64];
    size_t n = 0;
    while (turns_any(&world->turns)) {
        turns_refill(&world->turns, world->outbox);
        struct outbox_block *head = outbox_head(world->outbox);
        if (head != NULL) {
            assert_int_equal(head->size - head->done, 1);
            assert_true(n < sizeof written - 2);
            written[n++] = (char)head->octets[head->done];
            outbox_wrote(world->outbox, 1);
        }
        written[n++] = '.';
    }
    written[n] = '\0';
    return written;
}

static void each_has_one_block_a_turn(void **state)
{
    struct world *world = *state;
    assert_false(turns_any(&world->turns));
    turns_join(&world->turns, &world->a.turn);
    turns_join(&world->turns, &world->b.turn);
    turns_join(&world->turns, &world->c.turn);
    assert_string_equal(write_all(world), "a.b.c.a.c.a.");
}

static void who_stands_in_line_joins_no_second_time(void **state)
{
    struct world *world = *state;
    turns_join(&world->turns, &world->b.turn);
    turns_join(&world->turns, &world->c.turn);
    turns_join(&world->turns, &world->b.turn);
    assert_true(turns_has(&world->b.turn));
    assert_string_equal(write_all(world), "b.c.c.");
    assert_false(turns_has(&world->b.turn));
}

static void who_leaves_is_not_asked(void **state)
{
    struct world *world = *state;
    turns_join(&world->turns, &world->a.turn);
    turns_join(&world->turns, &world->b.turn);
    turns_join(&world->turns, &world->c.turn);
    turns_leave(&world->turns, &world->a.turn);
    turns_leave(&world->turns, &world->a.turn);
    turns_leave(&world->turns, &world->c.turn);
    assert_string_equal(write_all(world), "b.");
}

static void who_writes_nothing_gives_the_turn_to_the_next(void **state)
{
    struct world *world = *state;
    world->a.is_shy = true;
    world->b.n_blocks = 0;
    turns_join(&world->turns, &world->a.turn);
    turns_join(&world->turns, &world->b.turn);
    turns_join(&world->turns, &world->c.turn);
    assert_string_equal(write_all(world), "c.a.c.a.a.");
}

static void a_turn_may_bring_and_send_away_others(void **state)
{
    struct world *world = *state;
    world->a.joins = &world->c;
    world->a.leaves = &world->b;
    turns_join(&world->turns, &world->a.turn);
    turns_join(&world->turns, &world->b.turn);
    assert_string_equal(write_all(world), "a.c.a.c.a..");
}

static void an_empty_line_writes_nothing(void **state)
{
    struct world *world = *state;
    turns_refill(&world->turns, world->outbox);
    assert_int_equal(outbox_size(world->outbox), 0);
    world->b.n_blocks = 0;
    turns_join(&world->turns, &world->b.turn);
    turns_refill(&world->turns, world->outbox);
    assert_false(turns_any(&world->turns));
    assert_int_equal(outbox_size(world->outbox), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_has_one_block_a_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(who_stands_in_line_joins_no_second_time, setup, teardown),
        cmocka_unit_test_setup_teardown(who_leaves_is_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(who_writes_nothing_gives_the_turn_to_the_next, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_turn_may_bring_and_send_away_others, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_line_writes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
