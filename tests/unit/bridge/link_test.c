/*
 * What every link must do, run for each kind there is.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/link.h"
#include "tests/unit/bridge/link_pair.h"

/* Frames of the tests: size, sender, number, then octets that follow from the number. */
struct head {
    uint32_t size; /* of all of it */
    uint32_t sender;
    uint32_t number;
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void add_frame(struct link_end *end, uint32_t sender, uint32_t number, uint32_t size)
{
    struct head head = {(uint32_t)sizeof head + size, sender, number};
    uint8_t *place;
    assert_int_equal(outbox_add(end->outbox, head.size, NULL, 0, &place), VIA_OK);
    memcpy(place, &head, sizeof head);
    for (uint32_t i = 0; i < size; i++)
        place[sizeof head + i] = (uint8_t)(number * 31 + i * 7);
}

/* Takes whole frames only, and checks that none is missing or mixed up. */
struct checker {
    uint32_t next[4]; /* by sender */
    size_t n_frames;
    size_t n_octets;
};

static enum via_status check_frames(struct link_end *end, const uint8_t *octets, size_t size,
                                    size_t *usedp)
{
    struct checker *checker = end->taking_user;
    size_t at = 0;
    struct head head;
    while (size - at >= sizeof head) {
        memcpy(&head, octets + at, sizeof head);
        assert_true(head.size >= sizeof head && head.size < 8u << 20 && head.sender < 4);
        if (size - at < head.size)
            break;
        assert_int_equal(head.number, checker->next[head.sender]);
        checker->next[head.sender]++;
        for (uint32_t i = 0; i < head.size - sizeof head; i++)
            if (octets[at + sizeof head + i] != (uint8_t)(head.number * 31 + i * 7))
                fail_msg("octet %u of frame %u is wrong", i, head.number);
        checker->n_frames++;
        checker->n_octets += head.size;
        at += head.size;
    }
    *usedp = at;
    return VIA_OK;
}

static void check(struct link_end *end, struct checker *checker)
{
    end->taking = check_frames;
    end->taking_user = checker;
}

static struct link_pair *open_pair(void **state)
{
    struct link_pair *pair = *state;
    link_pair_turn_until(pair, link_pair_is_open);
    return pair;
}

/* ---- octets ---- */

#define N_FRAMES 300u

static bool all_frames_are_there(struct link_pair *pair)
{
    const struct checker *a = pair->a.taking_user, *b = pair->b.taking_user;
    return a->n_frames == N_FRAMES && b->n_frames == N_FRAMES;
}

static void octets_arrive_in_order_both_ways(void **state)
{
    struct link_pair *pair = open_pair(state);
    struct checker at_a = {.n_frames = 0}, at_b = {.n_frames = 0};
    check(&pair->a, &at_a);
    check(&pair->b, &at_b);
    uint32_t seed = 20261121;
    for (uint32_t number = 0; number < N_FRAMES; number++) {
        static const uint32_t limits[] = {10, 1000, 9000, 70000, 300000};
        struct link_end *ends[] = {&pair->a, &pair->b};
        for (size_t i = 0; i < 2; i++) {
            add_frame(ends[i], 0, number, next_random(&seed) % limits[next_random(&seed) % 5]);
            if (next_random(&seed) % 3 == 0)
                link_flush(ends[i]->link);
        }
        if (next_random(&seed) % 4 == 0)
            assert_int_equal(loop_turn(pair->loop, 0, &pair->lock), VIA_OK);
    }
    link_flush(pair->a.link);
    link_flush(pair->b.link);
    link_pair_turn_until(pair, all_frames_are_there);
    assert_int_equal(outbox_size(pair->a.outbox), 0);
    assert_int_equal(outbox_size(pair->b.outbox), 0);
}

static bool b_has_eight_mebi(struct link_pair *pair)
{
    return pair->b.size == 8u << 20 && pair->a.n_drained == 1;
}

static void a_backlog_drains_as_the_other_side_reads(void **state)
{
    struct link_pair *pair = open_pair(state);
    uint8_t *octets = malloc(8u << 20);
    assert_non_null(octets);
    for (size_t i = 0; i < 8u << 20; i++)
        octets[i] = (uint8_t)(i * 13 + (i >> 12));
    for (size_t i = 0; i < 8; i++)
        link_end_add(&pair->a, octets + (i << 20), 1u << 20);
    link_flush(pair->a.link);
    assert_true(outbox_size(pair->a.outbox) > 0);
    assert_int_equal(pair->a.n_drained, 0);
    link_pair_turn_until(pair, b_has_eight_mebi);
    assert_memory_equal(pair->b.octets, octets, 8u << 20);
    free(octets);
}

static bool b_has_forty_thousand(struct link_pair *pair)
{
    return pair->b.size == 40000;
}

static void tiny_frames_travel_together(void **state)
{
    struct link_pair *pair = open_pair(state);
    uint8_t octets[40] = {0};
    for (size_t i = 0; i < 1000; i++)
        link_end_add(&pair->a, octets, sizeof octets);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_has_forty_thousand);
    assert_in_range(pair->b.n_received, 1, 12);
}

