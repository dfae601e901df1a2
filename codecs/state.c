/*
 * Numbers are little-endian, as on the wire. A descriptor is its place in the list of those that
 * travel beside the octets; each place can be claimed once.
 */
#include "codecs/state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/octets.h"

void state_save(struct state *state)
{
    *state = (struct state){.loading = false};
    buffer_init(&state->out, SIZE_MAX);
}

void state_load(struct state *state, const uint8_t *octets, size_t size, int *fds, size_t n_fds)
{
    *state =
        (struct state){.loading = true, .in = octets, .size = size, .fds = fds, .n_fds = n_fds};
}

void state_deinit(struct state *state)
{
    if (state->loading) {
        for (size_t i = 0; i < state->n_fds; i++)
            if (state->fds[i] >= 0)
                (void)close(state->fds[i]);
    } else {
        buffer_deinit(&state->out);
    }
    free(state->fds);
    *state = (struct state){0};
}

void state_refuse(struct state *state, const char *fault)
{
    if (state->status != VIA_OK)
        return;
    state->status = VIA_INVALID;
    state->fault = fault;
}

bool state_require(struct state *state, bool good, const char *fault)
{
    if (!good)
        state_refuse(state, fault);
    return state->status == VIA_OK;
}

bool state_is_at_end(const struct state *state)
{
    if (state->status != VIA_OK || state->at != state->size)
        return false;
    for (size_t i = 0; i < state->n_fds; i++)
        if (state->fds[i] >= 0)
            return false;
    return true;
}

/* The next @size octets, to be read or to be filled; NULL after a failure. */
static uint8_t *room(struct state *state, size_t size)
{
    uint8_t *place = state->status == VIA_OK ? buffer_room(&state->out, size) : NULL;
    if (place == NULL && state->status == VIA_OK)
        state->status = state->out.status;
    return place;
}

static const uint8_t *next(struct state *state, size_t size)
{
    if (!state_require(state, size <= state->size - state->at, "it ends too early"))
        return NULL;
    const uint8_t *octets = state->in + state->at;
    state->at += size;
    return octets;
}

static uint64_t number(struct state *state, uint64_t value, size_t size)
{
    if (state->loading) {
        const uint8_t *octets = next(state, size);
        return octets == NULL ? 0 : octets_get(octets, size);
    }
    uint8_t *octets = room(state, size);
    if (octets != NULL)
        octets_put(octets, value, size);
    return value;
}

void state_u8(struct state *state, uint8_t *value)
{
    *value = (uint8_t)number(state, *value, 1);
}

void state_u16(struct state *state, uint16_t *value)
{
    *value = (uint16_t)number(state, *value, 2);
}

void state_u32(struct state *state, uint32_t *value)
{
    *value = (uint32_t)number(state, *value, 4);
}

void state_u64(struct state *state, uint64_t *value)
{
    *value = number(state, *value, 8);
}

void state_i32(struct state *state, int32_t *value)
{
    *value = (int32_t)(uint32_t)number(state, (uint32_t)*value, 4);
}

void state_f64(struct state *state, double *value)
{
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    bits = number(state, bits, 8);
    memcpy(value, &bits, sizeof bits);
}

void state_bool(struct state *state, bool *value)
{
    *value = state_choice(state, *value, 1) != 0;
}

void state_size(struct state *state, size_t *value)
{
    *value = (size_t)number(state, *value, 8);
}

void state_count(struct state *state, uint32_t *value, uint32_t most)
{
    *value = (uint32_t)number(state, *value, 4);
    if (state->loading &&
        !state_require(state, *value <= most && *value <= state->size - state->at, "a count"))
        *value = 0;
}

uint32_t state_choice(struct state *state, uint32_t value, uint32_t most)
{
    value = (uint32_t)number(state, value, 4);
    return state_require(state, value <= most, "a choice") ? value : 0;
}

void state_octets(struct state *state, void *octets, size_t size)
{
    if (size == 0)
        return;
    if (!state->loading) {
        uint8_t *place = room(state, size);
        if (place != NULL)
            memcpy(place, octets, size);
        return;
    }
    const uint8_t *from = next(state, size);
    if (from != NULL)
        memcpy(octets, from, size);
    else
        memset(octets, 0, size);
}

void state_run(struct state *state, const uint8_t **octetsp, size_t *sizep)
{
    state_size(state, sizep);
    if (!state->loading) {
        uint8_t *place = *sizep == 0 ? NULL : room(state, *sizep);
        if (place != NULL)
            memcpy(place, *octetsp, *sizep);
        return;
    }
    *octetsp = next(state, *sizep);
    if (*octetsp == NULL)
        *sizep = 0;
}

void state_text(struct state *state, char *text, size_t size)
{
    const uint8_t *octets = (const uint8_t *)text;
    size_t length = state->loading ? 0 : strlen(text);
    state_run(state, &octets, &length);
    if (!state->loading)
        return;
    *text = '\0';
    if (octets == NULL ||
        !state_require(state, length < size && memchr(octets, 0, length) == NULL, "a text"))
        return;
    memcpy(text, octets, length);
    text[length] = '\0';
}

char *state_dup(struct state *state, const char *text, size_t most)
{
    const uint8_t *octets = (const uint8_t *)text;
    size_t length = state->loading ? 0 : strlen(text);
    state_run(state, &octets, &length);
    if (!state->loading || octets == NULL ||
        !state_require(state, length <= most && memchr(octets, 0, length) == NULL, "a text"))
        return NULL;
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        state->status = VIA_NO_MEMORY;
        return NULL;
    }
    memcpy(copy, octets, length);
    copy[length] = '\0';
    return copy;
}

static bool keep(struct state *state, int fd)
{
    if (state->n_fds == state->fds_capacity) {
        size_t capacity = state->fds_capacity == 0 ? 64 : state->fds_capacity * 2;
        int *fds = realloc(state->fds, capacity * sizeof *fds);
        if (fds == NULL) {
            state->status = VIA_NO_MEMORY;
            return false;
        }
        state->fds = fds;
        state->fds_capacity = capacity;
    }
    state->fds[state->n_fds++] = fd;
    return true;
}

void state_fd(struct state *state, int *fd)
{
    uint32_t place = STATE_NO_FD;
    if (!state->loading && *fd >= 0 && state->status == VIA_OK && keep(state, *fd))
        place = (uint32_t)(state->n_fds - 1);
    place = (uint32_t)number(state, place, 4);
    if (!state->loading)
        return;
    *fd = -1;
    if (!state_is_good(state) || place == STATE_NO_FD ||
        !state_require(state, place < state->n_fds && state->fds[place] >= 0, "a descriptor"))
        return;
    *fd = state->fds[place];
    state->fds[place] = -1;
}
