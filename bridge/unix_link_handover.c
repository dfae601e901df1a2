/*
 * A Unix link from process to process: its socket, which both have for a moment, and the beginning
 * of a frame of which the rest is still to come. Nothing is read or written before the loop turns.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/unix_link_state.h"

bool unix_link_save(struct link *link, struct state *state)
{
    if (!unix_link_is_open(link))
        return false;
    struct unix_link *self = (struct unix_link *)link;
    const uint8_t *octets = self->backlog;
    size_t size = self->backlog_size;
    state_fd(state, &self->source.fd);
    state_run(state, &octets, &size);
    return true;
}

struct link *unix_link_load(struct loop *loop, struct state *state, struct outbox *outbox,
                            const struct link_events *events, void *user)
{
    const uint8_t *octets = NULL;
    size_t size = 0;
    int fd = -1;
    struct link *link = NULL;
    state_fd(state, &fd);
    state_run(state, &octets, &size);
    if (!state_require(state, fd >= 0 && size <= LINK_BACKLOG_MAX, "a link"))
        goto fail;
    if (unix_link_create(&link, loop, fd, outbox, events, user) != VIA_OK) {
        state_refuse(state, "a link's descriptor is no Unix socket");
        goto fail;
    }
    struct unix_link *self = (struct unix_link *)link;
    self->opened = true;
    if (size > 0) {
        self->backlog_capacity = size + (size_t)2 * LINK_READ_SIZE;
        self->backlog = malloc(self->backlog_capacity);
        if (self->backlog == NULL) {
            state->status = VIA_NO_MEMORY;
            return link_destroy(link);
        }
        memcpy(self->backlog, octets, size);
        self->backlog_size = size;
    }
    return link;
fail:
    if (fd >= 0)
        (void)close(fd);
    return NULL;
}