static enum via_status take_nothing(struct link_end *end, const uint8_t *octets, size_t size,
                                    size_t *usedp)
{
    (void)end;
    (void)octets;
    assert_true(size <= LINK_BACKLOG_MAX);
    *usedp = 0;
    return VIA_OK;
}

static bool b_is_closed(struct link_pair *pair)
{
    return pair->b.closed;
}

static void a_frame_without_end_costs_the_link(void **state)
{
    struct link_pair *pair = open_pair(state);
    pair->b.taking = take_nothing;
    uint8_t *octets = calloc(1, 1u << 20);
    assert_non_null(octets);
    for (size_t i = 0; i < 18; i++)
        link_end_add(&pair->a, octets, 1u << 20);
    free(octets);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_is_closed);
    assert_int_equal(pair->b.why, VIA_TOO_LARGE);
}

/* ---- the end ---- */

static void close_after_a_mebi(struct link_end *from, struct link_end *to)
{
    uint8_t *octets = malloc(1u << 20);
    assert_non_null(octets);
    for (size_t i = 0; i < 1u << 20; i++)
        octets[i] = (uint8_t)(i * 5 + (i >> 9));
    for (size_t i = 0; i < 16; i++)
        link_end_add(from, octets + (i << 16), 1u << 16);
    link_close(from->link);
    assert_false(from->closed); /* it comes from the loop */
    link_pair_turn_until(from->pair, link_pair_is_closed);
    assert_int_equal(to->size, 1u << 20);
    assert_memory_equal(to->octets, octets, 1u << 20);
    assert_int_equal(from->why, VIA_OK);
    assert_int_equal(to->why, VIA_OK);
    free(octets);
}

static void what_a_wrote_before_it_closed_is_read(void **state)
{
    struct link_pair *pair = open_pair(state);
    close_after_a_mebi(&pair->a, &pair->b);
}

static void what_b_wrote_before_it_closed_is_read(void **state)
{
    struct link_pair *pair = open_pair(state);
    close_after_a_mebi(&pair->b, &pair->a);
}

static bool a_is_closed(struct link_pair *pair)
{
    return pair->a.closed;
}

static void an_end_that_is_gone_is_noticed(void **state)
{
    struct link_pair *pair = open_pair(state);
    link_end_destroy_link(&pair->b);
    link_pair_turn_until(pair, a_is_closed);
    assert_int_equal(pair->a.why, VIA_OK);
    assert_true(pair->a.detail[0] != '\0');
}

