/*
 * Runs of the simulator: honest ends, ends one of which receives changed octets, and ends whose
 * links break at any octet while their session goes on.
 *
 * In a hostile run octets on their way to one of the two are changed. Then nobody can trust what a
 * frame says, but what a peer owes its owner holds all the same.
 *
 * A run is its seed: VIADUCT_SEED=n replays one, and a failure prints n.
 */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/peer_state.h"
#include "tests/unit/bridge/peer_sim.h"

enum { ASSEMBLY_MAX = 8192 };
enum { N_STEPS = 250, N_RUNS = 6000, N_CUT_RUNS = 100000, N_SLOW_CUT_RUNS = 6000 };

enum sort { HONEST, HOSTILE, CUT };

static uint64_t seed_of_run; /* 0 when none is under way */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SLOW 1
#endif
#endif

static uint64_t n_cut_runs(void)
{
#ifdef IS_SLOW
    return N_SLOW_CUT_RUNS;
#else
    return N_CUT_RUNS;
#endif
}

static void start_node(struct world *world, int i)
{
    struct node *node = &world->nodes[i];
    node->world = world;
    node->other = &world->nodes[1 - i];
    node->role = i == 0 ? PEER_CLIENT : PEER_GATEWAY;
    for (uint32_t index = 0; index < N_OBJECTS; index++)
        node->objects[index].identity.index = index;
    struct peer_config config = {
        .role = node->role,
        .resumes = world->is_cut,
        .limits = {.frame_max = sim_roll(world, 2) == 0 ? 4096 : 16384,
                   .calls_max = sim_roll(world, 2) == 0 ? 5 : 0,
                   .handles_max = sim_roll(world, 2) == 0 ? 4 : 0,
                   .queue_max = sim_roll(world, 2) == 0 ? 8192 : 0,
                   .window = sim_roll(world, 2) == 0 ? 2000 : 0,
                   .credit = sim_roll(world, 2) == 0 ? PEER_CREDIT_LEAST : 0,
                   .streams_max = sim_roll(world, 2) == 0 ? 1 + sim_roll(world, 4) : 0},
    };
    if (world->in_pieces) {
        config.limits.wire_max = 64u << sim_roll(world, 6);
        config.limits.credit = PEER_CREDIT_LEAST;
        config.limits.transfers_max = 1 + sim_roll(world, 4);
        config.limits.assembly_max = ASSEMBLY_MAX;
        config.limits.transfers_size_max = sim_roll(world, 2) == 0 ? 8192 : 0;
    }
    assert_int_equal(peer_create(&node->peer, &config, &sim_ops, node), VIA_OK);
}

static void start(struct world *world, uint64_t seed, enum sort sort)
{
    static struct hello greeting;
    /* the wires are large, and what is in them is written before it is read */
    memset(world, 0, offsetof(struct world, nodes));
    for (int i = 0; i < 2; i++) {
        memset(&world->nodes[i], 0, offsetof(struct node, wire));
        world->nodes[i].wire_size = 0;
        world->nodes[i].has_failed = false;
    }
    world->random = seed;
    world->is_hostile = sort == HOSTILE;
    world->is_cut = sort == CUT;
    world->greeting = &greeting;
    world->now = 1000;
    world->in_pieces = sim_roll(world, 2) == 0;
    world->has_pipes = sim_roll(world, 2) == 0;
    start_node(world, 0);
    start_node(world, 1);
    sim_connect(world);
    world->speed = 4 + sim_roll(world, 10);
    if (sort == HOSTILE)
        world->victim = &world->nodes[sim_roll(world, 2)];
}

static void step(struct world *world, struct node *node)
{
    if (world->is_cut && sim_roll(world, 8) == 0)
        sim_disturb(world);
    else if (sim_roll(world, 16) < world->speed)
        sim_move_octets(node);
    else
        sim_act(node);
}

/* What an end keeps of messages that come in pieces is bounded, whatever it is sent: what has its
 * whole room, one above the bound among it, and the first credit of all others. */
