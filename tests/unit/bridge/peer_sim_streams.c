/*
 * Streams in the simulator. A pipe is what a descriptor stands for: two ends and a direction or
 * two between them. Its number goes along as the kind of the entry, of which the protocol makes
 * nothing. Each octet tells its pipe, its direction and its place, so that one that is lost,
 * doubled, or another's, is seen as it comes.
 *
 * What a stream promises its owner holds in hostile runs too; what has come over it does not.
 */
#include <cmocka.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "tests/unit/bridge/peer_sim.h"

#define TOTAL_MAX 20000u /* some times the least credit there may be */

static bool is_over(const struct pipe_end *end)
{
    return end->node == NULL || end->stream == NULL;
}

static struct pipe_end *other_end(struct pipe_end *end)
{
    struct pipe *pipe = end->pipe;
    return end == &pipe->opener ? &pipe->joiner : &pipe->opener;
}

static uint8_t octet_at(const struct pipe_end *sender, uint32_t at)
{
    const struct world *world = sender->node->world;
    uint32_t number = (uint32_t)(sender->pipe - world->pipes);
    uint32_t direction = sender == &sender->pipe->opener ? 0 : 101;
    return (uint8_t)(number * 37 + direction + at * 31 + (at >> 8));
}

/* ---- what the stream asks and tells ---- */

static void refuse(struct pipe_end *end)
{
    end->refuses = end->refuses || !end->has_ended;
    stream_refuse(end->stream);
}

static ssize_t fill(void *user, uint8_t *octets, size_t size)
{
    struct pipe_end *end = user;
    struct world *world = end->node->world;
    assert_true(size > 0);
    assert_true(end->sends && !end->has_closed && !end->is_unwanted);
    if (end->given == end->total) {
        if (end->receives && sim_roll(world, 4) == 0)
            refuse(end); /* as one that has closed altogether */
        end->has_closed = true;
        return -1;
    }
    if (!world->is_settling && sim_roll(world, 4) == 0) {
        end->is_idle = true;
        return 0;
    }
    uint32_t n = end->total - end->given;
    if (n > size)
        n = (uint32_t)size;
    if (sim_roll(world, 2) == 0)
        n = 1 + sim_roll(world, n);
    for (uint32_t i = 0; i < n; i++)
        octets[i] = octet_at(end, end->given + i);
    end->given += n;
    return (ssize_t)n;
}

static void consume(struct pipe_end *end, uint32_t n)
{
    end->unread -= n;
    stream_consumed(end->stream, n);
}

static void take(void *user, const uint8_t *octets, size_t size)
{
    struct pipe_end *end = user;
    struct world *world = end->node->world;
    const struct pipe_end *sender = other_end(end);
    assert_true(size > 0);
    assert_true(end->receives && !end->has_ended && !end->refuses);
    if (!world->is_hostile) {
        assert_true(sender->node != NULL && end->come + size <= sender->given);
        for (uint32_t i = 0; i < size; i++)
            assert_int_equal(octets[i], octet_at(sender, end->come + i));
    }
    end->come += (uint32_t)size;
    end->unread += (uint32_t)size;
    assert_true(end->unread <= end->node->peer->limits.credit);
    if (sim_roll(world, 2) == 0)
        consume(end, 1 + sim_roll(world, end->unread));
    if (sim_roll(world, 32) == 0)
        refuse(end); /* its reader has gone */
}

static void ended(void *user)
{
    struct pipe_end *end = user;
    const struct pipe_end *sender = other_end(end);
    assert_true(end->receives && !end->has_ended);
    end->has_ended = true;
    if (end->node->world->is_hostile || end->refuses)
        return;
    if (sender->node == NULL) {
        assert_int_equal(end->come, 0); /* nobody took it */
        return;
    }
    assert_true(sender->has_closed);
    assert_int_equal(end->come, sender->total);
}

static void unwanted(void *user)
{
    struct pipe_end *end = user;
    const struct pipe_end *receiver = other_end(end);
    assert_true(end->sends && !end->has_closed && !end->is_unwanted);
    end->is_unwanted = true;
    assert_true(end->node->world->is_hostile || receiver->node == NULL || receiver->refuses);
}

static void gone(void *user)
{
    struct pipe_end *end = user;
    assert_non_null(end->stream);
    end->stream = NULL;
    if (end->node->world->has_ended)
        return;
    assert_true(!end->sends || end->has_closed || end->is_unwanted);
    assert_true(!end->receives || end->has_ended);
}

static const struct stream_ops stream_ops = {
    .fill = fill, .take = take, .ended = ended, .unwanted = unwanted, .gone = gone};

/* ---- beginning ---- */

static void begin_end(struct pipe_end *end, struct pipe *pipe, struct node *node, bool sends,
                      bool receives)
{
    uint32_t most = sim_roll(node->world, 4) == 0 ? TOTAL_MAX : 300;
    *end = (struct pipe_end){.node = node,
                             .pipe = pipe,
                             .sends = sends,
                             .receives = receives,
                             .total = sim_roll(node->world, most)};
}

