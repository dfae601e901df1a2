/*
 * A gateway that is older than this library does not walk: it is not asked again for a while, since
 * a newer one may take its place.
 */
#include "bridge/phoenix/walk.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/threads.h>
#include <time.h>
#include <viaduct/node.h>

#include "bridge/interruption.h"
#include "bridge/phoenix/failure.h"
#include "codecs/phoenix_path.h"

#define PAUSE_S 10 /* an older gateway is left alone for */

static _Atomic int64_t not_before_s; /* CLOCK_MONOTONIC */

static int64_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* As msgSend() has it, and o.err behind that. */
static int result_of(const struct via_outcome *outcome)
{
    return outcome->status != VIA_OK ? failure_of(outcome->status) : outcome->error;
}

static void set_oid(oid_t *oid, const struct via_place *place)
{
    memset(oid, 0, sizeof *oid); /* what is between its members, too */
    oid->port = place->number;
    oid->id = (id_t)place->id;
}

int walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end)
{
    struct via_node *node = via_node_default();
    struct via_walk walk = {.size = sizeof walk, .asks_mode = asks_mode ? 1 : 0};
    memset(end, 0, sizeof *end);
    if (node == NULL)
        return -ENOMEM;
    if (atomic_load_explicit(&not_before_s, memory_order_relaxed) > now_s())
        return WALK_UNDECIDED;
    walk.priority = (uint32_t)priority(-1);
    interruption_heed(true);
    enum via_status status = via_node_walk(node, PHOENIX_FAMILY, path, &walk);
    interruption_heed(false);
    if (status == VIA_UNSUPPORTED)
        atomic_store_explicit(&not_before_s, now_s() + PAUSE_S, memory_order_relaxed);
    if (status == VIA_UNSUPPORTED || status == VIA_BUSY || status == VIA_TOO_LARGE ||
        status == VIA_NO_MEMORY)
        return WALK_UNDECIDED;
    end->is_decided = true;
    if (status != VIA_OK)
        return status == VIA_NOT_FOUND ? -ENOENT : failure_of(status);
    end->is_found = true;
    set_oid(&end->fil, &walk.node);
    set_oid(&end->dev, &walk.device);
    end->mode_result = result_of(&walk.mode_outcome);
    end->mode = (unsigned int)walk.mode;
    return result_of(&walk.outcome);
}