static void check_memory(const struct node *node)
{
    const struct peer_limits *limits = &node->peer->limits;
    const struct incoming_transfers *incoming = &node->peer->incoming;
    size_t frame = 2 * (size_t)limits->frame_max + FRAME_WIRE_MAX;
    assert_true(incoming->n <= limits->transfers_max);
    assert_true(incoming->reserved <= (frame > ASSEMBLY_MAX ? frame : ASSEMBLY_MAX));
    assert_true(incoming->held <=
                incoming->reserved + incoming->n * (limits->credit + (size_t)FRAME_WIRE_MAX));
}

/* Everything arrives and everything is answered. */
static void settle(struct world *world)
{
    bool hurried;
    world->is_settling = true;
    do {
        sim_deliver_all(world);
        sim_answer_all(&world->nodes[0]);
        sim_answer_all(&world->nodes[1]);
        hurried = sim_hurry_pipes(world);
    } while (hurried || sim_anything_waits(world));
}

/* Each frame has come once, and nobody keeps any. */
static void check_frames(const struct node *node)
{
    const struct outbox *outbox = node->peer->outbox;
    assert_int_equal(node->peer->incoming.n, 0);
    assert_int_equal(node->peer->incoming.held, 0);
    assert_int_equal(node->peer->outgoing.weight, 0);
    assert_int_equal(node->peer->outgoing.held_size, 0);
    assert_true(outbox_count(outbox) == node->other->peer->n_counted);
    assert_int_equal(outbox_kept(outbox), 0);
}

static void check(struct world *world)
{
    settle(world);
    for (int i = 0; i < 2; i++)
        sim_check_settled(&world->nodes[i]);
    settle(world);
    sim_check_pipes(world);
    for (int i = 0; i < 2; i++) {
        sim_check_nothing_given_out(&world->nodes[i]);
        if (world->is_cut)
            check_frames(&world->nodes[i]);
    }
}

static void end(struct world *world)
{
    world->has_ended = true;
    world->greeter = peer_destroy(world->greeter);
    for (int i = 0; i < 2; i++) {
        struct node *node = &world->nodes[i];
        peer_end(node->peer, VIA_LINK_LOST);
        sim_check_ended(node);
    }
    sim_check_pipes_gone(world);
    for (int i = 0; i < 2; i++)
        world->nodes[i].peer = peer_destroy(world->nodes[i].peer);
}

static void run(uint64_t seed, enum sort sort)
{
    static struct world world;
    seed_of_run = seed;
    start(&world, seed, sort);
    for (int i = 0; i < N_STEPS; i++) {
        struct node *node = &world.nodes[sim_roll(&world, 2)];
        if (node->has_failed)
            break;
        step(&world, node);
        if (world.in_pieces)
            check_memory(node);
    }
    if (sort == HOSTILE)
        sim_deliver_all(&world);
    else if (sim_roll(&world, 4) != 0)
        check(&world);
    end(&world);
    seed_of_run = 0;
}

/* Half of the runs are always the same, half are new each time. */
static void run_many(enum sort sort, uint64_t n_runs)
{
    const char *given = getenv("VIADUCT_SEED");
    if (given != NULL) {
        run(strtoull(given, NULL, 10), sort);
        return;
    }
    uint64_t fresh = (uint64_t)time(NULL) * 1000000u;
    for (uint64_t i = 1; i <= n_runs; i++)
        run(i % 2 == 0 ? i : fresh + i, sort);
}

static void honest_ends_agree_whatever_the_wire_does(void **state)
{
    (void)state;
    run_many(HONEST, N_RUNS);
}

static void changed_octets_harm_nobody_but_their_sender(void **state)
{
    (void)state;
    run_many(HOSTILE, N_RUNS);
}

static void links_that_break_lose_and_double_nothing(void **state)
{
    (void)state;
    run_many(CUT, n_cut_runs());
}

static void print_seed(void)
{
    if (seed_of_run != 0)
        (void)fprintf(stderr, "VIADUCT_SEED=%" PRIu64 " replays this run\n", seed_of_run);
    seed_of_run = 0;
}

/* The address sanitizer calls this before it ends the process. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name for it */
void __asan_on_error(void);
void __asan_on_error(void)
{
    print_seed();
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static int teardown(void **state)
{
    (void)state;
    print_seed();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(honest_ends_agree_whatever_the_wire_does, teardown),
        cmocka_unit_test_teardown(changed_octets_harm_nobody_but_their_sender, teardown),
        cmocka_unit_test_teardown(links_that_break_lose_and_double_nothing, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