bool sim_open_pipe(struct node *node, struct frame_fd *entry)
{
    struct world *world = node->world;
    if (world->n_pipes == N_PIPES)
        return false;
    struct pipe *pipe = &world->pipes[world->n_pipes];
    memset(pipe, 0, sizeof *pipe);
    uint16_t directions = (uint16_t)(1 + sim_roll(world, 3));
    entry->stream = 0;
    entry->kind = (uint16_t)(1 + world->n_pipes);
    entry->directions = directions;
    begin_end(&pipe->opener, pipe, node, (directions & STREAM_READS) != 0,
              (directions & STREAM_WRITES) != 0);
    enum via_status status =
        stream_open(node->peer, &stream_ops, &pipe->opener, entry, &pipe->opener.stream);
    if (status != VIA_OK) {
        assert_true(status == VIA_BUSY || (status == VIA_DEAD && world->is_hostile));
        return false;
    }
    world->n_pipes++;
    return true;
}

void sim_forget_pipe(struct node *node, uint32_t id)
{
    struct pipe_end *end = stream_forget(node->peer, id);
    assert_true(end != NULL && end->node == node && end->given == 0 && end->come == 0);
    end->node = NULL;
}

/* The pipe whose other end is in @entry; in a hostile run that is anybody's guess. */
static struct pipe *find_pipe(struct world *world, const struct frame_fd *entry)
{
    if (world->is_hostile)
        return world->n_pipes < N_PIPES ? &world->pipes[world->n_pipes++] : NULL;
    assert_true(entry->kind >= 1 && entry->kind <= world->n_pipes);
    return &world->pipes[entry->kind - 1];
}

enum via_status sim_accept_stream(void *user, const struct frame_fd *entry, int *fdp)
{
    struct node *node = user;
    *fdp = -1; /* what there is of it is in our hands already */
    struct world *world = node->world;
    struct pipe *pipe = find_pipe(world, entry);
    bool is_ours = pipe != NULL && sim_roll(world, 8) != 0;
    if (pipe != NULL && !world->is_hostile) {
        assert_null(pipe->joiner.node);
        assert_true(pipe->opener.node == node->other && !pipe->was_turned_away);
        pipe->was_turned_away = !is_ours;
    }
    if (!is_ours)
        return VIA_OK;
    begin_end(&pipe->joiner, pipe, node, (entry->directions & STREAM_WRITES) != 0,
              (entry->directions & STREAM_READS) != 0);
    /* NONBLOCKING alone is no stream */
    if (!pipe->joiner.sends && !pipe->joiner.receives) {
        pipe->joiner.node = NULL;
        return VIA_OK;
    }
    assert_int_equal(
        stream_join(node->peer, &stream_ops, &pipe->joiner, entry, &pipe->joiner.stream), VIA_OK);
    return VIA_OK;
}

/* ---- going on ---- */

static struct pipe_end *pick_end(struct node *node)
{
    struct world *world = node->world;
    if (world->n_pipes == 0)
        return NULL;
    struct pipe *pipe = &world->pipes[sim_roll(world, world->n_pipes)];
    if (pipe->opener.node == node && !is_over(&pipe->opener))
        return &pipe->opener;
    return pipe->joiner.node == node && !is_over(&pipe->joiner) ? &pipe->joiner : NULL;
}

void sim_act_on_pipe(struct node *node)
{
    struct world *world = node->world;
    struct pipe_end *end = pick_end(node);
    if (end == NULL)
        return;
    if (end->unread > 0)
        consume(end, 1 + sim_roll(world, end->unread));
    if (end->is_idle && sim_roll(world, 2) == 0) {
        end->is_idle = false;
        stream_ready(end->stream);
    }
    if (!is_over(end) && end->receives && sim_roll(world, 16) == 0)
        refuse(end);
}

static bool hurry(struct pipe_end *end)
{
    bool any = false;
    if (!is_over(end) && end->unread > 0) {
        consume(end, end->unread);
        any = true;
    }
    if (!is_over(end) && end->is_idle) {
        end->is_idle = false;
        stream_ready(end->stream);
        any = true;
    }
    return any;
}

bool sim_hurry_pipes(struct world *world)
{
    bool any = false;
    for (unsigned i = 0; i < world->n_pipes; i++) {
        any |= hurry(&world->pipes[i].opener);
        any |= hurry(&world->pipes[i].joiner);
    }
    return any;
}

/* ---- what must hold in the end ---- */

static void check_came(const struct pipe_end *receiver, const struct pipe_end *sender)
{
    if (!receiver->receives || receiver->refuses)
        return;
    assert_true(receiver->has_ended);
    assert_int_equal(receiver->come, sender->total);
}

void sim_check_pipes(const struct world *world)
{
    sim_check_pipes_gone(world);
    for (unsigned i = 0; i < world->n_pipes; i++) {
        const struct pipe *pipe = &world->pipes[i];
        if (pipe->opener.node == NULL || pipe->joiner.node == NULL)
            continue;
        check_came(&pipe->joiner, &pipe->opener);
        check_came(&pipe->opener, &pipe->joiner);
    }
    for (int i = 0; i < 2; i++) {
        const struct streams *streams = &world->nodes[i].peer->streams;
        assert_true(streams->n == 0 && streams->n_ours == 0 && streams->n_theirs == 0);
    }
}

void sim_check_pipes_gone(const struct world *world)
{
    for (unsigned i = 0; i < world->n_pipes; i++) {
        assert_true(is_over(&world->pipes[i].opener));
        assert_true(is_over(&world->pipes[i].joiner));
    }
}