static void an_end_that_goes_amid_a_backlog_is_noticed(void **state)
{
    struct link_pair *pair = open_pair(state);
    uint8_t octets[65536] = {0};
    for (size_t i = 0; i < 128; i++)
        link_end_add(&pair->a, octets, sizeof octets);
    link_flush(pair->a.link);
    link_end_destroy_link(&pair->b);
    link_pair_turn_until(pair, a_is_closed);
    assert_int_equal(pair->b.n_received, 0);
}

static enum via_status refuse_with_words(struct link_end *end, const uint8_t *octets, size_t size,
                                         size_t *usedp)
{
    (void)octets;
    *usedp = size;
    link_end_add(end, "farewell", 8);
    return VIA_BAD_SIZE;
}

static void who_refuses_octets_may_say_why(void **state)
{
    struct link_pair *pair = open_pair(state);
    pair->b.taking = refuse_with_words;
    link_end_add(&pair->a, "nonsense", 8);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, link_pair_is_closed);
    assert_int_equal(pair->b.why, VIA_BAD_SIZE);
    assert_int_equal(pair->b.n_received, 1);
    assert_int_equal(pair->a.size, 8);
    assert_memory_equal(pair->a.octets, "farewell", 8);
}

static bool b_has_a_thousand(struct link_pair *pair)
{
    return pair->b.n_drained > 0 || pair->b.size > 0;
}

static void a_failed_write_does_not_hide_what_had_arrived(void **state)
{
    struct link_pair *pair = open_pair(state);
    uint8_t octets[1000];
    memset(octets, 0x5a, sizeof octets);
    /* b goes after it has written, and a writes into the void before it reads. */
    link_end_add(&pair->a, octets, sizeof octets);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_has_a_thousand);
    link_end_add(&pair->b, octets, sizeof octets);
    link_close(pair->b.link);
    link_end_add(&pair->a, octets, sizeof octets);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, a_is_closed);
    assert_int_equal(pair->a.size, sizeof octets);
    assert_memory_equal(pair->a.octets, octets, sizeof octets);
}

static bool a_is_destroyed(struct link_pair *pair)
{
    return pair->a.link == NULL;
}

static bool b_is_destroyed(struct link_pair *pair)
{
    return pair->b.link == NULL;
}

static void a_link_may_be_destroyed_when_it_opens(void **state)
{
    struct link_pair *pair = *state;
    pair->a.destroys_in = 'o';
    link_pair_turn_until(pair, a_is_destroyed);
    link_pair_turn_until(pair, b_is_closed);
}

static void a_link_may_be_destroyed_when_octets_come(void **state)
{
    struct link_pair *pair = open_pair(state);
    pair->b.destroys_in = 'r';
    uint8_t octets[100000] = {0};
    link_end_add(&pair->a, octets, sizeof octets);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_is_destroyed);
    link_pair_turn_until(pair, a_is_closed);
}

static void a_link_may_be_destroyed_when_it_has_drained(void **state)
{
    struct link_pair *pair = open_pair(state);
    pair->a.destroys_in = 'd';
    uint8_t octets[65536] = {0};
    for (size_t i = 0; i < 128; i++)
        link_end_add(&pair->a, octets, sizeof octets);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, a_is_destroyed);
    link_pair_turn_until(pair, b_is_closed);
}

static void a_link_may_be_destroyed_when_it_is_closed(void **state)
{
    struct link_pair *pair = open_pair(state);
    pair->a.destroys_in = 'c';
    link_end_destroy_link(&pair->b);
    link_pair_turn_until(pair, a_is_destroyed);
    assert_true(pair->a.closed);
}

/* ---- threads ---- */

struct leader {
    struct link_pair *pair;
    bool (*done)(struct link_pair *pair);
};

static void *lead(void *data)
{
    struct leader *leader = data;
    struct link_pair *pair = leader->pair;
    (void)pthread_mutex_lock(&pair->lock);
    uint64_t end_ms = loop_now() + 20000;
    while (!leader->done(pair) && loop_now() < end_ms)
        if (loop_turn(pair->loop, 5000, &pair->lock) != VIA_OK)
            break;
    (void)pthread_mutex_unlock(&pair->lock);
    return NULL;
}

