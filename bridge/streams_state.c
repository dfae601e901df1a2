/*
 * Streams from process to process: where each stands, and by its owner what is behind it. The order
 * is that of their ids, whatever the table's is, so that what was loaded is saved as the same.
 *
 * One that is being loaded is nobody's until its owner has taken it; if none does, all is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/peer_handover.h"
#include "bridge/peer_state.h"
#include "bridge/stream.h"

#define STREAMS_MOST (1u << 20) /* in a state that may be loaded */

static ssize_t fill_nothing(void *user, uint8_t *octets, size_t size)
{
    (void)user, (void)octets, (void)size;
    return 0;
}

static void take_nothing(void *user, const uint8_t *octets, size_t size)
{
    (void)user, (void)octets, (void)size;
}

static void ignore(void *user)
{
    (void)user;
}

static const struct stream_ops nobodys = {.fill = fill_nothing,
                                          .take = take_nothing,
                                          .ended = ignore,
                                          .unwanted = ignore,
                                          .gone = ignore};

void *stream_user(const struct stream *stream)
{
    return stream->user;
}

void stream_attach(struct stream *stream, const struct stream_ops *ops, void *user)
{
    stream->ops = ops;
    stream->user = user;
}

static void fields_state(struct stream *stream, struct state *state)
{
    state_u32(state, &stream->credit);
    state_u32(state, &stream->window);
    state_u32(state, &stream->outstanding);
    state_u32(state, &stream->consumed);
    state_bool(state, &stream->begun);
    state_bool(state, &stream->sends);
    state_bool(state, &stream->receives);
    state_bool(state, &stream->refused);
    state_bool(state, &stream->ready);
    (void)state_require(state,
                        (stream->sends || stream->receives) && stream->window > 0 &&
                            stream->outstanding <= stream->window &&
                            stream->consumed <= stream->window - stream->outstanding,
                        "a stream");
}

/* A new one with that id; NULL after a failure. */
static struct stream *restore(struct peer *peer, uint32_t id, struct state *state)
{
    struct streams *streams = &peer->streams;
    struct stream *stream;
    if (!state_require(state, (id & ~STREAM_OF_GATEWAY) != 0 && streams_find(streams, id) == NULL,
                       "a stream's id"))
        return NULL;
    enum via_status status = streams_make(peer, id, &nobodys, NULL, &stream);
    if (status != VIA_OK) {
        state->status = status;
        return NULL;
    }
    if (streams_is_ours(peer, id))
        streams->n_ours++;
    else
        streams->n_theirs++;
    return stream;
}

static void one_state(struct peer *peer, struct peer_handover *handover, struct stream *stream)
{
    struct state *state = handover->state;
    uint32_t id = stream == NULL ? 0 : stream->id;
    state_u32(state, &id);
    if (state->loading)
        stream = restore(peer, id, state);
    if (stream == NULL)
        return;
    fields_state(stream, state);
    handover->stream(handover->user, state, stream);
    if (state_require(state, stream->ops != &nobodys, "a stream of nobody's") && state->loading)
        (void)stream_queue(stream);
}

static int compare(const void *one, const void *other)
{
    const struct stream *const *first = one;
    const struct stream *const *second = other;
    return ((*first)->id > (*second)->id) - ((*first)->id < (*second)->id);
}

/* All of them by their ids, to be freed; NULL after a failure, and when there are none. */
static struct stream **sort(const struct streams *streams, struct state *state)
{
    if (streams->n == 0)
        return NULL;
    uint32_t n = 0;
    struct stream **sorted = malloc(streams->n * sizeof(struct stream *));
    if (sorted == NULL) {
        state->status = VIA_NO_MEMORY;
        return NULL;
    }
    for (uint32_t i = 0; i < streams->capacity; i++)
        if (streams->slots[i] != NULL)
            sorted[n++] = streams->slots[i];
    qsort(sorted, n, sizeof(struct stream *), compare);
    return sorted;
}

void streams_state(struct peer *peer, struct peer_handover *handover)
{
    struct streams *streams = &peer->streams;
    struct state *state = handover->state;
    uint32_t n = streams->n;
    state_u32(state, &streams->last_ours);
    state_u32(state, &streams->last_theirs);
    state_u32(state, &streams->last_begun);
    (void)state_require(state,
                        ((streams->last_ours | streams->last_theirs | streams->last_begun) &
                         STREAM_OF_GATEWAY) == 0,
                        "a stream's id");
    state_count(state, &n, STREAMS_MOST);
    struct stream **sorted = state->loading ? NULL : sort(streams, state);
    for (uint32_t i = 0; i < n && state_is_good(state); i++)
        one_state(peer, handover, sorted == NULL ? NULL : sorted[i]);
    free(sorted);
}
