/*
 * An outbox from process to process. One that keeps goes as if its link had broken: all that was
 * not acknowledged, from the first octet of a frame. Any other goes as it is, for its link goes
 * along: what that is to write next comes first.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/outbox_state.h"
#include "codecs/octets.h"

#define FRAME_LEAST 32u /* octets of the smallest frame */

static void block_fds_state(struct outbox_block *block, struct state *state)
{
    uint32_t n = (uint32_t)block->n_fds;
    state_count(state, &n, OUTBOX_FDS_MAX);
    if (state->loading && n > 0) {
        block->fds = malloc(n * sizeof *block->fds);
        if (block->fds == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
    }
    for (uint32_t i = 0; i < n && state_is_good(state); i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): n of them have been set */
        int fd = state->loading ? -1 : block->fds[i];
        state_fd(state, &fd);
        if (state->loading && state_require(state, fd >= 0, "a descriptor"))
            block->fds[block->n_fds++] = fd;
    }
}

/* From octet @from on. */
static void save_block(struct outbox_block *block, struct state *state, size_t from)
{
    const uint8_t *octets = block->octets + from;
    size_t size = block->size - from;
    state_run(state, &octets, &size);
    state_u32(state, &block->n_frames);
    block_fds_state(block, state);
}

/* Whether @octets are @n whole frames. */
static bool are_frames(const uint8_t *octets, size_t size, uint32_t n)
{
    size_t at = 0;
    for (; n > 0 && size - at >= sizeof(uint32_t); n--) {
        uint32_t frame = octets_get_u32(octets + at);
        if (frame < FRAME_LEAST || frame > size - at)
            return false;
        at += frame;
    }
    return n == 0 && at == size;
}

static void load_block(struct outbox *outbox, struct state *state)
{
    const uint8_t *octets = NULL;
    size_t size = 0;
    uint32_t n_frames = 0;
    state_run(state, &octets, &size);
    state_u32(state, &n_frames);
    if (!state_require(state, size > 0, "an empty block") ||
        !state_require(state,
                       outbox->window == 0 || (n_frames > 0 && are_frames(octets, size, n_frames)),
                       "frames that wait"))
        return;
    struct outbox_block *block = outbox_block_create(size);
    if (block == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    memcpy(block->octets, octets, size);
    block->size = size;
    outbox_append_block(outbox, block);
    outbox->n_frames = block->before + n_frames;
    block->n_frames = n_frames;
    block_fds_state(block, state);
}

static uint32_t count_blocks(const struct outbox_block *block)
{
    uint32_t n = 0;
    for (; block != NULL; block = block->next)
        n++;
    return n;
}

/* All that was not acknowledged, from the first octet: the other link begins with a rewind. */
static void save_kept(struct outbox *outbox, struct state *state)
{
    for (struct outbox_block *block = outbox->kept; block != NULL; block = block->next)
        save_block(block, state, 0);
    for (struct outbox_block *block = outbox->head; block != NULL; block = block->next)
        save_block(block, state, 0);
}

/* What the link is to write next comes first. */
static void save_waiting(struct outbox *outbox, struct state *state)
{
    struct outbox_block *block = outbox->head;
    if (block != NULL && block->done > 0) {
        save_block(block, state, block->done);
        block = block->next;
    }
    if (outbox->urgent != NULL)
        save_block(outbox->urgent, state, outbox->urgent->done);
    for (; block != NULL; block = block->next)
        save_block(block, state, 0);
}

void outbox_state(struct outbox *outbox, struct state *state)
{
    const struct outbox_block *first = outbox->kept != NULL ? outbox->kept : outbox->head;
    uint64_t before = first == NULL ? outbox->n_frames : first->before;
    uint64_t n_frames = outbox->n_frames;
    uint32_t n = count_blocks(outbox->head);
    n += outbox->window > 0 ? count_blocks(outbox->kept) : count_blocks(outbox->urgent);
    state_size(state, &outbox->window);
    state_u64(state, &before);
    state_u64(state, &n_frames);
    state_count(state, &n, UINT32_MAX);
    if (!state->loading) {
        if (outbox->window > 0)
            save_kept(outbox, state);
        else
            save_waiting(outbox, state);
        return;
    }
    outbox->n_frames = before;
    while (n-- > 0 && state_is_good(state))
        load_block(outbox, state);
    if (outbox->window == 0)
        return;
    /* Any of them may have been written by the other process. */
    (void)state_require(state, outbox->n_frames == n_frames, "frames that were sent");
    outbox->n_given = n_frames;
    outbox->held = true;
}