struct sender {
    struct link_end *end;
    uint32_t number;
};

#define N_SENT 400u

static void *send_frames(void *data)
{
    struct sender *sender = data;
    struct link_pair *pair = sender->end->pair;
    uint32_t seed = sender->number + 1;
    for (uint32_t number = 0; number < N_SENT; number++) {
        (void)pthread_mutex_lock(&pair->lock);
        add_frame(sender->end, sender->number, number, next_random(&seed) % 5000);
        link_flush(sender->end->link);
        (void)pthread_mutex_unlock(&pair->lock);
    }
    return NULL;
}

static bool both_senders_are_heard(struct link_pair *pair)
{
    const struct checker *checker = pair->b.taking_user;
    return checker->n_frames == (size_t)2 * N_SENT;
}

static void two_threads_send_while_a_third_leads(void **state)
{
    struct link_pair *pair = open_pair(state);
    struct checker checker = {.n_frames = 0};
    check(&pair->b, &checker);
    struct leader leader = {pair, both_senders_are_heard};
    struct sender senders[] = {{&pair->a, 1}, {&pair->a, 2}};
    pthread_t leading, sending[2];
    (void)pthread_mutex_unlock(&pair->lock);
    assert_int_equal(pthread_create(&leading, NULL, lead, &leader), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&sending[i], NULL, send_frames, &senders[i]), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(sending[i], NULL), 0);
    assert_int_equal(pthread_join(leading, NULL), 0);
    (void)pthread_mutex_lock(&pair->lock);
    assert_int_equal(checker.n_frames, 2 * N_SENT);
}

/* ---- the suite ---- */

static int make_unix_pair(void **state)
{
    *state = link_pair_create(&unix_kind);
    return 0;
}

static int make_wss_pair(void **state)
{
    *state = link_pair_create(&wss_kind);
    return 0;
}

static int destroy_pair(void **state)
{
    link_pair_destroy(*state);
    return 0;
}

static void for_each_test(struct CMUnitTest *tests, size_t n_tests, CMFixtureFunction setup)
{
    for (size_t i = 0; i < n_tests; i++) {
        tests[i].setup_func = setup;
        tests[i].teardown_func = destroy_pair;
    }
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_arrive_in_order_both_ways),
        cmocka_unit_test(a_backlog_drains_as_the_other_side_reads),
        cmocka_unit_test(tiny_frames_travel_together),
        cmocka_unit_test(a_frame_without_end_costs_the_link),
        cmocka_unit_test(what_a_wrote_before_it_closed_is_read),
        cmocka_unit_test(what_b_wrote_before_it_closed_is_read),
        cmocka_unit_test(an_end_that_is_gone_is_noticed),
        cmocka_unit_test(an_end_that_goes_amid_a_backlog_is_noticed),
        cmocka_unit_test(who_refuses_octets_may_say_why),
        cmocka_unit_test(a_failed_write_does_not_hide_what_had_arrived),
        cmocka_unit_test(a_link_may_be_destroyed_when_it_opens),
        cmocka_unit_test(a_link_may_be_destroyed_when_octets_come),
        cmocka_unit_test(a_link_may_be_destroyed_when_it_has_drained),
        cmocka_unit_test(a_link_may_be_destroyed_when_it_is_closed),
        cmocka_unit_test(two_threads_send_while_a_third_leads),
    };
    size_t n_tests = sizeof tests / sizeof tests[0];
    for_each_test(tests, n_tests, make_unix_pair);
    int failed = cmocka_run_group_tests_name("unix", tests, NULL, NULL);
    for_each_test(tests, n_tests, make_wss_pair);
    return failed + cmocka_run_group_tests_name("wss", tests, NULL, NULL);
}
