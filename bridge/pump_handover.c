/*
 * Pumps from process to process: their descriptors, which both processes have for a moment, and
 * what came and is not written. Nothing is read or written before the loop turns; adding to it
 * brings the edges that the other process may not have seen any more.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/pump_state.h"

/* Whether reading and writing @fd in that way never waits. */
static bool suits(int fd, enum descriptor_way way, bool is_ours)
{
    enum descriptor_kind kind = DESCRIPTOR_UNKNOWN;
    enum descriptor_way own = WAY_OWN;
    int flags = fcntl(fd, F_GETFL);
    (void)descriptor_look(fd, &kind, &own); /* a terminal may have hung up since */
    if (way != WAY_OWN)
        return way == own;
    if (kind != (is_ours ? DESCRIPTOR_PIPE : DESCRIPTOR_TTY))
        return false;
    return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

/* Takes the descriptor of @one, whose other fields have been read, always. */
static struct pump *load(struct pumps *pumps, struct state *state, const struct pump *one,
                         const uint8_t *octets, size_t size)
{
    struct pump *pump = NULL;
    enum via_status status = VIA_INVALID;
    if (one->source.fd >= 0 && one->offset >= 0 && suits(one->source.fd, one->way, one->is_ours) &&
        (size == 0 || (one->writes && one->way != WAY_FILE)))
        status = pump_create(pumps, one->source.fd, one->way, &pump);
    if (status == VIA_NO_MEMORY)
        state->status = status;
    (void)state_require(state, status == VIA_OK, "what is behind a stream");
    if (pump == NULL) {
        if (one->source.fd >= 0)
            (void)close(one->source.fd);
        return NULL;
    }
    pump->is_ours = one->is_ours;
    pump->reads = one->reads;
    pump->writes = one->writes;
    pump->stalled = one->stalled;
    pump->ended = one->ended;
    pump->unwanted = one->unwanted;
    pump->offset = one->offset;
    if (size == 0)
        return pump;
    pump->kept = malloc(size);
    if (pump->kept == NULL) {
        state->status = VIA_NO_MEMORY;
        return pump;
    }
    memcpy(pump->kept, octets, size);
    pump->size = size;
    pump->capacity = size;
    return pump;
}

/* @from: NULL while loading. What is returned stands in the loop; NULL after a failure. */
static struct pump *one_state(struct pumps *pumps, struct state *state, const struct pump *from,
                              bool is_over)
{
    struct pump one = {.source.fd = -1};
    if (from != NULL)
        one = *from;
    if (is_over) { /* as when its stream has gone */
        one.reads = false;
        one.ended = true;
    }
    const uint8_t *octets = one.kept == NULL ? NULL : one.kept + one.start;
    size_t size = one.size;
    uint64_t offset = (uint64_t)one.offset;
    one.way = (enum descriptor_way)state_choice(state, one.way, WAY_FILE);
    state_bool(state, &one.is_ours);
    state_bool(state, &one.reads);
    state_bool(state, &one.writes);
    state_bool(state, &one.stalled);
    state_bool(state, &one.ended);
    state_bool(state, &one.unwanted);
    state_u64(state, &offset);
    state_run(state, &octets, &size);
    state_fd(state, &one.source.fd);
    one.offset = (off_t)offset;
    return state->loading && state_is_good(state) ? load(pumps, state, &one, octets, size) : NULL;
}

void pump_state(struct pumps *pumps, struct state *state, struct stream *stream)
{
    if (!state->loading) {
        struct pump *pump = stream_user(stream);
        pump->is_saved = true;
        (void)one_state(pumps, state, pump, false);
        return;
    }
    struct pump *pump = one_state(pumps, state, NULL, false);
    if (pump == NULL)
        return;
    pump->stream = stream;
    stream_attach(stream, &pump_stream_ops, pump);
}

/* It has no stream, or one of a session that stays behind. */
static bool is_left(const struct pump *pump)
{
    return !pump->is_saved && pump->writes && pump->size > 0 && pump->is_added;
}

/* Who was made after it: new ones are put first. */
static struct pump *later(const struct pumps *pumps, const struct pump *pump)
{
    if (pump->linkp == &pumps->first)
        return NULL;
    return (struct pump *)(void *)((char *)pump->linkp - offsetof(struct pump, next));
}

static struct pump *oldest(const struct pumps *pumps)
{
    struct pump *pump = pumps->first;
    while (pump != NULL && pump->next != NULL)
        pump = pump->next;
    return pump;
}

void pumps_state(struct pumps *pumps, struct state *state)
{
    uint32_t n = 0;
    for (const struct pump *pump = pumps->first; pump != NULL; pump = pump->next)
        n += is_left(pump) ? 1 : 0;
    state_count(state, &n, UINT32_MAX);
    for (; state->loading && n > 0 && state_is_good(state); n--) {
        const struct pump *pump = one_state(pumps, state, NULL, true);
        (void)state_require(state, pump != NULL && is_left(pump) && !pump->reads && pump->ended,
                            "what is still to be written");
    }
    for (struct pump *pump = state->loading ? NULL : oldest(pumps); pump != NULL;
         pump = later(pumps, pump)) {
        if (is_left(pump))
            (void)one_state(pumps, state, pump, true);
        pump->is_saved = false;
    }
}
